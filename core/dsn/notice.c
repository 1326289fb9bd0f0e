#include "dsn/notice.h"

#include <string.h>

#include "base/span.h"
#include "dsn/fields.h"
#include "dsn/mention.h"
#include "dsn/prose.h"
#include "dsn/quote.h"

enum {
	HITS_MAX = 4096,
	MENTIONS_MAX = 16384,
	HEADER_SEARCH_LINES = 12,
	ORIGIN_MAX = 400, /* bytes behind "generated from" in which the address stands */
};

/* ---- the parts of a notice ------------------------------------------------------------------- */

/* Line ends as line feeds, so that nothing below needs to know of others. */
static rebuff_span with_line_feeds(rbf_arena *arena, rebuff_span text)
{
	size_t n = 0;
	if (rbf_span_chr(text, '\r') == SIZE_MAX)
		return text;
	char *out = rbf_arena_get(arena, text.len);
	for (size_t i = 0; out && i < text.len; i++) {
		if (text.p[i] == '\r' && i + 1 < text.len && text.p[i + 1] == '\n')
			continue;
		out[n++] = text.p[i];
		if (text.p[i] == '\r')
			out[n - 1] = '\n';
	}
	return out ? (rebuff_span){out, n} : text;
}

/* Mail quoted with "> " in a forwarded message: take one mark off every line. */
static rebuff_span unquoted(rbf_arena *arena, rebuff_span text)
{
	size_t lines = 0, quoted = 0, n = 0;
	for (rebuff_span rest = text; rest.len;) {
		rebuff_span line = rbf_line_next(&rest);
		lines += rbf_span_trim(line).len > 0;
		quoted += line.len > 0 && line.p[0] == '>';
	}
	if (quoted < 6 || quoted * 2 < lines)
		return text;
	char *out = rbf_arena_get(arena, text.len + 1);
	if (!out)
		return text;
	for (rebuff_span rest = text; rest.len;) {
		rebuff_span line = rbf_line_next(&rest);
		if (line.len && line.p[0] == '>')
			line = rbf_span_sub(
				line, line.len > 1 && line.p[1] == ' ' ? 2 : 1, SIZE_MAX);
		if (line.len)
			memcpy(out + n, line.p, line.len);
		n += line.len;
		out[n++] = '\n';
	}
	return (rebuff_span){out, n};
}

/* A field that the header section of a returned message has and prose has not. */
static bool is_header_line(rebuff_span line)
{
	static const char *const names[] = {"received", "return-path", "message-id", "mime-version",
		"dkim-signature", "domainkey-signature", "x-mailer", "x-received", "content-type",
		"delivered-to", "arc-seal", "x-google-dkim-signature", "user-agent"};
	rebuff_span name = rbf_span_sub(line, 0, rbf_field_name_len(line));
	for (size_t i = 0; i < sizeof names / sizeof *names && name.len; i++)
		if (rbf_span_ieq(name, rbf_span_of(names[i])))
			return true;
	return false;
}

static bool is_any_header_line(rebuff_span line)
{
	static const char *const names[] = {
		"from", "to", "subject", "date", "cc", "reply-to", "sender"};
	rebuff_span name = rbf_span_sub(line, 0, rbf_field_name_len(line));
	if (is_header_line(line) || rbf_span_istarts(name, RBF_LIT("x-")))
		return true;
	for (size_t i = 0; i < sizeof names / sizeof *names && name.len; i++)
		if (rbf_span_ieq(name, rbf_span_of(names[i])))
			return true;
	return false;
}

/* Do at least two such fields stand here, close together? rest begins at a header line. */
static bool is_header_section(rebuff_span rest)
{
	size_t fields = 0, sure = 0;
	for (int i = 0; i < HEADER_SEARCH_LINES && rest.len; i++) {
		rebuff_span line = rbf_line_next(&rest);
		if (line.len == 0)
			break;
		if (rbf_span_istarts(rbf_span_trim(line), RBF_LIT("rcpt to:")))
			return false; /* of an envelope, told to people */
		fields += is_any_header_line(line);
		sure += is_header_line(line);
	}
	return sure >= 1 && fields >= 2;
}

