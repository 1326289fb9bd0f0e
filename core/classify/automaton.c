/*
 * automaton.c - the literals become a trie, the trie a table (table.h). Bytes that no literal
 * contains share a symbol; a byte over 0x7f is two symbols, its halves, which keeps their number
 * small in spite of all the world's alphabets.
 */
#include <stdlib.h>
#include <string.h>

#include "base/span.h"
#include "classify/table.h"

typedef struct {
	size_t met; /* how often, in all literals */
	unsigned char byte;
} byte_count;

static int by_frequency(const void *va, const void *vb)
{
	const byte_count *a = va, *b = vb;
	return a->met != b->met ? (a->met < b->met) - (a->met > b->met) : a->byte - b->byte;
}

/* The frequent ones first: what is looked up by them lies close together. */
static void assign_symbols(rbf_automaton *a, const rbf_literal *literals, size_t n)
{
	byte_count counts[256] = {{0, 0}};
	bool high = false;
	for (unsigned c = 0; c < 256; c++)
		counts[c].byte = (unsigned char)c;
	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; k < literals[i].text.len; k++)
			counts[rbf_lower((unsigned char)literals[i].text.p[k])].met++;
	for (unsigned c = 128; c < 256; c++) {
		high = high || counts[c].met;
		counts[c].met = 0;
	}
	qsort(counts, 256, sizeof *counts, by_frequency);
	a->symbols = 1; /* symbol 0: a byte that no literal has */
	for (unsigned i = 0; counts[i].met; i++)
		a->symbol[counts[i].byte] = (uint8_t)a->symbols++;
	for (unsigned c = 'A'; c <= 'Z'; c++)
		a->symbol[c] = a->symbol[c + 32];
	for (unsigned half = 8; high && half < 16; half++, a->symbols++)
		for (unsigned k = 0; k < 16; k++)
			a->symbol[half * 16 + k] = (uint8_t)a->symbols;
	for (unsigned half = 0; high && half < 16; half++)
		a->low[half] = (uint8_t)a->symbols++;
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
		state = trie_step(t, state, a->symbol[c] & (uint8_t)~RBF_SPECIAL);
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

enum { SHALLOW = 2 }; /* symbols of the states that pair[] knows */

/* What is known of the states while the tables are made, by trie index. */
typedef struct {
	uint32_t *number, *heavy; /* heavy: the child with most states below, 0: no child */
	uint32_t *suffix, *node;
	uint32_t *queue;
	uint8_t *depth; /* in symbols, SHALLOW + 1 for any more */
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
			p->depth[c] = (uint8_t)(p->depth[at] + (p->depth[at] <= SHALLOW));
			p->node[c] = add_node(a, t, literals, c, p->node[found], &literal_at);
			p->queue[tail++] = c;
		}
	}
}

/* Depth first, the heavy child next to its parent. */
static void number_below(const trie *t, plan *p, uint32_t top, uint32_t *number)
{
	uint32_t *stack = p->queue, n = 1;
	stack[0] = top;
	while (n) {
		uint32_t at = stack[--n];
		p->number[at] = (*number)++;
		for (uint32_t c = t->s[at].child; c; c = t->s[c].sibling)
			if (c != p->heavy[at])
				stack[n++] = c;
		if (p->heavy[at])
			stack[n++] = p->heavy[at];
	}
}

/* The shallow states, where a walk mostly is, lie close together at the beginning. */
static void give_numbers(const trie *t, plan *p)
{
	uint32_t number = 0;
	for (uint32_t i = 0; i < t->n; i++)
		if (p->depth[i] <= SHALLOW)
			p->number[i] = number++;
	for (uint32_t i = 0; i < t->n; i++)
		if (p->depth[i] == SHALLOW)
			for (uint32_t c = t->s[i].child; c; c = t->s[c].sibling)
				number_below(t, p, c, &number);
}

/* ---- tables ------------------------------------------------------------------------------------
 */

/* One symbol, then two: the longer one holds. */
static void fill_pairs(rbf_automaton *a, const trie *t, const plan *p)
{
	for (uint32_t one = t->s[0].child; one; one = t->s[one].sibling)
		for (uint32_t before = 0; before < a->symbols; before++)
			a->pair[before << RBF_PAIR_SHIFT | t->s[one].symbol] =
				(uint16_t)p->number[one];
	for (uint32_t one = t->s[0].child; one; one = t->s[one].sibling)
		for (uint32_t two = t->s[one].child; two; two = t->s[two].sibling)
			a->pair[(uint32_t)t->s[one].symbol << RBF_PAIR_SHIFT | t->s[two].symbol] =
				(uint16_t)p->number[two];
}

static void fill_states(rbf_automaton *a, const trie *t, const plan *p)
{
	for (uint32_t i = 0; i < t->n; i++) {
		uint32_t s = p->number[i];
		a->state[s] = p->depth[i] > SHALLOW && p->heavy[i] ? t->s[p->heavy[i]].symbol
								   : RBF_NO_SYMBOL;
		if (p->node[i] != RBF_NONE)
			a->state[s] |= RBF_ENDS;
		a->output[s] = p->node[i];
	}
}

/* ---- rows ---------------------------------------------------------------------------------------
 */

enum { LOOK_BACK = 64 }; /* slots: to look for gaps further back is not worth the time */

typedef struct {
	const trie *t;
	const plan *p;
	uint32_t *of; /* by trie index: start of the row of all its steps but pair[]'s; 0: not made
		       */
	bool *is_start; /* by slot: a row begins there */
	uint32_t cap; /* of slots, and of is_start */
	struct {
		uint32_t symbol, to;
	} steps[RBF_SYMBOLS]; /* of the row that is made */
	size_t n;
} rows;

