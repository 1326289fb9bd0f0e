/* test_guess.c - what words mean where no phrase is known. Makes the table of their counts, too:
 * core/classify/guess_words.inc must be what the replies of tests/data/replies.tsv give. */
#include "unit.h"
#include <stdio.h>
#include <stdlib.h>

#include "../script/files.h"
#include "base/span.h"
#include "classify/rules.h"
#include "script/script.h"

enum {
	REPLIES_MAX = 8000,
	SLOTS = 1 << 17,
	LEAST = 2 * 6, /* sixths of a reply that say it */
	FOLDS = 10,
};

/* ---- the replies ---------------------------------------------------------------------------- */

typedef struct {
	bool is[REBUFF_CATEGORY_N]; /* its labels */
	unsigned labels;
	unsigned fold; /* FOLDS is none: all are counted */
	rbf_reply reply;
} labelled;

static labelled *replies;
static size_t reply_n;

static rebuff_category category_of(rebuff_span name)
{
	for (int c = 0; c < REBUFF_CATEGORY_N; c++)
		if (rbf_span_eq(name, rbf_span_of(rebuff_category_name((rebuff_category)c))))
			return (rebuff_category)c;
	fail_msg("no category is called %.*s", (int)name.len, name.p);
	return REBUFF_UNCLASSIFIED;
}

/* What no reply to a delivery is: a note of somebody who is away, and the like. */
static bool is_of_replies(rebuff_category c)
{
	return c != REBUFF_UNCLASSIFIED && c < REBUFF_COMPLAINT;
}

static void add_reply(char *line)
{
	labelled *l = &replies[reply_n];
	rebuff_span label, labels = rbf_span_of(line);
	char *tab = strchr(line, '\t');
	assert_true(reply_n < REPLIES_MAX && tab);
	labels.len = (size_t)(tab - line);
	tab[strcspn(tab, "\n")] = '\0';
	rbf_reply_parse(rbf_span_of(tab + 1), &l->reply);
	memset(l->is, 0, sizeof l->is);
	l->labels = 0;
	while (labels.p) {
		label = rbf_span_split(&labels, '|');
		rebuff_category c = category_of(label);
		if (is_of_replies(c) && !l->is[c]) {
			l->is[c] = true;
			l->labels++;
		}
	}
	reply_n += l->labels > 0;
}

static int load_replies(void **state)
{
	char line[4096];
	FILE *f = fopen("tests/data/replies.tsv", "r");
	(void)state;
	replies = calloc(REPLIES_MAX, sizeof *replies);
	assert_true(f && replies);
	while (fgets(line, sizeof line, f))
		if (line[0] != '#' && strchr(line, '\t'))
			add_reply(line);
	(void)fclose(f);
	return 0;
}

static int free_replies(void **state)
{
	(void)state;
	free(replies);
	return 0;
}

/* ---- counting ------------------------------------------------------------------------------- */

typedef struct {
	char text[RBF_GUESS_TEXT_MAX];
	unsigned sixths[REBUFF_CATEGORY_N];
	size_t last; /* the reply, from 1, that was counted last */
} counted;

typedef struct {
	counted *list;
	size_t n;
	uint32_t *slots;
	const labelled *of;
	size_t number;
} counting;

static counted *entry_of(counting *c, const char *text)
{
	uint32_t h = 2166136261U;
	for (const char *p = text; *p; p++)
		h = (h ^ (unsigned char)*p) * 16777619U;
	h %= SLOTS;
	while (c->slots[h] && strcmp(c->list[c->slots[h] - 1].text, text) != 0)
		h = (h + 1) % SLOTS;
	if (!c->slots[h]) {
		assert_true(c->n < SLOTS / 2);
		c->slots[h] = (uint32_t)++c->n;
		(void)snprintf(c->list[c->n - 1].text, RBF_GUESS_TEXT_MAX, "%s", text);
	}
	return &c->list[c->slots[h] - 1];
}

