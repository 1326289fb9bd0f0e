/* test_policy.c - from a category and what happened before to a decision. */
#include "unit.h"
#include "policy/policy.h"

#include <stdio.h>

enum { MINUTE = 60, HOUR = 3600, DAY = 86400 };

static const int64_t NOW = 1795000000000;

/* ---- the built-in values -----------------------------------------------------------------------
 */

/* Ladders in minutes; the last column is what the fifteenth step comes to. */
static void test_ladders(void **state)
{
	(void)state;
	static const struct {
		rebuff_category category;
		int64_t minutes[6];
		int64_t in_the_end;
	} rows[] = {
		{REBUFF_GREYLISTED, {5, 10, 15, 30, 60}, 60},
		{REBUFF_RATE_LIMITED, {15, 30, 60, 120, 240}, 240},
		{REBUFF_IP_BLOCKED, {60, 120, 240, 480, 720}, 720},
		{REBUFF_POLICY, {60, 120, 240, 480, 720}, 720},
		{REBUFF_MAILBOX_FULL, {240, 480, 720, 1440}, 1440},
		{REBUFF_NETWORK_ERROR, {15, 30, 60, 120}, 120},
		{REBUFF_DOMAIN_BAD, {15, 30, 60, 120}, 120},
		{REBUFF_SYSTEM_ERROR, {15, 30, 60, 120, 240, 360}, 360},
		{REBUFF_UNCLASSIFIED, {15, 30, 60, 120, 240, 360}, 360},
	};
	rbf_policy p;
	rbf_policy_defaults(&p);
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		const char *name = rebuff_category_name(rows[i].category);
		rbf_ladder l = p.retry[rows[i].category];
		l.jitter = 0;
		for (uint32_t n = 0; n < 6 && rows[i].minutes[n]; n++)
			assert_row_int(
				name, rbf_ladder_ms(&l, n + 1, 0), rows[i].minutes[n] * 60000);
		assert_row_int(name, rbf_ladder_ms(&l, 15, 0), rows[i].in_the_end * 60000);
		assert_row_int(name, l.give_up_s, 72 * HOUR);
		assert_row_int(name, l.give_up_attempts, 4);
	}
}

static void test_suppress_rules(void **state)
{
	(void)state;
	static const struct {
		rebuff_category category;
		uint32_t after;
		int64_t over_s, lasts_s;
	} rows[] = {
		{REBUFF_ADDRESS_BAD, 1, 0, 180 * DAY},
		{REBUFF_MAILBOX_DISABLED, 1, 0, 90 * DAY},
		{REBUFF_DOMAIN_BAD, 3, 3 * DAY, 180 * DAY},
	};
	rbf_policy p;
	rbf_policy_defaults(&p);
	for (int c = 0; c < REBUFF_CATEGORY_N; c++) {
		bool want_on = false;
		for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
			if ((int)rows[i].category == c) {
				want_on = true;
				assert_row_int("after", p.suppress[c].after, rows[i].after);
				assert_row_int("over", p.suppress[c].over_s, rows[i].over_s);
				assert_row_int("lasts", p.suppress[c].lasts_s, rows[i].lasts_s);
			}
		assert_row_int(rebuff_category_name((rebuff_category)c), p.suppress[c].on, want_on);
	}
	assert_row_int("soft after", p.soft.after, 3);
	assert_row_int("soft within", p.soft.within_s, 30 * DAY);
	assert_row_int("soft lasts", p.soft.lasts_s, 30 * DAY);
	assert_true(p.soft.growth > 1);
	assert_row_int("bare", p.bare.on, true);
	assert_row_int("breaker", (int)(p.breaker.share * 1000), 50);
	assert_row_int("breaker", p.breaker.at_least, 50);
	assert_row_int("breaker", p.breaker.within_s, 15 * MINUTE);
	assert_row_int("wait", p.wait_min_s, 30);
	assert_row_int("wait", p.wait_max_s, 12 * HOUR);
	assert_row_int("hard limit", p.hard_limit_s, 14 * DAY);
}

