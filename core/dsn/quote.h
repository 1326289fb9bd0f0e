/* quote.h - the reply quoted in a text written for people. */
#ifndef RBF_DSN_QUOTE_H
#define RBF_DSN_QUOTE_H
#include "rebuff.h"

typedef struct {
	size_t at, end; /* the reply in the text; at == end: none */
	int score; /* how surely it is the reply: the highest wins */
	char status[16]; /* the enhanced code in it, "" for none */
} rbf_quote;

/* The best quoted reply (4xx or 5xx) in text[from..to). */
rbf_quote rbf_quote_find(rebuff_span text, size_t from, size_t to);
/* The first enhanced code of class 4 or 5 in s ("#5.1.1", "(4.4.1)", "5.1.1"); its length in bytes,
 * or 0. *at is where. */
size_t rbf_quote_status(rebuff_span s, size_t *where);
#endif
