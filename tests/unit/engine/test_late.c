/* Bounces and complaints that come as messages: which are believed, and what follows. Every message
 * is read by the reader, so that what is held against deliveries is what a stranger can write. */
#include "world.h"

#include "disk.h"
#include "engine/token.h"

#define SHOP "shop@sender.example"
#define LUCY "lucy@remote.example"
#define BOB "bob@remote.example"

/* What the bounces of a test have in common, and what a row changes. */
typedef struct {
	const char *to; /* envelope recipient; "TOKEN": the one of message A to lucy */
	const char *client, *dkim, *from;
	const char *final; /* Final-Recipient */
	const char *action, *status, *reply;
	const char *returned; /* header section of the returned message; TOKEN as above */
	const char *envid; /* Original-Envelope-Id */
	const char *type; /* of the report: NULL a bounce, else a complaint of that type */
} letter;

typedef struct {
	world *w;
	rebuff_reader *reader;
	char token[REBUFF_ADDRESS_MAX + 1]; /* return path of message A to lucy */
	unsigned arrivals;
} post;

#define A "1tAAAA-0000Aa-1x" /* to lucy alone */
#define B "1tBBBB-0000Bb-2x" /* to bob alone */
#define L "1tLLLL-0000Ll-3x" /* a list's: to lucy, bob and carol */

static void accept_mail(world *w, const char *id, const char *recipient)
{
	(void)gate(w, id, recipient);
	(void)report(w, REBUFF_KIND_DELIVERED, REBUFF_STAGE_DOT, id, recipient,
		"250 2.0.0 Ok: queued as 4QueueId77Zz");
}

static void classify(void *ud, const rebuff_reply *reply, rebuff_classification *out)
{
	(void)rebuff_classify(((world *)ud)->ctx, reply, out);
}

/* Has a letter read and recorded; id NULL: a new arrival; fail_at: the database's statement that
 * fails, 0 none. */
static rebuff_status try_letter(post *p, const letter *l, const char *id, long fail_at,
	rebuff_evidence_outcome *out, rebuff_error *why)
{
	static char text[16384], returned[4096], to[REBUFF_ADDRESS_MAX + 1], fresh[32];
	static rebuff_bounced recipient[REBUFF_EVIDENCE_MAX];
	const char *token = l->returned ? strstr(l->returned, "TOKEN") : NULL;
	rebuff_error err = {0};
	rebuff_message m = {.size = sizeof m};
	*out = (rebuff_evidence_outcome){.size = sizeof *out};
	(void)snprintf(returned, sizeof returned, "%.*s%s%s",
		(int)(token ? token - l->returned : 0), l->returned ? l->returned : "",
		token ? p->token : "",
		token		      ? token + 5
			: l->returned ? l->returned
				      : "");
	(void)snprintf(to, sizeof to, "%s", strcmp(l->to, "TOKEN") == 0 ? p->token : l->to);
	(void)snprintf(text, sizeof text,
		"From: %s\nTo: %s\nSubject: Undelivered Mail Returned to Sender\n"
		"MIME-Version: 1.0\nContent-Type: multipart/report; report-type=%s; "
		"boundary=\"=b\"\n\n--=b\nContent-Type: text/plain\n\nIt did not work.\n\n--=b\n"
		"Content-Type: message/%s\n\n%s%s%s%s%s%s%s%s%s%s%s%s%s\n\n--=b\n"
		"Content-Type: text/rfc822-headers\n\n%s\n\n--=b--\n",
		l->from, to, l->type ? "feedback-report" : "delivery-status",
		l->type ? "feedback-report" : "delivery-status",
		l->type ? "Feedback-Type: " : "Reporting-MTA: dns; mx.remote.example",
		l->envid ? "\nOriginal-Envelope-Id: " : "", l->envid ? l->envid : "",
		l->type ? l->type : "", l->type ? "\nUser-Agent: Test/1\nVersion: 1" : "\n",
		l->type && l->final[0] ? "\nOriginal-Rcpt-To: "
			: l->type      ? ""
				       : "\nFinal-Recipient: rfc822; ",
		l->final, l->type ? "" : "\nAction: ", l->type ? "" : l->action,
		l->type ? "" : "\nStatus: ", l->type ? "" : l->status,
		l->type ? "" : "\nDiagnostic-Code: smtp; ", l->type ? "" : l->reply, returned);
	if (rebuff_reader_read(p->reader, rbf_span_of(text), &m, &err) != REBUFF_OK)
		fail_msg("%s", err.text);
	(void)snprintf(fresh, sizeof fresh, "1tZZZZ-%06u-4x", p->arrivals++);
	rebuff_arrival a = {.size = sizeof a,
		.id = rbf_span_of(id ? id : fresh),
		.recipients = rbf_span_of(to),
		.client_ip = RBF_LIT("192.0.2.7"),
		.client_name = rbf_span_of(l->client),
		.dkim = rbf_span_of(l->dkim),
		.headers = rbf_span_of(text)};
	size_t n = m.recipient_n < REBUFF_EVIDENCE_MAX ? m.recipient_n : REBUFF_EVIDENCE_MAX;
	for (size_t i = 0; i < n; i++) {
		recipient[i].size = sizeof *recipient;
		assert_int_equal(rebuff_reader_recipient(p->reader, i, &recipient[i]), REBUFF_OK);
	}
	rebuff_evidence e = {.size = sizeof e,
		.arrival = &a,
		.message = &m,
		.recipient = recipient,
		.recipient_n = n};
	assert_int_equal(rebuff_begin(p->w->ctx, &err), REBUFF_OK);
	disk_fails_at(fail_at);
	rebuff_status status = rebuff_record_evidence(p->w->ctx, &e, out, why);
	if (fail_at)
		return status;
	assert_int_equal(rebuff_commit(p->w->ctx, &err), REBUFF_OK);
	return status;
}

