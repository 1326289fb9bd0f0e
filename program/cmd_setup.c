/*
 * cmd_setup.c - rebuff setup exim: switch rebuff on in Debian's Exim, and off again.
 *
 * The package's files in conf.d only include /etc/exim4/rebuff/NAME; the one thing that switches
 * them on is the link of that name. Before it is made, the configuration is generated in a scratch
 * folder as it would be, checked by Exim, and compared with the one that runs. No conffile is ever
 * written.
 */
#include "command.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "arguments.h"
#include "child.h"
#include "fail.h"
#include "print.h"
#include "text.h"

#define LINK "/etc/exim4/rebuff"
#define CONF "/usr/lib/exim4-rebuff/conf"
#define OWN_CONFIGURATION "/etc/exim4/exim4.conf"
#define GENERATOR "/usr/sbin/update-exim4.conf"

enum { PATH_BYTES = 512, LINE_BYTES = 65536 };

typedef struct {
	char folder[64];
	char before[PATH_BYTES], after[PATH_BYTES]; /* configurations as generated */
	char said[PATH_BYTES]; /* what a command printed */
	char line[LINE_BYTES];
} scratch;

/* ---- the scratch folder ------------------------------------------------------------------------
 */

static rebuff_status make_scratch(scratch *s, rebuff_error *err)
{
	(void)snprintf(s->folder, sizeof s->folder, "/tmp/rebuff-setup-XXXXXX");
	if (!mkdtemp(s->folder))
		return fail(err, REBUFF_EIO, "%s: %s", s->folder, strerror(errno));
	(void)snprintf(s->before, sizeof s->before, "%s/before", s->folder);
	(void)snprintf(s->after, sizeof s->after, "%s/after", s->folder);
	(void)snprintf(s->said, sizeof s->said, "%s/said", s->folder);
	return REBUFF_OK;
}

static void remove_scratch(const scratch *s)
{
	static const char *const names[] = {
		"before", "after", "said", "before.shown", "after.shown"};
	char path[PATH_BYTES];
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		(void)snprintf(path, sizeof path, "%s/%s", s->folder, names[i]);
		(void)unlink(path);
	}
	(void)rmdir(s->folder);
}

/* The last line that a command printed says best what went wrong. */
static const char *last_line(scratch *s, char shown[REBUFF_TEXT_MAX])
{
	FILE *in = fopen(s->said, "re");
	shown[0] = '\0';
	while (in && fgets(s->line, sizeof s->line, in)) {
		size_t len = strcspn(s->line, "\n");
		if (len)
			(void)text_escape(shown, REBUFF_TEXT_MAX, s->line, len);
	}
	if (in)
		fclose(in);
	return shown;
}

/* ---- the configuration -------------------------------------------------------------------------
 */

static rebuff_status look_around(rebuff_error *err)
{
	if (geteuid() != 0)
		return fail(err, REBUFF_EIO,
			"setup needs root: it reads and reloads Exim's "
			"configuration");
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
	scratch *s, const char *configuration, const char *what, rebuff_error *err)
{
	char shown[REBUFF_TEXT_MAX];
	const char *const argv[] = {"/usr/sbin/exim4", "-bV", "-C", configuration, NULL};
	if (child_run(argv, s->said) != 0)
		return fail(err, REBUFF_EPARSE, "Exim refuses %s: %s; nothing was changed", what,
			last_line(s, shown));
	return REBUFF_OK;
}

static rebuff_status generate(scratch *s, rebuff_error *err)
{
	char shown[REBUFF_TEXT_MAX];
	const char *const argv[] = {GENERATOR, "-o", s->before, NULL};
	if (child_run(argv, s->said) != 0)
		return fail(err, REBUFF_EPARSE, "%s fails: %s; nothing was changed", GENERATOR,
			last_line(s, shown));
	return check(s, s->before, "the configuration as it is now", err);
}

/* As it would be with the link, or, `off`, without: our includes are there, or they are not.
 * *found: how many there are. */
static rebuff_status rewrite(scratch *s, bool off, int *found, rebuff_error *err)
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

