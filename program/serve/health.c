/* health.c - how the engine itself does, for rebuff status and rebuff metrics. */
#include "serve/service.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/clocks.h"
#include "serve/alive.h"

typedef struct {
	writer_health writer;
	peers_health peers;
	wake_health wake;
	int64_t up_s, policy_age_s;
} facts;

static facts gather(const service *s)
{
	facts f = {.up_s = (boot_now_ms() - s->started_ms) / 1000,
		.policy_age_s = (wall_now_ms() - s->policy_loaded_ms) / 1000};
	writer_get_health(s->writer, &f.writer);
	peers_get_health(s->peers, &f.peers);
	wake_get_health(s->wake, &f.wake);
	return f;
}

/* ---- hooks --------------------------------------------------------------------------------- */

enum { HOOKS_TOLD = 16 };

/* Those that were called, the ones that fail first; the answer has room for a few. */
static json_t *hooks_json(const service *s)
{
	json_t *list = json_array();
	rebuff_hook h;
	for (int failing = 1; failing >= 0; failing--)
		for (size_t i = 0; rebuff_hook_at(s->ctx, i, &h); i++)
			if ((h.failures > 0) == (failing == 1) &&
				json_array_size(list) < HOOKS_TOLD)
				json_array_append_new(list,
					json_pack("{s:s, s:s, s:s, s:I, s:I, s:b, s:s}", "hook",
						h.name, "provider", h.provider, "where", h.where,
						"calls", (json_int_t)h.calls, "failures",
						(json_int_t)h.failures, "off", h.off, "problem",
						h.problem));
	return list;
}

static void hooks_text(const service *s, FILE *out)
{
	rebuff_hook h;
	uint64_t calls = 0, failures = 0;
	size_t n = 0, told = 0;
	for (; rebuff_hook_at(s->ctx, n, &h); n++) {
		calls += h.calls;
		failures += h.failures;
	}
	if (n)
		fprintf(out, "hooks        %zu, %" PRIu64 " calls, %" PRIu64 " failed\n", n, calls,
			failures);
	for (size_t i = 0; rebuff_hook_at(s->ctx, i, &h) && told < HOOKS_TOLD; i++)
		if (h.failures) {
			fprintf(out, "             %s%s of %s (%s): %.200s\n",
				h.off ? "OFF UNTIL RELOAD: " : "failed: ", h.name, h.provider,
				h.where, h.problem);
			told++;
		}
}

static void write_json(const service *s, const facts *f, char *out, size_t cap)
{
	json_t *o = json_pack("{s:I, s:I, s:s, s:{s:I,s:I,s:I,s:I,s:I,s:I,s:I,s:I,s:s},"
			      " s:{s:I,s:I,s:I,s:I}, s:{s:I,s:I,s:I,s:I,s:I},"
			      " s:{s:b,s:i,s:I,s:I,s:I,s:I}}",
		"up_s", (json_int_t)f->up_s, "policy_loaded_ms", (json_int_t)s->policy_loaded_ms,
		"reload_problem", s->reload_problem, /* */
		"writer", "depth", (json_int_t)f->writer.depth, "bytes",
		(json_int_t)f->writer.bytes, "lag_ms", (json_int_t)f->writer.lag_ms, "group_ms",
		(json_int_t)f->writer.group_ms, "groups", (json_int_t)f->writer.groups, "changes",
		(json_int_t)f->writer.changes, "failed_groups", (json_int_t)f->writer.failed_groups,
		"refused", (json_int_t)f->writer.refused, "problem", f->writer.problem, /* */
		"connections", "open", (json_int_t)f->peers.open, "accepted",
		(json_int_t)f->peers.accepted, "turned_away", (json_int_t)f->peers.turned_away,
		"dropped", (json_int_t)f->peers.dropped, /* */
		"requests", "gate", (json_int_t)s->gates, "result", (json_int_t)s->results,
		"submit", (json_int_t)s->submits, "message", (json_int_t)s->messages, "refused",
		(json_int_t)s->refused, /* */
		"wake", "absent", (int)f->wake.absent, "under_way", (int)f->wake.under_way, "woken",
		(json_int_t)f->wake.woken, "refused", (json_int_t)f->wake.refused, "queue",
		(json_int_t)f->wake.queue, "queue_ms", (json_int_t)f->wake.queue_ms);
	json_object_set_new(o, "hooks", hooks_json(s));
	json_object_set_new(o, "clock_unsteady", json_boolean(rebuff_clock_unsteady(s->ctx)));
	size_t n = o ? json_dumpb(o, out, cap - 1, JSON_COMPACT) : 0;
	out[n < cap ? n : 0] = '\0';
	json_decref(o);
}

