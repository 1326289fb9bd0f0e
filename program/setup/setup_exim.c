/*
 * setup_exim.c - switch rebuff on in Debian's Exim, and off again.
 *
 * The package's files in conf.d only include /etc/exim4/rebuff/NAME; the one thing that switches
 * them on is the link of that name. Before it is made, the configuration is generated in a scratch
 * folder as it would be, checked by Exim, and compared with the one that runs. No conffile is ever
 * written.
 */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "common/fail.h"
#include "setup/setup.h"

#define LINK "/etc/exim4/rebuff"
#define CONF "/usr/lib/exim4-rebuff/conf"
#define OWN_CONFIGURATION "/etc/exim4/exim4.conf"
#define GENERATOR "/usr/sbin/update-exim4.conf"

static const char *const companions[] = {
	"rebuff-exim-log.service", "rebuff-exim-mtactl.socket", NULL};

/* ---- the configuration --------------------------------------------------------------------- */

static rebuff_status look(rebuff_error *err)
{
	if (access(GENERATOR, X_OK) != 0)
		return fail(err, REBUFF_ENOENT,
			"%s is not there: expected Debian's Exim (exim4-config); for another "
			"one docs/exim.md tells what to include where",
			GENERATOR);
	if (access(OWN_CONFIGURATION, F_OK) == 0)
		return fail(err, REBUFF_EIO,
			"%s is there, and Exim reads that instead of what Debian generates: "
			"include the files of %s in it yourself (docs/exim.md)",
			OWN_CONFIGURATION, CONF);
	if (access(CONF "/main", R_OK) != 0)
		return fail(err, REBUFF_ENOENT, "%s/main is not there: install exim4-rebuff", CONF);
	return REBUFF_OK;
}

static rebuff_status check(
	setup_scratch *s, const char *configuration, const char *what, rebuff_error *err)
{
	char shown[REBUFF_TEXT_MAX];
	const char *const argv[] = {"/usr/sbin/exim4", "-bV", "-C", configuration, NULL};
	if (setup_run(s, argv, shown) != 0)
		return fail(err, REBUFF_EPARSE, "Exim refuses %s: %s; nothing was changed", what,
			shown);
	return REBUFF_OK;
}

static rebuff_status generate(setup_scratch *s, rebuff_error *err)
{
	char shown[REBUFF_TEXT_MAX];
	const char *const argv[] = {GENERATOR, "-o", s->before, NULL};
	if (setup_run(s, argv, shown) != 0)
		return fail(
			err, REBUFF_EPARSE, "%s fails: %s; nothing was changed", GENERATOR, shown);
	return check(s, s->before, "the configuration as it is now", err);
}

/* As it would be with the link, or, `off`, without: our includes are there, or they are not.
 * *found: how many there are. */
static rebuff_status rewrite(setup_scratch *s, bool off, int *found, rebuff_error *err)
{
	static const char ours[] = ".include_if_exists " LINK "/";
	FILE *in = fopen(s->before, "re"), *out = in ? fopen(s->after, "we") : NULL;
	*found = 0;
	while (out && fgets(s->line, sizeof s->line, in)) {
		if (strncmp(s->line, ours, sizeof ours - 1) != 0) {
			fputs(s->line, out);
			continue;
		}
		++*found;
		if (!off)
			fprintf(out, ".include %s/%s", CONF, s->line + sizeof ours - 1);
	}
	bool well = out && !ferror(in) && fclose(out) == 0;
	if (in)
		fclose(in);
	return well ? REBUFF_OK : fail(err, REBUFF_EIO, "%s: %s", s->after, strerror(errno));
}

/* ---- what is set already ------------------------------------------------------------------- */

/* Options that rebuff sets, and that Exim takes once. */
static const char *const options_of_ours[] = {"event_action", "local_scan_path"};

