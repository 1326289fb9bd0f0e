/* test_guards.c - what keeps automation from doing harm: strikes, breaker, alarms, observing,
 * clocks, privacy, a database that fails. */
#include "world.h"

#include <math.h>
#include <unistd.h>

#define BUSY "451 4.3.0 Internal error"
#define FULL "552 5.2.2 Mailbox full"
#define DEAD "550 5.1.1 User unknown"
#define BLOCKED "554 5.7.1 Client host [192.0.2.1] blocked using bl.example"

static void name_of(char *out, size_t cap, const char *head, int i)
{
	snprintf(out, cap, "%s%d", head, i);
}

static void deliver(world *w, const char *id, const char *recipient)
{
	report(w, REBUFF_KIND_DELIVERED, REBUFF_STAGE_DOT, id, recipient, "250 OK");
}

/* ---- strikes -----------------------------------------------------------------------------------
 */

/* Days on which messages end so, and whether the last one suppresses. */
static void test_how_many_findings(void **state)
{
	static const struct {
		const char *name, *text;
		rebuff_stage stage;
		int days[5]; /* ended by -1 */
		bool suppresses;
	} rows[] = {
		{"one unknown user", DEAD, REBUFF_STAGE_RCPT, {0, -1}, true},
		{"two full mailboxes", FULL, REBUFF_STAGE_RCPT, {0, 1, -1}, false},
		{"three in 30 days", FULL, REBUFF_STAGE_RCPT, {0, 10, 29, -1}, true},
		{"three in more", FULL, REBUFF_STAGE_RCPT, {0, 10, 31, -1}, false},
		{"three in the last 30 days of 40", FULL, REBUFF_STAGE_RCPT, {0, 15, 30, 40, -1},
			true},
		{"no such domain, three times in a day", "Unrouteable address", REBUFF_STAGE_DNS,
			{0, 0, 0, -1}, false},
		{"no such domain, three times over two days", "Unrouteable address",
			REBUFF_STAGE_DNS, {0, 1, 2, -1}, false},
		{"no such domain, three times over three days", "Unrouteable address",
			REBUFF_STAGE_DNS, {0, 1, 3, -1}, true},
		{"no such domain, twice over three days", "Unrouteable address", REBUFF_STAGE_DNS,
			{0, 3, -1}, false},
	};
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		void *made = NULL;
		assert_int_equal(setup(&made), 0);
		world *w = made;
		int64_t start = w->wall;
		bool last = false;
		for (int k = 0; rows[i].days[k] >= 0; k++) {
			char id[16];
			name_of(id, sizeof id, "m", k);
			pass(w, start + rows[i].days[k] * day + k * 60 - w->wall);
			last = report(w, REBUFF_KIND_FAILED, rows[i].stage, id, "a@remote.example",
				rows[i].text)
				       .suppressed;
		}
		assert_row_int(rows[i].name, last, rows[i].suppresses);
		assert_row_int(rows[i].name, suppressed(w, "a@remote.example"), rows[i].suppresses);
		teardown(&made);
	}
}

static void test_daily_mail_settles_strikes(void **state)
{
	world *w = *state;
	refuse(w, "f1", "a@remote.example", FULL);
	refuse(w, "f2", "a@remote.example", FULL);
	for (int i = 0; i < 4; i++) {
		char id[16];
		name_of(id, sizeof id, "d", i);
		pass(w, day);
		deliver(w, id, "a@remote.example");
		run_housekeep(w);
		/* 72 hours after the first of them, not after the last. */
		assert_row_int(id, number(w, "SELECT count(*) FROM strike"), i < 3 ? 2 : 0);
	}
	assert_false(refuse(w, "f3", "a@remote.example", FULL).suppressed);
}

static void test_a_bounce_after_the_acceptance_keeps_the_strikes(void **state)
{
	world *w = *state;
	refuse(w, "f1", "a@remote.example", FULL);
	deliver(w, "d1", "a@remote.example");
	pass(w, 2 * day);
	refuse(w, "f2", "a@remote.example", FULL);
	pass(w, 2 * day);
	run_housekeep(w);
	assert_row_int("strikes", number(w, "SELECT count(*) FROM strike"), 2);
}

static void test_each_soft_suppression_lasts_longer(void **state)
{
	static const int lasts_days[] = {30, 60, 120};
	world *w = *state;
	int n = 0;
	for (int i = 0; i < 3; i++) {
		bool on = false;
		for (int k = 0; k < 3 && !on; k++) {
			char id[16];
			name_of(id, sizeof id, "m", n++);
			on = refuse(w, id, "a@remote.example", FULL).suppressed;
			/* Renewed by the probe alone. */
			assert_row_int("findings", on, i > 0 || k == 2);
		}
		pass(w, lasts_days[i] * day - minute);
		run_housekeep(w);
		assert_true(suppressed(w, "a@remote.example"));
		pass(w, 2 * minute);
		run_housekeep(w);
		assert_false(suppressed(w, "a@remote.example"));
	}
}

