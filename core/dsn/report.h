/* report.h - what one message says, before its replies are classified. */
#ifndef RBF_DSN_REPORT_H
#define RBF_DSN_REPORT_H
#include "dsn/arena.h"

enum {
	RBF_REPORT_RECIPIENTS_MAX = 100000,
	RBF_REPORT_RETURNED_MAX = 64 * 1024, /* bytes of the returned header section kept */
	RBF_REPORT_WORDS_MAX = 4096, /* bytes of a notice kept for one recipient */
};

typedef struct {
	rebuff_span recipient;
	rebuff_span original;
	rebuff_dsn_action action;
	rebuff_stage stage; /* of the dialogue, as far as the text says */
	rebuff_span status; /* "5.1.1" of the Status field or of the text, "" for none */
	rebuff_span reply; /* the quoted reply, one line */
	rebuff_span words; /* what the notice says of this recipient, one line */
	rebuff_span comment; /* the Status field with the words in it; stays with the reader */
	rebuff_span mta; /* who gave the reply */
	bool local; /* a program or file of the reporting machine failed, not a server */
} rbf_recipient;

typedef struct {
	rebuff_message_kind kind;
	rebuff_span message_id, envelope_id, sender, returned, reporting_mta, feedback_type;
	rebuff_span notice; /* the start of what is written for people, one line */
	rbf_recipient *recipient;
	size_t recipient_n;
	bool truncated;
} rbf_report;

/* Recipients of a report, each address once. */
typedef struct {
	rbf_arena *arena;
	rbf_report *report;
	uint32_t *slot; /* open addressing, recipient number + 1 */
	size_t slot_n; /* a power of two, 0 before the first */
	size_t cap;
} rbf_recipients;

rbf_recipients rbf_recipients_of(rbf_report *report, rbf_arena *arena);
/* The recipient of that address (compared without regard to case), added when it is new. NULL over
 * the bound or for what cannot be an address (longer than REBUFF_ADDRESS_MAX, empty). The pointer
 * is valid until the next call. */
rbf_recipient *rbf_recipients_add(rbf_recipients *list, rebuff_span address);
/* The recipient of that address, NULL when it is not there. */
rbf_recipient *rbf_recipients_find(const rbf_recipients *list, rebuff_span address);
/* Is it the name of something else: a pipe, a file, a domain without a mailbox? */
bool rbf_recipient_is_odd(const rbf_recipient *r);
/* Give a recipient another address, or take it out when that one is on the list already. */
void rbf_recipients_rename(rbf_recipients *list, size_t i, rebuff_span address);
#endif
