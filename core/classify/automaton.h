/*
 * automaton.h - find many literals in one pass over a text (Aho and Corasick 1975). The cost of a
 * byte does not depend on how many literals there are. ASCII case does not matter, nor do quotes
 * (" ' ` and the curved ones), nor an e-mail address in the midst of a literal: "user unknown" is
 * found in "User <bob@example.org> 'unknown'". The text is taken as if a space stood at either end.
 */
#ifndef RBF_CLASSIFY_AUTOMATON_H
#define RBF_CLASSIFY_AUTOMATON_H
#include "rebuff.h"

enum {
	RBF_LITERALS_MAX = 32768,
	RBF_LITERAL_MAX = 256, /* bytes of one literal */
};

typedef struct {
	rebuff_span text; /* 1 .. RBF_LITERAL_MAX bytes without quotes; borrowed for the call of
			     build */
	bool repeat; /* report every occurrence, not only the first */
} rbf_literal;

typedef struct rbf_automaton rbf_automaton;

/* Build from literals[n]; equal ones may be given twice. Returns NULL without memory, or when the
 * tables would need more than eight million slots. Bounds are the caller's to keep. */
rbf_automaton *rbf_automaton_build(const rbf_literal *literals, size_t n);
/* Accepts NULL. */
void rbf_automaton_free(rbf_automaton *a);
/* Bytes of memory that it takes. */
size_t rbf_automaton_size(const rbf_automaton *a);
/* Bytes of a quote at text[i]: 1, 3 for a curved one, 2 for one behind a backslash; 0: none. */
size_t rbf_quote_at(rebuff_span text, size_t i);
/* A literal that was found in text[start..end), with the quotes and the address that lie in it. */
typedef struct {
	uint32_t literal, start, end;
} rbf_hit;

/* Call found(ud, hits, n) for all that is found, in order of their ends, some at a time. A literal
 * without `repeat` once at most. No allocation. Work: one step a byte, two for some bytes behind an
 * address, and for each `repeat` occurrence at most one per literal that ends there. */
void rbf_automaton_scan(const rbf_automaton *a, rebuff_span text,
	void (*found)(void *ud, const rbf_hit *hits, size_t n), void *ud);
#endif
