/* bind.c - the objects that policy files see. They are userdata that hold nothing but what they
 * stand for; every assignment is checked against the schema and carried out at once, so that a
 * mistake is told at its line. */
#include "script/bind.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/buf.h"
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
	rbf_scope scope; /* of rules the provider, -1: general ones */
} object;

static const char type_name[] = "rebuff.object";
static const rbf_scope everybody = {-1, -1, -1};

static rbf_loading *loading(lua_State *L)
{
	rbf_sandbox *s = rbf_sandbox_of(L);
	if (s->loaded)
		(void)rbf_lua_fail(L, "a policy is made while its files are read, not in a hook");
	return s->owner;
}

static const object *to_object(lua_State *L, int index)
{
	return luaL_checkudata(L, index, type_name);
}

static int push_object(lua_State *L, object_kind kind, rbf_scope scope)
{
	object *o = lua_newuserdatauv(L, sizeof *o, 0);
	*o = (object){kind, scope};
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

static unsigned place_of(rbf_scope scope)
{
	return scope.source >= 0      ? RBF_AT_SOURCE
		: scope.stream >= 0   ? RBF_AT_STREAM
		: scope.provider >= 0 ? RBF_AT_PROVIDER
				      : RBF_AT_DEFAULT;
}

static const char *place_name(unsigned where)
{
	return where == RBF_AT_SOURCE	   ? "a source"
		: where == RBF_AT_STREAM   ? "a stream"
		: where == RBF_AT_PROVIDER ? "a provider"
					   : "rebuff.default";
}

static int fail_unknown(
	lua_State *L, const char *what, rebuff_span key, const char *const *names, size_t n)
{
	char shown[64], list[300];
	const char *near = rbf_nearest(key, names, n);
	rbf_buf b = rbf_buf_of(list, sizeof list);
	(void)rbf_span_escape(shown, sizeof shown, key);
	if (near)
		return rbf_lua_fail(
			L, "%s has nothing called \"%s\"; did you mean \"%s\"?", what, shown, near);
	for (size_t i = 0; i < n && !b.overflow; i++)
		rbf_buf_printf(&b, "%s%s", i ? ", " : "", names[i]);
	return rbf_lua_fail(
		L, "%s has nothing called \"%s\"; expected one of: %s", what, shown, list);
}

/* ---- what is named -----------------------------------------------------------------------------
 */

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
	rbf_scope scope = everybody;
	scope.provider = rbf_loading_provider(loading(L), id);
	if (scope.provider < 0)
		return luaL_error(L, "no memory for providers");
	return push_object(L, OBJECT_POLICY, scope);
}

/* The number of a stream (kind 0) or source (1) that has settings of its own. */
static int scoped_number(lua_State *L, int kind, rebuff_span name)
{
	rbf_config *c = loading(L)->config;
	for (size_t i = 0; i < c->scoped_n[kind]; i++)
		if (rbf_span_eq(name, rbf_span_of(c->scoped[kind][i].name)))
			return (int)i;
	void *p = realloc(c->scoped[kind], (c->scoped_n[kind] + 1) * sizeof *c->scoped[kind]);
	if (!p)
		return luaL_error(L, "no memory for streams");
	c->scoped[kind] = p;
	rbf_named *to = &c->scoped[kind][c->scoped_n[kind]];
	(void)rbf_span_copy(to->name, sizeof to->name, name);
	return (int)c->scoped_n[kind]++;
}

/* .stream "news" and .source "192.0.2.1": of rebuff for all, of a provider for its mail. The
 * provider's number is the first upvalue, the kind the second. */
static int get_scoped(lua_State *L)
{
	int kind = (int)lua_tointeger(L, lua_upvalueindex(2));
	rbf_scope scope = everybody;
	lua_settop(L, 1);
	rebuff_span name = rbf_lua_text(L, kind ? "source" : "stream", REBUFF_NAME_MAX - 1);
	scope.provider = (int)lua_tointeger(L, lua_upvalueindex(1));
	*(kind ? &scope.source : &scope.stream) = scoped_number(L, kind, name);
	return push_object(L, OBJECT_POLICY, scope);
}

static int push_scoped(lua_State *L, int provider, int kind)
{
	lua_pushinteger(L, provider);
	lua_pushinteger(L, kind);
	lua_pushcclosure(L, get_scoped, 2);
	return 1;
}

/* ---- settings ----------------------------------------------------------------------------------
 */

