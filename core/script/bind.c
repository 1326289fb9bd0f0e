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

/* ---- what is named -----------------------------------------------------------------------------
 */

/* The provider of an id, new ones with an empty info. -1 without memory. */
static int provider_of(rbf_loading *l, rebuff_span id)
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
	scope.provider = provider_of(rbf_loading_of(L), id);
	if (scope.provider < 0)
		return luaL_error(L, "no memory for providers");
	return push_object(L, OBJECT_POLICY, scope);
}

/* The number of a stream (kind 0) or source (1) that has settings of its own. */
static int scoped_number(lua_State *L, int kind, rebuff_span name)
{
	rbf_config *c = rbf_loading_of(L)->config;
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

/* ---- streams
 * -------------------------------------------------------------------------------------------- */

static void add_stream(lua_State *L, rebuff_span name, rebuff_span pattern)
{
	rbf_loading *l = rbf_loading_of(L);
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
	rbf_loading *l = rbf_loading_of(L);
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
	return rbf_bind_fail_unknown(L, "rebuff", key, names, sizeof names / sizeof *names);
}

static int index_policy(lua_State *L, const object *o, rebuff_span key)
{
	char word[64];
	bool provider = rbf_bind_place(o->scope) == RBF_AT_PROVIDER;
	(void)rbf_span_copy(word, sizeof word, key);
	if (is(key, "retry"))
		return push_object(L, OBJECT_RETRY, o->scope);
	if (is(key, "suppress"))
		return push_object(L, OBJECT_SUPPRESS, o->scope);
	if (is(key, "replies") && provider)
		return push_object(L, OBJECT_RULES, o->scope);
	if ((is(key, "stream") || is(key, "source")) && provider)
		return push_scoped(L, o->scope.provider, is(key, "source"));
	if (rbf_part_of_name(key) >= 0 || rbf_schema_word(rbf_loading_of(L)->config->schema, word))
		return rbf_lua_fail(L, "%s can be assigned, not read", word);
	return rbf_bind_fail_name(L, rbf_bind_place(o->scope), key);
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
		return rbf_bind_assign(L, o->scope, key_of(L, 2));
	case OBJECT_RETRY:
	case OBJECT_SUPPRESS:
		return rbf_bind_assign_category(L, o->scope,
			o->kind == OBJECT_RETRY ? RBF_PART_RETRY : RBF_PART_SUPPRESS, key_of(L, 2));
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
