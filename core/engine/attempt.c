#include "engine/attempt.h"

#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/span.h"
#include "smtp/address.h"

enum { CLOCK_JUMP_MS = 60000, CLOCK_STEADY_MS = 600000 };

void rbf_attempt_reset(rbf_delivery *d)
{
	d->state = RBF_WAITING;
	d->received_ms = d->opened_ms = d->closed_ms = 0;
	d->closed_kind = REBUFF_KIND_HOST_DEFER;
	d->attempts = d->category_attempts = 0;
	d->category = REBUFF_UNCLASSIFIED;
	d->first_failure_ms = d->due_ms = d->woken_ms = d->event = 0;
	d->believed = d->past_host = d->frozen = false;
	d->text[0] = '\0';
}

/* The number of a provider that was found before; -1 for a site the policy does not know. */
static int number_of(const rbf_config *config, const char *provider)
{
	size_t n = rbf_providers_count(config->providers);
	for (size_t i = 0; i < n; i++)
		if (strcmp(rbf_providers_id(config->providers, (int)i), provider) == 0)
			return (int)i;
	return -1;
}

rebuff_status rbf_attempt_find(rebuff_ctx *ctx, const rbf_config *config,
	const rebuff_gate_request *r, rbf_delivery *out, int *provider_n, rebuff_error *err)
{
	char recipient[REBUFF_ADDRESS_MAX + 1], node[REBUFF_DOMAIN_MAX + 1], id[REBUFF_ID_MAX + 1];
	bool found = false;
	rebuff_status status = rbf_address_key(r->recipient, recipient, err);
	if (status != REBUFF_OK)
		return status;
	if (!rbf_span_copy(id, sizeof id, r->id) || !id[0])
		return rbf_fail(err, REBUFF_EPARSE, "message id: got %zu bytes, expected 1 to %d",
			r->id.len, REBUFF_ID_MAX);
	(void)rbf_span_copy(node, sizeof node, r->node.len ? r->node : rbf_span_of(ctx->node));
	int64_t who = rbf_store_who(ctx->store, recipient);
	status = rbf_store_delivery(ctx->store, node, r->mta, id, who, out, &found, err);
	if (status != REBUFF_OK)
		return status;
	if (!found) {
		memset(out, 0, sizeof *out);
		out->mta = r->mta;
		out->who = who;
		(void)rbf_span_copy(out->node, sizeof out->node, rbf_span_of(node));
		(void)rbf_span_copy(out->id, sizeof out->id, rbf_span_of(id));
		rbf_attempt_reset(out);
	}
	(void)rbf_span_copy(out->recipient, sizeof out->recipient, rbf_span_of(recipient));
	if (r->sender.len || !found)
		(void)rbf_span_copy(out->sender, sizeof out->sender,
			rbf_span_eq(r->sender, RBF_LIT("<>")) ? RBF_LIT("") : r->sender);
	rbf_config_stream(config, rbf_span_of(out->sender), out->stream);
	/* Once known by its MX, a later result without one does not make it unknown. */
	char provider[REBUFF_NAME_MAX];
	*provider_n = rbf_ctx_provider(
		config, r->mx, rbf_address_domain(rbf_span_of(recipient)), provider);
	if (!out->provider[0] || r->mx.len)
		memcpy(out->provider, provider, sizeof provider);
	else
		*provider_n = number_of(config, out->provider);
	out->act = !rbf_config_policy(config, *provider_n)->observe;
	return REBUFF_OK;
}

bool rbf_clock_unsteady(const rebuff_ctx *ctx)
{
	return rbf_boot_ms(&ctx->clock) < ctx->steady_boot_ms;
}

rebuff_status rbf_clock_watch(rebuff_ctx *ctx, rebuff_error *err)
{
	int64_t boot_ms = rbf_boot_ms(&ctx->clock);
	int64_t offset_ms = rbf_wall_ms(&ctx->clock) - boot_ms;
	int64_t jump_ms = offset_ms - ctx->clock_offset_ms;
	if (jump_ms > -CLOCK_JUMP_MS && jump_ms < CLOCK_JUMP_MS) {
		/* A clock that is slewed drifts slowly: that is no jump. */
		ctx->clock_offset_ms = offset_ms;
		return REBUFF_OK;
	}
	ctx->clock_offset_ms = offset_ms;
	ctx->steady_boot_ms = boot_ms + CLOCK_STEADY_MS;
	rbf_log(&ctx->log, REBUFF_LOG_WARNING,
		"event=clock-jump by_ms=%lld text=\"waiting messages keep their distances; nothing "
		"is "
		"given up on or expires for 10 minutes\"",
		(long long)jump_ms);
	return rbf_store_shift(ctx->store, jump_ms, err);
}
