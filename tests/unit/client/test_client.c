#include "unit.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "client/client.h"

enum { PATIENT_MS = 20000, HASTY_MS = 40 };

/* An engine that follows a script: one entry a request, over as many connections as come. */
enum act { ANSWER, SAY_NOTHING, CLOSE, CLOSE_AFTER_ANSWER };
struct entry {
	enum act act;
	const char *bytes;
	size_t piece; /* write so many bytes at a time; 0: all */
};
struct engine {
	char dir[32], path[64];
	int listener;
	pthread_t thread;
	const struct entry *script;
	size_t n, at;
	int connections;
	int passed_fd; /* the last descriptor that came along, -1 */
	char last[256];
	size_t last_len;
};

/* Read one request; false at the end of the connection. */
static bool take_request(struct engine *e, int fd)
{
	size_t scanned = 0;
	e->last_len = 0;
	while (!rbf_wire_find_end(e->last, e->last_len, &scanned)) {
		union {
			char space[CMSG_SPACE(sizeof(int))];
			struct cmsghdr align;
		} control;
		struct iovec part = {e->last + e->last_len, 1};
		struct msghdr m = {.msg_iov = &part,
			.msg_iovlen = 1,
			.msg_control = control.space,
			.msg_controllen = sizeof control.space};
		if (e->last_len == sizeof e->last || recvmsg(fd, &m, 0) <= 0)
			return false;
		struct cmsghdr *head = CMSG_FIRSTHDR(&m);
		if (head)
			memcpy(&e->passed_fd, CMSG_DATA(head), sizeof(int));
		e->last_len++;
	}
	return true;
}

static void write_pieces(int fd, const struct entry *entry)
{
	size_t len = strlen(entry->bytes);
	for (size_t at = 0; at < len;) {
		size_t n = entry->piece && entry->piece < len - at ? entry->piece : len - at;
		if (send(fd, entry->bytes + at, n, MSG_NOSIGNAL) < 0)
			return;
		at += n;
	}
}

static void serve(struct engine *e, int fd)
{
	while (take_request(e, fd) && e->at < e->n) {
		const struct entry *entry = &e->script[e->at++];
		if (entry->act == ANSWER || entry->act == CLOSE_AFTER_ANSWER)
			write_pieces(fd, entry);
		if (entry->act == CLOSE || entry->act == CLOSE_AFTER_ANSWER)
			return;
	}
}

static void *engine_thread(void *arg)
{
	struct engine *e = arg;
	int fd;
	while ((fd = accept(e->listener, NULL, NULL)) >= 0) {
		e->connections++;
		serve(e, fd);
		close(fd);
	}
	return NULL;
}

static void engine_listen(struct engine *e)
{
	memset(e, 0, sizeof *e);
	e->passed_fd = -1;
	strcpy(e->dir, "/tmp/rebuff-client.XXXXXX");
	assert_non_null(mkdtemp(e->dir));
	snprintf(e->path, sizeof e->path, "%s/sock", e->dir);
	struct sockaddr_un to = {.sun_family = AF_UNIX};
	memcpy(to.sun_path, e->path, strlen(e->path) + 1);
	e->listener = socket(AF_UNIX, SOCK_STREAM, 0);
	assert_true(e->listener >= 0);
	assert_int_equal(bind(e->listener, (struct sockaddr *)&to, sizeof to), 0);
	assert_int_equal(listen(e->listener, 0), 0);
}

static void engine_start(struct engine *e, const struct entry *script, size_t n)
{
	engine_listen(e);
	e->script = script;
	e->n = n;
	assert_int_equal(pthread_create(&e->thread, NULL, engine_thread, e), 0);
}

/* The client must have closed its connection before. */
static void engine_stop(struct engine *e, bool running)
{
	shutdown(e->listener, SHUT_RDWR);
	if (running)
		pthread_join(e->thread, NULL);
	close(e->listener);
	unlink(e->path);
	rmdir(e->dir);
	if (e->passed_fd >= 0)
		close(e->passed_fd);
}

static rbf_client *client_of(const char *path, int deadline_ms, int timeouts, int rest_ms)
{
	rbf_client *c = calloc(1, sizeof *c);
	assert_non_null(c);
	c->options = (rbf_client_options){.socket = path,
		.deadline_ms = deadline_ms,
		.timeouts = timeouts,
		.rest_ms = rest_ms};
	return c;
}

static rbf_client_status ping(rbf_client *c, rbf_wire_record *out)
{
	static const char request[] = "request=ping\n\n";
	return rbf_client_ask(c, request, sizeof request - 1, -1, out);
}

