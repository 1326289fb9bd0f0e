#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "exim/mainlog.h"

#define ID "1xVoEE-00000L-2a"
#define TIME "2026-11-24 10:33:22 "
#define AFTER "SMTP error from remote mail server after "

/* Lines as Exim 4.96 wrote them, with Debian's log_selector and with +all and log_timezone. */
static void test_lines(void **state)
{
	static const struct {
		const char *line;
		rbx_log_kind kind;
		const char *recipient, *sender, *router, *transport, *host, *ip, *text;
		int error;
	} rows[] = {
		{TIME ID " <= news@sender.example U=root P=local S=346 id=m1@mail.sender.example",
			RBX_LOG_ARRIVED, "", "news@sender.example", "", "", "", "", "", 0},
		{TIME ID " <= <> R=1xVnpy-00000O-15 U=Debian-exim P=local S=1599", RBX_LOG_ARRIVED,
			"", "", "", "", "", "", "", 0},
		{TIME ID
			" => x@ok.example R=dnslookup T=remote_smtp H=mx.ok.example [198.51.100.1] "
			"C=\"250 2.0.0 OK queued as S1\"",
			RBX_LOG_DELIVERED, "x@ok.example", "", "dnslookup", "remote_smtp",
			"mx.ok.example", "198.51.100.1", "250 2.0.0 OK queued as S1", 0},
		{"2026-11-24 10:58:27.207 +0000 [33] " ID
		 " => a b@ok.example <\"a b\"@ok.example> F=<news@sender.example> "
		 "P=<news@sender.example> R=dnslookup T=remote_smtp S=360 H=mx.ok.example "
		 "[198.51.100.3]:25 I=[198.51.100.3]:34930 L C=\"250 say \\\"x\\\" \\\\\" "
		 "QT=0.103s "
		 "DT=0.046s",
			RBX_LOG_DELIVERED, "a b@ok.example", "news@sender.example", "dnslookup",
			"remote_smtp", "mx.ok.example", "198.51.100.3", "250 say \"x\" \\", 0},
		{TIME ID " -> y@ok.example R=dnslookup T=remote_smtp H=mx.ok.example "
			 "[2001:db8::1]:25 "
			 "X=TLS1.3:ECDHE_X25519__RSA_PSS_RSAE_SHA256__AES_256_GCM:256 CV=yes "
			 "DN=\"CN=a: b,O=c\" C=\"250 OK\"",
			RBX_LOG_DELIVERED, "y@ok.example", "", "dnslookup", "remote_smtp",
			"mx.ok.example", "2001:db8::1", "250 OK", 0},
		{TIME ID " => news <news@sender.example> R=local_user T=local_delivery",
			RBX_LOG_DELIVERED, "news@sender.example", "", "local_user",
			"local_delivery", "", "", "", 0},
		{TIME ID " => /var/mail/x y <news@sender.example> R=local_user T=local_delivery",
			RBX_LOG_DELIVERED, "news@sender.example", "", "local_user",
			"local_delivery", "", "", "", 0},
		{TIME ID " => /var/mail/x@y <news@sender.example> R=local_user T=local_delivery",
			RBX_LOG_DELIVERED, "news@sender.example", "", "local_user",
			"local_delivery", "", "", "", 0},
		{TIME ID " => :blackhole: <a@drop.example> R=rebuff_gate", RBX_LOG_DELIVERED,
			"a@drop.example", "", "rebuff_gate", "", "", "", "", 0},
		{TIME ID " ** x@r.example R=dnslookup T=remote_smtp H=mx.r.example "
			 "[198.51.100.2]: " AFTER
			 "RCPT TO:<x@r.example>: 550-5.1.1 a\\n550 5.1.1 b",
			RBX_LOG_FAILED, "x@r.example", "", "dnslookup", "remote_smtp",
			"mx.r.example", "198.51.100.2",
			AFTER "RCPT TO:<x@r.example>: 550-5.1.1 a\\n550 5.1.1 b", 0},
		{TIME ID " ** x@nx.example: Unrouteable address", RBX_LOG_FAILED, "x@nx.example",
			"", "", "", "", "", "Unrouteable address", 0},
		{TIME ID " ** a@fail.example R=rebuff_gate: given up: R=x T=y H=z [1]: w",
			RBX_LOG_FAILED, "a@fail.example", "", "rebuff_gate", "", "", "",
			"given up: R=x T=y H=z [1]: w", 0},
		{TIME ID " ** x@r4.example: retry timeout exceeded", RBX_LOG_FAILED, "x@r4.example",
			"", "", "", "", "", "retry timeout exceeded", 0},
		{TIME ID " == x@r4.example R=dnslookup T=remote_smtp defer (-44) H=mx.r4.example "
			 "[198.51.100.1]:25 I=[198.51.100.1]:58738 DT=0.000s: " AFTER
			 "RCPT TO:<x@r4.example>: 452 full",
			RBX_LOG_DEFERRED, "x@r4.example", "", "dnslookup", "remote_smtp",
			"mx.r4.example", "198.51.100.1", AFTER "RCPT TO:<x@r4.example>: 452 full",
			-44},
		{TIME ID
			" == x@i.example R=dnslookup T=remote_smtp defer (110): Connection timed "
			"out H=mx.i.example [198.51.100.20] I=[192.0.2.1]: SMTP timeout after RCPT "
			"TO:<x@i.example>",
			RBX_LOG_DEFERRED, "x@i.example", "", "dnslookup", "remote_smtp",
			"mx.i.example", "198.51.100.20", "SMTP timeout after RCPT TO:<x@i.example>",
			110},
		{TIME ID " == x@h.example R=dnslookup T=remote_smtp defer (110): Connection timed "
			 "out "
			 "H=mx.h.example [198.51.100.20]: SMTP timeout after RCPT TO:<x@h.example>",
			RBX_LOG_DEFERRED, "x@h.example", "", "dnslookup", "remote_smtp",
			"mx.h.example", "198.51.100.20", "SMTP timeout after RCPT TO:<x@h.example>",
			110},
		{TIME ID " == x@refuse.example R=dnslookup T=remote_smtp defer (111): Connection "
			 "refused",
			RBX_LOG_DEFERRED, "x@refuse.example", "", "dnslookup", "remote_smtp", "",
			"", "Connection refused", 111},
		{TIME ID " == x@f.example R=dnslookup defer (-1) DT=0.000s: host lookup did not "
			 "complete",
			RBX_LOG_DEFERRED, "x@f.example", "", "dnslookup", "", "", "",
			"host lookup did not complete", -1},
		{TIME ID " == x@r4.example routing defer (-52): retry time not reached",
			RBX_LOG_DEFERRED, "x@r4.example", "", "", "", "", "",
			"retry time not reached", -52},
		{TIME ID " == n@sender.example R=local_user T=local_delivery defer (-1)",
			RBX_LOG_DEFERRED, "n@sender.example", "", "local_user", "local_delivery",
			"", "", "", -1},
		{TIME ID " == x@d.example R=dnslookup T=remote_smtp defer (-37) H=[192.0.2.9]: TLS "
			 "session",
			RBX_LOG_DEFERRED, "x@d.example", "", "dnslookup", "remote_smtp", "",
			"192.0.2.9", "TLS session", -37},
		{TIME ID " Completed", RBX_LOG_COMPLETED, "", "", "", "", "", "", "Completed", 0},
		{TIME ID " Completed QT=0.1s", RBX_LOG_COMPLETED, "", "", "", "", "", "",
			"Completed QT=0.1s", 0},
		{TIME ID " Frozen (delivery error message)", RBX_LOG_FROZEN, "", "", "", "", "", "",
			"Frozen (delivery error message)", 0},
		{TIME ID " frozen by root", RBX_LOG_FROZEN, "", "", "", "", "", "",
			"frozen by root", 0},
		{TIME ID " Unfrozen by forced delivery", RBX_LOG_THAWED, "", "", "", "", "", "",
			"Unfrozen by forced delivery", 0},
		{TIME ID " unfrozen by root", RBX_LOG_THAWED, "", "", "", "", "", "",
			"unfrozen by root", 0},
		{TIME ID " removed by root", RBX_LOG_REMOVED, "", "", "", "", "", "",
			"removed by root", 0},
		{TIME ID " cancelled by root", RBX_LOG_REMOVED, "", "", "", "", "", "",
			"cancelled by root", 0},
		{TIME ID " rebuff lost request=result\tmta=exim", RBX_LOG_LOST, "", "", "", "", "",
			"", "request=result\tmta=exim", 0},
		{TIME ID " H=mx.b4.example [198.51.100.2]:25: " AFTER "initial connection: 421 x",
			RBX_LOG_OTHER, "", "", "", "", "", "",
			"H=mx.b4.example [198.51.100.2]:25: " AFTER "initial connection: 421 x", 0},
		{TIME "Start queue run: pid=45 -qf", RBX_LOG_OTHER, "", "", "", "", "", "", "", 0},
		{TIME "1xVoEE-00000L-2 => x@ok.example R=r", RBX_LOG_OTHER, "", "", "", "", "", "",
			"", 0},
		{"", RBX_LOG_OTHER, "", "", "", "", "", "", "", 0},
		{"2026-11-24 10:33:22", RBX_LOG_OTHER, "", "", "", "", "", "", "", 0},
		{TIME ID, RBX_LOG_OTHER, "", "", "", "", "", "", "", 0},
		{TIME ID " => ", RBX_LOG_DELIVERED, "", "", "", "", "", "", "", 0},
		{TIME ID " == x@y R=", RBX_LOG_DEFERRED, "x@y", "", "", "", "", "", "", 0},
		{TIME ID " == x@y R=r H=mx [1.2.3.4", RBX_LOG_DEFERRED, "x@y", "", "r", "", "mx",
			"", "1.2.3.4", 0},
		{"Nov 24 10:33:22 mail exim[123]: " TIME ID " Completed", RBX_LOG_COMPLETED, "", "",
			"", "", "", "", "Completed", 0},
		{"2026-11-24T10:33:22.123456+01:00 mail exim4[123]: " ID " Completed",
			RBX_LOG_COMPLETED, "", "", "", "", "", "", "Completed", 0},
		{TIME "1xVoEE-00000000L2a-1234 Completed", RBX_LOG_COMPLETED, "", "", "", "", "",
			"", "Completed", 0},
	};
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		char line[1024];
		rbx_log_line got;
		strcpy(line, rows[i].line);
		rbx_log_parse(line, strlen(line), &got);
		assert_row_int(rows[i].line, got.kind, rows[i].kind);
		assert_row_str(rows[i].line, got.recipient, rows[i].recipient);
		assert_row_str(rows[i].line, got.sender, rows[i].sender);
		assert_row_str(rows[i].line, got.router, rows[i].router);
		assert_row_str(rows[i].line, got.transport, rows[i].transport);
		assert_row_str(rows[i].line, got.host, rows[i].host);
		assert_row_str(rows[i].line, got.ip, rows[i].ip);
		assert_row_str(rows[i].line, got.text, rows[i].text);
		assert_row_int(rows[i].line, got.error, rows[i].error);
	}
}

