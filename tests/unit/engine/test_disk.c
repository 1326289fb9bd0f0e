/* test_disk.c - the disk fails at each statement in turn: every change says so and leaves nothing
 * behind, every view says so, and mail goes on. */
#include "world.h"

#include <string.h>

#include "disk.h"

#define WHO "lucy@remote.example"

static rebuff_span text(const char *s)
{
	return rbf_span_of(s);
}

/* A name that is new each time, so that a scenario that succeeded does not change the next. */
static const char *fresh(void)
{
	static char id[32];
	static unsigned n;
	(void)snprintf(id, sizeof id, "1t%04u-0000Ab-1x", ++n);
	return id;
}

static rebuff_status result(
	world *w, rebuff_kind kind, const char *id, const char *reply, rebuff_error *err)
{
	rebuff_outcome out = {.size = sizeof out};
	const rebuff_result r = {.size = sizeof r,
		.id = text(id),
		.recipient = text(kind == REBUFF_KIND_COMPLETE ? "" : WHO),
		.sender = text("shop@sender.example"),
		.kind = kind,
		.stage = REBUFF_STAGE_RCPT,
		.text = text(reply),
		.host = text("mx.remote.example"),
		.source_ip = text("192.0.2.1"),
		.from_log = true,
		.time_ms = w->wall};
	return rebuff_record_result(w->ctx, &r, &out, err);
}

/* ---- changes --------------------------------------------------------------------------------- */

static rebuff_status refused(world *w, rebuff_error *err)
{
	return result(w, REBUFF_KIND_FAILED, fresh(), "550 5.1.1 User unknown", err);
}

static rebuff_status deferred(world *w, rebuff_error *err)
{
	return result(w, REBUFF_KIND_RCPT_DEFER, fresh(), "451 4.7.1 Greylisted", err);
}

static rebuff_status slowed(world *w, rebuff_error *err)
{
	return result(w, REBUFF_KIND_MESSAGE_DEFER, fresh(), "421 4.7.28 Rate limit exceeded", err);
}

static rebuff_status unreached(world *w, rebuff_error *err)
{
	return result(w, REBUFF_KIND_HOST_DEFER, fresh(), "Connection refused", err);
}

static rebuff_status full(world *w, rebuff_error *err)
{
	return result(w, REBUFF_KIND_FAILED, fresh(), "552 5.2.2 Mailbox full", err);
}

static rebuff_status delivered(world *w, rebuff_error *err)
{
	return result(w, REBUFF_KIND_DELIVERED, fresh(), "250 2.0.0 Ok", err);
}

static rebuff_status again(world *w, rebuff_error *err)
{
	return result(w, REBUFF_KIND_FAILED, "1tKNOW-0000Ab-1x", "550 5.1.1 User unknown", err);
}

static rebuff_status complete(world *w, rebuff_error *err)
{
	return result(w, REBUFF_KIND_COMPLETE, "1tWAIT-0000Ab-1x", "", err);
}

static rebuff_status go(world *w, rebuff_error *err)
{
	const rebuff_gate_request r = asking(fresh(), WHO);
	return rebuff_record_go(w->ctx, &r, err);
}

static rebuff_status wait_turn(world *w, rebuff_error *err)
{
	const rebuff_gate_request r = asking(fresh(), WHO);
	return rebuff_record_wait(w->ctx, &r, err);
}

static rebuff_status arrival(world *w, rebuff_error *err)
{
	const rebuff_arrival a = {
		.size = sizeof a, .id = text(fresh()), .recipients = text("shop@sender.example")};
	return rebuff_record_arrival(w->ctx, &a, err);
}

static rebuff_status listing(world *w, rebuff_error *err)
{
	rebuff_queued q[] = {{.id = text("1tOTHR-0000Ab-1x"), .frozen = true},
		{.id = text("1tHELD-0000Ab-1x"), .paused = true}};
	return rebuff_record_queue(w->ctx, text(""), REBUFF_MTA_EXIM, q, 2, err);
}

static rebuff_status housekeeping(world *w, rebuff_error *err)
{
	return rebuff_housekeep(w->ctx, err);
}

