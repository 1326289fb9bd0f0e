/* cmd_explain.c - rebuff explain: a reply through the classifier, with every step; or what is known
 * of an address or a message, why, and all that the address has met. */
#include "common/command.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "command/classification.h"
#include "command/replies.h"
#include "common/arguments.h"
#include "common/state.h"
#include "common/when.h"

/* On a terminal: what decides stands out, what does not count steps back. */
static void print_step(void *ud, const char *line)
{
	const bool *colour = ud;
	const char *paint = "";
	if (*colour && strncmp(line, "passed over", 11) == 0)
		paint = "\033[2m";
	else if (*colour && strncmp(line, "decides", 7) == 0)
		paint = "\033[1m";
	printf("  %s%s%s\n", paint, line, *paint ? "\033[0m" : "");
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
	json_t *o = classification_object(&c);
	json_object_set_new(o, "steps", steps);
	return classification_write(stdout, o) ? 0 : 1;
}

/* ---- an address, a message ------------------------------------------------------------------ */

/* A reply begins with its code, or has spaces. */
static bool is_one_word(const char *text)
{
	return !strpbrk(text, " \t\n") && !(strspn(text, "0123456789") == 3 && text[3] == '\0');
}

static void print_fact(void *ud, const char *what, const char *text)
{
	(void)ud;
	printf("%-11s %s\n", what, text);
}

static void keep_fact(void *ud, const char *what, const char *text)
{
	json_array_append_new(ud, json_pack("{s:s, s:s}", "what", what, "text", text));
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

/* json: {"facts": [...], "met": [...]}; NULL: printed. */
static rebuff_status explain_known(
	rebuff_ctx *ctx, rebuff_span word, bool address, json_t *json, rebuff_error *err)
{
	json_t *facts = json ? json_array() : NULL, *met = json ? json_array() : NULL;
	void (*each)(void *, const char *, const char *) = json ? keep_fact : print_fact;
	rebuff_status status = address ? rebuff_explain_address(ctx, word, each, facts, err)
				       : rebuff_explain_message(ctx, word, each, facts, err);
	if (status == REBUFF_OK && address && !json)
		putchar('\n');
	if (status == REBUFF_OK && address)
		status = rebuff_recall(ctx, word, json ? keep_past : print_past, met, err);
	if (json) {
		json_object_set_new(json, "facts", facts);
		json_object_set_new(json, "met", met);
	}
	return status;
}

static int explain_word(const command_options *options, const char *word)
{
	rebuff_ctx *ctx = NULL;
	rebuff_error err = {.status = REBUFF_OK};
	json_t *all = options->json ? json_object() : NULL;
	rebuff_status status = state_open(options, true, true, &ctx, &err);
	if (status == REBUFF_OK)
		status = explain_known(
			ctx, command_span(word), strchr(word, '@') != NULL, all, &err);
	rebuff_close(&ctx);
	bool written = !all || status != REBUFF_OK ||
		(json_dumpf(all, stdout, JSON_COMPACT | JSON_PRESERVE_ORDER) == 0 &&
			putchar('\n') != EOF);
	json_decref(all);
	if (status != REBUFF_OK)
		return command_fail(&err);
	return written ? 0 : 1;
}

/* ---- the command ----------------------------------------------------------------------------- */

static int explain_reply(const rebuff_ctx *ctx, const command_options *o, const rebuff_reply *reply)
{
	rebuff_classification c;
	bool colour = o->colour;
	if (o->json)
		return explain_json(ctx, reply);
	puts("steps");
	(void)rebuff_explain(ctx, reply, &c, print_step, &colour);
	putchar('\n');
	classification_show(stdout, &c, o->colour);
	return 0;
}

static int run(const command_options *options, int argc, char **argv)
{
	const char *words[4];
	const argument known[] = {{NULL, NULL, NULL}};
	replies r = {.line = NULL};
	rebuff_reply reply;
	rebuff_ctx *ctx = NULL;
	int n;
	if (arguments_read(&command_explain, known, argc, argv, words, 4, &n))
		return 2;
	if (n == 0)
		return command_usage(&command_explain, "no reply given");
	if (n == 1 && is_one_word(words[0]))
		return explain_word(options, words[0]);
	int status = replies_of_words(&r, &command_explain, words, n, &reply);
	if (status == 0)
		status = command_open(options, &ctx);
	if (status == 0)
		status = explain_reply(ctx, options, &reply);
	rebuff_close(&ctx);
	free(r.line);
	return status;
}

const command command_explain = {.name = "explain",
	.usage = "REPLY [DOMAIN [MX [STAGE]]] | ADDRESS | QUEUE-ID",
	.summary = "show every step from a reply to its meaning; why an address or message is as "
		   "it is",
	.help = "Every rule whose words were found is listed with its file and line, why it does "
		"not count\n"
		"or how strongly it does, and the one that decided. STAGE is one of banner, ehlo, "
		"mail,\n"
		"rcpt, data, dot.\n\n"
		"With an address: whether and why it is suppressed, what is counted against it, "
		"what would\n"
		"undo it, and what remote servers answered for it, what bounces and "
		"complaints\n"
		"said later, with how far each is believed; the newest first.\n"
		"With a queue id: what became of the message, until when it waits, and why.\n",
	.run = run};
