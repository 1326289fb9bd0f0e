#include "base/span.h"

bool rbf_span_eq(rebuff_span a, rebuff_span b)
{
	return a.len == b.len && (a.len == 0 || memcmp(a.p, b.p, a.len) == 0);
}

bool rbf_span_ieq(rebuff_span a, rebuff_span b)
{
	return a.len == b.len && rbf_span_istarts(a, b);
}

bool rbf_span_starts(rebuff_span s, rebuff_span prefix)
{
	return s.len >= prefix.len && (prefix.len == 0 || memcmp(s.p, prefix.p, prefix.len) == 0);
}

bool rbf_span_istarts(rebuff_span s, rebuff_span prefix)
{
	if (s.len < prefix.len)
		return false;
	for (size_t i = 0; i < prefix.len; i++)
		if (rbf_lower((unsigned char)s.p[i]) != rbf_lower((unsigned char)prefix.p[i]))
			return false;
	return true;
}

bool rbf_span_iends(rebuff_span s, rebuff_span suffix)
{
	return s.len >= suffix.len &&
		rbf_span_ieq(rbf_span_sub(s, s.len - suffix.len, suffix.len), suffix);
}

size_t rbf_span_ifind(rebuff_span s, rebuff_span needle)
{
	unsigned char first = needle.len ? rbf_lower((unsigned char)needle.p[0]) : 0;
	for (size_t i = 0; i + needle.len <= s.len; i++)
		if ((needle.len == 0 || rbf_lower((unsigned char)s.p[i]) == first) &&
			rbf_span_istarts(rbf_span_sub(s, i, needle.len), needle))
			return i;
	return SIZE_MAX;
}

rebuff_span rbf_span_trim(rebuff_span s)
{
	size_t start = 0, end = s.len;
	while (end && rbf_is_space((unsigned char)s.p[end - 1]))
		end--;
	while (start < end && rbf_is_space((unsigned char)s.p[start]))
		start++;
	return rbf_span_sub(s, start, end - start);
}

rebuff_span rbf_span_split(rebuff_span *rest, char sep)
{
	size_t at = rbf_span_chr(*rest, sep);
	rebuff_span head = *rest;
	if (at == SIZE_MAX) {
		*rest = (rebuff_span){NULL, 0};
		return head;
	}
	head.len = at;
	*rest = rbf_span_sub(*rest, at + 1, SIZE_MAX);
	return head;
}

bool rbf_span_u64(rebuff_span s, uint64_t max, uint64_t *out)
{
	uint64_t v = 0;
	if (s.len == 0)
		return false;
	for (size_t i = 0; i < s.len; i++) {
		if (!rbf_is_digit((unsigned char)s.p[i]))
			return false;
		uint64_t digit = (uint64_t)(s.p[i] - '0');
		if (v > (max - digit) / 10 || digit > max)
			return false;
		v = v * 10 + digit;
	}
	*out = v;
	return true;
}

bool rbf_span_escape(char *dst, size_t cap, rebuff_span s)
{
	static const char hex[] = "0123456789abcdef";
	size_t n = 0;
	for (size_t i = 0; i < s.len; i++) {
		unsigned char c = (unsigned char)s.p[i];
		size_t need = c == '\\' ? 2 : c < 0x20 || c > 0x7e ? 4 : 1;
		if (n + need >= cap) {
			dst[n] = '\0';
			return false;
		}
		dst[n] = need > 1 ? '\\' : (char)c;
		if (need == 2) {
			dst[n + 1] = '\\';
		} else if (need == 4) {
			dst[n + 1] = 'x';
			dst[n + 2] = hex[c >> 4];
			dst[n + 3] = hex[c & 15];
		}
		n += need;
	}
	dst[n] = '\0';
	return true;
}

static int hex_value(char c)
{
	if (rbf_is_digit((unsigned char)c))
		return c - '0';
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

size_t rbf_span_unescape(char *text)
{
	size_t n = 0;
	for (const char *p = text; *p; p++) {
		int high = p[0] == '\\' && p[1] == 'x' ? hex_value(p[2]) : -1;
		int low = high >= 0 ? hex_value(p[3]) : -1;
		if (low >= 0) {
			text[n++] = (char)(high * 16 + low);
			p += 3;
			continue;
		}
		if (p[0] == '\\' && p[1] == '\\')
			p++;
		text[n++] = *p;
	}
	text[n] = '\0';
	return n;
}

void rbf_plain_name(char *name)
{
	for (; *name; name++) {
		unsigned char c = (unsigned char)*name;
		if (!rbf_is_alpha(c) && !rbf_is_digit(c) && !strchr("._-", c))
			*name = '_';
	}
}
