/* test_hooks.c - hooks: what they may see and do, and that nothing a hook does reaches further than
 * its own call: bounds are held by instructions and bytes, the decision stands, the next event is
 * as if nothing had been. */
#include "unit.h"

#include "base/span.h"
#include "files.h"
#include "script/hooks.h"
#include "script/script.h"

typedef struct {
	char line[16][1024];
	size_t n;
} diary;

static void write_down(void *ud, rebuff_level level, const char *message)
{
	diary *d = ud;
	(void)level;
	if (d->n < 16)
		snprintf(d->line[d->n++], 1024, "%s", message);
}

static rbf_config *load(const char *lua, size_t len, diary *d, rebuff_error *err)
{
	folder f;
	rbf_config *c = NULL;
	const rebuff_log log = {.ud = d, .write = write_down};
	folder_make(&f);
	folder_write(&f, "providers/corp.lua", lua, len);
	if (rbf_config_load("lua", f.dir, 0, &log, &c, err) == REBUFF_OK)
		d->n = 0; /* without "policy loaded" */
	folder_remove(&f);
	return c;
}

static rbf_config *load_text(const char *lua, diary *d)
{
	rebuff_error err = {0};
	rbf_config *c = load(lua, strlen(lua), d, &err);
	if (!c)
		fail_msg("%s: %s", lua, err.text);
	return c;
}

static const int64_t now = 1800000000000;

/* What decide makes of one deferral (or failure) of a full mailbox. */
static rbf_decision decide_as(const rbf_config *c, bool failed, rbf_suppress_rule *rule)
{
	static rebuff_classification reply = {.size = sizeof reply,
		.code = 452,
		.enhanced = "4.2.2",
		.category = REBUFF_MAILBOX_FULL,
		.fault = REBUFF_FAULT_RECIPIENT,
		.action = REBUFF_ACTION_RETRY,
		.fact_list = "list.example"};
	const rbf_hook_event event = {.reply = &reply,
		.text = RBF_LIT("452 4.2.2 Mailbox of 250 MB full, call 42"),
		.recipient = RBF_LIT("a@remote.example"),
		.sender = RBF_LIT("shop@sender.example"),
		.host = RBF_LIT("mx.remote.example"),
		.stream = "shop",
		.provider = "corp",
		.stage = REBUFF_STAGE_RCPT,
		.failed = failed,
		.attempts = 5,
		.now_ms = now,
		.age_s = 7200,
		.failing_s = 3600};
	rbf_decision d;
	const rbf_policy *policy = rbf_config_policy(c, -1);
	rbf_history h = {
		.now_ms = now, .attempts = 5, .category_attempts = 1, .random = RBF_NO_JITTER};
	rbf_policy_decide(policy, &reply, failed, &h, &d);
	rbf_hook_decide(c->hooks, -1, &event, policy, &d, rule);
	return d;
}

static rbf_decision decide(const rbf_config *c)
{
	static rbf_suppress_rule rule;
	return decide_as(c, false, &rule);
}

static int64_t wait_s(const rbf_decision *d)
{
	return (d->due_ms - now) / 1000;
}

enum { UNTOUCHED_S = 4 * 3600 };

/* ---- what a hook can see and say ----------------------------------------------------------- */

