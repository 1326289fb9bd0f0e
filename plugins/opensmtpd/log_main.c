/*
 * rebuff-smtpd-log - follow smtpd's mail log and tell the engine every outcome, and rebuff-mtactl
 * which attempts are over. Ends on SIGTERM and goes on there when started again.
 *
 *	rebuff-smtpd-log [-f FILE] [-s SOCKET] [-m MTACTL] [-p PLACE]
 *
 * Without -f it reads the journal. It may wait for the engine: unlike the filter, nobody waits for
 * it, and what it has not read yet stays in the log.
 */
#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "client/follow.h"
#include "client/reader.h"
#include "client/syslog.h"
#include "opensmtpd/join.h"
#include "opensmtpd/mx.h"

#define MATCH "SYSLOG_IDENTIFIER=smtpd"

enum {
	PLACES = 8192, /* lines whose places are remembered */
	MTACTL_MS = 5000,
	IDLE_MS = 100, /* how often a file that does not grow is looked at */
	SAVE_MS = 1000,
	CURSOR_ROOM = RBF_CURSOR_MAX + 1,
};

/* Behind a line of the log: "cursor", or "device inode offset". */
typedef struct {
	char text[CURSOR_ROOM];
} place;

typedef struct {
	const char *file; /* NULL: the journal */
	const char *place_file;
	rbf_follow follow;
	rbf_journal journal;
	rbo_join *join;
	rbf_reader reader;
	rbf_client mtactl;
	uint64_t lines; /* read so far; a line's number is its mark */
	place places[PLACES]; /* behind line i at i % PLACES */
	uint64_t saved; /* lines that the saved place covers */
	int64_t saved_ms;
	bool untold; /* an outcome was given up because we are to end: no later place is saved */
	char request[48 * 1024];
} program;

/* ---- telling the others --------------------------------------------------------------------- */

static void put_id(rbf_wire_writer *w, uint64_t envelope)
{
	char id[17];
	(void)snprintf(id, sizeof id, "%016" PRIx64, envelope);
	rbf_wire_put_str(w, "id", id);
}

static void on_outcome(void *ud, const rbo_outcome *o)
{
	program *p = ud;
	rbf_wire_writer w = rbf_wire_writer_of(p->request, sizeof p->request);
	rbf_wire_put_str(&w, "request", "result");
	rbf_wire_put_str(&w, "mta", "opensmtpd");
	put_id(&w, o->envelope);
	rbf_wire_put_str(&w, "recipient", o->recipient);
	rbf_wire_put_str(&w, "sender", o->sender);
	rbf_wire_put_str(&w, "kind", o->kind);
	rbf_wire_put_str(&w, "stage", *o->stage ? o->stage : "unknown");
	rbf_wire_put_str(&w, "host", o->host);
	rbf_wire_put_str(&w, "ip", o->ip);
	rbf_wire_put_str(&w, "source_ip", o->source_ip);
	rbf_wire_put_int(&w, "time", o->time_ms);
	rbf_wire_put_int(&w, "from_log", 1);
	(void)rbf_wire_put_cut(&w, "text", o->text.p, o->text.len, 16);
	rbf_wire_end(&w);
	if (!w.overflow && !rbf_reader_tell(&p->reader, p->request, w.len))
		p->untold = true;
}

/* rebuff-mtactl waits for this before it touches the envelope again. It has a watchdog for what it
 * misses, so this is said once. */
static void tell_mtactl(program *p, const char *request, uint64_t envelope, bool deferred)
{
	char bytes[256];
	rbf_wire_record answer;
	if (!p->mtactl.options.socket)
		return;
	rbf_wire_writer w = rbf_wire_writer_of(bytes, sizeof bytes);
	rbf_wire_put_str(&w, "request", request);
	rbf_wire_put_str(&w, "mta", "opensmtpd");
	if (envelope)
		put_id(&w, envelope);
	rbf_wire_put_int(&w, "deferred", deferred);
	rbf_wire_end(&w);
	(void)rbf_client_ask(&p->mtactl, bytes, w.len, -1, &answer);
}

static void on_attempted(void *ud, uint64_t envelope, bool deferred)
{
	tell_mtactl(ud, "attempted", envelope, deferred);
}

static void on_started(void *ud)
{
	tell_mtactl(ud, "restarted", 0, false);
}

static size_t on_addresses(void *ud, const char *domain, char (*out)[64], size_t cap)
{
	(void)ud;
	return rbo_mx_addresses(domain, out, cap);
}

/* ---- places --------------------------------------------------------------------------------- */

