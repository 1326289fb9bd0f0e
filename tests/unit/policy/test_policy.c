/* test_policy.c - a reply, a policy and a history make a decision. */
#include "unit.h"

#include "base/span.h"
#include "script/script.h"

/* The shipped policy. */
static rbf_config *shipped;

static int load(void **state)
{
	rebuff_error err = {0};
	(void)state;
	if (rbf_config_load("lua", "", 0, &(rebuff_log){0}, &shipped, &err) != REBUFF_OK)
		fail_msg("%s", err.text);
	return 0;
}

static int unload(void **state)
{
	(void)state;
	rbf_config_unref(shipped);
	return 0;
}

static const int64_t hour = 3600000, now = 1800000000000;

/* One row: what the reply was, what happened before, what follows. */
typedef struct {
	const char *name;
	rebuff_category category;
	rebuff_fault fault;
	rebuff_action action;
	rebuff_scope scope;
	bool failed;
	uint32_t attempts;
	int64_t failing_ms, held_ms, age_ms;
	rbf_decide what;
	bool strike, slow, counted;
} row;

static const row rows[] = {
	{"unknown user", REBUFF_ADDRESS_BAD, REBUFF_FAULT_RECIPIENT, REBUFF_ACTION_SUPPRESS, 0,
		true, 1, 0, 0, 0, RBF_DECIDE_FAIL, true, false, false},
	{"unknown user that is not the recipient's fault", REBUFF_ADDRESS_BAD,
		REBUFF_FAULT_SENDER_IP, REBUFF_ACTION_BOUNCE, 0, true, 1, 0, 0, 0, RBF_DECIDE_FAIL,
		false, false, false},
	{"disabled", REBUFF_MAILBOX_DISABLED, REBUFF_FAULT_RECIPIENT, REBUFF_ACTION_SUPPRESS, 0,
		true, 1, 0, 0, 0, RBF_DECIDE_FAIL, true, false, false},
	{"bare 5xx", REBUFF_UNCLASSIFIED, REBUFF_FAULT_UNKNOWN, REBUFF_ACTION_SUPPRESS, 0, true, 1,
		0, 0, 0, RBF_DECIDE_FAIL, true, false, false},
	{"unclassified elsewhere", REBUFF_UNCLASSIFIED, REBUFF_FAULT_UNKNOWN, REBUFF_ACTION_BOUNCE,
		0, true, 1, 0, 0, 0, RBF_DECIDE_FAIL, false, false, false},
	{"blocked", REBUFF_IP_BLOCKED, REBUFF_FAULT_SENDER_IP, REBUFF_ACTION_BOUNCE, 0, true, 1, 0,
		0, 0, RBF_DECIDE_FAIL, false, false, false},
	{"refused for this recipient", REBUFF_RECIPIENT_REFUSED, REBUFF_FAULT_RECIPIENT,
		REBUFF_ACTION_BOUNCE, 0, true, 1, 0, 0, 0, RBF_DECIDE_FAIL, false, false, false},
	{"a 5xx that is a rate limit", REBUFF_RATE_LIMITED, REBUFF_FAULT_SENDER_IP,
		REBUFF_ACTION_BOUNCE, REBUFF_SCOPE_IP, true, 1, 0, 0, 0, RBF_DECIDE_FAIL, false,
		true, false},
	{"full, 5xx", REBUFF_MAILBOX_FULL, REBUFF_FAULT_RECIPIENT, REBUFF_ACTION_SOFT, 0, true, 1,
		0, 0, 0, RBF_DECIDE_FAIL, true, false, false},
	{"full, 4xx", REBUFF_MAILBOX_FULL, REBUFF_FAULT_RECIPIENT, REBUFF_ACTION_RETRY, 0, false, 1,
		0, 0, 0, RBF_DECIDE_RETRY, false, false, true},
	{"greylisted", REBUFF_GREYLISTED, REBUFF_FAULT_RECEIVER, REBUFF_ACTION_RETRY, 0, false, 1,
		0, 0, 0, RBF_DECIDE_RETRY, false, false, false},
	{"rate limit of the IP", REBUFF_RATE_LIMITED, REBUFF_FAULT_SENDER_IP, REBUFF_ACTION_SLOW,
		REBUFF_SCOPE_IP, false, 1, 0, 0, 0, RBF_DECIDE_RETRY, false, true, true},
	{"rate limit of one recipient", REBUFF_RATE_LIMITED, REBUFF_FAULT_RECIPIENT,
		REBUFF_ACTION_RETRY, REBUFF_SCOPE_RECIPIENT, false, 1, 0, 0, 0, RBF_DECIDE_RETRY,
		false, false, true},
	{"too many recipients", REBUFF_RATE_LIMITED, REBUFF_FAULT_SENDER_IP, REBUFF_ACTION_RETRY,
		REBUFF_SCOPE_TRANSACTION, false, 1, 0, 0, 0, RBF_DECIDE_RETRY, false, false, false},
	{"71 hours", REBUFF_SYSTEM_ERROR, REBUFF_FAULT_RECEIVER, REBUFF_ACTION_RETRY, 0, false, 9,
		71 * 3600000LL, 0, 0, RBF_DECIDE_RETRY, false, false, true},
	{"72 hours", REBUFF_SYSTEM_ERROR, REBUFF_FAULT_RECEIVER, REBUFF_ACTION_RETRY, 0, false, 9,
		72 * 3600000LL, 0, 0, RBF_DECIDE_GIVE_UP, true, false, true},
	{"72 hours, three attempts", REBUFF_SYSTEM_ERROR, REBUFF_FAULT_RECEIVER,
		REBUFF_ACTION_RETRY, 0, false, 3, 72 * 3600000LL, 0, 0, RBF_DECIDE_RETRY, false,
		false, true},
	{"80 hours, 9 of them held", REBUFF_SYSTEM_ERROR, REBUFF_FAULT_RECEIVER,
		REBUFF_ACTION_RETRY, 0, false, 9, 80 * 3600000LL, 9 * 3600000LL, 0,
		RBF_DECIDE_RETRY, false, false, true},
	{"14 days old, all of it held", REBUFF_SYSTEM_ERROR, REBUFF_FAULT_RECEIVER,
		REBUFF_ACTION_RETRY, 0, false, 1, 336 * 3600000LL, 336 * 3600000LL, 336 * 3600000LL,
		RBF_DECIDE_GIVE_UP, true, false, true},
	{"72 hours of a block", REBUFF_IP_BLOCKED, REBUFF_FAULT_SENDER_IP, REBUFF_ACTION_RETRY, 0,
		false, 9, 72 * 3600000LL, 0, 0, RBF_DECIDE_GIVE_UP, false, false, true},
};

