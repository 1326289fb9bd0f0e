/* test_conflicts.c - which rules can never decide, and where a rule is said to stand. */
#include "unit.h"
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/span.h"
#include "classify/rules.h"
#include "script/script.h"

typedef struct {
	const char *phrase, *then; /* NULL: none */
	rebuff_category category;
	uint16_t code;
	const char *enhanced;
	int provider; /* 0: general, n: provider n - 1 */
	double confidence; /* 0: 0.9 */
	int weight;
	bool words, only_here;
	rebuff_stage stage;
} spec;

typedef struct {
	const char *name;
	spec first, second;
	int want; /* the kind of the only finding, which is about the first; -1: none */
} row;

static void add(rbf_rules *r, const spec *s, const char *origin)
{
	rebuff_error err;
	rbf_rule rule = {.category = s->category,
		.code = s->code,
		.provider = s->provider - 1,
		.fault = -1,
		.action = -1,
		.confidence = s->confidence > 0 ? s->confidence : 0.9,
		.weight = s->weight,
		.words = s->words,
		.only_here = s->only_here,
		.stage = s->stage,
		.origin = rbf_span_of(origin),
		.source = RBF_LIT("test")};
	if (s->phrase)
		rule.phrase[rule.phrase_n++] = rbf_span_of(s->phrase);
	if (s->then)
		rule.phrase[rule.phrase_n++] = rbf_span_of(s->then);
	if (s->enhanced)
		(void)snprintf(rule.enhanced, sizeof rule.enhanced, "%s", s->enhanced);
	if (rbf_rules_add(r, &rule, &err) != REBUFF_OK)
		fail_msg("%s", err.text);
}

typedef struct {
	int kind;
	char origin[64], by[64];
} seen;

static void keep(void *ud, const rbf_rules_finding *f)
{
	seen *s = ud;
	s->kind = (int)f->kind;
	(void)snprintf(s->origin, sizeof s->origin, "%s", f->origin);
	(void)snprintf(s->by, sizeof s->by, "%s", f->by);
}

#define BAD REBUFF_ADDRESS_BAD
#define FULL REBUFF_MAILBOX_FULL
#define BLOCKED REBUFF_IP_BLOCKED

static const row rows[] = {
	{"same words, another meaning", {.phrase = "user gone", .category = BAD},
		{.phrase = "user gone", .category = FULL}, RBF_RULES_CONFLICT},
	{"case and blanks are no difference", {.phrase = "user  GONE", .category = BAD},
		{.phrase = "User gone", .category = FULL}, RBF_RULES_CONFLICT},
	{"said twice", {.phrase = "user gone", .category = BAD},
		{.phrase = "user gone", .category = BAD}, RBF_RULES_SUPERFLUOUS},
	{"a heavier part of it", {.phrase = "the user gone", .category = BAD},
		{.phrase = "user", .category = FULL, .weight = 50}, RBF_RULES_SHADOWED},
	{"a lighter part of it", {.phrase = "the user gone", .category = BAD},
		{.phrase = "user", .category = FULL}, -1},
	{"a hint beside a phrase", {.phrase = "user gone", .category = BAD, .confidence = 0.4},
		{.phrase = "gone", .category = FULL}, RBF_RULES_SHADOWED},
	{"parts in order", {.phrase = "user is gone", .category = BAD},
		{.phrase = "user", .then = "gone", .category = FULL, .weight = 50},
		RBF_RULES_SHADOWED},
	{"parts in another order", {.phrase = "gone is user", .category = BAD},
		{.phrase = "user", .then = "gone", .category = FULL, .weight = 50}, -1},
	{"each part in a part", {.phrase = "the user", .then = "gone away", .category = BAD},
		{.phrase = "user", .then = "gone", .category = FULL, .weight = 50},
		RBF_RULES_SHADOWED},
	{"part of a word where borders are asked", {.phrase = "marble", .category = BAD},
		{.phrase = "rbl", .category = BLOCKED, .weight = 50, .words = true}, -1},
	{"a word of its own", {.phrase = "in rbl list", .category = BAD},
		{.phrase = "rbl", .category = BLOCKED, .weight = 50, .words = true},
		RBF_RULES_SHADOWED},
	{"a word at the end, where more letters may follow", {.phrase = "in rbl", .category = BAD},
		{.phrase = "rbl", .category = BLOCKED, .weight = 50, .words = true}, -1},
	{"a plain word in a name", {.phrase = "x.rbl.example", .category = BAD},
		{.phrase = "rbl", .category = BLOCKED, .weight = 50}, -1},
	{"another code", {.phrase = "user gone", .category = BAD},
		{.phrase = "user gone", .category = FULL, .code = 552}, -1},
	{"the class of the code", {.phrase = "user gone", .category = BAD, .code = 552},
		{.phrase = "user gone", .category = FULL, .code = 5, .weight = 50},
		RBF_RULES_SHADOWED},
	{"another class", {.phrase = "user gone", .category = BAD, .code = 452},
		{.phrase = "user gone", .category = FULL, .code = 5, .weight = 50}, -1},
	{"any detail", {.phrase = "user gone", .category = BAD, .enhanced = "5.1.1"},
		{.phrase = "user gone", .category = FULL, .enhanced = "*.1.*", .weight = 50},
		RBF_RULES_SHADOWED},
	{"another detail", {.phrase = "user gone", .category = BAD, .enhanced = "5.1.1"},
		{.phrase = "user gone", .category = FULL, .enhanced = "5.1.2", .weight = 50}, -1},
	{"a general rule before a provider's own",
		{.phrase = "user gone", .category = BAD, .provider = 1},
		{.phrase = "user gone", .category = FULL, .weight = 100}, -1},
	{"another provider's", {.phrase = "user gone", .category = BAD, .provider = 0},
		{.phrase = "user gone", .category = FULL, .provider = 2, .weight = 50},
		RBF_RULES_SHADOWED},
	{"another provider's that holds there alone", {.phrase = "user gone", .category = BAD},
		{.phrase = "user gone",
			.category = FULL,
			.provider = 2,
			.weight = 50,
			.only_here = true},
		-1},
	{"at another stage", {.phrase = "user gone", .category = BAD},
		{.phrase = "user gone", .category = FULL, .stage = REBUFF_STAGE_DATA, .weight = 50},
		-1},
	{"silent before RCPT", {.phrase = "user gone", .category = BLOCKED},
		{.phrase = "user gone", .category = FULL, .weight = 50}, -1},
	{"codes alone", {.enhanced = "5.1.1", .category = BAD, .confidence = 0.6},
		{.enhanced = "*.1.*", .category = FULL, .confidence = 0.8}, RBF_RULES_SHADOWED},
	{"codes alone, the narrow one surer",
		{.enhanced = "5.1.1", .category = BAD, .confidence = 0.8},
		{.enhanced = "*.1.*", .category = FULL, .confidence = 0.6}, -1},
	{"a phrase is no code", {.enhanced = "5.1.1", .category = BAD},
		{.phrase = "gone", .category = FULL}, -1},
};

