#define _GNU_SOURCE /* struct ucred, accept4 */
#include "mtactl/server.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
	REQUEST_MAX = 4096, /* the longest that is asked for here has some hundred bytes */
	TICK_MS = 1000,
};

typedef struct {
	rbf_server *server;
	int fd; /* -1: free */
	char in[REQUEST_MAX + 1];
	size_t in_len, scanned;
	rbf_ask *ask; /* under way */
	char *out; /* NULL: nothing to send */
	size_t out_len, sent;
} connection;

struct rbf_ask {
	connection *c; /* NULL: gone */
	char *bytes;
	size_t len, cap;
	bool failed; /* no memory: the connection is closed instead */
};

struct rbf_server {
	const rbf_mta *mta;
	void *self;
	int listener;
	uid_t engine;
	int signals;
	int next; /* whose turn it is */
	connection connections[RBF_CONNECTIONS_MAX];
};

/* ---- answers ------------------------------------------------------------------------------ */

static void drop(connection *c)
{
	if (c->ask)
		c->ask->c = NULL;
	close(c->fd);
	free(c->out);
	c->fd = -1;
	c->ask = NULL;
	c->out = NULL;
	c->in_len = c->scanned = c->out_len = c->sent = 0;
}

static void send_out(connection *c)
{
	while (c->out) {
		ssize_t n = send(c->fd, c->out + c->sent, c->out_len - c->sent, MSG_NOSIGNAL);
		if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR))
			return;
		if (n < 0) {
			drop(c);
			return;
		}
		c->sent += (size_t)n;
		if (c->sent < c->out_len)
			continue;
		free(c->out);
		c->out = NULL;
		c->sent = 0;
	}
}

static bool make_room(rbf_ask *a, size_t more)
{
	if (a->failed || a->cap - a->len >= more)
		return !a->failed;
	size_t cap = a->cap * 2 > a->len + more ? a->cap * 2 : a->len + more;
	char *bytes = realloc(a->bytes, cap);
	if (!bytes) {
		a->failed = true;
		return false;
	}
	a->bytes = bytes;
	a->cap = cap;
	return true;
}

void rbf_ask_put(rbf_ask *a, const char *name, const char *value)
{
	size_t len = strlen(value);
	/* Four bytes on the wire for each of the value at most, "=" and LF. */
	if (!make_room(a, strlen(name) + 4 * len + 2))
		return;
	rbf_wire_writer w = rbf_wire_writer_of(a->bytes + a->len, a->cap - a->len);
	rbf_wire_put(&w, name, value, len);
	a->failed = w.overflow;
	a->len += w.len;
}

void rbf_ask_done(rbf_ask *a)
{
	connection *c = a->c;
	if (make_room(a, 1))
		a->bytes[a->len++] = '\n';
	if (c)
		c->ask = NULL;
	if (c && a->failed) {
		drop(c);
	} else if (c) {
		c->out = a->bytes;
		c->out_len = a->len;
		a->bytes = NULL;
		send_out(c);
	}
	free(a->bytes);
	free(a);
}

void rbf_ask_ok(rbf_ask *a)
{
	rbf_ask_put(a, "ok", "1");
	rbf_ask_done(a);
}

void rbf_ask_error(rbf_ask *a, const char *text)
{
	rbf_ask_put(a, "error", text);
	rbf_ask_done(a);
}

/* ---- requests ----------------------------------------------------------------------------- */

static void handle(connection *c, const rbf_wire_record *r)
{
	rbf_server *s = c->server;
	rbf_ask *a = calloc(1, sizeof *a);
	if (!a) {
		drop(c);
		return;
	}
	a->c = c;
	c->ask = a;
	if (strcmp(rbf_wire_get_str(r, "request", ""), "ping") == 0)
		rbf_ask_ok(a);
	else if (strcmp(rbf_wire_get_str(r, "mta", s->mta->name), s->mta->name) != 0)
		rbf_ask_error(a, "not the mail server that is served here");
	else
		s->mta->request(s->self, r, a);
}

/* Take the connection's next request, when the one before is answered, the answer is sent, and it
 * is its turn. False: nothing was taken. */
static bool take_request(connection *c, rbf_turn now)
{
	rbf_wire_record r;
	const rbf_server *s = c->server;
	char request[REQUEST_MAX + 1];
	if (c->fd < 0 || c->ask || c->out)
		return false;
	size_t len = rbf_wire_find_end(c->in, c->in_len, &c->scanned);
	if (!len) {
		if (c->in_len == REQUEST_MAX)
			drop(c);
		return false;
	}
	c->scanned = 0;
	memcpy(request, c->in, len);
	bool wrong = rbf_wire_decode(request, len, '\n', &r) || r.n == 0;
	if (now != (wrong || !s->mta->turn ? RBF_TURN_NEXT : s->mta->turn(s->self, &r)))
		return false;
	memmove(c->in, c->in + len, c->in_len - len);
	c->in_len -= len;
	if (wrong)
		drop(c);
	else
		handle(c, &r);
	return true;
}

