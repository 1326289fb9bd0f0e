/* test_import.c - logs read into a database: what is counted, what is not, and going on. */
#define _DEFAULT_SOURCE /* setenv */
#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include <zlib.h>

#include "../../program/command/import.h"
#include "client/senders.h"

typedef struct {
	char dir[64], log[96], db[96];
	rebuff_ctx *ctx;
	char text[1 << 16];
	size_t len;
} fixture;

static void open_ctx(fixture *f, const char *db)
{
	rebuff_error err = {.status = REBUFF_OK};
	const rebuff_options o = {
		.size = sizeof o, .data_dir = "lua", .config_dir = "", .state_file = db};
	rebuff_close(&f->ctx);
	if (rebuff_open(&o, &f->ctx, &err) != REBUFF_OK)
		fail_msg("%s", err.text);
}

static int set_up(void **state)
{
	fixture *f = calloc(1, sizeof *f);
	setenv("TZ", "UTC", 1);
	snprintf(f->dir, sizeof f->dir, "/tmp/rebuff-import-XXXXXX");
	if (!mkdtemp(f->dir))
		return -1;
	snprintf(f->log, sizeof f->log, "%s/log", f->dir);
	snprintf(f->db, sizeof f->db, "%s/state.db", f->dir);
	*state = f;
	open_ctx(f, ":memory:");
	return 0;
}

static int tear_down(void **state)
{
	fixture *f = *state;
	static const char *const names[] = {
		"log", "log.1.gz", "log.1", "state.db", "state.db-wal", "state.db-shm"};
	char path[128];
	rebuff_close(&f->ctx);
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		snprintf(path, sizeof path, "%s/%s", f->dir, names[i]);
		unlink(path);
	}
	rmdir(f->dir);
	free(f);
	return 0;
}

static void write_log(const char *path, const char *how, const char *text)
{
	FILE *out = fopen(path, how);
	assert_non_null(out);
	fputs(text, out);
	fclose(out);
}

static import_counts read_logs(fixture *f, const char *const *paths, size_t n, bool logs_only)
{
	import_counts c;
	rebuff_error err = {.status = REBUFF_OK};
	size_t failed;
	if (import_logs(f->ctx, paths, n, logs_only, &c, &failed, &err) != REBUFF_OK)
		fail_msg("%s", err.text);
	assert_int_equal(failed, c.unknown_files);
	return c;
}

static import_counts read_log(fixture *f, bool logs_only)
{
	const char *paths[] = {f->log};
	return read_logs(f, paths, 1, logs_only);
}

static void collect(void *ud, rebuff_span text)
{
	fixture *f = ud;
	assert_true(f->len + text.len < sizeof f->text);
	memcpy(f->text + f->len, text.p, text.len);
	f->len += text.len;
	f->text[f->len] = '\0';
}

static const char *table(fixture *f, const char *name)
{
	rebuff_error err = {.status = REBUFF_OK};
	const rebuff_output out = {.size = sizeof out,
		.format = REBUFF_CSV,
		.from_ms = 1000,
		.to_ms = INT64_C(4102444800000),
		.table = {name, strlen(name)},
		.provider = {"", 0},
		.ud = f,
		.write = collect};
	f->len = 0;
	if (rebuff_report(f->ctx, &out, &err) != REBUFF_OK)
		fail_msg("%s", err.text);
	return f->text;
}

static void assert_has(const char *text, const char *want)
{
	if (!strstr(text, want))
		fail_msg("got:\n%s\nwant in it: %s", text, want);
}

#define EXIM(second, id, rest) "2026-01-02 10:00:" second " 1vkFsM-000000-" id " " rest "\n"
#define HOST "R=dnslookup T=remote_smtp H=mx.b.example [192.0.2.1]"
#define TOO ": SMTP error from remote mail server after RCPT TO:"
static const char exim[] = /* 9 lines, 3 results, 1 of no known form */
	EXIM("01", "01", "<= news@sender.example H=app [10.0.0.1] P=esmtp S=400") EXIM("02", "01",
		"=> a@b.example " HOST " I=[198.51.100.1]:4 C=\"250 ok\"") EXIM("02", "01",
		"** gone@b.example " HOST TOO "<gone@b.example>: 550 5.1.1 User unknown") EXIM("02",
		"01",
		"== later@b.example R=dnslookup T=remote_smtp defer (-44) H=mx.b.example "
		"[192.0.2.1]" TOO "<later@b.example>: 451 4.7.1 Greylisted") EXIM("03", "01",
		"== idle@b.example R=dnslookup T=remote_smtp defer (-54): retry time not "
		"reached for any host")
		EXIM("04", "02", "=> me <me@local> R=local_user T=local_delivery")
			EXIM("04", "02", "Completed") "2026-01-02 10:00:05 Start queue run: pid=9\n"
						      "cosmic rays\n";

