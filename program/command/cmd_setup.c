/*
 * cmd_setup.c - rebuff setup: switch rebuff on in a mail server, and off again.
 *
 * The same steps for each (setup.h): its configuration is made anew in a scratch folder, checked by
 * the mail server itself, and shown as a difference; then it is asked for, then done.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/arguments.h"
#include "common/ask.h"
#include "common/command.h"
#include "common/fail.h"
#include "common/print.h"
#include "setup/setup.h"

typedef struct {
	bool undo, dry_run, yes;
	setup_wishes wishes;
} wish;

static rebuff_status make_scratch(setup_scratch *s, rebuff_error *err)
{
	(void)snprintf(s->folder, sizeof s->folder, "/tmp/rebuff-setup-XXXXXX");
	if (!mkdtemp(s->folder))
		return fail(err, REBUFF_EIO, "%s: %s", s->folder, strerror(errno));
	(void)snprintf(s->before, sizeof s->before, "%s/before", s->folder);
	(void)snprintf(s->after, sizeof s->after, "%s/after", s->folder);
	(void)snprintf(s->said, sizeof s->said, "%s/said", s->folder);
	return REBUFF_OK;
}

static void remove_scratch(const setup_scratch *s)
{
	static const char *const names[] = {"before", "after", "said", "before.shown",
		"after.shown", "main.cf", "master.cf", "main.cf.before", "master.cf.before"};
	char path[SETUP_PATH_BYTES];
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		(void)snprintf(path, sizeof path, "%s/%s", s->folder, names[i]);
		(void)unlink(path);
	}
	(void)rmdir(s->folder);
}

static bool agreed(const wish *w, const char *mta)
{
	char answer[16] = "";
	if (w->yes)
		return true;
	if (!isatty(STDIN_FILENO)) {
		puts("Nothing was changed: --yes does it.");
		return false;
	}
	printf("Switch rebuff %s in %s? [y/N] ", w->undo ? "off" : "on", mta);
	(void)fflush(stdout);
	return fgets(answer, sizeof answer, stdin) && (answer[0] == 'y' || answer[0] == 'Y');
}

static rebuff_status set_mode(const command_options *o, const char *mode, rebuff_error *err)
{
	char command_name[] = "mode", word[16];
	char *argv[] = {command_name, word, NULL};
	if (!mode)
		return REBUFF_OK;
	(void)snprintf(word, sizeof word, "%s", mode);
	return command_mode.run(o, 2, argv) == 0
		? REBUFF_OK
		: fail(err, REBUFF_EPOLICY, "the mode was not set: see above");
}

/* A running engine takes over what was written. */
static rebuff_status reload(const command_options *o, const setup_wishes *w, rebuff_error *err)
{
	if (!w->ips && !w->postmaster && !w->streams)
		return REBUFF_OK;
	rebuff_status status = ask_engine(o, "reload", err);
	return status == REBUFF_ENOENT ? REBUFF_OK : status;
}

static rebuff_status switch_on(const command_options *o, setup_scratch *s, const wish *w,
	const setup_mta *mta, rebuff_error *err)
{
	rebuff_status status = setup_wishes_write(o, &w->wishes, false, err);
	if (status == REBUFF_OK)
		status = reload(o, &w->wishes, err);
	if (status == REBUFF_OK)
		status = mta->on(s, err);
	if (status == REBUFF_OK)
		status = set_mode(o, w->wishes.mode, err);
	if (status == REBUFF_OK)
		printf("rebuff is switched on in %s.%s\n", mta->title,
			w->wishes.mode && strcmp(w->wishes.mode, "act") == 0
				? ""
				: " It observes until rebuff mode act.");
	return status;
}

static rebuff_status switch_off(setup_scratch *s, const setup_mta *mta, rebuff_error *err)
{
	rebuff_status status = mta->off(s, err);
	if (status == REBUFF_OK)
		printf("rebuff is switched off in %s.\n", mta->title);
	return status;
}

