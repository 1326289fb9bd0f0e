/*
 * rebuff-postfix-log - follow Postfix's mail log and tell the engine what became of each attempt at
 *a remote server. Ends on SIGTERM and goes on there when started again.
 *
 *	rebuff-postfix-log [-f FILE] [-s SOCKET] [-p PLACE]
 *
 * Without -f it reads the journal. It may wait for the engine: nobody waits for it, and what it has
 * not read yet stays in the log.
 */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "client/follow.h"
#include "client/reader.h"
#include "client/senders.h"
#include "client/syslog.h"
#include "postfix/maillog.h"

/* The facility mail: Postfix has a name of its own for each of its programs. */
#define MATCH "SYSLOG_FACILITY=2"

enum {
	IDLE_MS = 100, /* how often a file that does not grow is looked at */
	SAVE_MS = 1000,
	LOOK_BACK_BYTES = 4 << 20, /* read again at the start, for who sent what is in the queue */
	LOOK_BACK_LINES = 20000,
	PLACE_ROOM = RBF_CURSOR_MAX + 1,
};

typedef struct {
	const char *file; /* NULL: the journal */
	const char *place_file;
	rbf_follow follow;
	rbf_journal journal;
	rbf_senders *senders;
	rbf_reader reader;
	char done[PLACE_ROOM], saved[PLACE_ROOM]; /* places: a cursor, or "device inode offset" */
	int64_t saved_ms;
	bool learning; /* only who sent what */
	char request[RBF_WIRE_REQUEST_MAX];
} program;

/* ---- telling the engine ------------------------------------------------------------------- */

static bool report(program *p, const rbp_log_line *l, int64_t time_ms)
{
	bool over = l->kind == RBP_LOG_OVER;
	rbf_wire_writer w = rbf_wire_writer_of(p->request, sizeof p->request);
	rbf_wire_put_str(&w, "request", "result");
	rbf_wire_put_str(&w, "mta", "postfix");
	rbf_wire_put_str(&w, "id", l->id);
	rbf_wire_put_str(&w, "kind", over ? "complete" : l->outcome);
	if (!over) {
		rbf_wire_put_str(&w, "recipient", l->recipient);
		rbf_wire_put_str(&w, "sender", rbf_senders_get(p->senders, l->id));
		rbf_wire_put_str(&w, "stage", l->stage);
		rbf_wire_put_str(&w, "host", l->host);
		rbf_wire_put_str(&w, "ip", l->ip);
	}
	rbf_wire_put_int(&w, "time", time_ms);
	rbf_wire_put_int(&w, "from_log", 1);
	if (!over)
		(void)rbf_wire_put_cut(&w, "text", l->text, strlen(l->text), 16);
	rbf_wire_end(&w);
	return w.overflow || rbf_reader_tell(&p->reader, p->request, w.len);
}

/* One message of Postfix's. False: told to end before the engine had it; it is read again. */
static bool take(program *p, const char *tag, char *text, size_t len, int64_t time_ms)
{
	rbp_log_line line;
	if (strncmp(tag, "postfix", strlen("postfix")) != 0)
		return true;
	rbp_log_parse(tag, text, len, &line);
	if (line.kind == RBP_LOG_SENDER)
		rbf_senders_put(p->senders, line.id, line.sender);
	if (p->learning || (line.kind != RBP_LOG_OVER && !rbp_log_is_remote(tag, &line)))
		return true;
	return report(p, &line, time_ms);
}

/* ---- reading ------------------------------------------------------------------------------ */

static bool take_line(program *p, char *text, size_t len)
{
	char tag[RBF_SYSLOG_TAG_MAX];
	size_t stamp = rbf_syslog_stamp(text, len);
	char *message = stamp ? rbf_syslog_message(text, len, stamp, tag) : NULL;
	if (!message)
		return true;
	int64_t time_ms = rbf_syslog_time(text, len, rbf_client_wall_ms());
	return take(p, tag, message, len - (size_t)(message - text), time_ms);
}

static bool take_entry(program *p, const rbf_journal_entry *e)
{
	char tag[RBF_SYSLOG_TAG_MAX], text[RBF_FOLLOW_LINE_MAX + 1];
	size_t len = e->message.len < sizeof text ? e->message.len : sizeof text - 1;
	if (e->suppressed && p->learning)
		return true; /* said when it was new */
	if (e->suppressed) {
		rbf_reader_say_gap(&p->reader, e, "postfix@-.service");
		return true;
	}
	(void)snprintf(tag, sizeof tag, "%.*s", (int)e->identifier.len, e->identifier.p);
	memcpy(text, e->message.p, len);
	text[len] = '\0';
	return take(p, tag, text, len, e->time_ms ? e->time_ms : rbf_client_wall_ms());
}

typedef enum { GOT, NOTHING, ENDED } reading;

static reading read_file(program *p)
{
	size_t len;
	char *text = rbf_follow_next(&p->follow, &len);
	if (text && !take_line(p, text, len))
		return ENDED;
	if (p->follow.place.inode)
		rbf_follow_print(&p->follow.place, p->done);
	return text ? GOT : NOTHING;
}

