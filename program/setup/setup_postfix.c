/*
 * setup_postfix.c - switch rebuff on in Postfix, and off again.
 *
 * postconf(1) alone writes main.cf and master.cf: one service, its time limit, and two words in
 * smtpd_recipient_restrictions. What is to come is made from copies in the scratch folder first.
 * The old files stay beside the new ones: of a list over several lines postconf makes one line.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "common/child.h"
#include "common/fail.h"
#include "setup/postfix_conf.h"
#include "setup/setup.h"

#define FOLDER "/etc/postfix"
#define MAIN FOLDER "/main.cf"
#define MASTER FOLDER "/master.cf"
#define KEPT ".before-rebuff"
#define POSTCONF POSTFIX_CONF_POSTCONF
#define POSTFIX POSTFIX_CONF_POSTFIX
#define PROGRAM "/usr/libexec/rebuff/rebuff-postfix-policy"
#define LIST POSTFIX_CONF_LIST
#define SERVICE "rebuff/unix"
#define LIMIT "rebuff_time_limit"
#define ENTRY SERVICE "=rebuff unix - n n - 0 spawn user=rebuff-postfix argv=" PROGRAM

static const char *const companions[] = {"rebuff-postfix-log.service", NULL};
static const char *const files[] = {"main.cf", "master.cf", NULL};

/* The list as it would be; made by plan, used by on and off. */
static char wanted[POSTFIX_LIST_MAX];

/* ---- asking postconf ----------------------------------------------------------------------- */

/* The first line that postconf prints and that is no warning; "" none. */
static rebuff_status ask(setup_scratch *s, const char *option, const char *what,
	char answer[POSTFIX_LIST_MAX], rebuff_error *err)
{
	char why[REBUFF_TEXT_MAX];
	const char *const argv[] = {POSTCONF, option, what, NULL};
	answer[0] = '\0';
	if (setup_run(s, argv, why) != 0)
		return fail(err, REBUFF_EPARSE,
			"Postfix refuses the configuration as it is now: %s; nothing was changed",
			why);
	FILE *in = fopen(s->said, "re");
	while (in && !answer[0] && fgets(s->line, sizeof s->line, in)) {
		s->line[strcspn(s->line, "\n")] = '\0';
		if (!postfix_conf_warns(s->line))
			(void)snprintf(
				answer, POSTFIX_LIST_MAX, "%.*s", POSTFIX_LIST_MAX - 1, s->line);
	}
	if (in)
		fclose(in);
	return strlen(answer) < POSTFIX_LIST_MAX - 1
		? REBUFF_OK
		: fail(err, REBUFF_ELIMIT, "%s is longer than %d bytes", what,
			  POSTFIX_LIST_MAX - 2);
}

/* The last line of main.cf that sets it, for people; 0 none. */
static int line_of(setup_scratch *s, const char *name)
{
	FILE *in = fopen(MAIN, "re");
	size_t len = strlen(name);
	int found = 0;
	for (int n = 1; in && fgets(s->line, sizeof s->line, in); n++)
		if (strncmp(s->line, name, len) == 0 && strchr(" \t=", s->line[len]))
			found = n;
	if (in)
		fclose(in);
	return found;
}

/* ---- looking ------------------------------------------------------------------------------- */

static rebuff_status look(rebuff_error *err)
{
	if (access(POSTCONF, X_OK) != 0 || access(MAIN, R_OK) != 0)
		return fail(
			err, REBUFF_ENOENT, POSTCONF " or " MAIN " is not there: expected Postfix");
	if (access(PROGRAM, X_OK) != 0)
		return fail(err, REBUFF_ENOENT, PROGRAM " is not there: install postfix-rebuff");
	return REBUFF_OK;
}

