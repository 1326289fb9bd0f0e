/*
 * table.h - the automaton's tables, as automaton.c makes them and scan.c walks them. Nobody else
 * needs them.
 *
 * States are numbered depth first, so that a phrase lies in one run: the step that is most likely
 * leads to the next number, and kind[] alone (two bytes a state) decides whether it is taken. If
 * not, a row may know it: the other children of the state, and where its suffixes (the states of
 * the proper suffixes of what was read) go on from there. Else the last two symbols say all:
 * pair[]. Work a byte: constant.
 */
#ifndef RBF_CLASSIFY_TABLE_H
#define RBF_CLASSIFY_TABLE_H
#include "classify/automaton.h"

#define RBF_NONE UINT32_MAX

enum {
	RBF_SYMBOL = 0xff, /* of symbol[] and kind[]: the symbol */
	RBF_SPECIAL = 0x100, /* in symbol[]: a quote, or the upper half of a byte over 0x7f */
	RBF_ENDS = 0x100, /* in kind[]: a literal ends here */
	RBF_NO_CHILD = 0xff, /* in kind[], in place of the symbol */
};

/* What ends in a state: literals of one length, then those of the node `next`, which are shorter.
 */
typedef struct {
	uint32_t first, n; /* in literals[] */
	uint32_t next; /* a node, or RBF_NONE */
	uint16_t len; /* bytes of these literals */
	bool repeat; /* it, or a node behind it, must be reported each time */
} rbf_node;

/* The step by a symbol is children[start + symbol], where that has the row's id: rows lie in each
 * other's gaps. States share rows. */
typedef struct {
	uint32_t start, id; /* from 1; RBF_NONE: there is nothing in it */
} rbf_row;

typedef struct {
	uint32_t id, to;
} rbf_child;

struct rbf_automaton {
	uint16_t symbol[256]; /* of a byte; 0: in no literal */
	uint16_t low[16]; /* symbol of a lower half */
	uint32_t symbols;
	uint32_t states; /* 0 is the start */
	uint16_t *kind; /* [state]: the symbol that leads to state + 1, RBF_ENDS */
	uint32_t *pair; /* [before * symbols + symbol]: a state of at most two symbols */
	rbf_row *row; /* [state] */
	uint32_t row_n;
	rbf_child *children;
	uint32_t child_n;
	uint32_t *output; /* [state]: its node, or RBF_NONE */
	rbf_node *nodes;
	uint32_t node_n;
	uint32_t *literals; /* ids, grouped by node */
	bool *repeat; /* by id */
	size_t literal_n;
};
#endif
