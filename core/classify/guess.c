/* guess.c - weigh the words of a reply that no phrase explains. */
#include "classify/guess.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/span.h"
#include "classify/classify.h"
#include "classify/words.h"

const rbf_guess_row rbf_guess_rows[] = {
#include "classify/guess_words.inc"
};
const size_t rbf_guess_row_n = sizeof rbf_guess_rows / sizeof *rbf_guess_rows;

enum {
	SCALE = 64, /* of scores: parts of a natural logarithm */
	NEVER = -(1 << 28), /* the score of a category that no reply has; none comes near it */
	SLOTS = 2 * RBF_GUESS_ROWS_MAX,
	FOUND_MAX = 250,
	SHOWN_MAX = 3, /* words named as evidence */
	/* What is asked for: */
	KNOWN_MIN = 3, /* words */
	MARGIN_SPARE = 2 * SCALE, /* of an address that would be suppressed, to all that are dead */
	MARGIN_SURE = 8 * SCALE, /* the surest guess */
};

/* The lead over the next best. */
static const int32_t margin_against[] = {[RBF_GUESS_CODE] = 3 * SCALE / 4,
	[RBF_GUESS_HINT] = 3 * SCALE,
	[RBF_GUESS_PHRASE] = 4 * SCALE};

/* To the replies that have a word so many are added, spread as all are: what few say says little.
 */
static const double smooth = 2;

typedef struct {
	uint8_t category;
	int16_t weight; /* beside a category of which no reply has it */
} opinion;

typedef struct {
	uint32_t first; /* opinions[first] .. those of the next one */
	bool pair, word; /* neither: a code */
} entry;

struct rbf_guess {
	const rbf_guess_row *rows;
	size_t n;
	int32_t prior[REBUFF_CATEGORY_N]; /* NEVER: no reply has it */
	entry *entries; /* [n + 1] */
	opinion *opinions;
	uint16_t slots[SLOTS]; /* by hash: a row, 0 none */
};

/* ---- the words of a reply ------------------------------------------------------------------ */

/* An address, a URL, or a domain: a letter behind its last dot. */
static bool is_name(rebuff_span token)
{
	size_t behind = 0; /* the last dot */
	for (size_t i = 0; i < token.len; i++) {
		if (token.p[i] == '@' || (token.p[i] == '/' && i && token.p[i - 1] == ':'))
			return true;
		if (token.p[i] == '.' && i && i + 1 < token.len)
			behind = i + 1;
	}
	return behind && rbf_is_alpha((unsigned char)token.p[behind]);
}

typedef struct {
	char text[RBF_GUESS_TEXT_MAX]; /* the word before and a blank, then the word */
	size_t before; /* bytes of the word before; 0: there is none */
	void (*said)(void *ud, const char *text);
	void *ud;
} telling;

static void tell_word(telling *t, rebuff_span word)
{
	size_t at = t->before ? t->before + 1 : 0;
	bool letters = false;
	for (size_t i = 0; i < word.len; i++)
		letters = letters || !rbf_is_digit((unsigned char)word.p[i]);
	if (!letters || word.len > RBF_GUESS_WORD_MAX)
		return;
	for (size_t i = 0; i < word.len; i++)
		t->text[at + i] = (char)rbf_lower((unsigned char)word.p[i]);
	t->text[at + word.len] = '\0';
	t->said(t->ud, t->text + at);
	if (at) {
		t->text[t->before] = ' ';
		t->said(t->ud, t->text);
		memmove(t->text, t->text + at, word.len);
	}
	t->before = word.len;
}

static void tell_token(telling *t, rebuff_span token)
{
	if (is_name(token))
		return;
	for (size_t i = 0, end; i < token.len; i = end + 1) {
		for (end = i; end < token.len && rbf_is_word((unsigned char)token.p[end]);)
			end++;
		if (end > i)
			tell_word(t, rbf_span_sub(token, i, end - i));
	}
}

