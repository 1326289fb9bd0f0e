/* record.c - the writer's other changes: groups, gates, wakes, queues, arrivals, keeping house. */
#include "base/clock.h"
#include "base/error.h"
#include "base/span.h"
#include "engine/attempt.h"
#include "watch/breaker.h"

static const int64_t hour_ms = 3600000, day_ms = 86400000;
/* An alarm that holds nothing is over when it was not found again for so long. */
enum { QUIET_H = 2 };

/* Runs `change` alone in its savepoint. */
static rebuff_status alone(rebuff_ctx *ctx,
	rebuff_status (*change)(rebuff_ctx *ctx, void *ud, rebuff_error *err), void *ud,
	rebuff_error *err)
{
	rebuff_status status = rbf_ctx_change_begin(ctx, err);
	if (status != REBUFF_OK)
		return status;
	status = rbf_ctx_change_end(ctx, change(ctx, ud, err), err);
	if (status != REBUFF_OK)
		rbf_alarms_stale(ctx->alarms);
	return status;
}

/* ---- groups ------------------------------------------------------------------------------------
 */

static rebuff_status shift(rebuff_ctx *ctx, void *ud, rebuff_error *err)
{
	const int64_t *jump_ms = ud;
	return rbf_store_shift(ctx->store, *jump_ms, err);
}

/* When the wall clock was set, the times of what waits are set with it. */
static rebuff_status follow_clock(rebuff_ctx *ctx, rebuff_error *err)
{
	int64_t jump_ms = rbf_clockwatch_jump(&ctx->watch);
	rebuff_status status = jump_ms ? alone(ctx, shift, &jump_ms, err) : REBUFF_OK;
	if (status != REBUFF_OK)
		return status;
	rbf_clockwatch_follow(&ctx->watch, jump_ms);
	if (jump_ms)
		rbf_alarms_stale(ctx->alarms);
	if (jump_ms)
		rbf_log(&ctx->log, REBUFF_LOG_WARNING,
			"event=clock-jump by_ms=%lld text=\"the wall clock was set; waiting "
			"messages keep their distances, and for 10 minutes nothing is given up on "
			"or expires\"",
			(long long)jump_ms);
	return REBUFF_OK;
}

rebuff_status rebuff_begin(rebuff_ctx *ctx, rebuff_error *err)
{
	rebuff_status status = rbf_ctx_writable(ctx, err);
	if (status == REBUFF_OK)
		status = rbf_store_begin(ctx->store, err);
	if (status != REBUFF_OK)
		return status;
	status = follow_clock(ctx, err);
	if (status != REBUFF_OK)
		(void)rbf_store_rollback(ctx->store, NULL);
	return status;
}

rebuff_status rebuff_commit(rebuff_ctx *ctx, rebuff_error *err)
{
	rebuff_status status = rbf_ctx_writable(ctx, err);
	if (status != REBUFF_OK)
		return status;
	status = rbf_store_commit(ctx->store, err);
	if (status != REBUFF_OK)
		rbf_alarms_stale(ctx->alarms);
	return status;
}

/* ---- what the gate said
 * -------------------------------------------------------------------------- */

typedef struct {
	const rebuff_gate_request *request;
	bool go;
} gated;

/* Its place in the queue is the time from which on it was due. */
static void take_place(rbf_delivery *d, int64_t due_ms)
{
	if (d->state == RBF_GIVEN_UP)
		return;
	if (d->state != RBF_WAITING || !d->due_ms)
		d->due_ms = due_ms;
	d->state = RBF_WAITING;
	d->woken_ms = 0;
}

/* Of a warm-up plan's cap, one more is used. */
static rebuff_status count_warmup(
	rebuff_ctx *ctx, const rbf_delivery *d, int64_t now_ms, rebuff_error *err)
{
	rebuff_warmup plan;
	bool found = false;
	uint32_t cap;
	rebuff_status status =
		rbf_store_warmup(ctx->store, d->node, d->provider, &plan, &found, err);
	uint32_t day = found ? rebuff_warmup_day(&plan, now_ms, &cap) : 0;
	return status == REBUFF_OK && day
		? rbf_store_warmup_sent(ctx->store, d->node, d->provider, day, err)
		: status;
}

