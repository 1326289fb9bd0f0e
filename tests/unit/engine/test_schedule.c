/* test_schedule.c - what is due, slow lanes, holds, dead hosts: the loop's side of it. */
#include "world.h"

#define BUSY "451 4.3.0 Internal error"
#define SLOW "421 4.7.0 Too many messages from your IP"
#define NOBODY "Connection refused"
#define BLOCKED "554 5.7.1 Client host [192.0.2.1] blocked using bl.example"

enum { CAP = 512 };

/* `n` messages to remote.example wait and are due now, in the order of their numbers. */
static void fill(world *w, int n)
{
	for (int i = 0; i < n; i++) {
		char id[16];
		snprintf(id, sizeof id, "f%04d", i);
		rebuff_gate_request r = asking(id, "a@remote.example");
		rebuff_error err;
		rebuff_begin(w->ctx, &err);
		assert_int_equal(rebuff_record_wait(w->ctx, &r, &err), REBUFF_OK);
		rebuff_commit(w->ctx, &err);
		pass(w, 1);
	}
	pass(w, 1);
}

static size_t due_now(world *w, rebuff_due due[CAP])
{
	int64_t next;
	return rebuff_due_list(w->ctx, w->wall, due, CAP, &next);
}

static void hold(world *w, const char *provider, const char *stream, int64_t until_ms)
{
	rebuff_error err = {0};
	const rebuff_scope_held scope = {rbf_span_of(provider), rbf_span_of(stream), {"", 0}};
	if (rebuff_hold_add(w->ctx, &scope, until_ms, RBF_LIT("looked at"), RBF_LIT("test"),
		    &err) != REBUFF_OK)
		fail_msg("%s", err.text);
}

/* ---- what is due -------------------------------------------------------------------------------
 */

static void test_one_row_a_message_earliest_first(void **state)
{
	static rebuff_due due[CAP];
	world *w = *state;
	int64_t next = 0;
	gate(w, "m1", "a@remote.example");
	gate(w, "m1", "b@remote.example");
	gate(w, "m2", "a@remote.example");
	defer(w, "m1", "a@remote.example", BUSY);
	assert_row_int("b is still open", due_at(w, due, CAP, &next), 0);
	report(w, REBUFF_KIND_MESSAGE_DEFER, REBUFF_STAGE_DOT, "m1", "b@remote.example", BUSY);
	pass(w, 10 * minute); /* more than the jitter of a quarter of an hour */
	defer(w, "m2", "a@remote.example", BUSY);
	pass(w, hour);
	assert_row_int("two", due_at(w, due, CAP, &next), 2);
	assert_string_equal(due[0].id, "m1");
	assert_true(due[0].past_host_retry); /* for b */
	assert_string_equal(due[1].id, "m2");
	assert_false(due[1].past_host_retry);
	assert_true(next == INT64_MAX);
	assert_row_int(
		"no more than asked for", rebuff_due_list(w->ctx, w->wall, due, 1, &next), 1);
	assert_string_equal(due[0].id, "m1");
}

static void test_never_woken(void **state)
{
	static rebuff_due due[CAP];
	world *w = *state;
	rebuff_error err;
	rebuff_gate_request r = asking("m1", "a@remote.example");
	r.sender = RBF_LIT("");
	rebuff_result result = {.size = sizeof result,
		.id = r.id,
		.recipient = r.recipient,
		.kind = REBUFF_KIND_RCPT_DEFER,
		.text = RBF_LIT(BUSY)};
	rebuff_begin(w->ctx, &err);
	rebuff_record_go(w->ctx, &r, &err);
	assert_int_equal(rebuff_record_result(w->ctx, &result, NULL, &err), REBUFF_OK);
	rebuff_commit(w->ctx, &err);
	pass(w, hour);
	assert_row_int("mail with an empty sender", due_now(w, due), 0);
}

