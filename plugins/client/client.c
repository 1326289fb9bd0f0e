#include "client/client.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

enum { BACKLOG_NAP_MS = 5 }; /* a full backlog of a unix socket cannot be polled for */

static int64_t clock_ms(clockid_t id)
{
	struct timespec t;
	if (clock_gettime(id, &t) != 0)
		return 0;
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

int64_t rbf_client_now_ms(void)
{
	return clock_ms(CLOCK_MONOTONIC);
}

int64_t rbf_client_wall_ms(void)
{
	return clock_ms(CLOCK_REALTIME);
}

/* A descriptor above 2 instead of fd: a host that closed its standard streams must never find a
 * socket of ours in their place. Closes fd when it had to move. */
static int above_stderr(int fd)
{
	if (fd < 0 || fd > 2)
		return fd;
	int moved = fcntl(fd, F_DUPFD_CLOEXEC, 3);
	close(fd);
	return moved;
}

int rbf_client_open_to_pass(const char *path)
{
	return above_stderr(open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK));
}

bool rbf_client_alive(const char *path)
{
	char text[24];
	int fd = rbf_client_open_to_pass(path);
	if (fd < 0)
		return false;
	ssize_t n = read(fd, text, sizeof text);
	close(fd);
	int64_t stamp = 0;
	for (ssize_t i = 0; i < n && text[i] >= '0' && text[i] <= '9'; i++) {
		if (i == 18)
			return false;
		stamp = stamp * 10 + (text[i] - '0');
	}
	int64_t age = clock_ms(CLOCK_BOOTTIME) - stamp;
	return n > 0 && age <= RBF_CLIENT_ALIVE_MAX_MS && age >= -RBF_CLIENT_ALIVE_MAX_MS;
}

void rbf_client_close(rbf_client *c)
{
	if (c->open)
		close(c->fd);
	c->open = false;
}

static rbf_client_status problem(rbf_client *c, rbf_client_status status, const char *text)
{
	rbf_client_close(c);
	c->problem = text;
	return status;
}

/* Count a timeout; after enough of them in a row the client rests. */
static rbf_client_status timed_out(rbf_client *c)
{
	if (++c->timeouts >= c->options.timeouts) {
		c->resting = true;
		c->rest_until_ms = rbf_client_now_ms() + c->options.rest_ms;
		c->timeouts = 0;
	}
	return problem(c, RBF_CLIENT_TIMEOUT, "the engine did not answer in time");
}

static bool resting(rbf_client *c)
{
	if (c->resting && c->options.rest_ms >= 0 && rbf_client_now_ms() >= c->rest_until_ms)
		c->resting = false;
	return c->resting;
}

/* Wait until the socket is ready for `events` (or has failed). False: the deadline has passed. */
static bool wait_for(int fd, short events, int64_t deadline)
{
	for (;;) {
		int64_t left = deadline - rbf_client_now_ms();
		if (left <= 0)
			return false;
		struct pollfd p = {.fd = fd, .events = events};
		int n = poll(&p, fd < 0 ? 0 : 1, (int)left);
		if (n > 0)
			return true;
		if (n < 0 && errno != EINTR)
			return false;
	}
}

