/*
 * setup_smtpd.c - switch rebuff on in OpenSMTPD, and off again.
 *
 * /etc/smtpd.conf gets lines on top and a filter at each listener and relay (smtpd_conf.h); the old
 * file stays beside it. A link makes the unit's drop-in, which starts smtpd with outgoing mail
 * stopped until the pauses are back.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/child.h"
#include "common/fail.h"
#include "setup/setup.h"
#include "setup/smtpd_conf.h"

#define CONF "/etc/smtpd.conf"
#define KEPT CONF ".before-rebuff"
#define NEXT CONF ".rebuff-new"
#define SMTPD "/usr/sbin/smtpd"
#define FILTER "/usr/libexec/opensmtpd/filter-rebuff"
#define MTACTL "/usr/libexec/rebuff/rebuff-mtactl"
#define DROP_IN "/usr/lib/opensmtpd-filter-rebuff/opensmtpd.service.conf"
#define DROP_IN_FOLDER "/etc/systemd/system/opensmtpd.service.d"
#define DROP_IN_LINK DROP_IN_FOLDER "/rebuff.conf"

static const char *const companions[] = {"rebuff-smtpd-log.service", "rebuff-smtpd-mtactl.socket",
	"rebuff-smtpd-mtactl.service", NULL};

/* ---- files --------------------------------------------------------------------------------- */

static rebuff_status read_text(const char *path, char text[SMTPD_CONF_MAX], rebuff_error *err)
{
	FILE *in = fopen(path, "re");
	if (!in)
		return fail(err, REBUFF_ENOENT, "%s: %s", path, strerror(errno));
	size_t n = fread(text, 1, SMTPD_CONF_MAX, in);
	bool well = !ferror(in);
	fclose(in);
	if (!well || n == SMTPD_CONF_MAX || memchr(text, '\0', n))
		return fail(err, REBUFF_ELIMIT,
			"%s cannot be read, is longer than %d bytes, or has a NUL in it", path,
			SMTPD_CONF_MAX - 1);
	text[n] = '\0';
	return REBUFF_OK;
}

static rebuff_status write_text(const char *path, const char *text, rebuff_error *err)
{
	FILE *out = fopen(path, "we");
	if (!out)
		return fail(err, REBUFF_EIO, "%s: %s", path, strerror(errno));
	bool well = fputs(text, out) >= 0 && fflush(out) == 0 && fsync(fileno(out)) == 0;
	well = fclose(out) == 0 && well;
	return well ? REBUFF_OK : fail(err, REBUFF_EIO, "%s: %s", path, strerror(errno));
}

/* Put `text` in the place of the configuration, with its owner and mode. */
static rebuff_status replace(const char *text, rebuff_error *err)
{
	struct stat st;
	if (stat(CONF, &st) != 0)
		return fail(err, REBUFF_EIO, CONF ": %s", strerror(errno));
	rebuff_status status = write_text(NEXT, text, err);
	if (status == REBUFF_OK &&
		(chown(NEXT, st.st_uid, st.st_gid) != 0 || chmod(NEXT, st.st_mode & 07777) != 0 ||
			rename(NEXT, CONF) != 0))
		status = fail(err, REBUFF_EIO, NEXT ": %s", strerror(errno));
	if (status != REBUFF_OK)
		(void)unlink(NEXT);
	return status;
}

static rebuff_status same_as(const char *path, const char *text, bool *same, rebuff_error *err)
{
	static char other[SMTPD_CONF_MAX];
	rebuff_status status = read_text(path, other, err);
	*same = status == REBUFF_OK && strcmp(other, text) == 0;
	return status;
}

/* ---- looking ------------------------------------------------------------------------------- */

