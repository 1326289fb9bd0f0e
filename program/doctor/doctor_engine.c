/* doctor_engine.c - the engine: answers, has the policy that is on disk, writes, trusts the
 * clock. */
#define _XOPEN_SOURCE 700 /* nftw */
#include <ftw.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/timex.h>

#include "common/control.h"
#include "doctor/doctor.h"

static json_t *ask(doctor *d, rebuff_error *err)
{
	rbf_wire_record answer;
	control *c = NULL;
	json_t *status = NULL;
	if (control_open(d->options->run_dir, &c, err) != REBUFF_OK)
		return NULL;
	rbf_wire_put_str(control_begin(c, "status"), "format", "json");
	if (control_send(c, err) == REBUFF_OK && control_receive(c, &answer, err) == REBUFF_OK)
		status = json_loads(rbf_wire_get_str(&answer, "text", ""), 0, NULL);
	control_close(&c);
	if (!status && err->status == REBUFF_OK)
		*err = (rebuff_error){REBUFF_EPARSE, "its status cannot be read"};
	return status;
}

/* ---- policy -------------------------------------------------------------------------------- */

static struct timespec newest; /* nftw hands nothing through */

static int look_at(const char *path, const struct stat *st, int kind, struct FTW *where)
{
	const char *dot = strrchr(path, '.');
	(void)where;
	if (kind == FTW_F && dot && strcmp(dot, ".lua") == 0 && st->st_mtim.tv_sec > newest.tv_sec)
		newest = st->st_mtim;
	return 0;
}

static void policy(doctor *d, const json_t *status)
{
	const char *problem = json_string_value(json_object_get(status, "reload_problem"));
	json_int_t loaded = json_integer_value(json_object_get(status, "policy_loaded_ms"));
	const char *dir = d->options->config_dir ? d->options->config_dir : "/etc/rebuff";
	newest = (struct timespec){.tv_sec = 0};
	(void)nftw(dir, look_at, 16, FTW_PHYS);
	if (problem && *problem)
		doctor_tell(d, DOCTOR_ERROR, "policy", "rebuff policy check",
			"the policy was not taken, an older one is in force: %s", problem);
	else if ((json_int_t)newest.tv_sec > loaded / 1000)
		doctor_tell(d, DOCTOR_WARNING, "policy", "rebuff reload",
			"files in %s were changed after the policy was read", dir);
	else
		doctor_tell(d, DOCTOR_OK, "policy", "", "loaded, as it is in %s", dir);
}

static void hooks(doctor *d, const json_t *status)
{
	const json_t *hook;
	size_t i;
	json_array_foreach(json_object_get(status, "hooks"), i, hook)
	{
		if (json_integer_value(json_object_get(hook, "failures")) == 0)
			continue;
		bool off = json_is_true(json_object_get(hook, "off"));
		doctor_tell(d, off ? DOCTOR_ERROR : DOCTOR_WARNING, "hooks",
			"rebuff policy check && rebuff reload", "%s of %s (%s) %s: %s",
			json_string_value(json_object_get(hook, "hook")),
			json_string_value(json_object_get(hook, "provider")),
			json_string_value(json_object_get(hook, "where")),
			off ? "is switched off until reload" : "has failed",
			json_string_value(json_object_get(hook, "problem")));
	}
}

static void writer(doctor *d, const json_t *status)
{
	const json_t *w = json_object_get(status, "writer");
	const char *problem = json_string_value(json_object_get(w, "problem"));
	json_int_t lag = json_integer_value(json_object_get(w, "lag_ms"));
	if (problem && *problem)
		doctor_tell(d, DOCTOR_ERROR, "writer", "df -h /var/lib/rebuff",
			"what is learned does not get to disk: %s", problem);
	else if (lag > 10000)
		doctor_tell(d, DOCTOR_WARNING, "writer", "iostat -x 1",
			"what was learned has waited %lld s for the disk", (long long)lag / 1000);
	else
		doctor_tell(d, DOCTOR_OK, "writer", "", "what is learned gets to disk");
}

static void clocks(doctor *d, const json_t *status)
{
	struct timex t = {.modes = 0};
	if (json_is_true(json_object_get(status, "clock_unsteady")))
		doctor_tell(d, DOCTOR_WARNING, "clock", "timedatectl",
			"the clock was set less than ten minutes ago: nothing expires, and nothing "
			"is given up on, until it is steady");
	else if (adjtimex(&t) == TIME_ERROR)
		doctor_tell(d, DOCTOR_WARNING, "clock", "timedatectl set-ntp true",
			"the clock is not synchronised");
	else
		doctor_tell(d, DOCTOR_OK, "clock", "", "synchronised, and steady");
}

void doctor_engine(doctor *d)
{
	rebuff_error err = {.status = REBUFF_OK};
	json_t *status = ask(d, &err);
	d->engine_runs = status != NULL;
	if (!status) {
		doctor_tell(d, DOCTOR_ERROR, "engine", "systemctl restart rebuff", "%s", err.text);
		return;
	}
	doctor_tell(d, DOCTOR_OK, "engine", "", "runs, up %lld s",
		(long long)json_integer_value(json_object_get(status, "up_s")));
	policy(d, status);
	hooks(d, status);
	writer(d, status);
	clocks(d, status);
	json_decref(status);
}
