/* bind_rule.c - rebuff.rules:add { ... } and provider.replies:add { ... } */
#include <stdio.h>

#include "base/span.h"
#include "script/bind.h"
#include "script/values.h"

static const char *const keys[] = {"text", "any", "words", "code", "enhanced", "stage", "category",
	"fault", "action", "scope", "confidence", "weight", "source", "only_here", "note"};

#define NAMES(n, function, type)                                                                   \
	const char *names[n];                                                                      \
	for (int i_ = 0; i_ < (n); i_++)                                                           \
	names[i_] = function((type)i_)

static int read_category(lua_State *L)
{
	NAMES(REBUFF_CATEGORY_N, rebuff_category_name, rebuff_category);
	return rbf_lua_name(L, "category", names, REBUFF_CATEGORY_N);
}

static int read_fault(lua_State *L)
{
	NAMES(REBUFF_FAULT_N, rebuff_fault_name, rebuff_fault);
	return rbf_lua_name(L, "fault", names, REBUFF_FAULT_N);
}

static int read_stage(lua_State *L)
{
	NAMES(REBUFF_STAGE_N, rebuff_stage_name, rebuff_stage);
	return rbf_lua_name(L, "stage", names, REBUFF_STAGE_N);
}

static int read_action(lua_State *L)
{
	NAMES(REBUFF_ACTION_N, rebuff_action_name, rebuff_action);
	return rbf_lua_name(L, "action", names, REBUFF_ACTION_N);
}

static int read_scope(lua_State *L)
{
	NAMES(REBUFF_SCOPE_N, rebuff_scope_name, rebuff_scope);
	return rbf_lua_name(L, "scope", names, REBUFF_SCOPE_N);
}

/* 550, or 4 and 5 for a class */
static uint16_t read_code(lua_State *L)
{
	uint32_t code = rbf_lua_count(L, "code", 4, 599);
	if (code > 5 && code < 400)
		(void)rbf_lua_fail(
			L, "code: got %u, expected 400 to 599, or 4 or 5 for the class", code);
	return (uint16_t)code;
}

/* Find "phrase" from where `at` stands, at most `lines` lines on; `at` then stands on its line. */
static bool find_phrase(rebuff_span source, rbf_place *at, size_t lines, rebuff_span phrase)
{
	rebuff_span rest = rbf_span_sub(source, at->offset, SIZE_MAX);
	for (size_t i = 0; rest.len && i < lines; i++) {
		size_t offset = (size_t)(rest.p - source.p), found;
		rebuff_span text = rbf_span_split(&rest, '\n');
		while ((found = rbf_span_chr(text, '"')) != SIZE_MAX) {
			text = rbf_span_sub(text, found + 1, SIZE_MAX);
			if (text.len > phrase.len && rbf_span_starts(text, phrase) &&
				text.p[phrase.len] == '"') {
				*at = (rbf_place){offset, at->line + i};
				return true;
			}
		}
	}
	return false;
}

/* "FILE:LINE" of the phrase inside the statement that begins at `where`: long lists of phrases in
 * one call are usual, and the line of the phrase is what one wants to see. Phrases mostly come in
 * the order in which they stand, so each is looked for from the one before it first. */
static rebuff_span place_of(
	rbf_loading *l, rebuff_span where, rebuff_span phrase, char out[REBUFF_RULE_MAX])
{
	enum { NEAR = 3, LINES_MAX = 500 }; /* lines; the latter of one statement */
	size_t colon = where.len;
	uint64_t start = 1;
	while (colon && where.p[colon - 1] != ':')
		colon--;
	if (!rbf_span_u64(rbf_span_sub(where, colon, SIZE_MAX), 1000000, &start))
		return where;
	if (l->statement.line > start || l->statement.line == 0)
		l->statement = (rbf_place){0, 1};
	if (l->statement.line != start) {
		while (l->statement.line < start && l->statement.offset < l->source.len)
			l->statement.line += l->source.p[l->statement.offset++] == '\n';
		l->phrase = l->statement;
	}
	if (!find_phrase(l->source, &l->phrase, NEAR, phrase)) {
		l->phrase = l->statement;
		if (!find_phrase(l->source, &l->phrase, LINES_MAX, phrase))
			return where;
	}
	(void)snprintf(out, REBUFF_RULE_MAX, "%.*s%zu", (int)colon, where.p, l->phrase.line);
	return rbf_span_of(out);
}

