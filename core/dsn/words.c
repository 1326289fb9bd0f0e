/* words.c - what a notice says of each recipient: the block of text that is about it, the reply
 * quoted there, else the reason in words, and who said it at which command. */
#include "dsn/notice.h"

#include <string.h>

#include "base/span.h"
#include "dsn/fields.h"
#include "dsn/prose.h"
#include "dsn/quote.h"

enum {
	ORIGIN_MAX = 400, /* bytes behind "generated from" in which the address stands */
	BEFORE_MAX = 1024, /* bytes before an address in which a reason is looked for */
};

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
		size_t before = rbf_line_start(n->text, at - 1);
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
	while (s.len && strchr(">:;,.\"')]}-=_*", s.p[0]))
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
			bool words = rbf_has_word(n->text, from, end);
			if (words && rbf_span_trim(line).len == 0)
				break;
			end = (size_t)(rest.p - n->text.p);
		}
		rebuff_span p = bare(rbf_span_sub(n->text, from, end - from));
		if (!is_platitude(n, p) && rbf_has_word(p, 0, p.len))
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
		from = rbf_line_start(n->text, to - BEFORE_MAX);
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
	if (m->label < at && !rbf_has_word(n->text, m->line, m->label))
		return false;
	while (at > m->line && strchr(" \t<(\"'[", n->text.p[at - 1]))
		at--;
	return at > m->line && !strchr(":=>;,", n->text.p[at - 1]) &&
		rbf_has_word(n->text, m->line, at);
}

/* Where the paragraph of the mention begins, not before the block that precedes it. */
static size_t paragraph_start(const rbf_notice *n, const rbf_mention *m, size_t floor)
{
	size_t at = m->line;
	while (at > floor) {
		size_t before = rbf_line_start(n->text, at - 1);
		if (before < floor || !rbf_has_word(n->text, before, at))
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
	if (after.len && (!b->reason_first || rbf_has_word(line, 0, line.len)))
		return after;
	if (rbf_has_word(n->text, m->line, m->at)) /* "Unknown user: a@b" */
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
			return rbf_span_ieq(
				rbf_notice_address(n, &m[k]), rbf_notice_address(n, &m[i]));
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
		rebuff_span a = rbf_notice_address(n, &m[i]);
		size_t own = i;
		/* Until somebody else is mentioned. */
		for (; last < count; last++) {
			bool same =
				m[last].chosen && rbf_span_ieq(a, rbf_notice_address(n, &m[last]));
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
		const rbf_recipient *r = rbf_recipients_find(list, rbf_notice_address(n, &m[i]));
		m[i].chosen = r != NULL;
		if (r && m[i].rank >= RBF_MENTION_LABELLED)
			named[r - report->recipient] = true;
	}
	for (size_t i = 0; i < count; i++)
		if (m[i].chosen && m[i].rank == RBF_MENTION_TO &&
			named[rbf_recipients_find(list, rbf_notice_address(n, &m[i])) -
				report->recipient])
			m[i].chosen = false;
}

void rbf_notice_words(const rbf_notice *n, rbf_recipients *list)
{
	size_t count;
	rbf_mention *m = rbf_notice_mentions(n, list->arena, &count);
	choose_listed(n, m, count, list);
	read_blocks(n, m, count, list);
	if (list->report->recipient_n <= 16)
		read_whole(n, list);
}
