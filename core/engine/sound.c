/* sound.c - what rebuff doctor wants to know of the database and the clock. */
#include "base/error.h"
#include "base/span.h"
#include "engine/context.h"

rebuff_status rebuff_check_store(
	rebuff_ctx *ctx, bool thorough, rebuff_soundness *out, rebuff_error *err)
{
	if (out->size < sizeof *out)
		return rbf_fail(err, REBUFF_EARG, "rebuff_soundness.size is %u, expected %zu",
			out->size, sizeof *out);
	rebuff_status status = ctx->store ? REBUFF_OK : rbf_ctx_writable(ctx, err);
	return status == REBUFF_OK ? rbf_view_soundness(ctx->store, thorough, out, err) : status;
}

static rebuff_status look(void *ud, const rbf_delivery *d, rebuff_error *err)
{
	bool *waits = ud;
	(void)err;
	*waits |= d->state == RBF_WAITING || d->state == RBF_OPEN || d->state == RBF_GIVEN_UP;
	return REBUFF_OK;
}

rebuff_status rebuff_waits_for(rebuff_ctx *ctx, rebuff_span id, bool *waits, rebuff_error *err)
{
	char name[REBUFF_ID_MAX + 1];
	rebuff_status status = ctx->store ? REBUFF_OK : rbf_ctx_writable(ctx, err);
	*waits = false;
	if (status == REBUFF_OK && !rbf_span_copy(name, sizeof name, id))
		return rbf_fail(err, REBUFF_EPARSE, "an id has at most %d bytes", REBUFF_ID_MAX);
	return status == REBUFF_OK ? rbf_view_deliveries_of(ctx->store, name, look, waits, err)
				   : status;
}

bool rebuff_clock_unsteady(const rebuff_ctx *ctx)
{
	return rbf_clock_unsteady(&ctx->watch);
}
