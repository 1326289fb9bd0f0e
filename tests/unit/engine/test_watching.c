/* test_watching.c - what operators see of alarms, holds, checks, notices and warm-up, and what they
 * are told when they ask for what cannot be. */
#include "world.h"

#include <string.h>

#define P "remote.example"

typedef struct {
	size_t n;
	char text[4096];
} seen;

static void add(seen *s, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void add(seen *s, const char *format, ...)
{
	size_t len = strlen(s->text);
	va_list args;
	va_start(args, format);
	(void)vsnprintf(s->text + len, sizeof s->text - len, format, args);
	va_end(args);
	s->n++;
}

static void begin(world *w)
{
	rebuff_error err = {0};
	assert_int_equal(rebuff_begin(w->ctx, &err), REBUFF_OK);
}

static void commit(world *w)
{
	rebuff_error err = {0};
	assert_int_equal(rebuff_commit(w->ctx, &err), REBUFF_OK);
}

/* ---- alarms ---------------------------------------------------------------------------------- */

static bool on_alarm(void *ud, const rebuff_alarm *a)
{
	add(ud, "%s %s seen %lld checks %lld\n", a->kind, a->provider, (long long)a->seen,
		(long long)a->checks);
	return true;
}

static void on_rate(void *ud, const rebuff_rate *r)
{
	add(ud, "%s %s %lld/%lld\n", r->of, r->name, (long long)r->failed[2], (long long)r->all[2]);
}

static void on_checks(void *ud, const rebuff_checks *c)
{
	add(ud, "%.*s: %u wrong, %.*s, %.*s\n", (int)c->provider.len, c->provider.p, c->wrong,
		(int)c->summary.len, c->summary.p, (int)c->list.len, c->list.p);
}

/* A block: many different recipients are refused for policy. */
static void be_blocked(world *w)
{
	for (int i = 0; i < 60; i++, pass(w, 1000)) {
		char id[32], who[48];
		(void)snprintf(id, sizeof id, "1t%04d-0000Ab-1x", i);
		(void)snprintf(who, sizeof who, "u%d@" P, i);
		(void)refuse(w, id, who, "550 5.7.1 Your IP address 192.0.2.1 is blocked");
	}
	run_housekeep(w);
}

static void test_alarm_and_its_checks(void **state)
{
	world *w = *state;
	seen s = {0};
	rebuff_error err = {0};
	int64_t number = 0;
	be_blocked(w);
	assert_int_equal(rebuff_alarm_each(w->ctx, 0, on_alarm, &s, &err), REBUFF_OK);
	assert_int_equal(s.n, 1);
	assert_non_null(strstr(s.text, "blocked " P));
	assert_non_null(strstr(s.text, "checks 0"));
	const rebuff_checks c = {.size = sizeof c,
		.provider = RBF_LIT(P),
		.stream = RBF_LIT(""),
		.wrong = 2,
		.summary = RBF_LIT("on two lists"),
		.list = RBF_LIT("[1,2]")};
	begin(w);
	assert_int_equal(rebuff_checks_add(w->ctx, &c, 1, &number, &err), REBUFF_OK);
	commit(w);
	s = (seen){0};
	assert_int_equal(rebuff_alarm_each(w->ctx, 0, on_alarm, &s, &err), REBUFF_OK);
	assert_null(strstr(s.text, "checks 0"));
	static const struct {
		const char *name, *want;
	} rows[] = {{P, P ": 2 wrong, on two lists, [1,2]\n"},
		{"", P ": 2 wrong, on two lists, [1,2]\n"}, {"other.example", ""}};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		s = (seen){0};
		assert_int_equal(rebuff_checks_latest(
					 w->ctx, rbf_span_of(rows[i].name), on_checks, &s, &err),
			REBUFF_OK);
		assert_row_str(rows[i].name, s.text, rows[i].want);
	}
	/* It holds mail, so it is told of until somebody has looked, however long ago it began. */
	s = (seen){0};
	pass(w, 40 * day);
	run_housekeep(w);
	assert_int_equal(rebuff_alarm_each(w->ctx, w->wall, on_alarm, &s, &err), REBUFF_OK);
	assert_int_equal(s.n, 1);
}

