#include "doctor/doctor.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "client/follow.h"
#include "common/child.h"
#include "common/text.h"
#include "doctor/doctor_read.h"

enum { PATH_BYTES = 256, LINE_BYTES = 65536, ARGS_MAX = 16, CATCH_UP_MS = 2000, PING_MS = 2000 };

void doctor_tell(
	doctor *d, doctor_state state, const char *area, const char *mend, const char *fmt, ...)
{
	static const char *const names[] = {"ok", "warning", "error"};
	char text[REBUFF_TEXT_MAX], shown[REBUFF_TEXT_MAX * 2];
	va_list ap;
	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	text_escape(shown, sizeof shown, text, strlen(text));
	json_array_append_new(d->checks,
		json_pack("{s:s, s:s, s:s, s:s}", "state", names[state], "area", area, "text",
			shown, "mend", mend));
}

int doctor_run(doctor *d, const char *const *argv, doctor_line line, void *ud)
{
	static char bytes[LINE_BYTES];
	const char *bounded[ARGS_MAX] = {"timeout", "20"};
	size_t n = 2;
	for (; argv[n - 2] && n < ARGS_MAX - 1; n++)
		bounded[n] = argv[n - 2];
	int status = child_run(bounded, d->said);
	FILE *in = line ? fopen(d->said, "re") : NULL;
	while (in && fgets(bytes, sizeof bytes, in)) {
		bytes[strcspn(bytes, "\n")] = '\0';
		line(ud, bytes);
	}
	if (in)
		fclose(in);
	return status;
}

/* ---- processes ----------------------------------------------------------------------------- */

static bool read_cmdline(const char *pid, char *out, size_t cap, size_t *len)
{
	char path[PATH_BYTES];
	(void)snprintf(path, sizeof path, "/proc/%.20s/cmdline", pid);
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd >= 0 ? read(fd, out, cap - 1) : -1;
	if (fd >= 0)
		close(fd);
	*len = n > 0 ? (size_t)n : 0;
	out[*len] = '\0';
	return n > 0;
}

bool doctor_process(const char *name, char *out, size_t cap, size_t *len)
{
	bool found = false;
	DIR *proc = opendir("/proc");
	for (struct dirent *e; proc && !found && (e = readdir(proc));) {
		if (e->d_name[0] < '0' || e->d_name[0] > '9' ||
			!read_cmdline(e->d_name, out, cap, len))
			continue;
		const char *slash = strrchr(out, '/');
		found = strcmp(slash ? slash + 1 : out, name) == 0;
	}
	if (proc)
		closedir(proc);
	return found;
}

const char *doctor_argument(
	const char *cmdline, size_t len, const char *option, const char *otherwise)
{
	for (size_t at = 0; at < len; at += strlen(cmdline + at) + 1) {
		size_t next = at + strlen(cmdline + at) + 1;
		if (strcmp(cmdline + at, option) == 0 && next < len)
			return cmdline + next;
	}
	return otherwise;
}

/* ---- sockets ------------------------------------------------------------------------------- */

/* Somebody answers "ok=1" within a moment. */
static bool answers_ping(const char *path)
{
	static const char ping[] = "request=ping\n\n";
	struct sockaddr_un at = {.sun_family = AF_UNIX};
	struct timeval most = {.tv_sec = PING_MS / 1000};
	char answer[64] = "";
	if (strlen(path) >= sizeof at.sun_path)
		return false;
	memcpy(at.sun_path, path, strlen(path) + 1);
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	bool well = fd >= 0 && setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &most, sizeof most) == 0 &&
		setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &most, sizeof most) == 0 &&
		connect(fd, (struct sockaddr *)&at, sizeof at) == 0 &&
		send(fd, ping, sizeof ping - 1, MSG_NOSIGNAL) > 0 &&
		recv(fd, answer, sizeof answer - 1, 0) > 0 && strncmp(answer, "ok=1", 4) == 0;
	if (fd >= 0)
		close(fd);
	return well;
}

void doctor_socket(doctor *d, const char *name, const char *group)
{
	char path[PATH_BYTES];
	struct stat st, dir;
	const struct group *g = getgrnam(group);
	(void)snprintf(path, sizeof path, "%s/%s", d->options->run_dir, name);
	const char *mend = "systemctl restart rebuff";
	if (!g)
		doctor_tell(d, DOCTOR_ERROR, "socket", "getent group",
			"there is no group %s, which is to open %s", group, path);
	else if (stat(path, &st) != 0)
		doctor_tell(d, DOCTOR_ERROR, "socket", mend, "%s: %s", path, strerror(errno));
	else if (!S_ISSOCK(st.st_mode) || (st.st_mode & 0777) != 0660 || st.st_gid != g->gr_gid)
		doctor_tell(d, DOCTOR_ERROR, "socket", mend,
			"%s is %04o of group %u; expected 0660 of group %s (%u): the mail server "
			"cannot ask",
			path, (unsigned)(st.st_mode & 07777), (unsigned)st.st_gid, group,
			(unsigned)g->gr_gid);
	else if (stat(d->options->run_dir, &dir) != 0 || (dir.st_mode & S_IXOTH) == 0)
		doctor_tell(d, DOCTOR_ERROR, "socket", mend,
			"%s may not be passed through by others (mode %04o, expected 0755): the "
			"mail server cannot ask",
			d->options->run_dir, (unsigned)(dir.st_mode & 07777));
	else if (!answers_ping(path))
		doctor_tell(d, DOCTOR_ERROR, "socket", mend, "nobody answers on %s", path);
	else
		doctor_tell(d, DOCTOR_OK, "socket", "", "%s: 0660 of group %s, and answers", path,
			group);
}

