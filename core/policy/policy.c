#include "policy/policy.h"

#include <stdio.h>
#include <string.h>

enum { MINUTE = 60, HOUR = 3600, DAY = 86400 };
/* A server that says "again at once" is believed so often, then the ladder holds. */
enum { AT_ONCE_MAX = 3 };

static rbf_ladder ladder(const int64_t *step_s, uint32_t n, int64_t max_s, double jitter)
{
	rbf_ladder l = {.step_n = n,
		.factor = 1.5,
		.max_s = max_s,
		.jitter = jitter,
		.give_up_s = 72 * HOUR,
		.give_up_attempts = 4,
		.origin = "built in"};
	for (uint32_t i = 0; i < n; i++)
		l.step_s[i] = step_s[i];
	return l;
}

static rbf_suppress_rule rule(uint32_t after, int64_t within_s, int64_t over_s, int64_t lasts_s)
{
	return (rbf_suppress_rule){.on = true,
		.after = after,
		.within_s = within_s,
		.over_s = over_s,
		.lasts_s = lasts_s,
		.growth = 2,
		.origin = "built in"};
}

static void default_ladders(rbf_policy *p)
{
	static const int64_t plain[] = {
		15 * MINUTE, 30 * MINUTE, HOUR, 2 * HOUR, 4 * HOUR, 6 * HOUR};
	static const int64_t grey[] = {5 * MINUTE, 10 * MINUTE, 15 * MINUTE, 30 * MINUTE, HOUR};
	static const int64_t rate[] = {15 * MINUTE, 30 * MINUTE, HOUR, 2 * HOUR, 4 * HOUR};
	static const int64_t blocked[] = {HOUR, 2 * HOUR, 4 * HOUR, 8 * HOUR, 12 * HOUR};
	static const int64_t full[] = {4 * HOUR, 8 * HOUR, 12 * HOUR, DAY};
	static const int64_t network[] = {15 * MINUTE, 30 * MINUTE, HOUR, 2 * HOUR};
	static const rebuff_category about_us[] = {REBUFF_IP_BLOCKED, REBUFF_SENDER_REJECTED,
		REBUFF_CONTENT_BLOCKED, REBUFF_POLICY, REBUFF_AUTH_FAILED, REBUFF_RELAY_DENIED};

	for (int c = 0; c < REBUFF_CATEGORY_N; c++)
		p->retry[c] = ladder(plain, 6, 6 * HOUR, 0.1);
	for (size_t i = 0; i < sizeof about_us / sizeof *about_us; i++)
		p->retry[about_us[i]] = ladder(blocked, 5, 12 * HOUR, 0.1);
	p->retry[REBUFF_GREYLISTED] = ladder(grey, 5, HOUR, 0.1);
	p->retry[REBUFF_RATE_LIMITED] = ladder(rate, 5, 4 * HOUR, 0.2);
	p->retry[REBUFF_MAILBOX_FULL] = ladder(full, 4, DAY, 0.1);
	p->retry[REBUFF_NETWORK_ERROR] = ladder(network, 4, 2 * HOUR, 0.1);
	p->retry[REBUFF_DOMAIN_BAD] = ladder(network, 4, 2 * HOUR, 0.1);
}

void rbf_policy_defaults(rbf_policy *out)
{
	memset(out, 0, sizeof *out);
	default_ladders(out);
	for (int c = 0; c < REBUFF_CATEGORY_N; c++) {
		out->suppress[c] = rule(1, 0, 0, 0);
		out->suppress[c].on = false;
	}
	out->suppress[REBUFF_ADDRESS_BAD] = rule(1, 0, 0, 180 * DAY);
	out->suppress[REBUFF_MAILBOX_DISABLED] = rule(1, 0, 0, 90 * DAY);
	out->suppress[REBUFF_DOMAIN_BAD] = rule(3, 14 * DAY, 3 * DAY, 180 * DAY);
	out->soft = rule(3, 30 * DAY, 0, 30 * DAY);
	out->bare = rule(1, 0, 0, 180 * DAY);
	out->pace = (rbf_pace_rule){
		.start = 20, .floor = 1, .ceiling = 600, .growth = 1.5, .origin = "built in"};
	out->breaker = (rbf_breaker_rule){
		.share = 0.05, .at_least = 50, .within_s = 15 * MINUTE, .origin = "built in"};
	out->wait_min_s = 30;
	out->wait_max_s = 12 * HOUR;
	out->wait_jitter = 0.1;
	out->hard_limit_s = 14 * DAY;
	(void)snprintf(out->origin, sizeof out->origin, "built in");
}

