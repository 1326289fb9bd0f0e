/*
 * peer.h - the connections of those who ask: accepted, bounded, read, answered in order. What a
 * request means is none of its business: a complete one goes to the handler, which answers it at
 * once or later, from the loop thread.
 *
 * Bounds: connections an endpoint (endpoint.h), 64 KiB a request, 5 s from its first byte to its
 * last, PEER_LINE_MAX requests under way or 64 KiB of answers not fetched a connection (then it is
 * read no further), 10 s for an answer that is not fetched. A quiet connection is closed after 5
 * minutes, or when its endpoint is full and a new one comes. Whoever breaks the form gets error=
 * and is closed.
 */
#ifndef RBF_PROGRAM_PEER_H
#define RBF_PROGRAM_PEER_H
#include <event2/event.h>

#include "client/wire.h"
#include "serve/endpoint.h"
#include "serve/log.h"
#include "serve/writer.h"

enum {
	PEER_LINE_MAX = 128,
	PEER_REQUEST_MS = 5000,
	PEER_QUIET_MS = 300000,
	PEER_STUCK_MS = 10000,
};

typedef struct peers peers;
typedef struct answer answer;

/* One request. The handler owns it: request_free when it is done with, after answering. */
typedef struct request request;
struct request {
	job job; /* first: for the writer, when the request changes something */
	endpoint_id endpoint;
	uid_t uid; /* who asks */
	rbf_wire_record record; /* decoded, borrowing from `bytes` */
	int fd; /* passed with it, closed by request_free; -1: none */
	answer *answer; /* its place in the connection's line; NULL when answered */
	peers *all;
	int64_t came_ms; /* wall clock */
	void *ud; /* the handler's, like the next */
	size_t number;
	bool arrives;
	request *link; /* the handler's, to wait in a list */
	unsigned sharers; /* who have to free it, too, before it is */
	const char *counted; /* what `number` is called in the answer; NULL: it is not in it */
	char bytes[];
};

/* Write the answer: the writer for its fields (valid until request_end), then request_end, which
 * sends it when its turn has come. */
rbf_wire_writer *request_begin(request *r);
void request_end(request *r);
void request_ok(request *r); /* ok=1 */
void request_error(request *r, const char *text); /* error=TEXT */
/* Does whoever asked still listen? Not when it has hung up meanwhile, as a plugin whose deadline is
 * over does. */
bool request_is_awaited(const request *r);
void request_free(request *r);

typedef struct {
	size_t open; /* connections now */
	uint64_t accepted, turned_away, dropped;
} peers_health;

/* Serve the endpoints (borrowed) on `base`; the process ignores SIGPIPE. NULL: no memory. */
peers *peers_new(struct event_base *base, const endpoint endpoints[ENDPOINT_N], logger *log,
	void (*handle)(void *ud, request *r), void *ud);
/* Drop who is slow, stuck or quiet. Called every second. */
void peers_tick(peers *all);
/* Accept and read no more. */
void peers_stop(peers *all);
/* Is every answer given so far on its way? */
bool peers_flushed(const peers *all);
/* Close every connection. Requests with the writer may still be answered (into nothing) before. */
void peers_free(peers **all);
void peers_get_health(const peers *all, peers_health *out);
#endif
