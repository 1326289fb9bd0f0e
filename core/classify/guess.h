/*
 * guess.h - what a reply means by its words, where no phrase is known in it. How often a word, or
 * a pair of neighbours, stands in the replies of tests/data/replies.tsv says how much it speaks for
 * each category (naive Bayes); the counts are in guess_words.inc.
 */
#ifndef RBF_CLASSIFY_GUESS_H
#define RBF_CLASSIFY_GUESS_H
#include "smtp/reply.h"

typedef struct rbf_guess rbf_guess;

/* What replies say, and how many of each category say it, in sixths of a reply (one of two labels
 * counts for three): "b12 e3", 'a' being category 0. The first row, "", counts all replies. */
typedef struct {
	const char *text;
	const char *counts;
} rbf_guess_row;

enum {
	RBF_GUESS_ROWS_MAX = 8192,
	RBF_GUESS_WORD_MAX = 40, /* bytes; longer ones are no words */
	RBF_GUESS_TEXT_MAX = 2 * RBF_GUESS_WORD_MAX + 2,
};

/* The table that counts the replies of tests/data/replies.tsv; a unit test makes it. */
extern const rbf_guess_row rbf_guess_rows[];
extern const size_t rbf_guess_row_n;

/* NULL without memory, or when a row cannot be read. Rows are borrowed for its life. */
rbf_guess *rbf_guess_new(const rbf_guess_row *rows, size_t n);
void rbf_guess_free(rbf_guess *g);

/* Tell of each word of a reply in lower case, of each with the one before it ("not found"), and of
 * its codes ("=550", "=5.7.1"). Addresses, URLs, host names, numbers and marks are passed over. */
void rbf_guess_words(const rbf_reply *reply, void (*said)(void *ud, const char *text), void *ud);

/* What the guess is held against. */
typedef enum { RBF_GUESS_CODE, RBF_GUESS_HINT, RBF_GUESS_PHRASE } rbf_guess_against;

/*
 * `out` is what codes, a hint or a weak phrase made of the reply: put the category there that the
 * words speak for, if they do so clearly enough. It is never harder on the recipient: a
 * guess is blamed on nobody that was not to blame before, suppresses nothing that the codes would
 * not have suppressed, and spares an address by a larger margin only. step/ud as in rbf_classify.
 */
void rbf_guess_reply(const rbf_guess *g, const rbf_reply *reply, rebuff_stage stage,
	bool before_rcpt, rbf_guess_against against, rebuff_classification *out,
	void (*step)(void *ud, const char *line), void *ud);
#endif
