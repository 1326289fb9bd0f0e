#include "script/settings.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/error.h"
#include "base/span.h"

/* ---- where a word's value lives
 * ---------------------------------------------------------------------- */

#define AT(type, member) offsetof(type, member)

/* bit: of rbf_suppress_rule.given */
static const struct field {
	rbf_part part; /* suppress: soft and bare too */
	const char *name;
	rbf_type type;
	size_t at; /* in the part */
	unsigned bit;
} fields[] = {
	{RBF_PART_RETRY, "first", RBF_TYPE_TIME, AT(rbf_ladder, step_s), 0},
	{RBF_PART_RETRY, "steps", RBF_TYPE_STEPS, AT(rbf_ladder, step_s), 0},
	{RBF_PART_RETRY, "factor", RBF_TYPE_NUMBER, AT(rbf_ladder, factor), 0},
	{RBF_PART_RETRY, "max", RBF_TYPE_TIME, AT(rbf_ladder, max_s), 0},
	{RBF_PART_RETRY, "jitter", RBF_TYPE_NUMBER, AT(rbf_ladder, jitter), 0},
	{RBF_PART_RETRY, "give_up", RBF_TYPE_TIME, AT(rbf_ladder, give_up_s), 0},
	{RBF_PART_RETRY, "attempts", RBF_TYPE_COUNT, AT(rbf_ladder, give_up_attempts), 0},
	{RBF_PART_SUPPRESS, "on", RBF_TYPE_FLAG, AT(rbf_suppress_rule, on), 1},
	{RBF_PART_SUPPRESS, "after", RBF_TYPE_COUNT, AT(rbf_suppress_rule, after), 2},
	{RBF_PART_SUPPRESS, "within", RBF_TYPE_TIME, AT(rbf_suppress_rule, within_s), 4},
	{RBF_PART_SUPPRESS, "over", RBF_TYPE_TIME, AT(rbf_suppress_rule, over_s), 8},
	{RBF_PART_SUPPRESS, "lasts", RBF_TYPE_LASTS, AT(rbf_suppress_rule, lasts_s), 16},
	{RBF_PART_SUPPRESS, "growth", RBF_TYPE_NUMBER, AT(rbf_suppress_rule, growth), 32},
	{RBF_PART_SUPPRESS, "scope", RBF_TYPE_CHOICE, AT(rbf_suppress_rule, scope), 64},
	{RBF_PART_SUPPRESS, "probe", RBF_TYPE_FLAG, AT(rbf_suppress_rule, probe), 128},
	{RBF_PART_PACE, "start", RBF_TYPE_RATE, AT(rbf_pace_rule, start), 0},
	{RBF_PART_PACE, "floor", RBF_TYPE_RATE, AT(rbf_pace_rule, floor), 0},
	{RBF_PART_PACE, "ceiling", RBF_TYPE_RATE, AT(rbf_pace_rule, ceiling), 0},
	{RBF_PART_PACE, "growth", RBF_TYPE_NUMBER, AT(rbf_pace_rule, growth), 0},
	{RBF_PART_BREAKER, "share", RBF_TYPE_NUMBER, AT(rbf_breaker_rule, share), 0},
	{RBF_PART_BREAKER, "at_least", RBF_TYPE_COUNT, AT(rbf_breaker_rule, at_least), 0},
	{RBF_PART_BREAKER, "within", RBF_TYPE_TIME, AT(rbf_breaker_rule, within_s), 0},
	{RBF_PART_ALARM, "hold", RBF_TYPE_FLAG, AT(rbf_alarm_rule, hold), 0},
	{RBF_PART_ALARM, "blocked", RBF_TYPE_COUNT, AT(rbf_alarm_rule, blocked), 0},
	{RBF_PART_ALARM, "share", RBF_TYPE_NUMBER, AT(rbf_alarm_rule, share), 0},
	{RBF_PART_ALARM, "lasts", RBF_TYPE_TIME, AT(rbf_alarm_rule, lasts_s), 0},
	{RBF_PART_ALARM, "longest", RBF_TYPE_TIME, AT(rbf_alarm_rule, longest_s), 0},
	{RBF_PART_ALARM, "hard", RBF_TYPE_NUMBER, AT(rbf_alarm_rule, hard), 0},
	{RBF_PART_ALARM, "failed", RBF_TYPE_NUMBER, AT(rbf_alarm_rule, failed), 0},
	{RBF_PART_ALARM, "volume", RBF_TYPE_COUNT, AT(rbf_alarm_rule, volume), 0},
	{RBF_PART_WAIT, "min", RBF_TYPE_TIME, AT(rbf_policy, wait_min_s), 0},
	{RBF_PART_WAIT, "max", RBF_TYPE_TIME, AT(rbf_policy, wait_max_s), 0},
	{RBF_PART_WAIT, "jitter", RBF_TYPE_NUMBER, AT(rbf_policy, wait_jitter), 0},
	{RBF_PART_HOLD, "lasts", RBF_TYPE_TIME, AT(rbf_policy, hold_s), 0},
	{RBF_PART_POLICY, "lifetime", RBF_TYPE_TIME, AT(rbf_policy, lifetime_s), 0},
	{RBF_PART_POLICY, "mode", RBF_TYPE_CHOICE, AT(rbf_policy, observe), 0},
	{RBF_PART_POLICY, "backscatter", RBF_TYPE_CHOICE, AT(rbf_policy, refuse_backscatter), 0},
};
enum { FIELD_N = sizeof fields / sizeof *fields, FIRST = 0, STEPS = 1 };

