#include "dsn/notice.h"

#include <string.h>

#include "base/span.h"
#include "dsn/fields.h"
#include "dsn/mention.h"
#include "dsn/quote.h"

enum {
	HITS_MAX = 4096,
	MENTIONS_MAX = 16384,
	HEADER_SEARCH_LINES = 12,
	ORIGIN_MAX = 400, /* bytes behind "generated from" in which the address stands */
	BEFORE_MAX = 1024, /* bytes before an address in which a reason is looked for */
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

static size_t line_start(rebuff_span text, size_t at)
{
	while (at && text.p[at - 1] != '\n')
		at--;
	return at;
}

static bool has_word(rebuff_span text, size_t from, size_t to)
{
	for (size_t i = from; i < to; i++)
		if (rbf_is_alpha((unsigned char)text.p[i]) ||
			rbf_is_digit((unsigned char)text.p[i]) || (unsigned char)text.p[i] >= 0x80)
			return true;
	return false;
}

/* The report ends at a line that announces the returned message, or where its headers begin. */
static void split(rbf_notice *n)
{
	size_t headers = find_headers(n->text, 0);
	n->end = headers;
	n->returned = headers;
	for (size_t i = 0; i < n->hit_n && n->hits[i].at < headers; i++) {
		size_t start = line_start(n->text, n->hits[i].at);
		if (n->hits[i].form->kind != RBF_FORM_RETURNED ||
			has_word(n->text, start, n->hits[i].at) || !has_word(n->text, 0, start))
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

static rebuff_span address_of(const rbf_notice *n, const rbf_mention *m)
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
		rebuff_span a = address_of(n, &m[i]);
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
			first = address_of(n, &m[i]);
			leads = m[i].leads;
		}
		m[i].chosen = (leads && m[i].leads) || rbf_span_ieq(first, address_of(n, &m[i]));
	}
}

static void add_list(rbf_recipients *list, rebuff_span addresses)
{
	size_t pos = 0;
	for (rebuff_span a; (a = rbf_address_next(addresses, &pos)).len;)
		(void)rbf_recipients_add(list, a);
}

/*
 * Every mention of a recipient belongs to it, for its replies stand there; but not the "To:" of the
 * message's header where the recipient is named as such elsewhere.
 */
static void choose_listed(
	const rbf_notice *n, rbf_mention *m, size_t count, const rbf_recipients *list)
{
	const rbf_report *report = list->report;
	bool *named = rbf_arena_get(list->arena, report->recipient_n * sizeof *named);
	if (!named)
		return;
	memset(named, 0, report->recipient_n * sizeof *named);
	for (size_t i = 0; i < count; i++) {
		const rbf_recipient *r = rbf_recipients_find(list, address_of(n, &m[i]));
		m[i].chosen = r != NULL;
		if (r && m[i].rank >= RBF_MENTION_LABELLED)
			named[r - report->recipient] = true;
	}
	for (size_t i = 0; i < count; i++)
		if (m[i].chosen && m[i].rank == RBF_MENTION_TO &&
			named[rbf_recipients_find(list, address_of(n, &m[i])) - report->recipient])
			m[i].chosen = false;
}

static void add_chosen(
	const rbf_notice *n, const rbf_mention *m, size_t count, rbf_recipients *list)
{
	for (size_t i = 0; i < count; i++)
		if (m[i].chosen)
			(void)rbf_recipients_add(list, address_of(n, &m[i]));
}

static rbf_mention *mentions_of(const rbf_notice *n, rbf_arena *arena, size_t *count)
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

void rbf_notice_recipients(const rbf_notice *n, const rbf_notice_hints *h, rbf_recipients *list)
{
	size_t count, before = list->report->recipient_n;
	rbf_mention *m = mentions_of(n, list->arena, &count);
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
}

