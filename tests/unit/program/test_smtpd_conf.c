#include "unit.h"

#include "program/setup/smtpd_conf.h"

#define BEGIN "# rebuff: begin (by rebuff setup opensmtpd; with --undo it takes all of it out)\n"
#define DEFINE                                                                                     \
	"filter \"rebuff\" proc-exec \"/usr/libexec/opensmtpd/filter-rebuff\" user opensmtpd\n"
#define REST "queue ttl 14d\nbounce warn-interval 100d\nmta limit task-hiwat 1000000\n"
#define SOCKET "listen on socket filter \"rebuff\"\n"
#define END "# rebuff: end\n"
#define F " filter \"rebuff\""
#define RELAY "action \"out\" relay\n"

static void test_add(void **state)
{
	static const struct {
		const char *name, *in, *want; /* want "": refused */
		const char *says; /* part of the error, or of the note */
	} rows[] = {
		{"Debian's own",
			"table aliases file:/etc/aliases\n#\nlisten on localhost\n\n" RELAY,
			BEGIN DEFINE REST SOCKET END
			"table aliases file:/etc/aliases\n#\nlisten on localhost" F
			"\n\naction \"out\" relay" F "\n",
			""},
		{"options, comments, continued lines",
			"listen on all tls \\\n  pki x # listen on y\nlisten on socket\naction out "
			"relay "
			"host smtp://\"a b\"@c # relay",
			BEGIN DEFINE REST END
			"listen on all tls \\\n  pki x" F " # listen on y\nlisten on socket" F
			"\naction out relay host smtp://\"a b\"@c" F " # relay",
			""},
		{"a comment that a backslash continues", "# listen on a \\\nlisten on b\n" RELAY,
			BEGIN DEFINE REST SOCKET END
			"# listen on a \\\nlisten on b\naction \"out\" relay" F "\n",
			""},
		{"a table over several lines",
			"table t {\n \"listen on\",\n \"x\" # }\n}\nlisten on lo\n" RELAY,
			BEGIN DEFINE REST SOCKET END
			"table t {\n \"listen on\",\n \"x\" # }\n}\nlisten on lo" F
			"\naction \"out\" relay" F "\n",
			""},
		{"an action that does not relay", "action \"l\" mbox alias <aliases>\n" RELAY,
			BEGIN DEFINE REST SOCKET END
			"action \"l\" mbox alias <aliases>\naction \"out\" relay" F "\n",
			""},
		{"a longer ttl stays", "queue ttl 30d\n" RELAY,
			BEGIN DEFINE
			"bounce warn-interval 100d\nmta limit task-hiwat 1000000\n" SOCKET END
			"queue ttl 30d\naction \"out\" relay" F "\n",
			""},
		{"warn-interval stays", "bounce warn-interval { 1h, 2d }\n" RELAY,
			BEGIN DEFINE "queue ttl 14d\nmta limit task-hiwat 1000000\n" SOCKET END
				     "bounce warn-interval { 1h, 2d }\naction \"out\" relay" F "\n",
			"warn-interval stays"},
		{"a shorter ttl", "\nqueue ttl 4d\n" RELAY, "", "line 2: queue ttl 4d"},
		{"a ttl that is a macro", "queue ttl $x\n" RELAY, "", "line 1: queue ttl"},
		{"another filter", "listen on lo\n\nlisten on a filter \"dkim\"\n" RELAY, "",
			"line 3 names a filter already (dkim)"},
		{"an include", "include \"/etc/more\"\n" RELAY, "", "line 1 includes"},
		{"no relay", "listen on lo\naction \"l\" mbox\n", "", "no action of it relays"},
		{"a quote that does not end", "listen on lo\nlisten on \"x\n" RELAY, "",
			"line 2: a quote"},
		{"a brace that does not end", RELAY "table x { a\n", "",
			"line 2: a quote or brace"},
	};
	static char got[SMTPD_CONF_MAX], back[SMTPD_CONF_MAX];
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		rebuff_error err = {.status = REBUFF_OK};
		char note[REBUFF_TEXT_MAX] = "";
		rebuff_status s = smtpd_conf_add(rows[i].in, got, sizeof got, note, &err);
		assert_row_int(rows[i].name, s, *rows[i].want ? REBUFF_OK : REBUFF_EPARSE);
		const char *said = s == REBUFF_OK ? note : err.text;
		if (!strstr(said, rows[i].says))
			fail_msg("%s: said \"%s\", want \"%s\"", rows[i].name, said, rows[i].says);
		if (s != REBUFF_OK)
			continue;
		assert_row_str(rows[i].name, got, rows[i].want);
		assert_row_int(
			rows[i].name, smtpd_conf_remove(got, back, sizeof back, &err), REBUFF_OK);
		assert_row_str(rows[i].name, back, rows[i].in);
	}
}