static rebuff_evidence_outcome send_letter(post *p, const letter *l, const char *id)
{
	rebuff_evidence_outcome out;
	rebuff_error err = {0};
	if (try_letter(p, l, id, 0, &out, &err) != REBUFF_OK)
		fail_msg("record_evidence: %s", err.text);
	return out;
}

static int open_post(void **state)
{
	if (setup(state) != 0)
		return -1;
	post *p = calloc(1, sizeof *p);
	p->w = *state;
	rebuff_reader_options o = {
		.size = sizeof o, .same_process = true, .ud = p->w, .classify = classify};
	assert_int_equal(rebuff_reader_open(&o, &p->reader, NULL), REBUFF_OK);
	assert_true(rebuff_return_path(
		p->w->ctx, RBF_LIT(A), p->w->wall / 1000, RBF_LIT(SHOP), RBF_LIT(LUCY), p->token));
	accept_mail(p->w, A, LUCY);
	accept_mail(p->w, B, BOB);
	accept_mail(p->w, L, LUCY);
	accept_mail(p->w, L, BOB);
	accept_mail(p->w, L, "carol@remote.example");
	*state = p;
	return 0;
}

static int close_post(void **state)
{
	post *p = *state;
	void *w = p->w;
	rebuff_reader_close(&p->reader);
	free(p);
	return teardown(&w);
}

#define OURS "Received: from localhost by mail.sender.example with smtp id " A "; today\n"
#define STRANGER "vps7.hosting.example"
#define THEIRS "out3.remote.example"
#define DAEMON "Mail Delivery System <MAILER-DAEMON@remote.example>"
#define GONE "550 5.1.1 no such user"
#define BOUNCE .action = "failed", .status = "5.1.1", .reply = GONE

/* ---- what nobody may achieve by writing a message ----------------------------------------------
 */

