#include "serve/service.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/probe.h"
#include "common/clocks.h"
#include "common/fail.h"
#include "common/text.h"
#include "serve/message.h"

/* ---- fields -------------------------------------------------------------------------------- */

static rebuff_span field(const request *r, const char *name)
{
	const rbf_wire_field *f = rbf_wire_get(&r->record, name);
	return f ? (rebuff_span){f->value, f->len} : (rebuff_span){"", 0};
}

static rebuff_span node_of(const service *s, const request *r)
{
	rebuff_span node = field(r, "node");
	return node.len ? node : (rebuff_span){s->node, strlen(s->node)};
}

/* The value of a name that rebuff.h knows, `otherwise` when the field is missing, -1 when it is
 * not one of them: then r is answered and the caller is done. */
static int named(request *r, const char *name, int (*of_name)(rebuff_span), int otherwise)
{
	char text[256], value[80];
	rebuff_span v = field(r, name);
	int found = v.len ? of_name(v) : otherwise;
	if (found >= 0)
		return found;
	snprintf(text, sizeof text, "%s=%s is not known; see docs/protocol.md", name,
		text_escape(value, sizeof value, v.p, v.len));
	request_error(r, text);
	return -1;
}

static rebuff_result result_of(const service *s, const request *r);
static rebuff_gate_request gate_of(const service *s, const request *r, rebuff_mta mta);
static rebuff_status apply_result(job *j, rebuff_ctx *ctx, rebuff_error *err);

/* ---- changes ------------------------------------------------------------------------------- */

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

static void change_done(job *j)
{
	request *r = (request *)j;
	service *s = r->ud;
	if (j->apply == apply_result && j->status == REBUFF_OK)
		keep_from_going(s, r);
	if (!r->answer && j->status != REBUFF_OK)
		logger_seldom(s->log, &s->failed, REBUFF_LOG_ERROR,
			"event=not-recorded request=%s why=\"%s\"",
			rbf_wire_get_str(&r->record, "request", ""), j->problem);
	else if (r->answer && j->status != REBUFF_OK)
		request_error(r, j->problem);
	else if (r->answer && r->well)
		r->well(r);
	else if (r->answer)
		request_ok(r);
	request_free(r);
	wake_poke(s->wake);
}

/* Give the request to the writer; change_done answers and frees it. False: its queue is full,
 * which is answered when nothing else was, and r is freed. */
static bool queue(
	service *s, request *r, rebuff_status (*apply)(job *, rebuff_ctx *, rebuff_error *))
{
	r->ud = s;
	r->job.apply = apply;
	r->job.done = change_done;
	if (writer_add(s->writer, &r->job))
		return true;
	logger_seldom(s->log, &s->full, REBUFF_LOG_ERROR,
		"event=queue-full effect=\"the mail server keeps the results in its log\"");
	if (r->answer)
		request_error(r, "the writer's queue is full");
	request_free(r);
	return false;
}

/* ---- gate ---------------------------------------------------------------------------------- */

