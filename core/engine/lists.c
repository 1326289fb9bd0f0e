/* lists.c - suppressions and holds as an operator sees and changes them. */
#include <stdio.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/span.h"
#include "engine/context.h"
#include "smtp/address.h"

static rebuff_status writable(const rebuff_ctx *ctx, rebuff_error *err)
{
	return ctx->store ? REBUFF_OK : rbf_fail(err, REBUFF_EARG, "no database is open");
}

static bool scope_valid(const char *scope)
{
	rebuff_span s = rbf_span_of(scope);
	return rbf_span_eq(s, RBF_LIT("all")) ||
		(rbf_span_starts(s, RBF_LIT("domain:")) && s.len > 7) ||
		(rbf_span_starts(s, RBF_LIT("stream:")) && s.len > 7);
}

rebuff_status rebuff_suppress_add(
	rebuff_ctx *ctx, const rebuff_suppression *entry, rebuff_error *err)
{
	rebuff_suppression e = *entry;
	rebuff_status status = writable(ctx, err);
	if (status == REBUFF_OK)
		status = rbf_address_key(rbf_span_of(entry->address), e.address, err);
	if (status != REBUFF_OK)
		return status;
	if (!e.scope[0])
		(void)snprintf(e.scope, sizeof e.scope, "all");
	if (!scope_valid(e.scope))
		return rbf_fail(err, REBUFF_EARG,
			"scope \"%s\"; expected all, domain:NAME or stream:NAME", e.scope);
	if (!e.since_ms)
		e.since_ms = rbf_wall_ms(&ctx->clock);
	if (e.until_ms && e.until_ms <= e.since_ms)
		return rbf_fail(
			err, REBUFF_EARG, "the end of the suppression lies before its start");
	return rbf_store_suppress(ctx->store, &e, 0, err);
}

rebuff_status rebuff_suppress_remove(
	rebuff_ctx *ctx, rebuff_span address, rebuff_class class_, size_t *n, rebuff_error *err)
{
	char key[REBUFF_ADDRESS_MAX + 1];
	size_t ignored;
	rebuff_status status = writable(ctx, err);
	if (status == REBUFF_OK)
		status = rbf_address_key(address, key, err);
	if (status == REBUFF_OK)
		status = rbf_store_unsuppress(ctx->store, key, class_, 0, n ? n : &ignored, err);
	return status;
}

rebuff_status rebuff_suppress_each(rebuff_ctx *ctx, rebuff_span address,
	bool (*each)(void *ud, const rebuff_suppression *entry), void *ud, rebuff_error *err)
{
	char key[REBUFF_ADDRESS_MAX + 1] = "";
	rebuff_status status = writable(ctx, err);
	if (status == REBUFF_OK && address.len)
		status = rbf_address_key(address, key, err);
	return status == REBUFF_OK ? rbf_view_suppressions(ctx->store, key, each, ud, err) : status;
}

rebuff_status rebuff_hold_add(rebuff_ctx *ctx, rebuff_span provider, rebuff_span stream,
	int64_t until_ms, rebuff_span reason, rebuff_span by, rebuff_error *err)
{
	char p[REBUFF_NAME_MAX], s[REBUFF_NAME_MAX], r[REBUFF_TEXT_MAX], b[REBUFF_NAME_MAX];
	rebuff_status status = writable(ctx, err);
	if (status != REBUFF_OK)
		return status;
	(void)rbf_span_copy(p, sizeof p, provider);
	(void)rbf_span_copy(s, sizeof s, stream);
	(void)rbf_span_escape(r, sizeof r, reason);
	(void)rbf_span_escape(b, sizeof b, by);
	return rbf_store_hold(ctx->store, p, s, rbf_wall_ms(&ctx->clock), until_ms, r, b, err);
}

rebuff_status rebuff_hold_release(
	rebuff_ctx *ctx, rebuff_span provider, rebuff_span stream, size_t *n, rebuff_error *err)
{
	char p[REBUFF_NAME_MAX], s[REBUFF_NAME_MAX];
	size_t ignored;
	rebuff_status status = writable(ctx, err);
	if (status != REBUFF_OK)
		return status;
	(void)rbf_span_copy(p, sizeof p, provider);
	(void)rbf_span_copy(s, sizeof s, stream);
	return rbf_store_release(ctx->store, p, s, rbf_wall_ms(&ctx->clock), n ? n : &ignored, err);
}