static const char *const part_names[RBF_PART_N] = {
	"", "retry", "suppress", "soft", "bare", "pace", "breaker", "alarm", "wait", "hold", ""};

int rbf_part_of_name(rebuff_span name)
{
	for (int i = RBF_PART_RETRY; i < RBF_PART_IDENTITY; i++)
		if (rbf_span_eq(name, rbf_span_of(part_names[i])))
			return i;
	return -1;
}

const char *rbf_part_name(rbf_part part)
{
	return part < RBF_PART_N ? part_names[part] : "";
}

const char *rbf_part_group(rbf_part part)
{
	return part == RBF_PART_SOFT || part == RBF_PART_BARE ? "suppress" : rbf_part_name(part);
}

static rbf_part fields_of(rbf_part part)
{
	return part == RBF_PART_SOFT || part == RBF_PART_BARE ? RBF_PART_SUPPRESS : part;
}

static int field_of(rbf_part part, const char *key)
{
	size_t prefix = strlen(rbf_part_group(part));
	const char *name = prefix ? key + prefix + 1 : key;
	for (int i = 0; i < FIELD_N; i++)
		if (fields[i].part == fields_of(part) && strcmp(fields[i].name, name) == 0)
			return i;
	return -1;
}

static bool by_category(rbf_part part)
{
	return part == RBF_PART_RETRY || part == RBF_PART_SUPPRESS;
}

static bool takes(rbf_part part, int category)
{
	return part == RBF_PART_RETRY ? rbf_category_defers((rebuff_category)category)
				      : rbf_category_strikes((rebuff_category)category);
}

static char *part_in(rbf_policy *p, rbf_part part, int category)
{
	switch (part) {
	case RBF_PART_RETRY:
		return (char *)&p->retry[category];
	case RBF_PART_SUPPRESS:
		return (char *)&p->suppress[category];
	case RBF_PART_SOFT:
		return (char *)&p->soft;
	case RBF_PART_BARE:
		return (char *)&p->bare;
	case RBF_PART_PACE:
		return (char *)&p->pace;
	case RBF_PART_BREAKER:
		return (char *)&p->breaker;
	case RBF_PART_ALARM:
		return (char *)&p->alarm;
	default:
		return (char *)p;
	}
}

static void put_origin(rbf_policy *p, rbf_part part, int category, rbf_origin origin)
{
	switch (part) {
	case RBF_PART_RETRY:
		p->retry[category].origin = origin;
		break;
	case RBF_PART_SUPPRESS:
		p->suppress[category].origin = origin;
		break;
	case RBF_PART_SOFT:
		p->soft.origin = origin;
		break;
	case RBF_PART_BARE:
		p->bare.origin = origin;
		break;
	case RBF_PART_PACE:
		p->pace.origin = origin;
		break;
	case RBF_PART_BREAKER:
		p->breaker.origin = origin;
		break;
	case RBF_PART_ALARM:
		p->alarm.origin = origin;
		break;
	default:
		p->origin = origin;
		break;
	}
}

