/* pack.h - a report as bytes, for the way from the reading child to its parent. The parent believes
 * nothing of it: every length is checked. */
#ifndef RBF_DSN_PACK_H
#define RBF_DSN_PACK_H
#include "dsn/report.h"

/* Bytes that the packed report takes. */
size_t rbf_pack_size(const rbf_report *report);
/* Write it to dst[rbf_pack_size()]. */
void rbf_pack(const rbf_report *report, char *dst);
/* Read it back. Spans lie in `packed`; the recipients are in the arena. False when the bytes are
 * not a report. */
bool rbf_unpack(rebuff_span packed, rbf_arena *arena, rbf_report *out);
#endif
