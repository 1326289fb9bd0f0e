/* test_names.c - every enum is printed as a name that reads back as the same value. */
#include "unit.h"
#include "base/span.h"

static void test_names_read_back(void **state)
{
	(void)state;
#define ROW(what, type, count)                                                                     \
	for (int i = 0; i < (int)(count); i++)                                                     \
		assert_row_int(rebuff_##what##_name((type)i),                                      \
			rebuff_##what##_of_name(rbf_span_of(rebuff_##what##_name((type)i))), i);   \
	assert_row_str(#what, rebuff_##what##_name((type)(count)), "?");                           \
	assert_row_int(#what, rebuff_##what##_of_name(rbf_span_of("no such name")), -1);           \
	assert_row_int(#what, rebuff_##what##_of_name(rbf_span_of("")), -1);
	ROW(category, rebuff_category, REBUFF_CATEGORY_N)
	ROW(fault, rebuff_fault, REBUFF_FAULT_N)
	ROW(stage, rebuff_stage, REBUFF_STAGE_N)
	ROW(scope, rebuff_scope, REBUFF_SCOPE_N)
	ROW(action, rebuff_action, REBUFF_ACTION_N)
	ROW(mta, rebuff_mta, REBUFF_MTA_N)
	ROW(kind, rebuff_kind, REBUFF_KIND_N)
	ROW(class, rebuff_class, REBUFF_CLASS_N)
#undef ROW
}

/* The names are part of the output that other programs read: none may move. */
static void test_first_and_last_names(void **state)
{
	(void)state;
	assert_row_str("category", rebuff_category_name(REBUFF_ADDRESS_BAD), "address-bad");
	assert_row_str("category", rebuff_category_name((rebuff_category)(REBUFF_CATEGORY_N - 1)),
		"delivered");
	assert_row_str("fault", rebuff_fault_name((rebuff_fault)(REBUFF_FAULT_N - 1)), "none");
	assert_row_str("stage", rebuff_stage_name((rebuff_stage)(REBUFF_STAGE_N - 1)), "dns");
	assert_row_str("verdict", rebuff_verdict_name((rebuff_verdict)0), "go");
	assert_row_str("verdict", rebuff_verdict_name((rebuff_verdict)5), "refuse");
	assert_row_str("verdict", rebuff_verdict_name((rebuff_verdict)6), "?");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_names_read_back),
		cmocka_unit_test(test_first_and_last_names),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
