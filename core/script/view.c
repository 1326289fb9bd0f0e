/* view.c - what hooks are handed: an event to read, a decision or suppression to change by methods
 * that can only make valid ones. A view holds for its call alone. */
#include <stdio.h>

#include "base/span.h"
#include "classify/classify.h"
#include "script/view.h"
#include "script/values.h"
#include "smtp/address.h"

static const char event_type[] = "rebuff.event", decision_type[] = "rebuff.decision",
		  suppression_type[] = "rebuff.suppression";

typedef struct {
	uint64_t generation;
} view;

typedef struct {
	view v;
	bool changed; /* made by a method: may be returned */
	rbf_decision d;
	bool own_rule;
	rbf_suppress_rule rule;
} decision_view;

typedef struct {
	view v;
	bool changed;
	rbf_hook_suppression s;
} suppression_view;

/* The call under way, when the view is of it. */
static const rbf_call *call_of(lua_State *L, const view *v, const char *what)
{
	const rbf_call *call = rbf_sandbox_of(L)->owner;
	if (!call->running || v->generation != call->generation)
		(void)rbf_lua_fail(L,
			"the %s of an earlier call is over: keep what you need of it, not itself",
			what);
	return call;
}

static void *push_view(lua_State *L, const rbf_call *call, size_t size, const char *type)
{
	view *v = lua_newuserdatauv(L, size, 0);
	memset(v, 0, size);
	v->generation = call->generation;
	luaL_setmetatable(L, type);
	return v;
}

static int push_span(lua_State *L, rebuff_span s)
{
	lua_pushlstring(L, s.len ? s.p : "", s.len);
	return 1;
}

/* ---- event --------------------------------------------------------------------------------- */

enum {
	E_CATEGORY,
	E_FAULT,
	E_ACTION,
	E_SCOPE,
	E_CODE,
	E_ENHANCED,
	E_TEXT,
	E_STAGE,
	E_PERMANENT,
	E_CONFIDENCE,
	E_WAIT,
	E_RULE,
	E_PROVIDER,
	E_RECIPIENT,
	E_DOMAIN,
	E_SENDER,
	E_SENDER_DOMAIN,
	E_STREAM,
	E_HOST,
	E_IP,
	E_SOURCE,
	E_TRANSPORT,
	E_FAILED,
	E_ATTEMPTS,
	E_TIME,
	E_AGE,
	E_FAILING,
	E_HELD,
	E_LIST,
	E_ADDRESS,
	E_NAMED_IP,
	E_URL,
	E_AUTH,
	E_TAG,
	E_LIMIT,
	E_N
};

static const char *const event_fields[E_N] = {"category", "fault", "action", "scope", "code",
	"enhanced", "text", "stage", "permanent", "confidence", "wait", "rule", "provider",
	"recipient", "domain", "sender", "sender_domain", "stream", "host", "ip", "source",
	"transport", "failed", "attempts", "time", "age", "failing", "held", "list", "address",
	"named_ip", "url", "auth", "tag", "limit"};

static int push_reply(lua_State *L, const rebuff_classification *c, int field)
{
	switch (field) {
	case E_CATEGORY:
		return push_span(L, rbf_span_of(rebuff_category_name(c->category)));
	case E_FAULT:
		return push_span(L, rbf_span_of(rebuff_fault_name(c->fault)));
	case E_ACTION:
		return push_span(L, rbf_span_of(rebuff_action_name(c->action)));
	case E_SCOPE:
		return push_span(L, rbf_span_of(rebuff_scope_name(c->scope)));
	case E_ENHANCED:
		return push_span(L, rbf_span_of(c->enhanced));
	case E_RULE:
		return push_span(L, rbf_span_of(c->rule));
	case E_LIST:
		return push_span(L, rbf_span_of(c->fact_list));
	case E_ADDRESS:
		return push_span(L, rbf_span_of(c->fact_address));
	case E_NAMED_IP:
		return push_span(L, rbf_span_of(c->fact_ip));
	case E_URL:
		return push_span(L, rbf_span_of(c->fact_url));
	case E_AUTH:
		return push_span(L, rbf_span_of(c->fact_auth));
	case E_TAG:
		return push_span(L, rbf_span_of(c->fact_tag));
	case E_PERMANENT:
		lua_pushboolean(L, c->permanent);
		return 1;
	case E_CONFIDENCE:
		lua_pushnumber(L, c->confidence);
		return 1;
	case E_CODE:
		lua_pushinteger(L, c->code);
		return 1;
	case E_WAIT:
		lua_pushinteger(L, c->wait_s);
		return 1;
	case E_LIMIT:
		lua_pushinteger(L, c->fact_limit);
		return 1;
	default:
		return 0;
	}
}

