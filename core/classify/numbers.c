/*
 * numbers.c - the numbers of a reply: IP addresses, stated waits ("try again in 5 minutes",
 * 00:04:59, PT300S, retry=300, 2026-11-28T03:00:00Z) and limits ("the maximum is 100"). A number is
 * a wait or a limit only by the words around it.
 */
#include <arpa/inet.h>
#include <stdio.h>

#include "classify/facts.h"
#include "classify/signs.h"

enum {
	BEFORE = 60, /* bytes in which a word may say what a number is */
	AFTER = 30,
	AGO_BEFORE = 18,
	LIMIT_BEFORE = 40,
	NUMBER_MAX = 12, /* digits */
	LOOKED_AT_MAX = 64,
};

static size_t back(size_t i, size_t n)
{
	return i > n ? i - n : 0;
}

static size_t skip_blanks(rebuff_span text, size_t i)
{
	while (i < text.len && (text.p[i] == ' ' || text.p[i] == '-'))
		i++;
	return i;
}

/* Digits at *i, which then stands behind them; more than NUMBER_MAX of them are no number. */
static bool read_number(rebuff_span text, size_t *i, int64_t *out)
{
	size_t start = *i;
	*out = 0;
	for (; rbf_is_digit(rbf_at(text, *i)); ++*i)
		if (*i - start < NUMBER_MAX)
			*out = *out * 10 + (text.p[*i] - '0');
	return *i > start && *i - start <= NUMBER_MAX;
}

/* ---- IP addresses
 * --------------------------------------------------------------------------------- */

/* The token that begins at i, of what an IP address is written with. */
static rebuff_span address_token(rebuff_span text, size_t i)
{
	size_t end = rbf_past(text, i, RBF_ALNUM);
	while (rbf_at(text, end) == '.' || rbf_at(text, end) == ':')
		end = rbf_past(text, end + 1, RBF_ALNUM);
	while (end > i && (text.p[end - 1] == '.' || text.p[end - 1] == ':'))
		end--;
	return rbf_span_sub(text, i, end - i);
}

/* An address other than the loopback's begins at i: taken if it is the first. Returns its length.
 */
static size_t take_ip(rebuff_span text, size_t i, rebuff_classification *out)
{
	unsigned char parsed[sizeof(struct in6_addr)];
	char name[INET6_ADDRSTRLEN];
	rebuff_span token = address_token(text, i);
	bool dot = rbf_span_chr(token, '.') != SIZE_MAX;
	size_t colon = rbf_span_chr(token, ':');
	if (!dot && colon == SIZE_MAX)
		return 0;
	if (dot && colon != SIZE_MAX)
		token.len = colon; /* 192.0.2.1:25 */
	if (token.len < 4 || !rbf_span_copy(name, sizeof name, token))
		return 0;
	if (inet_pton(AF_INET, name, parsed) != 1 && inet_pton(AF_INET6, name, parsed) != 1)
		return 0;
	if (!out->fact_ip[0] && !rbf_span_starts(token, RBF_LIT("127.")))
		(void)rbf_span_copy(out->fact_ip, sizeof out->fact_ip, token);
	return token.len;
}

/* ---- waits
 * ---------------------------------------------------------------------------------------- */

/* What the unit at i is worth in seconds; *end stands behind it. 0 when none is there. */
static int64_t unit_at(rebuff_span text, size_t i, size_t *end)
{
	const rbf_sign *sign = rbf_unit_signs[rbf_lower(rbf_at(text, i))];
	for (; (sign = rbf_sign_at(text, i, sign, ~0U)); sign++) {
		*end = i + sign->word.len;
		if (!rbf_is(rbf_at(text, *end), RBF_LETTER) || sign->says & RBF_STEM) {
			*end = rbf_past(text, *end, RBF_LETTER);
			return sign->says & ~(unsigned)RBF_STEM;
		}
	}
	return 0;
}

/* Is the number at start..end, units included, a time to wait? */
static bool is_wait(rebuff_span text, size_t start, size_t end)
{
	return !rbf_number_sign(text, back(start, AGO_BEFORE), start, RBF_BEFORE_PAST) &&
		(rbf_number_sign(text, back(start, BEFORE), start, RBF_BEFORE_WAIT) ||
			rbf_number_sign(text, end, end + AFTER, RBF_BEHIND_WAIT));
}

/* "in 00:15:00", not "id 20:15:33": a clock's digits are a length only behind such a word. */
static bool follows_in(rebuff_span text, size_t i)
{
	static const rbf_word words[] = {RBF_WORD("in "), RBF_WORD("after "), RBF_WORD("for "),
		RBF_WORD("wait "), RBF_WORD("within "), RBF_WORD(": "), RBF_WORD("(")};
	for (size_t k = 0; k < RBF_COUNT(words); k++)
		if (rbf_word_before(text, i, words[k]))
			return true;
	return false;
}

