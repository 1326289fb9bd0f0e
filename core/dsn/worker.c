#include "dsn/worker.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/error.h"
#include "base/span.h"
#include "dsn/confine.h"
#include "dsn/dsn.h"
#include "dsn/pack.h"

#if defined(__SANITIZE_ADDRESS__)
#define RBF_SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define RBF_SANITIZED 1
#endif
#endif

/* Both sides are the same program: a question is the length and the message, an answer the status,
 * the length and the packed report. */
typedef struct {
	int64_t status;
	uint64_t len;
} frame;

static bool send_all(int fd, const void *p, size_t len)
{
	const char *from = p;
	while (len) {
		ssize_t n = send(fd, from, len, MSG_NOSIGNAL);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		from += n;
		len -= (size_t)n;
	}
	return true;
}

static bool receive_all(int fd, void *p, size_t len)
{
	char *to = p;
	while (len) {
		ssize_t n = recv(fd, to, len, 0);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		to += n;
		len -= (size_t)n;
	}
	return true;
}

static bool reserve(char **p, size_t *cap, size_t len)
{
	if (len <= *cap && *p)
		return true;
	char *bigger = realloc(*p, len + 4096);
	if (!bigger)
		return false;
	*p = bigger;
	*cap = len + 4096;
	return true;
}

/* ---- the child ------------------------------------------------------------------------------- */

/* Nothing of the parent's stays open: no database, no socket. */
static size_t close_some(int keep)
{
	DIR *dir = opendir("/proc/self/fd");
	int open[256];
	size_t n = 0;
	struct dirent *e;
	while (dir && n < sizeof open / sizeof *open && (e = readdir(dir))) {
		uint64_t fd;
		if (rbf_span_u64(rbf_span_of(e->d_name), INT32_MAX, &fd) && (int)fd > 2 &&
			(int)fd != keep && (int)fd != dirfd(dir))
			open[n++] = (int)fd;
	}
	if (dir)
		(void)closedir(dir);
	for (size_t i = 0; i < n; i++)
		(void)close(open[i]);
	return n;
}

/* However many there are: a parent may have hundreds. */
static void close_others(int keep)
{
	while (close_some(keep) > 0)
		;
}

/* The libraries' last words would only confuse: the parent says what happened. */
static void be_silent(void)
{
#ifndef RBF_SANITIZED
	int fd = open("/dev/null", O_RDWR);
	for (int i = 0; i < 3 && fd >= 0; i++)
		(void)dup2(fd, i);
	if (fd > 2)
		(void)close(fd);
#endif
}

static void default_signals(void)
{
	/* Those that a program handles; a crash must end this process, not run its parent's
	 * handler. */
	static const int signals[] = {SIGHUP, SIGINT, SIGTERM, SIGCHLD, SIGUSR1, SIGUSR2, SIGALRM,
		SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT};
	struct sigaction action = {.sa_handler = SIG_DFL};
	sigset_t none;
	(void)sigemptyset(&action.sa_mask);
	for (size_t i = 0; i < sizeof signals / sizeof *signals; i++)
		(void)sigaction(signals[i], &action, NULL);
	(void)sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
}

static void limit(int resource, rlim_t value)
{
	struct rlimit r = {.rlim_cur = value, .rlim_max = value};
	(void)setrlimit((__rlimit_resource_t)resource, &r);
}

/* What this process maps already, in bytes. */
static rlim_t mapped(void)
{
	char line[128] = "";
	FILE *f = fopen("/proc/self/statm", "re");
	rlim_t pages = f && fgets(line, sizeof line, f) ? strtoul(line, NULL, 10) : 0;
	if (f)
		(void)fclose(f);
	return pages * (rlim_t)sysconf(_SC_PAGESIZE);
}

static void set_limits(const rbf_worker *w)
{
	limit(RLIMIT_CORE, 0);
#ifndef RBF_SANITIZED
	limit(RLIMIT_AS, mapped() + w->memory_max);
#else
	(void)mapped;
	(void)w;
#endif
}

/* From now on so many seconds of processor time; then the kernel ends the process. */
static void allow_time(uint32_t seconds)
{
	struct rusage used;
	struct rlimit r;
	if (getrusage(RUSAGE_SELF, &used) != 0 || getrlimit(RLIMIT_CPU, &r) != 0)
		return;
	r.rlim_cur = (rlim_t)(used.ru_utime.tv_sec + used.ru_stime.tv_sec) + seconds + 1;
	if (r.rlim_max == RLIM_INFINITY || r.rlim_cur < r.rlim_max)
		(void)setrlimit(RLIMIT_CPU, &r);
}

