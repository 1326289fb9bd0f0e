#include "serve/mail.h"

#include <string.h>

#include "client/probe.h"
#include "serve/answer.h"

/* ---- gate ---------------------------------------------------------------------------------- */

static rebuff_gate_request gate_of(const service *s, const request *r, rebuff_mta mta)
{
	return (rebuff_gate_request){
		.size = sizeof(rebuff_gate_request),
		.node = asked_node(s, r),
		.mta = mta,
		.id = asked_field(r, "id"),
		.recipient = asked_field(r, "recipient"),
		.sender = asked_field(r, "sender"),
		.mx = asked_field(r, "mx"),
		.age_s = rbf_wire_get_int(&r->record, "age_s", -1),
		.forced = rbf_wire_get_int(&r->record, "forced", 0) == 1,
		.source_ip = asked_field(r, "source_ip"),
	};
}

static rebuff_status apply_go(job *j, rebuff_ctx *ctx, rebuff_error *err)
{
	request *r = (request *)j;
	rebuff_gate_request go = gate_of(r->ud, r, (rebuff_mta)r->number);
	return rebuff_record_go(ctx, &go, err);
}

static rebuff_status apply_wait(job *j, rebuff_ctx *ctx, rebuff_error *err)
{
	request *r = (request *)j;
	rebuff_gate_request asked = gate_of(r->ud, r, (rebuff_mta)r->number);
	asked.arrives = r->arrives;
	return rebuff_record_wait(ctx, &asked, err);
}

static void put_verdict(request *r, const rebuff_answer *a)
{
	rbf_wire_writer *w = request_begin(r);
	rbf_wire_put_str(w, "action", rebuff_verdict_name(a->verdict));
	if (a->verdict == REBUFF_WAIT)
		rbf_wire_put_int(w, "until", a->until_ms);
	if (a->verdict == REBUFF_FAIL || a->verdict == REBUFF_REFUSE)
		rbf_wire_put_str(w, "text", a->text);
	if (a->verdict == REBUFF_ACCEPT && a->queued)
		rbf_wire_put_int(w, "held", 1);
	rbf_wire_put_str(w, "rule", a->rule);
	request_end(r);
}

/* rebuff doctor asks through the mail server. */
static bool on_probe(request *r, rebuff_verdict verdict)
{
	rebuff_answer a = {
		.size = sizeof a, .verdict = verdict, .text = RBF_PROBE_TEXT, .rule = "probe"};
	if (strcmp(rbf_wire_get_str(&r->record, "recipient", ""), RBF_PROBE) != 0)
		return false;
	put_verdict(r, &a);
	request_free(r);
	return true;
}

void mail_gate(service *s, request *r)
{
	if (on_probe(r, REBUFF_FAIL))
		return;
	int mta = asked_name(r, "mta", rebuff_mta_of_name, REBUFF_MTA_EXIM);
	rebuff_answer a = {.size = sizeof a};
	if (mta < 0) {
		request_free(r);
		return;
	}
	rebuff_gate_request asked = gate_of(s, r, (rebuff_mta)mta);
	rebuff_gate(s->ctx, &asked, &a);
	s->gates++;
	metrics_count_verdict(s->metrics, false, a.verdict);
	/* What nobody hears opens no attempt: its result stands in the log already. */
	bool heard = request_is_awaited(r);
	put_verdict(r, &a);
	bool waits = a.verdict == REBUFF_WAIT && a.queued;
	if (!heard || (a.verdict != REBUFF_GO && !waits)) {
		request_free(r);
		return;
	}
	r->number = (size_t)mta;
	r->job.promised = true;
	answer_later(s, r, waits ? apply_wait : apply_go);
}

static void commit_recorded(job *j)
{
	request *r = (request *)j;
	service *s = r->ud;
	if (j->status != REBUFF_OK)
		logger_seldom(s->log, &s->failed, REBUFF_LOG_ERROR,
			"event=not-recorded request=commit why=\"%s\"", j->problem);
	request_free(r);
}

/* Mail for a recipient that may have to wait is about to be queued, by a mail server that asks no
 * gate. It is remembered and waits for its window at the same time: a slow disk must not make it
 * late. If it is paused and, after a crash, not remembered, the listing of the queue finds it. */
void mail_commit(service *s, request *r)
{
	int mta = asked_name(r, "mta", rebuff_mta_of_name, REBUFF_MTA_EXIM);
	rebuff_answer a = {.size = sizeof a};
	if (mta < 0) {
		request_free(r);
		return;
	}
	rebuff_gate_request asked = gate_of(s, r, (rebuff_mta)mta);
	rebuff_gate(s->ctx, &asked, &a);
	bool waits = a.verdict == REBUFF_WAIT && a.queued;
	r->number = (size_t)mta;
	r->arrives = true;
	r->ud = s;
	r->job.apply = waits ? apply_wait : apply_go;
	r->job.done = commit_recorded;
	r->job.promised = true;
	if (!waits)
		put_verdict(r, &a);
	if ((!waits && a.verdict != REBUFF_GO) || !writer_add(s->writer, &r->job)) {
		if (waits)
			put_verdict(r, &a);
		request_free(r);
		return;
	}
	if (!waits)
		return;
	r->sharers = 1;
	windows_wait(s->windows, r);
}

