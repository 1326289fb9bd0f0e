#include "dsn/mention.h"

#include "base/span.h"
#include "dsn/prose.h"

enum { LABEL_MAX = 160 }; /* bytes before an address in which its label is looked for */

/* ---- finding addresses ----------------------------------------------------------------------- */

static bool is_local(unsigned char c)
{
	return rbf_is_alpha(c) || rbf_is_digit(c) || c >= 0x80 ||
		(c && strchr("!#$%&'*+-/=?^_`{|}~.", c));
}

static bool is_domain(unsigned char c)
{
	return rbf_is_alpha(c) || rbf_is_digit(c) || c >= 0x80 || c == '-' || c == '.' || c == '_';
}

/* Does a character of a script that writes no spaces (three bytes of UTF-8) end before i? After it
 * an ASCII address begins, before it one has ended: such text runs on without a space. */
static bool ends_wide(rebuff_span s, size_t from, size_t i)
{
	size_t lead = i;
	while (lead > from && i - lead < 3 && ((unsigned char)s.p[lead - 1] & 0xc0) == 0x80)
		lead--;
	return i - lead == 2 && lead > from && (unsigned char)s.p[lead - 1] >= 0xe2 &&
		(unsigned char)s.p[lead - 1] < 0xf0;
}

/* Where the local part that ends before `at` begins; `at` when there is none. */
static size_t local_start(rebuff_span s, size_t from, size_t at)
{
	size_t i = at;
	if (i > from && s.p[i - 1] == '"') { /* "john doe"@example.org */
		size_t q = i - 1;
		while (q > from && i - q < 66 && s.p[q - 1] != '"' && s.p[q - 1] != '\n')
			q--;
		return q > from && s.p[q - 1] == '"' && q + 1 < i ? q - 1 : at;
	}
	while (i > from && at - i < 256 && is_local((unsigned char)s.p[i - 1])) {
		if (i < at && (unsigned char)s.p[i] < 0x80 && ends_wide(s, from, i))
			break;
		i--;
	}
	/* Quotes around the whole, a list mark, "T=" of a log: not of the address. */
	while (i < at && strchr("'*-=/.!|`#", s.p[i]))
		i++;
	/* "dda:SMTP=a@b" of an X.400 address; other '=' are of the address ("prvs=1234=a@b") */
	if (rbf_span_istarts(rbf_span_sub(s, i, at - i), RBF_LIT("smtp=")))
		i += 5;
	return i;
}

static size_t domain_end(rebuff_span s, size_t at)
{
	size_t i = at;
	if (i < s.len && s.p[i] == '[') {
		while (i < s.len && i - at < 64 && s.p[i] != ']' &&
			!rbf_is_space((unsigned char)s.p[i]))
			i++;
		return i < s.len && s.p[i] == ']' ? i + 1 : at;
	}
	while (i < s.len && i - at < 256 && is_domain((unsigned char)s.p[i])) {
		if (i > at && (unsigned char)s.p[i] >= 0xe2 && (unsigned char)s.p[i] < 0xf0 &&
			rbf_is_alpha((unsigned char)s.p[i - 1]))
			break;
		i++;
	}
	while (i > at && strchr(".-_", s.p[i - 1]))
		i--;
	return i;
}

/* Is there nothing beside s[from..to) on its line but white space and commas? */
static bool is_alone(rebuff_span s, size_t from, size_t to)
{
	while (from && (s.p[from - 1] == ' ' || s.p[from - 1] == '\t' || s.p[from - 1] == ','))
		from--;
	while (to < s.len && (s.p[to] == ' ' || s.p[to] == '\t' || s.p[to] == ','))
		to++;
	return (from == 0 || s.p[from - 1] == '\n') &&
		(to == s.len || s.p[to] == '\n' || s.p[to] == '\r');
}

/* A domain has a dot; a host of one's own network need not, where it is plain that it is meant. */
static bool is_address(rebuff_span s, size_t local, size_t at, size_t end)
{
	bool dot = false;
	if (local == at || end <= at + 1)
		return false;
	for (size_t i = at + 1; i < end; i++)
		dot |= s.p[i] == '.' || s.p[i] == '[';
	bool bracketed = local && s.p[local - 1] == '<' && end < s.len && s.p[end] == '>';
	if (!dot && !bracketed && !is_alone(s, local, end))
		return false;
	/* a URL with an '@' in it */
	return !(local >= 3 && memcmp(s.p + local - 3, "://", 3) == 0);
}

