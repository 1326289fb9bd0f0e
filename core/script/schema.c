/* schema.c - take lua/schema.lua, and read and show values by it. */
#include "script/schema.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/buf.h"
#include "base/span.h"
#include "script/values.h"

static const char *const type_names[RBF_TYPE_N] = {"time", "lasts", "rate", "number", "count",
	"flag", "steps", "choice", "text", "names", "hook", "phrase"};
static const char *const where_names[] = {"default", "provider", "stream", "source"};
static const char *const fields[] = {
	"key", "type", "min", "max", "default", "of", "where", "text", "elsewhere"};

const char *rbf_type_name(rbf_type type)
{
	return type < RBF_TYPE_N ? type_names[type] : "";
}

/* ---- values
 * ------------------------------------------------------------------------------------------ */

void rbf_time_show(int64_t s, char *out, size_t cap)
{
	static const struct {
		char unit;
		int64_t s;
	} units[] = {{'d', 86400}, {'h', 3600}, {'m', 60}, {'s', 1}};
	for (size_t i = 0; i < 4; i++)
		if (s % units[i].s == 0 && (s >= units[i].s || units[i].s == 1)) {
			/* 72h is how people say three days of retrying */
			int64_t n = s / units[i].s;
			if (units[i].unit == 'd' && n < 4)
				(void)snprintf(out, cap, "%lldh", (long long)n * 24);
			else
				(void)snprintf(out, cap, "%lld%c", (long long)n, units[i].unit);
			return;
		}
}

static void show_rate(double per_minute, char *out, size_t cap)
{
	if (per_minute >= 1)
		(void)snprintf(out, cap, "%g/min", per_minute);
	else if (per_minute * 60 >= 1)
		(void)snprintf(out, cap, "%g/h", per_minute * 60);
	else
		(void)snprintf(out, cap, "%g/d", per_minute * 1440);
}

void rbf_value_show(const rbf_word *word, const rbf_value *value, char *out, size_t cap)
{
	char time[32];
	rbf_buf b = rbf_buf_of(out, cap);
	switch (word->type) {
	case RBF_TYPE_LASTS:
		if (value->s == 0) {
			rbf_buf_str(&b, "forever");
			break;
		}
		/* fall through */
	case RBF_TYPE_TIME:
		rbf_time_show(value->s, time, sizeof time);
		rbf_buf_str(&b, time);
		break;
	case RBF_TYPE_RATE:
		show_rate(value->number, time, sizeof time);
		rbf_buf_str(&b, time);
		break;
	case RBF_TYPE_NUMBER:
		rbf_buf_printf(&b, "%g", value->number);
		break;
	case RBF_TYPE_COUNT:
		rbf_buf_printf(&b, "%u", value->count);
		break;
	case RBF_TYPE_FLAG:
		rbf_buf_str(&b, value->flag ? "true" : "false");
		break;
	case RBF_TYPE_STEPS:
		for (uint32_t i = 0; i < value->steps.n; i++) {
			rbf_time_show(value->steps.s[i], time, sizeof time);
			rbf_buf_printf(&b, "%s%s", i ? " " : "", time);
		}
		break;
	case RBF_TYPE_CHOICE:
		rbf_buf_str(&b,
			value->choice >= 0 && (size_t)value->choice < word->of_n
				? word->of[value->choice]
				: "");
		break;
	default:
		break;
	}
}

/* "a time from 1s to 14d, such as \"30m\"" */
static int fail_value(lua_State *L, const rbf_word *word, const char *what)
{
	char shown[64] = "";
	const char *kind = word->type == RBF_TYPE_RATE ? "a rate (/s, /min, /h, /d)"
		: word->type == RBF_TYPE_NUMBER	       ? "a number"
		: word->type == RBF_TYPE_COUNT	       ? "a whole number"
		: word->type == RBF_TYPE_LASTS
		? "\"forever\" or a time with its unit (s, m, h, d, w)"
		: "a time with its unit (s, m, h, d, w)";
	if (lua_type(L, -1) == LUA_TSTRING || lua_type(L, -1) == LUA_TNUMBER) {
		size_t len = 0;
		lua_pushvalue(L, -1);
		const char *p = lua_tolstring(L, -1, &len);
		(void)rbf_span_escape(shown, sizeof shown, (rebuff_span){p, len});
		return rbf_lua_fail(L, "%s: got \"%s\", expected %s from %s to %s", what, shown,
			kind, word->low, word->high);
	}
	return rbf_lua_fail(L, "%s: got a %s, expected %s from %s to %s", what,
		luaL_typename(L, -1), kind, word->low, word->high);
}