static rebuff_status look(rebuff_error *err)
{
	struct stat st;
	if (access(SMTPD, X_OK) != 0)
		return fail(err, REBUFF_ENOENT, SMTPD " is not there: expected OpenSMTPD");
	if (access(FILTER, X_OK) != 0 || access(DROP_IN, R_OK) != 0)
		return fail(err, REBUFF_ENOENT,
			FILTER " or " DROP_IN " is not there: install opensmtpd-filter-rebuff");
	if (lstat(CONF, &st) != 0)
		return fail(err, REBUFF_ENOENT, CONF ": %s", strerror(errno));
	if (!S_ISREG(st.st_mode))
		return fail(err, REBUFF_EIO,
			CONF
			" is no file of its own (a link?): it is yours to edit. Add to it:\n%s",
			smtpd_conf_by_hand);
	return REBUFF_OK;
}

static rebuff_status state(setup_scratch *s, bool *on, rebuff_error *err)
{
	static char text[SMTPD_CONF_MAX];
	int line;
	(void)s;
	rebuff_status status = read_text(CONF, text, err);
	if (status != REBUFF_OK)
		return status;
	smtpd_conf_state found = smtpd_conf_find(text, &line);
	*on = found == SMTPD_CONF_OURS;
	if (found == SMTPD_CONF_BY_HAND)
		return fail(err, REBUFF_EPARSE,
			CONF ":%d: the filter \"rebuff\" is there already, put in by hand: add and "
			     "take out the rest by hand, too (docs/opensmtpd.md)",
			line);
	return REBUFF_OK;
}

static rebuff_status check(setup_scratch *s, const char *path, const char *what, rebuff_error *err)
{
	char why[REBUFF_TEXT_MAX];
	const char *const argv[] = {SMTPD, "-n", "-f", path, NULL};
	if (setup_run(s, argv, why) != 0)
		return fail(
			err, REBUFF_EPARSE, "smtpd refuses %s: %s; nothing was changed", what, why);
	return REBUFF_OK;
}

static void show_drop_in(bool undo)
{
	char to[SETUP_PATH_BYTES] = "";
	struct stat st;
	bool there = lstat(DROP_IN_LINK, &st) == 0;
	bool ours = readlink(DROP_IN_LINK, to, sizeof to - 1) > 0 && strcmp(to, DROP_IN) == 0;
	if (there && !ours)
		puts(DROP_IN_LINK " is yours and stays as it is.");
	else if (there == undo)
		printf("%s the link " DROP_IN_LINK "\n  to " DROP_IN "\n", undo ? "-" : "+");
}

static rebuff_status plan(setup_scratch *s, bool undo, rebuff_error *err)
{
	static char before[SMTPD_CONF_MAX], after[SMTPD_CONF_MAX];
	char note[REBUFF_TEXT_MAX] = "";
	rebuff_status status = check(s, CONF, "the configuration as it is now", err);
	if (status == REBUFF_OK)
		status = read_text(CONF, before, err);
	if (status == REBUFF_OK) {
		status = undo ? smtpd_conf_remove(before, after, sizeof after, err)
			      : smtpd_conf_add(before, after, sizeof after, note, err);
		if (status == REBUFF_EPARSE && !undo)
			printf("What rebuff needs in " CONF ":\n\n%s\n", smtpd_conf_by_hand);
		if (status != REBUFF_OK) {
			rebuff_error why = *err;
			return fail(err, status, CONF ": %s; nothing was changed", why.text);
		}
	}
	if (status == REBUFF_OK)
		status = write_text(s->before, before, err);
	if (status == REBUFF_OK)
		status = write_text(s->after, after, err);
	if (status == REBUFF_OK)
		status = check(s, s->after, "the configuration as it would be", err);
	if (status == REBUFF_OK)
		status = setup_show_diff(s->before, s->after, CONF, CONF " stays as it is.", err);
	if (status == REBUFF_OK && *note)
		puts(note);
	if (status == REBUFF_OK)
		show_drop_in(undo);
	return status;
}

/* ---- doing --------------------------------------------------------------------------------- */

static bool restart(void)
{
	static const char *const reload[] = {"systemctl", "daemon-reload", NULL};
	if (setup_systemd())
		(void)child_run(reload, NULL);
	return setup_service("restart", "opensmtpd");
}

