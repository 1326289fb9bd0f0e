/*
 * sandbox.h - a Lua 5.4 state for policy files: no bytecode, and bounds on instructions and memory.
 * What a file finds in it is library.h's.
 */
#ifndef RBF_SCRIPT_SANDBOX_H
#define RBF_SCRIPT_SANDBOX_H
#include <lauxlib.h>
#include <lua.h>

#include "rebuff.h"

/* Bounds of one protected call. */
typedef struct rbf_bounds {
	uint64_t steps; /* Lua instructions, and bytes that text helpers look at */
	size_t memory; /* bytes held over what is held at the start */
	size_t churn; /* bytes asked for in all, given back or not */
	size_t block; /* bytes of one table part or other block */
	size_t string; /* bytes of one string */
} rbf_bounds;

typedef struct rbf_sandbox {
	lua_State *L;
	void *owner; /* the bindings' own: of the load, then of the hooks */
	bool loaded; /* files are read no more */
	rbf_bounds bounds;
	uint64_t steps; /* used by the call under way */
	size_t held, limit; /* bytes now, and the most allowed */
	size_t churned;
	unsigned refused; /* allocations */
	unsigned weight; /* of an instruction: more when long texts were made, since comparing two
			    of them is one */
	bool running;
} rbf_sandbox;

/* Bounds for reading all policy files, and for one call of a hook. */
extern const rbf_bounds rbf_bounds_load, rbf_bounds_hook;

/* Open, with what `libraries` makes. Returns REBUFF_OK or REBUFF_ENOMEM. `owner` is found again by
 * rbf_sandbox_of(L)->owner. */
rebuff_status rbf_sandbox_open(
	rbf_sandbox *s, void *owner, lua_CFunction libraries, rebuff_error *err);
/* Accepts a sandbox that was never opened, if it is zeroed. */
void rbf_sandbox_close(rbf_sandbox *s);
rbf_sandbox *rbf_sandbox_of(lua_State *L);

/* Begin and end a time under bounds; between them, steps and memory are counted over all calls. */
void rbf_sandbox_begin(rbf_sandbox *s, const rbf_bounds *bounds);
/* Call the function below its n arguments on the stack, protected. Leaves `results` values, or none
 * on failure; the stack is balanced. REBUFF_EPOLICY with Lua's message ("file:line: ..."). */
rebuff_status rbf_sandbox_call(rbf_sandbox *s, int n, int results, rebuff_error *err);
/* The same, with a traceback behind the message. */
rebuff_status rbf_sandbox_call_traced(rbf_sandbox *s, int n, int results, rebuff_error *err);
void rbf_sandbox_end(rbf_sandbox *s);
/* Compile source text (never bytecode) and leave the function on the stack. `name` is what messages
 * show. REBUFF_EPOLICY with "name:line: ...". */
rebuff_status rbf_sandbox_compile(
	rbf_sandbox *s, const char *name, rebuff_span source, rebuff_error *err);

/* Raise "FILE:LINE: text" with the place of the Lua code that called the binding. May longjmp. */
int rbf_lua_fail(lua_State *L, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* "FILE:LINE" of that place. */
void rbf_lua_where(lua_State *L, char out[REBUFF_RULE_MAX]);
/* "FILE:LINE" of the file's own statement under way, however many functions it has called. */
void rbf_lua_where_main(lua_State *L, char out[REBUFF_RULE_MAX]);
/* Charge steps to the call under way. May longjmp. */
void rbf_lua_charge(lua_State *L, uint64_t steps);
#endif