void rbf_guess_words(const rbf_reply *reply, void (*said)(void *ud, const char *text), void *ud)
{
	telling t = {.said = said, .ud = ud};
	char code[24] = "=";
	for (size_t i = 0, end; i < reply->text.len; i = end + 1) {
		for (end = i; end < reply->text.len &&
			!rbf_is((unsigned char)reply->text.p[end], RBF_BETWEEN);)
			end++;
		tell_token(&t, rbf_span_sub(reply->text, i, end - i));
	}
	if (reply->code) {
		code[1] = (char)('0' + reply->code / 100);
		code[2] = (char)('0' + reply->code / 10 % 10);
		code[3] = (char)('0' + reply->code % 10);
		said(ud, code);
	}
	if (reply->enhanced.class_) {
		rbf_enhanced_format(code + 1, reply->enhanced);
		said(ud, code);
	}
}

/* ---- the table ------------------------------------------------------------------------------ */

static uint32_t hash(const char *text)
{
	uint32_t h = 2166136261U;
	for (; *text; text++)
		h = (h ^ (unsigned char)*text) * 16777619U;
	return h ^ h >> 15;
}

/* The slot of a text: its row's, or the empty one where it belongs. */
static size_t slot_of(const rbf_guess *g, const char *text)
{
	size_t slot = hash(text) % SLOTS;
	while (g->slots[slot] && strcmp(g->rows[g->slots[slot]].text, text) != 0)
		slot = (slot + 1) % SLOTS;
	return slot;
}

/* The next of "b12 e3"; false at the end. */
static bool next_count(const char **at, unsigned *category, double *sixths)
{
	while (**at == ' ')
		(*at)++;
	if (!**at)
		return false;
	*category = (unsigned)(*(*at)++ - 'a');
	for (*sixths = 0; rbf_is_digit((unsigned char)**at); (*at)++)
		*sixths = *sixths * 10 + (**at - '0');
	return *category < REBUFF_CATEGORY_N;
}

static double sum_of(const char *counts)
{
	unsigned category;
	double sum = 0, sixths;
	while (next_count(&counts, &category, &sixths))
		sum += sixths;
	return sum;
}

/* What the first row says, of all replies. */
static void read_all(rbf_guess *g, double share[REBUFF_CATEGORY_N])
{
	const char *at = g->rows[0].counts;
	double all = sum_of(at), sixths;
	unsigned category;
	for (size_t c = 0; c < REBUFF_CATEGORY_N; c++)
		g->prior[c] = NEVER;
	while (next_count(&at, &category, &sixths)) {
		share[category] = sixths / all;
		g->prior[category] = (int32_t)lround(SCALE * log(share[category]));
	}
}

static size_t read_row(rbf_guess *g, size_t row, size_t n, const double share[REBUFF_CATEGORY_N])
{
	const char *at = g->rows[row].counts, *text = g->rows[row].text;
	double sixths;
	unsigned category;
	entry *e = &g->entries[row];
	e->first = (uint32_t)n;
	e->pair = strchr(text, ' ');
	e->word = !e->pair && text[0] != '=';
	while (next_count(&at, &category, &sixths)) {
		if (share[category] <= 0)
			continue;
		double weight = SCALE * log(1 + sixths / 6 / (smooth * share[category]));
		g->opinions[n++] = (opinion){
			(uint8_t)category, (int16_t)lround(e->pair ? weight / 2 : weight)};
	}
	return n;
}

static size_t opinions_of(const rbf_guess_row *rows, size_t n)
{
	size_t sum = 0;
	for (size_t i = 1; i < n; i++)
		for (const char *p = rows[i].counts; *p; p++)
			sum += rbf_is_alpha((unsigned char)*p);
	return sum;
}

