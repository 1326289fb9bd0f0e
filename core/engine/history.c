/* history.c - what logs tell of the past: classified and counted for reports, acted upon by nobody.
 */
#include <stdio.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/span.h"
#include "engine/attempt.h"
#include "smtp/reply.h"

/* One line of a log on its way. */
typedef struct {
	rebuff_ctx *ctx;
	const rbf_config *config;
	const rebuff_result *result;
	const rebuff_history *past;
	rbf_delivery d;
	rebuff_classification reply;
	rebuff_stage stage;
	const rbf_policy *policy;
	rbf_policy space; /* of the policy, where stream or source have their own */
	rbf_suppress_rule own_rule; /* that a hook made */
	int provider_n;
	int64_t now_ms;
} telling;

/* What a hook is handed: of a log the single answer is known, not what went before it. */
static rbf_hook_event hook_event(const telling *t)
{
	const rebuff_result *r = t->result;
	return (rbf_hook_event){.reply = &t->reply,
		.text = r->text,
		.recipient = rbf_span_of(t->d.recipient),
		.sender = rbf_span_of(t->d.sender),
		.host = r->host,
		.ip = r->ip,
		.source_ip = r->source_ip,
		.transport = r->transport,
		.stream = t->d.stream,
		.provider = t->d.provider,
		.stage = t->stage,
		.failed = r->kind == REBUFF_KIND_FAILED,
		.attempts = 1,
		.now_ms = r->time_ms,
		.age_s = t->d.received_ms ? (r->time_ms - t->d.received_ms) / 1000 : -1};
}

static void classify(telling *t)
{
	const rebuff_result *r = t->result;
	rbf_reply parsed;
	rbf_reply_parse(r->text, &parsed);
	if (parsed.code == 0)
		parsed.code = r->code;
	t->stage = r->stage == REBUFF_STAGE_UNKNOWN ? rbf_reply_stage(r->text) : r->stage;
	rbf_classify(t->config->rules, &parsed, t->provider_n, t->stage, &t->reply, NULL, NULL);
	(void)snprintf(t->reply.provider, sizeof t->reply.provider, "%s", t->d.provider);
	const rbf_hook_event event = hook_event(t);
	rbf_hook_classify(t->config->hooks, t->provider_n, &event, &t->reply);
}

/* Does the hook let it happen? */
static bool let_suppress(const telling *t, const rbf_decision *decision)
{
	rbf_hook_suppression s = {
		.lasts_s = decision->rule->lasts_s, .scope = decision->rule->scope};
	const rbf_hook_event event = hook_event(t);
	rbf_hook_suppress(t->config->hooks, t->provider_n, &event, &s);
	return !s.skip;
}

/* Would this one answer have suppressed the address? Findings that need company are not counted. */
static bool would_suppress(telling *t, rbf_decision *decision)
{
	const rbf_history history = {.now_ms = t->result->time_ms,
		.received_ms = t->d.received_ms,
		.attempts = 1,
		.category_attempts = 1};
	bool failed = t->result->kind == REBUFF_KIND_FAILED;
	bool null_sender = t->result->sender.p && !t->d.sender[0];
	rbf_policy_decide(t->policy, &t->reply, failed, &history, decision);
	const rbf_hook_event event = hook_event(t);
	rbf_hook_decide(t->config->hooks, t->provider_n, &event, t->policy, decision, &t->own_rule);
	return failed && decision->strike && !null_sender && decision->rule->after <= 1 &&
		decision->rule->over_s == 0 && let_suppress(t, decision);
}

/* What waits is known by its last deferral. Nobody wakes it: act is off. */
static rebuff_status keep_waiting(telling *t, rebuff_error *err)
{
	rbf_delivery *d = &t->d;
	d->act = false;
	d->state = RBF_WAITING;
	d->attempts++;
	d->category = t->reply.category;
	d->closed_ms = t->result->time_ms;
	d->closed_kind = t->result->kind;
	(void)rbf_span_escape(d->text, sizeof d->text, t->result->text);
	return rbf_store_delivery_put(t->ctx->store, d, err);
}

static rebuff_status forget_waiting(telling *t, rebuff_error *err)
{
	if (!t->d.row)
		return REBUFF_OK;
	t->d.state = t->result->kind == REBUFF_KIND_FAILED ? RBF_FAILED : RBF_DELIVERED;
	rbf_attempt_close(&t->d);
	return rbf_store_delivery_put(t->ctx->store, &t->d, err);
}

static rebuff_status refused_or_put_off(telling *t, rebuff_error *err)
{
	rbf_decision decision;
	classify(t);
	bool would = would_suppress(t, &decision);
	rbf_event e = {.time_ms = t->result->time_ms,
		.delivery = &t->d,
		.result = t->result,
		.reply = &t->reply,
		.why = decision.why,
		.struck = would,
		.suppressed = would ? 2 : 0};
	rebuff_status status = rbf_store_event(t->ctx->store, &e, err);
	if (status != REBUFF_OK || !t->past->keep_waiting)
		return status;
	return t->result->kind == REBUFF_KIND_FAILED ? forget_waiting(t, err)
						     : keep_waiting(t, err);
}