static rbf_client_status connect_until(rbf_client *c, int64_t deadline)
{
	struct sockaddr_un to = {.sun_family = AF_UNIX};
	size_t len = strlen(c->options.socket);
	if (len >= sizeof to.sun_path)
		return problem(c, RBF_CLIENT_ABSENT, "the socket's path is too long");
	memcpy(to.sun_path, c->options.socket, len);
	int fd = above_stderr(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
	if (fd < 0)
		return problem(c, RBF_CLIENT_ABSENT, "no descriptor is left for a socket");
	c->fd = fd;
	c->open = true;
	c->pid = getpid();
	while (connect(fd, (struct sockaddr *)&to, sizeof to) != 0) {
		if (errno == EINTR)
			continue;
		if (errno != EAGAIN)
			return problem(
				c, RBF_CLIENT_ABSENT, "nobody listens on the engine's socket");
		int64_t nap = rbf_client_now_ms() + BACKLOG_NAP_MS;
		if (nap >= deadline)
			return timed_out(c);
		(void)wait_for(-1, 0, nap);
	}
	return RBF_CLIENT_OK;
}

/* One sendmsg, with the descriptor when there is one to pass. */
static ssize_t send_some(int fd, const char *bytes, size_t len, int pass_fd)
{
	union {
		char space[CMSG_SPACE(sizeof(int))];
		struct cmsghdr align;
	} control;
	/* sendmsg only reads the bytes, but its struct has no const. */
	struct iovec part = {.iov_len = len};
	memcpy(&part.iov_base, &bytes, sizeof bytes);
	struct msghdr m = {.msg_iov = &part, .msg_iovlen = 1};
	if (pass_fd >= 0) {
		memset(&control, 0, sizeof control);
		m.msg_control = control.space;
		m.msg_controllen = sizeof control.space;
		struct cmsghdr *head = CMSG_FIRSTHDR(&m);
		head->cmsg_level = SOL_SOCKET;
		head->cmsg_type = SCM_RIGHTS;
		head->cmsg_len = CMSG_LEN(sizeof(int));
		memcpy(CMSG_DATA(head), &pass_fd, sizeof pass_fd);
	}
	return sendmsg(fd, &m, MSG_NOSIGNAL);
}

static rbf_client_status send_until(
	rbf_client *c, const char *request, size_t len, int pass_fd, int64_t deadline)
{
	for (size_t sent = 0; sent < len;) {
		ssize_t n = send_some(c->fd, request + sent, len - sent, sent ? -1 : pass_fd);
		if (n >= 0)
			sent += (size_t)n;
		else if (errno == EAGAIN || errno == EWOULDBLOCK) {
			if (!wait_for(c->fd, POLLOUT, deadline))
				return timed_out(c);
		} else if (errno != EINTR)
			return problem(c, RBF_CLIENT_BROKEN, "the engine closed the connection");
	}
	return RBF_CLIENT_OK;
}

static rbf_client_status receive_until(rbf_client *c, int64_t deadline, rbf_wire_record *out)
{
	size_t len = 0, scanned = 0, end = 0;
	while ((end = rbf_wire_find_end(c->answer, len, &scanned)) == 0) {
		if (len == RBF_WIRE_REQUEST_MAX)
			return problem(c, RBF_CLIENT_BROKEN, "the engine's answer is over 64 KiB");
		if (!wait_for(c->fd, POLLIN, deadline))
			return timed_out(c);
		ssize_t n = recv(c->fd, c->answer + len, RBF_WIRE_REQUEST_MAX - len, 0);
		if (n > 0)
			len += (size_t)n;
		else if (n == 0 || (errno != EINTR && errno != EAGAIN && errno != EWOULDBLOCK))
			return problem(c, RBF_CLIENT_BROKEN, "the engine closed the connection");
	}
	/* One question, one answer: what follows it would be taken for the next one's. */
	if (end != len || rbf_wire_decode(c->answer, len, '\n', out) || out->n == 0)
		return problem(c, RBF_CLIENT_BROKEN, "the engine's answer cannot be read");
	return RBF_CLIENT_OK;
}

rbf_client_status rbf_client_ask(
	rbf_client *c, const char *request, size_t len, int pass_fd, rbf_wire_record *out)
{
	out->n = 0;
	if (c->open && c->pid != getpid())
		rbf_client_close(c);
	if (resting(c)) {
		c->problem = "the engine is not asked after it did not answer in time";
		return RBF_CLIENT_RESTING;
	}
	if (c->options.alive && !rbf_client_alive(c->options.alive))
		return problem(c, RBF_CLIENT_ABSENT, "the engine is not running");
	int64_t deadline = rbf_client_now_ms() + c->options.deadline_ms;
	rbf_client_status status;
	bool kept;
	do {
		kept = c->open;
		status = kept ? RBF_CLIENT_OK : connect_until(c, deadline);
		if (status == RBF_CLIENT_OK)
			status = send_until(c, request, len, pass_fd, deadline);
		if (status == RBF_CLIENT_OK)
			status = receive_until(c, deadline, out);
	} while (status == RBF_CLIENT_BROKEN && kept);
	if (status != RBF_CLIENT_OK)
		return status;
	c->timeouts = 0;
	c->problem = "";
	if (rbf_wire_get(out, "error")) {
		c->problem = "the engine refused the request";
		return RBF_CLIENT_REFUSED;
	}
	return RBF_CLIENT_OK;
}
