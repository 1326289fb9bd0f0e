/* test_oom.c - the allocator that fails on purpose does so, once, and where it was told to. */
#include "unit.h"
#include "oom.h"

#include <stdlib.h>

/* Three allocations, in the ways that the code under test uses. Returns how many succeeded. */
static int three(void)
{
	int got = 0;
	char *a = malloc(1), *b = calloc(1, 1), *c = strdup("c");
	got += a != NULL;
	got += b != NULL;
	got += c != NULL;
	free(a);
	free(b);
	free(c);
	return got;
}

static void test_nth_fails(void **state)
{
	(void)state;
	static const struct {
		const char *name;
		long at;
		int want;
		bool hit;
	} rows[] = {
		{"none", 0, 3, false},
		{"malloc", 1, 2, true},
		{"calloc", 2, 2, true},
		{"strdup", 3, 2, true},
		{"beyond", 4, 3, false},
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		oom_at(rows[i].at);
		int got = three();
		assert_row_int(rows[i].name, oom_stop(), rows[i].hit);
		assert_row_int(rows[i].name, got, rows[i].want);
		assert_row_int(rows[i].name, three(), 3);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_nth_fails)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
