/* test_load.c - mistakes in policy files are told by place, value, what was expected and the
 * nearest right name; one at a time when the engine loads, all of them when they are asked for. */
#include "unit.h"

#include "base/span.h"
#include "files.h"
#include "script/remarks.h"
#include "script/schema.h"
#include "script/script.h"

static rebuff_status load(const char *lua, rbf_config **c, rebuff_error *err)
{
	folder f;
	folder_make(&f);
	folder_write(&f, "defaults.lua", lua, strlen(lua));
	rebuff_status status = rbf_config_load("lua", f.dir, 0, &(rebuff_log){0}, c, err);
	folder_remove(&f);
	return status;
}

static const struct {
	const char *lua, *want;
} mistakes[] = {
	{"x = 1", "defaults.lua:1: \"x\" is not declared; write local x = ..."},
	{"\n\nlocal y = nonsense", "defaults.lua:3: nothing is called \"nonsense\" here"},
	{"local y =", "defaults.lua:1: unexpected symbol"},
	{"rebuff.defualt.lifetime = '1d'", "did you mean \"default\"?"},
	{"rebuff.default.lifetme = '1d'",
		"rebuff.default has nothing called \"lifetme\"; did you mean \"lifetime\"?"},
	{"rebuff.default.lifetime = '1x'",
		"lifetime: got \"1x\", expected a time with its unit (s, m, h, d, w) from 1m to "
		"14d"},
	{"rebuff.default.lifetime = 5", "lifetime: got \"5\", expected a time"},
	{"rebuff.default.lifetime = '30d'", "from 1m to 14d"},
	{"rebuff.default.mode = 'watch'", "mode: nothing is called \"watch\"; expected one of"},
	{"rebuff.default.retry['rate-limted'] = {}",
		"retry: nothing is called \"rate-limted\"; did you mean \"rate-limited\"?"},
	{"rebuff.default.retry['rate-limited'] = { frist = '1m' }",
		"retry[\"rate-limited\"]: nothing is called \"frist\"; did you mean \"first\"?"},
	{"rebuff.default.retry['rate-limited'] = { steps = { '2h' }, max = '1h' }",
		"the steps reach 2h, but max is less"},
	{"rebuff.default.retry['rate-limited'] = { steps = { '2h' }, first = '1h' }",
		"first and steps; expected one of them"},
	{"rebuff.default.retry['rate-limited'] = '1h'", "got a string, expected a table"},
	{"rebuff.default.retry['delivered'] = {}", "retry: nothing is called \"delivered\""},
	{"rebuff.default.retry = {}", "assign one category at a time"},
	{"rebuff.default.suppress['ip-blocked'] = { after = 1 }",
		"that is not the recipient's fault, and suppresses nobody"},
	{"rebuff.default.suppress['address-bad'] = true", "expected false or a table"},
	{"rebuff.default.soft = { after = 0 }",
		"soft.after: got \"0\", expected a whole number from 1 to 1000"},
	{"rebuff.default.soft = { after = 1.5 }", "soft.after: got \"1.5\""},
	{"rebuff.default.pace = { start = 5 }", "pace.start: got \"5\", expected a rate"},
	{"rebuff.default.pace = { floor = '5/min', ceiling = '4/min' }",
		"pace: expected floor <= start <= ceiling"},
	{"rebuff.default.wait = { min = '2h', max = '1h' }", "wait: min 7200 s is over max 3600 s"},
	{"rebuff.default.domains = { 'x' }", "domains cannot be said of rebuff.default"},
	{"rebuff.stream('news').pace = {}",
		"pace cannot be said of a stream: a provider counts what comes from an address"},
	{"rebuff.stream('news').alarm = { blocked = 9 }",
		"alarm.blocked cannot be said of a stream"},
	{"rebuff.source('192.0.2.1').breaker = {}", "breaker cannot be said of a source: it looks"},
	{"rebuff.source('192.0.2.1').pace = { start = '70/min', ceiling = '60/min' }",
		"pace: expected floor <= start <= ceiling"},
	{"rebuff.stream('news').wait = { min = '13h' }", "news: wait: min 46800 s is over max"},
	{"rebuff.provider('Gmail').mode = 'act'", "expected lower case letters"},
	{"rebuff.provider('gmail').lifetime()", "lifetime can be assigned, not read"},
	{"rebuff.provider('gmail').replys:add {}", "did you mean \"replies\"?"},
	{"rebuff.provider('gmail').replies:add { txet = 'x', category = 'policy' }",
		"a rule: nothing is called \"txet\"; did you mean \"text\"?"},
	{"rebuff.rules:add { text = 'x' }", "a rule has no category"},
	{"rebuff.rules:add { text = 'x', category = 'policy', code = 42 }",
		"code: got 42, expected 400 to 599"},
	{"rebuff.streams:add { name = 'x' }", "a stream has no sender pattern"},
	{"rebuff.default.decide = 'x'", "decide: got a string, expected a function"},
	{"rebuff.stream('news').decide = 7", "decide: got a number, expected a function"},
	{"rebuff.default.bounce = function() end", "rebuff.default has nothing called \"bounce\""},
	{"while true do end", "the budget of 100000000 instructions is used up"},
	{"local t = {} for i = 1, 1e8 do t[i] = {} end", "memory allowed for a call is used up"},
	{"io.open('/etc/passwd')", "nothing is called \"io\" here"},
};

