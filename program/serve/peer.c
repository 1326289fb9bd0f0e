#define _GNU_SOURCE /* POLLRDHUP */
#include "serve/peer.h"

#include <errno.h>
#include <event2/buffer.h>
#include <event2/listener.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/clocks.h"

enum { IN_FIRST = 4096, IN_MAX = RBF_WIRE_REQUEST_MAX, OUT_MAX = 65536, FDS_MAX = 8 };

typedef struct peer peer;

/* The place of one request in its connection's line. */
struct answer {
	peer *peer; /* NULL: the connection is gone */
	answer *next;
	bool ready;
	size_t len;
	char *bytes; /* when ready */
};

struct peer {
	peers *all;
	peer *next; /* of the open, or of the dead */
	endpoint_id endpoint;
	uid_t uid;
	int fd;
	struct event *readable, *writable;
	char *in;
	size_t in_at, in_len, in_cap; /* taken up to, filled up to, allocated */
	size_t in_scanned; /* looked at from in_at on */
	int passed_fd; /* came with the bytes in `in`; -1: none */
	struct evbuffer *out;
	answer *first, *last;
	unsigned in_line;
	int64_t begun_ms; /* when the request that is not complete yet began; 0: none */
	int64_t used_ms; /* last complete request or answer */
	int64_t stuck_ms; /* since when bytes wait in `out`; 0: none */
	bool settling; /* settle is at work */
	bool ended; /* it asks no more, or may not: closed when all is answered */
	bool dead;
};

typedef struct {
	peers *all;
	const endpoint *at;
	endpoint_id id;
	struct evconnlistener *listener;
	unsigned open;
	seldom full, refused, bad, failing;
} door;

struct peers {
	struct event_base *base;
	logger *log;
	void (*handle)(void *ud, request *r);
	void *ud;
	door doors[ENDPOINT_N];
	peer *open, *dead;
	bool stopped;
	peers_health health;
	rbf_wire_writer writer; /* of the answer being written, into scratch */
	char scratch[RBF_WIRE_REQUEST_MAX];
};

/* ---- closing ------------------------------------------------------------------------------- */

static void unlink_peer(peer *p)
{
	peer **at = &p->all->open;
	while (*at != p)
		at = &(*at)->next;
	*at = p->next;
	p->next = p->all->dead;
	p->all->dead = p;
}

/* Close now, free later: callers up the stack may still look at p->dead. */
static void bury(peer *p)
{
	if (p->dead)
		return;
	p->dead = true;
	p->all->doors[p->endpoint].open--;
	p->all->health.open--;
	unlink_peer(p);
	if (p->readable)
		event_free(p->readable);
	if (p->writable)
		event_free(p->writable);
	if (p->out)
		evbuffer_free(p->out);
	if (p->passed_fd >= 0)
		close(p->passed_fd);
	close(p->fd);
	free(p->in);
	for (answer *a = p->first, *next; a; a = next) {
		next = a->next;
		a->peer = NULL;
		if (a->ready) {
			free(a->bytes);
			free(a);
		}
	}
}

static void free_dead(peers *all)
{
	while (all->dead) {
		peer *p = all->dead;
		all->dead = p->next;
		free(p);
	}
}

/* Throw out whoever misbehaves. */
static void drop(peer *p, const char *why)
{
	peers *all = p->all;
	if (p->dead)
		return;
	all->health.dropped++;
	logger_seldom(all->log, &all->doors[p->endpoint].bad, REBUFF_LOG_WARNING,
		"event=peer-dropped socket=%s uid=%ld why=\"%s\"",
		endpoint_rule_of(p->endpoint)->name, (long)p->uid, why);
	bury(p);
}

/* ---- answering ----------------------------------------------------------------------------- */

static void settle(peer *p);

static void send_out(peer *p)
{
	int64_t now = boot_now_ms();
	while (!p->dead && evbuffer_get_length(p->out) > 0) {
		int n = evbuffer_write(p->out, p->fd);
		if (n > 0) {
			p->stuck_ms = now;
			continue;
		}
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno != EAGAIN && errno != EWOULDBLOCK) {
			bury(p);
			return;
		}
		if (!p->stuck_ms)
			p->stuck_ms = now;
		event_add(p->writable, NULL);
		return;
	}
	if (p->dead)
		return;
	p->stuck_ms = 0;
	if (p->ended && !p->first)
		bury(p);
}

/* What is ready at the head of the line goes out. */
static void move_ready(peer *p)
{
	while (!p->dead && p->first && p->first->ready) {
		answer *a = p->first;
		p->first = a->next;
		if (!p->first)
			p->last = NULL;
		p->in_line--;
		p->used_ms = boot_now_ms();
		evbuffer_add(p->out, a->bytes, a->len);
		free(a->bytes);
		free(a);
	}
}

