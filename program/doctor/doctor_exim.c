/* doctor_exim.c - Exim calls the plugin, asks the gate, has the retry rule, tells what its
 * transports saw. What Exim's own tools say counts, not what its files seem to say. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "client/probe.h"
#include "doctor/doctor.h"
#include "doctor/doctor_read.h"

#define EXIM "/usr/sbin/exim4"
#define OBJECT "/usr/lib/exim4-rebuff/rebuff-exim.so"
#define SETUP "rebuff setup exim --undo && rebuff setup exim"
#define DOCS "exim4 -bP config (docs/exim.md tells what belongs where)"

/* ---- options of the main section ----------------------------------------------------------- */

typedef struct {
	const char *name;
	bool given, ours;
} option;

static void option_line(void *ud, const char *line)
{
	option *o = ud;
	const char *value = doctor_exim_value(line, o->name);
	o->given |= value && *value;
	o->ours |= value && strstr(value, "rebuff");
}

static void main_option(doctor *d, const char *name, const char *effect)
{
	option o = {.name = name};
	const char *const argv[] = {EXIM, "-bP", name, NULL};
	int status = doctor_run(d, argv, option_line, &o);
	if (status != 0 || !o.ours)
		doctor_tell(d, DOCTOR_ERROR, "plugin", DOCS, "%s of Exim's main section %s: %s",
			name, o.given ? "is not rebuff's" : "is not set", effect);
	else
		doctor_tell(d, DOCTOR_OK, "plugin", "", "%s is rebuff's", name);
}

static void object(doctor *d)
{
	main_option(d, "local_scan_path", "bounces that come as messages are not seen");
	main_option(d, "event_action", "failures without a connection are not told");
	if (access(OBJECT, R_OK) != 0)
		doctor_tell(d, DOCTOR_ERROR, "plugin", "apt install --reinstall exim4-rebuff",
			"%s is not there: an Exim that has read local_scan_path answers 451 to all "
			"mail",
			OBJECT);
}

/* ---- the gate ------------------------------------------------------------------------------ */

static void probe_line(void *ud, const char *line)
{
	bool *asked = ud;
	*asked |= strstr(line, RBF_PROBE_TEXT) != NULL;
}

static void gate(doctor *d)
{
	bool asked = false;
	const char *const argv[] = {EXIM, "-bt", RBF_PROBE, NULL};
	if (!d->engine_runs)
		return; /* said already, and nobody could answer */
	(void)doctor_run(d, argv, probe_line, &asked);
	if (asked)
		doctor_tell(d, DOCTOR_OK, "gate", "", "Exim asks it: exim4 -bt %s", RBF_PROBE);
	else
		doctor_tell(d, DOCTOR_ERROR, "gate", "exim4 -d-all+route -bt " RBF_PROBE,
			"Exim did not ask it about %s: another router comes before rebuff_gate, or "
			"the engine cannot be reached",
			RBF_PROBE);
}

static void retry_line(void *ud, const char *line)
{
	bool *ours = ud;
	*ours |= doctor_retry_is_ours(line);
}

static void retry(doctor *d)
{
	bool ours = false;
	const char *const argv[] = {EXIM, "-brt", RBF_PROBE, NULL};
	(void)doctor_run(d, argv, retry_line, &ours);
	if (ours)
		doctor_tell(d, DOCTOR_OK, "retry", "", "rebuff's rule is in force");
	else
		doctor_tell(d, DOCTOR_ERROR, "retry", "exim4 -brt " RBF_PROBE,
			"another retry rule comes before rebuff's: Exim bounces by itself what "
			"rebuff "
			"still keeps");
}

/* ---- transports ---------------------------------------------------------------------------- */

static void transport_line(void *ud, const char *line)
{
	doctor_transports_line(ud, line);
}

static void transports(doctor *d)
{
	doctor_transports t = {.n = 0};
	const char *const argv[] = {EXIM, "-bP", "transports", NULL};
	(void)doctor_run(d, argv, transport_line, &t);
	doctor_transports_end(&t);
	if (t.untold_n)
		doctor_tell(d, DOCTOR_ERROR, "transports",
			"add to it: .include_if_exists /usr/lib/exim4-rebuff/conf/transport",
			"%d of %d transports that send to other hosts do not tell what they hear: "
			"%s",
			t.untold_n, t.n, t.untold);
	else
		doctor_tell(d, DOCTOR_OK, "transports", "", "all %d that send to other hosts tell",
			t.n);
}

int doctor_exim(doctor *d)
{
	const char *const router[] = {EXIM, "-bP", "router", "rebuff_gate", NULL};
	if (access(EXIM, X_OK) != 0)
		return -1;
	if (doctor_run(d, router, NULL, NULL) != 0)
		return 0;
	object(d);
	doctor_socket(d, "exim.sock", "Debian-exim");
	gate(d);
	retry(d);
	transports(d);
	doctor_mtactl(d, "rebuff-exim-mtactl.socket");
	doctor_follower(d, "rebuff-exim-log", "rebuff-exim-log", "/var/lib/rebuff-exim-log/place",
		"/var/log/exim4/mainlog", NULL);
	return 1;
}
