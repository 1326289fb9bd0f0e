/* attempt.h - inside engine/: the row of one recipient of one message, which result belongs to
 * which attempt, and findings against an address. */
#ifndef RBF_ENGINE_ATTEMPT_H
#define RBF_ENGINE_ATTEMPT_H
#include "engine/context.h"

/*
 * Find the row, or begin one, for a recipient of a message (writer). Fills in names, stream,
 * provider and whether the policy acts; provider_n is the provider's number in the policy. `by_mx`:
 * the request's MX hosts are the recipient's own; else they serve only when nothing better is known
 * (with a smarthost, results name the smarthost). REBUFF_EPARSE for an address that is none.
 */
rebuff_status rbf_attempt_find(rebuff_ctx *ctx, const rbf_config *config,
	const rebuff_gate_request *request, bool by_mx, rbf_delivery *out, int *provider_n,
	rebuff_error *err);
/* Can its attempts be brought about, and put off? */
bool rbf_attempt_steered(const rbf_delivery *d);
/* Begin anew: the MTA uses the id for another message, or tries again what was final. */
void rbf_attempt_reset(rbf_delivery *d);
/* The fate is known: from now on the row only serves to know repeats, without addresses. */
void rbf_attempt_close(rbf_delivery *d);

/* From a commit to the queue. */
enum { RBF_ARRIVES_MS = 1000 };

/* What a result is to the row of its recipient. */
typedef enum {
	RBF_NEW_ATTEMPT, /* it closes the open attempt, or is one of its own */
	RBF_NEW_MESSAGE, /* the fate of the row is known: the id serves another message */
	RBF_MORE_FINAL, /* it replaces what the attempt was closed with */
	RBF_LATE, /* of an attempt that was not heard of, before the one that the row holds */
	RBF_KNOWN /* counted already */
} rbf_belongs;
rebuff_status rbf_attempt_belongs(rbf_store *store, const rbf_delivery *d, rebuff_kind kind,
	bool from_log, int64_t time_ms, rbf_belongs *out, rebuff_error *err);

/* Was a result told that is this one, going by its time, or a more final one? */
rebuff_status rbf_attempt_told(rbf_store *store, const rbf_delivery *d, rebuff_kind kind,
	int64_t time_ms, bool *known, rebuff_error *err);

/* The hook that may change a suppression. */
typedef struct {
	rbf_hooks *hooks;
	int provider_n;
	const rbf_hook_event *event;
	char *why; /* [REBUFF_TEXT_MAX] what it says for log and report, "" nothing; NULL: not asked
		    */
} rbf_striker;

/* Act on a finding against the address of `d`: count it, and suppress when the rule says so.
 * *suppressed: 0 no, 1 yes, 2 would have been (observed only, or the breaker is open). */
rebuff_status rbf_strike(rebuff_ctx *ctx, const rbf_policy *policy, const rbf_delivery *d,
	const rebuff_classification *reply, rebuff_span text, rebuff_span source_ip,
	const rbf_decision *decision, const rbf_striker *by, int64_t now_ms, int *suppressed,
	rebuff_error *err);
/* Count an outcome of the recipient `d`, and look what many of them say together (alarm.h). */
rebuff_status rbf_attempt_tally(rebuff_ctx *ctx, const rbf_delivery *d, rebuff_span source_ip,
	const rbf_tally *add, rebuff_span text, int64_t time_ms, rebuff_error *err);
/* Messages a minute to a provider whose hold probes. */
#define RBF_PROBE_RATE 0.2
/* A hold is over: what waited goes first in, first out, from the policy's starting rate on. */
rebuff_status rbf_hold_released(rebuff_ctx *ctx, const rbf_config *config, const rbf_key *scope,
	const char *why, int64_t now_ms, rebuff_error *err);
/* A result came for `d`: a hold of its provider that probes learns from it (probe.c). */
rebuff_status rbf_probe_learn(rebuff_ctx *ctx, const rbf_config *config, const rbf_delivery *d,
	const char *source_ip, bool blocked, int64_t now_ms, rebuff_error *err);
/* Holds that have run out probe, or are over; what waits behind probes gets its lanes. */
rebuff_status rbf_probe_begin(
	rebuff_ctx *ctx, const rbf_config *config, int64_t now_ms, rebuff_error *err);
#endif
