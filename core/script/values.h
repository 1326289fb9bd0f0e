/*
 * values.h - read what policy files say: times with units, rates, names from a list. Every function
 * takes `what` for its message ("retry["rate-limited"].first") and may longjmp with "file:line:
 * what: got X, expected Y".
 */
#ifndef RBF_SCRIPT_VALUES_H
#define RBF_SCRIPT_VALUES_H
#include "script/sandbox.h"

/* "30s" "5m" "6h" "3d" "2w", decimals allowed. False when it is no such time. */
bool rbf_parse_time(rebuff_span s, int64_t *seconds);
/* "20/min", "1/s", "600/h", in messages a minute. False when it is none. */
bool rbf_parse_rate(rebuff_span s, double *per_minute);
/* The most similar of names[n], NULL when none is near. */
const char *rbf_nearest(rebuff_span word, const char *const *names, size_t n);

/* Fail unless every key of the table at index is one of names[n]. */
void rbf_lua_check_keys(
	lua_State *L, int index, const char *what, const char *const *names, size_t n);
/* The value on top of the stack, as ... */
bool rbf_lua_flag(lua_State *L, const char *what);
/* ... a text of 1 to max bytes, borrowed while the value is on the stack. */
rebuff_span rbf_lua_text(lua_State *L, const char *what, size_t max);
/* ... a name that of_name knows; all[] are the names to choose from, for the message. */
int rbf_lua_name(lua_State *L, const char *what, const char *const *all, size_t n);
/* Push field `name` of the table at index: true when it is there, else nothing is pushed. */
bool rbf_lua_field(lua_State *L, int index, const char *name);
#endif