static rebuff_status setup(const command_options *o, setup_scratch *s, wish *w,
	const setup_mta *mta, rebuff_error *err)
{
	char answers[4][SETUP_ANSWER_BYTES];
	bool on = false;
	rebuff_status status = mta->state(s, &on, err);
	if (status != REBUFF_OK)
		return status;
	if (on != w->undo) {
		printf("rebuff is switched %s in %s already.\n", on ? "on" : "off", mta->title);
		return REBUFF_OK;
	}
	status = mta->plan(s, w->undo, err);
	if (status == REBUFF_OK && w->dry_run) {
		status = setup_wishes_write(o, &w->wishes, true, err);
		puts("Nothing was changed (--dry-run).");
		return status;
	}
	if (status == REBUFF_OK && !w->undo && !w->yes && isatty(STDIN_FILENO)) {
		setup_ask(&w->wishes, answers);
		status = setup_wishes_check(&w->wishes, err);
	}
	if (status != REBUFF_OK || !agreed(w, mta->title))
		return status;
	return w->undo ? switch_off(s, mta, err) : switch_on(o, s, w, mta, err);
}

static int run(const command_options *options, int argc, char **argv)
{
	static setup_scratch s;
	static const setup_mta *const mtas[] = {&setup_exim, &setup_smtpd, &setup_postfix};
	const char *name = "";
	wish w = {.undo = false};
	const argument known[] = {{"--undo", NULL, &w.undo}, {"--dry-run", NULL, &w.dry_run},
		{"--yes", NULL, &w.yes}, {"--ips", &w.wishes.ips, NULL},
		{"--postmaster", &w.wishes.postmaster, NULL},
		{"--streams", &w.wishes.streams, NULL}, {"--mode", &w.wishes.mode, NULL},
		{NULL, NULL, NULL}};
	rebuff_error err = {.status = REBUFF_OK};
	const setup_mta *mta = NULL;
	int n;
	if (arguments_read(&command_setup, known, argc, argv, &name, 1, &n))
		return 2;
	for (size_t i = 0; i < sizeof mtas / sizeof *mtas; i++)
		mta = strcmp(name, mtas[i]->name) == 0 ? mtas[i] : mta;
	if (!mta)
		return command_usage(
			&command_setup, "which mail server? exim, opensmtpd and postfix are known");
	if (setup_wishes_check(&w.wishes, &err) != REBUFF_OK)
		return command_usage(&command_setup, "%s", err.text);
	rebuff_status status = geteuid() == 0
		? mta->look(&err)
		: fail(&err, REBUFF_EIO,
			  "setup needs root: it reads %s's configuration and restarts it",
			  mta->title);
	if (status == REBUFF_OK)
		status = make_scratch(&s, &err);
	if (status == REBUFF_OK) {
		status = setup(options, &s, &w, mta, &err);
		remove_scratch(&s);
	}
	return status == REBUFF_OK ? print_end() : command_fail(&err);
}

const command command_setup = {.name = "setup",
	.usage = "exim|opensmtpd|postfix [--dry-run | --undo] [--yes] [--ips LIST] [--postmaster "
		 "ADDRESS] "
		 "[--streams LIST] [--mode observe|act]",
	.summary = "switch rebuff on in Debian's Exim, OpenSMTPD or Postfix, and off again",
	.help = "  --dry-run             only show what would change\n"
		"  --undo                switch it off again\n"
		"  --yes                 do not ask\n"
		"  --ips A,B             addresses that you send from, for rebuff check\n"
		"  --postmaster ADDRESS  whom alarms are mailed to\n"
		"  --streams LIST        kinds of mail by envelope sender: "
		"'news=news@*,list@*;codes=code@*'\n"
		"  --mode observe|act    act at once; without it, rebuff mode says\n\n"
		"On a terminal, what is not given is asked for. The new configuration is made in "
		"a\n"
		"scratch folder, checked by the mail server and shown. In Exim no file of yours "
		"is\n"
		"edited: one link, /etc/exim4/rebuff, switches rebuff on. /etc/smtpd.conf is "
		"edited, and\n"
		"postconf(1) edits Postfix's main.cf and master.cf; the old ones stay beside them, "
		"and\n"
		"what cannot be edited safely is named, with what to add.\n",
	.run = run};
