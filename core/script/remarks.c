#include "script/remarks.h"

#include <stdarg.h>
#include <stdio.h>

#include "base/buf.h"
#include "base/span.h"
#include "script/settings.h"

/* What smtpd does where smtpd.conf does not say otherwise (ttl, smtpd.conf(5)). */
static const int64_t smtpd_ttl_s = 4LL * 86400;

typedef struct {
	const rbf_config *config;
	void (*say)(void *ud, const char *text);
	void *ud;
} audience;

static void say(const audience *a, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
static void say(const audience *a, const char *fmt, ...)
{
	char text[900];
	va_list ap;
	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	a->say(a->ud, text);
}

static bool is(const rbf_setting *s, const char *key)
{
	return s->word && strcmp(s->word->key, key) == 0;
}

/* Of the operator's own settings: what something else makes void. */
static void look_at_setting(const audience *a, const rbf_setting *s)
{
	const rbf_config *c = a->config;
	const rbf_policy *p = rbf_config_policy(c, s->scope.provider);
	char given[32], other[32];
	if (!s->operators || s->part == RBF_PART_IDENTITY)
		return;
	rbf_time_show(s->value.s, given, sizeof given);
	rbf_time_show(p->lifetime_s, other, sizeof other);
	if (is(s, "retry.give_up") && s->value.s > p->lifetime_s)
		say(a, "%s: retry[\"%s\"].give_up = \"%s\" is never reached: lifetime is %s",
			s->origin, rebuff_category_name((rebuff_category)s->category), given,
			other);
	if ((is(s, "retry.give_up") || is(s, "lifetime")) && s->value.s > smtpd_ttl_s)
		say(a,
			"%s: %s = \"%s\" is longer than smtpd keeps mail: set ttl in smtpd.conf at "
			"least as high, or it bounces before",
			s->origin, s->word->key, given);
	if (is(s, "suppress.within") && s->part == RBF_PART_SUPPRESS &&
		p->suppress[s->category].after == 1)
		say(a, "%s: within says nothing where after is 1", s->origin);
	if (s->part == RBF_PART_ALARM && s->scope.provider >= 0 && s->scope.stream >= 0)
		say(a, "%s: %s says nothing here: alarms of a stream are of all providers",
			s->origin, s->word->key);
	if ((is(s, "pace.start") || is(s, "pace.floor")) &&
		s->value.number > p->pace.ceiling * 1.000001)
		say(a, "%s: %s is over the ceiling of %g a minute, which cuts it", s->origin,
			s->word->key, p->pace.ceiling);
	if (is(s, "retry.steps")) {
		int64_t last_s = s->value.steps.s[s->value.steps.n - 1];
		const rbf_ladder *l = &p->retry[s->category];
		rbf_time_show(last_s, given, sizeof given);
		rbf_time_show(l->max_s, other, sizeof other);
		if (last_s > l->max_s)
			say(a, "%s: the steps reach %s, but max is %s and cuts them", s->origin,
				given, other);
	}
}

/* Streams are named by streams:add, or are domains. */
static bool is_stream(const rbf_config *c, const char *name)
{
	for (size_t i = 0; i < c->stream_n; i++)
		if (strcmp(c->streams[i].name, name) == 0)
			return true;
	return strchr(name, '.') != NULL || strcmp(name, "null") == 0 ||
		strcmp(name, "localhost") == 0;
}

static void look_at_streams(const audience *a)
{
	const rbf_config *c = a->config;
	for (size_t i = 0; i < c->scoped_n[0]; i++)
		if (!is_stream(c, c->scoped[0][i].name))
			say(a,
				"no stream is called \"%s\": rebuff.streams:add gives it its "
				"senders; "
				"without one, a stream is called as the sender's domain",
				c->scoped[0][i].name);
}

static bool is_known_by(const rbf_config *c, int provider)
{
	for (size_t i = 0; i < c->settings->n; i++) {
		const rbf_setting *s = &c->settings->list[i];
		if (s->scope.provider == provider && (is(s, "domains") || is(s, "mx")))
			return true;
	}
	return false;
}

/* A provider that only the operator speaks of and that nothing leads to is most likely a slip. */
static void look_at_providers(const audience *a)
{
	const rbf_config *c = a->config;
	for (size_t p = 0; p < c->provider_n; p++) {
		const rbf_setting *first = NULL;
		for (size_t i = 0; i < c->settings->n && !first; i++)
			if (c->settings->list[i].scope.provider == (int)p)
				first = &c->settings->list[i];
		if (first && first->operators && !is_known_by(c, (int)p))
			say(a,
				"%s: no mail is for provider \"%s\": give it domains or mx, or see "
				"whether another name was meant",
				first->origin, rbf_providers_id(c->providers, (int)p));
	}
}

/* Shipped files are shown below their folder. */
static bool is_shipped(const char *origin)
{
	return rbf_span_starts(rbf_span_of(origin), RBF_LIT("rules/")) ||
		rbf_span_starts(rbf_span_of(origin), RBF_LIT("providers/")) ||
		rbf_span_starts(rbf_span_of(origin), RBF_LIT("defaults.lua:"));
}

/* That the operator's rule stands before a shipped one is what it is for. */
static void look_at_rule(void *ud, const rbf_rules_finding *f)
{
	static const char *const how[] = {[RBF_RULES_CONFLICT] = "is as strong and means",
		[RBF_RULES_SHADOWED] = "is stronger and means",
		[RBF_RULES_SUPERFLUOUS] = "means the same,"};
	if (!is_shipped(f->origin))
		say(ud, "%s: this rule for %s never decides: %s %s %s", f->origin,
			rebuff_category_name(f->category), f->by, how[f->kind],
			rebuff_category_name(f->by_category));
}

void rbf_config_remarks(
	const rbf_config *config, void (*tell)(void *ud, const char *text), void *ud)
{
	const audience a = {config, tell, ud};
	for (size_t i = 0; i < config->settings->n; i++)
		look_at_setting(&a, &config->settings->list[i]);
	look_at_streams(&a);
	look_at_providers(&a);
	audience rules = a;
	(void)rbf_rules_conflicts(config->rules, look_at_rule, &rules);
}

/* ---- the manual
 * -------------------------------------------------------------------------------------- */

typedef struct {
	const rbf_schema *schema;
	void (*write)(void *ud, rebuff_span text);
	void *ud;
} page;

static void put(const page *p, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
static void put(const page *p, const char *fmt, ...)
{
	char text[1500];
	va_list ap;
	va_start(ap, fmt);
	int n = vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	p->write(p->ud,
		(rebuff_span){text,
			n < 0				  ? 0
				: (size_t)n < sizeof text ? (size_t)n
							  : sizeof text - 1});
}

static void put_range(const page *p, const rbf_word *w)
{
	switch (w->type) {
	case RBF_TYPE_CHOICE:
		for (size_t i = 0; i < w->of_n; i++)
			if (w->of[i][0])
				put(p, "%s`%s`", i ? ", " : "", w->of[i]);
		break;
	case RBF_TYPE_TEXT:
	case RBF_TYPE_NAMES:
	case RBF_TYPE_PHRASE:
		put(p, "%s, at most %s bytes", rbf_type_name(w->type), w->high);
		break;
	case RBF_TYPE_HOOK:
		put(p, "function");
		break;
	case RBF_TYPE_LASTS:
		put(p, "`forever`, or a time from %s to %s", w->low, w->high);
		break;
	case RBF_TYPE_FLAG:
		put(p, "`true`, `false`");
		break;
	default:
		put(p, "%s, %s to %s", rbf_type_name(w->type), w->low, w->high);
		break;
	}
}

static void put_word(const page *p, const char *name, const rbf_word *w, bool places)
{
	put(p, "| `%s` | ", name);
	put_range(p, w);
	put(p, " | %s%s%s |", w->shown[0] ? "`" : "", w->shown, w->shown[0] ? "`" : "");
	if (places)
		put(p, " %s%s%s%s |", w->where & RBF_AT_DEFAULT ? "D" : "-",
			w->where & RBF_AT_PROVIDER ? "P" : "-",
			w->where & RBF_AT_STREAM ? "S" : "-", w->where & RBF_AT_SOURCE ? "I" : "-");
	put(p, " %s |\n", w->text);
}

static void put_group(const page *p, const char *group, const char *heading, bool places)
{
	const char *names[RBF_WORDS_MAX];
	const rbf_word *words[RBF_WORDS_MAX];
	size_t n = rbf_schema_group(p->schema, group, 0, names, words);
	put(p, "\n## %s\n\n", heading);
	put(p,
		places ? "| word | value | default | where | meaning |\n|---|---|---|---|---|\n"
		       : "| word | value | default | meaning |\n|---|---|---|---|\n");
	for (size_t i = 0; i < n; i++)
		put_word(p, names[i], words[i], places);
	const char *why = rbf_schema_elsewhere(p->schema, group);
	if (places && group[0] && why[0])
		put(p, "\nElsewhere it cannot be said: %s.\n", why);
}

/* The words of all groups that begin so, with their whole names. */
static void put_all_of(const page *p, const char *const *starts, const char *heading)
{
	put(p, "\n## %s\n\n| word | value | default | meaning |\n|---|---|---|---|\n", heading);
	for (; *starts; starts++)
		for (size_t i = 0; i < p->schema->n; i++)
			if (strncmp(p->schema->word[i].key, *starts, strlen(*starts)) == 0)
				put_word(p, p->schema->word[i].key, &p->schema->word[i], false);
}

void rbf_config_reference(
	const rbf_config *config, void (*write)(void *ud, rebuff_span text), void *ud)
{
	static const char *const hooks[] = {"classification.", "decision.", "suppression.", NULL};
	const page p = {config->schema, write, ud};
	put(&p,
		"# Words of the policy\n\n"
		"Made from lua/schema.lua by `make reference`; docs/policy.md says how they are "
		"used.\n\n"
		"Times are written `\"30m\"` (s, m, h, d, w), rates `\"20/min\"` (/s, /min, /h, "
		"/d). Where a word may stand:\n"
		"D in `rebuff.default`, P in a provider, S in a stream, I in a source address "
		"(both of `rebuff`, or of a\n"
		"provider). The narrower wins, and the operator's files win over the shipped "
		"ones.\n");
	put_group(&p, "", "Alone", true);
	put_group(&p, "retry", "retry[\"category\"]", true);
	put_group(&p, "suppress", "suppress[\"category\"], soft, bare", true);
	put_group(&p, "pace", "pace", true);
	put_group(&p, "wait", "wait", true);
	put_group(&p, "hold", "hold", true);
	put_group(&p, "breaker", "breaker", true);
	put_group(&p, "alarm", "alarm", true);
	put_group(&p, "rule", "replies:add, rebuff.rules:add", false);
	put_group(&p, "stream", "rebuff.streams:add", false);
	put_all_of(&p, hooks, "What hooks return");
	put_group(&p, "case", "test \"name\"", false);
	put_group(&p, "step", "Steps of a test", false);
	put_group(&p, "expect", "expect of a step", false);
}
