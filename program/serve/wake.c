#include "serve/wake.h"

#include <stdlib.h>
#include <string.h>

#include "common/clocks.h"
#include "common/text.h"
#include "serve/listing.h"

enum {
	DUE_MAX = 512, /* looked at in one go */
	POKE_MS = 20, /* changes come in groups */
	LOOK_AGAIN_MS = 1000, /* whatever the library says: clocks are set, computers sleep */
	LIST_EVERY_MS = 3600000,
	LIST_RETRY_MS = 10000,
	AGAIN_MS = 15000, /* after a wake that could not be done: a mail server is back by then */
};

/* One wake, of messages of one provider: with the writer, then with mtactl. */
typedef struct {
	job job; /* first */
	wake *w;
	bool used;
	bool open; /* begun by the look that is under way: more may join */
	mtactl_line *line; /* NULL once the answer is complete */
	rebuff_due due[WAKE_TOGETHER];
	unsigned n, refused;
	bool again; /* refused because the mail server is away */
} slot;

struct wake {
	struct event_base *base;
	rebuff_ctx *ctx;
	writer *writer;
	mtactl *mtactl;
	pauses *pauses;
	const char *node;
	logger *log;
	struct event *look;
	int64_t look_at_ms; /* boot clock */
	bool stopped;
	slot slots[WAKE_MAX];
	int64_t list_at_ms; /* boot clock */
	bool listing_now;
	wake_health health;
	seldom trouble;
	rebuff_due due[DUE_MAX];
};

static void look_in(wake *w, int64_t ms)
{
	struct timeval t = {
		.tv_sec = (time_t)(ms / 1000), .tv_usec = (suseconds_t)(ms % 1000 * 1000)};
	if (w->stopped)
		return;
	w->look_at_ms = boot_now_ms() + ms;
	event_add(w->look, &t);
}

void wake_poke(wake *w)
{
	if (w->look_at_ms > boot_now_ms() + POKE_MS || !event_pending(w->look, EV_TIMEOUT, NULL))
		look_in(w, POKE_MS);
}

/* ---- one message --------------------------------------------------------------------------- */

static void end_wake(slot *s)
{
	s->used = false;
	s->w->health.under_way -= s->n;
	wake_poke(s->w);
}

/* `why` begins with the id where several were asked for. */
static void note_refusal(slot *s, const rbf_wire_field *field, bool all)
{
	char id[4 * REBUFF_ID_MAX + 1], why[256];
	s->refused = all ? s->n : s->refused + 1;
	logger_write(s->w->log, REBUFF_LOG_INFO, "event=wake-refused id=%s why=\"%s\"",
		text_escape(id, sizeof id, s->due[0].id, strlen(s->due[0].id)),
		text_escape_quoted(why, sizeof why, field->value, field->len));
}

static rebuff_status apply_again(job *j, rebuff_ctx *ctx, rebuff_error *err)
{
	const slot *s = (slot *)j;
	return rebuff_record_unwoken(ctx, &s->due[0], AGAIN_MS, err);
}

static void again_recorded(job *j)
{
	end_wake((slot *)j);
}

/* OpenSMTPD's, where a wake is of one message. If it was done after all, its result closes it, and
 * rebuff-mtactl makes no second attempt beside it. */
static void try_again(slot *s)
{
	s->job = (job){.apply = apply_again, .done = again_recorded, .bytes = sizeof *s};
	if (s->w->stopped || !writer_add(s->w->writer, &s->job))
		end_wake(s);
}

static void on_answer(void *ud, mtactl_news news, const rbf_wire_field *field)
{
	slot *s = ud;
	wake *w = s->w;
	char id[4 * REBUFF_ID_MAX + 1];
	if (news == MTACTL_FIELD) {
		if (strcmp(field->name, "error") == 0)
			note_refusal(s, field, true);
		else if (strcmp(field->name, "refused") == 0 && s->refused < s->n)
			note_refusal(s, field, false);
		else if (strcmp(field->name, "again") == 0)
			s->again = true;
		return;
	}
	if (news == MTACTL_GONE) {
		logger_seldom(w->log, &w->trouble, REBUFF_LOG_WARNING,
			"event=wake-unanswered id=%s",
			text_escape(id, sizeof id, s->due[0].id, strlen(s->due[0].id)));
	} else {
		w->health.refused += s->refused;
		w->health.woken += s->n - s->refused;
	}
	if (s->again || (news == MTACTL_GONE && s->due[0].mta == REBUFF_MTA_OPENSMTPD))
		try_again(s);
	else
		end_wake(s);
}

