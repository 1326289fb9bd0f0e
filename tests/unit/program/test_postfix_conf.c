#include "unit.h"

#include <stdio.h>

#include "program/setup/postfix_conf.h"

#define PAIR POSTFIX_CONF_PAIR
#define OLD "permit_mynetworks, permit_sasl_authenticated, reject_unauth_destination"

static void test_add_and_remove(void **state)
{
	static const struct {
		const char *name, *in, *want; /* want "": refused */
		const char *says;
	} rows[] = {
		{"none", "", PAIR, ""},
		{"blanks alone", " \n", PAIR, ""},
		{"the usual", OLD, PAIR ", " OLD, ""},
		{"checks for all before",
			"reject_unknown_recipient_domain, check_client_access hash:/etc/x, " OLD,
			"reject_unknown_recipient_domain, check_client_access hash:/etc/x, " PAIR
			", " OLD,
			""},
		{"checks alone", "reject_non_fqdn_recipient reject_rbl_client zen.example",
			"reject_non_fqdn_recipient reject_rbl_client zen.example, " PAIR, ""},
		{"another service in braces",
			"check_policy_service { unix:private/other, default_action=DUNNO }, permit",
			"check_policy_service { unix:private/other, default_action=DUNNO }, " PAIR
			", permit",
			""},
		{"letters of the other case", "Permit_MyNetworks", PAIR ", Permit_MyNetworks", ""},
		{"checks behind those who may relay", OLD ", reject_rbl_client zen.example", "",
			"permit_mynetworks comes before zen.example"},
		{"only who may relay at all", "permit_sasl_authenticated, reject", "",
			"permit_sasl_authenticated comes before reject"},
		{"another list", "$mine, reject_unauth_destination", "",
			"$mine comes before $mine"},
		{"a list of lists", "permit_dnswl_client x, reject_rbl_client y", "",
			"permit_dnswl_client comes before y"},
		{"a warning alone", "warn_if_reject reject_unauth_destination", "",
			"warn_if_reject comes before warn_if_reject"},
		{"an open brace", "check_policy_service { unix:x", "", "brace does not end"},
	};
	char out[POSTFIX_LIST_MAX], back[POSTFIX_LIST_MAX];
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		rebuff_error err = {.text = ""};
		bool refused = postfix_list_add(rows[i].in, out, sizeof out, &err) != REBUFF_OK;
		assert_row_str(rows[i].name, refused ? "" : out, rows[i].want);
		if (refused && !strstr(err.text, rows[i].says))
			fail_msg("%s: %s", rows[i].name, err.text);
		if (refused)
			continue;
		assert_int_equal(postfix_list_remove(out, back, sizeof back, &err), REBUFF_OK);
		const char *was = rows[i].in + strspn(rows[i].in, " \n");
		assert_row_str(rows[i].name, back, was);
	}
}

static void test_remove(void **state)
{
	static const struct {
		const char *name, *in, *want;
	} rows[] = {
		{"without braces", "check_policy_service unix:private/rebuff permit", "permit"},
		{"alone in a list", "a,  " POSTFIX_CONF_ASK " ,b", "a,  b"},
		{"the own one stays", "permit_auth_destination, a, " POSTFIX_CONF_ASK,
			"permit_auth_destination, a"},
	};
	char out[POSTFIX_LIST_MAX];
	rebuff_error err;
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		assert_int_equal(postfix_list_remove(rows[i].in, out, sizeof out, &err), REBUFF_OK);
		assert_row_str(rows[i].name, out, rows[i].want);
	}
	assert_int_equal(postfix_list_remove("permit", out, sizeof out, &err), REBUFF_EPARSE);
	assert_int_equal(postfix_list_remove(PAIR ", permit", out, 5, &err), REBUFF_ELIMIT);
	assert_int_equal(postfix_list_add("permit", out, 20, &err), REBUFF_ELIMIT);
}

static void test_asks(void **state)
{
	static const struct {
		const char *list;
		bool asks, harmless, guards;
	} rows[] = {
		{"", false, false, false},
		{PAIR, true, true, false},
		{OLD ", " PAIR, true, true, true},
		{"check_policy_service unix:private/rebuff", true, false, false},
		{"check_policy_service {unix:private/rebuff}", true, false, false},
		{"check_policy_service { unix:private/rebuff, default_action = DUNNO }", true,
			false, false},
		{"check_policy_service {unix:private/rebuff,default_action=dunno}", true, true,
			false},
		{"check_policy_service { unix:private/rebuff, default_action=DUNNOT }", true, false,
			false},
		{"check_policy_service unix:private/rebuff2 reject", false, false, true},
		{"check_client_access unix:private/rebuff", false, false, false},
		{"check_policy_service", false, false, false},
		{"permit_mynetworks defer_unauth_destination", false, false, true},
	};
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		bool harmless;
		assert_row_int(
			rows[i].list, postfix_list_asks(rows[i].list, &harmless), rows[i].asks);
		assert_row_int(rows[i].list, harmless, rows[i].harmless);
		assert_row_int(rows[i].list, postfix_list_guards(rows[i].list), rows[i].guards);
	}
}

static void test_many_words(void **state)
{
	static char list[POSTFIX_LIST_MAX], out[POSTFIX_LIST_MAX];
	rebuff_error err;
	(void)state;
	for (size_t n = 0; n + 2 < sizeof list; n += 2)
		memcpy(list + n, "a ", 3);
	assert_int_equal(postfix_list_add(list, out, sizeof out, &err), REBUFF_EPARSE);
}

static void test_times(void **state)
{
	static const struct {
		const char *text;
		int64_t want;
	} rows[] = {{"5d", 432000}, {"5", 432000}, {"90s", 90}, {"3h", 10800}, {"2w", 1209600},
		{"7m", 420}, {"", -1}, {"d", -1}, {"5x", -1}, {"5dd", -1}, {"-1d", -1},
		{"99999999999999999999", -1}};
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		assert_row_int(rows[i].text, postfix_time_s(rows[i].text, 86400), rows[i].want);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_add_and_remove),
		cmocka_unit_test(test_remove),
		cmocka_unit_test(test_asks),
		cmocka_unit_test(test_many_words),
		cmocka_unit_test(test_times),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