static rebuff_due due_one(void)
{
	rebuff_due d = {.mta = REBUFF_MTA_EXIM};
	(void)snprintf(d.id, sizeof d.id, "1tWAIT-0000Ab-1x");
	return d;
}

static rebuff_status woken(world *w, rebuff_error *err)
{
	const rebuff_due d = due_one();
	return rebuff_record_wake(w->ctx, &d, err);
}

static rebuff_status unwoken(world *w, rebuff_error *err)
{
	const rebuff_due d = due_one();
	return rebuff_record_unwoken(w->ctx, &d, minute, err);
}

static rebuff_status listed(world *w, rebuff_error *err)
{
	rebuff_suppression e = {.size = sizeof e, .class_ = REBUFF_CLASS_MANUAL, .confidence = 1};
	(void)snprintf(e.address, sizeof e.address, "%s@listed.example", fresh());
	(void)snprintf(e.scope, sizeof e.scope, "all");
	return rebuff_suppress_add(w->ctx, &e, err);
}

static rebuff_status unlisted(world *w, rebuff_error *err)
{
	size_t n;
	return rebuff_suppress_remove(w->ctx, text("a@manual.example"), REBUFF_CLASS_N, &n, err);
}

static rebuff_status held(world *w, rebuff_error *err)
{
	const rebuff_scope_held scope = {.provider = text(fresh())};
	return rebuff_hold_add(w->ctx, &scope, 0, text("to see"), text("me"), err);
}

static rebuff_status released(world *w, rebuff_error *err)
{
	size_t n;
	const rebuff_scope_held scope = {.provider = text("held.example")};
	return rebuff_hold_release(w->ctx, &scope, text("me"), text("seen"), &n, err);
}

static rebuff_status confirmed(world *w, rebuff_error *err)
{
	size_t n;
	return rebuff_candidates_confirm(w->ctx, text("broken.example"), text("me"), &n, err);
}

static rebuff_status undone(world *w, rebuff_error *err)
{
	size_t n;
	return rebuff_candidates_undo(w->ctx, text("broken.example"), &n, err);
}

static rebuff_status checked(world *w, rebuff_error *err)
{
	int64_t number;
	const rebuff_checks c = {.size = sizeof c,
		.provider = text("remote.example"),
		.stream = text(""),
		.summary = text("all is well"),
		.list = text("[]")};
	return rebuff_checks_add(w->ctx, &c, 1, &number, err);
}

static rebuff_status noticed(world *w, rebuff_error *err)
{
	rebuff_notice n = {.size = sizeof n, .alarm = 1, .stage = REBUFF_STAGE_BEGUN};
	(void)snprintf(n.way, sizeof n.way, "mail");
	return rebuff_notice_put(w->ctx, &n, err);
}

static rebuff_status warmed(world *w, rebuff_error *err)
{
	rebuff_warmup p = {.size = sizeof p, .days = 10, .cap = 100, .growth = 1.5};
	(void)snprintf(p.provider, sizeof p.provider, "%s", fresh());
	return rebuff_warmup_put(w->ctx, &p, err);
}

static rebuff_status cooled(world *w, rebuff_error *err)
{
	size_t n;
	return rebuff_warmup_end(w->ctx, text(""), text("warm.example"), &n, err);
}

static rebuff_status new_key(world *w, rebuff_error *err)
{
	return rebuff_key_rotate(w->ctx, err);
}

static rebuff_status from_a_log(world *w, rebuff_error *err)
{
	bool known;
	const rebuff_history past = {.size = sizeof past};
	const rebuff_result r = {.size = sizeof r,
		.id = text(fresh()),
		.recipient = text(WHO),
		.sender = text("shop@sender.example"),
		.kind = REBUFF_KIND_FAILED,
		.text = text("550 5.1.1 User unknown"),
		.time_ms = w->wall,
		.from_log = true};
	return rebuff_record_history(w->ctx, &r, &past, &known, err);
}

static rebuff_status imported(world *w, rebuff_error *err)
{
	int64_t bytes;
	rebuff_status status = rebuff_import_place(w->ctx, fresh(), &bytes, err);
	return status == REBUFF_OK ? rebuff_record_import(w->ctx, fresh(), 100, err) : status;
}

