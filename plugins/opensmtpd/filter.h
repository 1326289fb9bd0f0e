/*
 * filter.h - what filter-rebuff makes of smtpd's lines, without any input or output of its own:
 * replies of remote servers become results, questions about recipients become questions to the
 * engine and then answers to smtpd. One rbo_filter_new at start allocates everything; nothing later
 * allocates, and nothing fails: what does not fit is left out (the mail log has every outcome).
 */
#ifndef RBO_FILTER_H
#define RBO_FILTER_H
#include "opensmtpd/protocol.h"

enum {
	RBO_SESSIONS_MAX = 4096,
	RBO_RECIPIENTS_MAX = 16384, /* that wait for the answer to the dot, or (held) for their
				       commit, in all */
	RBO_ASKS_MAX = 1024, /* questions that wait for the engine */
	RBO_REMOTE_REPLY_MAX = 8448, /* bytes of a remote reply; more than the engine keeps, so it
				       sees that there was more */
	RBO_ADDRESS_MAX = 320,
	RBO_ENVID_MAX = 31, /* bytes of a mark of ours */
	RBO_ASK_DEADLINE_MS = 300,
	RBO_COMMIT_DEADLINE_MS = 1000, /* of held mail, whose turn may be the window after next */
	RBO_ASK_TIMEOUTS = 2, /* in a row, then a rest */
	RBO_ASK_REST_MS = 5000,
};

/* One reply of a remote server, for one recipient, or with envelope 0 for a session whose
 * recipients smtpd does not name (banner, EHLO, MAIL). Borrowed for the call. */
typedef struct {
	uint64_t session;
	uint64_t envelope;
	const char *recipient, *sender;
	const char *envid; /* the mark of ours that the server was given; "" none */
	const char *stage; /* banner ehlo tls auth mail rcpt data dot */
	int code;
	rbo_text text; /* all lines, joined by LF */
	bool truncated;
	int lines;
	const char *host; /* the name of its address in the DNS, "" unknown. What a banner claims
			   * is nothing to count against a provider. */
	const char *ip, *source_ip;
	int port;
	int64_t time_ms; /* since 1970 */
} rbo_reply;

/* A recipient of arriving mail that the engine holds. Borrowed for the call. */
typedef struct {
	uint64_t envelope;
	const char *recipient, *sender;
} rbo_held;

/* Where the filter's work goes. All are called from within rbo_filter_line, _answer and _tick. */
typedef struct {
	void *ud;
	/* To smtpd: whole lines with LF. */
	void (*say)(void *ud, const char *bytes, size_t len);
	/* A remote server has answered. */
	void (*reply)(void *ud, const rbo_reply *reply);
	/* May mail from `sender` to `recipient` be taken? The answer comes by rbo_filter_answer
	 * with this ticket. False: nobody can be asked, go on. */
	bool (*ask)(void *ud, uint64_t ticket, rbo_text sender, rbo_text recipient);
	/* Mail for a recipient that is held is about to be queued. Once the engine is ready for it,
	 * rbo_filter_ready is called with this ticket, for each of a message's held recipients.
	 * False: nobody can be asked, go on. */
	bool (*commit)(void *ud, uint64_t ticket, const rbo_held *held);
	/* Asked together with a commit, which may wait for long: any sign of life will do, told by
	 * rbo_filter_heard. */
	void (*ping)(void *ud);
	/* It is queued now. */
	void (*committed)(void *ud, const rbo_held *held);
	/* A mark for one message, which nobody can guess, beginning with RBO_MARK. False: it is not
	 * to be marked. NULL: none is. */
	bool (*mark)(void *ud, char out[RBO_ENVID_MAX + 1]);
} rbo_filter_hooks;

#define RBO_MARK "rbf1"

typedef struct rbo_filter rbo_filter;

/* NULL without memory. Freed by rbo_filter_free (accepts NULL). */
rbo_filter *rbo_filter_new(rbo_filter_hooks hooks);
void rbo_filter_free(rbo_filter *f);

/* One line of smtpd without its LF, at now_ms (CLOCK_MONOTONIC). */
void rbo_filter_line(rbo_filter *f, rbo_text line, int64_t now_ms);
/* The engine's answer. What comes for a ticket that is not open any more is ignored. */
typedef enum { RBO_TAKE, RBO_TAKE_HELD, RBO_REFUSE } rbo_verdict;
/* About a recipient; `reply` is to refuse with. */
void rbo_filter_answer(rbo_filter *f, uint64_t ticket, rbo_verdict verdict, rbo_text reply);
/* About one held recipient of a message that is to be queued. */
void rbo_filter_ready(rbo_filter *f, uint64_t ticket);
/* The engine has answered something, whatever it was. A commit that runs out after that is no sign
 * that nobody listens. */
void rbo_filter_heard(rbo_filter *f);
/* Nobody will answer the open questions (the connection is gone): go on with all of them. */
void rbo_filter_release(rbo_filter *f);
/* Answer what is past its deadline. Returns the milliseconds until the next one is, -1 for none. */
int rbo_filter_tick(rbo_filter *f, int64_t now_ms);
/* Is the engine left in peace after timeouts? */
bool rbo_filter_rests(const rbo_filter *f, int64_t now_ms);
/* Questions that wait. */
size_t rbo_filter_open(const rbo_filter *f);
#endif
