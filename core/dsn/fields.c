#include "dsn/fields.h"

#include "base/span.h"

enum { NAME_MAX = 80 };

/* Bytes up to the line's end. By memchr in windows that grow: a text of bare CR must not have every
 * line search the whole of it for a LF. */
static size_t line_len(rebuff_span s)
{
	for (size_t from = 0, window = 256; from < s.len; from += window, window *= 2) {
		rebuff_span part = rbf_span_sub(s, from, window);
		size_t lf = rbf_span_chr(part, '\n');
		size_t cr = rbf_span_chr(rbf_span_sub(part, 0, lf), '\r');
		size_t end = cr < lf ? cr : lf;
		if (end != SIZE_MAX)
			return from + end;
	}
	return s.len;
}

rebuff_span rbf_line_next(rebuff_span *rest)
{
	rebuff_span s = *rest;
	size_t end = line_len(s), next;
	next = end + (end < s.len);
	if (next < s.len && s.p[end] == '\r' && s.p[next] == '\n')
		next++;
	*rest = rbf_span_sub(s, next, SIZE_MAX);
	return rbf_span_sub(s, 0, end);
}

size_t rbf_field_name_len(rebuff_span line)
{
	size_t i = 0;
	while (i < line.len && i < NAME_MAX &&
		(rbf_is_alpha((unsigned char)line.p[i]) || line.p[i] == '-' || line.p[i] == '_' ||
			rbf_is_digit((unsigned char)line.p[i])))
		i++;
	size_t n = i;
	while (i < line.len && (line.p[i] == ' ' || line.p[i] == '\t'))
		i++;
	return n && i < line.len && line.p[i] == ':' ? n : 0;
}

static bool is_continuation(rebuff_span rest)
{
	if (rest.len == 0 || (rest.p[0] != ' ' && rest.p[0] != '\t'))
		return false;
	rebuff_span copy = rest;
	return rbf_span_trim(rbf_line_next(&copy)).len > 0;
}

bool rbf_field_next(rebuff_span *rest, rbf_field *out)
{
	while (rest->len) {
		rebuff_span line = rbf_line_next(rest);
		size_t n = rbf_field_name_len(line);
		if (rbf_span_trim(line).len == 0) {
			*out = (rbf_field){{"", 0}, {"", 0}};
			return true;
		}
		if (n == 0)
			continue;
		size_t colon = rbf_span_chr(line, ':') + 1;
		rebuff_span value = rbf_span_sub(line, colon, SIZE_MAX);
		while (is_continuation(*rest)) {
			rebuff_span more = rbf_line_next(rest);
			value.len = (size_t)(more.p + more.len - value.p);
		}
		*out = (rbf_field){rbf_span_sub(line, 0, n), rbf_span_trim(value)};
		return true;
	}
	return false;
}

rebuff_span rbf_field_find(rebuff_span header, const char *name)
{
	rbf_field f;
	while (rbf_field_next(&header, &f))
		if (rbf_span_ieq(f.name, rbf_span_of(name)))
			return f.value;
	return (rebuff_span){"", 0};
}

size_t rbf_field_unfold(char *dst, size_t cap, rebuff_span value)
{
	size_t n = 0;
	bool space = false;
	value = rbf_span_trim(value);
	for (size_t i = 0; i < value.len && n < cap; i++) {
		if (rbf_is_space((unsigned char)value.p[i])) {
			space = true;
			continue;
		}
		if (space && n + 1 < cap)
			dst[n++] = ' ';
		space = false;
		dst[n++] = value.p[i];
	}
	return n;
}

rebuff_span rbf_field_typed(rebuff_span value)
{
	size_t semi = rbf_span_chr(value, ';');
	if (semi != SIZE_MAX)
		value = rbf_span_sub(value, semi + 1, SIZE_MAX);
	value = rbf_span_trim(value);
	if (value.len && value.p[0] == '<')
		value = rbf_span_sub(value, 1, rbf_span_chr(value, '>') - 1);
	size_t i = 0;
	if (value.len && value.p[0] == '"') /* a quoted local part may hold anything */
		i = 1 + rbf_span_chr(rbf_span_sub(value, 1, SIZE_MAX), '"');
	while (i < value.len && !rbf_is_space((unsigned char)value.p[i]) && value.p[i] != '(')
		i++;
	value.len = i;
	return value;
}
