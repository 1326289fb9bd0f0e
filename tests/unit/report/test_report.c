#include "unit.h"

#include <jansson.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "report/report.h"
#include "report/sink.h"
#include "report/tables.h"

enum { OUT_MAX = 1 << 20 };

/* 2026-11-24 12:00 UTC, and what a day before it looked like. */
static const int64_t now_ms = 1795521600000;

typedef struct {
	rbf_store *store;
	const char *table; /* of CSV */
	char *text;
	size_t len;
} fixture;

static void sql(fixture *f, const char *statement)
{
	char *wrong = NULL;
	if (sqlite3_exec(rbf_store_view(f->store), statement, NULL, NULL, &wrong) != SQLITE_OK)
		fail_msg("%s: %s", statement, wrong);
}

/* One event, `minutes` before now. */
static void event(fixture *f, int minutes, const char *recipient, const char *stream,
	const char *provider, rebuff_kind kind, rebuff_category category, rebuff_fault fault,
	const char *reply, int suppressed, int64_t age_ms)
{
	char *statement = sqlite3_mprintf(
		"INSERT INTO event (time_ms, node, mta, id, who, recipient, sender, stream,"
		" provider, host, ip, source_ip, transport, kind, stage, code, enhanced, category,"
		" fault, action, confidence, rule, text, why, attempt, age_ms, struck, suppressed,"
		" act) VALUES (%lld, 'n', 0, '1t', 1, %Q, 's@x', %Q, %Q, '', '', '', '', %d, 0,"
		" %d, '', %d, %d, 0, 1.0, 'lua/x.lua:1', %Q, 'fault is not the recipient', 1, %lld,"
		" 0, %d, 1)",
		(long long)(now_ms - minutes * 60000LL), recipient, stream, provider, (int)kind,
		atoi(reply), (int)category, (int)fault, reply, (long long)age_ms, suppressed);
	sql(f, statement);
	sqlite3_free(statement);
}

static void collect(void *ud, rebuff_span text)
{
	fixture *f = ud;
	assert_true(f->len + text.len < OUT_MAX);
	memcpy(f->text + f->len, text.p, text.len);
	f->len += text.len;
	f->text[f->len] = '\0';
}

static const char *report(fixture *f, rebuff_format format, const char *provider)
{
	rebuff_error err = {.status = REBUFF_OK};
	rebuff_output out = {.size = sizeof out,
		.format = format,
		.provider = {provider, strlen(provider)},
		.table = {f->table ? f->table : "", f->table ? strlen(f->table) : 0},
		.ud = f,
		.write = collect};
	f->len = 0;
	if (rbf_report(f->store, now_ms, &out, &err) != REBUFF_OK)
		fail_msg("%s", err.text);
	return f->text;
}

static int set_up(void **state)
{
	rebuff_error err;
	fixture *f = calloc(1, sizeof *f);
	setenv("TZ", "UTC", 1);
	tzset();
	f->text = calloc(1, OUT_MAX);
	if (rbf_store_open(":memory:", false, &f->store, &err) != REBUFF_OK)
		fail_msg("%s", err.text);
	*state = f;
	return 0;
}

static int tear_down(void **state)
{
	fixture *f = *state;
	rbf_store_close(&f->store);
	free(f->text);
	free(f);
	return 0;
}

static void assert_has(const char *text, const char *want)
{
	if (!strstr(text, want))
		fail_msg("got:\n%s\nwant in it: %s", text, want);
}

static void assert_lacks(const char *text, const char *unwanted)
{
	if (strstr(text, unwanted))
		fail_msg("got:\n%s\nunwanted: %s", text, unwanted);
}

static void test_nothing_happened(void **state)
{
	const char *got = report(*state, REBUFF_TEXT, "");
	assert_string_equal(got,
		"From 2026-11-23 12:00 to 2026-11-24 12:00 nothing was attempted.\n"
		"No provider and no stream is over its line.\n"
		"Nothing needs to be done.\n");
}

/* What messages said: one proven and suppressed, one of a pair, a hostile one that nobody believes.
 */