static void put_drop_in(void)
{
	if ((mkdir(DROP_IN_FOLDER, 0755) != 0 && errno != EEXIST) ||
		(symlink(DROP_IN, DROP_IN_LINK) != 0 && errno != EEXIST))
		printf("The drop-in could not be put in (" DROP_IN_LINK ": %s): after a restart of "
		       "smtpd waiting mail goes out early.\n",
			strerror(errno));
}

static void take_drop_in(void)
{
	char to[SETUP_PATH_BYTES] = "";
	if (readlink(DROP_IN_LINK, to, sizeof to - 1) > 0 && strcmp(to, DROP_IN) == 0)
		(void)unlink(DROP_IN_LINK);
	(void)rmdir(DROP_IN_FOLDER);
}

/* The configuration that was planned from is still the one that is there. */
static rebuff_status unchanged(const setup_scratch *s, rebuff_error *err)
{
	static char text[SMTPD_CONF_MAX];
	bool same = false;
	rebuff_status status = read_text(s->before, text, err);
	if (status == REBUFF_OK)
		status = same_as(CONF, text, &same, err);
	return status == REBUFF_OK && !same
		? fail(err, REBUFF_EIO, CONF " was changed meanwhile; nothing was done")
		: status;
}

static rebuff_status switch_on(setup_scratch *s, rebuff_error *err)
{
	static char before[SMTPD_CONF_MAX], after[SMTPD_CONF_MAX];
	rebuff_status status = unchanged(s, err);
	if (status == REBUFF_OK)
		status = read_text(s->before, before, err);
	if (status == REBUFF_OK)
		status = read_text(s->after, after, err);
	if (status == REBUFF_OK)
		status = write_text(KEPT, before, err);
	if (status == REBUFF_OK && chmod(KEPT, 0600) != 0)
		status = fail(err, REBUFF_EIO, KEPT ": %s", strerror(errno));
	if (status == REBUFF_OK)
		status = replace(after, err);
	if (status != REBUFF_OK)
		return status;
	put_drop_in();
	setup_units(true, companions);
	if (!restart() && setup_systemd()) {
		take_drop_in();
		setup_units(false, companions);
		if (replace(before, err) == REBUFF_OK)
			(void)unlink(KEPT);
		(void)restart();
		return fail(err, REBUFF_EIO,
			"smtpd was not restarted (systemctl status opensmtpd): all is as it was");
	}
	puts("The old configuration is in " KEPT ".");
	return REBUFF_OK;
}

/* Mail that is paused would wait until smtpd's next start. */
static void hand_back(setup_scratch *s)
{
	static const char *const argv[] = {MTACTL, "-r", "hand-back", "opensmtpd", NULL};
	char why[REBUFF_TEXT_MAX];
	if (setup_run(s, argv, why) != 0)
		printf("rebuff-mtactl did not give paused mail back (%s): smtpctl resume envelope "
		       "does it, or smtpd's restart.\n",
			why);
}

static rebuff_status switch_off(setup_scratch *s, rebuff_error *err)
{
	static char after[SMTPD_CONF_MAX];
	bool same = false;
	rebuff_error ignored;
	rebuff_status status = unchanged(s, err);
	if (status == REBUFF_OK)
		status = read_text(s->after, after, err);
	if (status != REBUFF_OK)
		return status;
	hand_back(s);
	status = replace(after, err);
	if (status != REBUFF_OK)
		return status;
	take_drop_in();
	setup_units(false, companions);
	(void)restart();
	if (same_as(KEPT, after, &same, &ignored) == REBUFF_OK && same) {
		(void)unlink(KEPT);
		puts(CONF " is as it was.");
	} else {
		puts("What you have changed in " CONF " since stays; what it was before is in " KEPT
		     ".");
	}
	return REBUFF_OK;
}

const setup_mta setup_smtpd = {.name = "opensmtpd",
	.title = "OpenSMTPD",
	.look = look,
	.state = state,
	.plan = plan,
	.on = switch_on,
	.off = switch_off};