static rebuff_status state(setup_scratch *s, bool *on, rebuff_error *err)
{
	static char list[POSTFIX_LIST_MAX], entry[POSTFIX_LIST_MAX];
	bool harmless;
	rebuff_status status = ask(s, "-h", LIST, list, err);
	if (status == REBUFF_OK)
		status = ask(s, "-M", SERVICE, entry, err);
	if (status != REBUFF_OK)
		return status;
	bool asks = postfix_list_asks(list, &harmless);
	*on = asks && *entry;
	if (asks && !*entry)
		return fail(err, REBUFF_EPARSE,
			MAIN ":%d: " LIST " names rebuff, and " MASTER
			     " has no such service: half of it was put in by hand. postconf -Me "
			     "'" ENTRY "' is the other half",
			line_of(s, LIST));
	if (*entry && !asks)
		return fail(err, REBUFF_EPARSE,
			MASTER " has a service " SERVICE ", and " LIST
			       " does not name it: half of it was put in by hand. postconf -MX "
			       "" SERVICE " takes it out; then this again");
	return REBUFF_OK;
}

/* What else must hold for nobody to be told of a suppression who may not relay. */
static rebuff_status look_at_relaying(setup_scratch *s, rebuff_error *err)
{
	static char value[POSTFIX_LIST_MAX];
	rebuff_status status =
		ask(s, "-hx", "smtpd_relay_before_recipient_restrictions", value, err);
	if (status == REBUFF_OK && strcmp(value, "yes") != 0)
		return fail(err, REBUFF_EPARSE,
			"smtpd_relay_before_recipient_restrictions is %s: whoever may not relay "
			"would be told who is suppressed. postconf -e "
			"smtpd_relay_before_recipient_restrictions=yes, then this again; nothing "
			"was "
			"changed",
			value);
	if (status == REBUFF_OK)
		status = ask(s, "-hx", "smtpd_relay_restrictions", value, err);
	if (status == REBUFF_OK && !postfix_list_guards(value))
		return fail(err, REBUFF_EPARSE,
			"smtpd_relay_restrictions turns nobody away (\"%.200s\"): whoever may not "
			"relay would be told who is suppressed. Have it end with "
			"defer_unauth_destination, then this again; nothing was changed",
			value);
	return status;
}

/* ---- planning ------------------------------------------------------------------------------ */

static rebuff_status check(
	setup_scratch *s, const char *folder, const char *what, rebuff_error *err)
{
	char why[REBUFF_TEXT_MAX];
	const char *const argv[] = {POSTFIX, "-c", folder, "check", NULL};
	if (setup_run(s, argv, why) != 0)
		return fail(err, REBUFF_EPARSE, "Postfix refuses %s: %s; nothing was changed", what,
			why);
	return REBUFF_OK;
}

static rebuff_status run(setup_scratch *s, const char *const *argv, rebuff_error *err)
{
	char why[REBUFF_TEXT_MAX];
	return setup_run(s, argv, why) == 0
		? REBUFF_OK
		: fail(err, REBUFF_EIO, "%s %s: %s", argv[0], argv[1], why);
}

/* Put rebuff in or take it out, in the files of that folder. */
static rebuff_status edit(setup_scratch *s, const char *folder, bool undo, rebuff_error *err)
{
	static char list[POSTFIX_LIST_MAX + sizeof LIST + 1];
	(void)snprintf(list, sizeof list, LIST "=%s", wanted);
	const char *const in[] = {POSTCONF, "-c", folder, "-e", list, LIMIT "=3600", NULL};
	const char *const in_master[] = {POSTCONF, "-c", folder, "-M", "-e", ENTRY, NULL};
	const char *const out[] = {POSTCONF, "-c", folder, "-X", LIMIT, LIST, NULL};
	const char *const limit_out[] = {POSTCONF, "-c", folder, "-X", LIMIT, NULL};
	const char *const rest[] = {POSTCONF, "-c", folder, "-e", list, NULL};
	const char *const out_master[] = {POSTCONF, "-c", folder, "-M", "-X", SERVICE, NULL};
	rebuff_status status = run(s, undo ? (*wanted ? limit_out : out) : in, err);
	if (status == REBUFF_OK && undo && *wanted)
		status = run(s, rest, err);
	return status == REBUFF_OK ? run(s, undo ? out_master : in_master, err) : status;
}

