#include "unit.h"
#include "smtp/reply.h"
#include "base/span.h"

static void test_forms(void **state)
{
	static const struct {
		const char *in;
		int code;
		const char *enhanced, *text;
		int lines;
	} rows[] = {
		/* wire */
		{"550 5.1.1 User unknown\r\n", 550, "5.1.1", "User unknown", 1},
		{"550-5.1.1 The account\r\n550-5.1.1 does not\r\n550 5.1.1 exist\r\n", 550, "5.1.1",
			"The account does not exist", 3},
		{"550-first\n550 second", 550, "", "first second", 2},
		{"550-first\r550 second\r", 550, "", "first second", 2},
		{"250 2.0.0 Ok: queued as 4F", 250, "2.0.0", "Ok: queued as 4F", 1},
		{"354 go on", 354, "", "go on", 1},
		{"450-4.7.1 a\n450-4.7.1\n450 4.7.1 b", 450, "4.7.1", "a b", 3},
		/* joined by the characters \n, and by nothing */
		{"550-5.1.1 The account\\n550 5.1.1 is gone", 550, "5.1.1", "The account is gone",
			2},
		{"550-first550 last", 550, "", "first last", 2},
		{"550-5.7.1 one550-5.7.1 two550 5.7.1 three", 550, "5.7.1", "one two three", 3},
		{"550-5.1.1 one 550-5.1.1 two 550 5.1.1 three", 550, "5.1.1", "one two three", 3},
		{"553 5.1.8 no such domain 553 5.1.8 no such domain", 553, "5.1.8",
			"no such domain no such domain", 2},
		{"550-over the limit of 550 messages", 550, "", "over the limit of 550 messages",
			1},
		/* lines that are broken are not joined too; a tag may hold the code */
		{"554-see IB554\r\n554 and so on", 554, "", "see IB554 and so on", 2},
		{"550-see LPN_550 and550 so on", 550, "", "see LPN_550 and so on", 2},
		{"506-ib506 and506 so on", 506, "", "ib506 and so on", 2},
		/* a different code on a later line is text */
		{"551 not our user\n503 need RCPT", 551, "", "not our user 503 need RCPT", 2},
		/* codes given twice, in other dress, alone, or not at all */
		{"554 554 5.7.0 Header error", 554, "5.7.0", "Header error", 1},
		{"550-5.1.1", 550, "5.1.1", "", 1},
		{"550", 550, "", "", 1},
		{"550 5.1.1", 550, "5.1.1", "", 1},
		{"550 (5.1.1) gone", 550, "5.1.1", "gone", 1},
		{"550 #5.1.1 gone", 550, "5.1.1", "gone", 1},
		{"553 sorry, no mailbox here by that name. (#5.7.1)", 553, "5.7.1",
			"sorry, no mailbox here by that name. (#5.7.1)", 1},
		{"550 sorry [4.2.2] never", 550, "", "sorry [4.2.2] never", 1},
		{"550 5.1.1: gone", 550, "5.1.1", "gone", 1},
		{"550 - gone", 550, "", "gone", 1},
		{"5.1.1 User unknown", 0, "5.1.1", "User unknown", 1},
		{"User unknown", 0, "", "User unknown", 1},
		{"", 0, "", "", 1},
		{"550 4.2.2 full", 550, "4.2.2", "full", 1},
		{"550 192.0.2.1 is listed", 550, "", "192.0.2.1 is listed", 1},
		{"600 what", 0, "", "600 what", 1},
		{"5500 what", 0, "", "5500 what", 1},
		/* sentences of MTAs before it; what can be counted may begin the server's own */
		{"host mx.example.org[192.0.2.1] said: 550 User unknown", 550, "", "User unknown",
			1},
		{"host mx.example.org[192.0.2.1] said: 550 Message refused", 550, "",
			"Message refused", 1},
		{"SMTP error from remote mail server after RCPT TO:<a@example.org>: 550 mailbox "
		 "unavailable",
			550, "", "mailbox unavailable", 1},
		{"SMTP error from remote mail server after RCPT TO:<a@example.org>: 550 Address "
		 "bad",
			550, "", "Address bad", 1},
		{"quota: 500 mb", 0, "", "quota: 500 mb", 1},
		{"limits: 450 messages, 500 KB", 0, "", "limits: 450 messages, 500 KB", 1},
		{"SMTP error from remote mail server after RCPT TO:<a@example.org>: 550 5.1.1 no",
			550, "5.1.1", "no", 1},
		{"SMTP error from remote mail server after RCPT TO:<a@b.example>: host "
		 "mx.b.example "
		 "[192.0.2.1]: 550-one\\n550 two",
			550, "", "one two", 2},
		{"host mx.example.org[192.0.2.1] said: 550 5.1.1 <a@example.org>: no (in reply to "
		 "RCPT "
		 "TO command)",
			550, "5.1.1", "<a@example.org>: no", 1},
		{"host mx.example.org[192.0.2.1] refused to talk to me: 554 no", 554, "", "no", 1},
		{"SMTP; 550 5.1.1 no", 550, "5.1.1", "no", 1},
		{"smtp;550 no", 550, "", "no", 1},
		{"smtp; 5.1.1 no", 0, "5.1.1", "no", 1},
		{"#5.1.1 smtp;550 5.1.1 RESOLVER.ADR.RecipNotFound; not found", 550, "5.1.1",
			"RESOLVER.ADR.RecipNotFound; not found", 1},
		{"192.0.2.1 does not like recipient. Remote host said: 550 no", 550, "", "no", 1},
		{"Remote Server returned '550 5.1.1 no'", 550, "5.1.1", "no'", 1},
		{"<<< 550 5.1.1 no", 550, "5.1.1", "no", 1},
		{"5.1.0 - Unknown address error '550-'5.7.1 x'' (delivery attempts: 0)", 550,
			"5.1.0", "'5.7.1 x'", 1},
		{"5.3.0 - Other mail system problem 'no user' (delivery attempts: 0)", 0, "5.3.0",
			"no user", 1},
		{"delivery failed with 550", 550, "", "delivery failed with", 1},
		/* numbers that are none of it */
		{"wait 300 seconds", 0, "", "wait 300 seconds", 1},
		{"mailbox limit: 500 messages", 0, "", "mailbox limit: 500 messages", 1},
		{"connect to mx.example.org[192.0.2.1]:587 failed", 0, "",
			"connect to mx.example.org[192.0.2.1]:587 failed", 1},
		/* hostile bytes */
		{"550 a\x01\x02\tb\x7f c", 550, "", "a b c", 1},
		{"550 caf\xc3\xa9", 550, "", "caf\xc3\xa9", 1},
	};
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		rbf_reply r;
		char enhanced[16], text[512];
		rbf_reply_parse(rbf_span_of(rows[i].in), &r);
		rbf_enhanced_format(enhanced, r.enhanced);
		rbf_span_copy(text, sizeof text, r.text);
		assert_row_int(rows[i].in, r.code, rows[i].code);
		assert_row_str(rows[i].in, enhanced, rows[i].enhanced);
		assert_row_str(rows[i].in, text, rows[i].text);
		assert_row_int(rows[i].in, r.lines, rows[i].lines);
		assert_row_int(rows[i].in, r.truncated, false);
	}
}

