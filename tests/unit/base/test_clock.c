/* test_clock.c - time and log come from the caller when he gives them. */
#include "unit.h"
#include "base/clock.h"

#include <stdio.h>

static int64_t given_wall(void *ud)
{
	return *(int64_t *)ud;
}

static int64_t given_boot(void *ud)
{
	return *(int64_t *)ud + 1;
}

static void test_given_clock(void **state)
{
	(void)state;
	int64_t now = 1795000000123;
	rebuff_clock clock = {&now, given_wall, given_boot};
	assert_int_equal(rbf_wall_ms(&clock), now);
	assert_int_equal(rbf_boot_ms(&clock), now + 1);
}

static void test_system_clock(void **state)
{
	(void)state;
	rebuff_clock none = {0};
	int64_t boot = rbf_boot_ms(NULL);
	assert_true(boot > 0);
	assert_true(rbf_boot_ms(&none) >= boot);
	assert_true(rbf_wall_ms(NULL) > 1700000000000); /* 2023: milliseconds, not seconds */
	assert_true(rbf_wall_ms(&none) > 1700000000000);
}

struct heard {
	rebuff_level level;
	char line[4096];
	int n;
};

static void hear(void *ud, rebuff_level level, const char *line)
{
	struct heard *h = ud;
	h->level = level;
	h->n++;
	(void)snprintf(h->line, sizeof h->line, "%s", line);
}

static void test_log(void **state)
{
	(void)state;
	static char big[4096];
	memset(big, 'x', sizeof big - 1);
	struct heard h = {0};
	rebuff_log log = {.ud = &h, .write = hear};
	rbf_log(&log, REBUFF_LOG_WARNING, "a=%d b=%s", 1, "c");
	assert_row_str("line", h.line, "a=1 b=c");
	assert_row_int("level", h.level, REBUFF_LOG_WARNING);
	rbf_log(&log, REBUFF_LOG_WARNING, "%s", big);
	assert_row_int("a long line is cut", strlen(h.line), 2047);
	rbf_log(&log, REBUFF_LOG_WARNING, "a=%s", "x\nevent=y\x1b[2J\xc3\xa9");
	assert_row_str("no byte of it does anything", h.line, "a=x?event=y?[2J??");
	rebuff_log silent = {0};
	rbf_log(NULL, REBUFF_LOG_WARNING, "%s", "nobody");
	rbf_log(&silent, REBUFF_LOG_WARNING, "%s", "nobody");
	assert_row_int("lines heard", h.n, 3);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_given_clock),
		cmocka_unit_test(test_system_clock),
		cmocka_unit_test(test_log),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
