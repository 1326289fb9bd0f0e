/*
 * classify.h - what a reply means: literal phrases and conditions on code, enhanced code, provider
 * and stage, in one automaton, weighed in a fixed order of evidence.
 */
#ifndef RBF_CLASSIFY_CLASSIFY_H
#define RBF_CLASSIFY_CLASSIFY_H
#include "smtp/reply.h"

enum { RBF_PHRASES_MAX = 4 }; /* literals of one rule, in order */

/* A rule as a policy file gives it. Spans are borrowed for the call of rbf_rules_add. */
typedef struct {
	rebuff_span
		phrase[RBF_PHRASES_MAX]; /* must follow one another; none: the codes alone decide */
	uint32_t phrase_n;
	bool words; /* phrases begin and end at word borders: "rbl" is not in "marble" */
	uint16_t code; /* 0: any; 4, 5: that class; 450: exactly */
	char enhanced[16]; /* "", "5.1.1", "5.1.*", "*.1.1" */
	rebuff_stage stage; /* REBUFF_STAGE_UNKNOWN: any */
	int provider; /* -1: a general rule */
	bool only_here; /* a provider's rule that says nothing at other providers */
	bool operators; /* from the operator's folder: wins over shipped ones of the same kind */
	rebuff_category category;
	int fault; /* a rebuff_fault, or -1: the category's usual one */
	int action; /* a rebuff_action, or -1: what category and code give */
	rebuff_scope scope;
	double confidence; /* 0..1; a phrase below 0.5 is a hint, which yields to a better code */
	int weight; /* added to the strength of its phrases, -100..100 */
	rebuff_span origin; /* file:line */
	rebuff_span source; /* where the fact comes from */
	rebuff_span note; /* for people */
} rbf_rule;

typedef struct rbf_rules rbf_rules;

rbf_rules *rbf_rules_new(void);
void rbf_rules_free(rbf_rules *r);
/* Copies what it needs. REBUFF_EARG for an empty phrase or a value out of range, with the origin.
 */
rebuff_status rbf_rules_add(rbf_rules *r, const rbf_rule *rule, rebuff_error *err);
/* Build the automaton; afterwards read-only and shared between threads. */
rebuff_status rbf_rules_seal(rbf_rules *r, rebuff_error *err);
size_t rbf_rules_count(const rbf_rules *r);
/* Is the address dead by such an answer, so that it is suppressed? */
static inline bool rbf_is_dead(unsigned category)
{
	return category == REBUFF_ADDRESS_BAD || category == REBUFF_MAILBOX_DISABLED ||
		category == REBUFF_DOMAIN_BAD;
}
/* The fault that a category usually means. */
rebuff_fault rbf_usual_fault(rebuff_category category);
/* What it is usually about. */
rebuff_scope rbf_usual_scope(rebuff_category category);
/* Category, fault and scope were changed: set what follows from them and the code. action: a
 * rebuff_action that is asked for, as by a rule, or -1. */
void rbf_reclassify(rebuff_classification *c, rebuff_stage stage, int action);

/* A rule that can never decide, because another one is found wherever it is. */
typedef enum {
	RBF_RULES_CONFLICT, /* equally strong, and means something else */
	RBF_RULES_SHADOWED, /* stronger, and means something else */
	RBF_RULES_SUPERFLUOUS, /* at least as strong, and means the same */
} rbf_rules_finding_kind;

typedef struct {
	rbf_rules_finding_kind kind;
	const char *origin, *by; /* FILE:LINE of the rule and of the other */
	rebuff_category category, by_category;
	const char *phrase[RBF_PHRASES_MAX]; /* the rule's, in lower case */
	uint8_t phrase_n; /* 0: it rests on codes alone */
} rbf_rules_finding;

/* Tell of every such rule of a sealed set, each once, beside the strongest that stands before it;
 * `found` may be NULL. Returns how many there are, SIZE_MAX without memory. */
size_t rbf_rules_conflicts(
	const rbf_rules *r, void (*found)(void *ud, const rbf_rules_finding *f), void *ud);

/*
 * How the winner is found among the rules that match. Kinds, the stronger first: the provider's own
 * phrase; its own code; a phrase (general, or of another provider unless only_here); hints and
 * codes. Within a kind the operator's rules come first; phrases then go by strength (letters, plus
 * what is asked of codes and stage), a general one before another provider's; hints and codes go by
 * confidence. The second best phrase goes before the best when a clear code says the same, it is
 * not much weaker, and no address is killed by that. At the banner, EHLO and MAIL no rule that
 * blames the recipient counts. The order in which rules were added does not matter.
 */
/* Classify a parsed reply. provider: its number or -1. step/ud: each step as a printable line, or
 * NULL. Fills every field of out but `provider` (a name, the caller's). */
void rbf_classify(const rbf_rules *r, const rbf_reply *reply, int provider, rebuff_stage stage,
	rebuff_classification *out, void (*step)(void *ud, const char *line), void *ud);
#endif
