#include "dsn/pack.h"

#include <string.h>

#include "base/span.h"

enum { REPORT_SPANS = 7, RECIPIENT_SPANS = 6, NUMBERS = 3 };

/* The spans of a report and of a recipient, in the order in which they are packed. */
static void report_spans(const rbf_report *r, const rebuff_span *out[REPORT_SPANS])
{
	const rebuff_span *spans[REPORT_SPANS] = {&r->message_id, &r->envelope_id, &r->sender,
		&r->returned, &r->reporting_mta, &r->feedback_type, &r->notice};
	memcpy(out, spans, sizeof spans);
}

static void recipient_spans(const rbf_recipient *r, const rebuff_span *out[RECIPIENT_SPANS])
{
	const rebuff_span *spans[RECIPIENT_SPANS] = {
		&r->recipient, &r->original, &r->status, &r->reply, &r->words, &r->mta};
	memcpy(out, spans, sizeof spans);
}

static size_t spans_size(const rebuff_span *const *spans, size_t n)
{
	size_t size = 0;
	for (size_t i = 0; i < n; i++)
		size += sizeof(uint32_t) + spans[i]->len;
	return size;
}

size_t rbf_pack_size(const rbf_report *report)
{
	const rebuff_span *top[REPORT_SPANS], *each[RECIPIENT_SPANS];
	report_spans(report, top);
	size_t size = NUMBERS * sizeof(uint32_t) + spans_size(top, REPORT_SPANS);
	for (size_t i = 0; i < report->recipient_n; i++) {
		recipient_spans(&report->recipient[i], each);
		size += 3 * sizeof(uint32_t) + spans_size(each, RECIPIENT_SPANS);
	}
	return size;
}

static char *put_u32(char *p, size_t value)
{
	uint32_t v = (uint32_t)value;
	memcpy(p, &v, sizeof v);
	return p + sizeof v;
}

static char *put_spans(char *p, const rebuff_span *const *spans, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		p = put_u32(p, spans[i]->len);
		if (spans[i]->len)
			memcpy(p, spans[i]->p, spans[i]->len);
		p += spans[i]->len;
	}
	return p;
}

void rbf_pack(const rbf_report *report, char *dst)
{
	const rebuff_span *top[REPORT_SPANS], *each[RECIPIENT_SPANS];
	report_spans(report, top);
	dst = put_u32(dst, (size_t)report->kind);
	dst = put_u32(dst, report->truncated);
	dst = put_u32(dst, report->recipient_n);
	dst = put_spans(dst, top, REPORT_SPANS);
	for (size_t i = 0; i < report->recipient_n; i++) {
		recipient_spans(&report->recipient[i], each);
		dst = put_u32(dst, (size_t)report->recipient[i].action);
		dst = put_u32(dst, (size_t)report->recipient[i].stage);
		dst = put_u32(dst, report->recipient[i].local);
		dst = put_spans(dst, each, RECIPIENT_SPANS);
	}
}

/* What is left to read; `bad` is sticky. */
typedef struct {
	rebuff_span rest;
	bool bad;
} cursor;

static uint32_t get_u32(cursor *c, uint32_t below)
{
	uint32_t v = 0;
	if (c->rest.len < sizeof v) {
		c->bad = true;
		return 0;
	}
	memcpy(&v, c->rest.p, sizeof v);
	c->rest = rbf_span_sub(c->rest, sizeof v, SIZE_MAX);
	c->bad |= v >= below;
	return c->bad ? 0 : v;
}

static rebuff_span get_span(cursor *c)
{
	uint32_t len = get_u32(c, UINT32_MAX);
	if (c->bad || len > c->rest.len) {
		c->bad = true;
		return (rebuff_span){"", 0};
	}
	rebuff_span s = rbf_span_sub(c->rest, 0, len);
	c->rest = rbf_span_sub(c->rest, len, SIZE_MAX);
	return len ? s : (rebuff_span){"", 0};
}

bool rbf_unpack(rebuff_span packed, rbf_arena *arena, rbf_report *out)
{
	cursor c = {packed, false};
	*out = (rbf_report){.kind = (rebuff_message_kind)get_u32(&c, REBUFF_MESSAGE_N)};
	out->truncated = get_u32(&c, 2) != 0;
	out->recipient_n = get_u32(&c, RBF_REPORT_RECIPIENTS_MAX + 1);
	out->message_id = get_span(&c);
	out->envelope_id = get_span(&c);
	out->sender = get_span(&c);
	out->returned = get_span(&c);
	out->reporting_mta = get_span(&c);
	out->feedback_type = get_span(&c);
	out->notice = get_span(&c);
	if (!c.bad && out->recipient_n)
		out->recipient = rbf_arena_get(arena, out->recipient_n * sizeof *out->recipient);
	c.bad |= out->recipient_n && !out->recipient;
	for (size_t i = 0; i < out->recipient_n && !c.bad; i++) {
		rbf_recipient *r = &out->recipient[i];
		r->action = (rebuff_dsn_action)get_u32(&c, REBUFF_DSN_N);
		r->stage = (rebuff_stage)get_u32(&c, REBUFF_STAGE_N);
		r->local = get_u32(&c, 2) != 0;
		r->recipient = get_span(&c);
		r->original = get_span(&c);
		r->status = get_span(&c);
		r->reply = get_span(&c);
		r->words = get_span(&c);
		r->mta = get_span(&c);
	}
	return !c.bad && c.rest.len == 0;
}
