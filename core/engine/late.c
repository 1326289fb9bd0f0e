/* late.c - bounces and complaints that came as messages: what follows from each, by its trust. */
#include "engine/late.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/error.h"
#include "base/span.h"
#include "engine/attempt.h"
#include "engine/reply.h"
#include "engine/tie.h"
#include "smtp/address.h"

static const int64_t day_ms = 86400000;

/* One recipient of one message on its way through. */
typedef struct {
	rbf_tie *tie;
	rbf_tied tied;
	const rebuff_bounced *bounced;
	const rbf_policy *policy;
	rbf_policy space; /* of the policy, where the stream has its own */
	int provider_n;
	rbf_late late;
	rbf_decision decision;
	bool act;
	char recipient[REBUFF_ADDRESS_MAX + 1], provider[REBUFF_NAME_MAX], why[REBUFF_TEXT_MAX];
} passage;

rebuff_status rbf_late_sent(rebuff_ctx *ctx, const rbf_delivery *d, const rebuff_result *result,
	int64_t now_ms, rebuff_error *err)
{
	char sender[REBUFF_ADDRESS_MAX + 1];
	rbf_sent sent = {.who = d->who, .mta = d->mta, .time_ms = now_ms};
	if (!d->sender[0]) /* a bounce of a bounce there will not be */
		return REBUFF_OK;
	rbf_token_sender(rbf_span_of(d->sender), sender);
	sent.from_who = rbf_store_who(ctx->store, sender);
	sent.remote_id = rbf_tie_remote_id(ctx->store, result->text);
	sent.envid = rbf_tie_envid(ctx->store, result->envid);
	(void)rbf_span_copy(sent.node, sizeof sent.node, rbf_span_of(d->node));
	(void)rbf_span_copy(sent.id, sizeof sent.id, rbf_span_of(d->id));
	(void)rbf_span_copy(sent.stream, sizeof sent.stream, rbf_span_of(d->stream));
	(void)rbf_span_copy(sent.provider, sizeof sent.provider, rbf_span_of(d->provider));
	return rbf_store_sent_put(ctx->store, &sent, err);
}

/* ---- failures ----------------------------------------------------------------------------------
 */

/* A final failure whose last reply was temporary: the remote server gave up, as we would have. */
static void decide(passage *p)
{
	const rebuff_classification *c = &p->bounced->reply;
	bool gave_up = c->action == REBUFF_ACTION_RETRY || c->action == REBUFF_ACTION_SLOW ||
		c->category == REBUFF_EXPIRED;
	rbf_history history = {.now_ms = p->late.time_ms,
		.first_failure_ms = gave_up ? 1 : 0,
		.attempts = UINT32_MAX};
	rbf_policy_decide(p->policy, c, !gave_up, &history, &p->decision);
	p->late.struck = p->decision.strike;
}

/* The delivery as the live path would have it. */
static rbf_delivery delivery_of(const passage *p)
{
	const rbf_sent *sent = &p->tied.sent;
	rbf_delivery d = {.mta = sent->mta,
		.who = sent->who,
		.act = p->act,
		.state = RBF_FAILED,
		.closed_ms = p->late.time_ms};
	memcpy(d.node, sent->node, sizeof d.node);
	memcpy(d.id, sent->id, sizeof d.id);
	memcpy(d.stream, sent->stream, sizeof d.stream);
	memcpy(d.provider, sent->provider, sizeof d.provider);
	memcpy(d.recipient, p->tied.recipient, sizeof d.recipient);
	memcpy(d.sender, p->tie->came_back_to, sizeof d.sender);
	return d;
}

static rebuff_status strike(passage *p, rebuff_error *err)
{
	rbf_delivery d = delivery_of(p);
	const rbf_hook_event event = {.reply = &p->bounced->reply,
		.text = p->bounced->diagnostic,
		.recipient = rbf_span_of(d.recipient),
		.sender = rbf_span_of(d.sender),
		.host = p->bounced->mta,
		.stream = d.stream,
		.provider = d.provider,
		.failed = true,
		.now_ms = p->late.time_ms,
		.age_s = -1};
	const rbf_striker by = {p->tie->config->hooks, p->provider_n, &event, NULL};
	return rbf_strike(p->tie->ctx, p->policy, &d, &p->bounced->reply, p->bounced->diagnostic,
		RBF_LIT(""), &p->decision, &by, p->late.time_ms, &p->late.suppressed, err);
}

