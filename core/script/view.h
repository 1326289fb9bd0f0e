/* view.h - inside script/: what hooks are handed. A view is of one call, and over with it. */
#ifndef RBF_SCRIPT_VIEW_H
#define RBF_SCRIPT_VIEW_H
#include "script/hook.h"
#include "script/schema.h"

/* The call under way, or the last one. */
typedef struct {
	const rbf_schema *schema;
	uint64_t generation; /* a number of its own */
	bool running;
	const char *origin; /* of the hook */
	const rbf_hook_event *event;
	const rbf_policy *policy;
} rbf_call;

/* Make the metatables of the views. Protected by the caller. The sandbox's
 * owner is the rbf_call by the time that one is looked at. */
void rbf_views_install(lua_State *L);
/* Push a view of the call under way. */
void rbf_push_event(lua_State *L, const rbf_call *call);
void rbf_push_decision(lua_State *L, const rbf_call *call, const rbf_decision *d);
void rbf_push_suppression(lua_State *L, const rbf_call *call, const rbf_hook_suppression *s);
/* What the hook returned (on top of the stack), taken over. May longjmp for a wrong value. */
void rbf_take_classification(lua_State *L, const rbf_call *call, rebuff_classification *reply);
void rbf_take_decision(
	lua_State *L, const rbf_call *call, rbf_decision *decision, rbf_suppress_rule *rule);
void rbf_take_suppression(lua_State *L, const rbf_call *call, rbf_hook_suppression *s);
#endif
