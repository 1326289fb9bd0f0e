/* cmd_doctor.c - rebuff doctor: run every check, say what is wrong and what mends it, and end as a
 * monitoring system wants it. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/arguments.h"
#include "common/print.h"
#include "common/when.h"
#include "doctor/doctor.h"

static const char *text_of(const json_t *check, const char *name)
{
	const char *text = json_string_value(json_object_get(check, name));
	return text ? text : "";
}

static doctor_state state_of(const json_t *check)
{
	const char *state = text_of(check, "state");
	return strcmp(state, "error") == 0	? DOCTOR_ERROR
		: strcmp(state, "warning") == 0 ? DOCTOR_WARNING
						: DOCTOR_OK;
}

typedef struct {
	size_t n[3];
	const json_t *worst; /* the first of the worst */
	doctor_state state;
} verdict;

static verdict judge(const json_t *checks)
{
	verdict v = {.state = DOCTOR_OK};
	const json_t *check;
	size_t i;
	json_array_foreach(checks, i, check)
	{
		doctor_state state = state_of(check);
		v.n[state]++;
		if (state > v.state) {
			v.state = state;
			v.worst = check;
		}
	}
	return v;
}

/* The first line is what a monitoring system shows. */
static void print_text(const json_t *checks, const verdict *v, bool colour)
{
	static const char *const words[] = {"OK", "WARNING", "CRITICAL"};
	static const char *const colours[] = {"\033[32m", "\033[33m", "\033[31m"};
	const json_t *check;
	size_t i;
	printf("REBUFF %s: ", words[v->state]);
	if (v->worst)
		printf("%s: %s (%zu errors, %zu warnings)\n\n", text_of(v->worst, "area"),
			text_of(v->worst, "text"), v->n[DOCTOR_ERROR], v->n[DOCTOR_WARNING]);
	else
		printf("%zu checks, nothing found\n\n", v->n[DOCTOR_OK]);
	json_array_foreach(checks, i, check)
	{
		const char *mend = text_of(check, "mend");
		printf("%s%-8s%s %-11s %s\n", colour ? colours[state_of(check)] : "",
			text_of(check, "state"), colour ? "\033[0m" : "", text_of(check, "area"),
			text_of(check, "text"));
		if (*mend)
			printf("%20s mend: %s\n", "", mend);
	}
}

static void print_json(const json_t *checks, const verdict *v)
{
	static const char *const words[] = {"ok", "warning", "error"};
	json_t *o = json_pack("{s:s, s:I, s:I, s:O}", "state", words[v->state], "errors",
		(json_int_t)v->n[DOCTOR_ERROR], "warnings", (json_int_t)v->n[DOCTOR_WARNING],
		"checks", checks);
	json_dumpf(o, stdout, JSON_COMPACT);
	putchar('\n');
	json_decref(o);
}

typedef struct {
	const char *name;
	int (*look)(doctor *d);
} mail_server;
static const mail_server mail_servers[] = {
	{"exim", doctor_exim}, {"opensmtpd", doctor_smtpd}, {"postfix", doctor_postfix}};
enum { MAIL_SERVERS = sizeof mail_servers / sizeof *mail_servers };

static bool is_known(const char *name)
{
	bool known = !*name;
	for (size_t i = 0; i < MAIL_SERVERS; i++)
		known |= strcmp(name, mail_servers[i].name) == 0;
	return known;
}

/* Which mail server: the one that is named, else each that has rebuff in it. */
static void look_at_mail_servers(doctor *d, const char *name)
{
	const char *here = NULL; /* and not switched on */
	bool looked = false;
	char mend[64];
	for (size_t i = 0; i < MAIL_SERVERS; i++) {
		const mail_server *m = &mail_servers[i];
		int found = *name && strcmp(name, m->name) != 0 ? -1 : m->look(d);
		looked |= found > 0;
		if (found == 0)
			here = m->name;
	}
	if (looked)
		return;
	(void)snprintf(mend, sizeof mend, "rebuff setup %s", here ? here : "exim");
	doctor_tell(d, DOCTOR_ERROR, "switched-on", mend, "rebuff is in no mail server: %s",
		here ? "it is not switched on"
		     : "there is neither Exim, OpenSMTPD nor Postfix here");
}

static int run(const command_options *o, int argc, char **argv)
{
	const char *name = "", *silence = "24h";
	doctor d = {.options = o};
	const argument known[] = {
		{"--quick", NULL, &d.quick}, {"--silence", &silence, NULL}, {NULL, NULL, NULL}};
	int n;
	if (arguments_read(&command_doctor, known, argc, argv, &name, 1, &n))
		return 2;
	if (!is_known(name))
		return command_usage(
			&command_doctor, "exim, opensmtpd and postfix are known, not \"%s\"", name);
	if (!when_parse_length(silence, &d.silence_ms))
		return command_usage(&command_doctor, "--silence: \"%s\" is no length", silence);
	if (geteuid() != 0)
		return command_usage(&command_doctor, "it needs root: it asks the mail server");
	(void)snprintf(d.said, sizeof d.said, "/tmp/rebuff-doctor-XXXXXX");
	int fd = mkstemp(d.said);
	d.checks = json_array();
	if (fd < 0 || !d.checks) {
		fprintf(stderr, "rebuff doctor: %s: %s\n", d.said, strerror(errno));
		json_decref(d.checks);
		return 2;
	}
	close(fd);
	doctor_engine(&d);
	doctor_host(&d);
	look_at_mail_servers(&d, name);
	(void)unlink(d.said);
	doctor_store(&d);
	verdict v = judge(d.checks);
	if (o->json)
		print_json(d.checks, &v);
	else
		print_text(d.checks, &v, o->colour);
	json_decref(d.checks);
	json_decref(d.paused);
	return print_end() ? 2 : (int)v.state;
}

const command command_doctor = {.name = "doctor",
	.usage = "[exim|opensmtpd|postfix] [--quick] [--silence TIME]",
	.summary = "whether mail server, plugin and engine are connected; what mends what is not",
	.help = "  --quick         do not read the whole database\n"
		"  --silence TIME  so long without any attempt is a warning (default 24h)\n\n"
		"Asks the engine, and the mail server by its own tools: is the plugin called, the\n"
		"gate asked, the retry rule in force, every transport or listener connected, the "
		"log\n"
		"followed, the queue without mail that is paused for nobody. Sends no mail.\n\n"
		"Exit status for monitoring: 0 well, 1 warnings, 2 errors (or wrong use).\n",
	.run = run};
