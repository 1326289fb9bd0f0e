/* hook.c - call hooks: which one, protected, and what happens when it fails. */
#include "script/hook.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/span.h"
#include "script/hooks.h"

/* A failure weighs as much as so many calls that went well; at OFF the hook is switched off. Bytes
 * that calls of one hook may leave behind together. */
enum { FAILED = 4, OFF = 20, COLLECT_AT = 128 << 10, KEEP_MAX = 256 << 10 };
enum { LINES_MAX = 8 };

static const char *const names[RBF_HOOK_N] = {"classify", "decide", "suppress"};

const char *rbf_hook_name(rbf_hook_point point)
{
	return point < RBF_HOOK_N ? names[point] : "";
}

/* ---- the list ------------------------------------------------------------------------------ */

rbf_hooks *rbf_hooks_new(const rebuff_log *log, const rbf_schema *schema)
{
	rbf_hooks *h = calloc(1, sizeof *h);
	if (!h)
		return NULL;
	if (pthread_mutex_init(&h->lock, NULL) != 0) {
		free(h);
		return NULL;
	}
	h->log = *log;
	h->call.schema = schema;
	return h;
}

void rbf_hooks_free(rbf_hooks *h)
{
	if (!h)
		return;
	rbf_sandbox_close(&h->sandbox);
	(void)pthread_mutex_destroy(&h->lock);
	free(h->list);
	free(h->at);
	free(h);
}

void rbf_hooks_add(lua_State *L, rbf_hooks *h, rbf_hook_point point, int provider,
	const char *stream, const char *source, bool operators)
{
	if (!h->list)
		h->list = calloc(RBF_HOOKS_MAX, sizeof *h->list);
	if (!h->list)
		(void)luaL_error(L, "no memory for hooks");
	if (h->n == RBF_HOOKS_MAX)
		(void)rbf_lua_fail(L, "over %d hooks", RBF_HOOKS_MAX);
	rbf_hook *hook = &h->list[h->n];
	*hook = (rbf_hook){.operators = operators};
	rbf_lua_where(L, hook->origin);
	(void)rbf_span_copy(hook->stream, sizeof hook->stream, rbf_span_of(stream));
	(void)rbf_span_copy(hook->source, sizeof hook->source, rbf_span_of(source));
	hook->state = (rbf_hook_state){.point = point,
		.provider = provider,
		.stream = hook->stream,
		.source = hook->source,
		.origin = hook->origin};
	hook->ref = luaL_ref(L, LUA_REGISTRYINDEX);
	h->n++;
}

static bool is_scoped(const rbf_hook *hook)
{
	return hook->stream[0] || hook->source[0];
}

/* In the order of settings.c: the operator's over the shipped ones, of those for streams and
 * sources as of the others. */
static int strength(const rbf_hook *hook)
{
	return (hook->operators ? 8 : 0) +
		(hook->source[0]		  ? 4
				: hook->stream[0] ? 2
						  : 0) +
		(hook->state.provider >= 0);
}

rebuff_status rbf_hooks_seal(rbf_hooks *h, int provider_n, rebuff_error *err)
{
	size_t places = ((size_t)provider_n + 1) * RBF_HOOK_N;
	h->provider_n = provider_n;
	h->at = malloc(places * sizeof *h->at);
	if (!h->at)
		return rbf_fail(err, REBUFF_ENOMEM, "no memory for hooks");
	for (size_t i = 0; i < places; i++)
		h->at[i] = -1;
	for (size_t i = 0; i < h->n; i++) {
		const rbf_hook *hook = &h->list[i];
		h->any[hook->state.point] = true;
		if (is_scoped(hook)) {
			h->scoped[hook->state.point] = true;
			continue;
		}
		int first = hook->state.provider >= 0 ? hook->state.provider : -1;
		int last = hook->state.provider >= 0 ? hook->state.provider : provider_n - 1;
		for (int p = first; p <= last; p++) {
			int16_t *at = &h->at[(p + 1) * RBF_HOOK_N + (int)hook->state.point];
			if (*at < 0 || strength(&h->list[*at]) <= strength(hook))
				*at = (int16_t)i;
		}
	}
	lua_gc(h->sandbox.L, LUA_GCCOLLECT);
	h->kept = h->sandbox.held;
	h->sandbox.owner = &h->call;
	h->sandbox.loaded = true;
	return REBUFF_OK;
}