static void put_steps(rbf_ladder *l, const rbf_value *v)
{
	memcpy(l->step_s, v->steps.s, sizeof l->step_s);
	l->step_n = v->steps.n;
}

static void put(rbf_policy *p, rbf_part part, int category, int field, const rbf_value *v)
{
	char *to = part_in(p, part, category) + fields[field].at;
	bool second = v->choice == 1;
	switch (fields[field].type) {
	case RBF_TYPE_STEPS:
		put_steps(&p->retry[category], v);
		break;
	case RBF_TYPE_TIME:
	case RBF_TYPE_LASTS:
		memcpy(to, &v->s, sizeof v->s);
		if (field == FIRST)
			p->retry[category].step_n = 1;
		break;
	case RBF_TYPE_RATE:
	case RBF_TYPE_NUMBER:
		memcpy(to, &v->number, sizeof v->number);
		break;
	case RBF_TYPE_COUNT:
		memcpy(to, &v->count, sizeof v->count);
		break;
	case RBF_TYPE_CHOICE:
		if (part == RBF_PART_POLICY) /* one of two */
			memcpy(to, &second, sizeof second);
		else
			memcpy(to, &v->choice, sizeof v->choice);
		break;
	case RBF_TYPE_FLAG:
		memcpy(to, &v->flag, sizeof v->flag);
		break;
	default:
		break;
	}
}

rebuff_status rbf_settings_match(const rbf_schema *schema, rebuff_error *err)
{
	const char *names[RBF_WORDS_MAX];
	const rbf_word *words[RBF_WORDS_MAX];
	for (int i = 0; i < FIELD_N; i++) {
		char key[64];
		const char *group = part_names[fields[i].part];
		(void)snprintf(key, sizeof key, "%s%s%s", group, *group ? "." : "", fields[i].name);
		const rbf_word *w = rbf_schema_word(schema, key);
		if (!w || w->type != fields[i].type || (!w->has_default && i != FIRST))
			return rbf_fail(err, REBUFF_EPOLICY,
				"schema.lua: %s: expected a word of type %s with a default", key,
				rbf_type_name(fields[i].type));
	}
	for (int part = RBF_PART_RETRY; part < RBF_PART_IDENTITY; part++) {
		size_t n =
			rbf_schema_group(schema, rbf_part_group((rbf_part)part), 0, names, words);
		for (size_t i = 0; i < n; i++)
			if (field_of((rbf_part)part, words[i]->key) < 0)
				return rbf_fail(err, REBUFF_EPOLICY,
					"%s: nothing in the program reads %s", words[i]->origin,
					words[i]->key);
	}
	return REBUFF_OK;
}

/* ---- the list
 * ---------------------------------------------------------------------------------------- */

bool rbf_settings_add(rbf_settings *s, const rbf_setting *setting)
{
	if (s->n == s->cap) {
		size_t cap = s->cap ? s->cap * 2 : 128;
		void *p = realloc(s->list, cap * sizeof *s->list);
		if (!p) {
			free(setting->text);
			return false;
		}
		s->list = p;
		s->cap = cap;
	}
	rbf_setting *to = &s->list[s->n++];
	*to = *setting;
	to->field = setting->part == RBF_PART_IDENTITY
		? -1
		: field_of(setting->part, setting->word->key);
	s->scoped = s->scoped || to->scope.stream >= 0 || to->scope.source >= 0;
	return true;
}

void rbf_settings_free(rbf_settings *s)
{
	for (size_t i = 0; i < s->n; i++)
		free(s->list[i].text);
	free(s->list);
	*s = (rbf_settings){0};
}

/* What soft says holds for each category that does not say it itself. */
static void put_soft(rbf_policy *p, const rbf_setting *s)
{
	for (int c = 0; c < REBUFF_CATEGORY_N; c++) {
		rbf_suppress_rule *r = &p->suppress[c];
		if (rbf_category_hard((rebuff_category)c) || r->given & fields[s->field].bit)
			continue;
		put(p, RBF_PART_SUPPRESS, c, s->field, &s->value);
		r->origin = s->origin;
	}
}