void rbf_notice_sent_to(const rbf_notice *n, const rbf_notice_hints *h, rbf_recipients *list)
{
	size_t count;
	rbf_mention *m = mentions_of(n, list->arena, &count);
	add_list(list, h->sent_to);
	rbf_report other = {.kind = REBUFF_MESSAGE_NONE};
	rbf_recipients elsewhere = named_elsewhere(h, &other, list->arena);
	if (list->report->recipient_n == 0 &&
		choose(n, m, count, RBF_MENTION_TO, h, &elsewhere, false) > 0) {
		keep_first(n, m, count);
		add_chosen(n, m, count, list);
	}
}

/* ---- what the notice says of each ------------------------------------------------------------ */

static rebuff_span one_line(rbf_arena *arena, rebuff_span s, size_t max)
{
	char *p;
	if (s.len > max)
		s.len = max;
	while (s.len && s.len == max && ((unsigned char)s.p[s.len - 1] & 0xc0) == 0x80)
		s.len--; /* never end inside a character */
	if (s.len && s.len == max - 1 && (unsigned char)s.p[s.len - 1] >= 0xc0)
		s.len--;
	p = s.len ? rbf_arena_get(arena, s.len) : NULL;
	return p ? (rebuff_span){p, rbf_field_unfold(p, s.len, s)} : (rebuff_span){"", 0};
}

static bool opens_transcript(rebuff_span line)
{
	line = rbf_span_trim(line);
	return rbf_span_istarts(line, RBF_LIT("while talking")) ||
		rbf_span_istarts(line, RBF_LIT("... while talking"));
}

/* Behind a mailer's summary ("554 <a@b>... reason") the next transcript is about somebody else. */
static size_t block_end(const rbf_notice *n, const rbf_mention *m, size_t end)
{
	rebuff_span rest = rbf_span_sub(n->text, m->line_end, end - m->line_end);
	if (m->line_end >= end || !rbf_is_digit((unsigned char)n->text.p[m->line]))
		return end;
	while (rest.len) {
		rebuff_span line = rbf_line_next(&rest);
		if (opens_transcript(line))
			return (size_t)(line.p - n->text.p);
	}
	return end;
}

/* "<a@b>... User unknown", "554 <a@b>... Service unavailable": what Sendmail says of each. */
static bool is_summary(const rbf_notice *n, const rbf_mention *m)
{
	rebuff_span tail = rbf_span_sub(n->text, m->end, 5);
	return rbf_span_starts(tail, RBF_LIT(">...")) || rbf_span_starts(tail, RBF_LIT("..."));
}

/* Lines of a transcript before a mention are of its block: ">>> MAIL FROM", "<<< 550", and what a
 * local mailer wrote. */
static size_t block_start(const rbf_notice *n, const rbf_mention *m, size_t floor)
{
	size_t at = m->line;
	bool summary = is_summary(n, m);
	bool transcript =
		summary || rbf_is_digit((unsigned char)n->text.p[at]) || n->text.p[at] == '>';
	while (transcript && at > floor) {
		size_t before = line_start(n->text, at - 1);
		rebuff_span line = rbf_span_trim(rbf_span_sub(n->text, before, at - before));
		bool talking = opens_transcript(line);
		bool code = line.len > 4 && (line.p[0] == '4' || line.p[0] == '5') &&
			rbf_is_digit((unsigned char)line.p[1]);
		bool mailer = summary && !code && line.len && line.p[0] != '-';
		if (before < floor ||
			(!rbf_span_starts(line, RBF_LIT("<<<")) &&
				!rbf_span_starts(line, RBF_LIT(">>>")) && !talking &&
				(!(code || mailer) || rbf_span_chr(line, '@') != SIZE_MAX)))
			break;
		at = before;
		if (talking)
			break;
	}
	return at;
}

