#include "setup/postfix_conf.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "common/fail.h"

enum { TOKENS_MAX = 512 };

static const char separators[] = " \t\r\n,";

/* One word of a list; a group in braces is one. */
typedef struct {
	const char *p;
	size_t len;
} token;

typedef struct {
	token at[TOKENS_MAX];
	size_t n;
	bool broken; /* a brace that does not end, or too many words */
} tokens;

/* ---- words --------------------------------------------------------------------------------- */

/* Behind the brace that ends the group; NULL when none does. */
static const char *end_of_group(const char *p)
{
	int depth = 0;
	for (; *p; p++) {
		depth += *p == '{';
		depth -= *p == '}';
		if (depth == 0)
			return p + 1;
	}
	return NULL;
}

static void split(const char *list, tokens *t)
{
	*t = (tokens){.n = 0};
	for (const char *p = list; *(p += strspn(p, separators));) {
		const char *end = *p == '{' ? end_of_group(p) : p + strcspn(p, separators);
		if (!end || t->n == TOKENS_MAX) {
			t->broken = true;
			return;
		}
		t->at[t->n++] = (token){p, (size_t)(end - p)};
		p = end;
	}
}

static bool is(const token *t, const char *word)
{
	return strlen(word) == t->len && strncasecmp(t->p, word, t->len) == 0;
}

static bool is_one_of(const token *t, const char *const *words)
{
	while (*words && !is(t, *words))
		words++;
	return *words != NULL;
}

static bool begins(const token *t, const char *word)
{
	return strlen(word) <= t->len && strncasecmp(t->p, word, strlen(word)) == 0;
}

/* ---- what is in it ------------------------------------------------------------------------- */

static bool has_attribute(const token *group, const char *name, const char *value)
{
	char text[512];
	tokens parts;
	(void)snprintf(text, sizeof text, "%.*s", (int)(group->len - 1), group->p + 1);
	text[strcspn(text, "}")] = '\0';
	split(text, &parts);
	for (size_t i = 0; i < parts.n; i++) {
		size_t n = strlen(name);
		if (begins(&parts.at[i], name) && parts.at[i].len > n && parts.at[i].p[n] == '=')
			return is(&(token){parts.at[i].p + n + 1, parts.at[i].len - n - 1}, value);
	}
	return false;
}

static bool names_service(const token *t)
{
	static const size_t n = sizeof POSTFIX_CONF_SERVICE - 1;
	const char *p = t->p;
	size_t blank = *p == '{' ? 1 + strspn(p + 1, " \t") : 0;
	return t->len >= blank + n && strncmp(p + blank, POSTFIX_CONF_SERVICE, n) == 0 &&
		(t->len == blank + n || strchr(" \t,}", p[blank + n]));
}

/* Where "check_policy_service" of ours stands; t->n when it does not. */
static size_t find(const tokens *t)
{
	size_t i = 0;
	while (i + 1 < t->n &&
		!(is(&t->at[i], "check_policy_service") && names_service(&t->at[i + 1])))
		i++;
	return i + 1 < t->n ? i : t->n;
}

bool postfix_list_asks(const char *list, bool *harmless)
{
	tokens t;
	split(list, &t);
	size_t i = find(&t);
	*harmless = i < t.n && *t.at[i + 1].p == '{' &&
		has_attribute(&t.at[i + 1], "default_action", "DUNNO");
	return i < t.n;
}

bool postfix_conf_warns(const char *line)
{
	return strstr(line, "postconf: warning: ") != NULL;
}

size_t postfix_service_apart(const char *line)
{
	bool harmless;
	const char *end =
		postfix_conf_warns(line) ? NULL : strstr(line, "/" POSTFIX_CONF_LIST " =");
	return end && !postfix_list_asks(end + 1, &harmless) ? (size_t)(end - line) : 0;
}

