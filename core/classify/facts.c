/*
 * facts.c - addresses, URLs, block lists, domains, verdicts and the providers' own codes in a
 * reply. Each kind of fact begins with a byte or word that is rare, so that most texts are passed
 * over, or read for their numbers alone.
 */
#include "classify/facts.h"

#include <stdio.h>

#include "base/buf.h"
#include "classify/signs.h"

/* Offset of c from `from` on; SIZE_MAX when there is none. */
static size_t find(rebuff_span text, size_t from, char c)
{
	size_t i = rbf_span_chr(rbf_span_sub(text, from, SIZE_MAX), c);
	return i == SIZE_MAX ? i : from + i;
}

static void copy_lower(char *out, size_t cap, rebuff_span s)
{
	size_t n = s.len < cap - 1 ? s.len : cap - 1;
	for (size_t i = 0; i < n; i++)
		out[i] = (char)rbf_lower((unsigned char)s.p[i]);
	out[n] = '\0';
}

/* ---- URLs
 * ----------------------------------------------------------------------------------------- */

/* From `start` to where a URL ends: at a blank or bracket, without the sentence's own full stop. */
static rebuff_span url_from(rebuff_span text, size_t start)
{
	size_t end = rbf_past(text, start, RBF_LINK);
	while (end > start && strchr(".,;:!?", text.p[end - 1]))
		end--;
	return rbf_span_sub(text, start, end - start);
}

static void read_url(rebuff_span text, rebuff_classification *out)
{
	for (size_t i = 0; (i = find(text, i, ':')) != SIZE_MAX; i++) {
		if (rbf_at(text, i + 1) != '/' || rbf_at(text, i + 2) != '/' ||
			!rbf_is_alnum(rbf_at(text, i + 3)))
			continue;
		size_t scheme = rbf_word_before(text, i, (rbf_word)RBF_WORD("https")) ? 5 : 4;
		if (scheme == 5 || rbf_word_before(text, i, (rbf_word)RBF_WORD("http"))) {
			rebuff_span url = url_from(text, i - scheme);
			if (url.len < sizeof out->fact_url)
				(void)rbf_span_copy(out->fact_url, sizeof out->fact_url, url);
			return;
		}
	}
}

/* "www.example.org/help" without a scheme, at i. */
static void take_www(rebuff_span text, size_t i, rebuff_classification *out)
{
	rebuff_span url = url_from(text, i);
	if (!out->fact_url[0] && url.len > 6 && url.len < sizeof out->fact_url)
		(void)rbf_span_copy(out->fact_url, sizeof out->fact_url, url);
}

/* ---- addresses
 * ------------------------------------------------------------------------------------ */

/* Whom to write to is not whom the reply is about. */
static bool is_contact(rebuff_span local)
{
	static const rbf_word names[] = {RBF_WORD("postmaster"), RBF_WORD("abuse"),
		RBF_WORD("delist"), RBF_WORD("support"), RBF_WORD("tosa"), RBF_WORD("unblock"),
		RBF_WORD("noc"), RBF_WORD("hostmaster"), RBF_WORD("helpdesk"), RBF_WORD("removal"),
		RBF_WORD("removeme"), RBF_WORD("blacklist"), RBF_WORD("spam"), RBF_WORD("antispam"),
		RBF_WORD("remove")};
	for (size_t i = 0; i < RBF_COUNT(names); i++)
		if (local.len == names[i].len && rbf_word_at(local, 0, names[i]))
			return true;
	return false;
}

static void read_address(rebuff_span text, rebuff_classification *out)
{
	for (size_t i = 0; (i = find(text, i, '@')) != SIZE_MAX; i++) {
		size_t start = rbf_back(text, i, RBF_LOCAL), end = rbf_past(text, i + 1, RBF_HOST);
		while (start < i && strchr("'`=", text.p[start]))
			start++;
		while (end > i + 1 && strchr(".-_", text.p[end - 1]))
			end--;
		rebuff_span local = rbf_span_sub(text, start, i - start);
		rebuff_span domain = rbf_span_sub(text, i + 1, end - i - 1);
		if (local.len == 0 || local.p[0] == '/' || is_contact(local) || domain.len == 0 ||
			end - start > REBUFF_ADDRESS_MAX || rbf_span_chr(domain, '.') == SIZE_MAX)
			continue;
		(void)rbf_span_copy(out->fact_address, sizeof out->fact_address,
			rbf_span_sub(text, start, end - start));
		return;
	}
}