static void take_wait(rebuff_classification *out, int64_t s)
{
	if (s > 0 && !out->wait_s)
		out->wait_s = s > RBF_DAY_S ? RBF_DAY_S : s;
}

/* "1 hour 30 minutes", "4m59s": what follows a unit and is smaller adds to it. */
static int64_t more_time(rebuff_span text, size_t *end, int64_t unit)
{
	int64_t sum = 0, n, next;
	for (int parts = 0; parts < 2; parts++) {
		size_t i = *end, after;
		while (i < text.len && (text.p[i] == ' ' || text.p[i] == ','))
			i++;
		if (rbf_word_at(text, i, (rbf_word)RBF_WORD("and ")))
			i += 4;
		if (!read_number(text, &i, &n) || n > RBF_DAY_S)
			break;
		next = unit_at(text, skip_blanks(text, i), &after);
		if (next == 0 || next >= unit)
			break;
		sum += n * next;
		unit = next;
		*end = after;
	}
	return sum;
}

/* hh:mm:ss or mm:ss from i, where n was read; -1 when it is no time. */
static int64_t clock_time(rebuff_span text, size_t *i, int64_t n)
{
	int64_t part, s = n;
	int parts = 1;
	while (parts < 3 && rbf_at(text, *i) == ':' && rbf_is_digit(rbf_at(text, *i + 1)) &&
		rbf_is_digit(rbf_at(text, *i + 2)) && !rbf_is_digit(rbf_at(text, *i + 3))) {
		++*i;
		(void)read_number(text, i, &part);
		if (part > 59)
			return -1;
		s = s * 60 + part;
		parts++;
	}
	return parts > 1 ? s : -1;
}

/* ISO 8601 "PT1H30M", "PT300S" with the P at i. */
static void take_duration(rebuff_span text, size_t i, rebuff_classification *out)
{
	int64_t n, s = 0;
	for (i += 2; read_number(text, &i, &n); i++) {
		unsigned char unit = rbf_lower(rbf_at(text, i));
		if (unit != 'h' && unit != 'm' && unit != 's')
			return;
		s += n * (unit == 'h' ? 3600 : unit == 'm' ? 60 : 1);
	}
	if (!rbf_is_alnum(rbf_at(text, i)))
		take_wait(out, s);
}

/* Days since 1970-01-01 (Hinnant, days_from_civil). */
static int64_t days_of(int64_t y, int64_t m, int64_t d)
{
	y -= m <= 2;
	int64_t era = y / 400, yoe = y - era * 400;
	int64_t doy = (153 * (m + (m > 2 ? -3 : 9)) + 2) / 5 + d - 1;
	return era * 146097 + yoe * 365 + yoe / 4 - yoe / 100 + doy - 719468;
}

/* "+0200", "-05:00" in seconds; 0 for Z, UTC, GMT and nothing. */
static int64_t zone_at(rebuff_span text, size_t i)
{
	int64_t n;
	unsigned char sign = rbf_at(text, i);
	if (sign != '+' && sign != '-')
		return 0;
	i++;
	if (!read_number(text, &i, &n))
		return 0;
	if (rbf_at(text, i) == ':' && n < 24) {
		int64_t minutes;
		i++;
		n = read_number(text, &i, &minutes) ? n * 100 + minutes : n * 100;
	}
	int64_t s = n > 1459 ? 0 : n / 100 * 3600 + n % 100 * 60;
	return sign == '-' ? -s : s;
}

/* "2026-11-28T03:00:00Z", "2026-11-28 03:00 UTC" with the year y read and i at its first hyphen. */
static void take_date(
	rebuff_span text, size_t start, size_t i, int64_t y, rebuff_classification *out)
{
	int64_t m, d, h, s;
	if (y < 1970 || y > 9999 || rbf_at(text, i) != '-')
		return;
	i++;
	if (!read_number(text, &i, &m) || rbf_at(text, i) != '-' || m < 1 || m > 12)
		return;
	i++;
	if (!read_number(text, &i, &d) || d < 1 || d > 31 ||
		(rbf_at(text, i) != 'T' && rbf_at(text, i) != ' '))
		return;
	i++;
	if (!read_number(text, &i, &h) || h > 23)
		return;
	size_t before = i;
	s = clock_time(text, &i, h);
	if (s < 0)
		return;
	if (i - before == 3) /* hh:mm */
		s *= 60;
	i = rbf_at(text, i) == ' ' ? i + 1 : i;
	if (rbf_number_sign(text, back(start, BEFORE), start, RBF_BEFORE_DATE))
		out->wait_until_s = days_of(y, m, d) * RBF_DAY_S + s - zone_at(text, i);
}