static void test_sees(void **state)
{
	/* Each expression is true. */
	static const char *const truths[] = {"e.category == 'mailbox-full'",
		"e.fault == 'recipient'", "e.action == 'retry'", "e.scope == 'none'",
		"e.code == 452", "e.enhanced == '4.2.2'", "text.has(e.text, 'MAILBOX')",
		"e.stage == 'rcpt'", "e.permanent == false", "e.confidence == 0", "e.wait == 0",
		"e.rule == ''", "e.provider == 'corp'", "e.recipient == 'a@remote.example'",
		"e.domain == 'remote.example'", "e.sender == 'shop@sender.example'",
		"e.sender_domain == 'sender.example'", "e.stream == 'shop'",
		"e.host == 'mx.remote.example'", "e.ip == ''", "e.source == ''",
		"e.transport == ''", "e.failed == false", "e.attempts == 5", "e.time == 1800000000",
		"e.age == 7200", "e.failing == 3600", "e.held == 0", "e.list == 'list.example'",
		"e.address == ''", "e.named_ip == ''", "e.url == ''", "e.auth == ''", "e.tag == ''",
		"e.limit == 0", "d.what == 'retry'", "d.after == 14400", "d.strikes == false",
		"d.slows == false", "d.holds == 0", "text.has(d.why, 'mailbox-full')",
		"text.starts(e.text, '452')", "text.like(e.text, '4*full*42')",
		"not text.like(e.text, '4*full')", "text.pair(e.text, 'mailbox', 'full')",
		"text.lower('AbC') == 'abc'", "text.number(e.text) == 452",
		"text.number(e.text, 5) == 250", "text.number(e.text, 99) == nil",
		"time.seconds '2h' == 7200", "time.hour(e.time) == 8", "time.weekday(e.time) == 5",
		"math.max(1, 2) == 2", "not pcall(function() e.category = 'x' end)",
		"not pcall(function() return e.nonsense end)",
		"not pcall(function() text.has = nil end)", "not pcall(function() pcall = nil end)",
		"not pcall(function() return string end)",
		"not pcall(function() return ('x'):rep(5) end)",
		"not pcall(function() rebuff.default.lifetime = '1d' end)",
		"not pcall(function() return rebuff.provider 'new' end)"};
	(void)state;
	for (size_t i = 0; i < sizeof truths / sizeof *truths; i++) {
		char lua[512];
		diary d = {.n = 0};
		snprintf(lua, sizeof lua,
			"function rebuff.default.decide(e, d)\n"
			"  if %s then return d:retry { after = '1m' } end\nend\n",
			truths[i]);
		rbf_config *c = load_text(lua, &d);
		rbf_decision got = decide(c);
		if (d.n)
			fail_msg("%s: %s", truths[i], d.line[0]);
		assert_row_int(truths[i], wait_s(&got), 60);
		rbf_config_unref(c);
	}
}

static void test_decisions(void **state)
{
	static const struct {
		const char *lua;
		bool failed;
		rbf_decide what;
		int64_t wait_s, hold_s;
		bool strike, slow;
	} rows[] = {
		{"return nil", false, RBF_DECIDE_RETRY, UNTOUCHED_S, 0, false, false},
		{"return d", false, RBF_DECIDE_RETRY, UNTOUCHED_S, 0, false, false},
		{"return d:retry { after = '90s' }", false, RBF_DECIDE_RETRY, 90, 0, false, false},
		{"return d:bounce { reason = 'enough' }", false, RBF_DECIDE_GIVE_UP, 0, 0, false,
			false},
		{"return d:bounce()", true, RBF_DECIDE_FAIL, 0, 0, false, false},
		{"return d:suppress()", false, RBF_DECIDE_GIVE_UP, 0, 0, true, false},
		{"return d:suppress { lasts = 'forever', scope = 'stream' }", true, RBF_DECIDE_FAIL,
			0, 0, true, false},
		{"return d:slow()", false, RBF_DECIDE_RETRY, UNTOUCHED_S, 0, false, true},
		{"return d:hold()", false, RBF_DECIDE_RETRY, UNTOUCHED_S, 7200, false, false},
		{"return d:hold { lasts = '6h' }", false, RBF_DECIDE_RETRY, 6 * 3600, 6 * 3600,
			false, false},
		{"return d:hold { lasts = '6h' }:slow():suppress()", false, RBF_DECIDE_GIVE_UP, 0,
			6 * 3600, true, true},
	};
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		char lua[256];
		diary d = {.n = 0};
		rbf_suppress_rule rule;
		snprintf(lua, sizeof lua, "function rebuff.default.decide(e, d) %s end",
			rows[i].lua);
		rbf_config *c = load_text(lua, &d);
		rbf_decision got = decide_as(c, rows[i].failed, &rule);
		if (d.n)
			fail_msg("%s: %s", rows[i].lua, d.line[0]);
		assert_row_int(rows[i].lua, got.what, rows[i].what);
		if (!rows[i].failed)
			assert_row_int(rows[i].lua, wait_s(&got), rows[i].wait_s);
		assert_row_int(rows[i].lua, got.hold_s, rows[i].hold_s);
		assert_row_int(rows[i].lua, got.strike, rows[i].strike);
		assert_row_int(rows[i].lua, got.slow, rows[i].slow);
		if (got.strike)
			assert_row_int(rows[i].lua, got.rule == &rule && got.rule->after == 1, 1);
		rbf_config_unref(c);
	}
}

