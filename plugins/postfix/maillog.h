/*
 * maillog.h - one message of Postfix's in the mail log, read in place. Pure.
 *
 * An address or a reply in the line may imitate what stands around it, so fields are taken from the
 * left, where Postfix's own words are, quoted local parts are passed over as a whole, and the reply
 * is never searched but at its ends.
 */
#ifndef RBP_MAILLOG_H
#define RBP_MAILLOG_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef enum {
	RBP_LOG_OTHER,
	RBP_LOG_SENDER, /* qmgr has the message: id, sender */
	RBP_LOG_RESULT, /* of one attempt for one recipient at a remote server: all fields */
	RBP_LOG_OVER, /* the message left the queue, or Postfix gave up on it: id */
	RBP_LOG_UNREAD, /* begins as a result, and is none that can be read */
} rbp_log_kind;

/* Fields lie in the line; "" (its end) when it does not have them. */
typedef struct {
	rbp_log_kind kind;
	char *id;
	char *sender; /* "" the null sender */
	char *recipient;
	const char *outcome; /* "delivered", "failed" or "rcpt-defer" */
	const char *stage; /* "rcpt", "connect" ... "unknown" */
	char *host, *ip; /* of the server that answered */
	int64_t delay_ms; /* since the message came in; -1 unknown */
	char *text; /* the server's reply, else Postfix's sentence */
} rbp_log_line;

/*
 * Read one message, which has a NUL at text[len]. `program` is what the log's prefix calls the
 * program ("postfix/smtp", "postfix-out/relay/smtp"): deliveries of smtp and lmtp alone are
 * results, for the others reach no remote server.
 */
void rbp_log_parse(const char *program, char *text, size_t len, rbp_log_line *out);

/* Is this result a remote server's word? Not what lmtp delivers (mailboxes of this host), nor what
 * goes through a content filter on the loopback interface, whose answer is not the recipient's. */
bool rbp_log_is_remote(const char *program, const rbp_log_line *line);
#endif
