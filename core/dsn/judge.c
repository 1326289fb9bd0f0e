/* judge.c - what a report's quoted reply means: the same classification as a live reply gets, with
 * what the report knows besides. */
#include "dsn/dsn.h"

#include "base/buf.h"
#include "base/span.h"
#include "dsn/quote.h"
#include "smtp/address.h"
#include "smtp/reply.h"

typedef void (*classify_fn)(void *ud, const rebuff_reply *reply, rebuff_classification *out);

static rebuff_span or_empty(rebuff_span s)
{
	return s.p ? s : (rebuff_span){"", 0};
}

static void set(rebuff_classification *c, rebuff_category category, rebuff_fault fault)
{
	c->category = category;
	c->fault = fault;
	c->action = REBUFF_ACTION_NONE;
	c->confidence = 1;
}

static bool is_vague(rbf_enhanced e)
{
	return e.class_ == 0 || (e.subject == 0 && e.detail == 0);
}

/*
 * The text to classify: the words, and in front of them the Status field where they have no
 * enhanced code of their own (or only "5.0.0") and the field has one.
 */
static rebuff_span with_status(rbf_buf *b, rebuff_span words, rebuff_span status)
{
	static const size_t keep = 16; /* room for code and status in front */
	rbf_reply reply;
	rbf_enhanced field = {0, 0, 0};
	rbf_reply_parse(words, &reply);
	(void)rbf_enhanced_parse(status, &field);
	if (field.class_ == 0 || !is_vague(reply.enhanced) ||
		(reply.enhanced.class_ && is_vague(field)) || (reply.code && is_vague(field)))
		return words;
	if (reply.code)
		rbf_buf_printf(b, "%u ", reply.code);
	rbf_buf_add(b, rbf_span_sub(status, 0, keep));
	rbf_buf_str(b, " ");
	rebuff_span rest = reply.text.len ? reply.text : words;
	rbf_buf_add(b, rbf_span_sub(rest, 0, b->cap - b->len - 1));
	return rbf_buf_span(b);
}

/*
 * The remote server's reply inside the reporter's own words: "5.1.0 - Unknown address error
 * 550-'5.2.2 mailbox full'", "554 4.4.7 message expired <421 4.4.2 timed out>". *status becomes the
 * reporter's enhanced code (in own), which counts when the inner reply has none.
 */
static rebuff_span quoted(rebuff_span words, char own[16], rebuff_span *status)
{
	rbf_reply outer;
	rbf_reply_parse(words, &outer);
	size_t open = rbf_span_chr(words, '<'), from = 0;
	if (outer.code &&
		(open == SIZE_MAX ||
			!rbf_is_digit(
				(unsigned char)words.p[open + 1 < words.len ? open + 1 : open])))
		return words;
	if (outer.code)
		from = open + 1;
	rbf_quote q = rbf_quote_find(words, from, words.len);
	if (q.end == 0 || (outer.code && q.at != from) ||
		!rbf_is_digit((unsigned char)words.p[q.at + 1]))
		return words;
	rbf_enhanced_format(own, outer.enhanced);
	if (q.status[0])
		memcpy(own, q.status, 16);
	if (own[0])
		*status = rbf_span_of(own);
	return rbf_span_sub(words, q.at, q.end - q.at);
}

/* Without a classifier at least the codes are known. */
static void codes_only(rebuff_span text, rebuff_classification *out)
{
	rbf_reply reply;
	rbf_reply_parse(text, &reply);
	out->code = reply.code;
	rbf_enhanced_format(out->enhanced, reply.enhanced);
}

static void classify(classify_fn f, void *ud, const rbf_recipient *r, rebuff_span words,
	rebuff_classification *out)
{
	char storage[REBUFF_REPLY_MAX + 64], own[16];
	rbf_buf b = rbf_buf_of(storage, sizeof storage);
	rebuff_span status = r->status, inner = quoted(words, own, &status);
	rebuff_span text = with_status(&b, rbf_span_sub(inner, 0, REBUFF_REPLY_MAX), status);
	rebuff_stage stage = r->stage != REBUFF_STAGE_UNKNOWN ? r->stage : rbf_reply_stage(words);
	rebuff_reply reply = {.size = sizeof reply,
		.text = text,
		.recipient_domain = rbf_address_domain(or_empty(r->recipient)),
		.mx_host = or_empty(r->mta),
		.stage = stage};
	out->size = sizeof *out;
	if (f)
		f(ud, &reply, out);
	else
		codes_only(text, out);
}

static void judge_failure(const rbf_report *report, const rbf_recipient *r, classify_fn f, void *ud,
	rebuff_classification *out)
{
	const rebuff_span words[] = {r->reply, r->words, report->notice};
	bool first = true;
	for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
		rebuff_classification c = {.size = sizeof c};
		if (words[i].len == 0 && !(i == 2 && first))
			continue;
		if (i == 2 && report->recipient_n > 1 && !first)
			break; /* which of them is the notice about? */
		classify(f, ud, r, or_empty(words[i]), &c);
		if (c.category == REBUFF_DELIVERED) /* a 2xx of a transcript is not the answer */
			c.category = REBUFF_UNCLASSIFIED;
		if (first || c.category != REBUFF_UNCLASSIFIED) {
			uint16_t code = first ? c.code : out->code;
			char enhanced[16];
			memcpy(enhanced, first ? c.enhanced : out->enhanced, sizeof enhanced);
			*out = c;
			out->code = code ? code : c.code;
			if (enhanced[0])
				memcpy(out->enhanced, enhanced, sizeof enhanced);
		}
		first = false;
		if (!f || out->category != REBUFF_UNCLASSIFIED)
			break;
	}
	if (out->enhanced[0] == '\0')
		rbf_span_copy(out->enhanced, sizeof out->enhanced, or_empty(r->status));
}

void rbf_dsn_judge(const rbf_report *report, const rbf_recipient *r, classify_fn f, void *ud,
	rebuff_bounced *out)
{
	out->recipient = or_empty(r->recipient);
	out->original = or_empty(r->original);
	out->action = r->action;
	out->diagnostic = or_empty(r->reply.len ? r->reply : r->words);
	out->mta = or_empty(r->mta.len ? r->mta : report->reporting_mta);
	out->reply = (rebuff_classification){.size = sizeof out->reply};
	if (report->kind == REBUFF_MESSAGE_COMPLAINT) {
		set(&out->reply, REBUFF_COMPLAINT, REBUFF_FAULT_MESSAGE);
	} else if (report->kind == REBUFF_MESSAGE_AUTOREPLY) {
		set(&out->reply, REBUFF_AUTOREPLY, REBUFF_FAULT_NONE);
	} else if (r->action >= REBUFF_DSN_DELIVERED) {
		codes_only(or_empty(r->reply), &out->reply);
		if (out->reply.enhanced[0] == '\0')
			rbf_span_copy(out->reply.enhanced, sizeof out->reply.enhanced,
				or_empty(r->status));
		set(&out->reply, REBUFF_DELIVERED, REBUFF_FAULT_NONE);
	} else {
		judge_failure(report, r, f, ud, &out->reply);
		if (r->action == REBUFF_DSN_DELAYED)
			out->reply.permanent = false;
	}
}