static void start_journal(program *p)
{
	rbf_reader_start_journal(&p->reader, &p->journal, MATCH, p->done);
}

static reading read_journal(program *p)
{
	rbf_journal_entry entry;
	int got = p->journal.fd < 0 ? -1 : rbf_journal_next(&p->journal, &entry);
	if (got < 0) {
		rbf_journal_stop(&p->journal);
		rbf_reader_nap(RBF_READER_RETRY_MS);
		start_journal(p);
		return NOTHING;
	}
	if (got == 0)
		return NOTHING;
	if (!take_entry(p, &entry))
		return ENDED;
	memcpy(p->done, p->journal.cursor, sizeof p->done);
	return GOT;
}

static void save_place(program *p)
{
	if (strcmp(p->done, p->saved) == 0)
		return;
	if (!rbf_follow_save_text(p->place_file, p->done))
		fprintf(stderr, "rebuff-postfix-log: cannot write %s: %s\n", p->place_file,
			strerror(errno));
	memcpy(p->saved, p->done, sizeof p->saved);
	p->saved_ms = rbf_client_now_ms();
}

static void wait_for_more(const program *p)
{
	struct pollfd input = {.fd = p->file ? -1 : p->journal.fd, .events = POLLIN};
	(void)poll(&input, 1, p->file ? IDLE_MS : SAVE_MS);
}

static void loop(program *p)
{
	while (!rbf_reader_told_to_end()) {
		reading got = p->file ? read_file(p) : read_journal(p);
		if (got == ENDED)
			break;
		if (got == NOTHING || rbf_client_now_ms() - p->saved_ms >= SAVE_MS)
			save_place(p);
		if (got == NOTHING)
			wait_for_more(p);
	}
	save_place(p);
}

/* ---- start -------------------------------------------------------------------------------- */

static void learn_from(program *p, const char *path)
{
	struct stat st;
	size_t len;
	if (stat(path, &st) != 0)
		return;
	int64_t size = (int64_t)st.st_size;
	const rbf_follow_place place = {.device = (uint64_t)st.st_dev,
		.inode = (uint64_t)st.st_ino,
		.offset = size > LOOK_BACK_BYTES ? size - LOOK_BACK_BYTES : 0};
	rbf_follow_init(&p->follow, path, &place);
	for (char *text; (text = rbf_follow_next(&p->follow, &len)) && !rbf_reader_told_to_end();)
		(void)take_line(p, text, len);
	rbf_follow_close(&p->follow);
}

static void learn_from_journal(program *p)
{
	rbf_journal_entry entry;
	int got = rbf_journal_look_back(&p->journal, MATCH, LOOK_BACK_LINES) ? 0 : -1;
	while (got >= 0 && !rbf_reader_told_to_end()) {
		got = rbf_journal_next(&p->journal, &entry);
		if (got > 0)
			(void)take_entry(p, &entry);
		else if (got == 0)
			wait_for_more(p);
	}
	rbf_journal_stop(&p->journal);
}

/* A delivery names the message only, and Postfix names the sender when it takes the message up. */
static void learn(program *p)
{
	p->learning = true;
	if (p->file) {
		char rotated[4096];
		int n = snprintf(rotated, sizeof rotated, "%s.1", p->file);
		if (n > 0 && (size_t)n < sizeof rotated)
			learn_from(p, rotated);
		learn_from(p, p->file);
	} else {
		learn_from_journal(p);
	}
	p->learning = false;
}

static void open_log(program *p)
{
	rbf_follow_place at;
	p->journal.fd = p->follow.fd = -1;
	learn(p);
	(void)rbf_follow_load_text(p->place_file, p->done, sizeof p->done);
	memcpy(p->saved, p->done, sizeof p->saved);
	if (!p->file) {
		start_journal(p);
		return;
	}
	(void)rbf_follow_scan(p->done, &at);
	rbf_follow_init(&p->follow, p->file, &at);
}

static int usage(void)
{
	fputs("usage: rebuff-postfix-log [-f FILE] [-s SOCKET] [-p PLACE]\n", stderr);
	return 2;
}

int main(int argc, char **argv)
{
	static program only;
	program *p = &only;
	rbf_reader_init(&p->reader, "rebuff-postfix-log", "/run/rebuff/postfix.sock");
	p->place_file = "/var/lib/rebuff-postfix-log/place";
	for (int opt; (opt = getopt(argc, argv, "f:s:p:")) != -1;) {
		if (opt == 'f')
			p->file = optarg;
		else if (opt == 's')
			p->reader.engine.options.socket = optarg;
		else if (opt == 'p')
			p->place_file = optarg;
		else
			return usage();
	}
	if (optind != argc)
		return usage();
	p->senders = rbf_senders_new();
	if (!p->senders)
		return 1;
	open_log(p);
	loop(p);
	rbf_follow_close(&p->follow);
	rbf_journal_stop(&p->journal);
	rbf_senders_free(p->senders);
	return 0;
}