/* Everything that comes first, and one of the others, so that the first need not wait for many.
 * True: there may be more. */
static bool take_requests(rbf_server *s)
{
	for (int i = 0; i < RBF_CONNECTIONS_MAX; i++)
		while (take_request(&s->connections[i], RBF_TURN_FIRST))
			;
	for (int i = 0; i < RBF_CONNECTIONS_MAX; i++) {
		int at = (s->next + i) % RBF_CONNECTIONS_MAX;
		if (!take_request(&s->connections[at], RBF_TURN_NEXT))
			continue;
		s->next = (at + 1) % RBF_CONNECTIONS_MAX;
		return true;
	}
	return false;
}

static void read_in(connection *c)
{
	ssize_t n = recv(c->fd, c->in + c->in_len, REQUEST_MAX - c->in_len, 0);
	if (n > 0)
		c->in_len += (size_t)n;
	else if (n == 0 || (errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR))
		drop(c);
}

static bool is_engine(const rbf_server *s, int fd)
{
	struct ucred peer = {.uid = (uid_t)-1};
	socklen_t len = sizeof peer;
	return getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &len) == 0 &&
		(peer.uid == 0 || peer.uid == s->engine);
}

static void accept_one(rbf_server *s)
{
	int fd = accept4(s->listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	if (fd < 0)
		return;
	connection *c = NULL;
	for (int i = 0; i < RBF_CONNECTIONS_MAX && !c; i++) {
		if (s->connections[i].fd < 0)
			c = &s->connections[i];
	}
	if (!c || !is_engine(s, fd)) {
		fprintf(stderr, "rebuff-mtactl: a connection is refused: %s\n",
			c ? "neither the engine's user nor root" : "as many as can be are open");
		close(fd);
		return;
	}
	c->server = s;
	c->fd = fd;
}

/* ---- loop --------------------------------------------------------------------------------- */

/* False: told to end. */
static bool take_signals(rbf_server *s)
{
	char bytes[64];
	ssize_t n = read(s->signals, bytes, sizeof bytes);
	bool on = true;
	for (ssize_t i = 0; i < n; i++)
		on = on && bytes[i] == SIGCHLD;
	int status;
	for (pid_t pid; (pid = waitpid(-1, &status, WNOHANG)) > 0;)
		s->mta->child_over(s->self, pid, status);
	return on;
}

static void serve(connection *c, short ready)
{
	if (ready & POLLOUT)
		send_out(c);
	/* While a request is under way its connection is watched for its end only. */
	if (c->fd >= 0 && (ready & (POLLIN | POLLHUP | POLLERR)))
		read_in(c);
}

static short interest(const connection *c)
{
	return (short)((c->out ? POLLOUT : 0) | (c->in_len < REQUEST_MAX ? POLLIN : 0));
}

static int next_tick_ms(const rbf_server *s)
{
	int due = s->mta->due_ms ? s->mta->due_ms(s->self) : -1;
	return due >= 0 && due < TICK_MS ? due : TICK_MS;
}

void rbf_server_run(rbf_server *s)
{
	enum { SIGNALS, LISTENER, FIRST };
	struct pollfd fds[FIRST + RBF_CONNECTIONS_MAX];
	bool more = false;
	for (bool on = true; on;) {
		fds[SIGNALS] = (struct pollfd){.fd = s->signals, .events = POLLIN};
		fds[LISTENER] = (struct pollfd){.fd = s->listener, .events = POLLIN};
		for (int i = 0; i < RBF_CONNECTIONS_MAX; i++)
			fds[FIRST + i] = (struct pollfd){
				.fd = s->connections[i].fd, .events = interest(&s->connections[i])};
		if (poll(fds, FIRST + RBF_CONNECTIONS_MAX, more ? 0 : next_tick_ms(s)) < 0 &&
			errno != EINTR)
			return;
		for (int i = 0; i < RBF_CONNECTIONS_MAX; i++) {
			if (fds[FIRST + i].revents && s->connections[i].fd >= 0)
				serve(&s->connections[i], fds[FIRST + i].revents);
		}
		if (fds[LISTENER].revents)
			accept_one(s);
		if (fds[SIGNALS].revents)
			on = take_signals(s);
		s->mta->tick(s->self);
		more = take_requests(s);
	}
}

rbf_server *rbf_server_new(const rbf_mta *mta, void *self, int listener, uid_t engine, int signals)
{
	rbf_server *s = calloc(1, sizeof *s);
	if (!s)
		return NULL;
	*s = (rbf_server){.mta = mta,
		.self = self,
		.listener = listener,
		.engine = engine,
		.signals = signals};
	for (int i = 0; i < RBF_CONNECTIONS_MAX; i++)
		s->connections[i].fd = -1;
	return s;
}