static void forged(void **state)
{
	static const struct {
		const char *name;
		letter l;
		rebuff_trust want;
		int64_t later;
	} rows[] = {
		{"no token, nothing known",
			{.to = "x@sender.example",
				.client = STRANGER,
				.final = "who@else.example",
				BOUNCE},
			REBUFF_TRUST_UNVERIFIED, 0},
		{"no token, recipient and sender guessed",
			{.to = SHOP, .client = STRANGER, .final = LUCY, BOUNCE},
			REBUFF_TRUST_PROBABLE, 0},
		{"recipient guessed, another sender",
			{.to = "x@sender.example", .client = STRANGER, .final = LUCY, BOUNCE},
			REBUFF_TRUST_UNVERIFIED, 0},
		{"recipient and sender, six days later",
			{.to = SHOP, .client = STRANGER, .final = LUCY, BOUNCE},
			REBUFF_TRUST_UNVERIFIED, 6},
		{"an invented token",
			{.to = "rbf=aaaaaaaaaaaaaaaaaaaaaaa=" SHOP,
				.client = STRANGER,
				.final = LUCY,
				BOUNCE},
			REBUFF_TRUST_PROBABLE, 0},
		{"another message's token for bob",
			{.to = "TOKEN", .client = STRANGER, .final = BOB, BOUNCE},
			REBUFF_TRUST_PROBABLE, 0},
		{"a token replayed for somebody who was never mailed",
			{.to = "TOKEN", .client = STRANGER, .final = "dora@remote.example", BOUNCE},
			REBUFF_TRUST_UNVERIFIED, 0},
		{"an expired token", {.to = "TOKEN", .client = STRANGER, .final = LUCY, BOUNCE},
			REBUFF_TRUST_UNVERIFIED, 20},
		{"a token with two bytes of the sender changed",
			{.to = "rbf=aaaaaaaaaaaaaaaaaaaaaaa=shap@sender.example",
				.client = STRANGER,
				.final = LUCY,
				BOUNCE},
			REBUFF_TRUST_UNVERIFIED, 0},
		{"the message is named, from a stranger's server",
			{.to = SHOP, .client = STRANGER, .final = LUCY, BOUNCE, .returned = OURS},
			REBUFF_TRUST_PROBABLE, 0},
		{"the message is named, no server's name",
			{.to = SHOP, .client = "", .final = LUCY, BOUNCE, .returned = OURS},
			REBUFF_TRUST_PROBABLE, 0},
		{"the message is named, for another recipient",
			{.to = SHOP, .client = THEIRS, .final = BOB, BOUNCE, .returned = OURS},
			REBUFF_TRUST_PROBABLE, 0},
		{"the message of a list is named, from their servers",
			{.to = SHOP,
				.client = THEIRS,
				.final = BOB,
				BOUNCE,
				.returned =
					"Received: by mail.sender.example with smtp id " L "\n"},
			REBUFF_TRUST_PROBABLE, 0},
		{"a list's Message-ID",
			{.to = SHOP,
				.client = THEIRS,
				.final = BOB,
				BOUNCE,
				.returned = "Message-ID: <E" L
					    "@mail.sender.example>\nTo: list@sender.example\n"},
			REBUFF_TRUST_PROBABLE, 0},
		{"from their servers, no message named",
			{.to = SHOP, .client = THEIRS, .final = LUCY, BOUNCE},
			REBUFF_TRUST_PROBABLE, 0},
		{"a name that only begins like theirs",
			{.to = SHOP,
				.client = "remote.example.evil.test",
				.final = LUCY,
				BOUNCE,
				.returned = OURS},
			REBUFF_TRUST_PROBABLE, 0},
		{"a name that only ends like theirs",
			{.to = SHOP,
				.client = "notremote.example",
				.final = LUCY,
				BOUNCE,
				.returned = OURS},
			REBUFF_TRUST_PROBABLE, 0},
		{"signed by a stranger",
			{.to = SHOP,
				.client = STRANGER,
				.dkim = "hosting.example",
				.from = "MAILER-DAEMON@hosting.example",
				.final = LUCY,
				BOUNCE,
				.returned = OURS},
			REBUFF_TRUST_PROBABLE, 0},
		{"signed by a stranger, From theirs",
			{.to = SHOP,
				.client = STRANGER,
				.dkim = "hosting.example",
				.from = DAEMON,
				.final = LUCY,
				BOUNCE,
				.returned = OURS},
			REBUFF_TRUST_PROBABLE, 0},
		{"their customer's signed mail sent on",
			{.to = SHOP,
				.client = STRANGER,
				.dkim = "remote.example",
				.from = "mallory@remote.example",
				.final = LUCY,
				BOUNCE,
				.returned = OURS},
			REBUFF_TRUST_PROBABLE, 0},
		{"their customer's, with a second From",
			{.to = SHOP,
				.client = STRANGER,
				.dkim = "remote.example",
				.from = "mallory@remote.example\nFrom: "
					"mailer-daemon@remote.example",
				.final = LUCY,
				BOUNCE,
				.returned = OURS},
			REBUFF_TRUST_PROBABLE, 0},
		{"Authentication-Results of their own making",
			{.to = SHOP,
				.client = STRANGER,
				.from = DAEMON "\nAuthentication-Results: mail.sender.example; "
					       "dkim=pass header.d=remote.example",
				.final = LUCY,
				BOUNCE,
				.returned = OURS},
			REBUFF_TRUST_PROBABLE, 0},
		{"a Received of their own making",
			{.to = SHOP,
				.client = STRANGER,
				.from = DAEMON "\nReceived: from out3.remote.example (192.0.2.1) "
					       "by mail.sender.example",
				.final = LUCY,
				BOUNCE,
				.returned = OURS},
			REBUFF_TRUST_PROBABLE, 0},
		{"the remote's queue id alone",
			{.to = "x@sender.example",
				.client = STRANGER,
				.final = LUCY,
				BOUNCE,
				.returned = "Received: by mx.remote.example id 4QueueId77Zz\n"},
			REBUFF_TRUST_PROBABLE, 0},
		{"an own token nested in the report, for bob",
			{.to = SHOP,
				.client = STRANGER,
				.final = BOB,
				BOUNCE,
				.returned = "Return-Path: <TOKEN>\nTo: bob@remote.example\n"},
			REBUFF_TRUST_PROBABLE, 0},
		{"BATV as anyone can write it",
			{.to = "prvs=0123abcdef=" SHOP, .client = STRANGER, .final = LUCY, BOUNCE},
			REBUFF_TRUST_PROBABLE, 0},
		{"a subdomain of our sender",
			{.to = "shop@news.sender.example",
				.client = STRANGER,
				.final = LUCY,
				BOUNCE},
			REBUFF_TRUST_UNVERIFIED, 0},
		{"no recipient that is an address",
			{.to = SHOP, .client = STRANGER, .final = "lucy", BOUNCE},
			REBUFF_TRUST_UNVERIFIED, 0},
		{"a complaint without a token",
			{.to = "fbl@sender.example",
				.client = STRANGER,
				.final = LUCY,
				.type = "abuse"},
			REBUFF_TRUST_UNVERIFIED, 0},
		{"a complaint with an invented token",
			{.to = "fbl@sender.example",
				.client = STRANGER,
				.final = LUCY,
				.type = "abuse",
				.returned =
					"Return-Path: <rbf=aaaaaaaaaaaaaaaaaaaaaaa=" SHOP ">\n"},
			REBUFF_TRUST_UNVERIFIED, 0},
		{"a complaint with lucy's token, about bob",
			{.to = "fbl@sender.example",
				.client = STRANGER,
				.final = BOB,
				.type = "abuse",
				.returned = "Return-Path: <TOKEN>\n"},
			REBUFF_TRUST_UNVERIFIED, 0},
	};
	post *p = *state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		letter l = rows[i].l;
		l.from = l.from ? l.from : DAEMON;
		l.dkim = l.dkim ? l.dkim : "";
		pass(p->w, rows[i].later * day);
		rebuff_evidence_outcome out = send_letter(p, &l, NULL);
		if (out.by_trust[rows[i].want] != 1)
			fail_msg("%s: got %zu unverified, %zu probable, %zu proven; want 1 %s",
				rows[i].name, out.by_trust[0], out.by_trust[1], out.by_trust[2],
				rebuff_trust_name(rows[i].want));
		if (out.suppressed || suppressed(p->w, LUCY) || suppressed(p->w, BOB))
			fail_msg("%s: suppressed", rows[i].name);
		p->w->wall -= rows[i].later * day;
		p->w->boot -= rows[i].later * day;
	}
	/* Each is visible, and all of them within a day are no strike. */
	assert_int_equal(number(p->w, "SELECT count(*) FROM late"), sizeof rows / sizeof *rows);
	assert_int_equal(number(p->w, "SELECT count(*) FROM strike"), 0);
	assert_int_equal(number(p->w, "SELECT count(*) FROM suppression"), 0);
}