static int64_t read_seconds(lua_State *L, const rbf_word *word, const char *what)
{
	int64_t s = 0;
	size_t len = 0;
	const char *p = lua_type(L, -1) == LUA_TSTRING ? lua_tolstring(L, -1, &len) : NULL;
	if (!p || !rbf_parse_time((rebuff_span){p, len}, &s) || (double)s < word->min ||
		(double)s > word->max)
		(void)fail_value(L, word, what);
	return s;
}

static rbf_value read_steps(lua_State *L, const rbf_word *word, const char *what)
{
	rbf_value v = {.steps = {.n = 0}};
	size_t n = lua_type(L, -1) == LUA_TTABLE ? lua_rawlen(L, -1) : 0;
	if (n == 0 || n > RBF_LADDER_STEPS)
		(void)rbf_lua_fail(
			L, "%s: expected a list of 1 to %d times", what, RBF_LADDER_STEPS);
	for (size_t i = 0; i < n; i++) {
		lua_rawgeti(L, -1, (lua_Integer)i + 1);
		v.steps.s[i] = read_seconds(L, word, what);
		lua_pop(L, 1);
	}
	v.steps.n = (uint32_t)n;
	return v;
}

static bool is_forever(lua_State *L)
{
	return lua_type(L, -1) == LUA_TSTRING &&
		rbf_span_eq(rbf_span_of(lua_tostring(L, -1)), RBF_LIT("forever"));
}

rbf_value rbf_schema_read(lua_State *L, const rbf_word *word, const char *what)
{
	rbf_value v = {0};
	size_t len = 0;
	int whole = 0;
	switch (word->type) {
	case RBF_TYPE_LASTS:
		v.s = is_forever(L) ? 0 : read_seconds(L, word, what);
		break;
	case RBF_TYPE_TIME:
		v.s = read_seconds(L, word, what);
		break;
	case RBF_TYPE_RATE: {
		const char *p = lua_type(L, -1) == LUA_TSTRING ? lua_tolstring(L, -1, &len) : NULL;
		/* a hair of tolerance: a limit may be no exact number of messages a minute */
		if (!p || !rbf_parse_rate((rebuff_span){p, len}, &v.number) ||
			v.number < word->min * 0.999999 || v.number > word->max * 1.000001)
			(void)fail_value(L, word, what);
		break;
	}
	case RBF_TYPE_NUMBER:
		v.number = lua_type(L, -1) == LUA_TNUMBER ? lua_tonumber(L, -1) : word->max + 1;
		if (!(v.number >= word->min && v.number <= word->max))
			(void)fail_value(L, word, what);
		break;
	case RBF_TYPE_COUNT: {
		lua_Integer n = lua_type(L, -1) == LUA_TNUMBER ? lua_tointegerx(L, -1, &whole) : 0;
		if (!whole || n < (lua_Integer)word->min || n > (lua_Integer)word->max)
			(void)fail_value(L, word, what);
		v.count = (uint32_t)n;
		break;
	}
	case RBF_TYPE_FLAG:
		v.flag = rbf_lua_flag(L, what);
		break;
	case RBF_TYPE_STEPS:
		return read_steps(L, word, what);
	case RBF_TYPE_CHOICE:
		v.choice = rbf_lua_name(L, what, word->of, word->of_n);
		break;
	default:
		break;
	}
	return v;
}

/* ---- the list
 * ---------------------------------------------------------------------------------------- */

/* The pool is made large enough once, so that texts do not move. */
enum { POOL = 64 << 10 };

static const char *keep(lua_State *L, rbf_schema *schema, const char *text)
{
	size_t n = strlen(text) + 1;
	if (schema->pool_n + n > POOL)
		(void)luaL_error(L, "schema.lua: over %d bytes of text", POOL);
	char *p = schema->pool + schema->pool_n;
	memcpy(p, text, n);
	schema->pool_n += n;
	return p;
}