static void finish(answer *a, const char *bytes, size_t len)
{
	if (!a->peer) {
		free(a);
		return;
	}
	a->bytes = malloc(len);
	if (!a->bytes) {
		peer *p = a->peer;
		drop(p, "no memory for an answer");
		free(a);
		return;
	}
	memcpy(a->bytes, bytes, len);
	a->len = len;
	a->ready = true;
	settle(a->peer);
}

rbf_wire_writer *request_begin(request *r)
{
	r->all->writer = rbf_wire_writer_of(r->all->scratch, sizeof r->all->scratch);
	return &r->all->writer;
}

void request_end(request *r)
{
	peers *all = r->all;
	rbf_wire_end(&all->writer);
	if (all->writer.overflow) {
		all->writer = rbf_wire_writer_of(all->scratch, sizeof all->scratch);
		rbf_wire_put_str(&all->writer, "error", "the answer is over 64 KiB");
		rbf_wire_end(&all->writer);
	}
	answer *a = r->answer;
	r->answer = NULL;
	if (a)
		finish(a, all->scratch, all->writer.len);
}

void request_ok(request *r)
{
	rbf_wire_put_int(request_begin(r), "ok", 1);
	request_end(r);
}

void request_error(request *r, const char *text)
{
	rbf_wire_put_str(request_begin(r), "error", text);
	request_end(r);
}

bool request_is_awaited(const request *r)
{
	const peer *p = r->answer ? r->answer->peer : NULL;
	struct pollfd at = {.fd = p ? p->fd : -1, .events = POLLRDHUP};
	return p && poll(&at, 1, 0) <= 0;
}

void request_free(request *r)
{
	if (r->sharers > 0) {
		r->sharers--;
		return;
	}
	if (r->answer)
		request_error(r, "not answered");
	if (r->fd >= 0)
		close(r->fd);
	free(r);
}

/* ---- reading ------------------------------------------------------------------------------- */

/* A request of the next `len` bytes of `in`, with its place in line; NULL: no memory. */
static request *make_request(peer *p, size_t len)
{
	request *r = calloc(1, sizeof *r + len + 1);
	answer *a = calloc(1, sizeof *a);
	if (!r || !a) {
		free(r);
		free(a);
		return NULL;
	}
	if (len)
		memcpy(r->bytes, p->in + p->in_at, len);
	r->job.bytes = sizeof *r + len;
	r->endpoint = p->endpoint;
	r->uid = p->uid;
	r->all = p->all;
	r->came_ms = wall_now_ms();
	r->answer = a;
	r->fd = p->passed_fd;
	p->passed_fd = -1;
	a->peer = p;
	if (p->last)
		p->last->next = a;
	else
		p->first = a;
	p->last = a;
	p->in_line++;
	return r;
}

/* The last answer to whoever broke the form. */
static void refuse(peer *p, request *r, const char *why)
{
	p->all->health.dropped++;
	logger_seldom(p->all->log, &p->all->doors[p->endpoint].bad, REBUFF_LOG_WARNING,
		"event=peer-dropped socket=%s uid=%ld why=\"%s\"",
		endpoint_rule_of(p->endpoint)->name, (long)p->uid, why);
	p->ended = true;
	p->in_at = p->in_len;
	request_error(r, why);
	request_free(r);
}

static void decode_and_handle(peer *p, request *r, size_t len)
{
	const char *wrong = rbf_wire_decode(r->bytes, len, '\n', &r->record);
	if (!wrong && (r->record.n == 0 || strcmp(r->record.field[0].name, "request") != 0))
		wrong = "a request does not begin with request=";
	if (wrong)
		refuse(p, r, wrong);
	else
		p->all->handle(p->all->ud, r);
}

/* May it ask more? Not before it has fetched some of its answers. */
static bool is_full(const peer *p)
{
	return p->in_line >= PEER_LINE_MAX || evbuffer_get_length(p->out) >= OUT_MAX;
}

/* Take one complete request out of what came and hand it on. False: there is none, or no room in
 * line for it. */
static bool take_next(peer *p)
{
	if (p->dead || p->all->stopped || is_full(p))
		return false;
	if (p->in_at == p->in_len)
		return false;
	size_t len = rbf_wire_find_end(p->in + p->in_at, p->in_len - p->in_at, &p->in_scanned);
	bool too_long = !len && p->in_scanned >= IN_MAX;
	if (!len && !too_long)
		return false;
	request *r = make_request(p, len);
	if (!r) {
		drop(p, "no memory for a request");
		return false;
	}
	p->in_at += len;
	p->in_scanned = 0;
	p->begun_ms = 0;
	p->used_ms = boot_now_ms();
	if (too_long)
		refuse(p, r, "a request is over 64 KiB");
	else
		decode_and_handle(p, r, len);
	return true;
}

