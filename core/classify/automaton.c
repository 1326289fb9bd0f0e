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
		uint32_t s = p->number[i];
		/* pair[] knows all steps of the first two levels. */
		a->kind[s] =
			p->depth[i] >= 2 && p->heavy[i] ? t->s[p->heavy[i]].symbol : RBF_NO_CHILD;
		if (p->node[i] != RBF_NONE)
			a->kind[s] |= RBF_ENDS;
		a->output[s] = p->node[i];
		a->row[s] = (rbf_row){0, RBF_NONE};
	}
}

/* ---- rows ---------------------------------------------------------------------------------------
 */

enum { LOOK_BACK = 96 }; /* slots: to look for gaps further back is not worth the time */

typedef struct {
	const trie *t;
	const plan *p;
	rbf_row *of; /* by trie index: the row of all its steps but pair[]'s; id 0: not made */
	uint32_t cap; /* of children */
	struct {
		uint32_t symbol, to;
	} steps[RBF_SYMBOL]; /* of the row that is made */
	size_t n;
} rows;

/* The steps of `at` that pair[] does not know: its children's, the heavy one's if wanted, then its
 * suffixes'. */
static void list_steps(rows *r, uint32_t at, bool heavy)
{
	bool known[RBF_SYMBOL] = {false};
	r->n = 0;
	for (uint32_t x = at; r->p->depth[x] >= 2; x = r->p->suffix[x])
		for (uint32_t c = r->t->s[x].child; c; c = r->t->s[c].sibling) {
			uint32_t symbol = r->t->s[c].symbol;
			if (!known[symbol] && (heavy || c != r->p->heavy[at])) {
				r->steps[r->n].symbol = symbol;
				r->steps[r->n++].to = r->p->number[c];
			}
			known[symbol] = true;
		}
}

static bool is_free(const rbf_automaton *a, uint32_t slot)
{
	return slot >= a->child_n || a->children[slot].id == 0;
}

static bool fits(const rbf_automaton *a, const rows *r, uint32_t start)
{
	size_t i = 0;
	while (i < r->n && is_free(a, start + r->steps[i].symbol))
		i++;
	return i == r->n;
}

/* The first place where all steps find their slots free. */
static uint32_t find_place(const rbf_automaton *a, const rows *r)
{
	uint32_t start = a->child_n > LOOK_BACK ? a->child_n - LOOK_BACK : 0;
	while (!fits(a, r, start))
		start++;
	return start;
}

static bool widen_children(rbf_automaton *a, uint32_t need, uint32_t *cap)
{
	if (need <= *cap)
		return true;
	uint32_t now = need * 2;
	rbf_child *wide = realloc(a->children, now * sizeof *wide);
	if (!wide)
		return false;
	memset(wide + *cap, 0, (now - *cap) * sizeof *wide);
	a->children = wide;
	*cap = now;
	return true;
}

/* Rows lie in each other's gaps. */
static bool add_row(rbf_automaton *a, rows *r, rbf_row *out)
{
	uint32_t n = a->child_n, start = find_place(a, r);
	if (!widen_children(a, start + a->symbols, &r->cap))
		return false;
	*out = (rbf_row){start, ++a->row_n};
	if (start + a->symbols > n)
		a->child_n = start + a->symbols;
	for (size_t i = 0; i < r->n; i++)
		a->children[start + r->steps[i].symbol] = (rbf_child){out->id, r->steps[i].to};
	return true;
}

/* A state with several children has a row of its own; one with the heavy child alone, or none, goes
 * on as its suffix, whose row serves all such states. */
static bool fill_rows(rbf_automaton *a, rows *r)
{
	for (uint32_t i = 0; i < r->t->n; i++) {
		uint32_t first = r->t->s[i].child, suffix = r->p->suffix[i];
		bool several = first && r->t->s[first].sibling;
		if (r->p->depth[i] < 2 || (!several && r->p->depth[suffix] < 2))
			continue;
		rbf_row own = {0, 0}, *row = several ? &own : &r->of[suffix];
		if (row->id == 0) {
			list_steps(r, several ? i : suffix, !several);
			if (r->n == 0)
				continue;
			if (!add_row(a, r, row))
				return false;
		}
		a->row[r->p->number[i]] = *row;
	}
	return true;
}

static bool make_rows(rbf_automaton *a, const trie *t, const plan *p)
{
	rows r = {.t = t, .p = p, .of = calloc(t->n, sizeof *r.of)};
	bool ok = r.of && widen_children(a, a->symbols, &r.cap) && fill_rows(a, &r);
	free(r.of);
	return ok;
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
	a->row = calloc(t->n, sizeof *a->row);
	a->output = calloc(t->n, sizeof *a->output);
	a->pair = calloc((size_t)a->symbols * a->symbols, sizeof *a->pair);
	bool ok = plan_new(&p, t->n) && a->kind && a->row && a->output && a->pair;
	if (ok) {
		find_heavy(t, &p);
		give_numbers(t, &p);
		find_suffixes(a, t, literals, &p);
		fill_pairs(a, t, &p);
		fill_states(a, t, &p);
		ok = make_rows(a, t, &p);
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
	free(a->row);
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
		a->states * (sizeof *a->kind + sizeof *a->row + sizeof *a->output) +
		a->child_n * sizeof *a->children + a->node_n * sizeof *a->nodes +
		a->literal_n * (sizeof *a->literals + sizeof *a->repeat);
}
