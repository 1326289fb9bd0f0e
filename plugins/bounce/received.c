#include "bounce/received.h"

#include <string.h>

/* A cursor over the unfolded field. */
static size_t unfold(const char *text, size_t len, char *to, size_t cap)
{
	size_t n = 0;
	for (size_t i = 0; i < len && n + 1 < cap; i++) {
		if (text[i] == '\n' &&
			(i + 1 == len || (text[i + 1] != ' ' && text[i + 1] != '\t')))
			break;
		if (text[i] != '\r')
			to[n++] = text[i] == '\n' || text[i] == '\t' ? ' ' : text[i];
	}
	to[n] = '\0';
	return n;
}

/* The start of the first Received field; NULL: the header section has none. */
static const char *find_field(const char *text, size_t len, size_t *rest)
{
	static const char name[] = "received:";
	for (size_t at = 0; at < len;) {
		const char *line = text + at;
		size_t left = len - at, i = 0;
		while (i < sizeof name - 1 && i < left &&
			(line[i] == name[i] ||
				(line[i] >= 'A' && line[i] <= 'Z' && line[i] + 32 == name[i])))
			i++;
		if (i == sizeof name - 1) {
			*rest = left - i;
			return line + i;
		}
		const char *end = memchr(line, '\n', left);
		if (!end || end == line || (end == line + 1 && line[0] == '\r'))
			break;
		at += (size_t)(end - line) + 1;
	}
	return NULL;
}

static bool is_name(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
		c == '.' || c == '-' || c == ':' || c == '_';
}

/* The word that begins at `from`, when it fits. */
static void take(char *to, size_t cap, const char *from)
{
	size_t n = 0;
	while (is_name(from[n]))
		n++;
	if (n < cap) {
		memcpy(to, from, n);
		to[n] = '\0';
	}
}

/* "(NAME [IP])" behind HELO, which may hold anything but stands in front of " (". */
static void take_client(const char *field, const char *by, rbb_received *out)
{
	const char *open = NULL;
	for (const char *p = strstr(field, " ("); p && p < by; p = strstr(p + 1, " ("))
		open = p + 2; /* the last one: the server's own */
	const char *bracket = open ? strchr(open, '[') : NULL;
	if (!bracket || bracket > by)
		return;
	if (bracket > open)
		take(out->name, sizeof out->name, open);
	bracket++;
	if (strncmp(bracket, "IPv6:", 5) == 0)
		bracket += 5;
	take(out->ip, sizeof out->ip, bracket);
}

bool rbb_received_read(const char *text, size_t len, rbb_received *out)
{
	char field[1024];
	size_t rest = 0;
	const char *at = find_field(text, len, &rest);
	*out = (rbb_received){.id = ""};
	if (!at)
		return false;
	(void)unfold(at, rest, field, sizeof field);
	const char *server = strstr(field, " (OpenSMTPD) with ");
	if (!server)
		return false;
	const char *id = strstr(server, " id "), *by = server;
	while (by > field && strncmp(by, " by ", 4) != 0)
		by--;
	if (id)
		take(out->id, sizeof out->id, id + 4);
	take_client(field, by, out);
	return out->id[0] != '\0';
}
