#include "unit.h"

#include <stdio.h>
#include <stdlib.h>

#include "client/wire.h"

static void test_escapes_both_ways(void **state)
{
	static const struct {
		const char *name;
		const char *raw;
		size_t len;
		const char *wire;
	} rows[] = {
		{"plain", "a b=c", 5, "v=a b=c\n"},
		{"empty", "", 0, "v=\n"},
		{"line ends", "a\r\nb", 4, "v=a\\r\\nb\n"},
		{"backslash", "a\\nb", 4, "v=a\\\\nb\n"},
		{"nul", "a\0b", 3, "v=a\\0b\n"},
		{"controls", "\x01\t\x1b\x7f", 4, "v=\\x01\\x09\\x1b\\x7f\n"},
		{"utf-8 and above", "\xc3\xa9\xff", 3, "v=\xc3\xa9\xff\n"},
	};
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		char buf[128];
		rbf_wire_writer w = rbf_wire_writer_of(buf, sizeof buf - 1);
		rbf_wire_put(&w, "v", rows[i].raw, rows[i].len);
		buf[w.len] = '\0';
		assert_false(w.overflow);
		assert_row_str(rows[i].name, buf, rows[i].wire);
		rbf_wire_field f;
		assert_null(rbf_wire_decode_line(buf, w.len - 1, &f));
		assert_row_int(rows[i].name, f.len, rows[i].len);
		assert_memory_equal(f.value, rows[i].raw, rows[i].len);
	}
}

static void test_integers(void **state)
{
	static const struct {
		int64_t n;
		const char *text;
	} rows[] = {{0, "0"}, {-1, "-1"}, {1792850000123, "1792850000123"},
		{INT64_MAX, "9223372036854775807"}};
	(void)state;
	char buf[64];
	rbf_wire_record r;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		rbf_wire_writer w = rbf_wire_writer_of(buf, sizeof buf);
		rbf_wire_put_int(&w, "n", rows[i].n);
		rbf_wire_end(&w);
		assert_null(rbf_wire_decode(buf, w.len, '\n', &r));
		assert_row_str(rows[i].text, rbf_wire_get_str(&r, "n", "?"), rows[i].text);
		assert_true(rbf_wire_get_int(&r, "n", 7) == rows[i].n);
	}
	static const char *const no_number[] = {"", "-", "1x", " 1", "9223372036854775808", "+1"};
	for (size_t i = 0; i < sizeof no_number / sizeof *no_number; i++) {
		rbf_wire_writer w = rbf_wire_writer_of(buf, sizeof buf);
		rbf_wire_put_str(&w, "n", no_number[i]);
		assert_null(rbf_wire_decode(buf, w.len, '\n', &r));
		assert_row_int(no_number[i], rbf_wire_get_int(&r, "n", 7), 7);
	}
}

static void test_refuses_what_is_not_a_record(void **state)
{
	static const struct {
		const char *wire;
		const char *wrong;
	} rows[] = {
		{"ok=1\n\n", NULL},
		{"a=1\nb=2", NULL}, /* the empty line may be missing: the caller found the end */
		{"ok\n\n", "a line is not name=value"},
		{"=1\n\n", "a line is not name=value"},
		{"OK=1\n\n", "a line is not name=value"},
		{"a b=1\n\n", "a line is not name=value"},
		{"abcdefghijklmnopqrstuvwxyz0123456=1\n\n", "a line is not name=value"},
		{"a=\\q\n\n", "a value has a broken escape"},
		{"a=\\\n\n", "a value has a broken escape"},
		{"a=\\x1\n\n", "a value has a broken escape"},
		{"a=\\xg0\n\n", "a value has a broken escape"},
		{"a=1\r\n\r\n", "a control byte in a value is not escaped"},
		{"a=\t\n\n", "a control byte in a value is not escaped"},
		{"a=\x7f\n\n", "a control byte in a value is not escaped"},
	};
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		char buf[128];
		rbf_wire_record r;
		strcpy(buf, rows[i].wire);
		const char *got = rbf_wire_decode(buf, strlen(buf), '\n', &r);
		assert_row_str(rows[i].wire, got ? got : "", rows[i].wrong ? rows[i].wrong : "");
	}
}

