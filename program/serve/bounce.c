#include "serve/bounce.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <sys/stat.h>
#include <unistd.h>

#include "serve/thread.h"

enum { SECTION_MAX = 32768 };

typedef STAILQ_HEAD(readings, reading) readings;

struct bounces {
	rebuff_ctx *ctx;
	logger *log;
	rebuff_reader *reader; /* the thread's */
	pthread_t thread;
	int done_pipe[2];
	pthread_mutex_t lock; /* guards all below */
	pthread_cond_t changed;
	readings waiting, done;
	size_t depth;
	bool stopping;
};

/* ---- the thread: the bytes ----------------------------------------------------------------- */

static void say(reading *r, const char *problem)
{
	snprintf(r->problem, sizeof r->problem, "%s", problem);
}

/* Whoever passed the descriptor may cut the file meanwhile: what can be read counts. */
static size_t read_file(int fd, char *to, size_t len, off_t at)
{
	size_t got = 0;
	while (got < len) {
		ssize_t n = pread(fd, to + got, len - got, at + (off_t)got);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			break;
		got += (size_t)n;
	}
	return got;
}

/* The whole message in one piece (malloc). NULL: r->problem says why not. */
static char *load(reading *r, size_t *len)
{
	struct stat st;
	off_t at = r->fd >= 0 ? lseek(r->fd, 0, SEEK_CUR) : 0;
	if (r->fd < 0) {
		say(r, "it came without the message itself");
		return NULL;
	}
	if (fstat(r->fd, &st) != 0 || !S_ISREG(st.st_mode) || at < 0) {
		say(r, "its descriptor is not that of a file");
		return NULL;
	}
	size_t body = st.st_size > at ? (size_t)(st.st_size - at) : 0;
	if (body > BOUNCE_MESSAGE_MAX) {
		say(r, "it is over 64 MiB");
		return NULL;
	}
	size_t head = r->headers.len ? r->headers.len + 1 : 0;
	char *text = malloc(head + body + 1);
	if (!text) {
		say(r, "there is no memory for it");
		return NULL;
	}
	if (head) {
		memcpy(text, r->headers.p, r->headers.len);
		text[head - 1] = '\n';
	}
	*len = head + read_file(r->fd, text + head, body, at);
	return text;
}

static size_t section_len(const char *text, size_t len)
{
	size_t n = 0;
	while (n < len && n < SECTION_MAX) {
		const char *end = memchr(text + n, '\n', len - n);
		size_t line = end ? (size_t)(end - text) - n + 1 : len - n;
		if (line == 1 || (line == 2 && text[n] == '\r'))
			break;
		n += line;
	}
	return n < SECTION_MAX ? n : SECTION_MAX;
}

/* ---- the thread: what was read ------------------------------------------------------------- */

/* Spans are moved into one block: the reader's go with its next message. */
typedef struct {
	char *at;
	size_t need;
} block;

static void move(block *b, rebuff_span *s)
{
	b->need += s->len;
	if (!b->at)
		return;
	if (s->len)
		memcpy(b->at, s->p, s->len);
	s->p = b->at;
	b->at += s->len;
}

static void move_all(block *b, reading *r)
{
	rebuff_message *m = &r->message;
	rebuff_span *const of_message[] = {&m->message_id, &m->envelope_id, &m->sender,
		&m->returned, &m->reporting_mta, &m->feedback_type, &r->section};
	for (size_t i = 0; i < sizeof of_message / sizeof *of_message; i++)
		move(b, of_message[i]);
	for (size_t i = 0; i < r->recipient_n; i++) {
		rebuff_bounced *one = &r->recipient[i];
		move(b, &one->recipient);
		move(b, &one->original);
		move(b, &one->diagnostic);
		move(b, &one->mta);
	}
}

static bool keep(bounces *b, reading *r)
{
	size_t n = r->message.recipient_n;
	r->recipient_n = n < REBUFF_EVIDENCE_MAX ? n : REBUFF_EVIDENCE_MAX;
	r->recipient = calloc(r->recipient_n ? r->recipient_n : 1, sizeof *r->recipient);
	if (!r->recipient)
		return false;
	for (size_t i = 0; i < r->recipient_n; i++) {
		r->recipient[i].size = sizeof *r->recipient;
		(void)rebuff_reader_recipient(b->reader, i, &r->recipient[i]);
	}
	block measure = {NULL, 0};
	move_all(&measure, r);
	r->texts = malloc(measure.need + 1);
	if (!r->texts)
		return false;
	block copy = {r->texts, 0};
	move_all(&copy, r);
	return true;
}

void reading_clear(reading *r)
{
	free(r->recipient);
	free(r->texts);
	r->recipient = NULL;
	r->texts = NULL;
	r->recipient_n = 0;
}

