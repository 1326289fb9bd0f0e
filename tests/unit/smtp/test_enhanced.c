#include "unit.h"
#include "smtp/enhanced.h"
#include "base/span.h"

static void test_parse(void **state)
{
	static const struct {
		const char *in;
		size_t want;
		const char *code;
	} rows[] = {
		{"5.1.1", 5, "5.1.1"},
		{"5.1.1 user unknown", 5, "5.1.1"},
		{"5.1.1.", 5, "5.1.1"},
		{"5.1.1. No", 5, "5.1.1"},
		{"4.7.650 slow", 7, "4.7.650"},
		{"2.0.0", 5, "2.0.0"},
		{"5.999.999-", 9, "5.999.999"},
		{"5.1.10", 6, "5.1.10"},
		{"5.1", 0, ""},
		{"5.1.", 0, ""},
		{"5.1.1.2", 0, ""}, /* an address */
		{"5.1.1.example.org", 0, ""},
		{"15.1.1", 0, ""},
		{"3.1.1", 0, ""},
		{"6.0.1", 0, ""},
		{"5.01.1", 0, ""}, /* RFC 3463 2: no leading zeros */
		{"5.1.01", 0, ""},
		{"5.1.1000", 0, ""},
		{"5..1", 0, ""},
		{"5.a.1", 0, ""},
		{"", 0, ""},
	};
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		rbf_enhanced e = {0};
		char text[16];
		assert_row_int(
			rows[i].in, rbf_enhanced_parse(rbf_span_of(rows[i].in), &e), rows[i].want);
		rbf_enhanced_format(text, e);
		assert_row_str(rows[i].in, text, rows[i].code);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_parse)};
	return cmocka_run_group_tests_name("smtp/enhanced", tests, NULL, NULL);
}
