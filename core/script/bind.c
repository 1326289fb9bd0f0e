/* bind.c - the objects that policy files see. They are userdata that hold nothing but what they
 * stand for; every assignment is checked and carried out at once, so that a mistake is told at its
 * line. */
#include "script/bind.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/span.h"
#include "script/values.h"

typedef enum {
	OBJECT_ROOT,
	OBJECT_POLICY,
	OBJECT_RETRY,
	OBJECT_SUPPRESS,
	OBJECT_RULES,
	OBJECT_STREAMS
} object_kind;

typedef struct {
	object_kind kind;
	int provider; /* -1: the default, or general rules */
} object;

static const char type_name[] = "rebuff.object";

static rbf_loading *loading(lua_State *L)
{
	return rbf_sandbox_of(L)->owner;
}

static object *to_object(lua_State *L, int index)
{
	return luaL_checkudata(L, index, type_name);
}

static int push_object(lua_State *L, object_kind kind, int provider)
{
	object *o = lua_newuserdatauv(L, sizeof *o, 0);
	*o = (object){kind, provider};
	luaL_setmetatable(L, type_name);
	return 1;
}

static rebuff_span key_of(lua_State *L, int index)
{
	size_t len = 0;
	const char *p = lua_type(L, index) == LUA_TSTRING ? lua_tolstring(L, index, &len) : "?";
	return (rebuff_span){p, lua_type(L, index) == LUA_TSTRING ? len : 1};
}

static bool is(rebuff_span key, const char *name)
{
	return rbf_span_eq(key, rbf_span_of(name));
}

static int fail_unknown(
	lua_State *L, const char *what, rebuff_span key, const char *const *names, size_t n)
{
	char shown[64];
	const char *near = rbf_nearest(key, names, n);
	(void)rbf_span_escape(shown, sizeof shown, key);
	if (near)
		return rbf_lua_fail(
			L, "%s has nothing called \"%s\"; did you mean \"%s\"?", what, shown, near);
	return rbf_lua_fail(L, "%s has nothing called \"%s\"", what, shown);
}

/* ---- providers
 * -------------------------------------------------------------------------------------- */

int rbf_loading_provider(rbf_loading *l, rebuff_span id)
{
	rbf_config *c = l->config;
	int number = rbf_providers_add(c->providers, id);
	if (number < 0 || (size_t)number < c->provider_n)
		return number;
	if (c->provider_n == l->info_cap) {
		size_t cap = l->info_cap ? l->info_cap * 2 : 128;
		void *p = realloc(c->info, cap * sizeof *c->info);
		if (!p)
			return -1;
		c->info = p;
		l->info_cap = cap;
	}
	memset(&c->info[number], 0, sizeof *c->info);
	c->provider_n++;
	return number;
}

/* rebuff.provider "gmail": letters in lower case, digits, '-', '_', '.' */
static int get_provider(lua_State *L)
{
	rebuff_span id;
	lua_settop(L, 1);
	id = rbf_lua_text(L, "provider", REBUFF_NAME_MAX - 1);
	for (size_t i = 0; i < id.len; i++) {
		unsigned char c = (unsigned char)id.p[i];
		if (!((c >= 'a' && c <= 'z') || rbf_is_digit(c) || (i && strchr("-_.", c))))
			return rbf_lua_fail(L,
				"provider: \"%.*s\": expected lower case letters, digits, '-', "
				"'_', '.'",
				(int)id.len, id.p);
	}
	int number = rbf_loading_provider(loading(L), id);
	if (number < 0)
		return luaL_error(L, "no memory for providers");
	return push_object(L, OBJECT_POLICY, number);
}

typedef rebuff_status add_name(rbf_providers *, int, rebuff_span, rebuff_error *);

/* A name or a list of names on top of the stack. */
static void add_names(lua_State *L, int provider, const char *what, add_name *add)
{
	rebuff_error err;
	size_t n = lua_type(L, -1) == LUA_TTABLE ? lua_rawlen(L, -1) : 0;
	if (lua_type(L, -1) != LUA_TTABLE)
		(void)rbf_lua_fail(
			L, "%s: got a %s, expected a list of names", what, luaL_typename(L, -1));
	for (size_t i = 1; i <= n; i++) {
		lua_rawgeti(L, -1, (lua_Integer)i);
		if (add(loading(L)->config->providers, provider,
			    rbf_lua_text(L, what, REBUFF_DOMAIN_MAX), &err) != REBUFF_OK)
			(void)rbf_lua_fail(L, "%s: %s", what, err.text);
		lua_pop(L, 1);
	}
}