static void keep(lua_State *L, rbf_setting *s)
{
	rbf_loading *l = loading(L);
	s->operators = l->operators;
	rbf_lua_where(L, s->origin);
	if (!rbf_settings_add(l->config->settings, s))
		(void)luaL_error(L, "no memory for settings");
}

static void keep_switch(lua_State *L, rbf_setting *s, bool on)
{
	s->word = rbf_schema_word(loading(L)->config->schema, "suppress.on");
	s->value = (rbf_value){.flag = on};
	keep(L, s);
}

static bool is_suppression(rbf_part part)
{
	return part == RBF_PART_SUPPRESS || part == RBF_PART_SOFT || part == RBF_PART_BARE;
}

/* Steps beyond a max that stands beside them are a mistake; an inherited max cuts them. */
static void check_ladder(lua_State *L, const char *what)
{
	int64_t max_s = 0, s = 0;
	bool given = rbf_lua_field(L, -1, "max");
	if (!given || !rbf_parse_time(rbf_span_of(lua_tostring(L, -1)), &max_s))
		max_s = INT64_MAX;
	lua_pop(L, given);
	if (rbf_lua_field(L, -1, "steps")) {
		if (rbf_lua_field(L, -2, "first"))
			(void)rbf_lua_fail(L, "%s: first and steps; expected one of them", what);
		lua_rawgeti(L, -1, (lua_Integer)lua_rawlen(L, -1));
		(void)rbf_parse_time(rbf_span_of(lua_tostring(L, -1)), &s);
		if (s > max_s)
			(void)rbf_lua_fail(L, "%s: the steps reach %s, but max is less", what,
				lua_tostring(L, -1));
		lua_pop(L, 2);
	}
}

static double rate_of(lua_State *L, const char *name, double otherwise)
{
	double rate = otherwise;
	if (rbf_lua_field(L, -1, name)) {
		if (!rbf_parse_rate(rbf_span_of(lua_tostring(L, -1)), &rate))
			rate = otherwise;
		lua_pop(L, 1);
	}
	return rate;
}

/* What stands beside each other has to fit; what is inherited is cut. */
static void check_pace(lua_State *L, const char *what)
{
	double floor = rate_of(L, "floor", 0), ceiling = rate_of(L, "ceiling", HUGE_VAL);
	double start = rate_of(L, "start", floor);
	if (floor > start || start > ceiling)
		(void)rbf_lua_fail(L, "%s: expected floor <= start <= ceiling", what);
}

/* The words of a group (one word: its own) have nothing to say here. */
static int fail_place(lua_State *L, const char *what, const char *group, unsigned where)
{
	const char *why = rbf_schema_elsewhere(loading(L)->config->schema, group);
	return rbf_lua_fail(
		L, "%s cannot be said of %s%s%s", what, place_name(where), why[0] ? ": " : "", why);
}

/* Words of the group that stand in the table on top of the stack, but not at this place. */
static void check_places(lua_State *L, const char *what, const rbf_setting *s)
{
	const char *names[RBF_WORDS_MAX];
	const rbf_word *words[RBF_WORDS_MAX];
	const char *group = rbf_part_group(s->part);
	size_t n = rbf_schema_group(loading(L)->config->schema, group, 0, names, words);
	for (size_t i = 0; i < n; i++) {
		char at[128];
		if ((words[i]->where & place_of(s->scope)) || !rbf_lua_field(L, -1, names[i]))
			continue;
		(void)snprintf(at, sizeof at, "%s.%s", what, names[i]);
		(void)fail_place(L, at, group, place_of(s->scope));
	}
}

