/* sandbox.c - the state, its bounds and its libraries. */
#include "script/sandbox.h"

#include <lualib.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/error.h"
#include "base/span.h"
#include "script/text.h"
#include "script/values.h"

enum { HOOK_EVERY = 1000 };

enum { REFUSED_MAX = 4, OBJECT_HEAD = 64, LONG_TEXT = 512 };

const rbf_bounds rbf_bounds_load = {.steps = 100000000,
	.memory = 64U << 20,
	.churn = 1U << 30,
	.block = 8U << 20,
	.string = 8U << 20};
/* Strings are short because comparing two long ones is one instruction; a reply must fit. */
const rbf_bounds rbf_bounds_hook = {.steps = 1000000,
	.memory = 1U << 20,
	.churn = 32U << 20,
	.block = 32U << 10,
	.string = REBUFF_REPLY_MAX + OBJECT_HEAD};

rbf_sandbox *rbf_sandbox_of(lua_State *L)
{
	return *(rbf_sandbox **)lua_getextraspace(L);
}

/* ---- bounds -------------------------------------------------------------------------------- */

static void on_count(lua_State *L, lua_Debug *ar);

/* Each refusal makes Lua collect garbage and ask again, which costs more than its instructions
 * tell: after a few of them the call is over. */
static void *refuse(rbf_sandbox *s)
{
	if (++s->refused > REFUSED_MAX) {
		s->steps = s->bounds.steps;
		lua_sethook(s->L, on_count, LUA_MASKCOUNT, 1);
	}
	return NULL;
}

static void *allocate(void *ud, void *p, size_t old, size_t size)
{
	rbf_sandbox *s = ud;
	bool is_string = !p && old == LUA_TSTRING;
	size_t most = is_string ? s->bounds.string : s->bounds.block;
	if (!p)
		old = 0; /* then `old` was a type */
	if (size == 0) {
		free(p);
		s->held -= old;
		return NULL;
	}
	if (s->running && size > old &&
		(size > most || s->held + (size - old) > s->limit ||
			s->churned + size > s->bounds.churn))
		return refuse(s);
	void *q = realloc(p, size);
	if (!q)
		return NULL;
	s->held += size - old;
	s->churned += s->running ? size : 0;
	if (is_string && size / LONG_TEXT >= s->weight)
		s->weight = (unsigned)(size / LONG_TEXT) + 1;
	return q;
}

static int fail_budget(lua_State *L)
{
	return rbf_lua_fail(L, "policy: the budget of %llu instructions is used up",
		(unsigned long long)rbf_sandbox_of(L)->bounds.steps);
}

/* From the first time over the budget the hook comes at every instruction: a script's pcall may
 * catch the error once, not for ever. */
static void on_count(lua_State *L, lua_Debug *ar)
{
	rbf_sandbox *s = rbf_sandbox_of(L);
	(void)ar;
	s->steps += (uint64_t)HOOK_EVERY * s->weight;
	if (s->steps < s->bounds.steps)
		return;
	lua_sethook(L, on_count, LUA_MASKCOUNT, 1);
	(void)fail_budget(L);
}

void rbf_lua_charge(lua_State *L, uint64_t steps)
{
	rbf_sandbox *s = rbf_sandbox_of(L);
	s->steps += steps;
	if (s->steps < s->bounds.steps)
		return;
	lua_sethook(L, on_count, LUA_MASKCOUNT, 1);
	(void)fail_budget(L);
}

void rbf_sandbox_begin(rbf_sandbox *s, const rbf_bounds *bounds)
{
	s->bounds = *bounds;
	s->steps = 0;
	s->churned = 0;
	s->refused = 0;
	s->weight = 1;
	s->limit = s->held + bounds->memory;
	s->running = true;
	lua_sethook(s->L, on_count, LUA_MASKCOUNT, HOOK_EVERY);
}

void rbf_sandbox_end(rbf_sandbox *s)
{
	lua_sethook(s->L, NULL, 0, 0);
	s->running = false;
}

/* ---- messages ------------------------------------------------------------------------------ */

/* The innermost place in a file, or the outermost: the statement of the file itself. */
static void write_where(lua_State *L, bool outermost, char out[REBUFF_RULE_MAX])
{
	lua_Debug ar;
	(void)rbf_span_copy(out, REBUFF_RULE_MAX, RBF_LIT("?"));
	for (int level = 0; lua_getstack(L, level, &ar); level++) {
		lua_getinfo(L, "Sl", &ar);
		if (ar.currentline <= 0)
			continue;
		/* ar.short_src is cut at 60 bytes; the end of a long path is what tells. */
		const char *source = ar.source[0] == '@' ? ar.source + 1 : ar.source;
		size_t len = strlen(source), most = REBUFF_RULE_MAX - 16;
		(void)snprintf(out, REBUFF_RULE_MAX, "%s:%d",
			len > most ? source + len - most : source, ar.currentline);
		if (!outermost)
			return;
	}
}