static void thousands_at_once(void **state)
{
	const letter l = {
		.to = SHOP, .client = STRANGER, .dkim = "", .from = DAEMON, .final = LUCY, BOUNCE};
	post *p = *state;
	for (int i = 0; i < 3000; i++)
		assert_int_equal(send_letter(p, &l, NULL).suppressed, 0);
	assert_int_equal(number(p->w, "SELECT count(*) FROM late"), 3000);
	assert_int_equal(number(p->w, "SELECT count(*) FROM strike"), 0);
	assert_false(suppressed(p->w, LUCY));
}

/* ---- what proves itself ------------------------------------------------------------------------
 */

static void proven(void **state)
{
	static const struct {
		const char *name;
		letter l;
		bool suppressed;
	} rows[] = {
		{"token", {.to = "TOKEN", .client = STRANGER, .final = LUCY, BOUNCE}, true},
		{"token, forwarded to another address",
			{.to = "TOKEN",
				.client = STRANGER,
				.final = "lu@elsewhere.example",
				BOUNCE,
				.returned = "To: Lucy <" LUCY ">\n"},
			true},
		{"token, blocked for content",
			{.to = "TOKEN",
				.client = STRANGER,
				.final = LUCY,
				.action = "failed",
				.status = "5.7.1",
				.reply = "550 5.7.1 message rejected as spam"},
			false},
		{"token, full mailbox",
			{.to = "TOKEN",
				.client = STRANGER,
				.final = LUCY,
				.action = "failed",
				.status = "5.2.2",
				.reply = "552 5.2.2 mailbox full"},
			false},
		{"token, delayed only",
			{.to = "TOKEN",
				.client = STRANGER,
				.final = LUCY,
				.action = "delayed",
				.status = "4.4.1",
				.reply = "451 4.4.1 no answer"},
			false},
		{"token, delivered",
			{.to = "TOKEN",
				.client = STRANGER,
				.final = LUCY,
				.action = "delivered",
				.status = "2.0.0",
				.reply = "250 2.0.0 ok"},
			false},
		{"named, from their servers",
			{.to = SHOP, .client = THEIRS, .final = LUCY, BOUNCE, .returned = OURS},
			true},
		{"named by Message-ID, from their servers",
			{.to = SHOP,
				.client = THEIRS,
				.final = LUCY,
				BOUNCE,
				.returned = "Message-ID: <E" A "@mail.sender.example>\n"},
			true},
		{"named, signed by their daemon",
			{.to = SHOP,
				.client = STRANGER,
				.dkim = "x.example,remote.example",
				.final = LUCY,
				BOUNCE,
				.returned = OURS},
			true},
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		post *p = *state;
		letter l = rows[i].l;
		l.from = l.from ? l.from : DAEMON;
		l.dkim = l.dkim ? l.dkim : "";
		pass(p->w, hour);
		rebuff_evidence_outcome out = send_letter(p, &l, NULL);
		if (out.by_trust[REBUFF_TRUST_PROVEN] != 1)
			fail_msg("%s: got %zu unverified, %zu probable, %zu proven", rows[i].name,
				out.by_trust[0], out.by_trust[1], out.by_trust[2]);
		assert_row_int(rows[i].name, suppressed(p->w, LUCY), rows[i].suppressed);
		assert_row_int(rows[i].name, out.suppressed, rows[i].suppressed);
		assert_int_equal(close_post(state), 0);
		assert_int_equal(open_post(state), 0);
	}
}