static void test_ladder_growth_and_jitter(void **state)
{
	(void)state;
	rbf_ladder l = {.step_s = {10, 20}, .step_n = 2, .factor = 2, .max_s = 100, .jitter = 0.25};
	static const struct {
		const char *name;
		uint32_t n, random;
		int64_t want_ms;
	} rows[] = {
		{"first, no jitter", 1, 10000, 10000},
		{"zeroth is the first", 0, 10000, 10000},
		{"second", 2, 10000, 20000},
		{"grows", 3, 10000, 40000},
		{"grows", 4, 10000, 80000},
		{"to the most", 5, 10000, 100000},
		{"and stays there", 4000000000U, 10000, 100000},
		{"least", 1, 0, 7500},
		{"most", 1, 20000, 12500},
		{"random wraps", 1, 20001, 7500},
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		assert_row_int(rows[i].name, rbf_ladder_ms(&l, rows[i].n, rows[i].random),
			rows[i].want_ms);
}

/* ---- failures: who is struck -------------------------------------------------------------------
 */

typedef enum { NOBODY, BY_CATEGORY, BY_ADDRESS_RULE, BY_SOFT, BY_BARE } struck_by;

static void test_failures(void **state)
{
	(void)state;
	static const struct {
		const char *name;
		rebuff_category category;
		rebuff_fault fault;
		rebuff_action action;
		struck_by want;
		bool slow;
	} rows[] = {
		{"unknown user", REBUFF_ADDRESS_BAD, REBUFF_FAULT_RECIPIENT, REBUFF_ACTION_SUPPRESS,
			BY_CATEGORY, false},
		{"disabled", REBUFF_MAILBOX_DISABLED, REBUFF_FAULT_RECIPIENT,
			REBUFF_ACTION_SUPPRESS, BY_CATEGORY, false},
		{"null MX, said by the reply", REBUFF_DOMAIN_BAD, REBUFF_FAULT_RECIPIENT,
			REBUFF_ACTION_SUPPRESS, BY_ADDRESS_RULE, false},
		{"no such domain, found in the DNS", REBUFF_DOMAIN_BAD, REBUFF_FAULT_RECIPIENT,
			REBUFF_ACTION_BOUNCE, BY_CATEGORY, false},
		{"552 mailbox full", REBUFF_MAILBOX_FULL, REBUFF_FAULT_RECIPIENT,
			REBUFF_ACTION_SOFT, BY_SOFT, false},
		{"bare 550 at RCPT", REBUFF_UNCLASSIFIED, REBUFF_FAULT_UNKNOWN,
			REBUFF_ACTION_SUPPRESS, BY_BARE, false},
		{"bare 550 elsewhere", REBUFF_UNCLASSIFIED, REBUFF_FAULT_UNKNOWN,
			REBUFF_ACTION_BOUNCE, NOBODY, false},
		{"block list", REBUFF_IP_BLOCKED, REBUFF_FAULT_SENDER_IP, REBUFF_ACTION_BOUNCE,
			NOBODY, false},
		{"their block list is broken", REBUFF_IP_BLOCKED, REBUFF_FAULT_RECEIVER,
			REBUFF_ACTION_BOUNCE, NOBODY, false},
		{"content", REBUFF_CONTENT_BLOCKED, REBUFF_FAULT_MESSAGE, REBUFF_ACTION_BOUNCE,
			NOBODY, false},
		{"DMARC", REBUFF_AUTH_FAILED, REBUFF_FAULT_SENDER_DOMAIN, REBUFF_ACTION_BOUNCE,
			NOBODY, false},
		{"refused without saying dead", REBUFF_RECIPIENT_REFUSED, REBUFF_FAULT_RECIPIENT,
			REBUFF_ACTION_BOUNCE, NOBODY, false},
		{"unknown user, at the banner", REBUFF_ADDRESS_BAD, REBUFF_FAULT_SENDER_IP,
			REBUFF_ACTION_BOUNCE, NOBODY, false},
		{"5xx that is a rate limit", REBUFF_RATE_LIMITED, REBUFF_FAULT_SENDER_IP,
			REBUFF_ACTION_BOUNCE, NOBODY, true},
	};
	rbf_policy p;
	rbf_policy_defaults(&p);
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		const rebuff_classification c = {.size = sizeof c,
			.code = 550,
			.category = rows[i].category,
			.fault = rows[i].fault,
			.action = rows[i].action,
			.confidence = 0.7};
		const rbf_history h = {.now_ms = NOW, .attempts = 1, .category_attempts = 1};
		const rbf_suppress_rule *want[] = {NULL, &p.suppress[rows[i].category],
			&p.suppress[REBUFF_ADDRESS_BAD], &p.soft, &p.bare};
		rbf_decision d;
		rbf_policy_decide(&p, &c, true, &h, &d);
		assert_row_int(rows[i].name, d.what, RBF_DECIDE_FAIL);
		assert_row_int(rows[i].name, d.strike, rows[i].want != NOBODY);
		if (d.rule != want[rows[i].want])
			fail_msg("%s: struck by another rule", rows[i].name);
		if (d.strike) {
			assert_row_int(rows[i].name, d.class_,
				rows[i].want == BY_SOFT ? REBUFF_CLASS_SOFT : REBUFF_CLASS_BOUNCE);
			assert_row_int(rows[i].name, (int)(d.confidence * 10 + 0.5), 7);
		}
		assert_row_int(rows[i].name, d.slow, rows[i].slow);
		assert_true(d.why[0] != '\0');
	}
}