static void test_times(void **state)
{
	static const struct {
		const char *line;
		int64_t want;
	} rows[] = {
		{"2026-11-24 10:33:22 " ID " Completed", 1795516402000},
		{"2026-11-24 10:33:22.045 " ID " Completed", 1795516402045},
		{"2026-11-24 10:33:22 +0000 " ID " Completed", 1795516402000},
		{"2026-11-24 12:03:22.045 +0130 " ID " Completed", 1795516402045},
		{"2026-11-24 05:33:22 -0500 [12] " ID " Completed", 1795516402000},
		{"2026-11-2x 10:33:22 " ID " Completed", 0},
		{ID " Completed", 0},
	};
	(void)state;
	setenv("TZ", "UTC", 1);
	tzset();
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		char line[128];
		rbx_log_line got;
		strcpy(line, rows[i].line);
		rbx_log_parse(line, strlen(line), &got);
		if (got.time_ms != rows[i].want)
			fail_msg("%s: got %lld, want %lld", rows[i].line, (long long)got.time_ms,
				(long long)rows[i].want);
	}
	setenv("TZ", "CET-1CEST,M3.5.0,M10.5.0/3", 1);
	tzset();
	char line[] = "2026-11-24 11:33:22 " ID " Completed";
	rbx_log_line got;
	rbx_log_parse(line, strlen(line), &got);
	assert_true(got.time_ms == 1795516402000);
}

