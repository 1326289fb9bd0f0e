/* gate.c - the loop thread's questions: may this be attempted, may that be submitted, what is due?
 */
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/span.h"
#include "engine/context.h"
#include "smtp/address.h"

/* How long a wake gives its message the right to go. */
enum { WOKEN_MS = 15 * 60000 };

static void answer(rebuff_answer *a, rebuff_verdict verdict, int64_t until_ms, const char *rule)
{
	a->verdict = verdict;
	a->until_ms = until_ms;
	(void)snprintf(a->rule, sizeof a->rule, "%s", rule);
}

/* head and detail, cut where they must be. */
static void say(rebuff_answer *a, const char *head, const char *detail)
{
	rbf_buf b = rbf_buf_of(a->text, sizeof a->text);
	rbf_buf_str(&b, head);
	rbf_buf_add(&b, rbf_span_sub(rbf_span_of(detail), 0, sizeof a->text - b.len - 1));
}

static void clear(rebuff_answer *a, rebuff_verdict verdict)
{
	a->text[0] = a->rule[0] = '\0';
	a->promised = false;
	answer(a, verdict, 0, "");
}

/* Everything the gate looks at. */
typedef struct {
	rebuff_ctx *ctx;
	const rebuff_gate_request *request;
	const rbf_policy *policy;
	char node[REBUFF_DOMAIN_MAX + 1];
	char id[REBUFF_ID_MAX + 1];
	char recipient[REBUFF_ADDRESS_MAX + 1];
	char provider[REBUFF_NAME_MAX];
	char stream[REBUFF_NAME_MAX];
	char sender_domain[REBUFF_DOMAIN_MAX + 1];
	bool null_sender;
	bool known;
	rbf_delivery delivery;
	int64_t now_ms;
} question;

static bool fails(const question *q, rebuff_answer *a)
{
	rebuff_suppression entry;
	bool found = false;
	if (q->null_sender)
		return false;
	if (q->known && q->delivery.state == RBF_GIVEN_UP) {
		answer(a, REBUFF_FAIL, 0, "gave up");
		say(a, "rebuff: gave up: ", q->delivery.text);
		return true;
	}
	if (q->request->age_s >= q->policy->hard_limit_s) {
		answer(a, REBUFF_FAIL, 0, "too old");
		(void)snprintf(a->text, sizeof a->text, "rebuff: gave up, the message is too old");
		return true;
	}
	if (rbf_view_suppressed(q->ctx->store, q->recipient, q->sender_domain, q->stream, q->now_ms,
		    &entry, &found, NULL) != REBUFF_OK ||
		!found)
		return false;
	answer(a, REBUFF_FAIL, 0, "suppressed");
	say(a, "rebuff: recipient is suppressed: ",
		entry.evidence[0] ? entry.evidence : rebuff_class_name(entry.class_));
	return true;
}

static bool waits(question *q, rebuff_answer *a)
{
	const rbf_delivery *d = &q->delivery;
	int64_t until_ms = 0;
	bool held = false;
	double rate = 0;
	char reason[REBUFF_TEXT_MAX], rule[REBUFF_RULE_MAX];
	bool woken = q->known && d->woken_ms && q->now_ms - d->woken_ms < WOKEN_MS;

	if (q->known && d->state == RBF_WAITING && d->due_ms > q->now_ms && !woken) {
		answer(a, REBUFF_WAIT, d->due_ms, "not yet");
		return true;
	}
	if (rbf_view_hold(q->ctx->store, q->provider, q->stream, q->now_ms, &held, &until_ms,
		    reason, NULL) == REBUFF_OK &&
		held) {
		/* A hold without an end is looked at again every quarter of an hour. */
		(void)snprintf(rule, sizeof rule, "hold:%s", q->provider);
		answer(a, REBUFF_WAIT, until_ms ? until_ms : q->now_ms + WOKEN_MS, rule);
		a->promised = true;
		say(a, "rebuff: held: ", reason);
		return true;
	}
	if (rbf_view_pace(q->ctx->store, q->node, q->provider, &rate, NULL) != REBUFF_OK)
		return false;
	until_ms = rbf_lane_ask(&q->ctx->lanes, q->node, q->provider, rate,
		q->known && d->state == RBF_WAITING, q->now_ms);
	if (until_ms == 0)
		return false;
	(void)snprintf(rule, sizeof rule, "pace:%s", q->provider);
	answer(a, REBUFF_WAIT, until_ms, rule);
	a->promised = true;
	(void)snprintf(a->text, sizeof a->text, "rebuff: %s is in the slow lane", q->provider);
	return true;
}

