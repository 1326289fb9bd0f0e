/* HTML, JSON, character sets. */
#include "unit.h"
#include <stdio.h>
#include "base/span.h"
#include "dsn/html.h"
#include "dsn/json.h"
#include "dsn/mime.h"

static void check(const char *row, rebuff_span got, const char *want)
{
	if (!rbf_span_eq(got, rbf_span_of(want)))
		fail_msg("%s: got \"%.*s\", want \"%s\"", row, (int)got.len, got.p, want);
}

static void test_html(void **state)
{
	static const struct {
		const char *in, *want;
	} rows[] = {
		{"<p>a<br>b</p>", "\na\nb\n"},
		{"<head><title>x</title></head>y<style>z</style>w", "yw"},
		{"&lt;a&#64;b&gt;&#x41;&amp;&nbsp;&euro;&#0;", "<a@b>A& &euro;&#0;"},
		{"1 < 2 <b>3</b> <", "1 < 2 3 <"},
		{"<a href=\"mailto:x@y\">t</a><!-- c -->", "t"},
		{"<script>never ends", ""},
		{"&#x1F600;&#xd800;&#99999999;", "\xf0\x9f\x98\x80&#xd800;&#99999999;"},
		{"a<unclosed", "a"},
		{"", ""},
	};
	(void)state;
	rbf_arena arena = rbf_arena_of(1 << 20);
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		check(rows[i].in, rbf_html_text(&arena, rbf_span_of(rows[i].in)), rows[i].want);
	rbf_arena_free(&arena);
}

static void test_json(void **state)
{
	static const struct {
		const char *in, *want;
	} rows[] = {
		{"{\"a\":\"b\",\"c\":1}", "\na:b\nc:1\n"},
		{"{\"m\":\"{\\\"a\\\":\\\"b, c\\\",\\\"d\\\":[1]}\"}", "\nm:\na:b, c\nd:\n1\n\n\n"},
		{"{ \"a\" : \"x\\ny\" }", "\n a : x y \n"},
		{"{not json}", "{not json}"},
		{"plain", "plain"},
	};
	(void)state;
	rbf_arena arena = rbf_arena_of(1 << 20);
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		check(rows[i].in, rbf_json_lines(&arena, rbf_span_of(rows[i].in)), rows[i].want);
	rbf_arena_free(&arena);
}

static void test_utf8(void **state)
{
	static const struct {
		const char *in, *want;
	} rows[] = {
		{"plain", "plain"}, {"\xc3\xa9", "\xc3\xa9"}, {"caf\xe9", "caf\xc3\xa9"},
		{"\xc0\x80", "\xc3\x80\xc2\x80"}, /* overlong */
		{"\xed\xa0\x80", "\xc3\xad\xc2\xa0\xc2\x80"}, /* a surrogate */
		{"\xf4\x90\x80\x80", "\xc3\xb4\xc2\x90\xc2\x80\xc2\x80"}, /* above U+10FFFF */
		{"\xe2\x82", "\xc3\xa2\xc2\x82"}, /* cut */
	};
	(void)state;
	rbf_arena arena = rbf_arena_of(1 << 20);
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		check(rows[i].in, rbf_mime_utf8(&arena, rbf_span_of(rows[i].in)), rows[i].want);
	rbf_arena_free(&arena);
}

static void test_charset(void **state)
{
	static const struct {
		const char *head, *body, *want;
	} rows[] = {
		{"text/plain; charset=iso-8859-15", "\xa4", "\xe2\x82\xac"},
		{"text/plain; charset=iso-2022-jp", "\x1b$B$\"\x1b(B", "\xe3\x81\x82"},
		{"text/plain", "\x1b$B$\"\x1b(B", "\xe3\x81\x82"}, /* not named, yet plain to see */
		{"text/plain; charset=nonsense", "caf\xe9", "caf\xc3\xa9"},
		{"text/plain; charset=utf-8\nContent-Transfer-Encoding: quoted-printable",
			"=C3=A9=\n!", "\xc3\xa9!"},
		{"text/plain; charset=utf-8\nContent-Transfer-Encoding: base64",
			"w6k=", "\xc3\xa9"},
		{"text/plain; charset=shift_jis", "\x82\xa0", "\xe3\x81\x82"},
		/* said to have seven bits, but EUC-JP, UTF-8, Shift_JIS, GB 18030 */
		{"text/plain; charset=iso-2022-jp", "\xa4\xa2", "\xe3\x81\x82"},
		{"text/plain; charset=iso-2022-jp-2", "\xe3\x81\x82", "\xe3\x81\x82"},
		{"text/plain; charset=ISO-2022-JP", "\x82\xa0\x82\xa2", "\xe3\x81\x82\xe3\x81\x84"},
		{"text/plain; charset=hz-gb-2312", "\xcd\xcb\xd0\xc5", "\xe9\x80\x80\xe4\xbf\xa1"},
		{"text/plain; charset=iso-2022-kr", "\xb0\xa1", "\xea\xb0\x80"},
	};
	(void)state;
	rbf_mime *m = rbf_mime_open();
	rbf_arena arena = rbf_arena_of(1 << 20);
	assert_non_null(m);
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		char message[512];
		rbf_mail mail;
		int n = snprintf(message, sizeof message,
			"MIME-Version: 1.0\nContent-Type: %s\n\n%s", rows[i].head, rows[i].body);
		assert_int_equal(
			rbf_mime_parse(m, &arena, (rebuff_span){message, (size_t)n}, &mail, NULL),
			REBUFF_OK);
		assert_row_int(rows[i].head, mail.part_n, 1);
		check(rows[i].head, rbf_mime_text(m, &arena, &mail.part[0], 1024), rows[i].want);
		rbf_mime_done(m);
	}
	rbf_arena_free(&arena);
	rbf_mime_close(&m);
}

static void test_arena(void **state)
{
	(void)state;
	rbf_arena a = rbf_arena_of(100);
	assert_non_null(rbf_arena_get(&a, 60));
	assert_false(a.full);
	assert_null(rbf_arena_get(&a, 60));
	assert_true(a.full);
	rbf_arena_reset(&a);
	assert_false(a.full);
	assert_non_null(rbf_arena_get(&a, 90));
	rbf_arena_free(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_html),
		cmocka_unit_test(test_json),
		cmocka_unit_test(test_utf8),
		cmocka_unit_test(test_charset),
		cmocka_unit_test(test_arena),
	};
	return cmocka_run_group_tests_name("dsn/text", tests, NULL, NULL);
}