static bool answer(rbf_dsn *d, int fd, rebuff_span message)
{
	const rbf_report *report;
	rebuff_status status = rbf_dsn_read(d, message, &report, NULL);
	size_t len = status == REBUFF_OK ? rbf_pack_size(report) : 0;
	char *packed = len ? malloc(len) : NULL;
	if (len && !packed) {
		status = REBUFF_ENOMEM;
		len = 0;
	}
	if (packed)
		rbf_pack(report, packed);
	frame f = {.status = status, .len = len};
	bool sent = send_all(fd, &f, sizeof f) && (len == 0 || send_all(fd, packed, len));
	free(packed);
	return sent;
}

static void serve(const rbf_worker *w, int fd)
{
	char *message = NULL;
	size_t cap = 0;
	rbf_dsn *d = rbf_dsn_open();
	frame f;
	while (d && receive_all(fd, &f, sizeof f) && f.len <= w->message_max &&
		reserve(&message, &cap, (size_t)f.len) && receive_all(fd, message, (size_t)f.len)) {
		allow_time(w->time_max_s);
		if (!answer(d, fd, (rebuff_span){message, (size_t)f.len}))
			break;
		if (cap > 4 * 1024 * 1024) { /* a rare large message is not paid for ever after */
			free(message);
			message = NULL;
			cap = 0;
		}
	}
	free(message);
	rbf_dsn_close(&d);
}

/* ---- the parent ------------------------------------------------------------------------------ */

static rebuff_status start(rbf_worker *w, rebuff_error *err)
{
	int fd[2];
	struct timeval wait = {.tv_sec = (time_t)w->time_max_s};
	if (socketpair(AF_UNIX, SOCK_STREAM, 0, fd) != 0)
		return rbf_fail(
			err, REBUFF_EIO, "no socket to a reading process: %s", strerror(errno));
	pid_t pid = fork();
	if (pid == 0) {
		(void)close(fd[0]);
		close_others(fd[1]);
		be_silent();
		default_signals();
		set_limits(w);
#ifndef RBF_SANITIZED
		rbf_confine();
#endif
		serve(w, fd[1]);
		_exit(0);
	}
	(void)close(fd[1]);
	if (pid < 0) {
		(void)close(fd[0]);
		return rbf_fail(err, REBUFF_EIO, "no process to read in: %s", strerror(errno));
	}
	(void)fcntl(fd[0], F_SETFD, FD_CLOEXEC);
	(void)setsockopt(fd[0], SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof wait);
	(void)setsockopt(fd[0], SOL_SOCKET, SO_SNDTIMEO, &wait, sizeof wait);
	w->pid = pid;
	w->fd = fd[0];
	return REBUFF_OK;
}

/* End the child and say how it went: the signal that ended it, 0 when it left by itself or had to
 * be killed by us. */
static int end(rbf_worker *w, bool kill_it)
{
	int status = 0;
	if (w->pid == 0)
		return 0;
	(void)close(w->fd);
	if (kill_it)
		(void)kill(w->pid, SIGKILL);
	while (waitpid(w->pid, &status, 0) < 0 && errno == EINTR)
		;
	w->pid = 0;
	return WIFSIGNALED(status) ? WTERMSIG(status) : 0;
}

void rbf_worker_stop(rbf_worker *w)
{
	(void)end(w, true);
}

static rebuff_status failed(rbf_worker *w, rebuff_error *err)
{
	bool late = errno == EAGAIN || errno == EWOULDBLOCK;
	int number = end(w, late);
	if (late || number == SIGXCPU)
		return rbf_fail(err, REBUFF_ELIMIT, "reading took longer than %u s", w->time_max_s);
	if (number)
		return rbf_fail(err, REBUFF_ELIMIT,
			"the reading process ended by signal %d: the message needs more memory "
			"than it "
			"may take, or is broken in a new way",
			number);
	return rbf_fail(err, REBUFF_EIO, "the reading process ended without an answer");
}

rebuff_status rbf_worker_ask(
	rbf_worker *w, rebuff_span message, char **out, size_t *len, size_t *cap, rebuff_error *err)
{
	frame f = {.len = message.len};
	rebuff_status status = w->pid ? REBUFF_OK : start(w, err);
	if (status != REBUFF_OK)
		return status;
	errno = 0;
	if (!send_all(w->fd, &f, sizeof f) || !send_all(w->fd, message.p, message.len) ||
		!receive_all(w->fd, &f, sizeof f))
		return failed(w, err);
	if (f.status != REBUFF_OK)
		return rbf_fail(err, (rebuff_status)f.status, "the reading process has no memory");
	if (f.len > w->memory_max || !reserve(out, cap, (size_t)f.len)) {
		(void)end(w, true);
		return rbf_fail(err, REBUFF_ENOMEM, "no memory for what was read");
	}
	*len = (size_t)f.len;
	return receive_all(w->fd, *out, *len) ? REBUFF_OK : failed(w, err);
}
