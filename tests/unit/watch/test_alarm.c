/* test_alarm.c - the sequential test by itself, whose fault many failures are, rates over a
 * restart, and some simulated days. */
#include "unit.h"

#include <sqlite3.h>
#include <unistd.h>

#include "../../sim/sim.h"

static const int64_t start_ms = 1800000000000, minute = 60000, hour = 3600000;

/* ---- the sequential test --------------------------------------------------------------------- */

static uint64_t seed;

static double dice(void)
{
	sim s = {.state = seed};
	double x = sim_random(&s);
	seed = s.state;
	return x;
}

/* Outcomes until the test tells, at most `most`. */
static uint32_t outcomes_until(double past, double share, uint32_t hits, uint32_t most)
{
	rbf_jump j = {0};
	rbf_jump_past(&j, past * 100000, 100000, past, start_ms);
	for (uint32_t n = 1; n <= most; n++) {
		rbf_jump_add(&j, dice() < share, start_ms);
		if (rbf_jump_tells(&j, hits))
			return n;
	}
	return most + 1;
}

static void test_a_steady_share_is_no_jump(void **state)
{
	static const double shares[] = {0.0005, 0.002, 0.01, 0.03, 0.05};
	(void)state;
	seed = 1;
	/* A month of 100,000 a day each. */
	for (size_t i = 0; i < sizeof shares / sizeof *shares; i++)
		assert_row_int(
			"steady", outcomes_until(shares[i], shares[i], 10, 3000000), 3000001);
}

static void test_a_block_is_seen_soon(void **state)
{
	static const struct {
		const char *name;
		double past, share;
		uint32_t within;
	} rows[] = {{"all", 0.001, 1, 10}, {"all, though much is usual", 0.03, 1, 20},
		{"half", 0.001, 0.5, 40}, {"a third", 0.002, 0.35, 60}};
	(void)state;
	seed = 2;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		for (int k = 0; k < 200; k++)
			assert_in_range(outcomes_until(rows[i].past, rows[i].share, 10, 1000), 1,
				rows[i].within);
}

/* ---- whose fault ----------------------------------------------------------------------------- */

typedef struct {
	rbf_store *store;
	rbf_alarms *alarms;
	rbf_alarm_limits limits;
	int64_t now_ms, step_ms;
} watch;

static int open_watch(void **state)
{
	static watch w;
	rebuff_error err = {0};
	w = (watch){.limits = {.act = true,
			    .hold_provider = true,
			    .hold_stream = true,
			    .share = 0.2,
			    .hard = 0.02,
			    .failed = 0.05,
			    .volume = 200,
			    .blocked = 10,
			    .lasts_ms = 2 * hour,
			    .longest_ms = 24 * hour},
		.now_ms = start_ms};
	if (rbf_store_open(":memory:", false, &w.store, &err) != REBUFF_OK)
		return -1;
	w.alarms = rbf_alarms_new(w.store, &(rebuff_log){0});
	*state = &w;
	return 0;
}

static int close_watch(void **state)
{
	watch *w = *state;
	rbf_alarms_free(&w->alarms);
	rbf_store_close(&w->store);
	return 0;
}

typedef enum { WELL, DEAD, REFUSED, OTHER } fate;

static void one(watch *w, const char *provider, const char *stream, const char *ip, fate f)
{
	rebuff_error err = {0};
	rbf_outcome o = {.key = {provider, stream, ip},
		.time_ms = w->now_ms,
		.now_ms = w->now_ms,
		.add = {.accepted = f == WELL, .failed = f != WELL, .blocked = f == REFUSED},
		.text = RBF_LIT("550 no")};
	if (rbf_alarm_outcome(w->alarms, &o, &w->limits, &err) != REBUFF_OK)
		fail_msg("%s", err.text);
	o.add = (rbf_tally){.struck = 1};
	if (f == DEAD && rbf_alarm_outcome(w->alarms, &o, &w->limits, &err) != REBUFF_OK)
		fail_msg("%s", err.text);
	w->now_ms += w->step_ms ? w->step_ms : 500;
}

static int64_t count(watch *w, const char *sql)
{
	sqlite3_stmt *s = NULL;
	if (sqlite3_prepare_v2(rbf_store_view(w->store), sql, -1, &s, NULL) != SQLITE_OK)
		fail_msg("%s", sql);
	int64_t n = sqlite3_step(s) == SQLITE_ROW ? sqlite3_column_int64(s, 0) : -1;
	sqlite3_finalize(s);
	return n;
}

