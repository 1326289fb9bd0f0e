/* cmd_warmup.c - rebuff warmup: a new sending IP begins with few messages a day. */
#include "common/command.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/arguments.h"
#include "common/ask.h"
#include "common/clocks.h"
#include "common/print.h"
#include "common/state.h"
#include "common/text.h"
#include "common/when.h"

typedef struct {
	const command_options *options;
	size_t shown;
	int64_t now_ms;
} listing;

static bool list_one(void *ud, const rebuff_warmup *p)
{
	listing *l = ud;
	char when[WHEN_MAX], ip[256], node[1024], provider[256];
	uint32_t cap, day = rebuff_warmup_day(p, l->now_ms, &cap);
	uint32_t sent = p->day == day ? p->sent : 0;
	if (l->options->json) {
		json_t *o = json_pack("{s:s,s:s,s:s,s:s,s:i,s:i,s:i,s:i,s:f,s:b}", "ip", p->ip,
			"node", p->node, "provider", p->provider, "since",
			when_utc(p->since_ms, when), "day", (int)day, "days", (int)p->days, "sent",
			(int)sent, "cap", (int)cap, "growth", p->growth, "paused",
			p->paused_ms > 0);
		if (o) {
			json_dumpf(o, stdout, JSON_COMPACT | JSON_REAL_PRECISION(4));
			putchar('\n');
		}
		json_decref(o);
	} else {
		if (!l->shown)
			printf("%-16s %-16s %-24s %-11s %s\n", "IP", "PROVIDER", "NODE", "DAY",
				"TODAY");
		printf("%-16s %-16s %-24s ", text_escape(ip, sizeof ip, p->ip, strlen(p->ip)),
			text_escape(provider, sizeof provider, p->provider, strlen(p->provider)),
			text_escape(node, sizeof node, p->node, strlen(p->node)));
		if (day)
			printf("%2u of %-5u %u of %u%s\n", day, p->days, sent, cap,
				p->paused_ms ? ", stands still: an alarm" : "");
		else
			printf("%-11s -\n", "over");
	}
	l->shown++;
	return !ferror(stdout);
}

static int list(const command_options *o)
{
	rebuff_error err = {.status = REBUFF_OK};
	rebuff_ctx *ctx = NULL;
	listing l = {.options = o, .now_ms = wall_now_ms()};
	rebuff_status status = state_open(o, true, false, &ctx, &err);
	if (status == REBUFF_OK)
		status = rebuff_warmup_each(ctx, list_one, &l, &err);
	rebuff_close(&ctx);
	if (status != REBUFF_OK)
		return command_fail(&err);
	if (!l.shown && !o->json)
		puts("no plan");
	return print_end();
}

static rebuff_status begin_plan(void *ud, rebuff_ctx *ctx, size_t *n, rebuff_error *err)
{
	*n = 1;
	return rebuff_warmup_put(ctx, ud, err);
}

static rebuff_status end_plan(void *ud, rebuff_ctx *ctx, size_t *n, rebuff_error *err)
{
	const rebuff_warmup *p = ud;
	return rebuff_warmup_end(ctx, command_span(p->node), command_span(p->provider), n, err);
}

static bool take(char *out, size_t cap, const char *text)
{
	return (size_t)snprintf(out, cap, "%s", text) < cap;
}

static bool take_number(const char *text, uint32_t *out)
{
	size_t n;
	bool ok = arguments_count(text, &n) && n <= UINT32_MAX;
	*out = ok ? (uint32_t)n : 0;
	return ok;
}

static int run(const command_options *o, int argc, char **argv)
{
	const char *words[3] = {"list", "", ""}, *node = "", *days = "30", *cap = "50",
		   *growth = "1.4";
	const argument known[] = {{"--node", &node, NULL}, {"--days", &days, NULL},
		{"--cap", &cap, NULL}, {"--growth", &growth, NULL}, {NULL, NULL, NULL}};
	rebuff_error err = {.status = REBUFF_OK};
	rebuff_warmup p = {.size = sizeof p};
	char *rest;
	size_t n = 0;
	int given;
	if (arguments_read(&command_warmup, known, argc, argv, words, 3, &given))
		return 2;
	if (strcmp(words[0], "list") == 0)
		return list(o);
	bool end = strcmp(words[0], "end") == 0;
	if (!end && strcmp(words[0], "begin") != 0)
		return command_usage(&command_warmup, "no \"%s\"", words[0]);
	if (given != (end ? 2 : 3))
		return command_usage(&command_warmup,
			end ? "a provider is missing" : "a provider and an IP are missing");
	if (!take(p.provider, sizeof p.provider, words[1]) || !take(p.ip, sizeof p.ip, words[2]) ||
		!take(p.node, sizeof p.node, node))
		return command_usage(&command_warmup, "a name is too long");
	if (!take_number(days, &p.days) || !take_number(cap, &p.cap))
		return command_usage(&command_warmup, "--days and --cap want a number");
	p.growth = strtod(growth, &rest);
	if (rest == growth || *rest)
		return command_usage(&command_warmup, "--growth wants a number, such as 1.4");
	const ask_field fields[] = {{"provider", p.provider}, {"ip", p.ip}, {"node", p.node},
		{"days", days}, {"cap", cap}, {"growth", growth}, {NULL, NULL}};
	const ask what = {.request = end ? "warmup-end" : "warmup",
		.fields = fields,
		.answer = "changed",
		.policy = true,
		.change = end ? end_plan : begin_plan,
		.ud = &p};
	if (ask_change(o, &what, &n, &err) != REBUFF_OK)
		return command_fail(&err);
	if (!n)
		fputs("rebuff: there is no such plan\n", stderr);
	return n ? print_end() : 1;
}

const command command_warmup = {.name = "warmup",
	.usage = "[list | begin PROVIDER IP [OPTION...] | end PROVIDER [--node NAME]]",
	.summary = "begin with few messages a day from a new sending IP",
	.help = "  --node NAME    the host that sends from it (default this one)\n"
		"  --days N       how long the plan lasts (default 30)\n"
		"  --cap N        messages on the first day (default 50)\n"
		"  --growth X     each day so many times as many (default 1.4)\n\n"
		"What is over a day's cap waits for the next day, in its order; a day's messages "
		"go\n"
		"out over eight hours. While the provider is held by an alarm, the days stand "
		"still.\n",
	.run = run};
