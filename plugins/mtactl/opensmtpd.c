/*
 * opensmtpd.c - the queue of OpenSMTPD: carries out requests in the order of opensmtpd_steer.h,
 * keeps the pauses on disk, puts them back when smtpd has started anew and hands the mail back when
 * the engine stays away. smtpd has no gate of its own, so before an attempt the engine is asked
 * here: go, wait, or give up.
 *
 * smtpctl answers within milliseconds and is waited for; only a whole listing takes seconds, and is
 * not.
 */

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "client/client.h"
#include "client/follow.h"
#include "mtactl/mta.h"
#include "mtactl/opensmtpd_giveup.h"
#include "mtactl/opensmtpd_list.h"
#include "mtactl/opensmtpd_window.h"

enum {
	WAKES_MAX = 128, /* attempts that are waited for; a connection asks for one at a time */
	PATH_LENGTH = 256,
	TICK_MS = 1000,
	PAUSED_LOOK_MS = 250, /* how often mta is looked at while somebody has it paused */
	RESTART_MS = 5000, /* how often smtpd is looked at for a restart that nobody told of */
	LOADING_MS = 7000, /* for smtpd to load its queue; its unit waits for 8 s */
	LOADING_NAP_MS = 50,
	START_TEXT = 64,
	OVERDUE_N = 8, /* attempts looked after in one second */
	GATE_MS = 1000, /* for the engine's answer */
	ATTEMPT_MS = 900000, /* a wake is answered after so long at the latest */
	AWAY_MS = 300000, /* the engine may be away for so long before mail is handed back */
	HAND_BACK_N = 20, /* envelopes handed back in one second */
};

typedef struct {
	uint64_t envelope; /* 0: unused */
	rbf_ask *ask;
	int64_t until_ms;
} wake;

typedef struct {
	rbo_act act;
	rbo_giveup giveup;
	rbo_window window;
	rbo_listing listing;
	rbf_client engine;
	wake wakes[WAKES_MAX];
	int64_t there_ms; /* when the engine was there last */
	int64_t ticked_ms, swept_ms, looked_ms, paused_looked_ms;
	char started[START_TEXT]; /* which smtpd it is whose pauses we know */
	bool handing_back;
	uint64_t batch[HAND_BACK_N]; /* of one second's hand-back */
	size_t batch_n;
} queue;

static const char restarted[] = "smtpd was restarted";
static const char under_way[] = "its attempt is under way";

/* NULL is success. */
static void answer(rbf_ask *a, const char *why)
{
	if (why)
		rbf_ask_error(a, why);
	else
		rbf_ask_ok(a);
}

/* Of an attempt. The engine is to ask again soon when what is in its way passes by itself. */
static void answer_wake(rbf_ask *a, const char *why)
{
	static const char *const passing[] = {restarted, under_way, "smtpd does not answer",
		"mta is paused", "the engine does not answer", "too many attempts are under way",
		"it was scheduled within the last second",
		"as many as smtpd takes at once are under way there"};
	for (size_t i = 0; why && i < sizeof passing / sizeof *passing; i++)
		if (strcmp(why, passing[i]) == 0) {
			rbf_ask_put(a, "again", "1");
			break;
		}
	answer(a, why);
}

static void uptime_line(void *ud, char *line)
{
	int64_t *uptime_s = ud;
	long long n;
	if (sscanf(line, "uptime=%lld", &n) == 1)
		*uptime_s = n;
}

/* Every smtpd makes its control socket anew. "": there is none. */
static void smtpd_start(char out[START_TEXT])
{
	struct stat st;
	out[0] = '\0';
	if (stat("/var/run/smtpd.sock", &st) == 0)
		(void)snprintf(out, START_TEXT, "%llu %lld.%09ld", (unsigned long long)st.st_ino,
			(long long)st.st_ctim.tv_sec, st.st_ctim.tv_nsec);
}