static void say_late(fixture *f)
{
	sql(f,
		"INSERT INTO late (time_ms, arrival, kind, action, trust, who, recipient, sender,"
		" stream, provider, node, mta, id, sent_ms, code, enhanced, category, fault, rule,"
		" reporter, text, why, struck, suppressed, paired) VALUES"
		" (1795521000000, 1, 1, 1, 2, 1, 'lucy@gmx.de', 's@x', 'x', 'gmx', 'n', 0,"
		" '1tAAAA-0000Aa-1x', 1795500000000, 550, '5.1.1', 1, 1, 'r', '', '550 gone',"
		" 'carries the token', 1, 1, 0),"
		" (1795520000000, 2, 1, 1, 1, 2, 'bob@gmx.de', 's@x', 'x', 'gmx', 'n', 0, '1tB', 1,"
		" 550, '', 1, 1, 'r', '', '550 no', 'fits', 1, 0, 1),"
		" (1795510000000, 3, 4, 0, 0, 3, '=x@evil.test', '', '', '', '', 0, '', 0, 0, '', "
		"19, 0,"
		" '', '', '<script>', 'fits nothing', 0, 0, 0)");
	sql(f,
		"INSERT INTO arrival (time_ms, node, mta, id, recipients, client_ip, headers, size,"
		" state, backscatter) VALUES (1795520000000, 'n', 0, 'a', '', '', '', 1, 1, 1),"
		" (1795520000000, 'n', 0, 'b', '', '', '', 1, 2, 0),"
		" (1795520000000, 'n', 0, 'c', '', '', '', 1, 1, 0)");
}

static void test_late(void **state)
{
	fixture *f = *state;
	say_late(f);
	const char *got = report(f, REBUFF_TEXT, "");
	assert_has(got, "3 messages with an empty sender; 1 could not be read, 1 are about mail");
	assert_has(got, "  proven                      1        0          0          1\n");
	assert_has(got, "  unverified                  0        0          1          0\n");
	assert_has(
		got, "lucy@gmx.de  gmx, address-bad, proven: suppressed\n      carries the token");
	assert_has(got, "bob@gmx.de  gmx, address-bad, probable: one soft bounce\n");
	got = report(f, REBUFF_JSON, "");
	assert_has(got, "\"messages\":{\"arrived\":3,\"unread\":1,\"foreign\":1}");
	assert_has(got, "\"outcome\":\"one soft bounce\"");
	assert_has(got, "\"id\":\"1tAAAA-0000Aa-1x\"");
	got = report(f, REBUFF_HTML, "");
	assert_lacks(got, "<script>\"");
	assert_has(got, "&lt;script&gt;");
	f->table = "late";
	got = report(f, REBUFF_CSV, "");
	assert_has(
		got, "time,trust,kind,recipient,provider,category,outcome,accepted,id,why,reply");
	assert_has(got, "\"'=x@evil.test\"");
	f->table = "trust";
	got = report(f, REBUFF_CSV, "gmx");
	assert_has(got, "\"proven\",1,0,0,1\r\n\"probable\",1,0,0,0\r\n");
	assert_lacks(got, "unverified");
}

static void accept_some(fixture *f, int n, const char *stream, const char *provider)
{
	for (int i = 0; i < n; i++)
		event(f, 10, "", stream, provider, REBUFF_KIND_DELIVERED, REBUFF_DELIVERED,
			REBUFF_FAULT_NONE, "250 OK", 0, (i + 1) * 1000);
}

static void test_counts_rates_times(void **state)
{
	fixture *f = *state;
	accept_some(f, 195, "news", "gmail");
	for (int i = 0; i < 5; i++)
		event(f, 20, "gone@example.org", "news", "gmail", REBUFF_KIND_FAILED,
			REBUFF_ADDRESS_BAD, REBUFF_FAULT_RECIPIENT, "550 5.1.1 no such user", 1,
			-1);
	event(f, 30, "a@example.org", "news", "gmail", REBUFF_KIND_RCPT_DEFER, REBUFF_GREYLISTED,
		REBUFF_FAULT_RECEIVER, "451 4.7.1 greylisted", 0, -1);
	event(f, 60 * 24 + 1, "old@example.org", "news", "gmail", REBUFF_KIND_FAILED, REBUFF_POLICY,
		REBUFF_FAULT_SENDER_IP, "550 too old to count", 0, -1);
	const char *got = report(f, REBUFF_TEXT, "");
	assert_has(got, "195 of 201 attempts were accepted, 1 put off and 5 refused.");
	assert_has(got, "Stream news: 2.5 % of 200 recipients are dead (line 2 %)");
	assert_has(got,
		"  gmail                     201      195        1        5    2.5 %!"
		"    2.5 %   ");
	assert_has(got, "2 min        3 min\n"); /* 98 s and 186 s */
	assert_lacks(got, "too old to count");
}

