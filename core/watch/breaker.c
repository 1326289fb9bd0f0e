#include "watch/breaker.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/span.h"

/* A share that is so many times what is usual there. */
static const double far_above = 3;
/* One stream brings so much of what would suppress, hardly any of those addresses took mail before,
 * and it is at least half as bad elsewhere, or others are far better there, in so many messages:
 * then its list is bad. */
static const double most_of = 0.8, took_mail = 0.2, as_bad = 0.5, far_better = 0.25;
enum { OTHERS_AT_LEAST = 50 };

static uint32_t final(const rbf_tally *t)
{
	return t->accepted + t->failed;
}

/* ---- whose fault ----------------------------------------------------------------------------- */

typedef struct {
	char name[REBUFF_NAME_MAX];
	rbf_tally sum;
} named_sum;

static void note_worst(void *ud, const char *name, const rbf_tally *sum)
{
	named_sum *worst = ud;
	if (sum->struck <= worst->sum.struck)
		return;
	(void)rbf_span_copy(worst->name, sizeof worst->name, rbf_span_of(name));
	worst->sum = *sum;
}

/* In: the provider's name. */
static void sum_elsewhere(void *ud, const char *name, const rbf_tally *sum)
{
	named_sum *elsewhere = ud;
	if (strcmp(name, elsewhere->name) == 0)
		return;
	elsewhere->sum.accepted += sum->accepted;
	elsewhere->sum.failed += sum->failed;
	elsewhere->sum.struck += sum->struck;
}

/* Is it one stream's list rather than the provider? */
static rebuff_status bad_list(rbf_store *store, const char *provider, const rbf_tally *there,
	int64_t since_ms, bool *bad, rebuff_error *err)
{
	named_sum worst = {.sum = {0}}, elsewhere = {.sum = {0}};
	*bad = false;
	rebuff_status status = rbf_store_sums(
		store, RBF_SUMS_OF_PROVIDER, provider, since_ms, note_worst, &worst, err);
	if (status != REBUFF_OK || (double)worst.sum.struck < most_of * (double)there->struck ||
		(double)worst.sum.lost > took_mail * (double)worst.sum.struck)
		return status;
	double others = (double)there->struck - worst.sum.struck;
	double others_n = (double) final(there) - (double) final(&worst.sum);
	*bad = others_n >= OTHERS_AT_LEAST &&
		others * (double) final(&worst.sum) <=
			far_better * (double)worst.sum.struck * others_n;
	if (*bad)
		return status;
	(void)rbf_span_copy(elsewhere.name, sizeof elsewhere.name, rbf_span_of(provider));
	status = rbf_store_sums(
		store, RBF_SUMS_OF_STREAM, worst.name, since_ms, sum_elsewhere, &elsewhere, err);
	*bad = final(&elsewhere.sum) >= OTHERS_AT_LEAST &&
		(double)elsewhere.sum.struck * (double) final(&worst.sum) >=
			as_bad * (double)worst.sum.struck * (double) final(&elsewhere.sum);
	return status;
}

static rebuff_status is_jump(rbf_store *store, rbf_alarms *alarms, const rbf_breaker_limits *limits,
	const char *provider, const rbf_tally *t, int64_t now_ms, bool *jump, rebuff_error *err)
{
	double usual = 0, share = final(t) ? (double)t->struck / (double) final(t) : 0;
	bool bad = false;
	*jump = t->struck >= limits->at_least && share > limits->share;
	if (!*jump)
		return REBUFF_OK;
	rebuff_status status = rbf_alarm_usual(alarms, provider, now_ms, &usual, err);
	if (status == REBUFF_OK)
		status = bad_list(store, provider, t, now_ms - limits->within_ms, &bad, err);
	*jump = share > far_above * usual && !bad;
	return status;
}

/* ---- opening and closing --------------------------------------------------------------------- */

static rebuff_status trip(rbf_store *store, const rbf_breaker_limits *limits, const char *provider,
	const rbf_tally *t, int64_t now_ms, const rebuff_log *log, rebuff_error *err)
{
	char text[REBUFF_TEXT_MAX];
	(void)snprintf(text, sizeof text,
		"%u of %u final answers of %s would suppress an address: its directory is down, or "
		"it means something else. Nobody is suppressed there for now; rebuff breaker "
		"confirm, or undo",
		t->struck, final(t), provider);
	rbf_log(log, REBUFF_LOG_WARNING, "event=breaker-open provider=%s struck=%u of=%u", provider,
		t->struck, final(t));
	return rbf_store_breaker_open(
		store, provider, now_ms, now_ms - limits->within_ms, text, err);
}

rebuff_status rbf_breaker_look(rbf_store *store, rbf_alarms *alarms,
	const rbf_breaker_limits *limits, const char *provider, int64_t now_ms,
	const rebuff_log *log, bool *open, rebuff_error *err)
{
	rbf_tally t;
	bool jump = false;
	rebuff_status status = rbf_store_breaker(store, provider, open, err);
	if (status == REBUFF_OK)
		status = rbf_store_tallied(store, provider, now_ms - limits->within_ms, &t, err);
	if (status != REBUFF_OK)
		return status;
	/* Once open it looks at the plain limits: what it keeps out is no longer usual or not. */
	if (*open)
		jump = t.struck >= limits->at_least &&
			(double)t.struck > limits->share * (double) final(&t);
	else
		status = is_jump(store, alarms, limits, provider, &t, now_ms, &jump, err);
	if (status != REBUFF_OK || jump == *open)
		return status;
	*open = jump;
	if (jump)
		return trip(store, limits, provider, &t, now_ms, log, err);
	rbf_log(log, REBUFF_LOG_INFO, "event=breaker-closed provider=%s", provider);
	return rbf_store_breaker_end(store, provider, now_ms, err);
}