static const char *sets(const char *line)
{
	line += strspn(line, " \t");
	for (size_t i = 0; i < sizeof options_of_ours / sizeof *options_of_ours; i++) {
		size_t n = strlen(options_of_ours[i]);
		if (strncmp(line, options_of_ours[i], n) == 0 &&
			line[n + strspn(line + n, " \t")] == '=')
			return options_of_ours[i];
	}
	return NULL;
}

/* The first line of a file that sets one of them: fills where ("FILE:LINE") and returns the option.
 */
static const char *find_in(setup_scratch *s, const char *file, char where[SETUP_PATH_BYTES])
{
	FILE *in = fopen(file, "re");
	const char *option = NULL;
	for (int n = 1; in && !option && fgets(s->line, sizeof s->line, in); n++) {
		option = sets(s->line);
		(void)snprintf(where, SETUP_PATH_BYTES, "%s:%d", file, n);
	}
	if (in)
		fclose(in);
	return option;
}

static const char *find_in_folder(
	setup_scratch *s, const char *folder, char where[SETUP_PATH_BYTES])
{
	char path[SETUP_PATH_BYTES];
	const char *option = NULL;
	DIR *d = opendir(folder);
	for (struct dirent *e; d && !option && (e = readdir(d));) {
		int n = snprintf(path, sizeof path, "%s/%s", folder, e->d_name);
		if (e->d_name[0] != '.' && n > 0 && (size_t)n < sizeof path)
			option = find_in(s, path, where);
	}
	if (d)
		closedir(d);
	return option;
}

/* Where the administrator wrote it: in conf.d, or in what the generated configuration was made of.
 */
static const char *find_source(setup_scratch *s, char where[SETUP_PATH_BYTES])
{
	static const char *const folders[] = {"/etc/exim4/conf.d/main",
		"/etc/exim4/conf.d/transport", "/etc/exim4/conf.d/router", "/etc/exim4/conf.d/acl",
		"/etc/exim4/conf.d/retry"};
	static const char *const files[] = {
		"/etc/exim4/exim4.conf.localmacros", "/etc/exim4/exim4.conf.template"};
	const char *option = NULL;
	for (size_t i = 0; !option && i < sizeof folders / sizeof *folders; i++)
		option = find_in_folder(s, folders[i], where);
	for (size_t i = 0; !option && i < sizeof files / sizeof *files; i++)
		option = find_in(s, files[i], where);
	return option;
}

static rebuff_status look_for_others(setup_scratch *s, rebuff_error *err)
{
	char where[SETUP_PATH_BYTES], source[SETUP_PATH_BYTES];
	const char *option = find_in(s, s->before, where);
	if (!option)
		return REBUFF_OK;
	const char *written = find_source(s, source);
	return fail(err, REBUFF_EPARSE,
		"%s is set already (%s): Exim takes it once, and rebuff needs it. Take it out "
		"there, "
		"or include the files of %s by hand beside it (docs/exim.md); nothing was changed",
		option,
		written && strcmp(written, option) == 0 ? source : "in what Debian generates",
		CONF);
}

/* ---- showing ------------------------------------------------------------------------------- */

/* Without the lines that say where others come from: # 12 "FILE". */
static bool strip_places(setup_scratch *s, const char *from, const char *to)
{
	FILE *in = fopen(from, "re"), *out = in ? fopen(to, "we") : NULL;
	while (out && fgets(s->line, sizeof s->line, in))
		if (strncmp(s->line, "# ", 2) != 0 || s->line[2] < '0' || s->line[2] > '9')
			fputs(s->line, out);
	bool well = out && !ferror(in) && fclose(out) == 0;
	if (in)
		fclose(in);
	return well;
}

