/* strike.c - from findings against an address to its suppression, under the circuit breaker. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/span.h"
#include "engine/attempt.h"

enum { SECOND_MS = 1000 };

static rebuff_suppression entry_of(const rbf_delivery *d, const rebuff_classification *reply,
	rebuff_span text, rebuff_class class_, double confidence, int64_t now_ms)
{
	rebuff_suppression e = {.size = sizeof e,
		.scope = "all",
		.class_ = class_,
		.category = reply->category,
		.since_ms = now_ms,
		.confidence = confidence};
	(void)rbf_span_copy(e.address, sizeof e.address, rbf_span_of(d->recipient));
	(void)rbf_span_copy(e.provider, sizeof e.provider, rbf_span_of(d->provider));
	(void)rbf_span_copy(e.rule, sizeof e.rule, rbf_span_of(reply->rule));
	(void)rbf_span_escape(e.evidence, sizeof e.evidence, text);
	return e;
}

/* Is far more of this provider's answers suppressing than usual? */
static rebuff_status breaker(rebuff_ctx *ctx, const rbf_policy *policy, const rbf_delivery *d,
	int64_t now_ms, bool *open, rebuff_error *err)
{
	const rbf_breaker_rule *rule = &policy->breaker;
	uint32_t all = 0, struck = 0;
	rebuff_status status = rbf_store_breaker(ctx->store, d->provider, open, err);
	if (status == REBUFF_OK)
		status = rbf_store_shares(ctx->store, d->provider,
			now_ms - rule->within_s * SECOND_MS, &all, &struck, err);
	if (status != REBUFF_OK)
		return status;
	all++; /* this one is not stored yet */
	struck++;
	bool jump = struck > rule->at_least && (double)struck > rule->share * (double)all;
	if (jump == *open)
		return REBUFF_OK;
	*open = jump;
	if (!jump)
		return rbf_store_breaker_end(ctx->store, d->provider, now_ms, err);
	char text[REBUFF_TEXT_MAX];
	(void)snprintf(text, sizeof text,
		"%u of %u final answers of %s would suppress an address: suppressing there has "
		"stopped, "
		"the candidates are kept",
		struck, all, d->provider);
	rbf_log(&ctx->log, REBUFF_LOG_WARNING, "event=breaker provider=%s struck=%u of=%u",
		d->provider, struck, all);
	return rbf_store_breaker_open(ctx->store, d->provider, now_ms, text, err);
}

/* How long the times-th suppression of an address lasts. */
static int64_t until(const rbf_suppress_rule *rule, uint32_t times, int64_t now_ms)
{
	if (rule->lasts_s == 0)
		return 0;
	double s = (double)rule->lasts_s *
		pow(rule->growth > 1 ? rule->growth : 1, times > 0 ? times - 1 : 0);
	double most = 10.0 * 365 * 86400;
	return now_ms + (int64_t)(s < most ? s : most) * SECOND_MS;
}

rebuff_status rbf_strike(rebuff_ctx *ctx, const rbf_policy *policy, const rbf_delivery *d,
	const rebuff_classification *reply, rebuff_span text, bool soft,
	const rbf_suppress_rule *rule, rebuff_class class_, double confidence, int64_t now_ms,
	int *suppressed, rebuff_error *err)
{
	rebuff_suppression old, fresh = entry_of(d, reply, text, class_, confidence, now_ms);
	int64_t since_ms = rule->within_s ? now_ms - rule->within_s * SECOND_MS : 0,
		first_ms = now_ms;
	uint32_t n = 0, times = 0;
	bool found = false, open = false;

	*suppressed = 0;
	rebuff_status status =
		rbf_store_strike(ctx->store, d->who, soft ? RBF_STRIKE_SOFT : (int)reply->category,
			d->id, now_ms, since_ms, &n, &first_ms, err);
	if (status == REBUFF_OK)
		status = rbf_store_suppression(
			ctx->store, fresh.address, fresh.scope, class_, &old, &times, &found, err);
	if (status != REBUFF_OK)
		return status;
	bool enough = n >= rule->after && now_ms - first_ms >= rule->over_s * SECOND_MS;
	/* An entry that ran out let this message through as the probe: refused, it is renewed. */
	if (!enough && !found)
		return REBUFF_OK;
	if (!d->act) {
		*suppressed = 2;
		return REBUFF_OK;
	}
	status = breaker(ctx, policy, d, now_ms, &open, err);
	if (status != REBUFF_OK)
		return status;
	*suppressed = open ? 2 : 1;
	if (open)
		return rbf_store_candidate(ctx->store, &fresh, err);
	bool active = found && (old.until_ms == 0 || old.until_ms > now_ms);
	times = active ? times : times + 1;
	fresh.until_ms = until(rule, times, now_ms);
	return rbf_store_suppress(ctx->store, &fresh, times, err);
}
