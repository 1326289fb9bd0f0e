/* result.c - what became of an attempt: classify, decide, remember. */
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/span.h"
#include "engine/attempt.h"
#include "smtp/address.h"

enum { FUTURE_MS = 60000 };
/* Rate-limit replies to messages that were under way together say the same thing once. */
enum { SLOWER_MS = 10000 };
/* Our own refusals and give-ups come back from the MTA as failures with this text in them. */
#define OWN_TEXT RBF_LIT("rebuff: ")

/* One result on its way through. */
typedef struct {
	rebuff_ctx *ctx;
	const rbf_config *config;
	const rebuff_result *result;
	const rbf_policy *policy;
	rbf_delivery d;
	bool same; /* a further result of the attempt that d holds */
	bool others; /* being applied to the message's other recipients */
	rebuff_outcome out;
	rbf_decision decision;
	int64_t now_ms;
	int suppressed;
} passage;

static int rank(rebuff_kind kind)
{
	return kind == REBUFF_KIND_HOST_DEFER					      ? 0
		: kind == REBUFF_KIND_RCPT_DEFER || kind == REBUFF_KIND_MESSAGE_DEFER ? 1
										      : 2;
}

static bool final(rbf_delivery_state state)
{
	return state == RBF_DELIVERED || state == RBF_FAILED || state == RBF_GONE;
}

static bool about_all(rebuff_kind kind)
{
	return kind == REBUFF_KIND_HOST_DEFER || kind == REBUFF_KIND_MESSAGE_DEFER;
}

bool rebuff_result_is_durable(const rebuff_result *result)
{
	return result->kind != REBUFF_KIND_DELIVERED && result->kind != REBUFF_KIND_COMPLETE;
}

/* ---- what the text says ------------------------------------------------------------------------
 */

static void classify(passage *p, int provider_n)
{
	const rebuff_result *r = p->result;
	rebuff_classification *c = &p->out.reply;
	rbf_reply parsed;
	c->size = sizeof *c;
	rbf_reply_parse(r->text, &parsed);
	if (parsed.code == 0)
		parsed.code = r->code;
	rebuff_stage stage = r->stage == REBUFF_STAGE_UNKNOWN ? rbf_reply_stage(r->text) : r->stage;
	rbf_classify(p->config->rules, &parsed, provider_n, stage, c, NULL, NULL);
	(void)rbf_span_copy(c->provider, sizeof c->provider, rbf_span_of(p->d.provider));
	if (r->kind == REBUFF_KIND_DELIVERED) {
		c->code = c->code ? c->code : 250;
		c->category = REBUFF_DELIVERED;
		c->fault = REBUFF_FAULT_NONE;
		c->action = REBUFF_ACTION_NONE;
	}
}

/* Does this result belong to the attempt that the row holds? Then only a more final one counts. */
static bool duplicate(passage *p)
{
	rbf_delivery *d = &p->d;
	const rebuff_result *r = p->result;
	p->same = false;
	if (d->row == 0 || d->state == RBF_OPEN || d->closed_ms == 0)
		return false;
	if (d->state == RBF_GIVEN_UP && r->kind == REBUFF_KIND_FAILED) {
		p->same = true;
		return false;
	}
	p->same =
		p->now_ms <= d->closed_ms + RBF_SAME_ATTEMPT_MS || (final(d->state) && r->from_log);
	if (p->same)
		return rank(r->kind) <= rank(d->closed_kind);
	if (final(d->state))
		rbf_attempt_reset(d);
	return false;
}

/* ---- what follows ------------------------------------------------------------------------------
 */

static void count(passage *p)
{
	rbf_delivery *d = &p->d;
	rebuff_category category = p->out.reply.category;
	if (!p->same) {
		d->attempts++;
		d->category_attempts = d->category == category ? d->category_attempts + 1 : 1;
	} else if (d->category != category) {
		d->category_attempts = 1;
	}
	d->category = category;
	d->closed_ms = p->now_ms;
	d->closed_kind = p->result->kind;
	d->woken_ms = 0;
	(void)rbf_span_escape(d->text, sizeof d->text, p->result->text);
}

static rebuff_status decide(passage *p, rebuff_error *err)
{
	rbf_delivery *d = &p->d;
	rebuff_ctx *ctx = p->ctx;
	int64_t held_ms = 0;
	rebuff_status status = REBUFF_OK;
	if (d->first_failure_ms)
		status = rbf_store_held_ms(ctx->store, d->provider, d->stream, d->first_failure_ms,
			p->now_ms, &held_ms, err);
	if (status != REBUFF_OK)
		return status;
	ctx->random = ctx->random * 1664525u + 1013904223u;
	rbf_history history = {.now_ms = p->now_ms,
		.first_failure_ms = d->first_failure_ms,
		.received_ms = d->received_ms,
		.held_ms = held_ms,
		.attempts = d->attempts,
		.category_attempts = d->category_attempts,
		.wait_believed = d->believed,
		.clock_unsteady = rbf_clock_unsteady(ctx),
		.random = ctx->random >> 8};
	rbf_policy_decide(p->policy, &p->out.reply, p->result->kind == REBUFF_KIND_FAILED, &history,
		&p->decision);
	/* Uncounted attempts climb their ladder, but do not bring giving up nearer. */
	if (p->decision.what == RBF_DECIDE_RETRY && !p->decision.counts_attempt && !p->same)
		d->attempts--;
	return REBUFF_OK;
}

