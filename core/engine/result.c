/* result.c - what became of an attempt: classify, decide, remember. */
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/span.h"
#include "engine/attempt.h"
#include "engine/late.h"
#include "engine/reply.h"
#include "engine/source.h"
#include "smtp/reply.h"

enum { FUTURE_MS = 60000 };
/* Rate-limit replies to messages that were under way together say the same thing once. */
enum { SLOWER_MS = 10000 };
/* So many attempts in a row that reached nobody, while so many wait: a dead host. */
enum { DEAD_ATTEMPTS = 3, DEAD_QUEUE = 3 };
/* Our own refusals and give-ups come back from the MTA as failures with this text in them. */
#define OWN_TEXT RBF_LIT("rebuff: ")
#define UNREACHABLE "unreachable: "

/* One result on its way through. */
typedef struct {
	rebuff_ctx *ctx;
	const rbf_config *config;
	const rebuff_result *result;
	const rbf_policy *policy;
	rbf_policy space; /* of the policy, where stream or source have their own */
	int provider_n;
	char source[REBUFF_NAME_MAX]; /* the address of ours */
	rbf_suppress_rule own_rule; /* that a hook made */
	int64_t held_ms;
	char source_ip[REBUFF_NAME_MAX]; /* of the result, else where its stream is known to leave
					    from */
	rbf_delivery d;
	rbf_belongs belongs;
	bool others; /* being applied to the message's other recipients */
	rebuff_outcome out;
	rbf_decision decision;
	int64_t now_ms; /* when it came about */
	bool struck;
	int suppressed;
} passage;

static bool about_all(rebuff_kind kind)
{
	return kind == REBUFF_KIND_HOST_DEFER || kind == REBUFF_KIND_MESSAGE_DEFER;
}

bool rebuff_result_is_durable(const rebuff_result *result)
{
	return result->kind != REBUFF_KIND_DELIVERED && result->kind != REBUFF_KIND_COMPLETE;
}

/* ---- hooks -------------------------------------------------------------------------------------
 */

static rbf_hook_event hook_event(const passage *p)
{
	const rebuff_result *r = p->result;
	const rbf_delivery *d = &p->d;
	return (rbf_hook_event){.reply = &p->out.reply,
		.text = r->text,
		.recipient = rbf_span_of(d->recipient),
		.sender = rbf_span_of(d->sender),
		.host = r->host,
		.ip = r->ip,
		.source_ip = rbf_span_of(p->source),
		.transport = r->transport,
		.stream = d->stream,
		.provider = d->provider,
		.stage = r->stage,
		.failed = r->kind == REBUFF_KIND_FAILED,
		.attempts = d->attempts,
		.now_ms = p->now_ms,
		.age_s = d->received_ms ? (p->now_ms - d->received_ms) / 1000 : -1,
		.failing_s = d->first_failure_ms ? (p->now_ms - d->first_failure_ms) / 1000 : 0,
		.held_s = p->held_ms / 1000};
}

/* ---- what the text says ------------------------------------------------------------------------
 */

static void classify(passage *p)
{
	const rebuff_result *r = p->result;
	rebuff_classification *c = &p->out.reply;
	rbf_reply parsed;
	c->size = sizeof *c;
	rbf_reply_parse(r->text, &parsed);
	if (parsed.code == 0)
		parsed.code = r->code;
	rebuff_stage stage = r->stage == REBUFF_STAGE_UNKNOWN ? rbf_reply_stage(r->text) : r->stage;
	rbf_classify(p->config->rules, &parsed, p->provider_n, stage, c, NULL, NULL);
	(void)rbf_span_copy(c->provider, sizeof c->provider, rbf_span_of(p->d.provider));
	if (r->kind == REBUFF_KIND_DELIVERED) {
		c->code = c->code ? c->code : 250;
		c->category = REBUFF_DELIVERED;
		c->fault = REBUFF_FAULT_NONE;
		c->action = REBUFF_ACTION_NONE;
		c->permanent = false;
	} else if (rbf_hook_any(p->config->hooks, RBF_HOOK_CLASSIFY)) {
		rbf_hook_event event = hook_event(p);
		event.stage = stage;
		rbf_hook_classify(p->config->hooks, p->provider_n, &event, c);
	}
}

