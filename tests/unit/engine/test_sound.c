#include "world.h"

static rebuff_soundness look(world *w, bool thorough)
{
	rebuff_soundness s = {.size = sizeof s};
	rebuff_error err = {0};
	assert_int_equal(rebuff_check_store(w->ctx, thorough, &s, &err), REBUFF_OK);
	return s;
}

static void test_newest_event(void **state)
{
	world *w = *state;
	assert_int_equal(look(w, true).last_event_ms, 0);
	(void)gate(w, "1tA", "a@remote.example");
	pass(w, minute);
	(void)refuse(w, "1tA", "a@remote.example", "550 5.1.1 no such user");
	int64_t then = w->wall;
	pass(w, hour);
	assert_int_equal(look(w, false).last_event_ms, then);
	assert_string_equal(look(w, true).problem, "");
}

static void test_waits(void **state)
{
	static const struct {
		const char *name, *id;
		bool want;
	} rows[] = {
		{"put off", "1tPUTOFF", true},
		{"under way", "1tOPEN", true},
		{"refused", "1tDEAD", false},
		{"unknown", "1tUNKNOWN", false},
	};
	world *w = *state;
	rebuff_error err = {0};
	bool waits;
	(void)gate(w, "1tPUTOFF", "a@remote.example");
	(void)defer(w, "1tPUTOFF", "a@remote.example", "450 4.2.0 later");
	(void)gate(w, "1tOPEN", "b@remote.example");
	(void)gate(w, "1tDEAD", "c@remote.example");
	(void)refuse(w, "1tDEAD", "c@remote.example", "550 5.1.1 no such user");
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		assert_int_equal(
			rebuff_waits_for(w->ctx, rbf_span_of(rows[i].id), &waits, &err), REBUFF_OK);
		assert_row_int(rows[i].name, waits, rows[i].want);
	}
}

static void test_wrong_use(void **state)
{
	world *w = *state;
	rebuff_soundness s = {.size = 4};
	rebuff_error err = {0};
	char id[REBUFF_ID_MAX + 2];
	bool waits = true;
	memset(id, 'x', sizeof id);
	id[sizeof id - 1] = '\0';
	assert_int_equal(rebuff_check_store(w->ctx, false, &s, &err), REBUFF_EARG);
	assert_int_equal(rebuff_waits_for(w->ctx, rbf_span_of(id), &waits, &err), REBUFF_EPARSE);
	assert_false(waits);
}

static void test_clock(void **state)
{
	world *w = *state;
	assert_false(rebuff_clock_unsteady(w->ctx));
	w->wall += hour;
	run_housekeep(w);
	assert_true(rebuff_clock_unsteady(w->ctx));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_newest_event, setup, teardown),
		cmocka_unit_test_setup_teardown(test_waits, setup, teardown),
		cmocka_unit_test_setup_teardown(test_wrong_use, setup, teardown),
		cmocka_unit_test_setup_teardown(test_clock, setup, teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
