#define _DEFAULT_SOURCE /* setgroups */
#include "common/state.h"

#include <errno.h>
#include <grp.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/fail.h"

enum { PATH_BYTES = 4096 };

static void to_stderr(void *ud, rebuff_level level, const char *message)
{
	(void)ud;
	if (level <= REBUFF_LOG_WARNING)
		fprintf(stderr, "rebuff: %s\n", message);
}

static bool find_owner(const char *file, struct stat *owner)
{
	char dir[PATH_BYTES];
	if (stat(file, owner) == 0)
		return true;
	const char *slash = strrchr(file, '/');
	size_t len = slash ? (size_t)(slash - file) : 0;
	if (len >= sizeof dir)
		return false;
	memcpy(dir, file, len);
	memcpy(dir + len, slash ? "/" : ".", 2);
	return stat(dir, owner) == 0;
}

static rebuff_status become_owner(const char *file, rebuff_error *err)
{
	struct stat owner;
	if (geteuid() != 0)
		return REBUFF_OK;
	if (!find_owner(file, &owner))
		return fail(err, REBUFF_ENOENT, "%s: %s; name the database with --state FILE", file,
			strerror(errno));
	if (owner.st_uid == 0)
		return REBUFF_OK;
	if (setgroups(0, NULL) != 0 || setgid(owner.st_gid) != 0 || setuid(owner.st_uid) != 0)
		return fail(
			err, REBUFF_EIO, "%s: cannot become its owner: %s", file, strerror(errno));
	return REBUFF_OK;
}

rebuff_status state_open(const command_options *options, bool read_only, bool policy,
	rebuff_ctx **out, rebuff_error *err)
{
	char space[COMMAND_PATH_MAX];
	umask(0077); /* addresses and replies are nobody else's */
	if (become_owner(options->state_file, err) != REBUFF_OK)
		return err->status;
	rebuff_options o = {
		.size = sizeof o,
		.data_dir = command_data_dir(options, space),
		.config_dir = policy ? options->config_dir : "",
		.state_file = options->state_file,
		.read_only = read_only,
		.log = {.write = to_stderr},
	};
	return rebuff_open(&o, out, err);
}