static void test_last_of_a_name_counts(void **state)
{
	(void)state;
	char buf[] = "id=one\nx=\nid=two\n\n";
	rbf_wire_record r;
	assert_null(rbf_wire_decode(buf, sizeof buf - 1, '\n', &r));
	assert_string_equal(rbf_wire_get_str(&r, "id", ""), "two");
	assert_string_equal(rbf_wire_get_str(&r, "x", "?"), "");
	assert_string_equal(rbf_wire_get_str(&r, "y", "?"), "?");
}

static void test_a_value_with_nul_is_no_string(void **state)
{
	(void)state;
	char buf[] = "id=a\\0b\n\n";
	rbf_wire_record r;
	assert_null(rbf_wire_decode(buf, sizeof buf - 1, '\n', &r));
	assert_int_equal(rbf_wire_get(&r, "id")->len, 3);
	assert_string_equal(rbf_wire_get_str(&r, "id", "none"), "none");
}

static void test_bounds(void **state)
{
	(void)state;
	size_t cap = RBF_WIRE_REQUEST_MAX;
	char *buf = malloc(cap + 1), *value = malloc(cap);
	assert_non_null(buf);
	assert_non_null(value);
	memset(value, 'v', cap);
	rbf_wire_record r;

	rbf_wire_writer w = rbf_wire_writer_of(buf, cap);
	rbf_wire_put(&w, "v", value, RBF_WIRE_VALUE_MAX);
	assert_false(w.overflow);
	assert_null(rbf_wire_decode(buf, w.len, '\n', &r));
	assert_int_equal(r.field[0].len, RBF_WIRE_VALUE_MAX);

	w = rbf_wire_writer_of(buf, cap);
	rbf_wire_put(&w, "v", value, RBF_WIRE_VALUE_MAX + 1);
	assert_true(w.overflow);

	memset(buf, 'v', cap);
	memcpy(buf, "v=", 2);
	assert_string_equal(
		rbf_wire_decode(buf, RBF_WIRE_VALUE_MAX + 3, '\n', &r), "a value is over 32 KiB");

	w = rbf_wire_writer_of(buf, cap);
	for (int i = 0; i < RBF_WIRE_FIELDS_MAX + 1; i++)
		rbf_wire_put_int(&w, "n", i);
	rbf_wire_end(&w);
	assert_string_equal(rbf_wire_decode(buf, w.len, '\n', &r), "more than 64 fields");

	memset(value, '\x01', cap); /* four bytes each on the wire */
	w = rbf_wire_writer_of(buf, cap);
	rbf_wire_put(&w, "v", value, RBF_WIRE_VALUE_MAX);
	assert_true(w.overflow);
	free(buf);
	free(value);
}

/* A cut never leaves half an escape, and what follows still fits. */
static void test_cut(void **state)
{
	static const struct {
		const char *value;
		size_t cap;
		const char *want;
		bool whole;
	} rows[] = {
		{"abcdef", 32, "t=abcdef\nk=1\n\n", true},
		{"abcdef", 14, "t=abcdef\nk=1\n\n", true},
		{"abcdef", 13, "t=abcde\nk=1\n\n", false},
		{"ab\ncd", 13, "t=ab\\nc\nk=1\n\n", false},
		{"ab\ncd", 11, "t=ab\nk=1\n\n", false},
		{"\x01", 9, "t=\nk=1\n\n", false},
	};
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		char buf[64];
		rbf_wire_writer w = rbf_wire_writer_of(buf, rows[i].cap);
		bool whole = rbf_wire_put_cut(
			&w, "t", rows[i].value, strlen(rows[i].value), strlen("k=1\n\n"));
		rbf_wire_put_str(&w, "k", "1");
		rbf_wire_end(&w);
		buf[w.len] = '\0';
		assert_row_str(rows[i].want, buf, rows[i].want);
		assert_row_int(rows[i].want, whole, rows[i].whole);
		assert_false(w.overflow);
	}
	char tiny[4];
	rbf_wire_writer w = rbf_wire_writer_of(tiny, sizeof tiny);
	rbf_wire_put_cut(&w, "name", "v", 1, 0);
	assert_true(w.overflow);
	rbf_wire_put_str(&w, "k", "1");
	assert_true(w.overflow);
}