static void test_mistakes(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof mistakes / sizeof *mistakes; i++) {
		rbf_config *c;
		rebuff_error err = {0};
		assert_row_int(mistakes[i].lua, load(mistakes[i].lua, &c, &err), REBUFF_EPOLICY);
		assert_null(c);
		if (!strstr(err.text, mistakes[i].want))
			fail_msg("%s: got \"%s\", want \"%s\"", mistakes[i].lua, err.text,
				mistakes[i].want);
	}
}

typedef struct {
	char line[16][256];
	size_t n;
} list;

static void note(void *ud, const char *text)
{
	list *l = ud;
	if (l->n < 16)
		snprintf(l->line[l->n++], 256, "%s", text);
}

static void test_all_mistakes_at_once(void **state)
{
	static const char lua[] = "rebuff.default.lifetme = '1d'\n"
				  "local p = rebuff.provider 'gmail'\n"
				  "p.retry['rate-limited'] = { first = 1 }\n"
				  "p.replies:add { text = 'x' }\n"
				  "p.replies:add { text = 'fine', category = 'policy' }\n"
				  "p.pace = { floor = '9/min', ceiling = '8/min' }\n";
	static const char broken[] = "local = 3\n";
	static const char *const want[] = {"defaults.lua:1: ", "defaults.lua:3: ",
		"defaults.lua:4: ", "defaults.lua:6: pace", "providers/x.lua:1: "};
	folder f;
	list l = {.n = 0};
	rbf_config *c;
	rebuff_error err = {0};
	const rbf_load_options all = {.problem = note, .ud = &l};
	(void)state;
	folder_make(&f);
	folder_write(&f, "defaults.lua", lua, sizeof lua - 1);
	folder_write(&f, "providers/x.lua", broken, sizeof broken - 1);
	assert_int_equal(rbf_config_load_with(&all, "lua", f.dir, 0, &(rebuff_log){0}, &c, &err),
		REBUFF_EPOLICY);
	folder_remove(&f);
	assert_string_equal(err.text, "5 mistakes in the policy files");
	assert_int_equal(l.n, 5);
	for (size_t i = 0; i < 5; i++)
		if (!strstr(l.line[i], want[i]))
			fail_msg("got \"%s\", want \"%s\"", l.line[i], want[i]);
}

typedef struct {
	const char *name;
	char value[200], origin[REBUFF_RULE_MAX];
} wanted;

static void look(void *ud, const char *name, const char *value, const char *origin)
{
	wanted *w = ud;
	if (strcmp(name, w->name) != 0)
		return;
	snprintf(w->value, sizeof w->value, "%s", value);
	snprintf(w->origin, sizeof w->origin, "%s", origin);
}

static void test_shown_with_their_places(void **state)
{
	static const char lua[] = "rebuff.default.soft = { after = 4 }\n"
				  "local p = rebuff.provider 'gmail'\n"
				  "p.retry['greylisted'] = { first = '90s' }\n"
				  "p.stream('news').suppress['mailbox-full'] = { lasts = '2d' }\n"
				  "function p.decide() end\n";
	static const struct {
		const char *name, *stream, *value, *origin;
	} rows[] = {
		{"retry[\"greylisted\"].first", "", "90s", "defaults.lua:3"},
		{"retry[\"greylisted\"].max", "", "1h", "defaults.lua:6"},
		{"retry[\"greylisted\"].steps", "", "", ""},
		{"retry[\"system-error\"].steps", "", "15m 30m 1h 2h 4h 6h", "schema.lua:"},
		{"retry[\"rate-limited\"].first", "", "30m", "providers/gmail.lua:"},
		{"soft.after", "", "4", "defaults.lua:1"},
		{"suppress[\"mailbox-full\"].after", "", "4", "defaults.lua:1"},
		{"suppress[\"mailbox-full\"].lasts", "", "30d", "schema.lua"},
		{"suppress[\"mailbox-full\"].lasts", "news", "48h", "defaults.lua:4"},
		{"suppress[\"address-bad\"].lasts", "", "180d", "defaults.lua:2"},
		{"pace.start", "", "10/min", "providers/gmail.lua"},
		{"lifetime", "", "14d", "schema.lua"},
		{"domains", "", "gmail.com googlemail.com", "providers/gmail.lua"},
		{"decide", "", "function", "defaults.lua:5"},
	};
	rbf_config *c;
	rebuff_error err = {0};
	(void)state;
	if (load(lua, &c, &err) != REBUFF_OK)
		fail_msg("%s", err.text);
	int gmail = rbf_providers_add(c->providers, RBF_LIT("gmail"));
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		wanted w = {.name = rows[i].name};
		rbf_config_show(
			c, gmail, rbf_span_of(rows[i].stream), (rebuff_span){"", 0}, look, &w);
		assert_row_str(rows[i].name, w.value, rows[i].value);
		if (!strstr(w.origin, rows[i].origin))
			fail_msg("%s: comes from %s, want %s", rows[i].name, w.origin,
				rows[i].origin);
	}
	rbf_config_unref(c);
}

