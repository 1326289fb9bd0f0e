/*
 * writer.h - the writer thread. Changes queue up, are put on disk in groups (many changes, one
 * fsync) and come back to the loop thread, which then acknowledges them. The queue is bounded:
 * when it is full the loop thread says so to whoever asked, and never waits.
 */
#ifndef RBF_PROGRAM_WRITER_H
#define RBF_PROGRAM_WRITER_H
#include <sys/queue.h>

#include "rebuff.h"
#include "serve/log.h"

enum {
	WRITER_JOBS_MAX = 8192, /* changes that wait or are being written */
	WRITER_BYTES_MAX = 32 << 20, /* what they hold in memory */
	WRITER_GROUP_MAX = 512, /* changes in one group */
	WRITER_RETRY_MS = 1000, /* after a group failed */
};

/* One change. Embedded in whatever it belongs to; that stays untouched by the loop thread from
 * writer_add until `done`. */
typedef struct job job;
struct job {
	rebuff_status (*apply)(job *j, rebuff_ctx *ctx, rebuff_error *err); /* writer thread */
	void (*done)(job *j); /* loop thread, once, after the group is on disk or failed */
	bool promised; /* acknowledged already: when the disk fails it is tried again, not failed */
	size_t bytes; /* counts against WRITER_BYTES_MAX */
	rebuff_status status; /* for `done`: what became of it */
	char problem[256]; /* for `done`: the error's text */
	/* the writer's own */
	int64_t added_ms;
	STAILQ_ENTRY(job) next;
};

/* What the writer calls around a group: rebuff_begin and rebuff_commit (tests: others). */
typedef struct {
	rebuff_status (*begin)(rebuff_ctx *ctx, rebuff_error *err);
	rebuff_status (*commit)(rebuff_ctx *ctx, rebuff_error *err);
} writer_store;

typedef struct {
	size_t depth; /* changes that wait or are being written */
	size_t bytes;
	int64_t lag_ms; /* how long the oldest of them has waited; 0: none waits */
	int64_t group_ms; /* how long the last group took */
	uint64_t groups, changes; /* put on disk since the start */
	uint64_t failed_groups;
	uint64_t refused; /* for which the queue was full */
	char problem[256]; /* of the last failed group; "" when a later one went well */
} writer_health;

typedef struct writer writer;

/* Start the thread. ctx belongs to it for all functions of rebuff.h marked "writer". */
writer *writer_start(rebuff_ctx *ctx, writer_store store, logger *log, rebuff_error *err);
/* Readable when finished changes wait for writer_collect. */
int writer_fd(const writer *w);
/* Queue a change. False: the queue is full; the job is the caller's still and `done` is not
 * called. */
bool writer_add(writer *w, job *j);
/* Call `done` of every finished change, in order. */
void writer_collect(writer *w);
/* Put on disk what is queued, call `done` of everything, end the thread, free. Sets *w to NULL;
 * accepts NULL. */
void writer_stop(writer **w);
void writer_get_health(writer *w, writer_health *out);
#endif
