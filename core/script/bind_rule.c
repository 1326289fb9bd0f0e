/* bind_rule.c - rebuff.rules:add { ... } and provider.replies:add { ... } */
#include <stdio.h>

#include "base/span.h"
#include "script/bind.h"
#include "script/values.h"

static const rbf_word *word_of(lua_State *L, const char *name)
{
	const rbf_loading *l = rbf_sandbox_of(L)->owner;
	char key[64];
	(void)snprintf(key, sizeof key, "rule.%s", name);
	return rbf_schema_word(l->config->schema, key);
}

/* The field of the rule at index by the schema; false when it is not there. */
static bool read_field(lua_State *L, int index, const char *name, rbf_value *out)
{
	if (!rbf_lua_field(L, index, name))
		return false;
	*out = rbf_schema_read(L, word_of(L, name), name);
	lua_pop(L, 1);
	return true;
}

/* The same for a text, which stays on the stack. */
static bool read_text(lua_State *L, int index, const char *name, rebuff_span *out)
{
	if (!rbf_lua_field(L, index, name))
		return false;
	*out = rbf_lua_text(L, name, (size_t)word_of(L, name)->max);
	return true;
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
 * the order in which they stand, so each is looked for from the one before it first; those that are
 * put together from words are nowhere, and one miss tells. */
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
	if (l->statement.line > start || l->statement.line == 0) {
		l->statement = (rbf_place){0, 1};
		l->missed = false;
	}
	if (l->statement.line != start) {
		while (l->statement.line < start && l->statement.offset < l->source.len)
			l->statement.line += l->source.p[l->statement.offset++] == '\n';
		l->phrase = l->statement;
		l->missed = false;
	}
	if (!find_phrase(l->source, &l->phrase, NEAR, phrase)) {
		l->phrase = l->statement;
		l->missed = l->missed || !find_phrase(l->source, &l->phrase, LINES_MAX, phrase);
		if (l->missed)
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
	rbf_value v = {0};
	rebuff_span text;
	if (read_field(L, index, "code", &v)) {
		if (v.count > 5 && v.count < 400)
			(void)rbf_lua_fail(L,
				"code: got %u, expected 400 to 599, or 4 or 5 for the class",
				v.count);
		rule->code = (uint16_t)v.count;
	}
	if (read_text(L, index, "enhanced", &text))
		(void)rbf_span_copy(rule->enhanced, sizeof rule->enhanced, text);
	if (read_field(L, index, "stage", &v))
		rule->stage = (rebuff_stage)v.choice;
	if (read_field(L, index, "fault", &v))
		rule->fault = v.choice;
	if (read_field(L, index, "action", &v))
		rule->action = v.choice;
	if (read_field(L, index, "scope", &v))
		rule->scope = (rebuff_scope)v.choice;
	if (read_field(L, index, "confidence", &v))
		rule->confidence = v.number;
	if (read_field(L, index, "weight", &v))
		rule->weight = (int)v.number;
	if (read_field(L, index, "words", &v))
		rule->words = v.flag;
	if (read_field(L, index, "only_here", &v))
		rule->only_here = v.flag;
	(void)read_text(L, index, "source", &rule->source);
	(void)read_text(L, index, "note", &rule->note);
}

void rbf_bind_rule(lua_State *L, int index, int provider)
{
	rbf_loading *l = rbf_sandbox_of(L)->owner;
	char where_text[REBUFF_RULE_MAX];
	const char *keys[RBF_WORDS_MAX];
	rbf_value category = {0};
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
	size_t key_n = rbf_schema_group(l->config->schema, "rule", 0, keys, NULL);
	rbf_lua_check_keys(L, index, "a rule", keys, key_n);
	if (!read_field(L, index, "category", &category))
		(void)rbf_lua_fail(L, "a rule has no category");
	rule.category = (rebuff_category)category.choice;
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
