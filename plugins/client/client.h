/*
 * client.h - ask the engine over its unix socket, within a deadline, and fail open: whatever goes
 * wrong, the caller gets a code at once and goes on as if there were no engine.
 *
 * Made for living inside a mail server's process: no allocation, no signal (MSG_NOSIGNAL), no
 * descriptor below 3 or inherited by exec, no lock. After fork the child drops the descriptor that
 * it inherited and opens its own. One client serves one thread.
 */
#ifndef RBF_CLIENT_CLIENT_H
#define RBF_CLIENT_CLIENT_H
#include <sys/types.h>

#include "client/wire.h"

enum { RBF_CLIENT_ALIVE_MAX_MS = 3000 }; /* an older stamp: the engine's loop stands still */

typedef struct {
	const char *socket; /* path, "/run/rebuff/exim.sock" */
	const char *alive; /* path of the engine's stamp; NULL: not looked at (mtactl, tests) */
	int deadline_ms; /* for one question: connect, send and answer together */
	int timeouts; /* after so many in a row ... */
	int rest_ms; /* ... it asks no more for so long; -1: never again in this process */
} rbf_client_options;

typedef enum {
	RBF_CLIENT_OK,
	RBF_CLIENT_ABSENT, /* no fresh stamp, or nobody listens */
	RBF_CLIENT_TIMEOUT, /* no answer within the deadline */
	RBF_CLIENT_RESTING, /* not asked: too many timeouts before */
	RBF_CLIENT_BROKEN, /* the connection was closed, or what came is not of the wire's form */
	RBF_CLIENT_REFUSED, /* the answer is error=; the record is filled in */
} rbf_client_status;

/* All zero and the options is a fresh client. 64 KiB: place it in static storage. */
typedef struct {
	rbf_client_options options;
	bool open;
	int fd; /* valid when open */
	pid_t pid; /* who opened it */
	int timeouts; /* in a row */
	bool resting;
	int64_t rest_until_ms; /* CLOCK_MONOTONIC */
	const char
		*problem; /* a constant sentence about the last failure, never NULL after an ask */
	char answer[RBF_WIRE_REQUEST_MAX + 1];
} rbf_client;

/*
 * Send one encoded request (ended by its empty line) and wait for its answer. pass_fd >= 0 is
 * handed over with the first byte (SCM_RIGHTS) and stays the caller's. `out` borrows from the
 * client, until the next call. Returns RBF_CLIENT_OK only for a well-formed answer without error=.
 * A connection that was kept from an earlier question and turns out closed is opened anew once: the
 * request may then reach the engine twice, which recognises a repeated result.
 */
rbf_client_status rbf_client_ask(
	rbf_client *c, const char *request, size_t len, int pass_fd, rbf_wire_record *out);

/* Close the connection; the next question opens a new one. In a child of fork this touches only
 * the child's own copy. */
void rbf_client_close(rbf_client *c);

/* Is the stamp at `path` there and at most RBF_CLIENT_ALIVE_MAX_MS old? (CLOCK_BOOTTIME in
 * milliseconds, decimal, LF; one from the future by more than that is from another boot.) */
bool rbf_client_alive(const char *path);

/* Milliseconds of CLOCK_MONOTONIC. */
int64_t rbf_client_now_ms(void);
/* Milliseconds since 1970. */
int64_t rbf_client_wall_ms(void);

/* A descriptor for `path` opened read only, for passing on: a new open file description, so that
 * reading it never moves the offset of another one. -1 when it cannot be opened. Never 0, 1 or 2.
 */
int rbf_client_open_to_pass(const char *path);
#endif
