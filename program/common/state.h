/* state.h - how a command of the command line opens the library. */
#ifndef RBF_PROGRAM_STATE_H
#define RBF_PROGRAM_STATE_H
#include "common/command.h"
#include "rebuff.h"

/*
 * Open for reading (or writing) the database. Started as root, the process becomes the owner of the
 * database (of its directory while there is none), for good: nothing that it makes may be root's.
 * `policy`: load the operator's policy too; else a mistake in it does not matter here.
 */
rebuff_status state_open(const command_options *options, bool read_only, bool policy,
	rebuff_ctx **out, rebuff_error *err);
#endif