/* ---- what follows ------------------------------------------------------------------------------
 */

/* The MTA passed the host over because its own retry time had not come: nobody was asked. */
static bool untried(const passage *p)
{
	return p->result->kind == REBUFF_KIND_HOST_DEFER &&
		p->result->stage == REBUFF_STAGE_UNKNOWN && p->out.reply.code == 0;
}

static void count(passage *p)
{
	rbf_delivery *d = &p->d;
	rebuff_category category = p->out.reply.category;
	if (p->belongs != RBF_MORE_FINAL) {
		d->attempts++;
		d->category_attempts = d->category == category ? d->category_attempts + 1 : 1;
	} else if (d->category != category) {
		d->category_attempts = 1;
	}
	d->category = category;
	if (p->belongs == RBF_LATE)
		return;
	if (d->state != RBF_OPEN && p->belongs != RBF_MORE_FINAL)
		d->opened_ms = p->now_ms;
	d->closed_ms = p->now_ms;
	d->closed_kind = p->result->kind;
	d->woken_ms = 0;
	(void)rbf_span_escape(d->text, sizeof d->text, p->result->text);
}

/* Given up once, which is all that it counts for; its server goes on by its own schedule. */
static bool tried_on(const rbf_delivery *d)
{
	return d->state == RBF_GIVEN_UP && !rbf_attempt_steered(d);
}

static rebuff_status decide(passage *p, rebuff_error *err)
{
	rbf_delivery *d = &p->d;
	rebuff_ctx *ctx = p->ctx;
	rebuff_status status = REBUFF_OK;
	p->held_ms = 0;
	const rbf_key key = {d->provider, d->stream, p->source_ip};
	if (d->first_failure_ms)
		status = rbf_store_held_ms(
			ctx->store, &key, d->first_failure_ms, p->now_ms, &p->held_ms, err);
	if (status != REBUFF_OK)
		return status;
	ctx->random = ctx->random * 1664525u + 1013904223u;
	rbf_history history = {.now_ms = p->now_ms,
		.first_failure_ms = d->first_failure_ms,
		.received_ms = d->received_ms,
		.held_ms = p->held_ms,
		.attempts = d->attempts,
		.category_attempts = d->category_attempts,
		.wait_believed = d->believed,
		/* The next host may take it yet: a failed host alone is no reason to give up. */
		.clock_unsteady = rbf_clock_unsteady(&ctx->watch) ||
			p->result->kind == REBUFF_KIND_HOST_DEFER || tried_on(d),
		.random = ctx->trial ? RBF_NO_JITTER : ctx->random >> 8};
	rbf_policy_decide(p->policy, &p->out.reply, p->result->kind == REBUFF_KIND_FAILED, &history,
		&p->decision);
	if (p->decision.what != RBF_DECIDE_DONE && !untried(p) &&
		rbf_hook_any(p->config->hooks, RBF_HOOK_DECIDE)) {
		rbf_hook_event event = hook_event(p);
		rbf_hook_decide(p->config->hooks, p->provider_n, &event, p->policy, &p->decision,
			&p->own_rule);
	}
	if (untried(p)) {
		p->decision.slow = false;
		p->decision.counts_attempt = false;
	}
	/* Uncounted attempts climb their ladder, but do not bring giving up nearer. */
	if (p->decision.what == RBF_DECIDE_RETRY && !p->decision.counts_attempt &&
		p->belongs != RBF_MORE_FINAL)
		d->attempts--;
	return REBUFF_OK;
}