static int push_circumstance(lua_State *L, const rbf_hook_event *e, int field)
{
	const rebuff_span texts[E_N] = {[E_TEXT] = e->text,
		[E_RECIPIENT] = e->recipient,
		[E_SENDER] = e->sender,
		[E_HOST] = e->host,
		[E_IP] = e->ip,
		[E_SOURCE] = e->source_ip,
		[E_TRANSPORT] = e->transport,
		[E_DOMAIN] = rbf_address_domain(e->recipient),
		[E_SENDER_DOMAIN] = rbf_address_domain(e->sender),
		[E_STREAM] = rbf_span_of(e->stream),
		[E_PROVIDER] = rbf_span_of(e->provider),
		[E_STAGE] = rbf_span_of(rebuff_stage_name(e->stage))};
	switch (field) {
	case E_FAILED:
		lua_pushboolean(L, e->failed);
		return 1;
	case E_ATTEMPTS:
		lua_pushinteger(L, e->attempts);
		return 1;
	case E_TIME:
		lua_pushinteger(L, e->now_ms / 1000);
		return 1;
	case E_AGE:
		lua_pushinteger(L, e->age_s);
		return 1;
	case E_FAILING:
		lua_pushinteger(L, e->failing_s);
		return 1;
	case E_HELD:
		lua_pushinteger(L, e->held_s);
		return 1;
	default:
		return push_span(L, rbf_span_sub(texts[field], 0, REBUFF_REPLY_MAX));
	}
}

/* The number of a name in the table that is the running function's first upvalue; -1 for none. */
static int number_of(lua_State *L)
{
	int n = -1;
	lua_pushvalue(L, 2);
	if (lua_rawget(L, lua_upvalueindex(1)) == LUA_TNUMBER)
		n = (int)lua_tointeger(L, -1);
	lua_pop(L, 1);
	return n;
}

static int fail_field(lua_State *L, const char *what, const char *const *names, size_t n)
{
	char shown[64];
	size_t len = 0;
	const char *p = lua_type(L, 2) == LUA_TSTRING ? lua_tolstring(L, 2, &len) : "?";
	rebuff_span word = {p, len ? len : 1};
	const char *near = rbf_nearest(word, names, n);
	(void)rbf_span_escape(shown, sizeof shown, word);
	return rbf_lua_fail(L, "%s has no \"%s\"%s%s%s", what, shown,
		near ? "; did you mean \"" : "", near ? near : "", near ? "\"?" : "");
}

static int event_index(lua_State *L)
{
	const view *v = luaL_checkudata(L, 1, event_type);
	const rbf_call *call = call_of(L, v, "event");
	int field = number_of(L);
	if (field < 0)
		return fail_field(L, "an event", event_fields, E_N);
	int n = push_reply(L, call->event->reply, field);
	return n ? n : push_circumstance(L, call->event, field);
}

void rbf_push_event(lua_State *L, const rbf_call *call)
{
	(void)push_view(L, call, sizeof(view), event_type);
}

/* ---- arguments of methods ------------------------------------------------------------------ */

/* The table at 2 (or nothing) with the words of a group and `reason`. */
static void check_arguments(lua_State *L, const rbf_call *call, const char *group)
{
	const char *names[RBF_WORDS_MAX];
	size_t n = rbf_schema_group(call->schema, group, 0, names, NULL);
	if (n == 0 || strcmp(names[n - 1], "reason") != 0)
		names[n++] = "reason";
	if (lua_isnoneornil(L, 2)) {
		lua_settop(L, 1);
		lua_newtable(L);
	}
	lua_settop(L, 2);
	if (lua_type(L, 2) != LUA_TTABLE)
		(void)rbf_lua_fail(L, "%s: got a %s, expected a table", group, luaL_typename(L, 2));
	rbf_lua_check_keys(L, 2, group, names, n);
}

static bool argument(
	lua_State *L, const rbf_call *call, const char *key, const char *name, rbf_value *out)
{
	if (!rbf_lua_field(L, 2, name))
		return false;
	*out = rbf_schema_read(L, rbf_schema_word(call->schema, key), key);
	lua_pop(L, 1);
	return true;
}

