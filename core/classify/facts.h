/* facts.h - what the text of a reply states besides its meaning. */
#ifndef RBF_CLASSIFY_FACTS_H
#define RBF_CLASSIFY_FACTS_H
#include "rebuff.h"

/*
 * Fill wait_s, wait_until_s, fact_ip, fact_address, fact_list, fact_url, fact_domain, fact_auth,
 * fact_tag and fact_limit of out from the text (already without codes and line joins); "" or 0 for
 * what it does not state. Code and category of out are read: a stated wait counts in a 4xx and in
 * what is about rates or our address, a limit where something was too much, a list where someone
 * was refused. `marks`: which kinds of the words of signs.h are in the text (RBF_MARK_*); too many
 * cost time alone. What is written is printable ASCII. No allocation; linear in the text's length.
 */
void rbf_facts(rebuff_span text, unsigned marks, rebuff_classification *out);

/* The reading of one text, for numbers.c. */
typedef struct {
	rebuff_span text;
	rebuff_classification *out;
	bool waits, limits; /* what is looked for */
	int limit_sure; /* how sure the limit found so far is */
	int looked_at; /* numbers so far: after some no further one is a wait or limit */
} rbf_reading;

/* An IP address, wait or limit that begins with the digit at start. Returns where to go on. A
 * wait over 24 h is taken as 24 h. */
size_t rbf_facts_number(rbf_reading *r, size_t start);
/* "an hour", "PT15M": a wait that begins with the letter at i. */
void rbf_facts_length(rbf_reading *r, size_t i);
#endif