int64_t rbf_ladder_ms(const rbf_ladder *l, uint32_t n, uint32_t random)
{
	uint32_t at = n > 0 ? n - 1 : 0;
	double s = (double)l->step_s[at < l->step_n ? at : l->step_n - 1];
	for (uint32_t i = l->step_n; i <= at && s < (double)l->max_s; i++)
		s *= l->factor;
	if (s > (double)l->max_s)
		s = (double)l->max_s;
	double share = (double)(random % 20001) / 10000.0 - 1.0;
	return (int64_t)(s * (1.0 + l->jitter * share) * 1000.0);
}

/* Seconds that the reply asks to wait, by length or by clock time; 0: it states none. */
static int64_t stated_s(const rebuff_classification *reply, int64_t now_ms)
{
	int64_t until_s = reply->wait_until_s - now_ms / 1000;
	return reply->wait_s > 0 ? reply->wait_s : reply->wait_until_s && until_s > 0 ? until_s : 0;
}

/* A stated wait is a lower bound: it is clamped, and the jitter only ever adds. */
static int64_t stated_ms(const rbf_policy *p, int64_t wait_s, uint32_t random)
{
	int64_t s = wait_s < p->wait_min_s ? p->wait_min_s : wait_s;
	if (s > p->wait_max_s)
		s = p->wait_max_s;
	return (int64_t)((double)s * (1.0 + p->wait_jitter * (double)(random % 10001) / 10000.0) *
		1000.0);
}

/* Does a deferral that never ended say something about the address? Not when it is about us or the
 * message, and not when the receiver's own check is what fails (its resolver cannot ask the block
 * list). */
static bool tells_of_address(const rebuff_classification *reply)
{
	switch (reply->category) {
	case REBUFF_SENDER_REJECTED:
	case REBUFF_IP_BLOCKED:
	case REBUFF_RATE_LIMITED:
	case REBUFF_GREYLISTED:
	case REBUFF_CONTENT_BLOCKED:
	case REBUFF_POLICY:
	case REBUFF_AUTH_FAILED:
	case REBUFF_RELAY_DENIED:
	case REBUFF_MESSAGE_TOO_BIG:
	case REBUFF_PROTOCOL_ERROR:
		return false;
	default:
		return reply->fault == REBUFF_FAULT_RECIPIENT ||
			reply->fault == REBUFF_FAULT_RECEIVER ||
			reply->fault == REBUFF_FAULT_NETWORK ||
			reply->fault == REBUFF_FAULT_UNKNOWN;
	}
}

static void strike(
	rbf_decision *d, const rbf_suppress_rule *r, rebuff_class class_, double confidence)
{
	if (!r->on)
		return;
	d->strike = true;
	d->rule = r;
	d->class_ = class_;
	d->confidence = confidence;
}

