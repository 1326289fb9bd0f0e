#include "unit.h"

#include <stdio.h>
#include <stdlib.h>

#include "opensmtpd/join.h"
#include "opensmtpd/maillog.h"

static rbo_text text(const char *s)
{
	return (rbo_text){s, strlen(s)};
}

#define S "b694d5e26e96ac7e "
#define DELIVERY(result, stat)                                                                     \
	S "mta delivery evpid=620808ec0c34f99f from=<n@x> to=<a@y> rcpt=<-> source=\"192.0.2.1\" " \
	  "relay=\"198.51.100.2 (mx.y)\" delay=1d2h result=\"" result "\" stat=\"" stat "\""

static void test_lines(void **state)
{
	static const struct {
		const char *name, *in, *want;
	} rows[] = {
		{"ok", DELIVERY("Ok", "250 ok"),
			"4 e=9f n@x a@y 192.0.2.1 198.51.100.2 mx.y 0 [250 ok]"},
		{"syslog prefix",
			"Nov 24 10:40:00 mail smtpd[123]: " DELIVERY("TempFail", "451 later"),
			"4 e=9f n@x a@y 192.0.2.1 198.51.100.2 mx.y 1 [451 later]"},
		{"a quote and our own words in the reply",
			DELIVERY("PermFail", "550 \"x\" smtpd[1]: result=\"Ok\" stat=\"250 ok"),
			"4 e=9f n@x a@y 192.0.2.1 198.51.100.2 mx.y 2 [550 \"x\" smtpd[1]: "
			"result=\"Ok\" "
			"stat=\"250 ok]"},
		{"no connection",
			"0000000000000000 mta delivery evpid=620808ec0c34f99f from=<> to=<a@y> "
			"rcpt=<b@z> "
			"source=\"-\" relay=\"y\" delay=0s result=\"TempFail\" stat=\"Network "
			"error\"",
			"4 e=9f  a@y    1 [Network error]"},
		{"unknown result", DELIVERY("Shrug", "250 ok"), "0"},
		{"cut off", S "mta delivery evpid=620808ec0c34f99f from=<n@x> to=<a@y", "0"},
		{"not ended",
			S "mta delivery evpid=620808ec0c34f99f from=<n@x> to=<a@y> rcpt=<-> "
			  "source=\"-\" relay=\"y\" delay=0s result=\"Ok\" stat=\"",
			"0"},
		{"mda", S "mda delivery evpid=620808ec0c34f99f from=<> to=<a@y> user=u", "0"},
		{"connecting", S "mta connecting address=smtp+tls://[2001:db8::1]:25 host=mx.y",
			"1 e=0    2001:db8::1 mx.y 0 []"},
		{"connecting without a name",
			S "mta connecting address=smtp://192.0.2.1:25 host=<unknown>",
			"1 e=0    192.0.2.1  0 []"},
		{"error", S "mta error reason=BANNER rejected: 554 no",
			"2 e=0      0 [BANNER rejected: 554 no]"},
		{"error after messages",
			"smtp-out: Error on session b694d5e26e96ac7e after 2 messages sent: "
			"Connection timeout",
			"2 e=0      0 [Connection timeout]"},
		{"closed", S "mta disconnected reason=quit messages=1", "3 e=0      0 []"},
		{"removed",
			"relay: Remove for 620808ec0c34f99f: from=<@>, to=<a@y>, rcpt=<->, "
			"delay=5s, "
			"stat=Removed by administrator",
			"5 e=9f  a@y    0 [Removed by administrator]"},
		{"expired",
			"relay: Expire for 620808ec0c34f99f: from=<n@x>, to=<a@y>, rcpt=<->, "
			"delay=4d, stat=Envelope expired",
			"6 e=9f n@x a@y    0 [Envelope expired]"},
		{"lost", "warn: rebuff: rebuff lost request=result\tx=y",
			"7 e=0      0 [request=result\tx=y]"},
		{"lost, in somebody's reply", DELIVERY("Ok", "250 rebuff: rebuff lost x=y"),
			"4 e=9f n@x a@y 192.0.2.1 198.51.100.2 mx.y 0 [250 rebuff: rebuff lost "
			"x=y]"},
		{"started", "info: OpenSMTPD 6.8.0p2 starting", "8 e=0      0 []"},
		{"started, through syslog",
			"Nov  4 10:40:00 mail smtpd[9]: info: OpenSMTPD 7.8.0 starting",
			"8 e=0      0 []"},
		{"empty", "", "0"},
	};
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		rbo_log_line l;
		char got[512] = "0";
		rbo_log_parse(text(rows[i].in), &l);
		if (l.kind != RBO_LOG_OTHER)
			(void)snprintf(got, sizeof got,
				"%d e=%llx %.*s %.*s %.*s %.*s %.*s %d [%.*s]", l.kind,
				(unsigned long long)l.envelope & 0xff, (int)l.sender.len,
				l.sender.p, (int)l.recipient.len, l.recipient.p,
				(int)l.source_ip.len, l.source_ip.p, (int)l.ip.len, l.ip.p,
				(int)l.host.len, l.host.p, l.result, (int)l.stat.len, l.stat.p);
		assert_row_str(rows[i].name, got, rows[i].want);
	}
}

