/* test_pace.c - the slow lane's arithmetic. */
#include "unit.h"

#include <stdio.h>

#include "watch/pace.h"

static const rbf_pace_rule rule = {.start = 20, .floor = 4, .ceiling = 100, .growth = 2};

static void test_rates(void **state)
{
	(void)state;
	assert_true(rbf_pace_slower(&rule, 0) == 20);
	assert_true(rbf_pace_slower(&rule, 20) == 10);
	assert_true(rbf_pace_slower(&rule, 5) == 4);
	assert_true(rbf_pace_faster(&rule, 20, 59999) == 20); /* once a minute */
	assert_true(rbf_pace_faster(&rule, 20, 60000) == 40);
	assert_true(rbf_pace_faster(&rule, 60, 60000) == 0); /* over the ceiling: the lane ends */
}

static void test_no_lane_never_waits(void **state)
{
	static rbf_lanes lanes;
	(void)state;
	for (int i = 0; i < 1000; i++)
		assert_true(rbf_lane_ask(&lanes, "n", "p", 0, false, 5) == 0);
}

/* 100 messages that all ask at once, then come back when they were told: no more than the rate,
 * none forgotten, in order. */
static void test_drains_in_order_at_the_rate(void **state)
{
	static rbf_lanes lanes;
	int64_t promised[100], started[100];
	int64_t start = 1000000;
	(void)state;
	memset(&lanes, 0, sizeof lanes);
	for (int i = 0; i < 100; i++)
		promised[i] = rbf_lane_ask(&lanes, "n", "p", 60, false, start);
	for (int i = 0; i < 100; i++) {
		int64_t now = promised[i] ? promised[i] : start;
		for (int64_t later; promised[i] &&
			(later = rbf_lane_ask(&lanes, "n", "p", 60, true, now)) != 0;)
			now = later;
		started[i] = now;
	}
	for (int i = 1; i < 100; i++)
		assert_true(started[i] >= started[i - 1]);
	assert_true(started[99] >= start + 97 * 1000);
	assert_true(started[99] <= start + 101 * 1000);
}

static void test_new_mail_does_not_overtake(void **state)
{
	static rbf_lanes lanes;
	(void)state;
	memset(&lanes, 0, sizeof lanes);
	assert_true(rbf_lane_ask(&lanes, "n", "p", 60, false, 1000) == 0);
	int64_t waits = rbf_lane_ask(&lanes, "n", "p", 60, false, 1000);
	assert_true(waits == 2000);
	assert_true(rbf_lane_ask(&lanes, "n", "p", 60, false, 2000) > 2000);
	assert_true(rbf_lane_ask(&lanes, "n", "p", 60, true, 2000) == 0);
}

static void test_lanes_are_bounded(void **state)
{
	static rbf_lanes lanes;
	char provider[32];
	(void)state;
	memset(&lanes, 0, sizeof lanes);
	for (int i = 0; i < 10 * RBF_LANES; i++) {
		snprintf(provider, sizeof provider, "p%d", i);
		assert_true(rbf_lane_ask(&lanes, "n", provider, 60, false, 1000 + i) == 0);
	}
	assert_true(lanes.n == RBF_LANES);
	assert_true(rbf_lane_ask(&lanes, "n", provider, 60, false, 1000 + 10 * RBF_LANES) != 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rates),
		cmocka_unit_test(test_no_lane_never_waits),
		cmocka_unit_test(test_drains_in_order_at_the_rate),
		cmocka_unit_test(test_new_mail_does_not_overtake),
		cmocka_unit_test(test_lanes_are_bounded),
	};
	return cmocka_run_group_tests_name("watch/pace", tests, NULL, NULL);
}
