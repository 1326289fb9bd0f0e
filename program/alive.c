#include "alive.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "clocks.h"
#include "fail.h"

enum { PATH_BYTES = 256 };

static bool path_in(char path[PATH_BYTES], const char *run_dir, const char *name)
{
	int n = snprintf(path, PATH_BYTES, "%s/%s", run_dir, name);
	return n > 0 && n < PATH_BYTES;
}

rebuff_status run_dir_lock(
	const char *run_dir, uid_t owner, gid_t group, int *lock_fd, rebuff_error *err)
{
	char path[PATH_BYTES];
	if (!path_in(path, run_dir, "lock"))
		return fail(err, REBUFF_ELIMIT, "%s: the path is too long", run_dir);
	if (mkdir(run_dir, 0755) == 0) {
		if (chown(run_dir, owner, group) != 0 || chmod(run_dir, 0755) != 0)
			return fail(err, REBUFF_EIO, "%s: cannot be given to user %d: %s", run_dir,
				(int)owner, strerror(errno));
	} else if (errno != EEXIST) {
		return fail(err, REBUFF_EIO, "%s: cannot be made: %s", run_dir, strerror(errno));
	}
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	struct flock whole = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
	if (fd < 0)
		return fail(err, REBUFF_EIO, "%s: cannot be opened: %s", path, strerror(errno));
	if (fcntl(fd, F_SETLK, &whole) != 0) {
		int why = errno;
		close(fd);
		if (why == EACCES || why == EAGAIN)
			return fail(err, REBUFF_EIO,
				"%s: another rebuff serve has this directory; stop it first, or "
				"give "
				"this one its own with --run DIR",
				run_dir);
		return fail(err, REBUFF_EIO, "%s: cannot be locked: %s", path, strerror(why));
	}
	(void)!fchown(fd, owner, group);
	*lock_fd = fd;
	return REBUFF_OK;
}

bool alive_stamp(const char *run_dir)
{
	char path[PATH_BYTES], next[PATH_BYTES], text[24];
	if (!path_in(path, run_dir, "alive") || !path_in(next, run_dir, "alive.new"))
		return false;
	int fd = open(next, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0644);
	if (fd < 0)
		return false;
	int n = snprintf(text, sizeof text, "%" PRId64 "\n", boot_now_ms());
	bool written = fchmod(fd, 0644) == 0 && write(fd, text, (size_t)n) == n;
	return close(fd) == 0 && written && rename(next, path) == 0;
}

void alive_remove(const char *run_dir)
{
	char path[PATH_BYTES];
	if (path_in(path, run_dir, "alive"))
		unlink(path);
}
