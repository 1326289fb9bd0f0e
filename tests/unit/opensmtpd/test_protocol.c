#include "unit.h"

#include <stdio.h>

#include "opensmtpd/protocol.h"

static rbo_text text(const char *s)
{
	return (rbo_text){s, strlen(s)};
}

/* What was made of a line, written out, so that a row shows all of it. */
static void describe(const rbo_line *l, char *out, size_t cap)
{
	int n = snprintf(out, cap, "%d%s%s t=%lld s=%llx k=%llx e=%llx [%.*s][%.*s][%.*s]", l->kind,
		l->out ? " out" : "", l->ok ? " ok" : "", (long long)l->time_ms,
		(unsigned long long)l->session, (unsigned long long)l->token,
		(unsigned long long)l->envelope, (int)l->text.len, l->text.p ? l->text.p : "",
		(int)l->text2.len, l->text2.p ? l->text2.p : "", (int)l->text3.len,
		l->text3.p ? l->text3.p : "");
	if (l->message)
		(void)snprintf(out + n, cap - (size_t)n, " m=%x", (unsigned)l->message);
}

#define S "00000000000000ab"
#define T "|0000000000000cde"
#define R6 "report|0.6|1576146008.006099|"
#define Q6 "filter|0.6|1576146008.006099|smtp-in|"

static void test_lines(void **state)
{
	static const struct {
		const char *name, *in, *want;
	} rows[] = {
		{"ready", "config|ready", "1 t=0 s=0 k=0 e=0 [][][]"},
		{"other config", "config|smtpd-version|6.8.0", "0 t=0 s=0 k=0 e=0 [][][]"},
		{"protocol of 7.8", "config|protocol|0.7", "0 t=0 s=0 k=0 e=0 [][][]"},
		{"connect",
			R6 "smtp-out|link-connect|" S "|mx.example|pass|127.0.0.1:4|192.0.2.1:25",
			"2 out t=1576146008006 s=ab k=0 e=0 "
			"[mx.example][127.0.0.1:4][192.0.2.1:25]"},
		{"disconnect", R6 "smtp-out|link-disconnect|" S,
			"3 out t=1576146008006 s=ab k=0 e=0 [][][]"},
		{"mail 0.6", R6 "smtp-in|tx-mail|" S "|01234567|ok|a|b@example.org",
			"4 ok t=1576146008006 s=ab k=0 e=0 [a|b@example.org][][]"},
		{"mail 0.5",
			"report|0.5|1.000000|smtp-in|tx-mail|" S "|01234567|a|b@example.org|ok",
			"4 ok t=1000 s=ab k=0 e=0 [a|b@example.org][][]"},
		{"mail 0.7 of nobody", "report|0.7|1.000000|smtp-in|tx-mail|" S "|01234567|ok|",
			"4 ok t=1000 s=ab k=0 e=0 [][][]"},
		{"mail refused", R6 "smtp-in|tx-mail|" S "|01234567|permfail|a@example.org",
			"4 t=1576146008006 s=ab k=0 e=0 [a@example.org][][]"},
		{"mail cut short", R6 "smtp-in|tx-mail|" S "|01234567",
			"0 t=1576146008006 s=ab k=0 e=0 [][][]"},
		{"envelope", R6 "smtp-out|tx-envelope|" S "|01234567|0123456789abcdef",
			"5 out t=1576146008006 s=ab k=0 e=123456789abcdef [][][]"},
		{"envelope that is none", R6 "smtp-out|tx-envelope|" S "|01234567|0123456789abcde",
			"0 out t=1576146008006 s=ab k=0 e=0 [][][]"},
		{"client", R6 "smtp-out|protocol-client|" S "|RCPT TO:<a|b@example.org>",
			"7 out t=1576146008006 s=ab k=0 e=0 [RCPT TO:<a|b@example.org>][][]"},
		{"server, bars and bytes", R6 "smtp-out|protocol-server|" S "|550 a|\xff|",
			"8 out t=1576146008006 s=ab k=0 e=0 [550 a|\xff|][][]"},
		{"reset", R6 "smtp-in|tx-reset|" S "|01234567",
			"6 t=1576146008006 s=ab k=0 e=0 [][][] m=1234567"},
		{"reset of no message", R6 "smtp-in|tx-reset|" S "|",
			"6 t=1576146008006 s=ab k=0 e=0 [][][]"},
		{"committed", R6 "smtp-in|tx-commit|" S "|01234567|4711",
			"12 t=1576146008006 s=ab k=0 e=0 [][][] m=1234567"},
		{"event of later", R6 "smtp-out|tx-shine|" S "|x",
			"0 out t=1576146008006 s=ab k=0 e=0 [][][]"},
		{"no session", R6 "smtp-out|protocol-server|ab|250 ok",
			"0 out t=1576146008006 s=0 k=0 e=0 [][][]"},
		{"no direction", R6 "smtp-over|protocol-server|" S "|250 ok",
			"0 t=1576146008006 s=0 k=0 e=0 [][][]"},
		{"rcpt-to", Q6 "rcpt-to|" S T "|a@example.org",
			"9 t=1576146008006 s=ab k=cde e=0 [a@example.org][][]"},
		{"commit", Q6 "commit|" S T "|", "11 t=1576146008006 s=ab k=cde e=0 [][][]"},
		{"another question", Q6 "data|" S T, "10 t=1576146008006 s=ab k=cde e=0 [][][]"},
		{"question without parameter", Q6 "rcpt-to|" S T,
			"10 t=1576146008006 s=ab k=cde e=0 [][][]"},
		{"question of later", "filter|0.9|x|smtp-in|rcpt-to|" S T "|a@example.org",
			"9 t=0 s=ab k=cde e=0 [a@example.org][][]"},
		{"question without token", Q6 "rcpt-to|" S "|a@example.org",
			"0 t=1576146008006 s=ab k=0 e=0 [][][]"},
		{"empty", "", "0 t=0 s=0 k=0 e=0 [][][]"},
		{"bars", "||||||||", "0 t=0 s=0 k=0 e=0 [][][]"},
		{"prose", "hello", "0 t=0 s=0 k=0 e=0 [][][]"},
	};
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		rbo_line line;
		char got[512];
		rbo_line_parse(text(rows[i].in), &line);
		describe(&line, got, sizeof got);
		assert_row_str(rows[i].name, got, rows[i].want);
	}
}