/* `n` messages of two streams to five providers in turn; what becomes of one tells `judge`. */
static void mail(watch *w, int n, fate (*judge)(int provider, int stream, int k))
{
	for (int k = 0; k < n; k++) {
		char p[8], s[8];
		snprintf(p, sizeof p, "p%d", k % 5);
		snprintf(s, sizeof s, "s%d", k / 5 % 2);
		one(w, p, s, "192.0.2.1", judge(k % 5, k / 5 % 2, k));
	}
}

static fate all_well(int p, int s, int k)
{
	(void)p, (void)s;
	return k % 500 == 7 ? DEAD : WELL;
}

static fate p1_blocks(int p, int s, int k)
{
	(void)s, (void)k;
	return p == 1 ? REFUSED : WELL;
}

static fate p1_blocks_s0(int p, int s, int k)
{
	(void)k;
	return p == 1 && s == 0 ? REFUSED : WELL;
}

static fate s0_is_bad(int p, int s, int k)
{
	(void)p;
	return s == 0 && k % 12 < 3 ? DEAD : WELL;
}

static fate p1_knows_nobody(int p, int s, int k)
{
	(void)s, (void)k;
	return p == 1 ? DEAD : WELL;
}

static fate all_block(int p, int s, int k)
{
	(void)p, (void)s, (void)k;
	return REFUSED;
}

static fate s0_fails(int p, int s, int k)
{
	(void)p;
	return s == 0 && k % 3 == 0 ? OTHER : WELL;
}

static void test_whose_fault(void **state)
{
	static const struct {
		const char *name;
		fate (*judge)(int, int, int);
		const char *alarms, *hold; /* "kind provider stream, ..." */
		bool may_hold;
		int64_t step_ms;
	} rows[] = {
		{"nothing", all_well, "", "", true, 500},
		{"one provider blocks", p1_blocks, "blocked p1 ", "p1 ", true, 500},
		{"it blocks one stream", p1_blocks_s0, "blocked p1 s0", "p1 s0", true, 5000},
		{"one stream's list", s0_is_bad, "stream  s0", " s0", true, 500},
		{"one stream fails", s0_fails, "stream  s0", " s0", true, 500},
		{"a directory (the breaker's)", p1_knows_nobody, "", "", true, 500},
		{"the IP is listed", all_block,
			"blocked p0 ,blocked p1 ,blocked p2 ,blocked p3 ,blocked p4 ,ip  192.0.2.1",
			"p0 ,p1 ,p2 ,p3 ,p4 ", true, 500},
		{"not to hold", p1_blocks, "blocked p1 ", "", false, 500},
	};
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		void *made;
		assert_int_equal(open_watch(&made), 0);
		watch *w = made;
		sqlite3_stmt *s = NULL;
		w->limits.hold_provider = rows[i].may_hold;
		mail(w, 1000, all_well);
		w->now_ms += hour;
		w->step_ms = rows[i].step_ms;
		mail(w, 400, rows[i].judge);
		sqlite3_prepare_v2(rbf_store_view(w->store),
			"SELECT (SELECT coalesce(group_concat(x), '') FROM (SELECT DISTINCT"
			" kind || ' ' || provider || ' ' || stream || of_ip AS x FROM alarm ORDER "
			"BY 1)),"
			" (SELECT coalesce(group_concat(x), '') FROM (SELECT provider || ' ' ||"
			" stream || source_ip AS x FROM hold WHERE ended_ms = 0 ORDER BY 1))",
			-1, &s, NULL);
		assert_int_equal(sqlite3_step(s), SQLITE_ROW);
		assert_row_str(
			rows[i].name, (const char *)sqlite3_column_text(s, 0), rows[i].alarms);
		assert_row_str(rows[i].name, (const char *)sqlite3_column_text(s, 1), rows[i].hold);
		sqlite3_finalize(s);
		close_watch(&made);
	}
}

/* Where streams leave from, as the engine learns it. */
static void leaves_from(watch *w, const char *stream, const char *ip)
{
	rebuff_error err = {0};
	assert_int_equal(
		rbf_store_leaving_seen(w->store, "host", stream, ip, w->now_ms, &err), REBUFF_OK);
}

/* A provider refuses one of two sending IPs, which two of three streams leave from: held is what
 * leaves from there, when that is known. */
