#include "command/logfile.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include "client/journal.h"
#include "common/fail.h"

enum { ROOM = 2 * RBF_JOURNAL_BYTES, GZ_BUFFER = 1 << 17, PROGRAM_MAX = 64 };

struct logfile {
	gzFile gz;
	char name[256];
	bool entries; /* an export of the journal */
	bool skipping; /* the rest of a line that was cut */
	int64_t at; /* offset of bytes[from] */
	size_t from, len;
	char first[LOGFILE_FIRST_MAX];
	char program[PROGRAM_MAX];
	char bytes[ROOM + 1];
};

/* Make room and read more. False: there is no more. */
static bool fill(logfile *f, rebuff_error *err)
{
	if (f->from) {
		memmove(f->bytes, f->bytes + f->from, f->len - f->from);
		f->len -= f->from;
		f->from = 0;
	}
	int n = gzread(f->gz, f->bytes + f->len, (unsigned)(ROOM - f->len)), code;
	if (n > 0) {
		f->len += (size_t)n;
		return true;
	}
	const char *why = gzerror(f->gz, &code);
	if (n < 0 || (code != Z_OK && code != Z_STREAM_END))
		fail(err, REBUFF_EIO, "%s: %s at byte %lld", f->name,
			code == Z_ERRNO ? strerror(errno) : why, (long long)f->at);
	return false;
}

static void look_at_start(logfile *f)
{
	const char *end = memchr(f->bytes, '\n', f->len);
	size_t n = end ? (size_t)(end - f->bytes) : 0;
	f->entries = f->len > 9 && memcmp(f->bytes, "__CURSOR=", 9) == 0;
	if (n >= sizeof f->first)
		n = sizeof f->first - 1;
	for (size_t i = 0; i < n; i++)
		f->first[i] = f->bytes[i] ? f->bytes[i] : '?';
	f->first[n] = '\0';
}

rebuff_status logfile_open(const char *path, logfile **out, rebuff_error *err)
{
	bool standard = strcmp(path, "-") == 0;
	int fd = standard ? dup(STDIN_FILENO) : open(path, O_RDONLY | O_CLOEXEC);
	struct stat st;
	*out = NULL;
	if (fd < 0 || fstat(fd, &st) != 0)
		return fail(err, REBUFF_EIO, "%s: %s", path, strerror(errno));
	if (S_ISDIR(st.st_mode)) {
		close(fd);
		return fail(err, REBUFF_EIO, "%s: is a folder; name the logs in it", path);
	}
	logfile *f = calloc(1, sizeof *f);
	gzFile gz = f ? gzdopen(fd, "rb") : NULL;
	if (!gz) {
		free(f);
		close(fd);
		return fail(err, REBUFF_ENOMEM, "%s: no memory", path);
	}
	gzbuffer(gz, GZ_BUFFER);
	f->gz = gz;
	(void)snprintf(f->name, sizeof f->name, "%s", standard ? "standard input" : path);
	err->status = REBUFF_OK;
	(void)fill(f, err);
	look_at_start(f);
	if (err->status != REBUFF_OK)
		logfile_close(&f);
	*out = f;
	return err->status;
}

void logfile_close(logfile **f)
{
	if (*f)
		gzclose((*f)->gz);
	free(*f);
	*f = NULL;
}

const char *logfile_first(const logfile *f)
{
	return f->first;
}

/* One line. 1: it is there, 0: more bytes are needed. */
static int next_line(logfile *f, logline *out)
{
	char *start = f->bytes + f->from;
	size_t have = f->len - f->from;
	char *end = have ? memchr(start, '\n', have) : NULL;
	if (!end && !f->skipping && have < ROOM)
		return 0;
	/* What has no end in the whole buffer: its beginning is the line, the rest is skipped. */
	size_t len = end ? (size_t)(end - start) : f->skipping ? have : LOGFILE_LINE_MAX;
	bool rest = f->skipping;
	f->from += len + (end != NULL);
	f->at += (int64_t)(len + (end != NULL));
	f->skipping = !end;
	if (rest)
		return end ? next_line(f, out) : 0;
	*out = (logline){.text = start, .len = len < LOGFILE_LINE_MAX ? len : LOGFILE_LINE_MAX};
	out->text[out->len] = '\0';
	return 1;
}

/* One entry. 1: it is there, 0: more bytes are needed, -1: not of the form. */
static int next_entry(logfile *f, logline *out)
{
	rbf_journal_entry e;
	size_t n = rbf_journal_parse(f->bytes + f->from, f->len - f->from, &e);
	if (n == SIZE_MAX || (n == 0 && f->len - f->from == ROOM))
		return -1;
	if (n == 0)
		return 0;
	(void)snprintf(
		f->program, sizeof f->program, "%.*s", (int)e.identifier.len, e.identifier.p);
	size_t offset = e.message.len ? (size_t)(e.message.p - f->bytes) : f->from + n - 1;
	*out = (logline){.text = f->bytes + offset,
		.len = e.message.len < LOGFILE_LINE_MAX ? e.message.len : LOGFILE_LINE_MAX,
		.time_ms = e.time_ms,
		.program = f->program};
	out->text[out->len] = '\0';
	f->from += n;
	f->at += (int64_t)n;
	return 1;
}

bool logfile_next(logfile *f, logline *out, rebuff_error *err)
{
	for (;;) {
		int got = f->entries ? next_entry(f, out) : next_line(f, out);
		if (got > 0)
			return true;
		if (got < 0) {
			fail(err, REBUFF_EPARSE,
				"%s: byte %lld is not of the journal's export form", f->name,
				(long long)f->at);
			return false;
		}
		if (!fill(f, err))
			return false;
	}
}

void logfile_seek(logfile *f, int64_t bytes)
{
	rebuff_error ignored = {.status = REBUFF_OK};
	logline line;
	if (f->entries) { /* only from entry to entry */
		while (f->at < bytes && logfile_next(f, &line, &ignored)) {
		}
		return;
	}
	if (bytes <= 0 || gzseek(f->gz, (z_off_t)bytes - 1, SEEK_SET) < 0)
		return;
	f->from = f->len = 0;
	f->at = bytes - 1;
	(void)logfile_next(f, &line, &ignored); /* the rest of a line, or the LF before ours */
}

int64_t logfile_at(const logfile *f)
{
	return f->at;
}

uint64_t logfile_done(const logfile *f)
{
	z_off_t done = gzoffset(f->gz);
	return done > 0 ? (uint64_t)done : 0;
}

uint64_t logfile_size(const char *path)
{
	struct stat st;
	return strcmp(path, "-") != 0 && stat(path, &st) == 0 && S_ISREG(st.st_mode)
		? (uint64_t)st.st_size
		: 0;
}