static void test_lines_want_200_outcomes(void **state)
{
	fixture *f = *state;
	accept_some(f, 194, "news", "gmail");
	for (int i = 0; i < 5; i++)
		event(f, 20, "gone@example.org", "news", "gmail", REBUFF_KIND_FAILED,
			REBUFF_ADDRESS_BAD, REBUFF_FAULT_RECIPIENT, "550 5.1.1 no such user", 1,
			-1);
	const char *got = report(f, REBUFF_TEXT, "");
	assert_has(got, "2.5 % ");
	assert_lacks(got, "%!");
	assert_lacks(got, "are dead");
}

static void test_blocked_is_said_first(void **state)
{
	fixture *f = *state;
	sql(f,
		"INSERT INTO suppression VALUES (77, 'all', 0, 'gone@example.org', 1, "
		"1795521000000,"
		" 0, 1.0, '', '', '', '', 1)");
	for (int i = 0; i < 6; i++)
		event(f, i, "lucy@example.org", "news", "gmx", REBUFF_KIND_FAILED,
			REBUFF_IP_BLOCKED, REBUFF_FAULT_SENDER_IP, "554 blocked using bl.example",
			0, -1);
	const char *got = report(f, REBUFF_TEXT, "");
	const char *blocked = strstr(got,
		"gmx refused 6 as ip-blocked, not for the recipients but "
		"for our sending address");
	const char *added = strstr(got, "1 address was suppressed");
	assert_non_null(blocked);
	assert_non_null(added);
	assert_true(blocked < added);
	assert_has(got, "     6 refused  ip-blocked");
	assert_has(got, "\"554 blocked using bl.example\"");
	assert_has(got, "Refused with a 5xx and not suppressed");
	assert_has(got,
		"lucy@example.org  gmx, ip-blocked, fault: sender-ip\n"
		"      fault is not the recipient\n");
}

/* A slow lane, holds, a breaker, an alarm, and mail that waits; some of it over. */
static void things_stand(fixture *f)
{
	sql(f,
		"INSERT INTO pace VALUES ('n', 'yahoo', '', 2.5, 1795521000000, 1795521000000,"
		" 'TSS04')");
	sql(f,
		"INSERT INTO hold (provider, stream, since_ms, until_ms, ended_ms, reason, by)"
		" VALUES ('gmail', '', 1795521000000, 0, 0, 'blocked', 'lucy'),"
		" ('old', '', 1, 2, 0, 'over', ''), ('done', '', 1, 0, 2, 'ended', '')");
	sql(f, "INSERT INTO breaker VALUES ('gmx', 1795521000000, 0), ('old', 1, 2)");
	sql(f, "INSERT INTO candidate VALUES ('a@gmx.de', 'gmx', 1795521000000, 1, '550', 0)");
	sql(f,
		"INSERT INTO alarm (time_ms, kind, provider, stream, text) VALUES"
		" (1795521000000, 'breaker', 'gmx', '', 'too many')");
	sql(f,
		"INSERT INTO delivery VALUES (1, 'n', 0, '1t', 1, 'a@b', 's@x', 'news', 'gmx', 1, "
		"0,"
		" 0, 0, 0, 0, 1, 9, 1, 0, 0, 1795525200000, 0, 0, 0, 0, 0, '451')");
}

static void test_how_things_stand(void **state)
{
	fixture *f = *state;
	things_stand(f);
	const char *got = report(f, REBUFF_TEXT, "");
	assert_has(got, "Suppressing stopped for gmx 10 min ago");
	assert_has(got,
		"Mail for gmail is held since 2026-11-24 11:50 (blocked): it goes on when "
		"you release it.");
	assert_has(got,
		"  yahoo                     2.5 a minute  since 2026-11-24 11:50  from n  "
		"TSS04\n");
	assert_has(got,
		"  gmx                  greylisted              1  from 2026-11-24 13:00 to "
		"2026-11-24 13:00\n");
	assert_has(got, "  gmx                  since 2026-11-24 11:50  1 addresses kept");
	assert_has(
		got, "  2026-11-24 11:50  breaker gmx: too many (told, found 1 time, not over)\n");
	assert_lacks(got, " old");
	assert_lacks(got, "done");
	assert_lacks(got, "ended\n");
}

/* Alarms with what followed, holds with who released them after which checks, warm-up; in each
 * form. */
