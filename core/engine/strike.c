/* strike.c - from findings against an address to its suppression, under the circuit breaker. */
#include <math.h>

#include "base/buf.h"
#include "base/span.h"
#include "engine/attempt.h"
#include "smtp/address.h"
#include "watch/breaker.h"

enum { SECOND_MS = 1000 };

static void scope_text(int scope, const rbf_delivery *d, char *out, size_t cap)
{
	rbf_buf b = rbf_buf_of(out, cap);
	char domain[REBUFF_DOMAIN_MAX + 1];
	if (scope == RBF_SUPPRESS_STREAM) {
		rbf_buf_printf(&b, "stream:%s", d->stream);
	} else if (scope == RBF_SUPPRESS_DOMAIN &&
		rbf_domain_key(rbf_address_domain(rbf_span_of(d->sender)), domain, NULL) ==
			REBUFF_OK) {
		rbf_buf_printf(&b, "domain:%s", domain);
	} else {
		rbf_buf_str(&b, "all");
	}
}

static rebuff_suppression entry_of(const rbf_delivery *d, const rebuff_classification *reply,
	rebuff_span text, const rbf_decision *decision, int64_t now_ms)
{
	rebuff_suppression e = {.size = sizeof e,
		.class_ = decision->class_,
		.category = reply->category,
		.since_ms = now_ms,
		.confidence = decision->confidence};
	(void)rbf_span_copy(e.address, sizeof e.address, rbf_span_of(d->recipient));
	(void)rbf_span_copy(e.provider, sizeof e.provider, rbf_span_of(d->provider));
	(void)rbf_span_copy(e.rule, sizeof e.rule, rbf_span_of(reply->rule));
	(void)rbf_span_escape(e.evidence, sizeof e.evidence, text);
	scope_text(decision->rule->scope, d, e.scope, sizeof e.scope);
	return e;
}

/* How long the times-th suppression of an address lasts. */
static int64_t until(const rbf_suppress_rule *rule, int64_t lasts_s, uint32_t times, int64_t now_ms)
{
	if (lasts_s == 0)
		return 0;
	double s = (double)lasts_s *
		pow(rule->growth > 1 ? rule->growth : 1, times > 0 ? times - 1 : 0);
	double most = 10.0 * 365 * 86400;
	return now_ms + (int64_t)(s < most ? s : most) * SECOND_MS;
}

/* This answer would suppress: is it one of far too many? */
static rebuff_status look_at_breaker(rebuff_ctx *ctx, const rbf_policy *policy,
	const rbf_delivery *d, rebuff_span source_ip, rebuff_span text, int64_t now_ms, bool *open,
	rebuff_error *err)
{
	const rbf_breaker_limits limits = {.share = policy->breaker.share,
		.at_least = policy->breaker.at_least,
		.within_ms = policy->breaker.within_s * SECOND_MS};
	bool took = false;
	rebuff_status status = rbf_store_took_mail(ctx->store, d->who, d->id, &took, err);
	if (status == REBUFF_OK)
		status = rbf_attempt_tally(ctx, d, source_ip,
			&(rbf_tally){.struck = 1, .lost = took}, text, now_ms, err);
	if (status != REBUFF_OK)
		return status;
	return rbf_breaker_look(
		ctx->store, ctx->alarms, &limits, d->provider, now_ms, &ctx->log, open, err);
}

rebuff_status rbf_strike(rebuff_ctx *ctx, const rbf_policy *policy, const rbf_delivery *d,
	const rebuff_classification *reply, rebuff_span text, rebuff_span source_ip,
	const rbf_decision *decision, const rbf_striker *by, int64_t now_ms, int *suppressed,
	rebuff_error *err)
{
	const rbf_suppress_rule *rule = decision->rule;
	rebuff_suppression old, fresh = entry_of(d, reply, text, decision, now_ms);
	int64_t since_ms = rule->within_s ? now_ms - rule->within_s * SECOND_MS : 0;
	int64_t first_ms = now_ms;
	int kind = decision->class_ == REBUFF_CLASS_SOFT ? RBF_STRIKE_SOFT : (int)reply->category;
	uint32_t n = 0, times = 0;
	bool found = false, open = false;

	*suppressed = 0;
	rebuff_status status = rbf_store_suppression(ctx->store, fresh.address, fresh.scope,
		decision->class_, &old, &times, &found, err);
	bool active = found && (old.until_ms == 0 || old.until_ms > now_ms);
	/* Without a probe, what led to an entry that ran out is settled. */
	if (found && !active && !rule->probe && old.until_ms > since_ms)
		since_ms = old.until_ms;
	if (status == REBUFF_OK)
		status = rbf_store_strike(
			ctx->store, d->who, kind, d->id, now_ms, since_ms, &n, &first_ms, err);
	if (status != REBUFF_OK)
		return status;
	bool enough = n >= rule->after && now_ms - first_ms >= rule->over_s * SECOND_MS;
	/* An entry that ran out let this message through as the probe: refused, it is renewed. */
	if (!enough && (!found || (!active && !rule->probe)))
		return REBUFF_OK;
	rbf_hook_suppression change = {.lasts_s = rule->lasts_s, .scope = rule->scope};
	rbf_hook_suppress(by->hooks, by->provider_n, by->event, &change);
	if (by->why)
		(void)rbf_span_copy(by->why, REBUFF_TEXT_MAX, rbf_span_of(change.why));
	if (change.skip)
		return REBUFF_OK;
	if (change.scope != rule->scope) {
		scope_text(change.scope, d, fresh.scope, sizeof fresh.scope);
		status = rbf_store_suppression(ctx->store, fresh.address, fresh.scope,
			decision->class_, &old, &times, &found, err);
		active = found && (old.until_ms == 0 || old.until_ms > now_ms);
		if (status != REBUFF_OK)
			return status;
	}
	status = look_at_breaker(ctx, policy, d, source_ip, text, now_ms, &open, err);
	if (status != REBUFF_OK)
		return status;
	*suppressed = open || !d->act ? 2 : 1;
	if (open)
		return rbf_store_candidate(ctx->store, &fresh, err);
	if (!d->act)
		return REBUFF_OK;
	times = active ? times : rule->probe ? times + 1 : 1;
	fresh.until_ms = until(rule, change.lasts_s, times, now_ms);
	/* What lasts longer already is not cut short. */
	if (active && (old.until_ms == 0 || (fresh.until_ms && old.until_ms > fresh.until_ms)))
		fresh.until_ms = old.until_ms;
	return rbf_store_suppress(ctx->store, &fresh, times, err);
}
