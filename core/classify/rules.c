/* rules.c - collect rules, check them, and lay them out for classify.c. */
#include "classify/rules.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/error.h"
#include "base/span.h"

rbf_rules *rbf_rules_new(void)
{
	return calloc(1, sizeof(rbf_rules));
}

void rbf_rules_free(rbf_rules *r)
{
	if (!r)
		return;
	rbf_automaton_free(r->automaton);
	free(r->rules);
	free(r->pool);
	free(r->literals);
	free(r->single);
	free(r->later);
	free(r->by_code.first);
	free(r->by_code.list);
	free(r->by_enhanced.first);
	free(r->by_enhanced.list);
	rbf_guess_free(r->guess);
	free(r);
}

size_t rbf_rules_count(const rbf_rules *r)
{
	return r->n;
}

/* ---- adding
 * -------------------------------------------------------------------------------------- */

static bool grow(void **p, size_t *cap, size_t need, size_t size)
{
	if (need <= *cap)
		return true;
	size_t now = *cap ? *cap * 2 : 64;
	while (now < need)
		now *= 2;
	void *q = realloc(*p, now * size);
	if (!q)
		return false;
	*p = q;
	*cap = now;
	return true;
}

/* Copy into the pool with a final NUL. */
static bool keep(rbf_rules *r, rebuff_span s, uint32_t *offset)
{
	if (!grow((void **)&r->pool, &r->pool_cap, r->pool_n + s.len + 1, 1))
		return false;
	*offset = (uint32_t)r->pool_n;
	if (s.len)
		memcpy(r->pool + r->pool_n, s.p, s.len);
	r->pool[r->pool_n + s.len] = '\0';
	r->pool_n += s.len + 1;
	return true;
}

/* A phrase as the automaton sees replies: lower case, one space for each run of white space, no
 * quotes. */
static size_t normalise(char out[RBF_LITERAL_MAX], rebuff_span s)
{
	size_t n = 0, quote;
	for (size_t i = 0; i < s.len && n < RBF_LITERAL_MAX; i++) {
		if ((quote = rbf_quote_at(s, i))) {
			i += quote - 1;
			continue;
		}
		unsigned char c = rbf_lower((unsigned char)s.p[i]);
		bool blank = c <= ' ' || c == 0x7f;
		if (!blank)
			out[n++] = (char)c;
		else if (n == 0 || out[n - 1] != ' ')
			out[n++] = ' ';
	}
	return n;
}

static bool read_part(rebuff_span *rest, uint16_t *out)
{
	uint64_t v;
	rebuff_span part = rbf_span_split(rest, '.');
	if (rbf_span_eq(part, RBF_LIT("*"))) {
		*out = RBF_ANY;
		return true;
	}
	if (!rbf_span_u64(part, 999, &v))
		return false;
	*out = (uint16_t)v;
	return true;
}

/* "5.1.1", "*.1.1", "5.7.*", "*.1.*" */
static bool read_enhanced(const char *text, rbf_sealed *out)
{
	uint16_t class_ = RBF_ANY;
	rebuff_span rest = rbf_span_of(text);
	out->subject = out->detail = RBF_ANY;
	out->class_ = 0;
	out->enhanced = rest.len > 0;
	if (rest.len == 0)
		return true;
	if (!read_part(&rest, &class_) || !rest.p || !read_part(&rest, &out->subject) || !rest.p ||
		!read_part(&rest, &out->detail) || rest.p)
		return false;
	if (class_ != RBF_ANY && class_ != 4 && class_ != 5)
		return false;
	if (out->subject == RBF_ANY && out->detail != RBF_ANY)
		return false;
	out->class_ = class_ == RBF_ANY ? 0 : (uint8_t)class_;
	return true;
}

/* How much a rule asks for: the letters of its phrases, and what it says about codes and stage. */
static uint16_t strength(const rbf_rules *r, const rbf_rule *rule, const rbf_sealed *s)
{
	int n = rule->weight;
	for (uint32_t i = 0; i < s->phrase_n; i++)
		n += (int)strlen(rbf_rules_text(r, s->text[i]));
	n += s->code > 5 ? 6 : s->code ? 2 : 0;
	n += s->enhanced ? (s->detail != RBF_ANY ? 10 : 4) + (s->class_ ? 2 : 0) : 0;
	n += s->stage != REBUFF_STAGE_UNKNOWN ? 4 : 0;
	return (uint16_t)(n < 0 ? 0 : n);
}

