/*
 * pace.h - the slow lane: a provider that asks us to slow down gets so many messages a minute. The
 * rate is halved by each rate-limit reply and grows back with success; it lives in the database,
 * and so does the queue: whoever is due there, in the order of due times. When the next message may
 * start lives here, in the memory of the thread that answers the gate.
 */
#ifndef RBF_WATCH_PACE_H
#define RBF_WATCH_PACE_H
#include "state/store.h"

enum { RBF_LANES = 256 };

/* Where one lane stands. Times are wall milliseconds. */
typedef struct {
	char node[REBUFF_DOMAIN_MAX + 1];
	char provider[REBUFF_NAME_MAX], source_ip[REBUFF_NAME_MAX];
	int64_t next_go_ms; /* the next message may start */
	int64_t used_ms;
	char id[REBUFF_ID_MAX + 1]; /* the message that started last ... */
	int64_t id_ms; /* ... at this time: its other recipients go with it */
	uint32_t handed; /* messages handed out to be woken that have not asked yet ... */
	int64_t handed_ms; /* ... since */
} rbf_lane;

/* All zero is an empty table; the lane that is unused longest makes room for a new one. */
typedef struct {
	rbf_lane lane[RBF_LANES];
	size_t n;
} rbf_lanes;

/*
 * May a recipient of message `id` start at now_ms in a lane of `rate` messages a minute (0: no
 * lane, always)? `turn`: it was handed out, or nobody waits there. Returns 0 for yes (and takes the
 * place), else when to expect the next place.
 */
int64_t rbf_lane_go(rbf_lanes *lanes, const rbf_lane_key *key, double rate, const char *id,
	bool turn, int64_t now_ms);
/* How many messages of the queue may be woken now; 0 while those handed out before have not come to
 * the gate (for 5 s at most). *next_ms: when to look again. */
size_t rbf_lane_room(
	rbf_lanes *lanes, const rbf_lane_key *key, double rate, int64_t now_ms, int64_t *next_ms);
/* So many were handed out. */
void rbf_lane_handed(rbf_lanes *lanes, const rbf_lane_key *key, size_t n, int64_t now_ms);

/* A rate-limit reply: the new rate of a lane (`rate` 0: there was none), messages a minute. */
double rbf_pace_slower(double start, double floor, double rate);
/* A success elapsed_ms after the rate last changed: the new rate, 0 when the lane ends. Grows once
 * a minute at most. */
double rbf_pace_faster(double growth, double ceiling, double rate, int64_t elapsed_ms);
#endif
