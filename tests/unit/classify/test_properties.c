/* test_properties.c - what must hold for every reply, tried with some thousands that are made from
 * the shipped rules' own words, from words that nobody knows, and from bytes. */
#include "unit.h"
#include <stdio.h>
#include <stdlib.h>

#include "base/span.h"
#include "classify/rules.h"
#include "script/script.h"

enum { CASES = 4000, TEXT = 6000, PIECES = 40 };

static uint64_t seed = 0x2545f4914f6cdd1dU;

static uint32_t number(uint32_t below)
{
	seed ^= seed >> 12;
	seed ^= seed << 25;
	seed ^= seed >> 27;
	return (uint32_t)((seed * 2685821657736338717U) >> 33) % below;
}

static rbf_config *config;

static int load(void **state)
{
	rebuff_error err;
	(void)state;
	if (rbf_config_load("lua", "", 0, &(rebuff_log){0}, &config, &err) != REBUFF_OK)
		fail_msg("%s", err.text);
	return 0;
}

static int unload(void **state)
{
	(void)state;
	rbf_config_unref(config);
	return 0;
}

/* ---- made replies -------------------------------------------------------------------------- */

typedef struct {
	unsigned code; /* 0: none */
	char enhanced[16]; /* "" or "5.1.1" */
	char word[PIECES][256]; /* separated by spaces where the text may be broken */
	size_t word_n;
	int provider;
	rebuff_stage stage;
} made;

/* Letters that no language puts side by side: no rule has them. */
static void unknown_word(char *out)
{
	size_t n = 4 + number(6);
	for (size_t i = 0; i < n; i++)
		out[i] = "qxzjvwk"[number(7)];
	out[n] = '\0';
}

static void add_words(made *m, const char *text)
{
	rebuff_span rest = rbf_span_trim(rbf_span_of(text));
	while (rest.p && m->word_n < PIECES) {
		rebuff_span word = rbf_span_split(&rest, ' ');
		if (word.len)
			(void)rbf_span_copy(m->word[m->word_n++], sizeof *m->word, word);
	}
}

static void add_phrases(made *m)
{
	const rbf_rules *r = config->rules;
	const rbf_sealed *s = &r->rules[number((uint32_t)r->n)];
	for (int i = 0; i < s->phrase_n; i++) {
		const char *text = rbf_rules_text(r, s->text[i]);
		/* What looks like an enhanced code is one at the start of a line. */
		if (strstr(text, ".1.") || strstr(text, ".7."))
			continue;
		add_words(m, text);
		if (number(3) == 0 && m->word_n < PIECES)
			unknown_word(m->word[m->word_n++]);
	}
	if (number(2))
		m->provider = s->provider;
}

static made make(void)
{
	static const char *const between[] = {"<bob@example.org>", "192.0.2.7", "mx.example.net",
		"https://example.org/x?y=1", "(see", "below)", "[id]", "7", "and", "the"};
	made m = {.provider = -1};
	m.code = number(8) == 0 ? 0 : 400 + number(2) * 100 + number(60);
	m.stage = (rebuff_stage)number(REBUFF_STAGE_N);
	if (m.code && number(2))
		(void)snprintf(m.enhanced, sizeof m.enhanced, "%u.%u.%u",
			number(8) ? m.code / 100 : 4 + number(2), number(8), number(12));
	for (uint32_t i = 0, n = 1 + number(4); i < n; i++) {
		if (number(4))
			add_phrases(&m);
		else if (m.word_n < PIECES)
			add_words(&m, between[number(10)]);
	}
	/* A dash before the words is no word ("550 - no"), nor is a type ("smtp; no"). */
	if (m.word_n == 0 || m.word[0][0] == '-' || strchr(m.word[0], ';'))
		unknown_word(m.word[m.word_n ? 0 : m.word_n++]);
	return m;
}

static void append(char *out, const char *text)
{
	size_t n = strlen(out);
	(void)snprintf(out + n, TEXT - n, "%s", text);
}

static void open_line(const made *m, char *out, const char *separator, bool enhanced)
{
	char code[8];
	(void)snprintf(code, sizeof code, "%03u%s", m->code, separator);
	if (m->code)
		append(out, code);
	if (m->code && m->enhanced[0] && enhanced) {
		append(out, m->enhanced);
		append(out, " ");
	}
}

static void write_plain(const made *m, char out[TEXT])
{
	out[0] = '\0';
	open_line(m, out, " ", true);
	for (size_t i = 0; i < m->word_n; i++) {
		append(out, i ? " " : "");
		append(out, m->word[i]);
	}
}

