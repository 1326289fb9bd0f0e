/*
 * automaton.h - find many literals in one pass over a text (Aho and Corasick 1975), ignoring ASCII
 * case. The cost of a byte does not depend on how many literals there are.
 */
#ifndef RBF_CLASSIFY_AUTOMATON_H
#define RBF_CLASSIFY_AUTOMATON_H
#include "rebuff.h"

enum {
	RBF_LITERALS_MAX = 32768,
	RBF_LITERAL_MAX = 256, /* bytes of one literal */
};

typedef struct {
	rebuff_span text; /* 1 .. RBF_LITERAL_MAX bytes; borrowed for the call of build */
	bool repeat; /* report every occurrence, not only the first */
} rbf_literal;

typedef struct rbf_automaton rbf_automaton;

/* Build from literals[n]; equal ones may be given twice. Returns NULL without memory. Bounds are
 * the caller's to keep. */
rbf_automaton *rbf_automaton_build(const rbf_literal *literals, size_t n);
/* Accepts NULL. */
void rbf_automaton_free(rbf_automaton *a);
/* Bytes of memory that it takes. */
size_t rbf_automaton_size(const rbf_automaton *a);
/* Call hit(ud, literal, end) for occurrences in order of their end (offset of the byte after the
 * last); a literal without `repeat` once at most. No allocation. Work: one or two steps a byte, and
 * for each `repeat` occurrence at most one per literal that ends there. */
void rbf_automaton_scan(const rbf_automaton *a, rebuff_span text,
	void (*hit)(void *ud, uint32_t literal, size_t end), void *ud);
#endif