/* ---- deferrals: when again, or no more ---------------------------------------------------------
 */

static void test_deferrals(void **state)
{
	(void)state;
	static const struct {
		const char *name;
		rebuff_category category;
		rebuff_scope scope;
		int64_t wait_s;
		uint32_t category_attempts;
		bool believed;
		int64_t want_s; /* from now */
		bool want_counts, want_slow, want_believed;
	} rows[] = {
		{"greylisting, first", REBUFF_GREYLISTED, 0, 0, 1, false, 300, false, false, false},
		{"greylisting, second", REBUFF_GREYLISTED, 0, 0, 2, false, 600, false, false,
			false},
		{"stated wait", REBUFF_GREYLISTED, 0, 120, 1, false, 120, false, false, true},
		{"stated wait, not twice", REBUFF_GREYLISTED, 0, 120, 2, true, 600, false, false,
			false},
		{"stated wait, too short", REBUFF_GREYLISTED, 0, 1, 1, false, 30, false, false,
			true},
		{"stated wait, too long", REBUFF_GREYLISTED, 0, 999999999, 1, false, 12 * HOUR,
			false, false, true},
		{"rate limit, nothing stated", REBUFF_RATE_LIMITED, 0, 0, 1, false, 900, true, true,
			false},
		{"rate limit of the IP", REBUFF_RATE_LIMITED, REBUFF_SCOPE_IP, 0, 2, false, 1800,
			true, true, false},
		{"rate limit of the domain", REBUFF_RATE_LIMITED, REBUFF_SCOPE_DOMAIN, 0, 1, false,
			900, true, true, false},
		{"rate limit of the recipient", REBUFF_RATE_LIMITED, REBUFF_SCOPE_RECIPIENT, 0, 1,
			false, 900, true, false, false},
		{"too many recipients", REBUFF_RATE_LIMITED, REBUFF_SCOPE_TRANSACTION, 0, 1, false,
			0, false, false, false},
		{"too many messages in a session", REBUFF_RATE_LIMITED, REBUFF_SCOPE_SESSION, 0, 3,
			false, 0, false, false, false},
		{"again at once, but not for ever", REBUFF_RATE_LIMITED, REBUFF_SCOPE_SESSION, 0, 4,
			false, 7200, false, false, false},
		{"full mailbox", REBUFF_MAILBOX_FULL, 0, 0, 1, false, 4 * HOUR, true, false, false},
		{"anything else", REBUFF_SYSTEM_ERROR, 0, 0, 3, false, HOUR, true, false, false},
		{"address, for now", REBUFF_ADDRESS_BAD, 0, 0, 1, false, 900, true, false, false},
	};
	rbf_policy p;
	rbf_policy_defaults(&p);
	p.wait_jitter = 0;
	for (int c = 0; c < REBUFF_CATEGORY_N; c++)
		p.retry[c].jitter = 0;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		const rebuff_classification c = {.size = sizeof c,
			.code = 450,
			.category = rows[i].category,
			.scope = rows[i].scope,
			.wait_s = rows[i].wait_s,
			.action = REBUFF_ACTION_RETRY};
		const rbf_history h = {.now_ms = NOW,
			.attempts = rows[i].category_attempts,
			.category_attempts = rows[i].category_attempts,
			.wait_believed = rows[i].believed};
		rbf_decision d;
		rbf_policy_decide(&p, &c, false, &h, &d);
		assert_row_int(rows[i].name, d.what, RBF_DECIDE_RETRY);
		assert_row_int(rows[i].name, d.due_ms - NOW, rows[i].want_s * 1000);
		assert_row_int(rows[i].name, d.counts_attempt, rows[i].want_counts);
		assert_row_int(rows[i].name, d.slow, rows[i].want_slow);
		assert_row_int(rows[i].name, d.wait_believed, rows[i].want_believed);
		assert_row_int(rows[i].name, d.strike, false);
	}
}