/* "FILE:LINE: reason" */
static void take_reason(lua_State *L, const rbf_call *call, char why[REBUFF_TEXT_MAX])
{
	char shown[256] = "";
	if (rbf_lua_field(L, 2, "reason")) {
		(void)rbf_span_escape(shown, sizeof shown, rbf_lua_text(L, "reason", 200));
		lua_pop(L, 1);
	}
	(void)snprintf(why, REBUFF_TEXT_MAX, "%s%s%s", call->origin, shown[0] ? ": " : "", shown);
}

/* ---- decision ------------------------------------------------------------------------------ */

static const char *const decision_names[] = {"what", "after", "strikes", "slows", "holds", "why"};

static int decision_field(lua_State *L, const rbf_call *call, const rbf_decision *d, int field)
{
	static const char *const what[] = {[RBF_DECIDE_DONE] = "done",
		[RBF_DECIDE_RETRY] = "retry",
		[RBF_DECIDE_GIVE_UP] = "give-up",
		[RBF_DECIDE_FAIL] = "fail"};
	switch (field) {
	case 0:
		return push_span(L, rbf_span_of(what[d->what]));
	case 1:
		lua_pushinteger(L,
			d->what == RBF_DECIDE_RETRY ? (d->due_ms - call->event->now_ms) / 1000 : 0);
		return 1;
	case 2:
		lua_pushboolean(L, d->strike);
		return 1;
	case 3:
		lua_pushboolean(L, d->slow);
		return 1;
	case 4:
		lua_pushinteger(L, d->hold_s);
		return 1;
	default:
		return push_span(L, rbf_span_of(d->why));
	}
}

static int decision_index(lua_State *L)
{
	const decision_view *v = luaL_checkudata(L, 1, decision_type);
	const rbf_call *call = call_of(L, &v->v, "decision");
	int field = number_of(L);
	if (field >= 0)
		return decision_field(L, call, &v->d, field);
	lua_pushvalue(L, 2);
	if (lua_rawget(L, lua_upvalueindex(2)) == LUA_TFUNCTION)
		return 1;
	return fail_field(L, "a decision", decision_names, 6);
}

/* A changed copy of the decision that the method was called on, on top of the stack. */
static decision_view *change(lua_State *L, const char *group, const rbf_call **call)
{
	const decision_view *old = luaL_checkudata(L, 1, decision_type);
	*call = call_of(L, &old->v, "decision");
	check_arguments(L, *call, group);
	decision_view *v = push_view(L, *call, sizeof *v, decision_type);
	*v = *old;
	v->changed = true;
	take_reason(L, *call, v->d.why);
	return v;
}

static void expect_deferred(lua_State *L, const rbf_call *call, const char *method)
{
	if (call->event->failed)
		(void)rbf_lua_fail(L,
			"decision:%s: the mail server has given this message up already; for the "
			"next ones there are :hold, :slow and :suppress",
			method);
}

static void give_up(const rbf_call *call, rbf_decision *d)
{
	d->what = call->event->failed ? RBF_DECIDE_FAIL : RBF_DECIDE_GIVE_UP;
	d->due_ms = call->event->now_ms;
	d->strike = false;
}

static int decision_retry(lua_State *L)
{
	const rbf_call *call;
	rbf_value value = {0};
	decision_view *v = change(L, "decision.retry", &call);
	expect_deferred(L, call, "retry");
	if (!argument(L, call, "decision.retry.after", "after", &value))
		return rbf_lua_fail(L, "decision:retry: expected { after = \"30m\" }");
	v->d.what = RBF_DECIDE_RETRY;
	v->d.due_ms = call->event->now_ms + value.s * 1000;
	v->d.strike = false;
	return 1;
}

static int decision_hold(lua_State *L)
{
	const rbf_call *call;
	rbf_value value = {0};
	decision_view *v = change(L, "decision.hold", &call);
	value.s = call->policy->hold_s;
	(void)argument(L, call, "decision.hold.lasts", "lasts", &value);
	v->d.hold_s = value.s;
	if (v->d.what == RBF_DECIDE_RETRY && v->d.due_ms < call->event->now_ms + value.s * 1000)
		v->d.due_ms = call->event->now_ms + value.s * 1000;
	return 1;
}

