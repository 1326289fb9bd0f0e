#include "unit.h"

#include <stdio.h>
#include <stdlib.h>

#include "opensmtpd/filter.h"
#include "opensmtpd/request.h"

/* A filter whose doings are written down as text, one line each. */
typedef struct {
	rbo_filter *filter;
	char log[16384];
	size_t len;
	bool engine; /* somebody listens */
	uint64_t ticket; /* of the last question */
} world;

static void note(world *w, const char *format, ...)
{
	va_list args;
	va_start(args, format);
	int n = vsnprintf(w->log + w->len, sizeof w->log - w->len, format, args);
	va_end(args);
	assert_true(n >= 0 && (size_t)n < sizeof w->log - w->len);
	w->len += (size_t)n;
}

static void on_say(void *ud, const char *bytes, size_t len)
{
	note(ud, "say %.*s", (int)len, bytes);
}

static void on_reply(void *ud, const rbo_reply *r)
{
	world *w = ud;
	note(w, "%s %llx %s<%s> %d ", r->stage, (unsigned long long)r->envelope,
		rbo_kind_of(r->code), r->recipient, r->code);
	for (size_t i = 0; i < r->text.len; i++)
		note(w, r->text.p[i] == '\n' ? "/" : "%c", r->text.p[i]);
	note(w, "%s%s%s\n", r->truncated ? " ..." : "", r->envid[0] ? " mark " : "", r->envid);
}

static bool on_ask(void *ud, uint64_t ticket, rbo_text sender, rbo_text recipient)
{
	world *w = ud;
	note(w, "ask %.*s %.*s\n", (int)sender.len, sender.p, (int)recipient.len, recipient.p);
	w->ticket = ticket;
	return w->engine;
}

static bool on_commit(void *ud, uint64_t ticket, const rbo_held *held)
{
	world *w = ud;
	note(w, "commit %llx %s %s\n", (unsigned long long)held->envelope, held->sender,
		held->recipient);
	w->ticket = ticket;
	return w->engine;
}

static void on_ping(void *ud)
{
	(void)ud;
}

static void on_committed(void *ud, const rbo_held *held)
{
	note(ud, "committed %llx %s\n", (unsigned long long)held->envelope, held->recipient);
}

static void begin(world *w)
{
	*w = (world){.engine = true};
	w->filter = rbo_filter_new((rbo_filter_hooks){
		w, on_say, on_reply, on_ask, on_commit, on_ping, on_committed, NULL});
	assert_non_null(w->filter);
}

static void line(world *w, int64_t now, const char *format, ...)
{
	char text[4096];
	va_list args;
	va_start(args, format);
	int n = vsnprintf(text, sizeof text, format, args);
	va_end(args);
	rbo_filter_line(w->filter, (rbo_text){text, (size_t)n}, now);
}

/* A session as a script: "> " is a command of ours, "< " a line of the server, "e " an envelope. */
static void play(world *w, int session, const char *script)
{
	char copy[4096];
	(void)snprintf(copy, sizeof copy, "%s", script);
	for (char *s = strtok(copy, "\n"); s; s = strtok(NULL, "\n")) {
		const char *event = *s == '>' ? "protocol-client|"
			: *s == '<'	      ? "protocol-server|"
			: *s == 'e'	      ? "tx-envelope|"
					      : "";
		line(w, 0, "report|0.6|1.000000|smtp-out|%s%016x|%s", event, session, s + 2);
	}
}

static void check(world *w, const char *name, const char *want)
{
	assert_row_str(name, w->log, want);
	rbo_filter_free(w->filter);
}

#define HELLO "< 220 mx\n> EHLO me\n< 250-mx\n< 250 DSN\n> MAIL FROM:<s@x>\n< 250 ok\n"
#define RCPT(n) "> RCPT TO:<" #n "@y>\ne 00000001|000000000000000" #n "\n"

