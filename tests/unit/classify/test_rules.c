/* test_rules.c - the shipped rules: known replies, and every rule against its own words. */
#include "unit.h"
#include <stdio.h>
#include <stdlib.h>

#include "base/span.h"
#include "classify/rules.h"
#include "script/script.h"

static rbf_config *load(void)
{
	rbf_config *c;
	rebuff_error err;
	if (rbf_config_load("lua", "", 0, &(rebuff_log){0}, &c, &err) != REBUFF_OK)
		fail_msg("%s", err.text);
	return c;
}

static void unescape(char *s)
{
	char *to = s;
	for (; *s; s++)
		if (s[0] == '\\' && s[1] == 'n') {
			*to++ = '\n';
			s++;
		} else {
			*to++ = *s;
		}
	*to = '\0';
}

static bool is_among(const char *list, const char *name)
{
	rebuff_span rest = rbf_span_of(list);
	while (rest.p)
		if (rbf_span_eq(rbf_span_split(&rest, '|'), rbf_span_of(name)))
			return true;
	return false;
}

/* tests/data/replies.tsv: category|category TAB reply, of servers without a known provider. */
static void test_known_replies(void **state)
{
	(void)state;
	rbf_config *c = load();
	FILE *f = fopen("tests/data/replies.tsv", "r");
	char line[4096];
	size_t n = 0, wrong = 0;
	assert_non_null(f);
	while (fgets(line, sizeof line, f)) {
		char *tab = strchr(line, '\t');
		rbf_reply reply;
		rebuff_classification got;
		if (line[0] == '#' || !tab)
			continue;
		*tab = '\0';
		tab[strcspn(tab + 1, "\n") + 1] = '\0';
		unescape(tab + 1);
		rbf_reply_parse(rbf_span_of(tab + 1), &reply);
		rbf_classify(c->rules, &reply, -1, REBUFF_STAGE_UNKNOWN, &got, NULL, NULL);
		n++;
		if (!is_among(line, rebuff_category_name(got.category))) {
			print_error("%s: got %s (%s), want %s\n", tab + 1,
				rebuff_category_name(got.category), got.rule, line);
			wrong++;
		}
	}
	(void)fclose(f);
	rbf_config_unref(c);
	assert_true(n > 300);
	assert_row_int("replies read otherwise than written down", wrong, 0);
}

/* A reply made of a rule's own conditions and words. */
static void reply_of(const rbf_rules *r, const rbf_sealed *s, char out[2048])
{
	unsigned code = s->code > 5 ? s->code : s->code ? s->code * 100U + 50 : 550;
	unsigned class_ = s->class_ ? s->class_ : code / 100;
	int n = snprintf(out, 2048, "%u ", code);
	if (s->enhanced)
		n += snprintf(out + n, (size_t)(2048 - n), "%u.%u.%u ", class_,
			s->subject == RBF_ANY ? 0U : s->subject,
			s->detail == RBF_ANY ? 0U : s->detail);
	for (int i = 0; i < s->phrase_n; i++)
		n += snprintf(out + n, (size_t)(2048 - n), "%s%s", i ? " " : "",
			rbf_rules_text(r, s->text[i]));
}

/* A rule that another one always beats does nothing but mislead. */
static void test_no_rule_is_shadowed(void **state)
{
	(void)state;
	rbf_config *c = load();
	size_t shadowed = 0;
	for (size_t i = 0; i < c->rules->n; i++) {
		const rbf_sealed *s = &c->rules->rules[i];
		rbf_reply reply;
		rebuff_classification got;
		char text[2048];
		if (!s->phrase_n)
			continue;
		reply_of(c->rules, s, text);
		rbf_reply_parse(rbf_span_of(text), &reply);
		rbf_classify(
			c->rules, &reply, s->provider, (rebuff_stage)s->stage, &got, NULL, NULL);
		if (got.category == (rebuff_category)s->category || s->confidence < 0.5F)
			continue;
		print_error("%s: \"%s\" is %s by %s, not %s\n", rbf_rules_text(c->rules, s->origin),
			text, rebuff_category_name(got.category), got.rule,
			rebuff_category_name((rebuff_category)s->category));
		shadowed++;
	}
	rbf_config_unref(c);
	assert_row_int("shadowed rules", shadowed, 0);
}

static void show_finding(void *ud, const rbf_rules_finding *f)
{
	static const char *const kinds[] = {
		"conflicts with", "is shadowed by", "is superfluous beside"};
	(void)ud;
	print_error("%s: %s (\"%s%s%s\") %s %s: %s\n", f->origin, rebuff_category_name(f->category),
		f->phrase_n ? f->phrase[0] : "codes", f->phrase_n > 1 ? " ... " : "",
		f->phrase_n > 1 ? f->phrase[1] : "", kinds[f->kind], f->by,
		rebuff_category_name(f->by_category));
}

/* Among what is shipped each rule can decide, and no two contradict each other. */
static void test_no_conflicts(void **state)
{
	(void)state;
	rbf_config *c = load();
	size_t n = rbf_rules_conflicts(c->rules, show_finding, NULL);
	rbf_config_unref(c);
	assert_row_int("rules that can never decide", n, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_known_replies),
		cmocka_unit_test(test_no_rule_is_shadowed), cmocka_unit_test(test_no_conflicts)};
	return cmocka_run_group_tests_name("classify/rules", tests, NULL, NULL);
}