static void test_a_wake_that_nobody_noticed(void **state)
{
	static rebuff_due due[CAP];
	world *w = *state;
	fill(w, 1);
	assert_row_int("due", due_now(w, due), 1);
	wake(w, &due[0]);
	pass(w, 14 * minute);
	assert_row_int("woken", due_now(w, due), 0);
	pass(w, minute + 1);
	assert_row_int("again", due_now(w, due), 1);
}

/* The MTA passed it over for its own retry time: the next attempt goes past that. */
static void test_a_go_that_nothing_follows_goes_past_the_hosts_retry(void **state)
{
	static rebuff_due due[CAP];
	world *w = *state;
	fill(w, 1);
	due_now(w, due);
	assert_false(due[0].past_host_retry);
	wake(w, &due[0]);
	assert_int_equal(gate(w, "f0000", "a@remote.example").verdict, REBUFF_GO);
	pass(w, 16 * minute);
	run_housekeep(w);
	assert_row_int("due", due_now(w, due), 1);
	assert_true(due[0].past_host_retry);
}

static void test_what_is_woken_for_one_is_not_due_for_the_other(void **state)
{
	static rebuff_due due[CAP];
	world *w = *state;
	gate(w, "m", "a@remote.example");
	gate(w, "m", "b@remote.example");
	defer(w, "m", "a@remote.example", BUSY);
	pass(w, 10 * minute);
	defer(w, "m", "b@remote.example", BUSY);
	pass(w, 7 * minute); /* a is due, b is not */
	assert_row_int("due", due_now(w, due), 1);
	wake(w, &due[0]);
	assert_int_equal(gate(w, "m", "a@remote.example").verdict, REBUFF_GO);
	assert_int_equal(gate(w, "m", "b@remote.example").verdict, REBUFF_WAIT);
	report(w, REBUFF_KIND_DELIVERED, REBUFF_STAGE_DOT, "m", "a@remote.example", "250 OK");
	pass(w, 10 * minute);
	assert_row_int("b in its own time", due_now(w, due), 1);
}

/* ---- slow lanes --------------------------------------------------------------------------------
 */

/* A mail server that asks no gate asks at the commit of mail that may have to wait. */
static void test_new_mail_to_a_lane_is_asked_about(void **state)
{
	static const struct {
		const char *name, *recipient, *sender;
		bool before, after;
	} rows[] = {
		{"of the lane", "b@remote.example", "shop@sender.example", false, true},
		{"of another provider", "b@elsewhere.example", "shop@sender.example", false, false},
		{"with an empty sender", "b@remote.example", "", false, false},
	};
	world *w = *state;
	for (int slow = 0; slow < 2; slow++) {
		for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
			rebuff_answer a = {.size = sizeof a};
			rebuff_submit(w->ctx, rbf_span_of(rows[i].recipient),
				rbf_span_of(rows[i].sender), &a);
			assert_int_equal(a.verdict, REBUFF_ACCEPT);
			assert_row_int(
				rows[i].name, a.queued, slow ? rows[i].after : rows[i].before);
		}
		defer(w, "m0", "a@remote.example", SLOW);
	}
}

/* A provider that is known by its servers is held for the domains that it hosts, too. */
static void test_new_mail_to_a_hosted_domain_is_held(void **state)
{
	world *w = *state;
	rebuff_answer a = {.size = sizeof a};
	report(w, REBUFF_KIND_DELIVERED, REBUFF_STAGE_DOT, "m0", "a@hosted.example", "250 OK");
	assert_row_str(
		"the provider", row_of(w, "m0", "a@hosted.example").provider, "remote.example");
	rebuff_submit(w->ctx, RBF_LIT("b@hosted.example"), RBF_LIT("x@sender.example"), &a);
	assert_false(a.queued);
	hold(w, "remote.example", "", 0);
	rebuff_submit(w->ctx, RBF_LIT("b@hosted.example"), RBF_LIT("x@sender.example"), &a);
	assert_true(a.queued);
	rebuff_gate_request r = asking("m1", "b@hosted.example");
	r.mx = (rebuff_span){"", 0};
	rebuff_gate(w->ctx, &r, &a);
	assert_int_equal(a.verdict, REBUFF_WAIT);
	rebuff_submit(w->ctx, RBF_LIT("b@other.example"), RBF_LIT("x@sender.example"), &a);
	assert_false(a.queued);
}

