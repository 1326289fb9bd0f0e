/* doctor_postfix.c - Postfix asks rebuff's policy service about recipients, nobody is told who may
 * not relay, and its log is read. What postconf(1) and Postfix itself say counts. */
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include "client/probe.h"
#include "doctor/doctor.h"
#include "setup/postfix_conf.h"

#define POSTCONF POSTFIX_CONF_POSTCONF
#define POSTFIX POSTFIX_CONF_POSTFIX
#define LIST POSTFIX_CONF_LIST
#define SETUP "rebuff setup postfix"
#define AGAIN "rebuff setup postfix --undo && rebuff setup postfix"
#define FOLLOWER "rebuff-postfix-log"

enum { ANSWER_S = 5, DAY_S = 86400, GIVE_UP_S = 3 * DAY_S };

/* ---- postconf ------------------------------------------------------------------------------ */

typedef struct {
	char text[POSTFIX_LIST_MAX];
} value;

static void value_line(void *ud, const char *line)
{
	value *v = ud;
	if (!v->text[0] && !postfix_conf_warns(line))
		(void)snprintf(v->text, sizeof v->text, "%s", line);
}

/* What postconf OPTION NAME prints: a value as it is in force. "" none. */
static const char *ask(doctor *d, const char *option, const char *name, value *v)
{
	const char *const argv[] = {POSTCONF, option, name, NULL};
	v->text[0] = '\0';
	return doctor_run(d, argv, value_line, v) == 0 ? v->text : "";
}

/* ---- the restriction ----------------------------------------------------------------------- */

static void restriction(doctor *d, const char *list)
{
	bool harmless;
	if (!postfix_list_asks(list, &harmless))
		doctor_tell(d, DOCTOR_ERROR, "restriction", AGAIN,
			LIST " does not name rebuff's service (" POSTFIX_CONF_SERVICE
			     "): \"%.200s\"",
			list);
	else if (!harmless)
		doctor_tell(d, DOCTOR_ERROR, "restriction", AGAIN,
			LIST " asks without default_action=DUNNO: with the service missing, all "
			     "mail is put off");
	else
		doctor_tell(d, DOCTOR_OK, "restriction", "",
			LIST " asks, and takes all mail when nobody answers");
}

static void service_line(void *ud, const char *line)
{
	doctor *d = ud;
	size_t name = postfix_service_apart(line);
	if (name)
		doctor_tell(d, DOCTOR_WARNING, "restriction", "postconf -P (docs/postfix.md)",
			"the service %.*s has a list of its own, and does not ask", (int)name,
			line);
}

/* Services of master.cf with a list of their own: mail that is submitted there. */
static void services_apart(doctor *d)
{
	const char *const argv[] = {POSTCONF, "-Px", "*/*/" LIST, NULL};
	(void)doctor_run(d, argv, service_line, d);
}

/* Nobody is told of a suppression who may not relay. */
static void relaying(doctor *d, value *v)
{
	if (strcmp(ask(d, "-hx", "smtpd_relay_before_recipient_restrictions", v), "yes") != 0)
		doctor_tell(d, DOCTOR_ERROR, "relay",
			"postconf -e smtpd_relay_before_recipient_restrictions=yes && postfix "
			"reload",
			"smtpd_relay_before_recipient_restrictions is %.20s: whoever may not relay "
			"is "
			"told who is suppressed",
			v->text);
	else if (!postfix_list_guards(ask(d, "-hx", "smtpd_relay_restrictions", v)))
		doctor_tell(d, DOCTOR_ERROR, "relay", "postconf smtpd_relay_restrictions",
			"smtpd_relay_restrictions turns nobody away: whoever may not relay is told "
			"who is suppressed");
	else
		doctor_tell(d, DOCTOR_OK, "relay", "",
			"who may not relay is turned away before rebuff is asked");
}

static void lifetime(doctor *d, value *v)
{
	int64_t s = postfix_time_s(ask(d, "-hx", "maximal_queue_lifetime", v), DAY_S);
	if (s >= 0 && s < GIVE_UP_S)
		doctor_tell(d, DOCTOR_WARNING, "lifetime",
			"postconf -e maximal_queue_lifetime=5d && postfix reload",
			"maximal_queue_lifetime is %.20s: Postfix gives up before the 72 hours "
			"after which rebuff counts a failure",
			v->text);
	else
		doctor_tell(
			d, DOCTOR_OK, "lifetime", "", "maximal_queue_lifetime is %.20s", v->text);
}

