#include "unit.h"
#include <stdio.h>
#include "base/buf.h"
#include "base/span.h"

static void test_u64(void **state)
{
	static const struct {
		const char *in;
		uint64_t max;
		bool ok;
		uint64_t want;
	} rows[] = {
		{"0", 10, true, 0},
		{"10", 10, true, 10},
		{"11", 10, false, 0},
		{"", 10, false, 0},
		{"-1", 10, false, 0},
		{"1 ", 10, false, 0},
		{"5", 3, false, 0},
		{"18446744073709551615", UINT64_MAX, true, UINT64_MAX},
		{"18446744073709551616", UINT64_MAX, false, 0},
	};
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		uint64_t got = 0;
		assert_row_int(rows[i].in, rbf_span_u64(rbf_span_of(rows[i].in), rows[i].max, &got),
			rows[i].ok);
		if (rows[i].ok)
			assert_true(got == rows[i].want);
	}
}

static void test_unescape(void **state)
{
	static const struct {
		const char *in;
		rebuff_span want;
	} rows[] = {
		{"plain", {"plain", 5}},
		{"a\\x0ab", {"a\nb", 3}},
		{"a\\x00b", {"a\0b", 3}},
		{"back\\\\slash", {"back\\slash", 10}},
		{"\\\\x41", {"\\x41", 4}}, /* an escaped backslash, then x41 */
		{"\\x4", {"\\x4", 3}},
		{"\\xzz\\", {"\\xzz\\", 5}},
		{"", {"", 0}},
	};
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		char text[64], again[64];
		(void)snprintf(text, sizeof text, "%s", rows[i].in);
		size_t n = rbf_span_unescape(text);
		assert_row_int(rows[i].in, n, rows[i].want.len);
		assert_memory_equal(text, rows[i].want.p, n);
		rbf_span_escape(again, sizeof again, (rebuff_span){text, n});
		n = rbf_span_unescape(again);
		assert_row_int(rows[i].in, n, rows[i].want.len);
		assert_memory_equal(again, rows[i].want.p, n);
	}
}

static void test_escape(void **state)
{
	static const struct {
		rebuff_span in;
		size_t cap;
		const char *want;
	} rows[] = {
		{{"plain", 5}, 64, "plain"},
		{{"a\nb\x1b[0m", 7}, 64, "a\\x0ab\\x1b[0m"},
		{{"nul\0!", 5}, 64, "nul\\x00!"},
		{{"back\\slash", 10}, 64, "back\\\\slash"},
		{{"\xc3\xa9", 2}, 64, "\\xc3\\xa9"},
		{{"ab\n", 3}, 6, "ab"}, /* an escape is never cut in the middle */
		{{"abcdef", 6}, 4, "abc"},
	};
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		char got[64];
		rbf_span_escape(got, rows[i].cap, rows[i].in);
		assert_row_str(rows[i].want, got, rows[i].want);
	}
}

static void test_split_and_trim(void **state)
{
	(void)state;
	rebuff_span rest = RBF_LIT("a:: b ");
	assert_true(rbf_span_eq(rbf_span_split(&rest, ':'), RBF_LIT("a")));
	assert_true(rbf_span_eq(rbf_span_split(&rest, ':'), RBF_LIT("")));
	assert_true(rbf_span_eq(rbf_span_trim(rbf_span_split(&rest, ':')), RBF_LIT("b")));
	assert_null(rest.p);
}

static void test_find(void **state)
{
	(void)state;
	assert_true(rbf_span_ifind(RBF_LIT("User UNKNOWN here"), RBF_LIT("unknown")) == 5);
	assert_true(rbf_span_ifind(RBF_LIT("abc"), RBF_LIT("abcd")) == SIZE_MAX);
	assert_true(rbf_span_iends(RBF_LIT("mx.Google.COM"), RBF_LIT(".google.com")));
	assert_false(rbf_span_iends(RBF_LIT("com"), RBF_LIT(".google.com")));
}

static void test_buf_overflow_is_sticky(void **state)
{
	(void)state;
	char storage[8];
	rbf_buf b = rbf_buf_of(storage, sizeof storage);
	rbf_buf_str(&b, "1234");
	rbf_buf_printf(&b, "%s", "56789");
	assert_true(b.overflow);
	rbf_buf_str(&b, "x");
	assert_string_equal(b.p, "1234");
}

static void test_plain_names(void **state)
{
	static const struct {
		const char *name, *in, *want;
	} rows[] = {
		{"a domain", "mail.b-c.example", "mail.b-c.example"},
		{"a line feed and a field", "x\nevent=alarm kind=\"y\"", "x_event_alarm_kind__y_"},
		{"bytes above 0x7f", "caf\xc3\xa9", "caf__"},
		{"nothing", "", ""},
	};
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		char name[64];
		(void)snprintf(name, sizeof name, "%s", rows[i].in);
		rbf_plain_name(name);
		assert_row_str(rows[i].name, name, rows[i].want);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_plain_names),
		cmocka_unit_test(test_u64),
		cmocka_unit_test(test_escape),
		cmocka_unit_test(test_unescape),
		cmocka_unit_test(test_split_and_trim),
		cmocka_unit_test(test_find),
		cmocka_unit_test(test_buf_overflow_is_sticky),
	};
	return cmocka_run_group_tests_name("base/span", tests, NULL, NULL);
}
