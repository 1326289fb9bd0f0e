/*
 * log_main.c - rebuff-exim-log: follow Exim's mainlog and tell the engine what no event of Exim's
 * reported, and what the plugin could not hand over. Ends on SIGTERM and goes on there when started
 * again.
 *
 *     rebuff-exim-log [-f MAINLOG] [-s SOCKET] [-p PLACE]
 *
 * It may wait for the engine: nobody waits for it, and what it has not read yet stays in the log.
 */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/inotify.h>
#include <unistd.h>

#include "client/follow.h"
#include "client/reader.h"
#include "exim/ask.h"
#include "exim/mainlog.h"

enum {
	REFUSED_MAX = 60, /* so often a result is offered that the engine refuses */
	REFUSED_MS = 1000,
	IDLE_MS = 1000, /* a file that tells nobody of its growth is looked at so often */
	SAVE_MS = 1000,
};

typedef struct {
	const char *place_file;
	rbf_follow follow;
	rbf_reader reader;
	int watch; /* inotify on the log's folder; -1: none */
	rbf_follow_place saved;
	int64_t saved_ms;
	char request[RBF_WIRE_REQUEST_MAX];
} program;

/* ---- telling the engine ------------------------------------------------------------------- */

/* Until the engine has it. False: told to end before. */
static bool tell(program *p, size_t len)
{
	rbf_wire_record answer;
	rbf_client_status status;
	int refused = 0;
	while ((status = rbf_reader_ask(&p->reader, p->request, len, &answer)) ==
		RBF_CLIENT_REFUSED) {
		if (++refused == REFUSED_MAX) {
			fprintf(stderr,
				"rebuff-exim-log: given up on a result that the engine refuses: "
				"%s\n",
				rbf_wire_get_str(&answer, "error", ""));
			return true;
		}
		rbf_reader_nap(REFUSED_MS);
	}
	return status == RBF_CLIENT_OK;
}

static rbf_wire_writer result_of(program *p)
{
	rbf_wire_writer w = rbf_wire_writer_of(p->request, sizeof p->request);
	rbf_wire_put_str(&w, "request", "result");
	return w;
}

static bool finish(program *p, rbf_wire_writer *w)
{
	rbf_wire_put_int(w, "from_log", 1);
	rbf_wire_end(w);
	return w->overflow || tell(p, w->len);
}

/* A result that the plugin could not hand over, as it was. */
static bool replay(program *p, const rbf_wire_record *lost)
{
	rbf_wire_writer w = result_of(p);
	for (size_t i = 0; i < lost->n; i++) {
		const rbf_wire_field *f = &lost->field[i];
		if (strcmp(f->name, "request") != 0 && strcmp(f->name, "from_log") != 0)
			rbf_wire_put(&w, f->name, f->value, f->len);
	}
	return finish(p, &w);
}

static bool report(program *p, const rbx_log_line *line)
{
	rbx_outcome outcome;
	if (!rbx_log_outcome(line, &outcome))
		return true;
	bool message = line->kind == RBX_LOG_COMPLETED;
	rbf_wire_writer w = result_of(p);
	rbf_wire_put_str(&w, "mta", "exim");
	rbf_wire_put_str(&w, "id", line->id);
	rbf_wire_put_str(&w, "recipient", line->recipient);
	if (line->has_sender)
		rbf_wire_put_str(&w, "sender", line->sender);
	rbf_wire_put_str(&w, "kind", outcome.kind);
	rbf_wire_put_str(&w, "stage", outcome.stage);
	rbf_wire_put_str(&w, "host", line->host);
	rbf_wire_put_str(&w, "ip", line->ip);
	rbf_wire_put_str(&w, "source_ip", line->source_ip);
	rbf_wire_put_str(&w, "transport", line->transport);
	if (line->time_ms)
		rbf_wire_put_int(&w, "time", line->time_ms);
	rbf_wire_put(&w, "text", line->text, message ? 0 : strnlen(line->text, RBX_TEXT_MAX));
	return finish(p, &w);
}

/* False: told to end before the engine had it; the line is read again next time. */
static bool take_line(program *p, char *text, size_t len)
{
	rbx_log_line line;
	rbf_wire_record lost;
	rbx_log_parse(text, len, &line);
	if (line.kind == RBX_LOG_LOST)
		return !rbx_log_lost(&line, &lost) || replay(p, &lost);
	return !rbx_log_unreported(&line) || report(p, &line);
}

/* ---- reading ------------------------------------------------------------------------------ */

static void save_place(program *p, rbf_follow_place place)
{
	if (place.inode == 0 || memcmp(&place, &p->saved, sizeof place) == 0)
		return;
	if (!rbf_follow_save(p->place_file, &place))
		fprintf(stderr, "rebuff-exim-log: cannot write %s: %s\n", p->place_file,
			strerror(errno));
	p->saved = place;
	p->saved_ms = rbf_client_now_ms();
}

/* Sleep until something happens in the log's folder. */
static void wait_for_more(program *p)
{
	char events[4096];
	struct pollfd watched = {.fd = p->watch, .events = POLLIN};
	if (poll(&watched, 1, IDLE_MS) > 0)
		(void)!read(p->watch, events, sizeof events);
}

static void loop(program *p)
{
	rbf_follow_place done = p->follow.place;
	while (!rbf_reader_told_to_end()) {
		size_t len;
		char *text = rbf_follow_next(&p->follow, &len);
		if (text && !take_line(p, text, len))
			break;
		done = p->follow.place;
		if (!text || rbf_client_now_ms() - p->saved_ms >= SAVE_MS)
			save_place(p, done);
		if (!text)
			wait_for_more(p);
	}
	save_place(p, done);
}

/* Rotation renames and creates files there; a log that grows is modified there. */
static int watch_folder(const char *path)
{
	char folder[4096];
	const char *slash = strrchr(path, '/');
	size_t len = slash ? (size_t)(slash - path) : 0;
	int fd = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
	if (fd < 0 || len >= sizeof folder)
		return fd;
	if (len)
		(void)snprintf(folder, sizeof folder, "%.*s", (int)len, path);
	else
		(void)snprintf(folder, sizeof folder, "%s", slash ? "/" : ".");
	(void)inotify_add_watch(fd, folder, IN_MODIFY | IN_CREATE | IN_MOVED_TO);
	return fd;
}

static int usage(void)
{
	fputs("usage: rebuff-exim-log [-f MAINLOG] [-s SOCKET] [-p PLACE]\n", stderr);
	return 2;
}

int main(int argc, char **argv)
{
	const char *log = "/var/log/exim4/mainlog";
	static program only;
	program *p = &only;
	rbf_reader_init(&p->reader, "rebuff-exim-log", RBX_SOCKET);
	p->place_file = "/var/lib/rebuff-exim-log/place";
	for (int opt; (opt = getopt(argc, argv, "f:s:p:")) != -1;) {
		if (opt == 'f')
			log = optarg;
		else if (opt == 's')
			p->reader.engine.options.socket = optarg;
		else if (opt == 'p')
			p->place_file = optarg;
		else
			return usage();
	}
	if (optind != argc)
		return usage();
	p->watch = watch_folder(log);
	rbf_follow_place place;
	bool known = rbf_follow_load(p->place_file, &place);
	rbf_follow_init(&p->follow, log, known ? &place : NULL);
	loop(p);
	rbf_follow_close(&p->follow);
	return 0;
}
