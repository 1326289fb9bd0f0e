#include "serve/pause.h"

#include <stdlib.h>
#include <string.h>

#include "common/text.h"

typedef struct entry entry;
struct entry {
	entry *next;
	const char *request;
	rebuff_mta mta;
	char id[REBUFF_ID_MAX + 1];
	char recipient[REBUFF_ADDRESS_MAX + 1];
};

struct pauses {
	mtactl *m;
	logger *log;
	entry *first, *last;
	size_t n;
	bool asking; /* an answer is waited for */
	bool stopped;
	seldom trouble;
};

pauses *pauses_new(mtactl *m, logger *log)
{
	pauses *p = calloc(1, sizeof *p);
	if (!p)
		return NULL;
	p->m = m;
	p->log = log;
	return p;
}

static void drop_first(pauses *p)
{
	entry *e = p->first;
	p->first = e->next;
	if (!p->first)
		p->last = NULL;
	p->n--;
	free(e);
}

void pauses_free(pauses **pp)
{
	if (!*pp)
		return;
	while ((*pp)->first)
		drop_first(*pp);
	free(*pp);
	*pp = NULL;
}

static void ask_next(pauses *p);

/* An id that is unknown has been delivered or removed since: nothing is lost. */
static void on_answer(void *ud, mtactl_news news, const rbf_wire_field *field)
{
	pauses *p = ud;
	char why[256];
	if (news == MTACTL_FIELD) {
		if (strcmp(field->name, "error") == 0)
			logger_write(p->log, REBUFF_LOG_DEBUG, "event=not-paused why=\"%s\"",
				text_escape_quoted(why, sizeof why, field->value, field->len));
		return;
	}
	if (news == MTACTL_GONE)
		logger_seldom(p->log, &p->trouble, REBUFF_LOG_WARNING,
			"event=not-paused effect=\"the mail server's own schedule holds\"");
	p->asking = false;
	ask_next(p);
}

static void ask_next(pauses *p)
{
	char request[1024];
	mtactl_line *line = !p->asking && !p->stopped && p->first ? mtactl_take(p->m) : NULL;
	if (!line)
		return;
	rbf_wire_writer w = rbf_wire_writer_of(request, sizeof request);
	rbf_wire_put_str(&w, "request", p->first->request);
	rbf_wire_put_str(&w, "mta", rebuff_mta_name(p->first->mta));
	rbf_wire_put_str(&w, "id", p->first->id);
	rbf_wire_put_str(&w, "recipient", p->first->recipient);
	rbf_wire_end(&w);
	drop_first(p);
	if (w.overflow) { /* a recipient of escapes only */
		mtactl_give_back(line);
		return;
	}
	p->asking = true;
	mtactl_ask(line, request, w.len, on_answer, p);
}

static void add(
	pauses *p, const char *request, rebuff_mta mta, rebuff_span id, rebuff_span recipient)
{
	if (p->n >= PAUSES_MAX || id.len > REBUFF_ID_MAX || recipient.len > REBUFF_ADDRESS_MAX)
		return;
	entry *e = calloc(1, sizeof *e);
	if (!e)
		return;
	e->request = request;
	e->mta = mta;
	memcpy(e->id, id.p, id.len);
	memcpy(e->recipient, recipient.p, recipient.len);
	if (p->last)
		p->last->next = e;
	else
		p->first = e;
	p->last = e;
	p->n++;
	ask_next(p);
}

void pauses_add(pauses *p, rebuff_mta mta, rebuff_span id, rebuff_span recipient)
{
	add(p, "pause", mta, id, recipient);
}

void pauses_end(pauses *p, rebuff_mta mta, rebuff_span id)
{
	char text[4 * REBUFF_ID_MAX + 1];
	logger_write(p->log, REBUFF_LOG_WARNING,
		"event=paused-for-nothing id=%s effect=\"given back to the mail server's "
		"schedule\"",
		text_escape(text, sizeof text, id.p, id.len));
	add(p, "resume", mta, id, (rebuff_span){"", 0});
}

void pauses_stop(pauses *p)
{
	p->stopped = true;
}

void pauses_tick(pauses *p)
{
	ask_next(p);
}
