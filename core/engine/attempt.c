#include "engine/attempt.h"

#include <string.h>

#include "base/error.h"
#include "base/span.h"
#include "engine/source.h"
#include "smtp/address.h"

/* Results so long after the one that closed the attempt belong to it: an MTA may raise several
 * events for one refusal. After a failed host, others are tried; that takes as long as it takes. */
enum { SAME_ATTEMPT_MS = 10000, NEXT_HOST_MS = RBF_UNKNOWN_MS };
/* Logs tell the second only, and clocks of processes differ a little. */
enum { LOG_TIME_MS = 2000 };
/* Two reports of one result that a log tells are this close. */
enum { JOIN_BEFORE_MS = 10000, JOIN_AFTER_MS = 60000 };
/* The same when a log is read whole, in which attempts may follow each other soon. */
enum { TOLD_BEFORE_MS = 3000, TOLD_AFTER_MS = 10000 };

/* Postfix makes its attempts by its own schedule alone; nothing can ask it for one. */
bool rbf_attempt_steered(const rbf_delivery *d)
{
	return d->mta != REBUFF_MTA_POSTFIX;
}

void rbf_attempt_reset(rbf_delivery *d)
{
	d->state = RBF_WAITING;
	d->received_ms = d->opened_ms = d->closed_ms = 0;
	d->closed_kind = REBUFF_KIND_HOST_DEFER;
	d->attempts = d->category_attempts = 0;
	d->category = REBUFF_UNCLASSIFIED;
	d->first_failure_ms = d->due_ms = d->woken_ms = d->event = 0;
	d->believed = d->past_host = false;
	d->frozen = !rbf_attempt_steered(d);
	d->text[0] = '\0';
}

void rbf_attempt_close(rbf_delivery *d)
{
	d->due_ms = d->woken_ms = 0;
	d->recipient[0] = d->sender[0] = d->text[0] = '\0';
}

/* ---- the row -----------------------------------------------------------------------------------
 */

static rebuff_status begin_row(
	rebuff_ctx *ctx, const rebuff_gate_request *r, rbf_delivery *out, rebuff_error *err)
{
	char recipient[REBUFF_ADDRESS_MAX + 1];
	rebuff_status status = rbf_address_key(r->recipient, recipient, err);
	if (status != REBUFF_OK)
		return status;
	memset(out, 0, sizeof *out);
	out->mta = r->mta;
	rbf_attempt_reset(out);
	(void)rbf_span_copy(out->recipient, sizeof out->recipient, rbf_span_of(recipient));
	(void)rbf_span_copy(
		out->node, sizeof out->node, r->node.len ? r->node : rbf_span_of(ctx->node));
	if (!rbf_span_copy(out->id, sizeof out->id, r->id) || !out->id[0])
		return rbf_fail(err, REBUFF_EPARSE, "message id: got %zu bytes, expected 1 to %d",
			r->id.len, REBUFF_ID_MAX);
	out->who = rbf_store_who(ctx->store, recipient);
	return REBUFF_OK;
}

static void set_sender(const rbf_config *config, rebuff_span sender, rbf_delivery *d)
{
	(void)rbf_span_copy(d->sender, sizeof d->sender,
		rbf_span_eq(sender, RBF_LIT("<>")) ? RBF_LIT("") : sender);
	rbf_config_stream(config, rbf_span_of(d->sender), d->stream);
}

/* The provider by the recipient's own MX, else as it was known before, else by the host that
 * answered, else by those that answered for the domain before, else by the domain. */
static rebuff_status set_provider(rebuff_ctx *ctx, const rbf_config *config, rebuff_span hosts,
	bool by_mx, rbf_delivery *d, int *number, rebuff_error *err)
{
	rebuff_span domain = rbf_address_domain(rbf_span_of(d->recipient));
	bool known = d->provider[0] && (!by_mx || !hosts.len);
	rebuff_status status = REBUFF_OK;
	if (!known && !hosts.len) {
		status = rbf_store_site(ctx->store, domain.p, d->provider, err);
		known = d->provider[0];
	}
	if (known) {
		(void)rbf_ctx_policy(config, d->provider, number);
		return status;
	}
	*number = rbf_ctx_provider(config, hosts, domain, d->provider);
	if (status == REBUFF_OK && hosts.len && !by_mx)
		status = rbf_store_site_put(
			ctx->store, domain.p, d->provider, rbf_clock_now(&ctx->watch), err);
	return status;
}

