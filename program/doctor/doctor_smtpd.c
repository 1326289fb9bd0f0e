/* doctor_smtpd.c - smtpd runs the filter, at every listener and relay, and the filter asks. */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "client/probe.h"
#include "doctor/doctor.h"
#include "doctor/doctor_read.h"
#include "setup/smtpd_conf.h"

#define SMTPD "/usr/sbin/smtpd"
#define CONF "/etc/smtpd.conf"
#define DROP_IN "/etc/systemd/system/opensmtpd.service.d/rebuff.conf"
#define EDIT "editor " CONF " && smtpd -n && systemctl restart opensmtpd"

enum { SMTP_PORT = 25, SMTP_S = 5, TTL_S = 14 * 86400 };

static bool read_conf(char text[SMTPD_CONF_MAX])
{
	FILE *in = fopen(CONF, "re");
	size_t n = in ? fread(text, 1, SMTPD_CONF_MAX - 1, in) : 0;
	text[n] = '\0';
	if (in)
		fclose(in);
	return n > 0;
}

/* ---- the configuration --------------------------------------------------------------------- */

static void configuration(doctor *d, const smtpd_conf_summary *s)
{
	int all = s->listeners + s->relays, ours = s->listeners_filtered + s->relays_filtered;
	if (ours < all)
		doctor_tell(d, DOCTOR_ERROR, "filter", EDIT,
			CONF
			":%d: no filter \"rebuff\": %d of %d listeners and %d of %d relays have it",
			s->unfiltered_line, s->listeners_filtered, s->listeners, s->relays_filtered,
			s->relays);
	else
		doctor_tell(d, DOCTOR_OK, "filter", "", "at all %d listeners and %d relays",
			s->listeners, s->relays);
	if (!s->socket_line)
		doctor_tell(d, DOCTOR_WARNING, "filter", EDIT,
			CONF " has no \"listen on socket\": mail from programs on this host is not "
			     "looked at");
	if (s->include_line)
		doctor_tell(d, DOCTOR_WARNING, "filter", EDIT,
			CONF ":%d includes another file, which was not looked at", s->include_line);
	if (s->ttl_s < TTL_S)
		doctor_tell(d, DOCTOR_ERROR, "ttl", EDIT,
			"queue ttl is %s: smtpd bounces by itself what rebuff still keeps; "
			"expected "
			"14d at least",
			s->ttl_s == -1		 ? "not set (4 days)"
				: s->ttl_s == -2 ? "of a form that is not understood"
						 : "too short");
	else
		doctor_tell(d, DOCTOR_OK, "ttl", "", "queue ttl is %lld days",
			(long long)s->ttl_s / 86400);
}

static void drop_in(doctor *d)
{
	if (access("/run/systemd/system", F_OK) != 0)
		return;
	if (access(DROP_IN, R_OK) != 0)
		doctor_tell(d, DOCTOR_WARNING, "unit",
			"rebuff setup opensmtpd --undo && rebuff setup opensmtpd",
			"the unit has no drop-in " DROP_IN
			": after a restart of smtpd waiting mail goes out early");
	else
		doctor_tell(d, DOCTOR_OK, "unit", "", "the drop-in is there");
}

static void running(doctor *d)
{
	char cmdline[4096];
	size_t len;
	if (doctor_process("filter-rebuff", cmdline, sizeof cmdline, &len))
		doctor_tell(d, DOCTOR_OK, "plugin", "", "filter-rebuff runs");
	else
		doctor_tell(d, DOCTOR_ERROR, "plugin", "systemctl restart opensmtpd",
			"filter-rebuff does not run: smtpd is down, or was started before " CONF
			" named it");
}

/* ---- a recipient that only rebuff refuses -------------------------------------------------- */

/* Send a line and read the answer's last line; its code, 0 when there is none. */
static int talk(FILE *smtp, const char *line, char answer[REBUFF_TEXT_MAX])
{
	int code = 0;
	if (*line && (fputs(line, smtp) < 0 || fflush(smtp) != 0))
		return 0;
	while (fgets(answer, REBUFF_TEXT_MAX, smtp) && sscanf(answer, "%3d", &code) == 1)
		if (answer[3] != '-')
			return code;
	return 0;
}