void doctor_mtactl(doctor *d, const char *unit)
{
	char path[PATH_BYTES], mend[PATH_BYTES];
	(void)snprintf(path, sizeof path, "%s/mtactl.sock", d->options->run_dir);
	(void)snprintf(mend, sizeof mend, "systemctl restart %s", unit);
	if (answers_ping(path))
		doctor_tell(d, DOCTOR_OK, "mtactl", "", "rebuff-mtactl answers");
	else
		doctor_tell(d, DOCTOR_ERROR, "mtactl", mend,
			"rebuff-mtactl does not answer on %s: mail is attempted by the mail "
			"server's own schedule",
			path);
}

/* ---- log followers ------------------------------------------------------------------------- */

static void nap(long ms)
{
	struct timespec moment = {.tv_nsec = ms * 1000000};
	(void)nanosleep(&moment, NULL);
}

static void count_line(void *ud, const char *line)
{
	size_t *n = ud;
	*n += *line != '\0';
}

/* The journal dropped messages of the mail server's, as the follower says when it comes by. */
static void look_for_gaps(doctor *d, const char *unit)
{
	size_t n = 0;
	const char *const argv[] = {"journalctl", "-q", "-o", "cat", "--since=-24h", "-u", unit,
		"--grep=the journal has a gap", NULL};
	if (access("/run/systemd/system", F_OK) != 0)
		return;
	(void)doctor_run(d, argv, count_line, &n);
	if (n)
		doctor_tell(d, DOCTOR_WARNING, "log", "journalctl -u rebuff-*-log -S -24h",
			"the journal has dropped messages of the mail server %zu times in the last "
			"24 hours: what became of that mail is not known",
			n);
}

static void follow_journal(
	doctor *d, const char *program, const char *unit, const char *place, const char *match)
{
	char cursor[256], mend[128];
	size_t behind = 0;
	const char *const argv[] = {
		"journalctl", "-q", "-o", "cat", "--after-cursor", cursor, match, NULL};
	(void)snprintf(mend, sizeof mend, "systemctl restart %s", unit);
	if (rbf_follow_load_text(place, cursor, sizeof cursor))
		for (int i = 0; i < CATCH_UP_MS / 100; i++) {
			behind = 0;
			(void)doctor_run(d, argv, count_line, &behind);
			if (!behind)
				break;
			nap(100);
			(void)rbf_follow_load_text(place, cursor, sizeof cursor);
		}
	else
		cursor[0] = '\0';
	if (behind)
		doctor_tell(d, DOCTOR_WARNING, "log", mend, "%s is %zu lines behind in the journal",
			program, behind);
	else
		doctor_tell(d, DOCTOR_OK, "log", "", "%s %s", program,
			cursor[0] ? "has read the journal to its end"
				  : "follows the journal, and has met nothing yet");
	look_for_gaps(d, unit);
}

void doctor_follower(doctor *d, const char *program, const char *unit, const char *place,
	const char *log, const char *match)
{
	char cmdline[4096], mend[128];
	size_t len;
	int64_t behind = 0;
	(void)snprintf(mend, sizeof mend, "systemctl restart %s", unit);
	if (!doctor_process(program, cmdline, sizeof cmdline, &len)) {
		doctor_tell(d, DOCTOR_ERROR, "log", mend,
			"%s does not run: what no event reports is not known", program);
		return;
	}
	place = doctor_argument(cmdline, len, "-p", place);
	log = doctor_argument(cmdline, len, "-f", log);
	if (!log) {
		follow_journal(d, program, unit, place, match);
		return;
	}
	doctor_place at = doctor_place_of(place, log, &behind);
	for (int i = 0; i < CATCH_UP_MS / 50 && at != DOCTOR_AT_END; i++) {
		nap(50);
		at = doctor_place_of(place, log, &behind);
	}
	if (at == DOCTOR_AT_END)
		doctor_tell(d, DOCTOR_OK, "log", "", "%s has read %s to its end", program, log);
	else if (at == DOCTOR_NO_PLACE)
		doctor_tell(
			d, DOCTOR_WARNING, "log", mend, "%s keeps no place in %s", program, place);
	else if (at == DOCTOR_OTHER_FILE)
		doctor_tell(d, DOCTOR_WARNING, "log", mend,
			"%s reads another file than %s, which was rotated", program, log);
	else
		doctor_tell(d, DOCTOR_WARNING, "log", mend, "%s is %lld bytes behind in %s",
			program, (long long)behind, log);
}