static void move(passage *p)
{
	rbf_delivery *d = &p->d;
	bool late = p->belongs == RBF_LATE;
	switch (p->decision.what) {
	case RBF_DECIDE_DONE:
		d->state = RBF_DELIVERED;
		break;
	case RBF_DECIDE_FAIL:
		d->state = RBF_FAILED;
		break;
	case RBF_DECIDE_GIVE_UP:
	case RBF_DECIDE_RETRY:
		d->believed = d->believed || p->decision.wait_believed;
		if (!d->first_failure_ms || (late && p->now_ms < d->first_failure_ms))
			d->first_failure_ms = p->now_ms;
		if (late) /* a later attempt has its own */
			break;
		if (!tried_on(d))
			d->state =
				p->decision.what == RBF_DECIDE_RETRY ? RBF_WAITING : RBF_GIVEN_UP;
		d->due_ms = rbf_attempt_steered(d) ? p->decision.due_ms : 0;
		d->past_host = about_all(p->result->kind);
		break;
	}
}

/* ---- the provider ------------------------------------------------------------------------------
 */

/* -M passes over an MTA's own damping of dead hosts, so the damping is ours: when one attempt after
 * the other reaches nobody and more are waiting, they go one by one. */
static rebuff_status is_dead(const passage *p, bool *dead, rebuff_error *err)
{
	size_t waiting = 0;
	*dead = false;
	if (p->out.reply.category != REBUFF_NETWORK_ERROR || p->decision.what != RBF_DECIDE_RETRY ||
		p->result->kind == REBUFF_KIND_HOST_DEFER)
		return REBUFF_OK;
	rebuff_status status = rbf_store_queued(
		p->ctx->store, p->d.node, p->d.provider, DEAD_QUEUE, &waiting, err);
	if (status != REBUFF_OK || waiting < DEAD_QUEUE)
		return status;
	return rbf_store_all_latest(
		p->ctx->store, p->d.provider, DEAD_ATTEMPTS, REBUFF_NETWORK_ERROR, dead, err);
}

static double next_rate(
	const passage *p, double rate, int64_t unchanged_ms, bool was_dead, bool dead)
{
	const rbf_pace_rule *rule = &p->policy->pace;
	if (dead)
		return rule->floor;
	if (p->decision.what == RBF_DECIDE_DONE && was_dead)
		return rule->start > rate ? rule->start : rate;
	if (p->decision.what == RBF_DECIDE_DONE)
		return rbf_pace_faster(rule->growth, rule->ceiling, rate, unchanged_ms);
	if (rate > 0 && unchanged_ms < SLOWER_MS)
		return rate;
	return rbf_pace_slower(rule->start, rule->floor, rate);
}

static rebuff_status change_pace(passage *p, rebuff_error *err)
{
	const rbf_delivery *d = &p->d;
	double rate = 0;
	int64_t changed_ms = 0;
	char why[REBUFF_TEXT_MAX];
	bool done = p->decision.what == RBF_DECIDE_DONE, dead = false;
	if (!d->act)
		return REBUFF_OK;
	rebuff_status status = is_dead(p, &dead, err);
	if (status != REBUFF_OK || (!p->decision.slow && !done && !dead))
		return status;
	const rbf_lane_key lane = {d->node, d->provider, rbf_source_lane(p->config, p->source)};
	status = rbf_store_pace(p->ctx->store, &lane, &rate, &changed_ms, why, err);
	if (status != REBUFF_OK || (done && rate <= 0))
		return status;
	bool was_dead = rbf_span_starts(rbf_span_of(why), RBF_LIT(UNREACHABLE));
	double next = next_rate(p, rate, p->now_ms - changed_ms, was_dead, dead);
	p->out.slowed = !done && next != rate;
	if (next == rate)
		return REBUFF_OK;
	(void)snprintf(
		why, sizeof why, "%s%.480s", dead ? UNREACHABLE : "", done ? "success" : d->text);
	return rbf_store_pace_put(p->ctx->store, &lane, next, p->now_ms, why, err);
}