static rebuff_status check(const rbf_rule *rule, const rbf_sealed *s, rebuff_error *err)
{
	char where[REBUFF_RULE_MAX];
	(void)rbf_span_escape(where, sizeof where, rule->origin);
	if (rule->phrase_n > RBF_PHRASES_MAX)
		return rbf_fail(err, REBUFF_EARG, "%s: %u phrases, expected at most %d", where,
			rule->phrase_n, RBF_PHRASES_MAX);
	if (rule->code != 0 && rule->code != 4 && rule->code != 5 &&
		(rule->code < 400 || rule->code > 599))
		return rbf_fail(err, REBUFF_EARG,
			"%s: code %u, expected 400 to 599, or 4 or 5 for the class", where,
			rule->code);
	if (rule->phrase_n == 0 && rule->code == 0 && !s->enhanced)
		return rbf_fail(err, REBUFF_EARG,
			"%s: a rule needs a phrase, a code or an enhanced code", where);
	if ((unsigned)rule->category >= REBUFF_CATEGORY_N ||
		(unsigned)rule->stage >= REBUFF_STAGE_N || rule->fault >= REBUFF_FAULT_N ||
		rule->action >= REBUFF_ACTION_N || (unsigned)rule->scope >= REBUFF_SCOPE_N ||
		rule->provider > INT16_MAX)
		return rbf_fail(err, REBUFF_EARG, "%s: a value is out of range", where);
	if (!(rule->confidence > 0 && rule->confidence <= 1))
		return rbf_fail(err, REBUFF_EARG,
			"%s: confidence %g, expected over 0 and at most 1", where,
			rule->confidence);
	if (rule->weight < -100 || rule->weight > 100)
		return rbf_fail(err, REBUFF_EARG, "%s: weight %d, expected -100 to 100", where,
			rule->weight);
	return REBUFF_OK;
}

static rebuff_status keep_phrases(
	rbf_rules *r, const rbf_rule *rule, rbf_sealed *s, rebuff_error *err)
{
	char text[RBF_LITERAL_MAX], where[REBUFF_RULE_MAX];
	(void)rbf_span_escape(where, sizeof where, rule->origin);
	for (uint32_t i = 0; i < rule->phrase_n; i++) {
		if (rule->phrase[i].len > RBF_LITERAL_MAX)
			return rbf_fail(err, REBUFF_EARG,
				"%s: a phrase of %zu bytes, expected at most %d", where,
				rule->phrase[i].len, RBF_LITERAL_MAX);
		size_t n = normalise(text, rule->phrase[i]);
		if (n == 0 || (n == 1 && text[0] == ' '))
			return rbf_fail(err, REBUFF_EARG, "%s: a phrase is empty", where);
		if (!keep(r, (rebuff_span){text, n}, &s->text[i]))
			return rbf_fail(err, REBUFF_ENOMEM, "no memory for rules");
	}
	s->phrase_n = (uint8_t)rule->phrase_n;
	return REBUFF_OK;
}

/* What the answer shows as the words that decided, printable. */
static bool keep_evidence(rbf_rules *r, rbf_sealed *s)
{
	char text[REBUFF_TEXT_MAX];
	size_t n = 0;
	text[0] = '\0';
	for (uint8_t i = 0; i < s->phrase_n && n + 5 < sizeof text; i++) {
		if (i) {
			memcpy(text + n, " ... ", 5);
			n += 5;
		}
		(void)rbf_span_escape(
			text + n, sizeof text - n, rbf_span_of(rbf_rules_text(r, s->text[i])));
		n += strlen(text + n);
	}
	s->evidence_len = (uint16_t)n;
	return keep(r, (rebuff_span){text, n}, &s->evidence);
}

rebuff_status rbf_rules_add(rbf_rules *r, const rbf_rule *rule, rebuff_error *err)
{
	rbf_sealed s = {.code = rule->code,
		.provider = (int16_t)(rule->provider < 0 ? -1 : rule->provider),
		.stage = (uint8_t)rule->stage,
		.category = (uint8_t)rule->category,
		.scope = (uint8_t)rule->scope,
		.fault = (int8_t)rule->fault,
		.action = (int8_t)rule->action,
		.confidence = (float)rule->confidence,
		.words = rule->words,
		.only_here = rule->only_here,
		.operators = rule->operators};
	if (r->sealed)
		return rbf_fail(err, REBUFF_EARG, "the rules are sealed");
	if (r->n == RBF_RULES_MAX)
		return rbf_fail(err, REBUFF_ELIMIT, "more than %d rules", RBF_RULES_MAX);
	if (!read_enhanced(rule->enhanced, &s))
		return rbf_fail(err, REBUFF_EARG,
			"%.*s: enhanced \"%.15s\", expected a form like \"5.1.1\", \"*.1.1\" or "
			"\"5.7.*\"",
			(int)rule->origin.len, rule->origin.p, rule->enhanced);
	rebuff_status status = check(rule, &s, err);
	if (status == REBUFF_OK)
		status = keep_phrases(r, rule, &s, err);
	if (status != REBUFF_OK)
		return status;
	uint32_t behind;
	s.strength = strength(r, rule, &s);
	s.blames_recipient = rbf_rules_fault(&s) == REBUFF_FAULT_RECIPIENT;
	if (!keep_evidence(r, &s) || !keep(r, rule->origin, &s.origin) ||
		!keep(r, rule->source, &behind) || !keep(r, rule->note, &behind) ||
		!grow((void **)&r->rules, &r->cap, r->n + 1, sizeof *r->rules))
		return rbf_fail(err, REBUFF_ENOMEM, "no memory for rules");
	s.origin_len = (uint16_t)strnlen(rbf_rules_text(r, s.origin), REBUFF_RULE_MAX);
	r->rules[r->n++] = s;
	return REBUFF_OK;
}

