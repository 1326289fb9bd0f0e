#include "unit.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "client/probe.h"
#include "exim/ask.h"

/* An engine for one question: keeps what it was asked, answers as told. */
struct peer {
	char dir[32], path[64];
	int listener;
	pthread_t thread;
	const char *answer;
	char asked[RBF_WIRE_REQUEST_MAX + 1];
};

static void *peer_thread(void *arg)
{
	struct peer *p = arg;
	int fd = accept(p->listener, NULL, NULL);
	size_t len = 0, scanned = 0;
	while (fd >= 0 && !rbf_wire_find_end(p->asked, len, &scanned)) {
		ssize_t n = read(fd, p->asked + len, RBF_WIRE_REQUEST_MAX - len);
		if (n <= 0)
			break;
		len += (size_t)n;
	}
	p->asked[len] = '\0';
	(void)!write(fd, p->answer, strlen(p->answer));
	close(fd);
	return NULL;
}

static void peer_start(struct peer *p, rbx_engine *e, const char *answer)
{
	memset(p, 0, sizeof *p);
	memset(e, 0, sizeof *e);
	p->answer = answer;
	strcpy(p->dir, "/tmp/rebuff-ask.XXXXXX");
	assert_non_null(mkdtemp(p->dir));
	snprintf(p->path, sizeof p->path, "%s/sock", p->dir);
	struct sockaddr_un to = {.sun_family = AF_UNIX};
	memcpy(to.sun_path, p->path, strlen(p->path) + 1);
	p->listener = socket(AF_UNIX, SOCK_STREAM, 0);
	assert_int_equal(bind(p->listener, (struct sockaddr *)&to, sizeof to), 0);
	assert_int_equal(listen(p->listener, 4), 0);
	assert_int_equal(pthread_create(&p->thread, NULL, peer_thread, p), 0);
	rbx_engine_init(e);
	e->client.options.socket = p->path;
	e->client.options.alive = NULL;
	e->client.options.deadline_ms = 20000;
}

static void peer_stop(struct peer *p, rbx_engine *e)
{
	rbf_client_close(&e->client);
	pthread_join(p->thread, NULL);
	close(p->listener);
	unlink(p->path);
	rmdir(p->dir);
}

static struct peer peer;
static rbx_engine engine;

static void test_gate_answers(void **state)
{
	static const struct {
		const char *answer, *want;
	} rows[] = {
		{"action=go\n\n", "PASS"},
		{"action=wait\nuntil=1792850000123\n\n", ":defer: not before 2026-10-24 13:53 UTC"},
		{"action=wait\nuntil=951782400000\n\n", ":defer: not before 2000-02-29 00:00 UTC"},
		{"action=wait\nuntil=4107542399000\n\n", ":defer: not before 2100-02-28 23:59 UTC"},
		{"action=wait\nuntil=4107542400000\n\n", ":defer: not before 2100-03-01 00:00 UTC"},
		{"action=wait\nuntil=1768435200000\n\n", ":defer: not before 2026-01-15 00:00 UTC"},
		{"action=wait\nuntil=1735689599999\n\n", ":defer: not before 2024-12-31 23:59 UTC"},
		{"action=wait\n\n", ":defer: not yet"},
		{"action=wait\nuntil=99999999999999999\n\n", ":defer: not yet"},
		{"action=wait\nuntil=1\ntext=a\\nb\\x09\\x7f\\0\n\n", ":defer: not yet"},
		{"action=wait\ntext=a\\nb\\x09\\x7f\xc3\xa9\n\n", ":defer: a b ???"},
		{"action=fail\ntext=550 5.1.1 gone\n\n", ":fail: 550 5.1.1 gone"},
		{"action=fail\n\n", ":fail: rebuff: given up"},
		{"action=discard\n\n", ":blackhole:"},
		{"action=refuse\n\n", "UNASKED"},
		{"error=not allowed on this socket\naction=go\n\n", "UNASKED"},
		{"", "UNASKED"},
	};
	char pass[] = "PASS", unasked[] = "UNASKED", rcpt[] = "a@b.example", id[] = "1",
	     none[] = "";
	char *args[RBX_GATE_ARGS] = {rcpt, none, pass, id, none, none, unasked};
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		char out[RBX_ANSWER_MAX];
		peer_start(&peer, &engine, rows[i].answer);
		char *got = rbx_ask_gate(&engine, args, out);
		assert_row_str(rows[i].answer, got, rows[i].want);
		assert_row_int("a pass is the very string", strcmp(got, "PASS") == 0, got == pass);
		peer_stop(&peer, &engine);
	}
}

