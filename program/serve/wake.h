/*
 * wake.h - what is due is attempted: looks up which deferred messages are due, and has
 * rebuff-mtactl attempt each once, so many at the same time and so many of one provider, in the
 * order in which they are due. Exim makes each attempt in a process of its own, so there are few,
 * and what would have to wait for one of those places joins the wakes of its provider that begin
 * now, up to WAKE_TOGETHER messages each, dealt out in turn: Exim then attempts one after the other
 * in one process, whose start costs more than an attempt. OpenSMTPD sends what is scheduled through
 * one connection, and opens the next one to the same server no sooner than after 5 seconds: there
 * many go at once. A wake is on disk before it is asked for, so that neither a crash nor a full
 * disk can make it many. Also lists the queue at start and every hour.
 */
#ifndef RBF_PROGRAM_WAKE_H
#define RBF_PROGRAM_WAKE_H
#include <event2/event.h>

#include "rebuff.h"
#include "serve/log.h"
#include "serve/mtactl.h"
#include "serve/pause.h"
#include "serve/writer.h"

enum {
	WAKE_EXIM_MAX = 20,
	WAKE_EXIM_PROVIDER_MAX = 4,
	WAKE_TOGETHER = 8,
	WAKE_SMTPD_MAX = 128,
	WAKE_SMTPD_PROVIDER_MAX = 40, /* as rebuff-mtactl takes for one relay */
	WAKE_MAX = WAKE_SMTPD_MAX,
};

typedef struct wake wake;

typedef struct {
	bool absent; /* rebuff-mtactl does not answer */
	unsigned under_way; /* messages */
	uint64_t woken, refused; /* attempts that were over, that mtactl would not make */
	size_t queue; /* messages in the last listing */
	int64_t queue_ms; /* wall time of it; 0: none yet */
} wake_health;

/* All borrowed; node is the name of this host. NULL: no memory. */
wake *wake_new(struct event_base *base, rebuff_ctx *ctx, writer *to, mtactl *m, pauses *p,
	const char *node, logger *log);
/* Something changed: look soon. */
void wake_poke(wake *w);
/* Called every second. */
void wake_tick(wake *w);
/* No more wakes. What is with the writer still comes back. */
void wake_stop(wake *w);
void wake_free(wake **w);
void wake_get_health(const wake *w, wake_health *out);
#endif
