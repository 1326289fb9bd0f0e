/* suppress.c - what the parts of rebuff suppress share: entries as they are typed and shown. */
#include "command/suppress.h"

#include <jansson.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/text.h"
#include "common/when.h"

enum { SHOWN_MAX = 4 * REBUFF_TEXT_MAX + 1 };

int suppress_class_of(const command *c, const char *name, int otherwise)
{
	if (!name)
		return otherwise;
	int found = rebuff_class_of_name((rebuff_span){name, strlen(name)});
	if (found < 0)
		command_usage(c,
			"unknown class \"%s\", want bounce, soft, complaint, unsubscribed or "
			"manual",
			name);
	return found;
}

bool suppress_fill(rebuff_suppression *e, const char *address, const char *scope,
	const char *evidence, const char **wrong)
{
	const char *at = strrchr(address, '@');
	size_t len = strlen(address), scope_len = strlen(scope);
	*wrong = !at || at == address || at[1] == '\0' ? "not an address; expected user@domain"
		: len > REBUFF_ADDRESS_MAX	       ? "an address over 320 bytes"
		: scope_len >= sizeof e->scope	       ? "a scope over 262 bytes"
						       : NULL;
	if (*wrong)
		return false;
	memcpy(e->address, address, len + 1);
	memcpy(e->scope, scope, scope_len + 1);
	text_show(e->evidence, sizeof e->evidence, evidence);
	return true;
}

void suppress_by(char by[REBUFF_NAME_MAX])
{
	const char *sudo = getenv("SUDO_USER");
	const struct passwd *me = getpwuid(getuid());
	text_show(by, REBUFF_NAME_MAX, sudo && *sudo ? sudo : me ? me->pw_name : "unknown");
}

/* Bytes that are no UTF-8 cannot stand in JSON: they are shown escaped. */
static json_t *json_text(const char *s)
{
	char shown[SHOWN_MAX];
	json_t *o = json_string(s);
	return o ? o : json_string(text_show(shown, sizeof shown, s));
}

void suppress_print_json(const rebuff_suppression *e)
{
	json_t *o = json_pack("{s:o,s:o,s:s,s:s,s:o,s:o,s:f,s:o,s:o,s:o,s:o}", /* */
		"address", json_text(e->address), "scope", json_text(e->scope), "class",
		rebuff_class_name(e->class_), "category", rebuff_category_name(e->category),
		"since", when_json(e->since_ms), "until", when_json(e->until_ms), "confidence",
		e->confidence, "provider", json_text(e->provider), "rule", json_text(e->rule),
		"evidence", json_text(e->evidence), "by", json_text(e->by));
	if (o) {
		json_dumpf(o, stdout, JSON_COMPACT | JSON_REAL_PRECISION(4));
		putchar('\n');
	}
	json_decref(o);
}
