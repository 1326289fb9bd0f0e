/* text.h - borrowed bytes, and the few things that the OpenSMTPD adapter does with them. Bytes
 * above 0x7f and NUL are data; case folding is ASCII. */
#ifndef RBO_TEXT_H
#define RBO_TEXT_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct {
	const char *p;
	size_t len;
} rbo_text;

#define RBO_LIT(s) ((rbo_text){(s), sizeof(s) - 1})

bool rbo_text_is(rbo_text t, const char *s);
bool rbo_text_starts(rbo_text t, const char *prefix);
/* The same, ignoring the case of ASCII letters. */
bool rbo_text_istarts(rbo_text t, const char *prefix);
/* Cut *rest at the first `sep`: returns what stands before it and leaves what follows; the whole,
 * leaving an empty text with p == NULL, when there is none. */
rbo_text rbo_text_cut(rbo_text *rest, char sep);
/* Offset of the first occurrence of `s`; SIZE_MAX when there is none. */
size_t rbo_text_find(rbo_text t, const char *s);
/* Exactly `digits` hexadecimal digits that fill the text. */
bool rbo_text_hex(rbo_text t, size_t digits, uint64_t *out);
/* One decimal number of 1 to 18 digits that fills the text. */
bool rbo_text_int(rbo_text t, int64_t *out);
/* Copy into dst[cap] with a NUL, cutting what is too long (returns false). */
bool rbo_text_copy(char *dst, size_t cap, rbo_text t);
#endif
