/* test_history.c - what logs tell of the past is seen with the policy's eyes: its hooks and what it
 * says of streams and addresses hold for it as for mail of today, and nothing is acted upon. */
#include "world.h"

#include "../script/files.h"

static const struct {
	const char *name, *lua;
	rebuff_category category;
	int64_t would; /* have been suppressed */
} rows[] = {
	{"the shipped policy", "", REBUFF_ADDRESS_BAD, 1},
	{"classify", "function rebuff.default.classify(e) return 'policy' end", REBUFF_POLICY, 0},
	{"decide", "function rebuff.default.decide(e, d) return d:bounce() end", REBUFF_ADDRESS_BAD,
		0},
	{"suppress", "function rebuff.default.suppress(e, s) return s:skip() end",
		REBUFF_ADDRESS_BAD, 0},
	{"a hook that fails", "function rebuff.default.classify(e) error('no') end",
		REBUFF_ADDRESS_BAD, 1},
	{"of a stream", "rebuff.stream('sender.example').suppress['address-bad'] = false",
		REBUFF_ADDRESS_BAD, 0},
	{"of an address of ours", "rebuff.source('192.0.2.7').suppress['address-bad'] = false",
		REBUFF_ADDRESS_BAD, 0},
	{"what a hook sees",
		"function rebuff.default.classify(e)\n"
		"  if e.stream == 'sender.example' and e.source == '192.0.2.7' and e.failed and\n"
		"    e.stage == 'rcpt' and e.domain == 'remote.example' and e.age == 60 then\n"
		"    return 'mailbox-full' end\n"
		"end",
		REBUFF_MAILBOX_FULL, 0},
};

static void tell(world *w)
{
	rebuff_error err = {0};
	bool known;
	const rebuff_history past = {
		.size = sizeof past, .received_ms = w->wall - hour - minute, .keep_waiting = true};
	const rebuff_result r = {.size = sizeof r,
		.id = RBF_LIT("m1"),
		.recipient = RBF_LIT("a@remote.example"),
		.sender = RBF_LIT("shop@sender.example"),
		.kind = REBUFF_KIND_FAILED,
		.stage = REBUFF_STAGE_RCPT,
		.text = RBF_LIT("550 5.1.1 User unknown"),
		.host = RBF_LIT("mx.remote.example"),
		.source_ip = RBF_LIT("192.0.2.7"),
		.time_ms = w->wall - hour};
	assert_int_equal(rebuff_begin(w->ctx, &err), REBUFF_OK);
	if (rebuff_record_history(w->ctx, &r, &past, &known, &err) != REBUFF_OK)
		fail_msg("%s", err.text);
	assert_int_equal(rebuff_commit(w->ctx, &err), REBUFF_OK);
}

static void test_seen_with_the_policy(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		folder f;
		world w = {.wall = 1800000000000, .boot = 1000000};
		rebuff_error err = {0};
		folder_make(&f);
		folder_write(&f, "defaults.lua", rows[i].lua, strlen(rows[i].lua));
		rebuff_options o = {.size = sizeof o,
			.data_dir = "lua",
			.config_dir = f.dir,
			.state_file = ":memory:",
			.clock = {.ud = &w, .wall_ms = wall_ms, .boot_ms = boot_ms}};
		if (rebuff_open(&o, &w.ctx, &err) != REBUFF_OK)
			fail_msg("%s: %s", rows[i].name, err.text);
		folder_remove(&f);
		tell(&w);
		assert_row_int(
			rows[i].name, number(&w, "SELECT category FROM event"), rows[i].category);
		assert_row_int(rows[i].name,
			number(&w, "SELECT count(*) FROM event WHERE suppressed = 2"),
			rows[i].would);
		assert_row_int(rows[i].name, number(&w, "SELECT count(*) FROM suppression"), 0);
		rebuff_close(&w.ctx);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_seen_with_the_policy)};
	return cmocka_run_group_tests_name("history", tests, NULL, NULL);
}