/* A rule or a hook asks for it. */
static rebuff_status hold(const passage *p, rebuff_error *err)
{
	const rbf_delivery *d = &p->d;
	rbf_held_now held;
	char reason[REBUFF_TEXT_MAX];
	if (!p->decision.hold_s || !d->act)
		return REBUFF_OK;
	int64_t end_ms = p->now_ms + p->decision.hold_s * 1000;
	const rbf_key scope = {d->provider, "", ""};
	rebuff_status status = rbf_store_holding(p->ctx->store, &scope, &held, err);
	/* A hold that probes learns from this answer by itself. */
	if (status != REBUFF_OK ||
		(held.found && (held.probing || held.until_ms == 0 || held.until_ms >= end_ms)))
		return status;
	(void)snprintf(reason, sizeof reason, "%.400s", p->decision.why);
	return rbf_store_hold(p->ctx->store, &scope, p->now_ms, end_ms, reason, "policy", err);
}

static rebuff_status tally(passage *p, rebuff_error *err)
{
	const rbf_delivery *d = &p->d;
	rbf_tally one = {.accepted = d->state == RBF_DELIVERED,
		.failed = d->state == RBF_FAILED,
		.blocked = d->state == RBF_FAILED && rbf_reply_blocked(&p->out.reply)};
	if (!one.accepted && !one.failed)
		return REBUFF_OK;
	return rbf_attempt_tally(
		p->ctx, d, p->result->source_ip, &one, p->result->text, p->now_ms, err);
}

/* ---- the address -------------------------------------------------------------------------------
 */

static rebuff_status act_on_address(passage *p, rebuff_error *err)
{
	const rbf_delivery *d = &p->d;
	rebuff_ctx *ctx = p->ctx;
	/* Mail with an empty sender says nothing about whom to mail. */
	p->struck = p->decision.strike && d->sender[0];
	if (p->decision.what == RBF_DECIDE_DONE) {
		rebuff_status status = rbf_store_accepted(ctx->store, d->who, p->now_ms, err);
		if (status == REBUFF_OK && !ctx->replays)
			status = rbf_late_sent(ctx, d, p->result, p->now_ms, err);
		/* The probe after an entry ran out was accepted: the address lives. */
		if (status == REBUFF_OK)
			status = rbf_store_unsuppress(ctx->store, d->recipient, REBUFF_CLASS_N,
				rbf_clock_trusted(&ctx->watch), NULL, err);
		return status;
	}
	if (!p->struck)
		return REBUFF_OK;
	rbf_hook_event event = hook_event(p);
	char why[REBUFF_TEXT_MAX] = "";
	const rbf_striker by = {p->config->hooks, p->provider_n, &event, why};
	rebuff_status status = rbf_strike(ctx, p->policy, d, &p->out.reply, p->result->text,
		p->result->source_ip, &p->decision, &by, p->now_ms, &p->suppressed, err);
	p->out.suppressed = p->suppressed == 1;
	size_t said = strlen(p->decision.why);
	if (why[0])
		(void)snprintf(p->decision.why + said, sizeof p->decision.why - said, "; %s", why);
	return status;
}

static rebuff_status store(passage *p, rebuff_error *err)
{
	rbf_event e = {.row = p->belongs == RBF_MORE_FINAL ? p->d.event : 0,
		.time_ms = p->now_ms,
		.delivery = &p->d,
		.result = p->result,
		.reply = &p->out.reply,
		.why = p->decision.why,
		.struck = p->struck,
		.suppressed = p->suppressed};
	rebuff_status status =
		p->ctx->replays ? REBUFF_OK : rbf_store_event(p->ctx->store, &e, err);
	if (status != REBUFF_OK)
		return status;
	if (p->belongs != RBF_LATE)
		p->d.event = e.row;
	if (rbf_delivery_final(p->d.state))
		rbf_attempt_close(&p->d);
	/* What is recorded was told once: nobody asks for what is over. */
	if (p->ctx->replays && rbf_delivery_final(p->d.state))
		return rbf_store_delivery_end(p->ctx->store, &p->d, err);
	return rbf_store_delivery_put(p->ctx->store, &p->d, err);
}

/* ---- one recipient -----------------------------------------------------------------------------
 */

static bool asked_for(const rebuff_result *r)
{
	return r->kind == REBUFF_KIND_FAILED &&
		(rbf_span_starts(r->text, OWN_TEXT) ||
			(r->host.len == 0 && rbf_span_ifind(r->text, OWN_TEXT) != SIZE_MAX));
}