/* Those who live in the examples would be known words. */
static bool is_of_somebody(const char *text)
{
	static const char *const names[] = {"al", "alice", "anna", "bob", "carol", "eve", "jane",
		"joe", "john", "lucy", "max", "shop"};
	for (rebuff_span rest = rbf_span_of(text); rest.p;) {
		rebuff_span word = rbf_span_split(&rest, ' ');
		for (size_t i = 0; i < sizeof names / sizeof *names; i++)
			if (rbf_span_eq(word, rbf_span_of(names[i])))
				return true;
	}
	return false;
}

static void count_word(void *ud, const char *text)
{
	counting *c = ud;
	counted *e = entry_of(c, text);
	if (e->last == c->number || is_of_somebody(text))
		return;
	e->last = c->number;
	for (int k = 0; k < REBUFF_CATEGORY_N; k++)
		if (c->of->is[k])
			e->sixths[k] += 6 / c->of->labels;
}

/* Count all replies but those of a fold (FOLDS: none). */
static counting count(unsigned but)
{
	counting c = {
		.list = calloc(SLOTS / 2, sizeof *c.list), .slots = calloc(SLOTS, sizeof *c.slots)};
	assert_true(c.list && c.slots);
	for (size_t i = 0; i < reply_n; i++) {
		if (replies[i].fold == but)
			continue;
		c.of = &replies[i];
		c.number = i + 1;
		count_word(&c, "");
		rbf_guess_words(&replies[i].reply, count_word, &c);
	}
	return c;
}

static unsigned sum_of(const counted *e)
{
	unsigned sum = 0;
	for (int k = 0; k < REBUFF_CATEGORY_N; k++)
		sum += e->sixths[k];
	return sum;
}

static int by_text(const void *a, const void *b)
{
	return strcmp(((const counted *)a)->text, ((const counted *)b)->text);
}

typedef struct {
	rbf_guess_row *rows;
	char (*counts)[REBUFF_CATEGORY_N * 8];
	size_t n;
	counting of;
} table;

static table make_table(unsigned but)
{
	table t = {.of = count(but)};
	t.rows = calloc(t.of.n, sizeof *t.rows);
	t.counts = calloc(t.of.n, sizeof *t.counts);
	assert_true(t.rows && t.counts);
	qsort(t.of.list, t.of.n, sizeof *t.of.list, by_text);
	for (size_t i = 0; i < t.of.n; i++) {
		const counted *e = &t.of.list[i];
		char *out = t.counts[t.n];
		if (sum_of(e) < LEAST)
			continue;
		for (int k = 0; k < REBUFF_CATEGORY_N; k++)
			if (e->sixths[k])
				out += sprintf(out, "%s%c%u", out == t.counts[t.n] ? "" : " ",
					'a' + k, e->sixths[k]);
		t.rows[t.n] = (rbf_guess_row){e->text, t.counts[t.n]};
		t.n++;
	}
	return t;
}

static void free_table(table *t)
{
	free(t->rows);
	free(t->counts);
	free(t->of.list);
	free(t->of.slots);
}

/* ---- the committed table -------------------------------------------------------------------- */

static void write_table(const table *t, const char *path)
{
	FILE *f = fopen(path, "w");
	assert_non_null(f);
	fprintf(f,
		"/* How many replies of tests/data/replies.tsv say what, in sixths; made by "
		"tests/unit/classify/test_guess.c.\n");
	for (int c = 0; c < REBUFF_CATEGORY_N; c++)
		if (is_of_replies((rebuff_category)c))
			fprintf(f, " * %c %s\n", 'a' + c, rebuff_category_name((rebuff_category)c));
	fprintf(f, " */\n");
	for (size_t i = 0; i < t->n; i++)
		fprintf(f, "{\"%s\", \"%s\"},\n", t->rows[i].text, t->rows[i].counts);
	assert_int_equal(fclose(f), 0);
}

