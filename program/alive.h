/* alive.h - the run directory: its lock (one engine), and the stamp by which plugins know that the
 * loop runs (docs/protocol.md). */
#ifndef RBF_PROGRAM_ALIVE_H
#define RBF_PROGRAM_ALIVE_H
#include "rebuff.h"
#include <sys/types.h>

/* Make run_dir if it is not there, owned by `owner`, and lock it for the life of the process.
 * REBUFF_EIO when another engine has it. *lock_fd is never to be closed before the end. */
rebuff_status run_dir_lock(
	const char *run_dir, uid_t owner, gid_t group, int *lock_fd, rebuff_error *err);
/* Write run_dir/alive anew, whole or not at all. False when that fails (errno). */
bool alive_stamp(const char *run_dir);
void alive_remove(const char *run_dir);
#endif
