/* watching.c - alarms, the breaker's candidates, checks, notices and warm-up as a program sees and
 * changes them. */
#include <stdio.h>

#include "base/error.h"
#include "base/span.h"
#include "engine/attempt.h"
#include "script/watchfile.h"
#include "smtp/address.h"

static rebuff_status readable(const rebuff_ctx *ctx, rebuff_error *err)
{
	return ctx->store ? REBUFF_OK : rbf_ctx_writable(ctx, err);
}

rebuff_status rebuff_alarm_each(rebuff_ctx *ctx, int64_t since_ms,
	bool (*each)(void *ud, const rebuff_alarm *alarm), void *ud, rebuff_error *err)
{
	rebuff_status status = readable(ctx, err);
	return status == REBUFF_OK ? rbf_view_alarms(ctx->store, since_ms, each, ud, err) : status;
}

rebuff_status rebuff_rate_each(rebuff_ctx *ctx, void (*each)(void *ud, const rebuff_rate *rate),
	void *ud, rebuff_error *err)
{
	int64_t since_ms[REBUFF_WINDOWS], now_ms = rbf_clock_now(&ctx->watch);
	rebuff_status status = readable(ctx, err);
	for (int w = 0; w < REBUFF_WINDOWS; w++)
		since_ms[w] = rbf_window_start((rbf_window)w, now_ms);
	return status == REBUFF_OK ? rbf_view_rates(ctx->store, since_ms, each, ud, err) : status;
}

/* ---- candidates --------------------------------------------------------------------------------
 */

rebuff_status rebuff_candidate_each(rebuff_ctx *ctx, rebuff_span provider,
	bool (*each)(void *ud, const rebuff_candidate *candidate), void *ud, rebuff_error *err)
{
	char p[REBUFF_NAME_MAX];
	rebuff_status status = readable(ctx, err);
	(void)rbf_span_copy(p, sizeof p, provider);
	return status == REBUFF_OK ? rbf_view_candidates(ctx->store, p, each, ud, err) : status;
}

typedef struct {
	rebuff_ctx *ctx;
	const rbf_config *config;
	const char *by;
	int64_t now_ms;
	rebuff_status status;
	rebuff_error *err;
} confirming;

/* As it would have been suppressed then. */
static bool suppress_candidate(void *ud, const rebuff_candidate *k)
{
	confirming *c = ud;
	int number;
	rebuff_suppression e = {.size = sizeof e,
		.scope = "all",
		.class_ = REBUFF_CLASS_BOUNCE,
		.category = k->category,
		.since_ms = c->now_ms,
		.confidence = 1,
		.rule = "confirmed by the operator"};
	const rbf_policy *policy = rbf_ctx_policy(c->config, k->provider, &number);
	int64_t lasts_s = policy->suppress[k->category].on ? policy->suppress[k->category].lasts_s
							   : policy->bare.lasts_s;
	if (k->listed)
		return true;
	(void)rbf_span_copy(e.address, sizeof e.address, rbf_span_of(k->address));
	(void)rbf_span_copy(e.provider, sizeof e.provider, rbf_span_of(k->provider));
	(void)rbf_span_copy(e.evidence, sizeof e.evidence, rbf_span_of(k->evidence));
	(void)rbf_span_copy(e.by, sizeof e.by, rbf_span_of(c->by));
	e.until_ms = lasts_s ? c->now_ms + lasts_s * 1000 : 0;
	c->status = rbf_store_suppress(c->ctx->store, &e, 0, c->err);
	return c->status == REBUFF_OK;
}

static rebuff_status named(
	const rebuff_ctx *ctx, rebuff_span provider, char out[REBUFF_NAME_MAX], rebuff_error *err)
{
	rebuff_status status = rbf_ctx_writable(ctx, err);
	if (status == REBUFF_OK && !provider.len)
		return rbf_fail(err, REBUFF_EARG, "a provider is missing");
	(void)rbf_span_copy(out, REBUFF_NAME_MAX, provider);
	return status;
}