static bool concerns(const rbf_hook *hook, int provider, const rbf_hook_event *event)
{
	return (hook->state.provider < 0 || hook->state.provider == provider) &&
		(!hook->stream[0] || strcmp(hook->stream, event->stream) == 0) &&
		(!hook->source[0] || rbf_span_eq(rbf_span_of(hook->source), event->source_ip));
}

static rbf_hook *find(
	const rbf_hooks *h, rbf_hook_point point, int provider, const rbf_hook_event *event)
{
	rbf_hook *best = NULL;
	if (!h || provider >= h->provider_n)
		return NULL;
	for (size_t i = 0; h->scoped[point] && i < h->n; i++) {
		rbf_hook *hook = &h->list[i];
		if (hook->state.point == point && is_scoped(hook) &&
			concerns(hook, provider, event) &&
			(!best || strength(best) <= strength(hook)))
			best = hook;
	}
	int at = h->at[(provider < 0 ? 0 : provider + 1) * RBF_HOOK_N + (int)point];
	return best ? best : at >= 0 ? &h->list[at] : NULL;
}

size_t rbf_hook_for(
	const rbf_hooks *h, rbf_hook_point point, int provider, const rbf_hook_event *event)
{
	const rbf_hook *hook = find(h, point, provider, event);
	return hook ? (size_t)(hook - h->list) : SIZE_MAX;
}

bool rbf_hook_any(const rbf_hooks *h, rbf_hook_point point)
{
	return h && h->any[point];
}

bool rbf_hook_state_of(rbf_hooks *h, size_t i, rbf_hook_state *out)
{
	if (!h || i >= h->n)
		return false;
	(void)pthread_mutex_lock(&h->lock);
	*out = h->list[i].state;
	(void)pthread_mutex_unlock(&h->lock);
	return true;
}

/* ---- a call -------------------------------------------------------------------------------- */

typedef struct {
	rbf_hooks *h;
	rbf_hook *hook;
	rebuff_classification *reply;
	rbf_decision *decision;
	rbf_suppress_rule *rule;
	rbf_hook_suppression *suppression;
} call;

/* Inside the protected call: views in, the hook, its answer out. */
static int run(lua_State *L)
{
	const call *c = lua_touserdata(L, 1);
	rbf_hooks *h = c->h;
	lua_settop(L, 0);
	lua_rawgeti(L, LUA_REGISTRYINDEX, c->hook->ref);
	rbf_push_event(L, &h->call);
	if (c->decision)
		rbf_push_decision(L, &h->call, c->decision);
	else if (c->suppression)
		rbf_push_suppression(L, &h->call, c->suppression);
	lua_call(L, lua_gettop(L) - 1, 1);
	if (lua_isnil(L, -1))
		return 0;
	if (c->decision)
		rbf_take_decision(L, &h->call, c->decision, c->rule);
	else if (c->suppression)
		rbf_take_suppression(L, &h->call, c->suppression);
	else
		rbf_take_classification(L, &h->call, c->reply);
	return 0;
}

static void switch_off(rbf_hooks *h, rbf_hook *hook)
{
	hook->state.off = true;
	luaL_unref(h->sandbox.L, LUA_REGISTRYINDEX, hook->ref);
	hook->ref = LUA_NOREF;
	lua_gc(h->sandbox.L, LUA_GCCOLLECT);
	h->kept = h->sandbox.held;
}

