/* replay.c - what a changed policy would have done: recorded attempts go through two engines, one
 * with the old policy and one with the new, each with a database in memory, and what they made of
 * each attempt is compared. */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/error.h"
#include "base/span.h"
#include "engine/context.h"

enum { GROUP = 500, HOUR_MS = 3600000, NEAR_S = 1, LIST_MAX = 200000 };

/* What one policy made of one attempt. */
typedef struct {
	int32_t next_s; /* -1: none */
	uint8_t category, what, flags;
} made;

enum { SUPPRESSED = 1, SLOWED = 2 };

typedef struct {
	const rebuff_replay *replay;
	const char *config_dir;
	rebuff_ctx *ctx;
	rbf_store *history;
	int64_t now_ms;
	made *made;
	size_t n, cap, grouped;
	int64_t kept_at_ms;
	bool tells; /* of its progress */
	size_t total;
	rebuff_status status;
	rebuff_error err;
	char (*listed)[REBUFF_ADDRESS_MAX + 1]; /* suppressed at the end, sorted */
	size_t listed_n;
} side;

static int64_t side_wall(void *ud)
{
	return ((const side *)ud)->now_ms;
}

/* The clocks agree: it was never set. */
static int64_t side_boot(void *ud)
{
	return ((const side *)ud)->now_ms;
}

/* ---- one side ----------------------------------------------------------------------------------
 */

/* One after the other: the first to read a database that no engine has open may have to mend it. */
static rebuff_status open_side(side *v, rebuff_error *err)
{
	const rebuff_options *given = v->replay->options;
	v->now_ms = v->kept_at_ms = v->replay->from_ms;
	rebuff_options o = *given;
	o.config_dir = v->config_dir;
	o.state_file = ":memory:";
	o.read_only = false;
	o.trial = true;
	o.clock = (rebuff_clock){.ud = v, .wall_ms = side_wall, .boot_ms = side_boot};
	rebuff_status status = rebuff_open(&o, &v->ctx, err);
	if (status == REBUFF_OK)
		v->ctx->replays = true;
	if (status == REBUFF_OK)
		status = rbf_store_open(given->state_file, true, &v->history, err);
	return status == REBUFF_OK ? rbf_view_recorded_n(v->history, v->replay->from_ms,
					     v->replay->to_ms, &v->total, err)
				   : status;
}

/* Events hold their text printable, with what was not as \xHH. */
static rebuff_span plain(const char *printable, char out[REBUFF_REPLY_MAX])
{
	static const char digits[] = "0123456789abcdef";
	size_t n = 0;
	for (const char *p = printable; *p && n < REBUFF_REPLY_MAX; p++) {
		const char *high, *low;
		if (p[0] == '\\' && p[1] == '\\') {
			out[n++] = *++p;
		} else if (p[0] == '\\' && p[1] == 'x' && p[2] && p[3] &&
			(high = strchr(digits, p[2])) && (low = strchr(digits, p[3]))) {
			out[n++] = (char)((high - digits) * 16 + (low - digits));
			p += 3;
		} else {
			out[n++] = *p;
		}
	}
	return (rebuff_span){out, n};
}

static bool keep(side *v, made one)
{
	if (v->n == v->cap) {
		size_t cap = v->cap ? v->cap * 2 : 4096;
		void *p = realloc(v->made, cap * sizeof *v->made);
		if (!p)
			return false;
		v->made = p;
		v->cap = cap;
	}
	v->made[v->n++] = one;
	return true;
}

/* A group ends; now and then what is old is forgotten, so that a million attempts fit. */
static rebuff_status next_group(side *v, bool last, rebuff_error *err)
{
	rebuff_status status = REBUFF_OK;
	if (v->now_ms - v->kept_at_ms > HOUR_MS && !last) {
		status = rebuff_housekeep(v->ctx, err);
		v->kept_at_ms = v->now_ms;
	}
	v->grouped = 0;
	rebuff_status ended = rebuff_commit(v->ctx, status == REBUFF_OK ? err : NULL);
	if (status == REBUFF_OK && ended == REBUFF_OK && !last)
		return rebuff_begin(v->ctx, err);
	return status != REBUFF_OK ? status : ended;
}

