/* test_postfix.c - what Postfix's log tells, of mail that nobody can wake or give up. */
#include "world.h"

#include <string.h>

static const char SLOW[] = "451 4.3.0 Temporary failure, try again later";

static rebuff_outcome told(world *w, rebuff_kind kind, const char *text)
{
	rebuff_outcome out = {.size = sizeof out};
	rebuff_error err = {0};
	rebuff_result r = {.size = sizeof r,
		.mta = REBUFF_MTA_POSTFIX,
		.id = RBF_LIT("4FxY2z1"),
		.recipient = RBF_LIT("lucy@remote.example"),
		.sender = RBF_LIT("shop@sender.example"),
		.kind = kind,
		.stage = REBUFF_STAGE_RCPT,
		.text = rbf_span_of(text),
		.host = RBF_LIT("mx.remote.example"),
		.time_ms = w->wall,
		.from_log = true};
	assert_int_equal(rebuff_begin(w->ctx, &err), REBUFF_OK);
	if (rebuff_record_result(w->ctx, &r, &out, &err) != REBUFF_OK)
		fail_msg("record_result: %s", err.text);
	assert_int_equal(rebuff_commit(w->ctx, &err), REBUFF_OK);
	return out;
}

static void keep(void *ud, const char *what, const char *text)
{
	char *all = ud;
	size_t len = strlen(all);
	(void)snprintf(all + len, 4096 - len, "%s: %s\n", what, text);
}

static const char *explained(world *w)
{
	static char all[4096];
	rebuff_error err = {0};
	all[0] = '\0';
	if (rebuff_explain_message(w->ctx, RBF_LIT("4FxY2z1"), keep, all, &err) != REBUFF_OK)
		fail_msg("explain: %s", err.text);
	return all;
}

static void test_refusal_suppresses_once(void **state)
{
	world *w = *state;
	static const char gone[] = "550 5.1.1 User unknown";
	assert_true(told(w, REBUFF_KIND_FAILED, gone).suppressed);
	assert_true(suppressed(w, "lucy@remote.example"));
	/* The same line again, after the log's reader was killed. */
	rebuff_outcome again = told(w, REBUFF_KIND_FAILED, gone);
	assert_true(again.duplicate);
	assert_int_equal(number(w, "SELECT count(*) FROM event"), 1);
}

static void test_never_woken(void **state)
{
	world *w = *state;
	rebuff_due due[4];
	int64_t next;
	rebuff_outcome out = told(w, REBUFF_KIND_RCPT_DEFER, SLOW);
	assert_int_equal(out.fate, REBUFF_FATE_AGAIN);
	assert_int_equal(out.due_ms, 0);
	pass(w, day);
	assert_int_equal(due_at(w, due, 4, &next), 0);
	assert_non_null(strstr(
		explained(w), "waits after 1 attempt; Postfix tries it by its own schedule"));
	/* The same from Exim is due. */
	(void)defer(w, "1tABCD-0000Ab-1x", "lucy@remote.example", SLOW);
	pass(w, day);
	assert_int_equal(due_at(w, due, 4, &next), 1);
}

static void test_given_up_once(void **state)
{
	world *w = *state;
	int given_up = 0;
	/* Postfix goes on for five days, every hour. */
	for (int i = 0; i < 5 * 24; i++, pass(w, hour))
		given_up += told(w, REBUFF_KIND_RCPT_DEFER, SLOW).fate == REBUFF_FATE_GIVEN_UP;
	assert_int_equal(given_up, 1);
	assert_int_equal(number(w, "SELECT count(*) FROM strike"), 1);
	assert_non_null(strstr(explained(w), "was given up on"));
	/* And then it gets through. */
	assert_int_equal(told(w, REBUFF_KIND_DELIVERED, "250 2.0.0 Ok").fate, REBUFF_FATE_ACCEPTED);
	assert_non_null(strstr(explained(w), "was delivered"));
}

static void test_gone_with_its_message(void **state)
{
	world *w = *state;
	(void)told(w, REBUFF_KIND_RCPT_DEFER, SLOW);
	pass(w, minute);
	(void)told(w, REBUFF_KIND_COMPLETE, "");
	assert_non_null(strstr(explained(w), "left the queue, nobody said how"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {TEST(test_refusal_suppresses_once),
		TEST(test_never_woken), TEST(test_given_up_once), TEST(test_gone_with_its_message)};
	return cmocka_run_group_tests_name("engine/postfix", tests, NULL, NULL);
}
