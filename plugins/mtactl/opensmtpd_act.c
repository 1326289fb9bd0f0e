#include "mtactl/opensmtpd_act.h"

#include <inttypes.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "client/client.h"

enum { FRESH_TRIES = 3, FRESH_MS = 3, PATH_LENGTH = 256 };

void rbo_act_log(rbo_act *a, const char *format, ...)
{
	char line[1024];
	va_list args;
	va_start(args, format);
	(void)vsnprintf(line, sizeof line, format, args);
	va_end(args);
	for (char *c = line; *c; c++)
		if ((unsigned char)*c < 0x20 || *c == 0x7f)
			*c = ' ';
	a->log(a->ud, line);
}

void rbo_id_text(uint64_t id, char out[RBO_ID_TEXT])
{
	(void)snprintf(out, RBO_ID_TEXT, "%016" PRIx64, id);
}

bool rbo_id_of(const char *text, uint64_t *out)
{
	if (strlen(text) != 16 || strspn(text, "0123456789abcdef") != 16)
		return false;
	*out = strtoull(text, NULL, 16);
	return *out > UINT32_MAX; /* smtpd takes a smaller one for a message id */
}

/* FNV-1a of the domain. */
uint64_t rbo_relay_of(const char *recipient)
{
	const char *at = strrchr(recipient, '@');
	uint64_t hash = UINT64_C(0xcbf29ce484222325);
	for (const char *c = at ? at + 1 : recipient; *c; c++) {
		char low = *c >= 'A' && *c <= 'Z' ? (char)(*c + 32) : *c;
		hash = (hash ^ (unsigned char)low) * UINT64_C(0x100000001b3);
	}
	return hash;
}

/* One command about one envelope. Returns how many it changed, -1 when smtpd does not say. */
static int control(rbo_act *a, const char *verb, const char *noun, uint64_t id)
{
	char text[RBO_ID_TEXT];
	rbo_id_text(id, text);
	const char *arguments[] = {verb, noun ? noun : text, noun ? text : NULL, NULL};
	int status = rbo_ctl_run(a->smtpctl, arguments, a->text, sizeof a->text, RBO_CALL_MS);
	int n = status == 0 ? rbo_ctl_count(a->text) : -1;
	if (n < 0)
		rbo_act_log(a, "smtpctl %s %s: %s", verb, text,
			status < 0 ? "did not end in time" : a->text);
	return n;
}

bool rbo_act_mta_paused(rbo_act *a)
{
	static const char *const arguments[] = {"show", "status", NULL};
	int status = rbo_ctl_run(a->smtpctl, arguments, a->text, sizeof a->text, RBO_CALL_MS);
	bool paused = status == 0 && rbo_ctl_mta_paused(a->text);
	rbo_steer_mta(a->steer, paused, rbf_client_now_ms());
	return paused;
}

typedef struct {
	uint64_t id;
	rbo_queued *out;
	bool found;
} look;

static void look_line(void *ud, char *line)
{
	look *l = ud;
	rbo_queued one;
	if (!l->found && rbo_queued_parse(line, &one) && one.id == l->id) {
		*l->out = one;
		l->found = true;
	}
}

int rbo_act_look(rbo_act *a, uint64_t id, rbo_queued *out)
{
	char message[16];
	(void)snprintf(message, sizeof message, "%08" PRIx32, (uint32_t)(id >> 32));
	const char *arguments[] = {"show", "queue", message, NULL};
	look l = {.id = id, .out = out};
	int status = rbo_ctl_lines(a->smtpctl, arguments, NULL, 0, look_line, &l, RBO_CALL_MS);
	if (l.found)
		return 1;
	/* Without an smtpd that answers, smtpctl reads the spool and shows nothing that parses. */
	static const char *const running[] = {"show", "status", NULL};
	return status == 0 &&
			rbo_ctl_run(a->smtpctl, running, a->text, sizeof a->text, RBO_CALL_MS) == 0
		? 0
		: -1;
}

bool rbo_act_in_spool(const rbo_act *a, uint64_t id)
{
	char file[PATH_LENGTH];
	(void)snprintf(file, sizeof file, "%s/queue/%02x/%08x/%016llx", a->spool,
		(unsigned)(id >> 56), (unsigned)(id >> 32), (unsigned long long)id);
	return access(file, F_OK) == 0;
}

typedef enum {
	ANY,
	OURS, /* was paused by us before smtpd was started anew */
	FRESH /* may be on its way into the scheduler yet */
} origin;