static rebuff_gate_request gate_of(const service *s, const request *r, rebuff_mta mta)
{
	return (rebuff_gate_request){
		.size = sizeof(rebuff_gate_request),
		.node = node_of(s, r),
		.mta = mta,
		.id = field(r, "id"),
		.recipient = field(r, "recipient"),
		.sender = field(r, "sender"),
		.mx = field(r, "mx"),
		.age_s = rbf_wire_get_int(&r->record, "age_s", -1),
		.forced = rbf_wire_get_int(&r->record, "forced", 0) == 1,
		.source_ip = field(r, "source_ip"),
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

static void on_gate(service *s, request *r)
{
	if (on_probe(r, REBUFF_FAIL))
		return;
	int mta = named(r, "mta", rebuff_mta_of_name, REBUFF_MTA_EXIM);
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
	queue(s, r, waits ? apply_wait : apply_go);
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
static void on_commit(service *s, request *r)
{
	int mta = named(r, "mta", rebuff_mta_of_name, REBUFF_MTA_EXIM);
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
static void on_committed(service *s, request *r)
{
	rebuff_answer a = {.size = sizeof a};
	int mta = named(r, "mta", rebuff_mta_of_name, REBUFF_MTA_EXIM);
	if (mta >= 0) {
		rebuff_span id = field(r, "id"), recipient = field(r, "recipient");
		bool waits = windows_expect(s->windows, id);
		if (!waits)
			rebuff_submit(s->ctx, recipient, field(r, "sender"), &a);
		if (waits || (a.queued && strncmp(a.rule, "hold:", 5) == 0))
			windows_committed(s->windows, (rebuff_mta)mta, id, recipient);
		request_ok(r);
	}
	request_free(r);
}

static void on_submit(service *s, request *r)
{
	if (on_probe(r, REBUFF_REFUSE))
		return;
	rebuff_answer a = {.size = sizeof a};
	rebuff_submit(s->ctx, field(r, "recipient"), field(r, "sender"), &a);
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
	int stage = rebuff_stage_of_name(field(r, "stage"));
	rebuff_span mta = field(r, "mta");
	return (rebuff_result){
		.size = sizeof(rebuff_result),
		.node = node_of(s, r),
		.mta = mta.len ? (rebuff_mta)rebuff_mta_of_name(mta) : REBUFF_MTA_EXIM,
		.id = field(r, "id"),
		.recipient = field(r, "recipient"),
		.sender = field(r, "sender"),
		.kind = (rebuff_kind)rebuff_kind_of_name(field(r, "kind")),
		.stage = stage < 0 ? REBUFF_STAGE_UNKNOWN : (rebuff_stage)stage,
		.code = code > 0 && code < 1000 ? (uint16_t)code : 0,
		.text = field(r, "text"),
		.host = field(r, "host"),
		.ip = field(r, "ip"),
		.source_ip = field(r, "source_ip"),
		.transport = field(r, "transport"),
		.time_ms = rbf_wire_get_int(&r->record, "time", r->came_ms),
		.from_log = rbf_wire_get_int(&r->record, "from_log", 0) == 1,
		.envid = field(r, "envid"),
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

static void on_result(service *s, request *r)
{
	if (named(r, "mta", rebuff_mta_of_name, REBUFF_MTA_EXIM) < 0 ||
		named(r, "kind", rebuff_kind_of_name, -1) < 0) {
		request_free(r);
		return;
	}
	rebuff_result result = result_of(s, r);
	s->results++;
	r->job.promised = !rebuff_result_is_durable(&result);
	if (queue(s, r, apply_result) && r->job.promised)
		request_ok(r);
}

/* ---- return path --------------------------------------------------------------------------- */

static void on_return_path(service *s, request *r)
{
	char path[REBUFF_ADDRESS_MAX + 1];
	(void)rebuff_return_path(s->ctx, field(r, "id"),
		rbf_wire_get_int(&r->record, "received", 0), field(r, "sender"),
		field(r, "recipient"), path);
	rbf_wire_put_str(request_begin(r), "return_path", path);
	request_end(r);
	request_free(r);
}

/* ---- control ------------------------------------------------------------------------------- */

rebuff_status service_reload(service *s, rebuff_error *err)
{
	char text[1024];
	rebuff_status status = rebuff_reload(s->ctx, err);
	if (status == REBUFF_OK) {
		s->policy_loaded_ms = wall_now_ms();
		s->reload_problem[0] = '\0';
		return status;
	}
	memcpy(s->reload_problem, err->text, sizeof s->reload_problem);
	logger_write(s->log, REBUFF_LOG_ERROR,
		"event=policy-not-loaded effect=\"the running policy stays\" why=\"%s\"",
		text_escape_quoted(text, sizeof text, err->text, strlen(err->text)));
	return status;
}

static void on_reload(service *s, request *r)
{
	rebuff_error err = {.status = REBUFF_OK};
	if (service_reload(s, &err) == REBUFF_OK)
		request_ok(r);
	else
		request_error(r, err.text);
	request_free(r);
}

static void on_status(service *s, request *r)
{
	bool json = strcmp(rbf_wire_get_str(&r->record, "format", "text"), "json") == 0;
	char text[HEALTH_MAX];
	service_health(s, json, text, sizeof text);
	rbf_wire_put_str(request_begin(r), "text", text);
	request_end(r);
	request_free(r);
}

static void copy(char *dst, size_t cap, rebuff_span s)
{
	size_t n = s.len < cap ? s.len : cap - 1;
	memcpy(dst, s.p, n);
	dst[n] = '\0';
}

static rebuff_status apply_suppress_add(job *j, rebuff_ctx *ctx, rebuff_error *err)
{
	const request *r = (request *)j;
	rebuff_suppression e = {
		.size = sizeof e,
		.class_ = (rebuff_class)r->number,
		.since_ms = rbf_wire_get_int(&r->record, "since", r->came_ms),
		.until_ms = rbf_wire_get_int(&r->record, "until", 0),
		.confidence = 1.0,
	};
	int category = rebuff_category_of_name(field(r, "category"));
	rebuff_span scope = field(r, "scope"), address = field(r, "address");
	if (address.len > REBUFF_ADDRESS_MAX || memchr(address.p, '\0', address.len))
		return fail(err, REBUFF_ELIMIT, "address: expected at most %d bytes and no NUL",
			REBUFF_ADDRESS_MAX);
	e.category = category < 0 ? REBUFF_UNCLASSIFIED : (rebuff_category)category;
	copy(e.address, sizeof e.address, address);
	copy(e.scope, sizeof e.scope, scope.len ? scope : (rebuff_span){"all", 3});
	copy(e.provider, sizeof e.provider, field(r, "provider"));
	copy(e.rule, sizeof e.rule, field(r, "rule"));
	text_escape(
		e.evidence, sizeof e.evidence, field(r, "evidence").p, field(r, "evidence").len);
	text_escape(e.by, sizeof e.by, field(r, "by").p, field(r, "by").len);
	return rebuff_suppress_add(ctx, &e, err);
}

static void on_suppress_add(service *s, request *r)
{
	int class_ = named(r, "class", rebuff_class_of_name, REBUFF_CLASS_MANUAL);
	if (class_ < 0) {
		request_free(r);
		return;
	}
	r->number = (size_t)class_;
	queue(s, r, apply_suppress_add);
}

static rebuff_status apply_suppress_remove(job *j, rebuff_ctx *ctx, rebuff_error *err)
{
	request *r = (request *)j;
	rebuff_class class_ = (rebuff_class)r->number;
	return rebuff_suppress_remove(ctx, field(r, "address"), class_, &r->number, err);
}

static void removed(request *r)
{
	rbf_wire_put_int(request_begin(r), "removed", (int64_t)r->number);
	request_end(r);
}

static void on_suppress_remove(service *s, request *r)
{
	int class_ = named(r, "class", rebuff_class_of_name, REBUFF_CLASS_N);
	if (class_ < 0) {
		request_free(r);
		return;
	}
	r->number = (size_t)class_;
	r->well = removed;
	queue(s, r, apply_suppress_remove);
}

static rebuff_scope_held scope_held(const request *r)
{
	return (rebuff_scope_held){field(r, "provider"), field(r, "stream"), field(r, "source_ip")};
}

static rebuff_status apply_hold(job *j, rebuff_ctx *ctx, rebuff_error *err)
{
	const request *r = (request *)j;
	const rebuff_scope_held scope = scope_held(r);
	return rebuff_hold_add(ctx, &scope, rbf_wire_get_int(&r->record, "until", 0),
		field(r, "reason"), field(r, "by"), err);
}

static void on_hold(service *s, request *r)
{
	queue(s, r, apply_hold);
}

static rebuff_status apply_release(job *j, rebuff_ctx *ctx, rebuff_error *err)
{
	request *r = (request *)j;
	const rebuff_scope_held scope = scope_held(r);
	return rebuff_hold_release(ctx, &scope, field(r, "by"), field(r, "note"), &r->number, err);
}

static void released(request *r)
{
	rbf_wire_put_int(request_begin(r), "released", (int64_t)r->number);
	request_end(r);
}

static void on_release(service *s, request *r)
{
	r->well = released;
	queue(s, r, apply_release);
}

static rebuff_status apply_rotate_key(job *j, rebuff_ctx *ctx, rebuff_error *err)
{
	(void)j;
	return rebuff_key_rotate(ctx, err);
}

static void on_rotate_key(service *s, request *r)
{
	queue(s, r, apply_rotate_key);
}

static rebuff_status apply_confirm(job *j, rebuff_ctx *ctx, rebuff_error *err)
{
	request *r = (request *)j;
	return rebuff_candidates_confirm(
		ctx, field(r, "provider"), field(r, "by"), &r->number, err);
}

static rebuff_status apply_undo(job *j, rebuff_ctx *ctx, rebuff_error *err)
{
	request *r = (request *)j;
	return rebuff_candidates_undo(ctx, field(r, "provider"), &r->number, err);
}

static void judged(request *r)
{
	rbf_wire_put_int(request_begin(r), "judged", (int64_t)r->number);
	request_end(r);
}

static void on_confirm(service *s, request *r)
{
	r->well = judged;
	queue(s, r, apply_confirm);
}

static void on_undo(service *s, request *r)
{
	r->well = judged;
	queue(s, r, apply_undo);
}

static rebuff_status apply_checks(job *j, rebuff_ctx *ctx, rebuff_error *err)
{
	const request *r = (const request *)j;
	int64_t number;
	const rebuff_checks checks = {.size = sizeof checks,
		.provider = field(r, "provider"),
		.stream = {"", 0},
		.wrong = (uint32_t)rbf_wire_get_int(&r->record, "wrong", 0),
		.summary = field(r, "summary"),
		.list = field(r, "list")};
	return rebuff_checks_add(
		ctx, &checks, rbf_wire_get_int(&r->record, "alarm", 0), &number, err);
}

static void on_checks(service *s, request *r)
{
	queue(s, r, apply_checks);
}

static rebuff_status apply_warmup(job *j, rebuff_ctx *ctx, rebuff_error *err)
{
	request *r = (request *)j;
	const service *s = r->ud;
	rebuff_warmup p = {.size = sizeof p,
		.days = (uint32_t)rbf_wire_get_int(&r->record, "days", 0),
		.cap = (uint32_t)rbf_wire_get_int(&r->record, "cap", 0),
		.growth = strtod(rbf_wire_get_str(&r->record, "growth", "0"), NULL)};
	rebuff_span node = field(r, "node");
	copy(p.provider, sizeof p.provider, field(r, "provider"));
	copy(p.ip, sizeof p.ip, field(r, "ip"));
	copy(p.node, sizeof p.node, node.len ? node : (rebuff_span){s->node, strlen(s->node)});
	r->number = 1;
	return rebuff_warmup_put(ctx, &p, err);
}

static rebuff_status apply_warmup_end(job *j, rebuff_ctx *ctx, rebuff_error *err)
{
	request *r = (request *)j;
	return rebuff_warmup_end(ctx, node_of(r->ud, r), field(r, "provider"), &r->number, err);
}

static void changed(request *r)
{
	rbf_wire_put_int(request_begin(r), "changed", (int64_t)r->number);
	request_end(r);
}

static void on_warmup(service *s, request *r)
{
	r->well = changed;
	queue(s, r, apply_warmup);
}

static void on_warmup_end(service *s, request *r)
{
	r->well = changed;
	queue(s, r, apply_warmup_end);
}

static void on_ping(service *s, request *r)
{
	(void)s;
	request_ok(r);
	request_free(r);
}

/* ---- which endpoint may ask what ----------------------------------------------------------- */

#define AT(endpoint) (1u << (endpoint))
#define AT_MTA (AT(ENDPOINT_EXIM) | AT(ENDPOINT_SMTPD))
#define AT_ANY_MTA (AT_MTA | AT(ENDPOINT_POSTFIX))

static const struct {
	const char *name;
	unsigned endpoints;
	void (*handle)(service *s, request *r);
} requests[] = {
	{"gate", AT_MTA, on_gate},
	{"result", AT_ANY_MTA, on_result},
	{"submit", AT_ANY_MTA, on_submit},
	{"commit", AT(ENDPOINT_SMTPD), on_commit},
	{"committed", AT(ENDPOINT_SMTPD), on_committed},
	{"message", AT_MTA | AT(ENDPOINT_BOUNCE), message_take},
	{"return-path", AT_MTA, on_return_path},
	{"ping", AT_ANY_MTA | AT(ENDPOINT_BOUNCE) | AT(ENDPOINT_CONTROL), on_ping},
	{"reload", AT(ENDPOINT_CONTROL), on_reload},
	{"rotate-key", AT(ENDPOINT_CONTROL), on_rotate_key},
	{"status", AT(ENDPOINT_CONTROL), on_status},
	{"hold", AT(ENDPOINT_CONTROL), on_hold},
	{"release", AT(ENDPOINT_CONTROL), on_release},
	{"breaker-confirm", AT(ENDPOINT_CONTROL), on_confirm},
	{"breaker-undo", AT(ENDPOINT_CONTROL), on_undo},
	{"checks", AT(ENDPOINT_CONTROL), on_checks},
	{"warmup", AT(ENDPOINT_CONTROL), on_warmup},
	{"warmup-end", AT(ENDPOINT_CONTROL), on_warmup_end},
	{"suppress-add", AT(ENDPOINT_CONTROL), on_suppress_add},
	{"suppress-remove", AT(ENDPOINT_CONTROL), on_suppress_remove},
};

void service_handle(void *ud, request *r)
{
	service *s = ud;
	const char *name = rbf_wire_get_str(&r->record, "request", "");
	for (size_t i = 0; i < sizeof requests / sizeof *requests; i++) {
		if (strcmp(requests[i].name, name) != 0)
			continue;
		if (requests[i].endpoints & AT(r->endpoint)) {
			requests[i].handle(s, r);
			return;
		}
		break;
	}
	s->refused++;
	request_error(r, "not allowed on this socket");
	request_free(r);
}

/* ---- what comes round ---------------------------------------------------------------------- */

typedef struct {
	job job;
	service *service;
} chore;

static rebuff_status apply_housekeep(job *j, rebuff_ctx *ctx, rebuff_error *err)
{
	(void)j;
	return rebuff_housekeep(ctx, err);
}

static void housekeep_done(job *j)
{
	service *s = ((chore *)j)->service;
	if (j->status != REBUFF_OK)
		logger_seldom(s->log, &s->failed, REBUFF_LOG_ERROR,
			"event=not-housekept why=\"%s\"", j->problem);
	wake_poke(s->wake);
	free(j);
}

void service_housekeep(service *s)
{
	chore *c = calloc(1, sizeof *c);
	if (!c)
		return;
	c->service = s;
	c->job = (job){.apply = apply_housekeep, .done = housekeep_done, .bytes = sizeof *c};
	if (!writer_add(s->writer, &c->job))
		free(c);
}