/* ---- views ----------------------------------------------------------------------------------- */

static void put(void *ud, rebuff_span some)
{
	*(size_t *)ud += some.len;
}

static rebuff_status print(world *w, rebuff_format format, const char *table, rebuff_error *err)
{
	size_t written = 0;
	const rebuff_output o = {.size = sizeof o,
		.format = format,
		.provider = text(""),
		.table = text(table),
		.ud = &written,
		.write = put};
	return rebuff_report(w->ctx, &o, err);
}

static rebuff_status reported(world *w, rebuff_error *err)
{
	return print(w, REBUFF_TEXT, "", err);
}

static rebuff_status standing(world *w, rebuff_error *err)
{
	size_t written = 0;
	const rebuff_output o = {
		.size = sizeof o, .format = REBUFF_TEXT, .ud = &written, .write = put};
	return rebuff_status_write(w->ctx, &o, err);
}

static void nothing_told(void *ud, const char *what, const char *line)
{
	(void)ud, (void)what, (void)line;
}

static rebuff_status address(world *w, rebuff_error *err)
{
	return rebuff_explain_address(w->ctx, text(WHO), nothing_told, NULL, err);
}

static rebuff_status message(world *w, rebuff_error *err)
{
	return rebuff_explain_message(w->ctx, text("1tWAIT-0000Ab-1x"), nothing_told, NULL, err);
}

static bool past(void *ud, const rebuff_past *p)
{
	(void)ud, (void)p;
	return true;
}

static rebuff_status recalled(world *w, rebuff_error *err)
{
	return rebuff_recall(w->ctx, text(WHO), past, NULL, err);
}

static bool alarm_seen(void *ud, const rebuff_alarm *a)
{
	(void)ud, (void)a;
	return true;
}

static rebuff_status alarms(world *w, rebuff_error *err)
{
	return rebuff_alarm_each(w->ctx, 0, alarm_seen, NULL, err);
}

static void rate_seen(void *ud, const rebuff_rate *r)
{
	(void)ud, (void)r;
}

static rebuff_status rates(world *w, rebuff_error *err)
{
	return rebuff_rate_each(w->ctx, rate_seen, NULL, err);
}

static bool candidate_seen(void *ud, const rebuff_candidate *c)
{
	(void)ud, (void)c;
	return true;
}

static rebuff_status candidates(world *w, rebuff_error *err)
{
	return rebuff_candidate_each(w->ctx, text(""), candidate_seen, NULL, err);
}

static bool hold_seen(void *ud, const rebuff_hold *h)
{
	(void)ud, (void)h;
	return true;
}

static rebuff_status holds(world *w, rebuff_error *err)
{
	return rebuff_hold_each(w->ctx, true, hold_seen, NULL, err);
}

static void checks_seen(void *ud, const rebuff_checks *c)
{
	(void)ud, (void)c;
}

static rebuff_status checks(world *w, rebuff_error *err)
{
	return rebuff_checks_latest(w->ctx, text(""), checks_seen, NULL, err);
}

static void fact_seen(void *ud, rebuff_fact fact, const char *name, int64_t n, int64_t of)
{
	(void)ud, (void)fact, (void)name, (void)n, (void)of;
}

static rebuff_status facts(world *w, rebuff_error *err)
{
	return rebuff_fact_each(w->ctx, text("remote.example"), fact_seen, NULL, err);
}

static rebuff_status notice(world *w, rebuff_error *err)
{
	rebuff_notice n = {.size = sizeof n};
	return rebuff_notice_get(w->ctx, 1, text("mail"), &n, err);
}

static bool plan_seen(void *ud, const rebuff_warmup *p)
{
	(void)ud, (void)p;
	return true;
}

static rebuff_status plans(world *w, rebuff_error *err)
{
	return rebuff_warmup_each(w->ctx, plan_seen, NULL, err);
}

static void reply_seen(void *ud, const rebuff_reply *r)
{
	(void)ud, (void)r;
}

static rebuff_status recorded(world *w, rebuff_error *err)
{
	return rebuff_recorded(w->ctx, 0, reply_seen, NULL, err);
}

static bool entry_seen(void *ud, const rebuff_suppression *e)
{
	(void)ud, (void)e;
	return true;
}

