/*
 * endpoint.h - the sockets on which the engine is asked: which there are, who may connect, what
 * each of them may ask (docs/protocol.md).
 */
#ifndef RBF_PROGRAM_ENDPOINT_H
#define RBF_PROGRAM_ENDPOINT_H
#include <sys/types.h>

#include "rebuff.h"
#include "serve/log.h"

typedef enum {
	ENDPOINT_EXIM,
	ENDPOINT_SMTPD,
	ENDPOINT_POSTFIX,
	ENDPOINT_BOUNCE,
	ENDPOINT_CONTROL,
	ENDPOINT_N
} endpoint_id;

typedef struct {
	const char *name; /* of the file in the run directory */
	const char *group; /* who may connect, besides root and the engine's own user */
	unsigned peers_max; /* connections at the same time; 384 together */
} endpoint_rule;

/* A static row. */
const endpoint_rule *endpoint_rule_of(endpoint_id id);

typedef struct {
	int fd; /* listening; -1: not open */
	bool adopted; /* the service manager made it and keeps it */
	bool has_group; /* the group exists on this host */
	gid_t group;
	char path[108];
} endpoint;

/*
 * Open every endpoint below run_dir, taking over those that the service manager passed
 * (LISTEN_FDS). Each file is 0660 with its group; where the group does not exist that is said once
 * and only root and `owner` can connect. Stale files are replaced: the caller holds the run
 * directory's lock. On failure nothing stays open.
 */
rebuff_status endpoints_open(
	endpoint all[ENDPOINT_N], const char *run_dir, uid_t owner, logger *log, rebuff_error *err);
/* Close, and remove the files that are ours. */
void endpoints_close(endpoint all[ENDPOINT_N]);

/* May the process behind this connection ask here? (SO_PEERCRED, SO_PEERGROUPS: root, our own user,
 * or the endpoint's group.) *uid is who it is, (uid_t)-1 when the kernel does not say. */
bool endpoint_admits(const endpoint *e, int fd, uid_t *uid);
#endif