/* ---- policies
 * ----------------------------------------------------------------------------------------- */

static const char *const ladder_keys[] = {
	"first", "steps", "factor", "max", "jitter", "give_up", "attempts"};
static const char *const suppress_keys[] = {"after", "within", "over", "lasts", "growth"};
static const char *const pace_keys[] = {"start", "floor", "ceiling", "growth"};
static const char *const breaker_keys[] = {"share", "at_least", "within"};
static const char *const wait_keys[] = {"min", "max", "jitter"};
#define KEYS(list) list, sizeof list / sizeof *list

static void expect_table(lua_State *L, const char *what, const char *const *names, size_t n)
{
	if (lua_type(L, -1) != LUA_TTABLE)
		(void)rbf_lua_fail(L, "%s: got a %s, expected a table", what, luaL_typename(L, -1));
	rbf_lua_check_keys(L, -1, what, names, n);
}

/* Read field `name` of the table on top by `read` into `to`, and mark it. The field's full name is
 * made for the message. */
#define FIELD(name, bit, to, read)                                                                 \
	do {                                                                                       \
		if (rbf_lua_field(L, -1, name)) {                                                  \
			char at[128];                                                              \
			(void)snprintf(at, sizeof at, "%s.%s", what, name);                        \
			(to) = (read);                                                             \
			s->given |= (bit);                                                         \
			lua_pop(L, 1);                                                             \
		}                                                                                  \
	} while (0)

static int64_t positive_time(lua_State *L, const char *at)
{
	int64_t v = rbf_lua_time(L, at);
	if (v <= 0)
		(void)rbf_lua_fail(L, "%s: expected a time over 0", at);
	return v;
}

static uint32_t read_steps(lua_State *L, const char *at, int64_t *steps)
{
	size_t n = lua_type(L, -1) == LUA_TTABLE ? lua_rawlen(L, -1) : 0;
	if (n == 0 || n > RBF_LADDER_STEPS)
		(void)rbf_lua_fail(L, "%s: expected a list of 1 to %d times", at, RBF_LADDER_STEPS);
	for (size_t i = 0; i < n; i++) {
		lua_rawgeti(L, -1, (lua_Integer)i + 1);
		steps[i] = positive_time(L, at);
		lua_pop(L, 1);
	}
	return (uint32_t)n;
}

static void read_ladder(lua_State *L, const char *what, rbf_setting *s)
{
	rbf_ladder *to = &s->to.retry;
	expect_table(L, what, KEYS(ladder_keys));
	FIELD("first", RBF_GIVEN_STEPS, to->step_s[0], positive_time(L, at));
	to->step_n = 1;
	FIELD("steps", RBF_GIVEN_STEPS, to->step_n, read_steps(L, at, to->step_s));
	FIELD("factor", RBF_GIVEN_FACTOR, to->factor, rbf_lua_number(L, at, 1, 10));
	FIELD("max", RBF_GIVEN_MAX, to->max_s, positive_time(L, at));
	FIELD("jitter", RBF_GIVEN_JITTER, to->jitter, rbf_lua_number(L, at, 0, 0.5));
	FIELD("give_up", RBF_GIVEN_GIVE_UP, to->give_up_s, positive_time(L, at));
	FIELD("attempts", RBF_GIVEN_ATTEMPTS, to->give_up_attempts, rbf_lua_count(L, at, 1, 1000));
}

/* A time, or "forever" for 0. */
static int64_t read_lasts(lua_State *L, const char *at)
{
	if (lua_type(L, -1) == LUA_TSTRING && is(key_of(L, -1), "forever"))
		return 0;
	return positive_time(L, at);
}

static void read_suppress(lua_State *L, const char *what, rbf_setting *s)
{
	rbf_suppress_rule *to = &s->to.suppress;
	s->given = RBF_GIVEN_ON;
	to->on = lua_type(L, -1) != LUA_TBOOLEAN;
	if (!to->on && lua_toboolean(L, -1))
		(void)rbf_lua_fail(L, "%s: got true, expected false or a table", what);
	if (!to->on)
		return;
	expect_table(L, what, KEYS(suppress_keys));
	FIELD("after", RBF_GIVEN_AFTER, to->after, rbf_lua_count(L, at, 1, 1000));
	FIELD("within", RBF_GIVEN_WITHIN, to->within_s, positive_time(L, at));
	FIELD("over", RBF_GIVEN_OVER, to->over_s, rbf_lua_time(L, at));
	FIELD("lasts", RBF_GIVEN_LASTS, to->lasts_s, read_lasts(L, at));
	FIELD("growth", RBF_GIVEN_GROWTH, to->growth, rbf_lua_number(L, at, 1, 10));
}

