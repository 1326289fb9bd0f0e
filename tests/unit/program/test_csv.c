#include "unit.h"

#include <stdio.h>
#include <stdlib.h>

#include "program/command/csv.h"

/* A value as it is written, and read again as it was. */
static void test_put_and_read_back(void **state)
{
	static const struct {
		const char *value, *want;
	} rows[] = {
		{"a@example.org", "a@example.org"},
		{"", ""},
		{"=cmd|' /C calc'!A0", "'=cmd|' /C calc'!A0"},
		{"+tag@example.org", "'+tag@example.org"},
		{"-1", "'-1"},
		{"@SUM(A1)", "'@SUM(A1)"},
		{"\tx", "\"'\tx\""},
		{"\rx", "\"'\rx\""},
		{"'quoted", "''quoted"},
		{"'=x@example.org", "''=x@example.org"},
		{"a,b", "\"a,b\""},
		{"say \"no\"", "\"say \"\"no\"\"\""},
		{"two\nlines", "\"two\nlines\""},
		{" space ", "\" space \""},
		{"gr\xc3\xbc\xc3\x9f@example.org", "gr\xc3\xbc\xc3\x9f@example.org"},
	};
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		char text[256] = "";
		FILE *out = fmemopen(text, sizeof text, "w");
		csv_put(out, rows[i].value);
		fclose(out);
		assert_row_str(rows[i].value, text, rows[i].want);
		/* A second cell, so that an empty first one is a row too. */
		strcat(text, ",x\n");
		csv_reader r = {.in = fmemopen(text, strlen(text), "r")};
		const char *wrong = "";
		assert_row_int(rows[i].value, csv_read(&r, &wrong), 1);
		assert_row_int(rows[i].value, r.n, 2);
		if (strcmp(rows[i].value, "\rx") != 0) /* a CR is taken for part of a line's end */
			assert_row_str(rows[i].value, r.cell[0], rows[i].value);
		fclose(r.in);
	}
}

static void read_all(const char *text, size_t len, char *got, size_t cap)
{
	csv_reader *r = calloc(1, sizeof *r);
	const char *wrong = NULL;
	size_t n = 0;
	int status;
	r->in = tmpfile();
	assert_int_equal(fwrite(text, 1, len, r->in), len);
	rewind(r->in);
	while ((status = csv_read(r, &wrong)) == 1) {
		n += (size_t)snprintf(got + n, cap - n, "%zu:", r->line);
		for (size_t i = 0; i < r->n; i++)
			n += (size_t)snprintf(got + n, cap - n, "[%s]", r->cell[i]);
	}
	snprintf(got + n, cap - n, "%s", status < 0 ? wrong : "");
	fclose(r->in);
	free(r);
}

static void test_read(void **state)
{
#define IN(s) s, sizeof s - 1
	static const struct {
		const char *name, *in;
		size_t len;
		const char *want;
	} rows[] = {
		{"lines", IN("a\nb\n"), "1:[a]2:[b]"},
		{"no last line feed", IN("a\nb"), "1:[a]2:[b]"},
		{"CR LF", IN("a,b\r\nc\r\n"), "1:[a][b]2:[c]"},
		{"empty lines are no rows", IN("\n\r\na\n\n"), "3:[a]"},
		{"empty cells", IN(",,\n"), "1:[][][]"},
		{"quoted", IN("\"a,b\",\"c\"\"d\"\n"), "1:[a,b][c\"d]"},
		{"lines of a quoted cell count", IN("\"a\nb\"\nc\n"), "1:[a\nb]3:[c]"},
		{"quote that does not end", IN("a\n\"b\nc"), "1:[a]a quoted cell does not end"},
		{"NUL", IN("a\0b\n"), "a NUL byte"},
		{"many columns", IN(",,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,\n"), "more than 32 columns"},
	};
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		char got[256];
		read_all(rows[i].in, rows[i].len, got, sizeof got);
		assert_row_str(rows[i].name, got, rows[i].want);
	}
}

static void test_long_rows_are_refused(void **state)
{
	static char text[CSV_ROW_MAX + 2];
	static char got[CSV_ROW_MAX + 256];
	(void)state;
	memset(text, 'a', sizeof text);
	text[CSV_ROW_MAX - 1] = '\n';
	read_all(text, CSV_ROW_MAX, got, sizeof got);
	assert_true(strncmp(got, "1:[aaa", 6) == 0);
	text[CSV_ROW_MAX - 1] = 'a';
	text[CSV_ROW_MAX] = '\n';
	read_all(text, CSV_ROW_MAX + 1, got, sizeof got);
	assert_row_str("one byte more", got, "a row is over 16 KiB");
	text[0] = '"';
	text[CSV_ROW_MAX] = 'a';
	read_all(text, sizeof text, got, sizeof got);
	assert_row_str("quoted", got, "a row is over 16 KiB");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_put_and_read_back),
		cmocka_unit_test(test_read),
		cmocka_unit_test(test_long_rows_are_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