/* ---- verdicts: spf=, dkim=, dmarc=
 * ---------------------------------------------------------------- */

enum { VERDICTS = 3, VERDICT_REACH = 90 /* bytes from the name to its '=' */ };
static const rbf_word verdict_names[VERDICTS] = {
	RBF_WORD("spf"), RBF_WORD("dkim"), RBF_WORD("dmarc")};

/* Which of the names stands last before `equal` and after `from`; VERDICTS for none. */
static int name_before(rebuff_span text, size_t from, size_t equal)
{
	int found = VERDICTS;
	if (equal - from > VERDICT_REACH)
		from = equal - VERDICT_REACH;
	for (size_t i = from; i < equal; i++) {
		if (i && rbf_is_alnum(rbf_at(text, i - 1)))
			continue;
		size_t k = RBF_WORDS_AT(text, i, verdict_names);
		if (k < VERDICTS && !rbf_is_alnum(rbf_at(text, i + verdict_names[k].len)))
			found = (int)k;
	}
	return found;
}

/* The word after the '=': pass, fail ..., also "did not pass". NULL for anything else. */
static const char *verdict_at(rebuff_span text, size_t i)
{
	static const rbf_word said[] = {RBF_WORD("pass"), RBF_WORD("fail"), RBF_WORD("softfail"),
		RBF_WORD("hardfail"), RBF_WORD("none"), RBF_WORD("neutral"), RBF_WORD("temperror"),
		RBF_WORD("permerror"), RBF_WORD("did not pass"), RBF_WORD("not pass"),
		RBF_WORD("timeout")};
	static const char *const means[] = {"pass", "fail", "softfail", "fail", "none", "neutral",
		"temperror", "permerror", "fail", "fail", "temperror"};
	while (i < text.len && text.p[i] == ' ')
		i++;
	size_t k = RBF_WORDS_AT(text, i, said);
	return k < RBF_COUNT(said) ? means[k] : NULL;
}

/* Microsoft: "Spf= Fail , Dkim= Pass , DMARC= Fail"; Gmail: "DKIM = did not pass", "SPF [a.example]
 * with ip: [192.0.2.1] = did not pass"; Authentication-Results. */
static void read_verdicts(rebuff_span text, rebuff_classification *out)
{
	const char *verdicts[VERDICTS] = {NULL};
	size_t from = 0;
	for (size_t i = 0; (i = find(text, i, '=')) != SIZE_MAX; from = ++i) {
		int name = name_before(text, from, i);
		const char *said = name < VERDICTS ? verdict_at(text, i + 1) : NULL;
		if (said && !verdicts[name])
			verdicts[name] = said;
	}
	rbf_buf b = rbf_buf_of(out->fact_auth, sizeof out->fact_auth);
	for (int k = 0; k < VERDICTS; k++)
		if (verdicts[k])
			rbf_buf_printf(
				&b, "%s%s=%s", b.len ? " " : "", verdict_names[k].p, verdicts[k]);
}

/* ---- the providers' own codes
 * --------------------------------------------------------------------- */

/* "[TSS04]", "(S3150)", "[HM08]": capitals, then digits, alone in brackets. */
static rebuff_span bracketed_tag(rebuff_span text, size_t open)
{
	size_t i = open + 1, capitals = 0, digits = 0;
	for (; rbf_at(text, i) >= 'A' && rbf_at(text, i) <= 'Z'; i++)
		capitals++;
	for (; rbf_is_digit(rbf_at(text, i)); i++)
		digits++;
	if (capitals && capitals <= 5 && digits && digits <= 8 &&
		(rbf_at(text, i) == ']' || rbf_at(text, i) == ')'))
		return rbf_span_sub(text, open + 1, i - open - 1);
	return (rebuff_span){NULL, 0};
}