/* What was taken makes room. */
static void compact(peer *p)
{
	if (!p->in_at)
		return;
	memmove(p->in, p->in + p->in_at, p->in_len - p->in_at);
	p->in_len -= p->in_at;
	p->in_at = 0;
}

/* Read on, unless it is full: what it says then waits in the kernel, and the time is not its own.
 */
static void watch_input(peer *p)
{
	bool wanted = !p->ended && !p->all->stopped && !is_full(p);
	if (wanted)
		event_add(p->readable, NULL);
	else
		event_del(p->readable);
	if (!wanted || !p->in_len)
		p->begun_ms = 0;
	else if (!p->begun_ms)
		p->begun_ms = boot_now_ms();
}

/* After bytes or an answer came: take, hand on and send whatever now can be. Handlers that answer
 * at once come back here; the outermost call does the work. */
static void settle(peer *p)
{
	if (p->settling || p->dead)
		return;
	p->settling = true;
	do {
		do
			move_ready(p);
		while (take_next(p));
		send_out(p);
	} while (take_next(p)); /* sending made room */
	p->settling = false;
	if (p->dead)
		return;
	compact(p);
	watch_input(p);
}

/* Keep the first descriptor that comes with a request, close all others. */
static void take_descriptors(peer *p, struct msghdr *m)
{
	for (struct cmsghdr *c = CMSG_FIRSTHDR(m); c; c = CMSG_NXTHDR(m, c)) {
		if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
			continue;
		size_t n = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);
		for (size_t i = 0; i < n; i++) {
			int fd;
			memcpy(&fd, CMSG_DATA(c) + i * sizeof fd, sizeof fd);
			if (p->passed_fd < 0)
				p->passed_fd = fd;
			else
				close(fd);
		}
	}
}

static bool make_room(peer *p)
{
	if (p->in_len < p->in_cap)
		return true;
	size_t cap = p->in_cap ? p->in_cap * 2 : IN_FIRST;
	char *in = cap <= IN_MAX ? realloc(p->in, cap) : NULL;
	if (!in)
		return false;
	p->in = in;
	p->in_cap = cap;
	return true;
}

static ssize_t receive(peer *p)
{
	union {
		char space[CMSG_SPACE(FDS_MAX * sizeof(int))];
		struct cmsghdr align;
	} control;
	struct iovec part = {.iov_base = p->in + p->in_len, .iov_len = p->in_cap - p->in_len};
	struct msghdr m = {.msg_iov = &part,
		.msg_iovlen = 1,
		.msg_control = control.space,
		.msg_controllen = sizeof control.space};
	ssize_t n = recvmsg(p->fd, &m, MSG_CMSG_CLOEXEC);
	if (n >= 0)
		take_descriptors(p, &m);
	return n;
}

static void on_readable(evutil_socket_t fd, short what, void *ud)
{
	peer *p = ud;
	(void)fd, (void)what;
	if (!make_room(p)) {
		drop(p, "no memory for a request");
		return;
	}
	ssize_t n = receive(p);
	if (n < 0) {
		if (errno != EINTR && errno != EAGAIN && errno != EWOULDBLOCK)
			bury(p);
		return;
	}
	if (n == 0)
		p->ended = true; /* what it has asked is still answered */
	p->in_len += (size_t)n;
	settle(p);
}

static void on_writable(evutil_socket_t fd, short what, void *ud)
{
	peer *p = ud;
	(void)fd, (void)what;
	send_out(p);
	settle(p);
}

/* ---- accepting ----------------------------------------------------------------------------- */

static void turn_away(int fd, const char *word)
{
	(void)!send(fd, word, strlen(word), MSG_NOSIGNAL | MSG_DONTWAIT);
	close(fd);
}

/* Close the connection of this endpoint that has been quiet the longest. False: all are busy. */
static bool make_place(peers *all, endpoint_id id)
{
	peer *quiet = NULL;
	for (peer *p = all->open; p; p = p->next) {
		if (p->endpoint == id && !p->first && !p->in_len && !evbuffer_get_length(p->out) &&
			(!quiet || p->used_ms < quiet->used_ms))
			quiet = p;
	}
	if (quiet)
		bury(quiet);
	return quiet != NULL;
}

