/* sandbox.c - the state and its bounds. */
#include "script/sandbox.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/error.h"
#include "base/span.h"

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

/* ---- a state ------------------------------------------------------------------------------- */

rebuff_status rbf_sandbox_open(
	rbf_sandbox *s, void *owner, lua_CFunction libraries, rebuff_error *err)
{
	*s = (rbf_sandbox){.owner = owner};
	s->L = lua_newstate(allocate, s);
	if (!s->L)
		return rbf_fail(err, REBUFF_ENOMEM, "no memory for Lua");
	*(rbf_sandbox **)lua_getextraspace(s->L) = s;
	lua_pushcfunction(s->L, libraries);
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