/* ---- sealing
 * ------------------------------------------------------------------------------------- */

/* One phrase of one rule, for giving equal ones the same literal. */
typedef struct {
	const char *p;
	uint32_t rule;
	uint16_t len;
	uint8_t part;
	bool words;
} phrase;

static int by_text(const void *va, const void *vb)
{
	const phrase *a = va, *b = vb;
	if (a->len != b->len)
		return a->len < b->len ? -1 : 1;
	int order = memcmp(a->p, b->p, a->len);
	return order ? order : (int)a->words - (int)b->words;
}

static size_t collect_phrases(const rbf_rules *r, phrase *out)
{
	size_t n = 0;
	for (size_t i = 0; i < r->n; i++)
		for (uint8_t k = 0; k < r->rules[i].phrase_n; k++, n++) {
			const char *text = rbf_rules_text(r, r->rules[i].text[k]);
			if (out)
				out[n] = (phrase){text, (uint32_t)i, (uint16_t)strlen(text), k,
					r->rules[i].words};
		}
	return n;
}

/* Letters and hyphens alone. */
static bool is_plain(const phrase *p)
{
	for (uint16_t i = 0; i < p->len; i++)
		if (!rbf_is_alpha((unsigned char)p->p[i]) && p->p[i] != '-')
			return false;
	return true;
}

/* Find the literals; texts[] becomes what the automaton is to find. */
static void collect_literals(rbf_rules *r, const phrase *phrases, size_t n, rbf_literal *texts)
{
	for (size_t i = 0; i < n; i++) {
		if (i == 0 || by_text(&phrases[i - 1], &phrases[i]) != 0) {
			texts[r->literal_n].text = (rebuff_span){phrases[i].p, phrases[i].len};
			r->literals[r->literal_n++] = (rbf_sealed_literal){.len = phrases[i].len,
				.words = phrases[i].words,
				.plain = is_plain(&phrases[i])};
		}
		size_t id = r->literal_n - 1;
		const rbf_sealed_literal *l = &r->literals[id];
		r->rules[phrases[i].rule].literal[phrases[i].part] = (uint32_t)id;
		/* The first place that is found may be one that does not count. */
		texts[id].repeat = texts[id].repeat || phrases[i].part > 0 || l->words || l->plain;
	}
}

/* Behind the literals: the words by which facts are known. */
static size_t add_marks(rbf_rules *r, rbf_literal *texts)
{
	size_t n = rbf_marks(r->marks);
	for (size_t i = 0; i < n; i++)
		texts[i] = (rbf_literal){.text = {r->marks[i].text, r->marks[i].len},
			.repeat = r->marks[i].whole || r->marks[i].kind == RBF_MARK_TAG};
	return n;
}

static bool seal_literals(rbf_rules *r, phrase *phrases, size_t n)
{
	rbf_literal *texts = calloc(n + RBF_MARKS_MAX, sizeof *texts);
	r->literals = calloc(n + 1, sizeof *r->literals);
	bool ok = texts && r->literals;
	if (n)
		qsort(phrases, n, sizeof *phrases, by_text);
	if (ok) {
		collect_literals(r, phrases, n, texts);
		size_t marks = add_marks(r, texts + r->literal_n);
		r->automaton = rbf_automaton_build(texts, r->literal_n + marks);
	}
	free(texts);
	return ok && r->automaton;
}

/* Lay the rules out by key (key_of returns SIZE_MAX for those that do not belong). */
static bool make_index(
	const rbf_rules *r, rbf_index *out, size_t keys, size_t (*key_of)(const rbf_sealed *))
{
	out->first = calloc(keys + 2, sizeof *out->first);
	out->list = calloc(r->n + 1, sizeof *out->list);
	if (!out->first || !out->list)
		return false;
	for (size_t i = 0; i < r->n; i++) {
		size_t key = key_of(&r->rules[i]);
		if (key < keys)
			out->first[key + 2]++;
	}
	for (size_t k = 2; k < keys + 2; k++)
		out->first[k] += out->first[k - 1];
	for (size_t i = 0; i < r->n; i++) {
		size_t key = key_of(&r->rules[i]);
		if (key < keys)
			out->list[out->first[key + 1]++] = (uint32_t)i;
	}
	return true;
}

