/* test_maillog.c - lines of Postfix's mail log. */
#include "unit.h"

#include <stdio.h>

#include "postfix/maillog.h"

/* kind id sender recipient outcome stage host ip delay [text] */
static const char *shown(const char *program, const char *in)
{
	static char out[1024];
	char line[1024];
	rbp_log_line l;
	snprintf(line, sizeof line, "%s", in);
	rbp_log_parse(program, line, strlen(line), &l);
	snprintf(out, sizeof out, "%d %s <%s> <%s> %s %s %s %s %lld [%s]", (int)l.kind, l.id,
		l.sender, l.recipient, l.outcome, l.stage, l.host, l.ip, (long long)l.delay_ms,
		l.text);
	return out;
}

#define TO(address) "4FxY2z1: to=<" address ">, "
#define RELAY "relay=mx.remote.example[192.0.2.1]:25, "
#define NUMBERS "delay=1.5, delays=0.1/0/0.4/1, dsn=5.1.1, "

static void test_lines(void **state)
{
	static const struct {
		const char *name, *program, *in, *want;
	} rows[] = {
		{"sent", "postfix/smtp",
			TO("a@b.example") RELAY NUMBERS "status=sent (250 2.0.0 Ok: queued as 77)",
			"2 4FxY2z1 <> <a@b.example> delivered unknown mx.remote.example 192.0.2.1 "
			"1500 "
			"[250 2.0.0 Ok: queued as 77]"},
		{"refused at RCPT", "postfix/smtp",
			TO("a@b.example") RELAY NUMBERS
			"status=bounced (host mx.remote.example[192.0.2.1] said: 550 5.1.1 "
			"<a@b.example>: User unknown (in reply to RCPT TO command))",
			"2 4FxY2z1 <> <a@b.example> failed rcpt mx.remote.example 192.0.2.1 1500 "
			"[550 5.1.1 <a@b.example>: User unknown]"},
		{"orig_to, conn_use, IPv6, relay's own name", "postfix-out/relay/smtp",
			TO("a@b.example") "orig_to=<root>, relay=mx[2001:db8::1]:25, conn_use=2, "
					  "delay=0.3, delays=0/0/0/0.3, dsn=4.7.1, status=deferred "
					  "(host mx[2001:db8::1] said: 451 4.7.1 Greylisted (in "
					  "reply to end of DATA command))",
			"2 4FxY2z1 <> <a@b.example> rcpt-defer dot mx 2001:db8::1 300 [451 4.7.1 "
			"Greylisted]"},
		{"banner", "postfix/smtp",
			TO("a@b.example") RELAY NUMBERS
			"status=deferred (host mx.remote.example[192.0.2.1] refused to talk to me: "
			"421 busy)",
			"2 4FxY2z1 <> <a@b.example> rcpt-defer banner mx.remote.example 192.0.2.1 "
			"1500 "
			"[421 busy]"},
		{"no connection", "postfix/smtp",
			TO("a@b.example") "relay=none, " NUMBERS
					  "status=deferred (connect to mx[192.0.2.1]:25: "
					  "Connection refused)",
			"2 4FxY2z1 <> <a@b.example> rcpt-defer connect   1500 [connect to "
			"mx[192.0.2.1]:25: Connection refused]"},
		{"no such domain", "postfix/smtp",
			TO("a@b.example") "relay=none, " NUMBERS
					  "status=bounced (Host or domain name not found. Name "
					  "service error for name=b.example type=A: Host not "
					  "found)",
			"2 4FxY2z1 <> <a@b.example> failed dns   1500 [Host or domain name not "
			"found. "
			"Name service error for name=b.example type=A: Host not found]"},
		{"nobody was asked", "postfix/smtp",
			TO("a@b.example") "relay=none, " NUMBERS
					  "status=deferred (delivery temporarily suspended: "
					  "connect to mx[192.0.2.1]:25: Connection refused)",
			"0 4FxY2z1 <> <a@b.example> rcpt-defer unknown   1500 [delivery "
			"temporarily "
			"suspended: connect to mx[192.0.2.1]:25: Connection refused]"},
		{"an address that imitates the rest", "postfix/smtp",
			TO("\"x>, relay=no[1.1.1.1]:25, status=sent (\\\"\"@b.example")
				RELAY NUMBERS "status=bounced (550 no)",
			"2 4FxY2z1 <> <\"x>, relay=no[1.1.1.1]:25, status=sent (\\\"\"@b.example> "
			"failed unknown mx.remote.example 192.0.2.1 1500 [550 no]"},
		{"a reply that imitates the rest", "postfix/smtp",
			TO("a@b.example") RELAY NUMBERS
			"status=bounced (host mx.remote.example[192.0.2.1] said: 550 status=sent "
			"(250 ok) (in reply to RCPT TO command) (in reply to MAIL FROM command))",
			"2 4FxY2z1 <> <a@b.example> failed mail mx.remote.example 192.0.2.1 1500 "
			"[550 status=sent (250 ok) (in reply to RCPT TO command)]"},
		{"sender", "postfix/qmgr", "4FxY2z1: from=<n@x>, size=400, nrcpt=1 (queue active)",
			"1 4FxY2z1 <n@x> <>  unknown   -1 []"},
		{"null sender", "postfix/qmgr", "4FxY2z1: from=<>, size=4, nrcpt=1 (queue active)",
			"1 4FxY2z1 <> <>  unknown   -1 []"},
		{"expired", "postfix/qmgr",
			"4FxY2z1: from=<n@x>, status=expired, returned to sender",
			"3 4FxY2z1 <n@x> <>  unknown   -1 []"},
		{"removed", "postfix/qmgr", "4FxY2z1: removed", "3 4FxY2z1 <> <>  unknown   -1 []"},
		{"removed by an operator", "postfix/postsuper", "4FxY2z1: removed",
			"3 4FxY2z1 <> <>  unknown   -1 []"},
		{"held by an operator", "postfix/postsuper", "4FxY2z1: placed on hold",
			"0 4FxY2z1 <> <>  unknown   -1 []"},
		{"local", "postfix/local",
			TO("a@b.example") "relay=local, " NUMBERS
					  "status=sent (delivered to mailbox)",
			"0  <> <>  unknown   -1 []"},
		{"cut off", "postfix/smtp", "4FxY2z1: to=<a@b.example",
			"4 4FxY2z1 <> <>  unknown   -1 []"},
		{"a probe of an address", "postfix/smtp",
			TO("a@b.example") RELAY NUMBERS "status=deliverable (250 ok)",
			"0 4FxY2z1 <> <a@b.example>  unknown mx.remote.example 192.0.2.1 1500 "
			"[deliverable (250 ok]"},
		{"no id", "postfix/smtp", "connect to mx[192.0.2.1]:25: Connection timed out",
			"0  <> <>  unknown   -1 []"},
		{"empty", "postfix/smtp", "", "0  <> <>  unknown   -1 []"},
	};
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		assert_row_str(rows[i].name, shown(rows[i].program, rows[i].in), rows[i].want);
}

static void test_remote(void **state)
{
	static const struct {
		const char *name, *program, *relay;
		bool want;
	} rows[] = {
		{"another host", "postfix/smtp", "mx[192.0.2.1]:25", true},
		{"nobody was reached", "postfix/smtp", "none", true},
		{"a mailbox of this host", "postfix/lmtp", "mail[private/dovecot-lmtp]", false},
		{"a mailbox elsewhere", "postfix/lmtp", "mail[192.0.2.7]:24", false},
		{"a content filter", "postfix/amavis/smtp", "127.0.0.1[127.0.0.1]:10024", false},
		{"a content filter, IPv6", "postfix/smtp", "localhost[::1]:10024", false},
	};
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		char line[256];
		rbp_log_line l;
		(void)snprintf(line, sizeof line,
			TO("a@b.example") "relay=%s, " NUMBERS "status=sent (250 Ok)",
			rows[i].relay);
		rbp_log_parse(rows[i].program, line, strlen(line), &l);
		assert_int_equal(l.kind, RBP_LOG_RESULT);
		assert_row_int(rows[i].name, rbp_log_is_remote(rows[i].program, &l), rows[i].want);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lines), cmocka_unit_test(test_remote)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
