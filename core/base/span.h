/* span.h - borrowed bytes: compare, search, trim, copy. ASCII case folding only, no locale; bytes
 * above 0x7f and NUL are data. */
#ifndef RBF_BASE_SPAN_H
#define RBF_BASE_SPAN_H
#include <string.h>
#include "rebuff.h"

#define RBF_LIT(s) ((rebuff_span){(s), sizeof(s) - 1})

static inline rebuff_span rbf_span_of(const char *s)
{
	return (rebuff_span){s ? s : "", s ? strlen(s) : 0};
}

static inline unsigned char rbf_lower(unsigned char c)
{
	return c >= 'A' && c <= 'Z' ? (unsigned char)(c + 32) : c;
}

static inline bool rbf_is_digit(unsigned char c)
{
	return c >= '0' && c <= '9';
}

static inline bool rbf_is_alpha(unsigned char c)
{
	c = rbf_lower(c);
	return c >= 'a' && c <= 'z';
}

static inline bool rbf_is_space(unsigned char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

bool rbf_span_eq(rebuff_span a, rebuff_span b);
bool rbf_span_ieq(rebuff_span a, rebuff_span b);
bool rbf_span_starts(rebuff_span s, rebuff_span prefix);
bool rbf_span_istarts(rebuff_span s, rebuff_span prefix);
bool rbf_span_iends(rebuff_span s, rebuff_span suffix);
/* Offset of the first byte / of the first occurrence ignoring case; SIZE_MAX when there is none. */
static inline size_t rbf_span_chr(rebuff_span s, char c)
{
	const char *at = s.len ? memchr(s.p, c, s.len) : NULL;
	return at ? (size_t)(at - s.p) : SIZE_MAX;
}
size_t rbf_span_ifind(rebuff_span s, rebuff_span needle);
/* The part from `from` on, at most `len` bytes; never outside s. */
static inline rebuff_span rbf_span_sub(rebuff_span s, size_t from, size_t len)
{
	if (from > s.len)
		from = s.len;
	if (len > s.len - from)
		len = s.len - from;
	return (rebuff_span){from ? s.p + from : s.p, len}; /* NULL + 0 is undefined */
}
/* Without white space (space, TAB, CR, LF, VT, FF) at both ends. */
rebuff_span rbf_span_trim(rebuff_span s);
/* Cut *rest at the first `sep`: returns what stands before it and leaves what follows; the whole,
 * leaving an empty span with p == NULL, when there is no sep. */
rebuff_span rbf_span_split(rebuff_span *rest, char sep);
/* A non-negative decimal number filling the whole span; false when it is none or over max. */
bool rbf_span_u64(rebuff_span s, uint64_t max, uint64_t *out);
/* Copy into dst[cap] with a final NUL, cutting what is too long; returns false when it was cut. */
static inline bool rbf_span_copy(char *dst, size_t cap, rebuff_span s)
{
	size_t n = s.len < cap ? s.len : cap - 1;
	if (n)
		memcpy(dst, s.p, n);
	dst[n] = '\0';
	return n == s.len;
}
/* The same, with bytes outside printable ASCII and the backslash written as \xHH (a backslash as
 * \\): safe for logs, terminals, error texts. Never cuts inside an escape. */
bool rbf_span_escape(char *dst, size_t cap, rebuff_span s);
/* Undo rbf_span_escape in place; what is no escape stays. Returns the length: there may be NULs. */
size_t rbf_span_unescape(char *text);
/* Make a name that came from outside one that logs, labels and files can show as it is: every byte
 * other than letters, digits and ._- becomes _. In place. */
void rbf_plain_name(char *name);
#endif
