/* record.c - the writer's other changes: groups, gates, wakes, queues, arrivals, keeping house. */
#include "base/clock.h"
#include "base/error.h"
#include "base/span.h"
#include "engine/attempt.h"

static const int64_t minute_ms = 60000, day_ms = 86400000;
enum { UNKNOWN_MINUTES = 15 };

/* Runs `change` alone in its savepoint. */
static rebuff_status alone(rebuff_ctx *ctx,
	rebuff_status (*change)(rebuff_ctx *ctx, void *ud, rebuff_error *err), void *ud,
	rebuff_error *err)
{
	if (!ctx->store)
		return rbf_fail(err, REBUFF_EARG, "no database is open");
	rebuff_status status = rbf_store_change_begin(ctx->store, err);
	if (status != REBUFF_OK)
		return status;
	status = change(ctx, ud, err);
	rebuff_status ended = rbf_store_change_end(
		ctx->store, status == REBUFF_OK, status == REBUFF_OK ? err : NULL);
	return status != REBUFF_OK ? status : ended;
}

rebuff_status rebuff_begin(rebuff_ctx *ctx, rebuff_error *err)
{
	if (!ctx->store)
		return rbf_fail(err, REBUFF_EARG, "no database is open");
	return rbf_store_begin(ctx->store, err);
}

rebuff_status rebuff_commit(rebuff_ctx *ctx, rebuff_error *err)
{
	return rbf_store_commit(ctx->store, err);
}

/* ---- what the gate said
 * -------------------------------------------------------------------------- */

typedef struct {
	const rebuff_gate_request *request;
	int64_t until_ms; /* 0: go */
} gated;

static rebuff_status record_gate(rebuff_ctx *ctx, void *ud, rebuff_error *err)
{
	const gated *g = ud;
	rbf_delivery d;
	int provider_n = -1;
	rbf_config *config = rbf_ctx_config(ctx);
	int64_t now_ms = rbf_wall_ms(&ctx->clock);
	rebuff_status status = rbf_attempt_find(ctx, config, g->request, &d, &provider_n, err);
	rbf_config_unref(config);
	if (status != REBUFF_OK)
		return status;
	/* An MTA does not ask about what is over: the id serves another message now. */
	if (d.state == RBF_DELIVERED || d.state == RBF_FAILED || d.state == RBF_GONE)
		rbf_attempt_reset(&d);
	if (!d.received_ms && g->request->age_s >= 0)
		d.received_ms = now_ms - g->request->age_s * 1000;
	if (g->until_ms) {
		d.state = RBF_WAITING;
		d.due_ms = g->until_ms;
	} else {
		d.state = RBF_OPEN;
		d.opened_ms = now_ms;
	}
	d.woken_ms = 0;
	return rbf_store_delivery_put(ctx->store, &d, err);
}

rebuff_status rebuff_record_go(
	rebuff_ctx *ctx, const rebuff_gate_request *request, rebuff_error *err)
{
	gated g = {request, 0};
	return request->id.len ? alone(ctx, record_gate, &g, err) : REBUFF_OK;
}

rebuff_status rebuff_record_wait(
	rebuff_ctx *ctx, const rebuff_gate_request *request, int64_t until_ms, rebuff_error *err)
{
	gated g = {request, until_ms};
	return request->id.len ? alone(ctx, record_gate, &g, err) : REBUFF_OK;
}

/* ---- wakes and queues
 * ---------------------------------------------------------------------------- */

static rebuff_status record_wake(rebuff_ctx *ctx, void *ud, rebuff_error *err)
{
	const rebuff_due *due = ud;
	int64_t now_ms = rbf_wall_ms(&ctx->clock);
	return rbf_store_woken(ctx->store, due, now_ms, now_ms + UNKNOWN_MINUTES * minute_ms, err);
}

rebuff_status rebuff_record_wake(rebuff_ctx *ctx, const rebuff_due *due, rebuff_error *err)
{
	rebuff_due copy = *due;
	return alone(ctx, record_wake, &copy, err);
}

typedef struct {
	rebuff_span node;
	rebuff_mta mta;
	const rebuff_queued *queued;
	size_t n;
} queue;

static rebuff_status record_queue(rebuff_ctx *ctx, void *ud, rebuff_error *err)
{
	const queue *q = ud;
	char node[REBUFF_DOMAIN_MAX + 1];
	(void)rbf_span_copy(node, sizeof node, q->node.len ? q->node : rbf_span_of(ctx->node));
	return rbf_store_queue(
		ctx->store, node, q->mta, q->queued, q->n, rbf_wall_ms(&ctx->clock), err);
}

rebuff_status rebuff_record_queue(rebuff_ctx *ctx, rebuff_span node, rebuff_mta mta,
	const rebuff_queued *queued, size_t n, rebuff_error *err)
{
	queue q = {node, mta, queued, n};
	return alone(ctx, record_queue, &q, err);
}

static rebuff_status record_arrival(rebuff_ctx *ctx, void *ud, rebuff_error *err)
{
	rebuff_arrival *a = ud;
	if (!a->node.len)
		a->node = rbf_span_of(ctx->node);
	return rbf_store_arrival(ctx->store, a, rbf_wall_ms(&ctx->clock), err);
}

rebuff_status rebuff_record_arrival(
	rebuff_ctx *ctx, const rebuff_arrival *arrival, rebuff_error *err)
{
	rebuff_arrival copy = *arrival;
	return alone(ctx, record_arrival, &copy, err);
}

/* ---- keeping house
 * ------------------------------------------------------------------------------- */

static rebuff_status housekeep(rebuff_ctx *ctx, void *ud, rebuff_error *err)
{
	const rbf_keep keep = {.clear_ms = 30 * day_ms,
		.event_ms = 400 * day_ms,
		.delivery_ms = 14 * day_ms,
		.strike_ms = 60 * day_ms,
		.settled_ms = 3 * day_ms,
		.suppression_ms = 365 * day_ms};
	(void)ud;
	rebuff_status status = rbf_clock_watch(ctx, err);
	int64_t now_ms = rbf_wall_ms(&ctx->clock);
	if (status == REBUFF_OK)
		status = rbf_store_rearm(
			ctx->store, now_ms - UNKNOWN_MINUTES * minute_ms, now_ms, err);
	if (status == REBUFF_OK && !rbf_clock_unsteady(ctx))
		status = rbf_store_forget_old(ctx->store, &keep, now_ms, err);
	return status;
}

rebuff_status rebuff_housekeep(rebuff_ctx *ctx, rebuff_error *err)
{
	return alone(ctx, housekeep, NULL, err);
}
