#include "serve/window.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/text.h"

typedef struct committed committed;
struct committed {
	committed *next;
	rebuff_mta mta;
	char id[REBUFF_ID_MAX + 1];
	char recipient[REBUFF_ADDRESS_MAX + 1];
};

typedef enum {
	CLOSED,
	ASKED, /* rebuff-mtactl opens one as soon as it may */
	OPEN,
	CLOSING
} state;

struct windows {
	mtactl *m;
	logger *log;
	struct event *over; /* an open one has lasted long enough */
	state state;
	request *first, *last; /* commits that wait, linked by their `link` */
	/* By the open one, not paused yet; "" none. */
	char let_go[WINDOW_COMMITS_MAX][REBUFF_ID_MAX + 1];
	/* The last ones that were told to wait, for a window or in vain. */
	char told[WINDOW_TOLD_MAX][REBUFF_ID_MAX + 1];
	size_t told_next;
	committed *pause_first, *pause_last; /* the first is being paused when `pausing` */
	size_t to_pause;
	bool pausing, stopped;
	seldom trouble;
};

/* ---- requests to rebuff-mtactl ------------------------------------------------------------- */

/* False: it cannot be asked now. */
static bool ask(windows *w, const char *what, const committed *c, mtactl_told *told)
{
	char bytes[2048];
	mtactl_line *line = w->stopped ? NULL : mtactl_take(w->m);
	if (!line)
		return false;
	rbf_wire_writer out = rbf_wire_writer_of(bytes, sizeof bytes);
	rbf_wire_put_str(&out, "request", what);
	if (c) {
		rbf_wire_put_str(&out, "mta", rebuff_mta_name(c->mta));
		rbf_wire_put_str(&out, "id", c->id);
		rbf_wire_put_str(&out, "recipient", c->recipient);
		rbf_wire_put_int(&out, "fresh", 1);
	}
	rbf_wire_end(&out);
	if (out.overflow) { /* a recipient of escapes only */
		mtactl_give_back(line);
		return false;
	}
	mtactl_ask(line, bytes, out.len, told, w);
	return true;
}

static void not_kept(windows *w, const char *why)
{
	logger_seldom(w->log, &w->trouble, REBUFF_LOG_WARNING,
		"event=held-mail-not-kept why=\"%s\" effect=\"its first attempt may be made\"",
		why);
}

static void complain(windows *w, const rbf_wire_field *field)
{
	char why[256];
	if (strcmp(field->name, "error") == 0)
		not_kept(w, text_escape_quoted(why, sizeof why, field->value, field->len));
}

/* ---- the window ---------------------------------------------------------------------------- */

static void open_next(windows *w);

static bool all_paused(const windows *w)
{
	for (int i = 0; i < WINDOW_COMMITS_MAX; i++) {
		if (w->let_go[i][0])
			return false;
	}
	return true;
}

static void on_closed(void *ud, mtactl_news news, const rbf_wire_field *field)
{
	windows *w = ud;
	(void)field;
	if (news == MTACTL_FIELD)
		return;
	w->state = CLOSED;
	open_next(w);
}

/* rebuff-mtactl that cannot be asked closes it by itself. */
static void close_window(windows *w)
{
	memset(w->let_go, 0, sizeof w->let_go);
	event_del(w->over);
	w->state = CLOSING;
	if (!ask(w, "window-over", NULL, on_closed))
		w->state = CLOSED;
}

static void on_over(evutil_socket_t fd, short what, void *ud)
{
	windows *w = ud;
	(void)fd, (void)what;
	if (w->state != OPEN)
		return;
	not_kept(w, "not all of it was queued and paused in time");
	close_window(w);
}

static const char *id_of(const request *r)
{
	return rbf_wire_get_str(&r->record, "id", "");
}

static void let_go(windows *w, request *r)
{
	(void)snprintf(w->told[w->told_next], sizeof *w->told, "%s", id_of(r));
	w->told_next = (w->told_next + 1) % WINDOW_TOLD_MAX;
	rbf_wire_put_str(request_begin(r), "action", "wait");
	request_end(r);
	request_free(r);
}

static void let_first_go(windows *w)
{
	request *r = w->first;
	w->first = r->link;
	if (!w->first)
		w->last = NULL;
	let_go(w, r);
}

/* It is queued, so whoever asked did not wait for the answer. */
static void let_queued_go(windows *w, const char *id)
{
	request *before = NULL, *r = w->first;
	while (r && strcmp(id_of(r), id) != 0) {
		before = r;
		r = r->link;
	}
	if (!r)
		return;
	if (before)
		before->link = r->link;
	else
		w->first = r->link;
	if (w->last == r)
		w->last = before;
	let_go(w, r);
}

static void let_all_go(windows *w)
{
	while (w->first)
		let_first_go(w);
}

