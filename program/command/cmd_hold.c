/* cmd_hold.c - rebuff hold and rebuff release: stop the mail for a provider or of a stream, and let
 * it go on. Through the engine when it runs, else in the database itself. */
#include "common/command.h"

#include <arpa/inet.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "command/suppress.h"
#include "common/arguments.h"
#include "common/ask.h"
#include "common/clocks.h"
#include "common/print.h"
#include "common/state.h"
#include "common/text.h"
#include "common/when.h"

typedef struct {
	const char *provider, *stream, *source; /* "" any */
	int64_t until_ms;
	const char *reason;
	char by[REBUFF_NAME_MAX];
	bool release;
} hold;

static rebuff_status in_database(void *ud, rebuff_ctx *ctx, size_t *n, rebuff_error *err)
{
	const hold *h = ud;
	const rebuff_scope_held scope = {
		command_span(h->provider), command_span(h->stream), command_span(h->source)};
	rebuff_span reason = command_span(h->reason), by = command_span(h->by);
	return h->release ? rebuff_hold_release(ctx, &scope, by, reason, n, err)
			  : rebuff_hold_add(ctx, &scope, h->until_ms, reason, by, err);
}

/* Hold, or release: *n is how many were released. */
static rebuff_status change(const command_options *o, hold *h, size_t *n, rebuff_error *err)
{
	char until[24];
	snprintf(until, sizeof until, "%" PRId64, h->until_ms);
	const ask_field fields[] = {{"provider", h->provider}, {"stream", h->stream},
		{"source_ip", h->source}, {"by", h->by},
		{h->release ? "note" : "reason", h->reason}, {"until", until}, {NULL, NULL}};
	const ask what = {.request = h->release ? "release" : "hold",
		.fields = fields,
		.answer = h->release ? "released" : "",
		.change = in_database,
		.ud = h};
	return ask_change(o, &what, n, err);
}

/* Names are cut by nobody: a hold must be for what was typed. */
static int check_names(const command *c, const hold *h)
{
	unsigned char address[sizeof(struct in6_addr)];
	if (!*h->provider && !*h->stream && !*h->source)
		return command_usage(c, "a provider, a stream or a source is missing");
	if (*h->source && inet_pton(AF_INET, h->source, address) != 1 &&
		inet_pton(AF_INET6, h->source, address) != 1)
		return command_usage(c, "--source %.60s is no IP address", h->source);
	if (strlen(h->provider) >= REBUFF_NAME_MAX || strlen(h->stream) >= REBUFF_NAME_MAX)
		return command_usage(c, "a name is over %d bytes", REBUFF_NAME_MAX - 1);
	return 0;
}

/* ---- what is held ---------------------------------------------------------------------------- */

enum { SHOWN_MAX = 4 * REBUFF_TEXT_MAX + 1 };

typedef struct {
	const command_options *options;
	size_t shown;
} listing;

static void print_line(const char *name, const char *text)
{
	char shown[SHOWN_MAX];
	if (*text)
		printf("  %-9s %s\n", name, text_escape(shown, sizeof shown, text, strlen(text)));
}

static void print_hold(const rebuff_hold *h)
{
	char since[WHEN_MAX], until[WHEN_MAX], provider[SHOWN_MAX], stream[SHOWN_MAX];
	char source[SHOWN_MAX];
	printf("%s%s%s%s%s%s%s\n",
		*h->provider
			? text_escape(provider, sizeof provider, h->provider, strlen(h->provider))
			: "every provider",
		*h->stream ? ", stream " : "",
		text_escape(stream, sizeof stream, h->stream, strlen(h->stream)),
		*h->source_ip ? ", from " : "",
		text_escape(source, sizeof source, h->source_ip, strlen(h->source_ip)),
		h->ended_ms		? ": over"
			: h->probing_ms ? ": has run out, one message at a time probes"
					: "",
		h->ended_ms || h->probing_ms ? "" : ": held");
	printf("  %-9s %s\n", "since", when_local(h->since_ms, since));
	if (!h->ended_ms)
		printf("  %-9s %s\n", "until",
			h->until_ms ? when_local(h->until_ms, until) : "it is released");
	else
		printf("  %-9s %s\n", "ended", when_local(h->ended_ms, until));
	print_line("reason", h->reason);
	print_line("by", h->by);
	if (!h->ended_ms)
		printf("  %-9s %lld recipients\n", "waiting", (long long)h->waiting);
	if (h->refused_probes)
		printf("  %-9s %u refused\n", "probes", h->refused_probes);
	print_line("released", h->released_by);
	print_line("why", h->note);
	print_line("checks", h->checked);
}