/* ---- joining -------------------------------------------------------------------------------- */

typedef struct {
	rbo_join *join;
	int64_t now;
	uint64_t lines;
	int starts, attempts;
	char log[4096];
	size_t len;
} world;

static void on_outcome(void *ud, const rbo_outcome *o)
{
	world *w = ud;
	int n = snprintf(w->log + w->len, sizeof w->log - w->len, "%s %s %s %s %.*s\n", o->kind,
		*o->stage ? o->stage : "-", o->recipient, *o->ip ? o->ip : "-", (int)o->text.len,
		o->text.p);
	assert_true(n > 0 && (size_t)n < sizeof w->log - w->len);
	for (size_t i = w->len; i + 1 < w->len + (size_t)n; i++)
		if (w->log[i] == '\n')
			w->log[i] = '/';
	w->len += (size_t)n;
}

static size_t on_addresses(void *ud, const char *domain, char (*out)[64], size_t cap)
{
	(void)ud;
	if (strcmp(domain, "y") != 0 || cap < 2)
		return 0;
	strcpy(out[0], "192.0.2.9");
	strcpy(out[1], "198.51.100.2");
	return 2;
}

static void on_attempted(void *ud, uint64_t envelope, bool deferred)
{
	(void)deferred;
	((world *)ud)->attempts += envelope == 0x620808ec0c34f99f;
}

static void on_started(void *ud)
{
	((world *)ud)->starts++;
}

#define CONNECTING S "mta connecting address=smtp://198.51.100.2:25 host=mx.y"
#define NETWORK                                                                                    \
	"0000000000000000 mta delivery evpid=620808ec0c34f99f from=<n@x> to=<a@y> rcpt=<-> "       \
	"source=\"-\" relay=\"y\" delay=11s result=\"TempFail\" stat=\"Network error on "          \
	"destination MXs\""
#define LOST(id, stage, words)                                                                     \
	"rebuff: rebuff lost request=result\tmta=opensmtpd\tsession=b694d5e26e96ac7e\t" id         \
	"recipient=a@y\tsender=n@x\tkind=failed\tstage=" stage                                     \
	"\thost=mx.y\tip=198.51.100.2\ttime=7\ttext=" words
#define ID "id=620808ec0c34f99f\t"

