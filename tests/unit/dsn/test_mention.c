#include "unit.h"
#include <stdio.h>
#include "base/span.h"
#include "dsn/mention.h"

static void test_addresses(void **state)
{
	static const struct {
		const char *in, *want;
	} rows[] = {
		{"a@b.example", "a@b.example "},
		{"<a@b.example>, 'c@d.example'; e@f.example.",
			"a@b.example c@d.example e@f.example "},
		{"\"john doe\"@b.example", "\"john doe\"@b.example "},
		{"a@[192.0.2.1] b@localhost <c@localhost>", "a@[192.0.2.1] c@localhost "},
		{"http://a@b.example/ @b.example a@", ""},
		{"地址kim@b.example您好", "kim@b.example "},
		{"δοκιμή@παράδειγμα.example", "δοκιμή@παράδειγμα.example "},
		{"T=[a@b.example] =c+d=e@f.example", "a@b.example c+d=e@f.example "},
		{"@@a@b.example@c.example", "a@b.example "},
		{"", ""},
	};
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		char got[128] = "";
		size_t pos = 0;
		for (rebuff_span a; (a = rbf_address_next(rbf_span_of(rows[i].in), &pos)).len;) {
			size_t n = strlen(got);
			(void)snprintf(got + n, sizeof got - n, "%.*s ", (int)a.len, a.p);
		}
		assert_row_str(rows[i].in, got, rows[i].want);
	}
}

static void test_rank(void **state)
{
	static const struct {
		const char *in;
		rbf_mention_rank want; /* of the last address */
	} rows[] = {
		{"a@b.example", RBF_MENTION_ALONE},
		{"  <a@b.example>:", RBF_MENTION_ALONE},
		{"* a@b.example: no such user", RBF_MENTION_ALONE},
		{"a@b.example [User unknown]", RBF_MENTION_ALONE},
		{"a@b.example on Tue, 1 Jan 2030 10:00", RBF_MENTION_ALONE},
		{"x@y.example, a@b.example", RBF_MENTION_ALONE},
		{"a@b.example<mailto:a@b.example>", RBF_MENTION_ALONE},
		{"Recipient: <a@b.example> is gone", RBF_MENTION_LABELLED},
		{">>> RCPT TO:<a@b.example>", RBF_MENTION_LABELLED},
		{"550 5.1.1 <a@b.example>... User unknown", RBF_MENTION_LABELLED},
		{"<<< 550 5.1.1 <a@b.example>... User unknown", RBF_MENTION_FAILING},
		{"It could not be delivered; a@b.example was asked", RBF_MENTION_FAILING},
		{"To: a@b.example", RBF_MENTION_TO},
		{"Write to a@b.example for more", RBF_MENTION_PROSE},
		{"A message sent by\n  <a@b.example>\n", RBF_MENTION_OTHER},
		{"please contact <a@b.example>", RBF_MENTION_OTHER},
		{"MAIL FROM:<a@b.example>", RBF_MENTION_OTHER},
	};
	(void)state;
	rbf_forms *forms = rbf_forms_new();
	assert_non_null(forms);
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		rbf_form_hit hits[32];
		rbf_mention m[8];
		rebuff_span text = rbf_span_of(rows[i].in);
		size_t hit_n = rbf_forms_find(forms, text, false, hits, 32);
		size_t n = rbf_mentions_find(text, text.len, hits, hit_n, m, 8);
		if (n == 0)
			fail_msg("%s: no address found", rows[i].in);
		/* the second half of "a@b<mailto:a@b>" is no mention of its own */
		assert_row_int(rows[i].in,
			m[n > 1 && strstr(rows[i].in, "mailto") ? 0 : n - 1].rank, rows[i].want);
	}
	rbf_forms_free(forms);
}

static void test_forms(void **state)
{
	static const struct {
		const char *in;
		bool subject;
		rbf_form_kind want;
		size_t n;
	} rows[] = {
		{"It COULD not\r\n  be delivered.", false, RBF_FORM_FAIL, 1},
		{"it couldnot be delivered", false, RBF_FORM_FAIL, 0},
		{"xcould not be delivered", false, RBF_FORM_FAIL, 0},
		{"--- Original message ---\n", false, RBF_FORM_RETURNED, 1},
		{"the original message was received", false, RBF_FORM_RETURNED, 0},
		{"Undeliverable: hello", true, RBF_FORM_FAIL, 1},
		{"не доставлено", true, RBF_FORM_FAIL, 1},
	};
	(void)state;
	rbf_forms *forms = rbf_forms_new();
	assert_non_null(forms);
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		rbf_form_hit hits[8];
		size_t n = rbf_forms_find(forms, rbf_span_of(rows[i].in), rows[i].subject, hits, 8),
		       k = 0;
		for (size_t h = 0; h < n; h++)
			k += hits[h].form->kind == rows[i].want;
		assert_row_int(rows[i].in, k > 0, rows[i].n);
	}
	rbf_forms_free(forms);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_addresses),
		cmocka_unit_test(test_rank),
		cmocka_unit_test(test_forms),
	};
	return cmocka_run_group_tests_name("dsn/mention", tests, NULL, NULL);
}