/* A limit: a time, a rate or a number, in the word's own measure. */
static double take_limit(
	lua_State *L, rbf_schema *schema, const rbf_word *word, const char *field, const char **as)
{
	double v = 0;
	int64_t s = 0;
	char shown[32];
	if (!rbf_lua_field(L, -1, field)) {
		*as = "";
		return 0;
	}
	if (lua_type(L, -1) == LUA_TNUMBER) {
		v = lua_tonumber(L, -1);
		(void)snprintf(shown, sizeof shown, "%g", v);
	} else {
		rebuff_span text = rbf_lua_text(L, field, sizeof shown - 1);
		if (word->type == RBF_TYPE_RATE ? !rbf_parse_rate(text, &v)
						: !rbf_parse_time(text, &s))
			(void)rbf_lua_fail(L, "%s: expected a time, rate or number", field);
		v = word->type == RBF_TYPE_RATE ? v : (double)s;
		(void)rbf_span_copy(shown, sizeof shown, text);
	}
	*as = keep(L, schema, shown);
	lua_pop(L, 1);
	return v;
}

typedef const char *name_of(int i);

static const char *category(int i)
{
	return rebuff_category_name((rebuff_category)i);
}

static const char *fault(int i)
{
	return rebuff_fault_name((rebuff_fault)i);
}

static const char *action(int i)
{
	return rebuff_action_name((rebuff_action)i);
}

static const char *scope(int i)
{
	return rebuff_scope_name((rebuff_scope)i);
}

static const char *stage(int i)
{
	return rebuff_stage_name((rebuff_stage)i);
}

/* A choice without a list is one of the names of rebuff.h. */
static void take_names(rbf_word *word)
{
	static const struct {
		const char *end;
		name_of *name;
		int n;
	} known[] = {{".category", category, REBUFF_CATEGORY_N}, {".fault", fault, REBUFF_FAULT_N},
		{".action", action, REBUFF_ACTION_N}, {".scope", scope, REBUFF_SCOPE_N},
		{".stage", stage, REBUFF_STAGE_N}};
	for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
		if (!rbf_span_iends(rbf_span_of(word->key), rbf_span_of(known[i].end)))
			continue;
		for (int k = 0; k < known[i].n && word->of_n < RBF_CHOICES; k++)
			word->of[word->of_n++] = known[i].name(k);
	}
}

static void take_choices(lua_State *L, rbf_schema *schema, rbf_word *word)
{
	if (!rbf_lua_field(L, -1, "of")) {
		take_names(word);
		return;
	}
	size_t n = lua_type(L, -1) == LUA_TTABLE ? lua_rawlen(L, -1) : 0;
	for (size_t i = 1; i <= n && i <= RBF_CHOICES; i++) {
		lua_rawgeti(L, -1, (lua_Integer)i);
		word->of[word->of_n++] = keep(L, schema, rbf_lua_text(L, "of", 32).p);
		lua_pop(L, 1);
	}
	lua_pop(L, 1);
}

static void take_where(lua_State *L, rbf_word *word)
{
	if (!rbf_lua_field(L, -1, "where"))
		return;
	size_t n = lua_type(L, -1) == LUA_TTABLE ? lua_rawlen(L, -1) : 0;
	for (size_t i = 1; i <= n; i++) {
		lua_rawgeti(L, -1, (lua_Integer)i);
		word->where |= 1u << rbf_lua_name(L, "where", where_names, 4);
		lua_pop(L, 1);
	}
	lua_pop(L, 1);
}

static void take_default(lua_State *L, rbf_schema *schema, rbf_word *word)
{
	char shown[160];
	word->shown = "";
	if (!rbf_lua_field(L, -1, "default"))
		return;
	word->value = rbf_schema_read(L, word, word->key);
	word->has_default = true;
	rbf_value_show(word, &word->value, shown, sizeof shown);
	word->shown = keep(L, schema, shown);
	lua_pop(L, 1);
}

/* The text of schema.lua from the entry before: entries come in the order of their lines. */
typedef struct {
	rebuff_span rest;
	size_t line;
} reading;

static void take_origin(reading *at, rbf_word *word)
{
	char quoted[72];
	(void)snprintf(quoted, sizeof quoted, "\"%s\"", word->key);
	size_t offset = rbf_span_ifind(at->rest, rbf_span_of(quoted));
	for (size_t i = 0; offset != SIZE_MAX && i < offset; i++)
		at->line += at->rest.p[i] == '\n';
	if (offset != SIZE_MAX)
		at->rest = rbf_span_sub(at->rest, offset, SIZE_MAX);
	(void)snprintf(word->origin, sizeof word->origin, "schema.lua:%zu", at->line);
}