/* ---- the service --------------------------------------------------------------------------- */

/* What the service answers to Postfix's question for the address that only rebuff refuses; "" when
 * nobody does. */
static void question(const char *path, char answer[REBUFF_TEXT_MAX])
{
	static const char ask_for[] =
		"request=smtpd_access_policy\nprotocol_state=RCPT\nsender=postmaster@doctor.rebuff."
		"invalid\nrecipient=" RBF_PROBE "\n\n";
	struct sockaddr_un at = {.sun_family = AF_UNIX};
	struct timeval most = {.tv_sec = ANSWER_S};
	answer[0] = '\0';
	if (strlen(path) >= sizeof at.sun_path)
		return;
	memcpy(at.sun_path, path, strlen(path) + 1);
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd >= 0 && setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &most, sizeof most) == 0 &&
		setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &most, sizeof most) == 0 &&
		connect(fd, (struct sockaddr *)&at, sizeof at) == 0 &&
		send(fd, ask_for, sizeof ask_for - 1, MSG_NOSIGNAL) > 0) {
		ssize_t n = recv(fd, answer, REBUFF_TEXT_MAX - 1, 0);
		answer[n > 0 ? n : 0] = '\0';
	}
	if (fd >= 0)
		close(fd);
}

static void service(doctor *d, value *v)
{
	char path[COMMAND_PATH_MAX], answer[REBUFF_TEXT_MAX];
	(void)snprintf(
		path, sizeof path, "%.200s/private/rebuff", ask(d, "-hx", "queue_directory", v));
	if (!d->engine_runs)
		return; /* said already, and it could say nothing but DUNNO */
	question(path, answer);
	answer[strcspn(answer, "\n")] = '\0';
	if (strstr(answer, RBF_PROBE_TEXT))
		doctor_tell(d, DOCTOR_OK, "service", "", "it asks the engine (tried with %s)",
			RBF_PROBE);
	else if (answer[0])
		doctor_tell(d, DOCTOR_ERROR, "service", "systemctl restart rebuff",
			"the service does not reach the engine: about %s, which rebuff refuses, it "
			"says %.100s",
			RBF_PROBE, answer);
	else
		doctor_tell(d, DOCTOR_ERROR, "service",
			"postconf -M rebuff/unix; postfix reload; grep spawn the mail log",
			"nobody answers on %.200s: Postfix does not run, or cannot start the "
			"service",
			path);
}

/* ---- the log ------------------------------------------------------------------------------- */

static void log_place(doctor *d, value *v)
{
	char cmdline[4096];
	size_t len;
	const char *file = ask(d, "-hx", "maillog_file", v);
	if (*file && doctor_process(FOLLOWER, cmdline, sizeof cmdline, &len) &&
		strcmp(doctor_argument(cmdline, len, "-f", ""), file) != 0)
		doctor_tell(d, DOCTOR_ERROR, "log", "systemctl edit " FOLLOWER " (docs/postfix.md)",
			"Postfix writes its log to %.200s (maillog_file), and " FOLLOWER
			" reads %s",
			file, doctor_argument(cmdline, len, "-f", "the journal"));
	doctor_follower(
		d, FOLLOWER, FOLLOWER, "/var/lib/" FOLLOWER "/place", NULL, "SYSLOG_FACILITY=2");
}

int doctor_postfix(doctor *d)
{
	static value v;
	static char list[POSTFIX_LIST_MAX];
	const char *const status[] = {POSTFIX, "status", NULL};
	bool harmless;
	if (access(POSTCONF, X_OK) != 0)
		return -1;
	(void)snprintf(list, sizeof list, "%s", ask(d, "-hx", LIST, &v));
	bool asks = postfix_list_asks(list, &harmless);
	if (!*ask(d, "-M", "rebuff/unix", &v) && !asks)
		return 0;
	if (doctor_run(d, status, NULL, NULL) != 0)
		doctor_tell(d, DOCTOR_ERROR, "postfix", "systemctl start postfix",
			"Postfix does not run");
	restriction(d, list);
	services_apart(d);
	relaying(d, &v);
	service(d, &v);
	doctor_smtp(d, "Postfix", "postfix", "postconf smtpd_recipient_restrictions mynetworks");
	lifetime(d, &v);
	doctor_socket(d, "postfix.sock", "rebuff-postfix");
	log_place(d, &v);
	return 1;
}
