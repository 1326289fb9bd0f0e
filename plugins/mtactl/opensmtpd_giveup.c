#include "mtactl/opensmtpd_giveup.h"

#include <dirent.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "mtactl/opensmtpd_dsn.h"

enum { PATH_LENGTH = 512, SEND_MS = 30000 };

static void intent_path(const rbo_giveup *g, uint64_t id, char out[PATH_LENGTH])
{
	(void)snprintf(out, PATH_LENGTH, "%s/give-up.%016" PRIx64, g->folder, id);
}

static bool write_intent(const rbo_giveup *g, uint64_t id, const char *reason)
{
	char path[PATH_LENGTH];
	intent_path(g, id, path);
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (fd < 0)
		return false;
	size_t len = strlen(reason);
	bool written = write(fd, reason, len) == (ssize_t)len && fsync(fd) == 0;
	return close(fd) == 0 && written;
}

static void read_intent(const rbo_giveup *g, uint64_t id, char reason[RBO_REASON_MAX])
{
	char path[PATH_LENGTH];
	intent_path(g, id, path);
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, reason, RBO_REASON_MAX - 1);
	if (fd >= 0)
		close(fd);
	reason[n > 0 ? n : 0] = 0;
}

static void drop_intent(const rbo_giveup *g, uint64_t id)
{
	char path[PATH_LENGTH];
	intent_path(g, id, path);
	(void)unlink(path);
}

static void keep_header(void *ud, char *line)
{
	rbo_giveup *g = ud;
	size_t room = sizeof g->headers - g->headers_len;
	int n = snprintf(g->headers + g->headers_len, room, "%s\n", line);
	if (n > 0)
		g->headers_len += (size_t)n < room ? (size_t)n : room - 1;
}

static void ignore_line(void *ud, char *line)
{
	(void)ud;
	(void)line;
}

/* Nobody is told about mail that has no sender. */
static bool tell_sender(rbo_giveup *g, rbo_act *a, const rbo_queued *e, const char *reason)
{
	char id[RBO_ID_TEXT], host[256] = "localhost";
	if (e->bounce || !*e->sender)
		return true;
	rbo_id_text(e->id, id);
	(void)gethostname(host, sizeof host - 1);
	const char *show[] = {"show", "message", id, NULL};
	g->headers_len = 0;
	g->headers[0] = 0;
	(void)rbo_ctl_lines(a->smtpctl, show, NULL, 0, keep_header, g, RBO_CALL_MS);
	rbo_dsn d = {.host = host,
		.envelope = e->id,
		.sender = e->sender,
		.recipient = e->recipient,
		.reason = reason,
		.reply = e->error,
		.created_s = e->created_s,
		.now_s = (int64_t)time(NULL),
		.headers = g->headers};
	size_t len = rbo_dsn_write(&d, g->dsn, sizeof g->dsn);
	const char *send[] = {"-f", "<>", "--", e->sender, NULL};
	return len > 0 &&
		rbo_ctl_lines(g->sendmail, send, g->dsn, len, ignore_line, NULL, SEND_MS) == 0;
}

const char *rbo_giveup_do(rbo_giveup *g, rbo_act *a, const rbo_queued *e, const char *reason)
{
	const char *why = rbo_act_pause(a, e->id, rbo_relay_of(e->recipient));
	if (why)
		return why;
	if (rbo_steer_state(a->steer, e->id) == RBO_WAITING || e->in_flight)
		return "its attempt is under way";
	if (!write_intent(g, e->id, reason))
		return "the intent to give up cannot be written";
	if (!tell_sender(g, a, e, reason))
		return "the message to the sender was not accepted";
	why = rbo_act_remove(a, e->id);
	if (!why)
		drop_intent(g, e->id);
	return why;
}

void rbo_giveup_finish(rbo_giveup *g, rbo_act *a)
{
	DIR *folder = opendir(g->folder);
	if (!folder)
		return;
	for (struct dirent *one; (one = readdir(folder));) {
		uint64_t id;
		rbo_queued e;
		char reason[RBO_REASON_MAX];
		if (strncmp(one->d_name, "give-up.", 8) != 0 || !rbo_id_of(one->d_name + 8, &id))
			continue;
		int found = rbo_act_look(a, id, &e);
		if (found == 0)
			drop_intent(g, id);
		if (found != 1)
			continue;
		read_intent(g, id, reason);
		const char *why = rbo_giveup_do(g, a, &e, reason);
		if (why)
			rbo_act_log(a, "giving up %s is not finished: %s", one->d_name + 8, why);
	}
	(void)closedir(folder);
}