static bool smtpd_answers(queue *q)
{
	static const char *const arguments[] = {"show", "stats", NULL};
	int64_t uptime_s = -1;
	(void)rbo_ctl_lines(
		q->act.smtpctl, arguments, NULL, 0, uptime_line, &uptime_s, RBO_CALL_MS);
	return uptime_s >= 0;
}

/* ---- waking --------------------------------------------------------------------------------- */

static wake *find_wake(queue *q, uint64_t envelope)
{
	for (size_t i = 0; i < WAKES_MAX; i++)
		if (q->wakes[i].envelope == envelope)
			return &q->wakes[i];
	return NULL;
}

static void end_wake(wake *w, const char *why)
{
	w->envelope = 0;
	answer_wake(w->ask, why);
}

typedef enum { GATE_GO, GATE_WAIT, GATE_FAIL, GATE_SILENT } gate;

/* What a gate inside the mail server would ask. */
static gate ask_engine(queue *q, const rbo_queued *e, char reason[RBO_REASON_MAX])
{
	char bytes[2048], id[RBO_ID_TEXT];
	rbf_wire_record record;
	rbo_id_text(e->id, id);
	rbf_wire_writer w = rbf_wire_writer_of(bytes, sizeof bytes);
	rbf_wire_put_str(&w, "request", "gate");
	rbf_wire_put_str(&w, "mta", "opensmtpd");
	rbf_wire_put_str(&w, "id", id);
	rbf_wire_put_str(&w, "recipient", e->recipient);
	rbf_wire_put_str(&w, "sender", e->sender);
	rbf_wire_put_int(&w, "age_s", (int64_t)time(NULL) - e->created_s);
	rbf_wire_end(&w);
	if (w.overflow || rbf_client_ask(&q->engine, bytes, w.len, -1, &record) != RBF_CLIENT_OK)
		return GATE_SILENT;
	const char *action = rbf_wire_get_str(&record, "action", "");
	(void)snprintf(reason, RBO_REASON_MAX, "%s", rbf_wire_get_str(&record, "text", ""));
	return strcmp(action, "go") == 0      ? GATE_GO
		: strcmp(action, "wait") == 0 ? GATE_WAIT
		: strcmp(action, "fail") == 0 ? GATE_FAIL
					      : GATE_SILENT;
}

/* Is it ours to wake? Somebody else's pause, resume or removal is respected. NULL: yes. */
static const char *not_ours(queue *q, uint64_t id, rbo_queued *e)
{
	rbo_state state = rbo_steer_state(q->act.steer, id);
	if (state == RBO_WAITING || find_wake(q, id))
		return under_way;
	int found = rbo_act_look(&q->act, id, e);
	if (found < 0)
		return "smtpd does not answer";
	if (found == 0) {
		rbo_act_forget(&q->act, id);
		return "unknown id";
	}
	if (!e->out || e->bounce)
		return e->bounce ? "null sender" : "not outgoing mail";
	if (e->in_flight)
		return under_way;
	if (state == RBO_PAUSED && !e->paused) {
		rbo_act_forget(&q->act, id);
		return "resumed by somebody else";
	}
	return state == RBO_FREE && e->paused ? "paused by somebody else" : NULL;
}

static const char *start_attempt(queue *q, rbf_ask *a, uint64_t id)
{
	wake *w = find_wake(q, 0);
	if (!w)
		return "too many attempts are under way";
	const char *why = rbo_act_schedule(&q->act, id);
	if (!why)
		*w = (wake){id, a, rbf_client_now_ms() + ATTEMPT_MS};
	return why;
}

