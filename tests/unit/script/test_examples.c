/* test_examples.c - lua/examples: each example loads without a remark that it does not explain, its
 * cases pass with it, and without it some of them fail. */
#include "unit.h"

#include <glob.h>

#include "files.h"
#include "rebuff.h"

typedef struct {
	size_t passed, failed;
	char first[REBUFF_TEXT_MAX + 400];
} score;

static void count(void *ud, const rebuff_case *c)
{
	score *s = ud;
	if (c->passed)
		s->passed++;
	else if (s->failed++ == 0)
		snprintf(s->first, sizeof s->first, "%s: %s: %s", c->where, c->name, c->trouble);
}

static score play(const char *cases, const char *example)
{
	char command[512];
	folder f;
	score s = {.passed = 0};
	rebuff_error err = {0};
	folder_make(&f);
	if (example) {
		snprintf(command, sizeof command, "cp %s %s/providers/", example, f.dir);
		if (system(command) != 0)
			fail_msg("%s", command);
	}
	rebuff_options o = {.size = sizeof o, .data_dir = "lua", .config_dir = f.dir};
	if (rebuff_policy_test(&o, &cases, 1, count, &s, &err) != REBUFF_OK)
		fail_msg("%s: %s", cases, err.text);
	folder_remove(&f);
	return s;
}

static void test_each_example(void **state)
{
	glob_t found;
	(void)state;
	assert_int_equal(glob("lua/examples/*.test.lua", 0, NULL, &found), 0);
	assert_int_equal(found.gl_pathc, 10);
	for (size_t i = 0; i < found.gl_pathc; i++) {
		char example[256];
		const char *cases = found.gl_pathv[i];
		snprintf(example, sizeof example, "%.*s.lua",
			(int)(strlen(cases) - strlen(".test.lua")), cases);
		score with = play(cases, example), without = play(cases, NULL);
		if (with.failed)
			fail_msg("%s", with.first);
		assert_true(with.passed >= 2);
		if (!without.failed)
			fail_msg("%s: its cases pass without it", example);
	}
	globfree(&found);
}

static const struct {
	const char *lua, *want;
} mistakes[] = {
	{"test 'x' { { reply = '550 5.1.1 User unknown', expect = { suppressed = false } }, "
	 "recipient "
	 "= 'a@b.example' }",
		"step 1: suppressed: got true, want false; decided by "},
	{"test 'x' { { reply = '451 4.7.1 Greylisted, please try again later', expect = { next = "
	 "'6m' "
	 "} }, recipient = 'a@b.example' }",
		"step 1: next: got 5m, want 6m"},
	{"test 'x' { { reply = '250 ok', expect = { what = 'bounce' } }, recipient = 'a@b.example' "
	 "}",
		"step 1: what: got accepted, want bounce"},
	{"test 'x' { { expect = { provider = 'gmail' } }, recipient = 'a@b.example' }",
		"step 1: provider: got b.example, want gmail"},
};

static void test_what_is_not_met_is_told(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof mistakes / sizeof *mistakes; i++) {
		char path[160];
		folder f;
		folder_make(&f);
		folder_write(&f, "x.lua", mistakes[i].lua, strlen(mistakes[i].lua));
		snprintf(path, sizeof path, "%s/x.lua", f.dir);
		score s = play(path, NULL);
		folder_remove(&f);
		if (s.failed != 1 || !strstr(s.first, mistakes[i].want) ||
			!strstr(s.first, "x.lua:1: x: "))
			fail_msg("got \"%s\", want \"%s\"", s.first, mistakes[i].want);
	}
}

static const struct {
	const char *lua, *want;
} wrong[] = {
	{"test 'x' { {} }", "step 1: to whom?"},
	{"test 'x' {}", "test \"x\" has no steps"},
	{"test 'x' { recipint = 'a@b', { } }",
		"a case: nothing is called \"recipint\"; did you mean"},
	{"test 'x' { { recipient = 'a@b', replay = 'x' } }", "did you mean \"reply\"?"},
	{"test 'x' { { recipient = 'a@b', expect = { supressed = true } } }",
		"did you mean \"suppressed\"?"},
	{"test 'x' { { recipient = 'a@b', expect = { next = 5 } } }", "next: got \"5\""},
	{"tset 'x' {}", "nothing is called \"tset\""},
};

static void test_wrong_cases_do_not_load(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
		char path[160];
		const char *files = path;
		folder f;
		score s = {.passed = 0};
		rebuff_error err = {0};
		folder_make(&f);
		folder_write(&f, "x.lua", wrong[i].lua, strlen(wrong[i].lua));
		snprintf(path, sizeof path, "%s/x.lua", f.dir);
		rebuff_options o = {.size = sizeof o, .data_dir = "lua", .config_dir = ""};
		assert_int_equal(
			rebuff_policy_test(&o, &files, 1, count, &s, &err), REBUFF_EPOLICY);
		folder_remove(&f);
		if (!strstr(err.text, wrong[i].want) || !strstr(err.text, "x.lua:1: "))
			fail_msg("%s: got \"%s\"", wrong[i].lua, err.text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_each_example),
		cmocka_unit_test(test_what_is_not_met_is_told),
		cmocka_unit_test(test_wrong_cases_do_not_load),
	};
	return cmocka_run_group_tests_name("examples", tests, NULL, NULL);
}
