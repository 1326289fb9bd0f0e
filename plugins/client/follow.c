#include "client/follow.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static void reset(rbf_follow *f, const struct stat *st, int64_t offset)
{
	f->place = (rbf_follow_place){
		.device = (uint64_t)st->st_dev, .inode = (uint64_t)st->st_ino, .offset = offset};
	f->read_to = offset;
	f->from = f->len = 0;
	f->skipping = false;
}

static bool same_file(const rbf_follow_place *place, const struct stat *st)
{
	return place->inode == (uint64_t)st->st_ino && place->device == (uint64_t)st->st_dev;
}

static int open_log(const char *path, struct stat *st)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	if (fd >= 0 && (fstat(fd, st) != 0 || !S_ISREG(st->st_mode))) {
		close(fd);
		fd = -1;
	}
	return fd;
}

/* Open `path` when it is the file of the place and has not shrunk since. */
static bool open_at(rbf_follow *f, const char *path, const rbf_follow_place *place)
{
	struct stat st;
	int fd = open_log(path, &st);
	if (fd < 0)
		return false;
	if (!same_file(place, &st) || st.st_size < place->offset) {
		close(fd);
		return false;
	}
	f->fd = fd;
	reset(f, &st, place->offset);
	return true;
}

static bool open_rotated(rbf_follow *f, const rbf_follow_place *place)
{
	static const char *const ends[] = {".1", ".0"};
	for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
		char name[PATH_MAX];
		int n = snprintf(name, sizeof name, "%s%s", f->path, ends[i]);
		if (n > 0 && (size_t)n < sizeof name && open_at(f, name, place))
			return true;
	}
	return false;
}

static bool open_new(rbf_follow *f, bool at_end)
{
	struct stat st;
	f->fd = open_log(f->path, &st);
	if (f->fd >= 0)
		reset(f, &st, at_end ? (int64_t)st.st_size : 0);
	return f->fd >= 0;
}

void rbf_follow_init(rbf_follow *f, const char *path, const rbf_follow_place *place)
{
	f->path = path;
	f->fd = -1;
	f->place = (rbf_follow_place){0, 0, 0};
	f->from = f->len = 0;
	f->skipping = false;
	if (!place || place->inode == 0)
		(void)open_new(f, true);
	else if (!open_at(f, path, place) && !open_rotated(f, place))
		(void)open_new(f, false);
}

void rbf_follow_close(rbf_follow *f)
{
	if (f->fd >= 0)
		close(f->fd);
	f->fd = -1;
}

/* Read more behind what is there. Returns whether anything came. */
static bool read_more(rbf_follow *f)
{
	if (f->from > 0) {
		memmove(f->bytes, f->bytes + f->from, f->len);
		f->from = 0;
	}
	ssize_t n =
		pread(f->fd, f->bytes + f->len, RBF_FOLLOW_LINE_MAX - f->len, (off_t)f->read_to);
	if (n <= 0)
		return false;
	f->len += (size_t)n;
	f->read_to += n;
	return true;
}

/* At the end of what is open: was it truncated, or is there another file under the name now? */
static bool turn_page(rbf_follow *f)
{
	struct stat st, named;
	if (fstat(f->fd, &st) == 0 && st.st_size < f->read_to) {
		reset(f, &st, 0);
		return true;
	}
	if (stat(f->path, &named) != 0 || same_file(&f->place, &named))
		return false;
	/* Whoever writes may have had the old one open a moment longer. */
	if (read_more(f))
		return true;
	rbf_follow_close(f);
	return open_new(f, false);
}

/* Take `used` bytes out; the line among them is handed out by the caller. */
static void take(rbf_follow *f, size_t used)
{
	f->from += used;
	f->len -= used;
	f->place.offset += (int64_t)used;
}

static char *whole_line(rbf_follow *f, size_t *len)
{
	char *start = f->bytes + f->from;
	char *end = f->len ? memchr(start, '\n', f->len) : NULL;
	if (!end && f->len < RBF_FOLLOW_LINE_MAX)
		return NULL;
	*len = end ? (size_t)(end - start) : f->len;
	bool rest = f->skipping;
	f->skipping = !end;
	take(f, end ? *len + 1 : *len);
	start[*len] = 0;
	return rest ? NULL : start;
}

char *rbf_follow_next(rbf_follow *f, size_t *len)
{
	if (f->fd < 0 && !open_new(f, false))
		return NULL;
	for (;;) {
		size_t before = f->len;
		char *line = whole_line(f, len);
		if (line)
			return line;
		if (f->len != before)
			continue; /* the rest of a line that was cut */
		if (!read_more(f) && !turn_page(f))
			return NULL;
	}
}

bool rbf_follow_save_text(const char *file, const char *text)
{
	char name[PATH_MAX];
	int n = snprintf(name, sizeof name, "%s.new", file);
	if (n < 0 || (size_t)n >= sizeof name) {
		errno = ENAMETOOLONG;
		return false;
	}
	int fd = open(name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0640);
	if (fd < 0)
		return false;
	size_t len = strlen(text);
	bool written = write(fd, text, len) == (ssize_t)len && fsync(fd) == 0;
	return close(fd) == 0 && written && rename(name, file) == 0;
}

bool rbf_follow_load_text(const char *file, char *out, size_t cap)
{
	out[0] = 0;
	int fd = open(file, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return false;
	ssize_t n = read(fd, out, cap - 1);
	close(fd);
	out[n > 0 ? n : 0] = 0;
	out[strcspn(out, "\n")] = 0;
	return out[0] != 0;
}

void rbf_follow_print(const rbf_follow_place *place, char out[RBF_FOLLOW_PLACE_MAX])
{
	(void)snprintf(out, RBF_FOLLOW_PLACE_MAX, "%" PRIu64 " %" PRIu64 " %" PRId64 "\n",
		place->device, place->inode, place->offset);
}

bool rbf_follow_scan(const char *text, rbf_follow_place *place)
{
	rbf_follow_place got;
	*place = (rbf_follow_place){0, 0, 0};
	if (sscanf(text, "%" SCNu64 " %" SCNu64 " %" SCNd64, &got.device, &got.inode,
		    &got.offset) != 3 ||
		got.offset < 0)
		return false;
	*place = got;
	return true;
}

bool rbf_follow_save(const char *file, const rbf_follow_place *place)
{
	char text[RBF_FOLLOW_PLACE_MAX];
	rbf_follow_print(place, text);
	return rbf_follow_save_text(file, text);
}

bool rbf_follow_load(const char *file, rbf_follow_place *place)
{
	char text[RBF_FOLLOW_PLACE_MAX];
	*place = (rbf_follow_place){0, 0, 0};
	return rbf_follow_load_text(file, text, sizeof text) && rbf_follow_scan(text, place);
}