/* { key = value ... } on top of the stack, for one part of a policy. */
static void read_part(lua_State *L, const char *what, rbf_setting *s)
{
	const char *names[RBF_WORDS_MAX];
	const rbf_word *words[RBF_WORDS_MAX];
	unsigned where = place_of(s->scope);
	size_t n = rbf_schema_group(
		loading(L)->config->schema, rbf_part_group(s->part), where, names, words);
	if (n == 0)
		(void)fail_place(L, what, rbf_part_group(s->part), where);
	if (is_suppression(s->part) && lua_type(L, -1) == LUA_TBOOLEAN) {
		if (lua_toboolean(L, -1))
			(void)rbf_lua_fail(L, "%s: got true, expected false or a table", what);
		keep_switch(L, s, false);
		return;
	}
	if (lua_type(L, -1) != LUA_TTABLE)
		(void)rbf_lua_fail(L, "%s: got a %s, expected a table", what, luaL_typename(L, -1));
	check_places(L, what, s);
	rbf_lua_check_keys(L, -1, what, names, n);
	if (is_suppression(s->part))
		keep_switch(L, s, true);
	for (size_t i = 0; i < n; i++) {
		char at[128];
		if (!rbf_lua_field(L, -1, names[i]))
			continue;
		(void)snprintf(at, sizeof at, "%s.%s", what, names[i]);
		s->word = words[i];
		s->value = rbf_schema_read(L, words[i], at);
		keep(L, s);
		lua_pop(L, 1);
	}
	if (s->part == RBF_PART_RETRY)
		check_ladder(L, what);
	if (s->part == RBF_PART_PACE)
		check_pace(L, what);
}

typedef rebuff_status add_name(rbf_providers *, int, rebuff_span, rebuff_error *);

/* A list of names on top of the stack; `shown` is them in one line. */
static void add_names(lua_State *L, int provider, const char *what, add_name *add, rbf_buf *shown)
{
	rebuff_error err;
	size_t n = lua_type(L, -1) == LUA_TTABLE ? lua_rawlen(L, -1) : 0;
	if (lua_type(L, -1) != LUA_TTABLE)
		(void)rbf_lua_fail(
			L, "%s: got a %s, expected a list of names", what, luaL_typename(L, -1));
	for (size_t i = 1; i <= n; i++) {
		lua_rawgeti(L, -1, (lua_Integer)i);
		rebuff_span name = rbf_lua_text(L, what, REBUFF_DOMAIN_MAX);
		if (add(loading(L)->config->providers, provider, name, &err) != REBUFF_OK)
			(void)rbf_lua_fail(L, "%s: %s", what, err.text);
		rbf_buf_printf(shown, "%s%.*s", i > 1 ? " " : "", (int)name.len, name.p);
		lua_pop(L, 1);
	}
}

/* Of a provider alone: how it is known, and what people want to read about it. */
static void set_identity(lua_State *L, rbf_setting *s)
{
	rbf_provider_info *info = &loading(L)->config->info[s->scope.provider];
	const char *key = s->word->key;
	char text[400];
	rbf_buf shown = rbf_buf_of(text, sizeof text);
	s->part = RBF_PART_IDENTITY;
	if (strcmp(key, "domains") == 0) {
		add_names(L, s->scope.provider, key, rbf_providers_add_domain, &shown);
	} else if (strcmp(key, "mx") == 0) {
		add_names(L, s->scope.provider, key, rbf_providers_add_mx, &shown);
	} else {
		rebuff_span value = rbf_lua_text(L, key, (size_t)s->word->max);
		if (strcmp(key, "name") == 0)
			(void)rbf_span_copy(info->name, sizeof info->name, value);
		else if (strcmp(key, "postmaster") == 0)
			(void)rbf_span_copy(info->postmaster, sizeof info->postmaster, value);
		else
			(void)rbf_span_copy(info->delist, sizeof info->delist, value);
		rbf_buf_add(&shown, value);
	}
	s->text = strdup(text);
	keep(L, s);
}

static void set_hook(lua_State *L, rbf_scope scope, rbf_hook_point point)
{
	rbf_loading *l = loading(L);
	const rbf_config *c = l->config;
	lua_pushvalue(L, -1);
	rbf_hooks_add(L, c->hooks, point, scope.provider,
		scope.stream >= 0 ? c->scoped[0][scope.stream].name : "",
		scope.source >= 0 ? c->scoped[1][scope.source].name : "", l->operators);
}

/* ---- assignments -------------------------------------------------------------------------------
 */

/* Words that may stand by themselves at this place, and the names of parts. */
static size_t names_at(lua_State *L, unsigned where, const char *names[RBF_WORDS_MAX])
{
	const char *some[RBF_WORDS_MAX];
	const rbf_schema *schema = loading(L)->config->schema;
	size_t n = rbf_schema_group(schema, "", where, names, NULL);
	for (int part = RBF_PART_RETRY; part < RBF_PART_IDENTITY; part++)
		if (rbf_schema_group(schema, rbf_part_group((rbf_part)part), where, some, NULL))
			names[n++] = rbf_part_name((rbf_part)part);
	if (where == RBF_AT_PROVIDER) {
		names[n++] = "replies";
		names[n++] = "stream";
		names[n++] = "source";
	}
	return n;
}

