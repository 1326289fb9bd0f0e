#include "command/mailbox.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { CHUNK = 256 * 1024, SEPARATOR_MAX = 1024 };

/* ---- one stream ------------------------------------------------------------------------------ */

typedef struct {
	const mailbox_reader *reader;
	const char *path;
	int fd;
	char *buf;
	size_t len, cap;
	size_t scanned; /* no separator before this offset */
	size_t number; /* of the message in the mbox, from 1 */
	bool mbox, many, skipping, end;
} stream;

static void name_of(const stream *s, char *name, size_t cap)
{
	if (s->many)
		(void)snprintf(name, cap, "%s:%zu", s->path, s->number);
	else
		(void)snprintf(name, cap, "%s", s->path);
}

/* Read more; false at the end or on an error (told). */
static bool fill(stream *s)
{
	if (s->cap - s->len < CHUNK) {
		size_t cap = s->cap ? s->cap * 2 : 4 * (size_t)CHUNK;
		char *bigger = realloc(s->buf, cap);
		if (!bigger) {
			s->reader->unread(s->reader->ud, s->path, "no memory");
			return false;
		}
		s->buf = bigger;
		s->cap = cap;
	}
	ssize_t n;
	do
		n = read(s->fd, s->buf + s->len, CHUNK);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		s->reader->unread(s->reader->ud, s->path, strerror(errno));
	if (n <= 0)
		return false;
	s->len += (size_t)n;
	if (s->reader->progress)
		s->reader->progress(s->reader->ud, (size_t)n);
	return true;
}

static void give(stream *s, size_t len)
{
	char name[4096];
	name_of(s, name, sizeof name);
	if (s->skipping || len > s->reader->message_max) {
		char why[128];
		(void)snprintf(why, sizeof why,
			"the message has more than the %zu bytes that are read",
			s->reader->message_max);
		s->reader->unread(s->reader->ud, name, why);
	} else {
		s->reader->message(s->reader->ud, name, (rebuff_span){s->buf, len});
	}
	memmove(s->buf, s->buf + len, s->len - len);
	s->len -= len;
	s->scanned = 0;
	s->skipping = false;
	s->number++;
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/*
 * Is a message's first line here ("From sender Thu Apr  1 12:00:00 2027", then a header)? A body
 * may hold a line that begins alike; what decides is the time and year in it and the field after
 * it. More bytes are needed to tell: returns -1.
 */
static int is_separator(const stream *s, size_t at)
{
	const char *p = s->buf + at, *end = s->buf + s->len;
	const char *eol = memchr(p, '\n', (size_t)(end - p));
	bool time = false, year = false;
	if (!eol)
		return s->end || end - p > SEPARATOR_MAX ? 0 : -1;
	for (const char *q = p + 5; q + 4 < eol + 1; q++) {
		if (q + 5 <= eol && is_digit(q[0]) && is_digit(q[1]) && q[2] == ':' &&
			is_digit(q[3]) && is_digit(q[4]))
			time = true;
		if (q[-1] == ' ' && (q[0] == '1' || q[0] == '2') && is_digit(q[1]) &&
			is_digit(q[2]) && is_digit(q[3]))
			year = true;
	}
	if (!time || !year)
		return 0;
	const char *field = eol + 1, *q = field;
	if (end - field >= 6 && memcmp(field, ">From ", 6) == 0)
		return 1;
	while (q < end && q - field < 128 && *q > ' ' && *q != ':' && *q != 0x7f)
		q++;
	if (q == end)
		return s->end ? 0 : -1;
	return q > field && *q == ':';
}

/* The next separator line behind a blank one; 0: none in what was read so far. *known becomes the
 * offset up to which that is certain. */
static size_t next_separator(stream *s)
{
	size_t at = s->scanned ? s->scanned : 1;
	while (at + 5 <= s->len) {
		char *from = memchr(s->buf + at, 'F', s->len - at - 4);
		if (!from)
			break;
		at = (size_t)(from - s->buf);
		if (memcmp(from, "From ", 5) == 0 && from[-1] == '\n' &&
			(at < 2 || from[-2] == '\n' ||
				(at > 2 && from[-2] == '\r' && from[-3] == '\n'))) {
			int found = is_separator(s, at);
			if (found > 0)
				return at;
			if (found < 0) {
				s->scanned = at;
				return 0;
			}
		}
		at++;
	}
	s->scanned = s->len > 4 ? s->len - 4 : 1;
	if (s->scanned < at)
		s->scanned = at;
	return 0;
}

/* A message that is too long is dropped as it comes, only its end is kept to find the next. */
static void drop_excess(stream *s)
{
	if (s->len <= s->reader->message_max + 2 * (size_t)CHUNK || s->scanned < 8)
		return;
	size_t drop = s->scanned - 4; /* the blank line before a separator stays */
	memmove(s->buf, s->buf + drop, s->len - drop);
	s->len -= drop;
	s->scanned -= drop;
	s->skipping = true;
}

/* By its name a file of one message, though it may begin with an mbox line. */
static bool is_single(const char *path)
{
	size_t n = strlen(path);
	return n > 4 && strcmp(path + n - 4, ".eml") == 0;
}

static void read_stream(stream *s)
{
	bool first = true;
	while (!s->end) {
		s->end = !fill(s);
		if (first && (s->len >= SEPARATOR_MAX || s->end)) {
			first = false;
			s->mbox = !is_single(s->path) && s->len >= 5 &&
				memcmp(s->buf, "From ", 5) == 0 && is_separator(s, 0) != 0;
		}
		if (first)
			continue;
		for (size_t at; s->mbox && (at = next_separator(s)) > 0;) {
			s->many = true;
			give(s, at);
		}
		if (!s->mbox)
			s->scanned = s->len;
		drop_excess(s);
	}
	if (s->len)
		give(s, s->len);
}

static void read_fd(const mailbox_reader *r, const char *path, int fd)
{
	stream s = {.reader = r, .path = path, .fd = fd, .number = 1};
	read_stream(&s);
	free(s.buf);
}

static void read_file(const mailbox_reader *r, const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0) {
		r->unread(r->ud, path, strerror(errno));
		return;
	}
	read_fd(r, path, fd);
	(void)close(fd);
}

