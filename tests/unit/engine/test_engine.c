/* test_engine.c - sequences of questions and results against a fake clock, and what is then known.
 */
#include "world.h"

/* ---- who is suppressed ---------------------------------------------------------------------- */

static void test_refusals(void **state)
{
	static const struct {
		const char *name, *text;
		rebuff_stage stage;
		bool suppresses;
	} rows[] = {
		{"unknown user", "550 5.1.1 User unknown", REBUFF_STAGE_RCPT, true},
		{"bare 550 at RCPT", "550 qwz", REBUFF_STAGE_RCPT, true},
		{"bare 550 at dot", "550 qwz", REBUFF_STAGE_DOT, false},
		{"554 banner", "554 no service for you", REBUFF_STAGE_BANNER, false},
		{"block list",
			"554 5.7.1 Service unavailable; Client host [192.0.2.1] blocked using "
			"zen.spamhaus.org",
			REBUFF_STAGE_RCPT, false},
		{"full mailbox", "552 5.2.2 Mailbox full", REBUFF_STAGE_RCPT, false},
		{"our DMARC",
			"550 5.7.26 Unauthenticated email is not accepted due to DMARC policy",
			REBUFF_STAGE_DOT, false},
		{"too big", "552 5.3.4 Message size exceeds fixed limit", REBUFF_STAGE_MAIL, false},
	};
	world *w = *state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		char id[32], address[64];
		snprintf(id, sizeof id, "m%zu", i);
		snprintf(address, sizeof address, "user%zu@remote.example", i);
		gate(w, id, address);
		rebuff_outcome o =
			report(w, REBUFF_KIND_FAILED, rows[i].stage, id, address, rows[i].text);
		assert_row_int(rows[i].name, o.suppressed, rows[i].suppresses);
		assert_row_int(rows[i].name, suppressed(w, address), rows[i].suppresses);
	}
}

static void test_null_sender_is_never_refused(void **state)
{
	world *w = *state;
	rebuff_answer a = {.size = sizeof a};
	refuse(w, "m1", "gone@remote.example", "550 5.1.1 User unknown");
	assert_true(suppressed(w, "Gone@Remote.example"));
	rebuff_submit(w->ctx, RBF_LIT("gone@remote.example"), RBF_LIT(""), &a);
	assert_int_equal(a.verdict, REBUFF_ACCEPT);
	rebuff_gate_request r = asking("m2", "gone@remote.example");
	r.sender = RBF_LIT("");
	rebuff_gate(w->ctx, &r, &a);
	assert_int_equal(a.verdict, REBUFF_GO);
}

static void test_queued_mail_for_a_suppressed_address_fails(void **state)
{
	world *w = *state;
	refuse(w, "m1", "gone@remote.example", "550 5.1.1 User unknown");
	rebuff_answer a = gate(w, "m2", "gone@remote.example");
	assert_int_equal(a.verdict, REBUFF_FAIL);
	assert_string_equal(a.rule, "suppressed");
	/* What the MTA then reports is our own word: nothing is learnt from it. */
	rebuff_outcome o = report(
		w, REBUFF_KIND_FAILED, REBUFF_STAGE_DNS, "m2", "gone@remote.example", a.text);
	assert_false(o.suppressed);
}

static void test_suppression_ends_with_a_probe(void **state)
{
	world *w = *state;
	refuse(w, "m1", "a@remote.example", "550 5.1.1 User unknown");
	pass(w, 179 * day);
	assert_true(suppressed(w, "a@remote.example"));
	pass(w, 2 * day);
	assert_false(suppressed(w, "a@remote.example"));
	assert_int_equal(gate(w, "m2", "a@remote.example").verdict, REBUFF_GO);
	assert_true(refuse(w, "m2", "a@remote.example", "550 5.1.1 User unknown").suppressed);
	pass(w, 190 * day);
	assert_true(suppressed(w, "a@remote.example")); /* the second one lasts longer */
	pass(w, 400 * day);
	gate(w, "m3", "a@remote.example");
	report(w, REBUFF_KIND_DELIVERED, REBUFF_STAGE_DOT, "m3", "a@remote.example", "250 OK");
	rebuff_suppression old;
	uint32_t times;
	bool found;
	rbf_store_suppression(w->ctx->store, "a@remote.example", "all", REBUFF_CLASS_BOUNCE, &old,
		&times, &found, NULL);
	assert_false(found);
}

