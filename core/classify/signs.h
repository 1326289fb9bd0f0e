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

/* How the providers' own codes begin, in capitals. */
extern const rbf_sign rbf_tag_signs[];
enum { RBF_TAG_ALONE = 1, RBF_TAG_DIGITS = 2 /* only with a digit in it */ };

/*
 * What the automaton that looks for the rules' phrases looks for besides: a text in which none of a
 * kind is found has none of these facts, and need not be read for them word by word.
 */
enum {
	RBF_MARK_NAME = 1, /* a name sign */
	RBF_MARK_LENGTH = 2, /* "an hour", "PT1" */
	RBF_MARK_TAG = 4,
	RBF_MARK_URL = 8, /* "://" */
	RBF_MARK_ADDRESS = 16, /* "@" */
	RBF_MARK_VERDICT = 32, /* "spf", "dkim", "dmarc" */
	RBF_MARKS = 63, /* all of them */
	RBF_MARKS_MAX = 256,
};
typedef struct {
	char text[30]; /* in small letters */
	uint8_t len;
	uint8_t kind;
	bool whole; /* no letter may follow */
} rbf_mark;
/* All of them. Returns how many there are. */
size_t rbf_marks(rbf_mark out[RBF_MARKS_MAX]);
/* Does one that ends at text[end) count? */
bool rbf_mark_counts(const rbf_mark *m, rebuff_span text, size_t end);

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