/* exim -bt has no message: nobody is asked. */
static void test_gate_without_a_message(void **state)
{
	char pass[] = "PASS", none[] = "", unasked[] = "UNASKED", out[RBX_ANSWER_MAX];
	char *args[RBX_GATE_ARGS] = {none, none, pass, none, none, none, unasked};
	(void)state;
	memset(&engine, 0, sizeof engine);
	rbx_engine_init(&engine);
	engine.client.options.socket = "/nonexistent/sock";
	engine.client.options.alive = NULL;
	assert_ptr_equal(rbx_ask_gate(&engine, args, out), pass);
	args[3] = unasked;
	assert_ptr_equal(rbx_ask_gate(&engine, args, out), unasked);
	char probe[] = RBF_PROBE; /* but for rebuff doctor */
	args[0] = probe;
	args[3] = none;
	assert_ptr_equal(rbx_ask_gate(&engine, args, out), unasked);
}

static void test_gate_text_is_bounded(void **state)
{
	char pass[] = "", id[] = "1", none[] = "";
	char *args[RBX_GATE_ARGS] = {none, none, pass, id, none, none, none};
	char answer[4096], out[RBX_ANSWER_MAX];
	(void)state;
	memset(answer, 'x', sizeof answer);
	memcpy(answer, "action=fail\ntext=", 17);
	memcpy(answer + 4090, "\n\n", 3);
	peer_start(&peer, &engine, answer);
	assert_ptr_equal(rbx_ask_gate(&engine, args, out), out);
	assert_int_equal(strlen(out), RBX_ANSWER_MAX - 1);
	peer_stop(&peer, &engine);
}

static void test_gate_request(void **state)
{
	char rcpt[] = "\"a b\"@b.example", mx[] = "m1:m2", pass[] = "p", id[] = "1tAB",
	     age[] = "12", sender[] = "s@s.example", out[RBX_ANSWER_MAX];
	char *args[RBX_GATE_ARGS] = {rcpt, mx, pass, id, sender, age, pass};
	(void)state;
	peer_start(&peer, &engine, "action=go\n\n");
	engine.forced = true;
	(void)rbx_ask_gate(&engine, args, out);
	peer_stop(&peer, &engine);
	assert_string_equal(peer.asked,
		"request=gate\nmta=exim\nid=1tAB\n"
		"recipient=\"a b\"@b.example\nsender=s@s.example\nmx=m1:m2\n"
		"age_s=12\nforced=1\n\n");
}

static void test_submit_answers(void **state)
{
	static const struct {
		const char *answer, *want;
		bool answered;
	} rows[] = {
		{"action=accept\n\n", "", true},
		{"action=refuse\ntext=5.1.1 no\\nmore\n\n", "5.1.1 no more", true},
		{"action=refuse\n\n", "5.1.1 recipient suppressed", true},
		{"action=go\n\n", "", false},
		{"nonsense\n\n", "", false},
	};
	char rcpt[] = "a@b.example", sender[] = "s@s.example";
	char *args[RBX_SUBMIT_ARGS] = {rcpt, sender};
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		char out[RBX_ANSWER_MAX];
		peer_start(&peer, &engine, rows[i].answer);
		assert_row_int(
			rows[i].answer, rbx_ask_submit(&engine, args, out), rows[i].answered);
		assert_row_str(rows[i].answer, out, rows[i].want);
		peer_stop(&peer, &engine);
	}
}

static void test_return_paths(void **state)
{
	static const struct {
		const char *answer, *want;
	} rows[] = {
		{"return_path=rbf=x=s@s.example\n\n", "rbf=x=s@s.example"},
		{"return_path=\n\n", "s@s.example"},
		{"ok=1\n\n", "s@s.example"},
		{"error=no\n\n", "s@s.example"},
		{"nonsense\n\n", "s@s.example"},
	};
	char rcpt[] = "a@b.example", sender[] = "s@s.example", id[] = "1tABCD-0000Ab-1x",
	     received[] = "1800000000";
	char *args[RBX_PATH_ARGS] = {rcpt, sender, id, received, sender};
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		char out[RBX_ANSWER_MAX];
		peer_start(&peer, &engine, rows[i].answer);
		assert_row_str(
			rows[i].answer, rbx_ask_return_path(&engine, args, out), rows[i].want);
		peer_stop(&peer, &engine);
	}
}

