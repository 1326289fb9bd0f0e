#include "unit.h"
#include <stdio.h>
#include "base/span.h"
#include "dsn/fields.h"
#include "dsn/status.h"

static void test_lines(void **state)
{
	static const char *const want[] = {"a", "b", "", "c", "d"};
	(void)state;
	rebuff_span rest = RBF_LIT("a\r\nb\n\nc\rd");
	for (size_t i = 0; i < sizeof want / sizeof *want; i++) {
		char got[8];
		rbf_span_copy(got, sizeof got, rbf_line_next(&rest));
		assert_row_str(want[i], got, want[i]);
	}
	assert_int_equal(rest.len, 0);
}

static void test_fields(void **state)
{
	static const struct {
		const char *in, *want; /* name=value; | at the end of a group */
	} rows[] = {
		{"A: b\nC: d\n", "A=b;C=d;"},
		{"A: b\n c\n\td\nE:f", "A=b\n c\n\td;E=f;"},
		{"A: b\n\n\nC: d\n", "A=b;||C=d;"},
		{"A : b\nno field\n: x\nX_y-1:z\n", "A=b;X_y-1=z;"},
		{"A:\n b\n", "A=b;"},
		{"A: b\n \nC: d\n", "A=b;|C=d;"},
		{"", ""},
	};
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		char got[128] = "";
		rebuff_span rest = rbf_span_of(rows[i].in);
		rbf_field f;
		while (rbf_field_next(&rest, &f)) {
			size_t n = strlen(got);
			if (f.name.len)
				(void)snprintf(got + n, sizeof got - n, "%.*s=%.*s;",
					(int)f.name.len, f.name.p, (int)f.value.len, f.value.p);
			else
				(void)snprintf(got + n, sizeof got - n, "|");
		}
		assert_row_str(rows[i].in, got, rows[i].want);
	}
}

static void test_typed(void **state)
{
	static const struct {
		const char *in, *want;
	} rows[] = {
		{"rfc822; a@b.example", "a@b.example"},
		{"rfc822;<a@b.example>", "a@b.example"},
		{"a@b.example (Lucy)", "a@b.example"},
		{"dns; mx.example.org (192.0.2.1)", "mx.example.org"},
		{"rfc822; \"john doe\"@b.example", "\"john doe\"@b.example"},
		{"rfc822; \"unclosed", "\"unclosed"},
		{"<", ""},
		{"<>", ""},
		{"", ""},
	};
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		char got[64];
		rbf_span_copy(got, sizeof got, rbf_field_typed(rbf_span_of(rows[i].in)));
		assert_row_str(rows[i].in, got, rows[i].want);
	}
}

static void test_unfold(void **state)
{
	(void)state;
	char got[16];
	size_t n = rbf_field_unfold(got, sizeof got, RBF_LIT(" a \r\n\t b\nc "));
	assert_int_equal(n, 5);
	assert_memory_equal(got, "a b c", 5);
	assert_int_equal(rbf_field_unfold(got, 2, RBF_LIT("a b")), 2);
}

/* recipient/action/status, in order. */
static void test_status(void **state)
{
	static const struct {
		const char *name, *in, *want;
	} rows[] = {
		{"two groups",
			"Reporting-MTA: dns; m\n\nFinal-Recipient: rfc822; a@x.example\nAction: "
			"failed\n"
			"Status: 5.1.1\n\nFinal-Recipient: rfc822; b@x.example\nAction: delayed\n"
			"Status: 4.2.2\n",
			"a@x.example/failed/5.1.1 b@x.example/delayed/4.2.2 "},
		{"address last",
			"Action: failed\nStatus: 5.1.1\nFinal-Recipient: rfc822; a@x.example\n\n"
			"Action: failed\nStatus: 5.2.2\nFinal-Recipient: rfc822; b@x.example\n",
			"a@x.example/failed/5.1.1 b@x.example/failed/5.2.2 "},
		{"no blank line between",
			"Final-Recipient: a@x.example\nAction: failed\nFinal-Recipient: "
			"b@x.example\n"
			"Action: relayed\n",
			"a@x.example/failed/ b@x.example/relayed/ "},
		{"original when the final is no address",
			"Final-Recipient: LOCAL;<>\nOriginal-Recipient: rfc822;<a@x.example>\n"
			"Action: failed\nStatus: 5.0.0 (text)\n",
			"a@x.example/failed/5.0.0 "},
		{"the same address twice: the failure stays",
			"Final-Recipient: rfc822;a@x.example\nAction: failed\nStatus: 5.1.1\n\n"
			"Final-Recipient: rfc822;A@X.example\nAction: delayed\n",
			"a@x.example/failed/5.1.1 "},
		{"nothing", "Reporting-MTA: dns; m\n", ""},
	};
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		char got[256] = "";
		rbf_arena arena = rbf_arena_of(1 << 20);
		rbf_report report = {.kind = REBUFF_MESSAGE_NONE};
		rbf_recipients list = rbf_recipients_of(&report, &arena);
		rbf_status_read(rbf_span_of(rows[i].in), &list);
		for (size_t k = 0; k < report.recipient_n; k++) {
			const rbf_recipient *r = &report.recipient[k];
			size_t n = strlen(got);
			(void)snprintf(got + n, sizeof got - n, "%.*s/%s/%.*s ",
				(int)r->recipient.len, r->recipient.p,
				rebuff_dsn_action_name(r->action), (int)r->status.len,
				r->status.len ? r->status.p : "");
		}
		assert_row_str(rows[i].name, got, rows[i].want);
		rbf_arena_free(&arena);
	}
}

static void test_sniff(void **state)
{
	(void)state;
	assert_true(
		rbf_status_sniff(RBF_LIT("hello\nFinal-Recipient: a@b.example\nStatus: 5.1.1\n")));
	assert_false(rbf_status_sniff(RBF_LIT("Status: shipped\nAction: wait\n")));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lines),
		cmocka_unit_test(test_fields),
		cmocka_unit_test(test_typed),
		cmocka_unit_test(test_unfold),
		cmocka_unit_test(test_status),
		cmocka_unit_test(test_sniff),
	};
	return cmocka_run_group_tests_name("dsn/fields", tests, NULL, NULL);
}
