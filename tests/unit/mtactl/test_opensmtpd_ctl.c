#include "unit.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "mtactl/opensmtpd_act.h"
#include "mtactl/opensmtpd_ctl.h"
#include "mtactl/opensmtpd_dsn.h"
#include "mtactl/opensmtpd_record.h"

static void test_queue_lines(void **state)
{
	static const struct {
		const char *name, *in, *want;
	} rows[] = {
		{"pending",
			"20e23b10bcb3e1c2|local|mta|auth|n@x|a@y|b@y|17|18|0|1|pending|385|421 a|b",
			"20e23b10bcb3e1c2 n@x b@y 17 385 out [421 a|b]"},
		{"paused",
			"20e23b10bcb3e1c2|inet4|mta|auth,suspend|n@x|a@y|a@y|17|18|0|1|pending|-5|",
			"20e23b10bcb3e1c2 n@x a@y 17 -5 out paused []"},
		{"bounce in flight", "20e23b10bcb3e1c2|local|mta||@|a@y|a@y|17|18|0|1|inflight|3|",
			"20e23b10bcb3e1c2  a@y 17 3 out flying bounce []"},
		{"local", "20e23b10bcb3e1c2|local|mda||n@x|a@y|a@y|17|18|0|1|pending|3|",
			"20e23b10bcb3e1c2 n@x a@y 17 3 []"},
		{"offline", "20e23b10bcb3e1c2|local|mta||n@x|a@y|a@y|17|18|0|1|offline||", "-"},
		{"too few", "20e23b10bcb3e1c2|local|mta||n@x|a@y|a@y|17|18|0|1|pending", "-"},
		{"no id", "20e23b10bcb3e1c|local|mta||n@x|a@y|a@y|17|18|0|1|pending|3|", "-"},
		{"words", "smtpctl: smtpd doesn't seem to be running", "-"},
		{"empty", "", "-"},
	};
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		rbo_queued q;
		char got[2048] = "-";
		if (rbo_queued_parse(rows[i].in, &q))
			(void)snprintf(got, sizeof got, "%016llx %s %s %lld %lld%s%s%s%s [%s]",
				(unsigned long long)q.id, q.sender, q.recipient,
				(long long)q.created_s, (long long)q.next_s, q.out ? " out" : "",
				q.paused ? " paused" : "", q.in_flight ? " flying" : "",
				q.bounce ? " bounce" : "", q.error);
		assert_row_str(rows[i].name, got, rows[i].want);
	}
}

static void test_counts(void **state)
{
	static const struct {
		const char *in;
		int want;
	} rows[] = {
		{"1 envelope paused\n", 1},
		{"0 envelope scheduled\n", 0},
		{"12 envelopes removed\n", 12},
		{"smtpctl: smtpd doesn't seem to be running\n", -1},
		{"1\n", -1},
		{"", -1},
	};
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		assert_row_int(rows[i].in, rbo_ctl_count(rows[i].in), rows[i].want);
	assert_true(rbo_ctl_mta_paused("MDA running\nMTA paused\nSMTP running\n"));
	assert_false(rbo_ctl_mta_paused("MDA paused\nMTA running\nSMTP running\n"));
}

static void test_ids(void **state)
{
	(void)state;
	uint64_t id;
	assert_true(rbo_id_of("20e23b10bcb3e1c2", &id) && id == UINT64_C(0x20e23b10bcb3e1c2));
	assert_false(rbo_id_of("00000000bcb3e1c2", &id)); /* smtpd would take it for a message */
	assert_false(rbo_id_of("20e23b10", &id));
	assert_false(rbo_id_of("all", &id));
	assert_false(rbo_id_of("-0e23b10bcb3e1c2", &id));
	assert_true(rbo_relay_of("a@Example.ORG") == rbo_relay_of("b@example.org"));
	assert_true(rbo_relay_of("a@example.org") != rbo_relay_of("a@example.net"));
}

static void join_line(void *ud, char *line)
{
	strcat(strcat(ud, line), "|");
}