static void read_pace(lua_State *L, const char *what, rbf_setting *s)
{
	rbf_pace_rule *to = &s->to.pace;
	expect_table(L, what, KEYS(pace_keys));
	FIELD("start", RBF_GIVEN_START, to->start, rbf_lua_rate(L, at));
	FIELD("floor", RBF_GIVEN_FLOOR, to->floor, rbf_lua_rate(L, at));
	FIELD("ceiling", RBF_GIVEN_CEILING, to->ceiling, rbf_lua_rate(L, at));
	FIELD("growth", RBF_GIVEN_PACE_GROWTH, to->growth, rbf_lua_number(L, at, 1, 10));
}

static void read_breaker(lua_State *L, const char *what, rbf_setting *s)
{
	rbf_breaker_rule *to = &s->to.breaker;
	expect_table(L, what, KEYS(breaker_keys));
	FIELD("share", RBF_GIVEN_SHARE, to->share, rbf_lua_number(L, at, 0, 1));
	FIELD("at_least", RBF_GIVEN_AT_LEAST, to->at_least, rbf_lua_count(L, at, 1, 1000000));
	FIELD("within", RBF_GIVEN_BREAKER_WITHIN, to->within_s, positive_time(L, at));
}

static void read_wait(lua_State *L, const char *what, rbf_setting *s)
{
	expect_table(L, what, KEYS(wait_keys));
	FIELD("min", RBF_GIVEN_WAIT_MIN, s->to.wait.min_s, positive_time(L, at));
	FIELD("max", RBF_GIVEN_WAIT_MAX, s->to.wait.max_s, positive_time(L, at));
	FIELD("jitter", RBF_GIVEN_WAIT_JITTER, s->to.wait.jitter, rbf_lua_number(L, at, 0, 0.5));
}

static bool read_mode(lua_State *L)
{
	static const char *const modes[] = {"act", "observe"};
	return rbf_lua_name(L, "mode", KEYS(modes)) == 1;
}

static bool read_backscatter(lua_State *L)
{
	static const char *const ways[] = {"count", "refuse"};
	return rbf_lua_name(L, "backscatter", KEYS(ways)) == 1;
}

static void keep(lua_State *L, rbf_setting *s)
{
	rbf_loading *l = loading(L);
	s->operators = l->operators;
	rbf_lua_where(L, s->origin);
	if (!rbf_settings_add(&l->settings, s))
		(void)luaL_error(L, "no memory for settings");
}

/* policy.KEY = value; the value is on top of the stack. Returns false when it is no setting. */
static bool set_policy(lua_State *L, int provider, rebuff_span key)
{
	rbf_setting s = {.provider = provider};
	if (is(key, "soft") || is(key, "bare")) {
		s.kind = is(key, "soft") ? RBF_SET_SOFT : RBF_SET_BARE;
		read_suppress(L, is(key, "soft") ? "soft" : "bare", &s);
	} else if (is(key, "pace")) {
		s.kind = RBF_SET_PACE;
		read_pace(L, "pace", &s);
	} else if (is(key, "breaker")) {
		s.kind = RBF_SET_BREAKER;
		read_breaker(L, "breaker", &s);
	} else if (is(key, "wait")) {
		s.kind = RBF_SET_WAIT;
		read_wait(L, "wait", &s);
	} else if (is(key, "hard_limit")) {
		s.kind = RBF_SET_HARD_LIMIT;
		s.to.hard_limit_s = positive_time(L, "hard_limit");
	} else if (is(key, "mode")) {
		s.kind = RBF_SET_OBSERVE;
		s.to.observe = read_mode(L);
	} else if (is(key, "backscatter") && provider < 0) {
		s.kind = RBF_SET_BACKSCATTER;
		s.to.refuse_backscatter = read_backscatter(L);
	} else {
		return false;
	}
	keep(L, &s);
	return true;
}

