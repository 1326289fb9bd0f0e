/* key.c - signed return paths, and a new key for them. */
#include "base/span.h"
#include "engine/context.h"
#include "engine/keyring.h"
#include "engine/token.h"

static const int64_t day_ms = 86400000;

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

rebuff_status rebuff_key_rotate(rebuff_ctx *ctx, rebuff_error *err)
{
	rebuff_status status = rbf_ctx_writable(ctx, err);
	return status == REBUFF_OK ? rbf_key_add(ctx->store, rbf_clock_now(&ctx->watch), err)
				   : status;
}