static void read_one(bounces *b, reading *r)
{
	rebuff_error err = {.status = REBUFF_OK};
	size_t len = 0;
	char *text = load(r, &len);
	if (!text)
		return;
	r->message = (rebuff_message){.size = sizeof r->message};
	r->section = (rebuff_span){text, section_len(text, len)};
	if (rebuff_reader_read(b->reader, (rebuff_span){text, len}, &r->message, &err) != REBUFF_OK)
		snprintf(r->problem, sizeof r->problem, "%.255s", err.text);
	else if (!keep(b, r)) {
		reading_clear(r);
		say(r, "there is no memory for what it says");
	}
	free(text);
}

static void *run(void *ud)
{
	bounces *b = ud;
	pthread_mutex_lock(&b->lock);
	for (;;) {
		while (!b->stopping && STAILQ_EMPTY(&b->waiting))
			pthread_cond_wait(&b->changed, &b->lock);
		if (b->stopping)
			break;
		reading *r = STAILQ_FIRST(&b->waiting);
		STAILQ_REMOVE_HEAD(&b->waiting, next);
		pthread_mutex_unlock(&b->lock);
		read_one(b, r);
		pthread_mutex_lock(&b->lock);
		bool tell = STAILQ_EMPTY(&b->done);
		STAILQ_INSERT_TAIL(&b->done, r, next);
		if (tell)
			while (write(b->done_pipe[1], "", 1) < 0 && errno == EINTR)
				;
	}
	pthread_mutex_unlock(&b->lock);
	return NULL;
}

/* ---- loop thread --------------------------------------------------------------------------- */

static void classify(void *ud, const rebuff_reply *reply, rebuff_classification *out)
{
	(void)rebuff_classify(ud, reply, out);
}

static void free_bounces(bounces *b)
{
	rebuff_reader_close(&b->reader);
	close(b->done_pipe[0]);
	close(b->done_pipe[1]);
	pthread_cond_destroy(&b->changed);
	pthread_mutex_destroy(&b->lock);
	free(b);
}

bounces *bounces_start(rebuff_ctx *ctx, logger *log)
{
	const rebuff_reader_options options = {.size = sizeof options,
		.message_max = BOUNCE_MESSAGE_MAX + SECTION_MAX + 1,
		.memory_max = BOUNCE_MEMORY_MAX,
		.time_max_s = BOUNCE_TIME_S,
		.ud = ctx,
		.classify = classify};
	bounces *b = calloc(1, sizeof *b);
	if (!b || !thread_pipe(b->done_pipe)) {
		free(b);
		return NULL;
	}
	b->ctx = ctx;
	b->log = log;
	STAILQ_INIT(&b->waiting);
	STAILQ_INIT(&b->done);
	pthread_mutex_init(&b->lock, NULL);
	pthread_cond_init(&b->changed, NULL);
	if (rebuff_reader_open(&options, &b->reader, NULL) != REBUFF_OK ||
		thread_start(&b->thread, run, b) != 0) {
		free_bounces(b);
		return NULL;
	}
	return b;
}

int bounces_fd(const bounces *b)
{
	return b->done_pipe[0];
}

bool bounces_add(bounces *b, reading *r)
{
	pthread_mutex_lock(&b->lock);
	bool room = b->depth < BOUNCE_QUEUE_MAX && !b->stopping;
	if (room) {
		b->depth++;
		r->problem[0] = '\0';
		STAILQ_INSERT_TAIL(&b->waiting, r, next);
		pthread_cond_signal(&b->changed);
	}
	pthread_mutex_unlock(&b->lock);
	return room;
}

void bounces_collect(bounces *b)
{
	char bytes[64];
	readings done = STAILQ_HEAD_INITIALIZER(done);
	reading *r;
	while (read(b->done_pipe[0], bytes, sizeof bytes) > 0)
		;
	pthread_mutex_lock(&b->lock);
	STAILQ_CONCAT(&done, &b->done);
	for (r = STAILQ_FIRST(&done); r; r = STAILQ_NEXT(r, next)) {
		b->depth--;
	}
	pthread_mutex_unlock(&b->lock);
	while ((r = STAILQ_FIRST(&done))) {
		STAILQ_REMOVE_HEAD(&done, next);
		r->done(r);
	}
}

void bounces_stop(bounces **bp)
{
	bounces *b = *bp;
	if (!b)
		return;
	pthread_mutex_lock(&b->lock);
	b->stopping = true;
	pthread_cond_signal(&b->changed);
	pthread_mutex_unlock(&b->lock);
	pthread_join(b->thread, NULL);
	for (reading *r; (r = STAILQ_FIRST(&b->waiting));) {
		STAILQ_REMOVE_HEAD(&b->waiting, next);
		say(r, "the engine ended before it was read");
		r->given_up = true;
		STAILQ_INSERT_TAIL(&b->done, r, next);
	}
	bounces_collect(b);
	free_bounces(b);
	*bp = NULL;
}
