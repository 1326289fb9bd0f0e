/* test_buf.c - text in bounded storage; errors that may have nowhere to go; the compares of spans.
 */
#include "unit.h"
#include "base/buf.h"
#include "base/error.h"
#include "base/span.h"

static void test_printf_fits_or_not(void **state)
{
	(void)state;
	static const struct {
		const char *name, *first;
		int number;
		const char *want;
		bool overflow;
	} rows[] = {
		{"fits", "ab", 7, "ab=7", false},
		{"fills to the last byte", "abcd", 12, "abcd=12", false},
		{"one byte too many leaves what was there", "abcd", 123, "abcd", true},
		{"nothing after an overflow", "abcdefgh", 1, "", true},
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		char storage[8];
		rbf_buf b = rbf_buf_of(storage, sizeof storage);
		rbf_buf_str(&b, rows[i].first);
		rbf_buf_printf(&b, "=%d", rows[i].number);
		assert_row_str(rows[i].name, b.p, rows[i].want);
		assert_row_int(rows[i].name, b.overflow, rows[i].overflow);
		assert_row_int(rows[i].name, rbf_buf_span(&b).len, strlen(rows[i].want));
	}
}

static void test_error_without_place(void **state)
{
	(void)state;
	assert_row_int("no err", rbf_fail(NULL, REBUFF_EPARSE, "%s", "x"), REBUFF_EPARSE);
	static char big[4096];
	memset(big, 'x', sizeof big - 1);
	rebuff_error err = {0};
	assert_row_int("long text", rbf_fail(&err, REBUFF_EPARSE, "%s", big), REBUFF_EPARSE);
	assert_row_int("is cut", strlen(err.text), sizeof err.text - 1);
}

static void test_compare(void **state)
{
	(void)state;
	static const struct {
		const char *s, *other;
		bool starts, istarts, iends, ieq;
	} rows[] = {
		{"abc", "ab", true, true, false, false},
		{"abc", "AB", false, true, false, false},
		{"abc", "BC", false, false, true, false},
		{"abc", "ABC", false, true, true, true},
		{"abc", "abcd", false, false, false, false},
		{"", "", true, true, true, true},
		{"a", "", true, true, true, false},
		{"", "a", false, false, false, false},
		{"\xc4", "\xe4", false, false, false, false},
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		rebuff_span s = rbf_span_of(rows[i].s), other = rbf_span_of(rows[i].other);
		assert_row_int(rows[i].s, rbf_span_starts(s, other), rows[i].starts);
		assert_row_int(rows[i].s, rbf_span_istarts(s, other), rows[i].istarts);
		assert_row_int(rows[i].s, rbf_span_iends(s, other), rows[i].iends);
		assert_row_int(rows[i].s, rbf_span_ieq(s, other), rows[i].ieq);
	}
}

static void test_copy_and_sub(void **state)
{
	(void)state;
	char dst[4];
	assert_true(rbf_span_copy(dst, sizeof dst, RBF_LIT("abc")));
	assert_row_str("fits", dst, "abc");
	assert_false(rbf_span_copy(dst, sizeof dst, RBF_LIT("abcd")));
	assert_row_str("cut", dst, "abc");
	assert_true(rbf_span_copy(dst, sizeof dst, (rebuff_span){NULL, 0}));
	assert_row_str("empty", dst, "");
	rebuff_span s = rbf_span_sub(RBF_LIT("abc"), 2, 5);
	assert_row_int("end is kept", s.len, 1);
	assert_row_int("beyond the end", rbf_span_sub(RBF_LIT("abc"), 9, 1).len, 0);
	assert_row_int("of nothing", rbf_span_sub((rebuff_span){NULL, 0}, 1, 1).len, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_printf_fits_or_not),
		cmocka_unit_test(test_error_without_place),
		cmocka_unit_test(test_compare),
		cmocka_unit_test(test_copy_and_sub),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
