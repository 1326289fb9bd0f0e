/*
 * oom.h - make one allocation of the code under test fail. The unit programs are linked so that
 * malloc, calloc, realloc, strdup and strndup of our objects (not of libraries) pass through here.
 *
 *	for (long n = 1;; n++) {
 *		oom_at(n);
 *		rebuff_status got = f();
 *		if (!oom_stop())
 *			break;			// f made fewer than n allocations: all were tried
 *		assert_row_int("f", got, REBUFF_ENOMEM);
 *	}
 */
#ifndef RBF_UNIT_OOM_H
#define RBF_UNIT_OOM_H
#include <stdbool.h>

/* From now on let the n-th allocation fail (1: the next one), once. */
void oom_at(long n);
/* All succeed again. Returns whether one failed since oom_at. */
bool oom_stop(void);
#endif