/* ---- limits
 * --------------------------------------------------------------------------------------- */

/* How sure the words are that n is the limit: 2 it is called so, 1 so much per something. */
static int is_limit(rebuff_span text, size_t start, size_t end)
{
	if (rbf_number_sign(text, back(start, LIMIT_BEFORE), start, RBF_BEFORE_LIMIT) ||
		rbf_word_at(text, end, (rbf_word)RBF_WORD(" max)")))
		return 2;
	return rbf_number_sign(text, end, end + AFTER, RBF_BEHIND_LIMIT) ? 1 : 0;
}

static int64_t size_unit(rebuff_span text, size_t i)
{
	static const rbf_word units[] = {RBF_WORD("kb"), RBF_WORD("kib"), RBF_WORD("kilobyte"),
		RBF_WORD("mb"), RBF_WORD("mib"), RBF_WORD("megabyte"), RBF_WORD("gb"),
		RBF_WORD("gib"), RBF_WORD("gigabyte")};
	size_t k = RBF_WORDS_AT(text, skip_blanks(text, i), units);
	return k == RBF_COUNT(units) ? 1 : (int64_t)1 << (10 * (k / 3 + 1));
}

/* ---- one number
 * ----------------------------------------------------------------------------------- */

/* "retry=300", "retry-after: 300": the number of a tag is in seconds when it has no unit. */
static bool is_retry_tag(rebuff_span text, size_t i)
{
	static const rbf_word names[] = {RBF_WORD("retry="), RBF_WORD("retry-after="),
		RBF_WORD("retry-after:"), RBF_WORD("retry_after="), RBF_WORD("retry-after: "),
		RBF_WORD("wait="), RBF_WORD("delay=")};
	for (size_t k = 0; k < RBF_COUNT(names); k++)
		if (rbf_word_before(text, i, names[k]))
			return true;
	return false;
}

/* A wait, as a length or as a time, of which n is the first number, read up to i? Returns where it
 * ends, `start` when it is none. */
static size_t take_wait_at(
	rebuff_span text, size_t start, size_t i, int64_t n, rebuff_classification *out)
{
	size_t end = i;
	bool tag = is_retry_tag(text, start);
	int64_t unit = unit_at(text, skip_blanks(text, i), &end), s;
	if (unit && n <= RBF_DAY_S) {
		s = n * unit + more_time(text, &end, unit);
		if (!tag && !is_wait(text, start, end))
			return start;
		take_wait(out, s);
		return end;
	}
	end = i;
	if ((s = clock_time(text, &end, n)) >= 0) {
		if (tag || (follows_in(text, start) && is_wait(text, start, end)))
			take_wait(out, s);
		return end;
	}
	if (tag)
		take_wait(out, n);
	if (!out->wait_until_s)
		take_date(text, start, i, n, out);
	return start;
}

/* "an hour", "one minute" */
static void take_one(rebuff_span text, size_t i, rebuff_classification *out)
{
	static const rbf_word ones[] = {
		RBF_WORD("an "), RBF_WORD("a "), RBF_WORD("one "), RBF_WORD("half an ")};
	size_t end, k = RBF_WORDS_AT(text, i, ones);
	if (k == RBF_COUNT(ones))
		return;
	int64_t unit = unit_at(text, i + ones[k].len, &end);
	if (unit >= 60 && is_wait(text, i, end))
		take_wait(out, ones[k].p[0] == 'h' ? unit / 2 : unit);
}

size_t rbf_facts_number(rbf_reading *r, size_t start)
{
	rebuff_span text = r->text;
	int64_t n;
	size_t i = start, end;
	unsigned char before = start ? rbf_at(text, start - 1) : ' ';
	if (before == '.' || before == '_' || rbf_is_alnum(before)) {
		while (rbf_is_digit(rbf_at(text, i)))
			i++;
		return i;
	}
	if ((end = take_ip(text, start, r->out)) > 0)
		return start + end;
	if (!read_number(text, &i, &n) || r->looked_at++ > LOOKED_AT_MAX)
		return i;
	if (r->waits && !r->out->wait_s && (end = take_wait_at(text, start, i, n, r->out)) > start)
		return end;
	int sure = r->limits && n > 0 ? is_limit(text, start, i) : 0;
	if (sure > r->limit_sure) {
		r->limit_sure = sure;
		r->out->fact_limit = n * size_unit(text, i);
	}
	return i;
}

void rbf_facts_length(rbf_reading *r, size_t i)
{
	if (!r->waits || r->out->wait_s)
		return;
	if (r->text.p[i] == 'P' && rbf_at(r->text, i + 1) == 'T' &&
		rbf_is_digit(rbf_at(r->text, i + 2)))
		take_duration(r->text, i, r->out);
	else if (r->text.p[i] != 'P')
		take_one(r->text, i, r->out);
}
