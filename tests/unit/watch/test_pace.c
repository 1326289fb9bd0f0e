/* test_pace.c - the slow lane's arithmetic. */
#include "unit.h"

#include <stdio.h>

#include "watch/pace.h"

static const rbf_lane_key lane = {"n", "p", ""};

/* start 20, floor 4, growth 2, ceiling 100 */
static void test_rates(void **state)
{
	(void)state;
	static const struct {
		const char *name;
		double rate, slower, faster;
	} rows[] = {
		{"no lane", 0, 20, 0},
		{"halved and doubled", 20, 10, 40},
		{"not under the floor", 5, 4, 10},
		{"at the floor", 4, 4, 8},
		{"over the ceiling the lane ends", 50, 25, 0},
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		double rate = rows[i].rate;
		assert_row_int(rows[i].name, rbf_pace_slower(20, 4, rate), rows[i].slower);
		assert_row_int(rows[i].name, rbf_pace_faster(2, 100, rate, 60000), rows[i].faster);
		assert_row_int("not twice a minute", rbf_pace_faster(2, 100, rate, 59999), rate);
		assert_row_int("no growth stated", rbf_pace_faster(0, 100, rate, 60000), rate);
		assert_row_int("no ceiling stated", rbf_pace_faster(2, 0, rate, 60000), 2 * rate);
	}
}

static void test_no_lane_never_waits(void **state)
{
	static rbf_lanes lanes;
	(void)state;
	for (int i = 0; i < 1000; i++)
		assert_true(rbf_lane_go(&lanes, &lane, 0, "m", false, 5) == 0);
}

typedef struct {
	const char *name;
	double rate;
	int64_t looks_every_ms; /* how often what is due is looked for */
	int64_t asks_after_ms; /* from handing out to the question */
} drain;

/* 100 messages in a queue, handed out as there is room, each asking a little later: never more than
 * the rate (and a second's worth at once), never much less. */
static void test_queue_drains_at_the_rate(void **state)
{
	(void)state;
	static const drain rows[] = {
		{"one a second", 60, 20, 30},
		{"one a second, asked late", 60, 1000, 900},
		{"ten a second", 600, 20, 60},
		{"ten a second, looked at once a second", 600, 1000, 50},
		{"one a minute", 1, 1000, 100},
	};
	for (size_t r = 0; r < sizeof rows / sizeof *rows; r++) {
		const drain *d = &rows[r];
		static rbf_lanes lanes;
		int64_t start = 1000000, now = start, ask_at[100];
		int handed = 0, asked = 0;
		double per_ms = d->rate / 60000;
		memset(&lanes, 0, sizeof lanes);
		for (; asked < 100; now += 10) {
			int64_t next;
			for (; asked < handed && ask_at[asked] <= now; asked++) {
				char id[16];
				snprintf(id, sizeof id, "m%d", asked);
				if (rbf_lane_go(&lanes, &lane, d->rate, id, true, now) != 0)
					fail_msg("%s: message %d was handed out too early", d->name,
						asked);
			}
			if ((now - start) % d->looks_every_ms == 0) {
				size_t room = rbf_lane_room(&lanes, &lane, d->rate, now, &next);
				for (size_t i = 0; i < room && handed < 100; i++)
					ask_at[handed++] = now + d->asks_after_ms;
				if (room)
					rbf_lane_handed(&lanes, &lane, room, now);
			}
			double most = (double)(now - start + 2000) * per_ms + 2;
			if (asked > most)
				fail_msg("%s: %d after %lld ms", d->name, asked,
					(long long)(now - start));
			assert_true(now < start + 200 * 60000);
		}
		double ms = 100 / per_ms;
		if ((double)(now - start) > 2.1 * ms + 5000)
			fail_msg("%s: took %lld ms, %g would do", d->name, (long long)(now - start),
				ms);
	}
}

