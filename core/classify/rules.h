/* rules.h - the sealed rule set as classify.c walks it. Nobody else needs it. */
#ifndef RBF_CLASSIFY_RULES_H
#define RBF_CLASSIFY_RULES_H
#include "classify/automaton.h"
#include "classify/classify.h"
#include "classify/guess.h"
#include "classify/signs.h"

enum {
	RBF_RULES_MAX = 20000,
	RBF_LATER_MAX = RBF_RULES_MAX * (RBF_PHRASES_MAX - 1),
	/* What is remembered while a text is read has numbers from 1. */
	RBF_NUMBERS_MAX = RBF_LITERALS_MAX + RBF_LATER_MAX,
	RBF_NOBODY = -2, /* no provider's number, not even that of none */
	RBF_ANY = 0xffff, /* an enhanced code's subject or detail that does not matter */
	/* by_code: for each code (4 and 5 for the classes, 200..599) a list for each stage, first
	 * the one for any. */
	RBF_CODE_LISTS = 600 * REBUFF_STAGE_N,
	/* by_enhanced: a row for any subject, one for each of RFC 3463, one for all others; in it
	 * any detail, then 0..999. */
	RBF_SUBJECTS = 8,
	RBF_DETAILS = 1001,
	RBF_ENHANCED_LISTS = (RBF_SUBJECTS + 2) * RBF_DETAILS,
};

/* One rule, what is looked at most in its first bytes; texts lie in the pool. */
typedef struct {
	uint64_t rank; /* at any provider but its own */
	uint16_t code;
	uint16_t subject, detail; /* RBF_ANY: any; both any and class_ 0: no condition */
	int16_t provider;
	uint8_t class_; /* of the enhanced code, 0: any */
	uint8_t phrase_n;
	uint8_t stage, category, scope;
	int8_t fault, action;
	bool enhanced, only_here, blames_recipient, words, operators;
	uint16_t strength;
	float confidence;
	uint32_t literal[RBF_PHRASES_MAX];
	uint32_t text[RBF_PHRASES_MAX]; /* offsets of the phrases */
	uint32_t evidence; /* the phrases as they are shown */
	uint32_t origin; /* offset of file:line; behind it lie source and note */
	uint16_t evidence_len, origin_len;
} rbf_sealed;

/* What is asked of a literal when it is found. */
typedef struct {
	uint32_t first; /* rules of this one phrase: single[first] .. those of the next one */
	uint32_t later; /* rules that go on with it: later[later] .. those of the next one */
	uint16_t len; /* bytes */
	uint16_t number; /* from 1, where it must be remembered that it was found; else 0 */
	bool words; /* only at word borders */
	bool plain; /* one plain word: not looked for inside addresses, URLs, host names */
} rbf_sealed_literal;

/* A rule of this one phrase, with what is looked at first when the phrase is found: most come too
 * late to matter. */
typedef struct {
	uint64_t rank; /* at any provider but its own; 0 where it says nothing there */
	uint32_t rule;
	int16_t provider; /* its own; RBF_NOBODY for a general one */
	uint8_t category;
} rbf_single;

/* Rules by something: those of key k are list[first[k]] .. list[first[k + 1] - 1]. */
typedef struct {
	uint32_t *first;
	uint32_t *list;
} rbf_index;

/* A rule of several phrases, at one that is not its first. Its number is its place in later[]
 * behind the numbers of the literals. */
typedef struct {
	uint32_t rule;
	uint32_t before; /* number of what must have been found before: the literal that the rule
			    begins with, or the rule at the phrase before this one */
	bool last;
} rbf_later;

struct rbf_rules {
	rbf_sealed *rules;
	size_t n, cap;
	char *pool;
	size_t pool_n, pool_cap;
	bool sealed;
	/* made by seal */
	rbf_automaton *automaton; /* literals, then marks */
	rbf_mark marks[RBF_MARKS_MAX];
	rbf_sealed_literal *literals; /* [literal_n + 1] */
	size_t literal_n, numbered, later_n;
	rbf_single *single;
	rbf_later *later;
	rbf_index by_code; /* rules without phrase and enhanced code */
	rbf_index by_enhanced; /* rules without phrase, with enhanced code */
	rbf_guess *guess;
};

/* One number that orders the rules found in a reply of this provider (-1: unknown), the highest
 * wins; and whose fault a rule says it is. In classify.c. */
uint64_t rbf_rules_rank(const rbf_sealed *s, int provider);
rebuff_fault rbf_rules_fault(const rbf_sealed *s);

/* The key in by_code of the list for any stage; those for the others follow. */
static inline size_t rbf_code_key(uint16_t code)
{
	return (size_t)code * REBUFF_STAGE_N;
}

/* The key in by_enhanced of a code's, or a rule's, subject and detail. */
static inline size_t rbf_enhanced_key(uint16_t subject, uint16_t detail)
{
	size_t row = subject == RBF_ANY	 ? 0
		: subject < RBF_SUBJECTS ? subject + 1
					 : RBF_SUBJECTS + 1;
	return row * RBF_DETAILS + (detail == RBF_ANY ? 0 : detail + 1);
}

static inline const char *rbf_rules_text(const rbf_rules *r, uint32_t offset)
{
	return r->pool + offset;
}
#endif
