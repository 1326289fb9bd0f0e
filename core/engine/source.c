/* source.c - which address of ours mail leaves from. The mail server tells it with the result;
 * before that it is the one that mail of the same stream left from last. */
#include "engine/source.h"

#include "base/span.h"

rebuff_status rbf_source_learn(rebuff_ctx *ctx, const rbf_config *config, const rbf_delivery *d,
	rebuff_span told, int64_t now_ms, char out[REBUFF_NAME_MAX], rebuff_error *err)
{
	out[0] = '\0';
	if (!told.len)
		return rbf_config_speaks_of_sources(config)
			? rbf_store_source(ctx->store, d->node, d->stream, d->provider, out, err)
			: REBUFF_OK;
	(void)rbf_span_copy(out, REBUFF_NAME_MAX, told);
	return rbf_config_speaks_of_sources(config)
		? rbf_store_source_put(
			  ctx->store, d->node, d->stream, d->provider, told, now_ms, err)
		: REBUFF_OK;
}

void rbf_source_expect(const rebuff_ctx *ctx, const rbf_config *config, const char *node,
	const char *stream, const char *provider, char out[REBUFF_NAME_MAX])
{
	out[0] = '\0';
	if (rbf_config_speaks_of_sources(config) &&
		rbf_view_source(ctx->store, node, stream, provider, out, NULL) != REBUFF_OK)
		out[0] = '\0';
}

const char *rbf_source_lane(const rbf_config *config, const char *source_ip)
{
	return rbf_config_paces_source(config, rbf_span_of(source_ip)) ? source_ip : "";
}