static void test_three_full_mailboxes_are_a_soft_suppression(void **state)
{
	world *w = *state;
	const char *full = "552 5.2.2 Mailbox full";
	assert_false(refuse(w, "m1", "full@remote.example", full).suppressed);
	pass(w, day);
	assert_false(refuse(w, "m2", "full@remote.example", full).suppressed);
	/* The same message again is the same finding. */
	assert_false(refuse(w, "m2", "full@remote.example", full).suppressed);
	pass(w, day);
	assert_true(refuse(w, "m3", "full@remote.example", full).suppressed);
	pass(w, 31 * day);
	assert_false(suppressed(w, "full@remote.example"));
}

static void test_acceptance_settles_soft_strikes_after_72_hours(void **state)
{
	world *w = *state;
	const char *full = "552 5.2.2 Mailbox full";
	refuse(w, "m1", "full@remote.example", full);
	refuse(w, "m2", "full@remote.example", full);
	pass(w, hour);
	gate(w, "m3", "full@remote.example");
	report(w, REBUFF_KIND_DELIVERED, REBUFF_STAGE_DOT, "m3", "full@remote.example", "250 OK");
	pass(w, 73 * hour);
	run_housekeep(w);
	assert_false(refuse(w, "m4", "full@remote.example", full).suppressed);
}

static void test_breaker(void **state)
{
	world *w = *state;
	int n = 0;
	for (int i = 0; i < 80; i++) {
		char id[32], address[64];
		snprintf(id, sizeof id, "m%d", i);
		snprintf(address, sizeof address, "user%d@remote.example", i);
		n += refuse(w, id, address, "550 5.1.1 User unknown").suppressed;
		pass(w, 1000);
	}
	assert_row_int("suppressed before the breaker opened", n, 49);
	assert_false(suppressed(w, "user79@remote.example"));
}

/* ---- attempts -----------------------------------------------------------------------------------
 */

static void test_one_attempt_many_results(void **state)
{
	world *w = *state;
	const char *text = "554 your IP is blocked";
	gate(w, "m1", "a@remote.example");
	assert_false(report(
		w, REBUFF_KIND_HOST_DEFER, REBUFF_STAGE_BANNER, "m1", "a@remote.example", text)
			     .duplicate);
	assert_false(report(
		w, REBUFF_KIND_MESSAGE_DEFER, REBUFF_STAGE_BANNER, "m1", "a@remote.example", text)
			     .duplicate);
	assert_false(
		report(w, REBUFF_KIND_FAILED, REBUFF_STAGE_BANNER, "m1", "a@remote.example", text)
			.duplicate);
	assert_true(
		report(w, REBUFF_KIND_FAILED, REBUFF_STAGE_BANNER, "m1", "a@remote.example", text)
			.duplicate);
	rbf_delivery d;
	bool found;
	assert_int_equal(
		rbf_store_delivery(w->ctx->store, w->ctx->node, REBUFF_MTA_EXIM, "m1",
			rbf_store_who(w->ctx->store, "a@remote.example"), &d, &found, NULL),
		REBUFF_OK);
	assert_true(found);
	assert_row_int("attempts", d.attempts, 1);
	assert_row_int("state", d.state, RBF_FAILED);
}

static void test_message_deferral_closes_the_others(void **state)
{
	world *w = *state;
	gate(w, "m1", "a@remote.example");
	gate(w, "m1", "b@remote.example");
	rebuff_outcome o = report(w, REBUFF_KIND_MESSAGE_DEFER, REBUFF_STAGE_BANNER, "m1",
		"a@remote.example", "421 4.3.2 system not accepting mail, come back later");
	assert_true(o.due_ms > w->wall);
	rebuff_answer a = gate(w, "m1", "b@remote.example");
	assert_int_equal(a.verdict, REBUFF_WAIT);
	assert_true(a.until_ms > w->wall + minute);
}