static void test_mail_with_an_empty_sender_strikes_nobody(void **state)
{
	world *w = *state;
	rebuff_error err;
	rebuff_outcome out = {.size = sizeof out};
	rebuff_result r = {.size = sizeof r,
		.id = RBF_LIT("m"),
		.recipient = RBF_LIT("a@remote.example"),
		.sender = RBF_LIT("<>"),
		.kind = REBUFF_KIND_FAILED,
		.stage = REBUFF_STAGE_RCPT,
		.text = RBF_LIT(DEAD)};
	rebuff_begin(w->ctx, &err);
	assert_int_equal(rebuff_record_result(w->ctx, &r, &out, &err), REBUFF_OK);
	rebuff_commit(w->ctx, &err);
	assert_false(out.suppressed);
	assert_row_int("struck", number(w, "SELECT sum(struck) FROM event"), 0);
}

/* A soft bounce is counted when the message is given up, once, and the gate's failure adds nothing.
 */
static void test_giving_up_is_one_soft_bounce(void **state)
{
	world *w = *state;
	for (int m = 0; m < 3; m++) {
		char id[16];
		name_of(id, sizeof id, "m", m);
		rebuff_answer a;
		for (int n = 0; (a = gate(w, id, "a@remote.example")).verdict == REBUFF_GO; n++) {
			assert_true(n < 100);
			rebuff_outcome o = defer(w, id, "a@remote.example", BUSY);
			assert_row_int("suppressed", o.suppressed,
				m == 2 && row_of(w, id, "a@remote.example").state == RBF_GIVEN_UP);
			pass(w, o.due_ms - w->wall);
		}
		assert_int_equal(a.verdict, REBUFF_FAIL);
		report(w, REBUFF_KIND_FAILED, REBUFF_STAGE_UNKNOWN, id, "a@remote.example", a.text);
		assert_row_int("strikes", number(w, "SELECT count(*) FROM strike"), m + 1);
		assert_row_int("state", row_of(w, id, "a@remote.example").state, RBF_FAILED);
	}
	assert_true(suppressed(w, "a@remote.example"));
}

/* Another host may take it yet; the deferral of the message that follows gives up. */
static void test_a_failed_host_gives_nothing_up(void **state)
{
	world *w = *state;
	for (int i = 0; i < 3; i++) {
		gate(w, "m", "a@remote.example");
		defer(w, "m", "a@remote.example", BUSY);
		pass(w, day);
	}
	gate(w, "m", "a@remote.example");
	report(w, REBUFF_KIND_HOST_DEFER, REBUFF_STAGE_CONNECT, "m", "a@remote.example",
		"Connection refused");
	assert_row_int("one host", row_of(w, "m", "a@remote.example").state, RBF_WAITING);
	assert_row_int("strikes", number(w, "SELECT count(*) FROM strike"), 0);
	report(w, REBUFF_KIND_MESSAGE_DEFER, REBUFF_STAGE_CONNECT, "m", "a@remote.example",
		"Connection refused");
	assert_row_int("all hosts", row_of(w, "m", "a@remote.example").state, RBF_GIVEN_UP);
	assert_row_int("strikes", number(w, "SELECT count(*) FROM strike"), 1);
}

/* ---- scopes ------------------------------------------------------------------------------------
 */

static void test_scopes_of_manual_entries(void **state)
{
	static const struct {
		const char *scope, *sender;
		bool refused;
	} rows[] = {
		{"", "shop@sender.example", true},
		{"domain:SENDER.example.", "shop@sender.example", true},
		{"domain:sender.example", "shop@Sender.Example", true},
		{"domain:other.example", "shop@sender.example", false},
		{"stream:sender.example", "shop@sender.example", true},
		{"stream:news", "shop@sender.example", false},
		{"all", "", false},
		{"all", "<>", false},
	};
	world *w = *state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		rebuff_suppression e = {.size = sizeof e, .class_ = REBUFF_CLASS_MANUAL};
		rebuff_answer a = {.size = sizeof a};
		rebuff_error err = {0};
		size_t n = 0;
		snprintf(e.address, sizeof e.address, "A@Remote.example");
		snprintf(e.scope, sizeof e.scope, "%s", rows[i].scope);
		if (rebuff_suppress_add(w->ctx, &e, &err) != REBUFF_OK)
			fail_msg("%s", err.text);
		rebuff_submit(w->ctx, RBF_LIT("a@remote.example"), rbf_span_of(rows[i].sender), &a);
		assert_row_int(
			rows[i].scope, a.verdict, rows[i].refused ? REBUFF_REFUSE : REBUFF_ACCEPT);
		assert_int_equal(rebuff_suppress_remove(w->ctx, RBF_LIT("a@REMOTE.example"),
					 REBUFF_CLASS_N, &n, &err),
			REBUFF_OK);
		assert_row_int("removed", n, 1);
	}
}

static void test_scopes_that_are_none(void **state)
{
	static const char *const scopes[] = {"everything", "domain:", "stream:", "domain:a b"};
	world *w = *state;
	for (size_t i = 0; i < sizeof scopes / sizeof *scopes; i++) {
		rebuff_suppression e = {.size = sizeof e, .address = "a@remote.example"};
		rebuff_error err = {0};
		snprintf(e.scope, sizeof e.scope, "%s", scopes[i]);
		assert_row_int(scopes[i], rebuff_suppress_add(w->ctx, &e, &err) != REBUFF_OK, true);
		assert_true(err.text[0] != '\0');
	}
}

/* ---- many outcomes together --------------------------------------------------------------------
 */

