#include "mtactl/opensmtpd_window.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "client/client.h"

enum { PATH_LENGTH = 512, AGAIN_MS = 100, LOOK_MS = 10 };

/* ---- the mark: only a crash of ours must not lose it, with the machine's smtpd is gone, too  */

static void mark_path(const rbo_window *w, char out[PATH_LENGTH])
{
	(void)snprintf(out, PATH_LENGTH, "%s/mta-paused", w->folder);
}

static bool mark(const rbo_window *w)
{
	char path[PATH_LENGTH];
	mark_path(w, path);
	int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	return fd >= 0 && close(fd) == 0;
}

static void unmark(const rbo_window *w)
{
	char path[PATH_LENGTH];
	mark_path(w, path);
	(void)unlink(path);
}

static bool is_marked(const rbo_window *w)
{
	char path[PATH_LENGTH];
	mark_path(w, path);
	return access(path, F_OK) == 0;
}

/* ---- pausing and resuming ------------------------------------------------------------------- */

static bool control(rbo_act *a, const char *verb)
{
	const char *arguments[] = {verb, "mta", NULL};
	return rbo_ctl_run(a->smtpctl, arguments, a->text, sizeof a->text, RBO_CALL_MS) == 0;
}

static const char *open_window(rbo_window *w, rbo_act *a)
{
	if (rbo_act_mta_paused(a))
		return "mta is paused by somebody else";
	if (!mark(w))
		return "the mark of a pause cannot be written";
	w->began_ms = rbf_client_now_ms();
	w->next_ms = w->began_ms + RBO_WINDOW_EVERY_MS;
	/* Refused when somebody has paused it since. */
	if (!control(a, "pause")) {
		unmark(w);
		return "smtpd does not pause mta";
	}
	w->open = true;
	w->end_ms = rbf_client_now_ms() + RBO_WINDOW_MS;
	rbo_steer_mta(a->steer, true, rbf_client_now_ms());
	return NULL;
}

static bool resume(rbo_act *a)
{
	/* One that has ended by itself, or with its smtpd, is over too. */
	return control(a, "resume") || !rbo_act_mta_paused(a);
}

void rbo_window_over(rbo_window *w, rbo_act *a, int64_t now_ms)
{
	if (!w->open)
		return;
	if (!resume(a)) {
		rbo_act_log(a, "mta is paused and cannot be resumed: %s", a->text);
		w->end_ms = now_ms + AGAIN_MS;
		return;
	}
	w->open = false;
	unmark(w);
	/* mta is paused half of the time at most. */
	int64_t ended_ms = rbf_client_now_ms(), lasted_ms = ended_ms - w->began_ms;
	if (lasted_ms > RBO_WINDOW_MS)
		lasted_ms = RBO_WINDOW_MS;
	if (w->next_ms < ended_ms + lasted_ms)
		w->next_ms = ended_ms + lasted_ms;
	rbo_steer_mta(a->steer, false, ended_ms);
}

void rbo_window_mend(rbo_window *w, rbo_act *a)
{
	if (!is_marked(w))
		return;
	rbo_act_log(a, "mta was left paused; it is resumed");
	w->open = true;
	w->began_ms = rbf_client_now_ms();
	rbo_window_over(w, a, w->began_ms);
}

/* ---- when ----------------------------------------------------------------------------------- */

/* Attempts whose end was not heard of can be looked after only while mta runs for a while. */
static bool may_open(const rbo_window *w, const rbo_act *a, int64_t now_ms)
{
	return now_ms >= w->next_ms && !rbo_steer_starves(a->steer, now_ms);
}

void rbo_window_tick(rbo_window *w, rbo_act *a, int64_t now_ms)
{
	if (w->open && now_ms >= w->end_ms)
		rbo_window_over(w, a, now_ms);
	if (w->open || !w->ask || !may_open(w, a, now_ms))
		return;
	rbf_ask *ask = w->ask;
	w->ask = NULL;
	const char *why = open_window(w, a);
	if (why)
		rbf_ask_error(ask, why);
	else
		rbf_ask_ok(ask);
}

void rbo_window_request(rbo_window *w, rbo_act *a, rbf_ask *ask, int64_t now_ms)
{
	if (w->ask) {
		rbf_ask_error(ask, "somebody else waits for a window");
		return;
	}
	w->ask = ask;
	rbo_window_tick(w, a, now_ms);
}

int rbo_window_due_ms(const rbo_window *w, int64_t now_ms)
{
	if (!w->open && !w->ask)
		return -1;
	if (w->open)
		return now_ms < w->end_ms ? (int)(w->end_ms - now_ms) : 0;
	return now_ms < w->next_ms ? (int)(w->next_ms - now_ms) : LOOK_MS;
}
