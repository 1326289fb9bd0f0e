/* fail.h - fill a rebuff_error. */
#ifndef RBF_PROGRAM_FAIL_H
#define RBF_PROGRAM_FAIL_H
#include "rebuff.h"

/* Set *err to status and text; returns status, so that a caller can write `return fail(err, ...)`.
 */
rebuff_status fail(rebuff_error *err, rebuff_status status, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
#endif
