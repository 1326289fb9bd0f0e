/* Messages made to exhaust: each must be read, or given up, within the reader's limits. */
#include "unit.h"
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include "base/span.h"
#include "dsn/worker.h"
#include "rebuff.h"

static const size_t mebibyte = (size_t)1 << 20;

/* ---- a growing message ----------------------------------------------------------------------- */

typedef struct {
	char *p;
	size_t len, cap;
} text;

static void add_bytes(text *t, const char *p, size_t len)
{
	if (t->cap - t->len < len) {
		t->cap = (t->cap + len) * 2;
		t->p = realloc(t->p, t->cap);
		assert_non_null(t->p);
	}
	memcpy(t->p + t->len, p, len);
	t->len += len;
}

static void add(text *t, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
static void add(text *t, const char *fmt, ...)
{
	char line[512];
	va_list ap;
	va_start(ap, fmt);
	int n = vsnprintf(line, sizeof line, fmt, ap);
	va_end(ap);
	assert_in_range(n, 0, sizeof line - 1);
	add_bytes(t, line, (size_t)n);
}

static void fill(text *t, const char *piece, size_t bytes)
{
	size_t len = strlen(piece);
	for (size_t n = 0; n < bytes; n += len)
		add_bytes(t, piece, len);
}

static void head(text *t, const char *type)
{
	add(t,
		"Return-Path: <>\nFrom: MAILER-DAEMON@mail.example.com\nTo: shop@example.com\n"
		"Subject: Undelivered Mail Returned to Sender\nMIME-Version: 1.0\n"
		"Content-Type: %s\n",
		type);
}

static void status_part(text *t, size_t recipients)
{
	add(t, "Reporting-MTA: dns; mail.example.com\n");
	for (size_t i = 0; i < recipients; i++)
		add(t,
			"\nFinal-Recipient: rfc822; user%zu@example.org\nAction: failed\n"
			"Status: 5.1.1\nDiagnostic-Code: smtp; 550 5.1.1 no user %zu\n",
			i, i);
}

/* ---- the messages ---------------------------------------------------------------------------- */

static void body_of_50_mb(text *t)
{
	head(t, "text/plain");
	add(t, "\nYour message could not be delivered.\n\n<lucy@example.org>: 550 5.1.1 no\n\n");
	fill(t, "x@y.example is not it; 550 5.1.1 neither\n", 50 * mebibyte);
}

static void header_of_50_mb(text *t)
{
	add(t, "Subject: ");
	fill(t, "Undelivered mail ", 50 * mebibyte);
}

static void headers_without_end(text *t)
{
	fill(t, "X-A: b\n", 20 * mebibyte);
}

static void parts_10000(text *t)
{
	head(t, "multipart/report; report-type=delivery-status; boundary=b");
	add(t, "\n--b\nContent-Type: message/delivery-status\n\n");
	status_part(t, 1);
	for (int i = 0; i < 10000; i++)
		add(t, "--b\nContent-Type: text/plain\n\nx\n");
	add(t, "--b--\n");
}

static void levels_1000(text *t)
{
	head(t, "multipart/mixed; boundary=b0");
	for (int i = 0; i < 1000; i++)
		add(t, "\n--b%d\nContent-Type: multipart/mixed; boundary=b%d\n", i, i + 1);
	add(t, "\n--b1000\nContent-Type: text/plain\n\nx\n");
}

static void messages_in_messages(text *t)
{
	head(t, "message/rfc822");
	for (int i = 0; i < 1000; i++)
		add(t, "\nContent-Type: message/rfc822\n");
	add(t, "\nx\n");
}

static void recipients_100000(text *t)
{
	head(t, "multipart/report; report-type=delivery-status; boundary=b");
	add(t, "\n--b\nContent-Type: message/delivery-status\n\n");
	status_part(t, 100001);
	add(t, "--b--\n");
}

static void recipients_in_words(text *t)
{
	head(t, "text/plain");
	add(t, "\nYour message could not be delivered to:\n\n");
	for (int i = 0; i < 100000; i++)
		add(t, "user%d@example.org\n", i);
}

/* Lines of one folded header field. A header grows line by line, and the address sanitizer moves a
 * large block each time it grows: 100,000 take it minutes of the system's time. */
#ifdef __SANITIZE_ADDRESS__
enum { FOLDED = 20000 };
#else
enum { FOLDED = 100000 };
#endif

static void failed_recipients_field(text *t)
{
	add(t, "X-Failed-Recipients: ");
	for (int i = 0; i < FOLDED; i++)
		add(t, "user%d@example.org,\n ", i);
	add(t, "\n");
	head(t, "text/plain");
	add(t, "\nfailed\n");
}

static void failed_and_words(text *t)
{
	add(t, "X-Failed-Recipients: ");
	for (int i = 0; i < FOLDED; i++)
		add(t, "user%d@example.org,\n ", i);
	add(t, "\n");
	head(t, "text/plain");
	add(t, "\nYour message could not be delivered.\n\n");
	for (int i = 0; i < 30000; i++)
		add(t, "could not be delivered to other%d@example.net or so\n", i);
}

static void summaries(text *t)
{
	head(t, "text/plain");
	add(t, "\n----- Transcript of session follows -----\n");
	for (int i = 0; i < 100000; i++)
		add(t, "mail.local: no\n>>> DATA\n554 <a%d@b.example>... Service unavailable\n", i);
}

static void one_sentence(text *t)
{
	head(t, "text/plain");
	add(t, "\nYour message could not be delivered\n");
	for (int i = 0; i < 100000; i++)
		add(t, "to a%d@b.example and\n", i);
}

static void encoded_subject(text *t)
{
	add(t, "Subject: ");
	for (int i = 0; i < FOLDED; i++)
		add(t, "=?iso-2022-jp?B?GyRCJCIbKEI=?=\n ");
	add(t, "\n");
	head(t, "text/plain");
	add(t, "\nx\n");
}

static void attached_reports(text *t)
{
	head(t, "multipart/digest; boundary=d");
	for (int i = 0; i < 10000; i++)
		add(t,
			"\n--d\nContent-Type: message/rfc822\n\nFrom: MAILER-DAEMON@x.example\n"
			"Subject: Undelivered mail\n\n<a%d@b.example>: 550 5.1.1 no\n",
			i);
	add(t, "--d--\n");
}

static void wrong_charset(text *t)
{
	head(t, "text/plain; charset=iso-2022-jp");
	add(t, "\n");
	fill(t, "\xa4\xa2\x8f\xff", 50 * mebibyte);
}

static void base64_bomb(text *t)
{
	head(t, "text/plain\nContent-Transfer-Encoding: base64");
	add(t, "\n");
	fill(t, "PGFAYi5leGFtcGxlPjogNTUwIDUuMS4xIG5vCjxhQGIuZXhhbXBsZT46IDU1MCA1LjEuMSBubwo=\n",
		50 * mebibyte);
}

static void charset_bomb(text *t)
{
	head(t, "text/plain; charset=utf-7");
	add(t, "\n");
	fill(t, "+//3//f/9//3//f/9//3//f/9//3//f/9-", 50 * mebibyte);
}

static void charset_changes(text *t)
{
	head(t, "text/plain; charset=iso-2022-jp");
	add(t, "\n");
	fill(t, "\x1b$B$\"\x1b(B\xff\xfe", 10 * mebibyte);
}

static void status_of_50_mb(text *t)
{
	head(t, "multipart/report; report-type=delivery-status; boundary=b");
	add(t,
		"\n--b\nContent-Type: message/delivery-status\n\nFinal-Recipient: rfc822; "
		"a@b.example\n"
		"Diagnostic-Code: smtp; 550 ");
	fill(t, "no\n ", 50 * mebibyte);
}

static void html_of_50_mb(text *t)
{
	head(t, "text/html");
	add(t, "\n");
	fill(t, "<style><<<&#x41;<a href=", 50 * mebibyte);
}

static void one_line_of_10_mb(text *t)
{
	head(t, "text/plain");
	add(t, "\n");
	fill(t, "<a@b.example>... 550 5.1.1 original message ", 10 * mebibyte);
}

static void json_of_10_mb(text *t)
{
	head(t, "text/plain");
	add(t, "\n{\"a\":\"");
	fill(t, "\\\"emailAddress\\\":\\\"a@b.example\\\",\\\"status\\\":\\\"5.1.1\\\",",
		10 * mebibyte);
	add(t, "\"}\n");
}

static void at_signs(text *t)
{
	head(t, "text/plain");
	add(t, "\ncould not be delivered\n");
	fill(t, "\"@\"@[@\"@", 10 * mebibyte);
}

static void bare_returns(text *t)
{
	add(t, "From: MAILER-DAEMON@x.example\rSubject: Undelivered mail\r\r");
	fill(t, "\r<a@b.example>: 550 5.1.1 no", 20 * mebibyte);
}

static void quoted_lines(text *t)
{
	head(t, "text/plain");
	add(t, "\n");
	fill(t, ">From: a@b.example\n>Received: x\n>\n", 20 * mebibyte);
}

typedef struct {
	const char *name;
	void (*make)(text *t);
	size_t least; /* recipients that must be found */
	bool truncated;
} bomb;

static const bomb bombs[] = {
	{"body of 50 MB", body_of_50_mb, 1, false},
	{"header of 50 MB", header_of_50_mb, 0, false},
	{"headers without end", headers_without_end, 0, false},
	{"10,000 parts", parts_10000, 1, true},
	{"1000 levels", levels_1000, 0, true},
	{"1000 messages in each other", messages_in_messages, 0, false},
	{"100,001 recipients", recipients_100000, 100000, true},
	{"100,000 recipients in words", recipients_in_words, 10000, false},
	{"X-Failed-Recipients of 100,000", failed_recipients_field, 1, false},
	{"that, and 30,000 in words", failed_and_words, 1, false},
	{"100,000 summaries", summaries, 1000, false},
	{"100,000 in one sentence", one_sentence, 1, false},
	{"100,000 encoded words in Subject", encoded_subject, 0, false},
	{"10,000 attached reports", attached_reports, 1, true},
	{"base64 of 50 MB", base64_bomb, 1, false},
	{"UTF-7 of 50 MB", charset_bomb, 0, false},
	{"ISO-2022-JP changing all the time", charset_changes, 0, false},
	{"50 MB of no ISO-2022-JP", wrong_charset, 0, false},
	{"diagnostic of 50 MB", status_of_50_mb, 1, false},
	{"HTML of 50 MB", html_of_50_mb, 0, false},
	{"one line of 10 MB", one_line_of_10_mb, 1, false},
	{"JSON of 10 MB", json_of_10_mb, 1, false},
	{"at signs", at_signs, 0, false},
	{"bare returns", bare_returns, 1, false},
	{"quoted lines", quoted_lines, 0, false},
};

/* The only child of this process, 0 when there is none. */
static int child_pid(void)
{
	char path[64];
	int pid = 0;
	(void)snprintf(path, sizeof path, "/proc/self/task/%d/children", (int)getpid());
	FILE *f = fopen(path, "re");
	if (f && fscanf(f, "%d", &pid) != 1)
		pid = 0;
	if (f)
		(void)fclose(f);
	return pid;
}

/* What the reading child has taken so far: its highest resident memory and processor time. */
static void print_figures(const char *name, size_t bytes)
{
	char path[64], line[1024] = "";
	unsigned long kib = 0, user = 0, system = 0;
	int pid = child_pid();
	(void)snprintf(path, sizeof path, "/proc/%d/status", pid);
	FILE *f = fopen(path, "re");
	assert_non_null(f);
	while (fgets(line, sizeof line, f) && sscanf(line, "VmHWM: %lu", &kib) != 1)
		;
	(void)fclose(f);
	(void)snprintf(path, sizeof path, "/proc/%d/stat", pid);
	f = fopen(path, "re");
	assert_non_null(f);
	assert_non_null(fgets(line, sizeof line, f));
	(void)fclose(f);
	const char *rest = strrchr(line, ')'); /* fields 14 and 15; the name may hold anything */
	assert_non_null(rest);
	assert_int_equal(sscanf(rest + 2, "%*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu",
				 &user, &system),
		2);
	print_message("%-34s %5.1f MB  %6.2f s  %4lu MiB\n", name, (double)bytes / 1e6,
		(double)(user + system) / (double)sysconf(_SC_CLK_TCK), kib / 1024);
}

static void check_bomb(const bomb *b)
{
	text t = {NULL, 0, 0};
	rebuff_reader *reader;
	rebuff_error err = {.text = ""};
	rebuff_message m = {.size = sizeof m};
	const rebuff_reader_options options = {
		.size = sizeof options, .memory_max = 512 * mebibyte, .time_max_s = 300};
	b->make(&t);
	assert_int_equal(rebuff_reader_open(&options, &reader, NULL), REBUFF_OK);
	rebuff_status status = rebuff_reader_read(reader, (rebuff_span){t.p, t.len}, &m, &err);
	free(t.p);
	if (status != REBUFF_OK)
		fail_msg("%s: %s", b->name, err.text);
	print_figures(b->name, t.len);
	if (m.recipient_n < b->least)
		fail_msg("%s: got %zu recipients, want at least %zu", b->name, m.recipient_n,
			b->least);
	if (b->truncated && !m.truncated)
		fail_msg("%s: not marked as cut", b->name);
	for (size_t i = 0; i < m.recipient_n; i += 997) {
		rebuff_bounced r = {.size = sizeof r};
		assert_int_equal(rebuff_reader_recipient(reader, i, &r), REBUFF_OK);
	}
	rebuff_reader_close(&reader);
}

/* Each in a reader of its own, so that the figures are its alone. */
static void test_bombs(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof bombs / sizeof *bombs; i++)
		check_bomb(&bombs[i]);
}

