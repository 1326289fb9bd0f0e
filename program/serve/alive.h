/* alive.h - the run directory: its lock (one engine), and the stamp by which plugins know that the
 * loop runs (docs/protocol.md). */
#ifndef RBF_PROGRAM_ALIVE_H
#define RBF_PROGRAM_ALIVE_H
#include <stdio.h>
#include <sys/types.h>

#include "rebuff.h"

/* Make run_dir if it is not there, owned by `owner`, and lock it for the life of the process.
 * REBUFF_EIO when another engine has it. *lock_fd is never to be closed before the end. */
rebuff_status run_dir_lock(
	const char *run_dir, uid_t owner, gid_t group, int *lock_fd, rebuff_error *err);
/* Write run_dir/alive anew, whole or not at all. False when that fails (errno). */
bool alive_stamp(const char *run_dir);
/* Remove run_dir/alive and run_dir/metrics. */
void stamps_remove(const char *run_dir);

/* A file below run_dir that others may read, written under another name until it is whole.
 * stamp_open: NULL with errno; stamp_close puts it in place, and returns false with errno when it
 * could not be written. */
FILE *stamp_open(const char *run_dir, const char *name);
bool stamp_close(FILE *out, const char *run_dir, const char *name);
#endif
