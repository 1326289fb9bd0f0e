/* rules.h - the sealed rule set as classify.c walks it. Nobody else needs it. */
#ifndef RBF_CLASSIFY_RULES_H
#define RBF_CLASSIFY_RULES_H
#include "classify/automaton.h"
#include "classify/classify.h"

enum {
	RBF_RULES_MAX = 20000,
	RBF_ANY = 0xffff, /* an enhanced code's subject or detail that does not matter */
	RBF_CODE_LISTS = 600, /* by_code: 4 and 5 for the classes, 200..599, 0 for any code */
};

/* One rule, 64 bytes, what is looked at most in the first of them; texts lie in the pool. */
typedef struct {
	uint16_t code;
	uint16_t subject, detail; /* RBF_ANY: any; both any and class_ 0: no condition */
	int16_t provider;
	uint8_t class_; /* of the enhanced code, 0: any */
	uint8_t phrase_n;
	uint8_t stage, category, scope;
	int8_t fault, action;
	bool words, only_here, operators, enhanced;
	uint16_t strength;
	float confidence;
	uint32_t literal[RBF_PHRASES_MAX];
	uint32_t text[RBF_PHRASES_MAX]; /* offsets of the phrases */
	uint32_t origin; /* offset of file:line; behind it lie source and note */
} rbf_sealed;

/* What is asked of a literal when it is found. */
typedef struct {
	uint32_t first; /* rules of this one phrase: by_literal[first] .. those of the next one */
	uint32_t ordered; /* rules that begin with it: ordered[ordered] .. those of the next one */
	uint16_t later; /* its number among second and later phrases, from 1; 0: none */
	bool words; /* only at word borders */
	bool plain; /* one plain word: not looked for inside addresses, URLs, host names */
} rbf_sealed_literal;

/* Rules by something: those of key k are list[first[k]] .. list[first[k + 1] - 1]. */
typedef struct {
	uint32_t *first;
	uint32_t *list;
} rbf_index;

typedef struct {
	uint16_t subject, detail;
	uint32_t rule;
} rbf_by_enhanced;

/* A rule of several phrases. */
typedef struct {
	uint32_t rule;
	uint16_t second; /* number among the later literals of its second phrase */
} rbf_ordered;

struct rbf_rules {
	rbf_sealed *rules;
	size_t n, cap;
	char *pool;
	size_t pool_n, pool_cap;
	bool sealed;
	/* made by seal */
	rbf_automaton *automaton;
	rbf_sealed_literal *literals; /* [literal_n + 1] */
	size_t literal_n, later_n;
	uint32_t *by_literal;
	rbf_ordered *ordered;
	rbf_index by_code; /* rules without phrase and enhanced code */
	rbf_by_enhanced *enhanced; /* rules without phrase, with enhanced code, sorted */
	size_t enhanced_n;
};

/* One number that orders the rules found in a reply of this provider (-1: unknown), the highest
 * wins; and whose fault a rule says it is. In classify.c. */
uint64_t rbf_rules_rank(const rbf_sealed *s, int provider);
rebuff_fault rbf_rules_fault(const rbf_sealed *s);

static inline const char *rbf_rules_text(const rbf_rules *r, uint32_t offset)
{
	return r->pool + offset;
}
#endif
