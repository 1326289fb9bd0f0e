/*
 * policy.h - a category and what happened before make a decision. Plain values, no Lua, no store:
 * script/ fills the structs from the policy files, engine/ carries the decision out.
 */
#ifndef RBF_POLICY_POLICY_H
#define RBF_POLICY_POLICY_H
#include "rebuff.h"

enum { RBF_LADDER_STEPS = 12, RBF_NO_JITTER = 200020000 };

/* Where a value comes from: file:line. Kept so that every decision can be explained; belongs to
 * the loaded configuration. */
typedef const char *rbf_origin;

/* When to come back: step_s[0], step_s[1] ..., then the last times `factor` each, at most max_s. */
typedef struct {
	int64_t step_s[RBF_LADDER_STEPS];
	uint32_t step_n; /* at least 1 */
	double factor; /* >= 1 */
	int64_t max_s;
	double jitter; /* share of a step, 0..0.5, added or taken at random */
	int64_t give_up_s; /* after the first failure, held time not counted */
	uint32_t give_up_attempts; /* and not before so many real attempts */
	rbf_origin origin;
} rbf_ladder;

/* Whose mail a suppression stops. */
typedef enum {
	RBF_SUPPRESS_ALL,
	RBF_SUPPRESS_DOMAIN, /* the sender's domain's */
	RBF_SUPPRESS_STREAM,
	RBF_SUPPRESS_SCOPE_N
} rbf_suppress_scope;

/* When to stop mailing an address. */
typedef struct {
	unsigned given; /* which fields the category has of its own (a bit a field, settings.c); the
			   others are those of `soft` */
	bool on;
	uint32_t after; /* so many findings ... */
	int64_t within_s; /* ... within this time */
	int64_t over_s; /* ... the first and the last at least this far apart; 0: no matter */
	int64_t lasts_s; /* 0: for ever */
	double growth; /* the next suppression of the same address lasts so many times longer, >= 1
			*/
	int scope; /* a rbf_suppress_scope */
	bool probe; /* the first refusal after its end renews it at once */
	rbf_origin origin;
} rbf_suppress_rule;

/* Messages a minute; 0 = no limit. The slow lane starts at `start`, is halved by each rate-limit
 * reply down to `floor`, and grows by `growth` a minute of successes up to `ceiling`, where it
 * ends. */
typedef struct {
	double start, floor, ceiling, growth;
	rbf_origin origin;
} rbf_pace_rule;

typedef struct {
	double share; /* of the answers that would suppress, 0..1 */
	uint32_t at_least; /* so many of them */
	int64_t within_s;
	rbf_origin origin;
} rbf_breaker_rule;

/* When a provider or stream fails so that it is told and held. */
typedef struct {
	bool hold;
	uint32_t blocked; /* refusals for what we are, of one provider */
	double share; /* of its final answers, 0..1 */
	int64_t lasts_s, longest_s; /* of a hold, and after probes that were refused */
	double hard, failed; /* shares of a stream's final outcomes ... */
	uint32_t volume; /* ... from so many on */
	rbf_origin origin;
} rbf_alarm_rule;

/* Everything that can differ from provider to provider. */
typedef struct {
	char provider[REBUFF_NAME_MAX]; /* "" for the default */
	bool observe; /* decide and record, act on nothing */
	rbf_ladder retry[REBUFF_CATEGORY_N];
	/* A message that ends in this category counts against the address: as a hard finding where
	 * the file names the category, as a soft one elsewhere. */
	rbf_suppress_rule suppress[REBUFF_CATEGORY_N];
	rbf_suppress_rule
		soft; /* of categories that are hard when they end as a 5xx, but did not */
	rbf_suppress_rule bare; /* a bare 5xx at RCPT that nothing explains */
	rbf_pace_rule pace;
	rbf_breaker_rule breaker;
	rbf_alarm_rule alarm;
	int64_t wait_min_s, wait_max_s; /* a stated wait is clamped to this */
	double wait_jitter;
	bool refuse_backscatter; /* bounces of mail that is not ours; of the default policy alone */
	int64_t hold_s; /* how long a reply that asks for it holds the provider */
	int64_t lifetime_s; /* give up on everything older, held or not */
	rbf_origin origin;
} rbf_policy;

/* Can a deferral end in this category, so that it has a ladder? */
bool rbf_category_defers(rebuff_category category);
/* Can an answer of this category be the recipient's fault, so that it has a rule of suppression? */
bool rbf_category_strikes(rebuff_category category);
/* Is it said of an address that is dead? Then a refusal is a hard finding. */
bool rbf_category_hard(rebuff_category category);

/* What is known of this recipient of this message. */
typedef struct {
	int64_t now_ms;
	int64_t first_failure_ms; /* 0: this is the first */
	int64_t received_ms; /* when the MTA took the message; 0 unknown */
	int64_t held_ms; /* time under holds since the first failure */
	uint32_t attempts; /* real attempts, this one included */
	uint32_t category_attempts; /* of which ended in this category, this one included */
	bool wait_believed; /* a stated wait was already obeyed for this message */
	bool clock_unsteady; /* wall time has just jumped: nothing is given up on */
	uint32_t random; /* for the jitter; RBF_NO_JITTER for none */
} rbf_history;

typedef enum {
	RBF_DECIDE_DONE, /* accepted */
	RBF_DECIDE_RETRY, /* at due_ms */
	RBF_DECIDE_GIVE_UP, /* a deferral that has lasted too long: one soft bounce */
	RBF_DECIDE_FAIL /* the MTA bounces it */
} rbf_decide;

typedef struct {
	rbf_decide what;
	int64_t due_ms;
	bool wait_believed;
	bool strike; /* a finding against the address ... */
	const rbf_suppress_rule *rule; /* ... counted by this rule (borrowed from the policy) */
	rebuff_class class_; /* of the suppression it may become */
	double confidence;
	bool slow; /* halve the provider's rate */
	int64_t hold_s; /* hold the provider for so long; 0: not */
	bool counts_attempt; /* greylisting, transaction and session limits are not counted */
	char why[REBUFF_TEXT_MAX];
} rbf_decision;

/* Decide from the reply, the policy of its provider and the history. `failed` when the MTA has
 * already given up (5xx). Pure: the same input gives the same decision. */
void rbf_policy_decide(const rbf_policy *policy, const rebuff_classification *reply, bool failed,
	const rbf_history *history, rbf_decision *out);
/* When to come back: step number `n` (1 = first) of a ladder with jitter from `random`, in ms. */
int64_t rbf_ladder_ms(const rbf_ladder *ladder, uint32_t n, uint32_t random);
#endif