static void test_outgoing(void **state)
{
	static const struct {
		const char *name, *script, *want;
	} rows[] = {
		{"delivered", HELLO RCPT(1) "< 250 ok\n> DATA\n< 354 go\n> .\n< 250 2.0.0 queued\n",
			"dot 1 delivered<1@y> 250 250 2.0.0 queued\n"},
		{"refused at RCPT",
			HELLO RCPT(1) "< 550-5.1.1 no\n< 550 5.1.1 such user\n> RSET\n< 250 ok\n",
			"rcpt 1 failed<1@y> 550 550-5.1.1 no/550 5.1.1 such user\n"},
		{"one of two refused, the other goes on",
			HELLO RCPT(1) "< 250 ok\n" RCPT(
				2) "< 450 busy\n> DATA\n< 354 go\n> .\n< 250 ok\n",
			"rcpt 2 rcpt-defer<2@y> 450 450 busy\ndot 1 delivered<1@y> 250 250 ok\n"},
		{"refused at DATA",
			HELLO RCPT(1) "< 250 ok\n" RCPT(2) "< 250 ok\n> DATA\n< 554 no\n",
			"data 1 failed<1@y> 554 554 no\ndata 2 failed<2@y> 554 554 no\n"},
		{"deferred at the dot",
			HELLO RCPT(1) "< 250 ok\n> DATA\n< 354 go\n> .\n< 451 later\n",
			"dot 1 rcpt-defer<1@y> 451 451 later\n"},
		{"banner", "< 554-go\n< 554 away\n", "banner 0 failed<> 554 554-go/554 away\n"},
		{"EHLO", "< 220 mx\n> EHLO me\n< 421 busy\n", "ehlo 0 rcpt-defer<> 421 421 busy\n"},
		{"MAIL", "< 220 mx\n> EHLO me\n< 250 mx\n> MAIL FROM:<s@x> RET=HDRS\n< 553 no\n",
			"mail 0 failed<> 553 553 no\n"},
		{"STARTTLS", "< 220 mx\n> EHLO me\n< 250 mx\n> STARTTLS\n< 454 not now\n",
			"tls 0 rcpt-defer<> 454 454 not now\n"},
		{"AUTH", "< 220 mx\n> EHLO me\n< 250 mx\n> AUTH PLAIN ********\n< 535 no\n",
			"auth 0 failed<> 535 535 no\n"},
		{"two transactions",
			HELLO RCPT(1) "< 250 ok\n> DATA\n< 354 go\n> .\n< 250 one\n"
				      "> MAIL FROM:<t@x>\n< 250 ok\n" RCPT(
					      2) "< 250 ok\n> DATA\n< 354 go\n> .\n< 250 two\n",
			"dot 1 delivered<1@y> 250 250 one\ndot 2 delivered<2@y> 250 250 two\n"},
		{"nothing of a transaction that was reset is reported later",
			HELLO RCPT(1) "< 250 ok\n> RSET\n< 250 ok\n> MAIL FROM:<t@x>\n< 250 "
				      "ok\n" RCPT(2) "< 250 ok\n> DATA\n< 354 go\n> .\n< 250 two\n",
			"dot 2 delivered<2@y> 250 250 two\n"},
		{"what comes unasked is nobody's answer",
			HELLO RCPT(1) "< 250 ok\n< 550 and no\n> DATA\n< 354 go\n> .\n< 250 ok\n< "
				      "421 bye\n",
			"dot 1 delivered<1@y> 250 250 ok\n"},
		{"LMTP answers for each recipient",
			"< 220 mx\n> LHLO me\n< 250 mx\n> MAIL FROM:<s@x>\n< 250 ok\n" RCPT(
				1) "< 250 ok\n" RCPT(2) "< 250 ok\n> DATA\n< 354 go\n> .\n"
							"< 250 one\n< 550 two\n",
			"dot 1 delivered<1@y> 250 250 one\ndot 2 failed<2@y> 550 550 two\n"},
		{"a mark of ours",
			"< 220 mx\n> EHLO me\n< 250-mx\n< 250 DSN\n"
			"> MAIL FROM:<s@x> ENVID=rbf1abc RET=HDRS\n< 250 ok\n" RCPT(
				1) "< 250 ok\n> DATA\n< 354 go\n> .\n< 250 ok\n"
				   "> MAIL FROM:<s@x>\n< 250 ok\n" RCPT(2) "< 550 no\n",
			"dot 1 delivered<1@y> 250 250 ok mark rbf1abc\n"
			"rcpt 2 failed<2@y> 550 550 no\n"},
		{"a mark of somebody else",
			"< 220 mx\n> EHLO me\n< 250 mx\n> MAIL FROM:<s@x> ENVID=abc\n< 250 "
			"ok\n" RCPT(1) "< 550 no\n",
			"rcpt 1 failed<1@y> 550 550 no\n"},
		{"a mark that is too long",
			"< 220 mx\n> EHLO me\n< 250 mx\n> MAIL FROM:<s@x> "
			"ENVID=rbf1aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\n< 250 ok\n" RCPT(
				1) "< 550 no\n",
			"rcpt 1 failed<1@y> 550 550 no\n"},
		{"a code alone", HELLO RCPT(1) "< 550\n", "rcpt 1 failed<1@y> 550 550\n"},
		{"no code", HELLO RCPT(1) "< what?\n", "rcpt 1 rcpt-defer<1@y> 0 what?\n"},
		{"bars and a quoted local part",
			HELLO
			"> RCPT TO:<\"a|>b\"@y> NOTIFY=NEVER\ne 1|0000000000000001\n< 550 a|b\n",
			"rcpt 1 failed<\"a|>b\"@y> 550 550 a|b\n"},
		{"an envelope that was not named", HELLO "> RCPT TO:<1@y>\n< 550 no\n", ""},
	};
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		world w;
		begin(&w);
		line(&w, 0,
			"report|0.6|1.0|smtp-out|link-connect|%016x|mx|pass|1.2.3.4:5|6.7.8.9:25",
			7);
		play(&w, 7, rows[i].script);
		check(&w, rows[i].name, rows[i].want);
	}
}

