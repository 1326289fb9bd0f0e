/*
 * dsn.h - what a bounce, complaint or automatic answer says. This is the reading itself, in the
 * process that calls it; reader.c (rebuff_reader_* of rebuff.h) has it done in a child.
 */
#ifndef RBF_DSN_DSN_H
#define RBF_DSN_DSN_H
#include "dsn/report.h"

typedef struct rbf_dsn rbf_dsn;

/* What is kept from message to message. NULL without memory. */
rbf_dsn *rbf_dsn_open(void);
/* Sets *d to NULL; accepts NULL. */
void rbf_dsn_close(rbf_dsn **d);

/*
 * Read one message. *out is valid until the next call. Never fails on content: what is no report
 * has kind REBUFF_MESSAGE_NONE. REBUFF_ENOMEM alone.
 */
rebuff_status rbf_dsn_read(
	rbf_dsn *d, rebuff_span message, const rbf_report **out, rebuff_error *err);

/*
 * Have the reply of a recipient classified and add what the report says beside it: the action
 * (delivered, expired after delays), the Status field where the reply has no code of its own.
 * `f` may be NULL. Fills *out; its spans are those of the report.
 */
void rbf_dsn_judge(const rbf_report *report, const rbf_recipient *r,
	void (*f)(void *ud, const rebuff_reply *reply, rebuff_classification *out), void *ud,
	rebuff_bounced *out);
#endif