static void test_outcomes(void **state)
{
	static const struct {
		const char *line, *kind, *stage; /* kind "": no result */
		bool unreported;
	} rows[] = {
		{"=> x@d.example R=dnslookup T=remote_smtp H=mx [192.0.2.1] C=\"250 OK\"",
			"delivered", "dot", false},
		{"** x@d.example R=r T=remote_smtp H=mx [192.0.2.1]: " AFTER "RCPT TO:<x>: 550 no",
			"failed", "rcpt", false},
		{"** x@d.example: Unrouteable address", "failed", "dns", false},
		{"** x@d.example: retry timeout exceeded", "failed", "unknown", true},
		{"** x@d.example R=r T=t: all hosts for 'd.example' have been failing for a long "
		 "time (and "
		 "retry time not reached)",
			"failed", "unknown", false},
		{"== x@d.example R=dnslookup defer (-1): host lookup did not complete",
			"rcpt-defer", "dns", true},
		{"== x@d.example R=dnslookup T=remote_smtp defer (-54): retry time not reached for "
		 "any "
		 "host for 'd.example'",
			"host-defer", "unknown", true},
		{"== x@d.example routing defer (-52): retry time not reached", "", "", false},
		{"== x@d.example R=rebuff_gate defer (-1): not before 2026-11-24 12:00 UTC", "", "",
			false},
		{"== x@d.example R=r T=t defer (110): Connection timed out H=mx [192.0.2.1]: SMTP "
		 "timeout "
		 "after RCPT TO:<x@d.example>",
			"rcpt-defer", "rcpt", true},
		{"== x@d.example R=r T=t defer (110): Connection timed out H=mx [192.0.2.1]: SMTP "
		 "timeout "
		 "after pipelined MAIL FROM:<s>",
			"message-defer", "mail", false},
		{"== x@d.example R=r T=t defer (-18) H=mx [192.0.2.1]: Remote host closed "
		 "connection in "
		 "response to pipelined RCPT TO:<x@d.example>",
			"message-defer", "rcpt", false},
		{"== x@d.example R=r T=t defer (-44) H=mx [192.0.2.1]: " AFTER
		 "RCPT TO:<x>: 452 full",
			"rcpt-defer", "rcpt", false},
		{"== x@d.example R=r T=t defer (111): Connection refused", "message-defer",
			"connect", false},
		{"Completed", "complete", "unknown", true},
		{"<= <> R=1xVoEE-00000L-2a", "", "", false},
		{"frozen by root", "", "", false},
		{"rebuff lost request=result", "", "", false},
	};
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		char line[512];
		rbx_log_line parsed;
		rbx_outcome got = {.kind = "", .stage = ""};
		snprintf(line, sizeof line, TIME ID " %s", rows[i].line);
		rbx_log_parse(line, strlen(line), &parsed);
		assert_row_int(
			rows[i].line, rbx_log_outcome(&parsed, &got), rows[i].kind[0] != '\0');
		assert_row_str(rows[i].line, got.kind, rows[i].kind);
		assert_row_str(rows[i].line, got.stage, rows[i].stage);
		assert_row_int(rows[i].line, rbx_log_unreported(&parsed), rows[i].unreported);
	}
}