static void move(passage *p)
{
	rbf_delivery *d = &p->d;
	d->due_ms = 0;
	switch (p->decision.what) {
	case RBF_DECIDE_DONE:
		d->state = RBF_DELIVERED;
		break;
	case RBF_DECIDE_FAIL:
		d->state = RBF_FAILED;
		break;
	case RBF_DECIDE_GIVE_UP:
	case RBF_DECIDE_RETRY:
		d->state = p->decision.what == RBF_DECIDE_RETRY ? RBF_WAITING : RBF_GIVEN_UP;
		d->due_ms = p->decision.due_ms;
		d->believed = d->believed || p->decision.wait_believed;
		d->past_host = about_all(p->result->kind);
		if (!d->first_failure_ms)
			d->first_failure_ms = p->now_ms;
		break;
	}
}

static rebuff_status change_pace(passage *p, rebuff_error *err)
{
	const rbf_delivery *d = &p->d;
	double rate = 0, next = 0;
	int64_t changed_ms = 0;
	bool done = p->decision.what == RBF_DECIDE_DONE;
	if (!d->act || (!p->decision.slow && !done))
		return REBUFF_OK;
	rebuff_status status =
		rbf_store_pace(p->ctx->store, d->node, d->provider, &rate, &changed_ms, err);
	if (status != REBUFF_OK || (done && rate <= 0))
		return status;
	if (done)
		next = rbf_pace_faster(&p->policy->pace, rate, p->now_ms - changed_ms);
	else if (rate > 0 && p->now_ms - changed_ms < SLOWER_MS)
		next = rate;
	else
		next = rbf_pace_slower(&p->policy->pace, rate);
	p->out.slowed = p->decision.slow && next != rate;
	if (next == rate)
		return REBUFF_OK;
	return rbf_store_pace_put(p->ctx->store, d->node, d->provider, next, p->now_ms,
		done ? "success" : d->text, err);
}

static rebuff_status act_on_address(passage *p, rebuff_error *err)
{
	const rbf_delivery *d = &p->d;
	const rbf_decision *n = &p->decision;
	if (n->what == RBF_DECIDE_DONE) {
		rebuff_status status = rbf_store_accepted(p->ctx->store, d->who, p->now_ms, err);
		/* The probe after an entry ran out was accepted: the address lives. */
		if (status == REBUFF_OK && !rbf_clock_unsteady(p->ctx))
			status = rbf_store_unsuppress(
				p->ctx->store, d->recipient, REBUFF_CLASS_N, p->now_ms, NULL, err);
		return status;
	}
	/* Mail with an empty sender says nothing about whom to mail. */
	if (!n->strike || !d->sender[0])
		return REBUFF_OK;
	bool soft = n->class_ == REBUFF_CLASS_SOFT;
	rebuff_status status = rbf_strike(p->ctx, p->policy, d, &p->out.reply, p->result->text,
		soft, n->rule, n->class_, n->confidence, p->now_ms, &p->suppressed, err);
	p->out.suppressed = p->suppressed == 1;
	return status;
}

static rebuff_status store(passage *p, rebuff_error *err)
{
	rbf_event e = {.row = p->same ? p->d.event : 0,
		.time_ms = p->now_ms,
		.delivery = &p->d,
		.result = p->result,
		.reply = &p->out.reply,
		.why = p->decision.why,
		.struck = p->decision.strike,
		.suppressed = p->suppressed};
	rebuff_status status = rbf_store_event(p->ctx->store, &e, err);
	if (status != REBUFF_OK)
		return status;
	p->d.event = e.row;
	if (final(p->d.state))
		p->d.recipient[0] = '\0';
	return rbf_store_delivery_put(p->ctx->store, &p->d, err);
}

/* A failure that we asked for ourselves: it is recorded, and nothing is learnt from it. */
static rebuff_status own_failure(passage *p, rebuff_error *err)
{
	bool gave_up = p->d.state == RBF_GIVEN_UP;
	p->d.state = RBF_FAILED;
	p->d.due_ms = 0;
	p->d.closed_ms = p->now_ms;
	p->d.closed_kind = REBUFF_KIND_FAILED;
	p->out.reply.category = gave_up ? REBUFF_EXPIRED : REBUFF_UNCLASSIFIED;
	p->out.reply.fault = REBUFF_FAULT_NONE;
	p->out.reply.action = REBUFF_ACTION_BOUNCE;
	p->out.reply.permanent = false;
	(void)snprintf(p->out.reply.rule, sizeof p->out.reply.rule, "%s",
		gave_up ? "gave up" : "suppressed");
	(void)snprintf(p->decision.why, sizeof p->decision.why, "%s",
		gave_up ? "given up by rebuff" : "refused by rebuff: the recipient is suppressed");
	p->same = false;
	return store(p, err);
}

