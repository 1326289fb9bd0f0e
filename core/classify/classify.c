/*
 * classify.c - one reply against the rule set. The automaton finds the phrases, each complete rule
 * is weighed as it is found, the best and the best of another category are kept.
 */
#include "classify/classify.h"

#include <stdarg.h>
#include <stdio.h>

#include "base/span.h"
#include "classify/facts.h"
#include "classify/rules.h"

/* How strong the evidence of a rule is, the weakest first. */
enum { KIND_CODE, KIND_PHRASE, KIND_OWN_CODE, KIND_OWN_PHRASE };

enum { MUCH_MORE = 30 }; /* of strength: letters and weights */

typedef struct {
	const rbf_sealed *rule;
	uint64_t rank;
} candidate;

/* What is found, by number. Beyond the set only what is found is written: a classification costs no
 * more than that. */
typedef struct {
	uint64_t known[RBF_NUMBERS_MAX / 64 + 1];
	uint16_t end[RBF_NUMBERS_MAX + 1]; /* of the first place that counts */
	uint32_t looked[RBF_LITERALS_MAX + 1]; /* of a literal: `changes` when the rules that go on
						  with it were looked at */
} memory;

typedef struct {
	const rbf_rules *set;
	const rbf_reply *reply;
	int provider;
	rebuff_stage stage;
	uint16_t class_; /* first digit of the code, else of the enhanced code, else 0 */
	bool before_rcpt;
	unsigned marks; /* kinds of them that were found */
	candidate best, runner; /* runner: the best of another category */
	uint8_t best_category;
	candidate code; /* the best of hints and codes alone */
	size_t token_start, token_end; /* the last token looked at, and whether it is a name */
	bool token_is_name;
	void (*step)(void *ud, const char *line);
	void *ud;
	memory *memory;
	uint32_t changes; /* things found */
} weighing;

/* ---- explaining ---------------------------------------------------------------------------------
 */