static rebuff_status play(void *ud, const rbf_recorded *e, rebuff_error *err)
{
	side *v = ud;
	char text[REBUFF_REPLY_MAX];
	rebuff_outcome out = {.size = sizeof out};
	if (e->time_ms > v->now_ms)
		v->now_ms = e->time_ms;
	rebuff_result result = {.size = sizeof result,
		.node = rbf_span_of(e->node),
		.mta = e->mta,
		.id = rbf_span_of(e->id),
		.recipient = rbf_span_of(e->recipient),
		.sender = rbf_span_of(e->sender),
		.kind = e->kind,
		.stage = e->stage,
		.code = e->code,
		.text = plain(e->text, text),
		.host = rbf_span_of(e->host),
		.ip = rbf_span_of(e->ip),
		.source_ip = rbf_span_of(e->source_ip),
		.transport = rbf_span_of(e->transport),
		.time_ms = v->now_ms};
	v->ctx->replayed_received_ms = e->age_ms >= 0 ? e->time_ms - e->age_ms : 0;
	rebuff_status status = rebuff_record_result(v->ctx, &result, &out, err);
	/* What cannot be an address today was one when it was recorded. */
	if (status == REBUFF_EPARSE)
		status = REBUFF_OK;
	if (status != REBUFF_OK)
		return status;
	bool again = out.fate == REBUFF_FATE_AGAIN && out.due_ms;
	const made one = {.next_s = again ? (int32_t)((out.due_ms - v->now_ms) / 1000) : -1,
		.category = (uint8_t)out.reply.category,
		.what = (uint8_t)out.fate,
		.flags = (uint8_t)((out.suppressed ? SUPPRESSED : 0) | (out.slowed ? SLOWED : 0))};
	if (!keep(v, one))
		return rbf_fail(err, REBUFF_ENOMEM, "no memory for %zu attempts", v->n);
	if (++v->grouped == GROUP)
		status = next_group(v, false, err);
	if (v->tells && v->n % 1000 == 0 && v->replay->progress)
		v->replay->progress(v->replay->ud, v->n, v->total);
	return status;
}

static bool list(void *ud, const rebuff_suppression *e)
{
	side *v = ud;
	if (e->until_ms && e->until_ms <= v->now_ms)
		return true;
	memcpy(v->listed[v->listed_n++], e->address, sizeof *v->listed);
	return v->listed_n < LIST_MAX;
}

static int by_address(const void *a, const void *b)
{
	return strcmp(a, b);
}

static rebuff_status list_all(side *v, rebuff_error *err)
{
	v->listed = malloc(LIST_MAX * sizeof *v->listed);
	if (!v->listed)
		return rbf_fail(err, REBUFF_ENOMEM, "no memory for a list");
	rebuff_status status = rebuff_suppress_each(v->ctx, (rebuff_span){"", 0}, list, v, err);
	qsort(v->listed, v->listed_n, sizeof *v->listed, by_address);
	return status;
}

static rebuff_status run_side(side *v, rebuff_error *err)
{
	const rebuff_replay *r = v->replay;
	rebuff_status status = rebuff_begin(v->ctx, err);
	if (status == REBUFF_OK)
		status = rbf_view_recorded(v->history, r->from_ms, r->to_ms, play, v, err);
	if (status == REBUFF_OK)
		status = next_group(v, true, err);
	return status == REBUFF_OK ? list_all(v, err) : status;
}

static void *run_thread(void *ud)
{
	side *v = ud;
	v->status = run_side(v, &v->err);
	return NULL;
}

static void close_side(side *v)
{
	rebuff_close(&v->ctx);
	rbf_store_close(&v->history);
	free(v->made);
	free(v->listed);
}

/* ---- the comparison ----------------------------------------------------------------------------
 */

/* In the order of rebuff_difference: the first thing that differs names an attempt. */
static int difference_of(const made *a, const made *b)
{
	if ((a->flags ^ b->flags) & SUPPRESSED)
		return b->flags & SUPPRESSED ? REBUFF_DIFFER_SUPPRESSED : REBUFF_DIFFER_SPARED;
	if (a->what != b->what)
		return REBUFF_DIFFER_FATE;
	if (a->category != b->category)
		return REBUFF_DIFFER_MEANING;
	if ((a->flags ^ b->flags) & SLOWED)
		return REBUFF_DIFFER_PACE;
	int32_t apart = a->next_s - b->next_s;
	if (apart > NEAR_S || apart < -NEAR_S)
		return REBUFF_DIFFER_NEXT;
	return -1;
}

