/* key.c - signed return paths, and the keys they are made with. */
#include <sys/random.h>

#include "base/error.h"
#include "base/span.h"
#include "engine/late.h"
#include "engine/token.h"

static const int64_t day_ms = 86400000;

_Static_assert((int)RBF_TOKEN_KEY == (int)RBF_STORE_KEY, "one size of keys");

bool rebuff_return_path(rebuff_ctx *ctx, rebuff_span id, int64_t received_s, rebuff_span sender,
	rebuff_span recipient, char out[REBUFF_ADDRESS_MAX + 1])
{
	unsigned char key[RBF_TOKEN_KEY];
	char name[REBUFF_ID_MAX + 1];
	bool found = false;
	out[0] = '\0';
	if (!ctx->store || received_s <= 0 || received_s > UINT32_MAX ||
		received_s * 1000 > rbf_clock_now(&ctx->watch) + day_ms ||
		!rbf_span_copy(name, sizeof name, id) ||
		rbf_view_key_of(ctx->store, received_s * 1000, key, &found, NULL) != REBUFF_OK)
		return false;
	return found && rbf_token_make(key, received_s, name, sender, recipient, out);
}

static rebuff_status add_key(rebuff_ctx *ctx, rebuff_error *err)
{
	unsigned char key[RBF_TOKEN_KEY];
	if (getrandom(key, sizeof key, 0) != (ssize_t)sizeof key)
		return rbf_fail(err, REBUFF_EIO, "no random bytes for a key");
	return rbf_store_key_add(ctx->store, rbf_clock_now(&ctx->watch), key, err);
}

rebuff_status rebuff_key_rotate(rebuff_ctx *ctx, rebuff_error *err)
{
	rebuff_status status = rbf_ctx_writable(ctx, err);
	return status == REBUFF_OK ? add_key(ctx, err) : status;
}

rebuff_status rbf_key_first(rebuff_ctx *ctx, rebuff_error *err)
{
	int64_t made_ms = 0;
	rebuff_status status = rbf_store_key_first(ctx->store, &made_ms, err);
	if (status != REBUFF_OK || made_ms)
		return status;
	status = rbf_store_begin(ctx->store, err);
	if (status != REBUFF_OK)
		return status;
	status = add_key(ctx, err);
	if (status != REBUFF_OK) {
		(void)rbf_store_rollback(ctx->store, NULL);
		return status;
	}
	return rbf_store_commit(ctx->store, err);
}