/* Where the lines of a header section begin, from `from` on; text.len when there is none. */
static size_t find_headers(rebuff_span text, size_t from)
{
	rebuff_span rest = rbf_span_sub(text, from, SIZE_MAX);
	while (rest.len) {
		size_t at = (size_t)(rest.p - text.p);
		rebuff_span whole = rest, line = rbf_line_next(&rest);
		if (is_any_header_line(line) && is_header_section(whole))
			return at;
	}
	return text.len;
}

/* The report ends at a line that announces the returned message, or where its headers begin. */
static void split(rbf_notice *n)
{
	size_t headers = find_headers(n->text, 0);
	n->end = headers;
	n->returned = headers;
	for (size_t i = 0; i < n->hit_n && n->hits[i].at < headers; i++) {
		size_t start = rbf_line_start(n->text, n->hits[i].at);
		if (n->hits[i].form->kind != RBF_FORM_RETURNED ||
			rbf_has_word(n->text, start, n->hits[i].at) ||
			!rbf_has_word(n->text, 0, start))
			continue;
		n->end = start;
		break;
	}
	if (n->returned == n->text.len && n->end < n->text.len) {
		rebuff_span rest = rbf_span_sub(n->text, n->end, SIZE_MAX);
		(void)rbf_line_next(&rest);
		n->returned = (size_t)(rest.p - n->text.p);
	}
}

void rbf_notice_open(rbf_notice *n, const rbf_forms *forms, rbf_arena *arena, rebuff_span text)
{
	*n = (rbf_notice){.text = unquoted(arena, with_line_feeds(arena, text))};
	/* A phrase takes four bytes at least: a short notice shall cost little. */
	size_t cap = n->text.len / 4 < HITS_MAX ? n->text.len / 4 + 1 : HITS_MAX;
	rbf_form_hit *hits = rbf_arena_get(arena, cap * sizeof *hits);
	n->hits = hits;
	n->hit_n = hits ? rbf_forms_find(forms, n->text, false, hits, cap) : 0;
	split(n);
	while (n->hit_n && n->hits[n->hit_n - 1].at >= n->end)
		n->hit_n--;
	for (size_t i = 0; i < n->hit_n; i++)
		n->says |= 1U << n->hits[i].form->kind;
	n->has_reply = rbf_quote_find(n->text, 0, n->end).end > 0;
}

/* ---- which of the mentioned addresses failed ------------------------------------------------- */

static bool list_has(rebuff_span list, rebuff_span address)
{
	size_t pos = 0;
	for (rebuff_span a; (a = rbf_address_next(list, &pos)).len;)
		if (rbf_span_ieq(a, address))
			return true;
	return false;
}

/* Addresses that a notice names as help, not as what failed. */
static bool is_role(rebuff_span address)
{
	static const char *const roles[] = {"postmaster@", "mailer-daemon@", "abuse@", "support@",
		"helpdesk@", "hostmaster@", "noreply@", "no-reply@", "mailerdaemon@", "spam@"};
	for (size_t i = 0; i < sizeof roles / sizeof *roles; i++)
		if (rbf_span_istarts(address, rbf_span_of(roles[i])))
			return true;
	return false;
}

rebuff_span rbf_notice_address(const rbf_notice *n, const rbf_mention *m)
{
	return rbf_span_sub(n->text, m->at, m->end - m->at);
}

static bool is_sender(const rbf_notice_hints *h, rebuff_span a)
{
	for (size_t i = 0; i < sizeof h->senders / sizeof *h->senders; i++)
		if (list_has(h->senders[i], a))
			return true;
	return false;
}

/* Mark the mentions of at least this rank. `elsewhere` are those named as recipients there. Returns
 * how many. */
static size_t choose(const rbf_notice *n, rbf_mention *m, size_t count, rbf_mention_rank least,
	const rbf_notice_hints *h, const rbf_recipients *elsewhere, bool only_known)
{
	size_t chosen = 0;
	for (size_t i = 0; i < count; i++) {
		rebuff_span a = rbf_notice_address(n, &m[i]);
		if (m[i].rank < least)
			continue;
		bool known = m[i].sure || rbf_recipients_find(elsewhere, a);
		if (!known && (only_known || is_role(a) || is_sender(h, a)))
			continue;
		m[i].chosen = true;
		chosen++;
	}
	return chosen;
}

/* Only the first: a sentence names who failed, the next may name anybody. But where it begins a
 * paragraph, those that do so too: "a@b Invalid address" and so on. */