static void test_programs(void **state)
{
	(void)state;
	char out[64];
	static const char *const print[] = {"-c", "echo one; echo two >&2; exit 3", NULL};
	assert_int_equal(rbo_ctl_run("/bin/sh", print, out, sizeof out, 5000), 3);
	assert_string_equal(out, "one\ntwo\n");
	static const char *const hang[] = {"60", NULL};
	assert_int_equal(rbo_ctl_run("/bin/sleep", hang, out, sizeof out, 50), -1);
	static const char *const none[] = {NULL};
	assert_int_equal(rbo_ctl_run("/nonexistent", none, out, sizeof out, 5000), 127);
	static const char *const cut[] = {"-c", "yes | head -1000", NULL};
	assert_int_equal(rbo_ctl_run("/bin/sh", cut, out, sizeof out, 5000), 0);
	assert_int_equal(strlen(out), sizeof out - 1);
	char lines[64] = "";
	assert_int_equal(rbo_ctl_lines("/bin/cat", none, "a\n\nb", 4, join_line, lines, 5000), 0);
	assert_string_equal(lines, "a||b|");
	/* Who does not read its input is no reason to hang or to die. */
	char *big = calloc(1, 1 << 20);
	static const char *const deaf[] = {"-c", "exec <&-; sleep 0.1; echo off", NULL};
	assert_int_equal(rbo_ctl_lines("/bin/sh", deaf, big, 1 << 20, join_line, lines, 5000), 0);
	free(big);
}

/* ---- the record ----------------------------------------------------------------------------- */

typedef struct {
	char text[512];
} seen;

static void see(void *ud, bool paused, uint64_t id, uint64_t relay)
{
	seen *s = ud;
	size_t n = strlen(s->text);
	(void)snprintf(s->text + n, sizeof s->text - n, "%c%llx/%llx ", paused ? '+' : '-',
		(unsigned long long)id, (unsigned long long)relay);
}

static void test_record(void **state)
{
	(void)state;
	char folder[] = "/tmp/rebuff-record-XXXXXX", file[64];
	assert_non_null(mkdtemp(folder));
	(void)snprintf(file, sizeof file, "%s/paused", folder);
	rbo_record r;
	seen s = {""};
	assert_true(rbo_record_open(&r, file, see, &s));
	assert_string_equal(s.text, "");
	assert_true(rbo_record_note(&r, true, 0xa00000001, 7));
	assert_true(rbo_record_note(&r, true, 0xa00000002, 8));
	assert_true(rbo_record_note(&r, false, 0xa00000001, 0));
	rbo_record_sync(&r);
	rbo_record_close(&r);

	int fd = open(file, O_WRONLY | O_APPEND); /* a crash cuts a line short */
	assert_int_equal(write(fd, "+0000000a00", 11), 11);
	close(fd);
	assert_true(rbo_record_open(&r, file, see, &s));
	assert_string_equal(s.text, "+a00000001/7 +a00000002/8 -a00000001/0 ");
	assert_true(rbo_record_note(&r, true, 0xa00000003, 9));
	rbo_record_close(&r);
	s.text[0] = 0;
	assert_true(rbo_record_open(&r, file, see, &s));
	assert_string_equal(s.text, "+a00000001/7 +a00000002/8 -a00000001/0 +a00000003/9 ");

	assert_true(rbo_record_begin(&r));
	assert_true(rbo_record_note(&r, true, 0xa00000002, 8));
	assert_true(rbo_record_end(&r));
	assert_true(rbo_record_note(&r, true, 0xa00000004, 1));
	rbo_record_close(&r);
	s.text[0] = 0;
	assert_true(rbo_record_open(&r, file, see, &s));
	assert_string_equal(s.text, "+a00000002/8 +a00000004/1 ");
	assert_false(rbo_record_is_stale(&r, 2));
	rbo_record_close(&r);
	assert_false(rbo_record_note(&r, true, 0xa00000005, 1));
	assert_false(rbo_record_open(&r, "/nonexistent/paused", see, &s));
	assert_int_equal(unlink(file), 0);
	assert_int_equal(rmdir(folder), 0);
}

/* ---- giving up ------------------------------------------------------------------------------ */

static const rbo_dsn usual = {.host = "mail.example.com",
	.envelope = 0x20e23b10bcb3e1c2,
	.sender = "news@example.com",
	.recipient = "lucy@example.org",
	.reason = "Not accepted for 3 days.",
	.reply = "451 4.7.1 Greylisted",
	.created_s = 1795516800,
	.now_s = 1795776000,
	.headers = "Subject: hello\nTo: lucy@example.org\n\nbody that is not shown\n"};

