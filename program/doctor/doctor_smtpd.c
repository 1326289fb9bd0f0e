/* doctor_smtpd.c - smtpd runs the filter, at every listener and relay, and the filter asks. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "doctor/doctor.h"
#include "doctor/doctor_read.h"
#include "setup/smtpd_conf.h"

#define SMTPD "/usr/sbin/smtpd"
#define CONF "/etc/smtpd.conf"
#define DROP_IN "/etc/systemd/system/opensmtpd.service.d/rebuff.conf"
#define EDIT "editor " CONF " && smtpd -n && systemctl restart opensmtpd"

enum { TTL_S = 14 * 86400 };

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
	doctor_smtp(d, "smtpd", "opensmtpd", EDIT);
	doctor_mtactl(d, "rebuff-smtpd-mtactl.service");
	doctor_follower(d, "rebuff-smtpd-log", "rebuff-smtpd-log",
		"/var/lib/rebuff-smtpd-log/place", NULL, "SYSLOG_IDENTIFIER=smtpd");
	d->paused = json_array();
	if (doctor_run(d, queue, queue_line, d) != 0)
		doctor_tell(d, DOCTOR_ERROR, "queue", "systemctl status opensmtpd",
			"smtpctl show queue fails: does smtpd run?");
	return 1;
}
