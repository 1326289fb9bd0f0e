#include "watch/pace.h"

#include <stdio.h>
#include <string.h>

enum { MINUTE_MS = 60000 };
/* Wakes come in steps of a fraction of a second: so much may be made up for in one go. */
enum { BURST_MS = 1000 };
/* From handing a message out to its question at the gate. */
enum { HANDED_MS = 5000 };
/* An MTA asks for the recipients of a message one after another, then sends them in one go. */
enum { ONE_MESSAGE_MS = 60000 };

static rbf_lane *lane_of(rbf_lanes *l, const rbf_lane_key *key, int64_t now_ms)
{
	size_t oldest = 0;
	for (size_t i = 0; i < l->n; i++) {
		if (strcmp(l->lane[i].provider, key->provider) == 0 &&
			strcmp(l->lane[i].source_ip, key->source_ip) == 0 &&
			strcmp(l->lane[i].node, key->node) == 0) {
			l->lane[i].used_ms = now_ms;
			return &l->lane[i];
		}
		if (l->lane[i].used_ms < l->lane[oldest].used_ms)
			oldest = i;
	}
	rbf_lane *lane = &l->lane[l->n < RBF_LANES ? l->n++ : oldest];
	memset(lane, 0, sizeof *lane);
	(void)snprintf(lane->node, sizeof lane->node, "%s", key->node);
	(void)snprintf(lane->provider, sizeof lane->provider, "%s", key->provider);
	(void)snprintf(lane->source_ip, sizeof lane->source_ip, "%s", key->source_ip);
	lane->next_go_ms = lane->used_ms = now_ms;
	return lane;
}

static int64_t step_ms(double rate)
{
	double ms = MINUTE_MS / rate;
	return ms < 1 ? 1 : ms > 86400000 ? 86400000 : (int64_t)ms;
}

static void take(rbf_lane *lane, double rate, const char *id, int64_t now_ms)
{
	int64_t from_ms = lane->next_go_ms;
	if (from_ms < now_ms - BURST_MS)
		from_ms = now_ms - BURST_MS;
	lane->next_go_ms = from_ms + step_ms(rate);
	(void)snprintf(lane->id, sizeof lane->id, "%s", id);
	lane->id_ms = now_ms;
}

int64_t rbf_lane_go(rbf_lanes *lanes, const rbf_lane_key *key, double rate, const char *id,
	bool turn, int64_t now_ms)
{
	if (rate <= 0)
		return 0;
	rbf_lane *lane = lane_of(lanes, key, now_ms);
	if (id[0] && strcmp(lane->id, id) == 0 && now_ms - lane->id_ms < ONE_MESSAGE_MS)
		return 0;
	/* The clock was set back: no message waits for a time that is far off. */
	if (lane->next_go_ms > now_ms + step_ms(rate))
		lane->next_go_ms = now_ms + step_ms(rate);
	if (!turn || now_ms < lane->next_go_ms)
		return lane->next_go_ms > now_ms ? lane->next_go_ms : now_ms + step_ms(rate);
	take(lane, rate, id, now_ms);
	if (lane->handed > 0)
		lane->handed--;
	return 0;
}

size_t rbf_lane_room(
	rbf_lanes *lanes, const rbf_lane_key *key, double rate, int64_t now_ms, int64_t *next_ms)
{
	rbf_lane *lane = lane_of(lanes, key, now_ms);
	int64_t late_ms = now_ms - lane->next_go_ms;
	if (lane->handed > 0 && now_ms - lane->handed_ms < HANDED_MS && now_ms >= lane->handed_ms) {
		*next_ms = lane->handed_ms + HANDED_MS;
		return 0;
	}
	if (late_ms < 0 && -late_ms <= step_ms(rate)) {
		*next_ms = lane->next_go_ms;
		return 0;
	}
	*next_ms = now_ms + step_ms(rate);
	return 1 +
		(size_t)((late_ms < BURST_MS ? (late_ms < 0 ? 0 : late_ms) : BURST_MS) /
			step_ms(rate));
}

void rbf_lane_handed(rbf_lanes *lanes, const rbf_lane_key *key, size_t n, int64_t now_ms)
{
	rbf_lane *lane = lane_of(lanes, key, now_ms);
	lane->handed = (uint32_t)n;
	lane->handed_ms = now_ms;
}

double rbf_pace_slower(double start, double floor, double rate)
{
	double slower = rate > 0 ? rate / 2 : start;
	return slower < floor ? floor : slower;
}

double rbf_pace_faster(double growth, double ceiling, double rate, int64_t elapsed_ms)
{
	if (rate <= 0 || elapsed_ms < MINUTE_MS)
		return rate;
	rate *= growth > 1 ? growth : 1;
	return ceiling > 0 && rate >= ceiling ? 0 : rate;
}
