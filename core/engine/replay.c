/* replay.c - what a changed policy would have done: recorded attempts go, group by group, through
 * two engines at the same time, one with the old policy and one with the new, each with a database
 * in memory, and what they made of each attempt is compared. */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/error.h"
#include "base/span.h"
#include "engine/context.h"

/* Attempts of a group and room for their texts, of which one attempt's fill a part at most. */
enum { GROUP = 1000, TEXTS = 2 << 20, ONE_TEXTS = 64 << 10 };
enum { HOUR_MS = 3600000, NEAR_S = 1, LIST_MAX = 200000 };

typedef struct {
	rbf_recorded event[GROUP];
	size_t n;
	char texts[TEXTS];
	size_t used;
} group;

/* What one policy made of one attempt. */
typedef struct {
	int32_t next_s; /* -1: none */
	uint8_t category, what, flags;
} made;

enum { SUPPRESSED = 1, SLOWED = 2 };

typedef struct {
	rebuff_ctx *ctx;
	int64_t now_ms, kept_at_ms;
	made made[GROUP];
	rebuff_status status;
	rebuff_error err;
	char (*listed)[REBUFF_ADDRESS_MAX + 1]; /* suppressed at the end, sorted */
	size_t listed_n;
} side;

typedef struct {
	const rebuff_replay *replay;
	rbf_store *history;
	group group; /* under way; only read while the sides play it */
	side old, fresh;
	size_t total;
	rebuff_replayed *out;
	pthread_t thread; /* of the old side */
	pthread_barrier_t barrier; /* before and behind each group */
	bool threaded, over;
} comparison;

static int64_t side_time(void *ud)
{
	return ((const side *)ud)->now_ms; /* both clocks agree: it was never set */
}

/* ---- a group ------------------------------------------------------------------------------- */

static const char *keep_text(group *g, const char *text)
{
	char *to = g->texts + g->used;
	size_t room = sizeof g->texts - g->used;
	size_t n = strnlen(text, room - 1);
	memcpy(to, text, n);
	to[n] = '\0';
	g->used += n + (n + 1 < room);
	return to;
}

static bool is_full(const group *g)
{
	return g->n == GROUP || sizeof g->texts - g->used < ONE_TEXTS;
}

static void keep_event(group *g, const rbf_recorded *e)
{
	rbf_recorded *to = &g->event[g->n++];
	const char **const texts[] = {&to->node, &to->id, &to->recipient, &to->sender, &to->stream,
		&to->provider, &to->host, &to->ip, &to->source_ip, &to->transport, &to->text,
		&to->rule, &to->why};
	*to = *e;
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
		*texts[i] = keep_text(g, *texts[i]);
}

/* ---- one side ------------------------------------------------------------------------------ */

