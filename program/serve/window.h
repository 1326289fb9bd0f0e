/*
 * window.h - mail that arrives while its provider is held, or takes no more for now. A mail server
 * without a gate would attempt it as soon as it is queued, so its commit waits until rebuff-mtactl
 * has paused all outgoing mail for some milliseconds (a window); then it is committed and paused,
 * and outgoing mail goes on. rebuff-mtactl ends a window by itself. When there can be none, commits
 * do not wait: what is committed is paused as soon as may be.
 */
#ifndef RBF_PROGRAM_WINDOW_H
#define RBF_PROGRAM_WINDOW_H
#include <event2/event.h>

#include "rebuff.h"
#include "serve/log.h"
#include "serve/mtactl.h"
#include "serve/peer.h"

enum {
	WINDOW_MS = 500, /* how long it is open at most; all paused ends it */
	WINDOW_COMMITS = 12, /* more can hardly be paused while it is ... */
	WINDOW_COMMITS_MAX = 64, /* ... but a message is not divided below that */
	WINDOW_COMMITTED_MAX = 1024, /* that wait to be paused */
	WINDOW_TOLD_MAX = 1024, /* ids that are remembered until they are committed */
};

typedef struct windows windows;

/* All are borrowed. NULL: no memory. */
windows *windows_new(struct event_base *base, mtactl *m, logger *log);
/* Has to be freed after the mtactl whose answers it waits for. */
void windows_free(windows **w);
/* A commit that is to wait for a window, and is then answered action=wait; `r` is ours from here
 * on. */
void windows_wait(windows *w, request *r);
/* Was a commit with this id answered so lately, or does it wait yet? */
bool windows_expect(const windows *w, rebuff_span id);
/* This message is committed now: have it paused. */
void windows_committed(windows *w, rebuff_mta mta, rebuff_span id, rebuff_span recipient);
/* Answer whoever waits, and ask no more. Before the peers end. */
void windows_stop(windows *w);
#endif