/* "OFR_417", "RP-001", "IB605", "POL-P4", "DT:SPM", "AUP#1234": known by how they begin. */
static rebuff_span open_tag(rebuff_span text, size_t start)
{
	for (const rbf_sign *s = rbf_tag_signs; s->says; s++) {
		size_t end = start, digits = 0, len = s->word.len;
		if (text.p[start] != s->word.p[0] || text.len - start < len ||
			memcmp(text.p + start, s->word.p, len) != 0)
			continue;
		for (; rbf_is(rbf_at(text, end), RBF_TAG); end++)
			digits += rbf_is_digit(rbf_at(text, end));
		while (end > start && strchr(":-#_", text.p[end - 1]))
			end--;
		if (end - start >= len && (digits || s->says == RBF_TAG_ALONE))
			return rbf_span_sub(text, start, end - start);
	}
	return (rebuff_span){NULL, 0};
}

/* GMX and its sisters say in the link what the words leave open: "...&c=bl". */
static rebuff_span link_tag(const char *url)
{
	rebuff_span link = rbf_span_of(url);
	for (size_t i = 0; (i = find(link, i, '=')) != SIZE_MAX; i++) {
		if (i < 2 || link.p[i - 1] != 'c' || !strchr("?&", link.p[i - 2]))
			continue;
		size_t end = rbf_past(link, i + 1, RBF_ALNUM);
		return rbf_span_sub(link, i - 1, end - i + 1);
	}
	return (rebuff_span){NULL, 0};
}

static void take_tag(rebuff_classification *out, rebuff_span tag)
{
	if (tag.p && tag.len < sizeof out->fact_tag)
		(void)rbf_span_copy(out->fact_tag, sizeof out->fact_tag, tag);
}

/* ---- host names, domains, block lists
 * ------------------------------------------------------------- */

/* The host name at i: at least one dot, no address, letters at the end; "" for anything else. */
static rebuff_span host_at(rebuff_span text, size_t i)
{
	size_t end = rbf_past(text, i, RBF_HOST);
	if (rbf_at(text, end) == '@')
		return rbf_span_sub(text, i, 0);
	while (end > i && strchr(".-_", text.p[end - 1]))
		end--;
	rebuff_span host = rbf_span_sub(text, i, end - i);
	if (host.len > REBUFF_DOMAIN_MAX || host.len < 3 || rbf_span_chr(host, '.') == SIZE_MAX ||
		!rbf_is_alpha((unsigned char)host.p[host.len - 1]))
		return rbf_span_sub(text, i, 0);
	return host;
}

/* Past blanks, brackets and quotes. */
static size_t skip_open(rebuff_span text, size_t i)
{
	while (i < text.len && strchr(" :[(<\"'", text.p[i]))
		i++;
	return i;
}

/* The host name that ends right before i, past blanks, closing brackets and "'s". */
static rebuff_span host_before(rebuff_span text, size_t i)
{
	while (i && strchr(" ])>\"", text.p[i - 1]))
		i--;
	if (rbf_word_before(text, i, (rbf_word)RBF_WORD("'s")))
		i -= 2;
	size_t start = rbf_back(text, i, RBF_HOST);
	if (start && rbf_at(text, start - 1) == '@')
		return rbf_span_sub(text, start, 0);
	return host_at(rbf_span_sub(text, 0, i), start);
}

/* "domain example.org", "domain of [example.org]", "email from example.org" with the word at i. */
static void take_domain_after(rebuff_span text, size_t i, rebuff_classification *out)
{
	static const rbf_word fill[] = {RBF_WORD("of "), RBF_WORD("name ")};
	i = skip_open(text, i);
	size_t k = RBF_WORDS_AT(text, i, fill);
	if (k < RBF_COUNT(fill))
		i = skip_open(text, i + fill[k].len);
	copy_lower(out->fact_domain, sizeof out->fact_domain, host_at(text, i));
}

/* "Spamhaus PBL": which of its lists. */
static const char *sublist_at(rebuff_span text, size_t i)
{
	static const rbf_word lists[] = {RBF_WORD(" sbl-xbl"), RBF_WORD(" sbl"), RBF_WORD(" xbl"),
		RBF_WORD(" pbl"), RBF_WORD(" css"), RBF_WORD(" zen"), RBF_WORD(" dbl")};
	size_t k = RBF_WORDS_AT(text, i, lists);
	if (k == RBF_COUNT(lists) || rbf_is_alnum(rbf_at(text, i + lists[k].len)))
		return "";
	return lists[k].p;
}