/* The configuration as Exim understands it: what it includes is in it, comments are not. */
static rebuff_status show(setup_scratch *s, const char *configuration, char shown[SETUP_PATH_BYTES],
	rebuff_error *err)
{
	char why[REBUFF_TEXT_MAX];
	(void)snprintf(shown, SETUP_PATH_BYTES, "%.400s.shown", configuration);
	const char *const argv[] = {"/usr/sbin/exim4", "-C", configuration, "-bP", "config", NULL};
	if (setup_run(s, argv, why) != 0)
		return fail(err, REBUFF_EPARSE, "Exim cannot print %s: %s", configuration, why);
	if (!strip_places(s, s->said, shown))
		return fail(err, REBUFF_EIO, "%s: %s", shown, strerror(errno));
	return REBUFF_OK;
}

static rebuff_status show_change(setup_scratch *s, rebuff_error *err)
{
	char before[SETUP_PATH_BYTES], after[SETUP_PATH_BYTES];
	rebuff_status status = show(s, s->before, before, err);
	if (status == REBUFF_OK)
		status = show(s, s->after, after, err);
	return status == REBUFF_OK ? setup_show_diff(before, after, "Exim's configuration",
					     "Exim's configuration stays as it is.", err)
				   : status;
}

/* ---- doing --------------------------------------------------------------------------------- */

static rebuff_status regenerate(setup_scratch *s, rebuff_error *err)
{
	char shown[REBUFF_TEXT_MAX];
	const char *const argv[] = {GENERATOR, NULL};
	if (setup_run(s, argv, shown) != 0)
		return fail(err, REBUFF_EPARSE, "%s fails: %s", GENERATOR, shown);
	return REBUFF_OK;
}

static void reload(void)
{
	if (!setup_service("reload", "exim4"))
		puts("Exim was not reloaded: until it is, a running daemon goes on as before.");
}

static rebuff_status switch_on(setup_scratch *s, rebuff_error *err)
{
	if (symlink(CONF, LINK) != 0)
		return fail(err, REBUFF_EIO, LINK ": %s", strerror(errno));
	rebuff_status status = regenerate(s, err);
	if (status != REBUFF_OK) {
		rebuff_error ignored;
		(void)unlink(LINK);
		(void)regenerate(s, &ignored);
		return status;
	}
	reload();
	setup_units(true, companions);
	return REBUFF_OK;
}

static rebuff_status switch_off(setup_scratch *s, rebuff_error *err)
{
	setup_units(false, companions);
	if (unlink(LINK) != 0)
		return fail(err, REBUFF_EIO, LINK ": %s", strerror(errno));
	rebuff_status status = regenerate(s, err);
	if (status == REBUFF_OK)
		reload();
	return status;
}

static rebuff_status state(setup_scratch *s, bool *on, rebuff_error *err)
{
	char to[SETUP_PATH_BYTES];
	(void)s;
	ssize_t n = readlink(LINK, to, sizeof to - 1);
	*on = n >= 0;
	if (n < 0 && errno == ENOENT)
		return REBUFF_OK;
	to[n < 0 ? 0 : n] = '\0';
	if (strcmp(to, CONF) != 0)
		return fail(err, REBUFF_EIO,
			"%s is not a link to %s: it is yours, move it away first", LINK, CONF);
	return REBUFF_OK;
}

static rebuff_status plan(setup_scratch *s, bool undo, rebuff_error *err)
{
	int found = 0;
	rebuff_status status = generate(s, err);
	if (status == REBUFF_OK)
		status = rewrite(s, undo, &found, err);
	if (status == REBUFF_OK && found == 0)
		return fail(err, REBUFF_ENOENT,
			"Debian's unsplit configuration has not taken up rebuff's files: run "
			"update-exim4.conf.template -r (it writes exim4.conf.template anew from "
			"conf.d), then this again");
	if (status == REBUFF_OK && !undo)
		status = look_for_others(s, err);
	if (status == REBUFF_OK)
		status = check(s, s->after, "the configuration as it would be", err);
	return status == REBUFF_OK ? show_change(s, err) : status;
}

const setup_mta setup_exim = {.name = "exim",
	.title = "Exim",
	.look = look,
	.state = state,
	.plan = plan,
	.on = switch_on,
	.off = switch_off};