static void test_rates(void **state)
{
	world *w = *state;
	seen s = {0};
	rebuff_error err = {0};
	for (int i = 0; i < 5; i++) {
		char id[32];
		(void)snprintf(id, sizeof id, "1tOK%02d-0000Ab-1x", i);
		(void)report(w, REBUFF_KIND_DELIVERED, REBUFF_STAGE_DOT, id, "bob@" P, "250 Ok");
	}
	(void)refuse(w, "1tNO00-0000Ab-1x", "lucy@" P, "550 5.1.1 User unknown");
	assert_int_equal(rebuff_rate_each(w->ctx, on_rate, &s, &err), REBUFF_OK);
	assert_non_null(strstr(s.text, "provider " P " 1/6\n"));
	assert_non_null(strstr(s.text, "stream sender.example 1/6\n"));
}

/* ---- notices --------------------------------------------------------------------------------- */

static void test_notices(void **state)
{
	world *w = *state;
	rebuff_error err = {0};
	rebuff_notice n = {.size = sizeof n, .alarm = 7, .stage = REBUFF_STAGE_BEGUN, .tries = 2};
	rebuff_notice got = {.size = sizeof got, .stage = 9};
	assert_int_equal(rebuff_notice_get(w->ctx, 7, RBF_LIT("mail"), &got, &err), REBUFF_OK);
	assert_int_equal(got.stage, 0); /* nothing was told */
	(void)snprintf(n.way, sizeof n.way, "mail");
	(void)snprintf(n.problem, sizeof n.problem, "no sendmail");
	begin(w);
	assert_int_equal(rebuff_notice_put(w->ctx, &n, &err), REBUFF_OK);
	n.stage |= REBUFF_STAGE_CHECKED;
	assert_int_equal(rebuff_notice_put(w->ctx, &n, &err), REBUFF_OK);
	commit(w);
	assert_int_equal(rebuff_notice_get(w->ctx, 7, RBF_LIT("mail"), &got, &err), REBUFF_OK);
	assert_int_equal(got.stage, REBUFF_STAGE_BEGUN | REBUFF_STAGE_CHECKED);
	assert_int_equal(got.tries, 2);
	assert_string_equal(got.problem, "no sendmail");
	assert_int_equal(rebuff_notice_get(w->ctx, 7, RBF_LIT("webhook"), &got, &err), REBUFF_OK);
	assert_int_equal(got.stage, 0);
}

/* ---- holds ----------------------------------------------------------------------------------- */

static bool on_hold(void *ud, const rebuff_hold *h)
{
	add(ud, "%s/%s %s by %s, %lld wait, ended %d by %s: %s\n", h->provider, h->stream,
		h->reason, h->by, (long long)h->waiting, h->ended_ms != 0, h->released_by, h->note);
	return true;
}

static bool on_first_hold(void *ud, const rebuff_hold *h)
{
	(void)on_hold(ud, h);
	return false;
}

