/*
 * opensmtpd_window.h - windows: smtpd's outgoing mail is paused for some milliseconds, in which
 * mail can be committed and paused before its first attempt. A mark on disk goes before each pause,
 * so that whoever starts after a crash ends it; a pause without a mark is the operator's, and then
 * there is no window.
 */
#ifndef RBO_WINDOW_H
#define RBO_WINDOW_H
#include "mtactl/mta.h"
#include "mtactl/opensmtpd_act.h"

enum {
	RBO_WINDOW_MS = 500, /* how long one is open at most; all paused ends it */
	RBO_WINDOW_EVERY_MS = 250, /* between the beginnings of two */
};

typedef struct {
	const char *folder; /* of the mark */
	rbf_ask *ask; /* waits for its window; NULL: none does */
	bool open;
	int64_t began_ms, next_ms; /* the last one and the earliest next one, CLOCK_MONOTONIC */
	int64_t end_ms; /* when an open one has to be ended (again) */
} rbo_window;

/* End the window that somebody before us left open. */
void rbo_window_mend(rbo_window *w, rbo_act *a);
/* Answered ok when mta is paused, soon; or with an error, when there can be no window. */
void rbo_window_request(rbo_window *w, rbo_act *a, rbf_ask *ask, int64_t now_ms);
/* End it. */
void rbo_window_over(rbo_window *w, rbo_act *a, int64_t now_ms);
/* Open and end what is due. */
void rbo_window_tick(rbo_window *w, rbo_act *a, int64_t now_ms);
/* Milliseconds until there is something to do, -1 for nothing. */
int rbo_window_due_ms(const rbo_window *w, int64_t now_ms);
#endif
