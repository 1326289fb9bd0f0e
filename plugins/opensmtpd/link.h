/*
 * link.h - a connection to the engine for a loop that must never wait: requests are queued and sent
 * as the socket takes them, answers come back in order (docs/protocol.md). No allocation; what does
 * not fit is refused. A connection is opened when something is to be sent, so an engine that comes
 * back is used at once.
 */
#ifndef RBO_LINK_H
#define RBO_LINK_H
#include "client/wire.h"

enum {
	RBO_LINK_QUEUE = 1024, /* requests without an answer */
	RBO_LINK_BYTES = 1024 * 1024, /* of those */
};

typedef struct {
	uint64_t ticket; /* of the caller */
	uint32_t len;
} rbo_link_request;

/* 1.1 MiB: place it in allocated or static storage; rbo_link_init before use. */
typedef struct {
	const char *path;
	const char *alive; /* the engine's stamp; NULL: not looked at */
	void *ud;
	/* An answer, in the order of the requests. */
	void (*answer)(void *ud, uint64_t ticket, const rbf_wire_record *record);
	/* The connection is gone and this request was not answered. Called for each, oldest first.
	 */
	void (*lost)(void *ud, uint64_t ticket, const char *request, size_t len);
	int fd; /* -1: not connected */
	rbo_link_request queue[RBO_LINK_QUEUE]; /* a ring */
	size_t first, n;
	size_t head; /* where the first request begins in out */
	size_t sent, len; /* offsets in out */
	char out[RBO_LINK_BYTES];
	size_t in_len, scanned;
	char in[RBF_WIRE_REQUEST_MAX + 1];
} rbo_link;

void rbo_link_init(rbo_link *l, const char *path, const char *alive);
/* Queue one encoded request, connecting when that is needed. False when nobody listens, the
 * engine's stamp is old, or the queue is full. */
bool rbo_link_send(rbo_link *l, uint64_t ticket, const char *request, size_t len);
/* For poll: the events to wait for on l->fd (0 when not connected). */
short rbo_link_events(const rbo_link *l);
/* After poll said `revents`: send, receive, hand out answers. */
void rbo_link_work(rbo_link *l, short revents);
/* Close; unanswered requests are lost. */
void rbo_link_close(rbo_link *l);
#endif
