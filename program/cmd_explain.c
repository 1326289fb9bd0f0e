/* cmd_explain.c - rebuff explain: a reply through the classifier, with every step; or all that an
 * address has met. */
#include "command.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "classification.h"
#include "when.h"

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

/* ---- an address ------------------------------------------------------------------------------ */

/* No reply is one word with an @ in it. */
static bool is_address(const char *text)
{
	return strchr(text, '@') && !strpbrk(text, " \n");
}

static bool print_past(void *ud, const rebuff_past *p)
{
	char when[WHEN_MAX];
	(void)ud;
	printf("%s  %s%s%s  %s, %s, fault: %s%s\n", when_local(p->time_ms, when), p->what,
		p->late ? " by message, " : "", p->late ? rebuff_trust_name(p->trust) : "",
		p->provider, rebuff_category_name(p->category), rebuff_fault_name(p->fault),
		p->suppressed ? "; suppressed" : "");
	if (p->why[0])
		printf("    %s\n", p->why);
	if (p->text[0])
		printf("    \"%s\"\n", p->text);
	return true;
}

static bool keep_past(void *ud, const rebuff_past *p)
{
	char when[WHEN_MAX];
	json_t *o = json_pack("{s:s, s:b, s:s, s:s?, s:s, s:s, s:s, s:s, s:i, s:b, s:s, s:s}",
		"time", when_utc(p->time_ms, when), "message", p->late, "what", p->what, "trust",
		p->late ? rebuff_trust_name(p->trust) : NULL, "id", p->id, "provider", p->provider,
		"category", rebuff_category_name(p->category), "fault", rebuff_fault_name(p->fault),
		"code", p->code, "suppressed", p->suppressed, "why", p->why, "reply", p->text);
	json_array_append_new(ud, o);
	return true;
}

static int explain_address(const command_options *options, const char *address)
{
	rebuff_ctx *ctx;
	rebuff_error err = {.status = REBUFF_OK};
	json_t *all = options->json ? json_array() : NULL;
	if (command_open(options, true, false, &ctx) != 0) {
		json_decref(all);
		return 1;
	}
	rebuff_status status = rebuff_recall(
		ctx, command_span(address), options->json ? keep_past : print_past, all, &err);
	rebuff_close(&ctx);
	bool written = !all ||
		(json_dumpf(all, stdout, JSON_COMPACT | JSON_PRESERVE_ORDER) == 0 &&
			putchar('\n') != EOF);
	json_decref(all);
	if (status != REBUFF_OK)
		return command_fail(&err);
	return written ? 0 : 1;
}

/* ---- the command ----------------------------------------------------------------------------- */

static int run(const command_options *options, int argc, char **argv)
{
	rebuff_ctx *ctx;
	rebuff_classification c;
	int status = 0;
	if (argc < 2)
		return command_usage(&command_explain, "no reply given");
	if (argc == 2 && is_address(argv[1]))
		return explain_address(options, argv[1]);
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
	.usage = "[--json] REPLY [DOMAIN [MX [STAGE]]] | ADDRESS",
	.summary = "show every step from a reply to its meaning, or what an address has met",
	.help = "Every rule whose words were found is listed with its file and line, why it does "
		"not count\n"
		"or how strongly it does, and the one that decided. STAGE is one of banner, ehlo, "
		"mail,\n"
		"rcpt, data, dot.\n\n"
		"With an address: what remote servers answered for it, and what bounces and "
		"complaints\n"
		"said later, with how far each is believed; the newest first.\n",
	.run = run};
