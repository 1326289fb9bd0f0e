#include "client/journal.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* "journald suppressed messages of a unit that wrote too many" (systemd's message catalogue) */
#define SUPPRESSED "a596d6fe7bfa4994828e72309e95d61e"

/* One field at bytes[at]: NAME=value LF, or NAME LF, length in 8 bytes little-endian, value, LF.
 * Returns where the next one begins; 0 not complete; SIZE_MAX not of the form. */
static size_t parse_field(
	const char *bytes, size_t len, size_t at, rbf_journal_text *name, rbf_journal_text *value)
{
	const char *end = memchr(bytes + at, '\n', len - at);
	if (!end)
		return 0;
	size_t line = (size_t)(end - (bytes + at));
	const char *equals = memchr(bytes + at, '=', line);
	if (equals) {
		*name = (rbf_journal_text){bytes + at, (size_t)(equals - (bytes + at))};
		*value = (rbf_journal_text){equals + 1, (size_t)(end - equals) - 1};
		return at + line + 1;
	}
	*name = (rbf_journal_text){bytes + at, line};
	at += line + 1;
	if (len - at < 8)
		return 0;
	uint64_t size = 0;
	for (size_t i = 8; i > 0; i--)
		size = size << 8 | (unsigned char)bytes[at + i - 1];
	at += 8;
	if (size > RBF_JOURNAL_BYTES)
		return SIZE_MAX;
	if (len - at < size + 1)
		return 0;
	*value = (rbf_journal_text){bytes + at, (size_t)size};
	return bytes[at + size] == '\n' ? at + (size_t)size + 1 : SIZE_MAX;
}

static bool is(rbf_journal_text t, const char *s)
{
	return strlen(s) == t.len && (t.len == 0 || memcmp(t.p, s, t.len) == 0);
}

static bool read_int(rbf_journal_text t, int64_t *out)
{
	int64_t value = 0;
	if (t.len == 0 || t.len > 18)
		return false;
	for (size_t i = 0; i < t.len; i++) {
		if (t.p[i] < '0' || t.p[i] > '9')
			return false;
		value = value * 10 + (t.p[i] - '0');
	}
	*out = value;
	return true;
}

static void take_field(rbf_journal_text name, rbf_journal_text value, rbf_journal_entry *out)
{
	int64_t us;
	if (is(name, "__CURSOR"))
		out->cursor = value;
	else if (is(name, "MESSAGE"))
		out->message = value;
	else if (is(name, "SYSLOG_IDENTIFIER"))
		out->identifier = value;
	else if (is(name, "__REALTIME_TIMESTAMP") && read_int(value, &us))
		out->time_ms = us / 1000;
	else if (is(name, "MESSAGE_ID") && is(value, SUPPRESSED))
		out->suppressed = true;
}

size_t rbf_journal_parse(const char *bytes, size_t len, rbf_journal_entry *out)
{
	size_t at = 0;
	*out = (rbf_journal_entry){.cursor = {"", 0}, .message = {"", 0}, .identifier = {"", 0}};
	while (at < len) {
		if (bytes[at] == '\n')
			return at + 1;
		rbf_journal_text name, value;
		at = parse_field(bytes, len, at, &name, &value);
		if (at == 0 || at == SIZE_MAX)
			return at;
		take_field(name, value, out);
	}
	return 0;
}

/* In the child. The matches: what the mail server logs, or (the plus) what the journal says it
 * dropped. */
static void run_journalctl(const char *match, const char *const options[3])
{
	execlp("journalctl", "journalctl", "--quiet", "--output=export", options[0], options[1],
		options[2], match, "+", "MESSAGE_ID=" SUPPRESSED, (char *)NULL);
	_exit(127);
}

static bool start(rbf_journal *j, const char *match, const char *const options[3])
{
	int ends[2];
	j->fd = -1;
	j->from = j->len = 0;
	if (pipe(ends) != 0)
		return false;
	j->child = fork();
	if (j->child == 0) {
		(void)dup2(ends[1], STDOUT_FILENO);
		close(ends[0]);
		close(ends[1]);
		run_journalctl(match, options);
	}
	int saved = errno;
	close(ends[1]);
	if (j->child < 0) {
		close(ends[0]);
		errno = saved;
		return false;
	}
	(void)fcntl(ends[0], F_SETFL, O_NONBLOCK);
	(void)fcntl(ends[0], F_SETFD, FD_CLOEXEC);
	j->fd = ends[0];
	return true;
}

bool rbf_journal_start(rbf_journal *j, const char *match, const char *cursor)
{
	char after[RBF_CURSOR_MAX + 32] = "--lines=0";
	size_t len = strlen(cursor);
	if (len > RBF_CURSOR_MAX) {
		j->fd = -1;
		errno = EINVAL;
		return false;
	}
	memmove(j->cursor, cursor, len + 1);
	if (len) {
		strcpy(after, "--after-cursor=");
		strcat(after, cursor);
	}
	return start(j, match,
		(const char *const[]){"--follow", len ? "--no-tail" : "--lines=0", after});
}

bool rbf_journal_look_back(rbf_journal *j, const char *match, unsigned lines)
{
	char n[32];
	(void)snprintf(n, sizeof n, "--lines=%u", lines);
	j->cursor[0] = 0;
	return start(j, match, (const char *const[]){"--no-pager", "--boot=all", n});
}

void rbf_journal_stop(rbf_journal *j)
{
	if (j->fd < 0)
		return;
	close(j->fd);
	j->fd = -1;
	/* It has nothing to save; and a milder signal could still meet our own handler in it,
	 * between fork and exec. */
	(void)kill(j->child, SIGKILL);
	while (waitpid(j->child, NULL, 0) < 0 && errno == EINTR)
		;
}

static void keep_cursor(rbf_journal *j, rbf_journal_text cursor)
{
	size_t n = cursor.len < sizeof j->cursor ? cursor.len : sizeof j->cursor - 1;
	if (n)
		memcpy(j->cursor, cursor.p, n);
	j->cursor[n] = 0;
}

int rbf_journal_next(rbf_journal *j, rbf_journal_entry *out)
{
	for (;;) {
		size_t used = rbf_journal_parse(j->bytes + j->from, j->len, out);
		if (used == SIZE_MAX)
			return -1;
		if (used > 0) {
			j->from += used;
			j->len -= used;
			keep_cursor(j, out->cursor);
			return 1;
		}
		memmove(j->bytes, j->bytes + j->from, j->len);
		j->from = 0;
		if (j->len == sizeof j->bytes)
			return -1; /* no mail server writes one that long */
		ssize_t n = read(j->fd, j->bytes + j->len, sizeof j->bytes - j->len);
		if (n == 0)
			return -1;
		if (n < 0)
			return errno == EINTR || errno == EAGAIN ? 0 : -1;
		j->len += (size_t)n;
	}
}
