#include "mtactl/opensmtpd_ctl.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "client/client.h"

enum { ARGUMENTS_MAX = 16, LINE_LENGTH = 8192 };

/* ---- what it prints ----------------------------------------------------------------------- */

static bool number(const char *s, int64_t *out)
{
	char *end;
	if (!*s)
		return false;
	errno = 0;
	long long n = strtoll(s, &end, 10);
	*out = n;
	return errno == 0 && !*end;
}

/* id|inet4|mta|flags|sender|rcpt|dest|creation|expire|lasttry|retry|pending|seconds|error */
bool rbo_queued_parse(const char *line, rbo_queued *out)
{
	enum {
		ID,
		SOURCE,
		AGENT,
		FLAGS,
		SENDER,
		RCPT,
		DEST,
		CREATED,
		EXPIRE,
		LAST,
		RETRY,
		RUN,
		WHEN,
		ERROR,
		N
	};
	char copy[4096], *field[N], *rest = copy, *end;
	memset(out, 0, sizeof *out);
	if ((size_t)snprintf(copy, sizeof copy, "%s", line) >= sizeof copy)
		copy[sizeof copy - 1] = 0;
	for (int i = 0; i < N; i++) {
		field[i] = rest;
		if (i == ERROR)
			break; /* it may contain bars */
		rest = strchr(rest, '|');
		if (!rest)
			return false;
		*rest++ = 0;
	}
	errno = 0;
	out->id = strtoull(field[ID], &end, 16);
	if (errno || *end || strlen(field[ID]) != 16 || !out->id ||
		!number(field[CREATED], &out->created_s) || !number(field[WHEN], &out->next_s))
		return false;
	out->bounce = strcmp(field[SENDER], "@") == 0;
	(void)snprintf(out->sender, sizeof out->sender, "%s", out->bounce ? "" : field[SENDER]);
	(void)snprintf(out->recipient, sizeof out->recipient, "%s", field[DEST]);
	(void)snprintf(out->error, sizeof out->error, "%s", field[ERROR]);
	out->out = strcmp(field[AGENT], "mta") == 0;
	out->paused = strstr(field[FLAGS], "suspend") != NULL;
	out->in_flight = strcmp(field[RUN], "inflight") == 0;
	return out->in_flight || strcmp(field[RUN], "pending") == 0;
}

int rbo_ctl_count(const char *text)
{
	char *end;
	long n = strtol(text, &end, 10);
	if (end == text || strncmp(end, " envelope", 9) != 0 || n < 0 || n > 1000000000)
		return -1;
	return (int)n;
}

bool rbo_ctl_mta_paused(const char *text)
{
	return strstr(text, "MTA paused") != NULL;
}

/* ---- running it --------------------------------------------------------------------------- */

typedef struct {
	pid_t child;
	int in, out; /* our ends; -1: closed */
} process;

/* In the child: nothing of ours but the three ends. */
static void become_program(const char *program, const char *const *arguments, int in, int out)
{
	char *argv[ARGUMENTS_MAX + 2];
	size_t n = 0;
	memcpy(&argv[n++], &program, sizeof program);
	for (; arguments[n - 1] && n <= ARGUMENTS_MAX; n++)
		memcpy(&argv[n], &arguments[n - 1], sizeof *arguments);
	argv[n] = NULL;
	(void)dup2(in, STDIN_FILENO);
	(void)dup2(out, STDOUT_FILENO);
	(void)dup2(out, STDERR_FILENO);
	execv(program, argv);
	_exit(127);
}

static bool start(const char *program, const char *const *arguments, process *p)
{
	int in[2], out[2];
	/* A socket: a program that takes no more must not end us by a SIGPIPE. */
	if (socketpair(AF_UNIX, SOCK_STREAM, 0, in) != 0)
		return false;
	if (pipe(out) != 0) {
		close(in[0]);
		close(in[1]);
		return false;
	}
	for (int i = 0; i < 2; i++) {
		(void)fcntl(in[i], F_SETFD, FD_CLOEXEC);
		(void)fcntl(out[i], F_SETFD, FD_CLOEXEC);
	}
	p->child = fork();
	if (p->child == 0)
		become_program(program, arguments, in[0], out[1]);
	close(in[0]);
	close(out[1]);
	p->in = in[1];
	p->out = out[0];
	if (p->child > 0)
		return true;
	close(p->in);
	close(p->out);
	return false;
}