/* A known list's name at a word's beginning; in a host name the whole host, unless it is a link's,
 * where something better may follow. */
static void take_known_list(rebuff_span text, size_t i, rbf_word name, rebuff_classification *out)
{
	size_t start = rbf_back(text, i, RBF_HOST);
	rebuff_span host = host_at(text, start);
	if (host.len && !(start && rbf_at(text, start - 1) == '/'))
		copy_lower(out->fact_list, sizeof out->fact_list, host);
	else if (!out->fact_list[0])
		(void)snprintf(out->fact_list, sizeof out->fact_list, "%s%s", name.p,
			sublist_at(text, i + name.len));
}

/* ---- the words
 * ----------------------------------------------------------------------------------- */

/* What the word at i says. What is found is wanted no more. */
static void take_sign(rebuff_span text, size_t i, const rbf_sign *sign, unsigned *want,
	rebuff_classification *out)
{
	size_t end = i + sign->word.len;
	if (sign->says == RBF_WWW)
		take_www(text, i, out);
	else if (sign->says == RBF_LIST)
		take_known_list(text, i, sign->word, out);
	else if (sign->says == RBF_BEFORE_DOMAIN)
		take_domain_after(text, end, out);
	else if (sign->says == RBF_BEHIND_DOMAIN)
		copy_lower(out->fact_domain, sizeof out->fact_domain, host_before(text, i));
	else if (!out->fact_list[0])
		copy_lower(
			out->fact_list, sizeof out->fact_list, host_at(text, skip_open(text, end)));
	if (out->fact_domain[0])
		*want &= ~(unsigned)RBF_DOMAINS;
	if (strchr(out->fact_list, '.'))
		*want &= ~(unsigned)RBF_LISTS;
}

static void take_word(rebuff_span text, size_t i, unsigned *want, rebuff_classification *out)
{
	const rbf_sign *sign = rbf_name_signs[rbf_lower((unsigned char)text.p[i])];
	while ((sign = rbf_sign_at(text, i, sign, *want)))
		take_sign(text, i, sign++, want, out);
}

/* ---- all of them
 * ---------------------------------------------------------------------------------- */

/* Lists and domains are looked for only where it is about who or what is sending. */
static unsigned words_wanted(const rebuff_classification *c)
{
	switch (c->category) {
	case REBUFF_IP_BLOCKED:
	case REBUFF_CONTENT_BLOCKED:
	case REBUFF_SENDER_REJECTED:
		return RBF_DOMAINS | RBF_LISTS | RBF_WWW;
	case REBUFF_AUTH_FAILED:
	case REBUFF_RATE_LIMITED:
	case REBUFF_POLICY:
		return RBF_DOMAINS | RBF_WWW;
	default:
		return c->fault == REBUFF_FAULT_RECEIVER ? RBF_LISTS : 0;
	}
}

static rbf_reading reading_of(rebuff_span text, rebuff_classification *out)
{
	rebuff_category c = out->category;
	return (rbf_reading){.text = text,
		.out = out,
		.waits = out->code / 100 == 4 || (out->code == 0 && out->enhanced[0] == '4') ||
			c == REBUFF_RATE_LIMITED || c == REBUFF_GREYLISTED ||
			c == REBUFF_IP_BLOCKED,
		.limits = c == REBUFF_RATE_LIMITED || c == REBUFF_MESSAGE_TOO_BIG ||
			c == REBUFF_MAILBOX_FULL || c == REBUFF_CONTENT_BLOCKED ||
			c == REBUFF_NETWORK_ERROR};
}

/* What begins with a letter at i. */
static void take_letter(rbf_reading *r, size_t i, unsigned *want)
{
	unsigned char c = (unsigned char)r->text.p[i];
	if (c == 'P' || c == 'a' || c == 'o' || c == 'h')
		rbf_facts_length(r, i);
	if (c >= 'A' && c <= 'X' && !r->out->fact_tag[0] &&
		rbf_is(rbf_at(r->text, i + 1), RBF_TAG) &&
		!(i && rbf_is((unsigned char)r->text.p[i - 1], RBF_HOST)))
		take_tag(r->out, open_tag(r->text, i));
	if (*want)
		take_word(r->text, i, want, r->out);
}

