/* defaults.c - what holds before any file is read. lua/defaults.lua says the same, and more, in
 * words that an operator can copy. */
#include "policy/policy.h"

#include <string.h>

enum { MINUTE = 60, HOUR = 3600, DAY = 86400 };

static const rbf_ladder ladder = {.step_s = {15 * MINUTE, 30 * MINUTE, HOUR, 2 * HOUR, 4 * HOUR},
	.step_n = 5,
	.factor = 1.5,
	.max_s = 6 * HOUR,
	.jitter = 0.1,
	.give_up_s = 72 * HOUR,
	.give_up_attempts = 4,
	.origin = "built in"};

static const rbf_suppress_rule never = {.on = false, .after = 1, .growth = 1, .origin = "built in"};

void rbf_policy_defaults(rbf_policy *out)
{
	memset(out, 0, sizeof *out);
	for (int c = 0; c < REBUFF_CATEGORY_N; c++) {
		out->retry[c] = ladder;
		out->suppress[c] = never;
	}
	out->suppress[REBUFF_ADDRESS_BAD] = (rbf_suppress_rule){
		.on = true, .after = 1, .lasts_s = 180 * DAY, .growth = 1, .origin = "built in"};
	out->suppress[REBUFF_MAILBOX_DISABLED] = (rbf_suppress_rule){
		.on = true, .after = 1, .lasts_s = 90 * DAY, .growth = 1, .origin = "built in"};
	out->suppress[REBUFF_DOMAIN_BAD] = (rbf_suppress_rule){.on = true,
		.after = 3,
		.within_s = 30 * DAY,
		.over_s = 3 * DAY,
		.lasts_s = 180 * DAY,
		.growth = 1,
		.origin = "built in"};
	out->soft = (rbf_suppress_rule){.on = true,
		.after = 3,
		.within_s = 30 * DAY,
		.lasts_s = 30 * DAY,
		.growth = 2,
		.origin = "built in"};
	out->bare = (rbf_suppress_rule){
		.on = true, .after = 1, .lasts_s = 90 * DAY, .growth = 1, .origin = "built in"};
	out->pace = (rbf_pace_rule){
		.start = 20, .floor = 1, .ceiling = 600, .growth = 1.1, .origin = "built in"};
	out->breaker = (rbf_breaker_rule){
		.share = 0.05, .at_least = 50, .within_s = 15 * MINUTE, .origin = "built in"};
	out->wait_min_s = 30;
	out->wait_max_s = 12 * HOUR;
	out->wait_jitter = 0.1;
	out->hard_limit_s = 14 * DAY;
	(void)strncpy(out->origin, "built in", sizeof out->origin - 1);
}
