/* test_rate.c - windows against a plain count, bounds of the series' table. */
#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "watch/rate.h"
#include "watch/series.h"

static const int64_t start_ms = 1800000000000, minute = 60000, hour = 3600000, day = 86400000;

/* A small generator of its own, so that a failing run can be repeated. */
static uint32_t next(uint32_t *seed)
{
	*seed = *seed * 1664525u + 1013904223u;
	return *seed >> 8;
}

static void test_windows_are_exact(void **state)
{
	enum { N = 20000 };
	static int64_t at[N];
	static bool bad[N];
	static const struct {
		const char *name;
		int64_t gap_ms; /* at most, between two outcomes */
	} rows[] = {{"seconds", 2000}, {"minutes", 10 * 60000}, {"hours", 3 * 3600000},
		{"days, with silence", 40 * 86400000LL}};
	uint32_t seed = 7;
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		rbf_rate r = {0};
		int64_t now = start_ms;
		for (int k = 0; k < N; k++) {
			now += (int64_t)(next(&seed) % (uint32_t)(rows[i].gap_ms / 1000)) * 1000;
			/* Now and then one is told late. */
			at[k] = next(&seed) % 10 ? now : now - (int64_t)(next(&seed) % 7200) * 1000;
			bad[k] = next(&seed) % 8 == 0;
			rbf_rate_add(
				&r, at[k], &(rbf_tally){.accepted = !bad[k], .failed = bad[k]});
			if (k % 97 && k != N - 1)
				continue;
			for (int w = 0; w < RBF_WINDOW_N; w++) {
				rbf_tally want = {0};
				int64_t from = rbf_window_start((rbf_window)w, now);
				for (int j = k; j >= 0 && (at[j] >= from || k - j < 20000); j--)
					if (at[j] >= from) {
						want.accepted += !bad[j];
						want.failed += bad[j];
					}
				rbf_tally got = rbf_rate_sum(&r, (rbf_window)w, now);
				assert_row_int(rows[i].name, got.accepted, want.accepted);
				assert_row_int(rows[i].name, got.failed, want.failed);
			}
		}
	}
}

static void test_what_a_window_spans(void **state)
{
	static const struct {
		const char *name;
		rbf_window window;
		int64_t age, want;
	} rows[] = {
		{"10 min: 9 ago", RBF_WINDOW_10MIN, 9 * minute, 1},
		{"10 min: 10 ago", RBF_WINDOW_10MIN, 10 * minute, 0},
		{"1 h: 59 min ago", RBF_WINDOW_HOUR, 55 * minute, 1},
		{"1 h: 1 h ago", RBF_WINDOW_HOUR, hour, 0},
		{"24 h: 23 h ago", RBF_WINDOW_DAY, 23 * hour, 1},
		{"24 h: 24 h ago", RBF_WINDOW_DAY, 24 * hour, 0},
		{"30 d: 29 d ago", RBF_WINDOW_MONTH, 29 * day, 1},
		{"30 d: 30 d ago", RBF_WINDOW_MONTH, 30 * day, 0},
	};
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		rbf_rate r = {0};
		rbf_rate_add(&r, start_ms, &(rbf_tally){.blocked = 1});
		assert_row_int(rows[i].name,
			rbf_rate_sum(&r, rows[i].window, start_ms + rows[i].age).blocked,
			rows[i].want);
	}
}

static void test_the_table_is_bounded(void **state)
{
	rbf_series_table *t = rbf_series_new();
	bool fresh, evicted;
	char name[32];
	(void)state;
	assert_non_null(rbf_series_of(t, RBF_SERIES_STREAM, "kept", &fresh, &evicted));
	assert_true(fresh);
	for (int i = 0; i < 3 * RBF_SERIES_MAX; i++) {
		snprintf(name, sizeof name, "p%d", i);
		rbf_series *s = rbf_series_of(t, RBF_SERIES_PROVIDER, name, &fresh, &evicted);
		assert_true(fresh);
		assert_string_equal(s->name, name);
		s->looked_ms = i;
		/* What is used stays. */
		rbf_series_of(t, RBF_SERIES_STREAM, "kept", &fresh, &evicted);
		assert_false(fresh);
	}
	assert_row_int("bounded", (int64_t)rbf_series_count(t), RBF_SERIES_MAX);
	assert_in_range(rbf_series_bytes(t), 1, 32 << 20);
	snprintf(name, sizeof name, "p%d", 3 * RBF_SERIES_MAX - 1);
	assert_int_equal(rbf_series_of(t, RBF_SERIES_PROVIDER, name, &fresh, &evicted)->looked_ms,
		3 * RBF_SERIES_MAX - 1);
	assert_false(fresh);
	rbf_series_of(t, RBF_SERIES_PROVIDER, "p0", &fresh, &evicted);
	assert_true(fresh);
	assert_true(evicted);
	rbf_series_of(t, RBF_SERIES_IP, "p0", &fresh, &evicted);
	assert_false(evicted);
	rbf_series_clear(t);
	assert_row_int("cleared", (int64_t)rbf_series_count(t), 0);
	rbf_series_of(t, RBF_SERIES_STREAM, "kept", &fresh, &evicted);
	assert_true(fresh);
	rbf_series_free(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_windows_are_exact),
		cmocka_unit_test(test_what_a_window_spans),
		cmocka_unit_test(test_the_table_is_bounded),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
