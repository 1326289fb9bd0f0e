/* lists.c - suppressions and holds as an operator sees and changes them. */
#include <stdio.h>

#include "base/error.h"
#include "base/span.h"
#include "engine/attempt.h"
#include "smtp/address.h"

/* "all", "domain:NAME" or "stream:NAME" in the form in which it is compared; "" is all. */
static rebuff_status scope_key(const char *given, char *out, size_t cap, rebuff_error *err)
{
	rebuff_span s = rbf_span_of(given);
	char domain[REBUFF_DOMAIN_MAX + 1];
	if (s.len == 0 || rbf_span_eq(s, RBF_LIT("all"))) {
		(void)snprintf(out, cap, "all");
		return REBUFF_OK;
	}
	if (rbf_span_starts(s, RBF_LIT("stream:")) && s.len > 7) {
		(void)rbf_span_copy(out, cap, s);
		return REBUFF_OK;
	}
	if (!rbf_span_starts(s, RBF_LIT("domain:")))
		return rbf_fail(err, REBUFF_EARG,
			"scope \"%s\"; expected all, domain:NAME or stream:NAME", given);
	rebuff_status status = rbf_domain_key(rbf_span_sub(s, 7, SIZE_MAX), domain, err);
	if (status == REBUFF_OK)
		(void)snprintf(out, cap, "domain:%s", domain);
	return status;
}

rebuff_status rebuff_suppress_add(
	rebuff_ctx *ctx, const rebuff_suppression *entry, rebuff_error *err)
{
	rebuff_suppression e = *entry;
	rebuff_status status = rbf_ctx_writable(ctx, err);
	if (status == REBUFF_OK)
		status = rbf_address_key(rbf_span_of(entry->address), e.address, err);
	if (status == REBUFF_OK)
		status = scope_key(entry->scope, e.scope, sizeof e.scope, err);
	if (status != REBUFF_OK)
		return status;
	if (!e.since_ms)
		e.since_ms = rbf_clock_now(&ctx->watch);
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
	rebuff_status status = rbf_ctx_writable(ctx, err);
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
	rebuff_status status = ctx->store ? REBUFF_OK : rbf_ctx_writable(ctx, err);
	if (status == REBUFF_OK && address.len)
		status = rbf_address_key(address, key, err);
	return status == REBUFF_OK ? rbf_view_suppressions(ctx->store, key, each, ud, err) : status;
}

/* A scope, copied. */
typedef struct {
	char provider[REBUFF_NAME_MAX], stream[REBUFF_NAME_MAX], source_ip[REBUFF_NAME_MAX];
} scope_names;

static rbf_key scope_of(const rebuff_scope_held *scope, scope_names *n)
{
	(void)rbf_span_copy(n->provider, sizeof n->provider, scope->provider);
	(void)rbf_span_copy(n->stream, sizeof n->stream, scope->stream);
	(void)rbf_span_copy(n->source_ip, sizeof n->source_ip, scope->source_ip);
	return (rbf_key){n->provider, n->stream, n->source_ip};
}

rebuff_status rebuff_hold_add(rebuff_ctx *ctx, const rebuff_scope_held *scope, int64_t until_ms,
	rebuff_span reason, rebuff_span by, rebuff_error *err)
{
	scope_names names;
	char r[REBUFF_TEXT_MAX], b[REBUFF_NAME_MAX];
	rebuff_status status = rbf_ctx_writable(ctx, err);
	if (status != REBUFF_OK)
		return status;
	const rbf_key key = scope_of(scope, &names);
	(void)rbf_span_escape(r, sizeof r, reason);
	(void)rbf_span_escape(b, sizeof b, by);
	return rbf_store_hold(ctx->store, &key, rbf_clock_now(&ctx->watch), until_ms, r, b, err);
}

rebuff_status rebuff_hold_release(rebuff_ctx *ctx, const rebuff_scope_held *scope, rebuff_span by,
	rebuff_span note, size_t *n, rebuff_error *err)
{
	scope_names names;
	char b[REBUFF_NAME_MAX], t[REBUFF_TEXT_MAX];
	size_t ended = 0;
	int64_t now_ms = rbf_clock_now(&ctx->watch);
	rebuff_status status = rbf_ctx_change_begin(ctx, err);
	if (status != REBUFF_OK)
		return status;
	const rbf_key key = scope_of(scope, &names);
	(void)rbf_span_escape(b, sizeof b, by);
	(void)rbf_span_escape(t, sizeof t, note);
	status = rbf_store_release(ctx->store, &key, now_ms, b, t, &ended, err);
	if (n)
		*n = ended;
	if (status == REBUFF_OK && ended) {
		rbf_config *config = rbf_ctx_config(ctx);
		status = rbf_hold_released(ctx, config, &key, "a hold was released", now_ms, err);
		rbf_config_unref(config);
	}
	return rbf_ctx_change_end(ctx, status, err);
}

rebuff_status rebuff_hold_each(rebuff_ctx *ctx, bool ended_too,
	bool (*each)(void *ud, const rebuff_hold *hold), void *ud, rebuff_error *err)
{
	return ctx->store ? rbf_view_hold_list(ctx->store, ended_too, each, ud, err)
			  : rbf_ctx_writable(ctx, err);
}