/* The same bounce twice, and twice under the same id. */
static void repeated(void **state)
{
	const letter l = {.to = "TOKEN",
		.client = STRANGER,
		.dkim = "",
		.from = DAEMON,
		.final = LUCY,
		BOUNCE};
	post *p = *state;
	assert_int_equal(send_letter(p, &l, "1tYYYY-0000Yy-1x").suppressed, 1);
	assert_true(send_letter(p, &l, "1tYYYY-0000Yy-1x").known);
	assert_int_equal(send_letter(p, &l, NULL).suppressed, 0);
	assert_int_equal(number(p->w, "SELECT count(*) FROM late"), 2);
	assert_int_equal(number(p->w, "SELECT sum(failed) FROM tally"), 1);
}

/* An acceptance settles soft bounces after 72 hours, unless what was accepted bounces. */
static void undoes_the_acceptance(void **state)
{
	const letter full = {.to = "TOKEN",
		.client = STRANGER,
		.dkim = "",
		.from = DAEMON,
		.final = LUCY,
		.action = "failed",
		.status = "5.7.1",
		.reply = "550 5.7.1 message rejected as spam"};
	post *p = *state;
	(void)refuse(p->w, "1tCCCC-0000Cc-1x", LUCY, "552 5.2.2 mailbox full");
	accept_mail(p->w, "1tDDDD-0000Dd-1x", LUCY);
	assert_int_equal(number(p->w, "SELECT count(*) FROM acceptance"), 1);
	pass(p->w, hour);
	(void)send_letter(p, &full, NULL);
	assert_int_equal(number(p->w, "SELECT count(*) FROM acceptance"), 0);
	pass(p->w, 4 * day);
	run_housekeep(p->w);
	assert_int_equal(number(p->w, "SELECT count(*) FROM strike"), 1);
}