/* The steps of `at` that pair[] does not know: its children's, the heavy one's if wanted, then its
 * suffixes'. */
static void list_steps(rows *r, uint32_t at, bool heavy)
{
	bool known[RBF_SYMBOLS] = {false};
	r->n = 0;
	for (uint32_t x = at; r->p->depth[x] >= SHALLOW; x = r->p->suffix[x])
		for (uint32_t c = r->t->s[x].child; c; c = r->t->s[c].sibling) {
			uint32_t symbol = r->t->s[c].symbol;
			if (!known[symbol] && (heavy || c != r->p->heavy[at])) {
				r->steps[r->n].symbol = symbol;
				r->steps[r->n++].to = r->p->number[c];
			}
			known[symbol] = true;
		}
}

static bool fits(const rbf_automaton *a, const rows *r, uint32_t start)
{
	size_t i = 0;
	while (i < r->n && a->owner[start + r->steps[i].symbol] == RBF_NO_SYMBOL)
		i++;
	return i == r->n && !r->is_start[start];
}

/* Room for a row that starts at the first slot behind all that are taken. */
static bool widen_slots(rbf_automaton *a, rows *r)
{
	uint32_t need = a->slot_n + RBF_SYMBOLS, now = need * 2;
	if (need <= r->cap)
		return true;
	uint32_t *to = need < RBF_SLOTS_MAX ? realloc(a->to, now * sizeof *to) : NULL;
	if (to)
		a->to = to;
	uint8_t *owner = to ? realloc(a->owner, now) : NULL;
	if (owner)
		a->owner = owner;
	bool *is_start = owner ? realloc(r->is_start, now * sizeof *is_start) : NULL;
	if (!is_start)
		return false;
	r->is_start = is_start;
	memset(owner + r->cap, RBF_NO_SYMBOL, now - r->cap);
	memset(is_start + r->cap, 0, (now - r->cap) * sizeof *is_start);
	r->cap = now;
	return true;
}

/* At the first place where all steps find their slots free: rows lie in each other's gaps. */
static bool add_row(rbf_automaton *a, rows *r, uint32_t *out)
{
	uint32_t start = a->slot_n - LOOK_BACK;
	if (!widen_slots(a, r))
		return false;
	while (!fits(a, r, start))
		start++;
	for (size_t i = 0; i < r->n; i++) {
		a->owner[start + r->steps[i].symbol] = (uint8_t)r->steps[i].symbol;
		a->to[start + r->steps[i].symbol] = r->steps[i].to;
	}
	r->is_start[start] = true;
	if (start + a->symbols > a->slot_n)
		a->slot_n = start + a->symbols;
	*out = start;
	return true;
}

/* The row of all steps of a state and of its suffixes, for all that go on as it does. */
static bool find_row(rbf_automaton *a, rows *r, uint32_t at, uint32_t *out)
{
	if (r->of[at] == 0) {
		list_steps(r, at, true);
		if (r->n > 0 && !add_row(a, r, &r->of[at]))
			return false;
	}
	*out = r->of[at];
	return true;
}

/* A state with several children has a row of its own; one with the heavy child alone, or none, goes
 * on as its suffix. */
static bool fill_row(rbf_automaton *a, rows *r, uint32_t i, uint32_t *out)
{
	uint32_t first = r->t->s[i].child;
	if (r->p->depth[i] == SHALLOW)
		return find_row(a, r, i, out);
	if (!first || !r->t->s[first].sibling)
		return r->p->depth[r->p->suffix[i]] < SHALLOW ||
			find_row(a, r, r->p->suffix[i], out);
	list_steps(r, i, false);
	return add_row(a, r, out);
}

/* Those of the shallow states first, so that they, too, lie close together. */
static bool fill_rows(rbf_automaton *a, rows *r)
{
	for (unsigned depth = SHALLOW; depth <= SHALLOW + 1; depth++)
		for (uint32_t i = 0; i < r->t->n; i++) {
			uint32_t row = 0;
			if (r->p->depth[i] == depth && !fill_row(a, r, i, &row))
				return false;
			a->state[r->p->number[i]] |= row << RBF_ROW_SHIFT;
		}
	return true;
}

static bool make_rows(rbf_automaton *a, const trie *t, const plan *p)
{
	rows r = {.t = t, .p = p, .of = calloc(t->n, sizeof *r.of)};
	a->slot_n = RBF_SYMBOLS + LOOK_BACK; /* the empty row is nobody else's */
	bool ok = r.of && widen_slots(a, &r) && fill_rows(a, &r);
	free(r.of);
	free(r.is_start);
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
	a->state = calloc(t->n, sizeof *a->state);
	a->output = calloc(t->n, sizeof *a->output);
	a->pair = calloc(a->symbols << RBF_PAIR_SHIFT, sizeof *a->pair);
	bool ok = plan_new(&p, t->n) && a->state && a->output && a->pair;
	if (ok) {
		find_heavy(t, &p);
		find_suffixes(a, t, literals, &p);
		give_numbers(t, &p);
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
	free(a->state);
	free(a->pair);
	free(a->owner);
	free(a->to);
	free(a->output);
	free(a->nodes);
	free(a->literals);
	free(a->repeat);
	free(a);
}

size_t rbf_automaton_size(const rbf_automaton *a)
{
	return sizeof *a + ((size_t)a->symbols << RBF_PAIR_SHIFT) * sizeof *a->pair +
		a->states * (sizeof *a->state + sizeof *a->output) +
		a->slot_n * (sizeof *a->owner + sizeof *a->to) + a->node_n * sizeof *a->nodes +
		a->literal_n * (sizeof *a->literals + sizeof *a->repeat);
}
