/* cmd_classify.c - rebuff classify: one reply as arguments, or one a line on standard input. */
#include "common/command.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "command/classification.h"
#include "command/replies.h"
#include "common/arguments.h"
#include "common/text.h"

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

static int classify_words(
	const rebuff_ctx *ctx, const command_options *options, const char *const *words, int n)
{
	replies r = {.line = NULL};
	rebuff_reply reply;
	rebuff_classification c;
	int status = replies_of_words(&r, &command_classify, words, n, &reply);
	if (status == 0) {
		(void)rebuff_classify(ctx, &reply, &c);
		if (options->json)
			status = classification_json(stdout, &c) ? 0 : 1;
		else
			classification_show(stdout, &c, options->colour);
	}
	free(r.line);
	return status;
}

static int run(const command_options *options, int argc, char **argv)
{
	const char *words[4];
	const argument known[] = {{NULL, NULL, NULL}};
	rebuff_ctx *ctx;
	int n;
	if (arguments_read(&command_classify, known, argc, argv, words, 4, &n))
		return 2;
	if (command_open(options, &ctx) != 0)
		return 1;
	int status =
		n ? classify_words(ctx, options, words, n) : classify_input(ctx, options->json);
	rebuff_close(&ctx);
	return status;
}

const command command_classify = {.name = "classify",
	.usage = "[REPLY [DOMAIN [MX [STAGE]]]]",
	.summary = "say what a remote server's reply means",
	.help = "Without REPLY, reads one reply a line from standard input: \\n stands for a line "
		"break\n"
		"inside a reply; recipient domain, MX host and stage (banner, ehlo, mail, rcpt, "
		"data,\n"
		"dot) may follow, separated by tabs. Writes one answer a line, in order.\n",
	.run = run};
