#include "mtactl/opensmtpd_list.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "client/client.h"

enum { PATH_LENGTH = 512, LINE_LENGTH = 8192 };

/* ---- reading one ---------------------------------------------------------------------------- */

typedef struct {
	const rbo_listing *l;
	rbo_act *act;
	rbo_steer *seen; /* those of ours that are there, and paused */
	rbo_steer *woken; /* those that are there, and paused no more */
	uint64_t *unseen;
	size_t n;
	bool failed;
} reading;

static void show(const reading *r, uint64_t id, const char *flags)
{
	char text[32];
	(void)snprintf(text, sizeof text, "%016llx %s", (unsigned long long)id, flags);
	if (r->l->ask)
		rbf_ask_put(r->l->ask, "queued", text);
}

static void take_line(reading *r, const char *line)
{
	rbo_queued e;
	char flags[8];
	if (!rbo_queued_parse(line, &e) || !e.out)
		return;
	rbo_state state = rbo_steer_state(r->act->steer, e.id);
	bool ours = state == RBO_PAUSED || state == RBO_WAITING;
	if (ours)
		r->failed |= !rbo_steer_set(e.paused ? r->seen : r->woken, e.id, 0,
			e.in_flight ? RBO_WAITING : RBO_PAUSED, 0);
	bool theirs = e.paused && !ours;
	bool held = ours && e.paused;
	(void)snprintf(flags, sizeof flags, "%s%s%s%s", theirs ? "f" : "", e.bounce ? "n" : "",
		held ? "p" : "", theirs || e.bounce || held ? "" : "-");
	show(r, e.id, flags);
}

static bool read_lines(reading *r)
{
	char line[LINE_LENGTH];
	FILE *f = fdopen(dup(r->l->fd), "r");
	if (!f)
		return false;
	rewind(f);
	while (fgets(line, sizeof line, f)) {
		line[strcspn(line, "\n")] = '\0';
		take_line(r, line);
	}
	bool whole = !ferror(f);
	(void)fclose(f);
	return whole;
}

/* What has changed since it was begun is newer than it. What is under way is told by the log, or
 * found out by the watchdog. */
static void note_unseen(void *ud, uint64_t id, uint64_t relay, rbo_state state)
{
	reading *r = ud;
	(void)relay;
	if (state != RBO_PAUSED || rbo_steer_state(r->seen, id) != RBO_FREE ||
		rbo_steer_since(r->act->steer, id) >= r->l->begun_ms)
		return;
	if (rbo_steer_state(r->woken, id) == RBO_FREE && rbo_act_in_spool(r->act, id))
		show(r, id, "p");
	else
		r->unseen[r->n++] = id;
}

/* An attempt that was begun by a process of ours before this one. */
static void note_under_way(void *ud, uint64_t id, uint64_t relay, rbo_state state)
{
	reading *r = ud;
	(void)relay;
	if (state == RBO_WAITING && rbo_steer_state(r->act->steer, id) == RBO_PAUSED &&
		rbo_steer_since(r->act->steer, id) < r->l->begun_ms)
		rbo_steer_is_under_way(r->act->steer, id, rbf_client_now_ms());
}

static bool smtpd_answers(rbo_act *a)
{
	static const char *const arguments[] = {"show", "status", NULL};
	return rbo_ctl_run(a->smtpctl, arguments, a->text, sizeof a->text, RBO_CALL_MS) == 0;
}

static const char *read_it(const rbo_listing *l, rbo_act *a)
{
	reading r = {.l = l, .act = a, .seen = rbo_steer_new(), .woken = rbo_steer_new()};
	r.unseen = calloc(rbo_steer_held(a->steer) + 1, sizeof *r.unseen);
	const char *why = "no memory";
	if (r.seen && r.woken && r.unseen) {
		bool whole = read_lines(&r);
		/* Without an smtpd smtpctl reads the spool and shows nothing that parses. */
		why = !whole		    ? "the listing cannot be read"
			: r.failed	    ? "no memory"
			: !smtpd_answers(a) ? "smtpd does not answer"
					    : NULL;
	}
	if (!why) {
		rbo_steer_each(a->steer, note_unseen, &r);
		rbo_steer_each(r.seen, note_under_way, &r);
		for (size_t i = 0; i < r.n; i++)
			rbo_act_forget(a, r.unseen[i]);
	}
	rbo_steer_free(r.seen);
	rbo_steer_free(r.woken);
	free(r.unseen);
	return why;
}

/* ---- having it made ------------------------------------------------------------------------- */

static void end(rbo_listing *l, const char *why)
{
	rbf_ask *ask = l->ask;
	if (l->fd >= 0)
		close(l->fd);
	*l = (rbo_listing){.folder = l->folder, .fd = -1};
	if (ask && why)
		rbf_ask_error(ask, why);
	else if (ask)
		rbf_ask_ok(ask);
}

static bool open_file(rbo_listing *l)
{
	char path[PATH_LENGTH];
	(void)snprintf(path, sizeof path, "%s/listing", l->folder);
	l->fd = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	return l->fd >= 0 && unlink(path) == 0;
}

/* False: it was ended with the reason. */
static bool begin(rbo_listing *l, const rbo_act *a)
{
	static const char *const arguments[] = {"show", "queue", NULL};
	l->begun_ms = rbf_client_now_ms();
	if (!open_file(l)) {
		end(l, "the file of a listing cannot be written");
		return false;
	}
	l->child = rbo_ctl_start(a->smtpctl, arguments, l->fd);
	if (l->child > 0)
		return true;
	end(l, "smtpctl cannot be started");
	return false;
}

void rbo_list_begin(rbo_listing *l, rbo_act *a, rbf_ask *ask)
{
	if (l->child > 0) {
		rbf_ask_error(ask, "the queue is being listed");
		return;
	}
	rbf_ask_put(ask, "mta", rbo_mta.name);
	l->ask = ask;
	(void)begin(l, a);
}

void rbo_list_child_over(rbo_listing *l, rbo_act *a, pid_t pid, int status)
{
	if (pid == l->child && pid > 0)
		end(l,
			WIFEXITED(status) && WEXITSTATUS(status) == 0 ? read_it(l, a)
								      : "smtpd does not answer");
}

void rbo_list_tick(const rbo_listing *l, int64_t now_ms)
{
	if (l->child > 0 && now_ms - l->begun_ms > RBO_LIST_MS)
		(void)kill(l->child, SIGKILL);
}

void rbo_list_now(rbo_listing *l, rbo_act *a)
{
	int status = -1;
	if (l->child > 0 || !begin(l, a))
		return;
	pid_t child = l->child;
	l->begun_ms = INT64_MAX; /* nothing changes meanwhile */
	while (waitpid(child, &status, 0) < 0 && errno == EINTR)
		;
	rbo_list_child_over(l, a, child, status);
}