/* A host whose retry time has not come is passed over: the message waits as those asked there do.
 */
static void test_passed_over_waits_as_the_others(void **state)
{
	world *w = *state;
	rebuff_answer a = gate(w, "m1", "a@remote.example");
	rebuff_outcome asked = report(w, REBUFF_KIND_MESSAGE_DEFER, REBUFF_STAGE_BANNER, "m1",
		"a@remote.example", "451 greylisted");
	a = gate(w, "m2", "b@remote.example");
	assert_int_equal(a.verdict, REBUFF_GO);
	rebuff_outcome passed = report(w, REBUFF_KIND_HOST_DEFER, REBUFF_STAGE_UNKNOWN, "m2",
		"b@remote.example", "retry time not reached for any host");
	assert_row_str("category", rebuff_category_name(passed.reply.category), "greylisted");
	assert_true(passed.due_ms > w->wall && passed.due_ms < asked.due_ms + 3 * minute);
}

static void test_a_go_without_result_is_rearmed_and_not_counted(void **state)
{
	world *w = *state;
	rebuff_due due[4];
	int64_t next;
	gate(w, "m1", "a@remote.example");
	assert_row_int("open", due_at(w, due, 4, &next), 0);
	pass(w, 16 * minute);
	run_housekeep(w);
	assert_row_int("due again", due_at(w, due, 4, &next), 1);
}

static void test_greylisting_comes_back_when_told(void **state)
{
	world *w = *state;
	rebuff_due due[4];
	rebuff_error err;
	int64_t next = 0;
	gate(w, "m1", "a@remote.example");
	rebuff_outcome o = defer(w, "m1", "a@remote.example",
		"451 4.7.1 Greylisted, please try again in 300 seconds");
	assert_int_equal(o.reply.category, REBUFF_GREYLISTED);
	assert_true(o.due_ms >= w->wall + 270000 && o.due_ms <= w->wall + 330000);
	assert_row_int("not yet due", due_at(w, due, 4, &next), 0);
	assert_true(next == o.due_ms);
	pass(w, 331000);
	assert_row_int("due", due_at(w, due, 4, &next), 1);
	assert_string_equal(due[0].id, "m1");
	assert_false(due[0].past_host_retry);
	rebuff_begin(w->ctx, &err);
	assert_int_equal(rebuff_record_wake(w->ctx, &due[0], &err), REBUFF_OK);
	rebuff_commit(w->ctx, &err);
	assert_row_int("woken: not twice", due_at(w, due, 4, &next), 0);
	assert_int_equal(gate(w, "m1", "a@remote.example").verdict, REBUFF_GO);
	report(w, REBUFF_KIND_DELIVERED, REBUFF_STAGE_DOT, "m1", "a@remote.example", "250 OK");
	assert_row_int("over", due_at(w, due, 4, &next), 0);
	assert_true(next == INT64_MAX);
}

static void test_gives_up_after_72_hours_and_4_attempts(void **state)
{
	world *w = *state;
	int attempts = 0;
	for (rebuff_answer a; (a = gate(w, "m1", "a@remote.example")).verdict == REBUFF_GO;
		attempts++) {
		rebuff_outcome o = defer(w, "m1", "a@remote.example", "451 4.3.0 Internal error");
		assert_true(attempts < 100);
		pass(w, o.due_ms - w->wall);
	}
	assert_true(attempts >= 4);
	rebuff_answer a = gate(w, "m1", "a@remote.example");
	assert_int_equal(a.verdict, REBUFF_FAIL);
	assert_string_equal(a.rule, "gave up");
	assert_true(strstr(a.text, "Internal error") != NULL);
	assert_true(w->wall >= 1800000000000 + 72 * hour);
}

