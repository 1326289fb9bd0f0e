#include "dsn/json.h"

#include "base/span.h"

/* Characters of an escape at the start of s ("\n", "\""), its replacement in *c. */
static size_t escape(rebuff_span s, char *c)
{
	static const char from[] = "nrtbf", to[] = "\n\r\t  ";
	if (s.len < 2)
		return 0;
	for (size_t i = 0; from[i]; i++)
		if (s.p[1] == from[i]) {
			*c = to[i] == '\n' ? ' ' : to[i];
			return 2;
		}
	*c = s.p[1];
	return 2;
}

rebuff_span rbf_json_lines(rbf_arena *arena, rebuff_span text)
{
	rebuff_span s = rbf_span_trim(text);
	size_t n = 0;
	if (s.len < 4 || s.p[0] != '{' || rbf_span_trim(rbf_span_sub(s, 1, 64)).p[0] != '"')
		return text;
	char *out = rbf_arena_get(arena, s.len);
	if (!out)
		return text;
	for (size_t i = 0; i < s.len; i++) {
		char c = s.p[i];
		if (c == '\\') {
			size_t len = escape(rbf_span_sub(s, i, SIZE_MAX), &c);
			i += len ? len - 1 : 0;
			if (c != '"') { /* an escaped quote delimits an inner object's string */
				out[n++] = c;
				continue;
			}
		}
		if (c == '"' || c == '\r' || c == '\n')
			continue;
		/* Between members; commas of prose have a space behind them. */
		if (strchr("{}[]", c) ||
			(c == ',' && i + 1 < s.len &&
				(s.p[i + 1] == '"' || s.p[i + 1] == '\\' || s.p[i + 1] == '\n' ||
					s.p[i + 1] == '{')))
			c = '\n';
		out[n++] = c;
	}
	return (rebuff_span){out, n};
}
