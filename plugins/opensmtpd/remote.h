/*
 * remote.h - inside the filter: which reply of a remote server is the answer to what, and for whom.
 */
#ifndef RBO_REMOTE_H
#define RBO_REMOTE_H
#include "opensmtpd/sessions.h"

typedef struct {
	rbo_sessions *table;
	void (*reply)(void *ud, const rbo_reply *reply);
	void *ud;
} rbo_remote;

/* One line about an outgoing session. */
void rbo_remote_line(rbo_remote *r, const rbo_line *line);
#endif
