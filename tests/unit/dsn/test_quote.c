#include "unit.h"
#include "base/span.h"
#include "dsn/quote.h"

static void test_find(void **state)
{
	static const struct {
		const char *in, *want, *status;
	} rows[] = {
		{"said: 550 5.1.1 no such user", "550 5.1.1 no such user", "5.1.1"},
		{"host mx [192.0.2.1]: 554 go away\n\nNext paragraph", "554 go away", ""},
		{">>> RCPT TO:<a@b>\n<<< 550 unknown\n503 5.0.0 Need RCPT", "550 unknown", ""},
		{"554 <a@b>... 550 Host unknown", "550 Host unknown", ""},
		{"x\n550-first\n550-second\n550 third\nbye",
			"550-first\n550-second\n550 third\nbye", ""},
		{"(reason: 452 4.2.2 full)", "452 4.2.2 full)", "4.2.2"},
		{"responded: [550 5.1.1 no] thanks", "550 5.1.1 no", "5.1.1"},
		{"-- 5.4.1 Access denied", "5.4.1 Access denied", "5.4.1"},
		{"<< 421\nnext", "421\nnext", ""},
		{"it is 500 messages long", "", ""},
		{"call 555-1234 or 550.50", "", ""},
		{"page 551, v5.1.1/x", "", ""},
		{"192.168.550.1 port 587:550a", "", ""},
		{"250 ok", "", ""},
		{"", "", ""},
	};
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		char got[128];
		rebuff_span text = rbf_span_of(rows[i].in);
		rbf_quote q = rbf_quote_find(text, 0, text.len);
		rbf_span_copy(got, sizeof got, rbf_span_sub(text, q.at, q.end - q.at));
		assert_row_str(rows[i].in, got, rows[i].want);
		assert_row_str(rows[i].in, q.status, rows[i].status);
	}
}

static void test_status(void **state)
{
	static const struct {
		const char *in;
		size_t at, len;
	} rows[] = {
		{"5.1.1 x", 0, 5},
		{"no (#4.4.1)", 5, 5},
		{"10.5.1.1 15.1.1 /5.1.1", 0, 0},
		{"5.1.1a 2.0.0", 0, 0},
		{"v 5.1 5.1.10", 6, 6},
	};
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		size_t at = 0, len = rbf_quote_status(rbf_span_of(rows[i].in), &at);
		assert_row_int(rows[i].in, len, rows[i].len);
		assert_row_int(rows[i].in, at, rows[i].at);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_find),
		cmocka_unit_test(test_status),
	};
	return cmocka_run_group_tests_name("dsn/quote", tests, NULL, NULL);
}
