#include "unit.h"
#include "program/common/text.h"

static void test_escape(void **state)
{
	static const struct {
		const char *name, *in;
		size_t len, cap;
		const char *want, *want_quoted;
	} rows[] = {
		{"plain", "550 no such user", 16, 64, "550 no such user", "550 no such user"},
		{"terminal", "\x1b[31mred\x07", 9, 64, "\\x1b[31mred\\x07", "\\x1b[31mred\\x07"},
		{"line feed", "a\nb\r", 4, 64, "a\\x0ab\\x0d", "a\\x0ab\\x0d"},
		{"NUL", "a\0b", 3, 64, "a\\x00b", "a\\x00b"},
		{"backslash", "a\\n", 3, 64, "a\\\\n", "a\\\\n"},
		{"quote", "say \"no\"", 8, 64, "say \"no\"", "say \\x22no\\x22"},
		{"above ASCII", "\xc3\xa9\x9b\x7f", 4, 64, "\\xc3\\xa9\\x9b\\x7f",
			"\\xc3\\xa9\\x9b\\x7f"},
		{"cut", "abcdef", 6, 4, "abc", "abc"},
		{"cut before an escape", "ab\x1b", 3, 6, "ab", "ab"},
		{"empty", "", 0, 1, "", ""},
	};
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		char got[64];
		text_escape(got, rows[i].cap, rows[i].in, rows[i].len);
		assert_row_str(rows[i].name, got, rows[i].want);
		text_escape_quoted(got, rows[i].cap, rows[i].in, rows[i].len);
		assert_row_str(rows[i].name, got, rows[i].want_quoted);
	}
}

static void test_json(void **state)
{
	static const struct {
		const char *name, *in;
		size_t len;
		const char *want;
	} rows[] = {
		{"plain", "a\"b", 3, "\"a\\\"b\""},
		{"UTF-8", "\xc3\xa9@x", 4, "\"\xc3\xa9@x\""},
		{"no UTF-8", "\xe9@x", 3, "\"\\\\xe9@x\""},
		{"NUL", "a\0b", 3, "\"a\\u0000b\""},
		{"none", NULL, 0, "\"\""},
	};
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		json_t *o = text_json(rows[i].in, rows[i].len);
		char *got = json_dumps(o, JSON_ENCODE_ANY);
		assert_row_str(rows[i].name, got, rows[i].want);
		free(got);
		json_decref(o);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_escape), cmocka_unit_test(test_json)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
