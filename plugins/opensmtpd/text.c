#include "opensmtpd/text.h"

#include <string.h>

static char lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c + 32) : c;
}

bool rbo_text_is(rbo_text t, const char *s)
{
	return strlen(s) == t.len && (t.len == 0 || memcmp(t.p, s, t.len) == 0);
}

bool rbo_text_starts(rbo_text t, const char *prefix)
{
	size_t n = strlen(prefix);
	return n <= t.len && (n == 0 || memcmp(t.p, prefix, n) == 0);
}

bool rbo_text_istarts(rbo_text t, const char *prefix)
{
	size_t i = 0;
	for (; prefix[i]; i++)
		if (i >= t.len || lower(t.p[i]) != lower(prefix[i]))
			return false;
	return true;
}

rbo_text rbo_text_cut(rbo_text *rest, char sep)
{
	rbo_text head = *rest;
	const char *at = rest->len ? memchr(rest->p, sep, rest->len) : NULL;
	if (!at) {
		*rest = (rbo_text){NULL, 0};
		return head;
	}
	head.len = (size_t)(at - rest->p);
	*rest = (rbo_text){at + 1, rest->len - head.len - 1};
	return head;
}

size_t rbo_text_find(rbo_text t, const char *s)
{
	size_t n = strlen(s);
	for (size_t i = 0; n <= t.len && i <= t.len - n; i++)
		if (memcmp(t.p + i, s, n) == 0)
			return i;
	return SIZE_MAX;
}

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c = lower(c);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

bool rbo_text_hex(rbo_text t, size_t digits, uint64_t *out)
{
	uint64_t value = 0;
	if (t.len != digits || digits > 16)
		return false;
	for (size_t i = 0; i < t.len; i++) {
		int d = hex_digit(t.p[i]);
		if (d < 0)
			return false;
		value = value << 4 | (uint64_t)d;
	}
	*out = value;
	return true;
}

bool rbo_text_int(rbo_text t, int64_t *out)
{
	int64_t value = 0;
	if (t.len == 0 || t.len > 18)
		return false;
	for (size_t i = 0; i < t.len; i++) {
		if (t.p[i] < '0' || t.p[i] > '9')
			return false;
		value = value * 10 + (t.p[i] - '0');
	}
	*out = value;
	return true;
}

bool rbo_text_copy(char *dst, size_t cap, rbo_text t)
{
	size_t n = t.len < cap ? t.len : cap - 1;
	if (n)
		memcpy(dst, t.p, n);
	dst[n] = 0;
	return n == t.len;
}
