/* source.h - inside engine/: which address of ours mail leaves from, where the policy speaks of
 * such. */
#ifndef RBF_ENGINE_SOURCE_H
#define RBF_ENGINE_SOURCE_H
#include "engine/context.h"

/* (writer) The address that a result told, remembered for its stream; "" told: the one that is
 * remembered. */
rebuff_status rbf_source_learn(rebuff_ctx *ctx, const rbf_config *config, const rbf_delivery *d,
	rebuff_span told, int64_t now_ms, char out[REBUFF_NAME_MAX], rebuff_error *err);
/* (loop thread) The one that is remembered; "" when there is none. */
void rbf_source_expect(const rebuff_ctx *ctx, const rbf_config *config, const char *node,
	const char *stream, const char *provider, char out[REBUFF_NAME_MAX]);
/* Whose slow lane mail from this address is in: its own, or "" the provider's. */
const char *rbf_source_lane(const rbf_config *config, const char *source_ip);
#endif
