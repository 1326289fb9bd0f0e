#include "unit.h"
#include <stdlib.h>
#include "base/span.h"
#include "dsn/dsn.h"
#include "dsn/pack.h"

static const rbf_recipient sample_recipient = {.recipient = {"a@b.example", 11},
	.action = REBUFF_DSN_FAILED,
	.stage = REBUFF_STAGE_RCPT,
	.status = {"5.1.1", 5},
	.reply = {"550 no", 6}};

static rbf_report sample(rbf_recipient *r)
{
	*r = sample_recipient;
	return (rbf_report){.kind = REBUFF_MESSAGE_BOUNCE,
		.message_id = {"x@y.example", 11},
		.recipient = r,
		.recipient_n = 1,
		.truncated = true};
}

static void test_round_trip(void **state)
{
	(void)state;
	rbf_recipient r;
	rbf_report in = sample(&r), out;
	char packed[512];
	rbf_arena arena = rbf_arena_of(1 << 20);
	size_t len = rbf_pack_size(&in);
	assert_in_range(len, 1, sizeof packed);
	rbf_pack(&in, packed);
	assert_true(rbf_unpack((rebuff_span){packed, len}, &arena, &out));
	assert_int_equal(out.kind, REBUFF_MESSAGE_BOUNCE);
	assert_true(out.truncated);
	assert_int_equal(out.recipient_n, 1);
	assert_int_equal(out.recipient[0].stage, REBUFF_STAGE_RCPT);
	assert_true(rbf_span_eq(out.recipient[0].recipient, RBF_LIT("a@b.example")));
	assert_true(rbf_span_eq(out.message_id, RBF_LIT("x@y.example")));
	rbf_arena_free(&arena);
}

/* What a broken child may send: every cut, every changed byte. Nothing is read outside. */
static void test_hostile(void **state)
{
	(void)state;
	rbf_recipient r;
	rbf_report in = sample(&r), out;
	size_t len = rbf_pack_size(&in);
	char *packed = malloc(len);
	assert_non_null(packed);
	rbf_arena arena = rbf_arena_of(1 << 20);
	rbf_pack(&in, packed);
	for (size_t n = 0; n < len; n++) {
		char *cut = malloc(n ? n : 1); /* exactly as long, so that a sanitizer sees more */
		assert_non_null(cut);
		memcpy(cut, packed, n);
		assert_false(rbf_unpack((rebuff_span){cut, n}, &arena, &out));
		free(cut);
	}
	for (size_t i = 0; i < len; i++) {
		char was = packed[i];
		packed[i] = (char)0xff;
		(void)rbf_unpack((rebuff_span){packed, len}, &arena, &out);
		packed[i] = was;
		rbf_arena_reset(&arena);
	}
	assert_false(rbf_unpack((rebuff_span){packed, len - 1}, &arena, &out));
	free(packed);
	rbf_arena_free(&arena);
}

/* ---- judge ----------------------------------------------------------------------------------- */

/* A classifier that knows one word, and tells what it was asked. */
static void know_full(void *ud, const rebuff_reply *reply, rebuff_classification *out)
{
	char *asked = ud;
	(void)rbf_span_copy(asked, 256, reply->text);
	*out = (rebuff_classification){.size = sizeof *out, .permanent = true};
	out->code = rbf_span_starts(reply->text, RBF_LIT("55")) ? 550 : 0;
	if (rbf_span_ifind(reply->text, RBF_LIT("full")) != SIZE_MAX) {
		out->category = REBUFF_MAILBOX_FULL;
		out->confidence =
			rbf_span_ifind(reply->text, RBF_LIT("perhaps")) != SIZE_MAX ? 0.4 : 0.9;
	}
	if (rbf_span_ifind(reply->text, RBF_LIT("mx silent")) != SIZE_MAX) {
		out->category = REBUFF_NETWORK_ERROR;
		out->confidence = 0.5;
	}
}

