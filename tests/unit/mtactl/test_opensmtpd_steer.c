#include "unit.h"

#include <stdio.h>
#include <stdlib.h>

#include "mtactl/opensmtpd_steer.h"

/* ---- a model of smtpd's scheduler: one list an envelope, and what happens when that is forgotten
 */

enum { ENVELOPES = 60, RELAYS = 2 };
typedef enum { NOWHERE, PENDING, SCHEDULED, INFLIGHT, REMOVED, FINISHED } where;

typedef struct {
	where at;
	bool linked; /* is in the list that `at` names */
	bool suspended, removed;
	int attempts;
} model_envelope;

typedef struct {
	model_envelope e[ENVELOPES];
	bool mta_paused;
	bool corrupt;
} model;

static void unlink_it(model *m, model_envelope *e)
{
	m->corrupt |= !e->linked;
	e->linked = false;
}

static void link_it(model *m, model_envelope *e, where at)
{
	m->corrupt |= e->linked;
	e->at = at;
	e->linked = true;
}

static bool in_queue(const model_envelope *e)
{
	return e->at != FINISHED && e->at != REMOVED;
}

static bool model_command(model *m, rbo_command command, size_t i)
{
	model_envelope *e = &m->e[i];
	if (e->at == FINISHED)
		return false;
	switch (command) {
	case RBO_PAUSE:
		if (e->suspended)
			return false;
		if (e->at != INFLIGHT)
			unlink_it(m, e);
		e->suspended = true;
		return true;
	case RBO_SCHEDULE:
		if (e->at == INFLIGHT)
			return false;
		/* A suspended one is taken to be in no list, any other one to be pending. */
		if (!e->suspended) {
			m->corrupt |= e->at != PENDING;
			unlink_it(m, e);
		}
		link_it(m, e, SCHEDULED);
		return true;
	case RBO_RESUME:
		if (!e->suspended)
			return false;
		if (e->at != INFLIGHT)
			link_it(m, e, e->at);
		e->suspended = false;
		return true;
	case RBO_REMOVE:
		if (e->removed)
			return false;
		e->removed = true;
		if (e->at == INFLIGHT)
			return true;
		if (!e->suspended)
			unlink_it(m, e);
		link_it(m, e, REMOVED);
		return true;
	}
	return false;
}

/* What smtpd does by itself between two commands. */
static void model_run(model *m)
{
	for (size_t i = 0; i < ENVELOPES; i++) {
		model_envelope *e = &m->e[i];
		if (e->at == REMOVED) {
			unlink_it(m, e);
			e->at = FINISHED;
		} else if (e->at == SCHEDULED && !m->mta_paused) {
			unlink_it(m, e);
			link_it(m, e, INFLIGHT);
			e->attempts++;
		}
	}
}

/* The attempt ends; returns whether the log says so (an attempt always gets its line). */
static bool model_outcome(model *m, size_t i, bool deferred)
{
	model_envelope *e = &m->e[i];
	if (e->at != INFLIGHT)
		return false;
	unlink_it(m, e);
	if (!deferred)
		e->at = FINISHED;
	else if (e->removed)
		link_it(m, e, REMOVED);
	else {
		e->at = PENDING;
		if (!e->suspended)
			e->linked = true;
	}
	return true;
}

static model *model_new(void)
{
	model *m = calloc(1, sizeof *m);
	for (size_t i = 0; i < ENVELOPES; i++)
		link_it(m, &m->e[i], PENDING);
	return m;
}

static uint64_t rng_state;

static uint32_t rng(uint32_t below)
{
	rng_state ^= rng_state << 13;
	rng_state ^= rng_state >> 7;
	rng_state ^= rng_state << 17;
	return (uint32_t)(rng_state >> 32) % below;
}

/* Random commands; with a steer it is asked first. Returns how many were given before the first
 * corruption, or all of them. */
