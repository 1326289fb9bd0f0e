/* mention.h - addresses in text written for people, and how surely each is the one that failed. */
#ifndef RBF_DSN_MENTION_H
#define RBF_DSN_MENTION_H
#include "dsn/forms.h"

/* How surely a mentioned address is a recipient of the report. */
typedef enum {
	RBF_MENTION_OTHER, /* said to be something else: sender, contact, display name */
	RBF_MENTION_PROSE, /* somewhere in the text */
	RBF_MENTION_TO, /* behind a bare "To:" */
	RBF_MENTION_FAILING, /* in a paragraph that speaks of a failure or begins with it, or in a
				quoted reply */
	RBF_MENTION_LABELLED, /* behind "Recipient:" and the like */
	RBF_MENTION_ALONE, /* alone on its line, or leading it: "<a@b>: reason" */
} rbf_mention_rank;

typedef struct {
	size_t at, end; /* the address, without brackets */
	size_t label; /* where the label before it begins; `at`: none */
	size_t line, line_end; /* its line */
	rbf_mention_rank rank;
	bool leads; /* it begins a paragraph */
	bool sure; /* behind "RCPT TO:" or "recipient:", whoever else it is */
	bool chosen;
} rbf_mention;

/* The addresses of text[0..end) in order, ranked; at most `cap`. hits are the phrases of the text.
 */
size_t rbf_mentions_find(rebuff_span text, size_t end, const rbf_form_hit *hits, size_t hit_n,
	rbf_mention *mentions, size_t cap);
/* The next address in s from *pos on, which moves behind it; an empty span at the end. */
rebuff_span rbf_address_next(rebuff_span s, size_t *pos);
#endif