/* A lane of 20 a minute with 100 waiting and others beside: the lane's messages come one every
 * three seconds, in order; the others at once. */
static void test_a_lane_is_handed_out_at_its_rate(void **state)
{
	static rebuff_due due[CAP];
	world *w = *state;
	int handed = 0, go = 0;
	gate(w, "m0", "a@remote.example");
	assert_true(defer(w, "m0", "a@remote.example", SLOW).slowed);
	fill(w, 100);
	rebuff_gate_request other = asking("other", "a@elsewhere.example");
	rebuff_error err;
	other.mx = RBF_LIT("mx.elsewhere.example");
	rebuff_begin(w->ctx, &err);
	rebuff_record_wait(w->ctx, &other, &err);
	rebuff_commit(w->ctx, &err);
	bool other_came = false;
	for (int s = 0; s < 60; s++) {
		size_t n = due_now(w, due);
		for (size_t i = 0; i < n; i++) {
			if (strcmp(due[i].id, "other") == 0) {
				assert_row_int("other, at once", s, 0);
				other_came = true;
				wake(w, &due[i]);
				continue;
			}
			char want[16];
			snprintf(want, sizeof want, "f%04d", handed++);
			assert_row_str("in order", due[i].id, want);
			wake(w, &due[i]);
			go += gate(w, due[i].id, "a@remote.example").verdict == REBUFF_GO;
		}
		pass(w, 1000);
	}
	assert_true(other_came);
	assert_row_int("handed out and gone", go, handed);
	assert_in_range(handed, 19, 21);
}

static void test_new_mail_waits_behind_the_queue(void **state)
{
	world *w = *state;
	gate(w, "m0", "a@remote.example");
	defer(w, "m0", "a@remote.example", SLOW);
	fill(w, 3);
	pass(w, minute);
	rebuff_answer a = gate(w, "new", "a@remote.example");
	assert_row_int("waits", a.verdict, REBUFF_WAIT);
	assert_true(a.queued);
	assert_in_range(a.until_ms, w->wall + 3000, w->wall + 15000);
	assert_row_int("stored", row_of(w, "new", "a@remote.example").state, RBF_WAITING);
}

/* Told again to wait, a message stays where it was in the queue. */
static void test_places_are_kept(void **state)
{
	static rebuff_due due[CAP];
	world *w = *state;
	fill(w, 2);
	hold(w, "", "", 0);
	pass(w, minute);
	assert_row_int("asked again", gate(w, "f0000", "a@remote.example").verdict, REBUFF_WAIT);
	size_t n;
	rebuff_error err;
	rebuff_hold_release(w->ctx, &(const rebuff_scope_held){.provider = {"", 0}}, RBF_LIT("me"),
		RBF_LIT(""), &n, &err);
	/* With a ramp: a lane. */
	assert_row_int("due", due_now(w, due), 1);
	assert_string_equal(due[0].id, "f0000");
	/* And whoever was woken in vain is due again at once. */
	wake(w, &due[0]);
	hold(w, "", "", 0);
	assert_row_int("in vain", gate(w, "f0000", "a@remote.example").verdict, REBUFF_WAIT);
	rebuff_hold_release(w->ctx, &(const rebuff_scope_held){.provider = {"", 0}}, RBF_LIT("me"),
		RBF_LIT(""), &n, &err);
	pass(w, minute);
	assert_row_int("due", due_now(w, due), 1);
	assert_string_equal(due[0].id, "f0000");
}