/* *asked: the recipient was refused in rebuff's words. Returns the last code, 0 for silence. */
static int ask_about_probe(int fd, bool *asked)
{
	char answer[REBUFF_TEXT_MAX] = "";
	FILE *smtp = fdopen(fd, "r+");
	int code = smtp ? talk(smtp, "", answer) : 0;
	if (code == 220)
		code = talk(smtp, "EHLO doctor.rebuff.invalid\r\n", answer);
	if (code == 250)
		code = talk(smtp, "MAIL FROM:<postmaster@doctor.rebuff.invalid>\r\n", answer);
	if (code == 250)
		code = talk(smtp, "RCPT TO:<" RBF_PROBE ">\r\n", answer);
	*asked = strstr(answer, RBF_PROBE_TEXT) != NULL;
	if (smtp) {
		char bye[REBUFF_TEXT_MAX];
		(void)talk(smtp, "QUIT\r\n", bye);
		fclose(smtp);
	} else {
		close(fd);
	}
	return code;
}

static void gate(doctor *d)
{
	struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons(SMTP_PORT)};
	struct timeval most = {.tv_sec = SMTP_S};
	bool asked = false;
	if (!d->engine_runs)
		return; /* said already, and nobody could answer */
	at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &most, sizeof most) != 0 ||
		setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &most, sizeof most) != 0 ||
		connect(fd, (struct sockaddr *)&at, sizeof at) != 0) {
		doctor_tell(d, DOCTOR_WARNING, "gate", "systemctl status opensmtpd",
			"smtpd could not be asked on 127.0.0.1 port 25: %s", strerror(errno));
		if (fd >= 0)
			close(fd);
		return;
	}
	int code = ask_about_probe(fd, &asked);
	if (asked)
		doctor_tell(d, DOCTOR_OK, "gate", "", "smtpd asks about recipients (tried with %s)",
			RBF_PROBE);
	else if (code == 250)
		doctor_tell(d, DOCTOR_ERROR, "gate", "systemctl restart opensmtpd rebuff",
			"smtpd takes mail for %s, which rebuff refuses: it does not ask",
			RBF_PROBE);
	else
		doctor_tell(d, DOCTOR_WARNING, "gate", EDIT,
			"smtpd on 127.0.0.1 takes no mail without more ado (answer %d): whether it "
			"asks was not found out",
			code);
}

/* ---- the queue ----------------------------------------------------------------------------- */

static void queue_line(void *ud, const char *line)
{
	doctor *d = ud;
	char id[17];
	if (doctor_queue_line(line, id))
		json_array_append_new(d->paused, json_string(id));
}

int doctor_smtpd(doctor *d)
{
	static char text[SMTPD_CONF_MAX];
	const char *const queue[] = {"/usr/sbin/smtpctl", "show", "queue", NULL};
	smtpd_conf_summary s;
	int line;
	if (access(SMTPD, X_OK) != 0 || !read_conf(text))
		return -1;
	if (smtpd_conf_find(text, &line) == SMTPD_CONF_NONE)
		return 0;
	smtpd_conf_summarise(text, &s);
	configuration(d, &s);
	running(d);
	drop_in(d);
	doctor_socket(d, "smtpd.sock", "opensmtpd");
	gate(d);
	doctor_mtactl(d, "rebuff-smtpd-mtactl.service");
	doctor_follower(
		d, "rebuff-smtpd-log", "rebuff-smtpd-log", "/var/lib/rebuff-smtpd-log/place", NULL);
	d->paused = json_array();
	if (doctor_run(d, queue, queue_line, d) != 0)
		doctor_tell(d, DOCTOR_ERROR, "queue", "systemctl status opensmtpd",
			"smtpctl show queue fails: does smtpd run?");
	return 1;
}
