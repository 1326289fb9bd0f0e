/*
 * protocol.h - the lines that smtpd and a filter exchange (smtpd-filters(7)), protocols 0.5 to 0.7
 * (OpenSMTPD 6.7 to 7.8). Reading borrows and never fails hard: a line that is not understood is
 * RBO_LINE_OTHER. Writing is the dangerous side, because smtpd ends on a malformed line: whatever
 * is handed in, the lines written here are of the right form and shorter than 2048 bytes.
 */
#ifndef RBO_PROTOCOL_H
#define RBO_PROTOCOL_H
#include "opensmtpd/text.h"

enum {
	RBO_ANSWER_MAX = 640, /* a line that we write, with its LF; smtpd reads 2047 */
	RBO_SENDER_MAX = 320,
	RBO_REPLY_MAX = 500, /* reply text in it: RFC 5321 4.5.3.1.5 allows 512 with CRLF */
};

typedef enum {
	RBO_LINE_OTHER, /* nothing to do with it */
	RBO_LINE_READY, /* config|ready: smtpd waits for our registrations */
	RBO_LINE_CONNECT, /* text: host name by DNS; text2: local address:port; text3: remote one */
	RBO_LINE_DISCONNECT,
	RBO_LINE_MAIL, /* text: sender, without brackets; ok */
	RBO_LINE_ENVELOPE, /* envelope */
	RBO_LINE_RESET, /* tx-reset, tx-rollback: the transaction is over (smtp-in only); message */
	RBO_LINE_CLIENT, /* text: a command as sent */
	RBO_LINE_SERVER, /* text: one line of a reply as received */
	RBO_LINE_ASK_RCPT, /* a question; token, text: the recipient without brackets */
	RBO_LINE_ASK, /* another question, which must be answered too; token */
	RBO_LINE_ASK_COMMIT, /* a question; token */
	RBO_LINE_COMMITTED, /* tx-commit: it is in the queue (smtp-in only); message */
	RBO_LINE_ASK_MAIL, /* a question; token, text: the sender without brackets */
} rbo_line_kind;

typedef struct {
	rbo_line_kind kind;
	bool out; /* of smtp-out, else of smtp-in */
	bool ok; /* MAIL: accepted */
	int64_t time_ms; /* since 1970 */
	uint64_t session;
	uint64_t token;
	uint64_t envelope;
	uint32_t message; /* the first half of its envelopes' ids; 0 unknown */
	rbo_text text, text2, text3;
} rbo_line;

/* Read one line without its line feed. */
void rbo_line_parse(rbo_text in, rbo_line *out);

/* What the filter says at start, after config|ready: its registrations (with `marks` the question
 * of MAIL too), and that these are all. */
const char *rbo_registration(bool marks);

/* The answer "go on" to a question, into out[RBO_ANSWER_MAX]. Returns its length. */
size_t rbo_answer_proceed(const rbo_line *question, char *out);
/* The answer "go on, and give the envelope this ENVID (RFC 3461 4.4)", which takes the place of all
 * of the client's own parameters. 0: the sender is none that could be written again as it is. */
size_t rbo_answer_mark(const rbo_line *question, const char *envid, char *out);
/*
 * The answer "refuse" with this reply. A text that does not begin with a 4xx or 5xx code gets 550,
 * one without an enhanced code 5.1.1 as well. Control bytes become spaces, what is longer than
 * RBO_REPLY_MAX is cut. Returns its length.
 */
size_t rbo_answer_reject(const rbo_line *question, rbo_text reply, char *out);
#endif