static void test_wrong_answers_are_refused(void **state)
{
	static const struct {
		const char *lua, *want;
		bool failed;
	} rows[] = {
		{"return 'retry'", "decide returned a string; expected what a method", false},
		{"return e", "decide returned a userdata; expected what a method", false},
		{"return d:retry { after = '30' }", "got \"30\", expected a time", false},
		{"return d:retry { afer = '3m' }", "did you mean \"after\"?", false},
		{"return d:retry()", "expected { after = \"30m\" }", false},
		{"return d:retry { after = '1m' }", "has given this message up already", true},
		{"return d:hold { lasts = '99d' }", "from 1m to 14d", false},
		{"return d:suppres()", "a decision has no \"suppres\"", false},
		{"return e.categry", "did you mean \"category\"?", false},
	};
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		char lua[256];
		diary d = {.n = 0};
		rbf_suppress_rule rule;
		snprintf(lua, sizeof lua, "function rebuff.default.decide(e, d) %s end",
			rows[i].lua);
		rbf_config *c = load_text(lua, &d);
		rbf_decision got = decide_as(c, rows[i].failed, &rule);
		if (d.n != 1 || !strstr(d.line[0], rows[i].want) ||
			!strstr(d.line[0], "providers/corp.lua:1"))
			fail_msg("%s: %s", rows[i].lua, d.n ? d.line[0] : "nothing said");
		if (!rows[i].failed)
			assert_row_int(rows[i].lua, wait_s(&got), UNTOUCHED_S);
		rbf_config_unref(c);
	}
}

/* ---- what a hook cannot do ----------------------------------------------------------------- */

