/* reply.h - one SMTP reply in any of the joinings it is met in (RFC 5321 4.2). */
#ifndef RBF_SMTP_REPLY_H
#define RBF_SMTP_REPLY_H
#include "smtp/enhanced.h"

/*
 * The reply, read. `text` is what the server said without codes and line joins: codes repeated on
 * continuation lines and the enhanced codes that repeat the first one are taken out, each run of
 * white space and control bytes is one space, bytes above 0x7f stay. It lies in `storage`.
 */
typedef struct {
	uint16_t code; /* 0 when there is none, else 200..599 */
	rbf_enhanced enhanced; /* as given, class not corrected */
	rebuff_span text;
	uint16_t lines; /* lines of the reply, at least 1 */
	bool truncated; /* cut at REBUFF_REPLY_MAX bytes or REBUFF_REPLY_LINES_MAX lines */
	char storage[REBUFF_REPLY_MAX];
} rbf_reply;

/*
 * Read a reply. Takes wire lines (CRLF, LF, bare CR), lines joined by the two characters \n (Exim),
 * lines joined without a separator (OpenSMTPD's log: "550-first550 second"), Exim's sentence before
 * it ("SMTP error from remote mail server after RCPT TO:<a@b>: 550 ..."), "host X [ip] said:",
 * "SMTP; 550 ...", "smtp; 550 ...", "550-5.1.1", "(5.1.1)", "#5.1.1", a code alone, no code at all,
 * an enhanced code alone. Never fails: what has no code is text with code 0.
 */
void rbf_reply_parse(rebuff_span in, rbf_reply *out);

/* The stage that Exim's sentence names ("after RCPT TO:", "after end of data", "after initial
 * connection"), REBUFF_STAGE_UNKNOWN when it does not. */
rebuff_stage rbf_reply_stage(rebuff_span in);
#endif