static void tell(const weighing *w, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
static void tell(const weighing *w, const char *fmt, ...)
{
	char line[1024];
	va_list ap;
	if (!w->step)
		return;
	va_start(ap, fmt);
	(void)vsnprintf(line, sizeof line, fmt, ap);
	va_end(ap);
	w->step(w->ud, line);
}

/* The words or codes that a rule rests on, printable. */
static void write_evidence(const weighing *w, const rbf_sealed *s, char out[REBUFF_TEXT_MAX])
{
	if (s->phrase_n)
		(void)rbf_span_copy(out, REBUFF_TEXT_MAX,
			(rebuff_span){rbf_rules_text(w->set, s->evidence), s->evidence_len});
	else if (s->enhanced)
		rbf_enhanced_format(out, w->reply->enhanced);
	else
		(void)snprintf(out, REBUFF_TEXT_MAX, "%u", w->reply->code);
}

static const char *kind_name(unsigned kind)
{
	static const char *const names[] = {
		"code or hint", "phrase", "the provider's own code", "the provider's own phrase"};
	return names[kind & 3];
}

/* ---- does a rule apply, and how strongly
 * ----------------------------------------------------------- */

/* Before RCPT no reply can be about the recipient. */
static bool is_before_rcpt(rebuff_stage stage)
{
	return stage == REBUFF_STAGE_CONNECT || stage == REBUFF_STAGE_BANNER ||
		stage == REBUFF_STAGE_EHLO || stage == REBUFF_STAGE_TLS ||
		stage == REBUFF_STAGE_AUTH || stage == REBUFF_STAGE_MAIL;
}

rebuff_fault rbf_usual_fault(rebuff_category category)
{
	static const rebuff_fault usual[REBUFF_CATEGORY_N] = {
		[REBUFF_UNCLASSIFIED] = REBUFF_FAULT_UNKNOWN,
		[REBUFF_ADDRESS_BAD] = REBUFF_FAULT_RECIPIENT,
		[REBUFF_RECIPIENT_REFUSED] = REBUFF_FAULT_RECIPIENT,
		[REBUFF_DOMAIN_BAD] = REBUFF_FAULT_RECIPIENT,
		[REBUFF_MAILBOX_FULL] = REBUFF_FAULT_RECIPIENT,
		[REBUFF_MAILBOX_DISABLED] = REBUFF_FAULT_RECIPIENT,
		[REBUFF_SENDER_REJECTED] = REBUFF_FAULT_SENDER_DOMAIN,
		[REBUFF_IP_BLOCKED] = REBUFF_FAULT_SENDER_IP,
		[REBUFF_RATE_LIMITED] = REBUFF_FAULT_SENDER_IP,
		[REBUFF_GREYLISTED] = REBUFF_FAULT_RECEIVER,
		[REBUFF_CONTENT_BLOCKED] = REBUFF_FAULT_MESSAGE,
		[REBUFF_POLICY] = REBUFF_FAULT_US,
		[REBUFF_AUTH_FAILED] = REBUFF_FAULT_SENDER_DOMAIN,
		[REBUFF_RELAY_DENIED] = REBUFF_FAULT_RECEIVER,
		[REBUFF_MESSAGE_TOO_BIG] = REBUFF_FAULT_MESSAGE,
		[REBUFF_SYSTEM_ERROR] = REBUFF_FAULT_RECEIVER,
		[REBUFF_PROTOCOL_ERROR] = REBUFF_FAULT_US,
		[REBUFF_NETWORK_ERROR] = REBUFF_FAULT_NETWORK,
		[REBUFF_EXPIRED] = REBUFF_FAULT_NETWORK,
		[REBUFF_COMPLAINT] = REBUFF_FAULT_MESSAGE,
		[REBUFF_AUTOREPLY] = REBUFF_FAULT_NONE,
		[REBUFF_DELIVERED] = REBUFF_FAULT_NONE,
	};
	return (unsigned)category < REBUFF_CATEGORY_N ? usual[category] : REBUFF_FAULT_UNKNOWN;
}

rebuff_fault rbf_rules_fault(const rbf_sealed *s)
{
	return s->fault >= 0 ? (rebuff_fault)s->fault
			     : rbf_usual_fault((rebuff_category)s->category);
}

/* Why a rule whose phrases were found does not count; NULL when it does. */
static const char *objection(const weighing *w, const rbf_sealed *s)
{
	const rbf_enhanced *e = &w->reply->enhanced;
	if (s->provider >= 0 && s->provider != w->provider && (s->only_here || !s->phrase_n))
		return "holds at its own provider only";
	if (s->code > 5 ? s->code != w->reply->code : s->code && s->code != w->class_)
		return "another code";
	if (s->enhanced &&
		(e->class_ == 0 || (s->class_ && s->class_ != e->class_) ||
			(s->subject != RBF_ANY && s->subject != e->subject) ||
			(s->detail != RBF_ANY && s->detail != e->detail)))
		return "another enhanced code";
	if (s->stage != REBUFF_STAGE_UNKNOWN && s->stage != w->stage)
		return w->stage == REBUFF_STAGE_UNKNOWN ? "needs a stage, none is known"
							: "another stage";
	if (w->before_rcpt && s->blames_recipient)
		return "before RCPT nothing is the recipient's fault";
	return NULL;
}

/* Kind, operator's, then as the header says. */
uint64_t rbf_rules_rank(const rbf_sealed *s, int provider)
{
	bool own = s->provider >= 0 && s->provider == provider;
	bool hint = s->confidence < 0.5F;
	uint64_t confidence = (uint64_t)(s->confidence * 1000.0F + 0.5F), first, second;
	unsigned kind = KIND_CODE;
	if (own)
		kind = s->phrase_n ? KIND_OWN_PHRASE : KIND_OWN_CODE;
	else if (s->phrase_n && !hint)
		kind = KIND_PHRASE;
	first = kind == KIND_CODE ? confidence : s->strength;
	second = kind == KIND_CODE ? s->strength : confidence;
	return (uint64_t)kind << 48 | (uint64_t)s->operators << 47 | first << 20 |
		(uint64_t)(s->provider < 0) << 19 | (second & 0x7ffff);
}

static uint64_t rank_of(const weighing *w, const rbf_sealed *s)
{
	return s->provider >= 0 && s->provider == w->provider ? rbf_rules_rank(s, w->provider)
							      : s->rank;
}

/* Ranks may be equal; then what is printed decides, never the order of loading. */
static bool beats(const weighing *w, candidate a, candidate b)
{
	if (!b.rule || a.rank != b.rank)
		return !b.rule || a.rank > b.rank;
	if (a.rule->category != b.rule->category)
		return a.rule->category < b.rule->category;
	int order = strcmp(
		rbf_rules_text(w->set, a.rule->origin), rbf_rules_text(w->set, b.rule->origin));
	return order < 0 ||
		(order == 0 &&
			strcmp(rbf_rules_text(w->set, a.rule->evidence),
				rbf_rules_text(w->set, b.rule->evidence)) < 0);
}

static void tell_rule(const weighing *w, const rbf_sealed *s, const char *no)
{
	char evidence[REBUFF_TEXT_MAX];
	write_evidence(w, s, evidence);
	tell(w, "%s %s \"%s\": %s%s%s, strength %u, confidence %.2f (%s)",
		no ? "passed over" : "matches", rbf_rules_text(w->set, s->origin), evidence,
		rebuff_category_name((rebuff_category)s->category), no ? "; " : "", no ? no : "",
		s->strength, (double)s->confidence, kind_name((unsigned)(rank_of(w, s) >> 48)));
}

/* May a rule of this rank and category change anything? One that is weaker than the runner-up is
 * neither that nor the best, nor is one that is weaker than the best and says the same. Of hints
 * and codes the strongest counts by itself. */
static bool may_matter(const weighing *w, uint64_t rank, uint8_t category)
{
	if (rank >= w->runner.rank && (category != w->best_category || rank >= w->best.rank))
		return true;
	return (rank >> 48 == KIND_CODE && rank >= w->code.rank) || w->step;
}

static void consider(weighing *w, const rbf_sealed *s)
{
	candidate c = {s, rank_of(w, s)};
	if (!may_matter(w, c.rank, s->category))
		return;
	const char *no = objection(w, s);
	if (w->step)
		tell_rule(w, s, no);
	if (no)
		return;
	if (c.rank >> 48 == KIND_CODE && beats(w, c, w->code))
		w->code = c;
	if (beats(w, c, w->best)) {
		if (w->best.rule && w->best.rule->category != s->category)
			w->runner = w->best;
		w->best = c;
		w->best_category = s->category;
	} else if (s->category != w->best.rule->category && beats(w, c, w->runner)) {
		w->runner = c;
	}
}

/* ---- finding rules
 * --------------------------------------------------------------------------------- */

static bool is_word_byte(rebuff_span text, size_t i)
{
	return rbf_is_word(rbf_at(text, i));
}

static bool is_at_borders(rebuff_span text, size_t start, size_t end)
{
	return !(start && is_word_byte(text, start - 1) && is_word_byte(text, start)) &&
		!(end < text.len && is_word_byte(text, end) && is_word_byte(text, end - 1));
}

/* Between the tokens of a text; a colon too, but for that of a URL. */
static bool is_delimiter(rebuff_span text, size_t i)
{
	unsigned char c = (unsigned char)text.p[i];
	return rbf_is(c, RBF_BETWEEN) || (c == ':' && rbf_at(text, i + 1) != '/');
}

/* Is text[start..end) an address, a URL or a host name (two dots, letters behind the last)? */
static bool is_name(rebuff_span text, size_t start, size_t end)
{
	size_t dots = 0, last = end;
	for (size_t i = start; i < end; i++) {
		if (text.p[i] == '@' || (text.p[i] == ':' && i + 2 < end && text.p[i + 1] == '/'))
			return true;
		if (text.p[i] == '.' && i + 1 < end) {
			dots++;
			last = i + 1;
		}
	}
	return dots >= 2 && rbf_is_alpha((unsigned char)text.p[last]) && start < last - 1;
}

static bool is_token(rebuff_span text, size_t start, size_t end)
{
	return (start == 0 || is_delimiter(text, start - 1)) &&
		(end == text.len || is_delimiter(text, end));
}

/* A word inside <spam@example.org> or https://example.org/virus says nothing. The token is kept:
 * each is looked at once, however many words are found in it. */
static bool is_in_name(weighing *w, size_t at)
{
	rebuff_span text = w->reply->text;
	if (at < w->token_start || at >= w->token_end) {
		size_t start = at, end = at;
		while (start > w->token_end && !is_delimiter(text, start - 1))
			start--;
		while (end < text.len && !is_delimiter(text, end))
			end++;
		w->token_start = start;
		w->token_end = end;
		w->token_is_name = is_name(text, start, end);
	}
	return w->token_is_name;
}

static bool has_bit(const uint64_t *bits, uint32_t n)
{
	return bits[n / 64] >> n % 64 & 1;
}

static void set_bit(uint64_t *bits, uint32_t n)
{
	bits[n / 64] |= (uint64_t)1 << n % 64;
}

static void note(weighing *w, uint32_t number, size_t end)
{
	set_bit(w->memory->known, number);
	w->memory->end[number] = (uint16_t)end;
	w->changes++;
}

/* Has nothing changed since the rules that go on with this literal were looked at? */
static bool is_settled(const weighing *w, const rbf_sealed_literal *l)
{
	return w->memory->looked[l->number] == w->changes;
}

/* The phrase at text[start..end) of the rule at later[k], of which the one before was found: behind
 * that one? False when it begins within it, so that a later place may count. */
static bool go_on(weighing *w, uint32_t k, size_t start, size_t end)
{
	const rbf_later *l = &w->set->later[k];
	uint32_t number = (uint32_t)w->set->numbered + 1 + k;
	if (has_bit(w->memory->known, number))
		return true;
	if (start < w->memory->end[l->before])
		return false;
	note(w, number, end);
	if (l->last)
		consider(w, &w->set->rules[l->rule]);
	return true;
}

/* Does the place where a literal was found count? */
static bool counts(weighing *w, const rbf_sealed_literal *l, size_t start, size_t end)
{
	rebuff_span text = w->reply->text;
	/* Mostly a plain word stands alone. Longer than its letters: a quote or an address is in
	 * it.
	 */
	if (l->plain && end - start == l->len && is_token(text, start, end))
		return true;
	if (l->words && !is_at_borders(text, start, end))
		return false;
	return !l->plain || !is_in_name(w, start);
}

static void on_mark(weighing *w, const rbf_mark *m, size_t end)
{
	if (rbf_mark_counts(m, w->reply->text, end))
		w->marks |= m->kind;
}

/* The rules of several phrases that go on with this literal, at a place that counts. */
static void go_on_all(weighing *w, const rbf_sealed_literal *l, size_t start, size_t end)
{
	uint32_t changes = w->changes;
	bool settled = true;
	for (uint32_t k = l->later; k < l[1].later; k++)
		if (has_bit(w->memory->known, w->set->later[k].before))
			settled = go_on(w, k, start, end) && settled;
	w->memory->looked[l->number] = settled ? changes : UINT32_MAX;
}

/* A literal of which is to be remembered that it was found. Is it its first place that counts? */
static bool remember(weighing *w, const rbf_sealed_literal *l, size_t start, size_t end)
{
	bool known = has_bit(w->memory->known, l->number), later = l->later < l[1].later;
	if (known && (!later || is_settled(w, l)))
		return false;
	if (!counts(w, l, start, end))
		return false;
	if (later)
		go_on_all(w, l, start, end);
	if (!known)
		note(w, l->number, end);
	return !known;
}

static void weigh_hit(weighing *w, const rbf_hit *h)
{
	const rbf_rules *set = w->set;
	const rbf_sealed_literal *l = &set->literals[h->literal];
	if (h->literal >= set->literal_n) {
		on_mark(w, &set->marks[h->literal - set->literal_n], h->end);
		return;
	}
	if (l->number && !remember(w, l, h->start, h->end))
		return;
	const rbf_single *s = &set->single[l->first], *behind = &set->single[l[1].first];
	for (; s < behind; s++)
		if (s->provider == w->provider || may_matter(w, s->rank, s->category))
			consider(w, &set->rules[s->rule]);
}

static void weigh_hits(void *ud, const rbf_hit *hits, size_t n)
{
	for (size_t i = 0; i < n; i++)
		weigh_hit(ud, &hits[i]);
}

/* The rules of keys from..to of an index. */
static void consider_all(weighing *w, const rbf_index *by, size_t from, size_t to)
{
	for (uint32_t i = by->first[from]; i < by->first[to + 1]; i++)
		consider(w, &w->set->rules[by->list[i]]);
}

static void consider_enhanced(weighing *w, uint16_t subject, uint16_t detail)
{
	size_t key = rbf_enhanced_key(subject, detail);
	consider_all(w, &w->set->by_enhanced, key, key);
}

/* Those that need another stage are looked at only to tell of them. */
static void consider_code(weighing *w, uint16_t code)
{
	size_t key = rbf_code_key(code);
	if (w->step) {
		consider_all(w, &w->set->by_code, key, key + REBUFF_STAGE_N - 1);
		return;
	}
	consider_all(w, &w->set->by_code, key, key);
	if (w->stage != REBUFF_STAGE_UNKNOWN)
		consider_all(w, &w->set->by_code, key + w->stage, key + w->stage);
}

static void consider_codes(weighing *w)
{
	const rbf_enhanced *e = &w->reply->enhanced;
	if (e->class_) {
		consider_enhanced(w, e->subject, e->detail);
		consider_enhanced(w, e->subject, RBF_ANY);
		consider_enhanced(w, RBF_ANY, RBF_ANY);
	}
	if (w->reply->code)
		consider_code(w, w->reply->code);
	if (w->class_)
		consider_code(w, w->class_);
}

/* ---- the answer
 * ------------------------------------------------------------------------------------- */

rebuff_scope rbf_usual_scope(rebuff_category category)
{
	if (category == REBUFF_RATE_LIMITED || category == REBUFF_IP_BLOCKED)
		return REBUFF_SCOPE_IP;
	return category == REBUFF_AUTH_FAILED ? REBUFF_SCOPE_DOMAIN : REBUFF_SCOPE_NONE;
}

static rebuff_scope scope_of(const rbf_sealed *s)
{
	return s->scope != REBUFF_SCOPE_NONE ? (rebuff_scope)s->scope
					     : rbf_usual_scope((rebuff_category)s->category);
}

static bool slows(rebuff_scope scope)
{
	return scope == REBUFF_SCOPE_IP || scope == REBUFF_SCOPE_NETBLOCK ||
		scope == REBUFF_SCOPE_DOMAIN || scope == REBUFF_SCOPE_URL;
}

/* What category and class give when no rule says otherwise. */
static rebuff_action usual_action(
	unsigned class_, rebuff_stage stage, const rebuff_classification *out)
{
	if (class_ == 2 || class_ == 3)
		return REBUFF_ACTION_NONE;
	if (class_ == 4)
		return out->category == REBUFF_RATE_LIMITED && slows(out->scope)
			? REBUFF_ACTION_SLOW
			: REBUFF_ACTION_RETRY;
	switch (out->category) {
	case REBUFF_ADDRESS_BAD:
	case REBUFF_MAILBOX_DISABLED:
		return REBUFF_ACTION_SUPPRESS;
	case REBUFF_MAILBOX_FULL:
		return REBUFF_ACTION_SOFT;
	case REBUFF_UNCLASSIFIED: /* the bare 5xx */
		if (class_ == 5 && (stage == REBUFF_STAGE_RCPT || stage == REBUFF_STAGE_UNKNOWN))
			return REBUFF_ACTION_SUPPRESS;
		return class_ == 5 ? REBUFF_ACTION_BOUNCE : REBUFF_ACTION_NONE;
	case REBUFF_DELIVERED:
	case REBUFF_AUTOREPLY:
		return REBUFF_ACTION_NONE;
	default:
		return REBUFF_ACTION_BOUNCE;
	}
}

/* A rule's action cannot turn a 4xx into a final answer, nor a 5xx into a wait: the MTA acts on the
 * first digit. Hold is always the rule's to say. */
static rebuff_action action_of(
	unsigned class_, rebuff_stage stage, int said, const rebuff_classification *out)
{
	rebuff_action usual = usual_action(class_, stage, out);
	if (said < 0 || class_ == 2 || class_ == 3)
		return usual;
	if (said == REBUFF_ACTION_HOLD)
		return REBUFF_ACTION_HOLD;
	bool waits = said == REBUFF_ACTION_RETRY || said == REBUFF_ACTION_SLOW;
	if (class_ == 4)
		return waits ? (rebuff_action)said : usual;
	return waits ? usual == REBUFF_ACTION_SUPPRESS ? REBUFF_ACTION_BOUNCE : usual
		     : (rebuff_action)said;
}

/* The rule's own, less for another provider's phrase; up when the code says the same, down when it
 * says something else. */
static double confidence_of(const weighing *w)
{
	const rbf_sealed *s = w->best.rule, *code = w->code.rule;
	double c = (double)s->confidence;
	if (s->provider >= 0 && s->provider != w->provider) {
		c *= 0.8;
		tell(w, "confidence: %.2f, for it is another provider's phrase", c);
	}
	if (w->best.rank >> 48 == KIND_CODE || !code || code->confidence < 0.5F)
		return c;
	bool same = code->category == s->category;
	c = same ? c + (1 - c) / 2 : c * 0.9;
	tell(w, "confidence: %.2f, for %s says %s", c, rbf_rules_text(w->set, code->origin),
		same ? "the same" : "something else");
	return c;
}

static void fill_delivered(const weighing *w, rebuff_classification *out)
{
	out->category = REBUFF_DELIVERED;
	out->fault = REBUFF_FAULT_NONE;
	out->action = REBUFF_ACTION_NONE;
	out->confidence = 1;
	(void)rbf_span_copy(out->rule, sizeof out->rule, RBF_LIT("2xx"));
	tell(w, "2xx: accepted");
}

static bool is_permanent(unsigned class_, rebuff_category category)
{
	return category == REBUFF_DOMAIN_BAD || (category == REBUFF_ADDRESS_BAD && class_ != 4);
}

void rbf_reclassify(rebuff_classification *c, rebuff_stage stage, int action)
{
	unsigned class_ = c->code ? c->code / 100u
		: c->enhanced[0]  ? (unsigned)(c->enhanced[0] - '0')
				  : 0;
	c->action = action_of(class_, stage, action, c);
	c->permanent = is_permanent(class_, c->category);
}

static rebuff_span origin_of(const weighing *w, const rbf_sealed *s)
{
	return (rebuff_span){rbf_rules_text(w->set, s->origin), s->origin_len};
}

static void fill(const weighing *w, rebuff_classification *out)
{
	const rbf_sealed *s = w->best.rule;
	if (!s || s->category == REBUFF_UNCLASSIFIED) {
		out->category = REBUFF_UNCLASSIFIED;
		out->fault = s ? rbf_rules_fault(s) : REBUFF_FAULT_UNKNOWN;
		out->confidence = w->class_ == 5 ? 0.3 : 0.1;
	} else {
		out->category = (rebuff_category)s->category;
		out->fault = rbf_rules_fault(s);
		out->scope = scope_of(s);
		out->confidence = confidence_of(w);
	}
	(void)rbf_span_copy(out->rule, sizeof out->rule, s ? origin_of(w, s) : RBF_LIT("no rule"));
	out->unknown = out->category == REBUFF_UNCLASSIFIED || (!s->phrase_n && !s->enhanced);
	out->action = action_of(w->class_, w->stage, s ? s->action : -1, out);
	out->permanent = is_permanent(w->class_, out->category);
	if (s)
		write_evidence(w, s, out->evidence);
	if (w->runner.rule) {
		out->runner_up = (rebuff_category)w->runner.rule->category;
		(void)rbf_span_copy(out->runner_up_rule, sizeof out->runner_up_rule,
			origin_of(w, w->runner.rule));
	}
}

/* What the file says of the rule to people. */
static void tell_text(const weighing *w, const char *what, const char *text)
{
	char shown[512];
	(void)rbf_span_escape(shown, sizeof shown, rbf_span_of(text));
	if (shown[0])
		tell(w, "%s: %s", what, shown);
}

static void tell_answer(const weighing *w, const rebuff_classification *out)
{
	const rbf_sealed *s = w->best.rule;
	if (!w->step)
		return;
	if (out->guessed) {
		tell(w, "decides: %s, no sure phrase being known: %s", out->rule, out->evidence);
		tell(w, "next best: %s (%s)", out->runner_up_rule,
			rebuff_category_name(out->runner_up));
		tell(w, "fault: %s, action: %s (a guess never goes harder on the recipient)",
			rebuff_fault_name(out->fault), rebuff_action_name(out->action));
		return;
	}
	tell(w, "decides: %s (%s)", out->rule,
		s ? kind_name((unsigned)(w->best.rank >> 48)) : "nothing known");
	if (s) {
		const char *source = rbf_rules_text(w->set, s->origin);
		source += strlen(source) + 1;
		tell_text(w, "source", source);
		tell_text(w, "note", source + strlen(source) + 1);
	}
	if (w->runner.rule)
		tell(w, "next best: %s (%s)", out->runner_up_rule,
			rebuff_category_name(out->runner_up));
	tell(w, "fault: %s (%s)", rebuff_fault_name(out->fault),
		s && s->fault >= 0 ? "the rule says so" : "as usual for the category");
	tell(w, "action: %s%s", rebuff_action_name(out->action),
		!s || s->action < 0 ? " (category and first digit)"
			: (int)out->action == s->action
			? " (the rule says so)"
			: " (the rule says otherwise, but the first digit binds the mail server)");
}

/* Of two phrases that mean different things the one goes first that a clear code confirms, unless
 * the other says much more. Not where that would kill an address: "sender rejected: user unknown"
 * comes with 5.1.1. */
static void side_with_code(weighing *w)
{
	const rbf_sealed *code = w->code.rule, *best = w->best.rule, *runner = w->runner.rule;
	if (!code || !runner || code->phrase_n || code->confidence < 0.65F || best->operators ||
		best->category == code->category || runner->category != code->category ||
		w->best.rank >> 48 != KIND_PHRASE || w->runner.rank >> 48 != KIND_PHRASE ||
		runner->confidence < 0.7F ||
		(rbf_is_dead(runner->category) && !rbf_is_dead(best->category)) ||
		best->strength > runner->strength + MUCH_MORE)
		return;
	candidate first = w->best;
	w->best = w->runner;
	w->runner = first;
	tell(w, "%s confirms %s", rbf_rules_text(w->set, code->origin),
		rbf_rules_text(w->set, runner->origin));
}

/* No phrase is known but weak ones, no code says enough, and the operator has no rule about it. */
static bool is_left_to_words(const weighing *w, rbf_guess_against *against)
{
	const rbf_sealed *s = w->best.rule;
	bool phrase = w->best.rank >> 48 == KIND_PHRASE;
	/* x.0.0 is as good as a hint that there is nothing to be said. */
	bool hint = s && (s->phrase_n || s->category == REBUFF_UNCLASSIFIED);
	*against = phrase ? RBF_GUESS_PHRASE : hint ? RBF_GUESS_HINT : RBF_GUESS_CODE;
	if (!w->set->guess || w->class_ < 4)
		return false;
	if (!s)
		return true;
	if (s->operators || (s->provider >= 0 && phrase))
		return false;
	return phrase ? s->confidence < 0.61F
		      : w->best.rank >> 48 == KIND_CODE && s->confidence < 0.5F;
}

void rbf_classify(const rbf_rules *r, const rbf_reply *reply, int provider, rebuff_stage stage,
	rebuff_classification *out, void (*step)(void *ud, const char *line), void *ud)
{
	memory found;
	rbf_guess_against against;
	weighing w = {.set = r,
		.reply = reply,
		.provider = provider,
		.stage = stage,
		.class_ = reply->code ? reply->code / 100 : reply->enhanced.class_,
		.before_rcpt = is_before_rcpt(stage),
		.step = step,
		.ud = ud,
		.memory = &found};
	memset(found.known, 0, ((r->numbered + r->later_n) / 64 + 1) * sizeof *found.known);
	memset(out, 0, sizeof *out);
	out->size = sizeof *out;
	out->code = reply->code;
	out->truncated = reply->truncated;
	rbf_enhanced_format(out->enhanced, reply->enhanced);
	if (w.class_ == 2) {
		fill_delivered(&w, out);
		return;
	}
	rbf_automaton_scan(r->automaton, reply->text, weigh_hits, &w);
	consider_codes(&w);
	side_with_code(&w);
	fill(&w, out);
	if (is_left_to_words(&w, &against))
		rbf_guess_reply(r->guess, reply, stage, w.before_rcpt, against, out, step, ud);
	tell_answer(&w, out);
	rbf_facts(reply->text, w.marks, out);
}
