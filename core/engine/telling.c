/* telling.c - report and status: the database's facts together with the policy in force. */
#include "base/clock.h"
#include "base/error.h"
#include "engine/context.h"
#include "report/report.h"
#include "smtp/address.h"

static rebuff_status check(const rebuff_ctx *ctx, const rebuff_output *out, rebuff_error *err)
{
	if (out->size < sizeof *out)
		return rbf_fail(err, REBUFF_EARG, "rebuff_output.size is %u, expected %zu",
			out->size, sizeof *out);
	return ctx->store ? REBUFF_OK : rbf_ctx_writable(ctx, err);
}

rebuff_status rebuff_report(rebuff_ctx *ctx, const rebuff_output *out, rebuff_error *err)
{
	rebuff_status status = check(ctx, out, err);
	return status == REBUFF_OK ? rbf_report(ctx->store, rbf_wall_ms(&ctx->clock), out, err)
				   : status;
}

rebuff_status rebuff_status_write(rebuff_ctx *ctx, const rebuff_output *out, rebuff_error *err)
{
	rebuff_status status = check(ctx, out, err);
	if (status != REBUFF_OK)
		return status;
	rbf_config *config = rbf_ctx_config(ctx);
	rbf_standing standing = {.observe = rbf_config_policy(config, -1)->observe,
		.data_dir = ctx->data_dir,
		.config_dir = ctx->config_dir,
		.state_file = ctx->state_file,
		.loaded_ms = config->loaded_ms,
		.files = config->files,
		.rules = rbf_rules_count(config->rules),
		.providers = config->provider_n};
	status = rbf_status(ctx->store, rbf_wall_ms(&ctx->clock), &standing, out, err);
	rbf_config_unref(config);
	return status;
}

rebuff_status rebuff_recall(rebuff_ctx *ctx, rebuff_span address,
	bool (*each)(void *ud, const rebuff_past *past), void *ud, rebuff_error *err)
{
	char key[REBUFF_ADDRESS_MAX + 1];
	rebuff_status status = ctx->store ? REBUFF_OK : rbf_ctx_writable(ctx, err);
	if (status == REBUFF_OK)
		status = rbf_address_key(address, key, err);
	return status == REBUFF_OK ? rbf_recall(ctx->store, key, each, ud, err) : status;
}
