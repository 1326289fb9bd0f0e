/*
 * pace.h - the slow lane: a provider that asks us to slow down gets so many messages a minute. The
 * rate is halved by each rate-limit reply and grows back with success; it lives in the database.
 * When the next message may start lives in memory, with whoever asks the gate.
 */
#ifndef RBF_WATCH_PACE_H
#define RBF_WATCH_PACE_H
#include "policy/policy.h"
#include "state/store.h"

enum { RBF_LANES = 256 };

/* Where one lane stands. Times are wall milliseconds. */
typedef struct {
	char node[REBUFF_DOMAIN_MAX + 1];
	char provider[REBUFF_NAME_MAX];
	int64_t next_go_ms; /* the next message may start */
	int64_t next_slot_ms; /* the first time not promised to a message that waits */
	int64_t used_ms;
} rbf_lane;

/* All zero is an empty table; a lane that is unused longest makes room for a new one. */
typedef struct {
	rbf_lane lane[RBF_LANES];
	size_t n;
} rbf_lanes;

/* May a message start at now_ms? `rate` a minute (0: no lane, always), `waited`: it was told to
 * wait before and its time has come, so it goes before new ones. Returns 0 for yes (and takes the
 * place), else the time promised. */
int64_t rbf_lane_ask(rbf_lanes *lanes, const char *node, const char *provider, double rate,
	bool waited, int64_t now_ms);

/* A rate-limit reply: the new rate. `rate` 0: there was no lane. */
double rbf_pace_slower(const rbf_pace_rule *rule, double rate);
/* A success elapsed_ms after the rate last changed: the new rate, 0 when the lane ends. Grows once
 * a minute at most. */
double rbf_pace_faster(const rbf_pace_rule *rule, double rate, int64_t elapsed_ms);
#endif
