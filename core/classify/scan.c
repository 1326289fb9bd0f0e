/*
 * scan.c - walk a text through the automaton's table. Behind an e-mail address a second walk goes
 * on from where the first one was before the address, as if it were not there; it ends as soon as
 * both are in the same state, mostly after a few bytes.
 */
#include <string.h>

#include "base/span.h"
#include "classify/table.h"

typedef struct {
	uint32_t state, before; /* before: the last symbol */
} walk;

enum { HITS = 64 }; /* reported together: the walk itself is short, and stays in its registers */

typedef struct {
	const rbf_automaton *a;
	rebuff_span text;
	size_t at; /* how far the walks are */
	walk first, second;
	bool has_second;
	bool quoted; /* a quote was passed over: a literal may be longer in the text than in itself
		      */
	size_t gap, seen; /* the second walk: where the address began; bytes walked behind it */
	rbf_hit hits[HITS]; /* not reported yet */
	size_t hit_n;
	void (*found)(void *ud, const rbf_hit *hits, size_t n);
	void *ud;
	uint64_t walked[RBF_LITERALS_MAX / 64 + 1]; /* nodes that have reported their literals */
} scan;

size_t rbf_quote_at(rebuff_span text, size_t i)
{
	unsigned char c = i < text.len ? (unsigned char)text.p[i] : 0;
	if (c == '"' || c == '\'' || c == '`')
		return 1;
	if (c == '\\' && i + 1 < text.len && (text.p[i + 1] == '"' || text.p[i + 1] == '\''))
		return 2;
	/* U+2018 to U+201F */
	return c == 0xe2 && i + 2 < text.len && (unsigned char)text.p[i + 1] == 0x80 &&
			((unsigned char)text.p[i + 2] & 0xf8) == 0x98
		? 3
		: 0;
}

/* Bytes of the quote that ends before text[end]; 0: none. */
static size_t quote_before(rebuff_span text, size_t end)
{
	if (end >= 3 && rbf_quote_at(text, end - 3) == 3)
		return 3;
	if (rbf_quote_at(text, end - 1) != 1)
		return 0;
	return end >= 2 && text.p[end - 2] == '\\' ? 2 : 1;
}

/* Where the `len` bytes of a literal that ends at `end` begin, quotes among them passed over. */
static size_t start_of(const scan *s, size_t end, size_t len)
{
	if (!s->quoted)
		return end > len ? end - len : 0;
	while (len && end) {
		size_t quote = s->a->symbol[(unsigned char)s->text.p[end - 1]] & RBF_SPECIAL
			? quote_before(s->text, end)
			: 0;
		end -= quote ? quote : 1;
		len -= !quote;
	}
	return end;
}

static void flush(scan *s)
{
	s->found(s->ud, s->hits, s->hit_n);
	s->hit_n = 0;
}

static void add_hit(scan *s, uint32_t literal, size_t start, size_t end)
{
	rbf_hit *h = &s->hits[s->hit_n++];
	h->literal = literal;
	h->start = (uint32_t)start;
	h->end = (uint32_t)end;
	if (s->hit_n == HITS)
		flush(s);
}

/* Report what ends here. A node that was walked once has reported its literals, and so have all
 * behind it: without `repeat` there is nothing to say, however often the text comes back. Only
 * literals over `over` bytes: of the second walk those that began before the address. */
static void report(scan *s, uint32_t state, size_t end, size_t over)
{
	const rbf_automaton *a = s->a;
	size_t from = over ? s->gap : end, shown = end < s->text.len ? end : s->text.len;
	for (uint32_t at = a->output[state]; at != RBF_NONE; at = a->nodes[at].next) {
		const rbf_node *o = &a->nodes[at];
		uint64_t *walked = &s->walked[at / 64], bit = (uint64_t)1 << at % 64;
		bool again = *walked & bit;
		if ((again && !o->repeat) || o->len <= over)
			return;
		*walked |= bit;
		size_t start = start_of(s, from, o->len - over);
		for (uint32_t i = o->first, behind = i + o->n; i < behind; i++)
			if (!again || a->repeat[a->literals[i]])
				add_hit(s, a->literals[i], start, shown);
	}
}