static void test_remove(void **state)
{
	static const struct {
		const char *name, *in, *want;
	} rows[] = {
		{"what was changed since stays",
			BEGIN DEFINE END "listen on a" F "\nlisten on b" F " tls\n# mine\n",
			"listen on a\nlisten on b tls\n# mine\n"},
		{"a filter of another form stays",
			BEGIN DEFINE END "listen on a filter  \"rebuff\"\n# filter \"rebuff\"\n",
			"listen on a filter  \"rebuff\"\n# filter \"rebuff\"\n"},
		{"the marks are not on top", "\n" BEGIN END, ""},
		{"no end", BEGIN "listen on a\n", ""},
	};
	static char got[SMTPD_CONF_MAX];
	rebuff_error err;
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		rebuff_status s = smtpd_conf_remove(rows[i].in, got, sizeof got, &err);
		assert_row_int(rows[i].name, s, *rows[i].want ? REBUFF_OK : REBUFF_EPARSE);
		if (s == REBUFF_OK)
			assert_row_str(rows[i].name, got, rows[i].want);
	}
}

static void test_find_and_summarise(void **state)
{
	static const struct {
		const char *name, *in;
		smtpd_conf_state found;
		int line, listeners, listeners_filtered, relays, relays_filtered, unfiltered;
		int64_t ttl_s;
	} rows[] = {
		{"nothing", "", SMTPD_CONF_NONE, 0, 0, 0, 0, 0, 0, -1},
		{"ours", BEGIN DEFINE REST SOCKET END RELAY, SMTPD_CONF_OURS, 1, 1, 1, 1, 0, 8,
			14 * 86400},
		{"by hand", "\n" DEFINE "queue ttl 90m\nlisten on a" F "\nlisten on b\n",
			SMTPD_CONF_BY_HAND, 2, 2, 1, 0, 0, 5, 5400},
		{"in a comment", "# " DEFINE "queue ttl 4w\n", SMTPD_CONF_NONE, 0, 0, 0, 0, 0, 0,
			-2},
		{"in a list", "listen on a filter { \"x\", \"rebuff\" }\n", SMTPD_CONF_NONE, 0, 1,
			1, 0, 0, 0, -1},
		{"in a chain",
			"filter \"both\" chain { \"x\", \"rebuff\" }\nfilter n chain { x }\n"
			"listen on a filter both\nlisten on b filter n\n",
			SMTPD_CONF_NONE, 0, 2, 1, 0, 0, 4, -1},
	};
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		int line;
		smtpd_conf_summary s;
		assert_row_int(rows[i].name, smtpd_conf_find(rows[i].in, &line), rows[i].found);
		assert_row_int(rows[i].name, line, rows[i].line);
		smtpd_conf_summarise(rows[i].in, &s);
		assert_row_int(rows[i].name, s.listeners, rows[i].listeners);
		assert_row_int(rows[i].name, s.listeners_filtered, rows[i].listeners_filtered);
		assert_row_int(rows[i].name, s.relays, rows[i].relays);
		assert_row_int(rows[i].name, s.relays_filtered, rows[i].relays_filtered);
		assert_row_int(rows[i].name, s.unfiltered_line, rows[i].unfiltered);
		assert_row_int(rows[i].name, s.ttl_s, rows[i].ttl_s);
	}
}

static void test_limit(void **state)
{
	char out[600], note[REBUFF_TEXT_MAX];
	rebuff_error err;
	(void)state;
	assert_int_equal(smtpd_conf_add(RELAY, out, sizeof out, note, &err), REBUFF_OK);
	for (size_t cap = strlen(out); cap > 0; cap--)
		assert_int_equal(smtpd_conf_add(RELAY, out, cap, note, &err), REBUFF_ELIMIT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_add),
		cmocka_unit_test(test_remove),
		cmocka_unit_test(test_find_and_summarise),
		cmocka_unit_test(test_limit),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