/* As a live refusal: it was no acceptance after all. */
static rebuff_status proven_failure(passage *p, rebuff_error *err)
{
	rebuff_ctx *ctx = p->tie->ctx;
	const rbf_sent *sent = &p->tied.sent;
	const rbf_delivery d = delivery_of(p);
	const rbf_tally one = {.failed = 1, .blocked = rbf_reply_blocked(&p->bounced->reply)};
	rebuff_status status = rbf_store_unaccept(ctx->store, sent->who, err);
	if (status == REBUFF_OK)
		status = rbf_attempt_tally(
			ctx, &d, RBF_LIT(""), &one, p->bounced->diagnostic, p->late.time_ms, err);
	if (status == REBUFF_OK && p->decision.strike)
		status = strike(p, err);
	return status;
}

/* Two that agree, about different messages and a day apart, are one soft bounce, whatever they say.
 */
static rebuff_status probable_failure(passage *p, rebuff_error *err)
{
	bool found = false;
	if (!p->decision.strike || !p->policy->soft.on)
		return REBUFF_OK;
	rebuff_status status =
		rbf_store_late_pair(p->tie->ctx->store, &p->late, day_ms, &found, err);
	if (status != REBUFF_OK || !found)
		return status;
	p->late.paired = true;
	p->decision.class_ = REBUFF_CLASS_SOFT;
	p->decision.rule = &p->policy->soft;
	return strike(p, err);
}

static rebuff_status failure(passage *p, rebuff_error *err)
{
	bool known = false;
	decide(p);
	(void)snprintf(p->why, sizeof p->why, "%s; %.300s", p->tied.why, p->decision.why);
	if (!p->tied.found)
		return REBUFF_OK;
	rebuff_status status = rbf_store_late_known(p->tie->ctx->store, &p->late, &known, err);
	if (status != REBUFF_OK)
		return status;
	if (known) {
		p->late.struck = false;
		(void)snprintf(p->why, sizeof p->why, "%s; it was told before", p->tied.why);
		return REBUFF_OK;
	}
	return p->tied.trust == REBUFF_TRUST_PROVEN ? proven_failure(p, err)
						    : probable_failure(p, err);
}

/* ---- complaints --------------------------------------------------------------------------------
 */

static rebuff_suppression complained(const passage *p)
{
	rebuff_suppression e = {.size = sizeof e,
		.class_ = REBUFF_CLASS_COMPLAINT,
		.category = REBUFF_COMPLAINT,
		.since_ms = p->late.time_ms,
		.confidence = 1};
	const rebuff_span type = p->tie->evidence->message->feedback_type;
	char text[64];
	(void)rbf_span_copy(text, sizeof text, type.len ? type : RBF_LIT("abuse"));
	memcpy(e.address, p->tied.recipient, sizeof e.address);
	(void)snprintf(e.scope, sizeof e.scope, "stream:%s", p->tied.sent.stream);
	memcpy(e.provider, p->tied.sent.provider, sizeof e.provider);
	(void)snprintf(e.rule, sizeof e.rule, "complaint");
	(void)rbf_span_escape(e.evidence, sizeof e.evidence, rbf_span_of(text));
	return e;
}

static rebuff_status complaint(passage *p, rebuff_error *err)
{
	rebuff_ctx *ctx = p->tie->ctx;
	bool back = rbf_span_eq(p->tie->evidence->message->feedback_type, RBF_LIT("not-spam"));
	bool removed = false;
	rebuff_suppression entry = complained(p);
	p->late.struck = !back;
	(void)snprintf(p->why, sizeof p->why, "%s; %s", p->tied.why,
		p->tied.trust != REBUFF_TRUST_PROVEN ? "recorded only"
			: back			     ? "takes a complaint back"
						     : "no more of this stream");
	if (p->tied.trust != REBUFF_TRUST_PROVEN)
		return REBUFF_OK;
	if (!p->act) {
		p->late.suppressed = back ? 0 : 2;
		return REBUFF_OK;
	}
	if (back)
		return rbf_store_unsuppress_scope(ctx->store, p->tied.sent.who, entry.scope,
			REBUFF_CLASS_COMPLAINT, &removed, err);
	p->late.suppressed = 1;
	return rbf_store_suppress(ctx->store, &entry, 0, err);
}

