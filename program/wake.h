/*
 * wake.h - what is due is attempted: looks up which deferred messages are due, and has
 * rebuff-mtactl attempt each once, at most WAKE_MAX at the same time and WAKE_PROVIDER_MAX of one
 * provider, in the order in which they are due. What would have to wait for one of those places
 * joins the wakes of its provider that begin now, up to WAKE_TOGETHER messages each, dealt out in
 * turn: Exim then attempts one after the other in one process, whose start costs more than an
 * attempt. A wake is on disk before it is asked for, so that neither a crash nor a full disk can
 * make it many. Also lists the queue at start and every hour.
 */
#ifndef RBF_PROGRAM_WAKE_H
#define RBF_PROGRAM_WAKE_H
#include <event2/event.h>

#include "log.h"
#include "mtactl.h"
#include "pause.h"
#include "rebuff.h"
#include "writer.h"

enum { WAKE_MAX = 20, WAKE_PROVIDER_MAX = 4, WAKE_TOGETHER = 8 };

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
