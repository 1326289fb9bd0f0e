/* test_syslog.c - the heads of lines in syslog files. */
#define _DEFAULT_SOURCE /* setenv */
#include "unit.h"

#include <stdio.h>
#include <stdlib.h>

#include "client/syslog.h"

static void test_times(void **state)
{
	static const struct {
		const char *in;
		int64_t want;
	} rows[] = {
		{"Nov 24 10:40:00 mail smtpd[1]: x", 1795516800000},
		{"Nov  4 10:40:00 mail smtpd[1]: x", 1793788800000},
		{"Dec 24 10:40:00 mail smtpd[1]: x", 1766572800000}, /* of last year */
		{"Nov 24 10:41:39 mail smtpd[1]: x", 1795516900123}, /* just now */
		{"2026-11-24T10:40:00.123456+00:00 mail smtpd[1]: x", 1795516800000},
		{"2026-11-24T11:40:00+01:00 mail smtpd[1]: x", 1795516800000},
		{"2026-02-28T23:59:59-00:30 x", 1772324999000},
		{"2024-02-29T00:00:00Z x", 1709164800000},
		{"b694d5e26e96ac7e mta connected", 1795516900123},
		{"", 1795516900123},
	};
	(void)state;
	assert_int_equal(setenv("TZ", "UTC", 1), 0);
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		assert_row_int(rows[i].in,
			rbf_syslog_time(rows[i].in, strlen(rows[i].in), 1795516900123),
			rows[i].want);
}

static void test_heads(void **state)
{
	static const struct {
		const char *name, *in, *want;
	} rows[] = {
		{"old form", "Nov  4 10:40:00 mail postfix/smtp[77]: a: b", "postfix/smtp|a: b"},
		{"RFC 3339", "2026-11-24T10:40:00.123456+00:00 mail smtpd[1]: x", "smtpd|x"},
		{"without a number", "Nov 24 10:40:00 mail kernel: x y", "kernel|x y"},
		{"no message", "Nov 24 10:40:00 mail smtpd[1]", "-"},
		{"words before the colon", "Nov 24 10:40:00 mail last message: 3 times", "-"},
		{"a name too long",
			"Nov 24 10:40:00 mail "
			"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa: x",
			"-"},
		{"no name", "Nov 24 10:40:00 mail [1]: x", "-"},
		{"no host", "Nov 24 10:40:00 x", "-"},
		{"no time", "postfix/smtp[77]: connect to nowhere", "-"},
		{"a time that never ends",
			"2026-11-24T10:40:00.1234567890123456789012345678901 x y: z", "-"},
		{"short", "Nov 24", "-"},
	};
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		char line[256], tag[RBF_SYSLOG_TAG_MAX], got[512];
		(void)snprintf(line, sizeof line, "%s", rows[i].in);
		size_t stamp = rbf_syslog_stamp(line, strlen(line));
		char *message = stamp ? rbf_syslog_message(line, strlen(line), stamp, tag) : NULL;
		(void)snprintf(got, sizeof got, message ? "%s|%s" : "-", tag, message);
		assert_row_str(rows[i].name, got, rows[i].want);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_times), cmocka_unit_test(test_heads)};
	return cmocka_run_group_tests_name("client/syslog", tests, NULL, NULL);
}