static int fail_name(lua_State *L, unsigned where, rebuff_span key)
{
	const char *names[RBF_WORDS_MAX];
	char word[64];
	size_t n = names_at(L, where, names);
	(void)rbf_span_copy(word, sizeof word, key);
	if (rbf_schema_word(loading(L)->config->schema, word))
		return rbf_lua_fail(L, "%s cannot be said of %s", word, place_name(where));
	return fail_unknown(L, place_name(where), key, names, n);
}

static int assign_policy(lua_State *L, const object *o)
{
	rebuff_span key = key_of(L, 2);
	rbf_setting s = {.scope = o->scope};
	unsigned where = place_of(o->scope);
	char word[64];
	(void)rbf_span_copy(word, sizeof word, key);
	s.word = rbf_schema_word(loading(L)->config->schema, word);
	if (lua_type(L, 3) == LUA_TFUNCTION)
		for (int i = 0; i < RBF_HOOK_N; i++)
			if (is(key, rbf_hook_name((rbf_hook_point)i))) {
				set_hook(L, o->scope, (rbf_hook_point)i);
				return 0;
			}
	if (is(key, "retry") || is(key, "suppress"))
		return rbf_lua_fail(L,
			"%s: assign one category at a time: %s[\"rate-limited\"] = ...", word,
			word);
	if (is(key, "replies"))
		return rbf_lua_fail(L, "replies: use replies:add { ... }");
	int part = rbf_part_of_name(key);
	if (part >= 0) {
		s.part = (rbf_part)part;
		read_part(L, word, &s);
		return 0;
	}
	if (!s.word || !(s.word->where & where))
		return fail_name(L, where, key);
	if (s.word->type == RBF_TYPE_HOOK)
		return rbf_lua_fail(
			L, "%s: got a %s, expected a function", word, luaL_typename(L, 3));
	if (s.word->where == RBF_AT_PROVIDER) {
		set_identity(L, &s);
		return 0;
	}
	s.value = rbf_schema_read(L, s.word, word);
	keep(L, &s);
	return 0;
}

/* The categories that have a ladder, or a rule of suppression. */
static size_t categories_of(rbf_part part, const char *names[REBUFF_CATEGORY_N])
{
	size_t n = 0;
	for (int i = 0; i < REBUFF_CATEGORY_N; i++)
		if (part == RBF_PART_RETRY ? rbf_category_defers((rebuff_category)i)
					   : rbf_category_strikes((rebuff_category)i))
			names[n++] = rebuff_category_name((rebuff_category)i);
	return n;
}

