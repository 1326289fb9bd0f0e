/* cmd_classify.c - rebuff classify: one reply as arguments, or one a line on standard input. */
#include "command.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "classification.h"

/* Cut the next TAB-separated field off *rest; "" when there is none left. */
static char *next_field(char **rest)
{
	char *field = *rest, *tab = field ? strchr(field, '\t') : NULL;
	if (!field)
		return NULL;
	*rest = tab ? tab + 1 : NULL;
	if (tab)
		*tab = '\0';
	return field;
}

/* reply TAB domain TAB mx TAB stage, the last three optional. */
static int classify_line(const rebuff_ctx *ctx, char *line, size_t number, bool json)
{
	rebuff_classification c;
	rebuff_reply reply = {.size = sizeof reply};
	char *rest = line;
	char *text = next_field(&rest);
	reply.text = command_span(command_unescape(text));
	reply.recipient_domain = command_span(next_field(&rest));
	reply.mx_host = command_span(next_field(&rest));
	char *stage = next_field(&rest);
	int known = stage && *stage ? rebuff_stage_of_name(command_span(stage)) : 0;
	if (known < 0)
		fprintf(stderr,
			"rebuff classify: line %zu: \"%s\" is no stage; expected banner, ehlo, "
			"mail, rcpt, "
			"data or dot; taken as unknown\n",
			number, stage);
	reply.stage = known < 0 ? REBUFF_STAGE_UNKNOWN : (rebuff_stage)known;
	(void)rebuff_classify(ctx, &reply, &c);
	if (json)
		return classification_json(stdout, &c) ? 0 : 1;
	printf("%-17s %-8s %-3u %-7s %-10s %s\n", rebuff_category_name(c.category),
		rebuff_action_name(c.action), c.code, c.enhanced, c.provider, c.rule);
	return 0;
}

static int classify_input(const rebuff_ctx *ctx, bool json)
{
	char *line = NULL;
	size_t cap = 0, number = 0;
	ssize_t n;
	int status = 0;
	while (status == 0 && (n = getline(&line, &cap, stdin)) >= 0) {
		number++;
		if (n && line[n - 1] == '\n')
			line[--n] = '\0';
		if (n && line[n - 1] == '\r')
			line[--n] = '\0';
		status = classify_line(ctx, line, number, json);
	}
	free(line);
	if (ferror(stdin) || fflush(stdout) != 0) {
		perror("rebuff classify");
		status = 1;
	}
	return status;
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