rebuff_status rebuff_candidates_confirm(
	rebuff_ctx *ctx, rebuff_span provider, rebuff_span by, size_t *n, rebuff_error *err)
{
	char p[REBUFF_NAME_MAX], b[REBUFF_NAME_MAX];
	rebuff_status status = named(ctx, provider, p, err);
	*n = 0;
	if (status == REBUFF_OK)
		status = rbf_ctx_change_begin(ctx, err);
	if (status != REBUFF_OK)
		return status;
	(void)rbf_span_escape(b, sizeof b, by);
	rbf_config *config = rbf_ctx_config(ctx);
	confirming c = {ctx, config, b, rbf_clock_now(&ctx->watch), REBUFF_OK, err};
	status = rbf_store_candidates(ctx->store, p, suppress_candidate, &c, err);
	rbf_config_unref(config);
	if (status == REBUFF_OK)
		status = c.status;
	if (status == REBUFF_OK)
		status = rbf_store_candidates_end(ctx->store, p, false, n, err);
	return rbf_ctx_change_end(ctx, status, err);
}

rebuff_status rebuff_candidates_undo(
	rebuff_ctx *ctx, rebuff_span provider, size_t *n, rebuff_error *err)
{
	char p[REBUFF_NAME_MAX];
	rebuff_status status = named(ctx, provider, p, err);
	*n = 0;
	if (status == REBUFF_OK)
		status = rbf_ctx_change_begin(ctx, err);
	if (status != REBUFF_OK)
		return status;
	status = rbf_store_candidates_end(ctx->store, p, true, n, err);
	return rbf_ctx_change_end(ctx, status, err);
}

/* ---- checks and notices ------------------------------------------------------------------------
 */

rebuff_status rebuff_checks_add(rebuff_ctx *ctx, const rebuff_checks *checks, int64_t alarm,
	int64_t *number, rebuff_error *err)
{
	rebuff_checks c = *checks;
	rebuff_status status = rbf_ctx_change_begin(ctx, err);
	if (status != REBUFF_OK)
		return status;
	if (!c.time_ms)
		c.time_ms = rbf_clock_now(&ctx->watch);
	status = rbf_store_checks(ctx->store, &c, number, err);
	if (status == REBUFF_OK && alarm)
		status = rbf_store_alarm_checked(ctx->store, alarm, *number, err);
	return rbf_ctx_change_end(ctx, status, err);
}

rebuff_status rebuff_checks_latest(rebuff_ctx *ctx, rebuff_span provider,
	void (*each)(void *ud, const rebuff_checks *checks), void *ud, rebuff_error *err)
{
	char p[REBUFF_NAME_MAX];
	rebuff_status status = readable(ctx, err);
	(void)rbf_span_copy(p, sizeof p, provider);
	return status == REBUFF_OK ? rbf_view_checks(ctx->store, p, each, ud, err) : status;
}

rebuff_status rebuff_notice_get(
	rebuff_ctx *ctx, int64_t alarm, rebuff_span way, rebuff_notice *out, rebuff_error *err)
{
	char w[REBUFF_NAME_MAX];
	rebuff_status status = readable(ctx, err);
	(void)rbf_span_copy(w, sizeof w, way);
	return status == REBUFF_OK ? rbf_view_notice(ctx->store, alarm, w, out, err) : status;
}

rebuff_status rebuff_notice_put(rebuff_ctx *ctx, const rebuff_notice *notice, rebuff_error *err)
{
	rebuff_status status = rbf_ctx_writable(ctx, err);
	return status == REBUFF_OK ? rbf_store_notice(ctx->store, notice, err) : status;
}

/* ---- warm-up ----------------------------------------------------------------------------------
 */