static rebuff_classification classify(const made *m, const char *text)
{
	rbf_reply reply;
	rebuff_classification c;
	rbf_reply_parse(rbf_span_of(text), &reply);
	rbf_classify(config->rules, &reply, m->provider, m->stage, &c, NULL, NULL);
	return c;
}

/* The meaning, without the facts that the text states. */
static void assert_same(const char *property, const char *before, const char *after,
	const rebuff_classification *a, const rebuff_classification *b)
{
	if (a->code == b->code && strcmp(a->enhanced, b->enhanced) == 0 &&
		a->category == b->category && a->fault == b->fault && a->action == b->action &&
		a->scope == b->scope && a->permanent == b->permanent &&
		a->confidence == b->confidence && strcmp(a->rule, b->rule) == 0 &&
		a->runner_up == b->runner_up && strcmp(a->runner_up_rule, b->runner_up_rule) == 0 &&
		strcmp(a->evidence, b->evidence) == 0)
		return;
	fail_msg("%s: \"%s\" is %u %s %s by %s (%s), then %s; \"%s\" is %u %s %s by %s (%s), then "
		 "%s",
		property, before, a->code, a->enhanced, rebuff_category_name(a->category), a->rule,
		a->evidence, a->runner_up_rule, after, b->code, b->enhanced,
		rebuff_category_name(b->category), b->rule, b->evidence, b->runner_up_rule);
}

/* ---- properties ---------------------------------------------------------------------------- */

static void add_unknown(const made *m, char out[TEXT])
{
	char word[16];
	out[0] = '\0';
	open_line(m, out, " ", true);
	for (uint32_t i = number(4); i > 0; i--) {
		unknown_word(word);
		append(out, word);
		append(out, " ");
	}
	for (size_t i = 0; i < m->word_n; i++) {
		append(out, i ? " " : "");
		append(out, m->word[i]);
	}
	for (uint32_t i = number(20); i > 0; i--) {
		unknown_word(word);
		append(out, " ");
		append(out, word);
	}
}

static void test_unknown_text_changes_nothing(void **state)
{
	char before[TEXT], after[TEXT];
	(void)state;
	for (int i = 0; i < CASES; i++) {
		made m = make();
		write_plain(&m, before);
		add_unknown(&m, after);
		rebuff_classification a = classify(&m, before), b = classify(&m, after);
		assert_same("text that no rule knows", before, after, &a, &b);
	}
}

static void test_case_changes_nothing(void **state)
{
	char before[TEXT], after[TEXT];
	(void)state;
	for (int i = 0; i < CASES; i++) {
		made m = make();
		write_plain(&m, before);
		write_plain(&m, after);
		for (char *p = after; *p; p++)
			if (rbf_is_alpha((unsigned char)*p) && number(2))
				*p ^= 0x20;
		rebuff_classification a = classify(&m, before), b = classify(&m, after);
		assert_same("case", before, after, &a, &b);
	}
}

/* The words broken into lines: wire lines with the code repeated, Exim's backslash-n, LF, lines
 * folded with a TAB, runs of white space; the enhanced code repeated or not. */
static void write_wrapped(const made *m, char out[TEXT])
{
	static const char *const breaks[] = {"\r\n", "\n", "\\n", "\r"};
	static const char *const spaces[] = {"  ", "\t", " \t ", "\r\n\t", "\n  "};
	const char *line_break = breaks[number(4)];
	bool repeat = number(2);
	out[0] = '\0';
	open_line(m, out, m->code ? "-" : "", true);
	for (size_t i = 0; i < m->word_n; i++) {
		bool last = i + 1 == m->word_n;
		append(out, m->word[i]);
		if (last)
			break;
		/* A number that opens a line is taken for a code. */
		if (number(3) == 0 && !rbf_is_digit((unsigned char)m->word[i + 1][0])) {
			append(out, line_break);
			open_line(m, out, "-", repeat);
		} else {
			append(out, number(3) ? " " : spaces[number(5)]);
		}
	}
}

static void test_wrapping_changes_nothing(void **state)
{
	char before[TEXT], after[TEXT];
	(void)state;
	for (int i = 0; i < CASES; i++) {
		made m = make();
		write_plain(&m, before);
		write_wrapped(&m, after);
		rebuff_classification a = classify(&m, before), b = classify(&m, after);
		assert_same("wrapping", before, after, &a, &b);
	}
}

/* In the words of a rule: two addresses side by side are not looked through. */
static bool has_address(const made *m)
{
	for (size_t i = 0; i < m->word_n; i++)
		if (strchr(m->word[i], '@'))
			return true;
	return false;
}

