/* test_warmup.c - days and caps of a plan, and what is left of them. */
#include "unit.h"

#include <stdio.h>

#include "watch/warmup.h"

static const int64_t start_ms = 1800000000000, hour = 3600000, day = 86400000;

static rebuff_warmup plan_of(uint32_t days, uint32_t cap, double growth)
{
	rebuff_warmup p = {.size = sizeof p,
		.node = "n",
		.provider = "gmail",
		.since_ms = start_ms,
		.days = days,
		.cap = cap,
		.growth = growth};
	return p;
}

static void test_days_and_caps(void **state)
{
	static const struct {
		const char *name;
		uint32_t cap;
		double growth;
		int64_t after, paused_after, idle;
		uint32_t day, want;
	} rows[] = {
		{"the first hour", 50, 1.5, 0, 0, 0, 1, 50},
		{"the last of the first day", 50, 1.5, 24 * 3600000LL - 1, 0, 0, 1, 50},
		{"the second day", 50, 1.5, 24 * 3600000LL, 0, 0, 2, 75},
		{"the third", 50, 1.5, 2 * 86400000LL, 0, 0, 3, 112},
		{"stands still while paused", 50, 2, 9 * 86400000LL, 86400000, 0, 2, 100},
		{"goes on after a pause", 50, 2, 9 * 86400000LL, 0, 8 * 86400000LL, 2, 100},
		{"the last", 1, 2, 9 * 86400000LL, 0, 0, 10, 512},
		{"over", 50, 1.5, 10 * 86400000LL, 0, 0, 0, 0},
		{"large", 1000000000, 10, 9 * 86400000LL, 0, 0, 10, 1000000000},
		{"a clock that was set back", 50, 1.5, -86400000, 0, 0, 1, 50},
	};
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		rebuff_warmup p = plan_of(10, rows[i].cap, rows[i].growth);
		uint32_t cap;
		if (rows[i].paused_after)
			p.paused_ms = start_ms + rows[i].paused_after;
		p.idle_ms = rows[i].idle;
		assert_row_int(rows[i].name, rebuff_warmup_day(&p, start_ms + rows[i].after, &cap),
			rows[i].day);
		assert_row_int(rows[i].name, cap, rows[i].want);
	}
}

static void test_what_is_left(void **state)
{
	rbf_warmed w = {.n = 0};
	rebuff_warmup p = plan_of(3, 2, 2);
	(void)state;
	assert_row_int("all", rbf_warmup_left(&w, &p, start_ms), 2);
	rbf_warmup_take(&w, &p, start_ms);
	rbf_warmup_take(&w, &p, start_ms);
	assert_row_int("none", rbf_warmup_left(&w, &p, start_ms + hour), 0);
	assert_row_int("tomorrow", rbf_warmup_tomorrow(&p, start_ms + hour), start_ms + day);
	assert_row_int("the next day", rbf_warmup_left(&w, &p, start_ms + day), 4);
	/* After a start, what the database knows. */
	rbf_warmed fresh = {.n = 0};
	p.day = 2;
	p.sent = 3;
	assert_row_int("known", rbf_warmup_left(&fresh, &p, start_ms + day), 1);
	assert_row_int("over", rbf_warmup_left(&fresh, &p, start_ms + 3 * day), UINT32_MAX);
	assert_true(rbf_warmup_rate(&p, start_ms + 3 * day) == 0);
	/* Begun anew. */
	p = plan_of(3, 5, 2);
	p.since_ms += day;
	assert_row_int("anew", rbf_warmup_left(&fresh, &p, start_ms + day), 5);
	/* More plans than places: still bounded, still answered. */
	for (int i = 0; i < 3 * RBF_WARMED; i++) {
		(void)snprintf(p.provider, sizeof p.provider, "p%d", i);
		assert_row_int("many", rbf_warmup_left(&w, &p, start_ms + day), 5);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_days_and_caps),
		cmocka_unit_test(test_what_is_left),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