static void test_one_ip_is_blocked(void **state)
{
	static const struct {
		const char *name, *second; /* from where the second stream leaves, too */
		const char *sql;
	} rows[] = {
		{"known", "192.0.2.1",
			"SELECT provider = 'p1' AND stream = '' AND source_ip = '192.0.2.1' FROM "
			"hold"},
		{"not known", "192.0.2.2",
			"SELECT provider = 'p1' AND stream = '' AND source_ip = '' FROM hold"},
	};
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		void *made;
		assert_int_equal(open_watch(&made), 0);
		watch *w = made;
		leaves_from(w, "s0", "192.0.2.1");
		leaves_from(w, "s1", "192.0.2.1");
		leaves_from(w, "s1", rows[i].second);
		leaves_from(w, "s2", "192.0.2.2");
		w->step_ms = 20000;
		for (int k = 0; k < 120; k++) {
			const char *streams[] = {"s0", "s2", "s1", "s2"};
			bool second = k % 2 == 1;
			one(w, "p1", streams[k % 4], second ? "192.0.2.2" : "192.0.2.1",
				second || k < 30 ? WELL : REFUSED);
		}
		assert_row_int(rows[i].name, count(w, rows[i].sql), 1);
		assert_row_int(rows[i].name, count(w, "SELECT count(*) FROM hold"), 1);
		assert_row_int(rows[i].name, count(w, "SELECT count(*) FROM alarm"), 1);
		close_watch(&made);
	}
}

/* Many small providers refuse an IP, none of them often enough for an alarm of its own. */
static void test_an_ip_that_all_refuse_is_held(void **state)
{
	watch *w = *state;
	rebuff_error err = {0};
	size_t n = 0;
	leaves_from(w, "s0", "192.0.2.1");
	leaves_from(w, "s1", "192.0.2.2");
	for (int k = 0; k < 200; k++) {
		char p[8];
		snprintf(p, sizeof p, "q%d", k / 2 % 20);
		one(w, p, k % 2 ? "s1" : "s0", k % 2 ? "192.0.2.2" : "192.0.2.1",
			k % 2 || k < 40 ? WELL : REFUSED);
		w->now_ms += 10000;
	}
	assert_row_int("alarms", count(w, "SELECT count(*) FROM alarm WHERE kind = 'ip'"), 1);
	assert_row_int("holds", count(w, "SELECT count(*) FROM hold"), 1);
	assert_row_int("scope",
		count(w,
			"SELECT provider = '' AND stream = '' AND source_ip = '192.0.2.1' FROM "
			"hold"),
		1);
	/* The incident ends with the hold. */
	assert_int_equal(rbf_store_release(w->store, &(const rbf_key){"", "", "192.0.2.1"},
				 w->now_ms, "me", "", &n, &err),
		REBUFF_OK);
	assert_row_int("over", count(w, "SELECT count(*) FROM alarm WHERE ended_ms = 0"), 0);
}

/* One incident, however long it lasts; after a release, what comes then is a new one. */
static void test_one_alarm_an_incident(void **state)
{
	watch *w = *state;
	rebuff_error err = {0};
	size_t n;
	mail(w, 1000, all_well);
	mail(w, 1000, p1_blocks);
	assert_row_int("alarms", count(w, "SELECT count(*) FROM alarm"), 1);
	assert_row_int("seen again", count(w, "SELECT seen > 5 FROM alarm"), 1);
	assert_row_int("holds", count(w, "SELECT count(*) FROM hold"), 1);
	assert_int_equal(rbf_store_release(w->store, &(const rbf_key){"p1", "", ""}, w->now_ms,
				 "me", "", &n, &err),
		REBUFF_OK);
	assert_row_int("over", count(w, "SELECT count(*) FROM alarm WHERE ended_ms = 0"), 0);
	mail(w, 5, p1_blocks);
	assert_row_int("not at once", count(w, "SELECT count(*) FROM alarm"), 1);
	mail(w, 100, p1_blocks);
	assert_row_int("again", count(w, "SELECT count(*) FROM alarm"), 2);
}

/* A directory that has just gone down is not the fault of the streams that meet it, however little
 * mail there was before. */
static void test_the_first_dead_of_a_directory(void **state)
{
	watch *w = *state;
	mail(w, 400, all_well);
	w->now_ms += hour;
	mail(w, 200, p1_knows_nobody);
	assert_row_int("alarms", count(w, "SELECT count(*) FROM alarm"), 0);
}