static void test_what_is_watched(void **state)
{
	fixture *f = *state;
	static const struct {
		rebuff_format format;
		const char *table, *want[9];
	} rows[] = {
		{REBUFF_TEXT, "",
			{"  gmail                stream news from 192.0.2.1 since 2026-11-24 11:50 "
			 "until "
			 "released  blocked (by rebuff); 1 wait, 2 probes refused\n",
				"\nHolds that ended\n"
				"  gmx                  2026-11-24 11:55 after 5 min, released by "
				"lucy: "
				"they say so\n"
				"      held for: 20 refused\n"
				"      checks: 1 wrong: SPF\n",
				"  2026-11-24 11:50  blocked gmx 192.0.2.1: gmx refused 20 (held, "
				"found 7 "
				"times, over 2026-11-24 11:55)\n      checks: 1 wrong: SPF\n",
				"\nWarm-up\n"
				"  gmx                  from 192.0.2.7 at n  day 3 of 30: 12 of "
				"98 sent; "
				"stands still, the provider is held\n"}},
		{REBUFF_JSON, "",
			{"\"released\":[{\"provider\":\"gmx\",\"stream\":\"\",\"source_ip\":\"\","
			 "\"since\":\"2026-11-24T11:50:00Z\",\"ended\":\"2026-11-24T11:55:00Z\","
			 "\"reason\":\"20 refused\",\"by\":\"rebuff\",\"released_by\":\"lucy\","
			 "\"note\":\"they say so\",\"checked\":\"1 wrong: SPF\"}]",
				"\"warmup\":[{\"ip\":\"192.0.2.7\",\"provider\":\"gmx\",\"node\":"
				"\"n\","
				"\"day\":3,\"days\":30,\"sent\":12,\"cap\":98,\"paused\":true}]",
				"\"source_ip\":\"192.0.2.1\",\"acted\":\"held\",\"seen\":7,"
				"\"over\":\"2026-11-24T11:55:00Z\"",
				"\"refused_probes\":2,\"waiting\":1"}},
		{REBUFF_CSV, "released",
			{"\"gmx\",\"every stream\",\"every IP\",\"2026-11-24T11:50:00Z\","
			 "\"2026-11-24T11:55:00Z\",\"20 refused\",\"rebuff\",\"lucy\","
			 "\"they say so\",\"1 wrong: SPF\""}},
		{REBUFF_CSV, "warmup", {"\"192.0.2.7\",\"gmx\",\"n\",3,30,12,98,\"stands still\""}},
		{REBUFF_MARKDOWN, "",
			{"## Holds that ended\n", "`they say so` | `1 wrong: SPF`", "## Warm-up\n",
				"| 3 | 30 | 12 | 98 | stands still |"}},
		{REBUFF_HTML, "",
			{"<h2 id=\"released\">Holds that ended</h2>", "they say so",
				"<h2 id=\"warmup\">Warm-up</h2>", "<a href=\"#warmup\">",
				"<a href=\"#released\">"}},
	};
	sql(f, "INSERT INTO checks VALUES (5, 1795521060000, 'gmx', '', 1, '1 wrong: SPF', '{}')");
	sql(f,
		"INSERT INTO hold (provider, stream, source_ip, since_ms, until_ms, ended_ms, "
		"reason, by,"
		" times, released_by, note, checks) VALUES"
		" ('gmail', 'news', '192.0.2.1', 1795521000000, 0, 0, 'blocked', 'rebuff', 2, '', "
		"'', 0),"
		" ('gmx', '', '', 1795521000000, 0, 1795521300000, '20 refused', 'rebuff', 0, "
		"'lucy',"
		"  'they say so', 5)");
	sql(f,
		"INSERT INTO alarm (time_ms, kind, provider, stream, text, of_ip, acted, seen, "
		"ended_ms,"
		" checks) VALUES (1795521000000, 'blocked', 'gmx', '', 'gmx refused 20', "
		"'192.0.2.1', 1,"
		" 7, 1795521300000, 5)");
	sql(f, "INSERT INTO leaving VALUES ('n', 'news', '192.0.2.1', 1795521000000)");
	sql(f,
		"INSERT INTO delivery VALUES (1, 'n', 0, '1t', 1, 'a@b', 's@x', 'news', 'gmail', "
		"1, 0,"
		" 0, 0, 0, 0, 1, 9, 1, 0, 0, 1795525200000, 0, 0, 0, 0, 0, '451'),"
		" (2, 'n', 0, '2t', 1, 'a@b', 's@x', 'other', 'gmail', 1, 0,"
		" 0, 0, 0, 0, 1, 9, 1, 0, 0, 1795525200000, 0, 0, 0, 0, 0, '451')");
	/* Paused in its third day. */
	sql(f,
		"INSERT INTO warmup VALUES ('n', 'gmx', '192.0.2.7', 1795521000000 - 3 * 86400000, "
		"30, 50,"
		" 1.4, 1795521000000, 60000, 3, 12)");
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		f->table = rows[i].table;
		const char *got = report(f, rows[i].format, "");
		for (size_t k = 0; k < 9 && rows[i].want[k]; k++)
			assert_has(got, rows[i].want[k]);
	}
}

