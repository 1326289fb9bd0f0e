#include "policy/policy.h"

#include <stdio.h>
#include <string.h>

/* A server that says "again at once" is believed so often, then the ladder holds. */
enum { AT_ONCE_MAX = 3 };

bool rbf_category_defers(rebuff_category category)
{
	return category != REBUFF_DELIVERED && category != REBUFF_COMPLAINT &&
		category != REBUFF_AUTOREPLY && category < REBUFF_CATEGORY_N;
}

bool rbf_category_strikes(rebuff_category category)
{
	switch (category) {
	case REBUFF_UNCLASSIFIED:
	case REBUFF_ADDRESS_BAD:
	case REBUFF_RECIPIENT_REFUSED:
	case REBUFF_DOMAIN_BAD:
	case REBUFF_MAILBOX_FULL:
	case REBUFF_MAILBOX_DISABLED:
	case REBUFF_SYSTEM_ERROR:
	case REBUFF_NETWORK_ERROR:
	case REBUFF_EXPIRED:
		return true;
	default:
		return false;
	}
}

bool rbf_category_hard(rebuff_category category)
{
	return category == REBUFF_ADDRESS_BAD || category == REBUFF_MAILBOX_DISABLED ||
		category == REBUFF_DOMAIN_BAD;
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
	return rbf_category_strikes(reply->category) &&
		(reply->fault == REBUFF_FAULT_RECIPIENT || reply->fault == REBUFF_FAULT_RECEIVER ||
			reply->fault == REBUFF_FAULT_NETWORK ||
			reply->fault == REBUFF_FAULT_UNKNOWN);
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

static const rbf_suppress_rule *soft_rule(const rbf_policy *p, rebuff_category category)
{
	return rbf_category_hard(category) ? &p->soft : &p->suppress[category];
}

static void decide_failed(const rbf_policy *p, const rebuff_classification *reply, rbf_decision *d)
{
	bool bare = (reply->category == REBUFF_UNCLASSIFIED || reply->guessed) &&
		reply->action == REBUFF_ACTION_SUPPRESS;
	d->what = RBF_DECIDE_FAIL;
	if (bare)
		strike(d, &p->bare, REBUFF_CLASS_BOUNCE, reply->confidence);
	else if (reply->fault != REBUFF_FAULT_RECIPIENT)
		(void)snprintf(d->why, sizeof d->why,
			"refused, the fault is not the recipient's (%s)",
			rebuff_fault_name(reply->fault));
	else if (reply->action == REBUFF_ACTION_SOFT)
		strike(d, soft_rule(p, reply->category), REBUFF_CLASS_SOFT, reply->confidence);
	else if (reply->action == REBUFF_ACTION_SUPPRESS && reply->category == REBUFF_DOMAIN_BAD)
		/* The server or a null MX said so itself: as sure as an unknown user. */
		strike(d, &p->suppress[REBUFF_ADDRESS_BAD], REBUFF_CLASS_BOUNCE, reply->confidence);
	else if (p->suppress[reply->category].given)
		strike(d, &p->suppress[reply->category], REBUFF_CLASS_BOUNCE, reply->confidence);
	if (!d->why[0])
		(void)snprintf(d->why, sizeof d->why, "refused: %s%s",
			rebuff_category_name(reply->category),
			d->strike ? ", counted against the address" : "");
}

/* Has this lasted too long? Held time does not count, the lifetime does not care. */
static bool exhausted(const rbf_policy *p, const rbf_ladder *l, const rbf_history *h)
{
	int64_t failing_ms = h->first_failure_ms ? h->now_ms - h->first_failure_ms - h->held_ms : 0;
	if (h->clock_unsteady)
		return false;
	if (h->received_ms && h->now_ms - h->received_ms >= p->lifetime_s * 1000)
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
			strike(d, soft_rule(p, reply->category), REBUFF_CLASS_SOFT, 0.6);
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
	/* It dies on time, not at the next attempt that would have been. */
	int64_t end_ms = h->received_ms + p->lifetime_s * 1000 + 1000;
	if (h->received_ms && !h->clock_unsteady && d->due_ms > end_ms)
		d->due_ms = end_ms > h->now_ms ? end_ms : h->now_ms;
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
	if (reply->action == REBUFF_ACTION_HOLD)
		out->hold_s = policy->hold_s;
	if (failed)
		decide_failed(policy, reply, out);
	else
		decide_deferred(policy, reply, history, out);
}
