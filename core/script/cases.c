/* cases.c - read files of cases; they are run by engine/trial.c. */
#include "script/cases.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/error.h"
#include "base/span.h"
#include "script/files.h"
#include "script/library.h"
#include "script/schema.h"
#include "script/values.h"

static const char *const expect_names[RBF_EXPECT_N] = {"gate", "category", "fault", "action",
	"provider", "stream", "what", "next", "suppressed", "lasts", "held", "slowed"};

const char *rbf_expect_name(int expect)
{
	return expect >= 0 && expect < RBF_EXPECT_N ? expect_names[expect] : "";
}

/* The sandbox's owner while a file of cases is read. */
typedef struct {
	const rbf_config *config;
	rbf_cases *cases;
} reading;

static reading *reading_of(lua_State *L)
{
	return rbf_sandbox_of(L)->owner;
}

static const rbf_word *word_of(lua_State *L, const char *group, const char *name)
{
	char key[64];
	(void)snprintf(key, sizeof key, "%s.%s", group, name);
	return rbf_schema_word(reading_of(L)->config->schema, key);
}

/* The field of the table at index as a text, when it is there. */
static bool take_text(
	lua_State *L, int index, const char *group, const char *name, char *out, size_t cap)
{
	if (!rbf_lua_field(L, index, name))
		return false;
	const rbf_word *w = word_of(L, group, name);
	bool empty = lua_type(L, -1) == LUA_TSTRING && lua_rawlen(L, -1) == 0;
	(void)rbf_span_copy(
		out, cap, empty ? (rebuff_span){"", 0} : rbf_lua_text(L, name, (size_t)w->max));
	lua_pop(L, 1);
	return true;
}

static bool take_value(lua_State *L, int index, const char *group, const char *name, rbf_value *out)
{
	if (!rbf_lua_field(L, index, name))
		return false;
	*out = rbf_schema_read(L, word_of(L, group, name), name);
	lua_pop(L, 1);
	return true;
}

/* Recipient, sender, mx, source, stage: of a case, or of a step. */
static void take_envelope(lua_State *L, int index, const char *group, rbf_step *s)
{
	rbf_value v;
	(void)take_text(L, index, group, "recipient", s->recipient, sizeof s->recipient);
	(void)take_text(L, index, group, "sender", s->sender, sizeof s->sender);
	(void)take_text(L, index, group, "mx", s->mx, sizeof s->mx);
	(void)take_text(L, index, group, "source", s->source, sizeof s->source);
	if (take_value(L, index, group, "stage", &v))
		s->stage = (rebuff_stage)v.choice;
}

static int64_t number_of(const rbf_word *w, const rbf_value *v)
{
	return w->type == RBF_TYPE_FLAG ? v->flag : w->type == RBF_TYPE_CHOICE ? v->choice : v->s;
}

/* The table expect = { ... } on top of the stack. */
static void take_expectations(lua_State *L, rbf_step *s)
{
	if (lua_type(L, -1) != LUA_TTABLE)
		(void)rbf_lua_fail(L, "expect: got a %s, expected a table", luaL_typename(L, -1));
	rbf_lua_check_keys(L, -1, "expect", expect_names, RBF_EXPECT_N);
	int index = lua_gettop(L);
	for (int i = 0; i < RBF_EXPECT_N; i++) {
		const rbf_word *w = word_of(L, "expect", expect_names[i]);
		rbf_value v = {0};
		bool given = w->type == RBF_TYPE_TEXT
			? take_text(L, index, "expect", expect_names[i],
				  s->want_text[i == RBF_EXPECT_STREAM], sizeof *s->want_text)
			: take_value(L, index, "expect", expect_names[i], &v);
		if (!given)
			continue;
		s->expected |= 1u << i;
		s->want[i] = number_of(w, &v);
	}
}

static rbf_step *new_step(lua_State *L)
{
	rbf_cases *c = reading_of(L)->cases;
	if (c->step_n == c->step_cap) {
		size_t cap = c->step_cap ? c->step_cap * 2 : 32;
		void *p = realloc(c->steps, cap * sizeof *c->steps);
		if (!p)
			(void)luaL_error(L, "no memory for steps");
		c->steps = p;
		c->step_cap = cap;
	}
	return &c->steps[c->step_n];
}

/* One step, the table on top of the stack. */
static void take_step(lua_State *L, const rbf_step *usual, size_t number)
{
	const char *names[RBF_WORDS_MAX];
	char what[32], reply[REBUFF_REPLY_MAX + 1];
	rbf_value v;
	(void)snprintf(what, sizeof what, "step %zu", number);
	if (lua_type(L, -1) != LUA_TTABLE)
		(void)rbf_lua_fail(L, "%s: got a %s, expected a table", what, luaL_typename(L, -1));
	size_t n = rbf_schema_group(reading_of(L)->config->schema, "step", 0, names, NULL);
	names[n++] = "expect";
	rbf_lua_check_keys(L, -1, what, names, n);
	int index = lua_gettop(L);
	rbf_step *s = new_step(L);
	*s = *usual;
	s->times = 1;
	take_envelope(L, index, "step", s);
	(void)take_text(L, index, "step", "message", s->message, sizeof s->message);
	if (take_value(L, index, "step", "after", &v))
		s->after_s = v.s;
	if (take_value(L, index, "step", "times", &v))
		s->times = v.count;
	if (rbf_lua_field(L, index, "expect")) {
		take_expectations(L, s);
		lua_pop(L, 1);
	}
	if (!s->recipient[0])
		(void)rbf_lua_fail(L, "%s: to whom? Expected recipient = \"a@example.org\"", what);
	if (take_text(L, index, "step", "reply", reply, sizeof reply)) {
		s->reply = strdup(reply);
		if (!s->reply)
			(void)luaL_error(L, "no memory for a reply");
	}
	reading_of(L)->cases->step_n++;
}

