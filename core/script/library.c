/* library.c - what a policy file finds when it begins: Lua's own in part, and text and time. */
#include "script/library.h"

#include <lualib.h>

#include "base/span.h"
#include "script/sandbox.h"
#include "script/text.h"
#include "script/values.h"

static rebuff_span check_span(lua_State *L, int arg)
{
	size_t len = 0;
	const char *p = luaL_checklstring(L, arg, &len);
	return (rebuff_span){p, len};
}

/* text.has(s, literal): is the literal in s? */
static int text_has(lua_State *L)
{
	uint64_t steps = 0;
	bool found = rbf_text_find(check_span(L, 1), check_span(L, 2), &steps) != SIZE_MAX;
	rbf_lua_charge(L, steps);
	lua_pushboolean(L, found);
	return 1;
}

/* text.starts(s, literal) */
static int text_starts(lua_State *L)
{
	lua_pushboolean(L, rbf_span_istarts(check_span(L, 1), check_span(L, 2)));
	return 1;
}

/* text.pair(s, a, b): a, and b somewhere after it */
static int text_pair(lua_State *L)
{
	uint64_t steps = 0;
	rebuff_span s = check_span(L, 1), a = check_span(L, 2), b = check_span(L, 3);
	size_t at = rbf_text_find(s, a, &steps);
	bool found = at != SIZE_MAX &&
		rbf_text_find(rbf_span_sub(s, at + a.len, SIZE_MAX), b, &steps) != SIZE_MAX;
	rbf_lua_charge(L, steps);
	lua_pushboolean(L, found);
	return 1;
}

/* text.like(s, pattern): the whole of s, '*' for any run */
static int text_like(lua_State *L)
{
	uint64_t steps = 0;
	bool matches = rbf_text_like(check_span(L, 1), check_span(L, 2), &steps);
	rbf_lua_charge(L, steps);
	lua_pushboolean(L, matches);
	return 1;
}

/* text.lower(s): ASCII letters */
static int text_lower(lua_State *L)
{
	rebuff_span s = check_span(L, 1);
	luaL_Buffer b;
	char *to = luaL_buffinitsize(L, &b, s.len);
	for (size_t i = 0; i < s.len; i++)
		to[i] = (char)rbf_lower((unsigned char)s.p[i]);
	rbf_lua_charge(L, s.len);
	luaL_pushresultsize(&b, s.len);
	return 1;
}

/* text.number(s [, n]): the n-th whole number in s, nil when there are fewer */
static int text_number(lua_State *L)
{
	rebuff_span s = check_span(L, 1);
	lua_Integer n = luaL_optinteger(L, 2, 1);
	rbf_lua_charge(L, s.len);
	for (size_t i = 0; i < s.len; i++) {
		size_t end = i;
		uint64_t v = 0;
		while (end < s.len && rbf_is_digit((unsigned char)s.p[end]))
			end++;
		if (end == i)
			continue;
		if (--n == 0 && rbf_span_u64(rbf_span_sub(s, i, end - i), INT64_MAX, &v)) {
			lua_pushinteger(L, (lua_Integer)v);
			return 1;
		}
		i = end;
	}
	lua_pushnil(L);
	return 1;
}

static const luaL_Reg text_library[] = {{"has", text_has}, {"starts", text_starts},
	{"pair", text_pair}, {"like", text_like}, {"lower", text_lower}, {"number", text_number},
	{NULL, NULL}};

/* time.seconds "2h" */
static int time_seconds(lua_State *L)
{
	int64_t s = 0;
	if (!rbf_parse_time(check_span(L, 1), &s))
		return rbf_lua_fail(L,
			"time.seconds: expected a time with its unit (s, m, h, d, "
			"w), such as \"30m\"");
	lua_pushinteger(L, s);
	return 1;
}

static const int64_t day_s = 86400;

/* Seconds since 1970, never before: times of events. */
static int64_t check_time(lua_State *L)
{
	lua_Integer t = luaL_checkinteger(L, 1);
	return t < 0 || t > INT64_MAX / 2 ? 0 : t;
}

/* time.hour(t): 0 to 23, UTC */
static int time_hour(lua_State *L)
{
	lua_pushinteger(L, check_time(L) % day_s / 3600);
	return 1;
}

/* time.weekday(t): 1 is Monday, UTC */
static int time_weekday(lua_State *L)
{
	lua_pushinteger(L, (check_time(L) / day_s + 3) % 7 + 1);
	return 1;
}

static const luaL_Reg time_library[] = {
	{"seconds", time_seconds}, {"hour", time_hour}, {"weekday", time_weekday}, {NULL, NULL}};