static rebuff_status open_side(
	const rebuff_replay *replay, const char *config_dir, side *v, rebuff_error *err)
{
	v->now_ms = v->kept_at_ms = replay->from_ms;
	rebuff_options o = *replay->options;
	o.config_dir = config_dir;
	o.state_file = ":memory:";
	o.read_only = false;
	o.trial = true;
	o.clock = (rebuff_clock){.ud = v, .wall_ms = side_time, .boot_ms = side_time};
	rebuff_status status = rebuff_open(&o, &v->ctx, err);
	if (status == REBUFF_OK)
		v->ctx->replays = true;
	return status;
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

static rebuff_status play(side *v, const rbf_recorded *e, made *one, rebuff_error *err)
{
	char text[REBUFF_REPLY_MAX];
	rebuff_outcome out = {.size = sizeof out};
	if (e->time_ms > v->now_ms)
		v->now_ms = e->time_ms;
	const rebuff_result result = {.size = sizeof result,
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
	bool again = out.fate == REBUFF_FATE_AGAIN && out.due_ms;
	one->next_s = again ? (int32_t)((out.due_ms - v->now_ms) / 1000) : -1;
	one->category = (uint8_t)out.reply.category;
	one->what = (uint8_t)out.fate;
	one->flags = (uint8_t)((out.suppressed ? SUPPRESSED : 0) | (out.slowed ? SLOWED : 0));
	/* What cannot be an address today was one when it was recorded. */
	return status == REBUFF_EPARSE ? REBUFF_OK : status;
}

static void play_group(side *v, const group *g)
{
	v->status = rebuff_begin(v->ctx, &v->err);
	if (v->status != REBUFF_OK)
		return;
	for (size_t i = 0; i < g->n && v->status == REBUFF_OK; i++)
		v->status = play(v, &g->event[i], &v->made[i], &v->err);
	/* Now and then what is old is forgotten, so that a million attempts fit. */
	if (v->status == REBUFF_OK && v->now_ms - v->kept_at_ms > HOUR_MS) {
		v->status = rebuff_housekeep(v->ctx, &v->err);
		v->kept_at_ms = v->now_ms;
	}
	rebuff_error err;
	rebuff_status ended = rebuff_commit(v->ctx, &err);
	if (v->status == REBUFF_OK && ended != REBUFF_OK)
		v->status = rbf_fail(&v->err, ended, "%s", err.text);
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

static void close_side(side *v)
{
	rebuff_close(&v->ctx);
	free(v->listed);
}

/* ---- the comparison ------------------------------------------------------------------------ */

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

static void describe(const made *m, char out[96])
{
	static const char *const fates[] = {"accepted", "again", "given up", "bounced"};
	int n = snprintf(out, 96, "%s: %s%s", rebuff_category_name((rebuff_category)m->category),
		m->what < 4 ? fates[m->what] : "", m->flags & SUPPRESSED ? ", suppressed" : "");
	if (m->next_s >= 0 && m->what == RBF_DECIDE_RETRY && n > 0)
		(void)snprintf(out + n, 96 - (size_t)n, " in %d s", m->next_s);
}

static void compare(comparison *c, const rbf_recorded *e, const made *a, const made *b)
{
	int kind = difference_of(a, b);
	if (kind < 0)
		return;
	c->out->changed++;
	if (++c->out->by_kind[kind] > c->replay->examples || !c->replay->example)
		return;
	rebuff_example x = {
		.size = sizeof x, .kind = (rebuff_difference)kind, .time_ms = e->time_ms};
	(void)rbf_span_copy(x.recipient, sizeof x.recipient, rbf_span_of(e->recipient));
	(void)rbf_span_copy(x.provider, sizeof x.provider, rbf_span_of(e->provider));
	(void)rbf_span_copy(x.text, sizeof x.text, rbf_span_of(e->text));
	describe(a, x.before);
	describe(b, x.after);
	c->replay->example(c->replay->ud, &x);
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

/* ---- both sides ---------------------------------------------------------------------------- */

static void *run_thread(void *ud)
{
	comparison *c = ud;
	for (;;) {
		(void)pthread_barrier_wait(&c->barrier);
		if (c->over)
			return NULL;
		play_group(&c->old, &c->group);
		(void)pthread_barrier_wait(&c->barrier);
	}
}

static void start_thread(comparison *c)
{
	if (pthread_barrier_init(&c->barrier, NULL, 2) != 0)
		return;
	c->threaded = pthread_create(&c->thread, NULL, run_thread, c) == 0;
	if (!c->threaded)
		(void)pthread_barrier_destroy(&c->barrier);
}

static void stop_thread(comparison *c)
{
	if (!c->threaded)
		return;
	c->over = true;
	(void)pthread_barrier_wait(&c->barrier);
	(void)pthread_join(c->thread, NULL);
	(void)pthread_barrier_destroy(&c->barrier);
}

static rebuff_status play_both(comparison *c, rebuff_error *err)
{
	if (c->threaded)
		(void)pthread_barrier_wait(&c->barrier);
	else
		play_group(&c->old, &c->group);
	play_group(&c->fresh, &c->group);
	if (c->threaded)
		(void)pthread_barrier_wait(&c->barrier);
	const side *wrong = c->old.status != REBUFF_OK ? &c->old : &c->fresh;
	if (wrong->status != REBUFF_OK)
		return rbf_fail(err, wrong->status, "%s", wrong->err.text);
	for (size_t i = 0; i < c->group.n; i++)
		compare(c, &c->group.event[i], &c->old.made[i], &c->fresh.made[i]);
	c->out->attempts += c->group.n;
	c->group.n = c->group.used = 0;
	if (c->replay->progress)
		c->replay->progress(c->replay->ud, c->out->attempts, c->total);
	return REBUFF_OK;
}

static rebuff_status take(void *ud, const rbf_recorded *e, rebuff_error *err)
{
	comparison *c = ud;
	keep_event(&c->group, e);
	return is_full(&c->group) ? play_both(c, err) : REBUFF_OK;
}

static rebuff_status open_all(comparison *c, rebuff_error *err)
{
	const rebuff_replay *r = c->replay;
	rebuff_status status = open_side(r, r->old_dir, &c->old, err);
	if (status == REBUFF_OK)
		status = open_side(r, r->new_dir, &c->fresh, err);
	if (status == REBUFF_OK)
		status = rbf_store_open(r->options->state_file, true, &c->history, err);
	return status == REBUFF_OK
		? rbf_view_recorded_n(c->history, r->from_ms, r->to_ms, &c->total, err)
		: status;
}

static rebuff_status replay_all(comparison *c, rebuff_error *err)
{
	rebuff_status status =
		rbf_view_recorded(c->history, c->replay->from_ms, c->replay->to_ms, take, c, err);
	if (status == REBUFF_OK)
		status = play_both(c, err);
	if (status == REBUFF_OK)
		status = list_all(&c->old, err);
	if (status == REBUFF_OK)
		status = list_all(&c->fresh, err);
	if (status == REBUFF_OK)
		compare_lists(&c->old, &c->fresh, c->replay, c->out);
	return status;
}

rebuff_status rebuff_policy_diff(
	const rebuff_replay *replay, rebuff_replayed *out, rebuff_error *err)
{
	rebuff_replay r = *replay;
	comparison *c = calloc(1, sizeof *c);
	*out = (rebuff_replayed){.size = sizeof *out};
	if (!c)
		return rbf_fail(err, REBUFF_ENOMEM, "no memory for %d attempts", GROUP);
	if (r.from_ms <= 0)
		r.from_ms = 1;
	c->replay = &r;
	c->out = out;
	rebuff_status status = open_all(c, err);
	if (status == REBUFF_OK) {
		start_thread(c);
		status = replay_all(c, err);
		stop_thread(c);
	}
	close_side(&c->old);
	close_side(&c->fresh);
	rbf_store_close(&c->history);
	free(c);
	return status;
}