/* ---- what is only probable ---------------------------------------------------------------------
 */

static void probable_pairs(void **state)
{
	static const struct {
		const char *name;
		int64_t days; /* between the two */
		bool two_messages;
		int want;
	} rows[] = {
		{"an hour apart", 0, true, 0},
		{"a day apart, the same message", 2, false, 0},
		{"a day apart, two messages", 2, true, 1},
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		post *p = *state;
		letter l = {.to = SHOP,
			.client = STRANGER,
			.dkim = "",
			.from = DAEMON,
			.final = BOB,
			BOUNCE,
			.returned = "Received: by mail.sender.example with smtp id " B "\n"};
		(void)send_letter(p, &l, NULL);
		pass(p->w, rows[i].days * day);
		if (rows[i].two_messages)
			l.returned = "Received: by mail.sender.example with smtp id " L "\n";
		rebuff_evidence_outcome out = send_letter(p, &l, NULL);
		assert_row_int(rows[i].name, out.suppressed, 0);
		assert_row_int(
			rows[i].name, number(p->w, "SELECT count(*) FROM strike"), rows[i].want);
		assert_row_int(rows[i].name,
			number(p->w, "SELECT count(*) FROM strike WHERE kind = 100"), rows[i].want);
		assert_false(suppressed(p->w, BOB));
		/* The pair is used up. */
		pass(p->w, day);
		(void)send_letter(p, &l, NULL);
		assert_row_int(
			rows[i].name, number(p->w, "SELECT count(*) FROM strike"), rows[i].want);
		assert_int_equal(close_post(state), 0);
		assert_int_equal(open_post(state), 0);
	}
}

/* ---- when the disk fails ------------------------------------------------------------------------
 */

/* At each statement in turn: it is said, and nothing of the letter is kept. */
static void disk_fails(void **state)
{
	const letter rows[] = {
		{.to = "TOKEN", .client = STRANGER, .final = LUCY, BOUNCE},
		{.to = SHOP,
			.client = STRANGER,
			.final = BOB,
			BOUNCE,
			.returned = "Received: by mail.sender.example with smtp id " B "\n"},
		{.to = SHOP, .client = STRANGER, .final = "nobody@nowhere.example", BOUNCE},
		{.to = "fbl@sender.example",
			.client = STRANGER,
			.final = LUCY,
			.type = "abuse",
			.returned = "Return-Path: <TOKEN>\nTo: " LUCY "\n"},
	};
	static const char contents[] =
		"SELECT (SELECT count(*) FROM late) * 1000 + (SELECT count(*) FROM strike) * 100"
		" + (SELECT count(*) FROM suppression) * 10 + (SELECT count(*) FROM tally)";
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		post *p = *state;
		letter l = rows[i];
		l.from = DAEMON;
		l.dkim = "";
		int64_t before = number(p->w, contents);
		for (long n = 1;; n++) {
			rebuff_evidence_outcome out;
			rebuff_error err = {0};
			rebuff_status status = try_letter(p, &l, NULL, n, &out, &err);
			bool failed = disk_mends();
			if (failed && (status == REBUFF_OK || !err.text[0]))
				fail_msg("row %zu, statement %ld failed, and it says %d \"%s\"", i,
					n, (int)status, err.text);
			if (failed && number(p->w, contents) != before)
				fail_msg("row %zu, statement %ld failed, and something is left", i,
					n);
			sqlite3 *db = rbf_store_writer(p->w->ctx->store);
			assert_int_equal(sqlite3_exec(db, "ROLLBACK", NULL, NULL, NULL), SQLITE_OK);
			if (!failed && n < 4)
				fail_msg("row %zu asks the database next to nothing", i);
			if (!failed)
				break;
		}
	}
}

/* ---- complaints --------------------------------------------------------------------------------
 */