static void apply(const rbf_setting *s, rbf_policy *p)
{
	if (s->part == RBF_PART_IDENTITY)
		return;
	put(p, s->part, s->category, s->field, &s->value);
	put_origin(p, s->part, s->category, s->origin);
	p->origin = s->origin;
	if (s->part == RBF_PART_SUPPRESS)
		p->suppress[s->category].given |= fields[s->field].bit;
	if (s->part == RBF_PART_SOFT)
		put_soft(p, s);
}

static void put_defaults(const rbf_schema *schema, rbf_policy *p)
{
	for (int part = 0; part < RBF_PART_IDENTITY; part++) {
		int n = by_category((rbf_part)part) ? REBUFF_CATEGORY_N : 1;
		for (size_t i = 0; i < schema->n; i++) {
			const rbf_word *w = &schema->word[i];
			const char *group = rbf_part_group((rbf_part)part);
			size_t len = strlen(group);
			if (len ? strncmp(w->key, group, len) != 0 || w->key[len] != '.'
				: strchr(w->key, '.') != NULL)
				continue;
			int field = field_of((rbf_part)part, w->key);
			for (int c = 0; c < n && field >= 0 && w->has_default; c++) {
				put(p, (rbf_part)part, c, field, &w->value);
				put_origin(p, (rbf_part)part, c, w->origin);
			}
		}
	}
}

static bool same_scope(rbf_scope a, rbf_scope b)
{
	return a.provider == b.provider && a.stream == b.stream && a.source == b.source;
}

static void apply_scope(const rbf_settings *s, bool operators, rbf_scope scope,
	void (*use)(void *ud, const rbf_setting *s), void *ud)
{
	for (size_t i = 0; i < s->n; i++)
		if (s->list[i].operators == operators && same_scope(s->list[i].scope, scope))
			use(ud, &s->list[i]);
}

/* Every setting that holds for the provider, the weaker ones first. */
static void walk(
	const rbf_settings *s, int provider, void (*use)(void *ud, const rbf_setting *s), void *ud)
{
	for (int operators = 0; operators < 2; operators++) {
		apply_scope(s, operators, (rbf_scope){-1, -1, -1}, use, ud);
		if (provider >= 0)
			apply_scope(s, operators, (rbf_scope){provider, -1, -1}, use, ud);
	}
}

static void walk_over(const rbf_settings *s, rbf_scope scope,
	void (*use)(void *ud, const rbf_setting *s), void *ud)
{
	for (int operators = 0; operators < 2; operators++) {
		const rbf_scope scopes[] = {{-1, scope.stream, -1},
			{scope.provider, scope.stream, -1}, {-1, -1, scope.source},
			{scope.provider, -1, scope.source}};
		for (size_t i = 0; i < 4; i++)
			if ((i < 2 ? scope.stream : scope.source) >= 0 &&
				(i % 2 == 0 || scope.provider >= 0))
				apply_scope(s, operators, scopes[i], use, ud);
	}
}

typedef struct {
	rbf_policy *policy;
	bool any;
} target;

static void use_setting(void *ud, const rbf_setting *s)
{
	target *t = ud;
	apply(s, t->policy);
	t->any = true;
}

/* Values of different places: the ceiling cuts the start, and that the floor. */
static void cut_pace(rbf_pace_rule *p)
{
	p->start = p->start > p->ceiling ? p->ceiling : p->start;
	p->floor = p->floor > p->start ? p->start : p->floor;
}

void rbf_settings_resolve(const rbf_schema *schema, const rbf_settings *s, int provider,
	const char *name, rbf_policy *out)
{
	target t = {out, false};
	memset(out, 0, sizeof *out);
	(void)rbf_span_copy(out->provider, sizeof out->provider, rbf_span_of(name));
	put_defaults(schema, out);
	walk(s, provider, use_setting, &t);
	cut_pace(&out->pace);
}

bool rbf_settings_overlay(const rbf_settings *s, rbf_scope scope, rbf_policy *policy)
{
	target t = {policy, false};
	if (s->scoped)
		walk_over(s, scope, use_setting, &t);
	cut_pace(&policy->pace);
	return t.any;
}