rebuff_status rbf_attempt_find(rebuff_ctx *ctx, const rbf_config *config,
	const rebuff_gate_request *r, bool by_mx, rbf_delivery *out, int *provider_n,
	rebuff_error *err)
{
	rbf_delivery fresh;
	bool found = false;
	rbf_policy space;
	char source[REBUFF_NAME_MAX];
	rebuff_status status = begin_row(ctx, r, &fresh, err);
	if (status == REBUFF_OK)
		status = rbf_store_delivery(
			ctx->store, fresh.node, r->mta, fresh.id, fresh.who, out, &found, err);
	if (status != REBUFF_OK)
		return status;
	if (found)
		memcpy(out->recipient, fresh.recipient, sizeof out->recipient);
	else
		*out = fresh;
	if (r->sender.len || !found)
		set_sender(config, r->sender, out);
	status = set_provider(ctx, config, r->mx, by_mx, out, provider_n, err);
	if (status == REBUFF_OK)
		status = rbf_source_learn(ctx, config, out, (rebuff_span){"", 0}, 0, source, err);
	if (status != REBUFF_OK)
		return status;
	out->act =
		!rbf_config_policy_of(config, *provider_n, out->stream, rbf_span_of(source), &space)
			 ->observe;
	return REBUFF_OK;
}

rebuff_status rbf_attempt_tally(rebuff_ctx *ctx, const rbf_delivery *d, rebuff_span source_ip,
	const rbf_tally *add, rebuff_span text, int64_t time_ms, rebuff_error *err)
{
	char ip[REBUFF_NAME_MAX];
	rbf_config *config = rbf_ctx_config(ctx);
	const rbf_alarm_limits limits = rbf_ctx_limits(config, d->provider, d->stream, d->act);
	rbf_config_unref(config);
	(void)rbf_span_copy(ip, sizeof ip, source_ip);
	const rbf_outcome o = {.key = {d->provider, d->stream, ip},
		.time_ms = time_ms,
		.now_ms = rbf_clock_now(&ctx->watch),
		.add = *add,
		.text = text};
	return rbf_alarm_outcome(ctx->alarms, &o, &limits, err);
}

/* ---- which attempt -----------------------------------------------------------------------------
 */

/* How final a kind of result is: 0 another host may follow, 1 deferred, 2 the fate is known. */
static int kind_rank(rebuff_kind kind)
{
	return kind == REBUFF_KIND_HOST_DEFER					      ? 0
		: kind == REBUFF_KIND_RCPT_DEFER || kind == REBUFF_KIND_MESSAGE_DEFER ? 1
										      : 2;
}

/* Does it fall into the attempt that the row was closed with? */
static bool in_closed_attempt(const rbf_delivery *d, int64_t time_ms)
{
	int64_t after_ms =
		d->closed_kind == REBUFF_KIND_HOST_DEFER ? NEXT_HOST_MS : SAME_ATTEMPT_MS;
	return d->closed_ms && time_ms <= d->closed_ms + after_ms;
}

static rbf_belongs by_rank(const rbf_delivery *d, rebuff_kind kind)
{
	/* Gone: nobody had said how. */
	if (d->state == RBF_GONE)
		return kind_rank(kind) == 2 ? RBF_NEW_ATTEMPT : RBF_KNOWN;
	return kind_rank(kind) > kind_rank(d->closed_kind) ? RBF_MORE_FINAL : RBF_KNOWN;
}

rebuff_status rbf_attempt_belongs(rbf_store *store, const rbf_delivery *d, rebuff_kind kind,
	bool from_log, int64_t time_ms, rbf_belongs *out, rebuff_error *err)
{
	bool known = false, before = d->opened_ms && time_ms < d->opened_ms - LOG_TIME_MS;
	*out = RBF_NEW_ATTEMPT;
	if (d->row == 0)
		return REBUFF_OK;
	if (d->state == RBF_GIVEN_UP && kind == REBUFF_KIND_FAILED) {
		*out = in_closed_attempt(d, time_ms) ? RBF_MORE_FINAL : RBF_NEW_ATTEMPT;
		return REBUFF_OK;
	}
	if (d->state != RBF_OPEN && !before && in_closed_attempt(d, time_ms)) {
		*out = by_rank(d, kind);
		return REBUFF_OK;
	}
	if (!before && !from_log) {
		*out = rbf_delivery_final(d->state) ? RBF_NEW_MESSAGE : RBF_NEW_ATTEMPT;
		return REBUFF_OK;
	}
	/* Told late, or by a log: perhaps it was told before. What was told before the open attempt
	 * began was told of another one. */
	int64_t from_ms = time_ms - JOIN_BEFORE_MS;
	if (d->state == RBF_OPEN && time_ms >= d->opened_ms && from_ms < d->opened_ms)
		from_ms = d->opened_ms;
	rebuff_status status = rbf_store_event_known(
		store, d, from_ms, time_ms + JOIN_AFTER_MS, kind, &known, err);
	*out = known			       ? RBF_KNOWN
		: before		       ? RBF_LATE
		: rbf_delivery_final(d->state) ? RBF_NEW_MESSAGE
					       : RBF_NEW_ATTEMPT;
	return status;
}

rebuff_status rbf_attempt_told(rbf_store *store, const rbf_delivery *d, rebuff_kind kind,
	int64_t time_ms, bool *known, rebuff_error *err)
{
	return rbf_store_event_known(
		store, d, time_ms - TOLD_BEFORE_MS, time_ms + TOLD_AFTER_MS, kind, known, err);
}