rbf_guess *rbf_guess_new(const rbf_guess_row *rows, size_t n)
{
	rbf_guess *g = n && n <= RBF_GUESS_ROWS_MAX ? calloc(1, sizeof *g) : NULL;
	if (!g)
		return NULL;
	g->rows = rows;
	g->n = n;
	g->entries = calloc(n + 1, sizeof *g->entries);
	g->opinions = calloc(opinions_of(rows, n) + 1, sizeof *g->opinions);
	if (!g->entries || !g->opinions) {
		rbf_guess_free(g);
		return NULL;
	}
	double share[REBUFF_CATEGORY_N] = {0};
	read_all(g, share);
	size_t at = 0;
	for (size_t i = 1; i < n; i++) {
		at = read_row(g, i, at, share);
		g->slots[slot_of(g, rows[i].text)] = (uint16_t)i;
	}
	g->entries[n].first = (uint32_t)at;
	return g;
}

void rbf_guess_free(rbf_guess *g)
{
	if (!g)
		return;
	free(g->entries);
	free(g->opinions);
	free(g);
}

/* ---- weighing ------------------------------------------------------------------------------- */

typedef struct {
	const rbf_guess *g;
	uint64_t seen[RBF_GUESS_ROWS_MAX / 64];
	uint16_t found[FOUND_MAX];
	size_t n, words;
} weighing;

static void on_said(void *ud, const char *text)
{
	weighing *w = ud;
	uint16_t row = w->g->slots[slot_of(w->g, text)];
	if (!row || w->seen[row / 64] >> row % 64 & 1 || w->n == FOUND_MAX)
		return;
	w->seen[row / 64] |= (uint64_t)1 << row % 64;
	w->found[w->n++] = row;
	w->words += w->g->entries[row].word;
}

/* How much what was found in a row speaks for a category. */
static int32_t weight_of(const rbf_guess *g, uint16_t row, size_t category)
{
	const entry *e = &g->entries[row];
	for (uint32_t i = e->first; i < e[1].first; i++)
		if (g->opinions[i].category == category)
			return g->opinions[i].weight;
	return 0;
}

static void weigh(const weighing *w, int32_t score[REBUFF_CATEGORY_N])
{
	const rbf_guess *g = w->g;
	memcpy(score, g->prior, sizeof g->prior);
	for (size_t i = 0; i < w->n; i++) {
		const entry *e = &g->entries[w->found[i]];
		for (uint32_t k = e->first; k < e[1].first; k++)
			score[g->opinions[k].category] += g->opinions[k].weight;
	}
}

/* The best of those that may be; SIZE_MAX: none. */
static size_t best_of(const int32_t score[REBUFF_CATEGORY_N], bool before_rcpt, size_t but)
{
	size_t best = SIZE_MAX;
	for (size_t c = 0; c < REBUFF_CATEGORY_N; c++) {
		if (c == but || score[c] < NEVER / 2 ||
			(before_rcpt &&
				rbf_usual_fault((rebuff_category)c) == REBUFF_FAULT_RECIPIENT))
			continue;
		if (best == SIZE_MAX || score[c] > score[best])
			best = c;
	}
	return best;
}

/* By how much it must win against one that kills the address, where that is at stake. */
static bool spares_clearly(const int32_t score[REBUFF_CATEGORY_N], size_t best)
{
	for (size_t c = 0; c < REBUFF_CATEGORY_N; c++)
		if (rbf_is_dead((unsigned)c) && score[c] > NEVER / 2 &&
			score[best] - score[c] < MARGIN_SPARE)
			return false;
	return true;
}