static void test_holds(void **state)
{
	world *w = *state;
	rebuff_error err = {0};
	seen s = {0};
	size_t n = 0;
	(void)defer(w, "1tWAIT-0000Ab-1x", "bob@" P, "451 4.3.0 Try again later");
	begin(w);
	const rebuff_scope_held all = {.provider = RBF_LIT(P)}, news = {.stream = RBF_LIT("news")};
	assert_int_equal(rebuff_hold_add(w->ctx, &all, 0, RBF_LIT("to see"), RBF_LIT("lucy"), &err),
		REBUFF_OK);
	assert_int_equal(
		rebuff_hold_add(w->ctx, &news, 0, RBF_LIT("bad list"), RBF_LIT("lucy"), &err),
		REBUFF_OK);
	commit(w);
	assert_int_equal(rebuff_hold_each(w->ctx, false, on_hold, &s, &err), REBUFF_OK);
	assert_string_equal(s.text,
		P "/ to see by lucy, 1 wait, ended 0 by : \n"
		  "/news bad list by lucy, 0 wait, ended 0 by : \n");
	begin(w);
	assert_int_equal(
		rebuff_hold_release(w->ctx, &all, RBF_LIT("carol"), RBF_LIT("it was us"), &n, &err),
		REBUFF_OK);
	assert_int_equal(n, 1);
	assert_int_equal(
		rebuff_hold_release(w->ctx, &all, RBF_LIT("carol"), RBF_LIT("again"), &n, &err),
		REBUFF_OK);
	assert_int_equal(n, 0);
	commit(w);
	s = (seen){0};
	assert_int_equal(rebuff_hold_each(w->ctx, true, on_hold, &s, &err), REBUFF_OK);
	assert_int_equal(s.n, 2);
	assert_non_null(strstr(s.text, "ended 1 by carol: it was us\n"));
	s = (seen){0};
	assert_int_equal(rebuff_hold_each(w->ctx, true, on_first_hold, &s, &err), REBUFF_OK);
	assert_int_equal(s.n, 1);
}

/* ---- warm-up --------------------------------------------------------------------------------- */

static bool on_plan(void *ud, const rebuff_warmup *p)
{
	add(ud, "%s %u days, %u x %.1f\n", p->provider, p->days, p->cap, p->growth);
	return true;
}

static void test_plans(void **state)
{
	static const struct {
		const char *name;
		rebuff_warmup plan;
		rebuff_status want;
	} rows[] = {
		{"well", {.provider = P, .days = 10, .cap = 50, .growth = 1.5}, REBUFF_OK},
		{"the longest", {.provider = P, .days = 365, .cap = 1, .growth = 10}, REBUFF_OK},
		{"no provider", {.days = 10, .cap = 50, .growth = 1.5}, REBUFF_EARG},
		{"no days", {.provider = P, .cap = 50, .growth = 1.5}, REBUFF_EARG},
		{"too long", {.provider = P, .days = 366, .cap = 50, .growth = 1.5}, REBUFF_EARG},
		{"no cap", {.provider = P, .days = 10, .growth = 1.5}, REBUFF_EARG},
		{"shrinks", {.provider = P, .days = 10, .cap = 50, .growth = 0.9}, REBUFF_EARG},
		{"explodes", {.provider = P, .days = 10, .cap = 50, .growth = 10.1}, REBUFF_EARG},
	};
	world *w = *state;
	seen s = {0};
	rebuff_error err = {0};
	size_t n = 9;
	begin(w);
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		assert_row_int(
			rows[i].name, rebuff_warmup_put(w->ctx, &rows[i].plan, &err), rows[i].want);
	commit(w);
	assert_non_null(strstr(err.text, "expected a provider, 1 to 365 days, a cap over 0 and a"));
	assert_int_equal(rebuff_warmup_each(w->ctx, on_plan, &s, &err), REBUFF_OK);
	assert_string_equal(s.text, P " 365 days, 1 x 10.0\n"); /* the later replaced the first */
	begin(w);
	assert_int_equal(
		rebuff_warmup_end(w->ctx, RBF_LIT(""), RBF_LIT(""), &n, &err), REBUFF_EARG);
	assert_int_equal(
		rebuff_warmup_end(w->ctx, RBF_LIT("other"), RBF_LIT(P), &n, &err), REBUFF_OK);
	assert_int_equal(n, 0);
	assert_int_equal(rebuff_warmup_end(w->ctx, RBF_LIT(""), RBF_LIT(P), &n, &err), REBUFF_OK);
	assert_int_equal(n, 1);
	commit(w);
	s = (seen){0};
	assert_int_equal(rebuff_warmup_each(w->ctx, on_plan, &s, &err), REBUFF_OK);
	assert_int_equal(s.n, 0);
}

