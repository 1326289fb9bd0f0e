#include "mtactl/opensmtpd_record.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { LINE_LENGTH = 64, STALE_LINES = 10000 };

/* "+ID RELAY" or "-ID" and nothing else: what a crash cut short is no line. */
static bool parse(const char *line, bool *paused, uint64_t *id, uint64_t *relay)
{
	int n = 0;
	*relay = 0;
	*paused = line[0] == '+';
	if (line[0] == '-')
		return sscanf(line, "-%16" SCNx64 "%n", id, &n) == 1 && n == 17 && line[n] == '\n';
	return sscanf(line, "+%16" SCNx64 " %16" SCNx64 "%n", id, relay, &n) == 2 && n == 34 &&
		line[n] == '\n';
}

static bool load(const char *file, size_t *lines,
	void (*each)(void *ud, bool paused, uint64_t id, uint64_t relay), void *ud)
{
	char line[LINE_LENGTH];
	FILE *f = fopen(file, "re");
	if (!f)
		return errno == ENOENT;
	while (fgets(line, sizeof line, f)) {
		uint64_t id, relay;
		bool paused;
		++*lines;
		if (parse(line, &paused, &id, &relay) && id)
			each(ud, paused, id, relay);
	}
	bool whole = !ferror(f);
	(void)fclose(f);
	return whole;
}

static int open_file(const char *file, int more)
{
	return open(file, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | more, 0600);
}

bool rbo_record_open(rbo_record *r, const char *file,
	void (*each)(void *ud, bool paused, uint64_t id, uint64_t relay), void *ud)
{
	*r = (rbo_record){.fd = -1};
	int n = snprintf(r->file, sizeof r->file, "%s", file);
	if (n < 0 || (size_t)n >= sizeof r->file - 4) {
		errno = ENAMETOOLONG;
		return false;
	}
	if (!load(file, &r->lines, each, ud))
		return false;
	r->fd = open_file(file, 0);
	/* Behind a line that was cut short a new one would be lost. */
	if (r->fd >= 0 && write(r->fd, "\n", 1) != 1)
		rbo_record_close(r);
	return r->fd >= 0;
}

void rbo_record_close(rbo_record *r)
{
	if (r->fd >= 0)
		close(r->fd);
	r->fd = -1;
}

bool rbo_record_note(rbo_record *r, bool paused, uint64_t id, uint64_t relay)
{
	char line[LINE_LENGTH];
	int n = paused ? snprintf(line, sizeof line, "+%016" PRIx64 " %016" PRIx64 "\n", id, relay)
		       : snprintf(line, sizeof line, "-%016" PRIx64 "\n", id);
	if (r->fd < 0 || write(r->fd, line, (size_t)n) != n)
		return false;
	r->lines++;
	r->dirty = true;
	return true;
}

void rbo_record_sync(rbo_record *r)
{
	if (r->dirty && r->fd >= 0)
		(void)fdatasync(r->fd);
	r->dirty = false;
}

bool rbo_record_is_stale(const rbo_record *r, size_t paused)
{
	return r->lines > STALE_LINES && r->lines / 4 > paused;
}

static void name_new(const rbo_record *r, char out[sizeof r->file + 4])
{
	(void)snprintf(out, sizeof r->file + 4, "%s.new", r->file);
}

bool rbo_record_begin(rbo_record *r)
{
	char name[sizeof r->file + 4];
	name_new(r, name);
	int fd = open_file(name, O_TRUNC);
	if (fd < 0)
		return false;
	rbo_record_close(r);
	r->fd = fd;
	r->lines = 0;
	return true;
}

bool rbo_record_end(rbo_record *r)
{
	char name[sizeof r->file + 4];
	name_new(r, name);
	return fsync(r->fd) == 0 && rename(name, r->file) == 0;
}
