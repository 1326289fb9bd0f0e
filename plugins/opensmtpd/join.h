/*
 * join.h - from lines of the mail log to outcomes, one for each attempt of each envelope, with the
 * best text that is known. The log has every outcome, but shortens replies, and says only "Network
 * error" when no connection came to a transaction; filter-rebuff adds ("rebuff lost") what it could
 * not hand to the engine. Both arrive in either order, so an outcome waits for half a second.
 *
 * No input or output of its own. All storage is allocated by rbo_join_new and bounded: what is
 * over the bounds is handed out early.
 */
#ifndef RBO_JOIN_H
#define RBO_JOIN_H
#include "opensmtpd/maillog.h"

enum {
	RBO_JOIN_HOLD_MS = 500,
	RBO_JOIN_WAITING = 2048, /* outcomes that wait */
	RBO_JOIN_SESSIONS = 1024, /* remembered; the oldest are forgotten first */
	RBO_JOIN_FAILURES = 512, /* addresses with their last error, likewise */
	RBO_JOIN_TEXT_MAX = 8448,
	RBO_JOIN_ADDRESSES = 16, /* of one domain */
	RBO_JOIN_KEEP_MS = 24 * 3600 * 1000, /* how long an address's last error explains others */
};

typedef struct {
	uint64_t envelope;
	const char *kind; /* delivered, failed, rcpt-defer, complete */
	const char *stage; /* "" unknown */
	const char *recipient, *sender, *host, *ip, *source_ip;
	rbo_text text;
	int64_t time_ms; /* since 1970 */
	int64_t delay_s; /* since the message came in; -1 unknown */
	uint64_t mark; /* of the line that said so */
} rbo_outcome;

typedef struct {
	void *ud;
	void (*outcome)(void *ud, const rbo_outcome *outcome);
	/* The addresses of a domain's mail servers as text; how many were written. */
	size_t (*addresses)(void *ud, const char *domain, char (*out)[64], size_t cap);
	/* smtpd has said what became of an attempt: called at once, long before its outcome. */
	void (*attempted)(void *ud, uint64_t envelope, bool deferred);
	/* smtpd has started anew. */
	void (*started)(void *ud);
} rbo_join_hooks;

typedef struct rbo_join rbo_join;

/* NULL without memory. Freed by rbo_join_free (accepts NULL). */
rbo_join *rbo_join_new(rbo_join_hooks hooks);
void rbo_join_free(rbo_join *j);

/* One line without its LF, written at time_ms (since 1970), read at now_ms (CLOCK_MONOTONIC).
 * `mark` is the caller's, greater for later lines. */
void rbo_join_line(rbo_join *j, rbo_text line, int64_t time_ms, int64_t now_ms, uint64_t mark);
/* Hand out what has waited long enough (all: whatever waits). Returns the milliseconds until the
 * next one has, -1 when nothing waits. */
int rbo_join_tick(rbo_join *j, int64_t now_ms, bool all);
/* The mark of the oldest line whose outcome waits, UINT64_MAX when none does. */
uint64_t rbo_join_oldest(const rbo_join *j);
#endif