static int on_unknown_global(lua_State *L)
{
	return rbf_lua_fail(L,
		"nothing is called \"%s\" here; a policy file has rebuff, log, text, time, "
		"table, math, utf8 and Lua's basic functions",
		lua_type(L, 2) == LUA_TSTRING ? lua_tostring(L, 2) : "?");
}

static int on_new_global(lua_State *L)
{
	return rbf_lua_fail(L, "\"%s\" is not declared; write local %s = ...",
		lua_type(L, 2) == LUA_TSTRING ? lua_tostring(L, 2) : "?",
		lua_type(L, 2) == LUA_TSTRING ? lua_tostring(L, 2) : "?");
}

/* A library's function whose work grows with its first argument: charge for it, then run it. */
static int charged(lua_State *L)
{
	int type = lua_type(L, 1);
	if (type == LUA_TSTRING || type == LUA_TTABLE)
		rbf_lua_charge(L, lua_rawlen(L, 1));
	return lua_tocfunction(L, lua_upvalueindex(1))(L);
}

/* Copy the allowed names of the library on the stack's top into a new table; those after a "$" are
 * charged for the size of their first argument. */
static void cut(lua_State *L, const char *const *names)
{
	bool charge = false;
	lua_newtable(L);
	for (; *names; names++) {
		if (**names == '$') {
			charge = true;
			continue;
		}
		lua_getfield(L, -2, *names);
		if (charge)
			lua_pushcclosure(L, charged, 1);
		lua_setfield(L, -2, *names);
	}
	lua_remove(L, -2);
}

/* Put an empty table in the place of the one on top of the stack: it reads the other, and cannot be
 * written to. `otherwise` (NULL: nil) is asked for names that are not there. */
static void lock(lua_State *L, lua_CFunction otherwise, lua_CFunction on_write)
{
	if (otherwise) {
		lua_createtable(L, 0, 1);
		lua_pushcfunction(L, otherwise);
		lua_setfield(L, -2, "__index");
		lua_setmetatable(L, -2);
	}
	lua_newtable(L);
	lua_createtable(L, 0, 3);
	lua_pushvalue(L, -3);
	lua_setfield(L, -2, "__index");
	lua_pushcfunction(L, on_write);
	lua_setfield(L, -2, "__newindex");
	lua_pushboolean(L, false);
	lua_setfield(L, -2, "__metatable");
	lua_setmetatable(L, -2);
	lua_remove(L, -2);
}

static int on_library_write(lua_State *L)
{
	return rbf_lua_fail(L, "a library cannot be changed");
}

int rbf_library(lua_State *L)
{
	/* No xpcall: its handler runs while the hook that stopped the script is under way, and is
	 * counted by nobody. */
	static const char *const base[] = {"assert", "error", "ipairs", "next", "pairs", "pcall",
		"rawequal", "select", "tostring", "type", "$", "tonumber", NULL};
	/* No table.move: its loop over empty places is one instruction. No table.sort: it compares
	 * long texts inside one. No random: the same reply gets the same answer. */
	static const char *const table[] = {
		"$", "concat", "insert", "pack", "remove", "unpack", NULL};
	static const char *const math[] = {"abs", "ceil", "floor", "fmod", "huge", "log", "max",
		"maxinteger", "min", "mininteger", "modf", "pi", "sqrt", "tointeger", "type", "ult",
		NULL};
	static const char *const utf8[] = {
		"$", "char", "codepoint", "codes", "len", "offset", NULL};
	static const struct {
		const char *name;
		lua_CFunction open;
		const char *const *names;
	} libraries[] = {{LUA_TABLIBNAME, luaopen_table, table},
		{LUA_MATHLIBNAME, luaopen_math, math}, {LUA_UTF8LIBNAME, luaopen_utf8, utf8}};
	luaopen_base(L);
	cut(L, base);
	for (size_t i = 0; i < sizeof libraries / sizeof *libraries; i++) {
		lua_pushcfunction(L, libraries[i].open);
		lua_call(L, 0, 1);
		cut(L, libraries[i].names);
		lock(L, NULL, on_library_write);
		lua_setfield(L, -2, libraries[i].name);
	}
	luaL_newlib(L, text_library);
	lock(L, NULL, on_library_write);
	lua_setfield(L, -2, "text");
	luaL_newlib(L, time_library);
	lock(L, NULL, on_library_write);
	lua_setfield(L, -2, "time");
	lua_pushvalue(L, -1);
	lua_setfield(L, LUA_REGISTRYINDEX, "rebuff.names"); /* what bindings add goes here */
	lock(L, on_unknown_global, on_new_global);
	lua_rawseti(L, LUA_REGISTRYINDEX, LUA_RIDX_GLOBALS);
	return 0;
}