void rbf_lua_where(lua_State *L, char out[REBUFF_RULE_MAX])
{
	write_where(L, false, out);
}

void rbf_lua_where_main(lua_State *L, char out[REBUFF_RULE_MAX])
{
	write_where(L, true, out);
}

int rbf_lua_fail(lua_State *L, const char *fmt, ...)
{
	char where[REBUFF_RULE_MAX], text[REBUFF_TEXT_MAX];
	va_list ap;
	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	rbf_lua_where(L, where);
	lua_pushfstring(L, "%s: %s", where, text);
	return lua_error(L);
}

/* Take the message off the stack. What a script raises may be anything. A traceback's lines become
 * one. */
static rebuff_status take_message(rbf_sandbox *s, int status, rebuff_error *err)
{
	char text[960], line[900];
	const char *said = lua_type(s->L, -1) == LUA_TSTRING ? lua_tostring(s->L, -1) : NULL;
	if (status == LUA_ERRMEM || status == LUA_ERRERR)
		said = "policy: the memory allowed for a call is used up";
	(void)rbf_span_copy(
		line, sizeof line, rbf_span_of(said ? said : "an error that is not a text"));
	for (char *p = line; *p; p++)
		*p = *p == '\n' || *p == '\t' ? ' ' : *p;
	(void)rbf_span_escape(text, sizeof text, rbf_span_of(line));
	lua_pop(s->L, 1);
	return rbf_fail(err, REBUFF_EPOLICY, "%s", text);
}

rebuff_status rbf_sandbox_call(rbf_sandbox *s, int n, int results, rebuff_error *err)
{
	int status = lua_pcall(s->L, n, results, 0);
	return status == LUA_OK ? REBUFF_OK : take_message(s, status, err);
}

static int add_traceback(lua_State *L)
{
	const char *said =
		lua_type(L, 1) == LUA_TSTRING ? lua_tostring(L, 1) : "an error that is not a text";
	luaL_traceback(L, L, said, 1);
	return 1;
}

rebuff_status rbf_sandbox_call_traced(rbf_sandbox *s, int n, int results, rebuff_error *err)
{
	int at = lua_gettop(s->L) - n;
	lua_pushcfunction(s->L, add_traceback);
	lua_insert(s->L, at);
	int status = lua_pcall(s->L, n, results, at);
	lua_remove(s->L, at);
	return status == LUA_OK ? REBUFF_OK : take_message(s, status, err);
}

typedef struct {
	const char *name;
	rebuff_span source;
} chunk;

/* Protected: compiling may run out of memory while it makes the chunk's name. */
static int compile(lua_State *L)
{
	const chunk *c = lua_touserdata(L, 1);
	const char *name = lua_pushfstring(L, "@%s", c->name);
	if (luaL_loadbufferx(L, c->source.p, c->source.len, name, "t") != LUA_OK)
		return lua_error(L);
	return 1;
}

rebuff_status rbf_sandbox_compile(
	rbf_sandbox *s, const char *name, rebuff_span source, rebuff_error *err)
{
	chunk c = {name, source};
	lua_pushcfunction(s->L, compile);
	lua_pushlightuserdata(s->L, &c);
	return rbf_sandbox_call(s, 1, 1, err);
}

/* ---- libraries ----------------------------------------------------------------------------- */

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

static int open_libraries(lua_State *L)
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

rebuff_status rbf_sandbox_open(rbf_sandbox *s, void *owner, rebuff_error *err)
{
	*s = (rbf_sandbox){.owner = owner};
	s->L = lua_newstate(allocate, s);
	if (!s->L)
		return rbf_fail(err, REBUFF_ENOMEM, "no memory for Lua");
	*(rbf_sandbox **)lua_getextraspace(s->L) = s;
	lua_pushcfunction(s->L, open_libraries);
	if (lua_pcall(s->L, 0, 0, 0) == LUA_OK)
		return REBUFF_OK;
	rbf_sandbox_close(s);
	return rbf_fail(err, REBUFF_ENOMEM, "no memory for Lua");
}

void rbf_sandbox_close(rbf_sandbox *s)
{
	if (s->L)
		lua_close(s->L);
	s->L = NULL;
}
