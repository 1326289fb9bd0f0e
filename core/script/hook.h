/*
 * hook.h - the functions that policy files define: classify, decide, suppress. They run where the
 * result is recorded, each call protected and under bounds; whatever goes wrong, what was decided
 * without the hook stands, and the error is logged and counted. A hook that fails too often is
 * switched off until the next load.
 */
#ifndef RBF_SCRIPT_HOOK_H
#define RBF_SCRIPT_HOOK_H
#include "policy/policy.h"

typedef enum { RBF_HOOK_CLASSIFY, RBF_HOOK_DECIDE, RBF_HOOK_SUPPRESS, RBF_HOOK_N } rbf_hook_point;

typedef struct rbf_hooks rbf_hooks;

/* What a hook may look at. Borrowed for the call; what is not known is "" or -1. */
typedef struct {
	const rebuff_classification *reply;
	rebuff_span text, recipient, sender, host, ip, source_ip, transport;
	const char *stream, *provider;
	rebuff_stage stage;
	bool failed;
	uint32_t attempts;
	int64_t now_ms, age_s, failing_s, held_s;
} rbf_hook_event;

/* A suppression that is about to come into force. */
typedef struct {
	int64_t lasts_s; /* 0: for ever */
	int scope; /* a rbf_suppress_scope */
	bool skip;
	char why[REBUFF_TEXT_MAX]; /* "" when the hook changed nothing */
} rbf_hook_suppression;

/* Is there any hook for this point? Any thread. */
bool rbf_hook_any(const rbf_hooks *h, rbf_hook_point point);
/* The number of the one that is called (for rbf_hook_state_of); SIZE_MAX: none. */
size_t rbf_hook_for(
	const rbf_hooks *h, rbf_hook_point point, int provider, const rbf_hook_event *event);
/* The hook for the provider, and for the stream and source address of the event, is called: the
 * narrowest, as with settings. Each may change its last argument. `h` NULL: nothing. Any thread;
 * one call at a time runs. */
void rbf_hook_classify(
	rbf_hooks *h, int provider, const rbf_hook_event *event, rebuff_classification *reply);
/* `rule` is room for a rule that the hook makes; it must live as long as the decision. */
void rbf_hook_decide(rbf_hooks *h, int provider, const rbf_hook_event *event,
	const rbf_policy *policy, rbf_decision *decision, rbf_suppress_rule *rule);
void rbf_hook_suppress(
	rbf_hooks *h, int provider, const rbf_hook_event *event, rbf_hook_suppression *suppression);

typedef struct {
	rbf_hook_point point;
	int provider; /* -1: the default's */
	const char *stream, *source; /* "": any */
	const char *origin;
	uint64_t calls, failures;
	bool off; /* failed too often */
	char problem[REBUFF_TEXT_MAX]; /* of the last failure */
} rbf_hook_state;

/* Hooks in the order in which they were read. Returns false behind the last one. */
bool rbf_hook_state_of(rbf_hooks *h, size_t i, rbf_hook_state *out);
const char *rbf_hook_name(rbf_hook_point point);
#endif