rebuff_status rebuff_warmup_put(rebuff_ctx *ctx, const rebuff_warmup *plan, rebuff_error *err)
{
	rebuff_warmup p = *plan;
	rebuff_status status = rbf_ctx_writable(ctx, err);
	if (status != REBUFF_OK)
		return status;
	if (!p.provider[0] || !p.cap || !p.days || p.days > 365 ||
		!(p.growth >= 1 && p.growth <= 10)) /* NaN is none of these */
		return rbf_fail(err, REBUFF_EARG,
			"a warm-up plan: expected a provider, 1 to 365 days, a cap over 0 and a "
			"growth of 1 to 10, got \"%.40s\", %u, %u, %g",
			p.provider, p.days, p.cap, p.growth);
	if (!p.node[0])
		(void)rbf_span_copy(p.node, sizeof p.node, rbf_span_of(ctx->node));
	if (!p.since_ms)
		p.since_ms = rbf_clock_now(&ctx->watch);
	p.day = p.sent = 0;
	p.paused_ms = p.idle_ms = 0;
	return rbf_store_warmup_put(ctx->store, &p, err);
}

rebuff_status rebuff_warmup_end(
	rebuff_ctx *ctx, rebuff_span node, rebuff_span provider, size_t *n, rebuff_error *err)
{
	char p[REBUFF_NAME_MAX], host[REBUFF_DOMAIN_MAX + 1];
	rebuff_status status = named(ctx, provider, p, err);
	(void)rbf_span_copy(host, sizeof host, node.len ? node : rbf_span_of(ctx->node));
	return status == REBUFF_OK ? rbf_store_warmup_end(ctx->store, host, p, n, err) : status;
}

rebuff_status rebuff_warmup_each(rebuff_ctx *ctx, bool (*each)(void *ud, const rebuff_warmup *plan),
	void *ud, rebuff_error *err)
{
	rebuff_status status = readable(ctx, err);
	return status == REBUFF_OK ? rbf_view_warmups(ctx->store, each, ud, err) : status;
}

/* ---- settings and facts ------------------------------------------------------------------------
 */

void rebuff_blocklist_each(
	const rebuff_ctx *ctx, void (*each)(void *ud, const rebuff_blocklist *list), void *ud)
{
	rbf_config *config = rbf_ctx_config(ctx);
	for (size_t i = 0; i < config->watch->list_n; i++)
		if (config->watch->lists[i].use)
			each(ud, &config->watch->lists[i]);
	rbf_config_unref(config);
}

void rebuff_watch_get(const rebuff_ctx *ctx, rebuff_watch *out)
{
	rbf_config *config = rbf_ctx_config(ctx);
	*out = config->watch->watch;
	rbf_config_unref(config);
}

void rebuff_provider_pages(const rebuff_ctx *ctx, rebuff_span provider, char name[64],
	char postmaster[256], char delist[256])
{
	char id[REBUFF_NAME_MAX];
	int number;
	rbf_config *config = rbf_ctx_config(ctx);
	(void)rbf_span_copy(id, sizeof id, provider);
	(void)rbf_ctx_policy(config, id, &number);
	const rbf_provider_info *info = rbf_config_info(config, number);
	(void)rbf_span_copy(name, 64, rbf_span_of(info->name));
	(void)rbf_span_copy(postmaster, 256, rbf_span_of(info->postmaster));
	(void)rbf_span_copy(delist, 256, rbf_span_of(info->delist));
	rbf_config_unref(config);
}

rebuff_status rebuff_fact_each(rebuff_ctx *ctx, rebuff_span provider,
	void (*each)(void *ud, rebuff_fact fact, const char *name, int64_t n, int64_t of), void *ud,
	rebuff_error *err)
{
	char p[REBUFF_NAME_MAX];
	rebuff_status status = readable(ctx, err);
	(void)rbf_span_copy(p, sizeof p, provider);
	return status == REBUFF_OK
		? rbf_view_facts(ctx->store, p, rbf_clock_now(&ctx->watch), each, ud, err)
		: status;
}
