/* sink.h - writing a report piece by piece to the caller. */
#ifndef RBF_REPORT_SINK_H
#define RBF_REPORT_SINK_H
#include "rebuff.h"

enum { RBF_WHEN_MAX = 32, RBF_SPAN_MAX = 32 };

void rbf_put(const rebuff_output *out, const char *text);
/* At most 2 KiB; what is longer is cut. */
void rbf_putf(const rebuff_output *out, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* Text from outside, at most `max` bytes of it: bytes that are not printable ASCII become ?, a cut
 * ends with "...". The database keeps it escaped already; this is for whatever wrote to it. */
void rbf_put_printable(const rebuff_output *out, const char *text, size_t max);
/* The same into dst[cap]. */
void rbf_printable(char *dst, size_t cap, const char *text);
/* An empty line and a heading, bold where there is colour. */
void rbf_text_heading(const rebuff_output *out, const char *text);

/* "2026-11-24 14:05" in local time; "2026-11-24T13:05:00Z". */
char *rbf_when_local(int64_t ms, char out[RBF_WHEN_MAX]);
char *rbf_when_utc(int64_t ms, char out[RBF_WHEN_MAX]);
/* A length: "480 ms", "12 s", "5 min", "3 h 20 min", "4 d 2 h". */
char *rbf_length(int64_t ms, char out[RBF_SPAN_MAX]);
#endif