static void test_session_facts(void **state)
{
	(void)state;
	world w;
	begin(&w);
	char out[8192];
	rbo_reply r = {.session = 1,
		.envelope = 0xab,
		.recipient = "a@y",
		.sender = "",
		.envid = "",
		.stage = "rcpt",
		.code = 550,
		.text = {"550-a\n550 b\t", 12},
		.lines = 2,
		.host = "mx",
		.ip = "6.7.8.9",
		.source_ip = "1.2.3.4",
		.port = 25,
		.time_ms = 5};
	size_t n = rbo_request_result(&r, out, sizeof out);
	out[n] = 0;
	assert_string_equal(out,
		"request=result\nmta=opensmtpd\nsession=0000000000000001\n"
		"id=00000000000000ab\nrecipient=a@y\nsender=\nkind=failed\nstage=rcpt\n"
		"code=550\nhost=mx\nip=6.7.8.9\nport=25\nsource_ip=1.2.3.4\ntime=5\n"
		"text=550-a\\n550 b\\x09\n\n");
	n = rbo_request_lost(&r, out, sizeof out);
	out[n] = 0;
	assert_non_null(strstr(out, "rebuff lost request=result\tmta=opensmtpd\t"));
	static const char end[] = "\ttext=550-a\\n550 b\\x09\n";
	assert_string_equal(out + n - strlen(end), end);
	assert_true(rbo_log_says_less(&r));
	r.lines = 1;
	assert_false(rbo_log_says_less(&r));
	rbo_filter_free(w.filter);
}

#define ASK(session, token) "filter|0.6|1.0|smtp-in|rcpt-to|%016x|%016x|r@y", (session), (token)
#define MAIL(session, sender) "report|0.6|1.0|smtp-in|tx-mail|%016x|m|ok|%s", (session), (sender)
#define ANSWER(session, token, what)                                                               \
	"say filter-result|000000000000000" #session "|000000000000000" #token "|" what "\n"

static void test_questions(void **state)
{
	(void)state;
	world w;
	begin(&w);
	line(&w, 0, ASK(1, 1)); /* no MAIL was seen */
	line(&w, 0, MAIL(1, ""));
	line(&w, 0, ASK(1, 2)); /* a bounce is never refused */
	line(&w, 0, MAIL(2, "s@x"));
	line(&w, 0, ASK(2, 3));
	rbo_filter_answer(w.filter, w.ticket, RBO_REFUSE, (rbo_text){"5.1.1 gone", 10});
	rbo_filter_answer(w.filter, w.ticket, RBO_REFUSE, (rbo_text){"5.1.1 gone", 10}); /* twice */
	line(&w, 0, ASK(2, 4));
	rbo_filter_answer(w.filter, w.ticket, RBO_TAKE, (rbo_text){"", 0});
	line(&w, 0, "filter|0.6|1.0|smtp-in|commit|%016x|%016x|", 2, 5);
	line(&w, 0, "report|0.6|1.0|smtp-in|tx-reset|%016x|m", 2);
	line(&w, 0, ASK(2, 6)); /* the next transaction's sender is not known yet */
	w.engine = false;
	line(&w, 0, MAIL(2, "s@x"));
	line(&w, 0, ASK(2, 7));
	check(&w, "questions",
		ANSWER(1, 1, "proceed") ANSWER(1, 2, "proceed") "ask s@x r@y\n" ANSWER(
			2, 3, "reject|550 5.1.1 gone") "ask s@x r@y\n" ANSWER(2, 4, "proceed")
			ANSWER(2, 5, "proceed")
				ANSWER(2, 6, "proceed") "ask s@x r@y\n" ANSWER(2, 7, "proceed"));
}

