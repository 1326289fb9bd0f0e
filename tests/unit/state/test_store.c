/* test_store.c - the database: made, migrated, refused, full, killed. */
#include "unit.h"

#include <signal.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/span.h"
#include "state/schema.h"
#include "state/store.h"

typedef struct {
	char dir[64];
	char file[80];
} place;

static int setup(void **state)
{
	place *p = calloc(1, sizeof *p);
	snprintf(p->dir, sizeof p->dir, "/tmp/rebuff-store-XXXXXX");
	if (!mkdtemp(p->dir))
		return -1;
	snprintf(p->file, sizeof p->file, "%s/state.db", p->dir);
	*state = p;
	return 0;
}

static int teardown(void **state)
{
	place *p = *state;
	static const char *const ends[] = {"", "-wal", "-shm", "-journal"};
	char name[96];
	for (size_t i = 0; i < 4; i++) {
		snprintf(name, sizeof name, "%s%s", p->file, ends[i]);
		unlink(name);
	}
	rmdir(p->dir);
	free(p);
	return 0;
}

static rebuff_suppression entry(const char *address)
{
	rebuff_suppression e = {.size = sizeof e, .scope = "all", .since_ms = 1};
	snprintf(e.address, sizeof e.address, "%s", address);
	return e;
}

static bool listed(rbf_store *s, const char *address)
{
	rebuff_suppression e;
	rebuff_error err = {0};
	bool found = false;
	if (rbf_view_suppressed(s, address, "", "", 1000, &e, &found, &err) != REBUFF_OK)
		fail_msg("%s", err.text);
	return found;
}

static void sql(const char *file, const char *text)
{
	sqlite3 *db;
	assert_int_equal(sqlite3_open(file, &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db, text, NULL, NULL, NULL), SQLITE_OK);
	sqlite3_close(db);
}

static void test_view_sees_what_is_committed(void **state)
{
	place *p = *state;
	rbf_store *s;
	rebuff_error err = {0};
	rebuff_suppression e = entry("a@b.example");
	assert_int_equal(rbf_store_open(p->file, false, &s, &err), REBUFF_OK);
	assert_int_equal(rbf_store_begin(s, &err), REBUFF_OK);
	assert_int_equal(rbf_store_suppress(s, &e, 0, &err), REBUFF_OK);
	assert_false(listed(s, "a@b.example"));
	assert_int_equal(rbf_store_commit(s, &err), REBUFF_OK);
	assert_true(listed(s, "a@b.example"));
	rbf_store_close(&s);
	assert_null(s);
	assert_int_equal(rbf_store_open(p->file, true, &s, &err), REBUFF_OK);
	assert_true(listed(s, "a@b.example"));
	assert_int_equal(rbf_store_begin(s, &err), REBUFF_EARG);
	rbf_store_close(&s);
}

static void test_a_failing_change_is_undone_alone(void **state)
{
	place *p = *state;
	rbf_store *s;
	rebuff_error err = {0};
	rebuff_suppression a = entry("a@b.example"), b = entry("b@b.example");
	assert_int_equal(rbf_store_open(p->file, false, &s, &err), REBUFF_OK);
	rbf_store_begin(s, &err);
	rbf_store_change_begin(s, &err);
	rbf_store_suppress(s, &a, 0, &err);
	assert_int_equal(rbf_store_change_end(s, true, &err), REBUFF_OK);
	rbf_store_change_begin(s, &err);
	rbf_store_suppress(s, &b, 0, &err);
	assert_int_equal(rbf_store_change_end(s, false, &err), REBUFF_OK);
	assert_int_equal(rbf_store_commit(s, &err), REBUFF_OK);
	assert_true(listed(s, "a@b.example"));
	assert_false(listed(s, "b@b.example"));
	rbf_store_close(&s);
}

static void test_a_newer_form_is_refused(void **state)
{
	place *p = *state;
	rbf_store *s;
	rebuff_error err = {0};
	char text[64];
	assert_int_equal(rbf_store_open(p->file, false, &s, &err), REBUFF_OK);
	rbf_store_close(&s);
	snprintf(text, sizeof text, "PRAGMA user_version = %d", rbf_schema_version + 1);
	sql(p->file, text);
	for (int read_only = 0; read_only < 2; read_only++) {
		assert_int_equal(rbf_store_open(p->file, read_only, &s, &err), REBUFF_ESTORE);
		assert_null(s);
		assert_non_null(strstr(err.text, "newer rebuff"));
	}
}

static void test_what_is_no_database_is_refused(void **state)
{
	place *p = *state;
	rbf_store *s;
	rebuff_error err = {0};
	FILE *f = fopen(p->file, "w");
	for (int i = 0; i < 1000; i++)
		fputs("this is not a database\n", f);
	fclose(f);
	assert_int_equal(rbf_store_open(p->file, false, &s, &err), REBUFF_ESTORE);
	assert_non_null(strstr(err.text, p->file));
	assert_int_equal(
		rbf_store_open("/nonexistent/dir/state.db", false, &s, &err), REBUFF_ESTORE);
	assert_non_null(strstr(err.text, "/nonexistent/dir/state.db"));
}

