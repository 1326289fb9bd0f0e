/*
 * conflicts.c - rules that can never decide. Of each rule the shortest text that has its phrases is
 * scanned: whatever else is found in it is found wherever the rule is. What asks for no more than
 * the rule does, and ranks higher, always wins over it.
 */
#include <stdlib.h>

#include "base/span.h"
#include "classify/rules.h"
#include "classify/words.h"

enum {
	HITS_MAX = 2048,
	TEXT_MAX = RBF_PHRASES_MAX * (RBF_LITERAL_MAX + 2),
};

typedef struct {
	const rbf_rules *set;
	const rbf_sealed *rule; /* the one that is looked at */
	char text[TEXT_MAX];
	size_t len;
	size_t from[RBF_PHRASES_MAX], to[RBF_PHRASES_MAX]; /* where its phrases lie */
	rbf_hit hits[HITS_MAX];
	size_t hit_n;
	const rbf_sealed *best; /* the strongest of those that are always there too */
	void (*found)(void *ud, const rbf_rules_finding *f);
	void *ud;
	size_t found_n;
} search;

/* ---- is what one rule asks of the codes asked by the other too?
 * ----------------------------------------- */

static uint16_t class_of_code(uint16_t code)
{
	return code > 5 ? code / 100 : code;
}

static bool code_covers(const rbf_sealed *wide, const rbf_sealed *narrow)
{
	return wide->code == 0 || wide->code == narrow->code ||
		(wide->code <= 5 && wide->code == class_of_code(narrow->code));
}

static bool enhanced_covers(const rbf_sealed *wide, const rbf_sealed *narrow)
{
	if (!wide->enhanced)
		return true;
	return narrow->enhanced && (wide->class_ == 0 || wide->class_ == narrow->class_) &&
		(wide->subject == RBF_ANY || wide->subject == narrow->subject) &&
		(wide->detail == RBF_ANY || wide->detail == narrow->detail);
}

/* Does `wide` count wherever `narrow` does, its phrases left aside? At the provider of `narrow`;
 * before RCPT what blames the recipient does not count. */
static bool conditions_cover(const rbf_sealed *wide, const rbf_sealed *narrow)
{
	bool own = wide->provider < 0 || wide->provider == narrow->provider;
	if (!own && (wide->only_here || !wide->phrase_n))
		return false;
	if (wide->stage != REBUFF_STAGE_UNKNOWN && wide->stage != narrow->stage)
		return false;
	if (wide->blames_recipient && !narrow->blames_recipient &&
		narrow->stage != REBUFF_STAGE_RCPT && narrow->stage != REBUFF_STAGE_DATA &&
		narrow->stage != REBUFF_STAGE_DOT)
		return false;
	return code_covers(wide, narrow) && enhanced_covers(wide, narrow);
}

/* ---- are the phrases of one always there with those of the other?
 * --------------------------------------- */

static void keep_hit(search *s, const rbf_hit *h)
{
	if (h->literal >= s->set->literal_n)
		return;
	for (uint8_t k = 0; k < s->rule->phrase_n; k++)
		if (h->start >= s->from[k] && h->end <= s->to[k] && s->hit_n < HITS_MAX)
			s->hits[s->hit_n++] = *h;
}

static void keep_hits(void *ud, const rbf_hit *hits, size_t n)
{
	for (size_t i = 0; i < n; i++)
		keep_hit(ud, &hits[i]);
}

/* The text has a byte on either side of each phrase: a letter where the rule does not ask for word
 * borders, for then one may stand there. */
static bool counts(const search *s, const rbf_hit *h)
{
	const rbf_sealed_literal *l = &s->set->literals[h->literal];
	const char *t = s->text;
	bool at_borders = !(rbf_is_word((unsigned char)t[h->start - 1]) &&
				  rbf_is_word((unsigned char)t[h->start])) &&
		!(rbf_is_word((unsigned char)t[h->end]) &&
			rbf_is_word((unsigned char)t[h->end - 1]));
	if (l->words && !at_borders)
		return false;
	/* A plain word is not looked for in names. */
	return !l->plain || (!strchr(".@/:-_", t[h->start - 1]) && !strchr(".@/:-_", t[h->end]));
}

static bool phrases_cover(const search *s, const rbf_sealed *wide)
{
	size_t after = 0;
	for (uint8_t k = 0; k < wide->phrase_n; k++) {
		size_t end = SIZE_MAX;
		for (size_t i = 0; i < s->hit_n; i++) {
			const rbf_hit *h = &s->hits[i];
			if (h->literal == wide->literal[k] && h->start >= after && h->end < end &&
				counts(s, h))
				end = h->end;
		}
		if (end == SIZE_MAX)
			return false;
		after = end;
	}
	return true;
}

