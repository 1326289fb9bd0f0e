#include "unit.h"

#include "exim/event.h"

#define ERROR_AFTER "SMTP error from remote mail server after "

/* Names, data and numbers as Exim 4.96 gave them for each of these outcomes. */
static void test_events(void **state)
{
	static const struct {
		const char *row, *name, *data, *number;
		const char *kind, *stage;
		int code;
		bool keep;
	} rows[] = {
		{"delivered", "msg:delivery", "250 2.0.0 OK queued as S1", "0", "delivered", "dot",
			0, true},
		{"message done", "msg:complete", "", "0", "complete", "unknown", 0, false},
		{"5xx at RCPT", "msg:fail:delivery",
			ERROR_AFTER "RCPT TO:<x@rcpt5.example>: 550-5.1.1 a\\n550 5.1.1 b", "0",
			"failed", "rcpt", 0, true},
		{"5xx at MAIL", "msg:fail:delivery",
			ERROR_AFTER "pipelined MAIL FROM:<n@s.example> SIZE=1387: 550 5.1.1 mail",
			"0", "failed", "mail", 0, true},
		{"5xx at DATA", "msg:fail:delivery", ERROR_AFTER "pipelined DATA: 554 5.1.1 data",
			"0", "failed", "data", 0, true},
		{"5xx at the dot", "msg:fail:delivery", ERROR_AFTER "end of data: 554 5.1.1 dot",
			"0", "failed", "dot", 0, true},
		{"4xx at RCPT, host", "msg:rcpt:host:defer",
			ERROR_AFTER "RCPT TO:<x@rcpt4.example>: 452 4.2.2 full", "13389",
			"host-defer", "rcpt", 452, true},
		{"4xx at RCPT, last host", "msg:rcpt:defer",
			ERROR_AFTER "RCPT TO:<x@rcpt4.example>: 452 4.2.2 full", "13389",
			"rcpt-defer", "rcpt", 452, true},
		{"4xx at RCPT, no number", "msg:rcpt:defer", "", "", "rcpt-defer", "rcpt", 0, true},
		{"4xx at RCPT, odd number", "msg:rcpt:defer", "", "99999999", "rcpt-defer", "rcpt",
			0, true},
		{"4xx at MAIL", "msg:defer", ERROR_AFTER "pipelined MAIL FROM:<n@s.example>: 451 x",
			"-45", "message-defer", "mail", 0, true},
		{"4xx at DATA", "msg:defer", ERROR_AFTER "pipelined DATA: 451 4.1.1 data", "-46",
			"message-defer", "data", 0, true},
		{"4xx at the dot", "msg:defer", ERROR_AFTER "end of data: 451 4.1.1 dot", "-46",
			"message-defer", "dot", 0, true},
		{"421 banner, host", "msg:host:defer",
			ERROR_AFTER "initial connection: 421 4.1.1 b", "0", "host-defer", "banner",
			0, true},
		{"421 banner", "msg:defer", ERROR_AFTER "initial connection: 421 4.1.1 b", "0",
			"message-defer", "banner", 0, true},
		{"554 banner, host", "msg:host:defer",
			ERROR_AFTER "initial connection: 554 5.1.1 b", "0", "host-defer", "banner",
			0, true},
		{"554 banner, the bounce", "msg:fail:delivery",
			ERROR_AFTER "initial connection: 554 b", "0", "failed", "banner", 0, true},
		{"421 after HELO", "msg:defer", ERROR_AFTER "HELO mail.s.example: 421 ehlo", "0",
			"message-defer", "ehlo", 0, true},
		{"554 after EHLO", "msg:fail:delivery", ERROR_AFTER "EHLO mail.s.example: 554 ehlo",
			"0", "failed", "ehlo", 0, true},
		{"refused", "msg:host:defer", "Connection refused", "111", "host-defer", "connect",
			0, true},
		{"refused, last", "msg:defer", "Connection refused", "111", "message-defer",
			"connect", 0, true},
		{"no banner", "msg:defer",
			"SMTP timeout after initial connection: Connection timed out", "110",
			"message-defer", "connect", 0, true},
		{"dropped at the banner", "msg:host:defer",
			"Remote host closed connection in response to initial connection", "-18",
			"host-defer", "connect", 0, true},
		{"dropped at MAIL", "msg:defer",
			"Remote host closed connection in response to pipelined MAIL "
			"FROM:<n@s.example>",
			"-18", "message-defer", "mail", 0, true},
		{"dropped at RCPT", "msg:defer",
			"Remote host closed connection in response to pipelined RCPT "
			"TO:<x@d.example>",
			"-18", "message-defer", "rcpt", 0, true},
		{"dropped at the dot", "msg:defer",
			"Remote host closed connection in response to end of data", "-18",
			"message-defer", "dot", 0, true},
		{"silent at MAIL", "msg:defer",
			"SMTP timeout after pipelined MAIL FROM:<n@s.example>: Connection timed "
			"out",
			"110", "message-defer", "mail", 0, true},
		{"silent at the dot", "msg:defer",
			"SMTP timeout after end of data (375 bytes written): Connection timed out",
			"110", "message-defer", "dot", 0, true},
		{"babble at MAIL", "msg:defer",
			"Malformed SMTP reply in response to pipelined MAIL FROM:<n@s.example>: "
			"xyzzy",
			"-19", "message-defer", "mail", 0, true},
		{"TLS handshake", "msg:host:defer", "TLS session: (gnutls_handshake): whatever",
			"-37", "host-defer", "tls", 0, true},
		{"TLS wanted, not offered", "msg:defer",
			"a TLS session is required, but the server did not offer TLS support",
			"-38", "message-defer", "tls", 0, true},
		{"AUTH refused", "msg:defer", ERROR_AFTER "AUTH PLAIN ****: 535 no", "-42",
			"message-defer", "auth", 0, true},
		{"no such domain", "msg:fail:internal", "Unrouteable address", "0", "failed", "dns",
			0, true},
		{"null MX", "msg:fail:internal", "an MX or SRV record indicated no SMTP service",
			"0", "failed", "dns", 0, true},
		{"MX without address", "msg:fail:internal",
			"all relevant MX records point to non-existent hosts", "0", "failed", "dns",
			0, true},
		{"a router's :fail:", "msg:fail:internal", "given up: mailbox full", "0", "failed",
			"unknown", 0, true},
		{"the reply imitates Exim", "msg:fail:delivery",
			ERROR_AFTER "MAIL FROM:<n@s.example>: 550 after RCPT TO:<you>", "0",
			"failed", "mail", 0, true},
		{"a sentence that we do not know", "msg:fail:delivery",
			"odd: SMTP error from remote mail server after RCPT TO:<a@b>: 550", "0",
			"failed", "unknown", 0, true},
	};
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		rbx_outcome got = {.kind = "", .stage = ""};
		assert_true(rbx_event_read(rows[i].name, rows[i].data, rows[i].number, &got));
		assert_row_str(rows[i].row, got.kind, rows[i].kind);
		assert_row_str(rows[i].row, got.stage, rows[i].stage);
		assert_row_int(rows[i].row, got.code, rows[i].code);
		assert_row_int(rows[i].row, got.keep, rows[i].keep);
	}
}

static void test_events_that_are_no_result(void **state)
{
	static const char *const names[] = {"tcp:connect", "tcp:close", "smtp:connect", "smtp:ehlo",
		"tls:cert", "tls:fail:connect", "auth:fail", "dane:fail", "msg:", "msg:new", ""};
	(void)state;
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		rbx_outcome got;
		assert_row_int(names[i], rbx_event_read(names[i], "", "0", &got), false);
	}
}

static void test_what_an_operator_ends_is_no_failure(void **state)
{
	static const char *const texts[] = {
		"message removed by root", "delivery cancelled by administrator"};
	(void)state;
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
		rbx_outcome got;
		assert_row_int(
			texts[i], rbx_event_read("msg:fail:internal", texts[i], "0", &got), false);
		assert_row_int(
			texts[i], rbx_event_read("msg:fail:delivery", texts[i], "0", &got), true);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_events),
		cmocka_unit_test(test_events_that_are_no_result),
		cmocka_unit_test(test_what_an_operator_ends_is_no_failure),
	};
	return cmocka_run_group_tests_name("exim/event", tests, NULL, NULL);
}
