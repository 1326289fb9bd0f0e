/*
 * automaton.c - the literals become a trie, the trie a dense table: one row a state, one column a
 * symbol, so that a step is one load. Bytes that no literal contains share a column; a byte over
 * 0x7f is two symbols, its halves, which keeps rows short in spite of all the world's alphabets.
 * States are numbered breadth first: the shallow ones, where ordinary text stays, lie together.
 */
#include "classify/automaton.h"

#include <stdlib.h>
#include <string.h>

#include "base/span.h"

#define NONE UINT32_MAX
#define HAS_OUTPUT 0x80000000U /* in a table entry: something ends in that state */

/* What ends in a state: its own literals, then those of the node `next` (a shorter suffix). */
typedef struct {
	uint32_t first, n; /* in literals[] */
	uint32_t next; /* a node, or NONE */
	bool repeat; /* it, or a node behind it, must be reported each time */
} node;

struct rbf_automaton {
	uint16_t symbol[256]; /* of a byte; of its upper half if over 0x7f */
	uint16_t low[16]; /* symbol of a lower half */
	uint32_t symbols;
	uint32_t states;
	uint32_t *table; /* [states * symbols]: the next state's row, | HAS_OUTPUT */
	uint32_t *output; /* [states]: its node, or NONE */
	node *nodes;
	uint32_t node_n;
	uint32_t *literals; /* ids, grouped by node */
	bool *repeat; /* by id */
	size_t literal_n;
};

/* ---- the trie that the table is made from ------------------------------------------------------
 */

typedef struct {
	uint32_t child, sibling; /* 0: none (the root is nobody's child) */
	uint32_t literal; /* first that ends here, or NONE; the others hang off chain[] */
	uint16_t symbol;
} trie_state;

typedef struct {
	trie_state *s;
	uint32_t n;
	uint32_t *chain; /* by literal id: the next literal with the same text, or NONE */
	uint32_t *root; /* by symbol: child of the root, 0 for none */
} trie;

static void assign_symbols(rbf_automaton *a, const rbf_literal *literals, size_t n)
{
	bool used[256] = {false}, high = false;
	a->symbols = 1; /* symbol 0: a byte that no literal has */
	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; k < literals[i].text.len; k++) {
			unsigned char c = rbf_lower((unsigned char)literals[i].text.p[k]);
			used[c] = true;
			high = high || c > 0x7f;
		}
	for (unsigned c = 0; c < 128; c++)
		if (used[c])
			a->symbol[c] = (uint16_t)a->symbols++;
	for (unsigned c = 'A'; c <= 'Z'; c++)
		a->symbol[c] = a->symbol[c + 32];
	for (unsigned half = 8; high && half < 16; half++, a->symbols++)
		for (unsigned k = 0; k < 16; k++)
			a->symbol[half * 16 + k] = (uint16_t)a->symbols;
	for (unsigned half = 0; high && half < 16; half++)
		a->low[half] = (uint16_t)a->symbols++;
}

static uint32_t trie_child(const trie *t, uint32_t state, uint16_t symbol)
{
	if (state == 0)
		return t->root[symbol];
	uint32_t c = t->s[state].child;
	while (c && t->s[c].symbol != symbol)
		c = t->s[c].sibling;
	return c;
}

static uint32_t trie_step(trie *t, uint32_t state, uint16_t symbol)
{
	uint32_t c = trie_child(t, state, symbol);
	if (c)
		return c;
	c = t->n++;
	t->s[c] = (trie_state){.sibling = t->s[state].child, .literal = NONE, .symbol = symbol};
	t->s[state].child = c;
	if (state == 0)
		t->root[symbol] = c;
	return c;
}

static void trie_insert(trie *t, const rbf_automaton *a, rebuff_span text, uint32_t id)
{
	uint32_t state = 0;
	for (size_t i = 0; i < text.len; i++) {
		unsigned char c = (unsigned char)text.p[i];
		state = trie_step(t, state, a->symbol[c]);
		if (c > 0x7f)
			state = trie_step(t, state, a->low[c & 15]);
	}
	t->chain[id] = t->s[state].literal;
	t->s[state].literal = id;
}

static void trie_free(trie *t)
{
	free(t->s);
	free(t->chain);
	free(t->root);
}

static bool trie_build(trie *t, const rbf_automaton *a, const rbf_literal *literals, size_t n)
{
	size_t bytes = 1;
	for (size_t i = 0; i < n; i++)
		bytes += literals[i].text.len * 2;
	t->s = calloc(bytes, sizeof *t->s);
	t->chain = calloc(n + 1, sizeof *t->chain);
	t->root = calloc(a->symbols, sizeof *t->root);
	if (!t->s || !t->chain || !t->root)
		return false;
	t->n = 1;
	t->s[0].literal = NONE;
	for (size_t i = 0; i < n; i++)
		trie_insert(t, a, literals[i].text, (uint32_t)i);
	return true;
}

/* ---- the table ----------------------------------------------------------------------------------
 */

/* Give state `number` (of the table) a node when the trie state ends literals. `suffix` is the node
 * of its longest proper suffix state. Returns the node in force for the state. */