bool postfix_list_guards(const char *list)
{
	static const char *const guards[] = {
		"reject_unauth_destination", "defer_unauth_destination", "reject", "defer", NULL};
	tokens t;
	bool found = false;
	split(list, &t);
	for (size_t i = 0; i < t.n; i++)
		found |= is_one_of(&t.at[i], guards);
	return found;
}

/* ---- in and out ---------------------------------------------------------------------------- */

/* What may stand behind permit_auth_destination: for mail to own domains it is all the same. */
static const char *const same_for_own[] = {"permit", "permit_auth_destination",
	"permit_inet_interfaces", "permit_mynetworks", "permit_sasl_authenticated",
	"permit_tls_all_clientcerts", "permit_tls_clientcerts", "reject_unauth_destination",
	"defer_unauth_destination", NULL};
/* Behind these nothing is looked at. */
static const char *const last[] = {"permit", "reject", "defer", NULL};

/* The first word of the end of the list that is made of such alone. */
static size_t place_for(const tokens *t)
{
	size_t at = t->n;
	while (at > 0 && is_one_of(&t->at[at - 1], same_for_own))
		at--;
	return at;
}

rebuff_status postfix_list_add(const char *list, char *out, size_t cap, rebuff_error *err)
{
	tokens t;
	split(list, &t);
	if (t.broken)
		return fail(err, REBUFF_EPARSE, "a brace does not end, or it is too long");
	size_t at = place_for(&t);
	for (size_t i = 0; i < at; i++)
		if (begins(&t.at[i], "permit") || *t.at[i].p == '$' || is_one_of(&t.at[i], last) ||
			(i + 1 == at && is(&t.at[i], "warn_if_reject")))
			return fail(err, REBUFF_EPARSE,
				"%.*s comes before %.*s, and rebuff has to stand before the one "
				"and behind the other",
				(int)t.at[i].len, t.at[i].p, (int)t.at[at - 1].len, t.at[at - 1].p);
	size_t before = at ? (size_t)(t.at[at - 1].p + t.at[at - 1].len - list) : 0;
	const char *behind = at < t.n ? t.at[at].p : "";
	int n = snprintf(out, cap, "%.*s%s" POSTFIX_CONF_PAIR "%s%s", (int)before, list,
		before ? ", " : "", *behind ? ", " : "", behind);
	return n >= 0 && (size_t)n < cap ? REBUFF_OK : fail(err, REBUFF_ELIMIT, "it is too long");
}

rebuff_status postfix_list_remove(const char *list, char *out, size_t cap, rebuff_error *err)
{
	tokens t;
	split(list, &t);
	size_t i = find(&t);
	if (t.broken || i == t.n)
		return fail(err, REBUFF_EPARSE, "rebuff is not in it");
	size_t first = i > 0 && is(&t.at[i - 1], "permit_auth_destination") ? i - 1 : i;
	const char *behind = i + 2 < t.n ? t.at[i + 2].p : "";
	/* With something behind, the separator before it goes too; else the one before us. */
	const token *previous = first ? &t.at[first - 1] : NULL;
	size_t before = *behind ? (size_t)(t.at[first].p - list)
		: previous	? (size_t)(previous->p + previous->len - list)
				: 0;
	int n = snprintf(out, cap, "%.*s%s", (int)before, list, behind);
	return n >= 0 && (size_t)n < cap ? REBUFF_OK : fail(err, REBUFF_ELIMIT, "it is too long");
}

/* ---- times --------------------------------------------------------------------------------- */

int64_t postfix_time_s(const char *text, int64_t unit_s)
{
	static const struct {
		char name;
		int64_t s;
	} units[] = {{'s', 1}, {'m', 60}, {'h', 3600}, {'d', 86400}, {'w', 604800}};
	char *end;
	long n = strtol(text, &end, 10);
	if (end == text || n < 0 || n > 1000000000)
		return -1;
	for (size_t i = 0; i < sizeof units / sizeof *units; i++)
		if (*end == units[i].name) {
			unit_s = units[i].s;
			end++;
			break;
		}
	return *end ? -1 : n * unit_s;
}
