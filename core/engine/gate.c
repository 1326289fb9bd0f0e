/* gate.c - the loop thread's questions: may this be attempted, may that be submitted? */
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/span.h"
#include "engine/attempt.h"
#include "engine/source.h"
#include "script/watchfile.h"
#include "smtp/address.h"

/* A message that waits in a queue is told an estimate; more are not counted for it. */
enum { QUEUE_COUNTED = 1000, HELD_LOOK_MS = 15 * 60000 };

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
	a->queued = false;
	answer(a, verdict, 0, "");
}

/* Everything the gate looks at. */
typedef struct {
	rebuff_ctx *ctx;
	const rebuff_gate_request *request;
	const rbf_policy *policy;
	rbf_policy space;
	char node[REBUFF_DOMAIN_MAX + 1];
	char id[REBUFF_ID_MAX + 1];
	char recipient[REBUFF_ADDRESS_MAX + 1];
	char provider[REBUFF_NAME_MAX];
	char stream[REBUFF_NAME_MAX];
	char source[REBUFF_NAME_MAX]; /* the address of ours that it is expected to leave from */
	const char *lane; /* whose slow lane: `source`, or "" */
	char source_ip[REBUFF_NAME_MAX]; /* "" not known before the attempt */
	char sender_domain[REBUFF_DOMAIN_MAX + 1];
	bool null_sender;
	bool known;
	rbf_delivery delivery;
	int64_t now_ms;
	bool woken; /* by us, because it is due */
	bool probing; /* a hold has run out, and this may be the probe */
	bool probes_ip; /* and it is one of that sending IP */
	bool warms; /* under `plan` */
	rebuff_warmup plan;
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
	/* A clock that was set makes every message look old. */
	if (q->request->age_s >= q->policy->lifetime_s && !rbf_clock_unsteady(&q->ctx->watch)) {
		answer(a, REBUFF_FAIL, 0, "too old");
		(void)snprintf(a->text, sizeof a->text, "rebuff: gave up, the message is too old");
		return true;
	}
	if (rbf_view_suppressed(q->ctx->store, q->recipient, q->sender_domain, q->stream,
		    rbf_clock_trusted(&q->ctx->watch), &entry, &found, NULL) != REBUFF_OK ||
		!found)
		return false;
	answer(a, REBUFF_FAIL, 0, "suppressed");
	say(a, "rebuff: recipient is suppressed: ",
		entry.evidence[0] ? entry.evidence : rebuff_class_name(entry.class_));
	return true;
}

static bool waits_for_time(const question *q, rebuff_answer *a)
{
	const rbf_delivery *d = &q->delivery;
	/* The MTA's own schedule brings mail with an empty sender: it is never woken. */
	if (q->null_sender || !q->known || d->state != RBF_WAITING || d->due_ms <= q->now_ms)
		return false;
	answer(a, REBUFF_WAIT, d->due_ms, "not yet");
	/* What was observed until now is ours to wake from here on. */
	a->queued = !d->act;
	return true;
}

static bool waits_for_release(question *q, rebuff_answer *a)
{
	rbf_held_now held;
	char rule[REBUFF_RULE_MAX];
	const rbf_key key = {q->provider, q->stream, q->source_ip};
	if (rbf_view_hold(q->ctx->store, &key, &held, NULL) != REBUFF_OK || !held.found)
		return false;
	q->probes_ip = held.probing && held.source_ip[0];
	q->probing = held.probing && !held.source_ip[0];
	if (held.probing)
		return false;
	(void)snprintf(
		rule, sizeof rule, "hold:%s", held.source_ip[0] ? held.source_ip : q->provider);
	answer(a, REBUFF_WAIT, held.until_ms > q->now_ms ? held.until_ms : q->now_ms + HELD_LOOK_MS,
		rule);
	a->queued = true;
	say(a, "rebuff: held: ", held.reason);
	return true;
}