static rebuff_status record_gate(rebuff_ctx *ctx, void *ud, rebuff_error *err)
{
	const gated *g = ud;
	rbf_delivery d;
	int provider_n = -1;
	rbf_config *config = rbf_ctx_config(ctx);
	int64_t now_ms = rbf_clock_now(&ctx->watch);
	rebuff_status status =
		rbf_attempt_find(ctx, config, g->request, true, &d, &provider_n, err);
	rbf_config_unref(config);
	if (status != REBUFF_OK)
		return status;
	/* An MTA does not ask about what is over: the id serves another message now. */
	if (rbf_delivery_final(d.state))
		rbf_attempt_reset(&d);
	if (!d.received_ms && g->request->age_s >= 0)
		d.received_ms = now_ms - g->request->age_s * 1000;
	if (g->go) {
		d.state = RBF_OPEN;
		d.opened_ms = now_ms;
		status = count_warmup(ctx, &d, now_ms, err);
		if (status != REBUFF_OK)
			return status;
	} else {
		take_place(&d, g->request->arrives ? now_ms + RBF_ARRIVES_MS : now_ms);
	}
	return rbf_store_delivery_put(ctx->store, &d, err);
}

rebuff_status rebuff_record_go(
	rebuff_ctx *ctx, const rebuff_gate_request *request, rebuff_error *err)
{
	gated g = {request, true};
	return request->id.len ? alone(ctx, record_gate, &g, err) : REBUFF_OK;
}

rebuff_status rebuff_record_wait(
	rebuff_ctx *ctx, const rebuff_gate_request *request, rebuff_error *err)
{
	gated g = {request, false};
	return request->id.len ? alone(ctx, record_gate, &g, err) : REBUFF_OK;
}

/* ---- wakes and queues
 * ---------------------------------------------------------------------------- */

static rebuff_status record_wake(rebuff_ctx *ctx, void *ud, rebuff_error *err)
{
	return rbf_store_woken(ctx->store, ud, rbf_clock_now(&ctx->watch), err);
}

rebuff_status rebuff_record_wake(rebuff_ctx *ctx, const rebuff_due *due, rebuff_error *err)
{
	rebuff_due copy = *due;
	return alone(ctx, record_wake, &copy, err);
}

typedef struct {
	rebuff_ctx *ctx;
	const rebuff_due *due;
	int64_t due_ms;
} unwoken;

/* Others of the message have their own time. */
static rebuff_status is_due_again(void *ud, rbf_delivery *d, rebuff_error *err)
{
	const unwoken *u = ud;
	if (d->state != RBF_OPEN && !d->woken_ms)
		return REBUFF_OK;
	if (d->state == RBF_OPEN)
		d->state = RBF_WAITING;
	d->woken_ms = 0;
	d->due_ms = u->due_ms;
	return rbf_store_delivery_put(u->ctx->store, d, err);
}

static rebuff_status record_unwoken(rebuff_ctx *ctx, void *ud, rebuff_error *err)
{
	unwoken *u = ud;
	return rbf_store_message(ctx->store, u->due->node, u->due->mta, u->due->id,
		1u << RBF_WAITING | 1u << RBF_OPEN | 1u << RBF_GIVEN_UP, is_due_again, u, err);
}

rebuff_status rebuff_record_unwoken(
	rebuff_ctx *ctx, const rebuff_due *due, int64_t again_ms, rebuff_error *err)
{
	unwoken u = {ctx, due, rbf_clock_now(&ctx->watch) + again_ms};
	return alone(ctx, record_unwoken, &u, err);
}

typedef struct {
	rebuff_span node;
	rebuff_mta mta;
	rebuff_queued *queued;
	size_t n;
} queue;

static rebuff_status is_owned(void *ud, rbf_delivery *d, rebuff_error *err)
{
	rebuff_queued *q = ud;
	(void)d, (void)err;
	q->unowned = false;
	return REBUFF_OK;
}

/* Is anybody of this paused message to be attempted, or given up, some time? */
static rebuff_status look_for_owner(
	rebuff_ctx *ctx, const char *node, rebuff_mta mta, rebuff_queued *q, rebuff_error *err)
{
	char id[REBUFF_ID_MAX + 1];
	q->unowned = q->paused;
	if (!q->paused)
		return REBUFF_OK;
	(void)rbf_span_copy(id, sizeof id, q->id);
	return rbf_store_message(ctx->store, node, mta, id,
		1u << RBF_WAITING | 1u << RBF_OPEN | 1u << RBF_GIVEN_UP, is_owned, q, err);
}

static rebuff_status record_queue(rebuff_ctx *ctx, void *ud, rebuff_error *err)
{
	const queue *q = ud;
	char node[REBUFF_DOMAIN_MAX + 1];
	(void)rbf_span_copy(node, sizeof node, q->node.len ? q->node : rbf_span_of(ctx->node));
	rebuff_status status = rbf_store_queue(
		ctx->store, node, q->mta, q->queued, q->n, rbf_clock_now(&ctx->watch), err);
	for (size_t i = 0; i < q->n && status == REBUFF_OK; i++)
		status = look_for_owner(ctx, node, q->mta, &q->queued[i], err);
	return status;
}

