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
/* The provider of an id, new ones with an empty info. -1 without memory. */
int rbf_loading_provider(rbf_loading *l, rebuff_span id);
/* A mistake: told, and true when reading may go on. */
bool rbf_loading_problem(rbf_loading *l, const char *text);
/* Read one rule table at index into the rule set. May longjmp. */
void rbf_bind_rule(lua_State *L, int index, int provider);
#endif
