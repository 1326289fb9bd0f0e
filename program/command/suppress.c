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

void suppress_print_json(const rebuff_suppression *e)
{
	json_t *o = json_pack("{s:o,s:o,s:s,s:s,s:o,s:o,s:f,s:o,s:o,s:o,s:o}", /* */
		"address", text_json(e->address, strlen(e->address)), "scope",
		text_json(e->scope, strlen(e->scope)), "class", rebuff_class_name(e->class_),
		"category", rebuff_category_name(e->category), "since", when_json(e->since_ms),
		"until", when_json(e->until_ms), "confidence", e->confidence, "provider",
		text_json(e->provider, strlen(e->provider)), "rule",
		text_json(e->rule, strlen(e->rule)), "evidence",
		text_json(e->evidence, strlen(e->evidence)), "by", text_json(e->by, strlen(e->by)));
	if (o) {
		json_dumpf(o, stdout, JSON_COMPACT | JSON_REAL_PRECISION(4));
		putchar('\n');
	}
	json_decref(o);
}
