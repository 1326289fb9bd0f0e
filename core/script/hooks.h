/* hooks.h - inside script/: the Lua state that hooks live in, and what they are handed. */
#ifndef RBF_SCRIPT_HOOKS_H
#define RBF_SCRIPT_HOOKS_H
#include <pthread.h>

#include "script/hook.h"
#include "script/schema.h"
#include "script/script.h"

enum { RBF_HOOKS_MAX = 512 };

typedef struct {
	rbf_hook_state state;
	bool operators;
	int ref; /* of the function in the registry; LUA_NOREF when it is off */
	int score; /* of failures: up by each, down by what went well */
	char stream[REBUFF_NAME_MAX], source[REBUFF_NAME_MAX];
	char origin[REBUFF_RULE_MAX];
} rbf_hook;

struct rbf_hooks {
	rbf_sandbox sandbox;
	pthread_mutex_t lock; /* around calls */
	rebuff_log log;
	const rbf_schema *schema;
	rbf_hook *list;
	size_t n;
	int16_t *at; /* of provider p and point i: at[(p + 1) * RBF_HOOK_N + i], -1 for none */
	bool any[RBF_HOOK_N], scoped[RBF_HOOK_N]; /* some are for a stream or source */
	int provider_n;
	size_t kept; /* bytes held after the load */

	/* the call under way */
	uint64_t generation;
	bool running;
	unsigned logged; /* lines that it wrote */
	const rbf_hook *hook;
	const rbf_hook_event *event;
	const rbf_policy *policy;
};

rbf_hooks *rbf_hooks_new(const rebuff_log *log, const rbf_schema *schema);
void rbf_hooks_free(rbf_hooks *h);
/* The function on top of the stack, popped; stream and source "" for any. May longjmp. */
void rbf_hooks_add(lua_State *L, rbf_hooks *h, rbf_hook_point point, int provider,
	const char *stream, const char *source, bool operators);
/* After the load: which hook is for whom; everything that the load left behind is collected. */
rebuff_status rbf_hooks_seal(rbf_hooks *h, int provider_n, rebuff_error *err);

/* Make the metatables of the views. Protected by the caller. */
void rbf_views_install(lua_State *L);
/* Push a view of the call under way. */
void rbf_push_event(lua_State *L, rbf_hooks *h);
void rbf_push_decision(lua_State *L, rbf_hooks *h, const rbf_decision *d);
void rbf_push_suppression(lua_State *L, rbf_hooks *h, const rbf_hook_suppression *s);
/* What the hook returned (on top of the stack), taken over. May longjmp for a wrong value. */
void rbf_take_classification(lua_State *L, rbf_hooks *h, rebuff_classification *reply);
void rbf_take_decision(lua_State *L, rbf_hooks *h, rbf_decision *decision, rbf_suppress_rule *rule);
void rbf_take_suppression(lua_State *L, rbf_hooks *h, rbf_hook_suppression *s);
/* log "..." of policy files. */
int rbf_lua_log(lua_State *L, const rebuff_log *log, unsigned *lines);
#endif