/* The step that does not lead to the next number. */
static inline size_t turn(const rbf_automaton *a, uint32_t state, size_t before, size_t symbol)
{
	size_t slot = (state >> RBF_ROW_SHIFT) + symbol;
	return a->owner[slot] == symbol ? a->to[slot] : a->pair[before << RBF_PAIR_SHIFT | symbol];
}

static void step_symbol(const rbf_automaton *a, walk *w, uint32_t symbol)
{
	uint32_t state = a->state[w->state];
	w->state = (state & RBF_SYMBOL) == symbol ? w->state + 1
						  : (uint32_t)turn(a, state, w->before, symbol);
	w->before = symbol;
}

static bool ends(const rbf_automaton *a, const walk *w)
{
	return a->state[w->state] & RBF_ENDS;
}

static void step_byte(const rbf_automaton *a, walk *w, unsigned char c)
{
	step_symbol(a, w, a->symbol[c] & (RBF_SPECIAL - 1));
	if (c > 0x7f)
		step_symbol(a, w, a->low[c & 15]);
}

/* Both walks, until they meet. */
static void walk_both(scan *s, size_t to)
{
	const rbf_automaton *a = s->a;
	while (s->at < to && s->has_second) {
		size_t quote = rbf_quote_at(s->text, s->at);
		if (quote) {
			s->quoted = true;
			s->at += quote;
			continue;
		}
		unsigned char c = (unsigned char)s->text.p[s->at++];
		step_byte(a, &s->first, c);
		step_byte(a, &s->second, c);
		s->seen++;
		if (ends(a, &s->first))
			report(s, s->first.state, s->at, 0);
		if (s->second.state == s->first.state)
			s->has_second = false;
		else if (ends(a, &s->second))
			report(s, s->second.state, s->at, s->seen);
	}
}

/* A quote, or a byte over 0x7f. Returns its length. */
static size_t walk_special(scan *s, size_t at)
{
	const rbf_automaton *a = s->a;
	size_t quote = rbf_quote_at(s->text, at);
	if (quote) {
		s->quoted = true;
		return quote;
	}
	step_byte(a, &s->first, (unsigned char)s->text.p[at]);
	if (ends(a, &s->first))
		report(s, s->first.state, at + 1, 0);
	return 1;
}

/* The bytes up to the next special one, or to `to`. A special one's symbol is no state's. */
static void walk_plain(scan *s, size_t to)
{
	const rbf_automaton *a = s->a;
	const uint32_t *states = a->state;
	const uint8_t *owners = a->owner;
	const char *text = s->text.p;
	size_t i = s->at, at = s->first.state, before = s->first.before;
	uint32_t state = states[at];
	for (; i < to; i++) {
		size_t symbol = a->symbol[(unsigned char)text[i]];
		size_t slot = (state >> RBF_ROW_SHIFT) + symbol;
		if ((state & RBF_SYMBOL) == symbol)
			at++;
		else if (symbol & RBF_SPECIAL)
			break;
		else if (owners[slot] == symbol)
			at = a->to[slot];
		else
			at = a->pair[before << RBF_PAIR_SHIFT | symbol];
		before = symbol;
		state = states[at];
		if (state & RBF_ENDS)
			report(s, (uint32_t)at, i + 1, 0);
	}
	s->first = (walk){(uint32_t)at, (uint32_t)before};
	s->at = i;
}

static void walk_first(scan *s, size_t to)
{
	for (walk_plain(s, to); s->at < to; walk_plain(s, to))
		s->at += walk_special(s, s->at);
}

/* Up to `to`, or past it by a quote. */
static void walk_to(scan *s, size_t to)
{
	if (s->has_second)
		walk_both(s, to);
	walk_first(s, to);
}

/* ---- addresses ---------------------------------------------------------------------------------
 */