static void test_lost(void **state)
{
	static const struct {
		const char *line;
		bool ok;
		const char *recipient, *text;
	} rows[] = {
		{"rebuff lost request=result\tmta=exim\trecipient=a@b\ttext=550 \\x09x\\\\n\\\\y",
			true, "a@b", "550 \tx\\n\\y"},
		/* through logwrite: bytes above 0x7f as octal, an escaped backslash before digits
		 */
		{"rebuff lost request=result\tmta=exim\trecipient=\\303\\251@b\ttext=\\\\303 "
		 "\\n\\0",
			true, "\xc3\xa9@b", "\\303 \n"},
		{"rebuff lost request=gate\tmta=exim", false, "", ""},
		{"rebuff lost request=result\tmta=opensmtpd", false, "", ""},
		{"rebuff lost request=result\tmta=exim\ttext=\\q", false, "", ""},
		{"rebuff lost request=result\tmta=exim\tjunk", false, "", ""},
		{"rebuff lost ", false, "", ""},
		{"== a@b R=r defer (-1): rebuff lost request=result\tmta=exim", false, "", ""},
	};
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		char line[512];
		rbx_log_line parsed;
		rbf_wire_record r;
		snprintf(line, sizeof line, TIME ID " %s", rows[i].line);
		rbx_log_parse(line, strlen(line), &parsed);
		assert_row_int(rows[i].line, rbx_log_lost(&parsed, &r), rows[i].ok);
		if (!rows[i].ok)
			continue;
		assert_row_str(
			rows[i].line, rbf_wire_get_str(&r, "recipient", "?"), rows[i].recipient);
		const rbf_wire_field *text = rbf_wire_get(&r, "text");
		assert_non_null(text);
		assert_row_str(rows[i].line, text->value, rows[i].text);
	}
}

