/*
 * mtactl.h - asking rebuff-mtactl, the process with rights over the mail server's queue, without
 * waiting for it: a few connections with one question each, kept for the next. It is absent as
 * long as its socket does not answer; then it is tried again after 0.1 s, 0.2 s, 0.4 s and so on,
 * at last every 5 s.
 */
#ifndef RBF_PROGRAM_MTACTL_H
#define RBF_PROGRAM_MTACTL_H
#include <event2/event.h>

#include "client/wire.h"
#include "serve/log.h"

enum {
	/* 128 attempts, one listing and one pause at the same time; for mail that arrives during a
	 * hold a window and a pause more. */
	MTACTL_LINES = 132,
	MTACTL_ANSWER_MS = 3600000, /* an attempt with many dead hosts takes its time */
};

typedef struct mtactl mtactl;
typedef struct mtactl_line mtactl_line;

/* Called on the loop thread: for each field of the answer as it comes, then once with NULL when it
 * is complete (well) or cannot be any more (gone). The line is then free again. */
typedef enum { MTACTL_FIELD, MTACTL_END, MTACTL_GONE } mtactl_news;
typedef void mtactl_told(void *ud, mtactl_news news, const rbf_wire_field *field);

/* `socket` is borrowed. NULL: no memory. */
mtactl *mtactl_new(struct event_base *base, const char *socket, logger *log);
/* Whoever waits is told MTACTL_GONE. */
void mtactl_free(mtactl **m);
/* A line for one question, connected and reserved; NULL: all are taken, or it is absent. */
mtactl_line *mtactl_take(mtactl *m);
/* Give it back unused. */
void mtactl_give_back(mtactl_line *l);
/* Ask: `told` is called later, MTACTL_GONE perhaps before this returns. */
void mtactl_ask(mtactl_line *l, const char *request, size_t len, mtactl_told *told, void *ud);
/* Give up on answers that are overdue. Called every second. */
void mtactl_tick(mtactl *m);
/* Is it not tried now, since it did not answer a moment ago? */
bool mtactl_resting(const mtactl *m);
/* Did it not answer the last time? */
bool mtactl_failing(const mtactl *m);
#endif
