/* signs.h - the words that facts are known by: names of block lists, what stands beside a domain, a
 * wait, a limit, a date, and units of time. */
#ifndef RBF_CLASSIFY_SIGNS_H
#define RBF_CLASSIFY_SIGNS_H
#include "classify/words.h"

/* A word that says something. They are kept by their first byte, a letter's the small one, so that
 * most bytes of a text are passed over at once. */
typedef struct {
	rbf_word word;
	unsigned says; /* 0 ends a list */
} rbf_sign;
typedef const rbf_sign *rbf_signs[256];

/* Beside names. */
extern const rbf_signs rbf_name_signs;
enum {
	RBF_BEFORE_DOMAIN = 1,
	RBF_BEHIND_DOMAIN = 2,
	RBF_LIST = 4, /* a block list's name */
	RBF_BEFORE_LIST = 8, /* of one that nobody knows: "listed at list.example.org" */
	RBF_WWW = 16,
	RBF_DOMAINS = RBF_BEFORE_DOMAIN | RBF_BEHIND_DOMAIN,
	RBF_LISTS = RBF_LIST | RBF_BEFORE_LIST,
};

/* Near numbers; some say several. */
extern const rbf_signs rbf_number_signs;
enum {
	RBF_BEFORE_WAIT = 1, /* wait that long */
	RBF_BEHIND_WAIT = 2,
	RBF_BEFORE_PAST = 4, /* a length of time, but none to wait */
	RBF_BEFORE_DATE = 8, /* wait until then */
	RBF_BEFORE_LIMIT = 16, /* so many and no more */
	RBF_BEHIND_LIMIT = 32, /* so many in each */
};

/* Units of time say their seconds, and whether letters may follow. */
extern const rbf_signs rbf_unit_signs;
enum { RBF_DAY_S = 86400, RBF_STEM = 1 << 20 };

/* The first of a list, from `sign` on, that stands at i and says one of these; NULL: none does.
 * Accepts NULL for an empty list. */
static inline const rbf_sign *rbf_sign_at(
	rebuff_span text, size_t i, const rbf_sign *sign, unsigned says)
{
	for (; sign && sign->says; sign++)
		if (sign->says & says && rbf_word_at(text, i, sign->word))
			return sign;
	return NULL;
}

/* Does one that says this stand near a number, in text[from..to), at a word's beginning? Letters
 * over 0x7f begin words everywhere. `to` may lie behind the text's end. */
bool rbf_number_sign(rebuff_span text, size_t from, size_t to, unsigned says);
#endif
