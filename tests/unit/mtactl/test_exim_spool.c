#include "unit.h"

#include <stdio.h>
#include <stdlib.h>

#include "mtactl/exim_spool.h"

#define HEAD "1xVoEE-00000L-2a-H\nroot 0 0\n"
#define TIMES "1795516402 0\n"
#define OPTIONS "-received_time_usec .804000\n-ident root\n-body_linecount 1\n"
#define ONE "XX\n1\na@d.example\n\n"

static void test_heads(void **state)
{
	static const struct {
		const char *name, *bytes;
		bool ok, frozen, null_sender, all;
		const char *domains; /* joined by a space */
	} rows[] = {
		{"plain", HEAD "<s@s.example>\n" TIMES OPTIONS ONE, true, false, false, true,
			"d.example"},
		{"frozen", HEAD "<s@s.example>\n" TIMES "-frozen 1795516410\n" OPTIONS ONE, true,
			true, false, true, "d.example"},
		{"empty sender", HEAD "<>\n" TIMES OPTIONS ONE, true, false, true, true,
			"d.example"},
		{"a variable that imitates an option",
			HEAD "<s@s.example>\n" TIMES
			     "-aclm _x 19\n-frozen 1795516410\n\n" OPTIONS ONE,
			true, false, false, true, "d.example"},
		{"a tainted variable before the real one",
			HEAD "<s@s.example>\n" TIMES
			     "--aclc 0 3\na\nb\n--aclm _y 0\n\n-frozen 1\n" ONE,
			true, true, false, true, "d.example"},
		{"some have it",
			HEAD
			"<s@s.example>\n" TIMES OPTIONS
			"YY a@d.example\nNN b@d.example\nYN c@d.example\nNN \"x\ty\"@d.example\n"
			"2\nd@one.example\ne@two.example 2,-1#1\n\n",
			true, false, false, true, "one.example two.example"},
		{"odd recipients",
			HEAD "<s@s.example>\n" TIMES OPTIONS
			     "XX\n3\n\"a @b\\\" c\"@d.example\nlocal\nx@d.example "
			     "orcpt@else.example 20,0#2\n",
			true, false, false, true, "d.example  d.example"},
		{"cut among the recipients",
			HEAD "<s@s.example>\n" TIMES OPTIONS "XX\n3\na@one.example\nb@tw", true,
			false, false, false, "one.example"},
		{"cut in the tree", HEAD "<s@s.example>\n" TIMES OPTIONS "YY a@d.example\n", true,
			false, false, false, ""},
		{"cut in the options", HEAD "<s@s.example>\n" TIMES "-ident ro", false, false,
			false, false, ""},
		{"cut in a variable", HEAD "<s@s.example>\n" TIMES "-aclm 1 400\nabc\n", false,
			false, false, false, ""},
		{"a variable without a length", HEAD "<s@s.example>\n" TIMES "-aclm x\nabc\n" ONE,
			false, false, false, false, ""},
		{"a length that is a lie",
			HEAD "<s@s.example>\n" TIMES "-aclm x 4294967295\nabc\n" ONE, false, false,
			false, false, ""},
		{"no name", "x\nroot 0 0\n<s@s.example>\n" TIMES ONE, false, false, false, false,
			""},
		{"no sender", HEAD "s@s.example\n" TIMES ONE, false, false, false, false, ""},
		{"empty", "", false, false, false, false, ""},
	};
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		size_t len = strlen(rows[i].bytes), domain_len;
		char *bytes = malloc(len + 1), domains[128] = "";
		assert_non_null(bytes);
		memcpy(bytes, rows[i].bytes, len);
		rbx_spool got;
		assert_row_int(rows[i].name, rbx_spool_read(bytes, len, &got), rows[i].ok);
		if (rows[i].ok) {
			assert_row_int(rows[i].name, got.frozen, rows[i].frozen);
			assert_row_int(rows[i].name, got.null_sender, rows[i].null_sender);
			assert_row_int(rows[i].name, got.all, rows[i].all);
			const char *rest = got.recipients, *domain;
			size_t rest_len = got.recipients_len;
			while (rest && rbx_spool_domain(&rest, &rest_len, &domain, &domain_len)) {
				strncat(domains, domain, domain_len);
				strcat(domains, " ");
			}
			if (domains[0])
				domains[strlen(domains) - 1] = '\0';
			assert_row_str(rows[i].name, domains, rows[i].domains);
		}
		free(bytes);
	}
}

/* Cut anywhere: never read outside (under the sanitizers), never frozen by mistake. */
static void test_every_cut(void **state)
{
	static const char whole[] =
		HEAD "<s@s.example>\n" TIMES "-aclm _x 11\n-frozen 12\n\n" OPTIONS
		     "YN a@d.example\nNN b@d.example\n2\nc@d.example\nd@d.example\n\n";
	(void)state;
	for (size_t len = 0; len < sizeof whole; len++) {
		char *bytes = malloc(len + 1);
		assert_non_null(bytes);
		memcpy(bytes, whole, len);
		rbx_spool got;
		(void)rbx_spool_read(bytes, len, &got);
		assert_false(got.frozen);
		const char *rest = got.recipients, *domain;
		size_t rest_len = got.recipients_len, domain_len;
		while (rest && rbx_spool_domain(&rest, &rest_len, &domain, &domain_len))
			assert_true(domain + domain_len <= bytes + len);
		free(bytes);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_heads),
		cmocka_unit_test(test_every_cut),
	};
	return cmocka_run_group_tests_name("mtactl/exim_spool", tests, NULL, NULL);
}
