/*
 * disk.h - make one step of a statement fail, as when the disk cannot be read or written. The unit
 * programs are linked so that sqlite3_step of our objects passes through here.
 *
 *	for (long n = 1;; n++) {
 *		disk_fails_at(n);
 *		rebuff_status got = f();
 *		if (!disk_mends())
 *			break;			// f made fewer than n steps: all were tried
 *		assert_row_int("f", got, REBUFF_ESTORE);
 *	}
 */
#ifndef RBF_UNIT_DISK_H
#define RBF_UNIT_DISK_H
#include <stdbool.h>

/* From now on let the n-th step fail with SQLITE_IOERR (1: the next one), once. */
void disk_fails_at(long n);
/* All succeed again. Returns whether one failed since disk_fails_at. */
bool disk_mends(void);
#endif