static void write_text(const service *s, const facts *f, char *out, size_t cap)
{
	const writer_health *w = &f->writer;
	FILE *to = fmemopen(out, cap, "w");
	if (!to)
		return;
	fprintf(to,
		"engine       up %" PRId64 " s, policy loaded %" PRId64 " s ago%s%s\n"
		"writer       %zu waiting (%zu bytes), oldest %" PRId64 " ms, last group %" PRId64
		" ms\n"
		"             %" PRIu64 " changes in %" PRIu64 " groups, %" PRIu64
		" groups failed, %" PRIu64 " refused%s%s\n"
		"connections  %zu open, %" PRIu64 " accepted, %" PRIu64 " turned away, %" PRIu64
		" dropped\n"
		"requests     %" PRIu64 " gate, %" PRIu64 " result, %" PRIu64 " submit, %" PRIu64
		" message, %" PRIu64 " refused\n",
		f->up_s, f->policy_age_s,
		s->reload_problem[0] ? "\n             RELOAD FAILED: " : "", s->reload_problem,
		w->depth, w->bytes, w->lag_ms, w->group_ms, w->changes, w->groups, w->failed_groups,
		w->refused, w->problem[0] ? "\n             DISK FAILS: " : "", w->problem,
		f->peers.open, f->peers.accepted, f->peers.turned_away, f->peers.dropped, s->gates,
		s->results, s->submits, s->messages, s->refused);
	if (f->wake.absent)
		fprintf(to,
			"wake         rebuff-mtactl does not answer: the mail server's own "
			"schedule holds\n");
	else
		fprintf(to,
			"wake         %u under way, %" PRIu64 " done, %" PRIu64
			" refused; %zu messages in the queue\n",
			f->wake.under_way, f->wake.woken, f->wake.refused, f->wake.queue);
	hooks_text(s, to);
	fclose(to);
	out[cap - 1] = '\0';
}

void service_health(const service *s, bool json, char *out, size_t cap)
{
	facts f = gather(s);
	if (json)
		write_json(s, &f, out, cap);
	else
		write_text(s, &f, out, cap);
}

/* ---- OpenMetrics --------------------------------------------------------------------------- */

static void gauge(FILE *out, const char *name, const char *help, double value)
{
	metrics_head(out, name, "gauge", help);
	fprintf(out, "%s %.17g\n", name, value);
}

static void counter(FILE *out, const char *name, const char *help, uint64_t value)
{
	metrics_head(out, name, "counter", help);
	fprintf(out, "%s_total %" PRIu64 "\n", name, value);
}

static void write_engine(const service *s, const facts *f, FILE *out)
{
	const writer_health *w = &f->writer;
	gauge(out, "rebuff_start_time_seconds", "When the engine was started, since 1970.",
		(double)(wall_now_ms() / 1000 - f->up_s));
	gauge(out, "rebuff_policy_loaded_time_seconds", "When the policy was read, since 1970.",
		(double)s->policy_loaded_ms / 1000);
	gauge(out, "rebuff_policy_reload_ok", "Whether the last reload went well.",
		s->reload_problem[0] == '\0');
	gauge(out, "rebuff_writer_waiting", "Changes that are not on disk yet.", (double)w->depth);
	gauge(out, "rebuff_writer_lag_seconds", "How long the oldest of them has waited.",
		(double)w->lag_ms / 1000);
	gauge(out, "rebuff_writer_group_seconds", "How long the last group took.",
		(double)w->group_ms / 1000);
	gauge(out, "rebuff_writer_ok", "Whether the last group went to disk.",
		w->problem[0] == '\0');
	counter(out, "rebuff_changes", "Changes put on disk.", w->changes);
	counter(out, "rebuff_groups", "Groups of changes put on disk.", w->groups);
	counter(out, "rebuff_failed_groups", "Groups that the disk refused.", w->failed_groups);
	counter(out, "rebuff_queue_full", "Changes refused since the queue was full.", w->refused);
	gauge(out, "rebuff_connections", "Open connections.", (double)f->peers.open);
	counter(out, "rebuff_connections_accepted", "Connections accepted.", f->peers.accepted);
	counter(out, "rebuff_connections_refused", "Connections turned away or dropped.",
		f->peers.turned_away + f->peers.dropped);
	gauge(out, "rebuff_mtactl_up", "Whether rebuff-mtactl answers.", !f->wake.absent);
	gauge(out, "rebuff_wakes_under_way", "Attempts asked for and not over.", f->wake.under_way);
	counter(out, "rebuff_wakes", "Attempts asked for and made.", f->wake.woken);
	counter(out, "rebuff_wakes_refused", "Attempts asked for and not made.", f->wake.refused);
	gauge(out, "rebuff_queue_messages", "Messages in the mail server's queue, last listing.",
		(double)f->wake.queue);
}

bool service_write_metrics(const service *s, const char *run_dir)
{
	FILE *out = stamp_open(run_dir, "metrics");
	if (!out)
		return false;
	facts f = gather(s);
	write_engine(s, &f, out);
	metrics_write(s->metrics, out);
	return stamp_close(out, run_dir, "metrics");
}