static void test_joins(void **state)
{
	static const struct {
		const char *name, *want;
		const char *lines[6]; /* "+" lets half a second pass */
	} rows[] = {
		{"as it stands", "failed - a@y 198.51.100.2 550 no\n",
			{DELIVERY("PermFail", "550 no")}},
		{"reply in full before", "failed rcpt a@y 198.51.100.2 550-no/550 way\n",
			{LOST(ID, "rcpt", "550-no\\n550 way"), DELIVERY("PermFail", "550-no way")}},
		{"reply in full after", "failed rcpt a@y 198.51.100.2 550-no/550 way\n",
			{DELIVERY("PermFail", "550-no way"), LOST(ID, "rcpt", "550-no\\n550 way")}},
		{"reply in full through rsyslog", "failed rcpt a@y 198.51.100.2 550-no/550 way\n",
			{DELIVERY("PermFail", "550-no way"),
				"rebuff: rebuff lost "
				"session=b694d5e26e96ac7e#011id=620808ec0c34f99f#011"
				"kind=failed#011stage=rcpt#011text=550-no\\n550 way"}},
		{"reply in full alone", "failed rcpt a@y 198.51.100.2 550-no/550 way\n",
			{LOST(ID, "rcpt", "550-no\\n550 way"), "+", "+", "+", "+"}},
		{"of the session: MAIL", "rcpt-defer mail a@y 198.51.100.2 451-a/451 b\n",
			{LOST("", "mail", "451-a\\n451 b"), DELIVERY("TempFail", "451-a b")}},
		{"of the session, another text", "rcpt-defer - a@y 198.51.100.2 450 b\n",
			{LOST("", "mail", "451-a\\n451 b"), DELIVERY("TempFail", "450 b")}},
		{"dropped", "rcpt-defer connect a@y 198.51.100.2 Connection closed unexpectedly\n",
			{CONNECTING, S "mta error reason=Connection closed unexpectedly",
				DELIVERY("TempFail", "Connection closed unexpectedly")}},
		{"banner", "rcpt-defer banner a@y 198.51.100.2 554 no\n",
			{CONNECTING, S "mta error reason=BANNER rejected: 554 no", NETWORK}},
		{"banner in full", "rcpt-defer banner a@y 198.51.100.2 554-no/554 way\n",
			{CONNECTING, S "mta error reason=BANNER rejected: 554-no way",
				LOST("", "banner", "554-no\\n554 way"), NETWORK}},
		{"refused", "rcpt-defer connect a@y 198.51.100.2 IO Error: Connection refused\n",
			{CONNECTING, S "mta error reason=IO Error: Connection refused", NETWORK}},
		{"reason unknown", "rcpt-defer connect a@y - Network error on destination MXs\n",
			{NETWORK}},
		{"DNS", "failed dns a@z - Domain does not exist\n",
			{"0000000000000000 mta delivery evpid=620808ec0c34f99f from=<n@x> to=<a@z> "
			 "rcpt=<-> source=\"-\" relay=\"z\" delay=11s result=\"PermFail\" "
			 "stat=\"Domain does not exist\""}},
		{"removed", "complete - a@y - Removed by administrator\n",
			{"relay: Remove for 620808ec0c34f99f: from=<n@x>, to=<a@y>, rcpt=<->, "
			 "delay=5s, "
			 "stat=Removed by administrator"}},
	};
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		world *w = calloc(1, sizeof *w);
		w->join = rbo_join_new(
			(rbo_join_hooks){w, on_outcome, on_addresses, on_attempted, on_started});
		for (size_t k = 0; k < 6 && rows[i].lines[k]; k++) {
			if (rows[i].lines[k][0] == '+')
				w->now += RBO_JOIN_HOLD_MS;
			else
				rbo_join_line(
					w->join, text(rows[i].lines[k]), 1000, w->now, w->lines++);
			(void)rbo_join_tick(w->join, w->now, false);
		}
		w->now += 5 * RBO_JOIN_HOLD_MS;
		assert_int_equal(rbo_join_tick(w->join, w->now, false), -1);
		assert_row_str(rows[i].name, w->log, rows[i].want);
		assert_true(rbo_join_oldest(w->join) == UINT64_MAX);
		rbo_join_free(w->join);
		free(w);
	}
}

static void test_waits_half_a_second_and_tells_the_place(void **state)
{
	(void)state;
	world *w = calloc(1, sizeof *w);
	w->join = rbo_join_new(
		(rbo_join_hooks){w, on_outcome, on_addresses, on_attempted, on_started});
	rbo_join_line(w->join, text(DELIVERY("Ok", "250 ok")), 1, 100, 41);
	rbo_join_line(w->join, text(DELIVERY("Ok", "250 ok")), 1, 200, 42);
	assert_int_equal(rbo_join_tick(w->join, 300, false), 300);
	assert_true(rbo_join_oldest(w->join) == 41);
	assert_int_equal(w->len, 0);
	assert_int_equal(rbo_join_tick(w->join, 600, false), 100);
	assert_true(w->len > 0 && rbo_join_oldest(w->join) == 42);
	assert_int_equal(rbo_join_tick(w->join, 600, true), -1);
	rbo_join_line(w->join, text("info: OpenSMTPD 6.8.0p2 starting"), 1, 700, 43);
	assert_int_equal(w->starts, 1);
	assert_int_equal(w->attempts, 2);
	rbo_join_free(w->join);
	free(w);
}

static void test_more_than_fits_is_handed_out_early(void **state)
{
	(void)state;
	world *w = calloc(1, sizeof *w);
	w->join = rbo_join_new(
		(rbo_join_hooks){w, on_outcome, on_addresses, on_attempted, on_started});
	for (uint64_t i = 0; i <= RBO_JOIN_WAITING; i++)
		rbo_join_line(w->join, text(DELIVERY("Ok", "250 ok")), 1, 0, i);
	assert_string_equal(w->log, "delivered - a@y 198.51.100.2 250 ok\n");
	assert_true(rbo_join_oldest(w->join) == 1);
	rbo_join_free(w->join);
	free(w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lines),
		cmocka_unit_test(test_joins),
		cmocka_unit_test(test_waits_half_a_second_and_tells_the_place),
		cmocka_unit_test(test_more_than_fits_is_handed_out_early),
	};
	return cmocka_run_group_tests_name("opensmtpd/maillog", tests, NULL, NULL);
}
