/*
 * filter-rebuff - the program that smtpd starts (filter "rebuff" proc-exec ...). smtpd ends when
 *its filter ends, so this one cannot fail: everything is allocated before it says that it is ready,
 * one loop does all, and without an engine it answers every question with "proceed".
 *
 *	filter-rebuff [-e] [-s SOCKET] [-a ALIVE]
 *
 * -e: give each message an ENVID of ours, by which a bounce proves itself.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "client/client.h"
#include "opensmtpd/link.h"
#include "opensmtpd/request.h"

enum {
	IN_MAX = 64 * 1024,
	/* Every open question must find room for its answer, so reading stops well before the
	 * output is full. */
	OUT_MAX = 1024 * 1024,
	OUT_READ = OUT_MAX - RBO_ASKS_MAX * RBO_ANSWER_MAX - 4096,
	REQUEST_MAX = 48 * 1024,
	LOST_MAX = 7 * 1024, /* a line for the mail log */
	RETRY_MS = 100, /* how often, at most, connecting is tried for results */
	COMPLAIN_MS = 60000, /* between two complaints about an engine that is silent */
};

typedef struct {
	rbo_filter *filter;
	rbo_link asks; /* questions: answered within milliseconds */
	rbo_link commits; /* of held mail: answered when the engine is ready for it */
	rbo_link results; /* results: answered when they are on disk */
	int64_t results_retry_ms, complained_ms;
	bool ended; /* smtpd has closed our input or output */
	bool skipping; /* the rest of a line that was too long */
	size_t in_len, out_len;
	char in[IN_MAX];
	char out[OUT_MAX];
	char request[REQUEST_MAX];
	char lost[LOST_MAX];
} program;

/* ---- to smtpd ------------------------------------------------------------------------------- */

static void say(void *ud, const char *bytes, size_t len)
{
	program *p = ud;
	if (len > sizeof p->out - p->out_len)
		return; /* cannot be: see OUT_READ */
	memcpy(p->out + p->out_len, bytes, len);
	p->out_len += len;
}

static void write_out(program *p)
{
	while (p->out_len > 0) {
		ssize_t n = write(STDOUT_FILENO, p->out, p->out_len);
		if (n > 0) {
			p->out_len -= (size_t)n;
			memmove(p->out, p->out + n, p->out_len);
		} else if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
			return;
		else if (n < 0 && errno == EINTR)
			continue;
		else {
			p->ended = true;
			return;
		}
	}
}

/* What smtpd reads from our standard error goes to the mail log. A log that takes nothing right now
 * loses the line: waiting is not allowed here. */
static void log_line(const char *bytes, size_t len)
{
	ssize_t n = write(STDERR_FILENO, bytes, len);
	(void)n;
}

/* ---- results -------------------------------------------------------------------------------- */

/* Replies on their way to the engine, so that they can be told to the log when they do not arrive.
 * The request itself holds everything; only its form differs. */
static void lost_result(void *ud, uint64_t log_says_less, const char *request, size_t len)
{
	program *p = ud;
	static const char head[] = "rebuff lost ";
	size_t n = sizeof head - 1;
	if (!log_says_less || len < 2)
		return;
	memcpy(p->lost, head, n);
	len -= 2; /* the last line feed and the empty line */
	for (size_t i = 0; i < len && n < sizeof p->lost - 1; i++)
		p->lost[n++] = request[i] == '\n' ? '\t' : request[i];
	p->lost[n++] = '\n';
	log_line(p->lost, n);
}

static void on_reply(void *ud, const rbo_reply *reply)
{
	program *p = ud;
	bool less = reply->code >= 300 && rbo_log_says_less(reply);
	size_t n = 0;
	if (reply->envelope && rbf_client_now_ms() >= p->results_retry_ms) {
		n = rbo_request_result(reply, p->request, sizeof p->request);
		if (n > 0 && rbo_link_send(&p->results, less, p->request, n))
			return;
		p->results_retry_ms = p->results.fd < 0 ? rbf_client_now_ms() + RETRY_MS : 0;
	}
	if (!less)
		return; /* the mail log says it all */
	n = rbo_request_lost(reply, p->lost, sizeof p->lost);
	log_line(p->lost, n);
}

static void on_acknowledged(void *ud, uint64_t ticket, const rbf_wire_record *record)
{
	(void)ud;
	(void)ticket;
	(void)record;
}

/* ---- questions ------------------------------------------------------------------------------ */