static void test_how_things_stand_in_tables(void **state)
{
	static const struct {
		const char *table, *line;
	} rows[] = {
		{"lanes", "\"yahoo\",\"n\",\"\",2.5,\"2026-11-24T11:50:00Z\",\"TSS04\"\r\n"},
		{"breakers", "\"gmx\",\"2026-11-24T11:50:00Z\",1\r\n"},
		{"waiting",
			"\"gmx\",\"greylisted\",1,0,\"2026-11-24T13:00:00Z\",\"2026-11-24T13:00:"
			"00Z\"\r\n"},
	};
	fixture *f = *state;
	things_stand(f);
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		f->table = rows[i].table;
		const char *got = report(f, REBUFF_CSV, "");
		assert_string_equal(strstr(got, "\r\n") + 2, rows[i].line);
	}
	f->table = NULL;
	static const rebuff_format formats[] = {REBUFF_MARKDOWN, REBUFF_HTML};
	static const char *const shown[] = {"yahoo", "TSS04", "blocked", "too many", "greylisted"};
	for (size_t k = 0; k < 2; k++) {
		const char *got = report(f, formats[k], "");
		for (size_t i = 0; i < sizeof shown / sizeof *shown; i++)
			assert_has(got, shown[i]);
		assert_lacks(got, "ended");
	}
}

static void test_how_things_stand_in_json(void **state)
{
	fixture *f = *state;
	things_stand(f);
	json_t *o = json_loads(report(f, REBUFF_JSON, ""), 0, NULL);
	const char *lane = "", *why = "", *held = "", *by = "", *broken = "", *kind = "",
		   *waits = "";
	double rate = 0;
	json_int_t candidates = 0, waiting = 0, frozen = -1;
	int probing = -1;
	assert_int_equal(json_unpack(o,
				 "{s:[{s:s,s:f,s:s}], s:[{s:s,s:s,s:n,s:b}], s:[{s:s,s:I}], "
				 "s:[{s:s}], s:[{s:s,s:I,s:I}]}",
				 "slow_lanes", "provider", &lane, "rate_per_minute", &rate, "why",
				 &why, "holds", "provider", &held, "by", &by, "until", "probing",
				 &probing, "breakers", "provider", &broken, "candidates",
				 &candidates, "alarms", "kind", &kind, "waiting", "provider",
				 &waits, "n", &waiting, "frozen", &frozen),
		0);
	assert_string_equal(lane, "yahoo");
	assert_string_equal(why, "TSS04");
	assert_true(rate > 2.49 && rate < 2.51);
	assert_string_equal(held, "gmail");
	assert_string_equal(by, "lucy");
	assert_false(probing);
	assert_string_equal(broken, "gmx");
	assert_int_equal(candidates, 1);
	assert_string_equal(kind, "breaker");
	assert_string_equal(waits, "gmx");
	assert_int_equal(waiting, 1);
	assert_int_equal(frozen, 0);
	json_decref(o);
}

static void test_lengths(void **state)
{
	static const struct {
		int64_t ms;
		const char *want;
	} rows[] = {{0, "0 ms"}, {999, "999 ms"}, {1000, "1 s"}, {59000, "59 s"}, {120000, "2 min"},
		{3540000, "59 min"}, {3600000, "1 h"}, {3900000, "1 h 5 min"},
		{47 * 3600000LL, "47 h"}, {48 * 3600000LL, "2 d"}, {49 * 3600000LL, "2 d 1 h"},
		{30 * 86400000LL, "30 d"}};
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		char out[RBF_SPAN_MAX];
		assert_row_str(rows[i].want, rbf_length(rows[i].ms, out), rows[i].want);
	}
}

/* What is frozen for a reason is said; what Postfix has is frozen for nobody's wish. */
static void test_frozen(void **state)
{
	fixture *f = *state;
	sql(f,
		"INSERT INTO delivery VALUES (1, 'n', 0, '1t', 1, 'a@b', 's@x', 'news', 'gmx', 1, "
		"0,"
		" 0, 0, 0, 0, 1, 9, 1, 0, 0, 0, 0, 0, 1, 0, 0, '451'),"
		" (2, 'n', 2, '4FxY', 2, 'c@b', 's@x', 'news', 'gmx', 1, 0,"
		" 0, 0, 0, 0, 1, 9, 1, 0, 0, 0, 0, 0, 1, 0, 0, '451')");
	assert_has(report(f, REBUFF_TEXT, ""),
		"  gmx                  greylisted              2  (1 frozen)\n");
}