static rebuff_status apply_wake(job *j, rebuff_ctx *ctx, rebuff_error *err)
{
	const slot *s = (slot *)j;
	rebuff_status status = REBUFF_OK;
	for (unsigned i = 0; i < s->n && status == REBUFF_OK; i++)
		status = rebuff_record_wake(ctx, &s->due[i], err);
	return status;
}

/* It is on disk: now ask. */
static void wake_recorded(job *j)
{
	slot *s = (slot *)j;
	wake *w = s->w;
	char request[WAKE_TOGETHER * (REBUFF_ID_MAX + 8) + 128];
	if (j->status != REBUFF_OK || w->stopped) {
		if (j->status != REBUFF_OK)
			logger_seldom(w->log, &w->trouble, REBUFF_LOG_ERROR,
				"event=wake-not-recorded why=\"%s\"", j->problem);
		mtactl_give_back(s->line);
		s->used = false; /* no poke: the next tick is soon enough to fail again */
		w->health.under_way -= s->n;
		return;
	}
	rbf_wire_writer out = rbf_wire_writer_of(request, sizeof request);
	rbf_wire_put_str(&out, "request", "wake");
	rbf_wire_put_str(&out, "mta", rebuff_mta_name(s->due[0].mta));
	rbf_wire_put_str(&out, "how", s->due[0].past_host_retry ? "-M" : "-Mc");
	for (unsigned i = 0; i < s->n; i++)
		rbf_wire_put_str(&out, "id", s->due[i].id);
	rbf_wire_end(&out);
	mtactl_ask(s->line, request, out.len, on_answer, s);
}

/* ---- which messages ------------------------------------------------------------------------ */

static bool under_way(const wake *w, const rebuff_due *due)
{
	for (int i = 0; i < WAKE_MAX; i++) {
		const slot *s = &w->slots[i];
		for (unsigned n = 0; s->used && n < s->n; n++) {
			if (s->due[n].mta == due->mta && strcmp(s->due[n].id, due->id) == 0)
				return true;
		}
	}
	return false;
}

static bool provider_is_full(const wake *w, const rebuff_due *due)
{
	int n = 0;
	for (int i = 0; i < WAKE_MAX; i++) {
		const slot *s = &w->slots[i];
		n += s->used && strcmp(s->due[0].provider, due->provider) == 0;
	}
	return n >=
		(due->mta == REBUFF_MTA_EXIM ? WAKE_EXIM_PROVIDER_MAX : WAKE_SMTPD_PROVIDER_MAX);
}

static slot *free_slot(wake *w, rebuff_mta mta)
{
	int n = mta == REBUFF_MTA_EXIM ? WAKE_EXIM_MAX : WAKE_SMTPD_MAX;
	for (int i = 0; i < n; i++) {
		if (!w->slots[i].used)
			return &w->slots[i];
	}
	return NULL;
}

/* A place of its own, when there is one. */
static bool begin_wake(wake *w, const rebuff_due *due)
{
	slot *s = provider_is_full(w, due) ? NULL : free_slot(w, due->mta);
	mtactl_line *line = s ? mtactl_take(w->mtactl) : NULL;
	if (!line)
		return false;
	*s = (slot){.job = {.apply = apply_wake, .done = wake_recorded, .bytes = sizeof *s},
		.w = w,
		.used = true,
		.open = true,
		.line = line,
		.due = {*due},
		.n = 1};
	return true;
}

/* Else with others: with the fewest, so that all come in their order. OpenSMTPD makes its attempts
 * itself, nothing is won there. */