static int decision_bounce(lua_State *L)
{
	const rbf_call *call;
	decision_view *v = change(L, "decision.bounce", &call);
	give_up(call, &v->d);
	return 1;
}

static int decision_slow(lua_State *L)
{
	const rbf_call *call;
	decision_view *v = change(L, "decision.slow", &call);
	v->d.slow = true;
	return 1;
}

static int decision_suppress(lua_State *L)
{
	const rbf_call *call;
	rbf_value value = {0};
	decision_view *v = change(L, "decision.suppress", &call);
	const rebuff_classification *reply = call->event->reply;
	if (reply->fault != REBUFF_FAULT_RECIPIENT && reply->fault != REBUFF_FAULT_UNKNOWN)
		return rbf_lua_fail(L,
			"decision:suppress: the fault is not the recipient's (%s); say what the "
			"reply "
			"means in a rule or in classify, if that is wrong",
			rebuff_fault_name(reply->fault));
	give_up(call, &v->d);
	v->rule = call->policy->suppress[reply->category];
	v->rule.on = true;
	v->rule.after = 1;
	v->rule.over_s = 0;
	v->rule.origin = call->origin;
	if (argument(L, call, "decision.suppress.lasts", "lasts", &value))
		v->rule.lasts_s = value.s;
	if (argument(L, call, "decision.suppress.scope", "scope", &value))
		v->rule.scope = value.choice;
	v->own_rule = true;
	v->d.strike = true;
	v->d.class_ = REBUFF_CLASS_BOUNCE;
	v->d.confidence = reply->confidence;
	return 1;
}

void rbf_push_decision(lua_State *L, const rbf_call *call, const rbf_decision *d)
{
	decision_view *v = push_view(L, call, sizeof *v, decision_type);
	v->d = *d;
}

static int fail_answer(lua_State *L, const char *hook, const char *expected)
{
	return rbf_lua_fail(
		L, "%s returned a %s; expected %s, or nil", hook, luaL_typename(L, -1), expected);
}

void rbf_take_decision(
	lua_State *L, const rbf_call *call, rbf_decision *decision, rbf_suppress_rule *rule)
{
	const decision_view *v = luaL_testudata(L, -1, decision_type);
	if (!v)
		(void)fail_answer(L, "decide", "what a method of the decision returns");
	else if (call_of(L, &v->v, "decision") == call && v->changed) {
		*decision = v->d;
		if (v->own_rule) {
			*rule = v->rule;
			decision->rule = rule;
		}
	}
}

/* ---- suppression --------------------------------------------------------------------------- */

static const char *const suppression_names[] = {"lasts", "scope"};
static const char *const scopes[] = {"all", "domain", "stream"};

static int suppression_index(lua_State *L)
{
	const suppression_view *v = luaL_checkudata(L, 1, suppression_type);
	(void)call_of(L, &v->v, "suppression");
	int field = number_of(L);
	if (field == 0) {
		lua_pushinteger(L, v->s.lasts_s);
		return 1;
	}
	if (field == 1)
		return push_span(L, rbf_span_of(scopes[v->s.scope]));
	lua_pushvalue(L, 2);
	if (lua_rawget(L, lua_upvalueindex(2)) == LUA_TFUNCTION)
		return 1;
	return fail_field(L, "a suppression", suppression_names, 2);
}

static suppression_view *change_suppression(lua_State *L, const char *group, const rbf_call **call)
{
	const suppression_view *old = luaL_checkudata(L, 1, suppression_type);
	*call = call_of(L, &old->v, "suppression");
	check_arguments(L, *call, group);
	suppression_view *v = push_view(L, *call, sizeof *v, suppression_type);
	*v = *old;
	v->changed = true;
	take_reason(L, *call, v->s.why);
	return v;
}

static int suppression_change(lua_State *L)
{
	const rbf_call *call;
	rbf_value value = {0};
	suppression_view *v = change_suppression(L, "suppression.change", &call);
	if (argument(L, call, "suppression.change.lasts", "lasts", &value))
		v->s.lasts_s = value.s;
	if (argument(L, call, "suppression.change.scope", "scope", &value))
		v->s.scope = value.choice;
	return 1;
}

static int suppression_skip(lua_State *L)
{
	const rbf_call *call;
	suppression_view *v = change_suppression(L, "suppression.skip", &call);
	v->s.skip = true;
	return 1;
}