/* ---- held recipients ------------------------------------------------------------------------- */

#define COMMIT(session, token) "filter|0.6|1.0|smtp-in|commit|%016x|%016x|", (session), (token)

/* RCPT: asked about, answered, accepted by smtpd with this envelope. */
static void recipient(world *w, int session, rbo_verdict verdict, const char *envelope)
{
	size_t before = w->len;
	line(w, 0, ASK(session, 1));
	rbo_filter_answer(w->filter, w->ticket, verdict, (rbo_text){"", 0});
	line(w, 0, "report|0.6|1.0|smtp-in|tx-envelope|%016x|%.8s|%s", session, envelope, envelope);
	w->len = before;
	w->log[before] = '\0';
}

static void end(world *w, const char *event, int session, const char *rest)
{
	line(w, 0, "report|0.6|1.0|smtp-in|%s|%016x|%s", event, session, rest);
}

static void test_a_commit_waits_for_each_held_recipient(void **state)
{
	(void)state;
	world w;
	begin(&w);
	line(&w, 0, MAIL(1, "s@x"));
	recipient(&w, 1, RBO_TAKE_HELD, "0000000a00000001");
	recipient(&w, 1, RBO_TAKE, "0000000a00000002");
	recipient(&w, 1, RBO_TAKE_HELD, "0000000a00000003");
	line(&w, 0, COMMIT(1, 2));
	rbo_filter_ready(w.filter, w.ticket);
	rbo_filter_ready(w.filter, w.ticket);
	rbo_filter_ready(w.filter, w.ticket); /* of no question any more */
	end(&w, "tx-commit", 1, "0000000a|123");
	/* A message of nobody who is held. */
	line(&w, 0, MAIL(1, "s@x"));
	recipient(&w, 1, RBO_TAKE, "0000000b00000001");
	line(&w, 0, COMMIT(1, 3));
	end(&w, "tx-commit", 1, "0000000b|123");
	check(&w, "commit",
		"commit a00000001 s@x r@y\ncommit a00000003 s@x r@y\n" ANSWER(1, 2,
			"proceed") "committed a00000001 r@y\ncommitted a00000003 r@y\n" ANSWER(1, 3,
			"proceed"));
}

static void test_messages_of_a_session_are_told_apart(void **state)
{
	(void)state;
	world w;
	begin(&w);
	line(&w, 0, MAIL(1, "s@x"));
	recipient(&w, 1, RBO_TAKE_HELD, "0000000a00000001");
	line(&w, 0, COMMIT(1, 1));
	rbo_filter_ready(w.filter, w.ticket);
	/* The next one is here before the end of the first was told. */
	line(&w, 0, MAIL(1, "t@x"));
	recipient(&w, 1, RBO_TAKE_HELD, "0000000b00000001");
	end(&w, "tx-commit", 1, "0000000a|1");
	line(&w, 0, MAIL(1, "t@x"));
	line(&w, 0, COMMIT(1, 2));
	rbo_filter_ready(w.filter, w.ticket);
	end(&w, "tx-rollback", 1, "0000000b");
	end(&w, "tx-commit", 1, "0000000b|1"); /* it never was */
	check(&w, "two messages",
		"commit a00000001 s@x r@y\n" ANSWER(1, 1,
			"proceed") "committed a00000001 r@y\ncommit b00000001 t@x r@y\n" ANSWER(1,
			2, "proceed"));
}

