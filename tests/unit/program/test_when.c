#include "unit.h"

#include <stdlib.h>
#include <time.h>

#include "program/common/when.h"

static int set_zone(void **state)
{
	(void)state;
	setenv("TZ", "UTC-2", 1); /* two hours east */
	tzset();
	return 0;
}

static void test_parse(void **state)
{
	static const struct {
		const char *text;
		bool ok;
		int64_t want;
	} rows[] = {
		{"never", true, 0},
		{"30s", true, 1000 + 30000},
		{"45m", true, 1000 + 45 * 60000},
		{"12h", true, 1000 + 12 * 3600000},
		{"90d", true, 1000 + 90 * 86400000LL},
		{"2w", true, 1000 + 14 * 86400000LL},
		{"2026-12-31", true, 1798668000000}, /* at 22:00 UTC on the 30th */
		{"2026-12-31 10:00", true, 1798704000000},
		{"2026-12-31T10:00", true, 1798704000000},
		{"2026-12-31T08:00Z", true, 1798704000000},
		{"2026-12-31T08:00:05Z", true, 1798704005000},
		{"2026-02-30", false, 0},
		{"2026-13-01", false, 0},
		{"2026-12-31x", false, 0},
		{"2026-12-31T25:00", false, 0},
		{"2026-12-31T10:00ZZ", false, 0},
		{"tomorrow", false, 0},
		{"31", false, 0},
		{"d", false, 0},
		{"5x", false, 0},
		{"5dd", false, 0},
		{"9999999d", false, 0},
		{"", false, 0},
	};
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		int64_t got = 0;
		assert_row_int(rows[i].text, when_parse(rows[i].text, 1000, &got), rows[i].ok);
		assert_row_int(rows[i].text, got, rows[i].want);
	}
}

static void test_print(void **state)
{
	char got[WHEN_MAX];
	(void)state;
	assert_string_equal(when_utc(1798704005999, got), "2026-12-31T08:00:05Z");
	assert_string_equal(when_local(1798704005999, got), "2026-12-31 10:00");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_parse),
		cmocka_unit_test(test_print),
	};
	return cmocka_run_group_tests(tests, set_zone, NULL);
}