/* Nobody wakes here: the mail server's own schedule must not be told to wait for ever. */
static void test_without_wakes_a_lane_still_moves(void **state)
{
	world *w = *state;
	gate(w, "m0", "a@remote.example");
	defer(w, "m0", "a@remote.example", SLOW);
	fill(w, 3);
	assert_row_int("waits", gate(w, "f0002", "a@remote.example").verdict, REBUFF_WAIT);
	pass(w, 16 * minute);
	assert_row_int("goes", gate(w, "f0002", "a@remote.example").verdict, REBUFF_GO);
}

static void test_a_lane_grows_with_success_and_ends(void **state)
{
	world *w = *state;
	int64_t before = 0;
	gate(w, "m0", "a@remote.example");
	defer(w, "m0", "a@remote.example", SLOW);
	assert_row_int("20 a minute", number(w, "SELECT rate FROM pace"), 20);
	pass(w, 11000);
	gate(w, "m1", "a@remote.example");
	assert_true(defer(w, "m1", "a@remote.example", SLOW).slowed);
	assert_row_int("halved", number(w, "SELECT rate FROM pace"), 10);
	pass(w, 3000);
	assert_false(defer(w, "m2", "a@remote.example", SLOW).slowed);
	assert_row_int("not twice at once", number(w, "SELECT rate FROM pace"), 10);
	for (int i = 0; i < 30 && number(w, "SELECT count(*) FROM pace"); i++) {
		char id[16];
		snprintf(id, sizeof id, "d%d", i);
		pass(w, minute);
		report(w, REBUFF_KIND_DELIVERED, REBUFF_STAGE_DOT, id, "a@remote.example",
			"250 OK");
		int64_t rate = number(w, "SELECT rate FROM pace");
		assert_true(rate == -1 || rate > before);
		before = rate;
	}
	assert_row_int("ended", number(w, "SELECT count(*) FROM pace"), 0);
}

/* -M would connect for every message in turn: with a host that is dead they go one a minute. */
static void test_a_dead_host_gets_a_lane(void **state)
{
	static const char *const ids[] = {"m1", "m2", "m3", "m4"};
	world *w = *state;
	for (int i = 0; i < 4; i++)
		gate(w, ids[i], "a@remote.example");
	for (int i = 0; i < 4; i++) {
		report(w, REBUFF_KIND_MESSAGE_DEFER, REBUFF_STAGE_CONNECT, ids[i],
			"a@remote.example", NOBODY);
		assert_row_int(ids[i], number(w, "SELECT count(*) FROM pace"), i >= 2);
	}
	assert_row_int("one a minute", number(w, "SELECT rate FROM pace"), 1);
	pass(w, minute);
	report(w, REBUFF_KIND_DELIVERED, REBUFF_STAGE_DOT, "m5", "a@remote.example", "250 OK");
	assert_row_int("alive", number(w, "SELECT rate FROM pace"), 20);
}

static void test_one_failed_connection_is_no_dead_host(void **state)
{
	world *w = *state;
	for (int i = 0; i < 10; i++) {
		char id[16];
		snprintf(id, sizeof id, "m%d", i);
		gate(w, id, "a@remote.example");
		report(w, i % 3 == 2 ? REBUFF_KIND_DELIVERED : REBUFF_KIND_MESSAGE_DEFER,
			REBUFF_STAGE_CONNECT, id, "a@remote.example",
			i % 3 == 2 ? "250 OK" : NOBODY);
	}
	assert_row_int("no lane", number(w, "SELECT count(*) FROM pace"), 0);
}

/* ---- holds -------------------------------------------------------------------------------------
 */