static rbf_case *new_case(lua_State *L)
{
	rbf_cases *c = reading_of(L)->cases;
	if (c->n == c->cap) {
		size_t cap = c->cap ? c->cap * 2 : 16;
		void *p = realloc(c->list, cap * sizeof *c->list);
		if (!p)
			(void)luaL_error(L, "no memory for cases");
		c->list = p;
		c->cap = cap;
	}
	return &c->list[c->n];
}

/* Names are words of the case; the rest are steps by number. */
static void check_case(lua_State *L)
{
	const char *names[RBF_WORDS_MAX];
	size_t n = rbf_schema_group(reading_of(L)->config->schema, "case", 0, names, NULL);
	lua_newtable(L);
	lua_pushnil(L);
	while (lua_next(L, 1)) {
		if (lua_type(L, -2) == LUA_TSTRING) {
			lua_pushvalue(L, -2);
			lua_insert(L, -2);
			lua_rawset(L, 2);
		} else {
			lua_pop(L, 1);
		}
	}
	rbf_lua_check_keys(L, 2, "a case", names, n);
	lua_pop(L, 1);
}

/* test "name" gives this; { ... } follows. */
static int take_case(lua_State *L)
{
	rbf_step usual = {.stage = REBUFF_STAGE_RCPT, .message = "m", .sender = "test@localhost"};
	lua_settop(L, 1);
	if (lua_type(L, 1) != LUA_TTABLE)
		return rbf_lua_fail(L, "test \"...\": got a %s, expected a table of steps",
			luaL_typename(L, 1));
	check_case(L);
	take_envelope(L, 1, "case", &usual);
	rbf_case *c = new_case(L);
	rbf_cases *all = reading_of(L)->cases;
	(void)rbf_span_copy(
		c->name, sizeof c->name, rbf_span_of(lua_tostring(L, lua_upvalueindex(1))));
	rbf_lua_where(L, c->origin);
	memcpy(usual.origin, c->origin, sizeof usual.origin);
	c->first = all->step_n;
	c->n = lua_rawlen(L, 1);
	if (c->n == 0)
		return rbf_lua_fail(L, "test \"%s\" has no steps", c->name);
	for (size_t i = 1; i <= c->n; i++) {
		lua_rawgeti(L, 1, (lua_Integer)i);
		take_step(L, &usual, i);
		lua_pop(L, 1);
	}
	all->n++;
	return 0;
}

static int on_test(lua_State *L)
{
	lua_settop(L, 1);
	(void)rbf_lua_text(L, "test", sizeof((rbf_case *)NULL)->name - 1);
	lua_pushcclosure(L, take_case, 1);
	return 1;
}

static int install(lua_State *L)
{
	lua_getfield(L, LUA_REGISTRYINDEX, "rebuff.names");
	lua_pushcfunction(L, on_test);
	lua_setfield(L, -2, "test");
	return 0;
}

static rebuff_status run(rbf_sandbox *s, const char *path, rebuff_span text, rebuff_error *err)
{
	lua_pushcfunction(s->L, install);
	rebuff_status status = rbf_sandbox_call(s, 0, 0, err);
	if (status == REBUFF_OK)
		status = rbf_sandbox_compile(s, path, text, err);
	return status == REBUFF_OK ? rbf_sandbox_call(s, 0, 0, err) : status;
}

rebuff_status rbf_cases_load(
	const rbf_config *config, const char *path, rbf_cases *cases, rebuff_error *err)
{
	reading r = {config, cases};
	rbf_sandbox s;
	char *text;
	size_t len = 0;
	rebuff_status status = rbf_file_read(path, &text, &len, err);
	if (status != REBUFF_OK)
		return status;
	status = rbf_sandbox_open(&s, &r, rbf_library, err);
	if (status == REBUFF_OK) {
		rbf_sandbox_begin(&s, &rbf_bounds_load);
		status = run(&s, path, (rebuff_span){text, len}, err);
		rbf_sandbox_end(&s);
		rbf_sandbox_close(&s);
	}
	free(text);
	return status;
}

rebuff_status rbf_cases_load_folder(
	const rbf_config *config, const char *path, rbf_cases *cases, rebuff_error *err)
{
	rbf_listing files;
	rebuff_status status = rbf_folder_list(path, &files, err);
	for (size_t i = 0; status == REBUFF_OK && i < files.n; i++) {
		char file[1400];
		(void)snprintf(file, sizeof file, "%.1100s/%s", path, files.names[i]);
		status = rbf_cases_load(config, file, cases, err);
	}
	free(files.names);
	return status;
}

void rbf_cases_free(rbf_cases *cases)
{
	for (size_t i = 0; i < cases->step_n; i++)
		free(cases->steps[i].reply);
	free(cases->steps);
	free(cases->list);
	*cases = (rbf_cases){0};
}

void rbf_expect_show(const rbf_config *config, int expect, int64_t value, char *out, size_t cap)
{
	char key[64];
	rbf_value v = {0};
	(void)snprintf(key, sizeof key, "expect.%s", rbf_expect_name(expect));
	const rbf_word *w = rbf_schema_word(config->schema, key);
	if (w->type == RBF_TYPE_FLAG)
		v.flag = value != 0;
	else if (w->type == RBF_TYPE_CHOICE)
		v.choice = (int)value;
	else
		v.s = value;
	rbf_value_show(w, &v, out, cap);
}
