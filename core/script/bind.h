/* bind.h - the words of policy files: `rebuff` and what hangs off it. */
#ifndef RBF_SCRIPT_BIND_H
#define RBF_SCRIPT_BIND_H
#include "script/hooks.h"
#include "script/script.h"
#include "script/settings.h"

/* A line of the file under way: where it begins, and its number. */
typedef struct {
	size_t offset, line;
} rbf_place;

/* What a load collects; the sandbox's owner while files run. */
typedef struct {
	rbf_config *config; /* everything goes here directly */
	const rbf_load_options *options;
	const rebuff_log *log;
	size_t info_cap, stream_cap, problems;
	bool operators; /* the file under way is the operator's */
	const char *file; /* its name as messages show it */
	rebuff_span source; /* and its text, to find the line of a phrase: */
	rbf_place statement, phrase; /* of the rule before; line 0: none in this file */
	bool missed; /* a phrase of this statement is not written out in it */
} rbf_loading;

/* Put `rebuff` into the globals. Protected call; REBUFF_ENOMEM. */
rebuff_status rbf_bind(rbf_sandbox *s, rebuff_error *err);
/* A mistake: told, and true when reading may go on. */
bool rbf_loading_problem(rbf_loading *l, const char *text);
/* The load under way; raises in a hook. May longjmp. */
rbf_loading *rbf_loading_of(lua_State *L);
/* The place of the schema (RBF_AT_...) that a scope is. */
unsigned rbf_bind_place(rbf_scope scope);
/* Raise: `what` has nothing called so; the nearest of the names, or all. */
int rbf_bind_fail_unknown(
	lua_State *L, const char *what, rebuff_span key, const char *const *names, size_t n);
/* The same for a word that is not known there. */
int rbf_bind_fail_name(lua_State *L, unsigned where, rebuff_span key);
/* policy.KEY = the value at 3, and policy.retry["KEY"] or .suppress["KEY"] = it. May longjmp. */
int rbf_bind_assign(lua_State *L, rbf_scope scope, rebuff_span key);
int rbf_bind_assign_category(lua_State *L, rbf_scope scope, rbf_part part, rebuff_span key);
/* Read one rule table at index into the rule set. May longjmp. */
void rbf_bind_rule(lua_State *L, int index, int provider);
#endif