static void test_the_table_is_of_these_replies(void **state)
{
	table t = make_table(FOLDS);
	bool same = t.n == rbf_guess_row_n;
	(void)state;
	for (size_t i = 0; same && i < t.n; i++)
		same = strcmp(t.rows[i].text, rbf_guess_rows[i].text) == 0 &&
			strcmp(t.rows[i].counts, rbf_guess_rows[i].counts) == 0;
	if (!same)
		write_table(&t, "build/guess_words.inc");
	free_table(&t);
	if (!same)
		fail_msg("tests/data/replies.tsv was changed: "
			 "cp build/guess_words.inc core/classify/guess_words.inc");
}

/* ---- how good it is ------------------------------------------------------------------------- */

enum { WORDS = 8192 };

typedef struct {
	uint64_t bits[WORDS / 64];
	unsigned n;
	size_t twin; /* the first reply of those that say nearly the same */
} said;

static said *says;
static counting vocabulary;

static void note_word(void *ud, const char *text)
{
	said *s = ud;
	if (strchr(text, ' ') || text[0] == '=')
		return;
	size_t word = (size_t)(entry_of(&vocabulary, text) - vocabulary.list);
	assert_true(word < WORDS);
	s->n += !(s->bits[word / 64] >> word % 64 & 1);
	s->bits[word / 64] |= (uint64_t)1 << word % 64;
}

static bool are_twins(const said *a, const said *b)
{
	unsigned both = 0;
	for (size_t i = 0; i < WORDS / 64; i++)
		both += (unsigned)__builtin_popcountll(a->bits[i] & b->bits[i]);
	return 2 * both >= a->n + b->n - both;
}

/* Those that say nearly the same (half of all words of both are in both) are in one fold, or the
 * answer would be known beforehand. */
static void fold(void)
{
	vocabulary = (counting){.list = calloc(SLOTS / 2, sizeof *vocabulary.list),
		.slots = calloc(SLOTS, sizeof *vocabulary.slots)};
	says = calloc(reply_n, sizeof *says);
	assert_true(vocabulary.list && vocabulary.slots && says);
	for (size_t i = 0; i < reply_n; i++) {
		rbf_guess_words(&replies[i].reply, note_word, &says[i]);
		says[i].twin = i;
		for (size_t k = 0; k < i; k++) {
			if (says[k].twin == says[i].twin || !are_twins(&says[i], &says[k]))
				continue;
			size_t from = says[i].twin, to = says[k].twin;
			for (size_t m = 0; m <= i; m++)
				if (says[m].twin == from)
					says[m].twin = to;
		}
	}
	for (size_t i = 0; i < reply_n; i++)
		replies[i].fold = (unsigned)(says[i].twin * 2654435761U >> 8) % FOLDS;
	free(says);
	free(vocabulary.list);
	free(vocabulary.slots);
}

/* What the codes would have said; nothing is at stake, or the address is. */
static rebuff_classification codes_of(const rbf_reply *reply)
{
	rebuff_classification c = {.size = sizeof c, .code = reply->code};
	c.action = reply->code / 100 == 5 ? REBUFF_ACTION_SUPPRESS : REBUFF_ACTION_RETRY;
	return c;
}