static void test_exim(void **state)
{
	fixture *f = *state;
	write_log(f->log, "w", exim);
	import_counts c = read_log(f, true);
	assert_int_equal(c.lines, 9);
	assert_int_equal(c.results, 3);
	assert_int_equal(c.unread, 1);
	assert_int_equal(c.passed, 5);
	assert_string_equal(c.sample[0], "cosmic rays");
	assert_has(table(f, "streams"), "\"sender.example\",3,1,1,1,1,");
	assert_has(table(f, "sources"), "\"198.51.100.1\",1,1,0,0,0,");
	assert_has(table(f, "reasons"), "User unknown\"");
	assert_has(table(f, "waiting"), "\"b.example\",\"greylisted\",1,0,\"\",\"\"");
}

/* What a sender or a server calls itself cannot end a log line, a label or a cell. */
static void test_hostile_names(void **state)
{
	fixture *f = *state;
	write_log(f->log, "w",
		EXIM("01", "01",
			"<= =cmd|x@ev\"il}\x1b,=1;é.example H=app [10.0.0.1] P=esmtp") EXIM("02",
			"01", "=> a@b.example R=dnslookup T=remote_smtp H=mx.\"},=b [192.0.2.1]"));
	assert_int_equal(read_log(f, true).results, 1);
	assert_has(table(f, "streams"), "\"ev_il____1___.example\",1,1,0,0,0,");
	const char *got = table(f, "providers");
	for (const char *p = strchr(got, '\n'); *p; p++)
		assert_null(*p == '}' || *p == '=' || *p == '{' ? p : NULL);
}

static void test_waiting_ends(void **state)
{
	fixture *f = *state;
	write_log(f->log, "w", exim);
	write_log(f->log, "a", EXIM("30", "01", "=> later@b.example " HOST " C=\"250 ok\""));
	(void)read_log(f, true);
	assert_null(strstr(table(f, "waiting"), "greylisted"));
	assert_has(table(f, "streams"), "\"sender.example\",4,2,1,1,1,");
}

#define POST(rest) "Jan  2 10:00:02 mail postfix/" rest "\n"
#define SMTPD(rest)                                                                                \
	"2026-01-02T10:00:02.123456+00:00 mail smtpd[7]: 00000000000000aa mta " rest "\n"
static const char mixed[] = POST("qmgr[1]: 4FxY2z1: from=<shop@x.example>, size=4, nrcpt=1 (queue "
				 "active)") POST("smtp[2]: 4FxY2z1: to=<a@b.example>, "
						 "relay=mx.b.example[192.0.2.1]:25, delay=2, "
						 "delays=0/0/1/1, dsn=2.0.0, status=sent (250 ok)")
	POST("smtp[2]: 4FxY2z1: to=<cut") "Jan  2 10:00:02 mail dovecot[3]: nothing of "
					  "ours\n" SMTPD(
						  "delivery evpid=00000000000000aa "
						  "from=<n@y.example> to=<c@d.example> rcpt=<-> "
						  "source=\"198.51.100.9\" relay=\"192.0.2.7 "
						  "(mx.d.example)\" delay=1m2s "
						  "result=\"PermFail\" stat=\"550 5.1.1 no such "
						  "user\"");

static void test_syslog_of_several_servers(void **state)
{
	fixture *f = *state;
	write_log(f->log, "w", mixed);
	import_counts c = read_log(f, true);
	assert_int_equal(c.lines, 5);
	assert_int_equal(c.results, 2);
	assert_int_equal(c.unread, 1);
	assert_int_equal(c.passed, 2);
	assert_has(table(f, "streams"), "\"x.example\",1,1,0,0,0,");
	assert_has(table(f, "streams"), "\"y.example\",1,0,0,1,1,");
	assert_has(table(f, "providers"), "\"b.example\",1,1,0,0,0,0.000000,0.000000,");
}

static void test_export_of_the_journal(void **state)
{
	fixture *f = *state;
	write_log(f->log, "w",
		"__CURSOR=a\n__REALTIME_TIMESTAMP=1767348002000000\nSYSLOG_IDENTIFIER=smtpd\n"
		"MESSAGE=00000000000000aa mta delivery evpid=00000000000000aa from=<n@y.example> "
		"to=<c@d.example> rcpt=<-> source=\"-\" relay=\"192.0.2.7 (mx.d.example)\" "
		"delay=2s result=\"Ok\" stat=\"250 ok\"\n\n"
		"__CURSOR=b\n__REALTIME_TIMESTAMP=1767348002000000\nSYSLOG_IDENTIFIER=cron\n"
		"MESSAGE=hello\n\n");
	import_counts c = read_log(f, true);
	assert_int_equal(c.lines, 2);
	assert_int_equal(c.results, 1);
	assert_int_equal(c.passed, 1);
	assert_has(table(f, "streams"), "\"y.example\",1,1,0,0,0,");
}

static void test_unknown_form(void **state)
{
	fixture *f = *state;
	write_log(f->log, "w", "GET / HTTP/1.1\nHost: x\n");
	import_counts c = read_log(f, true);
	assert_int_equal(c.unknown_files, 1);
	assert_int_equal(c.lines, 0);
	write_log(f->log, "w", "");
	c = read_log(f, true);
	assert_int_equal(c.unknown_files, 0);
}

