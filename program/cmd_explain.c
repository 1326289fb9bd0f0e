/* cmd_explain.c - rebuff explain: a reply through the classifier, with every step. */
#include "command.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "classification.h"

static void print_step(void *ud, const char *line)
{
	(void)ud;
	printf("  %s\n", line);
}

static void keep_step(void *ud, const char *line)
{
	json_array_append_new(ud, json_string(line));
}

static int explain_json(const rebuff_ctx *ctx, const rebuff_reply *reply)
{
	rebuff_classification c;
	json_t *steps = json_array();
	(void)rebuff_explain(ctx, reply, &c, keep_step, steps);
	json_t *o = json_pack("{s:s, s:s, s:s, s:o}", "category", rebuff_category_name(c.category),
		"action", rebuff_action_name(c.action), "rule", c.rule, "steps", steps);
	bool ok = o && json_dumpf(o, stdout, JSON_COMPACT | JSON_PRESERVE_ORDER) == 0 &&
		putchar('\n') != EOF;
	json_decref(o);
	return ok ? 0 : 1;
}

static int run(const command_options *options, int argc, char **argv)
{
	rebuff_ctx *ctx;
	rebuff_classification c;
	int status = 0;
	if (argc < 2)
		return command_usage(&command_explain, "no reply given");
	if (argc > 5)
		return command_usage(&command_explain, "unexpected \"%s\"", argv[5]);
	rebuff_reply reply = {.size = sizeof reply,
		.text = command_span(command_unescape(argv[1])),
		.recipient_domain = command_span(argc > 2 ? argv[2] : ""),
		.mx_host = command_span(argc > 3 ? argv[3] : "")};
	int stage = argc > 4 ? rebuff_stage_of_name(command_span(argv[4])) : 0;
	if (stage < 0)
		return command_usage(&command_explain, "\"%s\" is no stage", argv[4]);
	reply.stage = (rebuff_stage)stage;
	if (command_open(options, false, false, &ctx) != 0)
		return 1;
	if (options->json) {
		status = explain_json(ctx, &reply);
	} else {
		puts("steps");
		(void)rebuff_explain(ctx, &reply, &c, print_step, NULL);
		putchar('\n');
		classification_show(stdout, &c, options->colour);
	}
	rebuff_close(&ctx);
	return status;
}

const command command_explain = {.name = "explain",
	.usage = "[--json] REPLY [DOMAIN [MX [STAGE]]]",
	.summary = "show every step from a reply to its meaning",
	.help = "Every rule whose words were found is listed with its file and line, why it does "
		"not count\n"
		"or how strongly it does, and the one that decided. STAGE is one of banner, ehlo, "
		"mail,\n"
		"rcpt, data, dot.\n",
	.run = run};