/* An address or quotes between the words of a phrase. */
static void test_addresses_and_quotes_change_nothing(void **state)
{
	/* No brackets: there are rules about what stands behind one ("> unknown"). */
	static const char *const what[] = {"xqz.b@example.com", "xqz@mail.example.com",
		"(xqz@example.com)", "'xqz@example.com'"};
	char before[TEXT], after[TEXT];
	(void)state;
	for (int i = 0; i < CASES; i++) {
		made m = make();
		size_t at = number((uint32_t)m.word_n);
		write_plain(&m, before);
		after[0] = '\0';
		open_line(&m, after, " ", true);
		for (size_t k = 0; k < m.word_n; k++) {
			bool quoted = m.code && number(4) == 0 && !strchr(m.word[k], '(');
			append(after, k ? " " : "");
			append(after, quoted ? "\"" : "");
			append(after, m.word[k]);
			append(after, quoted ? "\"" : "");
			if (k == at && !has_address(&m)) {
				append(after, " ");
				append(after, what[number(4)]);
			}
		}
		rebuff_classification a = classify(&m, before), b = classify(&m, after);
		assert_same("an address, quotes", before, after, &a, &b);
	}
}

static void test_before_rcpt_never_the_recipient(void **state)
{
	static const rebuff_stage early[] = {REBUFF_STAGE_CONNECT, REBUFF_STAGE_BANNER,
		REBUFF_STAGE_EHLO, REBUFF_STAGE_TLS, REBUFF_STAGE_AUTH, REBUFF_STAGE_MAIL};
	char text[TEXT];
	(void)state;
	for (int i = 0; i < CASES; i++) {
		made m = make();
		m.stage = early[number(6)];
		write_plain(&m, text);
		rebuff_classification c = classify(&m, text);
		if (c.fault == REBUFF_FAULT_RECIPIENT || c.action == REBUFF_ACTION_SUPPRESS ||
			c.action == REBUFF_ACTION_SOFT || c.permanent)
			fail_msg("at %s \"%s\" is %s, %s, %s by %s", rebuff_stage_name(m.stage),
				text, rebuff_category_name(c.category), rebuff_fault_name(c.fault),
				rebuff_action_name(c.action), c.rule);
	}
}

static void test_the_first_digit_decides_about_retry(void **state)
{
	char text[TEXT];
	(void)state;
	for (int i = 0; i < CASES; i++) {
		made m = make();
		unsigned class_ = 4 + number(2);
		m.code = class_ * 100 + number(60);
		(void)snprintf(m.enhanced, sizeof m.enhanced, "%u.%u.%u", 9 - class_, number(8),
			number(12));
		write_plain(&m, text);
		rebuff_classification c = classify(&m, text);
		bool waits = c.action == REBUFF_ACTION_RETRY || c.action == REBUFF_ACTION_SLOW;
		if (c.action != REBUFF_ACTION_HOLD && waits != (class_ == 4))
			fail_msg("\"%s\" is %s, %s by %s", text, rebuff_category_name(c.category),
				rebuff_action_name(c.action), c.rule);
		if (class_ == 4 && c.category == REBUFF_ADDRESS_BAD && c.permanent)
			fail_msg("\"%s\" is permanent by %s", text, c.rule);
	}
}

/* ---- the order of rules -------------------------------------------------------------------- */

static void write_part(char *out, size_t cap, uint16_t part)
{
	if (part == RBF_ANY)
		(void)snprintf(out, cap, "*");
	else
		(void)snprintf(out, cap, "%u", part % 1000U);
}

/* The rule as it was given. */
static rbf_rule original(const rbf_rules *r, const rbf_sealed *s)
{
	char parts[3][4];
	const char *origin = rbf_rules_text(r, s->origin);
	rbf_rule rule = {.phrase_n = s->phrase_n,
		.words = s->words,
		.code = s->code,
		.stage = (rebuff_stage)s->stage,
		.provider = s->provider,
		.only_here = s->only_here,
		.operators = s->operators,
		.category = (rebuff_category)s->category,
		.fault = s->fault,
		.action = s->action,
		.scope = (rebuff_scope)s->scope,
		.confidence = (double)s->confidence,
		.origin = rbf_span_of(origin)};
	for (int i = 0; i < s->phrase_n; i++)
		rule.phrase[i] = rbf_span_of(rbf_rules_text(r, s->text[i]));
	write_part(parts[0], sizeof *parts, s->class_ ? s->class_ : RBF_ANY);
	write_part(parts[1], sizeof *parts, s->subject);
	write_part(parts[2], sizeof *parts, s->detail);
	if (s->enhanced)
		(void)snprintf(rule.enhanced, sizeof rule.enhanced, "%s.%s.%s", parts[0], parts[1],
			parts[2]);
	return rule;
}

