#include "opensmtpd/journal.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* "journald suppressed messages of a unit that wrote too many" (systemd's message catalogue) */
#define SUPPRESSED "a596d6fe7bfa4994828e72309e95d61e"

/* One field at bytes[at]: NAME=value LF, or NAME LF, length in 8 bytes little-endian, value, LF.
 * Returns where the next one begins; 0 not complete; SIZE_MAX not of the form. */
static size_t parse_field(const char *bytes, size_t len, size_t at, rbo_text *name, rbo_text *value)
{
	const char *end = memchr(bytes + at, '\n', len - at);
	if (!end)
		return 0;
	size_t line = (size_t)(end - (bytes + at));
	const char *equals = memchr(bytes + at, '=', line);
	if (equals) {
		*name = (rbo_text){bytes + at, (size_t)(equals - (bytes + at))};
		*value = (rbo_text){equals + 1, (size_t)(end - equals) - 1};
		return at + line + 1;
	}
	*name = (rbo_text){bytes + at, line};
	at += line + 1;
	if (len - at < 8)
		return 0;
	uint64_t size = 0;
	for (size_t i = 8; i > 0; i--)
		size = size << 8 | (unsigned char)bytes[at + i - 1];
	at += 8;
	if (size > RBO_JOURNAL_BYTES)
		return SIZE_MAX;
	if (len - at < size + 1)
		return 0;
	*value = (rbo_text){bytes + at, (size_t)size};
	return bytes[at + size] == '\n' ? at + (size_t)size + 1 : SIZE_MAX;
}

static void take_field(rbo_text name, rbo_text value, rbo_journal_entry *out)
{
	int64_t us;
	if (rbo_text_is(name, "__CURSOR"))
		out->cursor = value;
	else if (rbo_text_is(name, "MESSAGE"))
		out->message = value;
	else if (rbo_text_is(name, "SYSLOG_IDENTIFIER"))
		out->identifier = value;
	else if (rbo_text_is(name, "__REALTIME_TIMESTAMP") && rbo_text_int(value, &us))
		out->time_ms = us / 1000;
	else if (rbo_text_is(name, "MESSAGE_ID") && rbo_text_is(value, SUPPRESSED))
		out->suppressed = true;
}

size_t rbo_journal_parse(const char *bytes, size_t len, rbo_journal_entry *out)
{
	size_t at = 0;
	*out = (rbo_journal_entry){
		.cursor = RBO_LIT(""), .message = RBO_LIT(""), .identifier = RBO_LIT("")};
	while (at < len) {
		if (bytes[at] == '\n')
			return at + 1;
		rbo_text name, value;
		at = parse_field(bytes, len, at, &name, &value);
		if (at == 0 || at == SIZE_MAX)
			return at;
		take_field(name, value, out);
	}
	return 0;
}

/* In the child. The matches: what smtpd logs, or (the plus) what the journal says it dropped. */
static void run_journalctl(const char *cursor)
{
	char after[RBO_CURSOR_MAX + 32] = "--lines=0";
	if (*cursor) {
		strcpy(after, "--after-cursor=");
		strcat(after, cursor);
	}
	execlp("journalctl", "journalctl", "--follow", "--quiet", "--output=export",
		*cursor ? "--no-tail" : "--lines=0", after, "SYSLOG_IDENTIFIER=smtpd", "+",
		"MESSAGE_ID=" SUPPRESSED, (char *)NULL);
	_exit(127);
}

bool rbo_journal_start(rbo_journal *j, const char *cursor)
{
	int ends[2];
	j->fd = -1;
	j->from = j->len = 0;
	j->cursor[0] = 0;
	if (strlen(cursor) > RBO_CURSOR_MAX) {
		errno = EINVAL;
		return false;
	}
	strcpy(j->cursor, cursor);
	if (pipe(ends) != 0)
		return false;
	j->child = fork();
	if (j->child == 0) {
		(void)dup2(ends[1], STDOUT_FILENO);
		close(ends[0]);
		close(ends[1]);
		run_journalctl(cursor);
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

void rbo_journal_stop(rbo_journal *j)
{
	if (j->fd < 0)
		return;
	close(j->fd);
	j->fd = -1;
	(void)kill(j->child, SIGTERM);
	while (waitpid(j->child, NULL, 0) < 0 && errno == EINTR)
		;
}

int rbo_journal_next(rbo_journal *j, rbo_journal_entry *out)
{
	for (;;) {
		size_t used = rbo_journal_parse(j->bytes + j->from, j->len, out);
		if (used == SIZE_MAX)
			return -1;
		if (used > 0) {
			j->from += used;
			j->len -= used;
			(void)rbo_text_copy(j->cursor, sizeof j->cursor, out->cursor);
			return 1;
		}
		memmove(j->bytes, j->bytes + j->from, j->len);
		j->from = 0;
		if (j->len == sizeof j->bytes)
			return -1; /* nothing of smtpd is that long */
		ssize_t n = read(j->fd, j->bytes + j->len, sizeof j->bytes - j->len);
		if (n == 0)
			return -1;
		if (n < 0)
			return errno == EINTR || errno == EAGAIN ? 0 : -1;
		j->len += (size_t)n;
	}
}