/* ---- what the checks want to know -------------------------------------------------------------
 */

static void on_fact(void *ud, rebuff_fact fact, const char *name, int64_t n, int64_t of)
{
	(void)of;
	add(ud, "%d %s %lld\n", (int)fact, name, (long long)n);
}

static void on_list(void *ud, const rebuff_blocklist *list)
{
	seen *s = ud;
	s->n++;
	assert_true(list->use);
	assert_true(list->zone[0] && (list->ipv4 || list->ipv6));
}

static void test_facts(void **state)
{
	world *w = *state;
	seen s = {0};
	rebuff_error err = {0};
	char name[64], postmaster[256], delist[256];
	(void)report(
		w, REBUFF_KIND_DELIVERED, REBUFF_STAGE_DOT, "1tOK01-0000Ab-1x", "bob@" P, "250 Ok");
	(void)refuse(w, "1tNO00-0000Ab-1x", "lucy@" P, "550 5.1.1 User unknown");
	assert_int_equal(rebuff_fact_each(w->ctx, RBF_LIT(P), on_fact, &s, &err), REBUFF_OK);
	assert_non_null(strstr(s.text, "sender.example"));
	s = (seen){0};
	rebuff_blocklist_each(w->ctx, on_list, &s);
	assert_true(s.n > 3);
	rebuff_provider_pages(w->ctx, RBF_LIT("gmail"), name, postmaster, delist);
	assert_string_equal(name, "Gmail / Google Workspace");
	assert_true(strncmp(postmaster, "https://", 8) == 0);
	rebuff_provider_pages(w->ctx, RBF_LIT("nobody.example"), name, postmaster, delist);
	assert_string_equal(postmaster, "");
	rebuff_watch watch = {.size = 0};
	rebuff_watch_get(w->ctx, &watch);
	assert_int_equal(watch.size, sizeof watch);
}

/* ---- without a database -----------------------------------------------------------------------
 */

static bool on_candidate(void *ud, const rebuff_candidate *c)
{
	add(ud, "%s\n", c->address);
	return true;
}

static bool on_entry(void *ud, const rebuff_suppression *e)
{
	add(ud, "%s\n", e->address);
	return true;
}

static void ignore(void *ud, const char *what, const char *text)
{
	(void)ud, (void)what, (void)text;
}