/* The probes of a sending IP have a lane of their own: a provider's is for all who send there. */
static bool waits_for_probe(const question *q, rebuff_answer *a)
{
	char rule[REBUFF_RULE_MAX];
	if (!q->probes_ip)
		return false;
	const rbf_lane_key lane = {q->node, "", q->source_ip};
	int64_t until_ms =
		rbf_lane_go(&q->ctx->lanes, &lane, RBF_PROBE_RATE, q->id, true, q->now_ms);
	if (until_ms == 0)
		return false;
	(void)snprintf(rule, sizeof rule, "hold:%s", q->source_ip);
	answer(a, REBUFF_WAIT, until_ms, rule);
	a->queued = true;
	say(a, "rebuff: held, one message at a time goes to see: ", q->source_ip);
	return true;
}

static bool waits_for_tomorrow(question *q, rebuff_answer *a)
{
	char rule[REBUFF_RULE_MAX];
	if (q->null_sender ||
		rbf_view_warmup(q->ctx->store, q->node, q->provider, &q->plan, &q->warms, NULL) !=
			REBUFF_OK ||
		!q->warms || rbf_warmup_left(&q->ctx->warmed, &q->plan, q->now_ms) > 0)
		return false;
	(void)snprintf(rule, sizeof rule, "warmup:%s", q->provider);
	answer(a, REBUFF_WAIT, rbf_warmup_tomorrow(&q->plan, q->now_ms), rule);
	a->queued = true;
	say(a, "rebuff: warm-up: today's messages are sent to ", q->provider);
	return true;
}

/* Nobody woke it although it is due for long: the MTA's own schedule is all there is. */
static bool overdue(const question *q)
{
	const rbf_delivery *d = &q->delivery;
	return q->known && d->state == RBF_WAITING && q->now_ms - d->due_ms > RBF_UNKNOWN_MS;
}

/* Is there a rate for what it is in, or a number a day for the whole provider? */
static bool in_a_lane(question *q)
{
	const rbf_lane_key lane = {q->node, q->provider, q->lane};
	double rate = 0;
	bool warms = false;
	return q->probing || q->probes_ip ||
		(rbf_view_pace(q->ctx->store, &lane, &rate, NULL) == REBUFF_OK && rate > 0) ||
		(rbf_view_warmup(q->ctx->store, q->node, q->provider, &q->plan, &warms, NULL) ==
				REBUFF_OK &&
			warms);
}

/* Of two rates, 0 for none. */
static double slower(double a, double b)
{
	return b <= 0 ? a : a <= 0 || b < a ? b : a;
}

static bool waits_for_turn(const question *q, rebuff_answer *a)
{
	double rate = 0;
	size_t waiting = 0;
	char rule[REBUFF_RULE_MAX];
	/* A probe is the provider's, wherever it leaves from. */
	const rbf_lane_key lane = {q->node, q->provider, q->probing ? "" : q->lane};
	if (rbf_view_pace(q->ctx->store, &lane, &rate, NULL) != REBUFF_OK)
		return false;
	if (q->warms)
		rate = slower(rate, rbf_warmup_rate(&q->plan, q->now_ms));
	if (q->probing)
		rate = slower(rate, RBF_PROBE_RATE);
	if (rate <= 0)
		return false;
	if (!q->woken && !q->null_sender && !overdue(q))
		(void)rbf_view_queued(q->ctx->store, q->node, q->provider,
			q->now_ms + RBF_ARRIVES_MS, QUEUE_COUNTED, &waiting, NULL);
	int64_t until_ms = rbf_lane_go(&q->ctx->lanes, &lane, rate, q->id, waiting == 0, q->now_ms);
	if (until_ms == 0)
		return false;
	until_ms += (int64_t)((double)waiting * 60000 / rate);
	(void)snprintf(rule, sizeof rule, "pace:%s", q->provider);
	answer(a, REBUFF_WAIT, until_ms, rule);
	a->queued = true;
	(void)snprintf(a->text, sizeof a->text, "rebuff: %s is in the slow lane", q->provider);
	return true;
}