/* Whatever a line holds, nothing outside it is read or written (under the sanitizers), and every
 * field ends inside it. */
static void test_random_lines(void **state)
{
	static const char *const pieces[] = {" ", "=>", "==", "**", "<=", "R=", "T=", "H=", "mx",
		"[", "]", "(", ")", ": ", ":", "\"", "\\", "<", ">", "defer (", "x@y", "C=\"",
		"F=<", "I=[", "rebuff lost ", "\t", "12", "=", "\xff", ID, TIME, "Completed",
		"routing defer (-52)", " H=a [1]: "};
	(void)state;
	uint32_t seed = 42;
	for (int round = 0; round < 50000; round++) {
		char built[600] = "";
		if (round % 2)
			strcpy(built, TIME ID " == ");
		for (int n = 0; n < 12; n++) {
			seed = seed * 1664525u + 1013904223u;
			strcat(built, pieces[(seed >> 16) % (sizeof pieces / sizeof *pieces)]);
		}
		size_t len = strlen(built);
		char *line = malloc(len + 1);
		assert_non_null(line);
		memcpy(line, built, len + 1);
		rbx_log_line got;
		rbx_log_parse(line, len, &got);
		char *fields[] = {got.id, got.recipient, got.sender, got.router, got.transport,
			got.host, got.ip, got.port, got.source_ip, got.text};
		for (size_t i = 0; i < sizeof fields / sizeof *fields; i++)
			if (fields[i] < line || fields[i] + strlen(fields[i]) > line + len)
				fail_msg("%s: field %zu ends outside", built, i);
		rbx_outcome outcome;
		rbf_wire_record r;
		(void)rbx_log_outcome(&got, &outcome);
		(void)rbx_log_lost(&got, &r);
		free(line);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lines),
		cmocka_unit_test(test_times),
		cmocka_unit_test(test_outcomes),
		cmocka_unit_test(test_lost),
		cmocka_unit_test(test_random_lines),
	};
	return cmocka_run_group_tests_name("exim/mainlog", tests, NULL, NULL);
}