static void test_a_commit_waits_no_longer_than_it_may(void **state)
{
	(void)state;
	world w;
	begin(&w);
	line(&w, 0, MAIL(1, "s@x"));
	recipient(&w, 1, RBO_TAKE_HELD, "0000000a00000001");
	line(&w, 1000, COMMIT(1, 1));
	assert_int_equal(rbo_filter_tick(w.filter, 1000 + RBO_COMMIT_DEADLINE_MS - 1), 1);
	assert_int_equal(rbo_filter_tick(w.filter, 1000 + RBO_COMMIT_DEADLINE_MS), -1);
	end(&w, "tx-commit", 1, "0000000a|1"); /* told all the same: it may be paused in time */
	w.engine = false;
	line(&w, 2100, MAIL(1, "s@x"));
	recipient(&w, 1, RBO_TAKE_HELD, "0000000b00000001");
	line(&w, 2100, COMMIT(1, 2));
	check(&w, "deadline",
		"commit a00000001 s@x r@y\n" ANSWER(
			1, 1, "proceed") "committed a00000001 r@y\n" ANSWER(1, 2, "proceed"));
}

static void test_deadline_and_rest(void **state)
{
	(void)state;
	world w;
	begin(&w);
	line(&w, 0, MAIL(1, "s@x"));
	line(&w, 1000, ASK(1, 1));
	assert_int_equal(rbo_filter_tick(w.filter, 1100), 200);
	assert_int_equal(rbo_filter_tick(w.filter, 1300), -1); /* the first timeout */
	assert_false(rbo_filter_rests(w.filter, 1300));
	line(&w, 1400, ASK(1, 2));
	line(&w, 1500, ASK(1, 3));
	assert_int_equal(rbo_filter_tick(w.filter, 1700), -1); /* the second one: all are let go */
	assert_true(rbo_filter_rests(w.filter, 1700));
	assert_int_equal(rbo_filter_open(w.filter), 0);
	line(&w, 6699, ASK(1, 4));
	assert_false(rbo_filter_rests(w.filter, 6700));
	line(&w, 6700, ASK(1, 5));
	rbo_filter_release(w.filter);
	check(&w, "deadline",
		"ask s@x r@y\n" ANSWER(1, 1, "proceed") "ask s@x r@y\nask s@x r@y\n" ANSWER(
			1, 2, "proceed") ANSWER(1, 3, "proceed")
			ANSWER(1, 4, "proceed") "ask s@x r@y\n" ANSWER(1, 5, "proceed"));
}

static void test_a_good_answer_ends_the_row_of_timeouts(void **state)
{
	(void)state;
	world w;
	begin(&w);
	line(&w, 0, MAIL(1, "s@x"));
	line(&w, 0, ASK(1, 1));
	(void)rbo_filter_tick(w.filter, 300);
	line(&w, 400, ASK(1, 2));
	rbo_filter_answer(w.filter, w.ticket, RBO_TAKE, (rbo_text){"", 0});
	line(&w, 500, ASK(1, 3));
	(void)rbo_filter_tick(w.filter, 800);
	assert_false(rbo_filter_rests(w.filter, 800));
	rbo_filter_free(w.filter);
}

/* Two commits that run out one after the other. */
static void test_commits_that_run_out(void **state)
{
	enum { NEVER = -1, FIRST = 100, SECOND = 110, END = RBO_COMMIT_DEADLINE_MS + 120 };
	static const struct {
		const char *name;
		int64_t heard_ms; /* NEVER: nothing is */
		bool rests;
	} table[] = {{"a silent engine", NEVER, true}, {"one that was heard before only", 50, true},
		{"one that is busy", 150, false},
		{"one that is heard of between their ends", FIRST + RBO_COMMIT_DEADLINE_MS + 10,
			false}};
	(void)state;
	for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
		world w;
		begin(&w);
		for (int session = 1; session <= 2; session++) {
			line(&w, 0, MAIL(session, "s@x"));
			recipient(&w, session, RBO_TAKE_HELD,
				session == 1 ? "0000000a00000001" : "0000000b00000001");
		}
		for (int64_t now = 0; now <= END; now += 10) {
			if (now == table[i].heard_ms)
				rbo_filter_heard(w.filter);
			if (now == FIRST || now == SECOND)
				line(&w, now, COMMIT(now == FIRST ? 1 : 2, 1));
			(void)rbo_filter_tick(w.filter, now);
		}
		if (rbo_filter_rests(w.filter, END) != table[i].rests)
			fail_msg("%s: got %d, want %d", table[i].name,
				rbo_filter_rests(w.filter, END), table[i].rests);
		assert_int_equal(rbo_filter_open(w.filter), 0);
		rbo_filter_free(w.filter);
	}
}

