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
 * The text to classify: the words, and in front of them the basic code that is known otherwise
 * where they have none, and the Status field where they have no enhanced code of their own (or only
 * "5.0.0") and the field has one.
 */
static rebuff_span with_status(rbf_buf *b, rebuff_span words, rebuff_span status, uint16_t code)
{
	static const size_t keep = 16; /* room for code and status in front */
	rbf_reply reply;
	rbf_enhanced field = {0, 0, 0};
	rbf_reply_parse(words, &reply);
	(void)rbf_enhanced_parse(status, &field);
	bool adds = field.class_ && is_vague(reply.enhanced) &&
		!(reply.enhanced.class_ && is_vague(field)) && !(reply.code && is_vague(field));
	if (!adds && (code == 0 || reply.code))
		return words;
	if (reply.code || code)
		rbf_buf_printf(b, "%u ", reply.code ? reply.code : code);
	if (adds) {
		rbf_buf_add(b, rbf_span_sub(status, 0, keep));
		rbf_buf_str(b, " ");
	}
	rebuff_span rest = reply.text.len ? reply.text : words;
	rbf_buf_add(b, rbf_span_sub(rest, 0, b->cap - b->len - 1));
	return rbf_buf_span(b);
}

static bool has_letter(rebuff_span s)
{
	for (size_t i = 0; i < s.len; i++)
		if (rbf_is_alpha((unsigned char)s.p[i]) || (unsigned char)s.p[i] >= 0x80)
			return true;
	return false;
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
	if (q.end == 0 || !has_letter(rbf_span_sub(words, q.at, q.end - q.at)) ||
		(outer.code && q.at != from) || !rbf_is_digit((unsigned char)words.p[q.at + 1]))
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

/* The server that speaks: the remote one, else the one that reports. */
static rebuff_span server_of(const rbf_report *report, const rbf_recipient *r)
{
	return or_empty(r->mta.len ? r->mta : report->reporting_mta);
}

static void classify(classify_fn f, void *ud, const rbf_report *report, const rbf_recipient *r,
	rebuff_span words, uint16_t code, rebuff_classification *out)
{
	char storage[REBUFF_REPLY_MAX + 64], own[16];
	rbf_buf b = rbf_buf_of(storage, sizeof storage);
	rebuff_span status = or_empty(r->status), inner = quoted(words, own, &status);
	/* Without any code it is still known that this is final. */
	bool assumed = status.len == 0 && code == 0 && r->action == REBUFF_DSN_FAILED;
	rebuff_span text = with_status(&b, rbf_span_sub(inner, 0, REBUFF_REPLY_MAX),
		assumed ? RBF_LIT("5.0.0") : status, code);
	rebuff_stage stage = r->stage != REBUFF_STAGE_UNKNOWN ? r->stage : rbf_reply_stage(words);
	rebuff_reply reply = {.size = sizeof reply,
		.text = text,
		.recipient_domain = rbf_address_domain(or_empty(r->recipient)),
		.mx_host = server_of(report, r),
		.stage = stage};
	out->size = sizeof *out;
	if (f)
		f(ud, &reply, out);
	else
		codes_only(text, out);
	if (assumed && text.p != inner.p)
		out->enhanced[0] = '\0';
}

/* Take over what `from` found out, but not its codes where there are some already. */
static void adopt(rebuff_classification *to, const rebuff_classification *from)
{
	rebuff_classification old = *to;
	*to = *from;
	if (old.code)
		to->code = old.code;
	if (old.enhanced[0])
		memcpy(to->enhanced, old.enhanced, sizeof old.enhanced);
}

/* What no program on the reporting machine can mean. */
static bool blames_others(rebuff_category c)
{
	return c == REBUFF_UNCLASSIFIED || c == REBUFF_POLICY || c == REBUFF_PROTOCOL_ERROR ||
		c == REBUFF_NETWORK_ERROR || c == REBUFF_RELAY_DENIED;
}

/* "554 <a@b>... Service unavailable": Sendmail's summary of whatever its mailer said before. */
static bool is_summary(rebuff_span text)
{
	return rbf_span_ifind(text, RBF_LIT("... service unavailable")) != SIZE_MAX;
}

/* As in the rules: below even a hint is better than a code; below a hint is a guess. */
static const double sure = 0.8, even = 0.5, hint = 0.45;

/* Does the answer rest on no more than a code that leaves much open, a hint, or a summary? Then
 * words that are sure of it say more. */
static bool is_guess(const rebuff_classification *c, rebuff_span text)
{
	return c->category == REBUFF_UNCLASSIFIED || c->confidence < even || is_summary(text);
}

/* In prose a word that is no statement proves nothing; a Status beside it still does. */
static void deny_noise(rebuff_classification *c, double least)
{
	if (c->confidence >= least || rbf_is_digit((unsigned char)c->evidence[0]))
		return;
	c->category = REBUFF_UNCLASSIFIED;
	c->fault = REBUFF_FAULT_UNKNOWN;
	c->permanent = false;
}

/* The first text that is sure of what it says, else the first that says anything; the codes are
 * those of the first. */
static void judge_texts(const rbf_report *report, const rbf_recipient *r, classify_fn f, void *ud,
	rebuff_classification *out)
{
	const rebuff_span texts[] = {or_empty(r->reply), or_empty(r->words)};
	bool first = true, guess = true;
	for (size_t i = 0; i < sizeof texts / sizeof *texts && guess; i++) {
		rebuff_classification c = {.size = sizeof c};
		if (texts[i].len == 0)
			continue;
		classify(f, ud, report, r, texts[i], first ? 0 : out->code, &c);
		if (c.category == REBUFF_DELIVERED) /* a 2xx of a transcript is not the answer */
			c.category = REBUFF_UNCLASSIFIED;
		if (texts[i].p != r->reply.p)
			deny_noise(&c, hint);
		guess = f && is_guess(&c, texts[i]);
		if (first)
			*out = c;
		else if (!guess || out->category == REBUFF_UNCLASSIFIED)
			adopt(out, &c);
		first = false;
	}
	if (first && r->status.len) { /* what a Status is sure of, no prose around it can deny */
		rebuff_classification c = {.size = sizeof c};
		classify(f, ud, report, r, r->status, 0, &c);
		if (c.confidence >= sure) {
			*out = c;
			return;
		}
	}
	/* Which of several recipients is the notice about? */
	if (first ||
		(f && out->category == REBUFF_UNCLASSIFIED && report->recipient_n == 1 &&
			report->notice.len)) {
		rebuff_classification c = {.size = sizeof c};
		classify(f, ud, report, r, or_empty(report->notice), first ? 0 : out->code, &c);
		deny_noise(&c, even);
		adopt(out, &c);
	}
}

/* What the report's own fields say where its words said nothing. */
static void overrule(const rbf_recipient *r, rebuff_category category, rebuff_fault fault,
	const char *rule, rebuff_classification *c)
{
	static const double inferred = 0.6;
	set(c, category, fault);
	c->action = r->action == REBUFF_DSN_DELAYED ? REBUFF_ACTION_RETRY : REBUFF_ACTION_BOUNCE;
	c->confidence = inferred;
	c->permanent = false;
	c->scope = REBUFF_SCOPE_NONE;
	rbf_span_copy(c->rule, sizeof c->rule, rbf_span_of(rule));
}

/* Still tried, or given up though the status says to try: without a reason, time is the reason. */
static bool is_overdue(const rbf_recipient *r, const rebuff_classification *c)
{
	return c->code == 0 &&
		(c->category == REBUFF_UNCLASSIFIED ||
			(c->category == REBUFF_NETWORK_ERROR && c->confidence <= even)) &&
		(r->action == REBUFF_DSN_DELAYED ||
			(r->reply.len == 0 && rbf_span_starts(r->status, RBF_LIT("4."))));
}

static void judge_failure(const rbf_report *report, const rbf_recipient *r, classify_fn f, void *ud,
	rebuff_classification *out)
{
	judge_texts(report, r, f, ud, out);
	if (f && is_overdue(r, out))
		overrule(r, REBUFF_EXPIRED, REBUFF_FAULT_NETWORK, "delayed without a reason", out);
	else if (f && r->local && blames_others(out->category))
		overrule(r, REBUFF_SYSTEM_ERROR, REBUFF_FAULT_RECEIVER, "a local program failed",
			out);
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
	out->mta = server_of(report, r);
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
