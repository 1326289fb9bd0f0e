#include "common/control.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include "common/fail.h"
#include "common/text.h"

struct control {
	int fd;
	rbf_wire_writer writer;
	size_t in_len, in_scanned;
	size_t taken; /* bytes of the answer handed out last */
	char out[RBF_WIRE_REQUEST_MAX];
	char in[RBF_WIRE_REQUEST_MAX + 1];
};

rebuff_status control_open(const char *run_dir, control **out, rebuff_error *err)
{
	struct sockaddr_un to = {.sun_family = AF_UNIX};
	struct timeval limit = {.tv_sec = CONTROL_WAIT_S};
	int n = snprintf(to.sun_path, sizeof to.sun_path, "%s/control.sock", run_dir);
	if (n < 0 || (size_t)n >= sizeof to.sun_path)
		return fail(
			err, REBUFF_ELIMIT, "%s: the path is too long for a socket in it", run_dir);
	control *c = calloc(1, sizeof *c);
	if (!c)
		return fail(err, REBUFF_ENOMEM, "no memory");
	c->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (c->fd >= 0 && connect(c->fd, (struct sockaddr *)&to, sizeof to) == 0 &&
		setsockopt(c->fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit) == 0 &&
		setsockopt(c->fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit) == 0) {
		*out = c;
		return REBUFF_OK;
	}
	bool absent = errno == ENOENT || errno == ECONNREFUSED || errno == ENOTDIR;
	fail(err, absent ? REBUFF_ENOENT : REBUFF_EIO, "%s: %s", to.sun_path,
		absent			  ? "no engine runs here; start rebuff serve"
			: errno == EACCES ? "not allowed; become root or a member of group rebuff"
					  : strerror(errno));
	control_close(&c);
	return err->status;
}

void control_close(control **c)
{
	if (!*c)
		return;
	if ((*c)->fd >= 0)
		close((*c)->fd);
	free(*c);
	*c = NULL;
}

rbf_wire_writer *control_begin(control *c, const char *request)
{
	c->writer = rbf_wire_writer_of(c->out, sizeof c->out);
	rbf_wire_put_str(&c->writer, "request", request);
	return &c->writer;
}

rebuff_status control_send(control *c, rebuff_error *err)
{
	rbf_wire_end(&c->writer);
	if (c->writer.overflow)
		return fail(err, REBUFF_ELIMIT, "the request is over 64 KiB");
	for (size_t sent = 0; sent < c->writer.len;) {
		ssize_t n = send(c->fd, c->out + sent, c->writer.len - sent, MSG_NOSIGNAL);
		if (n >= 0)
			sent += (size_t)n;
		else if (errno != EINTR)
			return fail(err, REBUFF_EIO, "the engine takes no request: %s",
				strerror(errno));
	}
	return REBUFF_OK;
}

rebuff_status control_receive(control *c, rbf_wire_record *out, rebuff_error *err)
{
	size_t end;
	memmove(c->in, c->in + c->taken, c->in_len - c->taken);
	c->in_len -= c->taken;
	c->taken = c->in_scanned = 0;
	while ((end = rbf_wire_find_end(c->in, c->in_len, &c->in_scanned)) == 0) {
		ssize_t n = c->in_len < RBF_WIRE_REQUEST_MAX
			? recv(c->fd, c->in + c->in_len, RBF_WIRE_REQUEST_MAX - c->in_len, 0)
			: 0;
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return fail(err, REBUFF_EIO, "the engine does not answer: %s",
				n < 0 ? strerror(errno) : "it closed the connection");
		c->in_len += (size_t)n;
	}
	c->taken = end;
	const char *wrong = rbf_wire_decode(c->in, end, '\n', out);
	if (wrong)
		return fail(err, REBUFF_EIO, "the engine's answer cannot be read: %s", wrong);
	const rbf_wire_field *error = rbf_wire_get(out, "error");
	if (!error)
		return REBUFF_OK;
	err->status = REBUFF_EPARSE;
	text_escape(err->text, sizeof err->text, error->value, error->len);
	return err->status;
}
