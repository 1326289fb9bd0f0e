#include "classify/template.h"

#include "base/span.h"
#include "classify/classify.h"

enum {
	LETTERS_MIN = 4, /* of a phrase worth looking for */
	LETTERS_ALONE = 20, /* from here on one phrase is enough */
	PHRASE_MAX = 120, /* bytes */
	ID_MIN = 6,
	ID_SURE = 16, /* letters in both cases so long are no word */
};

/* ---- what a word is ------------------------------------------------------------------------ */

typedef struct {
	size_t digits, upper, lower, hex, dots, colons, dashes, other;
} census;

static census count(rebuff_span w)
{
	census c = {0};
	for (size_t i = 0; i < w.len; i++) {
		unsigned char b = (unsigned char)w.p[i], l = rbf_lower(b);
		c.digits += rbf_is_digit(b);
		c.upper += b >= 'A' && b <= 'Z';
		c.lower += b >= 'a' && b <= 'z';
		c.hex += rbf_is_digit(b) || (l >= 'a' && l <= 'f');
		c.dots += b == '.';
		c.colons += b == ':';
		c.dashes += b == '-' || b == '/';
		c.other += !rbf_is_digit(b) && !rbf_is_alpha(b) && b != '.' && b != ':' &&
			b != '-' && b != '/';
	}
	return c;
}

static bool has(rebuff_span w, const char *what)
{
	return rbf_span_ifind(w, rbf_span_of(what)) != SIZE_MAX;
}

static bool is_address(rebuff_span w)
{
	size_t at = rbf_span_chr(w, '@');
	return at != SIZE_MAX && at > 0 && at + 1 < w.len;
}

static bool is_host(rebuff_span w, const census *c)
{
	size_t last = w.len;
	while (last && w.p[last - 1] != '.')
		last--;
	size_t top = w.len - last;
	if (c->dots == 0 || c->colons || c->other || w.p[0] == '.' || top < 2)
		return false;
	for (size_t i = last; i < w.len; i++)
		if (!rbf_is_alpha((unsigned char)w.p[i]))
			return false;
	/* "rejected.Please" is a sentence's end. */
	return c->dots > 1 || (c->upper == 0 && top <= 6 && w.len >= 5);
}

static bool is_day(rebuff_span w)
{
	static const char names[] =
		"jan feb mar apr may jun jul aug sep oct nov dec mon tue wed thu "
		"fri sat sun ";
	for (const char *p = names; *p; p += 4)
		if (rbf_span_ieq(w, (rebuff_span){p, 3}))
			return true;
	return false;
}

/* The placeholder of a word, NULL for one that stays. */
static const char *kind_of(rebuff_span w)
{
	census c = count(w);
	size_t letters = c.upper + c.lower;
	if (is_address(w))
		return "<address>";
	if (has(w, "://") || rbf_span_istarts(w, RBF_LIT("www.")))
		return "<url>";
	if ((c.dots == 3 && c.digits >= 4 && letters == 0 && c.other == 0) ||
		(c.colons >= 2 && c.hex + c.colons + c.dots == w.len &&
			(c.hex != c.digits || c.colons > 2)))
		return "<ip>";
	/* 2026-11-20, 10:11:12, 20/11/2026, 2026-11-20T10:11:12.000Z, +0100 */
	if (c.digits >= 4 && letters <= 2 && (c.colons + c.dashes >= 1 || w.p[0] == '+') &&
		!has(w, "_"))
		return "<date>";
	if (c.digits && letters <= 2 && c.other <= 1 && rbf_is_digit((unsigned char)w.p[0]))
		return "<n>";
	if (is_host(w, &c))
		return "<host>";
	if (w.len >= ID_MIN && c.digits && letters && (c.digits >= 2 || w.len >= 2 * ID_MIN))
		return "<id>";
	if (w.len >= ID_SURE && c.upper > 2 && c.lower > 2 && c.dashes == 0 && c.dots == 0)
		return "<id>";
	return NULL;
}

/* ---- the template -------------------------------------------------------------------------- */

static bool is_between(unsigned char c)
{
	static const char list[] = " <>()[]{}\"',;=|";
	return c <= ' ' || c == 0x7f || memchr(list, c, sizeof list - 1);
}

/* The next word at `at`, without the stops that end a sentence. A URL goes on over what else would
 * stand between words. */
static rebuff_span word_at(rebuff_span text, size_t at)
{
	size_t end = at;
	bool url = false;
	while (end < text.len) {
		unsigned char c = (unsigned char)text.p[end];
		url = url || (c == '/' && end >= at + 2 && text.p[end - 1] == ':');
		if (is_between(c) && !(url && memchr("=,;|", c, 4)))
			break;
		end++;
	}
	while (end > at + 1 && memchr(".:!?,;", text.p[end - 1], 6))
		end--;
	return rbf_span_sub(text, at, end - at);
}

static bool ends_with(const rbf_buf *b, const char *kind)
{
	return rbf_span_iends(rbf_span_trim(rbf_buf_span(b)), rbf_span_of(kind));
}

/* Two of a kind side by side are one; a number beside a date is part of it. */
static void add_kind(rbf_buf *b, const char *kind)
{
	bool date = strcmp(kind, "<date>") == 0, number = strcmp(kind, "<n>") == 0;
	if ((ends_with(b, kind) || (number && ends_with(b, "<date>"))) && b->len &&
		b->p[b->len - 1] == ' ')
		return;
	if (date && ends_with(b, "<n>") && b->p[b->len - 1] == ' ') {
		b->len = rbf_span_trim(rbf_buf_span(b)).len - 3;
		b->p[b->len] = '\0';
		if (ends_with(b, kind) && b->p[b->len - 1] == ' ')
			return;
	}
	rbf_buf_str(b, kind);
}

