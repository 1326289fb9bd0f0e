/*
 * breaker.h - the circuit breaker: a provider whose answers would suppress far more addresses than
 * usual has a broken directory, or blocks us with the words for an unknown user. Suppressing there
 * stops until that is over, and who was suppressed just before can be taken off the list again.
 */
#ifndef RBF_WATCH_BREAKER_H
#define RBF_WATCH_BREAKER_H
#include "watch/alarm.h"

typedef struct {
	double share; /* of the final answers, 0..1 */
	uint32_t at_least;
	int64_t within_ms;
} rbf_breaker_limits;

/*
 * Look at a provider (writer): after an answer that would suppress was tallied, and now and then
 * while its breaker is open. It opens when the share and number of the limits are exceeded, the
 * share is three times what is usual there, and it is not one stream's list that is as bad
 * elsewhere. Opens and closes with an alarm and a line in the log. *open: suppress nobody.
 */
rebuff_status rbf_breaker_look(rbf_store *store, rbf_alarms *alarms,
	const rbf_breaker_limits *limits, const char *provider, int64_t now_ms,
	const rebuff_log *log, bool *open, rebuff_error *err);
#endif
