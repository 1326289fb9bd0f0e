#include "writer.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "clocks.h"
#include "thread.h"

typedef struct {
	job *first, *last;
} jobs;

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

static void append(jobs *list, job *j)
{
	j->next = NULL;
	if (list->last)
		list->last->next = j;
	else
		list->first = j;
	list->last = j;
}

static job *take_first(jobs *list)
{
	job *j = list->first;
	if (j) {
		list->first = j->next;
		if (!list->first)
			list->last = NULL;
		j->next = NULL;
	}
	return j;
}

/* All of `front` before all of `list`; `front` is empty afterwards. */
static void prepend_all(jobs *list, jobs *front)
{
	if (!front->first)
		return;
	front->last->next = list->first;
	if (!list->last)
		list->last = front->last;
	list->first = front->first;
	*front = (jobs){NULL, NULL};
}

/* ---- writer thread ------------------------------------------------------------------------- */

static void apply_group(writer *w, const jobs *group)
{
	for (job *j = group->first; j; j = j->next) {
		rebuff_error err = {.status = REBUFF_OK};
		j->status = j->apply(j, w->ctx, &err);
		j->problem[0] = '\0';
		if (j->status != REBUFF_OK)
			snprintf(j->problem, sizeof j->problem, "%.255s", err.text);
	}
}

/* Begin, apply, commit. False: nothing of the group is on disk. */
static bool put_on_disk(writer *w, const jobs *group, rebuff_error *err)
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
	jobs again = {NULL, NULL};
	unsigned lost = 0;
	for (job *j; (j = take_first(group));) {
		if (j->promised && !w->stopping) {
			append(&again, j);
			continue;
		}
		lost += j->promised;
		j->status = err->status;
		snprintf(j->problem, sizeof j->problem, "%.255s", err->text);
		append(finished, j);
	}
	prepend_all(&w->waiting, &again);
	if (lost)
		logger_write(w->log, REBUFF_LOG_ERROR,
			"event=lost changes=%u why=\"the database failed until the end\"", lost);
}

static jobs take_group(writer *w)
{
	jobs group = {NULL, NULL};
	for (int n = 0; n < WRITER_GROUP_MAX && w->waiting.first; n++)
		append(&group, take_first(&w->waiting));
	w->working_ms = group.first ? group.first->added_ms : 0;
	w->fresh = false;
	return group;
}

/* With the lock held, before and after. */
static void write_group(writer *w)
{
	jobs group = take_group(w), finished = {NULL, NULL};
	rebuff_error err = {.status = REBUFF_ESTORE};
	int64_t start = boot_now_ms();
	pthread_mutex_unlock(&w->lock);
	bool well = put_on_disk(w, &group, &err);
	pthread_mutex_lock(&w->lock);
	w->working_ms = 0;
	w->health.group_ms = boot_now_ms() - start;
	if (well) {
		w->health.groups++;
		w->health.problem[0] = '\0';
		finished = group;
	} else {
		w->health.failed_groups++;
		if (w->health.problem[0] == '\0')
			logger_write(w->log, REBUFF_LOG_ERROR, "event=write-failed why=\"%s\"",
				err.text);
		snprintf(w->health.problem, sizeof w->health.problem, "%.255s", err.text);
		sort_failed(w, &group, &finished, &err);
	}
	bool tell = finished.first && !w->done.first;
	for (job *j; (j = take_first(&finished));) {
		w->health.changes += well;
		append(&w->done, j);
	}
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
		if (!w->waiting.first)
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
	while (!w->stopping || w->waiting.first) {
		wait_for_work(w);
		if (w->waiting.first)
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
		append(&w->waiting, j);
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
	while (read(w->done_pipe[0], bytes, sizeof bytes) > 0)
		;
	pthread_mutex_lock(&w->lock);
	jobs done = w->done;
	w->done = (jobs){NULL, NULL};
	for (job *j = done.first; j; j = j->next) {
		w->health.depth--;
		w->health.bytes -= j->bytes;
	}
	pthread_mutex_unlock(&w->lock);
	for (job *j; (j = take_first(&done));)
		j->done(j);
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
	int64_t oldest = w->working_ms ? w->working_ms
		: w->waiting.first     ? w->waiting.first->added_ms
				       : 0;
	out->lag_ms = oldest ? boot_now_ms() - oldest : 0;
	pthread_mutex_unlock(&w->lock);
}