static void test_held_mail_waits_in_order(void **state)
{
	static rebuff_due due[CAP];
	world *w = *state;
	rebuff_error err;
	size_t n;
	fill(w, 2);
	const char *provider = row_of(w, "f0000", "a@remote.example").provider;
	char name[REBUFF_NAME_MAX];
	snprintf(name, sizeof name, "%s", provider);
	hold(w, name, "", 0);
	assert_row_int("held", due_now(w, due), 0);
	rebuff_answer a = gate(w, "new", "a@remote.example");
	assert_row_int("new mail", a.verdict, REBUFF_WAIT);
	assert_non_null(strstr(a.text, "looked at"));
	pass(w, 10 * hour);
	assert_row_int("still held", due_now(w, due), 0);
	assert_int_equal(rebuff_hold_release(w->ctx,
				 &(const rebuff_scope_held){.provider = rbf_span_of(name)},
				 RBF_LIT("me"), RBF_LIT(""), &n, &err),
		REBUFF_OK);
	assert_row_int("released", n, 1);
	/* With a ramp: a lane, from the oldest on. */
	assert_row_int("ramp", number(w, "SELECT rate FROM pace"), 20);
	assert_row_int("one", due_now(w, due), 1);
	assert_string_equal(due[0].id, "f0000");
}

static void test_a_hold_that_runs_out_begins_with_a_probe(void **state)
{
	static rebuff_due due[CAP];
	world *w = *state;
	fill(w, 5);
	hold(w, "", "", w->wall + hour);
	pass(w, hour + 1);
	assert_row_int("until house is kept", due_now(w, due), 0);
	run_housekeep(w);
	assert_row_int("ended", number(w, "SELECT count(*) FROM hold WHERE ended_ms = 0"), 0);
	assert_row_int("all providers: a ramp", number(w, "SELECT rate FROM pace"), 20);
	sqlite3_exec(rbf_store_view(w->ctx->store), "DELETE FROM pace", NULL, NULL, NULL);
	char name[REBUFF_NAME_MAX];
	snprintf(name, sizeof name, "%s", row_of(w, "f0000", "a@remote.example").provider);
	hold(w, name, "", w->wall + hour);
	pass(w, hour + 1);
	run_housekeep(w);
	assert_row_int("held, yet", number(w, "SELECT count(*) FROM hold WHERE ended_ms = 0"), 1);
	assert_row_int("one", due_now(w, due), 1);
	assert_string_equal(due[0].id, "f0000");
	wake(w, &due[0]);
	assert_row_int("the probe", gate(w, "f0000", "a@remote.example").verdict, REBUFF_GO);
	assert_row_int("the next", gate(w, "f0001", "a@remote.example").verdict, REBUFF_WAIT);
	assert_row_int("new mail", gate(w, "new", "b@remote.example").verdict, REBUFF_WAIT);
	assert_row_int("no more", due_now(w, due), 0);

	/* Refused: held for twice as long. */
	refuse(w, "f0000", "a@remote.example", BLOCKED);
	assert_row_int("again", number(w, "SELECT until_ms FROM hold WHERE ended_ms = 0"),
		w->wall + 2 * hour);
	assert_row_int("no lane", number(w, "SELECT count(*) FROM pace"), 0);
	pass(w, minute);
	assert_row_int("held", due_now(w, due), 0);
	rebuff_answer a = gate(w, "f0001", "a@remote.example");
	assert_row_int("held", a.verdict, REBUFF_WAIT);
	assert_true(strncmp(a.rule, "hold:", 5) == 0);

	/* Deferred, a probe says nothing: the next one goes a little later. */
	pass(w, 2 * hour);
	run_housekeep(w);
	assert_row_int("one", due_now(w, due), 1);
	wake(w, &due[0]);
	assert_row_int("go", gate(w, due[0].id, "a@remote.example").verdict, REBUFF_GO);
	defer(w, due[0].id, "a@remote.example", "451 4.3.0 Internal error");
	assert_row_int("not at once", due_now(w, due), 0);
	pass(w, 6 * minute);
	assert_row_int("the next", due_now(w, due), 1);
	wake(w, &due[0]);
	assert_row_int("go", gate(w, due[0].id, "a@remote.example").verdict, REBUFF_GO);

	/* Accepted: over, with a ramp. */
	report(w, REBUFF_KIND_DELIVERED, REBUFF_STAGE_DOT, due[0].id, "a@remote.example", "250 OK");
	assert_row_int("over", number(w, "SELECT count(*) FROM hold WHERE ended_ms = 0"), 0);
	assert_row_int("ramp", number(w, "SELECT rate FROM pace"), 20);
}