/* By words alone, as if no phrase were known; each by the words of others. */
static void test_words_alone(void **state)
{
	unsigned right = 0, wrong = 0, silent = 0, blamed = 0;
	(void)state;
	fold();
	for (unsigned f = 0; f < FOLDS; f++) {
		table t = make_table(f);
		rbf_guess *g = rbf_guess_new(t.rows, t.n);
		assert_non_null(g);
		for (size_t i = 0; i < reply_n; i++) {
			labelled *l = &replies[i];
			if (l->fold != f)
				continue;
			rebuff_classification c = codes_of(&l->reply);
			rbf_guess_reply(g, &l->reply, REBUFF_STAGE_UNKNOWN, false, RBF_GUESS_CODE,
				&c, NULL, NULL);
			if (!c.guessed)
				silent++;
			else if (l->is[c.category])
				right++;
			else
				wrong++;
			blamed += c.guessed && c.action == REBUFF_ACTION_SUPPRESS &&
				!l->is[REBUFF_ADDRESS_BAD] && !l->is[REBUFF_DOMAIN_BAD] &&
				!l->is[REBUFF_MAILBOX_DISABLED];
		}
		rbf_guess_free(g);
		free_table(&t);
	}
	print_message("%zu replies by the words of others: %u right, %u wrong, %u not guessed; of "
		      "those that are not dead %u are said to be\n",
		reply_n, right, wrong, silent, blamed);
	assert_true(right * 100 >= (right + wrong) * 75);
	assert_true(silent * 100 <= reply_n * 30);
	assert_true(blamed * 100 <= reply_n * 3);
}

/* ---- in place ------------------------------------------------------------------------------- */

static rbf_config *load(const char *operators)
{
	rbf_config *c;
	rebuff_error err;
	if (rbf_config_load("lua", operators, 0, &(rebuff_log){0}, &c, &err) != REBUFF_OK)
		fail_msg("%s", err.text);
	return c;
}

static rebuff_classification classify(const rbf_config *c, const char *text, rebuff_stage stage)
{
	rbf_reply reply;
	rebuff_classification out;
	rbf_reply_parse(rbf_span_of(text), &reply);
	rbf_classify(c->rules, &reply, -1, stage, &out, NULL, NULL);
	return out;
}

/* 400 replies: dead addresses, full mailboxes, blocked IPs, limits. "away" is said of two. */
static const rbf_guess_row own_words[] = {{"", "b600 e600 h600 i600"}, {"tables", "b120"},
	{"entry", "b120"}, {"named", "b120"}, {"box", "e120"}, {"nothing", "e120"},
	{"hold", "e120"}, {"hosts", "h120"}, {"operators", "h120"}, {"junk", "h120"},
	{"away", "b60 h240"}, {"name", "b60 h60"}, {"site", "b60 h60"}};

/* The shipped policy, an operator's folder, and those words. */
static rbf_config *load_own_words(const char *operators)
{
	rbf_config *c = load(operators);
	rbf_guess_free(c->rules->guess);
	c->rules->guess = rbf_guess_new(own_words, sizeof own_words / sizeof *own_words);
	assert_non_null(c->rules->guess);
	return c;
}