/* The words that spoke most for it, against the next best. */
static void write_words(const weighing *w, size_t best, size_t next, char out[REBUFF_TEXT_MAX])
{
	int32_t lead[FOUND_MAX] = {0};
	size_t len = 0;
	out[0] = '\0';
	for (size_t i = 0; i < w->n; i++)
		lead[i] = w->g->rows[w->found[i]].text[0] == '='
			? 0
			: weight_of(w->g, w->found[i], best) - weight_of(w->g, w->found[i], next);
	for (int shown = 0; shown < SHOWN_MAX; shown++) {
		size_t most = 0;
		for (size_t i = 1; i < w->n; i++)
			most = lead[i] > lead[most] ? i : most;
		if (lead[most] <= 0)
			return;
		rebuff_span word = rbf_span_of(w->g->rows[w->found[most]].text);
		if (len) {
			memcpy(out + len, ", ", 2);
			len += 2;
		}
		memcpy(out + len, word.p, word.len + 1); /* three of them fit */
		len += word.len;
		lead[most] = 0;
	}
}

static int harshness(rebuff_action action)
{
	return action == REBUFF_ACTION_SUPPRESS ? 2 : action == REBUFF_ACTION_SOFT;
}

/* Put the guess in place of what the codes said. */
static void replace(rebuff_category category, rebuff_stage stage, rebuff_classification *out)
{
	const struct {
		rebuff_category category;
		rebuff_action action;
		rebuff_fault fault;
	} codes = {out->category, out->action, out->fault};
	rebuff_fault usual = rbf_usual_fault(category);
	out->category = category;
	out->scope = rbf_usual_scope(category);
	rbf_reclassify(out, stage, -1);
	out->fault = usual == REBUFF_FAULT_RECIPIENT ? codes.fault : usual;
	out->permanent = out->permanent && codes.action == REBUFF_ACTION_SUPPRESS;
	if (harshness(out->action) > harshness(codes.action))
		out->action = codes.action;
	if (rbf_is_dead(category) && out->action == REBUFF_ACTION_BOUNCE &&
		out->fault == REBUFF_FAULT_RECIPIENT)
		out->fault = REBUFF_FAULT_UNKNOWN;
	out->runner_up = codes.category;
	(void)rbf_span_copy(
		out->runner_up_rule, sizeof out->runner_up_rule, rbf_span_of(out->rule));
	(void)rbf_span_copy(out->rule, sizeof out->rule, RBF_LIT("guess from words"));
	out->guessed = true;
}

static void tell_words(const weighing *w, void (*step)(void *ud, const char *line), void *ud,
	size_t best, size_t next)
{
	char line[256];
	for (size_t i = 0; i < w->n; i++) {
		uint16_t row = w->found[i];
		(void)snprintf(line, sizeof line, "word \"%s\": %+.1f for %s, %+.1f for %s",
			w->g->rows[row].text, weight_of(w->g, row, best) / (double)SCALE,
			rebuff_category_name((rebuff_category)best),
			weight_of(w->g, row, next) / (double)SCALE,
			rebuff_category_name((rebuff_category)next));
		step(ud, line);
	}
}

void rbf_guess_reply(const rbf_guess *g, const rbf_reply *reply, rebuff_stage stage,
	bool before_rcpt, rbf_guess_against against, rebuff_classification *out,
	void (*step)(void *ud, const char *line), void *ud)
{
	weighing w = {.g = g};
	int32_t score[REBUFF_CATEGORY_N];
	rbf_guess_words(reply, on_said, &w);
	weigh(&w, score);
	size_t best = best_of(score, before_rcpt, SIZE_MAX);
	size_t next = best == SIZE_MAX ? best : best_of(score, before_rcpt, best);
	if (next == SIZE_MAX)
		return;
	int32_t margin = score[best] - score[next];
	if (step && w.words >= KNOWN_MIN)
		tell_words(&w, step, ud, best, next);
	if (w.words < KNOWN_MIN || margin < margin_against[against] ||
		best == (size_t)out->category)
		return;
	if (out->action == REBUFF_ACTION_SUPPRESS && !rbf_is_dead((unsigned)best) &&
		!spares_clearly(score, best))
		return;
	replace((rebuff_category)best, stage, out);
	write_words(&w, best, next, out->evidence);
	out->confidence = 0.31 + 0.14 * (margin < MARGIN_SURE ? margin / (double)MARGIN_SURE : 1);
}