typedef struct {
	const rebuff_replay *replay;
	const side *old, *fresh;
	size_t at;
	rebuff_replayed *out;
} comparison;

static void describe(const made *m, char out[96])
{
	static const char *const fates[] = {"accepted", "again", "given up", "bounced"};
	int n = snprintf(out, 96, "%s: %s%s", rebuff_category_name((rebuff_category)m->category),
		m->what < 4 ? fates[m->what] : "", m->flags & SUPPRESSED ? ", suppressed" : "");
	if (m->next_s >= 0 && m->what == RBF_DECIDE_RETRY && n > 0)
		(void)snprintf(out + n, 96 - (size_t)n, " in %d s", m->next_s);
}

static rebuff_status compare(void *ud, const rbf_recorded *e, rebuff_error *err)
{
	comparison *c = ud;
	if (c->at == c->old->n) /* what came meanwhile */
		return REBUFF_OK;
	const made *a = &c->old->made[c->at], *b = &c->fresh->made[c->at];
	(void)err;
	c->at++;
	int kind = difference_of(a, b);
	if (kind < 0)
		return REBUFF_OK;
	c->out->changed++;
	if (++c->out->by_kind[kind] > c->replay->examples || !c->replay->example)
		return REBUFF_OK;
	rebuff_example x = {
		.size = sizeof x, .kind = (rebuff_difference)kind, .time_ms = e->time_ms};
	(void)rbf_span_copy(x.recipient, sizeof x.recipient, rbf_span_of(e->recipient));
	(void)rbf_span_copy(x.provider, sizeof x.provider, rbf_span_of(e->provider));
	(void)rbf_span_copy(x.text, sizeof x.text, rbf_span_of(e->text));
	describe(a, x.before);
	describe(b, x.after);
	c->replay->example(c->replay->ud, &x);
	return REBUFF_OK;
}

/* Both lists are sorted. */
static void compare_lists(
	const side *old, const side *fresh, const rebuff_replay *r, rebuff_replayed *out)
{
	size_t i = 0, k = 0;
	while (i < old->listed_n || k < fresh->listed_n) {
		int order = i == old->listed_n ? 1
			: k == fresh->listed_n ? -1
					       : strcmp(old->listed[i], fresh->listed[k]);
		if (order == 0) {
			i++;
			k++;
			continue;
		}
		uint64_t *n = order > 0 ? &out->appear : &out->vanish;
		if (++*n <= r->examples && r->listed)
			r->listed(r->ud, order > 0, order > 0 ? fresh->listed[k] : old->listed[i]);
		if (order > 0)
			k++;
		else
			i++;
	}
	out->listed_before = old->listed_n;
	out->listed_after = fresh->listed_n;
}

rebuff_status rebuff_policy_diff(
	const rebuff_replay *replay, rebuff_replayed *out, rebuff_error *err)
{
	rebuff_replay r = *replay;
	side old = {.replay = &r, .config_dir = r.old_dir},
	     fresh = {.replay = &r, .config_dir = r.new_dir, .tells = true};
	pthread_t thread;
	*out = (rebuff_replayed){.size = sizeof *out};
	if (r.from_ms <= 0)
		r.from_ms = 1;
	rebuff_status status = open_side(&old, err);
	if (status == REBUFF_OK)
		status = open_side(&fresh, err);
	if (status == REBUFF_OK && pthread_create(&thread, NULL, run_thread, &old) == 0) {
		status = run_side(&fresh, err);
		(void)pthread_join(thread, NULL);
	} else if (status == REBUFF_OK) {
		status = run_side(&fresh, err);
		(void)run_thread(&old);
	}
	if (status == REBUFF_OK && old.status != REBUFF_OK)
		status = rbf_fail(err, old.status, "%s", old.err.text);
	if (status == REBUFF_OK && old.n != fresh.n)
		status = rbf_fail(err, REBUFF_ESTORE, "the history changed meanwhile: try again");
	comparison c = {.replay = &r, .old = &old, .fresh = &fresh, .out = out};
	if (status == REBUFF_OK)
		status = rbf_view_recorded(fresh.history, r.from_ms, r.to_ms, compare, &c, err);
	if (status == REBUFF_OK) {
		compare_lists(&old, &fresh, &r, out);
		out->attempts = fresh.n;
	}
	close_side(&old);
	close_side(&fresh);
	return status;
}