rebuff_status rbf_settings_check(const rbf_policy *p, rebuff_error *err)
{
	const char *name = p->provider[0] ? p->provider : "default";
	if (p->alarm.lasts_s > p->alarm.longest_s)
		return rbf_fail(err, REBUFF_EPOLICY,
			"%s: %s: alarm: lasts %lld s is over longest %lld s", p->alarm.origin, name,
			(long long)p->alarm.lasts_s, (long long)p->alarm.longest_s);
	if (p->wait_min_s > p->wait_max_s)
		return rbf_fail(err, REBUFF_EPOLICY, "%s: %s: wait: min %lld s is over max %lld s",
			p->origin, name, (long long)p->wait_min_s, (long long)p->wait_max_s);
	return REBUFF_OK;
}

/* ---- telling people
 * ---------------------------------------------------------------------------------- */

/* The setting that each value comes from, NULL: the schema's default. */
typedef struct {
	const rbf_setting *of[RBF_PART_N][REBUFF_CATEGORY_N][FIELD_N];
	const rbf_setting *identity[RBF_WORDS_MAX];
	const rbf_schema *schema;
} shown;

static void note(void *ud, const rbf_setting *s)
{
	shown *v = ud;
	if (s->part == RBF_PART_IDENTITY) {
		v->identity[s->word - v->schema->word] = s;
		return;
	}
	v->of[s->part][s->category][s->field] = s;
	if (s->field == FIRST)
		v->of[s->part][s->category][STEPS] = NULL;
	if (s->field == STEPS && s->part == RBF_PART_RETRY)
		v->of[s->part][s->category][FIRST] = NULL;
}

static void show_part(const shown *v, rbf_part part, int category,
	void (*each)(void *, const char *, const char *, const char *), void *ud)
{
	for (int f = 0; f < FIELD_N; f++) {
		char key[64], name[128], value[200];
		const char *group = rbf_part_group(part);
		if (fields[f].part != fields_of(part))
			continue;
		(void)snprintf(key, sizeof key, "%s%s%s", group, *group ? "." : "", fields[f].name);
		const rbf_word *w = rbf_schema_word(v->schema, key);
		const rbf_setting *s = v->of[part][category][f];
		if (!s && part == RBF_PART_SUPPRESS &&
			!rbf_category_hard((rebuff_category)category))
			s = v->of[RBF_PART_SOFT][0][f];
		bool by_first = f == STEPS && part == RBF_PART_RETRY &&
			v->of[part][category][FIRST] != NULL;
		if (!w || by_first || (!s && !w->has_default))
			continue;
		if (by_category(part))
			(void)snprintf(name, sizeof name, "%s[\"%s\"].%s", group,
				rebuff_category_name((rebuff_category)category), fields[f].name);
		else
			(void)snprintf(name, sizeof name, "%s%s%s", part_names[part],
				*part_names[part] ? "." : "", fields[f].name);
		rbf_value_show(w, s ? &s->value : &w->value, value, sizeof value);
		each(ud, name, value, s ? s->origin : w->origin);
	}
}

void rbf_settings_show(const rbf_schema *schema, const rbf_settings *s, rbf_scope scope,
	void (*each)(void *ud, const char *name, const char *value, const char *origin), void *ud)
{
	shown *v = calloc(1, sizeof *v);
	if (!v)
		return;
	v->schema = schema;
	walk(s, scope.provider, note, v);
	walk_over(s, scope, note, v);
	for (size_t i = 0; i < schema->n; i++)
		if (v->identity[i])
			each(ud, schema->word[i].key,
				v->identity[i]->text ? v->identity[i]->text : "",
				v->identity[i]->origin);
	for (int part = 0; part < RBF_PART_IDENTITY; part++) {
		if (!by_category((rbf_part)part)) {
			show_part(v, (rbf_part)part, 0, each, ud);
			continue;
		}
		for (int c = 0; c < REBUFF_CATEGORY_N; c++)
			if (takes((rbf_part)part, c))
				show_part(v, (rbf_part)part, c, each, ud);
	}
	free(v);
}