/* Everything before the oldest line whose outcome waits is done. */
static void save_place(program *p, bool now)
{
	uint64_t oldest = rbo_join_oldest(p->join);
	uint64_t done = oldest == UINT64_MAX ? p->lines : oldest;
	int64_t time = rbf_client_now_ms();
	if (p->untold || done == p->saved || done == 0 || p->lines - done >= PLACES ||
		(!now && time - p->saved_ms < SAVE_MS))
		return;
	if (!rbf_follow_save_text(p->place_file, p->places[(done - 1) % PLACES].text))
		fprintf(stderr, "rebuff-smtpd-log: cannot write %s: %s\n", p->place_file,
			strerror(errno));
	p->saved = done;
	p->saved_ms = time;
}

/* ---- reading -------------------------------------------------------------------------------- */

static void take_line(program *p, rbo_text line, int64_t time_ms)
{
	uint64_t mark = p->lines++;
	place *behind = &p->places[mark % PLACES];
	if (p->file)
		rbf_follow_print(&p->follow.place, behind->text);
	else
		(void)snprintf(behind->text, sizeof behind->text, "%s", p->journal.cursor);
	rbo_join_line(p->join, line, time_ms, rbf_client_now_ms(), mark);
}

/* Returns whether there was a line. */
static bool read_file(program *p)
{
	size_t len;
	char *bytes = rbf_follow_next(&p->follow, &len);
	if (!bytes)
		return false;
	int64_t now = rbf_client_wall_ms();
	take_line(p, (rbo_text){bytes, len}, rbf_syslog_time(bytes, len, now));
	return true;
}

static bool read_journal(program *p)
{
	rbf_journal_entry entry;
	int got = p->journal.fd < 0 ? -1 : rbf_journal_next(&p->journal, &entry);
	if (got < 0) {
		char cursor[RBF_CURSOR_MAX + 1];
		rbf_journal_stop(&p->journal);
		memcpy(cursor, p->journal.cursor, sizeof cursor);
		rbf_reader_nap(RBF_READER_RETRY_MS);
		rbf_reader_start_journal(&p->reader, &p->journal, MATCH, cursor);
		return false;
	}
	if (got == 0)
		return false;
	if (entry.suppressed)
		rbf_reader_say_gap(&p->reader, &entry, "opensmtpd.service");
	else
		take_line(p, (rbo_text){entry.message.p, entry.message.len},
			entry.time_ms ? entry.time_ms : rbf_client_wall_ms());
	return true;
}

static void wait_for_more(program *p, int due_ms)
{
	int ms = p->file ? IDLE_MS : SAVE_MS;
	if (due_ms >= 0 && due_ms < ms)
		ms = due_ms;
	struct pollfd input = {.fd = p->file ? -1 : p->journal.fd, .events = POLLIN};
	(void)poll(&input, 1, ms);
}

static void loop(program *p)
{
	while (!rbf_reader_told_to_end()) {
		bool more = p->file ? read_file(p) : read_journal(p);
		int due = rbo_join_tick(p->join, rbf_client_now_ms(), false);
		save_place(p, false);
		if (!more)
			wait_for_more(p, due);
	}
	save_place(p, true);
}

static void open_log(program *p)
{
	char text[CURSOR_ROOM];
	(void)rbf_follow_load_text(p->place_file, text, sizeof text);
	p->journal.fd = p->follow.fd = -1;
	if (!p->file) {
		memcpy(p->journal.cursor, text, sizeof p->journal.cursor);
		rbf_reader_start_journal(&p->reader, &p->journal, MATCH, text);
		return;
	}
	rbf_follow_place at;
	(void)rbf_follow_scan(text, &at);
	rbf_follow_init(&p->follow, p->file, &at);
}

static int usage(void)
{
	fputs("usage: rebuff-smtpd-log [-f FILE] [-s SOCKET] [-m MTACTL] [-p PLACE]\n", stderr);
	return 2;
}

int main(int argc, char **argv)
{
	program *p = calloc(1, sizeof *p);
	if (!p)
		return 1;
	rbf_reader_init(&p->reader, "rebuff-smtpd-log", "/run/rebuff/smtpd.sock");
	p->mtactl.options = (rbf_client_options){.socket = "/run/rebuff/mtactl.sock",
		.deadline_ms = MTACTL_MS,
		.timeouts = 3,
		.rest_ms = 10000};
	p->place_file = "/var/lib/rebuff-smtpd-log/place";
	for (int opt; (opt = getopt(argc, argv, "f:s:m:p:")) != -1;) {
		if (opt == 'f')
			p->file = optarg;
		else if (opt == 's')
			p->reader.engine.options.socket = optarg;
		else if (opt == 'm')
			p->mtactl.options.socket = *optarg ? optarg : NULL;
		else if (opt == 'p')
			p->place_file = optarg;
		else
			return usage();
	}
	p->join = rbo_join_new(
		(rbo_join_hooks){p, on_outcome, on_addresses, on_attempted, on_started});
	if (!p->join)
		return 1;
	open_log(p);
	loop(p);
	rbf_follow_close(&p->follow);
	rbf_journal_stop(&p->journal);
	rbo_join_free(p->join);
	free(p);
	return 0;
}