/* policy.retry["category"] = { ... } and policy.suppress["category"] = { ... } or false */
static int assign_category(lua_State *L, const object *o)
{
	rbf_setting s = {.scope = o->scope};
	const char *names[REBUFF_CATEGORY_N];
	char what[96];
	s.part = o->kind == OBJECT_RETRY ? RBF_PART_RETRY : RBF_PART_SUPPRESS;
	size_t n = categories_of(s.part, names);
	rebuff_span key = key_of(L, 2);
	int category = rebuff_category_of_name(key);
	if (s.part == RBF_PART_SUPPRESS && category >= 0 &&
		!rbf_category_strikes((rebuff_category)category))
		return rbf_lua_fail(L,
			"suppress[\"%s\"]: that is not the recipient's fault, and suppresses "
			"nobody",
			rebuff_category_name((rebuff_category)category));
	lua_pushvalue(L, 2);
	const char *name = names[rbf_lua_name(L, rbf_part_name(s.part), names, n)];
	lua_pop(L, 1);
	s.category = rebuff_category_of_name(rbf_span_of(name));
	(void)snprintf(what, sizeof what, "%s[\"%s\"]", rbf_part_name(s.part), name);
	read_part(L, what, &s);
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
	rbf_lua_check_keys(L, index, "a stream", stream_keys, 2);
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

bool rbf_loading_problem(rbf_loading *l, const char *text)
{
	l->problems++;
	if (!l->options->problem)
		return false;
	l->options->problem(l->options->ud, text);
	return true;
}

/* Run `f` with the arguments on the stack. When every mistake is wanted, one is told and what lies
 * behind it is read all the same. */
static int checked(lua_State *L, lua_CFunction f)
{
	rbf_loading *l = loading(L);
	if (!l->options->problem)
		return f(L);
	lua_pushcfunction(L, f);
	lua_insert(L, 1);
	if (lua_pcall(L, lua_gettop(L) - 1, 0, 0) == LUA_OK)
		return 0;
	const char *text = lua_type(L, -1) == LUA_TSTRING ? lua_tostring(L, -1) : "?";
	if (rbf_sandbox_of(L)->steps >= rbf_sandbox_of(L)->bounds.steps ||
		!rbf_loading_problem(l, text))
		return lua_error(L);
	return 0;
}

static int add(lua_State *L)
{
	const object *o = to_object(L, 1);
	if (o->kind == OBJECT_RULES)
		rbf_bind_rule(L, 2, o->scope.provider);
	else if (o->kind == OBJECT_STREAMS)
		read_stream(L, 2);
	else
		return rbf_lua_fail(L, "add: expected replies:add, rules:add or streams:add");
	return 0;
}

static int on_add(lua_State *L)
{
	return checked(L, add);
}

static int index_root(lua_State *L, rebuff_span key)
{
	static const char *const names[] = {
		"provider", "default", "rules", "streams", "stream", "source"};
	if (is(key, "provider")) {
		lua_pushcfunction(L, get_provider);
		return 1;
	}
	if (is(key, "default"))
		return push_object(L, OBJECT_POLICY, everybody);
	if (is(key, "rules"))
		return push_object(L, OBJECT_RULES, everybody);
	if (is(key, "streams"))
		return push_object(L, OBJECT_STREAMS, everybody);
	if (is(key, "stream") || is(key, "source"))
		return push_scoped(L, -1, is(key, "source"));
	return fail_unknown(L, "rebuff", key, names, sizeof names / sizeof *names);
}

static int index_policy(lua_State *L, const object *o, rebuff_span key)
{
	char word[64];
	bool provider = place_of(o->scope) == RBF_AT_PROVIDER;
	(void)rbf_span_copy(word, sizeof word, key);
	if (is(key, "retry"))
		return push_object(L, OBJECT_RETRY, o->scope);
	if (is(key, "suppress"))
		return push_object(L, OBJECT_SUPPRESS, o->scope);
	if (is(key, "replies") && provider)
		return push_object(L, OBJECT_RULES, o->scope);
	if ((is(key, "stream") || is(key, "source")) && provider)
		return push_scoped(L, o->scope.provider, is(key, "source"));
	if (rbf_part_of_name(key) >= 0 || rbf_schema_word(loading(L)->config->schema, word))
		return rbf_lua_fail(L, "%s can be assigned, not read", word);
	return fail_name(L, place_of(o->scope), key);
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

static int assign(lua_State *L)
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
			"rebuff.provider \"name\", rebuff.stream \"name\", rebuff.rules:add or "
			"rebuff.streams:add",
			(int)key_of(L, 2).len, key_of(L, 2).p);
	default:
		return rbf_lua_fail(L, "a list of rules cannot be assigned to; use :add { ... }");
	}
}

static int on_newindex(lua_State *L)
{
	return checked(L, assign);
}

/* log "text" */
static int on_log(lua_State *L)
{
	rbf_hooks *h = lua_touserdata(L, lua_upvalueindex(1));
	return rbf_lua_log(L, &h->log, &h->logged);
}

static int install(lua_State *L)
{
	rbf_hooks *h = lua_touserdata(L, 1);
	luaL_newmetatable(L, type_name);
	lua_pushcfunction(L, on_index);
	lua_setfield(L, -2, "__index");
	lua_pushcfunction(L, on_newindex);
	lua_setfield(L, -2, "__newindex");
	lua_pushboolean(L, false);
	lua_setfield(L, -2, "__metatable");
	rbf_views_install(L);
	lua_getfield(L, LUA_REGISTRYINDEX, "rebuff.names");
	(void)push_object(L, OBJECT_ROOT, everybody);
	lua_setfield(L, -2, "rebuff");
	lua_pushlightuserdata(L, h);
	lua_pushcclosure(L, on_log, 1);
	lua_setfield(L, -2, "log");
	return 0;
}

rebuff_status rbf_bind(rbf_sandbox *s, rebuff_error *err)
{
	rbf_loading *l = s->owner;
	lua_pushcfunction(s->L, install);
	lua_pushlightuserdata(s->L, l->config->hooks);
	return rbf_sandbox_call(s, 1, 0, err);
}
