/*
 * table.h - the automaton's tables, as automaton.c makes them and scan.c walks them. Nobody else
 * needs them.
 *
 * States are numbered depth first, so that a phrase lies in one run: the step that is most likely
 * leads to the next number, and kind[] alone (two bytes a state) decides whether it is taken. If
 * not: the other children of the state, then those of its suffix (the state of the longest proper
 * suffix of what was read), and so on. Where the suffix is one symbol deep or less, the last two
 * symbols say all: pair[]. Work a byte: constant on the whole, since each suffix is shorter by what
 * earlier bytes made longer.
 */
#ifndef RBF_CLASSIFY_TABLE_H
#define RBF_CLASSIFY_TABLE_H
#include "classify/automaton.h"

#define RBF_NONE UINT32_MAX

enum {
	RBF_SYMBOL = 0xff, /* of symbol[] and kind[]: the symbol */
	RBF_SPECIAL = 0x100, /* in symbol[]: a quote, or the upper half of a byte over 0x7f */
	RBF_ENDS = 0x100, /* in kind[]: a literal ends here */
	RBF_SHALLOW = 0x200, /* in kind[]: every other step is pair[]'s */
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

typedef struct {
	uint32_t suffix; /* a state two symbols deep or more; 0: pair[] knows the rest */
	uint32_t row; /* children but the first are at children[row + symbol]; RBF_NONE: none */
} rbf_turn;

typedef struct {
	uint32_t owner, child; /* rows lie in each other's gaps */
} rbf_child;

struct rbf_automaton {
	uint16_t symbol[256]; /* of a byte; 0: in no literal */
	uint16_t low[16]; /* symbol of a lower half */
	uint32_t symbols;
	uint32_t states; /* 0 is the start */
	uint16_t *kind; /* [state]: the symbol that leads to state + 1, RBF_ENDS */
	uint32_t *pair; /* [before * symbols + symbol]: a state of at most two symbols */
	rbf_turn *turn; /* [state] */
	rbf_child *children;
	uint32_t children_n;
	uint32_t *output; /* [state]: its node, or RBF_NONE */
	rbf_node *nodes;
	uint32_t node_n;
	uint32_t *literals; /* ids, grouped by node */
	bool *repeat; /* by id */
	size_t literal_n;
};
#endif