static void test_would_have_held(void **state)
{
	static const struct {
		const char *name, *alarms, *want;
	} rows[] = {
		{"one", "(1795521000000, 'blocked', 'gmail', '', 'x', 2)",
			"suppressed 1 address and held gmail: check"},
		{"a stream twice",
			"(1795521000000, 'stream', '', 'news', 'x', 2), (1795521100000, 'stream', "
			"'', "
			"'news', 'y', 2)",
			"suppressed 1 address and held stream news twice: check"},
		{"more",
			"(1795521000000, 'blocked', 'gmail', '', 'x', 2), (1795521100000, "
			"'stream', "
			"'', "
			"'news', 'y', 2), (1795521200000, 'blocked', 'gmail', '', 'z', 2), "
			"(1795521200000, "
			"'blocked', 'gmail', '', 'z', 2)",
			"suppressed 1 address and held gmail 3 times, stream news: check"},
		{"what was held is no news", "(1795521000000, 'blocked', 'gmail', '', 'x', 1)",
			"suppressed 1 address: check"},
	};
	fixture *f = *state;
	accept_some(f, 3, "news", "gmail");
	event(f, 1, "a@example.org", "news", "gmail", REBUFF_KIND_FAILED, REBUFF_ADDRESS_BAD,
		REBUFF_FAULT_RECIPIENT, "550 gone", 2, -1);
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		char *statement =
			sqlite3_mprintf("DELETE FROM alarm; INSERT INTO alarm (time_ms, kind, "
					"provider, stream, text, acted) VALUES %s",
				rows[i].alarms);
		sql(f, statement);
		sqlite3_free(statement);
		assert_has(report(f, REBUFF_TEXT, ""), rows[i].want);
	}
}

/* Whatever the database holds, no byte of it can do anything to a terminal. */
static void test_hostile_text(void **state)
{
	fixture *f = *state;
	event(f, 1, "\x1b]0;x\x07@example.org", "ne\x1bws", "g\x1b[31m", REBUFF_KIND_FAILED,
		REBUFF_POLICY, REBUFF_FAULT_SENDER_IP, "550 \x1b[2J\x9b\r\nlie", 0, -1);
	const char *got = report(f, REBUFF_TEXT, "");
	for (const char *p = got; *p; p++)
		assert_true((*p >= 0x20 && *p < 0x7f) || *p == '\n');
	assert_lacks(got, "\nlie");
	json_t *o = json_loads(report(f, REBUFF_JSON, ""), 0, NULL);
	assert_non_null(o);
	json_decref(o);
}

static void test_long_replies_are_cut(void **state)
{
	fixture *f = *state;
	char *reply = malloc(REBUFF_REPLY_MAX);
	memset(reply, 'x', REBUFF_REPLY_MAX - 1);
	memcpy(reply, "550 ", 4);
	reply[REBUFF_REPLY_MAX - 1] = '\0';
	event(f, 1, "a@example.org", "news", "gmx", REBUFF_KIND_FAILED, REBUFF_POLICY,
		REBUFF_FAULT_SENDER_IP, reply, 0, -1);
	const char *got = report(f, REBUFF_TEXT, "");
	assert_has(got, "xxx...\"\n");
	for (const char *p = got; p; p = strchr(p + 1, '\n'))
		assert_true(strcspn(p + 1, "\n") < 200);
	free(reply);
}

/* What others said stays text in every format. */
static void test_hostile_text_in_other_formats(void **state)
{
	fixture *f = *state;
	event(f, 1, "=cmd@example.org", "a|b", "g<i>", REBUFF_KIND_FAILED, REBUFF_POLICY,
		REBUFF_FAULT_SENDER_IP,
		"550 <script>alert('x')</script> \"&amp;\" `|` \x1b[2J\r\n# x", 0, -1);
	const char *got = report(f, REBUFF_HTML, "");
	assert_lacks(got, "<script>alert");
	assert_lacks(got, "<i>");
	assert_has(got,
		"550 &lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt; &quot;&amp;amp;&quot; "
		"`|` ?[2J??# x</td>");
	assert_has(got, "<td class=\"q\" data-v=\"=cmd@example.org\">");
	assert_has(got, "</html>\n");
	got = report(f, REBUFF_MARKDOWN, "");
	assert_has(got, "| `550 <script>alert('x')</script> \"&amp;\" '/' ?[2J??# x` |");
	assert_has(got, "| a\\|b |");
	assert_has(got, "| g\\<i\\> |");
	f->table = "refused";
	got = report(f, REBUFF_CSV, "");
	assert_has(got, ",\"'=cmd@example.org\",");
	assert_has(got, ",\"550 <script>alert('x')</script> \"\"&amp;\"\" `|` ?[2J??# x\"\r\n");
}