static void take_bracket(rbf_reading *r, size_t i)
{
	if (!r->out->fact_tag[0])
		take_tag(r->out, bracketed_tag(r->text, i));
}

/* One pass over the beginnings of words, numbers and brackets. */
static void read_words(rbf_reading *r, unsigned want)
{
	rebuff_span text = r->text;
	for (size_t i = 0; i < text.len;) {
		unsigned char c = (unsigned char)text.p[i];
		if (rbf_is(c, RBF_LETTER)) {
			take_letter(r, i, &want);
			i = rbf_past(text, i + 1, RBF_ALNUM);
		} else if (rbf_is(c, RBF_DIGIT)) {
			i = rbf_facts_number(r, i);
		} else {
			if (rbf_is(c, RBF_BRACKET))
				take_bracket(r, i);
			i++;
		}
	}
}

enum { BLOCK = 16 };

/* Neither digit nor bracket in a block? Without a way out before the end, so that compilers look at
 * all bytes at once. */
static bool is_plain(const char *p)
{
	unsigned char found = 0;
	for (size_t i = 0; i < BLOCK; i++) {
		char c = p[i];
		found |= (unsigned char)((c >= '0') & (c <= '9'));
		found |= (unsigned char)((c == '(') | (c == '['));
	}
	return found == 0;
}

/* The next digit or bracket, at i or behind. */
static size_t next_number(rebuff_span text, size_t i)
{
	while (text.len - i >= BLOCK && is_plain(text.p + i))
		i += BLOCK;
	while (i < text.len && !rbf_is((unsigned char)text.p[i], RBF_DIGIT | RBF_BRACKET))
		i++;
	return i;
}

/* The same where no word says anything. */
static void read_numbers(rbf_reading *r)
{
	rebuff_span text = r->text;
	for (size_t i = 0; (i = next_number(text, i)) < text.len;) {
		if (rbf_is((unsigned char)text.p[i], RBF_BRACKET))
			take_bracket(r, i++);
		else if (i && rbf_is((unsigned char)text.p[i - 1], RBF_LETTER))
			i = rbf_past(text, i, RBF_ALNUM);
		else
			i = rbf_facts_number(r, i);
	}
}

/* Where nothing but a tag is looked for, it has a bracket or an underscore in it. */
static void read_tag_alone(rebuff_span text, rebuff_classification *out)
{
	size_t i;
	for (i = 0; !out->fact_tag[0] && (i = find(text, i, '[')) != SIZE_MAX; i++)
		take_tag(out, bracketed_tag(text, i));
	for (i = 0; !out->fact_tag[0] && (i = find(text, i, '(')) != SIZE_MAX; i++)
		take_tag(out, bracketed_tag(text, i));
	for (i = 0; !out->fact_tag[0] && (i = find(text, i, '_')) != SIZE_MAX; i++) {
		size_t start = i;
		while (start && i - start < 16 && rbf_is((unsigned char)text.p[start - 1], RBF_TAG))
			start--;
		take_tag(out, open_tag(text, start));
	}
}

void rbf_facts(rebuff_span text, unsigned marks, rebuff_classification *out)
{
	rbf_reading r = reading_of(text, out);
	unsigned want = words_wanted(out);
	if (marks & RBF_MARK_URL)
		read_url(text, out);
	if (marks & RBF_MARK_ADDRESS)
		read_address(text, out);
	if (!r.waits && !r.limits && !want && out->category != REBUFF_UNCLASSIFIED)
		read_tag_alone(text, out);
	else if (marks & RBF_MARK_TAG || (marks & RBF_MARK_NAME && want) ||
		(marks & RBF_MARK_LENGTH && r.waits))
		read_words(&r, want);
	else
		read_numbers(&r);
	if (out->fact_url[0] && !out->fact_tag[0])
		take_tag(out, link_tag(out->fact_url));
	if (marks & RBF_MARK_VERDICT &&
		(want & RBF_DOMAINS || out->category == REBUFF_UNCLASSIFIED))
		read_verdicts(text, out);
}