static void test_held_time_is_not_failing_time(void **state)
{
	world *w = *state;
	rebuff_error err;
	size_t n = 0;
	for (int i = 0; i < 5; i++) {
		gate(w, "m1", "a@remote.example");
		pass(w,
			defer(w, "m1", "a@remote.example", "451 4.3.0 Internal error").due_ms -
				w->wall);
	}
	rbf_delivery d;
	bool found;
	rbf_store_delivery(w->ctx->store, w->ctx->node, REBUFF_MTA_EXIM, "m1",
		rbf_store_who(w->ctx->store, "a@remote.example"), &d, &found, NULL);
	const rebuff_scope_held scope = {.provider = rbf_span_of(d.provider)};
	rebuff_hold_add(w->ctx, &scope, 0, RBF_LIT("blocked"), RBF_LIT("test"), &err);
	rebuff_answer a = gate(w, "m1", "a@remote.example");
	assert_int_equal(a.verdict, REBUFF_WAIT);
	pass(w, 100 * hour);
	rebuff_hold_release(w->ctx, &scope, RBF_LIT("me"), RBF_LIT(""), &n, &err);
	assert_row_int("released", n, 1);
	assert_int_equal(gate(w, "m1", "a@remote.example").verdict, REBUFF_GO);
	defer(w, "m1", "a@remote.example", "451 4.3.0 Internal error");
	a = gate(w, "m1", "a@remote.example");
	assert_row_int("waits, not given up", a.verdict, REBUFF_WAIT);
}

/* ---- slow lane ----------------------------------------------------------------------------------
 */

static void test_rate_limit_opens_a_slow_lane(void **state)
{
	world *w = *state;
	gate(w, "m0", "a@remote.example");
	rebuff_outcome o = defer(
		w, "m0", "a@remote.example", "421 4.7.0 Too many messages from your IP, slow down");
	assert_int_equal(o.reply.category, REBUFF_RATE_LIMITED);
	assert_true(o.slowed);
	int64_t last = 0;
	int go = 0;
	for (int i = 1; i <= 10; i++) {
		char id[16];
		snprintf(id, sizeof id, "m%d", i);
		rebuff_answer a = gate(w, id, "b@remote.example");
		go += a.verdict == REBUFF_GO;
		if (a.verdict == REBUFF_WAIT) {
			assert_true(a.until_ms > last); /* first in, first out */
			last = a.until_ms;
		}
	}
	assert_row_int("at once", go, 1);
	rebuff_gate_request other = asking("x", "c@elsewhere.example");
	rebuff_answer a = {.size = sizeof a};
	other.mx = RBF_LIT("mx.elsewhere.example");
	rebuff_gate(w->ctx, &other, &a);
	assert_row_int("other providers are not slowed", a.verdict, REBUFF_GO);
}

/* ---- operators, clocks
 * --------------------------------------------------------------------------- */

static void test_forced_attempts_pass(void **state)
{
	world *w = *state;
	rebuff_answer a = {.size = sizeof a};
	gate(w, "m1", "a@remote.example");
	defer(w, "m1", "a@remote.example", "451 4.3.0 Internal error");
	rebuff_gate_request r = asking("m1", "a@remote.example");
	rebuff_gate(w->ctx, &r, &a);
	assert_int_equal(a.verdict, REBUFF_WAIT);
	r.forced = true;
	rebuff_gate(w->ctx, &r, &a);
	assert_int_equal(a.verdict, REBUFF_GO);
}

/* OpenSMTPD's steering: a wake that could not be done, and pauses that nobody asked for. */
static void test_unwoken(void **state)
{
	world *w = *state;
	rebuff_due due[4];
	rebuff_error err;
	int64_t next;
	gate(w, "m1", "a@remote.example");
	defer(w, "m1", "a@remote.example", "451 4.3.0 Internal error");
	pass(w, 2 * hour);
	assert_row_int("due", due_at(w, due, 4, &next), 1);
	rebuff_begin(w->ctx, &err);
	assert_int_equal(rebuff_record_wake(w->ctx, &due[0], &err), REBUFF_OK);
	rebuff_commit(w->ctx, &err);
	gate(w, "m1", "a@remote.example"); /* it was let go, and then could not be */
	rebuff_due woken = due[0];
	rebuff_begin(w->ctx, &err);
	assert_int_equal(rebuff_record_unwoken(w->ctx, &woken, 15000, &err), REBUFF_OK);
	rebuff_commit(w->ctx, &err);
	pass(w, 14000);
	assert_row_int("not yet", due_at(w, due, 4, &next), 0);
	pass(w, 2000);
	assert_row_int("again", due_at(w, due, 4, &next), 1);
	assert_row_int("no attempt", row_of(w, "m1", "a@remote.example").attempts, 1);
}