/* Pause it if that was not done, ask the engine, and attempt it once, leave it, or give up. */
static void on_wake(queue *q, rbf_ask *a, uint64_t id)
{
	rbo_queued e;
	char reason[RBO_REASON_MAX];
	const char *why = not_ours(q, id, &e);
	if (!why)
		why = rbo_act_pause(&q->act, id, rbo_relay_of(e.recipient));
	if (why) {
		answer_wake(a, why);
		return;
	}
	switch (ask_engine(q, &e, reason)) {
	case GATE_GO:
		why = start_attempt(q, a, id);
		if (why)
			answer_wake(a, why);
		break;
	case GATE_FAIL:
		why = rbo_giveup_do(&q->giveup, &q->act, &e, reason);
		if (why)
			rbo_act_log(&q->act, "giving up %016llx is not finished: %s",
				(unsigned long long)id, why);
		answer_wake(a, why);
		break;
	case GATE_WAIT:
		answer(a, "not yet");
		break;
	case GATE_SILENT:
		answer_wake(a, "the engine does not answer");
		break;
	}
}

/* The log has said what became of an attempt, ours or smtpd's own. */
static void on_attempted(queue *q, uint64_t id, bool deferred)
{
	rbo_steer_attempted(q->act.steer, id, deferred, rbf_client_now_ms());
	if (!deferred && rbo_steer_state(q->act.steer, id) == RBO_GONE)
		(void)rbo_record_note(&q->act.record, false, id, 0);
	wake *w = find_wake(q, id);
	if (w)
		end_wake(w, NULL);
}

/* ---- smtpd's restarts ----------------------------------------------------------------------- */

typedef struct {
	uint64_t *ids, *relays;
	size_t n;
} held;

static void collect(void *ud, uint64_t id, uint64_t relay, rbo_state state)
{
	held *h = ud;
	(void)state;
	h->ids[h->n] = id;
	h->relays[h->n++] = relay;
}

/* Everything that we hold; false without memory. The arrays are the caller's to free. */
static bool collect_held(queue *q, held *h)
{
	size_t n = rbo_steer_held(q->act.steer);
	*h = (held){
		.ids = calloc(n + 1, sizeof(uint64_t)), .relays = calloc(n + 1, sizeof(uint64_t))};
	if (h->ids && h->relays) {
		rbo_steer_each(q->act.steer, collect, h);
		return true;
	}
	free(h->ids);
	free(h->relays);
	return false;
}

static void remember_start(queue *q, const char *started)
{
	char file[PATH_LENGTH];
	(void)snprintf(q->started, sizeof q->started, "%s", started);
	(void)snprintf(file, sizeof file, "%s/smtpd-started", q->giveup.folder);
	(void)rbf_follow_save_text(file, started);
}

/* Pause those which smtpd has loaded, and keep in `h` those which it will. Returns how many were.
 */
static size_t pause_loaded(queue *q, held *h)
{
	size_t back = 0, left = 0;
	for (size_t i = 0; i < h->n; i++) {
		bool paused = rbo_act_pause_again(&q->act, h->ids[i], h->relays[i]) == NULL;
		back += paused;
		if (!paused && !rbo_act_in_spool(&q->act, h->ids[i]))
			(void)rbo_record_note(&q->act.record, false, h->ids[i], 0);
		else if (!paused) {
			h->ids[left] = h->ids[i];
			h->relays[left++] = h->relays[i];
		}
	}
	h->n = left;
	return back;
}

/* smtpd has started anew (with its mta paused, when its unit is ours) and knows no pauses. */
static void put_pauses_back(queue *q)
{
	held h;
	if (!collect_held(q, &h))
		return;
	for (size_t i = 0; i < WAKES_MAX; i++)
		if (q->wakes[i].envelope)
			end_wake(&q->wakes[i], restarted);
	rbo_steer_clear(q->act.steer);
	size_t back = 0, all = h.n;
	int64_t until_ms = rbf_client_now_ms() + LOADING_MS;
	while (h.n > 0) {
		back += pause_loaded(q, &h);
		if (rbf_client_now_ms() >= until_ms)
			break;
		if (h.n > 0)
			(void)poll(NULL, 0, LOADING_NAP_MS);
	}
	for (size_t i = 0; i < h.n; i++)
		(void)rbo_record_note(&q->act.record, false, h.ids[i], 0);
	if (all)
		rbo_act_log(&q->act, "smtpd was restarted: %zu of %zu pauses put back", back, all);
	free(h.ids);
	free(h.relays);
}