static void test_answers(void **state)
{
	static const struct {
		const char *name;
		struct entry entry;
		int deadline_ms;
		rbf_client_status want;
	} rows[] = {
		{"whole", {ANSWER, "ok=1\n\n", 0}, PATIENT_MS, RBF_CLIENT_OK},
		{"byte by byte", {ANSWER, "action=wait\nuntil=12\n\n", 1}, PATIENT_MS,
			RBF_CLIENT_OK},
		{"error", {ANSWER, "error=not allowed\n\n", 0}, PATIENT_MS, RBF_CLIENT_REFUSED},
		{"garbage", {ANSWER, "HTTP/1.1 400 Bad Request\r\n\r\n\n\n", 0}, PATIENT_MS,
			RBF_CLIENT_BROKEN},
		{"an empty line only", {ANSWER, "\n", 0}, PATIENT_MS, RBF_CLIENT_BROKEN},
		{"two answers", {ANSWER, "ok=1\n\nok=1\n\n", 0}, PATIENT_MS, RBF_CLIENT_BROKEN},
		{"closes", {CLOSE, "", 0}, PATIENT_MS, RBF_CLIENT_BROKEN},
		{"closes in the middle", {CLOSE_AFTER_ANSWER, "ok=", 0}, PATIENT_MS,
			RBF_CLIENT_BROKEN},
		{"silent", {SAY_NOTHING, "", 0}, HASTY_MS, RBF_CLIENT_TIMEOUT},
		{"stops in the middle", {ANSWER, "ok=1\n", 0}, HASTY_MS, RBF_CLIENT_TIMEOUT},
	};
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct engine e;
		rbf_wire_record r;
		engine_start(&e, &rows[i].entry, 1);
		rbf_client *c = client_of(e.path, rows[i].deadline_ms, 1, -1);
		rbf_client_status got = ping(c, &r);
		assert_row_int(rows[i].name, got, rows[i].want);
		assert_row_int(rows[i].name, c->problem[0] == '\0', rows[i].want == RBF_CLIENT_OK);
		rbf_client_close(c);
		engine_stop(&e, true);
		free(c);
	}
}

static void test_over_64_kib_is_refused(void **state)
{
	(void)state;
	char *endless = malloc(RBF_WIRE_REQUEST_MAX + 2);
	assert_non_null(endless);
	memset(endless, 'a', RBF_WIRE_REQUEST_MAX + 1);
	endless[RBF_WIRE_REQUEST_MAX + 1] = '\0';
	struct entry entry = {ANSWER, endless, 0};
	struct engine e;
	rbf_wire_record r;
	engine_start(&e, &entry, 1);
	rbf_client *c = client_of(e.path, PATIENT_MS, 1, -1);
	assert_int_equal(ping(c, &r), RBF_CLIENT_BROKEN);
	assert_string_equal(c->problem, "the engine's answer is over 64 KiB");
	rbf_client_close(c);
	engine_stop(&e, true);
	free(c);
	free(endless);
}

static void test_nobody_listens(void **state)
{
	(void)state;
	rbf_wire_record r;
	rbf_client *c = client_of("/nonexistent/rebuff.sock", PATIENT_MS, 1, -1);
	assert_int_equal(ping(c, &r), RBF_CLIENT_ABSENT);
	assert_false(c->open);
	free(c);
}

/* The kernel's queue is full and nobody accepts: bounded like any other silence. */
static void test_full_backlog(void **state)
{
	(void)state;
	struct engine e;
	rbf_wire_record r;
	engine_listen(&e);
	struct sockaddr_un to = {.sun_family = AF_UNIX};
	memcpy(to.sun_path, e.path, strlen(e.path) + 1);
	int waiting[8], n = 0;
	do
		waiting[n] = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);
	while (connect(waiting[n++], (struct sockaddr *)&to, sizeof to) == 0 && n < 8);
	assert_int_equal(errno, EAGAIN);
	rbf_client *c = client_of(e.path, HASTY_MS, 1, -1);
	assert_int_equal(ping(c, &r), RBF_CLIENT_TIMEOUT);
	assert_false(c->open);
	while (n > 0)
		close(waiting[--n]);
	free(c);
	engine_stop(&e, false);
}

static void test_one_connection_for_many_questions(void **state)
{
	static const struct entry script[] = {
		{ANSWER, "ok=1\n\n", 0}, {ANSWER, "ok=2\n\n", 0}, {ANSWER, "ok=3\n\n", 0}};
	(void)state;
	struct engine e;
	rbf_wire_record r;
	engine_start(&e, script, 3);
	rbf_client *c = client_of(e.path, PATIENT_MS, 1, -1);
	for (int i = 1; i <= 3; i++) {
		assert_int_equal(ping(c, &r), RBF_CLIENT_OK);
		assert_int_equal(rbf_wire_get_int(&r, "ok", 0), i);
	}
	assert_true(fcntl(c->fd, F_GETFD) & FD_CLOEXEC);
	rbf_client_close(c);
	engine_stop(&e, true);
	assert_int_equal(e.connections, 1);
	free(c);
}

