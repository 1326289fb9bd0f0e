#define _DEFAULT_SOURCE /* environ */
#include "serve/spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/clocks.h"

enum { LOOK_MS = 100 };

extern char **environ;

struct spawned {
	pid_t pid;
	int fd; /* its output; -1: closed */
	struct event *readable, *look;
	int64_t end_ms;
	bool late;
	void (*done)(void *ud, int status, const char *output, size_t len);
	void *ud;
	size_t len;
	char output[SPAWN_OUTPUT_MAX];
};

static void release(spawned *s)
{
	if (s->readable)
		event_free(s->readable);
	if (s->look)
		event_free(s->look);
	if (s->fd >= 0)
		close(s->fd);
	free(s);
}

static void look_again(spawned *s)
{
	struct timeval t = {.tv_usec = LOOK_MS * 1000};
	event_add(s->look, &t);
}

static void on_look(evutil_socket_t fd, short what, void *ud)
{
	spawned *s = ud;
	int status = 0;
	(void)fd, (void)what;
	if (waitpid(s->pid, &status, WNOHANG) == 0) {
		if (boot_now_ms() >= s->end_ms) {
			s->late = true;
			kill(-s->pid, SIGKILL);
		}
		look_again(s);
		return;
	}
	while (s->fd >= 0 && s->len < sizeof s->output) { /* what is left in the pipe */
		ssize_t n = read(s->fd, s->output + s->len, sizeof s->output - s->len);
		if (n <= 0)
			break;
		s->len += (size_t)n;
	}
	s->done(s->ud, s->late ? -1 : status, s->output, s->len);
	release(s);
}

static void on_output(evutil_socket_t fd, short what, void *ud)
{
	spawned *s = ud;
	char over[4096];
	bool full = s->len == sizeof s->output;
	(void)what;
	ssize_t n = full ? read(fd, over, sizeof over)
			 : read(fd, s->output + s->len, sizeof s->output - s->len);
	if (n > 0 && !full)
		s->len += (size_t)n;
	if (n == 0 || (n < 0 && errno != EINTR && errno != EAGAIN))
		event_del(s->readable);
}

static bool start(spawned *s, char *const argv[], int in, int out)
{
	posix_spawn_file_actions_t files;
	posix_spawnattr_t how;
	sigset_t none, pipe_only;
	sigemptyset(&none);
	sigemptyset(&pipe_only);
	sigaddset(&pipe_only, SIGPIPE);
	posix_spawn_file_actions_init(&files);
	posix_spawnattr_init(&how);
	posix_spawn_file_actions_adddup2(&files, in, STDIN_FILENO);
	posix_spawn_file_actions_adddup2(&files, out, STDOUT_FILENO);
	posix_spawnattr_setsigmask(&how, &none);
	posix_spawnattr_setsigdefault(&how, &pipe_only);
	posix_spawnattr_setpgroup(&how, 0);
	posix_spawnattr_setflags(
		&how, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP);
	int failed = posix_spawn(&s->pid, argv[0], &files, &how, argv, environ);
	posix_spawn_file_actions_destroy(&files);
	posix_spawnattr_destroy(&how);
	errno = failed;
	return failed == 0;
}

static void close_both(const int fds[2])
{
	close(fds[0]);
	close(fds[1]);
}

spawned *spawn(struct event_base *base, char *const argv[], const char *input, size_t len,
	int limit_ms, void (*done)(void *ud, int status, const char *output, size_t len), void *ud)
{
	int in[2], out[2];
	spawned *s = len <= SPAWN_INPUT_MAX ? calloc(1, sizeof *s) : NULL;
	if (!s)
		return NULL;
	*s = (spawned){.fd = -1, .done = done, .ud = ud, .end_ms = boot_now_ms() + limit_ms};
	if (pipe(in) != 0) {
		release(s);
		return NULL;
	}
	if (pipe(out) != 0) {
		close_both(in);
		release(s);
		return NULL;
	}
	for (int i = 0; i < 2; i++) {
		fcntl(in[i], F_SETFD, FD_CLOEXEC);
		fcntl(out[i], F_SETFD, FD_CLOEXEC);
	}
	fcntl(out[0], F_SETFL, O_NONBLOCK);
	fcntl(in[1], F_SETFL, O_NONBLOCK);
	/* A pipe holds 64 KiB: all of it goes in before anybody reads. */
	bool written = len == 0 || write(in[1], input, len) == (ssize_t)len;
	bool started = written && start(s, argv, in[0], out[1]);
	close_both(in);
	close(out[1]);
	s->fd = out[0];
	if (started) {
		s->readable = event_new(base, s->fd, EV_READ | EV_PERSIST, on_output, s);
		s->look = evtimer_new(base, on_look, s);
	}
	if (started && s->readable && s->look) {
		event_add(s->readable, NULL);
		look_again(s);
		return s;
	}
	if (started) {
		kill(-s->pid, SIGKILL);
		waitpid(s->pid, NULL, 0);
	}
	release(s);
	return NULL;
}

void spawn_end(spawned **sp)
{
	spawned *s = *sp;
	*sp = NULL;
	if (!s)
		return;
	kill(-s->pid, SIGKILL);
	waitpid(s->pid, NULL, 0);
	release(s);
}