/* Whoever says so, and however often: only a start that we do not know yet counts. */
static void look_for_restart(queue *q)
{
	char started[START_TEXT];
	smtpd_start(started);
	if (!*started || strcmp(started, q->started) == 0 || !smtpd_answers(q))
		return;
	put_pauses_back(q);
	remember_start(q, started);
	(void)rbo_act_mta_paused(&q->act);
}

/* ---- handing back --------------------------------------------------------------------------- */

static void choose(void *ud, uint64_t id, uint64_t relay, rbo_state state)
{
	queue *q = ud;
	(void)relay;
	if (state == RBO_PAUSED && q->batch_n < HAND_BACK_N)
		q->batch[q->batch_n++] = id;
}

/* A second's worth. Returns how many were given back to smtpd's own schedule. */
static size_t hand_back_some(queue *q)
{
	size_t n = 0;
	q->batch_n = 0;
	rbo_steer_each(q->act.steer, choose, q);
	for (size_t i = 0; i < q->batch_n; i++)
		n += rbo_act_resume(&q->act, q->batch[i]) == NULL;
	return n;
}

/* All of it, at the end of rebuff. */
static const char *hand_back(queue *q)
{
	while (hand_back_some(q) > 0)
		;
	return rbo_steer_held(q->act.steer) ? "attempts are under way; ask again" : NULL;
}

static void watch_engine(queue *q, int64_t now)
{
	if (rbf_client_alive(q->engine.options.alive)) {
		if (q->handing_back)
			rbo_act_log(&q->act, "the engine is back");
		q->handing_back = false;
		q->there_ms = now;
		return;
	}
	if (now - q->there_ms < AWAY_MS || rbo_steer_held(q->act.steer) == 0)
		return;
	if (!q->handing_back)
		rbo_act_log(&q->act,
			"the engine has been away for %lld s: %zu paused envelopes go back to "
			"smtpd's own schedule",
			(long long)(now - q->there_ms) / 1000, rbo_steer_held(q->act.steer));
	q->handing_back = true;
	(void)hand_back_some(q);
}

/* ---- every second --------------------------------------------------------------------------- */

/* Attempts whose end was not heard of: smtpd may have dropped them back without a word. */
static void watch_attempts(queue *q, int64_t now)
{
	for (int i = 0; i < OVERDUE_N; i++) {
		rbo_queued e;
		uint64_t id = rbo_steer_overdue(q->act.steer, now);
		if (!id || rbo_act_mta_paused(&q->act))
			return;
		int found = rbo_act_look(&q->act, id, &e);
		if (found == 0)
			on_attempted(q, id, false);
		else if (found == 1 && !e.in_flight)
			on_attempted(q, id, true);
	}
}

static void rewrite_line(void *ud, uint64_t id, uint64_t relay, rbo_state state)
{
	(void)state;
	(void)rbo_record_note(ud, true, id, relay);
}

static void keep_record(queue *q)
{
	rbo_record *r = &q->act.record;
	if (rbo_record_is_stale(r, rbo_steer_held(q->act.steer)) && rbo_record_begin(r)) {
		rbo_steer_each(q->act.steer, rewrite_line, r);
		if (!rbo_record_end(r))
			rbo_act_log(&q->act, "%s cannot be written: %s", r->file, strerror(errno));
	}
	rbo_record_sync(r);
}

/* Paused by an operator, or by the unit of an smtpd that starts: attempts wait for its end. */
static bool paused_by_others(const queue *q)
{
	return !q->window.open && rbo_steer_mta_paused(q->act.steer);
}