/* So many dead ones among so many accepted, within minutes; how many are suppressed. */
static void test_breaker_rows(void **state)
{
	static const struct {
		const char *name;
		int accepted, dead, minutes, want;
	} rows[] = {
		{"a broken directory", 0, 80, 2, 49},
		{"a bad list, small", 0, 49, 2, 49},
		{"usual share", 2000, 80, 10, 80},
		{"spread over a day", 0, 100, 1440, 100},
	};
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		void *made = NULL;
		char id[16], address[64];
		assert_int_equal(setup(&made), 0);
		world *w = made;
		int n = 0;
		for (int k = 0; k < rows[i].accepted; k++) {
			name_of(id, sizeof id, "d", k);
			deliver(w, id, "a@remote.example");
		}
		for (int k = 0; k < rows[i].dead; k++) {
			name_of(id, sizeof id, "m", k);
			snprintf(address, sizeof address, "u%d@remote.example", k);
			n += refuse(w, id, address, DEAD).suppressed;
			pass(w, rows[i].minutes * minute / rows[i].dead);
		}
		assert_row_int(rows[i].name, n, rows[i].want);
		/* All of them, also those who were suppressed before it was clear. */
		bool tripped = rows[i].dead != rows[i].want;
		assert_row_int(rows[i].name, number(w, "SELECT count(*) FROM candidate"),
			tripped ? rows[i].dead : 0);
		assert_row_int(rows[i].name,
			number(w, "SELECT count(*) FROM candidate WHERE listed = 1"),
			tripped ? rows[i].want : 0);
		assert_row_int(rows[i].name,
			number(w, "SELECT count(*) FROM alarm WHERE kind = 'breaker'"),
			rows[i].dead != rows[i].want);
		teardown(&made);
	}
}

/* One stream's mail to one host. */
static bool sent(world *w, bool dead, const char *sender, const char *host, int n)
{
	rebuff_outcome out = {.size = sizeof out};
	rebuff_error err = {0};
	char id[32], recipient[96];
	snprintf(id, sizeof id, "%c%d%.8s", *sender, n, host + 3);
	snprintf(recipient, sizeof recipient, "%c%d@%s", *sender, n, host + 3);
	rebuff_result r = {.size = sizeof r,
		.id = rbf_span_of(id),
		.recipient = rbf_span_of(recipient),
		.sender = rbf_span_of(sender),
		.kind = dead ? REBUFF_KIND_FAILED : REBUFF_KIND_DELIVERED,
		.stage = REBUFF_STAGE_RCPT,
		.text = rbf_span_of(dead ? DEAD : "250 OK"),
		.host = rbf_span_of(host)};
	assert_int_equal(rebuff_begin(w->ctx, &err), REBUFF_OK);
	if (rebuff_record_result(w->ctx, &r, &out, &err) != REBUFF_OK)
		fail_msg("record_result: %s", err.text);
	assert_int_equal(rebuff_commit(w->ctx, &err), REBUFF_OK);
	return out.suppressed;
}

/* Dead addresses of one provider are one stream's list, and no directory that is down, where other
 * streams fare far better there, or the stream as badly elsewhere. */
static void test_one_list_is_no_directory(void **state)
{
	static const struct {
		const char *name;
		int others_there, accepted_elsewhere, dead_elsewhere, want;
	} rows[] = {
		{"nothing else is known", 0, 0, 0, 49},
		{"others fare far better there", 60, 0, 0, 60},
		{"too few others to say", 40, 0, 0, 49},
		{"as bad elsewhere", 0, 30, 30, 60},
		{"better elsewhere", 0, 60, 5, 49},
		{"too little elsewhere to say", 0, 10, 30, 49},
	};
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		void *made = NULL;
		int n = 0;
		assert_int_equal(setup(&made), 0);
		world *w = made;
		for (int k = 0; k < rows[i].others_there; k++)
			sent(w, false, "shop@sender.example", "mx.remote.example", k);
		for (int k = 0; k < rows[i].accepted_elsewhere; k++)
			sent(w, false, "list@bulk.example", "mx.another.example", k);
		for (int k = 0; k < rows[i].dead_elsewhere; k++)
			sent(w, true, "list@bulk.example", "mx.another.example", 100 + k);
		for (int k = 0; k < 60; k++)
			n += sent(w, true, "list@bulk.example", "mx.remote.example", k);
		assert_row_int(rows[i].name, n, rows[i].want);
		teardown(&made);
	}
}

