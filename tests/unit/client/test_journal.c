#include "unit.h"

#include <stdio.h>

#include "client/journal.h"

#define BYTES(s) s, sizeof(s) - 1

static void test_entries(void **state)
{
	static const struct {
		const char *name, *in;
		size_t len, used;
		const char *want;
	} rows[] = {
		{"text",
			BYTES("__CURSOR=s=1;i=2\n__REALTIME_TIMESTAMP=1795516800123456\nMESSAGE=a="
			      "b\n\nx"),
			68, "s=1;i=2 [a=b] 1795516800123 0"},
		{"binary message", BYTES("__CURSOR=c\nMESSAGE\n\3\0\0\0\0\0\0\0a\nb\n\n"), 32,
			"c [a\nb] 0 0"},
		{"suppressed",
			BYTES("__CURSOR=c\nMESSAGE_ID=a596d6fe7bfa4994828e72309e95d61e\nMESSAGE="
			      "Suppressed 9\n\n"),
			77, "c [Suppressed 9] 0 1"},
		{"not complete", BYTES("__CURSOR=c\nMESSAGE=a\n"), 0, NULL},
		{"not a whole line", BYTES("__CURSOR=c\nMESS"), 0, NULL},
		{"length not complete", BYTES("MESSAGE\n\3\0\0"), 0, NULL},
		{"value not complete", BYTES("MESSAGE\n\3\0\0\0\0\0\0\0a\nb"), 0, NULL},
		{"length out of the world", BYTES("MESSAGE\n\3\0\0\0\0\0\0\1a\nb\n\n"), SIZE_MAX,
			NULL},
		{"value without its end", BYTES("MESSAGE\n\1\0\0\0\0\0\0\0ab\n\n"), SIZE_MAX, NULL},
		{"nothing", BYTES(""), 0, NULL},
	};
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		rbf_journal_entry e;
		char got[256];
		size_t used = rbf_journal_parse(rows[i].in, rows[i].len, &e);
		assert_row_int(rows[i].name, used, rows[i].used);
		if (!rows[i].want)
			continue;
		(void)snprintf(got, sizeof got, "%.*s [%.*s] %lld %d", (int)e.cursor.len,
			e.cursor.p, (int)e.message.len, e.message.p, (long long)e.time_ms,
			e.suppressed);
		assert_row_str(rows[i].name, got, rows[i].want);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_entries)};
	return cmocka_run_group_tests_name("client/journal", tests, NULL, NULL);
}