static int play(uint64_t seed, rbo_steer *s, int commands, int *finished)
{
	model *m = model_new();
	int given = 0;
	int64_t now = 0;
	rng_state = seed * 2654435761u + 1;
	while (given < commands && !m->corrupt) {
		size_t i = rng(ENVELOPES);
		uint64_t id = i + 1;
		rbo_command command = (rbo_command)rng(100 < rng(110) ? 4 : 3);
		const char *why;
		now += rng(400);
		if (rng(30) == 0) {
			m->mta_paused = !m->mta_paused;
			if (s)
				rbo_steer_mta(s, m->mta_paused, now);
		}
		if (rng(3) == 0)
			model_run(m);
		size_t k = rng(ENVELOPES);
		bool deferred = rng(10) > 0;
		if (model_outcome(m, k, deferred) && s)
			rbo_steer_attempted(s, k + 1, deferred, now);
		if (s && rbo_steer_may(s, command, id, now, &why) != RBO_GO)
			continue;
		given++;
		if (model_command(m, command, i) && s)
			assert_true(rbo_steer_note(s, command, id, i % RELAYS, now));
	}
	for (size_t i = 0; i < ENVELOPES && finished; i++)
		*finished += !in_queue(&m->e[i]);
	free(m);
	return given;
}

static void test_without_order_it_breaks(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= 20; seed++)
		assert_true(play(seed, NULL, 5000, NULL) < 5000);
}

static void test_in_order_it_holds(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= 100; seed++) {
		rbo_steer *s = rbo_steer_new();
		int finished = 0;
		int given = play(seed, s, 200, &finished);
		if (given < 200)
			fail_msg("seed %llu: corrupt after %d commands", (unsigned long long)seed,
				given);
		rbo_steer_free(s);
	}
}

/* ---- the rules, one by one ------------------------------------------------------------------ */