static void test_a_stream_is_held_alone(void **state)
{
	static rebuff_due due[CAP];
	world *w = *state;
	fill(w, 1);
	hold(w, "", "other.example", 0);
	assert_row_int("another stream", due_now(w, due), 1);
	hold(w, "", "sender.example", 0);
	assert_row_int("this stream", due_now(w, due), 0);
	assert_row_int("gate", gate(w, "x", "a@remote.example").verdict, REBUFF_WAIT);
}

/* Results of a stream have named this sending IP. */
static void seen_from(world *w, const char *ip)
{
	rebuff_error err = {0};
	rebuff_begin(w->ctx, &err);
	assert_int_equal(rbf_store_leaving_seen(
				 w->ctx->store, w->ctx->node, "sender.example", ip, w->wall, &err),
		REBUFF_OK);
	rebuff_commit(w->ctx, &err);
}

static void hold_ip(world *w, const char *ip, int64_t until_ms)
{
	rebuff_error err = {0};
	const rebuff_scope_held scope = {.source_ip = rbf_span_of(ip)};
	assert_int_equal(rebuff_hold_add(w->ctx, &scope, until_ms, RBF_LIT("looked at"),
				 RBF_LIT("test"), &err),
		REBUFF_OK);
}

static rebuff_verdict gate_from(world *w, const char *ip)
{
	rebuff_answer a = {.size = sizeof a};
	rebuff_gate_request r = asking("x", "a@remote.example");
	r.source_ip = rbf_span_of(ip);
	rebuff_gate(w->ctx, &r, &a);
	return a.verdict;
}

static void test_an_ip_is_held_alone(void **state)
{
	static rebuff_due due[CAP];
	world *w = *state;
	fill(w, 1);
	hold_ip(w, "192.0.2.1", 0);
	assert_row_int("not known", gate(w, "x", "a@remote.example").verdict, REBUFF_GO);
	assert_row_int("said by the MTA", gate_from(w, "192.0.2.1"), REBUFF_WAIT);
	seen_from(w, "192.0.2.2");
	assert_row_int("another", gate(w, "x", "a@remote.example").verdict, REBUFF_GO);
	assert_row_int("due", due_now(w, due), 1);
	/* A day later it is another one. */
	pass(w, day + minute);
	seen_from(w, "192.0.2.1");
	assert_row_int("due", due_now(w, due), 0);
	rebuff_answer a = gate(w, "y", "a@remote.example");
	assert_row_int("this one", a.verdict, REBUFF_WAIT);
	assert_string_equal(a.rule, "hold:192.0.2.1");
	assert_row_int("said by the MTA", gate_from(w, "192.0.2.2"), REBUFF_GO);
	/* Of a stream that leaves from two it is not known. */
	seen_from(w, "192.0.2.2");
	assert_row_int("two", gate(w, "y", "a@remote.example").verdict, REBUFF_GO);
	assert_row_int("due", due_now(w, due), 1);
}