/* A failure that we asked for ourselves: it is recorded, and nothing is learnt from it. */
static rebuff_status own_failure(passage *p, rebuff_error *err)
{
	bool gave_up = p->d.state == RBF_GIVEN_UP;
	rebuff_classification *c = &p->out.reply;
	p->d.state = RBF_FAILED;
	p->d.closed_ms = p->now_ms;
	p->d.closed_kind = REBUFF_KIND_FAILED;
	c->category = gave_up ? REBUFF_EXPIRED : REBUFF_UNCLASSIFIED;
	c->fault = REBUFF_FAULT_NONE;
	c->action = REBUFF_ACTION_BOUNCE;
	c->permanent = false;
	(void)snprintf(c->rule, sizeof c->rule, "%s", gave_up ? "gave up" : "suppressed");
	(void)snprintf(p->decision.why, sizeof p->decision.why, "%s",
		gave_up ? "given up by rebuff" : "refused by rebuff: the recipient is suppressed");
	p->belongs = RBF_NEW_ATTEMPT;
	rebuff_status status = gave_up ? tally(p, err) : REBUFF_OK;
	return status == REBUFF_OK ? store(p, err) : status;
}

static rebuff_status apply(passage *p, rebuff_error *err)
{
	p->struck = false;
	p->suppressed = 0;
	memset(&p->decision, 0, sizeof p->decision);
	if (asked_for(p->result))
		return own_failure(p, err);
	count(p);
	rebuff_status status = decide(p, err);
	if (status != REBUFF_OK)
		return status;
	move(p);
	status = tally(p, err);
	if (status == REBUFF_OK)
		status = act_on_address(p, err);
	if (p->d.state == RBF_WAITING || p->d.state == RBF_GIVEN_UP)
		p->out.due_ms = p->d.due_ms;
	p->out.fate = (rebuff_fate)p->decision.what;
	if (status == REBUFF_OK)
		status = store(p, err);
	if (status == REBUFF_OK && p->belongs != RBF_LATE)
		status = rbf_probe_learn(p->ctx, p->config, &p->d, p->source_ip,
			p->d.state == RBF_FAILED && rbf_reply_blocked(&p->out.reply), p->now_ms,
			err);
	/* After the event is stored: a dead host is seen by its newest attempts. */
	if (status == REBUFF_OK && !p->others && p->belongs != RBF_LATE)
		status = change_pace(p, err);
	if (status == REBUFF_OK && !p->others && p->belongs != RBF_LATE)
		status = hold(p, err);
	return status;
}

/* ---- the whole message -------------------------------------------------------------------------
 */

/* A deferral of host or message names one recipient at most; it is that of all which are under way
 * there, and of those whom a failed host alone had stopped. */
static rebuff_status apply_to_other(void *ud, rbf_delivery *d, rebuff_error *err)
{
	passage *first = ud;
	bool open = d->state == RBF_OPEN && d->opened_ms <= first->now_ms;
	bool stopped = d->state == RBF_WAITING && d->closed_kind == REBUFF_KIND_HOST_DEFER &&
		first->result->kind == REBUFF_KIND_MESSAGE_DEFER && d->closed_ms &&
		d->closed_ms >= first->d.opened_ms && d->closed_ms <= first->now_ms;
	if (d->row == first->d.row || strcmp(d->provider, first->d.provider) != 0 ||
		(!open && !stopped))
		return REBUFF_OK;
	passage p = *first; /* its policy and rule lie in the first one, which outlives it */
	p.d = *d;
	p.others = true;
	p.belongs = open ? RBF_NEW_ATTEMPT : RBF_MORE_FINAL;
	return apply(&p, err);
}

