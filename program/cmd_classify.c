/* cmd_classify.c - rebuff classify: one reply as arguments, or one a line on standard input. */
#include "command.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "classification.h"
#include "replies.h"
#include "text.h"

/* Text for people, of a provider or rule: an operator's file may be called anything. */
static void show_short(const rebuff_classification *c)
{
	char rule[REBUFF_RULE_MAX * 4];
	printf("%-17s %-8s %-3u %-7s %-10s %s\n", rebuff_category_name(c->category),
		rebuff_action_name(c->action), c->code, c->enhanced, c->provider,
		text_escape(rule, sizeof rule, c->rule, strlen(c->rule)));
}

static int classify_input(const rebuff_ctx *ctx, bool json)
{
	replies r = {.in = stdin, .command = "classify", .path = ""};
	rebuff_reply reply;
	rebuff_classification c;
	bool ok = true;
	while (ok && replies_next(&r, &reply)) {
		(void)rebuff_classify(ctx, &reply, &c);
		if (json)
			ok = classification_json(stdout, &c);
		else
			show_short(&c);
	}
	free(r.line);
	if (!ok || ferror(stdin) || !feof(stdin) || fflush(stdout) != 0) {
		perror("rebuff classify");
		return 1;
	}
	return 0;
}

static int run(const command_options *options, int argc, char **argv)
{
	rebuff_ctx *ctx;
	int status;
	if (argc > 5)
		return command_usage(&command_classify, "unexpected \"%s\"", argv[5]);
	if (command_open(options, false, false, &ctx) != 0)
		return 1;
	if (argc == 1) {
		status = classify_input(ctx, options->json);
	} else {
		rebuff_classification c;
		rebuff_reply reply = {.size = sizeof reply,
			.text = command_span(command_unescape(argv[1])),
			.recipient_domain = command_span(argc > 2 ? argv[2] : ""),
			.mx_host = command_span(argc > 3 ? argv[3] : "")};
		int stage = argc > 4 ? rebuff_stage_of_name(command_span(argv[4])) : 0;
		if (stage < 0) {
			rebuff_close(&ctx);
			return command_usage(&command_classify, "\"%s\" is no stage", argv[4]);
		}
		reply.stage = (rebuff_stage)stage;
		(void)rebuff_classify(ctx, &reply, &c);
		status = 0;
		if (options->json)
			status = classification_json(stdout, &c) ? 0 : 1;
		else
			classification_show(stdout, &c, options->colour);
	}
	rebuff_close(&ctx);
	return status;
}

const command command_classify = {.name = "classify",
	.usage = "[--json] [REPLY [DOMAIN [MX [STAGE]]]]",
	.summary = "say what a remote server's reply means",
	.help = "Without REPLY, reads one reply a line from standard input: \\n stands for a line "
		"break\n"
		"inside a reply; recipient domain, MX host and stage (banner, ehlo, mail, rcpt, "
		"data,\n"
		"dot) may follow, separated by tabs. Writes one answer a line, in order.\n",
	.run = run};
