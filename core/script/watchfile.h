/*
 * watchfile.h - what is watched and who is told: lua/blocklists.lua and the operator's watch.lua,
 * in words of their own (notices, checks, blocklist), in the same sandbox as the policy.
 */
#ifndef RBF_SCRIPT_WATCHFILE_H
#define RBF_SCRIPT_WATCHFILE_H
#include "rebuff.h"

typedef struct rbf_watchfile {
	rebuff_watch watch;
	rebuff_blocklist *lists;
	size_t list_n, list_cap;
} rbf_watchfile;

/* Read data_dir/blocklists.lua and config_dir/watch.lua, each optional, over the defaults.
 * REBUFF_EPOLICY with file:line. The caller frees *out, also after a failure. */
rebuff_status rbf_watchfile_load(
	const char *data_dir, const char *config_dir, rbf_watchfile **out, rebuff_error *err);
/* Accepts NULL. */
void rbf_watchfile_free(rbf_watchfile *w);
#endif