void rbf_push_suppression(lua_State *L, const rbf_call *call, const rbf_hook_suppression *s)
{
	suppression_view *v = push_view(L, call, sizeof *v, suppression_type);
	v->s = *s;
}

void rbf_take_suppression(lua_State *L, const rbf_call *call, rbf_hook_suppression *s)
{
	const suppression_view *v = luaL_testudata(L, -1, suppression_type);
	if (!v)
		(void)fail_answer(
			L, "suppress", "what :change or :skip of the suppression returns");
	else if (call_of(L, &v->v, "suppression") == call && v->changed)
		*s = v->s;
}

/* ---- classification ------------------------------------------------------------------------ */

static bool part(lua_State *L, const rbf_call *call, const char *name, rbf_value *out)
{
	char key[64];
	if (!rbf_lua_field(L, 1, name))
		return false;
	(void)snprintf(key, sizeof key, "classification.%s", name);
	*out = rbf_schema_read(L, rbf_schema_word(call->schema, key), key);
	lua_pop(L, 1);
	return true;
}

void rbf_take_classification(lua_State *L, const rbf_call *call, rebuff_classification *reply)
{
	const char *names[RBF_WORDS_MAX];
	size_t n = rbf_schema_group(call->schema, "classification", 0, names, NULL);
	rebuff_classification c = *reply; /* taken over as a whole or not at all */
	rbf_value value = {0};
	if (lua_type(L, -1) == LUA_TSTRING) {
		lua_createtable(L, 0, 1);
		lua_insert(L, -2);
		lua_setfield(L, -2, "category");
	}
	if (lua_type(L, -1) != LUA_TTABLE)
		(void)fail_answer(L, "classify", "a category or a table");
	lua_replace(L, 1);
	lua_settop(L, 1);
	rbf_lua_check_keys(L, 1, "classify", names, n);
	if (part(L, call, "category", &value)) {
		c.category = (rebuff_category)value.choice;
		c.fault = rbf_usual_fault(c.category);
		c.scope = rbf_usual_scope(c.category);
	}
	if (part(L, call, "fault", &value))
		c.fault = (rebuff_fault)value.choice;
	if (part(L, call, "scope", &value))
		c.scope = (rebuff_scope)value.choice;
	if (part(L, call, "wait", &value))
		c.wait_s = value.s;
	rbf_reclassify(&c, call->event->stage, part(L, call, "action", &value) ? value.choice : -1);
	(void)snprintf(c.rule, sizeof c.rule, "%s", call->origin);
	*reply = c;
}

/* ---- metatables ---------------------------------------------------------------------------- */

static int on_write(lua_State *L)
{
	return rbf_lua_fail(L, "it can be read, not written; return what its methods make");
}

/* names -> numbers, on top of the stack */
static void push_numbers(lua_State *L, const char *const *names, size_t n)
{
	lua_createtable(L, 0, (int)n);
	for (size_t i = 0; i < n; i++) {
		lua_pushinteger(L, (lua_Integer)i);
		lua_setfield(L, -2, names[i]);
	}
}

/* The table of methods is on top of the stack, and is popped. */
static void make_type(
	lua_State *L, const char *type, lua_CFunction index, const char *const *names, size_t n)
{
	luaL_newmetatable(L, type);
	push_numbers(L, names, n);
	lua_pushvalue(L, -3);
	lua_pushcclosure(L, index, 2);
	lua_setfield(L, -2, "__index");
	lua_pushcfunction(L, on_write);
	lua_setfield(L, -2, "__newindex");
	lua_pushboolean(L, false);
	lua_setfield(L, -2, "__metatable");
	lua_pop(L, 2);
}

void rbf_views_install(lua_State *L)
{
	static const luaL_Reg methods[] = {{"retry", decision_retry}, {"hold", decision_hold},
		{"bounce", decision_bounce}, {"suppress", decision_suppress},
		{"slow", decision_slow}, {NULL, NULL}};
	static const luaL_Reg changes[] = {
		{"change", suppression_change}, {"skip", suppression_skip}, {NULL, NULL}};
	lua_newtable(L);
	make_type(L, event_type, event_index, event_fields, E_N);
	luaL_newlib(L, methods);
	make_type(L, decision_type, decision_index, decision_names,
		sizeof decision_names / sizeof *decision_names);
	luaL_newlib(L, changes);
	make_type(L, suppression_type, suppression_index, suppression_names,
		sizeof suppression_names / sizeof *suppression_names);
}