static bool list_one(void *ud, const rebuff_hold *h)
{
	listing *l = ud;
	if (!l->options->json) {
		print_hold(h);
	} else {
		json_t *o = json_pack("{s:s,s:s,s:s,s:o,s:o,s:o,s:b,s:i,s:I,s:s,s:s,s:s,s:s,s:s}",
			"provider", h->provider, "stream", h->stream, "source_ip", h->source_ip,
			"since", when_json(h->since_ms), "until", when_json(h->until_ms), "ended",
			when_json(h->ended_ms), "probing", h->probing_ms > 0, "refused_probes",
			(int)h->refused_probes, "waiting", (json_int_t)h->waiting, "reason",
			h->reason, "by", h->by, "released_by", h->released_by, "note", h->note,
			"checked", h->checked);
		if (o) {
			json_dumpf(o, stdout, JSON_COMPACT);
			putchar('\n');
		}
		json_decref(o);
	}
	l->shown++;
	return !ferror(stdout);
}

static int list_holds(const command_options *o, bool all)
{
	rebuff_error err = {.status = REBUFF_OK};
	rebuff_ctx *ctx = NULL;
	listing l = {.options = o};
	rebuff_status status = state_open(o, true, false, &ctx, &err);
	if (status == REBUFF_OK)
		status = rebuff_hold_each(ctx, all, list_one, &l, &err);
	rebuff_close(&ctx);
	if (status != REBUFF_OK)
		return command_fail(&err);
	if (!l.shown && !o->json)
		puts("nothing is held");
	return print_end();
}

static int run_hold(const command_options *o, int argc, char **argv)
{
	const char *until = "never", *stream = "", *source = "", *reason = "", *provider = "";
	bool show = false, all = false;
	const argument known[] = {{"--until", &until, NULL}, {"--stream", &stream, NULL},
		{"--source", &source, NULL}, {"--reason", &reason, NULL}, {"--list", NULL, &show},
		{"--all", NULL, &all}, {NULL, NULL, NULL}};
	rebuff_error err = {.status = REBUFF_OK};
	size_t released;
	int n;
	if (arguments_read(&command_hold, known, argc, argv, &provider, 1, &n))
		return 2;
	if (show || all)
		return list_holds(o, all);
	hold h = {.provider = provider, .stream = stream, .source = source, .reason = reason};
	if (check_names(&command_hold, &h))
		return 2;
	if (!when_parse(until, wall_now_ms(), &h.until_ms) ||
		(h.until_ms && h.until_ms <= wall_now_ms()))
		return command_usage(&command_hold, "--until %s is no time to come", until);
	suppress_by(h.by);
	if (change(o, &h, &released, &err) != REBUFF_OK)
		return command_fail(&err);
	if (o->json)
		puts("{\"held\":true}");
	return print_end();
}

static int run_release(const command_options *o, int argc, char **argv)
{
	const char *stream = "", *source = "", *provider = "", *note = "";
	const argument known[] = {{"--stream", &stream, NULL}, {"--source", &source, NULL},
		{"--reason", &note, NULL}, {NULL, NULL, NULL}};
	rebuff_error err = {.status = REBUFF_OK};
	size_t released;
	int n;
	if (arguments_read(&command_release, known, argc, argv, &provider, 1, &n))
		return 2;
	hold h = {.provider = provider,
		.stream = stream,
		.source = source,
		.reason = note,
		.release = true};
	if (check_names(&command_release, &h))
		return 2;
	suppress_by(h.by);
	if (change(o, &h, &released, &err) != REBUFF_OK)
		return command_fail(&err);
	if (o->json)
		printf("{\"released\":%zu}\n", released);
	else if (released)
		printf("released %zu\n", released);
	else
		fputs("rebuff: nothing of this provider, stream and source is held\n", stderr);
	return released ? print_end() : 1;
}

const command command_hold = {.name = "hold",
	.usage = "[PROVIDER] [--stream NAME] [--source IP] [--until TIME] [--reason TEXT] | --list "
		 "| "
		 "--all",
	.summary = "send nothing to a provider, of a stream, or from an IP, for now",
	.help = "Without --until the hold lasts until rebuff release. Held time does not count\n"
		"as failing time. PROVIDER is a name as rebuff report shows it. A hold of a\n"
		"provider or IP that runs out lets one message at a time through, to see, before "
		"the rest.\n"
		"A hold from an IP is for streams whose results of the last day all name it.\n\n"
		"  --list   what is held, why, until when, and what waits\n"
		"  --all    also what was, who released it and after which checks\n",
	.run = run_hold};

const command command_release = {.name = "release",
	.usage = "[PROVIDER] [--stream NAME] [--source IP] [--reason TEXT]",
	.summary = "end a hold",
	.help = "Ends the hold of exactly this provider, stream and IP. What waited goes first "
		"in,\n"
		"first out, and not all at once. Remembered with it: who released it, why, and "
		"what\n"
		"rebuff check found last.\n",
	.run = run_release};