static void test_an_interrupted_migration_starts_over(void **state)
{
	place *p = *state;
	rbf_store *s;
	rebuff_error err = {0};
	/* Version 0 with nothing in it is what a crash before the first commit leaves. */
	sql(p->file, "PRAGMA journal_mode = WAL; PRAGMA user_version = 0;");
	assert_int_equal(rbf_store_open(p->file, false, &s, &err), REBUFF_OK);
	rbf_store_close(&s);
}

static void test_full(void **state)
{
	place *p = *state;
	rbf_store *s;
	rebuff_error err = {0};
	rebuff_status status = REBUFF_OK;
	assert_int_equal(rbf_store_open(p->file, false, &s, &err), REBUFF_OK);
	rebuff_suppression kept = entry("kept@b.example");
	rbf_store_begin(s, &err);
	rbf_store_suppress(s, &kept, 0, &err);
	assert_int_equal(rbf_store_commit(s, &err), REBUFF_OK);
	assert_int_equal(
		sqlite3_exec(rbf_store_writer(s), "PRAGMA max_page_count = 60", NULL, NULL, NULL),
		SQLITE_OK);
	for (int i = 0; i < 5000 && status == REBUFF_OK; i++) {
		char address[64];
		snprintf(address, sizeof address, "someone-with-a-long-name-%d@b.example", i);
		rebuff_suppression e = entry(address);
		status = rbf_store_begin(s, &err);
		if (status == REBUFF_OK)
			status = rbf_store_suppress(s, &e, 0, &err);
		rebuff_status ended = rbf_store_commit(s, status == REBUFF_OK ? &err : NULL);
		status = status == REBUFF_OK ? ended : status;
	}
	assert_int_equal(status, REBUFF_ESTORE);
	assert_non_null(strstr(err.text, "make room"));
	assert_true(listed(s, "kept@b.example"));
	rbf_store_close(&s);
}

/* A child commits and tells; it is killed at no particular moment; what it told is there. */
static void test_killed(void **state)
{
	place *p = *state;
	rbf_store *s;
	rebuff_error err = {0};
	int told[2], last = -1;
	assert_int_equal(pipe(told), 0);
	pid_t child = fork();
	if (child == 0) {
		if (rbf_store_open(p->file, false, &s, &err) != REBUFF_OK)
			_exit(1);
		for (int i = 0;; i++) {
			char address[32];
			snprintf(address, sizeof address, "n%d@b.example", i);
			rebuff_suppression e = entry(address);
			if (rbf_store_begin(s, &err) || rbf_store_suppress(s, &e, 0, &err) ||
				rbf_store_commit(s, &err) ||
				write(told[1], &i, sizeof i) != sizeof i)
				_exit(1);
		}
	}
	close(told[1]);
	while (last < 200)
		assert_int_equal(read(told[0], &last, sizeof last), sizeof last);
	kill(child, SIGKILL);
	while (read(told[0], &last, sizeof last) == sizeof last)
		continue;
	waitpid(child, NULL, 0);
	close(told[0]);
	assert_int_equal(rbf_store_open(p->file, false, &s, &err), REBUFF_OK);
	for (int i = 0; i <= last; i++) {
		char address[32];
		snprintf(address, sizeof address, "n%d@b.example", i);
		if (!listed(s, address))
			fail_msg("acknowledged %s of %d is not there", address, last);
	}
	rbf_store_close(&s);
}

static void test_scopes_and_expiry(void **state)
{
	static const struct {
		const char *scope;
		int64_t until_ms;
		const char *domain, *stream;
		bool listed;
	} rows[] = {
		{"all", 0, "", "", true},
		{"all", 1001, "", "", true},
		{"all", 1000, "", "", false},
		{"domain:s.example", 0, "s.example", "", true},
		{"domain:s.example", 0, "t.example", "", false},
		{"stream:news", 0, "s.example", "news", true},
		{"stream:news", 0, "s.example", "bulk", false},
	};
	place *p = *state;
	rbf_store *s;
	rebuff_error err = {0};
	assert_int_equal(rbf_store_open(p->file, false, &s, &err), REBUFF_OK);
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		rebuff_suppression e = entry("a@b.example"), got;
		bool found = false;
		snprintf(e.scope, sizeof e.scope, "%s", rows[i].scope);
		e.until_ms = rows[i].until_ms;
		rbf_store_begin(s, &err);
		rbf_store_unsuppress(s, "a@b.example", REBUFF_CLASS_N, 0, NULL, &err);
		rbf_store_suppress(s, &e, 0, &err);
		rbf_store_commit(s, &err);
		rbf_view_suppressed(
			s, "a@b.example", rows[i].domain, rows[i].stream, 1000, &got, &found, &err);
		assert_row_int(rows[i].scope, found, rows[i].listed);
	}
	rbf_store_close(&s);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

/* ---- what reports count -------------------------------------------------------------------- */

