/* buf.h - text built in storage of the caller. Overflow is sticky: later calls do nothing, the
 * caller looks once at `overflow`. The text always ends with NUL. */
#ifndef RBF_BASE_BUF_H
#define RBF_BASE_BUF_H
#include "rebuff.h"

typedef struct {
	char *p;
	size_t cap; /* bytes of storage, at least 1 */
	size_t len; /* bytes written, without the NUL */
	bool overflow;
} rbf_buf;

/* An empty buffer over storage[cap]. */
rbf_buf rbf_buf_of(char *storage, size_t cap);
void rbf_buf_add(rbf_buf *b, rebuff_span s);
void rbf_buf_str(rbf_buf *b, const char *s);
void rbf_buf_printf(rbf_buf *b, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
rebuff_span rbf_buf_span(const rbf_buf *b);
#endif
