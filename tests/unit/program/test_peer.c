#include "unit.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "program/serve/peer.h"

enum { KEPT_MAX = 4096 };

/* Endpoints in a directory of our own, and a handler that answers "now" and "big" at once and keeps
 * "later" until the test lets it go. */
typedef struct {
	char dir[64];
	endpoint endpoints[ENDPOINT_N];
	logger *log;
	struct event_base *base;
	peers *peers;
	request *kept[KEPT_MAX];
	size_t kept_n, handled;
} fixture;

static void handle(void *ud, request *r)
{
	fixture *f = ud;
	f->handled++;
	if (strcmp(rbf_wire_get_str(&r->record, "request", ""), "later") == 0) {
		f->kept[f->kept_n++] = r;
		return;
	}
	static char big[20000];
	memset(big, 'x', sizeof big);
	if (strcmp(rbf_wire_get_str(&r->record, "request", ""), "big") == 0)
		rbf_wire_put(request_begin(r), "got", big, sizeof big);
	else
		rbf_wire_put_str(request_begin(r), "got", rbf_wire_get_str(&r->record, "n", ""));
	request_end(r);
	request_free(r);
}

static int listen_at(const char *path)
{
	struct sockaddr_un at = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);
	memcpy(at.sun_path, path, strlen(path) + 1);
	assert_int_equal(bind(fd, (struct sockaddr *)&at, sizeof at), 0);
	assert_int_equal(listen(fd, 128), 0);
	return fd;
}

static int set_up(void **state)
{
	fixture *f = calloc(1, sizeof *f);
	snprintf(f->dir, sizeof f->dir, "/tmp/rebuff-peer-XXXXXX");
	assert_non_null(mkdtemp(f->dir));
	for (int i = 0; i < ENDPOINT_N; i++) {
		endpoint *e = &f->endpoints[i];
		snprintf(e->path, sizeof e->path, "%s/%s", f->dir,
			endpoint_rule_of((endpoint_id)i)->name);
		e->fd = listen_at(e->path);
	}
	f->log = logger_new(false, REBUFF_LOG_ERROR);
	f->base = event_base_new();
	f->peers = peers_new(f->base, f->endpoints, f->log, handle, f);
	assert_non_null(f->peers);
	*state = f;
	return 0;
}

static int tear_down(void **state)
{
	fixture *f = *state;
	for (size_t i = 0; i < f->kept_n; i++)
		request_free(f->kept[i]);
	peers_free(&f->peers);
	event_base_free(f->base);
	endpoints_close(f->endpoints);
	logger_free(&f->log);
	rmdir(f->dir);
	free(f);
	return 0;
}

static int dial(const fixture *f, endpoint_id id)
{
	struct sockaddr_un to = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);
	memcpy(to.sun_path, f->endpoints[id].path, strlen(f->endpoints[id].path) + 1);
	assert_int_equal(connect(fd, (struct sockaddr *)&to, sizeof to), 0);
	return fd;
}

static void tell(int fd, const char *text)
{
	assert_int_equal(send(fd, text, strlen(text), MSG_NOSIGNAL), (ssize_t)strlen(text));
}

/* Let the loop do what it can now. */
static void turn(fixture *f)
{
	for (int i = 0; i < 5; i++)
		event_base_loop(f->base, EVLOOP_NONBLOCK);
}

/* What has come to fd; "<end>" behind it when it was closed. */
static const char *heard(fixture *f, int fd)
{
	static char text[RBF_WIRE_REQUEST_MAX * 2];
	size_t n = 0;
	turn(f);
	for (;;) {
		ssize_t got = recv(fd, text + n, sizeof text - n - 8, 0);
		if (got > 0) {
			n += (size_t)got;
			turn(f);
			continue;
		}
		text[n] = '\0';
		if (got == 0 || errno == ECONNRESET)
			memcpy(text + n, "<end>", 6);
		return text;
	}
}

static void test_form(void **state)
{
	static const struct {
		const char *name, *in, *want;
	} rows[] = {
		{"one", "request=now\nn=1\n\n", "got=1\n\n"},
		{"two at once", "request=now\nn=1\n\nrequest=now\nn=2\n\n", "got=1\n\ngot=2\n\n"},
		{"not complete", "request=now\nn=1\n", ""},
		{"another protocol", "GET / HTTP/1.0\r\n\r\n", ""},
		{"no line", "hello\n\n", "error=a line is not name=value\n\n<end>"},
		{"raw control byte", "request=now\nn=\x1b[31m\n\n",
			"error=a control byte in a value is not escaped\n\n<end>"},
		{"empty request", "\n", "error=a request does not begin with request=\n\n<end>"},
		{"another name first", "n=1\nrequest=now\n\n",
			"error=a request does not begin with request=\n\n<end>"},
		{"what follows a broken one is lost", "x\n\nrequest=now\n\n",
			"error=a line is not name=value\n\n<end>"},
		{"what went before is answered", "request=now\nn=1\n\nx\n\n",
			"got=1\n\nerror=a line is not name=value\n\n<end>"},
	};
	fixture *f = *state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		int fd = dial(f, ENDPOINT_EXIM);
		tell(fd, rows[i].in);
		assert_row_str(rows[i].name, heard(f, fd), rows[i].want);
		close(fd);
		turn(f);
	}
}