static rebuff_status entries(world *w, rebuff_error *err)
{
	return rebuff_suppress_each(w->ctx, text(""), entry_seen, NULL, err);
}

/* ---- a database with something of everything --------------------------------------------------
 */

static void must(world *w, rebuff_status (*f)(world *, rebuff_error *))
{
	rebuff_error err = {0};
	assert_int_equal(rebuff_begin(w->ctx, &err), REBUFF_OK);
	if (f(w, &err) != REBUFF_OK)
		fail_msg("%s", err.text);
	assert_int_equal(rebuff_commit(w->ctx, &err), REBUFF_OK);
}

/* What the changes undo. */
static rebuff_status named(world *w, rebuff_error *err)
{
	rebuff_suppression e = {.size = sizeof e, .class_ = REBUFF_CLASS_MANUAL, .confidence = 1};
	rebuff_warmup p = {.size = sizeof p, .days = 10, .cap = 100, .growth = 1.5};
	(void)snprintf(e.address, sizeof e.address, "a@manual.example");
	(void)snprintf(e.scope, sizeof e.scope, "all");
	(void)snprintf(p.provider, sizeof p.provider, "warm.example");
	rebuff_status status = rebuff_suppress_add(w->ctx, &e, err);
	if (status == REBUFF_OK)
		status = rebuff_hold_add(w->ctx,
			&(rebuff_scope_held){.provider = text("held.example")}, 0, text("to see"),
			text("me"), err);
	if (status == REBUFF_OK)
		status = rebuff_warmup_put(w->ctx, &p, err);
	(void)snprintf(e.address, sizeof e.address, "b@broken.example");
	(void)snprintf(e.provider, sizeof e.provider, "broken.example");
	return status == REBUFF_OK ? rbf_store_candidate(w->ctx->store, &e, err) : status;
}

static void fill(world *w)
{
	static rebuff_status (*const changes[])(world *, rebuff_error *) = {slowed, unreached, full,
		refused, delivered, arrival, listed, held, checked, noticed, warmed, named};
	(void)refuse(w, "1tKNOW-0000Ab-1x", WHO, "550 5.1.1 User unknown");
	(void)defer(w, "1tWAIT-0000Ab-1x", "bob@remote.example", "451 4.3.0 Try again later");
	for (size_t i = 0; i < sizeof changes / sizeof *changes; i++)
		must(w, changes[i]);
	run_housekeep(w);
}

/* All that matters, in one number: what a change that failed may not have moved. */
static int64_t contents(world *w)
{
	return number(w,
		"SELECT (SELECT count(*) FROM event) * 1000003 + (SELECT count(*) FROM delivery) * "
		"10007"
		" + (SELECT count(*) FROM strike) * 1009 + (SELECT count(*) FROM suppression) * 101"
		" + (SELECT count(*) FROM hold WHERE ended_ms = 0) * 11"
		" + (SELECT count(*) FROM candidate) * 13 + (SELECT count(*) FROM warmup) * 17 + "
		"(SELECT coalesce(sum(state), 0) FROM "
		"delivery)"
		" + (SELECT coalesce(sum(due_ms), 0) FROM delivery)"
		" + (SELECT coalesce(sum(until_ms), 0) FROM suppression)"
		" + (SELECT coalesce(sum(accepted + failed + struck), 0) FROM tally)");
}

typedef struct {
	const char *name;
	rebuff_status (*f)(world *w, rebuff_error *err);
	bool change;
} scenario;

/* Returns at how many statements it was made to fail. */
static long fail_everywhere(world *w, const scenario *s)
{
	for (long n = 1;; n++) {
		rebuff_error err = {0};
		assert_int_equal(s->change ? rebuff_begin(w->ctx, &err) : REBUFF_OK, REBUFF_OK);
		int64_t before = contents(w);
		disk_fails_at(n);
		rebuff_status got = s->f(w, &err);
		bool failed = disk_mends();
		if (failed && (got == REBUFF_OK || !err.text[0]))
			fail_msg("%s: statement %ld failed, and it says %d \"%s\"", s->name, n,
				(int)got, err.text);
		if (!failed && got != REBUFF_OK)
			fail_msg("%s: %s", s->name, err.text);
		if (failed && contents(w) != before)
			fail_msg("%s: statement %ld failed, and something is left", s->name, n);
		if (s->change) {
			assert_int_equal(number(w, "SELECT 1"), 1);
			sqlite3 *db = rbf_store_writer(w->ctx->store);
			assert_int_equal(sqlite3_exec(db, "ROLLBACK", NULL, NULL, NULL), SQLITE_OK);
		}
		if (!failed)
			return n - 1;
	}
}