static void test_bounds(void **state)
{
	(void)state;
	static char in[REBUFF_REPLY_MAX + 100];
	rbf_reply r;
	memset(in, 'x', sizeof in);
	memcpy(in, "550 ", 4);
	rbf_reply_parse((rebuff_span){in, REBUFF_REPLY_MAX}, &r);
	assert_false(r.truncated);
	assert_int_equal(r.text.len, REBUFF_REPLY_MAX - 4);
	rbf_reply_parse((rebuff_span){in, sizeof in}, &r);
	assert_true(r.truncated);
	assert_int_equal(r.code, 550);
	for (size_t i = 0; i < 70; i++)
		memcpy(in + 6 * i, "550-a\n", 6);
	rbf_reply_parse((rebuff_span){in, 64 * 6}, &r);
	assert_false(r.truncated);
	assert_int_equal(r.lines, 64);
	rbf_reply_parse((rebuff_span){in, 65 * 6}, &r);
	assert_true(r.truncated);
	assert_int_equal(r.lines, 64);
}

static void test_stage(void **state)
{
	static const struct {
		const char *in;
		rebuff_stage want;
	} rows[] = {
		{"SMTP error from remote mail server after initial connection: 554 no",
			REBUFF_STAGE_BANNER},
		{"SMTP error from remote mail server after EHLO example.org: 550 no",
			REBUFF_STAGE_EHLO},
		{"SMTP error from remote mail server after pipelined MAIL FROM:<a@b> SIZE=500: 450 "
		 "no",
			REBUFF_STAGE_MAIL},
		{"SMTP error from remote mail server after RCPT TO:<a@b>: 550 no",
			REBUFF_STAGE_RCPT},
		{"SMTP error from remote mail server after end of data: 550 no", REBUFF_STAGE_DOT},
		{"SMTP error from remote mail server after DATA: 550 no", REBUFF_STAGE_DATA},
		{"host x[192.0.2.1] said: 550 no (in reply to end of DATA command)",
			REBUFF_STAGE_DOT},
		{"host x[192.0.2.1] said: 550 no (in reply to MAIL FROM command)",
			REBUFF_STAGE_MAIL},
		{"host x[192.0.2.1] refused to talk to me: 554 no", REBUFF_STAGE_BANNER},
		{"550 refused after RCPT TO: you know",
			REBUFF_STAGE_UNKNOWN}, /* the server's words */
		{"550 no", REBUFF_STAGE_UNKNOWN},
	};
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		assert_row_str(rows[i].in,
			rebuff_stage_name(rbf_reply_stage(rbf_span_of(rows[i].in))),
			rebuff_stage_name(rows[i].want));
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_forms),
		cmocka_unit_test(test_bounds), cmocka_unit_test(test_stage)};
	return cmocka_run_group_tests_name("smtp/reply", tests, NULL, NULL);
}