static void add_peer(door *d, int fd, uid_t uid)
{
	peers *all = d->all;
	peer *p = calloc(1, sizeof *p);
	if (!p) {
		close(fd);
		return;
	}
	*p = (peer){.all = all, .endpoint = d->id, .uid = uid, .fd = fd, .passed_fd = -1};
	p->next = all->open;
	all->open = p;
	p->used_ms = boot_now_ms();
	d->open++;
	all->health.open++;
	all->health.accepted++;
	p->out = evbuffer_new();
	p->readable = event_new(all->base, fd, EV_READ | EV_PERSIST, on_readable, p);
	p->writable = event_new(all->base, fd, EV_WRITE, on_writable, p);
	if (!p->out || !p->readable || !p->writable || event_add(p->readable, NULL) != 0)
		drop(p, "no memory for a connection");
}

static void on_accept(
	struct evconnlistener *l, evutil_socket_t fd, struct sockaddr *from, int len, void *ud)
{
	door *d = ud;
	uid_t uid;
	(void)l, (void)from, (void)len;
	if (!endpoint_admits(d->at, fd, &uid)) {
		d->all->health.turned_away++;
		logger_seldom(d->all->log, &d->refused, REBUFF_LOG_WARNING,
			"event=peer-refused socket=%s uid=%ld", endpoint_rule_of(d->id)->name,
			(long)uid);
		turn_away(fd, "error=this user may not ask here\n\n");
		return;
	}
	if (d->open >= endpoint_rule_of(d->id)->peers_max && !make_place(d->all, d->id)) {
		d->all->health.turned_away++;
		logger_seldom(d->all->log, &d->full, REBUFF_LOG_WARNING,
			"event=endpoint-full socket=%s connections=%u",
			endpoint_rule_of(d->id)->name, d->open);
		turn_away(fd, "error=too many connections\n\n");
		return;
	}
	add_peer(d, fd, uid);
}

/* No descriptors left, most likely: rest until the next tick rather than spin. */
static void on_accept_error(struct evconnlistener *l, void *ud)
{
	door *d = ud;
	logger_seldom(d->all->log, &d->failing, REBUFF_LOG_ERROR,
		"event=accept-failed socket=%s why=\"%s\"", endpoint_rule_of(d->id)->name,
		strerror(errno));
	evconnlistener_disable(l);
}

/* ---- the whole ----------------------------------------------------------------------------- */

peers *peers_new(struct event_base *base, const endpoint endpoints[ENDPOINT_N], logger *log,
	void (*handle)(void *ud, request *r), void *ud)
{
	peers *all = calloc(1, sizeof *all);
	if (!all)
		return NULL;
	all->base = base;
	all->log = log;
	all->handle = handle;
	all->ud = ud;
	for (int i = 0; i < ENDPOINT_N; i++) {
		door *d = &all->doors[i];
		*d = (door){.all = all, .at = &endpoints[i], .id = (endpoint_id)i};
		d->listener = evconnlistener_new(
			base, on_accept, d, LEV_OPT_CLOSE_ON_EXEC, 0, endpoints[i].fd);
		if (!d->listener) {
			peers_free(&all);
			return NULL;
		}
		evconnlistener_set_error_cb(d->listener, on_accept_error);
	}
	return all;
}

static const char *fault_of(const peer *p, int64_t now)
{
	if (p->stuck_ms && now - p->stuck_ms > PEER_STUCK_MS)
		return "it does not fetch its answers";
	if (p->begun_ms && now - p->begun_ms > PEER_REQUEST_MS)
		return "a request was begun and not finished";
	return NULL;
}

void peers_tick(peers *all)
{
	int64_t now = boot_now_ms();
	free_dead(all);
	for (peer *p = all->open, *next; p; p = next) {
		next = p->next;
		const char *fault = fault_of(p, now);
		if (fault)
			drop(p, fault);
		else if (!p->first && now - p->used_ms > PEER_QUIET_MS)
			bury(p);
	}
	for (int i = 0; i < ENDPOINT_N && !all->stopped; i++)
		evconnlistener_enable(all->doors[i].listener);
}

void peers_stop(peers *all)
{
	all->stopped = true;
	for (int i = 0; i < ENDPOINT_N; i++)
		evconnlistener_disable(all->doors[i].listener);
	for (peer *p = all->open; p; p = p->next)
		event_del(p->readable);
}

bool peers_flushed(const peers *all)
{
	for (const peer *p = all->open; p; p = p->next) {
		if (p->first || evbuffer_get_length(p->out))
			return false;
	}
	return true;
}

void peers_free(peers **allp)
{
	peers *all = *allp;
	if (!all)
		return;
	while (all->open)
		bury(all->open);
	free_dead(all);
	for (int i = 0; i < ENDPOINT_N; i++) {
		if (all->doors[i].listener)
			evconnlistener_free(all->doors[i].listener);
	}
	free(all);
	*allp = NULL;
}

void peers_get_health(const peers *all, peers_health *out)
{
	*out = all->health;
}