static void decide_failed(const rbf_policy *p, const rebuff_classification *reply, rbf_decision *d)
{
	bool bare =
		reply->category == REBUFF_UNCLASSIFIED && reply->action == REBUFF_ACTION_SUPPRESS;
	d->what = RBF_DECIDE_FAIL;
	if (bare)
		strike(d, &p->bare, REBUFF_CLASS_BOUNCE, reply->confidence);
	else if (reply->fault != REBUFF_FAULT_RECIPIENT)
		(void)snprintf(d->why, sizeof d->why,
			"refused, the fault is not the recipient's (%s)",
			rebuff_fault_name(reply->fault));
	else if (reply->action == REBUFF_ACTION_SOFT)
		strike(d, &p->soft, REBUFF_CLASS_SOFT, reply->confidence);
	else if (reply->action == REBUFF_ACTION_SUPPRESS && reply->category == REBUFF_DOMAIN_BAD)
		/* The server or a null MX said so itself: as sure as an unknown user. */
		strike(d, &p->suppress[REBUFF_ADDRESS_BAD], REBUFF_CLASS_BOUNCE, reply->confidence);
	else
		strike(d, &p->suppress[reply->category], REBUFF_CLASS_BOUNCE, reply->confidence);
	if (!d->why[0])
		(void)snprintf(d->why, sizeof d->why, "refused: %s%s",
			rebuff_category_name(reply->category),
			d->strike ? ", counted against the address" : "");
}

/* Has this lasted too long? Held time does not count, the hard limit does not care. */
static bool exhausted(const rbf_policy *p, const rbf_ladder *l, const rbf_history *h)
{
	int64_t failing_ms = h->first_failure_ms ? h->now_ms - h->first_failure_ms - h->held_ms : 0;
	if (h->clock_unsteady)
		return false;
	if (h->received_ms && h->now_ms - h->received_ms >= p->hard_limit_s * 1000)
		return true;
	return failing_ms >= l->give_up_s * 1000 && h->attempts >= l->give_up_attempts;
}

static void decide_deferred(const rbf_policy *p, const rebuff_classification *reply,
	const rbf_history *h, rbf_decision *d)
{
	const rbf_ladder *l = &p->retry[reply->category];
	bool again_at_once =
		reply->scope == REBUFF_SCOPE_TRANSACTION || reply->scope == REBUFF_SCOPE_SESSION;

	d->counts_attempt = !again_at_once && reply->category != REBUFF_GREYLISTED;
	if (exhausted(p, l, h)) {
		d->what = RBF_DECIDE_GIVE_UP;
		d->due_ms = h->now_ms;
		if (tells_of_address(reply))
			strike(d, &p->soft, REBUFF_CLASS_SOFT, 0.6);
		(void)snprintf(d->why, sizeof d->why, "gave up after %u attempts: %s", h->attempts,
			rebuff_category_name(reply->category));
		return;
	}
	d->what = RBF_DECIDE_RETRY;
	if (again_at_once && h->category_attempts <= AT_ONCE_MAX) {
		d->due_ms = h->now_ms;
	} else if (stated_s(reply, h->now_ms) > 0 && !h->wait_believed) {
		d->due_ms = h->now_ms + stated_ms(p, stated_s(reply, h->now_ms), h->random);
		d->wait_believed = true;
	} else {
		d->due_ms = h->now_ms + rbf_ladder_ms(l, h->category_attempts, h->random);
	}
	(void)snprintf(d->why, sizeof d->why, "%s, attempt %u: again by %s",
		rebuff_category_name(reply->category), h->attempts,
		d->wait_believed ? "the wait it states" : l->origin);
}

void rbf_policy_decide(const rbf_policy *policy, const rebuff_classification *reply, bool failed,
	const rbf_history *history, rbf_decision *out)
{
	memset(out, 0, sizeof *out);
	if (reply->category == REBUFF_DELIVERED || (!failed && reply->code / 100 == 2)) {
		out->what = RBF_DECIDE_DONE;
		(void)snprintf(out->why, sizeof out->why, "accepted");
		return;
	}
	out->slow = reply->category == REBUFF_RATE_LIMITED &&
		reply->scope != REBUFF_SCOPE_RECIPIENT &&
		reply->scope != REBUFF_SCOPE_TRANSACTION && reply->scope != REBUFF_SCOPE_SESSION;
	if (failed)
		decide_failed(policy, reply, out);
	else
		decide_deferred(policy, reply, history, out);
}