/* What is guessed, and what is done and who is blamed then. */
static void test_guesses(void **state)
{
	static const struct {
		const char *name, *reply;
		rebuff_stage stage;
		bool guessed;
		rebuff_category category;
		rebuff_action action;
		rebuff_fault fault;
	} rows[] = {
		{"a bare code would have suppressed",
			"550 our tables have no entry named so at this site", REBUFF_STAGE_RCPT,
			true, REBUFF_ADDRESS_BAD, REBUFF_ACTION_SUPPRESS, REBUFF_FAULT_UNKNOWN},
		{"5.7.1 would not", "550 5.7.1 our tables have no entry named so at this site",
			REBUFF_STAGE_RCPT, true, REBUFF_ADDRESS_BAD, REBUFF_ACTION_BOUNCE,
			REBUFF_FAULT_US},
		{"nobody is struck who was not",
			"550 5.7.1 the box over there can hold nothing more", REBUFF_STAGE_RCPT,
			true, REBUFF_MAILBOX_FULL, REBUFF_ACTION_BOUNCE, REBUFF_FAULT_US},
		{"an address is spared", "550 we keep away from hosts whose operators let junk out",
			REBUFF_STAGE_RCPT, true, REBUFF_IP_BLOCKED, REBUFF_ACTION_BOUNCE,
			REBUFF_FAULT_SENDER_IP},
		{"not by a little", "550 we keep away from such a name at this site",
			REBUFF_STAGE_RCPT, false, REBUFF_UNCLASSIFIED, REBUFF_ACTION_SUPPRESS,
			REBUFF_FAULT_UNKNOWN},
		{"the first digit binds", "450 our tables have no entry named so at this site",
			REBUFF_STAGE_RCPT, true, REBUFF_ADDRESS_BAD, REBUFF_ACTION_RETRY,
			REBUFF_FAULT_UNKNOWN},
		{"before RCPT it is not the recipient", "550 our tables have no entry named so",
			REBUFF_STAGE_MAIL, false, REBUFF_SENDER_REJECTED, REBUFF_ACTION_BOUNCE,
			REBUFF_FAULT_SENDER_DOMAIN},
		{"a sure code is enough",
			"550 5.2.2 our tables have no entry named so at this site",
			REBUFF_STAGE_RCPT, false, REBUFF_MAILBOX_FULL, REBUFF_ACTION_SOFT,
			REBUFF_FAULT_RECIPIENT},
		{"two words are too few", "550 our tables have no entry", REBUFF_STAGE_RCPT, false,
			REBUFF_UNCLASSIFIED, REBUFF_ACTION_SUPPRESS, REBUFF_FAULT_UNKNOWN},
		{"words that nobody says",
			"550 Wurstkessel leergeputzt, Feierabendbier eingeschenkt",
			REBUFF_STAGE_RCPT, false, REBUFF_UNCLASSIFIED, REBUFF_ACTION_SUPPRESS,
			REBUFF_FAULT_UNKNOWN},
		{"neither is an address, nor a host",
			"550 <no.entry@have.example> our.tables.example at "
			"https://named.example/site",
			REBUFF_STAGE_RCPT, false, REBUFF_UNCLASSIFIED, REBUFF_ACTION_SUPPRESS,
			REBUFF_FAULT_UNKNOWN},
		{"no code, no guess", "our tables have no entry named so at this site",
			REBUFF_STAGE_UNKNOWN, false, REBUFF_UNCLASSIFIED, REBUFF_ACTION_NONE,
			REBUFF_FAULT_UNKNOWN},
	};
	(void)state;
	rbf_config *c = load_own_words("");
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		rebuff_classification got = classify(c, rows[i].reply, rows[i].stage);
		assert_row_int(rows[i].name, got.guessed, rows[i].guessed);
		assert_row_str(rows[i].name, rebuff_category_name(got.category),
			rebuff_category_name(rows[i].category));
		assert_row_str(rows[i].name, rebuff_action_name(got.action),
			rebuff_action_name(rows[i].action));
		assert_row_str(rows[i].name, rebuff_fault_name(got.fault),
			rebuff_fault_name(rows[i].fault));
	}
	rbf_config_unref(c);
}

static unsigned seed = 1;

static unsigned number(unsigned below)
{
	seed = seed * 1103515245 + 12345;
	return (seed >> 8) % below;
}

/* Words of the table behind a code. */
static void make_reply(char *out, size_t cap)
{
	static const char *const subjects[] = {"", "0.0 ", "1.0 ", "2.0 ", "2.1 ", "5.0 ", "7.1 "};
	const char *subject = subjects[number(7)];
	unsigned class_ = 4 + number(2);
	size_t n = (size_t)snprintf(out, cap, "%u%02u ", class_, number(60));
	if (subject[0])
		n += (size_t)snprintf(out + n, cap - n, "%u.%s", class_, subject);
	for (int k = 0; k < 5; k++) {
		const char *text = rbf_guess_rows[1 + number((unsigned)rbf_guess_row_n - 1)].text;
		n += (size_t)snprintf(out + n, cap - n, "%s ", text[0] == '=' ? "-" : text);
	}
}

static bool suppresses(const rebuff_classification *c)
{
	return c->action == REBUFF_ACTION_SUPPRESS;
}

static bool strikes(const rebuff_classification *c)
{
	return suppresses(c) || c->action == REBUFF_ACTION_SOFT;
}