/* What came before a release counts no more, even in the same minute. */
static void test_a_release_forgets(void **state)
{
	watch *w = *state;
	rebuff_error err = {0};
	size_t n;
	w->step_ms = 10;
	mail(w, 600, s0_is_bad);
	assert_row_int("alarms", count(w, "SELECT count(*) FROM alarm"), 1);
	assert_int_equal(rbf_store_release(w->store, &(const rbf_key){"", "s0", ""}, w->now_ms,
				 "me", "", &n, &err),
		REBUFF_OK);
	w->now_ms += 15000;
	mail(w, 12, s0_is_bad);
	assert_row_int("alarms", count(w, "SELECT count(*) FROM alarm"), 1);
}

/* As if the engine had been killed: nothing of what it had in memory is left. */
static void restart(watch *w, const char *file)
{
	rebuff_error err = {0};
	rbf_alarms_free(&w->alarms);
	rbf_store_close(&w->store);
	assert_int_equal(rbf_store_open(file, false, &w->store, &err), REBUFF_OK);
	w->alarms = rbf_alarms_new(w->store, &(rebuff_log){0});
}

/* The outcome of `judge` at which the alarm comes, with a restart before each or none. */
static int alarm_at(fate (*judge)(int, int, int), bool restarts)
{
	char file[] = "/tmp/rebuff-jump-XXXXXX";
	void *made;
	int n = 0;
	rebuff_error err = {0};
	assert_int_equal(open_watch(&made), 0);
	watch *w = made;
	rbf_store_close(&w->store);
	close(mkstemp(file));
	assert_int_equal(rbf_store_open(file, false, &w->store, &err), REBUFF_OK);
	restart(w, file);
	mail(w, 1000, all_well);
	w->now_ms += hour;
	while (n < 2000 && !count(w, "SELECT count(*) FROM alarm")) {
		char p[8], s[8];
		if (restarts)
			restart(w, file);
		snprintf(p, sizeof p, "p%d", n % 5);
		snprintf(s, sizeof s, "s%d", n / 5 % 2);
		one(w, p, s, "192.0.2.1", judge(n % 5, n / 5 % 2, n));
		n++;
	}
	close_watch(&made);
	unlink(file);
	return n;
}

/* Refusals before a restart count after it, in each of the tests. */
static void test_a_jump_is_seen_over_restarts(void **state)
{
	(void)state;
	assert_row_int("block", alarm_at(p1_blocks, true), alarm_at(p1_blocks, false));
	assert_row_int("list", alarm_at(s0_is_bad, true), alarm_at(s0_is_bad, false));
	assert_row_int("within 50 of the provider's", alarm_at(p1_blocks, true) <= 5 * 10, 1);
}

/* ---- rates ----------------------------------------------------------------------------------- */

static void check_rates(watch *w, const char *name, rbf_series_kind kind, const char *series,
	const rbf_tally want[RBF_WINDOW_N])
{
	rbf_tally got[RBF_WINDOW_N];
	rebuff_error err = {0};
	if (rbf_alarm_rates(w->alarms, kind, series, w->now_ms, got, &err) != REBUFF_OK)
		fail_msg("%s", err.text);
	for (int i = 0; i < RBF_WINDOW_N; i++) {
		assert_row_int(name, got[i].accepted, want[i].accepted);
		assert_row_int(name, got[i].failed, want[i].failed);
		assert_row_int(name, got[i].struck, want[i].struck);
		assert_row_int(name, got[i].blocked, want[i].blocked);
	}
}