static rebuff_status apply(passage *p, rebuff_error *err)
{
	p->suppressed = 0;
	memset(&p->decision, 0, sizeof p->decision);
	if (p->result->kind == REBUFF_KIND_FAILED &&
		rbf_span_ifind(p->result->text, OWN_TEXT) != SIZE_MAX)
		return own_failure(p, err);
	count(p);
	rebuff_status status = decide(p, err);
	if (status != REBUFF_OK)
		return status;
	move(p);
	status = p->others ? REBUFF_OK : change_pace(p, err);
	if (status == REBUFF_OK)
		status = act_on_address(p, err);
	if (status == REBUFF_OK)
		status = store(p, err);
	if (!p->others)
		p->out.due_ms = p->d.due_ms;
	return status;
}

/* ---- the other recipients of the message ---------------------------------------------------- */

static rebuff_status apply_to_other(void *ud, rbf_delivery *d, rebuff_error *err)
{
	passage *first = ud;
	if (d->row == first->d.row || strcmp(d->provider, first->d.provider) != 0)
		return REBUFF_OK;
	passage p = *first;
	p.d = *d;
	p.others = true;
	p.same = false;
	return apply(&p, err);
}

static rebuff_status gone(void *ud, rbf_delivery *d, rebuff_error *err)
{
	passage *p = ud;
	d->state = RBF_GONE;
	d->closed_ms = p->now_ms;
	d->closed_kind = REBUFF_KIND_COMPLETE;
	d->recipient[0] = '\0';
	return rbf_store_delivery_put(p->ctx->store, d, err);
}

/* The MTA is done with the message: whoever is still open was dealt with in silence. */
static rebuff_status complete(passage *p, rebuff_error *err)
{
	char node[REBUFF_DOMAIN_MAX + 1], id[REBUFF_ID_MAX + 1];
	const rebuff_result *r = p->result;
	(void)rbf_span_copy(node, sizeof node, r->node.len ? r->node : rbf_span_of(p->ctx->node));
	(void)rbf_span_copy(id, sizeof id, r->id);
	return rbf_store_message(p->ctx->store, node, r->mta, id,
		1u << RBF_WAITING | 1u << RBF_OPEN | 1u << RBF_GIVEN_UP, gone, p, err);
}

static rebuff_status record(passage *p, rebuff_error *err)
{
	const rebuff_result *r = p->result;
	int provider_n = -1;
	if (r->kind == REBUFF_KIND_COMPLETE)
		return complete(p, err);
	rebuff_gate_request named = {.size = sizeof named,
		.node = r->node,
		.mta = r->mta,
		.id = r->id,
		.recipient = r->recipient,
		.sender = r->sender,
		.mx = r->host,
		.age_s = -1};
	rebuff_status status = rbf_attempt_find(p->ctx, p->config, &named, &p->d, &provider_n, err);
	if (status != REBUFF_OK)
		return status;
	p->policy = rbf_config_policy(p->config, provider_n);
	(void)snprintf(p->out.stream, sizeof p->out.stream, "%s", p->d.stream);
	classify(p, provider_n);
	p->out.duplicate = duplicate(p);
	if (p->out.duplicate)
		return REBUFF_OK;
	status = apply(p, err);
	if (status == REBUFF_OK && about_all(r->kind))
		status = rbf_store_message(p->ctx->store, p->d.node, r->mta, p->d.id,
			1u << RBF_OPEN, apply_to_other, p, err);
	return status;
}

rebuff_status rebuff_record_result(
	rebuff_ctx *ctx, const rebuff_result *result, rebuff_outcome *out, rebuff_error *err)
{
	passage p = {.ctx = ctx, .result = result, .out = {.size = sizeof p.out}};
	int64_t now_ms = rbf_wall_ms(&ctx->clock);
	if (!ctx->store)
		return rbf_fail(err, REBUFF_EARG, "no database is open");
	p.now_ms = result->time_ms > 0 && result->time_ms < now_ms + FUTURE_MS ? result->time_ms
									       : now_ms;
	rebuff_status status = rbf_store_change_begin(ctx->store, err);
	if (status != REBUFF_OK)
		return status;
	rbf_config *config = rbf_ctx_config(ctx);
	p.config = config;
	status = rbf_clock_watch(ctx, err);
	if (status == REBUFF_OK)
		status = record(&p, err);
	rbf_config_unref(config);
	rebuff_status ended = rbf_store_change_end(
		ctx->store, status == REBUFF_OK, status == REBUFF_OK ? err : NULL);
	if (out)
		*out = p.out;
	return status != REBUFF_OK ? status : ended;
}