static void test_full_tables_let_mail_pass(void **state)
{
	(void)state;
	world *w = malloc(sizeof *w);
	begin(w);
	for (int i = 1; i <= RBO_SESSIONS_MAX + 10; i++)
		line(w, 0, MAIL(i, "s@x"));
	w->len = 0;
	line(w, 0, ASK(RBO_SESSIONS_MAX + 1, 1));
	assert_non_null(strstr(w->log, "|proceed\n"));
	line(w, 0, "report|0.6|1.0|smtp-in|link-disconnect|%016x", 5);
	line(w, 0, MAIL(RBO_SESSIONS_MAX + 1, "s@x"));
	w->len = 0;
	line(w, 0, ASK(RBO_SESSIONS_MAX + 1, 1));
	assert_memory_equal(w->log, "ask ", 4);
	for (int i = 0; i < RBO_ASKS_MAX - 1; i++) {
		w->len = 0;
		line(w, 0, ASK(RBO_SESSIONS_MAX + 1, 1));
	}
	assert_int_equal(rbo_filter_open(w->filter), RBO_ASKS_MAX);
	w->len = 0;
	line(w, 0, ASK(RBO_SESSIONS_MAX + 1, 1));
	assert_memory_equal(w->log, "say ", 4);
	rbo_filter_free(w->filter);
	free(w);
}

static void test_long_reply_is_cut(void **state)
{
	(void)state;
	world *w = malloc(sizeof *w);
	begin(w);
	play(w, 1, HELLO RCPT(1));
	for (int i = 0; i < 30; i++)
		line(w, 0, "report|0.6|1.0|smtp-out|protocol-server|%016x|550-%0390d", 1, i);
	line(w, 0, "report|0.6|1.0|smtp-out|protocol-server|%016x|550 end", 1);
	assert_true(w->len > RBO_REMOTE_REPLY_MAX && w->len < RBO_REMOTE_REPLY_MAX + 64);
	assert_string_equal(w->log + w->len - 5, " ...\n");
	rbo_filter_free(w->filter);
	free(w);
}

static bool give_mark(void *ud, char out[RBO_ENVID_MAX + 1])
{
	(void)ud;
	(void)snprintf(out, RBO_ENVID_MAX + 1, RBO_MARK "abc");
	return true;
}

static void test_marks(void **state)
{
	static const struct {
		const char *name, *sender, *want;
	} rows[] = {
		{"an address", "s@x",
			"say filter-result|0000000000000001|0000000000000002|rewrite|<s@x> "
			"ENVID=rbf1abc\n"},
		{"an empty one", "", ANSWER(1, 2, "proceed")},
		{"one with a bar", "a|b@x", ANSWER(1, 2, "proceed")},
		{"one that is quoted", "\"a b\"@x", ANSWER(1, 2, "proceed")},
		{"one that would end the address", "a> X=<b@x", ANSWER(1, 2, "proceed")},
	};
	(void)state;
	for (int on = 0; on < 2; on++)
		for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
			world w = {.engine = true};
			w.filter = rbo_filter_new((rbo_filter_hooks){&w, on_say, on_reply, on_ask,
				on_commit, on_ping, on_committed, on ? give_mark : NULL});
			line(&w, 0, "config|ready");
			assert_int_equal(strstr(w.log, "|mail-from\n") != NULL, on);
			w.len = 0;
			line(&w, 0, "filter|0.6|1.0|smtp-in|mail-from|%016x|%016x|%s", 1, 2,
				rows[i].sender);
			check(&w, rows[i].name, on ? rows[i].want : ANSWER(1, 2, "proceed"));
		}
}

/* ---- a million lines of garbage ------------------------------------------------------------- */

static uint64_t rng_state = 88172645463325252u;

static uint32_t rng(uint32_t below)
{
	rng_state ^= rng_state << 13;
	rng_state ^= rng_state >> 7;
	rng_state ^= rng_state << 17;
	return (uint32_t)(rng_state >> 32) % below;
}

