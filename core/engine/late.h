/* late.h - inside engine/: what outlasts a delivery for the sake of messages about it. */
#ifndef RBF_ENGINE_LATE_H
#define RBF_ENGINE_LATE_H
#include "engine/context.h"

/* Mail to this recipient was accepted (writer): remember enough to recognise what bounces later. */
rebuff_status rbf_late_sent(rebuff_ctx *ctx, const rbf_delivery *d, const rebuff_result *result,
	int64_t now_ms, rebuff_error *err);
/* Refused for what we are, not for whom it went to (result.c). */
bool rbf_reply_blocked(const rebuff_classification *c);
/* The first key of return paths, unless there is one. With the database just opened. */
rebuff_status rbf_key_first(rebuff_ctx *ctx, rebuff_error *err);
#endif