/* All who were refused by a directory that is down, as an operator judges them. */
static void test_candidates_are_judged(void **state)
{
	static const struct {
		const char *name;
		bool undo;
		int suppressed;
	} rows[] = {{"undo", true, 0}, {"confirm", false, 80}};
	(void)state;
	for (size_t i = 0; i < 2; i++) {
		void *made = NULL;
		char id[16], address[64];
		rebuff_error err = {0};
		size_t n = 0;
		assert_int_equal(setup(&made), 0);
		world *w = made;
		refuse(w, "before", "before@remote.example", DEAD);
		pass(w, hour);
		for (int k = 0; k < 80; k++) {
			name_of(id, sizeof id, "m", k);
			snprintf(address, sizeof address, "u%d@remote.example", k);
			refuse(w, id, address, DEAD);
			pass(w, 1000);
		}
		char name[REBUFF_NAME_MAX];
		snprintf(name, sizeof name, "%s", row_of(w, "m0", "u0@remote.example").provider);
		rebuff_status status = rows[i].undo
			? rebuff_candidates_undo(w->ctx, rbf_span_of(name), &n, &err)
			: rebuff_candidates_confirm(
				  w->ctx, rbf_span_of(name), RBF_LIT("me"), &n, &err);
		assert_int_equal(status, REBUFF_OK);
		assert_row_int(rows[i].name, n, 80);
		assert_row_int(rows[i].name,
			number(w, "SELECT count(*) FROM suppression WHERE address LIKE 'u%'"),
			rows[i].suppressed);
		/* Found an hour before, it has nothing to do with that. */
		assert_true(suppressed(w, "before@remote.example"));
		assert_row_int(rows[i].name, suppressed(w, "u79@remote.example"), !rows[i].undo);
		assert_row_int(rows[i].name, number(w, "SELECT count(*) FROM candidate"), 0);
		teardown(&made);
	}
}

static void test_plans_that_are_none(void **state)
{
	static const struct {
		const char *name;
		rebuff_warmup plan;
	} rows[] = {
		{"nobody", {.days = 5, .cap = 5, .growth = 2}},
		{"no days", {.provider = "p", .cap = 5, .growth = 2}},
		{"more than a year", {.provider = "p", .days = 366, .cap = 5, .growth = 2}},
		{"no cap", {.provider = "p", .days = 5, .growth = 2}},
		{"it shrinks", {.provider = "p", .days = 5, .cap = 5, .growth = 0.5}},
		{"it explodes", {.provider = "p", .days = 5, .cap = 5, .growth = 11}},
		{"no number", {.provider = "p", .days = 5, .cap = 5, .growth = NAN}},
	};
	world *w = *state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		rebuff_warmup plan = rows[i].plan;
		rebuff_error err = {0};
		plan.size = sizeof plan;
		assert_row_int(rows[i].name, rebuff_warmup_put(w->ctx, &plan, &err), REBUFF_EARG);
	}
}

/* Over a day's cap, mail waits for the next day, in its order. */
static void test_warming_up(void **state)
{
	static rebuff_due due[8];
	world *w = *state;
	rebuff_error err = {0};
	char id[16];
	rebuff_warmup plan = {
		.size = sizeof plan, .ip = "192.0.2.1", .days = 5, .cap = 480, .growth = 2};
	gate(w, "m", "a@remote.example");
	snprintf(plan.provider, sizeof plan.provider, "%s",
		row_of(w, "m", "a@remote.example").provider);
	assert_int_equal(rebuff_warmup_put(w->ctx, &plan, &err), REBUFF_OK);
	int went = 0;
	for (int k = 0; k < 600; k++) {
		name_of(id, sizeof id, "w", k);
		rebuff_answer a = gate(w, id, "a@remote.example");
		went += a.verdict == REBUFF_GO;
		if (a.verdict == REBUFF_GO)
			deliver(w, id, "a@remote.example");
		if (k == 599) {
			assert_true(strncmp(a.rule, "warmup:", 7) == 0);
			assert_row_int("tomorrow", a.until_ms,
				number(w, "SELECT since_ms FROM warmup") + day);
		}
		pass(w, minute);
	}
	assert_row_int("a day's cap", went, 480);
	assert_row_int("and the database knows", number(w, "SELECT sent FROM warmup"), 480);
	assert_row_int("nobody is woken", due_at(w, due, 8, &(int64_t){0}), 0);
	pass(w, day - 600 * minute + minute);
	assert_row_int("the next day", due_at(w, due, 8, &(int64_t){0}), 1);
	assert_string_equal(due[0].id, "w480");
	wake(w, &due[0]);
	assert_row_int("goes", gate(w, "w480", "a@remote.example").verdict, REBUFF_GO);
	assert_row_int("the next waits a moment", gate(w, "w481", "a@remote.example").verdict,
		REBUFF_WAIT);
}

static void breaker_closes(world *w, bool housekeeping)
{
	char id[16], address[64];
	for (int k = 0; k < 60; k++) {
		name_of(id, sizeof id, "m", k);
		snprintf(address, sizeof address, "u%d@remote.example", k);
		refuse(w, id, address, DEAD);
	}
	assert_row_int("open", number(w, "SELECT count(*) FROM breaker WHERE ended_ms = 0"), 1);
	run_housekeep(w);
	assert_row_int("still", number(w, "SELECT count(*) FROM breaker WHERE ended_ms = 0"), 1);
	pass(w, 21 * minute);
	if (housekeeping)
		run_housekeep(w);
	else
		assert_true(refuse(w, "x", "x@remote.example", DEAD).suppressed);
	assert_row_int("closed", number(w, "SELECT count(*) FROM breaker WHERE ended_ms = 0"), 0);
}

static void test_the_breaker_closes(void **state)
{
	breaker_closes(*state, false);
}

static void test_the_breaker_closes_without_mail(void **state)
{
	breaker_closes(*state, true);
}

/* Of dead addresses, those that took mail before are counted: a directory loses them, a list does
 * not bring them. The message that a late bounce is about is none before. */
