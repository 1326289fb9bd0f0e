/* cmd_breaker.c - rebuff breaker: whom the circuit breaker kept from being suppressed, or could not
 * any more; confirm them, or undo. */
#include "common/command.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "command/suppress.h"
#include "common/arguments.h"
#include "common/ask.h"
#include "common/print.h"
#include "common/state.h"
#include "common/text.h"
#include "common/when.h"

enum { SHOWN_MAX = 4 * REBUFF_TEXT_MAX + 1 };

typedef struct {
	const command_options *options;
	size_t shown;
} listing;

static bool list_one(void *ud, const rebuff_candidate *k)
{
	listing *l = ud;
	char when[WHEN_MAX], address[SHOWN_MAX], provider[SHOWN_MAX], evidence[SHOWN_MAX];
	if (l->options->json) {
		json_t *o = json_pack("{s:s,s:s,s:s,s:s,s:s,s:b}", "address", k->address,
			"provider", k->provider, "time", when_utc(k->time_ms, when), "category",
			rebuff_category_name(k->category), "evidence", k->evidence, "suppressed",
			k->listed);
		if (o) {
			json_dumpf(o, stdout, JSON_COMPACT);
			putchar('\n');
		}
		json_decref(o);
	} else {
		if (!l->shown)
			printf("%-36s %-16s %-16s %-10s %s\n", "ADDRESS", "PROVIDER", "SINCE",
				"STATE", "REPLY");
		printf("%-36s %-16s %-16s %-10s %s\n",
			text_escape(address, sizeof address, k->address, strlen(k->address)),
			text_escape(provider, sizeof provider, k->provider, strlen(k->provider)),
			when_local(k->time_ms, when), k->listed ? "suppressed" : "waits",
			text_escape(evidence, sizeof evidence, k->evidence, strlen(k->evidence)));
	}
	l->shown++;
	return !ferror(stdout);
}

static int list(const command_options *o, const char *provider)
{
	rebuff_error err = {.status = REBUFF_OK};
	rebuff_ctx *ctx = NULL;
	listing l = {.options = o};
	rebuff_status status = state_open(o, true, false, &ctx, &err);
	if (status == REBUFF_OK)
		status = rebuff_candidate_each(ctx, command_span(provider), list_one, &l, &err);
	rebuff_close(&ctx);
	if (status != REBUFF_OK)
		return command_fail(&err);
	if (!l.shown && !o->json)
		puts("nobody waits to be judged");
	return print_end();
}

typedef struct {
	const char *provider;
	char by[REBUFF_NAME_MAX];
	bool undo;
} judgement;

static rebuff_status judge(void *ud, rebuff_ctx *ctx, size_t *n, rebuff_error *err)
{
	const judgement *j = ud;
	return j->undo ? rebuff_candidates_undo(ctx, command_span(j->provider), n, err)
		       : rebuff_candidates_confirm(
				 ctx, command_span(j->provider), command_span(j->by), n, err);
}

static int run(const command_options *o, int argc, char **argv)
{
	const char *words[2] = {"list", ""};
	const argument known[] = {{NULL, NULL, NULL}};
	rebuff_error err = {.status = REBUFF_OK};
	size_t n = 0;
	int given;
	if (arguments_read(&command_breaker, known, argc, argv, words, 2, &given))
		return 2;
	if (strcmp(words[0], "list") == 0)
		return list(o, words[1]);
	judgement j = {.provider = words[1], .undo = strcmp(words[0], "undo") == 0};
	if (!j.undo && strcmp(words[0], "confirm") != 0)
		return command_usage(&command_breaker, "no \"%s\"", words[0]);
	if (!*j.provider)
		return command_usage(&command_breaker, "a provider is missing");
	suppress_by(j.by);
	const ask_field fields[] = {{"provider", j.provider}, {"by", j.by}, {NULL, NULL}};
	const ask what = {.request = j.undo ? "breaker-undo" : "breaker-confirm",
		.fields = fields,
		.answer = "judged",
		.policy = true,
		.change = judge,
		.ud = &j};
	if (ask_change(o, &what, &n, &err) != REBUFF_OK)
		return command_fail(&err);
	if (o->json)
		printf("{\"judged\":%zu}\n", n);
	else
		printf(j.undo ? "%zu addresses are as if nothing had been said of them\n"
			      : "%zu addresses are suppressed\n",
			n);
	return print_end();
}

const command command_breaker = {.name = "breaker",
	.usage = "[list [PROVIDER] | confirm PROVIDER | undo PROVIDER]",
	.summary = "addresses that a provider called dead when far too many were",
	.help = "When far more of a provider's answers than usual would suppress an address, its\n"
		"directory may be down: nobody is suppressed there then. Who would have been, and\n"
		"who was shortly before it was clear, is listed here until you say:\n\n"
		"  confirm   they are dead: suppress them all\n"
		"  undo      they are not: take those off the list that are on it, forget the "
		"rest\n",
	.run = run};