static rebuff_span host_name(rebuff_span s)
{
	size_t i = 0;
	while (i < s.len && (rbf_is_space((unsigned char)s.p[i]) || strchr(":<([\"'=", s.p[i])))
		i++;
	s = rbf_span_sub(s, i, 256);
	for (i = 0; i < s.len; i++)
		if (!rbf_is_alpha((unsigned char)s.p[i]) && !rbf_is_digit((unsigned char)s.p[i]) &&
			s.p[i] != '-' && s.p[i] != '.')
			break;
	while (i && s.p[i - 1] == '.')
		i--;
	s.len = i;
	return rbf_span_chr(s, '.') == SIZE_MAX ? (rebuff_span){"", 0} : s;
}

/* Host and stage, as the phrases of the block say. */
static void read_hits(const rbf_notice *n, size_t from, size_t to, rbf_recipient *r)
{
	for (size_t i = 0; i < n->hit_n; i++) {
		const rbf_form_hit *h = &n->hits[i];
		if (h->at < from || h->end > to)
			continue;
		if (h->form->kind == RBF_FORM_HOST && r->mta.len == 0)
			r->mta = host_name(rbf_span_sub(n->text, h->end, to - h->end));
		else if (h->form->kind == RBF_FORM_STAGE && r->stage == REBUFF_STAGE_UNKNOWN)
			r->stage = h->form->stage;
		else if (h->form->kind == RBF_FORM_ORIGIN && r->original.len == 0) {
			size_t end = to < h->end + ORIGIN_MAX ? to : h->end + ORIGIN_MAX,
			       at = h->end;
			r->original = rbf_address_next(rbf_span_sub(n->text, 0, end), &at);
		}
	}
}

typedef struct {
	size_t start, end;
	size_t previous; /* where the block before it began or ended */
	bool reason_first;
} block;

/* Without the punctuation that separates an address from its reason: ">: ", "] - ". */
static rebuff_span bare(rebuff_span s)
{
	s = rbf_span_trim(s);
	while (s.len && strchr(">:;,.\"')]}-=", s.p[0]))
		s = rbf_span_trim(rbf_span_sub(s, 1, SIZE_MAX));
	return s;
}

static bool is_platitude(const rbf_notice *n, rebuff_span s)
{
	size_t at = (size_t)(s.p - n->text.p);
	for (size_t i = 0; i < n->hit_n && n->hits[i].at <= at; i++)
		if (n->hits[i].at == at && n->hits[i].form->kind == RBF_FORM_PLATITUDE)
			return true;
	return s.len == 0;
}

/* The first paragraph with words in it between two offsets, platitudes passed over. */
static rebuff_span first_paragraph(const rbf_notice *n, size_t from, size_t to)
{
	while (from < to) {
		size_t end = from;
		rebuff_span rest = rbf_span_sub(n->text, from, to - from);
		while (rest.len) {
			rebuff_span line = rbf_line_next(&rest);
			bool words = has_word(n->text, from, end);
			if (words && rbf_span_trim(line).len == 0)
				break;
			end = (size_t)(rest.p - n->text.p);
		}
		rebuff_span p = bare(rbf_span_sub(n->text, from, end - from));
		if (!is_platitude(n, p) && has_word(p, 0, p.len))
			return p;
		from = end > from ? end : to;
	}
	return (rebuff_span){"", 0};
}

/* The last paragraph with words in it, without platitudes. */
static rebuff_span last_paragraph(const rbf_notice *n, size_t from, size_t to)
{
	rebuff_span last = {"", 0}, p;
	if (to - from > BEFORE_MAX)
		from = line_start(n->text, to - BEFORE_MAX);
	while ((p = first_paragraph(n, from, to)).len) {
		last = p;
		from = (size_t)(p.p + p.len - n->text.p);
	}
	return last;
}

/* Does the address stand in the midst of a sentence, not behind a label ("Recipient: <a@b>")? */
static bool is_in_sentence(const rbf_notice *n, const rbf_mention *m)
{
	size_t at = m->at;
	if (m->label < at && !has_word(n->text, m->line, m->label))
		return false;
	while (at > m->line && strchr(" \t<(\"'[", n->text.p[at - 1]))
		at--;
	return at > m->line && !strchr(":=>;,", n->text.p[at - 1]) &&
		has_word(n->text, m->line, at);
}

