/* Every form of notice in tests/data/mail: kind, original's id, recipients with action, codes,
 * reply and server. */
#include "unit.h"
#include <stdio.h>
#include <stdlib.h>
#include "base/span.h"
#include "rebuff.h"

enum { RECIPIENTS = 4 };

static const struct {
	const char *name, *kind, *message_id;
	/* recipient|action|enhanced|code|start of the diagnostic|server */
	const char *recipient[RECIPIENTS];
} rows[] = {
	{"appliance-scan", "bounce", "news-24@example.com",
		{"lucy@example.org|failed|5.1.1|550|550 5.1.1 user unknown|"}},
	{"arf-abuse", "complaint", "news-26@example.com", {"lucy@isp.example|||0||"}},
	{"arf-not-spam", "complaint", "news-27@example.com", {"lucy@isp.example|||0||"}},
	{"blank-lines-in-group", "bounce", "",
		{"lucy@example.org|failed|5.1.1|550|smtp; 550 5.1.1 unknown user|relay.example.org",
			"paul@example.org|failed|5.2.2|0||relay.example.org",
			"kate@example.org|delayed|4.4.1|0||relay.example.org"}},
	{"challenge", "autoreply", "", {"lucy@example.org|||0||"}},
	{"chinese", "bounce", "",
		{"lucy@example.org|failed||550|550 Mailbox not found|mx.example.org"}},
	{"communigate", "bounce", "",
		{"lucy@example.org|failed|5.1.1|550|550 5.1.1 lucy unknown|mx.example.org"}},
	{"courier", "bounce", "",
		{"ghost@example.org|failed|5.1.1|550|smtp; 550 5.1.1 <ghost@example.org> unknown "
		 "here|mx.example.org"}},
	{"docomo", "bounce", "",
		{"lucy@docomo.example.jp|failed||0|Reason: Unknown user lucy@docomo.example.jp|"}},
	{"domino", "bounce", "",
		{"lucy@example.org|failed|5.1.1|0|X-Notes; User lucy (lucy@example.org) not listed "
		 "in Domin o |hub.example.org"}},
	{"dragonfly", "bounce", "5f1234.1234@box.example.com",
		{"ghost@example.org|failed|5.1.1|550|550 5.1.1 <ghost@example.org>: Recipient "
		 "address rejected: U|"}},
	{"eai", "bounce", "news-25@example.com",
		{"δοκιμή@παράδειγμα.example|failed|5.1.1|550|smtp; 550 5.1.1 no such "
		 "mailbox|relay.example.org"}},
	{"exchange-2003-dsn", "bounce", "news-1@example.com",
		{"lucy@example.org|failed|5.1.1|0||hub.example.org"}},
	{"exchange-2010-german", "bounce", "news-2@example.com",
		{"lucy@firma.example.org|failed|5.1.1|550|550 5.1.1 RESOLVER.ADR.RecipNotFound; "
		 "not found ##|hub.firma.example.org"}},
	{"exchange-5.5", "bounce", "",
		{"lucy@example.org|failed||0|on Tue, 10 Nov 1999 10:00:03 -0000 The recipient name "
		 "is not|"}},
	{"exchange-online-html", "bounce", "news-3@example.com",
		{"lucy@example.org|failed|5.1.10|550|550 5.1.10 RESOLVER.ADR.RecipientNotFound; "
		 "Recipient not fou|hub.example.org"}},
	{"exim-failed", "bounce", "E1abcde-0001aa-1b@mail.example.com",
		{"mia@example.org|failed|5.1.1|550|550-5.1.1 The email account that you tried to "
		 "reach does not|mx.example.org",
			"tom@example.net|failed||0|(ultimately generated from team@example.com) "
			"retry timeout e|"}},
	{"exim-pipe", "bounce", "", {"list@example.com|failed||0|local delivery failed|"}},
	{"exim-warning", "delayed", "",
		{"mia@example.org|delayed|4.7.1|451|451 4.7.1 Greylisting in action, please come "
		 "back later|mx.example.org"}},
	{"expired-final", "bounce", "",
		{"lucy@example.org|failed|4.4.1|451|smtp; 451 4.4.1 connection timed "
		 "out|relay.example.org"}},
	{"ezweb", "bounce", "",
		{"lucy@ezweb.example.jp|failed||550|550 <lucy@ezweb.example.jp>: User unknown|"}},
	{"forwarded-attachment", "bounce", "news-32@example.com",
		{"lucy@example.org|failed|5.1.1|550|smtp; 550 5.1.1 unknown "
		 "user|relay.example.org"}},
	{"forwarded-inline", "bounce", "",
		{"lucy@example.org|failed|5.1.1|550|550 5.1.1 no such user|mx.example.org"}},
	{"french", "bounce", "", {"lucy@example.org|failed|5.2.2|550|550 5.2.2 Mailbox full|"}},
	{"gmail-delay", "delayed", "news-7@gmail.example",
		{"lucy@example.org|delayed|4.4.1|0|smtp; The recipient server did not accept our "
		 "requests to co|googlemail.com"}},
	{"gmail-text", "bounce", "news-6@gmail.example",
		{"lucy@example.org|failed|5.7.1|550|550 5.7.1 Message rejected for policy "
		 "reasons|"}},
	{"gmx", "bounce", "news-10@gmx.example",
		{"lucy@example.org|failed|5.1.1|0|5.1.1 <lucy@example.org>... User "
		 "Unknown|mx.example.org"}},
	{"groupwise", "bounce", "news-5@example.com",
		{"lucy@example.org|failed||0|(user not found)|",
			"paul@example.org|failed||0|(mailbox full)|"}},
	{"hmailserver", "bounce", "",
		{"lucy@example.org|failed|5.1.1|550|550 5.1.1 unknown mailbox|192.0.2.14"}},
	{"intermail", "bounce", "",
		{"lucy@example.jp|failed||0|The user(s) account is temporarily over quota.|"}},
	{"ironport", "bounce", "",
		{"lucy@example.org|failed|5.1.1|550|smtp; 5.1.0 - Unknown address error 550-'5.1.1 "
		 "lucy does not|192.0.2.14"}},
	{"jmrp", "complaint", "news-28@example.com", {"lucy@hotmail.example|||0||"}},
	{"kddi", "bounce", "news-12@example.com",
		{"lucy@au.example.jp|failed||0|As their mailbox is full.|"}},
	{"line-end-cr-mime", "bounce", "order-4711@example.com",
		{"lucy@shop.example.org|failed|5.1.1|550|smtp; 550 5.1.1 <lucy@shop.example.org>: "
		 "Recipient address r|mx.shop.example.org"}},
	{"line-end-cr", "bounce", "20261110100000.1880.qmail@mail.example.com",
		{"ghost@example.org|failed|5.1.1|550|550 5.1.1 <ghost@example.org>: unknown user|",
			"kim@nowhere.example.net|failed|5.1.2|0|Sorry, I couldn't find any host "
			"named nowhere.example.net. (|",
			"jo@late.example.net|failed|4.2.2|452|452 4.2.2 The mailbox is full|"}},
	{"line-end-crlf", "bounce", "20261110100000.1880.qmail@mail.example.com",
		{"ghost@example.org|failed|5.1.1|550|550 5.1.1 <ghost@example.org>: unknown user|",
			"kim@nowhere.example.net|failed|5.1.2|0|Sorry, I couldn't find any host "
			"named nowhere.example.net. (|",
			"jo@late.example.net|failed|4.2.2|452|452 4.2.2 The mailbox is full|"}},
	{"list-nonmember", "bounce", "",
		{"news@lists.example.org|failed||0|has been rejected. You are not a member of this "
		 "list.|"}},
	{"mailmarshal", "bounce", "",
		{"lucy@example.org|failed|5.1.1|550|550 5.1.1 User unknown|"}},
	{"mailru", "bounce", "news-11@mail.example",
		{"lucy@example.org|failed|5.2.2|550|550 5.2.2 <lucy@example.org>... Mailbox "
		 "Full|mx.example.org"}},
	{"mdaemon", "bounce", "",
		{"lucy@example.org|failed|5.1.1|550|550 5.1.1 <lucy@example.org>: User unknown|"}},
	{"mimecast", "bounce", "", {"lucy@example.org|failed|5.1.1|0|5.1.1 User unknown|"}},
	{"no-boundary", "bounce", "",
		{"lucy@example.org|failed|5.1.1|550|smtp; 550 5.1.1 unknown "
		 "user|relay.example.org"}},
	{"notes", "bounce", "news-4@example.com",
		{"lucy@example.org|failed||0|User not listed in public Name & Address Book|",
			"paul@example.org|failed||0|Mailbox of the user is full|"}},
	{"opensmtpd-error", "bounce", "7c1a2b3c@mail.example.com",
		{"ghost@example.org|failed|5.1.1|550|550 5.1.1 unknown recipient|",
			"max@example.net|failed||0|Network error on destination MXs|"}},
	{"opensmtpd-warning", "delayed", "7c1a2b3d@mail.example.com",
		{"max@example.net|delayed|4.2.0|450|450 4.2.0 Greylisted, see "
		 "http://postgrey.example.net/|"}},
	{"ordinary-newsletter", "none", "", {NULL}},
	{"ordinary-postmaster", "none", "", {NULL}},
	{"ordinary", "none", "", {NULL}},
	{"out-of-office-old", "autoreply", "news-30@example.com", {"lucy@example.org|||0||"}},
	{"piped", "bounce", "news-40@example.com",
		{"lucy@example.org|failed|5.3.0|0|pipe to |/usr/local/bin/file-away generated by "
		 "lucy@example.|mail.example.org",
			"paul@example.org|failed|5.1.1|550|smtp; 550 5.1.1 unknown "
			"user|mail.example.org"}},
	{"pmdf", "bounce", "",
		{"lucy@example.org|failed|5.1.1|550|smtp;550 5.1.1 unknown user|mx.example.org"}},
	{"postfix-delayed", "delayed", "order-4712@example.com",
		{"anna@slow.example.net|delayed|4.4.1|0|X-Postfix; connect to "
		 "mx.slow.example.net[198.51.100.7]:25: |mx.slow.example.net"}},
	{"postfix-failed", "bounce", "order-4711@example.com",
		{"lucy@shop.example.org|failed|5.1.1|550|smtp; 550 5.1.1 <lucy@shop.example.org>: "
		 "Recipient address r|mx.shop.example.org"}},
	{"postfix-success", "delivered", "",
		{"bob@example.net|relayed|2.0.0|250|smtp; 250 2.0.0 Ok: queued as "
		 "1234|mx.example.net"}},
	{"qmail", "bounce", "20261110100000.1880.qmail@mail.example.com",
		{"ghost@example.org|failed|5.1.1|550|550 5.1.1 <ghost@example.org>: unknown user|",
			"kim@nowhere.example.net|failed|5.1.2|0|Sorry, I couldn't find any host "
			"named nowhere.example.net. (|",
			"jo@late.example.net|failed|4.2.2|452|452 4.2.2 The mailbox is full|"}},
	{"receipt", "autoreply", "news-31@example.com", {"lucy@example.org|||0||"}},
	{"sendmail-mixed", "bounce", "202611091200.abc@mail.example.com",
		{"old@example.org|failed|5.1.1|550|SMTP; 550 5.1.1 <old@example.org>... User "
		 "unknown|mx.example.org",
			"full@example.org|failed|5.2.2|552|SMTP; 552 5.2.2 <full@example.org>... "
			"Mailbox full|mx.example.org",
			"slow@example.net|delayed|4.3.2|451|SMTP; 451 4.3.2 Please try again "
			"later|mx.example.net"}},
	{"sendmail-v5", "bounce", "9811051000.AA00017@old.example.com",
		{"ghost@example.org|failed||550|550 No such user here|mx.example.org",
			"paul@nowhere.example.net|failed||550|550 Host unknown (Name server: no "
			"data known)|"}},
	{"sendmail-x-unix", "bounce", "",
		{"support@example.org|failed|4.3.0|451|451 4.3.0 temporary failure of the "
		 "filter|mail.example.com"}},
	{"ses-json-complaint", "complaint", "", {"lucy@example.org|||0||"}},
	{"ses-json", "bounce", "",
		{"lucy@example.org|failed|5.1.1|550|smtp; 550 5.1.1 user "
		 "unknown|a8-31.smtp-out.example.com",
			"paul@example.org|failed|5.2.2|552|smtp; 552 5.2.2 mailbox full, over "
			"quota|a8-31.smtp-out.example.com"}},
	{"session-transcript", "bounce", "",
		{"lucy@example.org|failed|4.3.0|451|451 4.3.0 Error: queue file write error|"}},
	{"smail", "bounce", "news-21@example.com", {"lucy@example.org|failed||0|unknown user|"}},
	{"smartermail", "bounce", "news-22@example.com",
		{"lucy@example.org|failed|5.1.1|550|550 5.1.1 The email account that you tried to "
		 "reach does not|"}},
	{"truncated", "bounce", "",
		{"lucy@example.org|failed|5.1.1|550|smtp; 550 5.1.1 unkn|relay.example.org"}},
	{"vacation", "autoreply", "news-29@example.com", {"lucy@example.org|||0||"}},
	{"x3", "bounce", "", {"lucy@example.org|failed|5.1.1|550|550 5.1.1 no such user|"}},
	{"x4", "bounce", "news-20@example.com",
		{"lucy@example.org|failed||0|This user doesn't have an account here. [-14]|",
			"paul@example.org|failed||0|User's disk quota exceeded: mailbox full|"}},
	{"yahoo", "bounce", "news-8@yahoo.example",
		{"lucy@example.org|failed|5.7.9|554|554: 5.7.9 Message not accepted for policy "
		 "reasons.|"}},
	{"yandex", "bounce", "",
		{"lucy@example.org|failed|5.1.1|550|smtp; 550 5.1.1 <lucy@example.org>... User "
		 "Unknown|mx.example.org"}},
	{"zoho", "bounce", "news-9@example.com",
		{"lucy@example.org|failed|5.1.1|550|550 5.1.1 User unknown|"}},
};

