/* test_policy.c - Postfix's policy delegation protocol: what is asked, what is answered. */
#include "unit.h"

#include <stdio.h>
#include <stdlib.h>

#include "postfix/policy.h"

#define HEAD "request=smtpd_access_policy\nprotocol_state=RCPT\nprotocol_name=ESMTP\n"
#define A100                                                                                       \
	"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" \
	"a"                                                                                        \
	"aaaaaaaaaaa"
#define A500 A100 A100 A100 A100 A100
#define BYTES(s) s, sizeof(s) - 1

/* The engine's questions for all requests in `in`, "-" where none is asked, fed in pieces. */
static const char *asked(const char *in, size_t len, size_t piece)
{
	static char out[8192];
	rbp_policy *p = calloc(1, sizeof *p);
	size_t n = 0;
	out[0] = '\0';
	for (size_t at = 0; at < len;) {
		bool complete;
		char question[4096];
		size_t some = len - at < piece ? len - at : piece;
		size_t used = rbp_policy_feed(p, in + at, some, &complete);
		assert_true(used > 0 && used <= some);
		at += used;
		if (!complete)
			continue;
		size_t q =
			rbp_policy_asks(p) ? rbp_policy_question(p, question, sizeof question) : 0;
		n += (size_t)snprintf(
			out + n, sizeof out - n, "%.*s|", q ? (int)q : 1, q ? question : "-");
	}
	free(p);
	return out;
}

#define ASKS(recipient, sender)                                                                    \
	"request=submit\nmta=postfix\nrecipient=" recipient "\nsender=" sender "\n\n|"

static void test_requests(void **state)
{
	static const struct {
		const char *name, *in;
		size_t len;
		const char *want;
	} rows[] = {
		{"a recipient",
			BYTES(HEAD "client_address=192.0.2.1\nsender=n@x\nrecipient=a@b\n"
				   "instance=1.2.3\n\n"),
			ASKS("a@b", "n@x")},
		{"two in one go",
			BYTES(HEAD "sender=n@x\nrecipient=a@b\n\n" HEAD
				   "sender=m@x\nrecipient=c@d\n\n"),
			ASKS("a@b", "n@x") ASKS("c@d", "m@x")},
		{"nothing is left of the one before",
			BYTES(HEAD "sender=n@x\nrecipient=a@b\n\n" HEAD "recipient=c@d\n\n"),
			ASKS("a@b", "n@x") "-|"},
		{"null sender", BYTES(HEAD "sender=\nrecipient=a@b\n\n"), "-|"},
		{"no sender", BYTES(HEAD "recipient=a@b\n\n"), "-|"},
		{"no recipient", BYTES(HEAD "sender=n@x\nrecipient=\n\n"), "-|"},
		{"another state",
			BYTES("request=smtpd_access_policy\nprotocol_state=DATA\nsender=n@x\n"
			      "recipient=a@b\n\n"),
			"-|"},
		{"another request",
			BYTES("request=junk\nprotocol_state=RCPT\nsender=n@x\nrecipient=a@b\n\n"),
			"-|"},
		{"the last one counts",
			BYTES(HEAD "sender=n@x\nrecipient=long@b\nrecipient=a@b\n\n"),
			ASKS("a@b", "n@x")},
		{"a value with '=' in it", BYTES(HEAD "sender=a=b@x\nrecipient=a=b@c=d\n\n"),
			ASKS("a=b@c=d", "a=b@x")},
		{"control bytes are escaped for the engine",
			BYTES(HEAD "sender=n@x\nrecipient=a\rb\t@c\\d\n\n"),
			ASKS("a\\rb\\x09@c\\\\d", "n@x")},
		{"bytes above 0x7f", BYTES(HEAD "sender=n@x\nrecipient=\xc3\xa4@b\n\n"),
			ASKS("\xc3\xa4@b", "n@x")},
		{"a line without '='", BYTES(HEAD "sender=n@x\nrecipient=a@b\nxyz\n\n"), "-|"},
		{"NUL in an address", BYTES(HEAD "sender=n@x\nrecipient=a\0@b\n\n"), "-|"},
		{"NUL elsewhere", BYTES(HEAD "helo_name=a\0b\nsender=n@x\nrecipient=a@b\n\n"),
			ASKS("a@b", "n@x")},
		{"an address of 512 bytes",
			BYTES(HEAD "sender=n@x\nrecipient=" A500 "@b.example.i\n\n"),
			ASKS(A500 "@b.example.i", "n@x")},
		{"one of 513", BYTES(HEAD "sender=n@x\nrecipient=" A500 "@b.example.io\n\n"), "-|"},
		{"a long value of no interest",
			BYTES(HEAD "ccert_subject=" A500 A500 A500
				   "\nsender=n@x\nrecipient=a@b\n\n"),
			ASKS("a@b", "n@x")},
		{"a long name", BYTES(HEAD A500 "=1\nsender=n@x\nrecipient=a@b\n\n"),
			ASKS("a@b", "n@x")},
		{"a name that begins like one of ours",
			BYTES(HEAD "sender=n@x\nrecipient=a@b\nrecipient_count=0\nsenders=y\n\n"),
			ASKS("a@b", "n@x")},
		{"names are case-sensitive", BYTES(HEAD "Sender=n@x\nrecipient=a@b\n\n"), "-|"},
		{"nothing but the end", BYTES("\n\n"), "-|-|"},
		{"not the end yet", BYTES(HEAD "sender=n@x\nrecipient=a@b\n"), ""},
	};
	static const size_t pieces[] = {1, 7, 65536};
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		for (size_t k = 0; k < sizeof pieces / sizeof *pieces; k++)
			assert_row_str(rows[i].name, asked(rows[i].in, rows[i].len, pieces[k]),
				rows[i].want);
}