static void add_lower(rbf_buf *b, rebuff_span w)
{
	for (size_t i = 0; i < w.len; i++) {
		char c = (char)rbf_lower((unsigned char)w.p[i]);
		rbf_buf_add(b, (rebuff_span){&c, 1});
	}
}

size_t rbf_template(rebuff_span text, char out[RBF_TEMPLATE_MAX])
{
	rbf_buf b = rbf_buf_of(out, RBF_TEMPLATE_MAX);
	bool dated = false; /* the word before was part of a date */
	for (size_t at = 0; at < text.len && !b.overflow;) {
		rebuff_span w = word_at(text, at);
		if (w.len == 0) {
			unsigned char c = (unsigned char)text.p[at++];
			bool blank = c <= ' ' || c == 0x7f;
			if (!blank || (b.len && out[b.len - 1] != ' '))
				add_lower(&b, blank ? RBF_LIT(" ") : (rebuff_span){(char *)&c, 1});
			continue;
		}
		const char *kind = kind_of(w);
		rebuff_span after = rbf_span_sub(text, at + w.len, 3);
		while (after.len && is_between((unsigned char)after.p[0]))
			after = rbf_span_sub(after, 1, SIZE_MAX);
		bool number_next = after.len && rbf_is_digit((unsigned char)after.p[0]);
		if (!kind && is_day(w) && (dated || number_next))
			kind = "<date>";
		dated = kind && (kind[1] == 'd' || kind[1] == 'n');
		if (!kind)
			add_lower(&b, w);
		else
			add_kind(&b, kind);
		at += w.len;
	}
	return rbf_span_trim(rbf_buf_span(&b)).len;
}

/* ---- the rule ------------------------------------------------------------------------------ */

void rbf_template_quote(rbf_buf *b, rebuff_span bytes)
{
	rbf_buf_str(b, "\"");
	for (size_t i = 0; i < bytes.len; i++) {
		unsigned char c = (unsigned char)bytes.p[i];
		if (c >= 0x20 && c < 0x7f && c != '"' && c != '\\')
			rbf_buf_add(b, rbf_span_sub(bytes, i, 1));
		else
			rbf_buf_printf(b, "\\x%02x", c);
	}
	rbf_buf_str(b, "\"");
}

static bool is_letter(rebuff_span s, size_t i)
{
	unsigned char c = (unsigned char)s.p[i];
	return rbf_is_alpha(c) || c > 0x7f;
}

static size_t letters_in(rebuff_span s)
{
	size_t n = 0;
	for (size_t i = 0; i < s.len; i++)
		n += is_letter(s, i);
	return n;
}

/* From the first letter to the last, cut between words. */
static rebuff_span tidy(rebuff_span s)
{
	while (s.len && !is_letter(s, 0))
		s = rbf_span_sub(s, 1, SIZE_MAX);
	if (s.len > PHRASE_MAX) {
		s.len = PHRASE_MAX;
		while (s.len > PHRASE_MAX / 2 && s.p[s.len] != ' ')
			s.len--;
	}
	while (s.len && !is_letter(s, s.len - 1))
		s.len--;
	return s;
}

/* Cut the words up to the next placeholder off *rest. */
static rebuff_span next_words(rebuff_span *rest)
{
	static const char *const kinds[] = {
		"<address>", "<url>", "<ip>", "<host>", "<date>", "<id>", "<n>"};
	for (size_t i = 0; i < rest->len; i++)
		for (size_t k = 0; rest->p[i] == '<' && k < sizeof kinds / sizeof *kinds; k++)
			if (rbf_span_starts(
				    rbf_span_sub(*rest, i, SIZE_MAX), rbf_span_of(kinds[k]))) {
				rebuff_span words = rbf_span_sub(*rest, 0, i);
				*rest = rbf_span_sub(*rest, i + strlen(kinds[k]), SIZE_MAX);
				return tidy(words);
			}
	rebuff_span words = *rest;
	*rest = (rebuff_span){NULL, 0};
	return tidy(words);
}

/* The longest one, if it says enough alone; else the first that have letters enough. */
static size_t choose(rebuff_span form, rebuff_span chosen[RBF_PHRASES_MAX])
{
	rebuff_span rest = form, longest = {NULL, 0};
	size_t n = 0;
	while (rest.p) {
		rebuff_span words = next_words(&rest);
		size_t letters = letters_in(words);
		if (letters >= LETTERS_MIN && n < RBF_PHRASES_MAX)
			chosen[n++] = words;
		if (letters > letters_in(longest))
			longest = words;
	}
	if (letters_in(longest) >= LETTERS_ALONE) {
		chosen[0] = longest;
		return 1;
	}
	return n;
}

bool rbf_template_phrases(rbf_buf *b, rebuff_span form)
{
	rebuff_span chosen[RBF_PHRASES_MAX];
	size_t n = choose(form, chosen);
	if (n == 0)
		return false;
	rbf_buf_str(b, n > 1 ? "text = { " : "text = ");
	for (size_t i = 0; i < n; i++) {
		rbf_buf_str(b, i ? ", " : "");
		rbf_template_quote(b, chosen[i]);
	}
	rbf_buf_str(b, n > 1 ? " }" : "");
	return true;
}