/* ---- one recipient -----------------------------------------------------------------------------
 */

/* Whose policy: the delivery's, else that of whoever the address belongs to. */
static void place(passage *p)
{
	const rbf_config *config = p->tie->config;
	rebuff_span domain = rbf_address_domain(rbf_span_of(p->recipient));
	if (p->tied.found)
		(void)rbf_ctx_policy(config, p->tied.sent.provider, &p->provider_n);
	else
		p->provider_n = rbf_ctx_provider(config, (rebuff_span){"", 0}, domain, p->provider);
	p->policy = rbf_config_policy_of(config, p->provider_n,
		p->tied.found ? p->tied.sent.stream : "", (rebuff_span){"", 0}, &p->space);
	p->act = !p->policy->observe;
}

static void describe(passage *p, int64_t arrival)
{
	const rebuff_evidence *e = p->tie->evidence;
	p->late = (rbf_late){.time_ms = p->tie->now_ms,
		.arrival = arrival,
		.kind = e->message->kind,
		.action = p->bounced->action,
		.trust = p->tied.trust,
		.sent = p->tied.found ? &p->tied.sent : NULL,
		.recipient = p->tied.found ? p->tied.recipient : p->recipient,
		.sender = p->tie->came_back_to,
		.stream = "",
		.provider = p->provider,
		.reply = &p->bounced->reply,
		.reporter = p->bounced->mta,
		.text = p->bounced->diagnostic,
		.why = p->why};
	(void)snprintf(p->why, sizeof p->why, "%s", p->tied.why);
}

static rebuff_status pass(rbf_tie *tie, const rebuff_bounced *bounced, bool alone, int64_t arrival,
	rebuff_evidence_outcome *out, rebuff_error *err)
{
	passage p = {.tie = tie, .bounced = bounced};
	rebuff_status status =
		rbf_tie_recipient(tie, bounced->recipient, bounced->original, alone, &p.tied, err);
	if (status != REBUFF_OK)
		return status;
	(void)rbf_address_key(bounced->recipient, p.recipient, NULL);
	place(&p);
	describe(&p, arrival);
	if (tie->evidence->message->kind == REBUFF_MESSAGE_COMPLAINT)
		status = complaint(&p, err);
	else if (bounced->action == REBUFF_DSN_FAILED)
		status = failure(&p, err);
	if (status == REBUFF_OK)
		status = rbf_store_late(tie->ctx->store, &p.late, err);
	out->by_trust[p.tied.trust]++;
	out->suppressed += p.late.suppressed == 1;
	out->backscatter = out->backscatter && !p.tied.found;
	return status;
}

/* ---- the message -------------------------------------------------------------------------------
 */

static rebuff_status pass_all(rebuff_ctx *ctx, const rbf_config *config, const rebuff_evidence *e,
	int64_t arrival, rebuff_evidence_outcome *out, rebuff_error *err)
{
	/* A complaint that names nobody may still return a header section that does. */
	static const rebuff_bounced nobody = {.recipient = {"", 0},
		.original = {"", 0},
		.diagnostic = {"", 0},
		.mta = {"", 0},
		.reply = {.category = REBUFF_COMPLAINT}};
	size_t n = e->recipient_n < REBUFF_EVIDENCE_MAX ? e->recipient_n : REBUFF_EVIDENCE_MAX;
	rebuff_status status = REBUFF_OK;
	rbf_tie *tie = malloc(sizeof *tie);
	if (!tie)
		return rbf_fail(err, REBUFF_ENOMEM, "no memory to look at a message");
	rbf_tie_begin(tie, ctx, config, e, rbf_clock_now(&ctx->watch));
	if (n == 0 && e->message->kind == REBUFF_MESSAGE_COMPLAINT)
		status = pass(tie, &nobody, true, arrival, out, err);
	for (size_t i = 0; i < n && status == REBUFF_OK; i++)
		status = pass(tie, &e->recipient[i], n == 1, arrival, out, err);
	free(tie);
	return status;
}

