/* hooks.h - inside script/: the Lua state that hooks live in, and what they are handed. */
#ifndef RBF_SCRIPT_HOOKS_H
#define RBF_SCRIPT_HOOKS_H
#include <pthread.h>

#include "script/hook.h"
#include "script/view.h"

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
	rbf_hook *list;
	size_t n;
	int16_t *at; /* of provider p and point i: at[(p + 1) * RBF_HOOK_N + i], -1 for none */
	bool any[RBF_HOOK_N], scoped[RBF_HOOK_N]; /* some are for a stream or source */
	int provider_n;
	size_t kept; /* bytes held after the load */

	rbf_call call; /* under way */
	unsigned logged; /* lines that it wrote */
};

rbf_hooks *rbf_hooks_new(const rebuff_log *log, const rbf_schema *schema);
void rbf_hooks_free(rbf_hooks *h);
/* The function on top of the stack, popped; stream and source "" for any. May longjmp. */
void rbf_hooks_add(lua_State *L, rbf_hooks *h, rbf_hook_point point, int provider,
	const char *stream, const char *source, bool operators);
/* After the load: which hook is for whom; everything that the load left behind is collected. */
rebuff_status rbf_hooks_seal(rbf_hooks *h, int provider_n, rebuff_error *err);

/* log "..." of policy files. */
int rbf_lua_log(lua_State *L, const rebuff_log *log, unsigned *lines);
#endif
