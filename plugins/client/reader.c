#include "client/reader.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

enum { ENGINE_MS = 10000 }; /* for one result: it is on disk when it is acknowledged */

static volatile sig_atomic_t told_to_end;

static void on_signal(int number)
{
	(void)number;
	told_to_end = 1;
}

void rbf_reader_init(rbf_reader *r, const char *name, const char *socket)
{
	const struct sigaction action = {.sa_handler = on_signal};
	r->name = name;
	r->engine.options = (rbf_client_options){
		.socket = socket, .deadline_ms = ENGINE_MS, .timeouts = 1000000};
	(void)sigaction(SIGTERM, &action, NULL);
	(void)sigaction(SIGINT, &action, NULL);
}

bool rbf_reader_told_to_end(void)
{
	return told_to_end != 0;
}

void rbf_reader_nap(int ms)
{
	(void)poll(NULL, 0, ms);
}

/* ---- the engine ---------------------------------------------------------------------------- */

static void note_engine(rbf_reader *r, bool away)
{
	if (away && !r->engine_away)
		fprintf(stderr, "%s: waiting for the engine: %s\n", r->name, r->engine.problem);
	if (!away && r->engine_away)
		fprintf(stderr, "%s: the engine is back\n", r->name);
	r->engine_away = away;
}

rbf_client_status rbf_reader_ask(
	rbf_reader *r, const char *request, size_t len, rbf_wire_record *answer)
{
	while (!told_to_end) {
		rbf_client_status status = rbf_client_ask(&r->engine, request, len, -1, answer);
		bool answered = status == RBF_CLIENT_OK || status == RBF_CLIENT_REFUSED;
		note_engine(r, !answered);
		if (answered)
			return status;
		rbf_reader_nap(RBF_READER_RETRY_MS);
	}
	return RBF_CLIENT_ABSENT;
}

bool rbf_reader_tell(rbf_reader *r, const char *request, size_t len)
{
	rbf_wire_record answer;
	rbf_client_status status = rbf_reader_ask(r, request, len, &answer);
	if (status == RBF_CLIENT_REFUSED)
		fprintf(stderr, "%s: the engine refuses a result: %s\n", r->name,
			rbf_wire_get_str(&answer, "error", ""));
	return status != RBF_CLIENT_ABSENT;
}

/* ---- the journal --------------------------------------------------------------------------- */

void rbf_reader_start_journal(
	const rbf_reader *r, rbf_journal *j, const char *match, const char *cursor)
{
	if (!rbf_journal_start(j, match, cursor))
		fprintf(stderr, "%s: cannot start journalctl: %s\n", r->name, strerror(errno));
}

void rbf_reader_say_gap(const rbf_reader *r, const rbf_journal_entry *entry, const char *unit)
{
	fprintf(stderr,
		"%s: the journal has a gap (%.*s); outcomes in it are unknown. Raise "
		"RateLimitBurst= in journald.conf(5), or LogRateLimitIntervalSec=0 for %s.\n",
		r->name, (int)(entry->message.len < 200 ? entry->message.len : 200),
		entry->message.p, unit);
}