/* The jitter of a stated wait only adds: to come early is to be refused again. */
static void test_stated_wait_is_never_undercut(void **state)
{
	(void)state;
	rbf_policy p;
	rbf_policy_defaults(&p);
	const rebuff_classification c = {
		.size = sizeof c, .code = 450, .category = REBUFF_GREYLISTED, .wait_s = 300};
	for (uint32_t random = 0; random < 30000; random += 997) {
		const rbf_history h = {
			.now_ms = NOW, .attempts = 1, .category_attempts = 1, .random = random};
		rbf_decision d;
		rbf_policy_decide(&p, &c, false, &h, &d);
		assert_in_range(d.due_ms - NOW, 300000, 330000);
	}
}

static void test_giving_up(void **state)
{
	(void)state;
	static const struct {
		const char *name;
		rebuff_category category;
		rebuff_fault fault;
		int64_t failing_s, held_s, age_s;
		uint32_t attempts;
		bool unsteady;
		bool want_up, want_strike;
	} rows[] = {
		{"too early", REBUFF_SYSTEM_ERROR, REBUFF_FAULT_RECEIVER, 72 * HOUR - 1, 0, 0, 9,
			false, false, false},
		{"72 hours", REBUFF_SYSTEM_ERROR, REBUFF_FAULT_RECEIVER, 72 * HOUR, 0, 0, 4, false,
			true, true},
		{"too few attempts", REBUFF_SYSTEM_ERROR, REBUFF_FAULT_RECEIVER, 99 * HOUR, 0, 0, 3,
			false, false, false},
		{"held time does not count", REBUFF_SYSTEM_ERROR, REBUFF_FAULT_RECEIVER, 80 * HOUR,
			9 * HOUR, 0, 9, false, false, false},
		{"but some", REBUFF_SYSTEM_ERROR, REBUFF_FAULT_RECEIVER, 80 * HOUR, 8 * HOUR, 0, 9,
			false, true, true},
		{"hard limit, whatever was held", REBUFF_UNCLASSIFIED, REBUFF_FAULT_UNKNOWN, 1, 0,
			14 * DAY, 1, false, true, true},
		{"just below it", REBUFF_UNCLASSIFIED, REBUFF_FAULT_UNKNOWN, 1, 0, 14 * DAY - 1, 1,
			false, false, false},
		{"the clock has jumped", REBUFF_UNCLASSIFIED, REBUFF_FAULT_UNKNOWN, 99 * HOUR, 0,
			20 * DAY, 9, true, false, false},
		{"full mailbox", REBUFF_MAILBOX_FULL, REBUFF_FAULT_RECIPIENT, 72 * HOUR, 0, 0, 4,
			false, true, true},
		{"dead host", REBUFF_NETWORK_ERROR, REBUFF_FAULT_NETWORK, 72 * HOUR, 0, 0, 4, false,
			true, true},
		{"rate limit strikes nobody", REBUFF_RATE_LIMITED, REBUFF_FAULT_SENDER_IP,
			72 * HOUR, 0, 0, 4, false, true, false},
		{"greylisting for ever strikes nobody", REBUFF_GREYLISTED, REBUFF_FAULT_RECEIVER,
			72 * HOUR, 0, 0, 4, false, true, false},
		{"block list strikes nobody", REBUFF_IP_BLOCKED, REBUFF_FAULT_SENDER_IP, 72 * HOUR,
			0, 0, 4, false, true, false},
		{"their broken block list strikes nobody", REBUFF_IP_BLOCKED, REBUFF_FAULT_RECEIVER,
			72 * HOUR, 0, 0, 4, false, true, false},
		{"content strikes nobody", REBUFF_CONTENT_BLOCKED, REBUFF_FAULT_MESSAGE, 72 * HOUR,
			0, 0, 4, false, true, false},
		{"our login strikes nobody", REBUFF_AUTH_FAILED, REBUFF_FAULT_US, 72 * HOUR, 0, 0,
			4, false, true, false},
	};
	rbf_policy p;
	rbf_policy_defaults(&p);
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		const rebuff_classification c = {.size = sizeof c,
			.code = 451,
			.category = rows[i].category,
			.fault = rows[i].fault,
			.action = REBUFF_ACTION_RETRY};
		const rbf_history h = {.now_ms = NOW,
			.first_failure_ms = NOW - rows[i].failing_s * 1000,
			.held_ms = rows[i].held_s * 1000,
			.received_ms = rows[i].age_s ? NOW - rows[i].age_s * 1000 : 0,
			.attempts = rows[i].attempts,
			.category_attempts = rows[i].attempts,
			.clock_unsteady = rows[i].unsteady};
		rbf_decision d;
		rbf_policy_decide(&p, &c, false, &h, &d);
		assert_row_int(rows[i].name, d.what,
			rows[i].want_up ? RBF_DECIDE_GIVE_UP : RBF_DECIDE_RETRY);
		assert_row_int(rows[i].name, d.strike, rows[i].want_strike);
		if (d.strike && (d.rule != &p.soft || d.class_ != REBUFF_CLASS_SOFT))
			fail_msg("%s: not a soft bounce", rows[i].name);
	}
}