/* Each is a body of decide that tries to do harm; `head` stands before it in the file. */
static const struct {
	const char *name, *head, *body;
} hostile[] = {
	{"endless loop", "", "while true do end"},
	{"loop inside pcall", "", "while true do pcall(function() while true do end end) end"},
	{"loop inside xpcall's handler", "",
		"while true do xpcall(error, function() while true do end end) end"},
	{"nested pcalls", "",
		"local function f(n) pcall(f, n + 1) while true do end end while true do f(0) end"},
	{"memory in a table", "", "local t = {} for i = 1, 1e9 do t[i] = i end"},
	{"memory in tables inside pcall", "",
		"while true do pcall(function() local t = {} for i = 1, 1e9 do t[i] = {} end end) "
		"end"},
	{"doubling text", "", "local s = 'x' while true do s = s .. s end"},
	{"doubling text inside pcall", "",
		"while true do pcall(function() local s = 'x' while true do s = s .. s end end) "
		"end"},
	{"concat of much", "",
		"local t = {} for i = 1, 4000 do t[i] = 'xxxxxxxxxxxxxxxxxxxxxxxx' end while true "
		"do local s = table.concat(t) end"},
	{"deep recursion", "", "local function f(n) return 1 + f(n + 1) end return f(0)"},
	{"deep tail calls", "", "local function f(n) return f(n + 1) end return f(0)"},
	{"deep recursion inside pcall", "",
		"local function f(n) pcall(f, n) return 1 + f(n) end return f(0)"},
	{"unpack of much", "", "local t = {} while true do pcall(table.unpack, t, 1, 1e6) end"},
	{"searching in long texts", "",
		"local s = 'aaaaaaaaaaaaaaaa' for i = 1, 8 do s = s .. s end while true do "
		"text.has(s, 'aaaaaaaaaaaaaaaaaaaaaaaab') text.like(s, '*a*a*a*a*b') end"},
	{"comparing long texts", "",
		"local s = 'aaaaaaaa' for i = 1, 9 do s = s .. s end local t = s .. 'a' while true "
		"do local x = s < t end"},
	{"an error that is a table", "", "error({})"},
	{"an error that is nil", "", "error()"},
	{"an error that is a number", "", "error(42)"},
	{"a very long error", "", "local s = 'x' for i = 1, 12 do s = s .. s end error(s)"},
	{"an error with control bytes", "", "error('\\27[31m\\0\\n\"')"},
	{"metatables of texts", "", "local m = ('x').rep return m"},
	{"metatable library", "", "setmetatable({}, { __gc = function() end })"},
	{"getmetatable", "", "return getmetatable('x')"},
	{"coroutines", "", "coroutine.wrap(function() while true do end end)()"},
	{"load", "", "load('while true do end')()"},
	{"dofile", "", "dofile('/etc/passwd')"},
	{"require", "", "require 'os'"},
	{"io", "", "io.open('/etc/passwd')"},
	{"collectgarbage", "", "collectgarbage('stop')"},
	{"new global", "", "found = 1"},
	{"libraries changed", "", "text.has = function() return true end"},
	{"globals changed", "", "_ENV.pairs = nil error('done')"},
	{"a hook called by itself", "", "rebuff.default.decide(e, d)"},
	{"the event of an earlier call", "local kept\n",
		"local k = kept kept = e if k then return k.category and d:bounce() end "
		"error('x')"},
	{"the decision of an earlier call", "local kept\n",
		"local k = kept kept = d:bounce() if k then return k end error('x')"},
	{"close without metatable", "", "local x <close> = {}"},
	{"format with numbers", "", "while true do local s = tostring(1.5) .. tostring(2^53) end"},
	{"goto loop", "", "::a:: goto a"},
	{"for of huge step", "", "for i = math.mininteger, math.maxinteger do end"},
	{"varargs", "", "local function f(...) return f(1, ...) end return f()"},
	{"numbers from text", "", "while true do tonumber('1' , 36) end"},
	{"utf8", "", "while true do for _ in utf8.codes('abc') do end end"},
};

static void test_hostile_hooks_are_stopped(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof hostile / sizeof *hostile; i++) {
		char lua[1024];
		diary d = {.n = 0};
		rbf_hook_state s;
		snprintf(lua, sizeof lua,
			"%sfunction rebuff.default.decide(e, d) %s end\n"
			"function rebuff.default.classify(e) return 'policy' end\n",
			hostile[i].head, hostile[i].body);
		rbf_config *c = load_text(lua, &d);
		size_t held = c->hooks->sandbox.held;
		for (int k = 0; k < 2; k++) {
			rbf_decision got = decide(c);
			assert_row_int(hostile[i].name, got.what, RBF_DECIDE_RETRY);
			assert_row_int(hostile[i].name, wait_s(&got), UNTOUCHED_S);
			/* By its own account: so many instructions, so many bytes. */
			assert_true(c->hooks->sandbox.steps <= rbf_bounds_hook.steps + 2000000);
			assert_true(c->hooks->sandbox.held <= held + rbf_bounds_hook.memory);
			assert_int_equal(lua_gettop(c->hooks->sandbox.L), 0);
		}
		assert_true(rbf_hook_state_of(c->hooks, 0, &s));
		if (s.failures != 2)
			fail_msg("%s: %d failures", hostile[i].name, (int)s.failures);
		assert_row_int(hostile[i].name, (int64_t)d.n, 2);
		for (const char *p = d.line[0]; *p; p++)
			if (*p < ' ' || *p > '~')
				fail_msg("%s: byte %d in the log", hostile[i].name, *p);
		/* Another hook runs as if nothing had been. */
		rebuff_classification reply = {.size = sizeof reply, .code = 550};
		const rbf_hook_event event = {.reply = &reply, .stream = "", .provider = ""};
		rbf_hook_classify(c->hooks, -1, &event, &reply);
		assert_row_int(hostile[i].name, reply.category, REBUFF_POLICY);
		rbf_config_unref(c);
	}
}