static rebuff_span load(const char *name)
{
	char path[256];
	static char buf[65536];
	(void)snprintf(path, sizeof path, "tests/data/mail/%s.eml", name);
	FILE *f = fopen(path, "rb");
	if (!f)
		fail_msg("%s is not there; run from the top of the tree", path);
	size_t n = fread(buf, 1, sizeof buf, f);
	(void)fclose(f);
	return (rebuff_span){buf, n};
}

/* Says nothing of the meaning, but what the reply's codes are is known without rules. */
static void describe(const rebuff_bounced *b, char *out, size_t cap)
{
	(void)snprintf(out, cap, "%.*s|%s|%s|%u|%.*s|%.*s", (int)b->recipient.len, b->recipient.p,
		rebuff_dsn_action_name(b->action), b->reply.enhanced, b->reply.code,
		b->diagnostic.len > 60 ? 60 : (int)b->diagnostic.len, b->diagnostic.p,
		(int)b->mta.len, b->mta.p);
}

static void check_row(rebuff_reader *reader, size_t i)
{
	rebuff_message m = {.size = sizeof m};
	rebuff_error err = {.text = ""};
	size_t want_n = 0;
	if (rebuff_reader_read(reader, load(rows[i].name), &m, &err) != REBUFF_OK)
		fail_msg("%s: %s", rows[i].name, err.text);
	while (want_n < RECIPIENTS && rows[i].recipient[want_n])
		want_n++;
	assert_row_str(rows[i].name, rebuff_message_kind_name(m.kind), rows[i].kind);
	assert_row_int(rows[i].name, m.recipient_n, want_n);
	if (!rbf_span_eq(m.message_id, rbf_span_of(rows[i].message_id)))
		fail_msg("%s: message_id is %.*s, want %s", rows[i].name, (int)m.message_id.len,
			m.message_id.p, rows[i].message_id);
	for (size_t k = 0; k < want_n; k++) {
		char got[1024];
		rebuff_bounced b = {.size = sizeof b};
		assert_int_equal(rebuff_reader_recipient(reader, k, &b), REBUFF_OK);
		describe(&b, got, sizeof got);
		assert_row_str(rows[i].name, got, rows[i].recipient[k]);
	}
}