static void test_reject(void **state)
{
	static const struct {
		const char *name, *in, *want;
	} rows[] = {
		{"whole reply", "550 5.1.1 gone", "550 5.1.1 gone"},
		{"temporary", "450 4.2.0 later", "450 4.2.0 later"},
		{"no code", "5.1.1 gone", "550 5.1.1 gone"},
		{"words only", "gone", "550 5.1.1 gone"},
		{"nothing", "", "550 5.1.1 recipient refused"},
		{"a success is no refusal", "250 2.0.0 fine", "550 5.1.1 250 2.0.0 fine"},
		{"421 would end the session", "421 4.7.0 bye", "550 5.1.1 421 4.7.0 bye"},
		{"two lines", "550 5.1.1 a\r\n250 b", "550 5.1.1 a  250 b"},
		{"control bytes", "5.1.1 \x1b[0m\x7f", "550 5.1.1  [0m "},
		{"bars stay", "5.1.1 a|b", "550 5.1.1 a|b"},
	};
	(void)state;
	const rbo_line q = {.session = 0xab, .token = 0xcde};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		char got[RBO_ANSWER_MAX + 1], want[256];
		size_t n = rbo_answer_reject(&q, text(rows[i].in), got);
		got[n] = 0;
		(void)snprintf(want, sizeof want,
			"filter-result|00000000000000ab|0000000000000cde|reject|%s\n",
			rows[i].want);
		assert_row_str(rows[i].name, got, want);
	}
}

static void test_long_reject_is_cut(void **state)
{
	(void)state;
	char in[4000], got[RBO_ANSWER_MAX];
	memset(in, 'x', sizeof in);
	const rbo_line q = {.session = UINT64_MAX, .token = UINT64_MAX};
	size_t n = rbo_answer_reject(&q, (rbo_text){in, sizeof in}, got);
	assert_true(n <= RBO_ANSWER_MAX);
	assert_int_equal(got[n - 1], '\n');
}

static void test_proceed(void **state)
{
	(void)state;
	const rbo_line q = {.session = 1, .token = 2};
	char got[RBO_ANSWER_MAX + 1];
	got[rbo_answer_proceed(&q, got)] = 0;
	assert_string_equal(got, "filter-result|0000000000000001|0000000000000002|proceed\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lines),
		cmocka_unit_test(test_reject),
		cmocka_unit_test(test_long_reject_is_cut),
		cmocka_unit_test(test_proceed),
	};
	return cmocka_run_group_tests_name("opensmtpd/protocol", tests, NULL, NULL);
}