/* cp -p of both files: FROM/NAME... to TO/NAME..., with a suffix there. */
static rebuff_status copy(
	setup_scratch *s, const char *from, const char *to, const char *suffix, rebuff_error *err)
{
	rebuff_status status = REBUFF_OK;
	for (size_t i = 0; status == REBUFF_OK && files[i]; i++) {
		char a[SETUP_PATH_BYTES], b[SETUP_PATH_BYTES];
		(void)snprintf(a, sizeof a, "%s/%s", from, files[i]);
		(void)snprintf(b, sizeof b, "%s/%s%s", to, files[i], suffix);
		const char *const argv[] = {"cp", "-p", a, b, NULL};
		status = run(s, argv, err);
	}
	return status;
}

/* How many of both files are the same as FOLDER/NAME... with that suffix. */
static int same(const char *folder, const char *suffix)
{
	int n = 0;
	for (size_t i = 0; files[i]; i++) {
		char a[SETUP_PATH_BYTES], b[SETUP_PATH_BYTES];
		(void)snprintf(a, sizeof a, FOLDER "/%s", files[i]);
		(void)snprintf(b, sizeof b, "%s/%s%s", folder, files[i], suffix);
		const char *const argv[] = {"cmp", "-s", a, b, NULL};
		n += child_run(argv, NULL) == 0;
	}
	return n;
}

static rebuff_status show(const setup_scratch *s, rebuff_error *err)
{
	rebuff_status status = REBUFF_OK;
	for (size_t i = 0; status == REBUFF_OK && files[i]; i++) {
		char now[SETUP_PATH_BYTES], then[SETUP_PATH_BYTES], stays[SETUP_PATH_BYTES];
		(void)snprintf(now, sizeof now, FOLDER "/%s", files[i]);
		(void)snprintf(then, sizeof then, "%s/%s", s->folder, files[i]);
		(void)snprintf(stays, sizeof stays, FOLDER "/%s stays as it is.", files[i]);
		status = setup_show_diff(now, then, now, stays, err);
	}
	return status;
}

/* Services of master.cf that have a list of their own, in which rebuff is not. */
static void show_services_apart(setup_scratch *s)
{
	static const char *const argv[] = {POSTCONF, "-Px", "*/*/" LIST, NULL};
	char why[REBUFF_TEXT_MAX];
	FILE *in = setup_run(s, argv, why) == 0 ? fopen(s->said, "re") : NULL;
	while (in && fgets(s->line, sizeof s->line, in)) {
		size_t name = postfix_service_apart(s->line);
		if (name)
			printf("The service %.*s has a list of its own in " MASTER
			       ", and will not ask: docs/postfix.md tells what to add.\n",
				(int)name, s->line);
	}
	if (in)
		fclose(in);
}

static rebuff_status new_list(setup_scratch *s, bool undo, rebuff_error *err)
{
	static char list[POSTFIX_LIST_MAX];
	rebuff_error why;
	rebuff_status status = ask(s, "-h", LIST, list, err);
	if (status != REBUFF_OK)
		return status;
	status = undo ? postfix_list_remove(list, wanted, sizeof wanted, &why)
		      : postfix_list_add(list, wanted, sizeof wanted, &why);
	if (status == REBUFF_EPARSE && !undo)
		printf("What rebuff needs in " LIST " of " MAIN ":\n\n    " POSTFIX_CONF_PAIR
		       "\n\nbehind all that mail from outside is to go through, and before what "
		       "lets your own senders pass (docs/postfix.md).\n\n");
	return status == REBUFF_OK
		? REBUFF_OK
		: fail(err, status, MAIN ":%d: " LIST ": %s; nothing was changed", line_of(s, LIST),
			  why.text);
}