static void test_who_took_mail_before_is_lost(void **state)
{
	world *w = *state;
	deliver(w, "d", "known@remote.example");
	pass(w, day);
	refuse(w, "m1", "known@remote.example", DEAD);
	refuse(w, "m2", "new@remote.example", DEAD);
	assert_row_int("dead", number(w, "SELECT sum(struck) FROM tally"), 2);
	assert_row_int("took mail before", number(w, "SELECT sum(lost) FROM tally"), 1);
}

/* A result names the IP that its stream left from. */
static void test_sources_are_learnt(void **state)
{
	static const struct {
		const char *name, *ip;
		int64_t after_ms;
		int known;
	} rows[] = {{"the first", "192.0.2.1", 0, 1}, {"again", "192.0.2.1", hour, 1},
		{"not said", "", hour, 1}, {"a second", "2001:db8::2", hour, 0},
		{"the first is forgotten", "2001:db8::2", 25 * hour, 1}};
	world *w = *state;
	rebuff_error err = {0};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		rebuff_outcome out = {.size = sizeof out};
		char id[16];
		name_of(id, sizeof id, "s", (int)i);
		rebuff_result r = {.size = sizeof r,
			.id = rbf_span_of(id),
			.recipient = RBF_LIT("a@remote.example"),
			.sender = RBF_LIT("shop@sender.example"),
			.kind = REBUFF_KIND_DELIVERED,
			.text = RBF_LIT("250 OK"),
			.source_ip = rbf_span_of(rows[i].ip)};
		pass(w, rows[i].after_ms);
		rebuff_begin(w->ctx, &err);
		assert_int_equal(rebuff_record_result(w->ctx, &r, &out, &err), REBUFF_OK);
		rebuff_commit(w->ctx, &err);
		assert_row_int(rows[i].name, number(w, "SELECT count(*) FROM known_leaving"),
			rows[i].known);
	}
}

static void test_blocked_by_a_provider(void **state)
{
	world *w = *state;
	char id[16], address[64];
	for (int k = 0; k < 25; k++) {
		name_of(id, sizeof id, "m", k);
		snprintf(address, sizeof address, "u%d@remote.example", k);
		assert_false(refuse(w, id, address, BLOCKED).suppressed);
		assert_row_int(
			id, number(w, "SELECT count(*) FROM alarm WHERE kind = 'blocked'"), k >= 9);
	}
	rebuff_answer a = gate(w, "x", "x@remote.example");
	assert_row_int("held", a.verdict, REBUFF_WAIT);
	assert_true(strncmp(a.rule, "hold:", 5) == 0);
	assert_in_range(a.until_ms, w->wall + 2 * hour - 1000, w->wall + 2 * hour);
	pass(w, 2 * hour + minute);
	run_housekeep(w);
	assert_row_int("one alarm", number(w, "SELECT count(*) FROM alarm"), 1);
	assert_row_int("a probe", number(w, "SELECT rate FROM pace"), 0);
	assert_row_int(
		"held yet", number(w, "SELECT probing_ms > 0 FROM hold WHERE ended_ms = 0"), 1);
}

static void test_a_stream_that_fails(void **state)
{
	static const struct {
		const char *name;
		int accepted, dead, failed;
		bool held, at_end;
	} rows[] = {
		{"2 % dead", 490, 10, 0, false, false},
		{"over 2 % dead", 485, 15, 0, true, false},
		{"5 % failed", 475, 0, 25, false, false},
		{"over 5 % failed", 470, 0, 30, true, false},
		{"5 % failed, in a row", 475, 0, 25, true, true},
		{"too few to tell", 150, 49, 0, false, true},
	};
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		void *made = NULL;
		char id[16], address[64];
		size_t n = 0;
		rebuff_error err;
		int all = rows[i].accepted + rows[i].dead + rows[i].failed;
		assert_int_equal(setup(&made), 0);
		world *w = made;
		for (int k = 0; k < all; k++) {
			name_of(id, sizeof id, "m", k);
			snprintf(address, sizeof address, "u%d@remote.example", k);
			/* Spread over all, unless they come one after the other at the end. */
			int bad = rows[i].dead + rows[i].failed;
			bool fails = rows[i].at_end ? k >= rows[i].accepted
						    : (k + 1) * bad / all != k * bad / all;
			if (!fails)
				deliver(w, id, address);
			else if (rows[i].dead)
				refuse(w, id, address, DEAD);
			else
				refuse(w, id, address, "552 5.3.4 message size exceeds");
			pass(w, 10000);
		}
		run_housekeep(w);
		run_housekeep(w);
		assert_row_int(rows[i].name,
			number(w, "SELECT count(*) FROM alarm WHERE kind = 'stream'"),
			rows[i].held);
		assert_row_int(rows[i].name, gate(w, "x", "x@remote.example").verdict,
			rows[i].held ? REBUFF_WAIT : REBUFF_GO);
		if (rows[i].held) {
			/* Released: what was before counts no more. */
			assert_int_equal(rebuff_hold_release(w->ctx,
						 &(const rebuff_scope_held){
							 .stream = RBF_LIT("sender.example")},
						 RBF_LIT("me"), RBF_LIT(""), &n, &err),
				REBUFF_OK);
			assert_row_int("released", n, 1);
			run_housekeep(w);
			assert_row_int(rows[i].name,
				strncmp(gate(w, "y", "x@remote.example").rule, "hold:", 5) == 0,
				false);
		}
		teardown(&made);
	}
}