/* The shipped rules in another order; the weight shows in the strength alone. */
static rbf_rules *shuffled(void)
{
	const rbf_rules *r = config->rules;
	rbf_rules *out = rbf_rules_new();
	size_t *order = calloc(r->n, sizeof *order);
	rebuff_error err;
	for (size_t i = 0; i < r->n; i++) {
		size_t k = number((uint32_t)i + 1);
		order[i] = order[k];
		order[k] = i;
	}
	for (size_t i = 0; i < r->n; i++) {
		const rbf_sealed *s = &r->rules[order[i]];
		rbf_rule rule = original(r, s);
		if (rbf_rules_add(out, &rule, &err) != REBUFF_OK)
			fail_msg("%s", err.text);
		out->rules[out->n - 1].strength = s->strength;
	}
	free(order);
	if (rbf_rules_seal(out, &err) != REBUFF_OK)
		fail_msg("%s", err.text);
	return out;
}

static void test_order_of_rules_does_not_matter(void **state)
{
	char text[TEXT];
	(void)state;
	for (int round = 0; round < 4; round++) {
		rbf_rules *other = shuffled();
		for (int i = 0; i < CASES; i++) {
			made m = make();
			rbf_reply reply;
			rebuff_classification a, b;
			write_plain(&m, text);
			rbf_reply_parse(rbf_span_of(text), &reply);
			rbf_classify(config->rules, &reply, m.provider, m.stage, &a, NULL, NULL);
			rbf_classify(other, &reply, m.provider, m.stage, &b, NULL, NULL);
			assert_same("another order of rules", text, text, &a, &b);
		}
		rbf_rules_free(other);
	}
}

/* ---- any bytes ----------------------------------------------------------------------------- */

static bool is_text(const char *s, size_t cap)
{
	const char *end = memchr(s, '\0', cap);
	for (; end && s < end; s++)
		if ((unsigned char)*s < 0x20 || (unsigned char)*s == 0x7f)
			return false;
	return end;
}

static void check_ranges(const char *what, const rebuff_classification *c)
{
	bool ok = (c->code == 0 || (c->code >= 200 && c->code <= 599)) &&
		(unsigned)c->category < REBUFF_CATEGORY_N && (unsigned)c->fault < REBUFF_FAULT_N &&
		(unsigned)c->action < REBUFF_ACTION_N && (unsigned)c->scope < REBUFF_SCOPE_N &&
		(unsigned)c->runner_up < REBUFF_CATEGORY_N && c->confidence >= 0 &&
		c->confidence <= 1 && c->wait_s >= 0 && c->wait_s <= 86400 && c->fact_limit >= 0 &&
		is_text(c->enhanced, sizeof c->enhanced) && is_text(c->rule, sizeof c->rule) &&
		c->rule[0] && is_text(c->runner_up_rule, sizeof c->runner_up_rule) &&
		is_text(c->evidence, sizeof c->evidence) &&
		is_text(c->fact_ip, sizeof c->fact_ip) &&
		is_text(c->fact_address, sizeof c->fact_address) &&
		is_text(c->fact_list, sizeof c->fact_list) &&
		is_text(c->fact_url, sizeof c->fact_url) &&
		is_text(c->fact_domain, sizeof c->fact_domain) &&
		is_text(c->fact_auth, sizeof c->fact_auth) &&
		is_text(c->fact_tag, sizeof c->fact_tag);
	if (!ok)
		fail_msg("out of range for \"%s\": code %u, confidence %g, wait %lld, rule %s",
			what, c->code, c->confidence, (long long)c->wait_s, c->rule);
}

static void test_no_input_leaves_the_ranges(void **state)
{
	char text[TEXT];
	(void)state;
	for (int i = 0; i < CASES; i++) {
		made m = make();
		rbf_reply reply;
		rebuff_classification c;
		write_plain(&m, text);
		size_t n = number(3) ? strlen(text) : number(TEXT);
		for (uint32_t k = number(2) ? number(60) : (uint32_t)n; k > 0 && n; k--)
			text[number((uint32_t)n)] = (char)number(256);
		rbf_reply_parse((rebuff_span){text, n}, &reply);
		rbf_classify(config->rules, &reply, m.provider, m.stage, &c, NULL, NULL);
		check_ranges(text, &c);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_unknown_text_changes_nothing),
		cmocka_unit_test(test_case_changes_nothing),
		cmocka_unit_test(test_wrapping_changes_nothing),
		cmocka_unit_test(test_addresses_and_quotes_change_nothing),
		cmocka_unit_test(test_before_rcpt_never_the_recipient),
		cmocka_unit_test(test_the_first_digit_decides_about_retry),
		cmocka_unit_test(test_order_of_rules_does_not_matter),
		cmocka_unit_test(test_no_input_leaves_the_ranges)};
	return cmocka_run_group_tests_name("classify/properties", tests, load, unload);
}