static void test_rates_are_exact_over_a_restart(void **state)
{
	char file[] = "/tmp/rebuff-rates-XXXXXX";
	rbf_tally before[3][RBF_WINDOW_N];
	static const char *const names[] = {"p3", "s1", "192.0.2.1"};
	rebuff_error err = {0};
	watch w = {.now_ms = start_ms, .limits = {.volume = 1000000, .blocked = 1000000}};
	(void)state;
	close(mkstemp(file));
	assert_int_equal(rbf_store_open(file, false, &w.store, &err), REBUFF_OK);
	w.alarms = rbf_alarms_new(w.store, &(rebuff_log){0});
	rbf_store_begin(w.store, &err);
	for (int day = 0; day < 20; day++) {
		mail(&w, 300, p1_knows_nobody);
		mail(&w, 300, p1_blocks);
		w.now_ms += 24 * hour - 600 * 500;
		assert_int_equal(rbf_store_tally_merge(w.store, w.now_ms, &err), REBUFF_OK);
	}
	mail(&w, 7000, s0_is_bad);
	assert_int_equal(rbf_store_commit(w.store, &err), REBUFF_OK);
	for (int k = 0; k < 3; k++) {
		assert_int_equal(rbf_alarm_rates(w.alarms, (rbf_series_kind)k, names[k], w.now_ms,
					 before[k], &err),
			REBUFF_OK);
		assert_true(
			before[k][RBF_WINDOW_MONTH].accepted > before[k][RBF_WINDOW_DAY].accepted);
	}
	/* Of all that was sent in the last 30 days. */
	assert_row_int("sum",
		before[2][RBF_WINDOW_MONTH].accepted + before[2][RBF_WINDOW_MONTH].failed,
		20 * 600 + 7000);
	/* Nothing of it is in memory. */
	rbf_alarms_free(&w.alarms);
	rbf_store_close(&w.store);
	assert_int_equal(rbf_store_open(file, false, &w.store, &err), REBUFF_OK);
	w.alarms = rbf_alarms_new(w.store, &(rebuff_log){0});
	for (int k = 0; k < 3; k++)
		check_rates(&w, names[k], (rbf_series_kind)k, names[k], before[k]);
	/* A change that was undone. */
	rbf_store_begin(w.store, &err);
	one(&w, "p3", "s1", "192.0.2.1", WELL);
	rbf_store_rollback(w.store, &err);
	rbf_alarms_stale(w.alarms);
	check_rates(&w, "undone", RBF_SERIES_PROVIDER, "p3", before[0]);
	rbf_alarms_free(&w.alarms);
	rbf_store_close(&w.store);
	unlink(file);
}

static void test_what_made_room_is_read_again(void **state)
{
	watch *w = *state;
	rbf_tally want[RBF_WINDOW_N], got[RBF_WINDOW_N];
	rebuff_error err = {0};
	mail(w, 100, all_well);
	rbf_alarm_rates(w->alarms, RBF_SERIES_PROVIDER, "p1", w->now_ms, want, &err);
	assert_row_int("seen", want[RBF_WINDOW_HOUR].accepted, 20);
	for (int i = 0; i < RBF_SERIES_MAX + 10; i++) {
		char name[16];
		snprintf(name, sizeof name, "q%d", i);
		rbf_alarm_rates(w->alarms, RBF_SERIES_PROVIDER, name, w->now_ms, got, &err);
	}
	check_rates(w, "read again", RBF_SERIES_PROVIDER, "p1", want);
}

/* ---- days ------------------------------------------------------------------------------------ */

static void test_simulated_days(void **state)
{
	static sim_result r;
	const sim_plan plan = {.seed = 5, .days = 8, .per_day = 40000, .every_h = 24};
	(void)state;
	sim_run(&plan, &r, NULL);
	assert_row_int("incidents", r.n, 6);
	for (int i = 0; i < r.n; i++)
		assert_row_int(sim_kinds[r.incident[i].kind].name, sim_verdict(&r.incident[i]), 0);
	if (r.false_alarms)
		fail_msg("false alarm: %s", r.first_false);
	/* Of what a fixed schedule would have sent into blocks, one in twenty at most. */
	assert_true(r.would > 1000);
	assert_in_range(r.refused, 1, r.would / 20);
	assert_in_range(r.suppressed_falsely, 0, 49 * 3);
}

#define WATCH(f) cmocka_unit_test_setup_teardown(f, open_watch, close_watch)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_steady_share_is_no_jump),
		cmocka_unit_test(test_a_block_is_seen_soon),
		cmocka_unit_test(test_whose_fault),
		cmocka_unit_test(test_one_ip_is_blocked),
		WATCH(test_an_ip_that_all_refuse_is_held),
		WATCH(test_one_alarm_an_incident),
		WATCH(test_the_first_dead_of_a_directory),
		WATCH(test_a_release_forgets),
		cmocka_unit_test(test_a_jump_is_seen_over_restarts),
		cmocka_unit_test(test_rates_are_exact_over_a_restart),
		WATCH(test_what_made_room_is_read_again),
		cmocka_unit_test(test_simulated_days),
	};
	(void)minute;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