static void complaints(void **state)
{
	letter l = {.to = "fbl@sender.example",
		.client = STRANGER,
		.dkim = "",
		.from = "fbl@provider.example",
		.final = LUCY,
		.type = "abuse",
		.returned = "Return-Path: <TOKEN>\nTo: " LUCY "\n"};
	post *p = *state;
	assert_int_equal(send_letter(p, &l, NULL).by_trust[REBUFF_TRUST_PROVEN], 1);
	assert_true(suppressed(p->w, LUCY));
	assert_int_equal(number(p->w,
				 "SELECT count(*) FROM suppression WHERE class = 2"
				 " AND scope = 'stream:sender.example' AND until_ms = 0"),
		1);
	rebuff_answer a = {.size = sizeof a};
	rebuff_submit(p->w->ctx, RBF_LIT(LUCY), RBF_LIT("x@other.example"), &a);
	assert_int_equal(a.verdict, REBUFF_ACCEPT);
	l.type = "not-spam";
	l.to = "fbl@sender.example";
	assert_int_equal(send_letter(p, &l, NULL).by_trust[REBUFF_TRUST_PROVEN], 1);
	assert_false(suppressed(p->w, LUCY));
}

/* ---- backscatter -------------------------------------------------------------------------------
 */

static void backscatter(void **state)
{
	static const struct {
		const char *name;
		letter l;
		bool want;
	} rows[] = {
		{"of foreign mail",
			{.to = SHOP, .client = STRANGER, .final = "who@else.example", BOUNCE},
			true},
		{"of ours", {.to = SHOP, .client = STRANGER, .final = LUCY, BOUNCE}, false},
		{"a complaint",
			{.to = SHOP,
				.client = STRANGER,
				.final = "who@else.example",
				.type = "abuse"},
			false},
	};
	post *p = *state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		letter l = rows[i].l;
		l.from = DAEMON;
		l.dkim = "";
		rebuff_evidence_outcome out = send_letter(p, &l, NULL);
		assert_row_int(rows[i].name, out.backscatter, rows[i].want);
		assert_row_int(rows[i].name, out.refuse, false);
	}
	assert_int_equal(number(p->w, "SELECT sum(backscatter) FROM arrival"), 1);
}

static void unread(void **state)
{
	post *p = *state;
	rebuff_error err = {0};
	rebuff_arrival a = {
		.size = sizeof a, .id = RBF_LIT("1tXXXX-0000Xx-1x"), .recipients = RBF_LIT(SHOP)};
	rebuff_evidence e = {.size = sizeof e, .arrival = &a, .unread = "it took too long"};
	assert_int_equal(rebuff_begin(p->w->ctx, &err), REBUFF_OK);
	assert_int_equal(rebuff_record_evidence(p->w->ctx, &e, NULL, &err), REBUFF_OK);
	assert_int_equal(rebuff_commit(p->w->ctx, &err), REBUFF_OK);
	assert_int_equal(number(p->w,
				 "SELECT count(*) FROM arrival WHERE state = 2 AND why = 'it took "
				 "too long'"),
		1);
}

/* ---- keys --------------------------------------------------------------------------------------
 */

static void return_path(post *p, int64_t received_ms, char out[REBUFF_ADDRESS_MAX + 1])
{
	assert_true(rebuff_return_path(
		p->w->ctx, RBF_LIT(A), received_ms / 1000, RBF_LIT(SHOP), RBF_LIT(LUCY), out));
}

static void rotate(post *p)
{
	rebuff_error err = {0};
	assert_int_equal(rebuff_begin(p->w->ctx, &err), REBUFF_OK);
	assert_int_equal(rebuff_key_rotate(p->w->ctx, &err), REBUFF_OK);
	assert_int_equal(rebuff_commit(p->w->ctx, &err), REBUFF_OK);
}

static void rotation(void **state)
{
	const letter l = {.to = "TOKEN",
		.client = STRANGER,
		.dkim = "",
		.from = DAEMON,
		.final = LUCY,
		BOUNCE};
	char path[REBUFF_ADDRESS_MAX + 1], later[REBUFF_ADDRESS_MAX + 1];
	post *p = *state;
	int64_t received_ms = p->w->wall;
	pass(p->w, hour);
	rotate(p);
	/* What waits keeps its return path, what comes new has another key. */
	return_path(p, received_ms, path);
	assert_string_equal(path, p->token);
	return_path(p, p->w->wall + 1000, later);
	assert_string_not_equal(later, path);
	/* For as long as a bounce of it may come, also after the next rotation. */
	pass(p->w, 10 * day);
	rotate(p);
	run_housekeep(p->w);
	return_path(p, received_ms, path);
	assert_string_equal(path, p->token);
	accept_mail(p->w, A, LUCY); /* at last */
	assert_int_equal(send_letter(p, &l, NULL).by_trust[REBUFF_TRUST_PROVEN], 1);
	pass(p->w, 20 * day);
	run_housekeep(p->w);
	assert_int_equal(number(p->w, "SELECT count(*) FROM token_key"), 1);
}