/* Records arrive in any pieces; the scan never looks twice at a byte. */
static void test_finds_records_in_a_stream(void **state)
{
	static const char stream[] = "a=1\n\nb=2\nc=3\n\n\nd=4\n";
	static const size_t ends[] = {5, 9, 1, 0};
	(void)state;
	for (size_t step = 1; step <= sizeof stream; step++) {
		size_t at = 0, have = 0, scanned = 0, found = 0;
		while (have < sizeof stream - 1) {
			have += step;
			if (have > sizeof stream - 1)
				have = sizeof stream - 1;
			size_t n;
			while ((n = rbf_wire_find_end(stream + at, have - at, &scanned)) > 0) {
				assert_int_equal(n, ends[found]);
				found++;
				at += n;
				scanned = 0;
			}
			assert_true(scanned == have - at);
		}
		assert_int_equal(found, 3);
	}
}

/* The form of a lost result inside a log line. */
static void test_tab_separated(void **state)
{
	(void)state;
	char buf[128];
	rbf_wire_writer w = rbf_wire_writer_of(buf, sizeof buf);
	w.sep = '\t';
	rbf_wire_put_str(&w, "id", "x");
	rbf_wire_put_str(&w, "text", "550 a\tb");
	buf[w.len] = '\0';
	assert_string_equal(buf, "id=x\ttext=550 a\\x09b\t");
	rbf_wire_record r;
	assert_null(rbf_wire_decode(buf, w.len - 1, '\t', &r));
	assert_string_equal(rbf_wire_get_str(&r, "text", ""), "550 a\tb");
}

/* Whatever comes in: no read or write outside the bytes, and a decoded record encodes to one that
 * decodes to the same. */
static void test_random_bytes(void **state)
{
	static const char alphabet[] = "ab=\n\\nx0r1\t\r\xff";
	(void)state;
	uint32_t seed = 12345;
	int decoded = 0;
	for (int round = 0; round < 20000; round++) {
		char *bytes = malloc(33);
		assert_non_null(bytes);
		size_t len = 0;
		for (; len < 32; len++) {
			seed = seed * 1664525u + 1013904223u;
			if ((seed >> 24) < 8)
				break;
			bytes[len] = alphabet[(seed >> 16) % (sizeof alphabet - 1)];
		}
		rbf_wire_record r, again;
		if (!rbf_wire_decode(bytes, len, '\n', &r)) {
			char out[256];
			rbf_wire_writer w = rbf_wire_writer_of(out, sizeof out);
			for (size_t i = 0; i < r.n; i++)
				rbf_wire_put(&w, r.field[i].name, r.field[i].value, r.field[i].len);
			assert_false(w.overflow);
			assert_null(rbf_wire_decode(out, w.len, '\n', &again));
			assert_int_equal(again.n, r.n);
			for (size_t i = 0; i < r.n; i++) {
				assert_int_equal(again.field[i].len, r.field[i].len);
				assert_memory_equal(
					again.field[i].value, r.field[i].value, r.field[i].len);
			}
			decoded += r.n > 0;
		}
		free(bytes);
	}
	assert_true(decoded > 100);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_escapes_both_ways),
		cmocka_unit_test(test_integers),
		cmocka_unit_test(test_refuses_what_is_not_a_record),
		cmocka_unit_test(test_last_of_a_name_counts),
		cmocka_unit_test(test_a_value_with_nul_is_no_string),
		cmocka_unit_test(test_bounds),
		cmocka_unit_test(test_cut),
		cmocka_unit_test(test_finds_records_in_a_stream),
		cmocka_unit_test(test_tab_separated),
		cmocka_unit_test(test_random_bytes),
	};
	return cmocka_run_group_tests_name("client/wire", tests, NULL, NULL);
}