/* Of a provider alone: how it is known, and what people want to read about it. */
static bool set_identity(lua_State *L, int provider, rebuff_span key)
{
	rbf_provider_info *info = &loading(L)->config->info[provider];
	if (is(key, "domains"))
		add_names(L, provider, "domains", rbf_providers_add_domain);
	else if (is(key, "mx"))
		add_names(L, provider, "mx", rbf_providers_add_mx);
	else if (is(key, "name"))
		(void)rbf_span_copy(info->name, sizeof info->name,
			rbf_lua_text(L, "name", sizeof info->name - 1));
	else if (is(key, "postmaster"))
		(void)rbf_span_copy(info->postmaster, sizeof info->postmaster,
			rbf_lua_text(L, "postmaster", sizeof info->postmaster - 1));
	else if (is(key, "delist"))
		(void)rbf_span_copy(info->delist, sizeof info->delist,
			rbf_lua_text(L, "delist", sizeof info->delist - 1));
	else
		return false;
	return true;
}

static const char *const policy_keys[] = {"retry", "suppress", "soft", "bare", "pace", "breaker",
	"wait", "hard_limit", "mode", "backscatter", "domains", "mx", "name", "postmaster",
	"delist", "replies"};

static int assign_policy(lua_State *L, const object *o)
{
	rebuff_span key = key_of(L, 2);
	const char *what = o->provider < 0 ? "rebuff.default" : "a provider";
	if (set_policy(L, o->provider, key) ||
		(o->provider >= 0 && set_identity(L, o->provider, key)))
		return 0;
	if (is(key, "retry") || is(key, "suppress"))
		return rbf_lua_fail(L,
			"%.*s: assign one category at a time: %.*s[\"rate-limited\"] = ...",
			(int)key.len, key.p, (int)key.len, key.p);
	if (is(key, "replies"))
		return rbf_lua_fail(L, "replies: use replies:add { ... }");
	return fail_unknown(L, what, key, policy_keys,
		o->provider < 0 ? 10 : sizeof policy_keys / sizeof *policy_keys);
}

/* policy.retry["category"] = { ... } and policy.suppress["category"] = { ... } or false */
static int assign_category(lua_State *L, const object *o)
{
	rbf_setting s = {.provider = o->provider};
	const char *names[REBUFF_CATEGORY_N];
	char what[96];
	for (int i = 0; i < REBUFF_CATEGORY_N; i++)
		names[i] = rebuff_category_name((rebuff_category)i);
	lua_pushvalue(L, 2);
	s.category = rbf_lua_name(
		L, o->kind == OBJECT_RETRY ? "retry" : "suppress", names, REBUFF_CATEGORY_N);
	lua_pop(L, 1);
	(void)snprintf(what, sizeof what, "%s[\"%s\"]",
		o->kind == OBJECT_RETRY ? "retry" : "suppress", names[s.category]);
	s.kind = o->kind == OBJECT_RETRY ? RBF_SET_RETRY : RBF_SET_SUPPRESS;
	if (o->kind == OBJECT_RETRY)
		read_ladder(L, what, &s);
	else
		read_suppress(L, what, &s);
	keep(L, &s);
	return 0;
}

/* ---- streams
 * -------------------------------------------------------------------------------------------- */

static void add_stream(lua_State *L, rebuff_span name, rebuff_span pattern)
{
	rbf_loading *l = loading(L);
	rbf_config *c = l->config;
	if (c->stream_n == l->stream_cap) {
		size_t cap = l->stream_cap ? l->stream_cap * 2 : 16;
		void *p = realloc(c->streams, cap * sizeof *c->streams);
		if (!p)
			(void)luaL_error(L, "no memory for streams");
		c->streams = p;
		l->stream_cap = cap;
	}
	struct rbf_stream *s = &c->streams[c->stream_n++];
	(void)rbf_span_copy(s->name, sizeof s->name, name);
	(void)rbf_span_copy(s->pattern, sizeof s->pattern, pattern);
}

/* rebuff.streams:add { name = "news", sender = "*@news.example.org" or a list } */
static void read_stream(lua_State *L, int index)
{
	static const char *const stream_keys[] = {"name", "sender"};
	int top = lua_gettop(L);
	if (lua_type(L, index) != LUA_TTABLE)
		(void)rbf_lua_fail(L, "add: got a %s, expected { name = ..., sender = ... }",
			luaL_typename(L, index));
	rbf_lua_check_keys(L, index, "a stream", KEYS(stream_keys));
	if (!rbf_lua_field(L, index, "name"))
		(void)rbf_lua_fail(L, "a stream has no name");
	rebuff_span name = rbf_lua_text(L, "name", REBUFF_NAME_MAX - 1);
	if (!rbf_lua_field(L, index, "sender"))
		(void)rbf_lua_fail(L, "a stream has no sender pattern");
	if (lua_type(L, -1) == LUA_TTABLE) {
		size_t n = lua_rawlen(L, -1);
		for (size_t i = 1; i <= n; i++) {
			lua_rawgeti(L, -1, (lua_Integer)i);
			add_stream(L, name, rbf_lua_text(L, "sender", REBUFF_ADDRESS_MAX));
			lua_pop(L, 1);
		}
	} else {
		add_stream(L, name, rbf_lua_text(L, "sender", REBUFF_ADDRESS_MAX));
	}
	lua_settop(L, top);
}

