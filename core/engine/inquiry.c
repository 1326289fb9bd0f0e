/* inquiry.c - what is known of an address or a message, why, and what would change it. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/span.h"
#include "engine/attempt.h"
#include "report/sink.h"
#include "smtp/address.h"

enum { EVENTS_SHOWN = 10, LINE_MAX = 1400 };

typedef struct {
	rebuff_ctx *ctx;
	void (*each)(void *ud, const char *what, const char *text);
	void *ud;
	int64_t now_ms;
	size_t n;
	char address[REBUFF_ADDRESS_MAX + 1];
	char provider[REBUFF_NAME_MAX], stream[REBUFF_NAME_MAX];
	rebuff_category category; /* of the last answer */
} inquiry;

static void tell(inquiry *q, const char *what, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
static void tell(inquiry *q, const char *what, const char *fmt, ...)
{
	char line[LINE_MAX], shown[LINE_MAX];
	va_list ap;
	va_start(ap, fmt);
	(void)vsnprintf(line, sizeof line, fmt, ap);
	va_end(ap);
	rbf_printable(shown, sizeof shown, line);
	q->each(q->ud, what, shown);
	q->n++;
}

/* ---- attempts ----------------------------------------------------------------------------------
 */

static rebuff_status note_place(void *ud, const rbf_recorded *e, rebuff_error *err)
{
	inquiry *q = ud;
	(void)err;
	(void)rbf_span_copy(q->provider, sizeof q->provider, rbf_span_of(e->provider));
	(void)rbf_span_copy(q->stream, sizeof q->stream, rbf_span_of(e->stream));
	q->category = e->category;
	return REBUFF_OK;
}

static rebuff_status tell_event(void *ud, const rbf_recorded *e, rebuff_error *err)
{
	inquiry *q = ud;
	char when[RBF_WHEN_MAX];
	(void)err;
	tell(q, "attempt", "%s %s at %s: %s; %s%s", rbf_when_local(e->time_ms, when), e->id,
		e->provider, rebuff_category_name(e->category), e->why,
		e->suppressed == 1	     ? " (suppressed)"
			: e->suppressed == 2 ? " (would have suppressed)"
					     : "");
	if (e->text[0])
		tell(q, "reply", "%.300s", e->text);
	if (e->rule[0])
		tell(q, "rule", "%s", e->rule);
	return REBUFF_OK;
}

/* ---- an address --------------------------------------------------------------------------------
 */

static bool tell_entry(void *ud, const rebuff_suppression *e)
{
	inquiry *q = ud;
	char since[RBF_WHEN_MAX], until[RBF_WHEN_MAX];
	tell(q, "suppressed", "%s, %s, for %s since %s%s%s", rebuff_class_name(e->class_),
		rebuff_category_name(e->category),
		strcmp(e->scope, "all") == 0 ? "all mail" : e->scope,
		rbf_when_local(e->since_ms, since), e->until_ms ? " until " : ", without an end",
		e->until_ms ? rbf_when_local(e->until_ms, until) : "");
	if (e->rule[0])
		tell(q, "rule", "%s", e->rule);
	if (e->by[0])
		tell(q, "by", "%s", e->by);
	if (e->evidence[0])
		tell(q, "reply", "%.300s", e->evidence);
	if (e->until_ms && e->until_ms <= q->now_ms)
		tell(q, "ends", "it has run out: the next message is let through as the probe");
	else
		tell(q, "undo", "rebuff suppress remove %s%s", q->address,
			e->until_ms ? "; or wait: the next message after its end is the probe, "
				      "accepted it removes the entry, refused it renews it"
				    : "");
	return true;
}

static rebuff_status tell_holds(inquiry *q, rebuff_error *err)
{
	rbf_held_now held = {.found = false};
	char when[RBF_WHEN_MAX];
	char source_ip[REBUFF_NAME_MAX];
	rebuff_status status =
		rbf_view_leaving(q->ctx->store, q->ctx->node, q->stream, source_ip, err);
	const rbf_key key = {q->provider, q->stream, source_ip};
	if (status == REBUFF_OK)
		status = rbf_view_hold(q->ctx->store, &key, &held, err);
	if (status != REBUFF_OK || !held.found)
		return status;
	tell(q, "held", "%s%s%s: %s", held.until_ms ? "until " : "until it is released",
		held.until_ms ? rbf_when_local(held.until_ms, when) : "",
		held.probing ? ", one message at a time goes, to see" : "", held.reason);
	tell(q, "undo", "rebuff hold lists the holds, rebuff release ends one");
	return REBUFF_OK;
}

static const char *length(int64_t s, char out[32])
{
	bool days = s % 86400 == 0;
	int64_t n = days ? s / 86400 : s / 3600;
	(void)snprintf(
		out, 32, "%lld %s%s", (long long)n, days ? "day" : "hour", n == 1 ? "" : "s");
	return out;
}

/* What the policy in force makes of soft findings there. */
static void tell_limit(inquiry *q)
{
	rbf_config *config = rbf_ctx_config(q->ctx);
	rbf_policy space;
	char within[32], lasts[32];
	int number;
	(void)rbf_ctx_policy(config, q->provider, &number);
	const rbf_policy *p =
		rbf_config_policy_of(config, number, q->stream, (rebuff_span){"", 0}, &space);
	const rbf_suppress_rule *r =
		rbf_category_strikes(q->category) && !rbf_category_hard(q->category)
		? &p->suppress[q->category]
		: &p->soft;
	if (r->on)
		tell(q, "limit", "%u soft findings within %s suppress it for %s (%s)", r->after,
			length(r->within_s, within),
			r->lasts_s ? length(r->lasts_s, lasts) : "ever", r->origin);
	else
		tell(q, "limit", "soft findings suppress nobody here (%s)", r->origin);
	rbf_config_unref(config);
}

static rebuff_status tell_strikes(inquiry *q, int64_t who, bool listed, rebuff_error *err)
{
	uint32_t soft = 0, hard = 0;
	rebuff_status status = rbf_view_strikes(q->ctx->store, who, &soft, &hard, err);
	if (status == REBUFF_OK && (soft || hard))
		tell(q, "counted", "%u soft and %u hard findings in the last 60 days", soft, hard);
	if (status == REBUFF_OK && soft && !listed)
		tell_limit(q);
	return status;
}

static rebuff_status begin(inquiry *q, rebuff_ctx *ctx,
	void (*each)(void *, const char *, const char *), void *ud, rebuff_error *err)
{
	*q = (inquiry){.ctx = ctx, .each = each, .ud = ud, .now_ms = rbf_clock_now(&ctx->watch)};
	if (!ctx->store)
		return rbf_fail(err, REBUFF_EARG, "the database is not open");
	return REBUFF_OK;
}

rebuff_status rebuff_explain_address(rebuff_ctx *ctx, rebuff_span address,
	void (*each)(void *ud, const char *what, const char *text), void *ud, rebuff_error *err)
{
	inquiry q;
	rebuff_status status = begin(&q, ctx, each, ud, err);
	if (status == REBUFF_OK)
		status = rbf_address_key(address, q.address, err);
	if (status != REBUFF_OK)
		return status;
	int64_t who = rbf_store_who(ctx->store, q.address);
	status = rebuff_suppress_each(ctx, rbf_span_of(q.address), tell_entry, &q, err);
	size_t entries = q.n;
	if (status == REBUFF_OK && entries == 0)
		tell(&q, "suppressed", "no");
	/* Whose servers it was, last time. */
	if (status == REBUFF_OK)
		status = rbf_view_recorded_of(ctx->store, who, NULL, 1, note_place, &q, err);
	if (!q.provider[0]) {
		rbf_config *config = rbf_ctx_config(ctx);
		(void)rbf_ctx_provider(config, (rebuff_span){"", 0},
			rbf_address_domain(rbf_span_of(q.address)), q.provider);
		rbf_config_unref(config);
	}
	if (status == REBUFF_OK)
		status = tell_strikes(&q, who, entries > 0, err);
	return status == REBUFF_OK ? tell_holds(&q, err) : status;
}

/* ---- a message ---------------------------------------------------------------------------------
 */

static rebuff_status tell_delivery(void *ud, const rbf_delivery *d, rebuff_error *err)
{
	static const char *const states[] = {[RBF_WAITING] = "waits",
		[RBF_OPEN] = "is being attempted",
		[RBF_DELIVERED] = "was delivered",
		[RBF_FAILED] = "failed",
		[RBF_GIVEN_UP] = "was given up on",
		[RBF_GONE] = "left the queue, nobody said how"};
	inquiry *q = ud;
	char due[RBF_WHEN_MAX], since[RBF_WHEN_MAX];
	bool until = d->state == RBF_WAITING && d->due_ms > 0;
	(void)err;
	tell(q, "recipient", "%s at %s, stream %s: %s%s%s after %u attempt%s%s",
		d->recipient[0] ? d->recipient : "(not kept)", d->provider, d->stream,
		states[d->state], until ? " until " : "",
		until ? rbf_when_local(d->due_ms, due) : "", d->attempts,
		d->attempts == 1 ? "" : "s",
		!rbf_attempt_steered(d) ? "; Postfix tries it by its own schedule"
			: d->frozen	? "; frozen by the mail server's operator"
					: "");
	if (d->first_failure_ms)
		tell(q, "since", "%s: %s", rbf_when_local(d->first_failure_ms, since),
			rebuff_category_name(d->category));
	(void)rbf_span_copy(q->provider, sizeof q->provider, rbf_span_of(d->provider));
	(void)rbf_span_copy(q->stream, sizeof q->stream, rbf_span_of(d->stream));
	return tell_holds(q, err);
}

rebuff_status rebuff_explain_message(rebuff_ctx *ctx, rebuff_span id,
	void (*each)(void *ud, const char *what, const char *text), void *ud, rebuff_error *err)
{
	inquiry q;
	char name[REBUFF_ID_MAX + 1];
	rebuff_status status = begin(&q, ctx, each, ud, err);
	if (status == REBUFF_OK && !rbf_span_copy(name, sizeof name, id))
		return rbf_fail(err, REBUFF_EPARSE, "an id has at most %d bytes", REBUFF_ID_MAX);
	if (status == REBUFF_OK)
		status = rbf_view_deliveries_of(ctx->store, name, tell_delivery, &q, err);
	if (status == REBUFF_OK)
		status = rbf_view_recorded_of(
			ctx->store, 0, name, EVENTS_SHOWN, tell_event, &q, err);
	if (status == REBUFF_OK && q.n == 0)
		return rbf_fail(err, REBUFF_ENOENT,
			"nothing is known of a message %s: either nobody asked about it, or it is "
			"over 14 days ago",
			name);
	return status;
}