/* ---- the child ------------------------------------------------------------------------------- */

static void test_too_large(void **state)
{
	(void)state;
	rebuff_reader *reader;
	rebuff_error err;
	rebuff_message m = {.size = sizeof m};
	const rebuff_reader_options options = {.size = sizeof options, .message_max = 10};
	assert_int_equal(rebuff_reader_open(&options, &reader, NULL), REBUFF_OK);
	assert_int_equal(
		rebuff_reader_read(reader, RBF_LIT("Subject: elf"), &m, &err), REBUFF_ELIMIT);
	assert_string_equal(err.text, "the message has 12 bytes, more than the 10 that are read");
	assert_int_equal(rebuff_reader_read(reader, RBF_LIT("To: a\n\nb\n"), &m, &err), REBUFF_OK);
	rebuff_reader_close(&reader);
}

/* What kills the child is that one message: the next gets a new child. */
static void test_child_dies(void **state)
{
	(void)state;
	char *out = NULL;
	size_t len, cap = 0;
	rebuff_error err;
	rbf_worker w = {.message_max = mebibyte, .memory_max = 512 * mebibyte, .time_max_s = 300};
	const rebuff_span message = RBF_LIT("From: a@b.example\n\nx\n");
	assert_int_equal(rbf_worker_ask(&w, message, &out, &len, &cap, &err), REBUFF_OK);
	pid_t first = w.pid;
	assert_int_equal(kill(first, SIGSEGV), 0);
	assert_int_equal(rbf_worker_ask(&w, message, &out, &len, &cap, &err), REBUFF_ELIMIT);
	if (!strstr(err.text, "signal 11"))
		fail_msg("got \"%s\"", err.text);
	assert_int_equal(w.pid, 0);
	assert_int_equal(rbf_worker_ask(&w, message, &out, &len, &cap, &err), REBUFF_OK);
	assert_int_not_equal(w.pid, first);
	rbf_worker_stop(&w);
	assert_int_equal(w.pid, 0);
	free(out);
}