static void test_the_hold_of_an_ip_probes_without_a_provider(void **state)
{
	static rebuff_due due[CAP];
	world *w = *state;
	rebuff_error err;
	seen_from(w, "192.0.2.1");
	fill(w, 5);
	hold_ip(w, "192.0.2.1", w->wall + hour);
	pass(w, hour + 1);
	run_housekeep(w);
	assert_row_int("one", due_now(w, due), 1);
	assert_string_equal(due[0].id, "f0000");
	assert_row_int("no lane of a provider", number(w, "SELECT count(*) FROM pace"), 0);
	wake(w, &due[0]);
	assert_row_int("the probe", gate(w, "f0000", "a@remote.example").verdict, REBUFF_GO);
	assert_row_int("the next", gate(w, "f0001", "a@remote.example").verdict, REBUFF_WAIT);
	assert_row_int("no more", due_now(w, due), 0);
	assert_row_int("from another", gate_from(w, "192.0.2.2"), REBUFF_GO);
	rebuff_answer a = {.size = sizeof a};
	rebuff_submit(w->ctx, RBF_LIT("b@remote.example"), RBF_LIT("shop@sender.example"), &a);
	assert_row_int("kept at the commit, where no gate is asked", a.queued, true);
	/* Refused: held for twice as long. */
	refuse(w, "f0000", "a@remote.example", BLOCKED);
	assert_row_int("again", number(w, "SELECT until_ms FROM hold WHERE ended_ms = 0"),
		w->wall + 2 * hour);
	pass(w, 2 * hour + minute);
	run_housekeep(w);
	assert_row_int("one", due_now(w, due), 1);
	wake(w, &due[0]);
	assert_row_int("go", gate(w, due[0].id, "a@remote.example").verdict, REBUFF_GO);
	report(w, REBUFF_KIND_DELIVERED, REBUFF_STAGE_DOT, due[0].id, "a@remote.example", "250 OK");
	assert_row_int("over", number(w, "SELECT count(*) FROM hold WHERE ended_ms = 0"), 0);
	assert_row_int("ramp", number(w, "SELECT rate FROM pace"), 20);
	/* By hand. */
	size_t n = 0;
	hold_ip(w, "192.0.2.1", 0);
	const rebuff_scope_held scope = {.source_ip = RBF_LIT("192.0.2.1")};
	assert_int_equal(rebuff_hold_release(w->ctx, &scope, RBF_LIT("me"), RBF_LIT(""), &n, &err),
		REBUFF_OK);
	assert_row_int("released", n, 1);
}

static void test_overlapping_holds_count_once(void **state)
{
	static const struct {
		const char *name;
		struct {
			int64_t from_s, to_s; /* to 0: not ended */
			const char *provider, *stream, *source_ip;
		} holds[3];
		int64_t want_s; /* between 100 and 200 */
	} holds[] = {
		{"none", {{0, 0, NULL, NULL, NULL}}, 0},
		{"all of it", {{0, 300, "p", "", ""}}, 100},
		{"before", {{0, 90, "p", "", ""}}, 0},
		{"still on", {{150, 0, "p", "", ""}}, 50},
		{"apart", {{110, 120, "p", "", ""}, {130, 150, "", "s", ""}}, 30},
		{"overlapping", {{110, 140, "p", "", ""}, {130, 150, "", "s", ""}}, 40},
		{"one in the other", {{110, 190, "p", "", ""}, {130, 150, "", "", ""}}, 80},
		{"of the IP", {{110, 150, "", "", "192.0.2.1"}}, 40},
		{"of another IP", {{110, 150, "", "", "192.0.2.2"}}, 0},
		{"of others", {{110, 190, "q", "", ""}, {110, 190, "", "t", ""}}, 0},
	};
	for (size_t i = 0; i < sizeof holds / sizeof *holds; i++) {
		rbf_store *s;
		rebuff_error err = {0};
		size_t n;
		int64_t held_ms;
		assert_int_equal(rbf_store_open(":memory:", false, &s, &err), REBUFF_OK);
		for (int k = 0; k < 3 && holds[i].holds[k].provider; k++) {
			const rbf_key scope = {holds[i].holds[k].provider, holds[i].holds[k].stream,
				holds[i].holds[k].source_ip ? holds[i].holds[k].source_ip : ""};
			rbf_store_hold(s, &scope, holds[i].holds[k].from_s * 1000, 0, "", "", &err);
			if (holds[i].holds[k].to_s)
				rbf_store_release(s, &scope, holds[i].holds[k].to_s * 1000, "me",
					"", &n, &err);
		}
		assert_int_equal(rbf_store_held_ms(s, &(const rbf_key){"p", "s", "192.0.2.1"},
					 100000, 200000, &held_ms, &err),
			REBUFF_OK);
		assert_row_int(holds[i].name, held_ms, holds[i].want_s * 1000);
		rbf_store_close(&s);
	}
	(void)state;
}