/* What Exim 4.96 writes, and what a message could make it write. */
static void test_dkim(void **state)
{
#define AR                                                                                         \
	"Authentication-Results: rebuff;\n\tiprev=pass (mx.d.example) smtp.remote-ip=198.51.100.3"
	static const struct {
		const char *name, *in, *want;
	} rows[] = {
		{"none", AR, ""},
		{"empty", "", ""},
		{"passed", AR ";\n\tdkim=pass header.d=d.example header.s=x header.a=rsa-sha256",
			"d.example"},
		{"with identity",
			AR ";\n\tdkim=pass header.d=d.example header.i=@d.example header.s=x "
			   "header.a=rsa-sha256",
			"d.example"},
		{"two",
			AR ";\n\tdkim=pass header.d=d.example header.s=x header.a=rsa-sha256;"
			   "\n\tdkim=pass header.d=e.example header.s=y header.a=rsa-sha256",
			"d.example,e.example"},
		{"failed",
			AR ";\n\tdkim=fail (body hash mismatch) header.d=d.example header.s=x "
			   "header.a=rsa-sha256",
			""},
		{"a domain with a blank",
			AR ";\n\tdkim=pass header.d=d.example x.evil.test header.s=x header.a=x",
			""},
		{"a domain that holds a selector",
			AR ";\n\tdkim=pass header.d=d.example header.s=x.evil.test header.s=y "
			   "header.a=x",
			""},
		{"an identity that holds a domain",
			AR ";\n\tdkim=pass header.d=evil.test header.i=a header.d=d.example "
			   "header.s=y header.a=x",
			""},
		{"not at the beginning", AR ";\n\tx=dkim=pass header.d=d.example header.s=x ", ""},
	};
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		char out[RBX_DKIM_MAX];
		rbx_dkim_passed(rows[i].in, out);
		assert_row_str(rows[i].name, out, rows[i].want);
	}
}

/* The text, and its time= line taken out. */
static void drop_time(char *text)
{
	char *from = strstr(text, "time="), *to = from ? from : text;
	while (from && *from && *from != '\n' && *from != '\t')
		from++;
	if (from)
		memmove(to, from + 1, strlen(from + 1) + 1);
}

static void test_event_request(void **state)
{
	static const char reply[] =
		"SMTP error from remote mail server after RCPT TO:<x@d.example>: 450";
	static const struct {
		const char *row, *args[RBX_EVENT_ARGS], *want;
	} rows[] = {
		{"whole",
			{"msg:rcpt:defer", reply, "12800", "a b@d.example",
				"mx.d.example/198.51.100.3/25/192.0.2.1", "s/1@s.example/1tAB-0-0",
				"remote_smtp/dnslookup"},
			"request=result\nmta=exim\nid=1tAB-0-0\nrecipient=a b@d.example\n"
			"sender=s/"
			"1@s.example\nkind=rcpt-defer\nstage=rcpt\ncode=450\nhost=mx.d.example\n"
			"ip=198.51.100.3\nport=25\nsource_ip=192.0.2.1\ntransport=remote_smtp\n"
			"text=SMTP error from remote mail server after RCPT TO:<x@d.example>: "
			"450\n\n"},
		{"end of a message", {"msg:complete", "", "0", "@", "//0/", "s@s.example/1", "/"},
			"request=result\nmta=exim\nid=1\nrecipient=\nsender=s@s.example\nkind="
			"complete\n"
			"stage=unknown\nhost=\nip=\nsource_ip=\ntransport=\ntext=\n\n"},
		{"a slash in the host, IPv6, no port",
			{"msg:delivery", "250 ok", "0", "a@d", "odd/host/2001:db8::1/-1/", "/1",
				"t/r"},
			"request=result\nmta=exim\nid=1\nrecipient=a@d\nsender=\nkind="
			"delivered\nstage=dot\n"
			"host=odd/host\nip=2001:db8::1\nsource_ip=\ntransport=t\ntext=250 ok\n\n"},
		{"nothing at all", {"msg:defer", "", "", "", "", "", ""},
			"request=result\nmta=exim\nid=\nrecipient=\nsender=\nkind=message-defer\n"
			"stage=unknown\nhost=\nip=\nsource_ip=\ntransport=\ntext=\n\n"},
	};
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		char lost[RBX_LOST_MAX], copies[RBX_EVENT_ARGS][128], *args[RBX_EVENT_ARGS];
		for (int k = 0; k < RBX_EVENT_ARGS; k++)
			args[k] = strcpy(copies[k], rows[i].args[k]);
		peer_start(&peer, &engine, "ok=1\n\n");
		assert_row_int(rows[i].row, rbx_tell_event(&engine, args, lost), RBX_TOLD);
		assert_row_str(rows[i].row, lost, "");
		peer_stop(&peer, &engine);
		drop_time(peer.asked);
		assert_row_str(rows[i].row, peer.asked, rows[i].want);
	}
}

