#include "mtactl/exim_spool.h"

#include <string.h>

typedef struct {
	const char *p, *end;
} cursor;

/* The next whole line, without its line feed. */
static bool line(cursor *c, const char **text, size_t *len)
{
	const char *stop = c->p < c->end ? memchr(c->p, '\n', (size_t)(c->end - c->p)) : NULL;
	if (!stop)
		return false;
	*text = c->p;
	*len = (size_t)(stop - c->p);
	c->p = stop + 1;
	return true;
}

static bool starts(const char *text, size_t len, const char *prefix)
{
	size_t n = strlen(prefix);
	return len >= n && memcmp(text, prefix, n) == 0;
}

/* The number at the end of a line; false when there is none. */
static bool last_number(const char *text, size_t len, size_t *out)
{
	size_t at = len, n = 0;
	while (at > 0 && text[at - 1] >= '0' && text[at - 1] <= '9')
		at--;
	if (at == len || len - at > 9)
		return false;
	for (; at < len; at++)
		n = n * 10 + (size_t)(text[at] - '0');
	*out = n;
	return true;
}

/* "-name value" lines ("--name" where the value is tainted). */
static bool options(cursor *c, rbx_spool *out)
{
	const char *text;
	size_t len, value;
	while (c->p < c->end && *c->p == '-') {
		if (!line(c, &text, &len))
			return false;
		if (starts(text, len, "--"))
			text++, len--;
		if (starts(text, len, "-frozen "))
			out->frozen = true;
		if (!starts(text, len, "-acl"))
			continue;
		if (!last_number(text, len, &value) || value >= (size_t)(c->end - c->p))
			return false;
		c->p += value + 1;
	}
	return c->p < c->end;
}

/* The tree of those who have it: "XX" when empty, else a node a line, whose first two letters say
 * whether it has a left and a right branch. */
static bool skip_tree(cursor *c)
{
	const char *text;
	size_t len;
	for (size_t open = 1; open > 0; open--) {
		if (!line(c, &text, &len) || len < 2)
			return false;
		open += (text[0] == 'Y' ? 1u : 0u) + (text[1] == 'Y' ? 1u : 0u);
	}
	return true;
}

static void recipients(cursor *c, rbx_spool *out)
{
	const char *text;
	size_t len, n;
	if (!skip_tree(c) || !line(c, &text, &len) || !last_number(text, len, &n))
		return;
	out->recipients = c->p;
	while (n > 0 && line(c, &text, &len))
		n--;
	out->recipients_len = (size_t)(c->p - out->recipients);
	out->all = n == 0;
}

bool rbx_spool_read(const char *bytes, size_t len, rbx_spool *out)
{
	cursor c = {bytes, bytes + len};
	const char *name, *user, *sender, *times;
	size_t name_len, user_len, sender_len, times_len;
	*out = (rbx_spool){.recipients = NULL};
	if (!line(&c, &name, &name_len) || !line(&c, &user, &user_len) ||
		!line(&c, &sender, &sender_len) || !line(&c, &times, &times_len))
		return false;
	if (name_len < 2 || memcmp(name + name_len - 2, "-H", 2) != 0 || sender_len < 2 ||
		sender[0] != '<')
		return false;
	out->null_sender = sender_len == 2;
	if (!options(&c, out))
		return false;
	recipients(&c, out);
	return true;
}

bool rbx_spool_domain(const char **rest, size_t *rest_len, const char **domain, size_t *domain_len)
{
	cursor c = {*rest, *rest + *rest_len};
	const char *text;
	size_t len, end = 0;
	bool quoted = false;
	if (!line(&c, &text, &len))
		return false;
	*rest_len = (size_t)(c.end - c.p);
	*rest = c.p;
	/* Items of a recipient's DSN options may follow the address, behind a space. */
	for (; end < len && (quoted || text[end] != ' '); end++) {
		if (text[end] == '\\' && quoted && end + 1 < len)
			end++;
		else if (text[end] == '"')
			quoted = !quoted;
	}
	size_t at = end;
	while (at > 0 && text[at - 1] != '@')
		at--;
	*domain = at > 0 ? text + at : text;
	*domain_len = at > 0 ? end - at : 0;
	return true;
}