static void test_a_failing_hook_is_switched_off(void **state)
{
	diary d = {.n = 0};
	rbf_hook_state s;
	(void)state;
	rbf_config *c = load_text("function rebuff.default.decide(e, d) error('no') end", &d);
	for (int i = 0; i < 12; i++)
		(void)decide(c);
	assert_true(rbf_hook_state_of(c->hooks, 0, &s));
	assert_true(s.off);
	assert_int_equal(s.failures, 5);
	assert_int_equal(s.calls, 5);
	assert_non_null(strstr(d.line[4], "switched off until the policy is loaded again"));
	assert_null(strstr(d.line[3], "switched off"));
	assert_non_null(strstr(s.problem, "no stack traceback"));
	rbf_config_unref(c);
}

static void test_now_and_then_is_not_often(void **state)
{
	diary d = {.n = 0};
	rbf_hook_state s;
	(void)state;
	rbf_config *c = load_text("local n = 0\n"
				  "function rebuff.default.decide(e, d)\n"
				  "  n = n + 1 if n % 6 == 0 then error('no') end\n"
				  "end",
		&d);
	for (int i = 0; i < 100; i++)
		(void)decide(c);
	assert_true(rbf_hook_state_of(c->hooks, 0, &s));
	assert_false(s.off);
	assert_int_equal(s.failures, 16);
	rbf_config_unref(c);
}

static void test_what_a_hook_keeps_is_bounded(void **state)
{
	diary d = {.n = 0};
	rbf_hook_state s;
	(void)state;
	rbf_config *c = load_text("local kept = {}\n"
				  "function rebuff.default.decide(e, d)\n"
				  "  for i = 1, 100 do kept = { kept } end\n"
				  "end",
		&d);
	size_t held = c->hooks->sandbox.held;
	for (int i = 0; i < 1000; i++)
		(void)decide(c);
	assert_true(rbf_hook_state_of(c->hooks, 0, &s));
	assert_true(s.off);
	assert_non_null(strstr(d.line[d.n - 1], "keeps more and more"));
	assert_true(c->hooks->sandbox.held < held + 65536);
	rbf_config_unref(c);
}

static void test_log_is_bounded(void **state)
{
	diary d = {.n = 0};
	(void)state;
	rbf_config *c = load_text("function rebuff.default.decide(e, d)\n"
				  "  for i = 1, 100 do log('line \\n\"' .. i) end\n"
				  "end",
		&d);
	(void)decide(c);
	assert_int_equal(d.n, 8);
	assert_non_null(strstr(d.line[0], "corp.lua:2 text=\"line \\x0a'1\""));
	rbf_config_unref(c);
}

static void test_bytecode_does_not_load(void **state)
{
	static const char bytecode[] = "\x1bLua\x54\x00\x19\x93\r\n\x1a\n\x04\x08\x08";
	diary d = {.n = 0};
	rebuff_error err = {0};
	(void)state;
	assert_null(load(bytecode, sizeof bytecode - 1, &d, &err));
	assert_non_null(strstr(err.text, "attempt to load a binary chunk"));
}