/* A text, or a list of texts that must follow one another, on top of the stack. */
static void read_phrases(lua_State *L, const char *what, rbf_rule *rule)
{
	rule->phrase_n = 0;
	if (lua_type(L, -1) == LUA_TSTRING) {
		rule->phrase[rule->phrase_n++] = rbf_lua_text(L, what, 256);
		return;
	}
	if (lua_type(L, -1) != LUA_TTABLE)
		(void)rbf_lua_fail(L, "%s: got a %s, expected a text or a list of texts in order",
			what, luaL_typename(L, -1));
	size_t n = lua_rawlen(L, -1);
	if (n == 0 || n > RBF_PHRASES_MAX)
		(void)rbf_lua_fail(
			L, "%s: %zu texts in order, expected 1 to %d", what, n, RBF_PHRASES_MAX);
	for (size_t i = 1; i <= n; i++) {
		lua_rawgeti(L, -1, (lua_Integer)i);
		rule->phrase[rule->phrase_n++] = rbf_lua_text(L, what, 256);
		lua_pop(L, 1); /* the list keeps the text alive */
	}
}

static void add_rule(lua_State *L, const rbf_rule *rule, rebuff_span where)
{
	rbf_loading *l = rbf_sandbox_of(L)->owner;
	char place[REBUFF_RULE_MAX];
	rebuff_error err;
	rbf_rule placed = *rule;
	placed.origin = rule->phrase_n ? place_of(l, where, rule->phrase[0], place) : where;
	if (rbf_rules_add(l->config->rules, &placed, &err) != REBUFF_OK) {
		/* The message begins with the place already. */
		lua_pushstring(L, err.text);
		(void)lua_error(L);
	}
}

static void read_fields(lua_State *L, int index, rbf_rule *rule)
{
	if (rbf_lua_field(L, index, "code"))
		rule->code = read_code(L);
	if (rbf_lua_field(L, index, "enhanced"))
		(void)rbf_span_copy(rule->enhanced, sizeof rule->enhanced,
			rbf_lua_text(L, "enhanced", sizeof rule->enhanced - 1));
	if (rbf_lua_field(L, index, "stage"))
		rule->stage = (rebuff_stage)read_stage(L);
	if (rbf_lua_field(L, index, "fault"))
		rule->fault = read_fault(L);
	if (rbf_lua_field(L, index, "action"))
		rule->action = read_action(L);
	if (rbf_lua_field(L, index, "scope"))
		rule->scope = (rebuff_scope)read_scope(L);
	if (rbf_lua_field(L, index, "confidence"))
		rule->confidence = rbf_lua_number(L, "confidence", 0.01, 1);
	if (rbf_lua_field(L, index, "weight"))
		rule->weight = (int)rbf_lua_number(L, "weight", -100, 100);
	if (rbf_lua_field(L, index, "words"))
		rule->words = rbf_lua_flag(L, "words");
	if (rbf_lua_field(L, index, "only_here"))
		rule->only_here = rbf_lua_flag(L, "only_here");
	if (rbf_lua_field(L, index, "source"))
		rule->source = rbf_lua_text(L, "source", 256);
	if (rbf_lua_field(L, index, "note"))
		(void)rbf_lua_text(L, "note", 400);
}

void rbf_bind_rule(lua_State *L, int index, int provider)
{
	rbf_loading *l = rbf_sandbox_of(L)->owner;
	char where_text[REBUFF_RULE_MAX];
	rbf_rule rule = {.provider = provider,
		.fault = -1,
		.action = -1,
		.confidence = 0.9,
		.operators = l->operators};
	int top = lua_gettop(L);
	rbf_lua_where_main(L, where_text);
	rebuff_span where = rbf_span_of(where_text);
	if (lua_type(L, index) != LUA_TTABLE)
		(void)rbf_lua_fail(L,
			"add: got a %s, expected a table: :add { text = ..., category = ... }",
			luaL_typename(L, index));
	rbf_lua_check_keys(L, index, "a rule", keys, sizeof keys / sizeof *keys);
	if (!rbf_lua_field(L, index, "category"))
		(void)rbf_lua_fail(L, "a rule has no category");
	rule.category = (rebuff_category)read_category(L);
	read_fields(L, index, &rule); /* texts stay on the stack until the rule is copied */
	luaL_checkstack(L, 16, "a rule");
	bool text = rbf_lua_field(L, index, "text");
	if (text)
		read_phrases(L, "text", &rule);
	if (rbf_lua_field(L, index, "any")) {
		if (text || lua_type(L, -1) != LUA_TTABLE)
			(void)rbf_lua_fail(
				L, "any: expected a list of phrases, and no text beside it");
		size_t n = lua_rawlen(L, -1);
		for (size_t i = 1; i <= n; i++) {
			lua_rawgeti(L, -1, (lua_Integer)i);
			read_phrases(L, "any", &rule);
			add_rule(L, &rule, where);
			lua_pop(L, 1);
		}
	} else {
		add_rule(L, &rule, where);
	}
	lua_settop(L, top);
}
