/* test_sources.c - what the policy says of addresses of ours: lanes of their own, and what holds
 * for mail that is expected to leave from them. */
#include "world.h"

#include "../script/files.h"

#define RATE "421 4.7.28 Our system has detected an unusual rate of mail"
#define SEVEN "192.0.2.7"
#define EIGHT "192.0.2.8"

static void begin(world *w, const char *lua)
{
	folder f;
	rebuff_error err = {0};
	*w = (world){.wall = 1800000000000, .boot = 1000000};
	folder_make(&f);
	folder_write(&f, "defaults.lua", lua, strlen(lua));
	rebuff_options o = {.size = sizeof o,
		.data_dir = "lua",
		.config_dir = f.dir,
		.state_file = ":memory:",
		.clock = {.ud = w, .wall_ms = wall_ms, .boot_ms = boot_ms}};
	if (rebuff_open(&o, &w->ctx, &err) != REBUFF_OK)
		fail_msg("%s", err.text);
	folder_remove(&f);
	w->ctx->trial = true;
}

/* Mail of news@ leaves from SEVEN, of shop@ from EIGHT. */
static rebuff_outcome tell(world *w, rebuff_kind kind, const char *id, const char *sender,
	const char *source, const char *text)
{
	rebuff_outcome out = {.size = sizeof out};
	rebuff_error err = {0};
	const rebuff_result r = {.size = sizeof r,
		.id = rbf_span_of(id),
		.recipient = RBF_LIT("a@remote.example"),
		.sender = rbf_span_of(sender),
		.kind = kind,
		.stage = REBUFF_STAGE_RCPT,
		.text = rbf_span_of(text),
		.host = RBF_LIT("mx.remote.example"),
		.source_ip = rbf_span_of(source)};
	assert_int_equal(rebuff_begin(w->ctx, &err), REBUFF_OK);
	if (rebuff_record_result(w->ctx, &r, &out, &err) != REBUFF_OK)
		fail_msg("%s", err.text);
	assert_int_equal(rebuff_commit(w->ctx, &err), REBUFF_OK);
	return out;
}

static void deliver(world *w, const char *id, const char *sender, const char *source)
{
	(void)tell(w, REBUFF_KIND_DELIVERED, id, sender, source, "250 ok");
}

static rebuff_answer ask(world *w, const char *id, const char *sender, int64_t age_s)
{
	rebuff_answer a = {.size = sizeof a};
	const rebuff_gate_request r = {.size = sizeof r,
		.id = rbf_span_of(id),
		.recipient = RBF_LIT("a@remote.example"),
		.sender = rbf_span_of(sender),
		.mx = RBF_LIT("mx.remote.example"),
		.age_s = age_s};
	rebuff_gate(w->ctx, &r, &a);
	return a;
}

static const char streams[] = "rebuff.streams:add { name = 'news', sender = 'news@*' }\n"
			      "rebuff.streams:add { name = 'shop', sender = 'shop@*' }\n";

static void begin_with(world *w, const char *more)
{
	char lua[512];
	snprintf(lua, sizeof lua, "%s%s", streams, more);
	begin(w, lua);
	deliver(w, "n0", "news@sender.example", SEVEN);
	deliver(w, "s0", "shop@sender.example", EIGHT);
}

static void test_a_lane_of_its_own(void **state)
{
	world w;
	(void)state;
	begin_with(&w, "rebuff.source('" SEVEN "').pace = { start = '6/min', ceiling = '9/min' }");
	(void)tell(&w, REBUFF_KIND_RCPT_DEFER, "n1", "news@sender.example", SEVEN, RATE);
	assert_row_int(
		"rate", number(&w, "SELECT rate FROM pace WHERE source_ip = '" SEVEN "'"), 6);
	assert_row_int("lanes", number(&w, "SELECT count(*) FROM pace"), 1);
	/* The news have their turns, the shop does not know of it. */
	pass(&w, minute);
	assert_row_int("first", ask(&w, "n2", "news@sender.example", 0).verdict, REBUFF_GO);
	rebuff_answer a = ask(&w, "n3", "news@sender.example", 0);
	assert_row_int("second", a.verdict, REBUFF_WAIT);
	assert_row_str("rule", a.rule, "pace:remote.example");
	for (int i = 1; i < 4; i++)
		assert_row_int("shop", ask(&w, "s1", "shop@sender.example", 0).verdict, REBUFF_GO);
	/* What the shop is told slows the shop alone, by the provider's own pace. */
	(void)tell(&w, REBUFF_KIND_RCPT_DEFER, "s2", "shop@sender.example", EIGHT, RATE);
	assert_row_int("shared", number(&w, "SELECT rate FROM pace WHERE source_ip = ''"), 20);
	assert_row_int(
		"as it was", number(&w, "SELECT rate FROM pace WHERE source_ip = '" SEVEN "'"), 6);
	/* And its success ends only its own. */
	pass(&w, minute);
	deliver(&w, "n4", "news@sender.example", SEVEN);
	assert_row_int("ended", number(&w, "SELECT count(*) FROM pace WHERE source_ip <> ''"), 0);
	assert_row_int("the other", number(&w, "SELECT count(*) FROM pace"), 1);
	rebuff_close(&w.ctx);
}

