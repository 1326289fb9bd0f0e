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

typedef struct {
	const rbf_automaton *a;
	rebuff_span text;
	size_t at; /* how far the walks are */
	walk first, second;
	bool has_second;
	bool quoted; /* a quote was passed over: a literal may be longer in the text than in itself
		      */
	size_t gap, seen; /* the second walk: where the address began; bytes walked behind it */
	void (*hit)(void *ud, uint32_t literal, size_t start, size_t end);
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

/* Report what ends here. A node that was walked once has reported its literals, and so have all
 * behind it: without `repeat` there is nothing to say, however often the text comes back. Only
 * literals over `over` bytes: of the second walk those that began before the address. */
static void report(scan *s, uint32_t state, size_t end, size_t over)
{
	const rbf_automaton *a = s->a;
	uint32_t at = a->output[state];
	while (at != RBF_NONE) {
		const rbf_node *o = &a->nodes[at];
		bool again = s->walked[at >> 6] >> (at & 63) & 1;
		if ((again && !o->repeat) || o->len <= over)
			return;
		s->walked[at >> 6] |= (uint64_t)1 << (at & 63);
		size_t start = over ? start_of(s, s->gap, o->len - over) : start_of(s, end, o->len);
		for (uint32_t i = 0; i < o->n; i++) {
			uint32_t id = a->literals[o->first + i];
			if (!again || a->repeat[id])
				s->hit(s->ud, id, start, end < s->text.len ? end : s->text.len);
		}
		at = o->next;
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
	const unsigned char *text = (const unsigned char *)s->text.p, *p = text + s->at,
			    *end = text + to;
	size_t at = s->first.state, before = s->first.before;
	uint32_t state = a->state[at];
	for (; p < end; p++) {
		size_t symbol = a->symbol[*p];
		if ((state & RBF_SYMBOL) == symbol)
			at++;
		else if (symbol & RBF_SPECIAL)
			break;
		else
			at = turn(a, state, before, symbol);
		before = symbol;
		state = a->state[at];
		if (state & RBF_ENDS)
			report(s, (uint32_t)at, (size_t)(p - text) + 1, 0);
	}
	s->first = (walk){(uint32_t)at, (uint32_t)before};
	s->at = (size_t)(p - text);
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
	void (*hit)(void *ud, uint32_t literal, size_t start, size_t end), void *ud)
{
	scan s;
	size_t start, end;
	s.a = a;
	s.text = text;
	s.at = 0;
	s.first = s.second = (walk){0, 0};
	s.has_second = s.quoted = false;
	s.gap = s.seen = 0;
	s.hit = hit;
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
	step_byte(a, &s.second, ' ');
	if (s.has_second && ends(a, &s.second))
		report(&s, s.second.state, text.len + 1, s.seen + 1);
}