static void compress_log(fixture *f, const char *name)
{
	char path[128], bytes[8192];
	FILE *in = fopen(f->log, "r");
	size_t n = fread(bytes, 1, sizeof bytes, in);
	fclose(in);
	snprintf(path, sizeof path, "%s/%s", f->dir, name);
	gzFile gz = gzopen(path, "wb");
	assert_int_equal(gzwrite(gz, bytes, (unsigned)n), (int)n);
	gzclose(gz);
}

/* The second time only what is new is counted, also when the log was rotated and compressed; its
 * senders are known from before. */
static void test_goes_on_where_it_stopped(void **state)
{
	fixture *f = *state;
	char rotated[128];
	open_ctx(f, f->db);
	write_log(f->log, "w", exim);
	write_log(f->log, "a", "2026-01-02 10:00:09 half a li");
	assert_int_equal(read_log(f, false).lines, 9);
	assert_int_equal(read_log(f, false).lines, 0);
	write_log(f->log, "a", "ne\n");
	write_log(f->log, "a", EXIM("40", "01", "=> later@b.example " HOST " C=\"250 ok\""));
	snprintf(rotated, sizeof rotated, "%s/log.1.gz", f->dir);
	compress_log(f, "log.1.gz");
	write_log(f->log, "w", EXIM("50", "03", "<= other@sender.example U=x P=local S=4"));
	write_log(f->log, "a", EXIM("51", "03", "=> z@b.example " HOST " C=\"250 ok\""));
	const char *paths[] = {f->log, rotated}; /* the newer one first */
	import_counts c = read_logs(f, paths, 2, false);
	assert_int_equal(c.lines, 4);
	assert_int_equal(c.results, 2);
	assert_true(c.earlier_bytes > 100);
	assert_has(table(f, "streams"), "\"sender.example\",5,3,1,1,1,");
}

/* What the plugin told is not counted again. */
static void test_known_from_the_plugin(void **state)
{
	fixture *f = *state;
	rebuff_error err = {.status = REBUFF_OK};
	open_ctx(f, f->db);
	const rebuff_result r = {.size = sizeof r,
		.mta = REBUFF_MTA_EXIM,
		.id = {"1vkFsM-000000-01", 16},
		.recipient = {"a@b.example", 11},
		.sender = {"news@sender.example", 19},
		.kind = REBUFF_KIND_DELIVERED,
		.text = {"250 ok", 6},
		.host = {"mx.b.example", 12},
		.ip = {"", 0},
		.source_ip = {"", 0},
		.transport = {"", 0},
		.time_ms = INT64_C(1767348002400)};
	assert_int_equal(rebuff_begin(f->ctx, &err), REBUFF_OK);
	assert_int_equal(rebuff_record_result(f->ctx, &r, NULL, &err), REBUFF_OK);
	assert_int_equal(rebuff_commit(f->ctx, &err), REBUFF_OK);
	write_log(f->log, "w", exim);
	import_counts c = read_log(f, false);
	assert_int_equal(c.results, 2);
	assert_int_equal(c.known, 1);
	assert_has(table(f, "streams"), "\"sender.example\",3,1,1,1,1,");
}

/* Nothing of the past is acted upon. */
static void test_suppresses_nobody(void **state)
{
	fixture *f = *state;
	rebuff_error err = {.status = REBUFF_OK};
	rebuff_answer a = {.size = sizeof a};
	rebuff_due due;
	int64_t next_ms;
	write_log(f->log, "w", exim);
	(void)read_log(f, true);
	rebuff_submit(f->ctx, (rebuff_span){"gone@b.example", 14},
		(rebuff_span){"n@sender.example", 16}, &a);
	assert_int_equal(a.verdict, REBUFF_ACCEPT);
	assert_int_equal(rebuff_due_list(f->ctx, INT64_MAX / 2, &due, 1, &next_ms), 0);
	assert_int_equal(err.status, REBUFF_OK);
}

static void test_senders_are_bounded(void **state)
{
	char id[32];
	rbf_senders *s = rbf_senders_new();
	(void)state;
	assert_non_null(s);
	for (int i = 0; i < RBF_SENDERS_MAX + 1000; i++) {
		snprintf(id, sizeof id, "id%d", i);
		rbf_senders_put(s, id, id);
	}
	assert_null(rbf_senders_get(s, "id0"));
	assert_null(rbf_senders_get(s, "id999"));
	for (int i = 1000; i < RBF_SENDERS_MAX + 1000; i++) {
		snprintf(id, sizeof id, "id%d", i);
		const char *got = rbf_senders_get(s, id);
		if (!got || strcmp(got, id) != 0)
			fail_msg("%s: got %s", id, got ? got : "nothing");
	}
	rbf_senders_put(s, "id5000", "again");
	assert_string_equal(rbf_senders_get(s, "id5000"), "again");
	rbf_senders_free(s);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_exim),
		TEST(test_hostile_names),
		TEST(test_waiting_ends),
		TEST(test_syslog_of_several_servers),
		TEST(test_export_of_the_journal),
		TEST(test_unknown_form),
		TEST(test_goes_on_where_it_stopped),
		TEST(test_known_from_the_plugin),
		TEST(test_suppresses_nobody),
		cmocka_unit_test(test_senders_are_bounded),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
