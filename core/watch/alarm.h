/*
 * alarm.h - what many outcomes together say: "a provider has blocked us" (policy refusals, one
 * provider), "the list is bad" (dead addresses or failures, one stream, many providers), "their
 * directory is down" (dead addresses, one provider; breaker.h), "our address is listed" (one
 * sending IP, many providers). Everything here is the writer's.
 */
#ifndef RBF_WATCH_ALARM_H
#define RBF_WATCH_ALARM_H
#include "watch/series.h"

/* From the policy. */
typedef struct {
	bool act; /* else: what would have been held is told */
	/* Of the provider. */
	bool hold_provider; /* else its alarms are told only */
	uint32_t blocked; /* refusals for what we are, from which on it has blocked us */
	double share; /* of its final outcomes, when twice so many came in ten minutes */
	int64_t lasts_ms, longest_ms; /* of a hold; doubled by each refused probe */
	/* Of the stream. */
	bool hold_stream;
	double hard, failed; /* shares of its final outcomes in 24 h ... */
	uint32_t volume; /* ... from so many on */
} rbf_alarm_limits;

typedef struct rbf_alarms rbf_alarms;

/* NULL without memory. The store is borrowed. */
rbf_alarms *rbf_alarms_new(rbf_store *store, const rebuff_log *log);
void rbf_alarms_free(rbf_alarms **alarms);
/* What was counted may not be on disk: the past is read again at the next outcome. */
void rbf_alarms_stale(rbf_alarms *a);

typedef struct {
	rbf_key key;
	int64_t time_ms; /* when it came about */
	int64_t now_ms;
	rbf_tally add; /* accepted or failed one; or struck alone, for a failure counted before */
	rebuff_span text; /* the reply */
} rbf_outcome;
/* Count an outcome, and look whether it is one too many: then an alarm is written (once an
 * incident) and, as the limits allow, the provider or stream held. */
rebuff_status rbf_alarm_outcome(
	rbf_alarms *a, const rbf_outcome *o, const rbf_alarm_limits *limits, rebuff_error *err);

/* Look at every stream, by the limits that `limits_of` gives for it: a burst may be over before it
 * was looked at. (every minute or so) */
rebuff_status rbf_alarm_look(rbf_alarms *a,
	void (*limits_of)(void *ud, const char *stream, rbf_alarm_limits *out), void *ud,
	int64_t now_ms, rebuff_error *err);

/* The share of a provider's final outcomes that usually would suppress: over 30 days, without the
 * last hour. */
rebuff_status rbf_alarm_usual(
	rbf_alarms *a, const char *provider, int64_t now_ms, double *share, rebuff_error *err);
/* The windows of one series, as they are now. */
rebuff_status rbf_alarm_rates(rbf_alarms *a, rbf_series_kind kind, const char *name, int64_t now_ms,
	rbf_tally out[RBF_WINDOW_N], rebuff_error *err);
size_t rbf_alarm_series(const rbf_alarms *a, size_t *bytes);
#endif