static void forgets(void **state)
{
	post *p = *state;
	pass(p->w, 15 * day);
	run_housekeep(p->w);
	assert_int_equal(number(p->w, "SELECT count(*) FROM sent"), 0);
	assert_int_equal(number(p->w, "SELECT count(*) FROM token_key"), 1);
}

/* No address stands in what is kept of a delivery. */
static void keeps_no_address(void **state)
{
	post *p = *state;
	assert_int_equal(number(p->w, "SELECT count(*) FROM sent"), 5);
	assert_int_equal(
		number(p->w,
			"SELECT count(*) FROM sent WHERE sent.id || stream || provider LIKE '%@%'"),
		0);
}

/* ---- marks: an ENVID that only those were told who took the message -----------------------------
 */

#define MARK "rbf1abcdefghijklmnopqrstuvw2"

static void accept_marked(world *w, const char *id, const char *recipient, const char *envid)
{
	rebuff_outcome out = {.size = sizeof out};
	rebuff_error err = {0};
	rebuff_result r = {.size = sizeof r,
		.mta = REBUFF_MTA_OPENSMTPD,
		.id = rbf_span_of(id),
		.recipient = rbf_span_of(recipient),
		.sender = RBF_LIT(SHOP),
		.kind = REBUFF_KIND_DELIVERED,
		.stage = REBUFF_STAGE_DOT,
		.text = RBF_LIT("250 ok"),
		.envid = rbf_span_of(envid)};
	assert_int_equal(rebuff_begin(w->ctx, &err), REBUFF_OK);
	assert_int_equal(rebuff_record_result(w->ctx, &r, &out, &err), REBUFF_OK);
	assert_int_equal(rebuff_commit(w->ctx, &err), REBUFF_OK);
}

static void marked(void **state)
{
	static const struct {
		const char *name, *to, *final, *envid;
		rebuff_trust want;
	} rows[] = {
		{"of a message to one", SHOP, "ann@remote.example", MARK, REBUFF_TRUST_PROVEN},
		{"of a message to one, to another sender", "x@sender.example", "ann@remote.example",
			MARK, REBUFF_TRUST_PROVEN},
		{"replayed for somebody else", SHOP, "ben@remote.example", MARK,
			REBUFF_TRUST_PROBABLE},
		{"of a message to two", SHOP, "ben@remote.example", MARK "x",
			REBUFF_TRUST_PROBABLE},
		{"changed", SHOP, "ann@remote.example", "rbf1abcdefghijklmnopqrstuvw3",
			REBUFF_TRUST_PROBABLE},
		{"of a client's own, that can be guessed", SHOP, "dan@remote.example", "order12345",
			REBUFF_TRUST_PROBABLE},
	};
	post *p = *state;
	accept_marked(p->w, "aaaaaaaa00000001", "ann@remote.example", MARK);
	accept_marked(p->w, "bbbbbbbb00000001", "ben@remote.example", MARK "x");
	accept_marked(p->w, "bbbbbbbb00000002", "cleo@remote.example", MARK "x");
	accept_marked(p->w, "cccccccc00000001", "dan@remote.example", "order12345");
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		letter l = {.to = rows[i].to,
			.client = STRANGER,
			.dkim = "",
			.from = DAEMON,
			.final = rows[i].final,
			.envid = rows[i].envid,
			BOUNCE};
		rebuff_evidence_outcome out = send_letter(p, &l, NULL);
		if (out.by_trust[rows[i].want] != 1)
			fail_msg("%s: got %zu unverified, %zu probable, %zu proven; want 1 %s",
				rows[i].name, out.by_trust[0], out.by_trust[1], out.by_trust[2],
				rebuff_trust_name(rows[i].want));
	}
	assert_true(suppressed(p->w, "ann@remote.example"));
	assert_false(suppressed(p->w, "ben@remote.example"));
}

#define POST(f) cmocka_unit_test_setup_teardown(f, open_post, close_post)

int main(void)
{
	const struct CMUnitTest tests[] = {POST(forged), POST(thousands_at_once), POST(proven),
		POST(repeated), POST(undoes_the_acceptance), POST(probable_pairs), POST(disk_fails),
		POST(complaints), POST(backscatter), POST(unread), POST(rotation), POST(forgets),
		POST(keeps_no_address), POST(marked)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