/* ---- metamethods
 * ------------------------------------------------------------------------------------------ */

static int on_add(lua_State *L)
{
	const object *o = to_object(L, 1);
	if (o->kind == OBJECT_RULES)
		rbf_bind_rule(L, 2, o->provider);
	else if (o->kind == OBJECT_STREAMS)
		read_stream(L, 2);
	else
		return rbf_lua_fail(L, "add: expected replies:add, rules:add or streams:add");
	return 0;
}

static int index_root(lua_State *L, rebuff_span key)
{
	static const char *const names[] = {"provider", "default", "rules", "streams"};
	if (is(key, "provider")) {
		lua_pushcfunction(L, get_provider);
		return 1;
	}
	if (is(key, "default"))
		return push_object(L, OBJECT_POLICY, -1);
	if (is(key, "rules"))
		return push_object(L, OBJECT_RULES, -1);
	if (is(key, "streams"))
		return push_object(L, OBJECT_STREAMS, -1);
	return fail_unknown(L, "rebuff", key, KEYS(names));
}

static int index_policy(lua_State *L, const object *o, rebuff_span key)
{
	if (is(key, "retry"))
		return push_object(L, OBJECT_RETRY, o->provider);
	if (is(key, "suppress"))
		return push_object(L, OBJECT_SUPPRESS, o->provider);
	if (is(key, "replies") && o->provider >= 0)
		return push_object(L, OBJECT_RULES, o->provider);
	for (size_t i = 0; i < sizeof policy_keys / sizeof *policy_keys; i++)
		if (is(key, policy_keys[i]))
			return rbf_lua_fail(L, "%s can be assigned, not read", policy_keys[i]);
	return fail_unknown(
		L, o->provider < 0 ? "rebuff.default" : "a provider", key, KEYS(policy_keys));
}

static int on_index(lua_State *L)
{
	const object *o = to_object(L, 1);
	rebuff_span key = key_of(L, 2);
	switch (o->kind) {
	case OBJECT_ROOT:
		return index_root(L, key);
	case OBJECT_POLICY:
		return index_policy(L, o, key);
	case OBJECT_RULES:
	case OBJECT_STREAMS:
		if (is(key, "add")) {
			lua_pushcfunction(L, on_add);
			return 1;
		}
		return rbf_lua_fail(L, "a list of rules has only :add { ... }");
	default:
		return rbf_lua_fail(L, "retry and suppress can be assigned, not read");
	}
}

static int on_newindex(lua_State *L)
{
	const object *o = to_object(L, 1);
	switch (o->kind) {
	case OBJECT_POLICY:
		return assign_policy(L, o);
	case OBJECT_RETRY:
	case OBJECT_SUPPRESS:
		return assign_category(L, o);
	case OBJECT_ROOT:
		return rbf_lua_fail(L,
			"rebuff.%.*s cannot be assigned; expected rebuff.default.KEY = ..., "
			"rebuff.provider \"name\", rebuff.rules:add or rebuff.streams:add",
			(int)key_of(L, 2).len, key_of(L, 2).p);
	default:
		return rbf_lua_fail(L, "a list of rules cannot be assigned to; use :add { ... }");
	}
}

static int install(lua_State *L)
{
	luaL_newmetatable(L, type_name);
	lua_pushcfunction(L, on_index);
	lua_setfield(L, -2, "__index");
	lua_pushcfunction(L, on_newindex);
	lua_setfield(L, -2, "__newindex");
	lua_pushboolean(L, false);
	lua_setfield(L, -2, "__metatable");
	lua_rawgeti(L, LUA_REGISTRYINDEX, LUA_RIDX_GLOBALS);
	lua_pushstring(L, "rebuff");
	(void)push_object(L, OBJECT_ROOT, -1);
	lua_rawset(L, -3);
	return 0;
}

rebuff_status rbf_bind(rbf_sandbox *s, rebuff_error *err)
{
	lua_pushcfunction(s->L, install);
	return rbf_sandbox_call(s, 0, 0, err);
}