static void test_judge(void **state)
{
	static const struct {
		const char *name, *reply, *words, *notice, *status;
		rebuff_dsn_action action;
		rebuff_category want;
		const char *asked; /* last */
	} rows[] = {
		{"the reply decides", "550 5.2.2 full", "x", "y", "5.2.2", REBUFF_DSN_FAILED,
			REBUFF_MAILBOX_FULL, "550 5.2.2 full"},
		{"the field's code is added", "550 full", "", "", "5.2.2", REBUFF_DSN_FAILED,
			REBUFF_MAILBOX_FULL, "550 5.2.2 full"},
		{"a vague field is not", "550 full", "", "", "5.0.0", REBUFF_DSN_FAILED,
			REBUFF_MAILBOX_FULL, "550 full"},
		{"no code at all", "it is full", "", "", "5.2.2", REBUFF_DSN_FAILED,
			REBUFF_MAILBOX_FULL, "5.2.2 it is full"},
		{"then the words", "550 no", "box full", "y", "", REBUFF_DSN_FAILED,
			REBUFF_MAILBOX_FULL, "550 box full"},
		{"then the notice", "550 no", "", "the box is full", "", REBUFF_DSN_FAILED,
			REBUFF_MAILBOX_FULL, "550 the box is full"},
		{"a hint gives way to words", "550 5.7.1 perhaps full", "no", "", "",
			REBUFF_DSN_FAILED, REBUFF_MAILBOX_FULL, "550 no"},
		{"a summary too", "554 <a@b.example>... Service unavailable", "the box is full", "",
			"", REBUFF_DSN_FAILED, REBUFF_MAILBOX_FULL, "550 the box is full"},
		{"a delay without a reason", "", "try on", "", "4.4.0", REBUFF_DSN_DELAYED,
			REBUFF_EXPIRED, "4.4.0 try on"},
		{"nor a network to blame", "", "mx silent", "", "4.4.0", REBUFF_DSN_DELAYED,
			REBUFF_EXPIRED, "4.4.0 mx silent"},
		{"given up without a reason", "", "gone", "gone", "4.0.0", REBUFF_DSN_FAILED,
			REBUFF_EXPIRED, "4.0.0 gone"},
		{"words get the reply's code", "550]", "box full", "", "", REBUFF_DSN_FAILED,
			REBUFF_MAILBOX_FULL, "550 box full"},
		{"nothing known", "550 no", "no", "no", "", REBUFF_DSN_FAILED, REBUFF_UNCLASSIFIED,
			"550 no"},
		{"without any code still final", "", "box full", "", "", REBUFF_DSN_FAILED,
			REBUFF_MAILBOX_FULL, "5.0.0 box full"},
		{"inner reply", "554 5.4.7 expired <452 4.2.2 full>", "", "", "", REBUFF_DSN_FAILED,
			REBUFF_MAILBOX_FULL, "452 4.2.2 full>"},
		{"delivered is not asked", "250 full", "", "", "", REBUFF_DSN_RELAYED,
			REBUFF_DELIVERED, ""},
		{"delayed is never permanent", "450 full", "", "", "", REBUFF_DSN_DELAYED,
			REBUFF_MAILBOX_FULL, "450 full"},
	};
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		char asked[256] = "";
		const rbf_recipient r = {.recipient = RBF_LIT("a@b.example"),
			.reply = rbf_span_of(rows[i].reply),
			.words = rbf_span_of(rows[i].words),
			.status = rbf_span_of(rows[i].status),
			.action = rows[i].action};
		const rbf_report report = {.kind = REBUFF_MESSAGE_BOUNCE,
			.notice = rbf_span_of(rows[i].notice),
			.recipient_n = 1};
		rebuff_bounced b = {.size = sizeof b};
		rbf_dsn_judge(&report, &r, know_full, asked, &b);
		assert_row_str(rows[i].name, rebuff_category_name(b.reply.category),
			rebuff_category_name(rows[i].want));
		assert_row_str(rows[i].name, asked, rows[i].asked);
		assert_row_int(rows[i].name, b.reply.permanent,
			rows[i].want == REBUFF_MAILBOX_FULL && rows[i].action == REBUFF_DSN_FAILED);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_round_trip),
		cmocka_unit_test(test_hostile),
		cmocka_unit_test(test_judge),
	};
	return cmocka_run_group_tests_name("dsn/pack", tests, NULL, NULL);
}