static void test_the_narrower_hook_is_called(void **state)
{
	diary d = {.n = 0};
	int corp;
	(void)state;
	rbf_config *c = load_text("function rebuff.default.classify() return 'policy' end\n"
				  "local p = rebuff.provider 'corp'\n"
				  "function p.classify() return 'mailbox-full' end",
		&d);
	rebuff_classification reply = {.size = sizeof reply, .code = 550};
	const rbf_hook_event event = {.reply = &reply, .stream = "", .provider = ""};
	corp = rbf_providers_add(c->providers, RBF_LIT("corp"));
	rbf_hook_classify(c->hooks, corp, &event, &reply);
	assert_int_equal(reply.category, REBUFF_MAILBOX_FULL);
	assert_int_equal(reply.action, REBUFF_ACTION_SOFT);
	rbf_hook_classify(c->hooks, corp - 1, &event, &reply);
	assert_int_equal(reply.category, REBUFF_POLICY);
	assert_int_equal(reply.action, REBUFF_ACTION_BOUNCE);
	rbf_config_unref(c);
}

/* Of the hooks that concern a reply the narrowest is called: of all mail, of a provider, of a
 * stream, of a provider's stream, of a source address, of a provider's source address. */
static void test_hooks_of_streams_and_sources(void **state)
{
	static const struct {
		const char *provider, *stream, *source;
		rebuff_category want;
	} rows[] = {
		{"other", "", "", REBUFF_POLICY},
		{"corp", "", "", REBUFF_MAILBOX_FULL},
		{"other", "news", "", REBUFF_RATE_LIMITED},
		{"corp", "news", "", REBUFF_GREYLISTED},
		{"other", "news", "192.0.2.7", REBUFF_IP_BLOCKED},
		{"corp", "news", "192.0.2.7", REBUFF_AUTH_FAILED},
		{"corp", "shop", "192.0.2.8", REBUFF_MAILBOX_FULL},
	};
	diary d = {.n = 0};
	(void)state;
	rbf_config *c =
		load_text("local function says(what) return function() return what end end\n"
			  "local p = rebuff.provider 'corp'\n"
			  "rebuff.provider 'other'\n"
			  "p.source('192.0.2.7').classify = says 'auth-failed'\n"
			  "rebuff.source('192.0.2.7').classify = says 'ip-blocked'\n"
			  "p.stream('news').classify = says 'greylisted'\n"
			  "rebuff.stream('news').classify = says 'rate-limited'\n"
			  "p.classify = says 'mailbox-full'\n"
			  "rebuff.default.classify = says 'policy'\n",
			&d);
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		char name[96];
		rebuff_classification reply = {.size = sizeof reply, .code = 450};
		const rbf_hook_event event = {.reply = &reply,
			.stream = rows[i].stream,
			.provider = rows[i].provider,
			.source_ip = rbf_span_of(rows[i].source)};
		snprintf(name, sizeof name, "%s %s %s", rows[i].provider, rows[i].stream,
			rows[i].source);
		rbf_hook_classify(c->hooks,
			rbf_providers_add(c->providers, rbf_span_of(rows[i].provider)), &event,
			&reply);
		assert_row_int(name, reply.category, rows[i].want);
	}
	rbf_config_unref(c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sees),
		cmocka_unit_test(test_decisions),
		cmocka_unit_test(test_wrong_answers_are_refused),
		cmocka_unit_test(test_hostile_hooks_are_stopped),
		cmocka_unit_test(test_a_failing_hook_is_switched_off),
		cmocka_unit_test(test_now_and_then_is_not_often),
		cmocka_unit_test(test_what_a_hook_keeps_is_bounded),
		cmocka_unit_test(test_log_is_bounded),
		cmocka_unit_test(test_bytecode_does_not_load),
		cmocka_unit_test(test_the_narrower_hook_is_called),
		cmocka_unit_test(test_hooks_of_streams_and_sources),
	};
	return cmocka_run_group_tests_name("hooks", tests, NULL, NULL);
}