static void close_end(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

/* Write what it takes of the input; close when all is written or it takes no more. */
static void feed(process *p, const char *input, size_t len, size_t *fed)
{
	while (p->in >= 0) {
		ssize_t n = *fed < len
			? send(p->in, input + *fed, len - *fed, MSG_NOSIGNAL | MSG_DONTWAIT)
			: 0;
		if (n > 0)
			*fed += (size_t)n;
		else if (n < 0 && (errno == EAGAIN || errno == EINTR))
			return;
		else
			close_end(&p->in);
	}
}

/* Hand out the whole lines of bytes[0..*len) and keep the rest; a line that fills all is handed out
 * as it is. */
static void hand_lines(char *bytes, size_t *len, bool all, void (*line)(void *, char *), void *ud)
{
	char *from = bytes;
	size_t left = *len;
	while (left > 0) {
		char *end = memchr(from, '\n', left);
		if (!end && !all && left < LINE_LENGTH - 1)
			break;
		size_t n = end ? (size_t)(end - from) : left;
		from[n] = 0;
		line(ud, from);
		from += n + (end != NULL);
		left -= n + (end != NULL);
	}
	memmove(bytes, from, left);
	*len = left;
}

/* Read until its output ends. False: it took too long. */
static bool converse(process *p, const char *input, size_t input_len, void (*line)(void *, char *),
	void *ud, int64_t deadline)
{
	char bytes[LINE_LENGTH];
	size_t len = 0, fed = 0;
	while (p->out >= 0) {
		feed(p, input, input_len, &fed);
		struct pollfd ends[] = {
			{.fd = p->out, .events = POLLIN}, {.fd = p->in, .events = POLLOUT}};
		int64_t left = deadline - rbf_client_now_ms();
		if (left <= 0)
			return false;
		if (poll(ends, 2, (int)left) <= 0 || !ends[0].revents)
			continue;
		ssize_t n = read(p->out, bytes + len, sizeof bytes - 1 - len);
		if (n > 0)
			len += (size_t)n;
		else if (n == 0 || errno != EINTR)
			close_end(&p->out);
		hand_lines(bytes, &len, p->out < 0, line, ud);
	}
	return true;
}

int rbo_ctl_lines(const char *program, const char *const *arguments, const char *input, size_t len,
	void (*line)(void *ud, char *text), void *ud, int timeout_ms)
{
	process p;
	int status = 0;
	if (!start(program, arguments, &p))
		return -1;
	bool whole = converse(&p, input, len, line, ud, rbf_client_now_ms() + timeout_ms);
	if (!whole)
		(void)kill(p.child, SIGKILL);
	close_end(&p.in);
	close_end(&p.out);
	while (waitpid(p.child, &status, 0) < 0 && errno == EINTR)
		;
	return whole && WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

typedef struct {
	char *out;
	size_t cap, len;
} text;

static void append(void *ud, char *line)
{
	text *t = ud;
	int n = snprintf(t->out + t->len, t->cap - t->len, "%s\n", line);
	if (n > 0)
		t->len = (size_t)n < t->cap - t->len ? t->len + (size_t)n : t->cap - 1;
}

int rbo_ctl_run(
	const char *program, const char *const *arguments, char *out, size_t cap, int timeout_ms)
{
	text t = {out, cap, 0};
	out[0] = 0;
	return rbo_ctl_lines(program, arguments, NULL, 0, append, &t, timeout_ms);
}

pid_t rbo_ctl_start(const char *program, const char *const *arguments, int out)
{
	pid_t child = fork();
	if (child != 0)
		return child;
	int nothing = open("/dev/null", O_RDONLY | O_CLOEXEC);
	if (nothing < 0)
		_exit(127);
	become_program(program, arguments, nothing, out);
	return -1;
}
