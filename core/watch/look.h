/*
 * look.h - a closer look at one series after an outcome: what the rules about providers, streams
 * and sending IPs share. Known to alarm.c, which counts, and to the looks.
 */
#ifndef RBF_WATCH_LOOK_H
#define RBF_WATCH_LOOK_H
#include "watch/alarm.h"
#include "watch/past.h"

typedef struct {
	rbf_past *past;
	rbf_store *store;
	const rebuff_log *log;
	const rbf_outcome *o;
	const rbf_alarm_limits *limits;
} rbf_look;

uint32_t rbf_look_final(const rbf_tally *t);

/* An incident that is open is counted on: *known. */
rebuff_status rbf_look_known(
	const rbf_look *l, const char *kind, const rbf_key *about, bool *known, rebuff_error *err);
/* A new one is told and, in mode act, held if it may be. */
rebuff_status rbf_look_raise(
	const rbf_look *l, rebuff_alarm *alarm, bool may_hold, int64_t until_ms, rebuff_error *err);

/* Has this provider blocked us? */
rebuff_status rbf_look_provider(const rbf_look *l, rbf_series *s, rebuff_error *err);
/* Does this stream fail by its own fault? */
rebuff_status rbf_look_stream(const rbf_look *l, rbf_series *s, rebuff_error *err);
/* Is this IP refused everywhere? */
rebuff_status rbf_look_ip(const rbf_look *l, rbf_series *s, rebuff_error *err);
#endif