static void tick(void *self)
{
	queue *q = self;
	int64_t now = rbf_client_now_ms();
	rbo_window_tick(&q->window, &q->act, now);
	if (paused_by_others(q) && now - q->paused_looked_ms >= PAUSED_LOOK_MS) {
		q->paused_looked_ms = now;
		(void)rbo_act_mta_paused(&q->act);
	}
	if (q->window.open || now - q->ticked_ms < TICK_MS)
		return;
	q->ticked_ms = now;
	watch_engine(q, now);
	watch_attempts(q, now);
	rbo_list_tick(&q->listing, now);
	keep_record(q);
	for (size_t i = 0; i < WAKES_MAX; i++)
		if (q->wakes[i].envelope && q->wakes[i].until_ms <= now)
			end_wake(&q->wakes[i], "nothing was heard of the attempt");
	if (now - q->looked_ms >= RESTART_MS && rbo_steer_held(q->act.steer) > 0) {
		q->looked_ms = now;
		look_for_restart(q);
	}
	if (now - q->swept_ms < RBO_GONE_MS)
		return;
	q->swept_ms = now;
	rbo_steer_sweep(q->act.steer, now);
	rbo_giveup_finish(&q->giveup, &q->act);
}

/* ---- requests ------------------------------------------------------------------------------- */

static void on_pause(queue *q, uint64_t id, const rbf_wire_record *r, rbf_ask *a)
{
	uint64_t relay = rbo_relay_of(rbf_wire_get_str(r, "recipient", ""));
	bool fresh = rbf_wire_get_int(r, "fresh", 0) == 1;
	answer(a,
		fresh ? rbo_act_pause_fresh(&q->act, id, relay)
		      : rbo_act_pause(&q->act, id, relay));
}

static void on_id(queue *q, const char *what, uint64_t id, const rbf_wire_record *r, rbf_ask *a)
{
	if (strcmp(what, "wake") == 0)
		on_wake(q, a, id);
	else if (strcmp(what, "pause") == 0)
		on_pause(q, id, r, a);
	else if (strcmp(what, "resume") == 0)
		answer(a, rbo_act_resume(&q->act, id));
	else if (strcmp(what, "remove") == 0)
		answer(a, rbo_act_remove(&q->act, id));
	else if (strcmp(what, "attempted") == 0) {
		on_attempted(q, id, rbf_wire_get_int(r, "deferred", 0) == 1);
		answer(a, NULL);
	} else
		answer(a, "unknown request");
}

static void request(void *self, const rbf_wire_record *r, rbf_ask *a)
{
	queue *q = self;
	uint64_t id;
	const char *what = rbf_wire_get_str(r, "request", "");
	if (strcmp(what, "list") == 0)
		rbo_list_begin(&q->listing, &q->act, a);
	else if (strcmp(what, "restarted") == 0) {
		look_for_restart(q);
		answer(a, NULL);
	} else if (strcmp(what, "hand-back") == 0)
		answer(a, hand_back(q));
	else if (strcmp(what, "window") == 0)
		rbo_window_request(&q->window, &q->act, a, rbf_client_now_ms());
	else if (strcmp(what, "window-over") == 0) {
		rbo_window_over(&q->window, &q->act, rbf_client_now_ms());
		answer(a, NULL);
	} else if (!rbo_id_of(rbf_wire_get_str(r, "id", ""), &id))
		answer(a, "id= must be an envelope id, 16 hexadecimal digits");
	else
		on_id(q, what, id, r, a);
}

/* What has to do with a window is done before all else, and in one nothing but that. While others
 * have paused mta no attempt is begun: it waits here, which keeps the engine from asking for all
 * that comes due meanwhile, and goes on as soon as mta runs. */
