/* notice.h - a bounce written for people: no fields, any mailer, any wording. Read by what such
 * messages have in common: an address, a quoted reply, the start of the returned message. */
#ifndef RBF_DSN_NOTICE_H
#define RBF_DSN_NOTICE_H
#include "dsn/forms.h"
#include "dsn/mention.h"
#include "dsn/report.h"

typedef struct {
	rebuff_span text; /* whole, in UTF-8 */
	size_t end; /* the report ends here ... */
	size_t returned; /* ... and the returned message's header begins here; text.len: none */
	const rbf_form_hit *hits;
	size_t hit_n;
	uint32_t says; /* bits 1 << rbf_form_kind of the phrases in the report */
	bool has_reply; /* a 4xx or 5xx reply is quoted */
} rbf_notice;

/* Prepare a text: quoting marks of a forwarded mail taken off, the parts told apart. */
void rbf_notice_open(rbf_notice *n, const rbf_forms *forms, rbf_arena *arena, rebuff_span text);

/* Its mentions of addresses, and the address of one. */
rbf_mention *rbf_notice_mentions(const rbf_notice *n, rbf_arena *arena, size_t *count);
rebuff_span rbf_notice_address(const rbf_notice *n, const rbf_mention *m);

/* What is known from elsewhere, each a list of header values with addresses. */
typedef struct {
	rebuff_span failed; /* X-Failed-Recipients */
	rebuff_span sent_to; /* recipients of the returned message */
	rebuff_span senders[4]; /* of the returned message, and whom the notice went to */
} rbf_notice_hints;

/* Add the recipients that the notice itself names, else those of X-Failed-Recipients. */
void rbf_notice_recipients(
	const rbf_notice *n, const rbf_notice_hints *hints, rbf_recipients *list);
/* Add those of the returned message, for a notice that names none. */
void rbf_notice_sent_to(const rbf_notice *n, const rbf_notice_hints *hints, rbf_recipients *list);
/* Give every recipient of the list the reply and words that the notice has for it, where it has
 * none yet. */
void rbf_notice_words(const rbf_notice *n, rbf_recipients *list);
#endif