/* ---- directories ----------------------------------------------------------------------------- */

static int by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* The names in a directory, sorted, hidden ones left out; the caller frees them and the array. */
static char **list(const char *path, size_t *n)
{
	DIR *dir = opendir(path);
	char **names = NULL;
	size_t cap = 0;
	*n = 0;
	if (!dir)
		return NULL;
	for (struct dirent *e; (e = readdir(dir));) {
		if (e->d_name[0] == '.')
			continue;
		if (*n == cap) {
			cap = cap ? cap * 2 : 64;
			char **bigger = realloc(names, cap * sizeof *names);
			if (!bigger)
				break;
			names = bigger;
		}
		names[*n] = strdup(e->d_name);
		if (!names[*n])
			break;
		++*n;
	}
	(void)closedir(dir);
	if (*n)
		qsort(names, *n, sizeof *names, by_name);
	return names;
}

static bool is_directory(const char *path)
{
	struct stat st;
	return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

/* Call f for every message file below a directory. */
static void each_file(const char *path, void (*f)(void *ud, const char *file), void *ud)
{
	static const char *const maildir[] = {"cur", "new"};
	char sub[4096];
	bool is_maildir = false;
	for (size_t i = 0; i < 2; i++) {
		if (snprintf(sub, sizeof sub, "%s/%s", path, maildir[i]) >= (int)sizeof sub ||
			!is_directory(sub))
			continue;
		is_maildir = true;
		each_file(sub, f, ud);
	}
	if (is_maildir)
		return;
	size_t n;
	char **names = list(path, &n);
	for (size_t i = 0; i < n; i++) {
		if (snprintf(sub, sizeof sub, "%s/%s", path, names[i]) < (int)sizeof sub &&
			!is_directory(sub))
			f(ud, sub);
		free(names[i]);
	}
	free(names);
}

static void read_one(void *ud, const char *file)
{
	const mailbox_reader *const *r = ud;
	read_file(*r, file);
}

void mailbox_read(const mailbox_reader *r, const char *path)
{
	if (strcmp(path, "-") == 0)
		read_fd(r, "-", STDIN_FILENO);
	else if (!is_directory(path))
		read_file(r, path);
	else if (access(path, R_OK | X_OK) != 0)
		r->unread(r->ud, path, strerror(errno));
	else
		each_file(path, read_one, &r);
}

static void add_size(void *ud, const char *file)
{
	struct stat st;
	if (stat(file, &st) == 0 && S_ISREG(st.st_mode))
		*(uint64_t *)ud += (uint64_t)st.st_size;
}

uint64_t mailbox_size(const char *path)
{
	uint64_t size = 0;
	if (is_directory(path))
		each_file(path, add_size, &size);
	else if (strcmp(path, "-") != 0)
		add_size(&size, path);
	return size;
}