static void test_unwoken_leaves_others_their_time(void **state)
{
	world *w = *state;
	rebuff_error err;
	rebuff_due due = {.mta = REBUFF_MTA_EXIM, .id = "m1"};
	gate(w, "m1", "a@remote.example");
	defer(w, "m1", "a@remote.example", "451 4.3.0 Internal error");
	rbf_delivery before = row_of(w, "m1", "a@remote.example");
	memcpy(due.node, before.node, sizeof due.node);
	rebuff_begin(w->ctx, &err);
	assert_int_equal(rebuff_record_unwoken(w->ctx, &due, 15000, &err), REBUFF_OK);
	rebuff_commit(w->ctx, &err);
	assert_row_int("due", row_of(w, "m1", "a@remote.example").due_ms, before.due_ms);
}

static void test_what_is_paused_for_nothing(void **state)
{
	world *w = *state;
	rebuff_error err;
	gate(w, "m1", "a@remote.example");
	defer(w, "m1", "a@remote.example", "451 4.3.0 Internal error");
	gate(w, "m2", "a@remote.example");
	refuse(w, "m2", "a@remote.example", "550 5.7.1 Blocked");
	rebuff_queued q[] = {{.id = RBF_LIT("m1"), .paused = true},
		{.id = RBF_LIT("m2"), .paused = true}, {.id = RBF_LIT("m3"), .paused = true},
		{.id = RBF_LIT("m4")}};
	rebuff_begin(w->ctx, &err);
	assert_int_equal(
		rebuff_record_queue(w->ctx, RBF_LIT(""), REBUFF_MTA_EXIM, q, 4, &err), REBUFF_OK);
	rebuff_commit(w->ctx, &err);
	assert_row_int("waits", q[0].unowned, false);
	assert_row_int("its fate is known", q[1].unowned, true);
	assert_row_int("unknown", q[2].unowned, true);
	assert_row_int("not paused", q[3].unowned, false);
}

static void test_frozen_and_removed(void **state)
{
	world *w = *state;
	rebuff_due due[4];
	rebuff_error err;
	int64_t next;
	rebuff_queued q = {.id = RBF_LIT("m1"), .frozen = true};
	gate(w, "m1", "a@remote.example");
	defer(w, "m1", "a@remote.example", "451 4.3.0 Internal error");
	pass(w, 2 * hour);
	rebuff_begin(w->ctx, &err);
	rebuff_record_queue(w->ctx, RBF_LIT(""), REBUFF_MTA_EXIM, &q, 1, &err);
	rebuff_commit(w->ctx, &err);
	assert_row_int("frozen", due_at(w, due, 4, &next), 0);
	q.frozen = false;
	rebuff_begin(w->ctx, &err);
	rebuff_record_queue(w->ctx, RBF_LIT(""), REBUFF_MTA_EXIM, &q, 1, &err);
	rebuff_commit(w->ctx, &err);
	assert_row_int("thawed", due_at(w, due, 4, &next), 1);
	static const struct {
		const char *name;
		int64_t after_ms;
		bool there;
		size_t due;
	} listings[] = {
		{"unseen", 0, false, 1},
		{"unseen again at once: the mail server may be starting", 1000, false, 1},
		{"seen", 1000, true, 1},
		{"unseen anew", 700000, false, 1},
		{"unseen for less than ten minutes", 590000, false, 1},
		{"unseen for ten minutes", 10000, false, 0},
	};
	for (size_t i = 0; i < sizeof listings / sizeof *listings; i++) {
		pass(w, listings[i].after_ms);
		rebuff_begin(w->ctx, &err);
		rebuff_record_queue(
			w->ctx, RBF_LIT(""), REBUFF_MTA_EXIM, &q, listings[i].there, &err);
		rebuff_commit(w->ctx, &err);
		assert_row_int(
			listings[i].name, due_at(w, due, 4, &next), (int64_t)listings[i].due);
	}
}