static void join_wake(wake *w, const rebuff_due *due)
{
	slot *with = NULL;
	for (int i = 0; i < WAKE_MAX && due->mta == REBUFF_MTA_EXIM; i++) {
		slot *s = &w->slots[i];
		if (s->used && s->open && s->n < WAKE_TOGETHER && s->due[0].mta == due->mta &&
			s->due[0].past_host_retry == due->past_host_retry &&
			strcmp(s->due[0].provider, due->provider) == 0 && (!with || s->n < with->n))
			with = s;
	}
	if (with)
		with->due[with->n++] = *due;
}

/* What this look has begun goes to the writer. */
static void send_wakes(wake *w)
{
	for (int i = 0; i < WAKE_MAX; i++) {
		slot *s = &w->slots[i];
		if (!s->used || !s->open)
			continue;
		s->open = false;
		if (writer_add(w->writer, &s->job)) {
			w->health.under_way += s->n;
		} else {
			mtactl_give_back(s->line);
			s->used = false;
		}
	}
}

static void on_look(evutil_socket_t fd, short what, void *ud)
{
	wake *w = ud;
	int64_t next_ms = INT64_MAX, now = wall_now_ms();
	(void)fd, (void)what;
	if (w->stopped)
		return;
	if (mtactl_resting(w->mtactl)) {
		look_in(w, LOOK_AGAIN_MS);
		return;
	}
	size_t n = rebuff_due_list(w->ctx, now, w->due, DUE_MAX, &next_ms);
	for (size_t i = 0; i < n; i++) {
		const rebuff_due *d = &w->due[i];
		bool here = d->node[0] == '\0' || strcmp(d->node, w->node) == 0;
		if (here && !under_way(w, d) && !begin_wake(w, d))
			join_wake(w, d);
	}
	send_wakes(w);
	int64_t in = next_ms == INT64_MAX ? LOOK_AGAIN_MS : next_ms - now;
	look_in(w, in < POKE_MS ? POKE_MS : in > LOOK_AGAIN_MS ? LOOK_AGAIN_MS : in);
}

/* ---- the queue ----------------------------------------------------------------------------- */

static void queue_listed(void *ud, bool well, size_t n)
{
	wake *w = ud;
	w->listing_now = false;
	w->list_at_ms = boot_now_ms() + (well ? LIST_EVERY_MS : LIST_RETRY_MS);
	if (!well)
		return;
	w->health.queue = n;
	w->health.queue_ms = wall_now_ms();
	wake_poke(w);
}

void wake_tick(wake *w)
{
	mtactl_tick(w->mtactl);
	if (w->stopped)
		return;
	if (!w->listing_now && boot_now_ms() >= w->list_at_ms) {
		mtactl_line *line = mtactl_take(w->mtactl);
		w->list_at_ms = boot_now_ms() + LIST_RETRY_MS;
		w->listing_now = line != NULL; /* before: it may be over at once */
		if (line &&
			!listing_start(
				line, w->writer, w->pauses, w->node, w->log, queue_listed, w))
			w->listing_now = false;
	}
	if (!event_pending(w->look, EV_TIMEOUT, NULL))
		look_in(w, POKE_MS);
}

/* ---- the whole ----------------------------------------------------------------------------- */

wake *wake_new(struct event_base *base, rebuff_ctx *ctx, writer *to, mtactl *m, pauses *p,
	const char *node, logger *log)
{
	wake *w = calloc(1, sizeof *w);
	if (!w)
		return NULL;
	w->base = base;
	w->ctx = ctx;
	w->writer = to;
	w->mtactl = m;
	w->pauses = p;
	w->node = node;
	w->log = log;
	w->look = evtimer_new(base, on_look, w);
	if (!w->look)
		wake_free(&w);
	return w;
}

void wake_stop(wake *w)
{
	w->stopped = true;
	event_del(w->look);
}

void wake_free(wake **wp)
{
	if (!*wp)
		return;
	if ((*wp)->look)
		event_free((*wp)->look);
	free(*wp);
	*wp = NULL;
}

void wake_get_health(const wake *w, wake_health *out)
{
	*out = w->health;
	out->absent = mtactl_failing(w->mtactl);
}