/* Nothing of the parent's is open in the child, and be it hundreds. */
static void test_child_has_no_descriptor_of_ours(void **state)
{
	enum { MANY = 600 };
	(void)state;
	char *out = NULL, path[64];
	int fds[2], held[MANY];
	size_t len, cap = 0;
	rbf_worker w = {.message_max = mebibyte, .memory_max = 512 * mebibyte, .time_max_s = 300};
	assert_int_equal(pipe(fds), 0);
	for (int i = 0; i < MANY; i++)
		assert_in_range(held[i] = dup(fds[1]), 3, 5000);
	assert_int_equal(
		rbf_worker_ask(&w, RBF_LIT("From: a@b.example\n\nx\n"), &out, &len, &cap, NULL),
		REBUFF_OK);
	for (int i = 0; i < MANY; i++) {
		(void)snprintf(path, sizeof path, "/proc/%d/fd/%d", (int)w.pid, held[i]);
		if (access(path, F_OK) == 0)
			fail_msg("descriptor %d is open in the child", held[i]);
		(void)close(held[i]);
	}
	rbf_worker_stop(&w);
	(void)close(fds[0]);
	(void)close(fds[1]);
	free(out);
}

static void test_child_stops(void **state)
{
	(void)state;
	char *out = NULL;
	size_t len, cap = 0;
	rebuff_error err;
	rbf_worker w = {.message_max = mebibyte, .memory_max = 512 * mebibyte, .time_max_s = 1};
	const rebuff_span message = RBF_LIT("From: a@b.example\n\nx\n");
	assert_int_equal(rbf_worker_ask(&w, message, &out, &len, &cap, &err), REBUFF_OK);
	assert_int_equal(kill(w.pid, SIGSTOP), 0);
	assert_int_equal(rbf_worker_ask(&w, message, &out, &len, &cap, &err), REBUFF_ELIMIT);
	assert_string_equal(err.text, "reading took longer than 1 s");
	assert_int_equal(rbf_worker_ask(&w, message, &out, &len, &cap, &err), REBUFF_OK);
	rbf_worker_stop(&w);
	free(out);
}

static void test_wrong_use(void **state)
{
	(void)state;
	rebuff_reader *reader;
	rebuff_message m = {.size = 0};
	rebuff_bounced b = {.size = sizeof b};
	const rebuff_reader_options unset = {.size = 0},
				    options = {.size = sizeof options, .same_process = true};
	assert_int_equal(rebuff_reader_open(&unset, &reader, NULL), REBUFF_EARG);
	assert_null(reader);
	rebuff_reader_close(&reader);
	assert_int_equal(rebuff_reader_open(&options, &reader, NULL), REBUFF_OK);
	assert_int_equal(rebuff_reader_read(reader, RBF_LIT("x"), &m, NULL), REBUFF_EARG);
	assert_int_equal(rebuff_reader_recipient(reader, 0, &b), REBUFF_EARG);
	rebuff_reader_close(&reader);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_bombs),
		cmocka_unit_test(test_too_large),
		cmocka_unit_test(test_child_dies),
		cmocka_unit_test(test_child_has_no_descriptor_of_ours),
		cmocka_unit_test(test_child_stops),
		cmocka_unit_test(test_wrong_use),
	};
	return cmocka_run_group_tests_name("dsn/limits", tests, NULL, NULL);
}