typedef struct {
	rbo_filter *filter;
	uint64_t tickets[16], last;
	unsigned long lines, commits, marks;
} torture;

/* Exactly what smtpd 6.8 accepts after register|ready. */
static void must_be_well_formed(void *ud, const char *bytes, size_t len)
{
	torture *t = ud;
	static const char head[] = "filter-result|";
	if (len > 9 && memcmp(bytes, "register|", 9) == 0)
		return;
	t->lines++;
	assert_true(len < 2048 && len > 14 + 17 + 17 && bytes[len - 1] == '\n');
	assert_memory_equal(bytes, head, sizeof head - 1);
	for (size_t i = 0; i < len - 1; i++)
		assert_true((unsigned char)bytes[i] >= 0x20 && bytes[i] != 0x7f);
	for (int field = 0; field < 2; field++) {
		const char *id = bytes + 14 + 17 * field;
		for (int i = 0; i < 16; i++)
			assert_non_null(strchr("0123456789abcdef", id[i]));
		assert_int_equal(id[16], '|');
	}
	const char *what = bytes + 14 + 34;
	size_t left = len - 14 - 34;
	bool proceed = left == 8 && memcmp(what, "proceed\n", 8) == 0;
	if (left > 20 && memcmp(what, "rewrite|<", 9) == 0) {
		static const char mark[] = "> ENVID=rbf1abc\n";
		assert_memory_equal(bytes + len - (sizeof mark - 1), mark, sizeof mark - 1);
		for (size_t i = 9; i < left - (sizeof mark - 1); i++)
			assert_null(strchr(" <>|\"", what[i]));
		t->marks++;
		return;
	}
	bool reject = left > 12 && memcmp(what, "reject|", 7) == 0 &&
		(what[7] == '4' || what[7] == '5') && what[10] == ' ';
	assert_true(proceed || reject);
}

static void ignore_reply(void *ud, const rbo_reply *r)
{
	char out[48 * 1024];
	(void)ud;
	size_t n = rbo_request_result(r, out, sizeof out);
	assert_true(n > 0 && out[n - 1] == '\n' && out[n - 2] == '\n');
	n = rbo_request_lost(r, out, 7 * 1024);
	assert_true(n > 0 && memchr(out, '\n', n) == out + n - 1);
}

static bool random_ask(void *ud, uint64_t ticket, rbo_text sender, rbo_text recipient)
{
	torture *t = ud;
	(void)sender;
	(void)recipient;
	t->tickets[rng(16)] = t->last = ticket;
	return rng(4) > 0;
}

static bool random_commit(void *ud, uint64_t ticket, const rbo_held *held)
{
	torture *t = ud;
	char out[4096];
	t->tickets[rng(16)] = ticket;
	t->commits++;
	assert_true(rbo_request_commit(held, out, sizeof out) > 0);
	return rng(4) > 0;
}

static void ignore_committed(void *ud, const rbo_held *held)
{
	char out[4096];
	(void)ud;
	assert_true(rbo_request_committed(held, out, sizeof out) > 0);
}