static bool is_atom(unsigned char c)
{
	static const bool outside[256] = {['<'] = true,
		['>'] = true,
		['('] = true,
		[')'] = true,
		['['] = true,
		[']'] = true,
		['"'] = true,
		[','] = true,
		[';'] = true,
		[':'] = true,
		['@'] = true,
		['\''] = true,
		['`'] = true};
	return !outside[c] && c > ' ' && c != 0x7f;
}

static bool is_domain(unsigned char c)
{
	return rbf_is_alpha(c) || rbf_is_digit(c) || c == '-' || c == '.' || c > 0x7f;
}

/* Brackets or quotes right around the address are part of it. */
static void widen(rebuff_span text, size_t from, size_t *start, size_t *end)
{
	static const char pairs[][2] = {
		{'<', '>'}, {'(', ')'}, {'[', ']'}, {'"', '"'}, {'\'', '\''}};
	for (size_t twice = 0; twice < 2 && *start > from && *end < text.len; twice++)
		for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++)
			if (*start > from && *end < text.len && text.p[*start - 1] == pairs[i][0] &&
				text.p[*end] == pairs[i][1]) {
				(*start)--;
				(*end)++;
				break;
			}
}

/* The next address at or behind `from`: start and end; false when there is none. */
static bool find_address(rebuff_span text, size_t from, size_t *start, size_t *end)
{
	for (size_t at = from; at < text.len; at++) {
		size_t found = rbf_span_chr(rbf_span_sub(text, at, SIZE_MAX), '@');
		if (found == SIZE_MAX)
			return false;
		at += found;
		*start = *end = at;
		while (*start > from && is_atom((unsigned char)text.p[*start - 1]))
			(*start)--;
		while (*end + 1 < text.len && is_domain((unsigned char)text.p[*end + 1]))
			(*end)++;
		while (*end > at && text.p[*end] == '.')
			(*end)--;
		if (*start == at || *end == at)
			continue;
		(*end)++;
		widen(text, from, start, end);
		return true;
	}
	return false;
}

/* Walk over the address at text[start..end) and begin a second walk behind it. With a space on both
 * sides, it sees one; with "user <a@b>: no", none. */
static void pass_address(scan *s, size_t start, size_t end)
{
	bool spaced = start > s->at && s->text.p[start - 1] == ' ';
	bool follows = end < s->text.len && s->text.p[end] == ' ';
	walk_to(s, start - spaced);
	walk before = s->has_second ? s->second : s->first;
	walk_to(s, start);
	if (follows)
		before = s->has_second ? s->second : s->first;
	s->has_second = false;
	walk_to(s, end + follows);
	s->second = before;
	s->has_second = before.state != 0;
	s->gap = follows ? start : start - spaced;
	s->seen = 0;
}

void rbf_automaton_scan(const rbf_automaton *a, rebuff_span text,
	void (*found)(void *ud, const rbf_hit *hits, size_t n), void *ud)
{
	scan s;
	size_t start, end;
	s.a = a;
	s.text = text;
	s.at = 0;
	s.first = s.second = (walk){0, 0};
	s.has_second = s.quoted = false;
	s.gap = s.seen = 0;
	s.hit_n = 0;
	s.found = found;
	s.ud = ud;
	memset(s.walked, 0, (a->node_n / 64 + 1) * sizeof *s.walked);
	/* A space before the first word and behind the last: what begins or ends with one is found
	 * there too. */
	step_byte(a, &s.first, ' ');
	while (find_address(text, s.at, &start, &end))
		pass_address(&s, start, end);
	walk_to(&s, text.len);
	step_byte(a, &s.first, ' ');
	if (ends(a, &s.first))
		report(&s, s.first.state, text.len + 1, 0);
	if (s.has_second)
		step_byte(a, &s.second, ' ');
	if (s.has_second && ends(a, &s.second))
		report(&s, s.second.state, text.len + 1, s.seen + 1);
	flush(&s);
}