/* By the MX hosts that the MTA names; one that names none is reminded of those that answered
 * before. */
static int provider_of(question *q, const rbf_config *config)
{
	int n;
	rebuff_span domain = rbf_address_domain(rbf_span_of(q->recipient));
	if (!q->request->mx.len &&
		rbf_view_site(q->ctx->store, domain.p, q->provider, NULL) == REBUFF_OK &&
		q->provider[0]) {
		(void)rbf_ctx_policy(config, q->provider, &n);
		return n;
	}
	return rbf_ctx_provider(config, q->request->mx, domain, q->provider);
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
	int n = provider_of(q, config);
	q->null_sender = r->sender.len == 0 || rbf_span_eq(r->sender, RBF_LIT("<>"));
	rbf_config_stream(config, r->sender, q->stream);
	rbf_source_expect(q->ctx, config, q->node, q->stream, q->provider, q->source);
	if (r->source_ip.len)
		(void)rbf_span_copy(q->source, sizeof q->source, r->source_ip);
	q->lane = rbf_source_lane(config, q->source);
	q->policy = rbf_config_policy_of(config, n, q->stream, rbf_span_of(q->source), &q->space);
	if (r->source_ip.len)
		(void)rbf_span_copy(q->source_ip, sizeof q->source_ip, r->source_ip);
	else if (rbf_view_leaving(q->ctx->store, q->node, q->stream, q->source_ip, NULL) !=
		REBUFF_OK)
		q->source_ip[0] = '\0';
	if (rbf_domain_key(rbf_address_domain(r->sender), q->sender_domain, NULL) != REBUFF_OK)
		q->sender_domain[0] = '\0';
	q->now_ms = rbf_clock_now(&q->ctx->watch);
	if (q->id[0] == '\0')
		return true;
	if (rbf_view_delivery(q->ctx->store, q->node, r->mta, q->id,
		    rbf_store_who(q->ctx->store, q->recipient), &q->delivery, &q->known,
		    NULL) != REBUFF_OK)
		return false;
	const rbf_delivery *d = &q->delivery;
	int64_t woken_ms = q->known && d->woken_ms ? q->now_ms - d->woken_ms : INT64_MAX;
	q->woken = woken_ms < RBF_UNKNOWN_MS && d->woken_ms >= d->due_ms;
	return true;
}

/* Whom alarms are told by mail must get it, whatever is held or suppressed. */
static bool is_notice(const question *q, const rbf_config *config)
{
	char key[REBUFF_ADDRESS_MAX + 1];
	const char *mail = config->watch->watch.mail;
	return mail[0] && rbf_address_key(rbf_span_of(mail), key, NULL) == REBUFF_OK &&
		strcmp(key, q->recipient) == 0;
}

void rebuff_gate(rebuff_ctx *ctx, const rebuff_gate_request *request, rebuff_answer *a)
{
	question q = {.ctx = ctx, .request = request};
	clear(a, REBUFF_GO);
	if (!ctx->store)
		return;
	rbf_config *config = rbf_ctx_config(ctx);
	if (!request->forced && understand(&q, config) && !q.policy->observe &&
		!is_notice(&q, config))
		(void)(fails(&q, a) || waits_for_time(&q, a) || waits_for_release(&q, a) ||
			waits_for_tomorrow(&q, a) || waits_for_turn(&q, a) ||
			waits_for_probe(&q, a));
	if (a->verdict == REBUFF_GO && q.warms)
		rbf_warmup_take(&ctx->warmed, &q.plan, q.now_ms);
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
	if (understand(&q, config) && !q.policy->observe) {
		if (fails(&q, a))
			answer(a, REBUFF_REFUSE, 0, "suppressed");
		else if (!q.null_sender && (waits_for_release(&q, a) || in_a_lane(&q))) {
			a->verdict = REBUFF_ACCEPT;
			a->queued = true;
		}
	}
	rbf_config_unref(config);
}