static void failed(rbf_hooks *h, rbf_hook *hook, const char *problem)
{
	bool off;
	hook->state.failures++;
	hook->score += FAILED;
	off = hook->score >= OFF;
	(void)rbf_span_copy(hook->state.problem, sizeof hook->state.problem, rbf_span_of(problem));
	rbf_log(&h->log, REBUFF_LOG_ERROR,
		"event=hook-failed hook=%s at=%s failures=%llu error=\"%s\"%s",
		rbf_hook_name(hook->state.point), hook->origin,
		(unsigned long long)hook->state.failures, problem,
		off ? " effect=\"switched off until the policy is loaded again\"" : "");
	if (off)
		switch_off(h, hook);
}

/* What calls leave behind is bounded: it belongs to the hook that ran last. */
static void look_at_memory(rbf_hooks *h, rbf_hook *hook)
{
	if (h->sandbox.held < h->kept + COLLECT_AT)
		return;
	lua_gc(h->sandbox.L, LUA_GCCOLLECT);
	if (h->sandbox.held < h->kept + KEEP_MAX || hook->state.off)
		return;
	hook->score = OFF;
	failed(h, hook,
		"policy: it keeps more and more from call to call; expected a function "
		"that keeps nothing");
}

static void make_call(rbf_hook_point point, int provider, const rbf_hook_event *event,
	const rbf_policy *policy, call *c)
{
	rbf_hooks *h = c->h;
	rebuff_error err = {.status = REBUFF_OK};
	c->hook = find(h, point, provider, event);
	if (!c->hook)
		return;
	(void)pthread_mutex_lock(&h->lock);
	if (!c->hook->state.off) {
		h->call.generation++;
		h->call.running = true;
		h->logged = 0;
		h->call.origin = c->hook->origin;
		h->call.event = event;
		h->call.policy = policy;
		c->hook->state.calls++;
		rbf_sandbox_begin(&h->sandbox, &rbf_bounds_hook);
		lua_pushcfunction(h->sandbox.L, run);
		lua_pushlightuserdata(h->sandbox.L, c);
		rebuff_status status = rbf_sandbox_call_traced(&h->sandbox, 1, 0, &err);
		rbf_sandbox_end(&h->sandbox);
		h->call.running = false;
		if (status != REBUFF_OK)
			failed(h, c->hook, err.text);
		else if (c->hook->score > 0)
			c->hook->score--;
		look_at_memory(h, c->hook);
	}
	(void)pthread_mutex_unlock(&h->lock);
}

void rbf_hook_classify(
	rbf_hooks *h, int provider, const rbf_hook_event *event, rebuff_classification *reply)
{
	call c = {.h = h, .reply = reply};
	make_call(RBF_HOOK_CLASSIFY, provider, event, NULL, &c);
}

void rbf_hook_decide(rbf_hooks *h, int provider, const rbf_hook_event *event,
	const rbf_policy *policy, rbf_decision *decision, rbf_suppress_rule *rule)
{
	call c = {.h = h, .decision = decision, .rule = rule};
	make_call(RBF_HOOK_DECIDE, provider, event, policy, &c);
}

void rbf_hook_suppress(
	rbf_hooks *h, int provider, const rbf_hook_event *event, rbf_hook_suppression *suppression)
{
	call c = {.h = h, .suppression = suppression};
	make_call(RBF_HOOK_SUPPRESS, provider, event, NULL, &c);
}

/* ---- log ----------------------------------------------------------------------------------- */

int rbf_lua_log(lua_State *L, const rebuff_log *log, unsigned *lines)
{
	char where[REBUFF_RULE_MAX], text[REBUFF_TEXT_MAX];
	size_t len = 0;
	const char *p = luaL_checklstring(L, 1, &len);
	rbf_lua_charge(L, len);
	if ((*lines)++ >= LINES_MAX)
		return 0;
	rbf_lua_where(L, where);
	(void)rbf_span_escape(text, sizeof text, (rebuff_span){p, len});
	for (char *q = text; *q; q++)
		*q = *q == '"' ? '\'' : *q;
	rbf_log(log, REBUFF_LOG_INFO, "event=policy at=%s text=\"%s\"", where, text);
	return 0;
}
