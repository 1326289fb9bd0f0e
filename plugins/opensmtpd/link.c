#include "opensmtpd/link.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "client/client.h"

void rbo_link_init(rbo_link *l, const char *path, const char *alive)
{
	l->path = path;
	l->alive = alive;
	l->fd = -1;
}

void rbo_link_close(rbo_link *l)
{
	if (l->fd >= 0)
		close(l->fd);
	l->fd = -1;
	size_t at = l->head;
	while (l->n > 0) {
		rbo_link_request r = l->queue[l->first];
		l->first = (l->first + 1) % RBO_LINK_QUEUE;
		l->n--;
		l->lost(l->ud, r.ticket, l->out + at, r.len);
		at += r.len;
	}
	l->first = l->head = l->sent = l->len = l->in_len = l->scanned = 0;
}

static bool connect_now(rbo_link *l)
{
	struct sockaddr_un to = {.sun_family = AF_UNIX};
	size_t len = strlen(l->path);
	if (l->alive && !rbf_client_alive(l->alive))
		return false;
	if (len >= sizeof to.sun_path)
		return false;
	memcpy(to.sun_path, l->path, len);
	l->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (l->fd < 0)
		return false;
	/* A unix socket connects at once or not at all. */
	if (connect(l->fd, (struct sockaddr *)&to, sizeof to) == 0)
		return true;
	close(l->fd);
	l->fd = -1;
	return false;
}

/* Make room behind the queued requests by moving them to the front. */
static void compact(rbo_link *l)
{
	if (l->head == 0)
		return;
	memmove(l->out, l->out + l->head, l->len - l->head);
	l->sent -= l->head;
	l->len -= l->head;
	l->head = 0;
}

static void flush(rbo_link *l)
{
	while (l->sent < l->len) {
		ssize_t n = send(l->fd, l->out + l->sent, l->len - l->sent, MSG_NOSIGNAL);
		if (n > 0)
			l->sent += (size_t)n;
		else if (n < 0 && errno == EINTR)
			continue;
		else
			break; /* full for now, or broken: poll tells which */
	}
}

bool rbo_link_send(rbo_link *l, uint64_t ticket, const char *request, size_t len)
{
	if (l->fd < 0 && !connect_now(l))
		return false;
	if (l->n == RBO_LINK_QUEUE)
		return false;
	if (len > sizeof l->out - l->len)
		compact(l);
	if (len > sizeof l->out - l->len)
		return false;
	memcpy(l->out + l->len, request, len);
	l->len += len;
	l->queue[(l->first + l->n++) % RBO_LINK_QUEUE] =
		(rbo_link_request){.ticket = ticket, .len = (uint32_t)len};
	flush(l);
	return true;
}

short rbo_link_events(const rbo_link *l)
{
	if (l->fd < 0)
		return 0;
	return (short)(POLLIN | (l->sent < l->len ? POLLOUT : 0));
}

/* The first request has its answer. */
static uint64_t pop(rbo_link *l)
{
	rbo_link_request r = l->queue[l->first];
	l->first = (l->first + 1) % RBO_LINK_QUEUE;
	l->n--;
	l->head += r.len;
	if (l->n == 0)
		l->head = l->sent = l->len = 0;
	return r.ticket;
}

/* Hand out the complete answers. False: what came is not the wire's form, or nobody asked. */
static bool answers(rbo_link *l)
{
	size_t end;
	while ((end = rbf_wire_find_end(l->in, l->in_len, &l->scanned)) > 0) {
		rbf_wire_record record;
		/* An answer to what was not yet sent whole answers something else. */
		if (l->n == 0 || l->sent < l->head + l->queue[l->first].len)
			return false;
		if (rbf_wire_decode(l->in, end, '\n', &record) || record.n == 0)
			return false;
		l->answer(l->ud, pop(l), &record);
		if (l->fd < 0)
			return true; /* closed by the one who was told */
		l->in_len -= end;
		memmove(l->in, l->in + end, l->in_len);
		l->scanned = 0;
	}
	return l->in_len < RBF_WIRE_REQUEST_MAX;
}

void rbo_link_work(rbo_link *l, short revents)
{
	if (l->fd < 0 || !revents)
		return;
	if (revents & POLLOUT)
		flush(l);
	if (!(revents & (POLLIN | POLLHUP | POLLERR)))
		return;
	ssize_t n = recv(l->fd, l->in + l->in_len, RBF_WIRE_REQUEST_MAX - l->in_len, 0);
	if (n > 0) {
		l->in_len += (size_t)n;
		if (!answers(l))
			rbo_link_close(l);
	} else if (n == 0 || (errno != EINTR && errno != EAGAIN && errno != EWOULDBLOCK))
		rbo_link_close(l);
}