static void test_lost_event(void **state)
{
	char name[] = "msg:fail:delivery", number[] = "0", rcpt[] = "a@d.example",
	     where[] = "h/i/25/", who[] = "s@s.example/1", how[] = "t/r", lost[RBX_LOST_MAX];
	static char text[20000];
	char *args[RBX_EVENT_ARGS] = {name, text, number, rcpt, where, who, how};
	rbf_wire_record r;
	(void)state;
	strcpy(text, "550\ta\nb");
	peer_start(&peer, &engine, "error=the disk is full\n\n");
	assert_int_equal(rbx_tell_event(&engine, args, lost), RBX_LOST);
	peer_stop(&peer, &engine);
	assert_null(strchr(lost, '\n'));
	assert_null(rbf_wire_decode(lost, strlen(lost), '\t', &r));
	assert_string_equal(rbf_wire_get_str(&r, "request", ""), "result");
	assert_string_equal(rbf_wire_get_str(&r, "recipient", ""), "a@d.example");
	assert_string_equal(rbf_wire_get_str(&r, "text", ""), "550\ta\nb");
	assert_true(rbf_wire_get_int(&r, "time", 0) > 1600000000000);

	/* Far too long, and all of it in need of escapes: cut, but still of the wire's form. */
	memset(text, '\x01', sizeof text - 1);
	peer_start(&peer, &engine, "");
	assert_int_equal(rbx_tell_event(&engine, args, lost), RBX_LOST);
	peer_stop(&peer, &engine);
	assert_in_range(strlen(lost), RBX_LOST_MAX - 8, RBX_LOST_MAX - 1);
	assert_null(rbf_wire_decode(lost, strlen(lost), '\t', &r));

	/* The end of a message need not be kept, an event that is no result is not even told. */
	strcpy(name, "msg:complete");
	peer_start(&peer, &engine, "");
	assert_int_equal(rbx_tell_event(&engine, args, lost), RBX_LOST);
	assert_string_equal(lost, "");
	peer_stop(&peer, &engine);
	strcpy(name, "tcp:connect");
	assert_int_equal(rbx_tell_event(&engine, args, lost), RBX_NOTHING_TO_TELL);
}

static void test_forced(void **state)
{
	static const struct {
		const char *cmdline; /* | stands for NUL */
		bool want;
	} rows[] = {
		{"/usr/sbin/exim4|-M|1xVnuj-00000M-0X|", true},
		{"exim4|-v|-M|1xVnuk-00000q-10|1xVnuj-00000M-0X|", true},
		{"exim4|-M|1xVnuj-00000M-0X", true},
		{"exim4|-Mc|1xVnuj-00000M-0X|", false},
		{"exim4|-M|1xVnuk-00000q-10|", false},
		{"exim4|1xVnuj-00000M-0X|-M|", false},
		{"exim4|-qf|", false},
		{"/usr/sbin/exim4|-bd|-q30m|", false},
		{"rebuff-wake|-M|1xVnuj-00000M-0X|", false},
		{"rebuff-wakeful|-M|1xVnuj-00000M-0X|", true},
		{"", false},
		{"|||", false},
	};
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		char cmdline[128];
		strcpy(cmdline, rows[i].cmdline);
		size_t len = strlen(cmdline);
		for (char *p; (p = strchr(cmdline, '|'));)
			*p = '\x01';
		for (size_t k = 0; k < len; k++)
			cmdline[k] = cmdline[k] == '\x01' ? '\0' : cmdline[k];
		assert_row_int(rows[i].cmdline, rbx_is_forced(cmdline, len, "1xVnuj-00000M-0X"),
			rows[i].want);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_gate_answers),
		cmocka_unit_test(test_gate_without_a_message),
		cmocka_unit_test(test_gate_text_is_bounded),
		cmocka_unit_test(test_gate_request),
		cmocka_unit_test(test_submit_answers),
		cmocka_unit_test(test_return_paths),
		cmocka_unit_test(test_dkim),
		cmocka_unit_test(test_event_request),
		cmocka_unit_test(test_lost_event),
		cmocka_unit_test(test_forced),
	};
	return cmocka_run_group_tests_name("exim/ask", tests, NULL, NULL);
}