static void test_without_a_database(void **state)
{
	rebuff_ctx *ctx = NULL;
	rebuff_error err = {0};
	seen s = {0};
	size_t n;
	int64_t number;
	const rebuff_options o = {
		.size = sizeof o, .data_dir = "lua", .config_dir = "tests/data/engine"};
	(void)state;
	assert_int_equal(rebuff_open(&o, &ctx, &err), REBUFF_OK);
	const rebuff_checks c = {.size = sizeof c};
	const rebuff_notice notice = {.size = sizeof notice};
	rebuff_notice got = {.size = sizeof got};
	const rebuff_warmup plan = {.size = sizeof plan};
	const rebuff_suppression entry = {.size = sizeof entry};
	const rebuff_span none = RBF_LIT(""), some = RBF_LIT(P);
	const rebuff_scope_held scope = {.provider = some};
	const rebuff_status all[] = {rebuff_alarm_each(ctx, 0, on_alarm, &s, &err),
		rebuff_rate_each(ctx, on_rate, &s, &err),
		rebuff_candidate_each(ctx, none, on_candidate, &s, &err),
		rebuff_candidates_confirm(ctx, some, none, &n, &err),
		rebuff_candidates_undo(ctx, some, &n, &err),
		rebuff_checks_add(ctx, &c, 0, &number, &err),
		rebuff_checks_latest(ctx, none, on_checks, &s, &err),
		rebuff_notice_get(ctx, 1, none, &got, &err), rebuff_notice_put(ctx, &notice, &err),
		rebuff_hold_each(ctx, true, on_hold, &s, &err),
		rebuff_hold_add(ctx, &scope, 0, none, none, &err),
		rebuff_hold_release(ctx, &scope, none, none, &n, &err),
		rebuff_warmup_put(ctx, &plan, &err), rebuff_warmup_end(ctx, none, some, &n, &err),
		rebuff_warmup_each(ctx, on_plan, &s, &err),
		rebuff_fact_each(ctx, some, on_fact, &s, &err),
		rebuff_suppress_add(ctx, &entry, &err),
		rebuff_suppress_remove(ctx, some, REBUFF_CLASS_N, &n, &err),
		rebuff_suppress_each(ctx, none, on_entry, &s, &err),
		rebuff_explain_address(ctx, RBF_LIT("a@" P), ignore, NULL, &err),
		rebuff_explain_message(ctx, RBF_LIT("1tOK01-0000Ab-1x"), ignore, NULL, &err),
		rebuff_housekeep(ctx, &err), rebuff_key_rotate(ctx, &err)};
	for (size_t i = 0; i < sizeof all / sizeof *all; i++)
		if (all[i] == REBUFF_OK)
			fail_msg("call %zu is content without a database", i);
	assert_string_equal(err.text, "the database is not open");
	assert_int_equal(s.n, 0);
	/* Questions are answered as if there were no rebuff. */
	rebuff_answer a = {.size = sizeof a};
	rebuff_submit(ctx, RBF_LIT("a@" P), RBF_LIT("s@x"), &a);
	assert_int_equal(a.verdict, REBUFF_ACCEPT);
	const rebuff_gate_request r = asking("1tOK01-0000Ab-1x", "a@" P);
	rebuff_gate(ctx, &r, &a);
	assert_int_equal(a.verdict, REBUFF_GO);
	rebuff_close(&ctx);
}

/* ---- a reply, explained -----------------------------------------------------------------------
 */

static void on_step(void *ud, const char *line)
{
	add(ud, "%s\n", line);
}

static void test_steps(void **state)
{
	static const struct {
		const char *name, *reply, *want[6];
	} rows[] = {
		{"what it states",
			"421-4.7.0 Your IP 192.0.2.1 is on zen.spamhaus.org,\n421 try again in 300 "
			"seconds",
			{"code: 421\n", "enhanced code: 4.7.0\n", "lines: 2\n",
				"states an IP address: 192.0.2.1\n",
				"states a list: zen.spamhaus.org\n", "states a wait: 300 s\n"}},
		{"nothing but words", "User unknown",
			{"code: 0 (none)\n", "enhanced code: none\n", "lines: 1\n",
				"text: User unknown\n", "provider: ", ""}},
		{"no byte of it does anything", "550 \x1b[31m\x07",
			{"code: 550\n", "text: [31m\n", "", "", "", ""}},
	};
	world *w = *state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		seen s = {0};
		rebuff_classification out = {.size = sizeof out};
		const rebuff_reply r = {.size = sizeof r, .text = rbf_span_of(rows[i].reply)};
		assert_int_equal(rebuff_explain(w->ctx, &r, &out, on_step, &s), REBUFF_OK);
		for (size_t k = 0; k < 6; k++)
			if (!strstr(s.text, rows[i].want[k]))
				fail_msg("%s: got:\n%s\nwant in it: %s", rows[i].name, s.text,
					rows[i].want[k]);
	}
	rebuff_classification out = {.size = sizeof out};
	assert_int_equal(rebuff_classify(w->ctx, NULL, &out), REBUFF_EARG);
}

int main(void)
{
	const struct CMUnitTest tests[] = {TEST(test_alarm_and_its_checks), TEST(test_rates),
		TEST(test_notices), TEST(test_holds), TEST(test_plans), TEST(test_facts),
		cmocka_unit_test(test_without_a_database), TEST(test_steps)};
	return cmocka_run_group_tests_name("engine/watching", tests, NULL, NULL);
}