rebuff_status rebuff_record_queue(rebuff_ctx *ctx, rebuff_span node, rebuff_mta mta,
	rebuff_queued *queued, size_t n, rebuff_error *err)
{
	queue q = {node, mta, queued, n};
	return alone(ctx, record_queue, &q, err);
}

static rebuff_status record_arrival(rebuff_ctx *ctx, void *ud, rebuff_error *err)
{
	rebuff_arrival *a = ud;
	if (!a->node.len)
		a->node = rbf_span_of(ctx->node);
	return rbf_store_arrival(ctx->store, a, rbf_clock_now(&ctx->watch), err);
}

rebuff_status rebuff_record_arrival(
	rebuff_ctx *ctx, const rebuff_arrival *arrival, rebuff_error *err)
{
	rebuff_arrival copy = *arrival;
	return alone(ctx, record_arrival, &copy, err);
}

/* ---- keeping house
 * ------------------------------------------------------------------------------- */

static rebuff_status forget(rebuff_ctx *ctx, int64_t now_ms, rebuff_error *err)
{
	rbf_keep keep = {.event_ms = 30 * day_ms,
		.delivery_ms = 14 * day_ms,
		.strike_ms = 60 * day_ms,
		.settled_ms = 3 * day_ms,
		.lapsed_ms = 2 * 365 * day_ms,
		.key_ms = 19 * day_ms,
		.total_ms = 800 * day_ms}; /* a year, and the year before it */
	int64_t boot_ms = rbf_boot_ms(&ctx->clock);
	bool more = false, more_days = false;
	if (boot_ms < ctx->forget_ms)
		return REBUFF_OK;
	if (ctx->replays)
		keep.event_ms = keep.delivery_ms = day_ms;
	rebuff_status status = rbf_store_forget_old(ctx->store, &keep, now_ms, &more, err);
	if (status == REBUFF_OK)
		status = rbf_store_fold(ctx->store, now_ms, &more_days, err);
	if (status == REBUFF_OK && !more && !more_days)
		ctx->forget_ms = boot_ms + hour_ms;
	return status;
}

typedef struct {
	rebuff_ctx *ctx;
	const rbf_config *config;
	int64_t now_ms;
} looking;

/* Nothing struck there lately: nobody else looks. */
static rebuff_status look_at_breaker(void *ud, const char *provider, rebuff_error *err)
{
	const looking *l = ud;
	int number;
	bool open = false;
	const rbf_breaker_rule *rule = &rbf_ctx_policy(l->config, provider, &number)->breaker;
	const rbf_breaker_limits limits = {.share = rule->share,
		.at_least = rule->at_least,
		.within_ms = rule->within_s * 1000};
	return rbf_breaker_look(l->ctx->store, l->ctx->alarms, &limits, provider, l->now_ms,
		&l->ctx->log, &open, err);
}

static void limits_of(void *ud, const char *stream, rbf_alarm_limits *out)
{
	const looking *l = ud;
	rbf_policy space;
	const rbf_policy *p =
		rbf_config_policy_of(l->config, -1, stream, (rebuff_span){"", 0}, &space);
	*out = rbf_ctx_limits(l->config, "", stream, !p->observe);
}

static rebuff_status look_around(rebuff_ctx *ctx, int64_t now_ms, rebuff_error *err)
{
	rbf_config *config = rbf_ctx_config(ctx);
	looking l = {ctx, config, now_ms};
	rebuff_status status = rbf_probe_begin(ctx, config, now_ms, err);
	if (status == REBUFF_OK)
		status = rbf_store_breakers(ctx->store, look_at_breaker, &l, err);
	if (status == REBUFF_OK)
		status = rbf_alarm_look(ctx->alarms, limits_of, &l, now_ms, err);
	if (status == REBUFF_OK)
		status = rbf_store_alarms_quiet(ctx->store, now_ms, QUIET_H * hour_ms, err);
	rbf_config_unref(config);
	return status;
}

static rebuff_status housekeep(rebuff_ctx *ctx, void *ud, rebuff_error *err)
{
	int64_t now_ms = rbf_clock_now(&ctx->watch);
	(void)ud;
	rebuff_status status = rbf_store_rearm(ctx->store, now_ms - RBF_UNKNOWN_MS, now_ms, err);
	if (status != REBUFF_OK || rbf_clock_unsteady(&ctx->watch))
		return status;
	status = look_around(ctx, now_ms, err);
	if (status == REBUFF_OK)
		status = rbf_store_lapse(ctx->store, now_ms, err);
	if (status == REBUFF_OK)
		status = forget(ctx, now_ms, err);
	return status;
}

rebuff_status rebuff_housekeep(rebuff_ctx *ctx, rebuff_error *err)
{
	return alone(ctx, housekeep, NULL, err);
}