static void test_each_lane_wakes_its_own(void **state)
{
	world w;
	rebuff_due due[8];
	int64_t next;
	(void)state;
	begin_with(&w, "rebuff.source('" SEVEN "').pace = { start = '2/min' }");
	(void)tell(&w, REBUFF_KIND_RCPT_DEFER, "n1", "news@sender.example", SEVEN, RATE);
	(void)tell(&w, REBUFF_KIND_RCPT_DEFER, "n2", "news@sender.example", SEVEN, RATE);
	(void)tell(
		&w, REBUFF_KIND_RCPT_DEFER, "s1", "shop@sender.example", EIGHT, "450 4.3.2 busy");
	(void)tell(
		&w, REBUFF_KIND_RCPT_DEFER, "s2", "shop@sender.example", EIGHT, "450 4.3.2 busy");
	pass(&w, day);
	size_t n = due_at(&w, due, 8, &next);
	assert_row_int("woken", (int64_t)n, 3);
	assert_row_str("of the lane, one", due[0].id, "n1");
	assert_row_str("of the rest, all", due[1].id, "s1");
	assert_row_str("of the rest, all", due[2].id, "s2");
	rebuff_close(&w.ctx);
}

static void test_a_release_begins_every_lane(void **state)
{
	world w;
	rebuff_error err = {0};
	size_t n;
	(void)state;
	begin_with(&w, "rebuff.source('" SEVEN "').pace = { start = '2/min' }");
	(void)tell(
		&w, REBUFF_KIND_RCPT_DEFER, "n1", "news@sender.example", SEVEN, "450 4.3.2 busy");
	assert_int_equal(rebuff_begin(w.ctx, &err), REBUFF_OK);
	const rebuff_scope_held scope = {.provider = RBF_LIT("remote.example")};
	assert_int_equal(rebuff_hold_add(w.ctx, &scope, 0, RBF_LIT("test"), RBF_LIT("test"), &err),
		REBUFF_OK);
	assert_int_equal(rebuff_hold_release(w.ctx, &scope, RBF_LIT("test"), RBF_LIT(""), &n, &err),
		REBUFF_OK);
	assert_int_equal(rebuff_commit(w.ctx, &err), REBUFF_OK);
	assert_row_int("shared", number(&w, "SELECT rate FROM pace WHERE source_ip = ''"), 20);
	assert_row_int("own", number(&w, "SELECT rate FROM pace WHERE source_ip <> ''"), 2);
	rebuff_close(&w.ctx);
}

static void test_what_holds_for_an_address(void **state)
{
	world w;
	(void)state;
	begin_with(&w,
		"rebuff.source('" SEVEN "').lifetime = '1d'\n"
		"rebuff.source('" EIGHT "').mode = 'observe'\n");
	assert_row_int(
		"old news", ask(&w, "n1", "news@sender.example", 2 * 86400).verdict, REBUFF_FAIL);
	assert_row_int(
		"old shop", ask(&w, "s1", "shop@sender.example", 2 * 86400).verdict, REBUFF_GO);
	(void)tell(&w, REBUFF_KIND_FAILED, "s2", "shop@sender.example", EIGHT,
		"550 5.1.1 User unknown");
	assert_row_int("observed", number(&w, "SELECT count(*) FROM suppression"), 0);
	(void)tell(&w, REBUFF_KIND_FAILED, "n2", "news@sender.example", SEVEN,
		"550 5.1.1 User unknown");
	assert_row_int("acted", number(&w, "SELECT count(*) FROM suppression"), 1);
	assert_row_int("news", ask(&w, "n3", "news@sender.example", 0).verdict, REBUFF_FAIL);
	assert_row_int("shop", ask(&w, "s3", "shop@sender.example", 0).verdict, REBUFF_GO);
	rebuff_close(&w.ctx);
}

/* Nothing is remembered where no file speaks of addresses. */
static void test_not_asked_for_not_kept(void **state)
{
	world w;
	(void)state;
	begin_with(&w, "");
	assert_row_int("kept", number(&w, "SELECT count(*) FROM source"), 0);
	(void)tell(&w, REBUFF_KIND_RCPT_DEFER, "n1", "news@sender.example", SEVEN, RATE);
	assert_row_int("one lane", number(&w, "SELECT count(*) FROM pace WHERE source_ip = ''"), 1);
	rebuff_close(&w.ctx);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_lane_of_its_own),
		cmocka_unit_test(test_each_lane_wakes_its_own),
		cmocka_unit_test(test_a_release_begins_every_lane),
		cmocka_unit_test(test_what_holds_for_an_address),
		cmocka_unit_test(test_not_asked_for_not_kept),
	};
	return cmocka_run_group_tests_name("sources", tests, NULL, NULL);
}
