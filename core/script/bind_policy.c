/* bind_policy.c - assignments to a policy: held against the schema, and kept in their order. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/buf.h"
#include "base/span.h"
#include "script/bind.h"
#include "script/values.h"

rbf_loading *rbf_loading_of(lua_State *L)
{
	rbf_sandbox *s = rbf_sandbox_of(L);
	if (s->loaded)
		(void)rbf_lua_fail(L, "a policy is made while its files are read, not in a hook");
	return s->owner;
}

static bool is(rebuff_span key, const char *name)
{
	return rbf_span_eq(key, rbf_span_of(name));
}

unsigned rbf_bind_place(rbf_scope scope)
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

int rbf_bind_fail_unknown(
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

/* ---- settings ----------------------------------------------------------------------------------
 */

static void keep(lua_State *L, rbf_setting *s)
{
	rbf_loading *l = rbf_loading_of(L);
	s->operators = l->operators;
	rbf_lua_where(L, s->origin);
	if (!rbf_settings_add(l->config->settings, s))
		(void)luaL_error(L, "no memory for settings");
}

static void keep_switch(lua_State *L, rbf_setting *s, bool on)
{
	s->word = rbf_schema_word(rbf_loading_of(L)->config->schema, "suppress.on");
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
	const char *why = rbf_schema_elsewhere(rbf_loading_of(L)->config->schema, group);
	return rbf_lua_fail(
		L, "%s cannot be said of %s%s%s", what, place_name(where), why[0] ? ": " : "", why);
}

/* Words of the group that stand in the table on top of the stack, but not at this place. */
static void check_places(lua_State *L, const char *what, const rbf_setting *s)
{
	const char *names[RBF_WORDS_MAX];
	const rbf_word *words[RBF_WORDS_MAX];
	const char *group = rbf_part_group(s->part);
	size_t n = rbf_schema_group(rbf_loading_of(L)->config->schema, group, 0, names, words);
	for (size_t i = 0; i < n; i++) {
		char at[128];
		if ((words[i]->where & rbf_bind_place(s->scope)) || !rbf_lua_field(L, -1, names[i]))
			continue;
		(void)snprintf(at, sizeof at, "%s.%s", what, names[i]);
		(void)fail_place(L, at, group, rbf_bind_place(s->scope));
	}
}

/* { key = value ... } on top of the stack, for one part of a policy. */
static void read_part(lua_State *L, const char *what, rbf_setting *s)
{
	const char *names[RBF_WORDS_MAX];
	const rbf_word *words[RBF_WORDS_MAX];
	unsigned where = rbf_bind_place(s->scope);
	size_t n = rbf_schema_group(
		rbf_loading_of(L)->config->schema, rbf_part_group(s->part), where, names, words);
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
		if (add(rbf_loading_of(L)->config->providers, provider, name, &err) != REBUFF_OK)
			(void)rbf_lua_fail(L, "%s: %s", what, err.text);
		rbf_buf_printf(shown, "%s%.*s", i > 1 ? " " : "", (int)name.len, name.p);
		lua_pop(L, 1);
	}
}

/* Of a provider alone: how it is known, and what people want to read about it. */
static void set_identity(lua_State *L, rbf_setting *s)
{
	rbf_provider_info *info = &rbf_loading_of(L)->config->info[s->scope.provider];
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
	rbf_loading *l = rbf_loading_of(L);
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
	const rbf_schema *schema = rbf_loading_of(L)->config->schema;
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

int rbf_bind_fail_name(lua_State *L, unsigned where, rebuff_span key)
{
	const char *names[RBF_WORDS_MAX];
	char word[64];
	size_t n = names_at(L, where, names);
	(void)rbf_span_copy(word, sizeof word, key);
	if (rbf_schema_word(rbf_loading_of(L)->config->schema, word))
		return rbf_lua_fail(L, "%s cannot be said of %s", word, place_name(where));
	return rbf_bind_fail_unknown(L, place_name(where), key, names, n);
}

int rbf_bind_assign(lua_State *L, rbf_scope scope, rebuff_span key)
{
	rbf_setting s = {.scope = scope};
	unsigned where = rbf_bind_place(scope);
	char word[64];
	(void)rbf_span_copy(word, sizeof word, key);
	s.word = rbf_schema_word(rbf_loading_of(L)->config->schema, word);
	if (lua_type(L, 3) == LUA_TFUNCTION)
		for (int i = 0; i < RBF_HOOK_N; i++)
			if (is(key, rbf_hook_name((rbf_hook_point)i))) {
				set_hook(L, scope, (rbf_hook_point)i);
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
		return rbf_bind_fail_name(L, where, key);
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
int rbf_bind_assign_category(lua_State *L, rbf_scope scope, rbf_part part, rebuff_span key)
{
	rbf_setting s = {.scope = scope};
	const char *names[REBUFF_CATEGORY_N];
	char what[96];
	s.part = part;
	size_t n = categories_of(s.part, names);
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