/* The engine was restarted between two questions: the second is asked again, once. */
static void test_reconnects_after_a_restart(void **state)
{
	static const struct entry script[] = {
		{CLOSE_AFTER_ANSWER, "ok=1\n\n", 0}, {ANSWER, "ok=2\n\n", 0}, {CLOSE, "", 0}};
	(void)state;
	struct engine e;
	rbf_wire_record r;
	engine_start(&e, script, 3);
	rbf_client *c = client_of(e.path, PATIENT_MS, 1, -1);
	assert_int_equal(ping(c, &r), RBF_CLIENT_OK);
	assert_int_equal(ping(c, &r), RBF_CLIENT_OK);
	assert_int_equal(rbf_wire_get_int(&r, "ok", 0), 2);
	rbf_client_close(c);
	assert_int_equal(ping(c, &r), RBF_CLIENT_BROKEN); /* a new connection: not tried again */
	engine_stop(&e, true);
	assert_int_equal(e.connections, 3);
	free(c);
}

static void test_rests_for_ever_after_one_timeout(void **state)
{
	static const struct entry script[] = {{SAY_NOTHING, "", 0}, {ANSWER, "ok=1\n\n", 0}};
	(void)state;
	struct engine e;
	rbf_wire_record r;
	engine_start(&e, script, 2);
	rbf_client *c = client_of(e.path, HASTY_MS, 1, -1);
	assert_int_equal(ping(c, &r), RBF_CLIENT_TIMEOUT);
	assert_int_equal(ping(c, &r), RBF_CLIENT_RESTING);
	assert_int_equal(ping(c, &r), RBF_CLIENT_RESTING);
	rbf_client_close(c);
	engine_stop(&e, true);
	assert_int_equal(e.at, 1);
	free(c);
}

static void test_rests_for_a_while_after_two_timeouts(void **state)
{
	static const struct entry script[] = {
		{SAY_NOTHING, "", 0}, {SAY_NOTHING, "", 0}, {ANSWER, "ok=1\n\n", 0}};
	(void)state;
	struct engine e;
	rbf_wire_record r;
	engine_start(&e, script, 3);
	rbf_client *c = client_of(e.path, HASTY_MS, 2, 3600000);
	assert_int_equal(ping(c, &r), RBF_CLIENT_TIMEOUT);
	assert_int_equal(ping(c, &r), RBF_CLIENT_TIMEOUT);
	assert_int_equal(ping(c, &r), RBF_CLIENT_RESTING);
	c->rest_until_ms = rbf_client_now_ms(); /* the rest is over */
	c->options.deadline_ms = PATIENT_MS;
	assert_int_equal(ping(c, &r), RBF_CLIENT_OK);
	rbf_client_close(c);
	engine_stop(&e, true);
	free(c);
}

static void test_child_opens_its_own_connection(void **state)
{
	static const struct entry script[] = {
		{ANSWER, "ok=1\n\n", 0}, {ANSWER, "ok=2\n\n", 0}, {ANSWER, "ok=3\n\n", 0}};
	(void)state;
	struct engine e;
	rbf_wire_record r;
	engine_start(&e, script, 3);
	rbf_client *c = client_of(e.path, PATIENT_MS, 1, -1);
	assert_int_equal(ping(c, &r), RBF_CLIENT_OK);
	int fd = c->fd;
	pid_t child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		/* the parent's connection is being served: a second one would wait for ever here */
		c->options.deadline_ms = HASTY_MS;
		bool well = ping(c, &r) == RBF_CLIENT_TIMEOUT && c->timeouts == 0 && !c->open;
		_exit(well ? 0 : 1);
	}
	int status = -1;
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
	assert_int_equal(ping(c, &r), RBF_CLIENT_OK);
	assert_int_equal(c->fd, fd);
	assert_int_equal(rbf_wire_get_int(&r, "ok", 0), 2);
	rbf_client_close(c);
	engine_stop(&e, true);
	free(c);
}

