#include "serve/writer.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <unistd.h>

#include "common/clocks.h"
#include "serve/thread.h"

typedef STAILQ_HEAD(jobs, job) jobs;

struct writer {
	rebuff_ctx *ctx;
	writer_store store;
	logger *log;
	pthread_t thread;
	int done_pipe[2]; /* a byte tells the loop thread that `done` is not empty */
	pthread_mutex_t lock; /* guards all below */
	pthread_cond_t changed;
	jobs waiting, done;
	bool fresh; /* something was added since the last group */
	bool stopping;
	int64_t working_ms; /* when the oldest change of the group under way was added; 0: none */
	writer_health health;
};

/* ---- writer thread ------------------------------------------------------------------------- */

static void apply_group(writer *w, jobs *group)
{
	job *j;
	for (j = STAILQ_FIRST(group); j; j = STAILQ_NEXT(j, next)) {
		rebuff_error err = {.status = REBUFF_OK};
		j->status = j->apply(j, w->ctx, &err);
		j->problem[0] = '\0';
		if (j->status != REBUFF_OK)
			snprintf(j->problem, sizeof j->problem, "%.255s", err.text);
	}
}

/* Begin, apply, commit. False: nothing of the group is on disk. */
static bool put_on_disk(writer *w, jobs *group, rebuff_error *err)
{
	if (w->store.begin(w->ctx, err) != REBUFF_OK)
		return false;
	apply_group(w, group);
	return w->store.commit(w->ctx, err) == REBUFF_OK;
}

/* The disk failed: whoever waits for an acknowledgement is told, what was promised is kept for the
 * next group, unless this was the last. */
static void sort_failed(writer *w, jobs *group, jobs *finished, const rebuff_error *err)
{
	jobs again = STAILQ_HEAD_INITIALIZER(again);
	unsigned lost = 0;
	for (job *j; (j = STAILQ_FIRST(group));) {
		STAILQ_REMOVE_HEAD(group, next);
		if (j->promised && !w->stopping) {
			STAILQ_INSERT_TAIL(&again, j, next);
			continue;
		}
		lost += j->promised;
		j->status = err->status;
		snprintf(j->problem, sizeof j->problem, "%.255s", err->text);
		STAILQ_INSERT_TAIL(finished, j, next);
	}
	STAILQ_CONCAT(&again, &w->waiting); /* before what came meanwhile */
	STAILQ_CONCAT(&w->waiting, &again);
	if (lost)
		logger_write(w->log, REBUFF_LOG_ERROR,
			"event=lost changes=%u why=\"the database failed until the end\"", lost);
}

static void take_group(writer *w, jobs *group)
{
	job *j;
	w->working_ms = STAILQ_EMPTY(&w->waiting) ? 0 : STAILQ_FIRST(&w->waiting)->added_ms;
	for (int n = 0; n < WRITER_GROUP_MAX && (j = STAILQ_FIRST(&w->waiting)); n++) {
		STAILQ_REMOVE_HEAD(&w->waiting, next);
		STAILQ_INSERT_TAIL(group, j, next);
	}
	w->fresh = false;
}

/* With the lock held, before and after. */
static void write_group(writer *w)
{
	jobs group = STAILQ_HEAD_INITIALIZER(group);
	jobs finished = STAILQ_HEAD_INITIALIZER(finished);
	rebuff_error err = {.status = REBUFF_ESTORE};
	int64_t start = boot_now_ms();
	take_group(w, &group);
	pthread_mutex_unlock(&w->lock);
	bool well = put_on_disk(w, &group, &err);
	pthread_mutex_lock(&w->lock);
	w->working_ms = 0;
	w->health.group_ms = boot_now_ms() - start;
	if (well) {
		w->health.groups++;
		w->health.problem[0] = '\0';
		STAILQ_CONCAT(&finished, &group);
	} else {
		w->health.failed_groups++;
		if (w->health.problem[0] == '\0')
			logger_write(w->log, REBUFF_LOG_ERROR, "event=write-failed why=\"%s\"",
				err.text);
		snprintf(w->health.problem, sizeof w->health.problem, "%.255s", err.text);
		sort_failed(w, &group, &finished, &err);
	}
	bool tell = !STAILQ_EMPTY(&finished) && STAILQ_EMPTY(&w->done);
	job *j;
	for (j = STAILQ_FIRST(&finished); j; j = STAILQ_NEXT(j, next)) {
		w->health.changes += well;
	}
	STAILQ_CONCAT(&w->done, &finished);
	if (tell)
		while (write(w->done_pipe[1], "", 1) < 0 && errno == EINTR)
			;
}

/* Wait until there is something to write; after a failure only promised changes are left, and
 * they wait for a fresh one or WRITER_RETRY_MS. */
