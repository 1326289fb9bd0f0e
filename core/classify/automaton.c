/*
 * automaton.c - the literals become a trie, the trie a table (table.h). Bytes that no literal
 * contains share a symbol; a byte over 0x7f is two symbols, its halves, which keeps their number
 * small in spite of all the world's alphabets.
 */
#include <stdlib.h>
#include <string.h>

#include "base/span.h"
#include "classify/table.h"

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
	for (unsigned c = 0; c < 256; c++)
		if (c > 0x7f || c == '"' || c == '\'' || c == '`' || c == '\\')
			a->symbol[c] |= RBF_SPECIAL;
}

/* ---- the trie that the table is made from ------------------------------------------------------
 */

typedef struct {
	uint32_t child, sibling; /* 0: none (the root is nobody's child) */
	uint32_t literal; /* first that ends here, or RBF_NONE; the others hang off chain[] */
	uint16_t symbol;
} trie_state;

typedef struct {
	trie_state *s; /* a child's index is greater than its parent's */
	uint32_t n;
	uint32_t *chain; /* by literal id: the next literal with the same text, or RBF_NONE */
	uint32_t *root; /* by symbol: child of the root, 0 for none */
} trie;

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
	t->s[c] = (trie_state){.sibling = t->s[state].child, .literal = RBF_NONE, .symbol = symbol};
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
		state = trie_step(t, state, a->symbol[c] & RBF_SYMBOL);
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
	t->s[0].literal = RBF_NONE;
	for (size_t i = 0; i < n; i++)
		trie_insert(t, a, literals[i].text, (uint32_t)i);
	return true;
}

/* ---- numbers -----------------------------------------------------------------------------------
 */

/* What is known of the states while the tables are made, by trie index. */
typedef struct {
	uint32_t *number, *heavy; /* heavy: the child with most states below, 0: no child */
	uint32_t *suffix, *node;
	uint32_t *queue;
	uint8_t *depth; /* in symbols, 3 for any more */
} plan;

static void find_heavy(const trie *t, plan *p)
{
	uint32_t *below = p->queue; /* free as yet */
	for (uint32_t i = t->n; i-- > 0;) {
		below[i] = 1;
		for (uint32_t c = t->s[i].child; c; c = t->s[c].sibling) {
			below[i] += below[c];
			if (!p->heavy[i] || below[c] > below[p->heavy[i]])
				p->heavy[i] = c;
		}
	}
}

/* Depth first, the heavy child next to its parent. */
static void give_numbers(const trie *t, plan *p)
{
	uint32_t *stack = p->queue, n = 1, number = 0;
	stack[0] = 0;
	while (n) {
		uint32_t at = stack[--n];
		p->number[at] = number++;
		for (uint32_t c = t->s[at].child; c; c = t->s[c].sibling)
			if (c != p->heavy[at])
				stack[n++] = c;
		if (p->heavy[at])
			stack[n++] = p->heavy[at];
	}
}

/* A state that ends literals gets a node; another has the one of its suffix. */
static uint32_t add_node(rbf_automaton *a, const trie *t, const rbf_literal *literals, uint32_t at,
	uint32_t suffix, uint32_t *literal_at)
{
	uint32_t id = t->s[at].literal;
	if (id == RBF_NONE)
		return suffix;
	rbf_node *o = &a->nodes[a->node_n];
	*o = (rbf_node){.first = *literal_at,
		.next = suffix,
		.len = (uint16_t)literals[id].text.len,
		.repeat = suffix != RBF_NONE && a->nodes[suffix].repeat};
	for (; id != RBF_NONE; id = t->chain[id]) {
		a->literals[(*literal_at)++] = id;
		o->n++;
		o->repeat = o->repeat || a->repeat[id];
	}
	return a->node_n++;
}

/* Breadth first, since a suffix is always less deep. */
static void find_suffixes(rbf_automaton *a, const trie *t, const rbf_literal *literals, plan *p)
{
	uint32_t tail = 1, literal_at = 0;
	p->queue[0] = 0;
	p->node[0] = RBF_NONE;
	for (uint32_t head = 0; head < tail; head++) {
		uint32_t at = p->queue[head];
		for (uint32_t c = t->s[at].child; c; c = t->s[c].sibling) {
			uint32_t from = p->suffix[at], found = 0;
			while (at && !(found = trie_child(t, from, t->s[c].symbol)) && from)
				from = p->suffix[from];
			p->suffix[c] = found;
			p->depth[c] = p->depth[at] < 3 ? (uint8_t)(p->depth[at] + 1) : 3;
			p->node[c] = add_node(a, t, literals, c, p->node[found], &literal_at);
			p->queue[tail++] = c;
		}
	}
}

/* ---- tables ------------------------------------------------------------------------------------
 */

/* One symbol, then two: the longer one holds. */
static void fill_pairs(rbf_automaton *a, const trie *t, const plan *p)
{
	for (uint32_t one = t->s[0].child; one; one = t->s[one].sibling)
		for (uint32_t before = 0; before < a->symbols; before++)
			a->pair[(size_t)before * a->symbols + t->s[one].symbol] = p->number[one];
	for (uint32_t one = t->s[0].child; one; one = t->s[one].sibling)
		for (uint32_t two = t->s[one].child; two; two = t->s[two].sibling)
			a->pair[(size_t)t->s[one].symbol * a->symbols + t->s[two].symbol] =
				p->number[two];
}