static void test_descriptors(void **state)
{
	static const struct entry script[] = {{ANSWER, "ok=1\n\n", 0}};
	(void)state;
	struct engine e;
	rbf_wire_record r;
	engine_start(&e, script, 1);
	rbf_client *c = client_of(e.path, PATIENT_MS, 1, -1);
	int saved[2] = {dup(0), dup(1)};
	close(0); /* the lowest free numbers are now 0 and 1 */
	close(1);
	rbf_client_status got = ping(c, &r);
	for (int i = 0; i < 2; i++) {
		dup2(saved[i], i);
		close(saved[i]);
	}
	assert_int_equal(got, RBF_CLIENT_OK);
	assert_true(c->fd > 2);
	assert_true(fcntl(c->fd, F_GETFD) & FD_CLOEXEC);
	rbf_client_close(c);
	engine_stop(&e, true);
	free(c);
}

/* The file is readable through the passed descriptor, and our own offset stays where it was. */
static void test_passes_a_descriptor(void **state)
{
	static const struct entry script[] = {{ANSWER, "ok=1\n\n", 0}};
	static const char request[] = "request=message\n\n";
	(void)state;
	struct engine e;
	rbf_wire_record r;
	engine_start(&e, script, 1);
	char file[64], self[64], got[16] = "";
	snprintf(file, sizeof file, "%s/message", e.dir);
	int own = open(file, O_RDWR | O_CREAT, 0600);
	assert_true(own >= 0);
	assert_int_equal(write(own, "Subject: x\n", 11), 11);
	assert_int_equal(lseek(own, 3, SEEK_SET), 3);
	snprintf(self, sizeof self, "/proc/self/fd/%d", own);
	int pass = rbf_client_open_to_pass(self);
	assert_true(pass > 2);
	rbf_client *c = client_of(e.path, PATIENT_MS, 1, -1);
	assert_int_equal(rbf_client_ask(c, request, sizeof request - 1, pass, &r), RBF_CLIENT_OK);
	rbf_client_close(c);
	shutdown(e.listener, SHUT_RDWR);
	pthread_join(e.thread, NULL);
	assert_true(e.passed_fd >= 0);
	assert_int_equal(read(e.passed_fd, got, sizeof got - 1), 11);
	assert_string_equal(got, "Subject: x\n");
	assert_int_equal(lseek(own, 0, SEEK_CUR), 3);
	assert_true(write(e.passed_fd, "!", 1) < 0);
	close(pass);
	close(own);
	unlink(file);
	engine_stop(&e, false);
	free(c);
}

static void write_stamp(const char *path, long long ms)
{
	FILE *f = fopen(path, "w");
	assert_non_null(f);
	fprintf(f, "%lld\n", ms);
	fclose(f);
}

static void test_alive_stamp(void **state)
{
	static const struct {
		const char *name;
		long long age_ms;
		bool want;
	} rows[] = {
		{"fresh", 0, true},
		{"a second old", 1000, true},
		{"too old", 3000 + 1000000, false},
		{"from another boot", -1000000, false},
	};
	(void)state;
	char dir[] = "/tmp/rebuff-alive.XXXXXX", path[64];
	assert_non_null(mkdtemp(dir));
	snprintf(path, sizeof path, "%s/alive", dir);
	assert_false(rbf_client_alive(path));
	struct timespec t;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		clock_gettime(CLOCK_BOOTTIME, &t);
		write_stamp(path, (long long)t.tv_sec * 1000 - rows[i].age_ms);
		assert_row_int(rows[i].name, rbf_client_alive(path), rows[i].want);
	}
	FILE *f = fopen(path, "w");
	fputs("99999999999999999999999999\n", f);
	fclose(f);
	assert_false(rbf_client_alive(path));

	/* A stale stamp: the socket is not even touched. */
	rbf_wire_record r;
	rbf_client *c = client_of("/nonexistent/sock", PATIENT_MS, 1, -1);
	c->options.alive = path;
	assert_int_equal(ping(c, &r), RBF_CLIENT_ABSENT);
	assert_string_equal(c->problem, "the engine is not running");
	free(c);
	unlink(path);
	rmdir(dir);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_answers),
		cmocka_unit_test(test_over_64_kib_is_refused),
		cmocka_unit_test(test_nobody_listens),
		cmocka_unit_test(test_full_backlog),
		cmocka_unit_test(test_one_connection_for_many_questions),
		cmocka_unit_test(test_reconnects_after_a_restart),
		cmocka_unit_test(test_rests_for_ever_after_one_timeout),
		cmocka_unit_test(test_rests_for_a_while_after_two_timeouts),
		cmocka_unit_test(test_child_opens_its_own_connection),
		cmocka_unit_test(test_descriptors),
		cmocka_unit_test(test_passes_a_descriptor),
		cmocka_unit_test(test_alive_stamp),
	};
	return cmocka_run_group_tests_name("client/client", tests, NULL, NULL);
}