#define MAY(command, want)                                                                         \
	do {                                                                                       \
		const char *why_ = NULL;                                                           \
		assert_row_int(#command, rbo_steer_may(s, command, 7, now, &why_), want);          \
		assert_non_null(why_);                                                             \
	} while (0)

static void test_states(void **state)
{
	(void)state;
	rbo_steer *s = rbo_steer_new();
	int64_t now = 1000000;
	MAY(RBO_SCHEDULE, RBO_NEVER);
	MAY(RBO_RESUME, RBO_DONE);
	MAY(RBO_REMOVE, RBO_GO);
	MAY(RBO_PAUSE, RBO_GO);
	rbo_steer_note(s, RBO_PAUSE, 7, 1, now);
	MAY(RBO_PAUSE, RBO_DONE);
	MAY(RBO_SCHEDULE, RBO_GO);
	rbo_steer_mta(s, true, now);
	MAY(RBO_SCHEDULE, RBO_LATER);
	MAY(RBO_RESUME, RBO_LATER);
	MAY(RBO_REMOVE, RBO_LATER);
	MAY(RBO_PAUSE, RBO_DONE);
	rbo_steer_mta(s, false, now);
	rbo_steer_note(s, RBO_SCHEDULE, 7, 0, now);
	MAY(RBO_PAUSE, RBO_DONE);
	MAY(RBO_SCHEDULE, RBO_LATER);
	MAY(RBO_RESUME, RBO_LATER);
	MAY(RBO_REMOVE, RBO_LATER);
	rbo_steer_attempted(s, 7, true, now);
	MAY(RBO_SCHEDULE, RBO_LATER); /* within the second */
	now += RBO_SAME_MS;
	MAY(RBO_SCHEDULE, RBO_GO);
	rbo_steer_note(s, RBO_REMOVE, 7, 0, now);
	MAY(RBO_PAUSE, RBO_NEVER);
	MAY(RBO_SCHEDULE, RBO_NEVER);
	MAY(RBO_REMOVE, RBO_NEVER);
	assert_int_equal(rbo_steer_held(s), 0);
	rbo_steer_sweep(s, now + RBO_GONE_MS + 1);
	assert_int_equal(rbo_steer_state(s, 7), RBO_FREE);
	rbo_steer_free(s);
}

static void test_waiting_is_limited_by_relay(void **state)
{
	(void)state;
	rbo_steer *s = rbo_steer_new();
	const char *why;
	for (uint64_t id = 1; id <= RBO_WAITING_MAX + 2; id++)
		rbo_steer_note(s, RBO_PAUSE, id, id == 1 ? 9 : 8, 0);
	for (uint64_t id = 2; id <= RBO_WAITING_MAX + 1; id++) {
		assert_int_equal(rbo_steer_may(s, RBO_SCHEDULE, id, 0, &why), RBO_GO);
		rbo_steer_note(s, RBO_SCHEDULE, id, 0, 0);
	}
	assert_int_equal(rbo_steer_may(s, RBO_SCHEDULE, RBO_WAITING_MAX + 2, 0, &why), RBO_LATER);
	assert_int_equal(rbo_steer_may(s, RBO_SCHEDULE, 1, 0, &why), RBO_GO);
	rbo_steer_attempted(s, 2, false, 0);
	assert_int_equal(rbo_steer_may(s, RBO_SCHEDULE, RBO_WAITING_MAX + 2, 0, &why), RBO_GO);
	rbo_steer_free(s);
}

static void test_watchdog(void **state)
{
	(void)state;
	rbo_steer *s = rbo_steer_new();
	rbo_steer_note(s, RBO_PAUSE, 7, 1, 0);
	rbo_steer_note(s, RBO_SCHEDULE, 7, 1, 0);
	assert_true(rbo_steer_overdue(s, RBO_WATCHDOG_MS - 1) == 0);
	rbo_steer_mta(s, true, RBO_WATCHDOG_MS);
	assert_true(rbo_steer_overdue(s, RBO_WATCHDOG_MS) == 0);
	rbo_steer_mta(s, false, RBO_WATCHDOG_MS);
	assert_true(rbo_steer_overdue(s, RBO_WATCHDOG_MS + RBO_SETTLE_MS - 1) == 0);
	assert_true(rbo_steer_overdue(s, RBO_WATCHDOG_MS + RBO_SETTLE_MS) == 7);
	assert_true(rbo_steer_overdue(s, RBO_WATCHDOG_MS + RBO_SETTLE_MS) == 0);
	assert_true(rbo_steer_overdue(s, RBO_WATCHDOG_MS * 2 + RBO_SETTLE_MS) == 7);
	rbo_steer_set(s, 7, 1, RBO_PAUSED, 0);
	assert_true(rbo_steer_overdue(s, RBO_WATCHDOG_MS * 9) == 0);
	rbo_steer_free(s);
}

static void count(void *ud, uint64_t id, uint64_t relay, rbo_state state)
{
	assert_true(id >= 1 && id <= 5000 && relay == id % 7 && state == RBO_PAUSED);
	++*(size_t *)ud;
}

/* What a listing that was begun at a time says of changes after it. */
static void test_what_a_listing_may_change(void **state)
{
	(void)state;
	rbo_steer *s = rbo_steer_new();
	assert_true(rbo_steer_since(s, 7) == INT64_MIN);
	assert_true(rbo_steer_note(s, RBO_PAUSE, 7, 1, 1000));
	assert_int_equal(rbo_steer_since(s, 7), 1000);
	rbo_steer_is_under_way(s, 7, 2000);
	assert_int_equal(rbo_steer_state(s, 7), RBO_WAITING);
	assert_int_equal(rbo_steer_since(s, 7), 2000);
	assert_int_equal(rbo_steer_waiting(s), 1);
	rbo_steer_is_under_way(s, 8, 2000); /* FREE: not ours */
	assert_int_equal(rbo_steer_state(s, 8), RBO_FREE);
	rbo_steer_attempted(s, 7, false, 3000);
	rbo_steer_is_under_way(s, 7, 4000);
	assert_int_equal(rbo_steer_state(s, 7), RBO_GONE);
	rbo_steer_free(s);
}

static void test_table_grows_and_shrinks(void **state)
{
	(void)state;
	rbo_steer *s = rbo_steer_new();
	for (uint64_t id = 1; id <= 5000; id++)
		assert_true(rbo_steer_note(s, RBO_PAUSE, id, id % 7, 0));
	size_t n = 0;
	rbo_steer_each(s, count, &n);
	assert_int_equal(n, 5000);
	for (uint64_t id = 1; id <= 5000; id += 2)
		rbo_steer_attempted(s, id, false, 0);
	rbo_steer_sweep(s, RBO_GONE_MS + 1);
	assert_int_equal(rbo_steer_held(s), 2500);
	assert_int_equal(rbo_steer_state(s, 2), RBO_PAUSED);
	rbo_steer_clear(s);
	assert_int_equal(rbo_steer_held(s), 0);
	assert_int_equal(rbo_steer_state(s, 2), RBO_FREE);
	rbo_steer_free(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_without_order_it_breaks),
		cmocka_unit_test(test_in_order_it_holds),
		cmocka_unit_test(test_states),
		cmocka_unit_test(test_waiting_is_limited_by_relay),
		cmocka_unit_test(test_watchdog),
		cmocka_unit_test(test_what_a_listing_may_change),
		cmocka_unit_test(test_table_grows_and_shrinks),
	};
	return cmocka_run_group_tests_name("mtactl/opensmtpd_steer", tests, NULL, NULL);
}