static int64_t number(rbf_store *s, const char *sql)
{
	sqlite3_stmt *q = NULL;
	if (sqlite3_prepare_v2(rbf_store_writer(s), sql, -1, &q, NULL) != SQLITE_OK)
		fail_msg("%s: %s", sql, sqlite3_errmsg(rbf_store_writer(s)));
	assert_int_equal(sqlite3_step(q), SQLITE_ROW);
	int64_t n = sqlite3_column_int64(q, 0);
	sqlite3_finalize(q);
	return n;
}

static const int64_t day_ms = 86400000;

static void event(
	rbf_store *s, int64_t time_ms, rebuff_kind kind, const char *provider, int64_t *row)
{
	rebuff_error err;
	rbf_delivery d = {.node = "n", .id = "i", .stream = "s", .received_ms = time_ms - 2000};
	rebuff_classification c = {.size = sizeof c};
	const rebuff_result r = {.size = sizeof r, .kind = kind};
	rbf_event e = {.row = *row,
		.time_ms = time_ms,
		.delivery = &d,
		.result = &r,
		.reply = &c,
		.why = ""};
	snprintf(d.provider, sizeof d.provider, "%s", provider);
	assert_int_equal(rbf_store_event(s, &e, &err), REBUFF_OK);
	*row = e.row;
}

/* An event that becomes more final is counted once, as what it became. */
static void test_events_are_counted_once(void **state)
{
	rebuff_error err;
	rbf_store *s;
	int64_t row = 0;
	(void)state;
	assert_int_equal(rbf_store_open(":memory:", false, &s, &err), REBUFF_OK);
	event(s, 50 * day_ms, REBUFF_KIND_HOST_DEFER, "gmx", &row);
	assert_int_equal(number(s, "SELECT sum(n) FROM total WHERE outcome = 0"), 1);
	event(s, 50 * day_ms + 1000, REBUFF_KIND_DELIVERED, "gmx", &row);
	assert_int_equal(number(s, "SELECT sum(n) FROM total WHERE outcome = 0"), 0);
	assert_int_equal(number(s, "SELECT sum(n) FROM total WHERE outcome = 2"), 1);
	assert_int_equal(number(s, "SELECT sum(n) FROM lapse"), 1);
	rbf_store_close(&s);
}

/* Days keep the sums and forget the small names. */
static void test_steps_become_days(void **state)
{
	rebuff_error err;
	rbf_store *s;
	char name[32];
	bool more = true;
	int days = 0;
	const int64_t now_ms = 100 * day_ms;
	(void)state;
	assert_int_equal(rbf_store_open(":memory:", false, &s, &err), REBUFF_OK);
	for (int i = 0; i < 300; i++) {
		int64_t row = 0, again = 0;
		snprintf(name, sizeof name, "site%d", i % 150);
		event(s, now_ms - 5 * day_ms + i * 60000, REBUFF_KIND_DELIVERED, name, &row);
		event(s, now_ms - 5 * day_ms + i * 60000, REBUFF_KIND_FAILED, "gmail", &again);
	}
	int64_t row = 0;
	event(s, now_ms - day_ms, REBUFF_KIND_FAILED, "gmail", &row);
	while (more && days++ < 10)
		assert_int_equal(rbf_store_fold(s, now_ms, &more, &err), REBUFF_OK);
	assert_int_equal(number(s, "SELECT sum(n) FROM total"), 601);
	assert_int_equal(number(s, "SELECT sum(n) FROM lapse"), 300);
	assert_int_equal(number(s, "SELECT sum(n) FROM total WHERE span = 0"), 1);
	assert_int_equal(number(s, "SELECT sum(n) FROM total WHERE provider = 'gmail'"), 301);
	assert_int_equal(number(s, "SELECT count(DISTINCT provider) FROM total"), 101);
	assert_int_equal(number(s, "SELECT count(DISTINCT step_ms) FROM total WHERE span = 1"), 1);
	rbf_store_close(&s);
}

static void test_lengths_have_classes(void **state)
{
	(void)state;
	for (int64_t ms = 0; ms < INT64_C(3000000000); ms = ms * 2 + 7) {
		int b = rbf_lapse_bucket(ms);
		if ((double)ms < rbf_lapse_start_ms(b) - 0.01 ||
			(double)ms >= rbf_lapse_start_ms(b + 1))
			fail_msg("%lld ms: class %d, which begins at %f", (long long)ms, b,
				rbf_lapse_start_ms(b));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_events_are_counted_once),
		cmocka_unit_test(test_steps_become_days),
		cmocka_unit_test(test_lengths_have_classes),
		TEST(test_view_sees_what_is_committed),
		TEST(test_a_failing_change_is_undone_alone),
		TEST(test_a_newer_form_is_refused),
		TEST(test_what_is_no_database_is_refused),
		TEST(test_an_interrupted_migration_starts_over),
		TEST(test_full),
		TEST(test_killed),
		TEST(test_scopes_and_expiry),
	};
	return cmocka_run_group_tests_name("state", tests, NULL, NULL);
}
