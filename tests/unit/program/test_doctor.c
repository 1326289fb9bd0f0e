#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "client/follow.h"
#include "program/doctor/doctor.h"
#include "program/doctor/doctor_read.h"

static void test_transports(void **state)
{
	static const struct {
		const char *name, *lines[12];
		int n, untold_n;
		const char *untold;
	} rows[] = {
		{"none", {"", NULL}, 0, 0, ""},
		{"one that tells",
			{"remote_smtp transport:", "no_body_only", "driver = smtp",
				"event_action = ${dlfunc{/usr/lib/exim4-rebuff/rebuff-exim.so}}",
				"", NULL},
			1, 0, ""},
		{"two that do not, and a local one",
			{"remote_smtp transport:", "driver = smtp", "event_action = ", "",
				"mail_spool transport:", "driver = appendfile", "event_action = ",
				"", "smarthost transport:", "event_action = ${run{mine}}",
				"driver = smtp", NULL},
			2, 2, "remote_smtp, smarthost"},
		{"a value that looks like a head",
			{"a transport:", "driver = smtp", "event_action = rebuff",
				"helo_data = b transport:", NULL},
			1, 0, ""},
		{"lines before any head", {"driver = smtp", "event_action = x", NULL}, 0, 0, ""},
	};
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		doctor_transports t = {.n = 0};
		for (const char *const *line = rows[i].lines; *line; line++)
			doctor_transports_line(&t, *line);
		doctor_transports_end(&t);
		assert_row_int(rows[i].name, t.n, rows[i].n);
		assert_row_int(rows[i].name, t.untold_n, rows[i].untold_n);
		assert_row_str(rows[i].name, t.untold, rows[i].untold);
	}
}

static void test_many_transports(void **state)
{
	doctor_transports t = {.n = 0};
	char head[300];
	(void)state;
	for (int i = 0; i < 100; i++) {
		snprintf(head, sizeof head, "%0200d transport:", i);
		doctor_transports_line(&t, head);
		doctor_transports_line(&t, "driver = smtp");
	}
	doctor_transports_end(&t);
	assert_int_equal(t.untold_n, 100);
	assert_int_equal(strlen(t.untold), sizeof t.untold - 1);
}

static void test_lines(void **state)
{
	static const struct {
		const char *line, *name, *want; /* NULL: not of this form */
	} values[] = {
		{"local_scan_path = /usr/lib/x.so", "local_scan_path", "/usr/lib/x.so"},
		{"local_scan_path =", "local_scan_path", ""},
		{"local_scan_path = ", "local_scan_path", ""},
		{"local_scan_path_more = x", "local_scan_path", NULL},
		{"no_local_scan_path", "local_scan_path", NULL},
		{"2026-11-28 Exim configuration error", "event_action", NULL},
	};
	static const struct {
		const char *line;
		bool want;
	} rules[] = {
		{"Retry rule: !*@+local_domains  *  F,2h,15m; G,16h,1h,1.5; F,520w,6h; ", true},
		{"Retry rule: *  *  F,2h,15m; G,16h,1h,1.5; F,4d,6h; ", false},
		{"No retry information found", false},
		{"F,520w,6h", false},
	};
	(void)state;
	for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
		const char *got = doctor_exim_value(values[i].line, values[i].name);
		assert_row_str(values[i].line, got ? got : "(none)",
			values[i].want ? values[i].want : "(none)");
	}
	for (size_t i = 0; i < sizeof rules / sizeof *rules; i++)
		assert_row_int(rules[i].line, doctor_retry_is_ours(rules[i].line), rules[i].want);
}

static void test_queue(void **state)
{
	static const struct {
		const char *line;
		bool paused;
		const char *id;
	} rows[] = {
		{"20e23b10bcb3e1c2|inet4|mta|auth,suspend|n@x|a@y|a@y|17|18|0|1|pending|-5|", true,
			"20e23b10bcb3e1c2"},
		{"20e23b10bcb3e1c2|local|mta|suspend|n@x|a@y|a@y|17|18|0|1|pending|-5|", true,
			"20e23b10bcb3e1c2"},
		{"20e23b10bcb3e1c2|local|mta||n@x|suspend@y|a@y|17|18|0|1|pending|-5|suspend",
			false, ""},
		{"20e23b10bcb3e1c2|local|mta|suspended|n@x|a@y|", false, ""},
		{"20e23b10bcb3e1c|local|mta|suspend|n@x|", false, ""},
		{"20e23b10bcb3e1c2|local", false, ""},
		{"", false, ""},
	};
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		char id[17] = "";
		assert_row_int(rows[i].line, doctor_queue_line(rows[i].line, id), rows[i].paused);
		if (rows[i].paused)
			assert_row_str(rows[i].line, id, rows[i].id);
	}
}

static void write_file(const char *path, const char *text)
{
	FILE *out = fopen(path, "w");
	assert_non_null(out);
	fputs(text, out);
	fclose(out);
}

static void test_place(void **state)
{
	char dir[] = "/tmp/rebuff-unit-XXXXXX", log[64], place[64];
	rbf_follow_place at = {0};
	struct stat st;
	int64_t behind;
	(void)state;
	assert_non_null(mkdtemp(dir));
	snprintf(log, sizeof log, "%s/log", dir);
	snprintf(place, sizeof place, "%s/place", dir);
	write_file(log, "0123456789");
	assert_int_equal(doctor_place_of(place, log, &behind), DOCTOR_NO_PLACE);
	assert_int_equal(stat(log, &st), 0);
	at = (rbf_follow_place){.device = st.st_dev, .inode = st.st_ino, .offset = 4};
	assert_true(rbf_follow_save(place, &at));
	assert_int_equal(doctor_place_of(place, log, &behind), DOCTOR_BEHIND);
	assert_int_equal(behind, 6);
	at.offset = 10;
	assert_true(rbf_follow_save(place, &at));
	assert_int_equal(doctor_place_of(place, log, &behind), DOCTOR_AT_END);
	at.inode++;
	assert_true(rbf_follow_save(place, &at));
	assert_int_equal(doctor_place_of(place, log, &behind), DOCTOR_OTHER_FILE);
	unlink(log);
	assert_int_equal(doctor_place_of(place, log, &behind), DOCTOR_OTHER_FILE);
	unlink(place);
	rmdir(dir);
}

static void test_process(void **state)
{
	static const char cmdline[] = "/usr/libexec/x\0-p\0/var/place\0-f";
	char out[4096];
	size_t len;
	(void)state;
	assert_string_equal(doctor_argument(cmdline, sizeof cmdline, "-p", "none"), "/var/place");
	assert_string_equal(doctor_argument(cmdline, sizeof cmdline, "-f", "none"), "none");
	assert_string_equal(doctor_argument(cmdline, sizeof cmdline, "-q", "none"), "none");
	assert_true(doctor_process("test_doctor", out, sizeof out, &len));
	assert_false(doctor_process("no-such-program", out, sizeof out, &len));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_transports),
		cmocka_unit_test(test_many_transports),
		cmocka_unit_test(test_lines),
		cmocka_unit_test(test_queue),
		cmocka_unit_test(test_place),
		cmocka_unit_test(test_process),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
