/*
 * maillog.h - one line of smtpd's mail log, read. Takes the bare message (smtpd -d, the journal)
 * and the message behind a syslog prefix. Everything in it that comes from outside is unescaped and
 * may imitate what stands around it, so each field is read from the side where smtpd's own words
 * are.
 */
#ifndef RBO_MAILLOG_H
#define RBO_MAILLOG_H
#include "opensmtpd/text.h"

typedef enum {
	RBO_LOG_OTHER,
	RBO_LOG_CONNECTING, /* session, ip, host */
	RBO_LOG_ERROR, /* session; stat: what smtpd says about it */
	RBO_LOG_CLOSED, /* session: over */
	RBO_LOG_DELIVERY, /* the outcome of one attempt for one envelope: all fields */
	RBO_LOG_REMOVED, /* envelope: taken out of the queue by an operator or by us */
	RBO_LOG_EXPIRED, /* envelope, sender, recipient: given up by smtpd */
	RBO_LOG_LOST, /* stat: the fields of a result that filter-rebuff could not hand over */
	RBO_LOG_STARTED, /* smtpd has started: all pauses are gone */
} rbo_log_kind;

typedef enum { RBO_RESULT_OK, RBO_RESULT_TEMPFAIL, RBO_RESULT_PERMFAIL } rbo_log_result;

typedef struct {
	rbo_log_kind kind;
	uint64_t session; /* 0: no connection was made */
	uint64_t envelope;
	rbo_log_result result;
	rbo_text sender, recipient;
	rbo_text source_ip; /* "" when unknown */
	rbo_text ip, host; /* of the remote server; both "" when there was no connection */
	rbo_text relay; /* as it stands there: "IP (name)", or the domain without a connection */
	rbo_text stat;
	int64_t delay_s; /* of a delivery: since the message came in; -1 unknown */
} rbo_log_line;

/* Read one line without its line feed. */
void rbo_log_parse(rbo_text in, rbo_log_line *out);

/* At which stage of the dialogue smtpd's words place an error of a session ("banner", "ehlo",
 * "tls", "auth", "connect", or "" when they do not), and the server's own words in it, all of it
 * when it has none. */
const char *rbo_log_stage(rbo_text reason, rbo_text *words);

/* The stage of an outcome without a connection: "dns" or "connect". */
const char *rbo_log_unconnected_stage(rbo_text stat);
#endif