static rbf_turn turn(void *self, const rbf_wire_record *r)
{
	static const char *const first[] = {"attempted", "window", "window-over", "ping"};
	const queue *q = self;
	const char *what = rbf_wire_get_str(r, "request", "");
	for (size_t i = 0; i < sizeof first / sizeof *first; i++)
		if (strcmp(what, first[i]) == 0)
			return RBF_TURN_FIRST;
	if (strcmp(what, "pause") == 0)
		return rbf_wire_get_int(r, "fresh", 0) == 1 ? RBF_TURN_FIRST : RBF_TURN_NEXT;
	if (strcmp(what, "wake") == 0 && paused_by_others(q))
		return RBF_TURN_LATER;
	return q->window.open ? RBF_TURN_LATER : RBF_TURN_NEXT;
}

static int due_ms(void *self)
{
	const queue *q = self;
	int window = rbo_window_due_ms(&q->window, rbf_client_now_ms());
	return window < 0 && paused_by_others(q) ? PAUSED_LOOK_MS : window;
}

/* All others are waited for where they are started. */
static void child_over(void *self, pid_t pid, int status)
{
	queue *q = self;
	rbo_list_child_over(&q->listing, &q->act, pid, status);
}

/* ---- opening -------------------------------------------------------------------------------- */

static void replay(void *ud, bool paused, uint64_t id, uint64_t relay)
{
	queue *q = ud;
	(void)rbo_steer_set(
		q->act.steer, id, relay, paused ? RBO_PAUSED : RBO_FREE, rbf_client_now_ms());
}

/* How things stand: what the record calls paused is so only as long as the same smtpd runs. */
static void learn(queue *q)
{
	char file[PATH_LENGTH];
	(void)snprintf(file, sizeof file, "%s/smtpd-started", q->giveup.folder);
	(void)rbf_follow_load_text(file, q->started, sizeof q->started);
	look_for_restart(q);
	if (rbo_steer_held(q->act.steer) > 0)
		rbo_list_now(&q->listing, &q->act);
}

static void log_line(void *ud, const char *line)
{
	(void)ud;
	fprintf(stderr, "rebuff-mtactl: %s\n", line);
}

static void *open_queue(const rbf_mta_options *options)
{
	char file[PATH_LENGTH] = "";
	queue *q = calloc(1, sizeof *q);
	if (!q)
		return NULL;
	q->act.smtpctl = options->program ? options->program : "/usr/sbin/smtpctl";
	q->act.log = log_line;
	q->act.steer = rbo_steer_new();
	q->act.spool = options->spool ? options->spool : "/var/spool/smtpd";
	q->giveup.sendmail = "/usr/sbin/sendmail";
	q->giveup.folder = q->window.folder = q->listing.folder = options->folder;
	q->engine.options = (rbf_client_options){.socket = options->engine,
		.alive = options->alive,
		.deadline_ms = GATE_MS,
		.timeouts = 2,
		.rest_ms = 5000};
	q->there_ms = rbf_client_now_ms();
	int n = snprintf(file, sizeof file, "%s/paused", options->folder);
	if (!q->act.steer || n < 0 || (size_t)n >= sizeof file ||
		!rbo_record_open(&q->act.record, file, replay, q)) {
		rbo_act_log(&q->act, "%s cannot be used: %s", file, strerror(errno));
		rbo_steer_free(q->act.steer);
		free(q);
		return NULL;
	}
	rbo_window_mend(&q->window, &q->act);
	learn(q);
	rbo_giveup_finish(&q->giveup, &q->act);
	return q;
}

static void close_queue(void *self)
{
	queue *q = self;
	rbo_window_over(&q->window, &q->act, rbf_client_now_ms());
	rbo_record_sync(&q->act.record);
	rbo_record_close(&q->act.record);
	rbf_client_close(&q->engine);
	rbo_steer_free(q->act.steer);
	free(q);
}

const rbf_mta rbo_mta = {.name = "opensmtpd",
	.open = open_queue,
	.request = request,
	.child_over = child_over,
	.turn = turn,
	.tick = tick,
	.due_ms = due_ms,
	.close = close_queue};
