/* cmd_hold.c - rebuff hold and rebuff release: stop the mail for a provider or of a stream, and let
 * it go on. Through the engine when it runs, else in the database itself. */
#include "command.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "arguments.h"
#include "clocks.h"
#include "control.h"
#include "fail.h"
#include "print.h"
#include "state.h"
#include "suppress.h"
#include "when.h"

typedef struct {
	const char *provider, *stream; /* "" any */
	int64_t until_ms;
	const char *reason;
	char by[REBUFF_NAME_MAX];
	bool release;
	size_t released;
} hold;

static rebuff_span span(const char *text)
{
	return (rebuff_span){text, strlen(text)};
}

static rebuff_status ask_engine(control *c, hold *h, rebuff_error *err)
{
	rbf_wire_record answer;
	rbf_wire_writer *w = control_begin(c, h->release ? "release" : "hold");
	rbf_wire_put_str(w, "provider", h->provider);
	rbf_wire_put_str(w, "stream", h->stream);
	rbf_wire_put_str(w, "by", h->by);
	rbf_wire_put_str(w, h->release ? "note" : "reason", h->reason);
	if (!h->release)
		rbf_wire_put_int(w, "until", h->until_ms);
	rebuff_status status = control_send(c, err);
	if (status == REBUFF_OK)
		status = control_receive(c, &answer, err);
	if (status == REBUFF_OK)
		h->released = (size_t)rbf_wire_get_int(&answer, "released", 0);
	return status;
}

static rebuff_status change_database(const command_options *o, hold *h, rebuff_error *err)
{
	rebuff_ctx *ctx = NULL;
	rebuff_status status = state_open(o, false, false, &ctx, err);
	if (status == REBUFF_OK)
		status = rebuff_begin(ctx, err);
	if (status == REBUFF_OK && h->release)
		status = rebuff_hold_release(ctx, span(h->provider), span(h->stream), span(h->by),
			span(h->reason), &h->released, err);
	else if (status == REBUFF_OK)
		status = rebuff_hold_add(ctx, span(h->provider), span(h->stream), h->until_ms,
			span(h->reason), span(h->by), err);
	if (status == REBUFF_OK)
		status = rebuff_commit(ctx, err);
	rebuff_close(&ctx);
	return status;
}

static rebuff_status change(const command_options *o, hold *h, rebuff_error *err)
{
	control *c = NULL;
	rebuff_status status = control_open(o->run_dir, &c, err);
	if (status == REBUFF_ENOENT)
		return change_database(o, h, err);
	if (status == REBUFF_OK)
		status = ask_engine(c, h, err);
	control_close(&c);
	return status;
}

/* Names are cut by nobody: a hold must be for what was typed. */
static int check_names(const command *c, const hold *h)
{
	if (!*h->provider && !*h->stream)
		return command_usage(c, "a provider or a stream is missing");
	if (strlen(h->provider) >= REBUFF_NAME_MAX || strlen(h->stream) >= REBUFF_NAME_MAX)
		return command_usage(c, "a name is over %d bytes", REBUFF_NAME_MAX - 1);
	return 0;
}

static int run_hold(const command_options *o, int argc, char **argv)
{
	const char *until = "never", *stream = "", *reason = "", *provider = "";
	const argument known[] = {{"--until", &until, NULL}, {"--stream", &stream, NULL},
		{"--reason", &reason, NULL}, {NULL, NULL, NULL}};
	rebuff_error err = {.status = REBUFF_OK};
	int n;
	if (arguments_read(&command_hold, known, argc, argv, &provider, 1, &n))
		return 2;
	hold h = {.provider = provider, .stream = stream, .reason = reason};
	if (check_names(&command_hold, &h))
		return 2;
	if (!when_parse(until, wall_now_ms(), &h.until_ms) ||
		(h.until_ms && h.until_ms <= wall_now_ms()))
		return command_usage(&command_hold, "--until %s is no time to come", until);
	suppress_by(h.by);
	if (change(o, &h, &err) != REBUFF_OK)
		return command_fail(&err);
	if (o->json)
		puts("{\"held\":true}");
	return print_end();
}

static int run_release(const command_options *o, int argc, char **argv)
{
	const char *stream = "", *provider = "", *note = "";
	const argument known[] = {
		{"--stream", &stream, NULL}, {"--reason", &note, NULL}, {NULL, NULL, NULL}};
	rebuff_error err = {.status = REBUFF_OK};
	int n;
	if (arguments_read(&command_release, known, argc, argv, &provider, 1, &n))
		return 2;
	hold h = {.provider = provider, .stream = stream, .reason = note, .release = true};
	if (check_names(&command_release, &h))
		return 2;
	suppress_by(h.by);
	if (change(o, &h, &err) != REBUFF_OK)
		return command_fail(&err);
	if (o->json)
		printf("{\"released\":%zu}\n", h.released);
	else if (h.released)
		printf("released %zu\n", h.released);
	else
		fputs("rebuff: nothing of this provider and stream is held\n", stderr);
	return h.released ? print_end() : 1;
}

const command command_hold = {.name = "hold",
	.usage = "[PROVIDER] [--stream NAME] [--until TIME] [--reason TEXT]",
	.summary = "send nothing to a provider, or of a stream, for now",
	.help = "Without --until the hold lasts until rebuff release. Held time does not count\n"
		"as failing time. PROVIDER is a name as rebuff report shows it.\n",
	.run = run_hold};

const command command_release = {.name = "release",
	.usage = "[PROVIDER] [--stream NAME]",
	.summary = "end a hold",
	.help = "Ends the hold of exactly this provider and stream. What waited goes first in,\n"
		"first out.\n",
	.run = run_release};
