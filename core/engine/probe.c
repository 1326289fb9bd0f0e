/* probe.c - a hold that ends by time lets one message at a time through, to see, before the rest.
 */
#include <string.h>

#include "base/clock.h"
#include "base/span.h"
#include "engine/attempt.h"
#include "engine/source.h"

/* One probe in so long, while nothing answers the question. */
static const double probe_rate = RBF_PROBE_RATE;

/* What waited starts slowly: in the lane of the provider ("": of each that has mail of the stream
 * waiting), and in that of each address of ours that has one. */
static rebuff_status begin_lanes(rebuff_ctx *ctx, const rbf_config *config, const char *provider,
	const char *stream, const char *why, int64_t now_ms, rebuff_error *err)
{
	int number;
	rebuff_status status = REBUFF_OK;
	const char *source = "";
	(void)rbf_ctx_policy(config, provider, &number);
	for (size_t i = 0; source && status == REBUFF_OK; i++) {
		rbf_policy space;
		double start = rbf_config_policy_of(config, number, "", rbf_span_of(source), &space)
				       ->pace.start;
		status = provider[0]
			? rbf_store_ramp(ctx->store, provider, source, start, now_ms, why, err)
			: rbf_store_ramp_stream(
				  ctx->store, stream, source, start, now_ms, why, err);
		source = rbf_config_paced_source(config, i);
	}
	return status;
}

rebuff_status rbf_hold_released(rebuff_ctx *ctx, const rbf_config *config, const rbf_key *scope,
	const char *why, int64_t now_ms, rebuff_error *err)
{
	int number;
	rebuff_status status = REBUFF_OK;
	const char *ip = scope->source_ip;
	double start = rbf_ctx_policy(config, scope->provider, &number)->pace.start;
	if (scope->provider[0])
		status =
			rbf_store_ramp_probed(ctx->store, scope->provider, start, now_ms, why, err);
	if (status == REBUFF_OK && ip[0] && !scope->provider[0])
		status = rbf_store_ramp_source(
			ctx->store, ip, rbf_source_lane(config, ip), start, now_ms, why, err);
	else if (status == REBUFF_OK)
		status = begin_lanes(ctx, config, scope->provider, scope->stream, why, now_ms, err);
	return status == REBUFF_OK && scope->provider[0]
		? rbf_store_warmup_pause(ctx->store, scope->provider, false, now_ms, err)
		: status;
}

/* ---- when it has run out ------------------------------------------------------------------------
 */

typedef struct {
	rebuff_ctx *ctx;
	const rbf_config *config;
	int64_t now_ms;
} over;

/* A probe is a provider's answer: holds of a stream are over. */
static rebuff_status hold_over(void *ud, const rbf_key *scope, bool *probes, rebuff_error *err)
{
	const over *o = ud;
	char p[REBUFF_NAME_MAX * 4], s[REBUFF_NAME_MAX * 4], ip[REBUFF_NAME_MAX * 4];
	*probes = (scope->provider[0] || scope->source_ip[0]) && !scope->stream[0];
	(void)rbf_span_escape(p, sizeof p, rbf_span_of(scope->provider));
	(void)rbf_span_escape(s, sizeof s, rbf_span_of(scope->stream));
	(void)rbf_span_escape(ip, sizeof ip, rbf_span_of(scope->source_ip));
	rbf_log(&o->ctx->log, REBUFF_LOG_INFO,
		"event=hold-over provider=%s stream=%s source_ip=%s probes=%d", p, s, ip, *probes);
	if (*probes)
		return REBUFF_OK;
	return rbf_hold_released(o->ctx, o->config, scope, "a hold has run out", o->now_ms, err);
}

static rebuff_status give_lane(void *ud, const char *provider, rebuff_error *err)
{
	const over *o = ud;
	return rbf_store_ramp(
		o->ctx->store, provider, "", probe_rate, o->now_ms, RBF_PROBE_WHY, err);
}

rebuff_status rbf_probe_begin(
	rebuff_ctx *ctx, const rbf_config *config, int64_t now_ms, rebuff_error *err)
{
	over o = {ctx, config, now_ms};
	rebuff_status status = rbf_store_holds_over(ctx->store, now_ms, hold_over, &o, err);
	return status == REBUFF_OK ? rbf_store_holds_probing(ctx->store, give_lane, &o, err)
				   : status;
}

/* ---- what the probe says ------------------------------------------------------------------------
 */

/* Refused again: held for twice as long as before. */
static rebuff_status hold_again(rebuff_ctx *ctx, const rbf_config *config, const char *provider,
	const rbf_probe *probe, int64_t now_ms, rebuff_error *err)
{
	int64_t longest_ms = rbf_ctx_limits(config, provider, "", true).longest_ms;
	int64_t lasts_ms = probe->lasts_ms;
	for (uint32_t i = 0; i <= probe->times && lasts_ms < longest_ms; i++)
		lasts_ms *= 2;
	if (lasts_ms > longest_ms)
		lasts_ms = longest_ms;
	rbf_log(&ctx->log, REBUFF_LOG_WARNING, "event=probe-refused provider=%s held_again_s=%lld",
		provider, (long long)lasts_ms / 1000);
	rebuff_status status =
		rbf_store_hold_again(ctx->store, probe->hold, now_ms + lasts_ms, err);
	return status == REBUFF_OK && !probe->source_ip[0]
		? rbf_store_probes_end(ctx->store, provider, err)
		: status;
}

rebuff_status rbf_probe_learn(rebuff_ctx *ctx, const rbf_config *config, const rbf_delivery *d,
	const char *source_ip, bool blocked, int64_t now_ms, rebuff_error *err)
{
	rbf_probe probe;
	size_t n = 0;
	if (d->state != RBF_DELIVERED && !blocked)
		return REBUFF_OK;
	rebuff_status status = rbf_store_probing(ctx->store, d->provider, source_ip, &probe, err);
	if (status != REBUFF_OK || !probe.found)
		return status;
	if (blocked)
		return hold_again(ctx, config, d->provider, &probe, now_ms, err);
	const rbf_key scope = {probe.provider, probe.stream, probe.source_ip};
	rbf_log(&ctx->log, REBUFF_LOG_INFO, "event=probe-accepted provider=%s", d->provider);
	status = rbf_store_release(
		ctx->store, &scope, now_ms, "rebuff", "a probe was accepted", &n, err);
	return status == REBUFF_OK ? rbf_hold_released(ctx, config, &scope,
					     "a hold is over: its probe was accepted", now_ms, err)
				   : status;
}