/* ---- what is odd
 * ------------------------------------------------------------------------------------- */

static const struct {
	const char *lua, *want;
} oddities[] = {
	{"rebuff.default.pace = { start = '700/min' }",
		"pace.start is over the ceiling of 600 a minute, which cuts it"},
	{"rebuff.default.retry['greylisted'] = { give_up = '10d' } rebuff.default.lifetime = '2d'",
		"defaults.lua:1: retry[\"greylisted\"].give_up = \"10d\" is never reached: "
		"lifetime is "
		"48h"},
	{"rebuff.default.lifetime = '10d'",
		"lifetime = \"10d\" is longer than smtpd keeps mail: set ttl"},
	{"rebuff.default.suppress['address-bad'] = { within = '5d' }",
		"within says nothing where after is 1"},
	{"rebuff.default.retry['greylisted'] = { steps = { '2h' } }",
		"the steps reach 2h, but max is 1h and cuts them"},
	{"rebuff.provider('gmail').stream('news.example').alarm = { hard = 0.1 }",
		"alarm.hard says nothing here: alarms of a stream are of all providers"},
	{"rebuff.stream('newz').lifetime = '2d'", "no stream is called \"newz\""},
	{"rebuff.provider('gmial').lifetime = '2d'", "no mail is for provider \"gmial\""},
	{"rebuff.rules:add { text = 'zz top', category = 'policy' }\n"
	 "rebuff.rules:add { text = 'zz top', category = 'mailbox-full' }",
		"never decides: "},
};

static void test_what_is_odd_is_told(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof oddities / sizeof *oddities; i++) {
		rbf_config *c;
		rebuff_error err = {0};
		list l = {.n = 0};
		if (load(oddities[i].lua, &c, &err) != REBUFF_OK)
			fail_msg("%s", err.text);
		rbf_config_remarks(c, note, &l);
		rbf_config_unref(c);
		if (l.n == 0 || !strstr(l.line[0], oddities[i].want))
			fail_msg("%s: got %zu, \"%s\", want \"%s\"", oddities[i].lua, l.n,
				l.line[0], oddities[i].want);
	}
}

static void add(void *ud, rebuff_span text)
{
	char *all = ud;
	size_t n = strlen(all);
	if (n + text.len < 65536) {
		memcpy(all + n, text.p, text.len);
		all[n + text.len] = '\0';
	}
}

static void test_the_manual_is_that_of_the_schema(void **state)
{
	static char written[65536], made[65536];
	rbf_config *c;
	rebuff_error err = {0};
	(void)state;
	FILE *f = fopen("docs/policy-reference.md", "rb");
	assert_non_null(f);
	(void)fread(written, 1, sizeof written - 1, f);
	fclose(f);
	if (rbf_config_load("lua", "", 0, &(rebuff_log){0}, &c, &err) != REBUFF_OK)
		fail_msg("%s", err.text);
	rbf_config_reference(c, add, made);
	rbf_config_unref(c);
	if (strcmp(written, made) != 0)
		fail_msg(
			"docs/policy-reference.md is not what lua/schema.lua says; make reference");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_mistakes),
		cmocka_unit_test(test_all_mistakes_at_once),
		cmocka_unit_test(test_shown_with_their_places),
		cmocka_unit_test(test_what_is_odd_is_told),
		cmocka_unit_test(test_the_manual_is_that_of_the_schema),
	};
	return cmocka_run_group_tests_name("load", tests, NULL, NULL);
}