static void test_accepted(void **state)
{
	(void)state;
	rbf_policy p;
	rbf_policy_defaults(&p);
	static const struct {
		const char *name;
		uint16_t code;
		rebuff_category category;
	} rows[] = {
		{"250", 250, REBUFF_DELIVERED},
		{"251", 251, REBUFF_UNCLASSIFIED},
		{"no reply kept", 0, REBUFF_DELIVERED},
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		const rebuff_classification c = {
			.size = sizeof c, .code = rows[i].code, .category = rows[i].category};
		const rbf_history h = {.now_ms = NOW, .attempts = 9, .first_failure_ms = 1};
		rbf_decision d;
		rbf_policy_decide(&p, &c, false, &h, &d);
		assert_row_int(rows[i].name, d.what, RBF_DECIDE_DONE);
		assert_row_int(rows[i].name, d.strike || d.slow, false);
	}
}

/* A rule that the operator switched off strikes nobody. */
static void test_rule_off(void **state)
{
	(void)state;
	rbf_policy p;
	rbf_policy_defaults(&p);
	p.suppress[REBUFF_ADDRESS_BAD].on = false;
	const rebuff_classification c = {.size = sizeof c,
		.code = 550,
		.category = REBUFF_ADDRESS_BAD,
		.fault = REBUFF_FAULT_RECIPIENT,
		.action = REBUFF_ACTION_SUPPRESS};
	const rbf_history h = {.now_ms = NOW, .attempts = 1, .category_attempts = 1};
	rbf_decision d;
	rbf_policy_decide(&p, &c, true, &h, &d);
	assert_false(d.strike);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ladders),
		cmocka_unit_test(test_suppress_rules),
		cmocka_unit_test(test_ladder_growth_and_jitter),
		cmocka_unit_test(test_failures),
		cmocka_unit_test(test_deferrals),
		cmocka_unit_test(test_stated_wait_is_never_undercut),
		cmocka_unit_test(test_giving_up),
		cmocka_unit_test(test_accepted),
		cmocka_unit_test(test_rule_off),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
