/*
 * bounce.h - the bounce thread: messages that arrived are read there, one after the other, in the
 * reader's child process, so that neither the loop nor the writer waits for one. The queue is
 * bounded: each message in it keeps a descriptor.
 */
#ifndef RBF_PROGRAM_BOUNCE_H
#define RBF_PROGRAM_BOUNCE_H
#include <sys/queue.h>

#include "rebuff.h"
#include "serve/log.h"

enum {
	BOUNCE_QUEUE_MAX = 256, /* messages that wait or are being read */
	BOUNCE_MESSAGE_MAX = 64 << 20, /* bytes of one */
	BOUNCE_MEMORY_MAX = 512 << 20, /* of the child */
	BOUNCE_TIME_S = 20, /* for one message */
};

/* One message. Embedded in whatever it belongs to; that stays untouched by the loop thread from
 * bounces_add until `done`. */
typedef struct reading reading;
struct reading {
	int fd; /* a regular file that stands where the message, or its body, begins; the caller's
		 */
	rebuff_span headers; /* the header section when it is not in the file; "" */
	void (*done)(reading *r); /* loop thread, once */
	/* for `done` and after it, until reading_clear: */
	bool given_up; /* the engine ended before it was read */
	char problem[256]; /* why it could not be read; "" when it was */
	rebuff_message message;
	rebuff_bounced *recipient;
	size_t recipient_n; /* at most REBUFF_EVIDENCE_MAX */
	rebuff_span section; /* the header section as it was read, at most 32 KiB */
	/* the thread's own */
	char *texts; /* what the spans point into */
	STAILQ_ENTRY(reading) next;
};
/* Free what was read. */
void reading_clear(reading *r);

typedef struct bounces bounces;

/* Start the thread; ctx serves its classifications. NULL: no memory, thread or pipe. */
bounces *bounces_start(rebuff_ctx *ctx, logger *log);
/* Readable when read messages wait for bounces_collect. */
int bounces_fd(const bounces *b);
/* Queue a message. False: the queue is full, and `done` is not called. */
bool bounces_add(bounces *b, reading *r);
/* Call `done` of all that were read. */
void bounces_collect(bounces *b);
/* End after the message under way; `done` of the others is called with a problem. Sets *b to NULL;
 * accepts NULL. */
void bounces_stop(bounces **b);
#endif