static void test_changes(void **state)
{
	static const scenario rows[] = {{"refused", refused, true}, {"deferred", deferred, true},
		{"slowed", slowed, true}, {"unreached", unreached, true}, {"full", full, true},
		{"delivered", delivered, true}, {"told again", again, true},
		{"complete", complete, true}, {"go", go, true}, {"wait", wait_turn, true},
		{"arrival", arrival, true}, {"listing", listing, true}, {"woken", woken, true},
		{"unwoken", unwoken, true}, {"listed", listed, true}, {"unlisted", unlisted, true},
		{"held", held, true}, {"released", released, true}, {"confirmed", confirmed, true},
		{"undone", undone, true}, {"checked", checked, true}, {"noticed", noticed, true},
		{"warmed", warmed, true}, {"cooled", cooled, true}, {"new key", new_key, true},
		{"from a log", from_a_log, true}, {"imported", imported, true},
		{"housekeeping", housekeeping, true}};
	world *w = *state;
	fill(w);
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		if (fail_everywhere(w, &rows[i]) < 1)
			fail_msg("%s asks the database nothing", rows[i].name);
}

static void test_views(void **state)
{
	static const scenario rows[] = {{"report", reported, false}, {"status", standing, false},
		{"address", address, false}, {"message", message, false},
		{"recalled", recalled, false}, {"alarms", alarms, false}, {"rates", rates, false},
		{"candidates", candidates, false}, {"holds", holds, false},
		{"checks", checks, false}, {"facts", facts, false}, {"notice", notice, false},
		{"plans", plans, false}, {"recorded", recorded, false},
		{"entries", entries, false}};
	world *w = *state;
	fill(w);
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		if (fail_everywhere(w, &rows[i]) < 1)
			fail_msg("%s asks the database nothing", rows[i].name);
}

/* Fail open: nobody is refused, put off or given up because the database cannot be read. */
static void test_questions(void **state)
{
	world *w = *state;
	const rebuff_gate_request r = asking("1tGATE-0000Ab-1x", "carol@remote.example");
	rebuff_answer a = {.size = sizeof a};
	long n = 0;
	fill(w);
	run_housekeep(w);
	do {
		disk_fails_at(++n);
		rebuff_submit(w->ctx, r.recipient, r.sender, &a);
		assert_int_equal(a.verdict, REBUFF_ACCEPT);
	} while (disk_mends());
	assert_true(n > 1);
	n = 0;
	do {
		rebuff_due due[4];
		int64_t next_ms;
		disk_fails_at(++n);
		(void)rebuff_due_list(w->ctx, w->wall + day, due, 4, &next_ms);
	} while (disk_mends());
	assert_true(n > 1);
}

/* The end of a group that cannot be written: nothing of it is there, and the next one is. */
static void test_commit(void **state)
{
	world *w = *state;
	rebuff_error err = {0};
	assert_int_equal(rebuff_begin(w->ctx, &err), REBUFF_OK);
	int64_t before = contents(w);
	assert_int_equal(refused(w, &err), REBUFF_OK);
	disk_fails_at(1);
	assert_int_equal(rebuff_commit(w->ctx, &err), REBUFF_ESTORE);
	assert_true(disk_mends());
	assert_int_equal(contents(w), before);
	must(w, refused);
	assert_true(suppressed(w, WHO));
	disk_fails_at(1);
	assert_int_equal(rebuff_begin(w->ctx, &err), REBUFF_ESTORE);
	assert_true(disk_mends());
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_changes), TEST(test_views), TEST(test_questions), TEST(test_commit)};
	return cmocka_run_group_tests_name("engine/disk", tests, NULL, NULL);
}