static void keep_first(const rbf_notice *n, rbf_mention *m, size_t count)
{
	rebuff_span first = {"", 0};
	bool leads = false;
	for (size_t i = 0; i < count; i++) {
		if (!m[i].chosen)
			continue;
		if (first.len == 0) {
			first = rbf_notice_address(n, &m[i]);
			leads = m[i].leads;
		}
		m[i].chosen =
			(leads && m[i].leads) || rbf_span_ieq(first, rbf_notice_address(n, &m[i]));
	}
}

static void add_list(rbf_recipients *list, rebuff_span addresses)
{
	size_t pos = 0;
	for (rebuff_span a; (a = rbf_address_next(addresses, &pos)).len;)
		(void)rbf_recipients_add(list, a);
}

static void add_chosen(
	const rbf_notice *n, const rbf_mention *m, size_t count, rbf_recipients *list)
{
	for (size_t i = 0; i < count; i++)
		if (m[i].chosen)
			(void)rbf_recipients_add(list, rbf_notice_address(n, &m[i]));
}

rbf_mention *rbf_notice_mentions(const rbf_notice *n, rbf_arena *arena, size_t *count)
{
	/* As many as there can be, so that a short notice costs little. */
	size_t cap = 0;
	for (size_t i = 0; i < n->end && cap < MENTIONS_MAX; i++)
		cap += n->text.p[i] == '@';
	rbf_mention *m = cap ? rbf_arena_get(arena, cap * sizeof *m) : NULL;
	*count = m ? rbf_mentions_find(n->text, n->end, n->hits, n->hit_n, m, cap) : 0;
	return m;
}

/* Those whom header fields name, as a set: a list of a hundred thousand is not searched for each
 * mention. */
static rbf_recipients named_elsewhere(
	const rbf_notice_hints *h, rbf_report *report, rbf_arena *arena)
{
	rbf_recipients list = rbf_recipients_of(report, arena);
	add_list(&list, h->failed);
	add_list(&list, h->sent_to);
	return list;
}

/* "an undisclosed address (generated from a@b)": then the one that was written to. */
static void add_origins(const rbf_notice *n, rbf_recipients *list)
{
	for (size_t i = 0; i < n->hit_n; i++) {
		size_t at = n->hits[i].end, end = n->end;
		if (n->hits[i].form->kind != RBF_FORM_ORIGIN)
			continue;
		if (end > at + ORIGIN_MAX)
			end = at + ORIGIN_MAX;
		(void)rbf_recipients_add(
			list, rbf_address_next(rbf_span_sub(n->text, 0, end), &at));
	}
}

void rbf_notice_recipients(const rbf_notice *n, const rbf_notice_hints *h, rbf_recipients *list)
{
	size_t count, before = list->report->recipient_n;
	rbf_mention *m = rbf_notice_mentions(n, list->arena, &count);
	rbf_report other = {.kind = REBUFF_MESSAGE_NONE};
	rbf_recipients elsewhere = named_elsewhere(h, &other, list->arena);
	if (choose(n, m, count, RBF_MENTION_LABELLED, h, &elsewhere, false) == 0) {
		add_list(list, h->failed);
		if (list->report->recipient_n > before)
			return;
		if (choose(n, m, count, RBF_MENTION_FAILING, h, &elsewhere, true) == 0 &&
			choose(n, m, count, RBF_MENTION_FAILING, h, &elsewhere, false) > 0)
			keep_first(n, m, count);
	}
	add_chosen(n, m, count, list);
	if (list->report->recipient_n == before)
		add_origins(n, list);
}

void rbf_notice_sent_to(const rbf_notice *n, const rbf_notice_hints *h, rbf_recipients *list)
{
	size_t count;
	rbf_mention *m = rbf_notice_mentions(n, list->arena, &count);
	add_list(list, h->sent_to);
	rbf_report other = {.kind = REBUFF_MESSAGE_NONE};
	rbf_recipients elsewhere = named_elsewhere(h, &other, list->arena);
	if (list->report->recipient_n == 0 &&
		choose(n, m, count, RBF_MENTION_TO, h, &elsewhere, false) > 0) {
		keep_first(n, m, count);
		add_chosen(n, m, count, list);
	}
}
