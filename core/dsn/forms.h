/* forms.h - the words by which bounce messages are known, as data: what introduces a failure, what
 * a label before an address means, where the returned message begins. One table for every mailer; a
 * phrase that only one single message has does not belong here. */
#ifndef RBF_DSN_FORMS_H
#define RBF_DSN_FORMS_H
#include "rebuff.h"

typedef enum {
	RBF_FORM_FAIL, /* "could not be delivered" */
	RBF_FORM_DELAY, /* "has not yet been delivered" */
	RBF_FORM_DONE, /* "was successfully delivered" */
	RBF_FORM_AWAY, /* "out of the office" */
	RBF_FORM_CHALLENGE, /* "please confirm your message" */
	RBF_FORM_COMPLAINT, /* a Subject of a complaint that is no feedback report */
	RBF_FORM_RECIPIENT, /* stands before the recipient's address: "Recipient:" */
	RBF_FORM_OTHER, /* stands before an address that is not: "From:", "contact" */
	RBF_FORM_ORIGIN, /* stands before the address that was expanded: "generated from" */
	RBF_FORM_RETURNED, /* the line after which the returned message begins */
	RBF_FORM_PLATITUDE, /* begins a paragraph that says nothing of the reason */
	RBF_FORM_HOST, /* stands before the remote server's name: "while talking to" */
	RBF_FORM_STAGE, /* names the command that was answered */
	RBF_FORM_N
} rbf_form_kind;

typedef struct {
	const char *phrase; /* lower case; a space is any run of white space within a paragraph; its
			       first three bytes hold none */
	rbf_form_kind kind;
	rebuff_stage stage; /* STAGE */
	bool whole_line; /* nothing but punctuation may stand beside it on its line */
	bool subject; /* counts in a Subject only / in the body otherwise */
} rbf_form;

typedef struct rbf_forms rbf_forms;

/* The table, arranged for look-up. NULL without memory. */
rbf_forms *rbf_forms_new(void);
void rbf_forms_free(rbf_forms *f);

typedef struct {
	const rbf_form *form;
	size_t at, end; /* offsets in the text */
} rbf_form_hit;

/* All hits in `text` (of the body's or the subject's phrases), by offset, at most `cap`; returns
 * how many. Phrases match without regard to case, at the start of a word. Linear in the text. */
size_t rbf_forms_find(
	const rbf_forms *f, rebuff_span text, bool subject, rbf_form_hit *hits, size_t cap);
#endif
