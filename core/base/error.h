/* error.h - fill a rebuff_error once, where the value is known. */
#ifndef RBF_BASE_ERROR_H
#define RBF_BASE_ERROR_H
#include "rebuff.h"

/* Set err (may be NULL) to status and the formatted text. Returns status, so that a caller can
 * write `return rbf_fail(err, REBUFF_EPARSE, "...")`. Text over the bound is cut. */
rebuff_status rbf_fail(rebuff_error *err, rebuff_status status, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
#endif