static rbf_decision decide(const row *r, bool clock_unsteady)
{
	rbf_policy policy = shipped->fallback;
	rbf_decision d;
	rebuff_classification reply = {.size = sizeof reply,
		.code = r->failed ? 550 : 450,
		.category = r->category,
		.fault = r->fault,
		.action = r->action,
		.scope = r->scope};
	rbf_history h = {.now_ms = now,
		.first_failure_ms = r->failing_ms ? now - r->failing_ms : 0,
		.received_ms = r->age_ms ? now - r->age_ms : 0,
		.held_ms = r->held_ms,
		.attempts = r->attempts,
		.category_attempts = r->attempts,
		.clock_unsteady = clock_unsteady};
	rbf_policy_decide(&policy, &reply, r->failed, &h, &d);
	return d;
}

/* A dead address that is guessed from words is as sure as a bare 5xx, and goes by its rule. */
static void test_a_guess_goes_by_the_rule_of_a_bare_5xx(void **state)
{
	rbf_policy policy = shipped->fallback;
	rebuff_classification reply = {.size = sizeof reply,
		.code = 550,
		.category = REBUFF_ADDRESS_BAD,
		.action = REBUFF_ACTION_SUPPRESS,
		.guessed = true};
	rbf_history h = {.now_ms = now, .attempts = 1};
	rbf_decision d;
	(void)state;
	rbf_policy_decide(&policy, &reply, true, &h, &d);
	assert_true(d.strike && d.rule == &policy.bare);
	policy.bare.on = false;
	rbf_policy_decide(&policy, &reply, true, &h, &d);
	assert_false(d.strike);
}