/* Fills in q from the request. False: not answerable, so the MTA goes on as without us. */
static bool understand(question *q, const rbf_config *config)
{
	const rebuff_gate_request *r = q->request;
	if (rbf_address_key(r->recipient, q->recipient, NULL) != REBUFF_OK)
		return false;
	(void)rbf_span_copy(
		q->node, sizeof q->node, r->node.len ? r->node : rbf_span_of(q->ctx->node));
	(void)rbf_span_copy(q->id, sizeof q->id, r->id);
	int n = rbf_ctx_provider(
		config, r->mx, rbf_address_domain(rbf_span_of(q->recipient)), q->provider);
	q->policy = rbf_config_policy(config, n);
	q->null_sender = r->sender.len == 0 || rbf_span_eq(r->sender, RBF_LIT("<>"));
	rbf_config_stream(config, r->sender, q->stream);
	if (rbf_domain_key(rbf_address_domain(r->sender), q->sender_domain, NULL) != REBUFF_OK)
		q->sender_domain[0] = '\0';
	q->now_ms = rbf_wall_ms(&q->ctx->clock);
	return q->id[0] == '\0' ||
		rbf_view_delivery(q->ctx->store, q->node, r->mta, q->id,
			rbf_store_who(q->ctx->store, q->recipient), &q->delivery, &q->known,
			NULL) == REBUFF_OK;
}

/* An operator's own attempt, which we let pass. Our wakes look the same to the plugin, but are due.
 */
static bool by_operator(const question *q)
{
	const rbf_delivery *d = &q->delivery;
	bool ours = q->known && d->state != RBF_OPEN &&
		(d->due_ms <= q->now_ms || (d->woken_ms && q->now_ms - d->woken_ms < WOKEN_MS));
	return q->request->forced && !ours;
}

void rebuff_gate(rebuff_ctx *ctx, const rebuff_gate_request *request, rebuff_answer *a)
{
	question q = {.ctx = ctx, .request = request};
	clear(a, REBUFF_GO);
	if (!ctx->store)
		return;
	rbf_config *config = rbf_ctx_config(ctx);
	if (understand(&q, config) && !q.policy->observe && !by_operator(&q) && !fails(&q, a))
		(void)waits(&q, a);
	rbf_config_unref(config);
}

void rebuff_submit(rebuff_ctx *ctx, rebuff_span recipient, rebuff_span sender, rebuff_answer *a)
{
	rebuff_gate_request request = {
		.size = sizeof request, .recipient = recipient, .sender = sender, .age_s = -1};
	question q = {.ctx = ctx, .request = &request};
	clear(a, REBUFF_ACCEPT);
	if (!ctx->store)
		return;
	rbf_config *config = rbf_ctx_config(ctx);
	if (understand(&q, config) && !q.policy->observe && fails(&q, a)) {
		answer(a, REBUFF_REFUSE, 0, "suppressed");
	}
	rbf_config_unref(config);
}

size_t rebuff_due_list(
	rebuff_ctx *ctx, int64_t now_ms, rebuff_due *due, size_t cap, int64_t *next_ms)
{
	size_t n = 0;
	rebuff_error err;
	*next_ms = INT64_MAX;
	if (!ctx->store)
		return 0;
	if (rbf_view_due(ctx->store, now_ms, due, cap, &n, next_ms, &err) == REBUFF_OK)
		return n;
	rbf_log(&ctx->log, REBUFF_LOG_ERROR, "event=due-failed error=\"%s\"", err.text);
	return 0;
}