static void test_byte_by_byte(void **state)
{
	static const char text[] = "request=now\nn=1\n\n";
	fixture *f = *state;
	int fd = dial(f, ENDPOINT_EXIM);
	for (size_t i = 0; i < sizeof text - 1; i++) {
		assert_int_equal(send(fd, text + i, 1, 0), 1);
		turn(f);
	}
	assert_string_equal(heard(f, fd), "got=1\n\n");
	close(fd);
}

static void test_answers_keep_their_order(void **state)
{
	fixture *f = *state;
	int fd = dial(f, ENDPOINT_EXIM);
	tell(fd, "request=later\n\nrequest=now\nn=2\n\nrequest=later\n\nrequest=now\nn=4\n\n");
	assert_string_equal(heard(f, fd), "");
	assert_int_equal(f->kept_n, 2);
	request_error(f->kept[1], "third");
	assert_string_equal(heard(f, fd), "");
	request_ok(f->kept[0]);
	assert_string_equal(heard(f, fd), "ok=1\n\ngot=2\n\nerror=third\n\ngot=4\n\n");
	close(fd);
}

static void test_line_is_bounded_and_goes_on(void **state)
{
	fixture *f = *state;
	int fd = dial(f, ENDPOINT_EXIM);
	for (int i = 0; i < PEER_LINE_MAX + 10; i++)
		tell(fd, "request=later\n\n");
	turn(f);
	assert_int_equal(f->kept_n, PEER_LINE_MAX);
	for (int i = 0; i < PEER_LINE_MAX; i++)
		request_ok(f->kept[i]);
	turn(f);
	assert_int_equal(f->kept_n, PEER_LINE_MAX + 10);
	close(fd);
}

/* What is not fetched stops the reading, and fetching it starts it again. */
static void test_answers_are_bounded_and_go_on(void **state)
{
	fixture *f = *state;
	int fd = dial(f, ENDPOINT_EXIM), small = 4096;
	setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof small);
	for (int i = 0; i < 100; i++)
		tell(fd, "request=big\n\n");
	turn(f);
	assert_true(f->handled < 50);
	size_t got = 0;
	char text[8192];
	for (ssize_t n; got < 100 * 20006; got += (size_t)n) {
		n = recv(fd, text, sizeof text, 0);
		if (n < 0) {
			assert_int_equal(errno, EAGAIN);
			n = 0;
		}
		event_base_loop(f->base, EVLOOP_NONBLOCK);
	}
	assert_int_equal(f->handled, 100);
	close(fd);
}

static void test_end_of_input_is_no_end_of_answers(void **state)
{
	fixture *f = *state;
	int fd = dial(f, ENDPOINT_EXIM);
	tell(fd, "request=later\n\nrequest=now\nn=2\n\n");
	shutdown(fd, SHUT_WR);
	assert_string_equal(heard(f, fd), "");
	request_ok(f->kept[0]);
	assert_string_equal(heard(f, fd), "ok=1\n\ngot=2\n\n<end>");
	close(fd);
}

static void test_gone_before_the_answer(void **state)
{
	fixture *f = *state;
	peers_health health;
	int fd = dial(f, ENDPOINT_EXIM);
	tell(fd, "request=later\n\nrequest=later\n\nrequest=now\n\n");
	turn(f);
	struct linger hard = {.l_onoff = 1};
	setsockopt(fd, SOL_SOCKET, SO_LINGER, &hard, sizeof hard);
	close(fd);
	turn(f);
	request_ok(f->kept[0]);
	request_ok(f->kept[1]);
	turn(f);
	peers_tick(f->peers);
	peers_get_health(f->peers, &health);
	assert_int_equal(health.open, 0);
}

static void test_request_over_64_kib(void **state)
{
	fixture *f = *state;
	int fd = dial(f, ENDPOINT_EXIM);
	char *text = malloc(1 << 20);
	memset(text, 'a', 1 << 20);
	memcpy(text, "request=now\nn=", 14);
	for (size_t sent = 0; sent < 1 << 20;) {
		ssize_t n = send(fd, text + sent, (1 << 20) - sent, MSG_NOSIGNAL);
		if (n < 0 && errno != EAGAIN)
			break; /* it has hung up */
		if (n > 0)
			sent += (size_t)n;
		turn(f);
	}
	free(text);
	/* The rest of a megabyte that nobody reads may reset the connection, answer and all. */
	assert_non_null(strstr(heard(f, fd), "<end>"));
	close(fd);
	fd = dial(f, ENDPOINT_EXIM);
	char *fits = malloc(RBF_WIRE_REQUEST_MAX);
	memset(fits, 'a', RBF_WIRE_REQUEST_MAX);
	memcpy(fits, "request=now\nn=", 14);
	assert_int_equal(send(fd, fits, RBF_WIRE_REQUEST_MAX, 0), RBF_WIRE_REQUEST_MAX);
	free(fits);
	assert_string_equal(heard(f, fd), "error=a request is over 64 KiB\n\n<end>");
	close(fd);
}