static void test_csv(void **state)
{
	fixture *f = *state;
	accept_some(f, 3, "news", "gmail");
	f->table = "providers";
	assert_string_equal(report(f, REBUFF_CSV, ""),
		"provider,attempts,accepted,put_off,refused,dead,dead_rate,refused_rate,median,p95"
		"\r\n\"gmail\",3,3,0,0,0,0.000000,0.000000,1962,3026\r\n");
	f->table = "times";
	const char *got = report(f, REBUFF_CSV, "");
	assert_has(got, "from,accepted,put_off,refused\r\n\"2026-11-23T12:00:00Z\",0,0,0\r\n");
	assert_has(got, "\"2026-11-24T11:30:00Z\",3,0,0\r\n");
	for (const rbf_table *t = rbf_tables; t->id; t++) {
		f->table = t->id;
		assert_true(strlen(report(f, REBUFF_CSV, "")) > 10);
	}
	rebuff_error err;
	rebuff_output out = {.size = sizeof out,
		.format = REBUFF_CSV,
		.table = {"nix", 3},
		.ud = f,
		.write = collect};
	assert_int_equal(rbf_report(f->store, now_ms, &out, &err), REBUFF_ENOENT);
	assert_has(err.text, "no table \"nix\"; expected providers");
}

static void test_one_provider(void **state)
{
	fixture *f = *state;
	accept_some(f, 3, "news", "gmail");
	accept_some(f, 4, "news", "gmx");
	const char *got = report(f, REBUFF_TEXT, "gmx");
	assert_has(got, "4 of 4 attempts");
	assert_lacks(got, "gmail");
}

static void test_json(void **state)
{
	fixture *f = *state;
	accept_some(f, 3, "news", "gmail");
	event(f, 1, "a@example.org", "news", "", REBUFF_KIND_FAILED, REBUFF_POLICY,
		REBUFF_FAULT_SENDER_DOMAIN, "550 SPF", 2, -1);
	json_t *o = json_loads(report(f, REBUFF_JSON, ""), 0, NULL);
	assert_non_null(o);
	json_int_t accepted = 0, median = 0, p95 = 0;
	const char *to = "", *name = "", *reply = "", *spared = "";
	int would = 0;
	assert_int_equal(
		json_unpack(o,
			"{s:s, s:{s:I}, s:[{s:s,s:I,s:I}], s:[{s:s}],"
			" s:[{s:s,s:b}]}",
			"to", &to, "total", "accepted", &accepted, "providers", "name", &name,
			"accepted_after_median_ms", &median, "accepted_after_p95_ms", &p95,
			"reasons", "reply", &reply, "refused_not_suppressed", "recipient", &spared,
			"would_be_suppressed", &would),
		0);
	assert_string_equal(to, "2026-11-24T12:00:00Z");
	assert_int_equal(accepted, 3);
	assert_string_equal(name, "gmail");
	/* From classes of length that are 9 % wide. */
	assert_in_range(median, 1800, 2200);
	assert_in_range(p95, 2700, 3300);
	assert_string_equal(reply, "550 SPF");
	assert_string_equal(spared, "a@example.org");
	assert_true(would);
	json_decref(o);
}