/* ---- a large queue -----------------------------------------------------------------------------
 */

/* Thousands that are held lie before one that may go: it is found, and found again quickly. */
static void test_held_thousands_hide_nobody(void **state)
{
	static rebuff_due due[CAP];
	world *w = *state;
	int looks = 0;
	rebuff_error err;
	rebuff_begin(w->ctx, &err);
	for (int i = 0; i < 5000; i++) {
		char id[16];
		snprintf(id, sizeof id, "f%04d", i);
		rebuff_gate_request r = asking(id, "a@remote.example");
		assert_int_equal(rebuff_record_wait(w->ctx, &r, &err), REBUFF_OK);
	}
	rebuff_gate_request other = asking("other", "a@elsewhere.example");
	other.mx = RBF_LIT("mx.elsewhere.example");
	pass(w, 10);
	assert_int_equal(rebuff_record_wait(w->ctx, &other, &err), REBUFF_OK);
	rebuff_commit(w->ctx, &err);
	hold(w, row_of(w, "f0000", "a@remote.example").provider, "", 0);
	for (; looks < 10; looks++) {
		int64_t next = 0;
		size_t n = rebuff_due_list(w->ctx, w->wall, due, CAP, &next);
		if (n) {
			assert_row_int("alone", n, 1);
			assert_string_equal(due[0].id, "other");
			break;
		}
		assert_true(next <= w->wall + 100);
		pass(w, 20);
	}
	assert_in_range(looks, 1, 3);
	wake(w, &due[0]);
	assert_row_int("none left", due_now(w, due), 0);
}

/* ---- operators ---------------------------------------------------------------------------------
 */

static void test_what_an_operator_forces_goes(void **state)
{
	static const char *const why[] = {"suppressed", "held", "given up"};
	world *w = *state;
	refuse(w, "x", "gone@remote.example", "550 5.1.1 User unknown");
	hold(w, "", "", 0);
	for (int i = 0; i < 3; i++) {
		rebuff_gate_request r =
			asking("m", i == 0 ? "gone@remote.example" : "a@remote.example");
		rebuff_answer a = {.size = sizeof a};
		r.age_s = i == 2 ? 15 * 86400 : 0;
		rebuff_gate(w->ctx, &r, &a);
		assert_row_int(why[i], a.verdict, i == 1 ? REBUFF_WAIT : REBUFF_FAIL);
		r.forced = true;
		rebuff_gate(w->ctx, &r, &a);
		assert_row_int(why[i], a.verdict, REBUFF_GO);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_one_row_a_message_earliest_first),
		TEST(test_never_woken),
		TEST(test_a_wake_that_nobody_noticed),
		TEST(test_a_go_that_nothing_follows_goes_past_the_hosts_retry),
		TEST(test_what_is_woken_for_one_is_not_due_for_the_other),
		TEST(test_new_mail_to_a_lane_is_asked_about),
		TEST(test_new_mail_to_a_hosted_domain_is_held),
		TEST(test_a_lane_is_handed_out_at_its_rate),
		TEST(test_new_mail_waits_behind_the_queue),
		TEST(test_places_are_kept),
		TEST(test_without_wakes_a_lane_still_moves),
		TEST(test_a_lane_grows_with_success_and_ends),
		TEST(test_a_dead_host_gets_a_lane),
		TEST(test_one_failed_connection_is_no_dead_host),
		TEST(test_held_mail_waits_in_order),
		TEST(test_a_hold_that_runs_out_begins_with_a_probe),
		TEST(test_a_stream_is_held_alone),
		TEST(test_an_ip_is_held_alone),
		TEST(test_the_hold_of_an_ip_probes_without_a_provider),
		cmocka_unit_test(test_overlapping_holds_count_once),
		TEST(test_held_thousands_hide_nobody),
		TEST(test_what_an_operator_forces_goes),
	};
	return cmocka_run_group_tests_name("engine/schedule", tests, NULL, NULL);
}