/* As many as the open window takes, which does not wait for those whose filter did not. Ids of one
 * message begin alike. */
static void let_some_go(windows *w)
{
	enum { ALIKE = 8 };
	size_t n = 0;
	while (w->first && n < WINDOW_COMMITS_MAX) {
		const char *id = id_of(w->first);
		if (n >= WINDOW_COMMITS && strncmp(id, w->let_go[n - 1], ALIKE) != 0)
			return;
		if (strlen(id) <= REBUFF_ID_MAX && request_is_awaited(w->first))
			strcpy(w->let_go[n++], id);
		let_first_go(w);
	}
}

static void on_opened(void *ud, mtactl_news news, const rbf_wire_field *field)
{
	static const struct timeval most = {.tv_usec = WINDOW_MS * 1000};
	windows *w = ud;
	if (news == MTACTL_FIELD) {
		complain(w, field);
		if (strcmp(field->name, "ok") == 0)
			w->state = OPEN;
		return;
	}
	if (news == MTACTL_END && w->state == OPEN) {
		event_add(w->over, &most);
		let_some_go(w);
		if (all_paused(w))
			close_window(w);
		return;
	}
	w->state = CLOSED;
	let_all_go(w);
}

static void open_next(windows *w)
{
	if (w->state != CLOSED || !w->first)
		return;
	w->state = ASKED;
	if (ask(w, "window", NULL, on_opened))
		return;
	w->state = CLOSED;
	let_all_go(w);
}

void windows_wait(windows *w, request *r)
{
	r->link = NULL;
	if (w->last)
		w->last->link = r;
	else
		w->first = r;
	w->last = r;
	open_next(w);
}

bool windows_expect(const windows *w, rebuff_span id)
{
	for (const request *r = w->first; r; r = r->link) {
		if (strlen(id_of(r)) == id.len && memcmp(id_of(r), id.p, id.len) == 0)
			return true;
	}
	for (size_t i = 0; i < WINDOW_TOLD_MAX; i++) {
		if (strlen(w->told[i]) == id.len && memcmp(w->told[i], id.p, id.len) == 0)
			return id.len > 0;
	}
	return false;
}

/* ---- pausing ------------------------------------------------------------------------------- */

static void pause_next(windows *w);

static void is_paused(windows *w)
{
	committed *c = w->pause_first;
	for (int i = 0; i < WINDOW_COMMITS_MAX; i++) {
		if (strcmp(w->let_go[i], c->id) == 0)
			w->let_go[i][0] = '\0';
	}
	w->pause_first = c->next;
	if (!w->pause_first)
		w->pause_last = NULL;
	w->to_pause--;
	free(c);
	if (w->state == OPEN && all_paused(w))
		close_window(w);
}

static void on_paused(void *ud, mtactl_news news, const rbf_wire_field *field)
{
	windows *w = ud;
	if (news == MTACTL_FIELD) {
		complain(w, field);
		return;
	}
	w->pausing = false;
	is_paused(w);
	pause_next(w);
}

static void pause_next(windows *w)
{
	while (!w->pausing && w->pause_first) {
		w->pausing = true;
		if (ask(w, "pause", w->pause_first, on_paused))
			return;
		w->pausing = false;
		is_paused(w);
	}
}

void windows_committed(windows *w, rebuff_mta mta, rebuff_span id, rebuff_span recipient)
{
	if (w->stopped || w->to_pause >= WINDOW_COMMITTED_MAX || id.len > REBUFF_ID_MAX ||
		recipient.len > REBUFF_ADDRESS_MAX)
		return;
	committed *c = calloc(1, sizeof *c);
	if (!c)
		return;
	c->mta = mta;
	memcpy(c->id, id.p, id.len);
	memcpy(c->recipient, recipient.p, recipient.len);
	if (w->pause_last)
		w->pause_last->next = c;
	else
		w->pause_first = c;
	w->pause_last = c;
	w->to_pause++;
	let_queued_go(w, c->id);
	pause_next(w);
}

/* ---- the whole ----------------------------------------------------------------------------- */

windows *windows_new(struct event_base *base, mtactl *m, logger *log)
{
	windows *w = calloc(1, sizeof *w);
	if (!w)
		return NULL;
	w->m = m;
	w->log = log;
	w->over = evtimer_new(base, on_over, w);
	if (!w->over)
		windows_free(&w);
	return w;
}

void windows_stop(windows *w)
{
	w->stopped = true;
	event_del(w->over);
	w->state = CLOSED;
	let_all_go(w);
}

void windows_free(windows **wp)
{
	windows *w = *wp;
	if (!w)
		return;
	for (committed *c = w->pause_first, *next; c; c = next) {
		next = c->next;
		free(c);
	}
	if (w->over)
		event_free(w->over);
	free(w);
	*wp = NULL;
}
