#include "serve/mtactl.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "common/clocks.h"

enum { LINE_BYTES = 8192, BACK_OFF_FIRST_MS = 100, BACK_OFF_MAX_MS = 5000 };

struct mtactl_line {
	mtactl *m;
	int fd; /* -1: not connected */
	struct event *readable;
	bool taken, asked;
	int64_t asked_ms;
	mtactl_told *told;
	void *ud;
	size_t len;
	char bytes[LINE_BYTES + 1];
};

struct mtactl {
	struct event_base *base;
	const char *socket;
	logger *log;
	int64_t absent_until_ms, back_off_ms;
	mtactl_line lines[MTACTL_LINES];
};

static void disconnect(mtactl_line *l)
{
	if (l->readable)
		event_free(l->readable);
	if (l->fd >= 0)
		close(l->fd);
	l->readable = NULL;
	l->fd = -1;
	l->len = 0;
}

/* The question is over, if there is one: the line is free before the asker hears of it, who may
 * ask again. */
static void finish(mtactl_line *l, mtactl_news news)
{
	bool asked = l->asked;
	if (news == MTACTL_GONE)
		disconnect(l);
	l->len = 0;
	if (!asked)
		return;
	l->taken = l->asked = false;
	l->told(l->ud, news, NULL);
}

static void is_absent(mtactl *m, const char *why)
{
	if (!m->back_off_ms)
		logger_write(m->log, REBUFF_LOG_WARNING,
			"event=mtactl-absent socket=%s why=\"%s\" effect=\"the mail server's own "
			"schedule holds\"",
			m->socket, why);
	m->back_off_ms = m->back_off_ms ? m->back_off_ms * 2 : BACK_OFF_FIRST_MS;
	if (m->back_off_ms > BACK_OFF_MAX_MS)
		m->back_off_ms = BACK_OFF_MAX_MS;
	m->absent_until_ms = boot_now_ms() + m->back_off_ms;
}

static void is_there(mtactl *m)
{
	if (m->back_off_ms)
		logger_write(m->log, REBUFF_LOG_INFO, "event=mtactl-there socket=%s", m->socket);
	m->back_off_ms = 0;
}

/* ---- reading answers ----------------------------------------------------------------------- */

/* Hand on the complete lines in l->bytes. False: the answer is over, well or not. */
static bool read_lines(mtactl_line *l)
{
	size_t at = 0;
	for (char *stop; (stop = memchr(l->bytes + at, '\n', l->len - at));) {
		size_t n = (size_t)(stop - l->bytes) - at;
		rbf_wire_field field;
		if (n == 0) {
			/* One question, one answer: what follows is nobody's. */
			finish(l, at + 1 == l->len ? MTACTL_END : MTACTL_GONE);
			return false;
		}
		if (!l->asked || rbf_wire_decode_line(l->bytes + at, n, &field)) {
			finish(l, MTACTL_GONE);
			return false;
		}
		l->told(l->ud, MTACTL_FIELD, &field);
		at += n + 1;
	}
	memmove(l->bytes, l->bytes + at, l->len - at);
	l->len -= at;
	return true;
}

static void on_readable(evutil_socket_t fd, short what, void *ud)
{
	mtactl_line *l = ud;
	(void)fd, (void)what;
	ssize_t n = recv(l->fd, l->bytes + l->len, LINE_BYTES - l->len, 0);
	if (n < 0 && (errno == EINTR || errno == EAGAIN || errno == EWOULDBLOCK))
		return;
	if (n <= 0) {
		finish(l, MTACTL_GONE);
		return;
	}
	l->len += (size_t)n;
	if (read_lines(l) && l->len == LINE_BYTES)
		finish(l, MTACTL_GONE);
}

/* ---- asking -------------------------------------------------------------------------------- */

static bool connect_line(mtactl_line *l)
{
	mtactl *m = l->m;
	struct sockaddr_un to = {.sun_family = AF_UNIX};
	size_t len = strlen(m->socket);
	if (len >= sizeof to.sun_path) {
		is_absent(m, "the socket's path is too long");
		return false;
	}
	memcpy(to.sun_path, m->socket, len);
	l->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (l->fd < 0 || connect(l->fd, (struct sockaddr *)&to, sizeof to) != 0) {
		is_absent(m, strerror(errno));
		disconnect(l);
		return false;
	}
	l->readable = event_new(m->base, l->fd, EV_READ | EV_PERSIST, on_readable, l);
	if (!l->readable || event_add(l->readable, NULL) != 0) {
		is_absent(m, "no memory");
		disconnect(l);
		return false;
	}
	is_there(m);
	return true;
}

mtactl_line *mtactl_take(mtactl *m)
{
	mtactl_line *free_one = NULL;
	for (int i = 0; i < MTACTL_LINES; i++) {
		mtactl_line *l = &m->lines[i];
		if (!l->taken && (!free_one || (free_one->fd < 0 && l->fd >= 0)))
			free_one = l;
	}
	if (!free_one || mtactl_resting(m) || (free_one->fd < 0 && !connect_line(free_one)))
		return NULL;
	free_one->taken = true;
	return free_one;
}

void mtactl_give_back(mtactl_line *l)
{
	l->taken = false;
}

void mtactl_ask(mtactl_line *l, const char *request, size_t len, mtactl_told *told, void *ud)
{
	l->asked = true;
	l->asked_ms = boot_now_ms();
	l->told = told;
	l->ud = ud;
	l->len = 0;
	if (l->fd < 0) /* it went away since the line was taken */
		(void)connect_line(l);
	/* Some hundred bytes into an empty socket: it takes them all, or something is wrong. */
	if (l->fd < 0 || send(l->fd, request, len, MSG_NOSIGNAL) != (ssize_t)len)
		finish(l, MTACTL_GONE);
}

void mtactl_tick(mtactl *m)
{
	int64_t now = boot_now_ms();
	for (int i = 0; i < MTACTL_LINES; i++) {
		mtactl_line *l = &m->lines[i];
		if (l->asked && now - l->asked_ms > MTACTL_ANSWER_MS)
			finish(l, MTACTL_GONE);
	}
}

bool mtactl_resting(const mtactl *m)
{
	return m->back_off_ms && boot_now_ms() < m->absent_until_ms;
}

bool mtactl_failing(const mtactl *m)
{
	return m->back_off_ms != 0;
}

/* ---- the whole ----------------------------------------------------------------------------- */

mtactl *mtactl_new(struct event_base *base, const char *socket, logger *log)
{
	mtactl *m = calloc(1, sizeof *m);
	if (!m)
		return NULL;
	m->base = base;
	m->socket = socket;
	m->log = log;
	for (int i = 0; i < MTACTL_LINES; i++) {
		m->lines[i].m = m;
		m->lines[i].fd = -1;
	}
	return m;
}

void mtactl_free(mtactl **mp)
{
	if (!*mp)
		return;
	for (int i = 0; i < MTACTL_LINES; i++)
		finish(&(*mp)->lines[i], MTACTL_GONE);
	free(*mp);
	*mp = NULL;
}
