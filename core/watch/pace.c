#include "watch/pace.h"

#include <stdio.h>
#include <string.h>

enum { MINUTE_MS = 60000 };
/* Wakes come in steps of a fraction of a second: so much may be made up for in one go. */
enum { BURST_MS = 1000 };

static rbf_lane *lane_of(rbf_lanes *l, const char *node, const char *provider, int64_t now_ms)
{
	size_t oldest = 0;
	for (size_t i = 0; i < l->n; i++) {
		if (strcmp(l->lane[i].provider, provider) == 0 &&
			strcmp(l->lane[i].node, node) == 0)
			return &l->lane[i];
		if (l->lane[i].used_ms < l->lane[oldest].used_ms)
			oldest = i;
	}
	rbf_lane *lane = &l->lane[l->n < RBF_LANES ? l->n++ : oldest];
	memset(lane, 0, sizeof *lane);
	(void)snprintf(lane->node, sizeof lane->node, "%s", node);
	(void)snprintf(lane->provider, sizeof lane->provider, "%s", provider);
	lane->next_go_ms = lane->next_slot_ms = now_ms;
	return lane;
}

static int64_t later(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

int64_t rbf_lane_ask(rbf_lanes *lanes, const char *node, const char *provider, double rate,
	bool waited, int64_t now_ms)
{
	if (rate <= 0)
		return 0;
	int64_t step_ms = (int64_t)(MINUTE_MS / rate);
	rbf_lane *lane = lane_of(lanes, node, provider, now_ms);
	lane->used_ms = now_ms;
	if (now_ms >= lane->next_go_ms && (waited || lane->next_slot_ms <= now_ms)) {
		lane->next_go_ms = later(lane->next_go_ms, now_ms - BURST_MS) + step_ms;
		lane->next_slot_ms = later(lane->next_slot_ms, lane->next_go_ms);
		return 0;
	}
	int64_t slot_ms = later(later(lane->next_slot_ms, lane->next_go_ms), now_ms + 1);
	lane->next_slot_ms = slot_ms + step_ms;
	return slot_ms;
}

double rbf_pace_slower(const rbf_pace_rule *rule, double rate)
{
	double slower = rate > 0 ? rate / 2 : rule->start;
	return slower < rule->floor ? rule->floor : slower;
}

double rbf_pace_faster(const rbf_pace_rule *rule, double rate, int64_t elapsed_ms)
{
	if (rate <= 0 || elapsed_ms < MINUTE_MS)
		return rate;
	rate *= rule->growth > 1 ? rule->growth : 1;
	return rule->ceiling > 0 && rate >= rule->ceiling ? 0 : rate;
}