static size_t random_line(char *out)
{
	static const char *const seeds[] = {
		"config|ready",
		"report|0.6|1576146008.006099|smtp-out|link-connect|%016x|mx|pass|1.2.3.4:5|6.7.8."
		"9:25",
		"report|0.7|1576146008.006099|smtp-out|protocol-client|%016x|MAIL FROM:<a@x>",
		"report|0.6|1576146008.006099|smtp-out|protocol-client|%016x|RCPT TO:<b@y>",
		"report|0.6|1576146008.006099|smtp-out|tx-envelope|%016x|01234567|0123456789abcdef",
		"report|0.6|1576146008.006099|smtp-out|protocol-server|%016x|250 ok",
		"report|0.6|1576146008.006099|smtp-out|protocol-server|%016x|550-5.1.1 no\x80",
		"report|0.6|1576146008.006099|smtp-out|protocol-server|%016x|550 5.1.1 no",
		"report|0.6|1576146008.006099|smtp-out|protocol-client|%016x|DATA",
		"report|0.6|1576146008.006099|smtp-out|protocol-client|%016x|.",
		"report|0.6|1576146008.006099|smtp-out|link-disconnect|%016x",
		"report|0.5|1576146008.006099|smtp-in|tx-mail|%016x|01234567|a@x|ok",
		"report|0.6|1576146008.006099|smtp-in|tx-mail|%016x|01234567|ok|a@x",
		"report|0.6|1576146008.006099|smtp-in|tx-reset|%016x|01234567",
		"report|0.6|1576146008.006099|smtp-in|tx-commit|%016x|01234567|100",
		"report|0.6|1576146008.006099|smtp-in|tx-envelope|%016x|01234567|0123456789abcdef",
		"report|0.6|1576146008.006099|smtp-in|link-disconnect|%016x",
		"filter|0.6|1576146008.006099|smtp-in|rcpt-to|%016x|0123456789abcdef|b@y",
		"filter|0.7|1576146008.006099|smtp-in|commit|%016x|0123456789abcdef|",
		"filter|0.6|1576146008.006099|smtp-in|mail-from|%016x|0123456789abcdef|a@x",
	};
	const char *seed = seeds[rng(sizeof seeds / sizeof *seeds)], *hole = strchr(seed, '%');
	int n = snprintf(out, 512, "%s", seed);
	if (hole)
		n = snprintf(out, 512, "%.*s%016x%s", (int)(hole - seed), seed, rng(8), hole + 5);
	size_t len = (size_t)n;
	for (uint32_t k = rng(4); k > 0; k--) {
		size_t at = rng((uint32_t)len + 1);
		switch (rng(5)) {
		case 0:
			if (at < len)
				out[at] = (char)rng(256);
			break;
		case 1:
			len = at;
			break;
		case 2:
			memmove(out + at, out + at + (at < len), len - at - (at < len));
			len -= at < len;
			break;
		case 3:
			out[at] = '|';
			len += at == len;
			break;
		default:
			memset(out + len, (int)rng(256), 700);
			len += rng(700);
			break;
		}
	}
	for (size_t i = 0; i < len; i++)
		if (out[i] == '\n')
			out[i] = ' ';
	return len;
}

static void test_million_lines(void **state)
{
	(void)state;
	torture *t = calloc(1, sizeof *t);
	t->filter = rbo_filter_new((rbo_filter_hooks){t, must_be_well_formed, ignore_reply,
		random_ask, random_commit, on_ping, ignore_committed, give_mark});
	static char bytes[8192];
	int64_t now = 0;
	for (int i = 0; i < 1000000; i++) {
		size_t len = random_line(bytes);
		now += rng(3);
		rbo_filter_line(t->filter, (rbo_text){bytes, len}, now);
		if (rng(3) == 0)
			rbo_filter_answer(t->filter, t->last, RBO_TAKE_HELD, (rbo_text){"", 0});
		if (rng(3) == 0) {
			char text[600];
			for (size_t k = 0; k < sizeof text; k++)
				text[k] = (char)rng(256);
			uint64_t ticket = rng(50) ? t->tickets[rng(16)] : rng_state;
			rbo_filter_answer(t->filter, ticket, (rbo_verdict)rng(3),
				(rbo_text){text, rng(sizeof text)});
			if (rng(3) == 0)
				rbo_filter_ready(t->filter, t->tickets[rng(16)]);
		}
		if (rng(20) == 0)
			(void)rbo_filter_tick(t->filter, now);
	}
	rbo_filter_release(t->filter);
	assert_int_equal(rbo_filter_open(t->filter), 0);
	assert_true(t->lines > 40000);
	assert_true(t->commits > 100);
	assert_true(t->marks > 10000);
	rbo_filter_free(t->filter);
	free(t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_outgoing),
		cmocka_unit_test(test_session_facts),
		cmocka_unit_test(test_questions),
		cmocka_unit_test(test_a_commit_waits_for_each_held_recipient),
		cmocka_unit_test(test_messages_of_a_session_are_told_apart),
		cmocka_unit_test(test_a_commit_waits_no_longer_than_it_may),
		cmocka_unit_test(test_deadline_and_rest),
		cmocka_unit_test(test_a_good_answer_ends_the_row_of_timeouts),
		cmocka_unit_test(test_commits_that_run_out),
		cmocka_unit_test(test_full_tables_let_mail_pass),
		cmocka_unit_test(test_long_reply_is_cut),
		cmocka_unit_test(test_marks),
		cmocka_unit_test(test_million_lines),
	};
	return cmocka_run_group_tests_name("opensmtpd/filter", tests, NULL, NULL);
}
