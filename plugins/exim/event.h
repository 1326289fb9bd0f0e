/* event.h - what an event of Exim, or a sentence of its log, says in the words of the wire. Pure.
 */
#ifndef RBX_EVENT_H
#define RBX_EVENT_H
#include <stdbool.h>
#include <stddef.h>

typedef struct {
	const char *kind; /* host-defer rcpt-defer message-defer failed delivered complete */
	const char *stage; /* as docs/protocol.md lists them; "unknown" */
	int code; /* the reply code where the event states it; 0: it stands in the text */
	bool keep; /* when the engine cannot be told, the log must keep it */
} rbx_outcome;

/*
 * Read an event: $event_name, $event_data, $event_defer_errno (decimal). Returns false for an event
 * that is no result of a recipient or message (tcp:, smtp:, tls:, auth: and unknown ones), and for
 * mail that an operator removed or gave up.
 * Measured on Exim 4.96; docs/exim.md has the table.
 */
bool rbx_event_read(const char *name, const char *data, const char *defer_errno, rbx_outcome *out);

/* The stage that one of Exim's own sentences states ("SMTP error from remote mail server after
 * RCPT TO:<a@b>: 550 ..."); "unknown" when it begins with none of them. What the remote server
 * said is never searched. */
const char *rbx_stage_of_sentence(const char *text);

/* The stage behind a number that Exim gives as error: its own (negative) or the system's. "unknown"
 * when the number does not tell. */
const char *rbx_stage_of_errno(int number);

/* The stage of a failure without any connection: "dns" for the sentences of Exim's routing that are
 * about the domain's DNS, else "unknown". */
const char *rbx_stage_of_routing(const char *text);
#endif