static void wait_for_work(writer *w)
{
	struct timespec until;
	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += WRITER_RETRY_MS / 1000;
	while (!w->stopping && !w->fresh) {
		if (STAILQ_EMPTY(&w->waiting))
			pthread_cond_wait(&w->changed, &w->lock);
		else if (w->health.problem[0] == '\0' ||
			pthread_cond_timedwait(&w->changed, &w->lock, &until) == ETIMEDOUT)
			break;
	}
}

static void *run(void *ud)
{
	writer *w = ud;
	pthread_mutex_lock(&w->lock);
	while (!w->stopping || !STAILQ_EMPTY(&w->waiting)) {
		wait_for_work(w);
		if (!STAILQ_EMPTY(&w->waiting))
			write_group(w);
	}
	pthread_mutex_unlock(&w->lock);
	return NULL;
}

/* ---- loop thread --------------------------------------------------------------------------- */

static void free_writer(writer *w)
{
	pthread_cond_destroy(&w->changed);
	pthread_mutex_destroy(&w->lock);
	close(w->done_pipe[0]);
	close(w->done_pipe[1]);
	free(w);
}

writer *writer_start(rebuff_ctx *ctx, writer_store store, logger *log, rebuff_error *err)
{
	writer *w = calloc(1, sizeof *w);
	if (!w || !thread_pipe(w->done_pipe)) {
		free(w);
		*err = (rebuff_error){.status = REBUFF_ENOMEM};
		snprintf(err->text, sizeof err->text, "no memory or descriptors for the writer");
		return NULL;
	}
	w->ctx = ctx;
	w->store = store;
	w->log = log;
	STAILQ_INIT(&w->waiting);
	STAILQ_INIT(&w->done);
	pthread_condattr_t steady;
	pthread_condattr_init(&steady);
	pthread_condattr_setclock(&steady, CLOCK_MONOTONIC);
	pthread_mutex_init(&w->lock, NULL);
	pthread_cond_init(&w->changed, &steady);
	pthread_condattr_destroy(&steady);
	int failed = thread_start(&w->thread, run, w);
	if (failed) {
		*err = (rebuff_error){.status = REBUFF_ENOMEM};
		snprintf(err->text, sizeof err->text, "the writer's thread cannot be started: %s",
			strerror(failed));
		free_writer(w);
		return NULL;
	}
	return w;
}

int writer_fd(const writer *w)
{
	return w->done_pipe[0];
}

bool writer_add(writer *w, job *j)
{
	pthread_mutex_lock(&w->lock);
	bool room = w->health.depth < WRITER_JOBS_MAX &&
		w->health.bytes + j->bytes <= WRITER_BYTES_MAX && !w->stopping;
	if (room) {
		w->health.depth++;
		w->health.bytes += j->bytes;
		j->added_ms = boot_now_ms();
		STAILQ_INSERT_TAIL(&w->waiting, j, next);
		w->fresh = true;
		pthread_cond_signal(&w->changed);
	} else {
		w->health.refused++;
	}
	pthread_mutex_unlock(&w->lock);
	return room;
}

void writer_collect(writer *w)
{
	char bytes[64];
	jobs done = STAILQ_HEAD_INITIALIZER(done);
	job *j;
	while (read(w->done_pipe[0], bytes, sizeof bytes) > 0)
		;
	pthread_mutex_lock(&w->lock);
	STAILQ_CONCAT(&done, &w->done);
	for (j = STAILQ_FIRST(&done); j; j = STAILQ_NEXT(j, next)) {
		w->health.depth--;
		w->health.bytes -= j->bytes;
	}
	pthread_mutex_unlock(&w->lock);
	while ((j = STAILQ_FIRST(&done))) {
		STAILQ_REMOVE_HEAD(&done, next);
		j->done(j);
	}
}

void writer_stop(writer **wp)
{
	writer *w = *wp;
	if (!w)
		return;
	pthread_mutex_lock(&w->lock);
	w->stopping = true;
	pthread_cond_signal(&w->changed);
	pthread_mutex_unlock(&w->lock);
	pthread_join(w->thread, NULL);
	writer_collect(w);
	free_writer(w);
	*wp = NULL;
}

void writer_get_health(writer *w, writer_health *out)
{
	pthread_mutex_lock(&w->lock);
	*out = w->health;
	int64_t oldest = w->working_ms	    ? w->working_ms
		: STAILQ_EMPTY(&w->waiting) ? 0
					    : STAILQ_FIRST(&w->waiting)->added_ms;
	out->lag_ms = oldest ? boot_now_ms() - oldest : 0;
	pthread_mutex_unlock(&w->lock);
}
