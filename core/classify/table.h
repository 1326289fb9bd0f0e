/*
 * table.h - the automaton's tables, as automaton.c makes them and scan.c walks them. Nobody else
 * needs them.
 *
 * States are numbered depth first, so that a phrase lies in one run: the step that is most likely
 * leads to the next number, and four bytes a state say by which symbol. If it is another, a row may
 * know it: the other children of the state, and where its suffixes (the states of the proper
 * suffixes of what was read) go on from there. Else the last two symbols say all: pair[]. The
 * states of at most two symbols, where a walk mostly is, come first, and the frequent symbols have
 * the small numbers, so that what is much used lies close together. Work a byte: constant.
 */
#ifndef RBF_CLASSIFY_TABLE_H
#define RBF_CLASSIFY_TABLE_H
#include "classify/automaton.h"

#define RBF_NONE UINT32_MAX

enum {
	/* In state[], from below: the symbol that leads to the next state, or RBF_NO_SYMBOL;
	 * whether a literal ends here; the start of the row. */
	RBF_SYMBOL = 0xff,
	RBF_ENDS = 0x100,
	RBF_ROW_SHIFT = 9,
	RBF_NO_SYMBOL = 0xff,
	RBF_SLOTS_MAX = 1 << (32 - RBF_ROW_SHIFT),
	/* In symbol[], beside the symbol: a quote, or the upper half of a byte over 0x7f. No state
	 * goes on with such a byte as it is. */
	RBF_SPECIAL = 0x80,
	/* Symbols that there may be: the first one, ASCII without capitals, the halves. */
	RBF_SYMBOLS = 128,
	RBF_PAIR_SHIFT = 7,
};

/* What ends in a state: literals of one length, then those of the node `next`, which are shorter.
 */
typedef struct {
	uint32_t first, n; /* in literals[] */
	uint32_t next; /* a node, or RBF_NONE */
	uint16_t len; /* bytes of these literals */
	bool repeat; /* it, or a node behind it, must be reported each time */
} rbf_node;

struct rbf_automaton {
	uint8_t symbol[256]; /* of a byte; 0: in no literal */
	uint8_t low[16]; /* symbol of a lower half */
	uint32_t symbols;
	uint32_t states; /* 0 is the start */
	uint32_t *state;
	uint16_t *pair; /* [before << RBF_PAIR_SHIFT | symbol]: a state of at most two symbols */
	/* A row's step by a symbol leads to to[start + symbol], if owner[start + symbol] is that
	 * symbol: rows lie in each other's gaps, but no two have the same start. States share rows;
	 * the one at 0 is empty. */
	uint8_t *owner; /* or RBF_NO_SYMBOL */
	uint32_t *to;
	uint32_t slot_n;
	uint32_t *output; /* [state]: its node, or RBF_NONE */
	rbf_node *nodes;
	uint32_t node_n;
	uint32_t *literals; /* ids, grouped by node */
	bool *repeat; /* by id */
	size_t literal_n;
};
#endif