static void write_text(search *s)
{
	const rbf_sealed *r = s->rule;
	char border = r->words ? ' ' : 'x';
	s->len = 0;
	for (uint8_t k = 0; k < r->phrase_n; k++) {
		rebuff_span phrase = rbf_span_of(rbf_rules_text(s->set, r->text[k]));
		s->text[s->len++] = border;
		s->from[k] = s->len;
		memcpy(s->text + s->len, phrase.p, phrase.len);
		s->len += phrase.len;
		s->to[k] = s->len;
		s->text[s->len++] = border;
	}
}

/* ---- who always wins?
 * ----------------------------------------------------------------------------------- */

static bool has_same_words(const rbf_sealed *a, const rbf_sealed *b)
{
	return a->phrase_n == b->phrase_n && a->words == b->words &&
		memcmp(a->literal, b->literal, a->phrase_n * sizeof *a->literal) == 0;
}

static bool has_same_conditions(const rbf_sealed *a, const rbf_sealed *b)
{
	return a->code == b->code && a->enhanced == b->enhanced && a->class_ == b->class_ &&
		a->subject == b->subject && a->detail == b->detail && a->stage == b->stage &&
		a->provider == b->provider;
}

static void consider(search *s, const rbf_sealed *other)
{
	uint64_t rank = rbf_rules_rank(s->rule, s->rule->provider);
	uint64_t others = rbf_rules_rank(other, s->rule->provider);
	if (other == s->rule || others < rank || !conditions_cover(other, s->rule) ||
		!phrases_cover(s, other))
		return;
	/* Of two that are equal the one that came first is no finding of the other's. */
	if (others == rank && other > s->rule && has_same_words(other, s->rule) &&
		has_same_conditions(other, s->rule))
		return;
	if (!s->best || others > rbf_rules_rank(s->best, s->rule->provider))
		s->best = other;
}

static void consider_phrases(search *s)
{
	const rbf_rules *set = s->set;
	s->hit_n = 0;
	write_text(s);
	rbf_automaton_scan(set->automaton, (rebuff_span){s->text, s->len}, keep_hits, s);
	for (size_t i = 0; i < s->hit_n; i++) {
		const rbf_sealed_literal *l = &set->literals[s->hits[i].literal];
		for (uint32_t k = l->first; k < l[1].first; k++)
			consider(s, &set->rules[set->single[k].rule]);
		for (uint32_t k = l->later; k < l[1].later; k++)
			consider(s, &set->rules[set->later[k].rule]);
	}
}

static bool has_same_outcome(const rbf_sealed *a, const rbf_sealed *b)
{
	return a->category == b->category && rbf_rules_fault(a) == rbf_rules_fault(b) &&
		a->action == b->action && a->scope == b->scope;
}

static void tell(search *s)
{
	const rbf_rules *set = s->set;
	const rbf_sealed *r = s->rule, *by = s->best;
	rbf_rules_finding f = {.origin = rbf_rules_text(set, r->origin),
		.by = rbf_rules_text(set, by->origin),
		.category = (rebuff_category)r->category,
		.by_category = (rebuff_category)by->category,
		.phrase_n = r->phrase_n};
	if (has_same_outcome(r, by))
		f.kind = RBF_RULES_SUPERFLUOUS;
	else if (rbf_rules_rank(r, r->provider) == rbf_rules_rank(by, r->provider))
		f.kind = RBF_RULES_CONFLICT;
	else
		f.kind = RBF_RULES_SHADOWED;
	for (uint8_t k = 0; k < r->phrase_n; k++)
		f.phrase[k] = rbf_rules_text(set, r->text[k]);
	s->found_n++;
	if (s->found)
		s->found(s->ud, &f);
}

size_t rbf_rules_conflicts(
	const rbf_rules *r, void (*found)(void *ud, const rbf_rules_finding *f), void *ud)
{
	search *s = calloc(1, sizeof *s);
	if (!s)
		return SIZE_MAX;
	s->set = r;
	s->found = found;
	s->ud = ud;
	for (size_t i = 0; i < r->n; i++) {
		s->rule = &r->rules[i];
		s->best = NULL;
		if (s->rule->phrase_n)
			consider_phrases(s);
		else
			for (size_t k = 0; k < r->n; k++)
				if (!r->rules[k].phrase_n)
					consider(s, &r->rules[k]);
		if (s->best)
			tell(s);
	}
	size_t n = s->found_n;
	free(s);
	return n;
}