static bool on_ask(void *ud, uint64_t ticket, rbo_text sender, rbo_text recipient)
{
	program *p = ud;
	size_t n = rbo_request_submit(sender, recipient, p->request, sizeof p->request);
	return n > 0 && rbo_link_send(&p->asks, ticket, p->request, n);
}

/* Ticket 0 is nobody's. */
static void on_answer(void *ud, uint64_t ticket, const rbf_wire_record *record)
{
	program *p = ud;
	const char *action = rbf_wire_get_str(record, "action", "");
	const rbf_wire_field *text = rbf_wire_get(record, "text");
	rbo_text reply = {text ? text->value : "", text ? text->len : 0};
	bool held = rbf_wire_get_int(record, "held", 0) == 1;
	rbo_filter_heard(p->filter);
	if (ticket)
		rbo_filter_answer(p->filter, ticket,
			strcmp(action, "refuse") == 0 ? RBO_REFUSE
				: held		      ? RBO_TAKE_HELD
						      : RBO_TAKE,
			reply);
}

static void on_ask_lost(void *ud, uint64_t ticket, const char *request, size_t len)
{
	program *p = ud;
	(void)request;
	(void)len;
	if (ticket)
		rbo_filter_answer(p->filter, ticket, RBO_TAKE, (rbo_text){"", 0});
}

static bool on_commit(void *ud, uint64_t ticket, const rbo_held *held)
{
	program *p = ud;
	size_t n = rbo_request_commit(held, p->request, sizeof p->request);
	return n > 0 && rbo_link_send(&p->commits, ticket, p->request, n);
}

/* `record`: NULL is no answer. */
static void on_ready(void *ud, uint64_t ticket, const rbf_wire_record *record)
{
	program *p = ud;
	if (record)
		rbo_filter_heard(p->filter);
	rbo_filter_ready(p->filter, ticket);
}

static void on_commit_lost(void *ud, uint64_t ticket, const char *request, size_t len)
{
	(void)request;
	(void)len;
	on_ready(ud, ticket, NULL);
}

static void on_ping(void *ud)
{
	static const char request[] = "request=ping\n\n";
	program *p = ud;
	(void)rbo_link_send(&p->asks, 0, request, sizeof request - 1);
}

/* Not behind other commits: the window that this one went through is short. */
static void on_committed(void *ud, const rbo_held *held)
{
	program *p = ud;
	size_t n = rbo_request_committed(held, p->request, sizeof p->request);
	if (n > 0)
		(void)rbo_link_send(&p->asks, 0, p->request, n);
}

/* 120 random bits. */
static bool on_mark(void *ud, char out[RBO_ENVID_MAX + 1])
{
	static const char alphabet[] = "abcdefghijklmnopqrstuvwxyz234567";
	enum { CHARACTERS = 24 };
	unsigned char bytes[CHARACTERS];
	size_t n = sizeof RBO_MARK - 1;
	(void)ud;
	if (getrandom(bytes, sizeof bytes, GRND_NONBLOCK) != (ssize_t)sizeof bytes)
		return false;
	memcpy(out, RBO_MARK, n);
	for (size_t i = 0; i < sizeof bytes; i++)
		out[n++] = alphabet[bytes[i] & 31];
	out[n] = '\0';
	return true;
}

/* ---- the loop ------------------------------------------------------------------------------- */

/* Work through the whole lines that were read, as long as there is room for what they cause. */
static void take_lines(program *p)
{
	int64_t now = rbf_client_now_ms();
	size_t at = 0;
	while (at < p->in_len && p->out_len < OUT_READ) {
		size_t left = p->in_len - at;
		char *end = memchr(p->in + at, '\n', left);
		if (!end && left < sizeof p->in)
			break;
		/* Of a line that is too long the beginning is enough to answer a question. */
		size_t len = end ? (size_t)(end - (p->in + at)) : left;
		if (!p->skipping)
			rbo_filter_line(p->filter, (rbo_text){p->in + at, len}, now);
		p->skipping = !end;
		at += end ? len + 1 : len;
	}
	p->in_len -= at;
	memmove(p->in, p->in + at, p->in_len);
}

static void read_in(program *p)
{
	if (p->in_len == sizeof p->in)
		return;
	ssize_t n = read(STDIN_FILENO, p->in + p->in_len, sizeof p->in - p->in_len);
	if (n > 0)
		p->in_len += (size_t)n;
	else if (n == 0 || (errno != EINTR && errno != EAGAIN && errno != EWOULDBLOCK))
		p->ended = true;
}