static int pause_fresh(rbo_act *a, uint64_t id)
{
	int n = 0;
	for (int i = 0; i < FRESH_TRIES && n == 0; i++) {
		if (i > 0)
			(void)poll(NULL, 0, FRESH_MS);
		n = control(a, "pause", "envelope", id);
	}
	return n;
}

static const char *pause_it(rbo_act *a, uint64_t id, uint64_t relay, origin from)
{
	const char *why;
	rbo_permit permit = rbo_steer_may(a->steer, RBO_PAUSE, id, rbf_client_now_ms(), &why);
	if (permit == RBO_DONE)
		return NULL;
	if (permit != RBO_GO)
		return why;
	/* First on disk: a pause that nobody remembers would last until smtpd's next start. */
	if (!rbo_record_note(&a->record, true, id, relay))
		return "the record of pauses cannot be written";
	int n = from == FRESH ? pause_fresh(a, id) : control(a, "pause", "envelope", id);
	rbo_queued e;
	if (n == 0 && from == OURS && rbo_act_look(a, id, &e) == 1 && e.paused)
		n = 1; /* it is there still */
	if (n == 1 && rbo_steer_note(a->steer, RBO_PAUSE, id, relay, rbf_client_now_ms()))
		return NULL;
	if (from != OURS || n == 1)
		(void)rbo_record_note(&a->record, false, id, 0);
	if (n == 1)
		(void)control(a, "resume", "envelope", id);
	return n == 0 ? "unknown id, or paused by somebody else" : "smtpd does not answer";
}

const char *rbo_act_pause(rbo_act *a, uint64_t id, uint64_t relay)
{
	return pause_it(a, id, relay, ANY);
}

const char *rbo_act_pause_fresh(rbo_act *a, uint64_t id, uint64_t relay)
{
	return pause_it(a, id, relay, FRESH);
}

const char *rbo_act_pause_again(rbo_act *a, uint64_t id, uint64_t relay)
{
	return pause_it(a, id, relay, OURS);
}

const char *rbo_act_schedule(rbo_act *a, uint64_t id)
{
	const char *why;
	if (rbo_act_mta_paused(a))
		return "mta is paused";
	if (rbo_steer_may(a->steer, RBO_SCHEDULE, id, rbf_client_now_ms(), &why) != RBO_GO)
		return why;
	/* WAITING before the command: its line of the log may be here before we are back. */
	(void)rbo_steer_note(a->steer, RBO_SCHEDULE, id, 0, rbf_client_now_ms());
	int n = control(a, "schedule", NULL, id);
	if (n == 1)
		return NULL;
	if (n == 0)
		rbo_steer_attempted(a->steer, id, true, rbf_client_now_ms());
	return n == 0 ? "under way already, or unknown id" : "smtpd does not answer";
}

const char *rbo_act_resume(rbo_act *a, uint64_t id)
{
	const char *why;
	if (rbo_steer_state(a->steer, id) != RBO_FREE && rbo_act_mta_paused(a))
		return "mta is paused";
	rbo_permit permit = rbo_steer_may(a->steer, RBO_RESUME, id, rbf_client_now_ms(), &why);
	if (permit == RBO_DONE)
		return NULL;
	if (permit != RBO_GO)
		return why;
	if (control(a, "resume", "envelope", id) < 0)
		return "smtpd does not answer";
	rbo_act_forget(a, id);
	return NULL;
}

const char *rbo_act_remove(rbo_act *a, uint64_t id)
{
	const char *why;
	if (rbo_act_mta_paused(a))
		return "mta is paused";
	if (rbo_steer_may(a->steer, RBO_REMOVE, id, rbf_client_now_ms(), &why) != RBO_GO)
		return why;
	int n = control(a, "remove", NULL, id);
	if (n < 0)
		return "smtpd does not answer";
	(void)rbo_steer_note(a->steer, RBO_REMOVE, id, 0, rbf_client_now_ms());
	(void)rbo_record_note(&a->record, false, id, 0);
	return n == 1 ? NULL : "unknown id";
}

void rbo_act_forget(rbo_act *a, uint64_t id)
{
	rbo_state state = rbo_steer_state(a->steer, id);
	if (state == RBO_FREE)
		return;
	(void)rbo_steer_set(a->steer, id, 0, RBO_FREE, rbf_client_now_ms());
	(void)rbo_record_note(&a->record, false, id, 0);
}
