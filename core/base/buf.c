#include "base/buf.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/span.h"

rbf_buf rbf_buf_of(char *storage, size_t cap)
{
	storage[0] = '\0';
	return (rbf_buf){.p = storage, .cap = cap};
}

void rbf_buf_add(rbf_buf *b, rebuff_span s)
{
	if (b->overflow || s.len >= b->cap - b->len) {
		b->overflow = true;
		return;
	}
	if (s.len)
		memcpy(b->p + b->len, s.p, s.len);
	b->len += s.len;
	b->p[b->len] = '\0';
}

void rbf_buf_str(rbf_buf *b, const char *s)
{
	rbf_buf_add(b, rbf_span_of(s));
}

void rbf_buf_printf(rbf_buf *b, const char *fmt, ...)
{
	if (b->overflow)
		return;
	va_list ap;
	va_start(ap, fmt);
	int n = vsnprintf(b->p + b->len, b->cap - b->len, fmt, ap);
	va_end(ap);
	if (n < 0 || (size_t)n >= b->cap - b->len) {
		b->p[b->len] = '\0';
		b->overflow = true;
		return;
	}
	b->len += (size_t)n;
}

rebuff_span rbf_buf_span(const rbf_buf *b)
{
	return (rebuff_span){b->p, b->len};
}