static void test_a_clock_that_jumps_moves_the_schedule(void **state)
{
	world *w = *state;
	gate(w, "m1", "a@remote.example");
	rebuff_outcome o = defer(w, "m1", "a@remote.example", "451 4.3.0 Internal error");
	int64_t wait = o.due_ms - w->wall;
	w->wall += 3 * day;
	run_housekeep(w);
	rebuff_answer a = gate(w, "m1", "a@remote.example");
	assert_int_equal(a.verdict, REBUFF_WAIT);
	assert_true(a.until_ms == w->wall + wait);
}

static void test_a_clock_that_jumps_gives_no_time_to_who_has_none(void **state)
{
	world *w = *state;
	gate(w, "m1", "a@remote.example");
	w->wall += 3 * day;
	run_housekeep(w);
	assert_int_equal(row_of(w, "m1", "a@remote.example").due_ms, 0);
}

static void test_who_is_delivered_is_due_no_more(void **state)
{
	world *w = *state;
	defer(w, "m1", "a@remote.example", "451 4.3.0 Internal error");
	pass(w, hour);
	rebuff_outcome o = report(
		w, REBUFF_KIND_DELIVERED, REBUFF_STAGE_DOT, "m1", "a@remote.example", "250 ok");
	assert_int_equal(o.due_ms, 0);
}

static void test_bad_input_is_refused_alone(void **state)
{
	static const char *const recipients[] = {"", "no-at-sign", "a@b\r\nc"};
	world *w = *state;
	rebuff_error err = {0};
	assert_int_equal(rebuff_begin(w->ctx, &err), REBUFF_OK);
	for (size_t i = 0; i < sizeof recipients / sizeof *recipients; i++) {
		rebuff_result r = {.size = sizeof r,
			.id = RBF_LIT("m1"),
			.recipient = rbf_span_of(recipients[i]),
			.kind = REBUFF_KIND_FAILED,
			.text = RBF_LIT("550 5.1.1 User unknown")};
		assert_row_int(recipients[i],
			rebuff_record_result(w->ctx, &r, NULL, &err) != REBUFF_OK, 1);
	}
	rebuff_result good = {.size = sizeof good,
		.id = RBF_LIT("m2"),
		.recipient = RBF_LIT("a@remote.example"),
		.sender = RBF_LIT("s@sender.example"),
		.stage = REBUFF_STAGE_RCPT,
		.kind = REBUFF_KIND_FAILED,
		.text = RBF_LIT("550 5.1.1 User unknown")};
	assert_int_equal(rebuff_record_result(w->ctx, &good, NULL, &err), REBUFF_OK);
	assert_int_equal(rebuff_commit(w->ctx, &err), REBUFF_OK);
	assert_true(suppressed(w, "a@remote.example"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_refusals),
		TEST(test_null_sender_is_never_refused),
		TEST(test_queued_mail_for_a_suppressed_address_fails),
		TEST(test_suppression_ends_with_a_probe),
		TEST(test_three_full_mailboxes_are_a_soft_suppression),
		TEST(test_acceptance_settles_soft_strikes_after_72_hours),
		TEST(test_breaker),
		TEST(test_one_attempt_many_results),
		TEST(test_message_deferral_closes_the_others),
		TEST(test_passed_over_waits_as_the_others),
		TEST(test_a_go_without_result_is_rearmed_and_not_counted),
		TEST(test_greylisting_comes_back_when_told),
		TEST(test_gives_up_after_72_hours_and_4_attempts),
		TEST(test_held_time_is_not_failing_time),
		TEST(test_rate_limit_opens_a_slow_lane),
		TEST(test_forced_attempts_pass),
		TEST(test_unwoken),
		TEST(test_unwoken_leaves_others_their_time),
		TEST(test_what_is_paused_for_nothing),
		TEST(test_frozen_and_removed),
		TEST(test_a_clock_that_jumps_moves_the_schedule),
		TEST(test_a_clock_that_jumps_gives_no_time_to_who_has_none),
		TEST(test_who_is_delivered_is_due_no_more),
		TEST(test_bad_input_is_refused_alone),
	};
	return cmocka_run_group_tests_name("engine", tests, NULL, NULL);
}