static void test_new_mail_does_not_overtake(void **state)
{
	static rbf_lanes lanes;
	(void)state;
	memset(&lanes, 0, sizeof lanes);
	assert_true(rbf_lane_go(&lanes, &lane, 60, "a", true, 1000) == 0);
	assert_row_int("full", rbf_lane_go(&lanes, &lane, 60, "b", true, 1000), 2000);
	assert_true(rbf_lane_go(&lanes, &lane, 60, "b", false, 2000) > 2000);
	assert_true(rbf_lane_go(&lanes, &lane, 60, "b", true, 2000) == 0);
}

static void test_a_message_takes_its_recipients_along(void **state)
{
	static rbf_lanes lanes;
	(void)state;
	memset(&lanes, 0, sizeof lanes);
	assert_true(rbf_lane_go(&lanes, &lane, 0.5, "a", true, 1000) == 0);
	assert_true(rbf_lane_go(&lanes, &lane, 0.5, "a", false, 1001) == 0);
	assert_true(rbf_lane_go(&lanes, &lane, 0.5, "b", true, 1002) != 0);
	assert_true(rbf_lane_go(&lanes, &lane, 0.5, "", true, 1002) != 0);
	/* A minute later it is another attempt. */
	assert_true(rbf_lane_go(&lanes, &lane, 0.5, "a", true, 61001) != 0);
}

static void test_handed_out_and_never_asked(void **state)
{
	static rbf_lanes lanes;
	int64_t next = 0;
	(void)state;
	memset(&lanes, 0, sizeof lanes);
	assert_row_int("room", rbf_lane_room(&lanes, &lane, 60, 1000, &next), 1);
	rbf_lane_handed(&lanes, &lane, 1, 1000);
	assert_row_int("not again", rbf_lane_room(&lanes, &lane, 60, 3000, &next), 0);
	assert_row_int("until", next, 6000);
	assert_true(rbf_lane_room(&lanes, &lane, 60, 6000, &next) > 0);
}

static void test_the_clock_is_set_back(void **state)
{
	static rbf_lanes lanes;
	int64_t next = 0, day = 86400000;
	(void)state;
	memset(&lanes, 0, sizeof lanes);
	assert_true(rbf_lane_go(&lanes, &lane, 60, "a", true, 10 * day) == 0);
	rbf_lane_handed(&lanes, &lane, 1, 10 * day);
	assert_true(rbf_lane_room(&lanes, &lane, 60, day, &next) > 0);
	assert_true(rbf_lane_go(&lanes, &lane, 60, "b", true, day) <= day + 1000);
	assert_true(rbf_lane_go(&lanes, &lane, 60, "b", true, day + 1000) == 0);
}

static void test_lanes_are_bounded(void **state)
{
	static rbf_lanes lanes;
	char provider[32];
	(void)state;
	memset(&lanes, 0, sizeof lanes);
	for (int i = 0; i < 10 * RBF_LANES; i++) {
		snprintf(provider, sizeof provider, "p%d", i);
		assert_true(rbf_lane_go(&lanes, &(rbf_lane_key){"n", provider, ""}, 60, "a", true,
				    1000 + i) == 0);
	}
	assert_true(lanes.n == RBF_LANES);
	assert_true(rbf_lane_go(&lanes, &(rbf_lane_key){"n", provider, ""}, 60, "b", true,
			    1000 + 10 * RBF_LANES) != 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rates),
		cmocka_unit_test(test_no_lane_never_waits),
		cmocka_unit_test(test_queue_drains_at_the_rate),
		cmocka_unit_test(test_new_mail_does_not_overtake),
		cmocka_unit_test(test_a_message_takes_its_recipients_along),
		cmocka_unit_test(test_handed_out_and_never_asked),
		cmocka_unit_test(test_the_clock_is_set_back),
		cmocka_unit_test(test_lanes_are_bounded),
	};
	return cmocka_run_group_tests_name("watch/pace", tests, NULL, NULL);
}