/* ---- observing ---------------------------------------------------------------------------------
 */

static void test_observing_acts_on_nothing(void **state)
{
	static rebuff_due due[8];
	char dir[] = "/tmp/rebuff-observe-XXXXXX", file[64], command[96];
	rebuff_error err = {0};
	(void)state;
	assert_non_null(mkdtemp(dir));
	snprintf(file, sizeof file, "%s/defaults.lua", dir);
	FILE *f = fopen(file, "w");
	fputs("rebuff.default.mode = \"observe\"\n", f);
	fclose(f);
	world w = {.wall = 1800000000000, .boot = 1000000};
	rebuff_options o = {.size = sizeof o,
		.data_dir = "lua",
		.config_dir = dir,
		.state_file = ":memory:",
		.clock = {.ud = &w, .wall_ms = wall_ms, .boot_ms = boot_ms}};
	if (rebuff_open(&o, &w.ctx, &err) != REBUFF_OK)
		fail_msg("%s", err.text);
	rebuff_suppression e = {.size = sizeof e, .address = "listed@remote.example"};
	rebuff_suppress_add(w.ctx, &e, &err);
	assert_false(suppressed(&w, "listed@remote.example"));
	assert_row_int("gate", gate(&w, "m0", "listed@remote.example").verdict, REBUFF_GO);

	assert_false(refuse(&w, "m1", "dead@remote.example", DEAD).suppressed);
	assert_row_int("what would have been",
		number(&w, "SELECT suppressed FROM event WHERE id = 'm1'"), 2);
	assert_row_int("listed", number(&w, "SELECT count(*) FROM suppression"), 1);

	gate(&w, "m2", "a@remote.example");
	rebuff_outcome out = defer(&w, "m2", "a@remote.example",
		"421 4.7.0 Too many messages from your IP, slow down");
	assert_true(out.due_ms > w.wall);
	assert_false(out.slowed);
	assert_row_int("no wait", gate(&w, "m2", "a@remote.example").verdict, REBUFF_GO);
	defer(&w, "m2", "a@remote.example", BUSY);
	pass(&w, day);
	assert_row_int("nobody is woken", due_at(&w, due, 8, &(int64_t){0}), 0);

	for (int i = 0; i < 250; i++) {
		char id[16];
		name_of(id, sizeof id, "s", i);
		refuse(&w, id, "a@remote.example", "552 5.3.4 message size exceeds");
	}
	for (int i = 0; i < 3; i++) {
		pass(&w, minute);
		run_housekeep(&w);
	}
	assert_row_int("told once", number(&w, "SELECT count(*) FROM alarm"), 1);
	assert_row_int("not held", number(&w, "SELECT count(*) FROM hold"), 0);

	/* The operator says act: what waits is waited for from now on. */
	f = fopen(file, "w");
	fclose(f);
	assert_int_equal(rebuff_reload(w.ctx, &err), REBUFF_OK);
	assert_true(suppressed(&w, "listed@remote.example"));
	rebuff_close(&w.ctx);
	snprintf(command, sizeof command, "rm -r %s", dir);
	assert_int_equal(system(command), 0);
}

/* ---- clocks ------------------------------------------------------------------------------------
 */

static void test_a_jump_freezes_what_ends(void **state)
{
	static const int64_t jumps[] = {400 * 86400000LL, -400 * 86400000LL};
	static rebuff_due due[8];
	int64_t next;
	(void)state;
	for (int i = 0; i < 2; i++) {
		void *made = NULL;
		assert_int_equal(setup(&made), 0);
		world *w = made;
		rebuff_gate_request old = asking("old", "b@remote.example");
		rebuff_answer a = {.size = sizeof a};
		refuse(w, "m1", "gone@remote.example", DEAD); /* 180 days */
		gate(w, "m2", "a@remote.example");
		defer(w, "m2", "a@remote.example", BUSY);
		w->wall += jumps[i];
		/* Before the writer has seen it and after. */
		for (int k = 0; k < 2; k++) {
			assert_true(suppressed(w, "gone@remote.example"));
			old.age_s = 500 * 86400;
			rebuff_gate(w->ctx, &old, &a);
			assert_row_int("too old?", a.verdict, REBUFF_GO);
			rebuff_gate_request r = asking("m2", "a@remote.example");
			rebuff_gate(w->ctx, &r, &a);
			assert_row_int("waits on", a.verdict, REBUFF_WAIT);
			assert_row_int("nobody is due", due_at(w, due, 8, &next), 0);
			run_housekeep(w);
		}
		assert_row_int("not lapsed",
			number(w, "SELECT count(*) FROM suppression WHERE address <> ''"), 1);
		pass(w, 11 * minute);
		run_housekeep(w); /* steady: from here on it is taken for true */
		run_housekeep(w);
		rebuff_gate(w->ctx, &old, &a);
		assert_row_int("too old", a.verdict, REBUFF_FAIL);
		assert_row_int("runs out", suppressed(w, "gone@remote.example"), jumps[i] < 0);
		teardown(&made);
	}
}