static void test_answers(void **state)
{
	static const struct {
		const char *name;
		rbf_client_status status;
		const char *engine, *want;
	} rows[] = {
		{"accepted", RBF_CLIENT_OK, "action=accept\nrule=\n", "action=DUNNO\n\n"},
		{"suppressed", RBF_CLIENT_OK,
			"action=refuse\ntext=rebuff: recipient is suppressed: 550 5.1.1 gone\n"
			"rule=suppressed\n",
			"action=550 5.1.1 rebuff: recipient is suppressed: 550 5.1.1 gone\n\n"},
		{"suppressed without a text", RBF_CLIENT_OK, "action=refuse\n",
			"action=550 5.1.1 rebuff: recipient is suppressed\n\n"},
		{"a text that would be two lines", RBF_CLIENT_OK,
			"action=refuse\ntext=a\\naction=OK\\n\\nb\xc3\xa4\n",
			"action=550 5.1.1 a?action=OK??b??\n\n"},
		{"held", RBF_CLIENT_OK, "action=accept\nheld=1\n",
			"action=DEFER_IF_PERMIT 4.7.1 rebuff: mail of this sender or to this "
			"provider is on hold, try again later\n\n"},
		{"not held", RBF_CLIENT_OK, "action=accept\nheld=0\n", "action=DUNNO\n\n"},
		{"an action of another kind", RBF_CLIENT_OK, "action=fail\ntext=x\n",
			"action=DUNNO\n\n"},
		{"no action", RBF_CLIENT_OK, "ok=1\n", "action=DUNNO\n\n"},
		{"absent", RBF_CLIENT_ABSENT, "action=refuse\n", "action=DUNNO\n\n"},
		{"too late", RBF_CLIENT_TIMEOUT, "action=refuse\n", "action=DUNNO\n\n"},
		{"an error", RBF_CLIENT_REFUSED, "error=no\naction=refuse\n", "action=DUNNO\n\n"},
	};
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		char bytes[512], out[RBP_ANSWER_MAX + 1];
		rbf_wire_record r;
		(void)snprintf(bytes, sizeof bytes, "%s", rows[i].engine);
		assert_null(rbf_wire_decode(bytes, strlen(bytes), '\n', &r));
		out[rbp_policy_answer(rows[i].status, &r, out)] = '\0';
		assert_row_str(rows[i].name, out, rows[i].want);
	}
}

static void test_long_text(void **state)
{
	char bytes[8192], out[RBP_ANSWER_MAX + 1];
	rbf_wire_record r;
	(void)state;
	(void)snprintf(bytes, sizeof bytes, "action=refuse\ntext=%s%s%s\n", A500, A500, A500);
	assert_null(rbf_wire_decode(bytes, strlen(bytes), '\n', &r));
	size_t n = rbp_policy_answer(RBF_CLIENT_OK, &r, out);
	assert_int_equal(n, strlen("action=550 5.1.1 ") + RBP_TEXT_MAX + 2);
	assert_memory_equal(out + n - 2, "\n\n", 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_requests),
		cmocka_unit_test(test_answers), cmocka_unit_test(test_long_text)};
	return cmocka_run_group_tests_name("postfix/policy", tests, NULL, NULL);
}
