#include "dsn/quote.h"

#include "base/span.h"
#include "dsn/fields.h"
#include "smtp/enhanced.h"

static unsigned char at(rebuff_span s, size_t i)
{
	return i < s.len ? (unsigned char)s.p[i] : '\0';
}

static bool is_blank(unsigned char c)
{
	return c == ' ' || c == '\t';
}

size_t rbf_quote_status(rebuff_span s, size_t *where)
{
	for (size_t i = 0; i + 5 <= s.len; i++) {
		rbf_enhanced e;
		unsigned char before = i ? at(s, i - 1) : ' ';
		if ((s.p[i] != '4' && s.p[i] != '5') || at(s, i + 1) != '.' ||
			rbf_is_digit(before) || rbf_is_alpha(before) || before == '.' ||
			before == '/')
			continue;
		size_t n = rbf_enhanced_parse(rbf_span_sub(s, i, SIZE_MAX), &e);
		if (n && !rbf_is_alpha(at(s, i + n)) && at(s, i + n) != '-' &&
			at(s, i + n) != '/') {
			*where = i;
			return n;
		}
	}
	return 0;
}

/* Does a word that announces a reply stand before i, on the same line or at the end of the one
 * before? */
static bool is_announced(rebuff_span s, size_t from, size_t i)
{
	static const char *const words[] = {"said", "says", "reason", "responded", "response",
		"returned", "with failure", "error", "was", "replied", "follows", "out",
		"diagnostic-code: smtp;", "smtp;", "message", "failed", "rcpt to", "data",
		"because", "code"};
	while (i > from && (rbf_is_space(at(s, i - 1)) || strchr(":([<\"'-,", at(s, i - 1)))) {
		if (at(s, i - 1) == '<' && i >= from + 3 && at(s, i - 2) == '<' &&
			at(s, i - 3) == '<')
			return true;
		i--;
	}
	for (size_t k = 0; k < sizeof words / sizeof *words; k++)
		if (rbf_span_iends(rbf_span_sub(s, from, i - from), rbf_span_of(words[k])))
			return true;
	return i > from && at(s, i - 1) == ']'; /* "host mx.example.org [192.0.2.1]: 550" */
}

/* "<<< 550 ...": what the server said, in Sendmail's transcript; "<a@b>... 550 ..." what its
 * resolver said. Both beat Sendmail's own summary. */
static bool is_transcript(rebuff_span s, size_t from, size_t i)
{
	rebuff_span before = rbf_span_sub(s, from, i - from);
	return rbf_span_iends(before, RBF_LIT("<<< ")) || rbf_span_iends(before, RBF_LIT(">... "));
}

static bool starts_line(rebuff_span s, size_t from, size_t i)
{
	while (i > from && (is_blank(at(s, i - 1)) || strchr("<>([\"'*#-", at(s, i - 1))))
		i--;
	return i == from || at(s, i - 1) == '\n' || at(s, i - 1) == '\r';
}

/* Three digits of a reply code with nothing beside them that makes them another number. */
static bool is_code(rebuff_span s, size_t from, size_t i)
{
	unsigned char before = i > from ? at(s, i - 1) : ' ', after = at(s, i + 3);
	if ((at(s, i) != '4' && at(s, i) != '5') || !rbf_is_digit(at(s, i + 1)) ||
		!rbf_is_digit(at(s, i + 2)))
		return false;
	if (rbf_is_digit(before) || rbf_is_alpha(before) || strchr(".-@/=%_+$,", before))
		return false;
	if (after == '.' || after == ',')
		return !rbf_is_digit(at(s, i + 4)) && !rbf_is_alpha(at(s, i + 4));
	return after == '\0' || rbf_is_space(after) || strchr("-:(#;\"'<>)]", after);
}

/* How surely a reply begins at i; 0: it does not. */
static int score_at(rebuff_span s, size_t from, size_t i)
{
	static const char *const units[] = {"second", "minute", "hour", "day", "byte", "kb", "mb",
		"messages", "recipients", "connections", "times", "lines"};
	rbf_enhanced e;
	rebuff_span after = rbf_span_trim(rbf_span_sub(s, i + 3, 64));
	while (after.len && strchr("-:# (\"'", after.p[0]))
		after = rbf_span_sub(after, 1, SIZE_MAX);
	int score = 0;
	if (rbf_enhanced_parse(after, &e) && (e.class_ == 4 || e.class_ == 5))
		score += 4;
	for (size_t k = 0; k < sizeof units / sizeof *units && score == 0; k++)
		if (rbf_span_istarts(after, rbf_span_of(units[k])))
			return 0;
	if (is_transcript(s, from, i))
		score += 6;
	else if (is_announced(s, from, i))
		score += 3;
	if (starts_line(s, from, i))
		score += 2;
	if (score == 0 && at(s, i + 3) == '-' && !rbf_is_digit(at(s, i + 4)) && i > from &&
		at(s, i - 1) == ' ')
		score = 1;
	if (score && at(s, i) == '5')
		score += 1;
	if (score && at(s, i) == '5' && at(s, i + 1) == '0' && at(s, i + 2) == '3')
		score = 1; /* "503 need RCPT" comes after the reply that matters */
	return score;
}