static void test_decisions(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		const row *r = &rows[i];
		rbf_decision d = decide(r, false);
		assert_row_int(r->name, d.what, r->what);
		assert_row_int(r->name, d.strike, r->strike);
		assert_row_int(r->name, d.slow, r->slow);
		if (!r->failed && r->what == RBF_DECIDE_RETRY)
			assert_row_int(r->name, d.counts_attempt, r->counted);
	}
}

static void test_nothing_is_given_up_while_the_clock_is_unsteady(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		if (rows[i].what == RBF_DECIDE_GIVE_UP)
			assert_row_int(rows[i].name, decide(&rows[i], true).what, RBF_DECIDE_RETRY);
}

static void test_ladder(void **state)
{
	static const struct {
		uint32_t n;
		int64_t want_s;
	} steps[] = {{0, 60}, {1, 60}, {2, 120}, {3, 240}, {4, 480}, {5, 900}, {50, 900}};
	rbf_ladder l = {.step_s = {60, 120}, .step_n = 2, .factor = 2, .max_s = 900};
	(void)state;
	for (size_t i = 0; i < sizeof steps / sizeof *steps; i++)
		assert_row_int("step", rbf_ladder_ms(&l, steps[i].n, 0), steps[i].want_s * 1000);
	l.jitter = 0.5;
	for (uint32_t random = 0; random < 100000; random += 997) {
		int64_t ms = rbf_ladder_ms(&l, 1, random);
		assert_true(ms >= 30000 && ms <= 90000);
	}
}

static void test_stated_wait(void **state)
{
	static const struct {
		const char *name;
		int64_t wait_s, until_s;
		int64_t least_s, most_s;
	} waits[] = {
		{"as stated", 600, 0, 600, 660},
		{"clamped below", 1, 0, 30, 33},
		{"clamped above", 86400 * 30, 0, 12 * 3600, 14 * 3600},
		{"until a time", 0, now / 1000 + 900, 900, 990},
		{"until next year", 0, now / 1000 + 86400 * 365, 12 * 3600, 14 * 3600},
	};
	rbf_policy policy = shipped->fallback;
	(void)state;
	for (size_t i = 0; i < sizeof waits / sizeof *waits; i++) {
		rebuff_classification reply = {.size = sizeof reply,
			.code = 451,
			.category = REBUFF_GREYLISTED,
			.wait_s = waits[i].wait_s,
			.wait_until_s = waits[i].until_s};
		rbf_decision d;
		rbf_history h = {
			.now_ms = now, .attempts = 1, .category_attempts = 1, .random = 9999};
		rbf_policy_decide(&policy, &reply, false, &h, &d);
		assert_true(d.wait_believed);
		if (d.due_ms < now + waits[i].least_s * 1000 ||
			d.due_ms > now + waits[i].most_s * 1000)
			fail_msg("%s: got %lld s", waits[i].name,
				(long long)(d.due_ms - now) / 1000);
		h.wait_believed = true;
		rbf_policy_decide(&policy, &reply, false, &h, &d);
		assert_false(d.wait_believed);
		assert_true(d.due_ms < now + hour);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_decisions),
		cmocka_unit_test(test_a_guess_goes_by_the_rule_of_a_bare_5xx),
		cmocka_unit_test(test_nothing_is_given_up_while_the_clock_is_unsteady),
		cmocka_unit_test(test_ladder),
		cmocka_unit_test(test_stated_wait),
	};
	return cmocka_run_group_tests_name("policy", tests, load, unload);
}