/* ---- what is set already -----------------------------------------------------------------------
 */

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
static const char *find_in(scratch *s, const char *file, char where[PATH_BYTES])
{
	FILE *in = fopen(file, "re");
	const char *option = NULL;
	for (int n = 1; in && !option && fgets(s->line, sizeof s->line, in); n++) {
		option = sets(s->line);
		(void)snprintf(where, PATH_BYTES, "%s:%d", file, n);
	}
	if (in)
		fclose(in);
	return option;
}

static const char *find_in_folder(scratch *s, const char *folder, char where[PATH_BYTES])
{
	char path[PATH_BYTES];
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
static const char *find_source(scratch *s, char where[PATH_BYTES])
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

static rebuff_status look_for_others(scratch *s, rebuff_error *err)
{
	char where[PATH_BYTES], source[PATH_BYTES];
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

/* ---- showing -----------------------------------------------------------------------------------
 */

/* Without the lines that say where others come from: # 12 "FILE". */
static bool strip_places(scratch *s, const char *from, const char *to)
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
static rebuff_status show(
	scratch *s, const char *configuration, char shown[PATH_BYTES], rebuff_error *err)
{
	char why[REBUFF_TEXT_MAX];
	(void)snprintf(shown, PATH_BYTES, "%.400s.shown", configuration);
	const char *const argv[] = {"/usr/sbin/exim4", "-C", configuration, "-bP", "config", NULL};
	if (child_run(argv, s->said) != 0)
		return fail(err, REBUFF_EPARSE, "Exim cannot print %s: %s", configuration,
			last_line(s, why));
	if (!strip_places(s, s->said, shown))
		return fail(err, REBUFF_EIO, "%s: %s", shown, strerror(errno));
	return REBUFF_OK;
}

static rebuff_status show_change(scratch *s, rebuff_error *err)
{
	char before[PATH_BYTES], after[PATH_BYTES];
	rebuff_status status = show(s, s->before, before, err);
	if (status == REBUFF_OK)
		status = show(s, s->after, after, err);
	if (status != REBUFF_OK)
		return status;
	const char *const argv[] = {"diff", "-u", "--label", "Exim's configuration now", "--label",
		"Exim's configuration then", before, after, NULL};
	(void)fflush(stdout);
	int differs = child_run(argv, NULL);
	if (differs > 1)
		return fail(err, REBUFF_EIO, "diff could not compare %s and %s", before, after);
	if (differs == 0)
		puts("Exim's configuration stays as it is.");
	return REBUFF_OK;
}

/* ---- doing -------------------------------------------------------------------------------------
 */

static bool agreed(bool yes, const char *question)
{
	char answer[16] = "";
	if (yes)
		return true;
	if (!isatty(STDIN_FILENO)) {
		puts("Nothing was changed: --yes does it.");
		return false;
	}
	printf("%s [y/N] ", question);
	(void)fflush(stdout);
	return fgets(answer, sizeof answer, stdin) && (answer[0] == 'y' || answer[0] == 'Y');
}

static bool systemd_runs(void)
{
	return access("/run/systemd/system", F_OK) == 0;
}

static rebuff_status regenerate(scratch *s, rebuff_error *err)
{
	char shown[REBUFF_TEXT_MAX];
	const char *const argv[] = {GENERATOR, NULL};
	if (child_run(argv, s->said) != 0)
		return fail(err, REBUFF_EPARSE, "%s fails: %s", GENERATOR, last_line(s, shown));
	return REBUFF_OK;
}

static void reload(void)
{
	static const char *const with_systemd[] = {"systemctl", "reload", "exim4.service", NULL};
	if (!systemd_runs())
		puts("Reload Exim: there is no systemd here to do it.");
	else if (child_run(with_systemd, NULL) != 0)
		puts("Exim was not reloaded: see systemctl status exim4.service");
}

static void companions(bool on)
{
	static const char *const start[] = {"systemctl", "enable", "--now",
		"rebuff-exim-log.service", "rebuff-exim-mtactl.socket", NULL};
	static const char *const stop[] = {"systemctl", "disable", "--now",
		"rebuff-exim-log.service", "rebuff-exim-mtactl.socket", NULL};
	if (systemd_runs() && child_run(on ? start : stop, NULL) != 0)
		printf("rebuff-exim-log.service and rebuff-exim-mtactl.socket were not %s: see "
		       "systemctl status\n",
			on ? "started" : "stopped");
}

static rebuff_status switch_on(scratch *s, rebuff_error *err)
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
	companions(true);
	puts("rebuff is switched on in Exim. It observes until rebuff mode act.");
	return REBUFF_OK;
}

static rebuff_status switch_off(scratch *s, rebuff_error *err)
{
	companions(false);
	if (unlink(LINK) != 0)
		return fail(err, REBUFF_EIO, LINK ": %s", strerror(errno));
	rebuff_status status = regenerate(s, err);
	if (status == REBUFF_OK) {
		reload();
		puts("rebuff is switched off in Exim.");
	}
	return status;
}

/* ---- the command -------------------------------------------------------------------------------
 */

typedef struct {
	bool undo, dry_run, yes;
} wish;

/* 1: our link is there, 0: nothing is, -1: something else. */
static int linked(void)
{
	char to[PATH_BYTES];
	ssize_t n = readlink(LINK, to, sizeof to - 1);
	if (n < 0)
		return errno == ENOENT ? 0 : -1;
	to[n] = '\0';
	return strcmp(to, CONF) == 0 ? 1 : -1;
}

static rebuff_status prepare(scratch *s, const wish *w, rebuff_error *err)
{
	int found = 0;
	rebuff_status status = generate(s, err);
	if (status == REBUFF_OK)
		status = rewrite(s, w->undo, &found, err);
	if (status == REBUFF_OK && found == 0)
		return fail(err, REBUFF_ENOENT,
			"Debian's unsplit configuration has not taken up rebuff's files: run "
			"update-exim4.conf.template -r (it writes exim4.conf.template anew from "
			"conf.d), then this again");
	if (status == REBUFF_OK && !w->undo)
		status = look_for_others(s, err);
	if (status == REBUFF_OK)
		status = check(s, s->after, "the configuration as it would be", err);
	return status == REBUFF_OK ? show_change(s, err) : status;
}

static rebuff_status setup(scratch *s, const wish *w, rebuff_error *err)
{
	int is = linked();
	if (is < 0)
		return fail(err, REBUFF_EIO,
			"%s is not a link to %s: it is yours, move it away first", LINK, CONF);
	if (w->undo ? is == 0 : is == 1) {
		printf("rebuff is switched %s in Exim already.\n", w->undo ? "off" : "on");
		return REBUFF_OK;
	}
	rebuff_status status = prepare(s, w, err);
	if (status != REBUFF_OK)
		return status;
	if (w->dry_run) {
		puts("Nothing was changed (--dry-run).");
		return REBUFF_OK;
	}
	if (!agreed(w->yes, w->undo ? "Switch rebuff off in Exim?" : "Switch rebuff on in Exim?"))
		return REBUFF_OK;
	return w->undo ? switch_off(s, err) : switch_on(s, err);
}

static int run(const command_options *options, int argc, char **argv)
{
	static scratch s;
	const char *mta = NULL;
	wish w = {false, false, false};
	const argument known[] = {{"--undo", NULL, &w.undo}, {"--dry-run", NULL, &w.dry_run},
		{"--yes", NULL, &w.yes}, {NULL, NULL, NULL}};
	rebuff_error err = {.status = REBUFF_OK};
	int n;
	(void)options;
	if (arguments_read(&command_setup, known, argc, argv, &mta, 1, &n))
		return 2;
	if (!mta || strcmp(mta, "exim") != 0)
		return command_usage(&command_setup, "which mail server? exim is known");
	rebuff_status status = look_around(&err);
	if (status == REBUFF_OK)
		status = make_scratch(&s, &err);
	if (status == REBUFF_OK) {
		status = setup(&s, &w, &err);
		remove_scratch(&s);
	}
	return status == REBUFF_OK ? print_end() : command_fail(&err);
}

const command command_setup = {.name = "setup",
	.usage = "exim [--dry-run | --undo] [--yes]",
	.summary = "switch rebuff on in Debian's Exim, and off again",
	.help = "  --dry-run  only show what would change\n"
		"  --undo     switch it off again\n"
		"  --yes      do not ask\n\n"
		"The configuration is generated in a scratch folder, checked with exim4 -bV -C "
		"and\n"
		"compared with the one that runs; then one link, " LINK ", switches it\n"
		"on. No file of yours is edited: an option that you have set yourself is named.\n",
	.run = run};