static void fill_states(rbf_automaton *a, const trie *t, const plan *p)
{
	for (uint32_t i = 0; i < t->n; i++) {
		uint32_t s = p->number[i], suffix = p->suffix[i];
		/* pair[] knows all steps of the first two levels. */
		a->kind[s] =
			p->depth[i] >= 2 && p->heavy[i] ? t->s[p->heavy[i]].symbol : RBF_NO_CHILD;
		if (p->node[i] != RBF_NONE)
			a->kind[s] |= RBF_ENDS;
		a->output[s] = p->node[i];
		a->turn[s] = (rbf_turn){p->depth[suffix] >= 2 ? p->number[suffix] : 0, RBF_NONE};
		if (a->turn[s].suffix == 0)
			a->kind[s] |= RBF_SHALLOW;
	}
}

/* The first place from *from on where the children of `at` but the heavy one find their slots free;
 * all are beyond children_n. */
static uint32_t find_row(
	const rbf_automaton *a, const trie *t, const plan *p, uint32_t at, uint32_t from)
{
	for (uint32_t row = from; row < a->children_n; row++) {
		bool free = true;
		for (uint32_t c = t->s[at].child; c && free; c = t->s[c].sibling)
			free = c == p->heavy[at] || row + t->s[c].symbol >= a->children_n ||
				a->children[row + t->s[c].symbol].owner == RBF_NONE;
		if (free)
			return row;
	}
	return a->children_n;
}

static bool widen_children(rbf_automaton *a, uint32_t need, uint32_t *cap)
{
	if (need <= *cap)
		return true;
	uint32_t now = need * 2;
	rbf_child *wide = realloc(a->children, now * sizeof *wide);
	if (!wide)
		return false;
	for (uint32_t i = *cap; i < now; i++)
		wide[i] = (rbf_child){RBF_NONE, 0};
	a->children = wide;
	*cap = now;
	return true;
}

/* Rows for the children that are not next to their parent. */
static bool fill_children(rbf_automaton *a, const trie *t, const plan *p)
{
	enum { LOOK_BACK = 512 }; /* slots: more gaps are not worth the time */
	uint32_t cap = 0;
	for (uint32_t i = 0; i < t->n; i++) {
		uint32_t first = t->s[i].child, n = a->children_n;
		if (p->depth[i] < 2 || !first || !t->s[first].sibling)
			continue;
		uint32_t row = find_row(a, t, p, i, n > LOOK_BACK ? n - LOOK_BACK : 0);
		if (!widen_children(a, row + a->symbols, &cap))
			return false;
		if (row + a->symbols > n)
			a->children_n = row + a->symbols;
		a->turn[p->number[i]].row = row;
		a->kind[p->number[i]] &= (uint16_t)~RBF_SHALLOW;
		for (uint32_t c = first; c; c = t->s[c].sibling)
			if (c != p->heavy[i])
				a->children[row + t->s[c].symbol] =
					(rbf_child){p->number[i], p->number[c]};
	}
	return true;
}

static void plan_free(plan *p)
{
	free(p->number);
	free(p->heavy);
	free(p->suffix);
	free(p->node);
	free(p->queue);
	free(p->depth);
}

static bool plan_new(plan *p, uint32_t n)
{
	p->number = calloc(n, sizeof *p->number);
	p->heavy = calloc(n, sizeof *p->heavy);
	p->suffix = calloc(n, sizeof *p->suffix);
	p->node = calloc(n, sizeof *p->node);
	p->queue = calloc(n, sizeof *p->queue);
	p->depth = calloc(n, sizeof *p->depth);
	return p->number && p->heavy && p->suffix && p->node && p->queue && p->depth;
}

static bool make_tables(rbf_automaton *a, const trie *t, const rbf_literal *literals)
{
	plan p = {0};
	a->states = t->n;
	a->kind = calloc(t->n, sizeof *a->kind);
	a->turn = calloc(t->n, sizeof *a->turn);
	a->output = calloc(t->n, sizeof *a->output);
	a->pair = calloc((size_t)a->symbols * a->symbols, sizeof *a->pair);
	bool ok = plan_new(&p, t->n) && a->kind && a->turn && a->output && a->pair;
	if (ok) {
		find_heavy(t, &p);
		give_numbers(t, &p);
		find_suffixes(a, t, literals, &p);
		fill_pairs(a, t, &p);
		fill_states(a, t, &p);
		ok = fill_children(a, t, &p);
	}
	plan_free(&p);
	return ok;
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
	return trie_build(t, a, literals, n) && make_tables(a, t, literals);
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
	free(a->kind);
	free(a->pair);
	free(a->turn);
	free(a->children);
	free(a->output);
	free(a->nodes);
	free(a->literals);
	free(a->repeat);
	free(a);
}

size_t rbf_automaton_size(const rbf_automaton *a)
{
	return sizeof *a + (size_t)a->symbols * a->symbols * sizeof *a->pair +
		a->states * (sizeof *a->kind + sizeof *a->turn + sizeof *a->output) +
		a->children_n * sizeof *a->children + a->node_n * sizeof *a->nodes +
		a->literal_n * (sizeof *a->literals + sizeof *a->repeat);
}