static void complain(program *p, int64_t now_ms)
{
	static const char line[] = "rebuff: the engine does not answer in time; for 5 seconds at a "
				   "time it is not asked, and mail goes on as without rebuff\n";
	if (p->complained_ms && now_ms - p->complained_ms < COMPLAIN_MS)
		return;
	p->complained_ms = now_ms;
	log_line(line, sizeof line - 1);
}

static void loop_once(program *p, int timeout_ms)
{
	enum { IN, OUT, ASKS, COMMITS, RESULTS };
	struct pollfd fds[] = {
		[IN] = {.fd = p->out_len < OUT_READ ? STDIN_FILENO : -1, .events = POLLIN},
		[OUT] = {.fd = p->out_len ? STDOUT_FILENO : -1, .events = POLLOUT},
		[ASKS] = {.fd = p->asks.fd, .events = rbo_link_events(&p->asks)},
		[COMMITS] = {.fd = p->commits.fd, .events = rbo_link_events(&p->commits)},
		[RESULTS] = {.fd = p->results.fd, .events = rbo_link_events(&p->results)},
	};
	if (poll(fds, sizeof fds / sizeof *fds, timeout_ms) < 0)
		return; /* EINTR, or no memory in the kernel: the next turn will do */
	rbo_link_work(&p->asks, fds[ASKS].revents);
	rbo_link_work(&p->commits, fds[COMMITS].revents);
	rbo_link_work(&p->results, fds[RESULTS].revents);
	if (fds[IN].revents)
		read_in(p);
	take_lines(p);
	if (rbo_filter_tick(p->filter, rbf_client_now_ms()) >= 0)
		return;
	/* An engine that lets questions run out gets a fresh connection after the rest: its late
	 * answers would only be counted off against new questions. */
	if (rbo_filter_rests(p->filter, rbf_client_now_ms())) {
		complain(p, rbf_client_now_ms());
		rbo_link_close(&p->asks);
		rbo_link_close(&p->commits);
	}
}

static void loop(program *p)
{
	while (!p->ended) {
		write_out(p);
		int wait = rbo_filter_tick(p->filter, rbf_client_now_ms());
		loop_once(p, p->out_len ? 1000 : wait);
	}
}

static void set_nonblocking(int fd)
{
	int flags = fcntl(fd, F_GETFL);
	if (flags >= 0)
		(void)fcntl(fd, F_SETFL, flags | O_NONBLOCK);
}

static program *program_new(const char *socket, const char *alive, bool marks)
{
	program *p = calloc(1, sizeof *p);
	if (!p)
		return NULL;
	p->filter = rbo_filter_new((rbo_filter_hooks){.ud = p,
		.say = say,
		.reply = on_reply,
		.ask = on_ask,
		.commit = on_commit,
		.ping = on_ping,
		.committed = on_committed,
		.mark = marks ? on_mark : NULL});
	if (!p->filter) {
		free(p);
		return NULL;
	}
	rbo_link_init(&p->asks, socket, alive);
	rbo_link_init(&p->commits, socket, alive);
	rbo_link_init(&p->results, socket, alive);
	p->asks.ud = p->commits.ud = p->results.ud = p;
	p->asks.answer = on_answer;
	p->asks.lost = on_ask_lost;
	p->commits.answer = on_ready;
	p->commits.lost = on_commit_lost;
	p->results.answer = on_acknowledged;
	p->results.lost = lost_result;
	return p;
}

int main(int argc, char **argv)
{
	const char *socket = "/run/rebuff/smtpd.sock", *alive = "/run/rebuff/alive";
	bool marks = false;
	for (int opt; (opt = getopt(argc, argv, "es:a:")) != -1;) {
		if (opt == 'e')
			marks = true;
		else if (opt == 's')
			socket = optarg;
		else if (opt == 'a')
			alive = optarg;
		else {
			fputs("usage: filter-rebuff [-e] [-s SOCKET] [-a ALIVE]\n", stderr);
			return 2;
		}
	}
	(void)signal(SIGPIPE, SIG_IGN);
	(void)signal(SIGHUP, SIG_IGN);
	program *p = program_new(socket, alive, marks);
	if (!p) {
		fputs("filter-rebuff: not enough memory to start\n", stderr);
		return 1;
	}
	set_nonblocking(STDIN_FILENO);
	set_nonblocking(STDOUT_FILENO);
	set_nonblocking(STDERR_FILENO);
	loop(p);
	rbo_filter_free(p->filter);
	free(p);
	return 0;
}