/* A database of logs alone can afford its steps for longer. */
static int64_t days_end(const telling *t)
{
	static const int64_t more_ms = INT64_C(40) * RBF_TOTAL_DAY_MS;
	return rbf_total_days_end(t->now_ms) - (t->past->keep_waiting ? more_ms : 0);
}

static rebuff_status accepted(telling *t, rebuff_error *err)
{
	char source_ip[64];
	(void)rbf_span_escape(source_ip, sizeof source_ip, t->result->source_ip);
	rebuff_status status = rbf_store_accepted_past(
		t->ctx->store, &t->d, source_ip, t->result->time_ms, days_end(t), err);
	return status == REBUFF_OK && t->past->keep_waiting ? forget_waiting(t, err) : status;
}

static rebuff_status gone(void *ud, rbf_delivery *d, rebuff_error *err)
{
	telling *t = ud;
	d->state = RBF_GONE;
	rbf_attempt_close(d);
	return rbf_store_delivery_put(t->ctx->store, d, err);
}

/* The mail server is done with the message: a removal by hand says nothing else. */
static rebuff_status complete(telling *t, rebuff_error *err)
{
	char node[REBUFF_DOMAIN_MAX + 1], id[REBUFF_ID_MAX + 1];
	const rebuff_result *r = t->result;
	if (!t->past->keep_waiting)
		return REBUFF_OK;
	(void)rbf_span_copy(node, sizeof node, r->node.len ? r->node : rbf_span_of(t->ctx->node));
	(void)rbf_span_copy(id, sizeof id, r->id);
	return rbf_store_message(t->ctx->store, node, r->mta, id, 1u << RBF_WAITING, gone, t, err);
}

static rebuff_status tell(telling *t, bool *known, rebuff_error *err)
{
	const rebuff_result *r = t->result;
	if (r->kind == REBUFF_KIND_COMPLETE)
		return complete(t, err);
	const rebuff_gate_request named = {.size = sizeof named,
		.node = r->node,
		.mta = r->mta,
		.id = r->id,
		.recipient = r->recipient,
		.sender = r->sender,
		.mx = r->host,
		.age_s = -1};
	rebuff_status status =
		rbf_attempt_find(t->ctx, t->config, &named, false, &t->d, &t->provider_n, err);
	/* Where logs alone are known, nobody told anything before. */
	if (status == REBUFF_OK && !t->past->keep_waiting)
		status = rbf_attempt_told(t->ctx->store, &t->d, r->kind, r->time_ms, known, err);
	if (status != REBUFF_OK || *known)
		return status;
	t->d.act = false;
	t->d.received_ms = t->past->received_ms;
	if (!r->sender.p)
		(void)snprintf(t->d.stream, sizeof t->d.stream, "unknown");
	t->policy = rbf_config_policy_of(
		t->config, t->provider_n, t->d.stream, r->source_ip, &t->space);
	return r->kind == REBUFF_KIND_DELIVERED ? accepted(t, err) : refused_or_put_off(t, err);
}

rebuff_status rebuff_record_history(rebuff_ctx *ctx, const rebuff_result *result,
	const rebuff_history *past, bool *known, rebuff_error *err)
{
	telling t = {.ctx = ctx, .result = result, .past = past, .provider_n = -1};
	*known = false;
	t.reply.size = sizeof t.reply;
	if (past->size < sizeof *past || result->time_ms <= 0)
		return rbf_fail(err, REBUFF_EARG,
			"rebuff_history.size is %u and the time %lld ms, expected %zu and a time",
			past->size, (long long)result->time_ms, sizeof *past);
	rebuff_status status = rbf_ctx_writable(ctx, err);
	if (status != REBUFF_OK)
		return status;
	rbf_config *config = rbf_ctx_config(ctx);
	t.config = config;
	t.now_ms = rbf_wall_ms(&ctx->clock);
	status = tell(&t, known, err);
	rbf_config_unref(config);
	return status;
}

rebuff_status rebuff_import_place(
	rebuff_ctx *ctx, const char *first_line, int64_t *bytes, rebuff_error *err)
{
	rebuff_status status = rbf_ctx_writable(ctx, err);
	return status == REBUFF_OK ? rbf_store_imported(ctx->store, first_line, bytes, err)
				   : status;
}

rebuff_status rebuff_record_import(
	rebuff_ctx *ctx, const char *first_line, int64_t bytes, rebuff_error *err)
{
	rebuff_status status = rbf_ctx_writable(ctx, err);
	return status == REBUFF_OK
		? rbf_store_import(ctx->store, first_line, bytes, rbf_wall_ms(&ctx->clock), err)
		: status;
}