/* It is queued now. */
void mail_committed(service *s, request *r)
{
	rebuff_answer a = {.size = sizeof a};
	int mta = asked_name(r, "mta", rebuff_mta_of_name, REBUFF_MTA_EXIM);
	if (mta >= 0) {
		rebuff_span id = asked_field(r, "id"), recipient = asked_field(r, "recipient");
		bool waits = windows_expect(s->windows, id);
		if (!waits)
			rebuff_submit(s->ctx, recipient, asked_field(r, "sender"), &a);
		if (waits || (a.queued && strncmp(a.rule, "hold:", 5) == 0))
			windows_committed(s->windows, (rebuff_mta)mta, id, recipient);
		request_ok(r);
	}
	request_free(r);
}

void mail_submit(service *s, request *r)
{
	if (on_probe(r, REBUFF_REFUSE))
		return;
	rebuff_answer a = {.size = sizeof a};
	rebuff_submit(s->ctx, asked_field(r, "recipient"), asked_field(r, "sender"), &a);
	s->submits++;
	metrics_count_verdict(s->metrics, true, a.verdict);
	put_verdict(r, &a);
	request_free(r);
}

/* ---- result -------------------------------------------------------------------------------- */

/* mta and kind are known names already; an unknown stage is an unknown stage. */
static rebuff_result result_of(const service *s, const request *r)
{
	int64_t code = rbf_wire_get_int(&r->record, "code", 0);
	int stage = rebuff_stage_of_name(asked_field(r, "stage"));
	rebuff_span mta = asked_field(r, "mta");
	return (rebuff_result){
		.size = sizeof(rebuff_result),
		.node = asked_node(s, r),
		.mta = mta.len ? (rebuff_mta)rebuff_mta_of_name(mta) : REBUFF_MTA_EXIM,
		.id = asked_field(r, "id"),
		.recipient = asked_field(r, "recipient"),
		.sender = asked_field(r, "sender"),
		.kind = (rebuff_kind)rebuff_kind_of_name(asked_field(r, "kind")),
		.stage = stage < 0 ? REBUFF_STAGE_UNKNOWN : (rebuff_stage)stage,
		.code = code > 0 && code < 1000 ? (uint16_t)code : 0,
		.text = asked_field(r, "text"),
		.host = asked_field(r, "host"),
		.ip = asked_field(r, "ip"),
		.source_ip = asked_field(r, "source_ip"),
		.transport = asked_field(r, "transport"),
		.time_ms = rbf_wire_get_int(&r->record, "time", r->came_ms),
		.from_log = rbf_wire_get_int(&r->record, "from_log", 0) == 1,
		.envid = asked_field(r, "envid"),
	};
}

static rebuff_status apply_result(job *j, rebuff_ctx *ctx, rebuff_error *err)
{
	request *r = (request *)j;
	const service *s = r->ud;
	rebuff_result result = result_of(s, r);
	rebuff_outcome made = {.size = sizeof made};
	rebuff_status status = rebuff_record_result(ctx, &result, &made, err);
	if (status == REBUFF_OK)
		metrics_count_result(s->metrics, result.kind, &made);
	return status;
}

/* OpenSMTPD asks no gate: what was deferred, and would not be let go now, must not go by its own
 * schedule either. */
static void keep_from_going(service *s, const request *r)
{
	rebuff_result result = result_of(s, r);
	rebuff_answer a = {.size = sizeof a};
	if (result.mta != REBUFF_MTA_OPENSMTPD || result.kind == REBUFF_KIND_FAILED ||
		result.kind == REBUFF_KIND_DELIVERED || result.kind == REBUFF_KIND_COMPLETE ||
		result.node.len != strlen(s->node) ||
		memcmp(result.node.p, s->node, result.node.len) != 0)
		return;
	rebuff_gate_request asked = gate_of(s, r, result.mta);
	rebuff_gate(s->ctx, &asked, &a);
	if (a.verdict != REBUFF_GO)
		pauses_add(s->pauses, result.mta, result.id, result.recipient);
}

static void result_done(job *j)
{
	request *r = (request *)j;
	if (j->status == REBUFF_OK)
		keep_from_going(r->ud, r);
	answer_done(j);
}

void mail_result(service *s, request *r)
{
	if (asked_name(r, "mta", rebuff_mta_of_name, REBUFF_MTA_EXIM) < 0 ||
		asked_name(r, "kind", rebuff_kind_of_name, -1) < 0) {
		request_free(r);
		return;
	}
	rebuff_result result = result_of(s, r);
	s->results++;
	r->job.promised = !rebuff_result_is_durable(&result);
	r->job.done = result_done;
	if (answer_later(s, r, apply_result) && r->job.promised)
		request_ok(r);
}

/* ---- return path --------------------------------------------------------------------------- */

void mail_return_path(service *s, request *r)
{
	char path[REBUFF_ADDRESS_MAX + 1];
	(void)rebuff_return_path(s->ctx, asked_field(r, "id"),
		rbf_wire_get_int(&r->record, "received", 0), asked_field(r, "sender"),
		asked_field(r, "recipient"), path);
	rbf_wire_put_str(request_begin(r), "return_path", path);
	request_end(r);
	request_free(r);
}
