#include "serve/listing.h"

#include <stdlib.h>
#include <string.h>

#include "common/text.h"
#include "rebuff.h"

/* As it is collected: short, since there can be many. */
typedef struct {
	char id[REBUFF_ID_MAX];
	uint8_t len;
	bool frozen, null_sender, paused, unowned;
} entry;

typedef struct {
	job job; /* first */
	writer *writer;
	pauses *pauses;
	const char *node;
	logger *log;
	void (*over)(void *ud, bool well, size_t n);
	void *ud;
	rebuff_mta mta;
	bool ok; /* ok=1 came */
	const char *wrong; /* NULL: nothing */
	entry *entries;
	size_t n, cap;
} listing;

static void end(listing *l, bool well)
{
	l->over(l->ud, well, l->n);
	free(l->entries);
	free(l);
}

static rebuff_status apply(job *j, rebuff_ctx *ctx, rebuff_error *err)
{
	listing *l = (listing *)j;
	rebuff_queued *queued = malloc((l->n ? l->n : 1) * sizeof *queued);
	if (!queued)
		return REBUFF_ENOMEM;
	for (size_t i = 0; i < l->n; i++) {
		const entry *e = &l->entries[i];
		queued[i] = (rebuff_queued){.id = {e->id, e->len},
			.frozen = e->frozen,
			.null_sender = e->null_sender,
			.paused = e->paused};
	}
	rebuff_span node = {l->node, strlen(l->node)};
	rebuff_status status = rebuff_record_queue(ctx, node, l->mta, queued, l->n, err);
	for (size_t i = 0; i < l->n && status == REBUFF_OK; i++)
		l->entries[i].unowned = queued[i].unowned;
	free(queued);
	return status;
}

static void recorded(job *j)
{
	listing *l = (listing *)j;
	if (j->status != REBUFF_OK)
		logger_write(l->log, REBUFF_LOG_ERROR, "event=queue-not-recorded why=\"%s\"",
			j->problem);
	for (size_t i = 0; i < l->n; i++) {
		const entry *e = &l->entries[i];
		if (e->unowned)
			pauses_end(l->pauses, l->mta, (rebuff_span){e->id, e->len});
	}
	end(l, j->status == REBUFF_OK);
}

static bool make_room(listing *l)
{
	if (l->n < l->cap)
		return true;
	size_t cap = l->cap ? l->cap * 2 : 256;
	entry *entries = l->n < LISTING_MAX ? realloc(l->entries, cap * sizeof *entries) : NULL;
	if (!entries)
		return false;
	l->entries = entries;
	l->cap = cap;
	return true;
}

/* "ID FLAGS": flags are - or any of f (frozen), n (null sender), p (paused on our behalf). */
static void add(listing *l, const rbf_wire_field *f)
{
	const char *space = memchr(f->value, ' ', f->len);
	size_t len = space ? (size_t)(space - f->value) : f->len;
	if (len == 0 || len > REBUFF_ID_MAX) {
		l->wrong = "an id is empty or too long";
	} else if (!make_room(l)) {
		l->wrong = "the queue is too long to be recorded";
	} else {
		entry *e = &l->entries[l->n++];
		*e = (entry){.len = (uint8_t)len};
		memcpy(e->id, f->value, len);
		e->frozen = space && strchr(space, 'f');
		e->null_sender = space && strchr(space, 'n');
		e->paused = space && strchr(space, 'p');
	}
}

static void take_field(listing *l, const rbf_wire_field *f)
{
	if (l->wrong)
		return;
	if (strcmp(f->name, "queued") == 0) {
		add(l, f);
	} else if (strcmp(f->name, "ok") == 0) {
		l->ok = true;
	} else if (strcmp(f->name, "error") == 0) {
		l->wrong = "rebuff-mtactl could not list it";
	} else if (strcmp(f->name, "mta") == 0) {
		int mta = rebuff_mta_of_name((rebuff_span){f->value, f->len});
		if (mta < 0)
			l->wrong = "of an unknown mail server";
		else
			l->mta = (rebuff_mta)mta;
	}
}

static void on_answer(void *ud, mtactl_news news, const rbf_wire_field *field)
{
	listing *l = ud;
	if (news == MTACTL_FIELD) {
		take_field(l, field);
		return;
	}
	if (!l->wrong && (news == MTACTL_GONE || !l->ok))
		l->wrong = "the listing broke off";
	if (l->wrong)
		logger_write(
			l->log, REBUFF_LOG_WARNING, "event=queue-not-listed why=\"%s\"", l->wrong);
	l->job = (job){.apply = apply,
		.done = recorded,
		.bytes = sizeof *l + l->n * (sizeof(entry) + sizeof(rebuff_queued))};
	if (l->wrong || !writer_add(l->writer, &l->job))
		end(l, false);
}

bool listing_start(mtactl_line *line, writer *to, pauses *p, const char *node, logger *log,
	void (*over)(void *ud, bool well, size_t n), void *ud)
{
	static const char request[] = "request=list\n\n";
	listing *l = calloc(1, sizeof *l);
	if (!l) {
		mtactl_give_back(line);
		return false;
	}
	l->writer = to;
	l->pauses = p;
	l->node = node;
	l->log = log;
	l->over = over;
	l->ud = ud;
	l->mta = REBUFF_MTA_EXIM;
	mtactl_ask(line, request, sizeof request - 1, on_answer, l);
	return true;
}
