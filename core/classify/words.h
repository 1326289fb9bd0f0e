/* words.h - looking at a text byte by byte, for what reads facts: never outside the text, and cheap
 * where the first byte is another. */
#ifndef RBF_CLASSIFY_WORDS_H
#define RBF_CLASSIFY_WORDS_H
#include "base/span.h"

/* What a byte may be part of. */
enum {
	RBF_LETTER = 1,
	RBF_DIGIT = 2,
	RBF_ALNUM = RBF_LETTER | RBF_DIGIT,
	RBF_HOST = 4, /* a host name */
	RBF_LOCAL = 8, /* a local part without quotes */
	RBF_LINK = 16, /* a URL */
	RBF_TAG = 32, /* a provider's own code: capitals, digits, _ - # : */
	RBF_BRACKET = 64, /* one that opens, round or square */
	RBF_BETWEEN = 128, /* nothing, but ends a token: a blank, a bracket, a quote, a comma, a
			      semicolon */
};
extern const uint8_t rbf_byte[256]; /* words.c */

typedef struct {
	const char *p; /* lower case */
	size_t len;
} rbf_word;

#define RBF_WORD(s)                                                                                \
	{                                                                                          \
		(s), sizeof(s) - 1                                                                 \
	}

/* The byte at i, a blank outside the text. */
static inline unsigned char rbf_at(rebuff_span text, size_t i)
{
	return i < text.len ? (unsigned char)text.p[i] : ' ';
}

static inline bool rbf_is(unsigned char c, unsigned part)
{
	return rbf_byte[c] & part;
}

static inline bool rbf_is_alnum(unsigned char c)
{
	return rbf_is(c, RBF_ALNUM);
}

/* Part of a word, of whatever alphabet. */
static inline bool rbf_is_word(unsigned char c)
{
	return rbf_is_alnum(c) || c > 0x7f;
}

static inline bool rbf_is_capital(unsigned char c)
{
	return c >= 'A' && c <= 'Z';
}

/* Past the bytes of this kind from i on, and back over those before it. */
static inline size_t rbf_past(rebuff_span text, size_t i, unsigned part)
{
	while (i < text.len && rbf_is((unsigned char)text.p[i], part))
		i++;
	return i;
}

static inline size_t rbf_back(rebuff_span text, size_t i, unsigned part)
{
	while (i && rbf_is((unsigned char)text.p[i - 1], part))
		i--;
	return i;
}

/* Does the word stand at i, in capitals or not? */
static inline bool rbf_word_at(rebuff_span text, size_t i, rbf_word word)
{
	if (i > text.len || text.len - i < word.len)
		return false;
	for (size_t k = 0; k < word.len; k++)
		if (rbf_lower((unsigned char)text.p[i + k]) != (unsigned char)word.p[k])
			return false;
	return true;
}

/* Does the text before i end with it? */
static inline bool rbf_word_before(rebuff_span text, size_t i, rbf_word word)
{
	return i >= word.len && rbf_word_at(text, i - word.len, word);
}

/* The number of the first of words[n] that stands at i; n when none does. */
static inline size_t rbf_words_at(rebuff_span text, size_t i, const rbf_word *words, size_t n)
{
	size_t k = 0;
	while (k < n && !rbf_word_at(text, i, words[k]))
		k++;
	return k;
}
#define RBF_WORDS_AT(text, i, words)                                                               \
	rbf_words_at((text), (i), (words), sizeof(words) / sizeof *(words))
#define RBF_COUNT(words) (sizeof(words) / sizeof *(words))
#endif