/* One entry of the list, on top of the stack. */
static void take_word(lua_State *L, reading *at, rbf_schema *schema, int line)
{
	if (schema->n == RBF_WORDS_MAX || lua_type(L, -1) != LUA_TTABLE)
		(void)luaL_error(L, "schema.lua: entry %d: expected a table, at most %d of them",
			line, RBF_WORDS_MAX);
	rbf_word *word = &schema->word[schema->n];
	*word = (rbf_word){.shown = "", .elsewhere = ""};
	rbf_lua_check_keys(L, -1, "schema.lua", fields, sizeof fields / sizeof *fields);
	if (!rbf_lua_field(L, -1, "key"))
		(void)luaL_error(L, "schema.lua: entry %d has no key", line);
	word->key = keep(L, schema, rbf_lua_text(L, "key", 64).p);
	lua_pop(L, 1);
	if (!rbf_lua_field(L, -1, "type"))
		(void)luaL_error(L, "schema.lua: %s has no type", word->key);
	word->type = (rbf_type)rbf_lua_name(L, "type", type_names, RBF_TYPE_N);
	lua_pop(L, 1);
	if (!rbf_lua_field(L, -1, "text"))
		(void)luaL_error(L, "schema.lua: %s is not explained", word->key);
	word->text = keep(L, schema, rbf_lua_text(L, "text", 400).p);
	lua_pop(L, 1);
	if (rbf_lua_field(L, -1, "elsewhere")) {
		word->elsewhere = keep(L, schema, rbf_lua_text(L, "elsewhere", 400).p);
		lua_pop(L, 1);
	}
	word->min = take_limit(L, schema, word, "min", &word->low);
	word->max = take_limit(L, schema, word, "max", &word->high);
	take_where(L, word);
	if (word->type == RBF_TYPE_CHOICE)
		take_choices(L, schema, word);
	take_default(L, schema, word);
	take_origin(at, word);
	schema->n++;
}

void rbf_schema_take(lua_State *L, rebuff_span source, rbf_schema *schema)
{
	schema->pool = malloc(POOL);
	if (!schema->pool)
		(void)luaL_error(L, "no memory for the schema");
	if (lua_type(L, -1) != LUA_TTABLE)
		(void)luaL_error(L, "schema.lua: expected a list of words");
	reading at = {source, 1};
	size_t n = lua_rawlen(L, -1);
	for (size_t i = 1; i <= n; i++) {
		lua_rawgeti(L, -1, (lua_Integer)i);
		take_word(L, &at, schema, (int)i);
		lua_pop(L, 1);
	}
	lua_pop(L, 1);
}

void rbf_schema_free(rbf_schema *schema)
{
	free(schema->pool);
	schema->pool = NULL;
}

const rbf_word *rbf_schema_word(const rbf_schema *schema, const char *key)
{
	for (size_t i = 0; i < schema->n; i++)
		if (strcmp(schema->word[i].key, key) == 0)
			return &schema->word[i];
	return NULL;
}

const char *rbf_schema_elsewhere(const rbf_schema *schema, const char *group)
{
	const char *names[RBF_WORDS_MAX];
	const rbf_word *words[RBF_WORDS_MAX];
	size_t n = rbf_schema_group(schema, group, 0, names, words);
	for (size_t i = 0; i < n; i++)
		if (words[i]->elsewhere[0])
			return words[i]->elsewhere;
	return "";
}

size_t rbf_schema_group(const rbf_schema *schema, const char *group, unsigned where,
	const char *names[RBF_WORDS_MAX], const rbf_word *words[RBF_WORDS_MAX])
{
	size_t n = 0, len = strlen(group);
	for (size_t i = 0; i < schema->n; i++) {
		const rbf_word *w = &schema->word[i];
		const char *name = len ? w->key + len + 1 : w->key;
		if ((len && (strncmp(w->key, group, len) != 0 || w->key[len] != '.')) ||
			strchr(name, '.') || (where && !(w->where & where)))
			continue;
		names[n] = name;
		if (words)
			words[n] = w;
		n++;
	}
	return n;
}