static bool is_report(rebuff_message_kind kind)
{
	return kind == REBUFF_MESSAGE_BOUNCE || kind == REBUFF_MESSAGE_DELAYED ||
		kind == REBUFF_MESSAGE_DELIVERED || kind == REBUFF_MESSAGE_COMPLAINT;
}

/* Refusing needs a memory of what was sent: before it reaches back as far as bounces take, all
 * would seem to be foreign. */
static rebuff_status may_refuse(
	rebuff_ctx *ctx, const rbf_config *config, bool *may, rebuff_error *err)
{
	int64_t first_ms = 0;
	*may = false;
	if (!rbf_config_policy(config, -1)->refuse_backscatter)
		return REBUFF_OK;
	rebuff_status status = rbf_store_key_first(ctx->store, &first_ms, err);
	*may = first_ms && rbf_clock_now(&ctx->watch) - first_ms >= 5 * day_ms;
	return status;
}

static rebuff_status read_message(rebuff_ctx *ctx, const rebuff_evidence *e, int64_t arrival,
	rebuff_evidence_outcome *out, rebuff_error *err)
{
	rebuff_message_kind kind = e->message->kind;
	rbf_config *config = rbf_ctx_config(ctx);
	rebuff_status status = REBUFF_OK;
	out->backscatter = kind == REBUFF_MESSAGE_BOUNCE || kind == REBUFF_MESSAGE_DELAYED;
	if (is_report(kind))
		status = pass_all(ctx, config, e, arrival, out, err);
	if (status == REBUFF_OK && out->backscatter)
		status = may_refuse(ctx, config, &out->refuse, err);
	rbf_config_unref(config);
	if (status == REBUFF_OK)
		status = rbf_store_arrival_read(
			ctx->store, arrival, true, kind, out->backscatter, "", err);
	return status;
}

static rebuff_status record(
	rebuff_ctx *ctx, const rebuff_evidence *e, rebuff_evidence_outcome *out, rebuff_error *err)
{
	rebuff_arrival a = *e->arrival;
	char node[REBUFF_DOMAIN_MAX + 1];
	int64_t row = 0;
	(void)rbf_span_copy(node, sizeof node, a.node.len ? a.node : rbf_span_of(ctx->node));
	a.node = rbf_span_of(node);
	rebuff_status status = rbf_store_arrival(ctx->store, &a, rbf_clock_now(&ctx->watch), err);
	if (status == REBUFF_OK)
		status = rbf_store_arrived(ctx->store, node, a.mta, a.id, &row, &out->known, err);
	if (status != REBUFF_OK || out->known)
		return status;
	if (e->unread || !e->message)
		return rbf_store_arrival_read(ctx->store, row, false, REBUFF_MESSAGE_NONE, false,
			e->unread ? e->unread : "it was not handed over", err);
	return read_message(ctx, e, row, out, err);
}

rebuff_status rebuff_record_evidence(rebuff_ctx *ctx, const rebuff_evidence *evidence,
	rebuff_evidence_outcome *out, rebuff_error *err)
{
	rebuff_evidence_outcome made = {.size = sizeof made};
	rebuff_status status = rbf_ctx_change_begin(ctx, err);
	if (status != REBUFF_OK)
		return status;
	status = rbf_ctx_change_end(ctx, record(ctx, evidence, &made, err), err);
	if (out)
		*out = made;
	return status;
}

bool rebuff_refuses_backscatter(const rebuff_ctx *ctx)
{
	rbf_config *config = rbf_ctx_config(ctx);
	bool refuses = rbf_config_policy(config, -1)->refuse_backscatter;
	rbf_config_unref(config);
	return refuses;
}