static void test_dsn(void **state)
{
	(void)state;
	char out[8192];
	size_t n = rbo_dsn_write(&usual, out, sizeof out);
	assert_true(n > 0);
	assert_non_null(strstr(out, "\nTo: <news@example.com>\n"));
	assert_non_null(strstr(
		out, "\nMessage-ID: <rebuff.20e23b10bcb3e1c2.1795516800@mail.example.com>\n"));
	assert_non_null(strstr(out, "\nDate: Fri, 27 Nov 2026 10:40:00 +0000\n"));
	assert_non_null(strstr(out,
		"\nFinal-Recipient: rfc822; lucy@example.org\nAction: failed\n"
		"Status: 5.4.7\nDiagnostic-Code: smtp; 451 4.7.1 Greylisted\n\n"));
	assert_non_null(strstr(out, "\nArrival-Date: Tue, 24 Nov 2026 10:40:00 +0000\n"));
	assert_non_null(strstr(out, "\nSubject: hello\nTo: lucy@example.org\n\n--=_rebuff"));
	assert_null(strstr(out, "body that"));
	assert_int_equal(rbo_dsn_write(&usual, out, 600), 0);
}

static void test_dsn_status(void **state)
{
	static const struct {
		const char *reply, *want;
	} rows[] = {
		{"550 5.1.1 gone", "\nStatus: 5.1.1\n"},
		{"552-5.2.2 full", "\nStatus: 5.2.2\n"},
		{"550 gone", "\nStatus: 5.4.7\n"},
		{"450 4.2.0 later", "\nStatus: 5.4.7\n"},
		{"Network error on destination MXs", "\nStatus: 5.4.7\n"},
		{"", "\nStatus: 5.4.7\nDiagnostic-Code: smtp; Not accepted for 3 days.\n"},
	};
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		char out[8192];
		rbo_dsn d = usual;
		d.reply = rows[i].reply;
		(void)rbo_dsn_write(&d, out, sizeof out);
		if (!strstr(out, rows[i].want))
			fail_msg("%s: want %s in\n%s", rows[i].reply, rows[i].want, out);
	}
}

static void test_dsn_of_hostile_text(void **state)
{
	(void)state;
	char out[32768], long_reply[4000];
	rbo_dsn d = usual;
	d.reply = "550 a\nX-Evil: yes\r\n\r\n--=_rebuff_20e23b10bcb3e1c2--\x80";
	d.reason = "b\nBcc: all@example.com";
	d.headers = "--=_rebuff_20e23b10bcb3e1c2--\nSubject: \x1b[0m\xc3\xa9\r\n\r\nbody\n";
	assert_true(rbo_dsn_write(&d, out, sizeof out) > 0);
	assert_null(strstr(out, "\nX-Evil"));
	assert_null(strstr(out, "\nBcc"));
	assert_non_null(strstr(out, "\n --=_rebuff_20e23b10bcb3e1c2--\nSubject: ?[0m\xc3\xa9\n"));
	char *end = strstr(out, "\n--=_rebuff_20e23b10bcb3e1c2--\n");
	assert_true(end && end + 31 == out + strlen(out));
	memset(long_reply, 'x', sizeof long_reply);
	for (size_t i = 50; i < sizeof long_reply; i += 50)
		long_reply[i] = ' ';
	long_reply[sizeof long_reply - 1] = 0;
	d.reply = long_reply;
	assert_true(rbo_dsn_write(&d, out, sizeof out) > 0);
	for (char *line = out, *next; (next = strchr(line, '\n')); line = next + 1)
		assert_true(next - line < 998);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_queue_lines),
		cmocka_unit_test(test_counts),
		cmocka_unit_test(test_ids),
		cmocka_unit_test(test_programs),
		cmocka_unit_test(test_record),
		cmocka_unit_test(test_dsn),
		cmocka_unit_test(test_dsn_status),
		cmocka_unit_test(test_dsn_of_hostile_text),
	};
	return cmocka_run_group_tests_name("mtactl/opensmtpd", tests, NULL, NULL);
}