/* Where the paragraph of the mention begins, not before the block that precedes it. */
static size_t paragraph_start(const rbf_notice *n, const rbf_mention *m, size_t floor)
{
	size_t at = m->line;
	while (at > floor) {
		size_t before = line_start(n->text, at - 1);
		if (before < floor || !has_word(n->text, before, at))
			break;
		at = before;
	}
	return at;
}

/*
 * Without a reply: the paragraph that begins at the mention, or around it where it is part of a
 * sentence. Where nothing follows the last mention the reasons stand before the addresses.
 */
static rebuff_span paragraph(const rbf_notice *n, const rbf_mention *m, const block *b)
{
	if (is_in_sentence(n, m))
		return first_paragraph(n, paragraph_start(n, m, b->previous), b->end);
	rebuff_span line = bare(rbf_span_sub(n->text, m->end, m->line_end - m->end));
	rebuff_span after = first_paragraph(n, m->end, b->end);
	if (after.len && (!b->reason_first || has_word(line, 0, line.len)))
		return after;
	if (has_word(n->text, m->line, m->at)) /* "Unknown user: a@b" */
		return rbf_span_trim(rbf_span_sub(n->text, m->line, m->line_end - m->line));
	return m->line > b->previous ? last_paragraph(n, b->previous, m->line) : after;
}

/* The command that a reply at `at` answers, by the last one before it in a transcript (">>> DATA").
 */
static rebuff_stage command_before(const rbf_notice *n, const block *b, size_t at)
{
	static const struct {
		const char *command;
		rebuff_stage stage;
	} known[] = {{"ehlo", REBUFF_STAGE_EHLO}, {"helo", REBUFF_STAGE_EHLO},
		{"starttls", REBUFF_STAGE_TLS}, {"auth", REBUFF_STAGE_AUTH},
		{"mail", REBUFF_STAGE_MAIL}, {"rcpt", REBUFF_STAGE_RCPT},
		{"data", REBUFF_STAGE_DATA}, {".", REBUFF_STAGE_DOT}};
	rebuff_span rest = rbf_span_sub(n->text, b->start, at - b->start), line;
	rebuff_stage stage = REBUFF_STAGE_UNKNOWN;
	while (rest.len) {
		line = rbf_span_trim(rbf_line_next(&rest));
		if (!rbf_span_starts(line, RBF_LIT(">>>")))
			continue;
		line = rbf_span_trim(rbf_span_sub(line, 3, SIZE_MAX));
		for (size_t i = 0; i < sizeof known / sizeof *known; i++)
			if (rbf_span_istarts(line, rbf_span_of(known[i].command)))
				stage = known[i].stage;
	}
	/* Of commands sent together only the last is shown: a "503 Need RCPT" that follows tells
	 * that it was RCPT that was refused. */
	rebuff_span after = rbf_span_sub(n->text, at, b->end - at);
	return stage == REBUFF_STAGE_DATA && rbf_span_ifind(after, RBF_LIT("<<< 503")) != SIZE_MAX
		? REBUFF_STAGE_RCPT
		: stage;
}

/* What a local mailer wrote before Sendmail's summary, where nobody was talked to. */
static rebuff_span mailer_words(const rbf_notice *n, const rbf_mention *m, const block *b)
{
	rebuff_span s =
		rbf_span_sub(n->text, b->start, m->line > b->start ? m->line - b->start : 0);
	bool talk = rbf_span_ifind(s, RBF_LIT(">>>")) != SIZE_MAX ||
		rbf_span_ifind(s, RBF_LIT("<<<")) != SIZE_MAX;
	return is_summary(n, m) && !talk ? rbf_span_trim(s) : (rebuff_span){"", 0};
}