static void test_status(void **state)
{
	fixture *f = *state;
	rebuff_error err = {.status = REBUFF_OK};
	rbf_standing standing = {.observe = true,
		.data_dir = "/usr/share/rebuff",
		.config_dir = "/etc/rebuff",
		.state_file = "/var/lib/rebuff/state.db",
		.loaded_ms = now_ms - 120000,
		.files = 40,
		.rules = 900,
		.providers = 38};
	rebuff_output out = {.size = sizeof out, .format = REBUFF_TEXT, .ud = f, .write = collect};
	sql(f,
		"INSERT INTO suppression VALUES (1, 'all', 0, 'a@b', 1, 1795521000000, 0, 1.0, '',"
		" '', '', '', 1), (2, 'all', 4, 'c@d', 1, 1, 2, 1.0, '', '', '', '', 1)");
	f->len = 0;
	assert_int_equal(rbf_status(f->store, now_ms, &standing, &out, &err), REBUFF_OK);
	assert_string_equal(f->text,
		"mode         observe: decides and records, acts on nothing\n"
		"policy       40 files, 900 rules, 38 providers from /usr/share/rebuff and "
		"/etc/rebuff, read 2026-11-24 11:58 (2 min ago)\n"
		"database     /var/lib/rebuff/state.db\n"
		"recipients   0 waiting, 0 being attempted\n"
		"\nSuppressions\n"
		"  CLASS                   added in force  run out\n"
		"  bounce                      1        1        0\n"
		"  manual                      0        0        1\n");
	out.format = REBUFF_JSON;
	f->len = 0;
	assert_int_equal(rbf_status(f->store, now_ms, &standing, &out, &err), REBUFF_OK);
	json_t *o = json_loads(f->text, 0, NULL);
	assert_string_equal(json_string_value(json_object_get(o, "mode")), "observe");
	json_decref(o);
	sql(f,
		"INSERT INTO delivery VALUES (1, 'n', 0, '1t', 1, 'a@b', 's@x', 'news', 'gmx', 1, "
		"0,"
		" 0, 0, 0, 0, 1, 9, 1, 0, 0, 1795525200000, 0, 0, 0, 0, 0, '451'),"
		" (2, 'n', 0, '2t', 1, 'a@b', 's@x', 'news', 'x.example', 1, 0,"
		" 0, 0, 0, 0, 1, 9, 1, 0, 0, 1795525200000, 0, 0, 0, 0, 0, '451')");
	sql(f,
		"INSERT INTO warmup VALUES ('n', 'gmx', '192.0.2.7', 1795521000000 - 3 * 86400000, "
		"30, 50,"
		" 1.4, 1795521000000, 60000, 3, 12)");
	out.format = REBUFF_OPENMETRICS;
	f->len = 0;
	assert_int_equal(rbf_status(f->store, now_ms, &standing, &out, &err), REBUFF_OK);
	assert_has(f->text,
		"\nrebuff_waiting_recipients{provider=\"gmx\"} 1\n"
		"rebuff_waiting_recipients{provider=\"other\"} 1\n");
	assert_has(f->text, "\nrebuff_suppressions{class=\"manual\"} 0\n");
	assert_has(f->text,
		"\nrebuff_warmup_sent{node=\"n\",provider=\"gmx\"} 12\n"
		"# TYPE rebuff_warmup_cap gauge\n");
	assert_has(f->text, "\nrebuff_warmup_cap{node=\"n\",provider=\"gmx\"} 98\n");
	assert_has(f->text, "\nrebuff_acting 0\n");
	out.format = REBUFF_CSV;
	assert_int_equal(rbf_status(f->store, now_ms, &standing, &out, &err), REBUFF_EARG);
}

/* A name may not end its label or its line. */
static void test_hostile_names_in_metrics(void **state)
{
	fixture *f = *state;
	rebuff_error err = {.status = REBUFF_OK};
	const rbf_standing standing = {.data_dir = "", .config_dir = "", .state_file = ""};
	const rebuff_output out = {
		.size = sizeof out, .format = REBUFF_OPENMETRICS, .ud = f, .write = collect};
	sql(f,
		"INSERT INTO delivery VALUES (1, 'n', 0, '1t', 1, 'a@b', 's@x', 'news',"
		" 'g\"} 9' || char(10) || 'x\\{é', 1, 0, 0, 0, 0, 0, 1, 9, 1, 0, 0, 1795525200000, "
		"0,"
		" 0, 0, 0, 0, '451')");
	f->len = 0;
	assert_int_equal(rbf_status(f->store, now_ms, &standing, &out, &err), REBUFF_OK);
	assert_has(f->text, "\nrebuff_waiting_recipients{provider=\"g___9_x____\"} 1\n");
	for (const char *p = f->text; *p; p++)
		assert_true((*p >= 0x20 && *p < 0x7f) || *p == '\n');
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_nothing_happened),
		TEST(test_counts_rates_times),
		TEST(test_lines_want_200_outcomes),
		TEST(test_blocked_is_said_first),
		TEST(test_how_things_stand),
		TEST(test_what_is_watched),
		TEST(test_how_things_stand_in_tables),
		TEST(test_how_things_stand_in_json),
		cmocka_unit_test(test_lengths),
		TEST(test_frozen),
		TEST(test_would_have_held),
		TEST(test_hostile_text),
		TEST(test_long_replies_are_cut),
		TEST(test_hostile_text_in_other_formats),
		TEST(test_hostile_names_in_metrics),
		TEST(test_csv),
		TEST(test_late),
		TEST(test_one_provider),
		TEST(test_json),
		TEST(test_status),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
