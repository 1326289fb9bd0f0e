/*
 * sessions.h - inside the filter: what is known of the SMTP sessions of smtpd, and the recipients
 * that belong to them. Everything is allocated by rbo_sessions_init; when a table is full, what
 * does not fit is not known.
 */
#ifndef RBO_SESSIONS_H
#define RBO_SESSIONS_H
#include "opensmtpd/filter.h"

enum {
	RBO_BUCKETS = 8192,
	RBO_NONE = 0, /* index 0 of every pool stays unused: it means none */
};

/* Where an outgoing session stands: what the next reply will be the answer to. */
typedef enum {
	RBO_AT_BANNER,
	RBO_AT_EHLO,
	RBO_AT_TLS,
	RBO_AT_AUTH,
	RBO_AT_MAIL,
	RBO_AT_RCPT,
	RBO_AT_DATA,
	RBO_AT_DOT,
	RBO_AT_ELSE /* RSET, QUIT: of no interest */
} rbo_stage;

typedef struct {
	uint32_t next; /* in the transaction, or in the free list */
	uint64_t envelope;
	char address[RBO_ADDRESS_MAX + 1];
} rbo_recipient;

typedef struct {
	uint32_t next; /* in the bucket, or in the free list */
	uint64_t id;
	bool out;
	bool lmtp;
	bool sender_known;
	char sender[RBO_ADDRESS_MAX + 1];
	uint64_t envelope; /* of the RCPT under way; 0: none */
	char address[RBO_ADDRESS_MAX + 1]; /* of the RCPT under way */
	uint32_t first, last; /* out: accepted recipients of the transaction; in: held ones of
				 messages whose end is not known */
	bool held; /* in: the recipient of the RCPT under way is */
	/* smtp-out only */
	rbo_stage at;
	char envid[RBO_ENVID_MAX + 1]; /* of the transaction; "" none of ours */
	char name[256], ip[64], source_ip[64];
	int port;
	int lines;
	bool truncated;
	size_t text_len;
	char text[RBO_REMOTE_REPLY_MAX];
} rbo_session;

typedef struct {
	uint32_t bucket[RBO_BUCKETS];
	rbo_session *sessions;
	uint32_t free_session;
	rbo_recipient *recipients;
	uint32_t free_recipient;
} rbo_sessions;

/* False without memory; rbo_sessions_free is due in any case. */
bool rbo_sessions_init(rbo_sessions *t);
void rbo_sessions_free(rbo_sessions *t);

/* NULL: not known. */
rbo_session *rbo_session_find(rbo_sessions *t, uint64_t id, bool out);
/* The session, made when it is not known yet; NULL when the table is full. */
rbo_session *rbo_session_need(rbo_sessions *t, uint64_t id, bool out);
/* It is over, and with it its recipients. */
void rbo_session_forget(rbo_sessions *t, uint64_t id, bool out);

/* The recipient of the RCPT under way was accepted: it is the session's last from now on. */
void rbo_recipient_keep(rbo_sessions *t, rbo_session *s);
/* Nobody is pointing at it any more. */
void rbo_recipient_free(rbo_sessions *t, uint32_t i);
void rbo_recipients_drop_first(rbo_sessions *t, rbo_session *s);
void rbo_recipients_drop(rbo_sessions *t, rbo_session *s);
#endif