static uint32_t add_node(
	rbf_automaton *a, const trie *t, uint32_t trie_index, uint32_t suffix, uint32_t *literal_at)
{
	uint32_t id = t->s[trie_index].literal;
	if (id == NONE)
		return suffix;
	node *o = &a->nodes[a->node_n];
	*o = (node){.first = *literal_at,
		.next = suffix,
		.repeat = suffix != NONE && a->nodes[suffix].repeat};
	for (; id != NONE; id = t->chain[id]) {
		a->literals[(*literal_at)++] = id;
		o->n++;
		o->repeat = o->repeat || a->repeat[id];
	}
	return a->node_n++;
}

/* Breadth first: a state's row is the row of its longest proper suffix, with its own children over
 * it. order[number] is the trie state of a table state. */
static void fill_table(rbf_automaton *a, const trie *t, uint32_t *order, uint32_t *suffix)
{
	uint32_t tail = 1, literal_at = 0, width = a->symbols;
	order[0] = 0;
	a->output[0] = NONE;
	for (uint32_t number = 0; number < tail; number++) {
		uint32_t *row = a->table + (size_t)number * width;
		if (number)
			memcpy(row, a->table + (size_t)suffix[number] * width, width * sizeof *row);
		for (uint32_t c = t->s[order[number]].child; c; c = t->s[c].sibling) {
			uint32_t next = tail++, entry = next * width;
			uint16_t symbol = t->s[c].symbol;
			order[next] = c;
			/* Before it is overwritten, the row holds the suffix's step. */
			suffix[next] = number ? (row[symbol] & ~HAS_OUTPUT) / width : 0;
			a->output[next] = add_node(a, t, c, a->output[suffix[next]], &literal_at);
			row[symbol] = entry | (a->output[next] != NONE ? HAS_OUTPUT : 0);
		}
	}
}

static bool build(rbf_automaton *a, const rbf_literal *literals, size_t n, trie *t)
{
	a->literal_n = n;
	a->repeat = calloc(n + 1, sizeof *a->repeat);
	a->literals = calloc(n + 1, sizeof *a->literals);
	a->nodes = calloc(n + 1, sizeof *a->nodes);
	if (!a->repeat || !a->literals || !a->nodes)
		return false;
	for (size_t i = 0; i < n; i++)
		a->repeat[i] = literals[i].repeat;
	assign_symbols(a, literals, n);
	if (!trie_build(t, a, literals, n))
		return false;
	a->states = t->n;
	a->table = calloc((size_t)a->states * a->symbols, sizeof *a->table);
	a->output = calloc(a->states, sizeof *a->output);
	uint32_t *order = calloc(a->states, sizeof *order);
	uint32_t *suffix = calloc(a->states, sizeof *suffix);
	bool ok = a->table && a->output && order && suffix;
	if (ok)
		fill_table(a, t, order, suffix);
	free(order);
	free(suffix);
	return ok;
}

rbf_automaton *rbf_automaton_build(const rbf_literal *literals, size_t n)
{
	trie t = {0};
	rbf_automaton *a = calloc(1, sizeof *a);
	if (a && !build(a, literals, n, &t)) {
		rbf_automaton_free(a);
		a = NULL;
	}
	trie_free(&t);
	return a;
}

void rbf_automaton_free(rbf_automaton *a)
{
	if (!a)
		return;
	free(a->table);
	free(a->output);
	free(a->nodes);
	free(a->literals);
	free(a->repeat);
	free(a);
}

size_t rbf_automaton_size(const rbf_automaton *a)
{
	return sizeof *a + a->states * ((size_t)a->symbols * sizeof *a->table + sizeof *a->output) +
		a->node_n * sizeof *a->nodes +
		a->literal_n * (sizeof *a->literals + sizeof *a->repeat);
}

/* ---- the scan
 * ------------------------------------------------------------------------------------ */

/* Report what ends here. A node that was walked once has reported its literals, and so have all
 * behind it: without `repeat` there is nothing to say, however often the text comes back. */
static void report(const rbf_automaton *a, uint32_t at, uint64_t *walked, size_t end,
	void (*hit)(void *ud, uint32_t literal, size_t end), void *ud)
{
	while (at != NONE) {
		const node *o = &a->nodes[at];
		bool again = walked[at >> 6] >> (at & 63) & 1;
		if (again && !o->repeat)
			return;
		walked[at >> 6] |= (uint64_t)1 << (at & 63);
		for (uint32_t i = 0; i < o->n; i++) {
			uint32_t id = a->literals[o->first + i];
			if (!again || a->repeat[id])
				hit(ud, id, end);
		}
		at = o->next;
	}
}

void rbf_automaton_scan(const rbf_automaton *a, rebuff_span text,
	void (*hit)(void *ud, uint32_t literal, size_t end), void *ud)
{
	uint64_t walked[RBF_LITERALS_MAX / 64 + 1];
	uint32_t state = 0;
	memset(walked, 0, (a->node_n / 64 + 1) * sizeof *walked);
	for (size_t i = 0; i < text.len; i++) {
		unsigned char c = (unsigned char)text.p[i];
		uint32_t entry = a->table[state + a->symbol[c]];
		if (c > 0x7f)
			entry = a->table[(entry & ~HAS_OUTPUT) + a->low[c & 15]];
		state = entry & ~HAS_OUTPUT;
		if (entry & HAS_OUTPUT)
			report(a, a->output[state / a->symbols], walked, i + 1, hit, ud);
	}
}