static void test_findings(void **state)
{
	size_t wrong = 0;
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		for (int swapped = 0; swapped < 2; swapped++) {
			rebuff_error err;
			seen got = {.kind = -1};
			rbf_rules *r = rbf_rules_new();
			if (swapped)
				add(r, &rows[i].second, "second:2");
			add(r, &rows[i].first, "first:1");
			if (!swapped)
				add(r, &rows[i].second, "second:2");
			assert_int_equal(rbf_rules_seal(r, &err), REBUFF_OK);
			size_t n = rbf_rules_conflicts(r, keep, &got);
			rbf_rules_free(r);
			/* Of two equal ones the later is told of. */
			const char *about = rows[i].want == RBF_RULES_SHADOWED || swapped
				? "first:1"
				: "second:2";
			if (got.kind == rows[i].want && n == (rows[i].want >= 0) &&
				(n == 0 || strcmp(got.origin, about) == 0))
				continue;
			print_error("%s%s: got %zu, kind %d about %s, want kind %d\n", rows[i].name,
				swapped ? " (swapped)" : "", n, got.kind, got.origin, rows[i].want);
			wrong++;
		}
	assert_row_int("findings otherwise", wrong, 0);
}

static void write_file(const char *folder, const char *name, const char *text)
{
	char path[256];
	(void)snprintf(path, sizeof path, "%s/%s", folder, name);
	FILE *f = fopen(path, "w");
	assert_non_null(f);
	assert_true(fputs(text, f) >= 0);
	assert_int_equal(fclose(f), 0);
}

/* The line of the phrase; of the file's own statement when a function made the phrase. */
static void test_places(void **state)
{
	static const char text[] =
		"local rules = rebuff.rules\n" /* 1 */
		"local function say(any)\n" /* 2 */
		"	rules:add { category = \"policy\", source = \"t\", any = any }\n"
		"end\n" /* 4 */
		"say { \"phrase one\",\n" /* 5 */
		"	\"phrase two\", \"phrase three\" }\n" /* 6 */
		"say { \"phrase \" .. \"four\" }\n" /* 7 */
		"rules:add { category = \"policy\", source = \"t\", any = {\n" /* 8 */
		"	\"phrase five\",\n" /* 9 */
		"	{ \"phrase two\", \"again\" },\n" /* 10 */
		"	\"phrase six\",\n" /* 11 */
		"} }\n";
	static const struct {
		const char *reply, *want;
	} places[] = {{"550 phrase one", ":5"}, {"550 phrase two", ":6"},
		{"550 phrase three", ":6"}, {"550 phrase four", ":7"}, {"550 phrase five", ":9"},
		{"550 phrase two again", ":10"}, {"550 phrase six", ":11"}};
	char folder[] = "/tmp/rebuff-places-XXXXXX", inner[64];
	rbf_config *c;
	rebuff_error err;
	(void)state;
	assert_non_null(mkdtemp(folder));
	(void)snprintf(inner, sizeof inner, "%s/rules", folder);
	assert_int_equal(mkdir(inner, 0700), 0);
	write_file(inner, "test.lua", text);
	if (rbf_config_load("lua", folder, 0, &(rebuff_log){0}, &c, &err) != REBUFF_OK)
		fail_msg("%s", err.text);
	for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
		rbf_reply reply;
		rebuff_classification got;
		rbf_reply_parse(rbf_span_of(places[i].reply), &reply);
		rbf_classify(c->rules, &reply, -1, REBUFF_STAGE_UNKNOWN, &got, NULL, NULL);
		const char *line = strrchr(got.rule, ':');
		assert_row_str(places[i].reply, line ? line : got.rule, places[i].want);
	}
	rbf_config_unref(c);
	(void)snprintf(inner, sizeof inner, "%s/rules/test.lua", folder);
	assert_int_equal(unlink(inner), 0);
	(void)snprintf(inner, sizeof inner, "%s/rules", folder);
	assert_int_equal(rmdir(inner), 0);
	assert_int_equal(rmdir(folder), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_findings), cmocka_unit_test(test_places)};
	return cmocka_run_group_tests_name("classify/conflicts", tests, NULL, NULL);
}
