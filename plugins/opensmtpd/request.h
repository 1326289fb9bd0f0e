/* request.h - a remote reply in the engine's words (docs/protocol.md), for the engine itself and
 * for the mail log, where the log reader finds what did not reach the engine. */
#ifndef RBO_REQUEST_H
#define RBO_REQUEST_H
#include "client/wire.h"
#include "opensmtpd/filter.h"

/* The kind of result that a reply is: "delivered", "failed" or "rcpt-defer". An envelope of smtpd
 * is one recipient, so a deferral at any stage is that recipient's. */
const char *rbo_kind_of(int code);

/* The result request, ended by its empty line, into out[cap]; a text that does not fit is cut.
 * Returns its length, 0 when not even that fits (cap 8192 is always enough). */
size_t rbo_request_result(const rbo_reply *reply, char *out, size_t cap);

/* "May mail from sender to recipient be taken?" Returns its length; cap 4096 is enough. */
size_t rbo_request_submit(rbo_text sender, rbo_text recipient, char *out, size_t cap);

/* "Mail for this held recipient is about to be queued" and "is queued now". Their length; cap 4096
 * is enough. */
size_t rbo_request_commit(const rbo_held *held, char *out, size_t cap);
size_t rbo_request_committed(const rbo_held *held, char *out, size_t cap);

/* Does the mail log say less than the reply? smtpd joins lines there without a border, and keeps
 * only the last one of what is over its buffer of 2 KiB. */
bool rbo_log_says_less(const rbo_reply *reply);

/* "rebuff lost " and the request's fields joined by TAB, with LF, into out[cap]; the text is cut to
 * what fits. Returns its length, 0 when it does not fit. */
size_t rbo_request_lost(const rbo_reply *reply, char *out, size_t cap);
#endif