rebuff_span rbf_address_next(rebuff_span s, size_t *pos)
{
	size_t from = *pos;
	while (from < s.len) {
		size_t at = rbf_span_chr(rbf_span_sub(s, from, SIZE_MAX), '@');
		if (at == SIZE_MAX)
			break;
		at += from;
		size_t local = local_start(s, *pos, at), end = domain_end(s, at + 1);
		from = end > at ? end : at + 1;
		if (is_address(s, local, at, end)) {
			*pos = end;
			return rbf_span_sub(s, local, end - local);
		}
	}
	*pos = s.len;
	return (rebuff_span){"", 0};
}

/* ---- ranking --------------------------------------------------------------------------------- */

/* Nothing but digits and punctuation: a reply code may stand there. */
static bool is_code(rebuff_span text, size_t from, size_t to)
{
	bool digit = false;
	for (size_t i = from; i < to; i++) {
		if (rbf_is_alpha((unsigned char)text.p[i]) || (unsigned char)text.p[i] >= 0x80)
			return false;
		digit |= rbf_is_digit((unsigned char)text.p[i]);
	}
	return digit;
}

/* The first hit at or behind `from` in text order. */
static size_t first_hit(const rbf_form_hit *hits, size_t hit_n, size_t from)
{
	size_t lo = 0, hi = hit_n;
	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;
		if (hits[mid].at < from)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

/* The label that ends right before the address (only punctuation and line ends between), and where
 * it begins. NULL: none. */
static const rbf_form *label_before(
	rebuff_span text, const rbf_form_hit *hits, size_t hit_n, size_t at, size_t *where)
{
	const rbf_form *best = NULL;
	size_t best_end = 0, best_at = 0;
	for (size_t i = first_hit(hits, hit_n, at > LABEL_MAX ? at - LABEL_MAX : 0);
		i < hit_n && hits[i].at < at; i++) {
		const rbf_form *f = hits[i].form;
		if ((f->kind != RBF_FORM_RECIPIENT && f->kind != RBF_FORM_OTHER &&
			    f->kind != RBF_FORM_ORIGIN) ||
			hits[i].end > at || rbf_has_word(text, hits[i].end, at))
			continue;
		/* of two that end alike the longer one says more */
		if (!best || hits[i].end > best_end ||
			(hits[i].end == best_end && hits[i].at < best_at)) {
			best = f;
			best_end = hits[i].end;
			best_at = hits[i].at;
		}
	}
	*where = best ? best_at : at;
	return best;
}

/* Does what follows the address make it the head of its line? */
static bool leads(rebuff_span tail)
{
	while (tail.len && strchr(">\"')]}", tail.p[0]))
		tail = rbf_span_sub(tail, 1, SIZE_MAX);
	if (rbf_span_istarts(tail, RBF_LIT("<mailto:")))
		tail = rbf_span_sub(tail, rbf_span_chr(tail, '>'), SIZE_MAX);
	tail = rbf_span_trim(tail);
	bool comma = tail.len && tail.p[0] == ',';
	while (tail.len && strchr(">\"')]},", tail.p[0]))
		tail = rbf_span_trim(rbf_span_sub(tail, 1, SIZE_MAX));
	if (comma || tail.len == 0 || strchr(":;.,[(-|=", tail.p[0]))
		return true;
	return rbf_span_istarts(tail, RBF_LIT("on ")) && tail.len > 3 &&
		(rbf_is_digit((unsigned char)tail.p[3]) || rbf_span_chr(tail, ':') != SIZE_MAX);
}

/* "a@b <c@d>": the first is a display name. */
static bool is_display_name(rebuff_span tail)
{
	while (tail.len && strchr("\"' \t", tail.p[0]))
		tail = rbf_span_sub(tail, 1, SIZE_MAX);
	return tail.len > 3 && tail.p[0] == '<' && !rbf_span_istarts(tail, RBF_LIT("<mailto:")) &&
		rbf_span_chr(rbf_span_sub(tail, 0, rbf_span_chr(tail, '>')), '@') != SIZE_MAX;
}

static bool fails_nearby(const rbf_form_hit *hits, size_t hit_n, size_t paragraph, size_t line_end)
{
	for (size_t i = first_hit(hits, hit_n, paragraph); i < hit_n && hits[i].at < line_end; i++)
		if (hits[i].form->kind == RBF_FORM_FAIL || hits[i].form->kind == RBF_FORM_DELAY)
			return true;
	return false;
}

/* "Mailbox exceeds its size: a@b": does it end a line whose words introduce it? */
static bool ends_line(rebuff_span text, const rbf_mention *m)
{
	size_t at = m->at;
	while (at > m->line && strchr(" \t<'\"", text.p[at - 1]))
		at--;
	return at > m->line && text.p[at - 1] == ':' && rbf_has_word(text, m->line, at) &&
		!rbf_has_word(text, m->end, m->line_end);
}

/* Where "SMTP:", "rfc822;" and the like begin that say of what type the address is. */
static size_t type_start(rebuff_span text, const rbf_mention *m)
{
	static const char *const types[] = {"smtp:", "rfc822;", "mailto:"};
	size_t at = m->at;
	while (at > m->line && text.p[at - 1] == ' ')
		at--;
	for (size_t i = 0; i < sizeof types / sizeof *types; i++)
		if (rbf_span_iends(
			    rbf_span_sub(text, m->line, at - m->line), rbf_span_of(types[i])))
			return at - strlen(types[i]);
	return m->at;
}

typedef struct {
	rebuff_span text;
	const rbf_form_hit *hits;
	size_t hit_n;
	size_t paragraph; /* where the current paragraph begins */
} ranking;

static rbf_mention_rank rank(const ranking *k, rbf_mention *m, size_t bare_from)
{
	rebuff_span tail = rbf_span_sub(k->text, m->end, m->line_end - m->end);
	rebuff_span lead = rbf_span_sub(k->text, bare_from, m->at - bare_from);
	size_t at = type_start(k->text, m);
	const rbf_form *label = label_before(k->text, k->hits, k->hit_n, at, &m->label);
	m->sure = label && label->kind == RBF_FORM_RECIPIENT &&
		(strstr(label->phrase, "rcpt to:") || strstr(label->phrase, "recipient:"));
	if (is_display_name(tail))
		return RBF_MENTION_OTHER;
	if (label && label->kind != RBF_FORM_RECIPIENT)
		return RBF_MENTION_OTHER;
	if (!rbf_has_word(k->text, bare_from, at) && leads(tail))
		return RBF_MENTION_ALONE;
	bool fails = fails_nearby(k->hits, k->hit_n, k->paragraph, m->line_end),
	     ends = ends_line(k->text, m);
	if (label || (ends && fails_nearby(k->hits, k->hit_n, m->line, m->line_end)))
		return RBF_MENTION_LABELLED;
	if (is_code(k->text, bare_from, m->at))
		return rbf_span_starts(rbf_span_trim(lead), RBF_LIT("<<<")) ? RBF_MENTION_FAILING
									    : RBF_MENTION_LABELLED;
	if (rbf_span_istarts(rbf_span_trim(lead), RBF_LIT("to:")))
		return RBF_MENTION_TO;
	return fails || ends ? RBF_MENTION_FAILING : RBF_MENTION_PROSE;
}

static size_t line_end_of(rebuff_span text, size_t at)
{
	while (at < text.len && text.p[at] != '\n')
		at++;
	return at;
}

size_t rbf_mentions_find(rebuff_span text, size_t end, const rbf_form_hit *hits, size_t hit_n,
	rbf_mention *mentions, size_t cap)
{
	ranking k = {rbf_span_sub(text, 0, end), hits, hit_n, 0};
	size_t n = 0, line = 0;
	bool blank = true;
	while (line < k.text.len && n < cap) {
		size_t stop = line_end_of(k.text, line), pos = line, bare = line;
		if (!rbf_has_word(k.text, line, stop))
			blank = true;
		else if (blank) {
			k.paragraph = line;
			blank = false;
		}
		rebuff_span upto = rbf_span_sub(k.text, 0, stop), a;
		while (n < cap && (a = rbf_address_next(upto, &pos)).len) {
			rbf_mention *m = &mentions[n++];
			size_t at = (size_t)(a.p - text.p);
			*m = (rbf_mention){
				.at = at, .end = at + a.len, .line = line, .line_end = stop};
			m->rank = rank(&k, m, bare);
			m->leads = line == k.paragraph && !rbf_has_word(k.text, bare, at);
			if (m->leads && m->rank == RBF_MENTION_PROSE)
				m->rank = RBF_MENTION_FAILING;
			/* What precedes the next one on this line begins after this one, when
			 * nothing but addresses stood there: "a@b, c@d". */
			if (!rbf_has_word(k.text, bare, at))
				bare = m->end;
		}
		line = stop + 1;
	}
	return n;
}