static rebuff_status plan(setup_scratch *s, bool undo, rebuff_error *err)
{
	rebuff_status status = check(s, FOLDER, "the configuration as it is now", err);
	if (status == REBUFF_OK && !undo)
		status = look_at_relaying(s, err);
	if (status == REBUFF_OK)
		status = new_list(s, undo, err);
	if (status == REBUFF_OK)
		status = copy(s, FOLDER, s->folder, ".before", err);
	if (status == REBUFF_OK)
		status = copy(s, FOLDER, s->folder, "", err);
	if (status == REBUFF_OK)
		status = edit(s, s->folder, undo, err);
	if (status == REBUFF_OK)
		status = check(s, s->folder, "the configuration as it would be", err);
	if (status == REBUFF_OK)
		status = show(s, err);
	if (status == REBUFF_OK && !undo)
		show_services_apart(s);
	return status;
}

/* ---- doing --------------------------------------------------------------------------------- */

/* A Postfix that does not run reads the new files when it is started. */
static bool reload(void)
{
	static const char *const runs[] = {POSTFIX, "status", NULL};
	static const char *const again[] = {POSTFIX, "reload", NULL};
	if (child_run(runs, "/dev/null") != 0) {
		puts("Postfix does not run.");
		return true;
	}
	return child_run(again, "/dev/null") == 0;
}

/* The user whom the engine's socket is for came with the package, perhaps after the engine's start.
 */
static void give_socket(void)
{
	if (access("/run/rebuff/alive", F_OK) == 0 && access("/run/rebuff/postfix.sock", F_OK) != 0)
		(void)setup_service("restart", "rebuff");
}

static rebuff_status unchanged(const setup_scratch *s, rebuff_error *err)
{
	return same(s->folder, ".before") == 2
		? REBUFF_OK
		: fail(err, REBUFF_EIO,
			  MAIN " or " MASTER " was changed meanwhile; nothing was done");
}

static rebuff_status switch_on(setup_scratch *s, rebuff_error *err)
{
	rebuff_status status = unchanged(s, err);
	if (status == REBUFF_OK)
		status = copy(s, FOLDER, FOLDER, KEPT, err);
	if (status == REBUFF_OK)
		status = edit(s, FOLDER, false, err);
	if (status != REBUFF_OK)
		return status;
	give_socket();
	setup_units(true, companions);
	if (!reload())
		return fail(err, REBUFF_EIO,
			"postfix reload failed (see its log): " MAIN KEPT " and " MASTER KEPT
			" are what it was; rebuff setup postfix --undo takes it out");
	puts("The old files are " MAIN KEPT " and " MASTER KEPT ".");
	return REBUFF_OK;
}

/* What Postfix leaves of the service in its queue's folder. */
static void take_socket(setup_scratch *s)
{
	static const char *const left[] = {"private/rebuff", "pid/unix.rebuff"};
	static char folder[POSTFIX_LIST_MAX];
	rebuff_error ignored;
	if (ask(s, "-hx", "queue_directory", folder, &ignored) != REBUFF_OK)
		return;
	for (size_t i = 0; i < sizeof left / sizeof *left; i++) {
		char path[SETUP_PATH_BYTES];
		(void)snprintf(path, sizeof path, "%.400s/%s", folder, left[i]);
		(void)unlink(path);
	}
}

static rebuff_status switch_off(setup_scratch *s, rebuff_error *err)
{
	rebuff_status status = unchanged(s, err);
	if (status == REBUFF_OK)
		status = edit(s, FOLDER, true, err);
	if (status != REBUFF_OK)
		return status;
	if (!reload())
		puts("postfix reload failed (see its log): until it is reloaded, rebuff is asked.");
	else
		take_socket(s);
	setup_units(false, companions);
	if (same(FOLDER, KEPT) == 2) {
		(void)unlink(MAIN KEPT);
		(void)unlink(MASTER KEPT);
		puts(MAIN " and " MASTER " are as they were.");
	} else {
		puts("What you have changed in " MAIN " and " MASTER
		     " since stays; what they were before is in " MAIN KEPT " and " MASTER KEPT
		     ".");
	}
	return REBUFF_OK;
}

const setup_mta setup_postfix = {.name = "postfix",
	.title = "Postfix",
	.look = look,
	.state = state,
	.plan = plan,
	.on = switch_on,
	.off = switch_off};