static void test_a_slewed_clock_is_followed(void **state)
{
	world *w = *state;
	gate(w, "m", "a@remote.example");
	int64_t due_ms = defer(w, "m", "a@remote.example", BUSY).due_ms;
	for (int i = 0; i < 100; i++) {
		w->wall += 30000; /* in all 50 minutes, half a minute at a time */
		run_housekeep(w);
	}
	assert_row_int("due as it was", row_of(w, "m", "a@remote.example").due_ms, due_ms);
}

/* ---- privacy -----------------------------------------------------------------------------------
 */

static bool holds(const char *file, const char *needle)
{
	FILE *f = fopen(file, "rb");
	static char bytes[1 << 22];
	size_t n = f ? fread(bytes, 1, sizeof bytes, f) : 0;
	if (f)
		fclose(f);
	return rbf_span_ifind((rebuff_span){bytes, n}, rbf_span_of(needle)) != SIZE_MAX;
}

static void test_addresses_are_forgotten(void **state)
{
	static const char *const traces[] = {
		"bounced@", "accepted@", "waiting@", "listed@", "shop@sender", "secret words"};
	/* Which of them the file may hold, after so many days. */
	static const struct {
		int days;
		bool may[6];
	} rows[] = {
		{1, {true, false, true, true, true, true}},
		{31, {false, false, true, true, true, false}},
		{200, {false, false, true, false, true, false}},
	};
	char dir[] = "/tmp/rebuff-privacy-XXXXXX", file[64], command[96];
	rebuff_error err = {0};
	(void)state;
	assert_non_null(mkdtemp(dir));
	snprintf(file, sizeof file, "%s/state.db", dir);
	world w = {.wall = 1800000000000, .boot = 1000000};
	int64_t start = w.wall;
	rebuff_options o = {.size = sizeof o,
		.data_dir = "lua",
		.config_dir = "",
		.state_file = file,
		.clock = {.ud = &w, .wall_ms = wall_ms, .boot_ms = boot_ms}};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		if (rebuff_open(&o, &w.ctx, &err) != REBUFF_OK)
			fail_msg("%s", err.text);
		if (i == 0) {
			refuse(&w, "m1", "bounced@remote.example",
				"552 5.2.2 Mailbox full, secret words");
			deliver(&w, "m2", "accepted@remote.example");
			refuse(&w, "m3", "listed@remote.example", DEAD); /* 180 days */
			gate(&w, "m4", "waiting@remote.example");
			defer(&w, "m4", "waiting@remote.example", BUSY);
		}
		pass(&w, start + rows[i].days * day - w.wall);
		run_housekeep(&w);
		rebuff_close(&w.ctx); /* leaves one file */
		for (size_t k = 0; k < sizeof traces / sizeof *traces; k++)
			if (holds(file, traces[k]) && !rows[i].may[k])
				fail_msg("after %d days there is \"%s\"", rows[i].days, traces[k]);
		for (size_t k = 2; k < 5 && i < 2; k++)
			if (!holds(file, traces[k]))
				fail_msg("after %d days \"%s\" is not found", rows[i].days,
					traces[k]);
	}
	snprintf(command, sizeof command, "rm -r %s", dir);
	assert_int_equal(system(command), 0);
}

/* ---- a database that cannot be used ------------------------------------------------------------
 */

static void test_without_its_database_it_answers(void **state)
{
	world w = {.wall = 1800000000000, .boot = 1000000};
	rebuff_error err = {0};
	rebuff_result result = {.size = sizeof result};
	rebuff_gate_request r = asking("m", "a@remote.example");
	rebuff_answer a = {.size = sizeof a};
	rebuff_due due;
	int64_t next;
	(void)state;
	rebuff_options o = {.size = sizeof o,
		.data_dir = "lua",
		.config_dir = "",
		.state_file = "/nonexistent/state.db",
		.clock = {.ud = &w, .wall_ms = wall_ms, .boot_ms = boot_ms}};
	assert_int_equal(rebuff_open(&o, &w.ctx, &err), REBUFF_ESTORE);
	assert_null(w.ctx);
	o.store_may_fail = true;
	assert_int_equal(rebuff_open(&o, &w.ctx, &err), REBUFF_OK);
	rebuff_gate(w.ctx, &r, &a);
	assert_int_equal(a.verdict, REBUFF_GO);
	rebuff_submit(w.ctx, r.recipient, r.sender, &a);
	assert_int_equal(a.verdict, REBUFF_ACCEPT);
	assert_int_equal(rebuff_due_list(w.ctx, w.wall, &due, 1, &next), 0);
	err.text[0] = '\0';
	assert_int_equal(rebuff_begin(w.ctx, &err), REBUFF_ESTORE);
	assert_non_null(strstr(err.text, "/nonexistent/state.db"));
	assert_int_equal(rebuff_record_result(w.ctx, &result, NULL, &err), REBUFF_ESTORE);
	assert_int_equal(rebuff_commit(w.ctx, &err), REBUFF_ESTORE);
	rebuff_close(&w.ctx);
}

