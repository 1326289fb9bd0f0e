/* attempt.h - inside engine/: the row of one recipient of one message, and whom it is counted
 * under. */
#ifndef RBF_ENGINE_ATTEMPT_H
#define RBF_ENGINE_ATTEMPT_H
#include "engine/context.h"

/* Results that come so long after one that closed the attempt belong to it. */
enum { RBF_SAME_ATTEMPT_MS = 10000 };

/*
 * Find the row, or begin one, for a recipient of a message. Fills in names, stream, provider and
 * whether the policy acts; provider_n is the provider's number in the policy, mx may be empty.
 * REBUFF_EPARSE for an address that is none.
 */
rebuff_status rbf_attempt_find(rebuff_ctx *ctx, const rbf_config *config,
	const rebuff_gate_request *request, rbf_delivery *out, int *provider_n, rebuff_error *err);
/* Begin anew: the MTA uses the id for another message, or tries again what was final. */
void rbf_attempt_reset(rbf_delivery *d);
/* No attempt is given up on and nothing expires while the wall clock is unsteady. */
bool rbf_clock_unsteady(const rebuff_ctx *ctx);
/* Notice jumps of the wall clock; called at each change (writer). Inside a transaction. */
rebuff_status rbf_clock_watch(rebuff_ctx *ctx, rebuff_error *err);
/* Act on a finding against the address of `d`: count it, and suppress when the rule says so.
 * *suppressed: 0 no, 1 yes, 2 would have been (observed only, or the breaker is open). */
rebuff_status rbf_strike(rebuff_ctx *ctx, const rbf_policy *policy, const rbf_delivery *d,
	const rebuff_classification *reply, rebuff_span text, bool soft,
	const rbf_suppress_rule *rule, rebuff_class class_, double confidence, int64_t now_ms,
	int *suppressed, rebuff_error *err);
#endif