static size_t literal_key(const rbf_sealed *s)
{
	return s->phrase_n == 1 ? s->literal[0] : SIZE_MAX;
}

static bool seal_beginnings(rbf_rules *r)
{
	rbf_index one = {NULL, NULL};
	r->single = calloc(r->n + 1, sizeof *r->single);
	bool ok = r->single && make_index(r, &one, r->literal_n, literal_key);
	for (size_t l = 0; ok && l <= r->literal_n; l++)
		r->literals[l].first = one.first[l];
	for (size_t i = 0; ok && i < one.first[r->literal_n]; i++) {
		const rbf_sealed *s = &r->rules[one.list[i]];
		r->single[i] = (rbf_single){.rank = s->only_here ? 0 : s->rank,
			.rule = one.list[i],
			.provider = s->provider < 0 ? RBF_NOBODY : s->provider,
			.category = s->category};
	}
	free(one.first);
	free(one.list);
	return ok;
}

/* Those that begin rules of several phrases are marked with a 1. Of the rest, the automaton reports
 * some once at most: nothing is to be remembered of them. */
static void number_literals(rbf_rules *r)
{
	for (size_t l = 0; l < r->literal_n; l++) {
		rbf_sealed_literal *s = &r->literals[l];
		if (s->number || s->later || s->words || s->plain)
			s->number = (uint16_t)++r->numbered;
	}
}

/* Lay out what goes on with each literal: `later` is first the end of its part, and comes to be its
 * start as the part is filled from behind. */
static bool seal_later(rbf_rules *r)
{
	uint32_t n = 0, before;
	for (size_t i = 0; i < r->n; i++)
		for (uint8_t k = 1; k < r->rules[i].phrase_n; k++) {
			r->literals[r->rules[i].literal[0]].number = 1;
			r->literals[r->rules[i].literal[k]].later++;
		}
	number_literals(r);
	for (size_t l = 0; l <= r->literal_n; l++)
		n = r->literals[l].later += n;
	r->later_n = n;
	if (!(r->later = calloc(n + 1, sizeof *r->later)))
		return false;
	for (size_t i = r->n; i-- > 0;) {
		const rbf_sealed *s = &r->rules[i];
		before = r->literals[s->literal[0]].number;
		for (uint8_t k = 1; k < s->phrase_n; k++) {
			uint32_t at = --r->literals[s->literal[k]].later;
			r->later[at] = (rbf_later){(uint32_t)i, before, k + 1 == s->phrase_n};
			before = (uint32_t)r->numbered + 1 + at;
		}
	}
	return true;
}

static size_t code_key(const rbf_sealed *s)
{
	return s->phrase_n == 0 && !s->enhanced ? rbf_code_key(s->code) + s->stage : SIZE_MAX;
}

static size_t enhanced_key(const rbf_sealed *s)
{
	return !s->phrase_n && s->enhanced ? rbf_enhanced_key(s->subject, s->detail) : SIZE_MAX;
}

rebuff_status rbf_rules_seal(rbf_rules *r, rebuff_error *err)
{
	size_t n = collect_phrases(r, NULL);
	if (r->sealed)
		return rbf_fail(err, REBUFF_EARG, "the rules are sealed");
	if (n > RBF_LITERALS_MAX - RBF_MARKS_MAX)
		return rbf_fail(err, REBUFF_ELIMIT, "more than %d phrases",
			RBF_LITERALS_MAX - RBF_MARKS_MAX);
	phrase *phrases = calloc(n + 1, sizeof *phrases);
	for (size_t i = 0; i < r->n; i++)
		r->rules[i].rank = rbf_rules_rank(&r->rules[i], -1);
	bool ok = phrases && collect_phrases(r, phrases) == n && seal_literals(r, phrases, n) &&
		seal_beginnings(r) && seal_later(r) &&
		make_index(r, &r->by_code, RBF_CODE_LISTS, code_key) &&
		make_index(r, &r->by_enhanced, RBF_ENHANCED_LISTS, enhanced_key);
	r->guess = ok ? rbf_guess_new(rbf_guess_rows, rbf_guess_row_n) : NULL;
	ok = ok && r->guess;
	free(phrases);
	if (!ok)
		return rbf_fail(err, REBUFF_ENOMEM, "no memory for rules");
	r->sealed = true;
	return REBUFF_OK;
}
