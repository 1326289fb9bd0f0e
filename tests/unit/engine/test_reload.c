/* test_reload.c - a new policy comes as a whole or not at all, and what is under way stays as it
 * is. */
#include "world.h"

#include "../script/files.h"

#define FULL "552 5.2.2 Mailbox full"
#define RATE "421 4.7.28 Our system has detected an unusual rate of mail"
#define BUSY "450 4.3.2 busy"

static folder f;

static void write_policy(const char *lua)
{
	folder_write(&f, "defaults.lua", lua, strlen(lua));
}

static void begin(world *w, const char *lua)
{
	rebuff_error err = {0};
	*w = (world){.wall = 1800000000000, .boot = 1000000};
	folder_make(&f);
	write_policy(lua);
	rebuff_options o = {.size = sizeof o,
		.data_dir = "lua",
		.config_dir = f.dir,
		.state_file = ":memory:",
		.clock = {.ud = w, .wall_ms = wall_ms, .boot_ms = boot_ms}};
	if (rebuff_open(&o, &w->ctx, &err) != REBUFF_OK)
		fail_msg("%s", err.text);
	w->ctx->trial = true;
}

static void end(world *w)
{
	rebuff_close(&w->ctx);
	folder_remove(&f);
}

static void test_what_is_under_way_stays(void **state)
{
	static const char *const kept[] = {"SELECT due_ms FROM delivery WHERE id = 'b1'",
		"SELECT attempts FROM delivery WHERE id = 'b1'",
		"SELECT category_attempts FROM delivery WHERE id = 'b1'",
		"SELECT first_failure_ms FROM delivery WHERE id = 'b1'",
		"SELECT rate FROM pace WHERE provider = 'remote.example'",
		"SELECT count(*) FROM hold WHERE ended_ms = 0", "SELECT count(*) FROM strike",
		"SELECT sum(failed) FROM tally"};
	enum { KEPT = sizeof kept / sizeof *kept };
	int64_t before[KEPT];
	world w;
	rebuff_error err = {0};
	(void)state;
	begin(&w, "");
	defer(&w, "b1", "b@remote.example", BUSY);
	pass(&w, hour);
	defer(&w, "b1", "b@remote.example", BUSY);
	defer(&w, "r1", "r@remote.example", RATE);
	refuse(&w, "f1", "full@remote.example", FULL);
	refuse(&w, "f2", "full@remote.example", FULL);
	assert_int_equal(rebuff_begin(w.ctx, &err), REBUFF_OK);
	assert_int_equal(rebuff_hold_add(w.ctx,
				 &(const rebuff_scope_held){.provider = RBF_LIT("held.example")}, 0,
				 RBF_LIT("test"), RBF_LIT("test"), &err),
		REBUFF_OK);
	assert_int_equal(rebuff_commit(w.ctx, &err), REBUFF_OK);
	for (int i = 0; i < KEPT; i++)
		before[i] = number(&w, kept[i]);
	write_policy("rebuff.default.retry['system-error'] = { first = '2h' }\n"
		     "rebuff.default.pace = { start = '5/min' }\n");
	assert_int_equal(rebuff_reload(w.ctx, &err), REBUFF_OK);
	for (int i = 0; i < KEPT; i++)
		assert_row_int(kept[i], number(&w, kept[i]), before[i]);
	/* The third finding completes the two from before; the ladder goes on by the new words. */
	refuse(&w, "f3", "full@remote.example", FULL);
	assert_row_int("suppressed", suppressed(&w, "full@remote.example"), true);
	pass(&w, hour);
	rebuff_outcome out = defer(&w, "b1", "b@remote.example", BUSY);
	assert_row_int(
		"third step of the new ladder", (out.due_ms - w.wall) / 1000, 2 * 3600 * 9 / 4);
	end(&w);
}

static void test_a_broken_file_changes_nothing(void **state)
{
	world w;
	rebuff_error err = {0};
	(void)state;
	begin(&w, "rebuff.default.retry['system-error'] = { first = '7m' }\n");
	write_policy("rebuff.default.retry['system-error'] = { first = '8m' }\n"
		     "rebuff.default.lifetme = '1d'\n");
	assert_int_equal(rebuff_reload(w.ctx, &err), REBUFF_EPOLICY);
	assert_non_null(strstr(err.text, "defaults.lua:2"));
	rebuff_outcome out = defer(&w, "m", "a@remote.example", BUSY);
	assert_row_int("the old policy", (out.due_ms - w.wall) / 1000, 7 * 60);
	end(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_what_is_under_way_stays),
		cmocka_unit_test(test_a_broken_file_changes_nothing),
	};
	return cmocka_run_group_tests_name("reload", tests, NULL, NULL);
}
