#include "serve/alive.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/clocks.h"
#include "common/fail.h"

enum { PATH_BYTES = 256, NAME_BYTES = 32 };

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

FILE *stamp_open(const char *run_dir, const char *name)
{
	char path[PATH_BYTES], next[NAME_BYTES];
	snprintf(next, sizeof next, "%s.new", name);
	if (!path_in(path, run_dir, next))
		return NULL;
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0644);
	if (fd < 0)
		return NULL;
	FILE *out = fchmod(fd, 0644) == 0 ? fdopen(fd, "w") : NULL;
	if (!out)
		close(fd);
	return out;
}

bool stamp_close(FILE *out, const char *run_dir, const char *name)
{
	char path[PATH_BYTES], from[PATH_BYTES], next[NAME_BYTES];
	bool written = !ferror(out);
	snprintf(next, sizeof next, "%s.new", name);
	written = fclose(out) == 0 && written;
	return written && path_in(path, run_dir, name) && path_in(from, run_dir, next) &&
		rename(from, path) == 0;
}

bool alive_stamp(const char *run_dir)
{
	FILE *out = stamp_open(run_dir, "alive");
	if (!out)
		return false;
	fprintf(out, "%" PRId64 "\n", boot_now_ms());
	return stamp_close(out, run_dir, "alive");
}

void stamps_remove(const char *run_dir)
{
	static const char *const names[] = {"alive", "metrics"};
	char path[PATH_BYTES];
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		if (path_in(path, run_dir, names[i]))
			unlink(path);
	}
}