static void test_connections_are_bounded(void **state)
{
	fixture *f = *state;
	peers_health health;
	unsigned max = endpoint_rule_of(ENDPOINT_CONTROL)->peers_max;
	int fds[64];
	for (unsigned i = 0; i < max; i++) {
		fds[i] = dial(f, ENDPOINT_CONTROL);
		tell(fds[i], i == 0 ? "request=later\n\n" : "request=now\n\n");
		turn(f);
	}
	/* One more: the one that has been quiet the longest makes place, not the one that waits. */
	fds[max] = dial(f, ENDPOINT_CONTROL);
	tell(fds[max], "request=now\nn=new\n\n");
	assert_string_equal(heard(f, fds[max]), "got=new\n\n");
	peers_get_health(f->peers, &health);
	assert_int_equal(health.open, max);
	assert_string_equal(heard(f, fds[0]), "");
	unsigned closed = 0;
	for (unsigned i = 1; i < max; i++)
		closed += strstr(heard(f, fds[i]), "<end>") != NULL;
	assert_int_equal(closed, 1);
	/* Other endpoints have their own bound. */
	int other = dial(f, ENDPOINT_EXIM);
	tell(other, "request=now\nn=1\n\n");
	assert_string_equal(heard(f, other), "got=1\n\n");
	close(other);
	for (unsigned i = 0; i <= max; i++)
		close(fds[i]);
}

static void test_all_busy_turns_away(void **state)
{
	fixture *f = *state;
	unsigned max = endpoint_rule_of(ENDPOINT_CONTROL)->peers_max;
	int fds[64];
	for (unsigned i = 0; i < max; i++) {
		fds[i] = dial(f, ENDPOINT_CONTROL);
		tell(fds[i], "request=later\n\n");
		turn(f);
	}
	fds[max] = dial(f, ENDPOINT_CONTROL);
	assert_string_equal(heard(f, fds[max]), "error=too many connections\n\n<end>");
	for (unsigned i = 0; i <= max; i++)
		close(fds[i]);
}

static size_t open_descriptors(void)
{
	size_t n = 0;
	for (int fd = 0; fd < 1024; fd++)
		n += fcntl(fd, F_GETFD) >= 0;
	return n;
}

static void test_passed_descriptors_are_closed(void **state)
{
	fixture *f = *state;
	int fd = dial(f, ENDPOINT_EXIM), null = open("/dev/null", O_RDONLY);
	turn(f);
	size_t before = open_descriptors();
	for (int round = 0; round < 3; round++) {
		union {
			char space[CMSG_SPACE(20 * sizeof(int))];
			struct cmsghdr align;
		} control;
		char text[] = "request=now\nn=1\n\n";
		struct iovec part = {.iov_base = text, .iov_len = sizeof text - 1};
		struct msghdr m = {.msg_iov = &part,
			.msg_iovlen = 1,
			.msg_control = control.space,
			.msg_controllen = sizeof control.space};
		memset(&control, 0, sizeof control);
		struct cmsghdr *c = CMSG_FIRSTHDR(&m);
		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = CMSG_LEN(20 * sizeof(int));
		for (size_t i = 0; i < 20; i++)
			memcpy(CMSG_DATA(c) + i * sizeof null, &null, sizeof null);
		assert_int_equal(sendmsg(fd, &m, 0), sizeof text - 1);
		assert_string_equal(heard(f, fd), "got=1\n\n");
	}
	assert_int_equal(open_descriptors(), before);
	close(null);
	close(fd);
}

static void test_stop_takes_no_more_and_answers_what_it_took(void **state)
{
	fixture *f = *state;
	int fd = dial(f, ENDPOINT_EXIM);
	tell(fd, "request=later\n\n");
	turn(f);
	peers_stop(f->peers);
	tell(fd, "request=now\n\n");
	assert_string_equal(heard(f, fd), "");
	assert_false(peers_flushed(f->peers));
	request_ok(f->kept[0]);
	assert_true(peers_flushed(f->peers));
	assert_string_equal(heard(f, fd), "ok=1\n\n");
	assert_int_equal(f->handled, 1);
	close(fd);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_form),
		TEST(test_byte_by_byte),
		TEST(test_answers_keep_their_order),
		TEST(test_line_is_bounded_and_goes_on),
		TEST(test_answers_are_bounded_and_go_on),
		TEST(test_end_of_input_is_no_end_of_answers),
		TEST(test_gone_before_the_answer),
		TEST(test_request_over_64_kib),
		TEST(test_connections_are_bounded),
		TEST(test_all_busy_turns_away),
		TEST(test_passed_descriptors_are_closed),
		TEST(test_stop_takes_no_more_and_answers_what_it_took),
	};
	signal(SIGPIPE, SIG_IGN); /* as rebuff serve does */
	return cmocka_run_group_tests(tests, NULL, NULL);
}