static rebuff_status gone(void *ud, rbf_delivery *d, rebuff_error *err)
{
	passage *p = ud;
	d->state = RBF_GONE;
	d->closed_ms = p->now_ms;
	d->closed_kind = REBUFF_KIND_COMPLETE;
	rbf_attempt_close(d);
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

/* From where it left; what its stream does the next time is known by it. */
static rebuff_status learn_source(passage *p, rebuff_error *err)
{
	rbf_store *store = p->ctx->store;
	rebuff_span ip = p->result->source_ip;
	(void)rbf_span_copy(p->source_ip, sizeof p->source_ip, ip);
	if (!ip.len)
		return rbf_store_leaving(store, p->d.node, p->d.stream, p->source_ip, err);
	return p->ctx->replays ? REBUFF_OK
			       : rbf_store_leaving_seen(store, p->d.node, p->d.stream, p->source_ip,
					 p->now_ms, err);
}

static rebuff_status record(passage *p, rebuff_error *err)
{
	const rebuff_result *r = p->result;
	p->provider_n = -1;
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
	rebuff_status status =
		rbf_attempt_find(p->ctx, p->config, &named, false, &p->d, &p->provider_n, err);
	if (status != REBUFF_OK)
		return status;
	status =
		rbf_source_learn(p->ctx, p->config, &p->d, r->source_ip, p->now_ms, p->source, err);
	if (status == REBUFF_OK)
		status = learn_source(p, err);
	if (status != REBUFF_OK)
		return status;
	p->policy = rbf_config_policy_of(
		p->config, p->provider_n, p->d.stream, rbf_span_of(p->source), &p->space);
	p->d.act = !p->policy->observe;
	(void)snprintf(p->out.stream, sizeof p->out.stream, "%s", p->d.stream);
	classify(p);
	status = rbf_attempt_belongs(
		p->ctx->store, &p->d, r->kind, r->from_log, p->now_ms, &p->belongs, err);
	p->out.duplicate = p->belongs == RBF_KNOWN;
	if (status != REBUFF_OK || p->out.duplicate)
		return status;
	if (p->belongs == RBF_NEW_MESSAGE)
		rbf_attempt_reset(&p->d);
	if (p->ctx->replays && !p->d.received_ms)
		p->d.received_ms = p->ctx->replayed_received_ms;
	/* It waits as those do that were asked there. */
	if (untried(p))
		status = rbf_store_latest_deferral(
			p->ctx->store, p->d.provider, &p->out.reply.category, err);
	if (status == REBUFF_OK)
		status = apply(p, err);
	if (status == REBUFF_OK && about_all(r->kind) && p->belongs != RBF_LATE)
		status = rbf_store_message(p->ctx->store, p->d.node, r->mta, p->d.id,
			1u << RBF_OPEN | 1u << RBF_WAITING, apply_to_other, p, err);
	return status;
}

/* The result's own time, in the time that the database has. */
static int64_t time_of(const rebuff_ctx *ctx, const rebuff_result *r)
{
	int64_t now_ms = rbf_clock_now(&ctx->watch);
	return r->time_ms > 0 && r->time_ms < now_ms + FUTURE_MS ? r->time_ms : now_ms;
}

rebuff_status rebuff_record_result(
	rebuff_ctx *ctx, const rebuff_result *result, rebuff_outcome *out, rebuff_error *err)
{
	passage p = {.ctx = ctx, .result = result, .out = {.size = sizeof p.out}};
	rebuff_status status = rbf_ctx_writable(ctx, err);
	if (status == REBUFF_OK && !ctx->replays)
		status = rbf_store_change_begin(ctx->store, err);
	if (status != REBUFF_OK)
		return status;
	p.now_ms = time_of(ctx, result);
	rbf_config *config = rbf_ctx_config(ctx);
	p.config = config;
	status = record(&p, err);
	rbf_config_unref(config);
	rebuff_status ended = ctx->replays ? REBUFF_OK
					   : rbf_store_change_end(ctx->store, status == REBUFF_OK,
						     status == REBUFF_OK ? err : NULL);
	/* What it added to the rates is not on disk. */
	if (status != REBUFF_OK || ended != REBUFF_OK)
		rbf_alarms_stale(ctx->alarms);
	if (out)
		*out = p.out;
	return status != REBUFF_OK ? status : ended;
}