/* A failure that policy.c strikes for, whatever the action, when the recipient is to blame. */
static bool is_held_dead(const rebuff_classification *c)
{
	return c->action == REBUFF_ACTION_BOUNCE && c->fault == REBUFF_FAULT_RECIPIENT &&
		(c->category == REBUFF_ADDRESS_BAD || c->category == REBUFF_MAILBOX_DISABLED ||
			c->category == REBUFF_DOMAIN_BAD);
}

static bool is_harder(const rebuff_classification *with, const rebuff_classification *without)
{
	return (suppresses(with) && !suppresses(without)) || (strikes(with) && !strikes(without)) ||
		(with->permanent && !suppresses(without)) ||
		(with->fault == REBUFF_FAULT_RECIPIENT &&
			without->fault != REBUFF_FAULT_RECIPIENT) ||
		(is_held_dead(with) && !strikes(without) && !is_held_dead(without));
}

/* Beside what the codes alone would have done, a guess suppresses nobody, strikes nobody and blames
 * no recipient; and words that nobody says change no guess. */
static void test_a_guess_is_never_harder(void **state)
{
	unsigned guessed = 0;
	(void)state;
	rbf_config *c = load("");
	rbf_guess *guess = c->rules->guess;
	for (int i = 0; i < 20000; i++) {
		char text[1024];
		rebuff_stage stage = (rebuff_stage)number(REBUFF_STAGE_N);
		make_reply(text, sizeof text);
		rebuff_classification with = classify(c, text, stage);
		c->rules->guess = NULL;
		rebuff_classification without = classify(c, text, stage);
		c->rules->guess = guess;
		guessed += with.guessed;
		if (with.guessed && is_harder(&with, &without))
			fail_msg("\"%s\" at %s is %s, %s, %s; without words %s, %s, %s", text,
				rebuff_stage_name(stage), rebuff_category_name(with.category),
				rebuff_action_name(with.action), rebuff_fault_name(with.fault),
				rebuff_category_name(without.category),
				rebuff_action_name(without.action),
				rebuff_fault_name(without.fault));
		strcat(text, "qzxv kwqjx <a@b.example> zzxq");
		rebuff_classification more = classify(c, text, stage);
		assert_row_int(text, more.category, with.category);
		assert_row_str(text, more.evidence, with.evidence);
	}
	rbf_config_unref(c);
	assert_true(guessed > 1000);
}

/* What a postmaster says of a code, or hints at, outranks every guess. */
static void test_the_operator_knows_better(void **state)
{
	static const char *const rules[] = {
		"rebuff.rules:add { code = 550, category = \"policy\", confidence = 0.1, "
		"source = \"seen here\" }\n",
		"rebuff.rules:add { text = \"tables\", category = \"policy\", confidence = 0.1, "
		"source = \"seen here\" }\n",
		"rebuff.rules:add { enhanced = \"5.7.1\", category = \"policy\", confidence = 0.1, "
		"source = \"seen here\" }\n"};
	(void)state;
	for (size_t i = 0; i < sizeof rules / sizeof *rules; i++) {
		folder dir;
		folder_make(&dir);
		folder_write(&dir, "rules/own.lua", rules[i], strlen(rules[i]));
		rbf_config *c = load_own_words(dir.dir);
		rebuff_classification got =
			classify(c, "550 5.7.1 our tables have no entry named so at this site",
				REBUFF_STAGE_RCPT);
		rbf_config_unref(c);
		folder_remove(&dir);
		assert_row_int(rules[i], got.guessed, false);
		assert_row_int(rules[i], got.category, REBUFF_POLICY);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_the_table_is_of_these_replies),
		cmocka_unit_test(test_words_alone), cmocka_unit_test(test_guesses),
		cmocka_unit_test(test_a_guess_is_never_harder),
		cmocka_unit_test(test_the_operator_knows_better)};
	return cmocka_run_group_tests_name("classify/guess", tests, load_replies, free_replies);
}