static void test_here(void **state)
{
	(void)state;
	rebuff_reader *reader;
	const rebuff_reader_options options = {.size = sizeof options, .same_process = true};
	assert_int_equal(rebuff_reader_open(&options, &reader, NULL), REBUFF_OK);
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		check_row(reader, i);
	rebuff_reader_close(&reader);
	assert_null(reader);
}

static void test_in_a_child(void **state)
{
	(void)state;
	rebuff_reader *reader;
	const rebuff_reader_options options = {.size = sizeof options};
	assert_int_equal(rebuff_reader_open(&options, &reader, NULL), REBUFF_OK);
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		check_row(reader, i);
	rebuff_reader_close(&reader);
}

/* Where the address the sender used is another than the one that failed. */
static void test_original(void **state)
{
	static const struct {
		const char *name, *original;
		size_t i;
	} cases[] = {
		{"exim-failed", "team@example.com", 1},
		{"postfix-failed", "lucy@shop.example.org", 0},
	};
	(void)state;
	rebuff_reader *reader;
	const rebuff_reader_options options = {.size = sizeof options, .same_process = true};
	assert_int_equal(rebuff_reader_open(&options, &reader, NULL), REBUFF_OK);
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		rebuff_message m = {.size = sizeof m};
		rebuff_bounced b = {.size = sizeof b};
		char got[REBUFF_ADDRESS_MAX + 1];
		assert_int_equal(
			rebuff_reader_read(reader, load(cases[i].name), &m, NULL), REBUFF_OK);
		assert_int_equal(rebuff_reader_recipient(reader, cases[i].i, &b), REBUFF_OK);
		rbf_span_copy(got, sizeof got, b.original);
		assert_row_str(cases[i].name, got, cases[i].original);
	}
	rebuff_reader_close(&reader);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_here),
		cmocka_unit_test(test_in_a_child),
		cmocka_unit_test(test_original),
	};
	return cmocka_run_group_tests_name("dsn/mail", tests, NULL, NULL);
}