/* Words before which a reply is over, at the start of a line. */
static bool ends_before(rebuff_span line)
{
	static const char *const anywhere[] = {
		"--> ", "<-- ", ">>> ", "<<< "}; /* logs of a session */
	static const char *const words[] = {"giving up on", "i'm not going to try", "<<<", ">>>",
		"---", "...", "====", "original message", "for further assistance",
		"reporting-mta:", "action:", "final-recipient:", "status:", "this condition",
		"no action", "in:", "out:", "the attachment", "----", "(in reply to",
		"was processed", "(other mxes"};
	for (size_t k = 0; k < sizeof words / sizeof *words; k++)
		if (rbf_span_istarts(line, rbf_span_of(words[k])))
			return true;
	for (size_t k = 0; k < sizeof anywhere / sizeof *anywhere; k++)
		if (rbf_span_ifind(line, rbf_span_of(anywhere[k])) != SIZE_MAX)
			return true;
	return false;
}

/* A line that carries on a reply with this code: "550-more", or a wrapped sentence. */
static bool continues(rebuff_span s, rebuff_span line, size_t code, bool more)
{
	rebuff_span digits = rbf_span_sub(s, code, 3);
	if (line.len == 0 || ends_before(line))
		return false;
	if (is_code(line, 0, 0))
		return more && rbf_span_starts(line, digits);
	return true;
}

static size_t reply_end(rebuff_span s, size_t from, size_t i, size_t to)
{
	size_t end = i;
	rebuff_span rest = rbf_span_sub(s, i, to - i);
	bool more = true; /* the last code was followed by '-' */
	for (int lines = 0; lines < REBUFF_REPLY_LINES_MAX && rest.len; lines++) {
		rebuff_span line = rbf_line_next(&rest), trimmed = rbf_span_trim(line);
		if (trimmed.len == 0 && lines == 1 && end - i <= 3)
			continue; /* the code alone on its line */
		if (lines && !continues(s, trimmed, i, more))
			break;
		if (lines == 0 || is_code(trimmed, 0, 0))
			more = at(trimmed, 3) == '-';
		end = (size_t)(line.p + line.len - s.p);
	}
	/* "(reason: 550 ...)", "[550 ...]": the closing bracket is not of the reply */
	unsigned char open = i > from ? at(s, i - 1) : ' ';
	if (open == '[' || open == '\'' || open == '"') {
		unsigned char close = open == '[' ? ']' : open;
		size_t n = rbf_span_chr(rbf_span_sub(s, i, end - i), (char)close);
		if (n != SIZE_MAX)
			end = i + n;
	}
	if (end - i > REBUFF_REPLY_MAX)
		end = i + REBUFF_REPLY_MAX;
	return end;
}

/* Where the reply whose code stands at `i` begins: lines "550-..." before it belong to it. */
static size_t reply_start(rebuff_span s, size_t from, size_t i)
{
	for (int lines = 0; lines < REBUFF_REPLY_LINES_MAX; lines++) {
		size_t end = i, start;
		while (end > from && is_blank(at(s, end - 1)))
			end--;
		if (end == from || at(s, end - 1) != '\n')
			break;
		start = --end;
		while (start > from && at(s, start - 1) != '\n')
			start--;
		rebuff_span line = rbf_span_trim(rbf_span_sub(s, start, end - start));
		if (line.len < 4 || line.p[3] != '-' ||
			!rbf_span_starts(line, rbf_span_sub(s, i, 3)))
			break;
		i = (size_t)(line.p - s.p);
	}
	return i;
}

/* A reply without a basic code: an enhanced code that begins a line or is announced. */
static rbf_quote find_enhanced(rebuff_span s, size_t from)
{
	rbf_quote q = {.score = 0};
	size_t where, n;
	for (size_t i = from; (n = rbf_quote_status(rbf_span_sub(s, i, SIZE_MAX), &where)) > 0;
		i += where + n) {
		if (!starts_line(s, from, i + where) && !is_announced(s, from, i + where))
			continue;
		q = (rbf_quote){.at = i + where, .score = 2};
		q.end = reply_end(s, from, q.at, s.len);
		rbf_span_copy(q.status, sizeof q.status, rbf_span_sub(s, q.at, n));
		return q;
	}
	return q;
}

rbf_quote rbf_quote_find(rebuff_span text, size_t from, size_t to)
{
	rbf_quote best = {.score = 0};
	size_t best_at = 0;
	rebuff_span s = rbf_span_sub(text, 0, to);
	for (size_t i = from; i + 3 <= s.len; i++) {
		if ((s.p[i] != '4' && s.p[i] != '5') || !is_code(s, from, i))
			continue;
		int score = score_at(s, from, i);
		if (score > best.score) {
			best.score = score;
			best_at = i;
		}
	}
	if (best.score < 2)
		return find_enhanced(s, from);
	best.at = reply_start(s, from, best_at);
	best.end = reply_end(s, from, best.at, s.len);
	size_t where = 0,
	       n = rbf_quote_status(rbf_span_sub(s, best.at, best.end - best.at), &where);
	rbf_span_copy(best.status, sizeof best.status, rbf_span_sub(s, best.at + where, n));
	return best;
}
