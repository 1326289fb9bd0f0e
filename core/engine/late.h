/* late.h - inside engine/: what outlasts a delivery for the sake of messages about it. */
#ifndef RBF_ENGINE_LATE_H
#define RBF_ENGINE_LATE_H
#include "engine/context.h"

/* Mail to this recipient was accepted (writer): remember enough to recognise what bounces later. */
rebuff_status rbf_late_sent(rebuff_ctx *ctx, const rbf_delivery *d, const rebuff_result *result,
	int64_t now_ms, rebuff_error *err);
#endif