static void test_a_full_disk_is_not_acknowledged(void **state)
{
	char dir[] = "/tmp/rebuff-full-XXXXXX", file[64], command[96];
	rebuff_error err = {0};
	rebuff_status status = REBUFF_OK;
	(void)state;
	assert_non_null(mkdtemp(dir));
	snprintf(file, sizeof file, "%s/state.db", dir);
	world w = {.wall = 1800000000000, .boot = 1000000};
	rebuff_options o = {.size = sizeof o,
		.data_dir = "lua",
		.config_dir = "",
		.state_file = file,
		.clock = {.ud = &w, .wall_ms = wall_ms, .boot_ms = boot_ms}};
	assert_int_equal(rebuff_open(&o, &w.ctx, &err), REBUFF_OK);
	refuse(&w, "m", "gone@remote.example", DEAD);
	sqlite3_exec(
		rbf_store_writer(w.ctx->store), "PRAGMA max_page_count = 80", NULL, NULL, NULL);
	for (int i = 0; i < 5000 && status == REBUFF_OK; i++) {
		char id[16], address[64];
		name_of(id, sizeof id, "m", i);
		snprintf(address, sizeof address, "u%d@remote.example", i);
		rebuff_result r = {.size = sizeof r,
			.id = rbf_span_of(id),
			.recipient = rbf_span_of(address),
			.kind = REBUFF_KIND_RCPT_DEFER,
			.text = RBF_LIT(BUSY)};
		status = rebuff_begin(w.ctx, &err);
		if (status == REBUFF_OK)
			status = rebuff_record_result(w.ctx, &r, NULL, &err);
		rebuff_status ended = rebuff_commit(w.ctx, status == REBUFF_OK ? &err : NULL);
		status = status == REBUFF_OK ? ended : status;
	}
	assert_int_equal(status, REBUFF_ESTORE);
	assert_non_null(strstr(err.text, "make room"));
	assert_true(suppressed(&w, "gone@remote.example")); /* it still answers */
	sqlite3_exec(
		rbf_store_writer(w.ctx->store), "PRAGMA max_page_count = 8000", NULL, NULL, NULL);
	assert_true(refuse(&w, "n", "dead@remote.example", DEAD).suppressed); /* and recovers */
	rebuff_close(&w.ctx);
	snprintf(command, sizeof command, "rm -r %s", dir);
	assert_int_equal(system(command), 0);
}

static void test_a_reader_changes_nothing(void **state)
{
	char dir[] = "/tmp/rebuff-reader-XXXXXX", file[64], command[96];
	rebuff_error err = {0};
	(void)state;
	assert_non_null(mkdtemp(dir));
	snprintf(file, sizeof file, "%s/state.db", dir);
	world w = {.wall = 1800000000000, .boot = 1000000};
	rebuff_options o = {.size = sizeof o,
		.data_dir = "lua",
		.config_dir = "",
		.state_file = file,
		.clock = {.ud = &w, .wall_ms = wall_ms, .boot_ms = boot_ms}};
	assert_int_equal(rebuff_open(&o, &w.ctx, &err), REBUFF_OK);
	refuse(&w, "m", "gone@remote.example", DEAD);
	rebuff_close(&w.ctx);
	o.read_only = true;
	assert_int_equal(rebuff_open(&o, &w.ctx, &err), REBUFF_OK);
	assert_true(suppressed(&w, "gone@remote.example"));
	rebuff_suppression e = {.size = sizeof e, .address = "a@remote.example"};
	assert_int_equal(rebuff_suppress_add(w.ctx, &e, &err), REBUFF_EARG);
	assert_int_equal(rebuff_begin(w.ctx, &err), REBUFF_EARG);
	assert_int_equal(rebuff_housekeep(w.ctx, &err), REBUFF_EARG);
	rebuff_close(&w.ctx);
	snprintf(command, sizeof command, "rm -r %s", dir);
	assert_int_equal(system(command), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_how_many_findings),
		TEST(test_daily_mail_settles_strikes),
		TEST(test_a_bounce_after_the_acceptance_keeps_the_strikes),
		TEST(test_each_soft_suppression_lasts_longer),
		TEST(test_mail_with_an_empty_sender_strikes_nobody),
		TEST(test_giving_up_is_one_soft_bounce),
		TEST(test_a_failed_host_gives_nothing_up),
		TEST(test_scopes_of_manual_entries),
		TEST(test_scopes_that_are_none),
		cmocka_unit_test(test_breaker_rows),
		cmocka_unit_test(test_one_list_is_no_directory),
		cmocka_unit_test(test_candidates_are_judged),
		TEST(test_plans_that_are_none),
		TEST(test_warming_up),
		TEST(test_the_breaker_closes),
		TEST(test_the_breaker_closes_without_mail),
		TEST(test_who_took_mail_before_is_lost),
		TEST(test_sources_are_learnt),
		TEST(test_blocked_by_a_provider),
		cmocka_unit_test(test_a_stream_that_fails),
		cmocka_unit_test(test_observing_acts_on_nothing),
		cmocka_unit_test(test_a_jump_freezes_what_ends),
		TEST(test_a_slewed_clock_is_followed),
		cmocka_unit_test(test_addresses_are_forgotten),
		cmocka_unit_test(test_without_its_database_it_answers),
		cmocka_unit_test(test_a_full_disk_is_not_acknowledged),
		cmocka_unit_test(test_a_reader_changes_nothing),
	};
	return cmocka_run_group_tests_name("engine/guards", tests, NULL, NULL);
}