static void read_block(const rbf_notice *n, const rbf_mention *m, const block *b, rbf_arena *arena,
	rbf_recipient *r)
{
	rbf_quote q = rbf_quote_find(n->text, b->start, b->end);
	read_hits(n, b->start, b->end, r);
	if (q.end && r->stage == REBUFF_STAGE_UNKNOWN)
		r->stage = command_before(n, b, q.at);
	if (q.end && r->reply.len == 0) {
		r->reply = one_line(
			arena, rbf_span_sub(n->text, q.at, q.end - q.at), REBUFF_REPLY_MAX);
		if (r->status.len == 0)
			r->status = rbf_arena_copy(arena, rbf_span_of(q.status));
	}
	rebuff_span mailer = mailer_words(n, m, b);
	if (r->words.len == 0 || mailer.len)
		r->words = one_line(
			arena, mailer.len ? mailer : paragraph(n, m, b), RBF_REPORT_WORDS_MAX);
	size_t where, len = rbf_quote_status(r->words, &where);
	if (r->status.len == 0 && len)
		r->status = rbf_span_sub(r->words, where, len);
}

/* Is it another mention of the one chosen before it? */
static bool repeats(const rbf_notice *n, const rbf_mention *m, size_t i)
{
	for (size_t k = i; k-- > 0;)
		if (m[k].chosen)
			return rbf_span_ieq(address_of(n, &m[k]), address_of(n, &m[i]));
	return false;
}

/* Does nothing follow the last mention? Then what is said of each stands before it. */
static bool is_reason_first(const rbf_notice *n, const rbf_mention *m, size_t count)
{
	while (count && (!m[count - 1].chosen || repeats(n, m, count - 1)))
		count--;
	return count && first_paragraph(n, m[count - 1].end, n->end).len == 0;
}

static void read_blocks(
	const rbf_notice *n, const rbf_mention *m, size_t count, rbf_recipients *list)
{
	size_t last = count, previous = 0;
	bool reason_first = is_reason_first(n, m, count);
	for (size_t i = 0; i < count; i = last) {
		last = i + 1;
		if (!m[i].chosen)
			continue;
		rebuff_span a = address_of(n, &m[i]);
		size_t own = i;
		/* Until somebody else is mentioned. */
		for (; last < count; last++) {
			bool same = m[last].chosen && rbf_span_ieq(a, address_of(n, &m[last]));
			if (m[last].chosen && m[last].line != m[i].line &&
				(!same || is_summary(n, &m[last])))
				break;
			own = same ? last : own;
		}
		size_t start = block_start(n, &m[i], previous);
		size_t end = last < count ? block_start(n, &m[last], m[i].line_end) : n->end;
		rbf_recipient *r = rbf_recipients_find(list, a);
		end = block_end(n, &m[own], end);
		if (r && start < end)
			read_block(n, &m[i], &(block){start, end, previous, reason_first},
				list->arena, r);
		previous = reason_first ? m[own].line_end : end;
	}
}

/* One recipient: whatever reply the notice quotes is about it. */
static void read_whole(const rbf_notice *n, rbf_recipients *list)
{
	rbf_report *report = list->report;
	for (size_t i = 0; i < report->recipient_n; i++) {
		rbf_recipient *r = &report->recipient[i];
		if (r->reply.len || (r->words.len && report->recipient_n > 1))
			continue;
		rbf_quote q = rbf_quote_find(n->text, 0, n->end);
		read_hits(n, 0, n->end, r);
		if (q.end == 0)
			continue;
		r->reply = one_line(
			list->arena, rbf_span_sub(n->text, q.at, q.end - q.at), REBUFF_REPLY_MAX);
		if (r->status.len == 0)
			r->status = rbf_arena_copy(list->arena, rbf_span_of(q.status));
	}
}

void rbf_notice_words(const rbf_notice *n, rbf_recipients *list)
{
	size_t count;
	rbf_mention *m = mentions_of(n, list->arena, &count);
	choose_listed(n, m, count, list);
	read_blocks(n, m, count, list);
	if (list->report->recipient_n <= 16)
		read_whole(n, list);
}
