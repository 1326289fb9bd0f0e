#include "common/text.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

static size_t escape_byte(unsigned char c, bool quoted, char out[4])
{
	static const char hex[] = "0123456789abcdef";
	if (c == '\\') {
		memcpy(out, "\\\\", 2);
		return 2;
	}
	if (c >= 0x20 && c < 0x7f && !(quoted && c == '"')) {
		out[0] = (char)c;
		return 1;
	}
	out[0] = '\\';
	out[1] = 'x';
	out[2] = hex[c >> 4];
	out[3] = hex[c & 15];
	return 4;
}

static char *escape(char *dst, size_t cap, const char *bytes, size_t len, bool quoted)
{
	size_t n = 0;
	for (size_t i = 0; i < len; i++) {
		char out[4];
		size_t step = escape_byte((unsigned char)bytes[i], quoted, out);
		if (n + step >= cap)
			break;
		memcpy(dst + n, out, step);
		n += step;
	}
	dst[n] = '\0';
	return dst;
}

char *text_escape(char *dst, size_t cap, const char *bytes, size_t len)
{
	return escape(dst, cap, bytes, len, false);
}

char *text_escape_quoted(char *dst, size_t cap, const char *bytes, size_t len)
{
	return escape(dst, cap, bytes, len, true);
}

char *text_show(char *dst, size_t cap, const char *text)
{
	return text_escape(dst, cap, text, strlen(text));
}

json_t *text_json(const char *bytes, size_t len)
{
	json_t *o = json_stringn(bytes, len);
	char *shown = o ? NULL : malloc(4 * len + 1);
	if (!shown)
		return o;
	o = json_string(text_escape(shown, 4 * len + 1, bytes, len));
	free(shown);
	return o;
}
