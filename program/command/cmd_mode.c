/* cmd_mode.c - rebuff mode: act, or only observe. The setting is policy: it is kept in mode.lua of
 * the operator's folder, which this command writes and the policy's loader reads last. */
#include "common/command.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/arguments.h"
#include "common/ask.h"
#include "common/fail.h"
#include "common/print.h"

enum { SETTINGS_MAX = 256, LINE_BYTES = 256, PATH_BYTES = 4096 };

static const char head[] =
	"-- Written by rebuff mode, which reads only lines of this form. Read after "
	"everything else.\n";
static const char default_form[] = "rebuff.default.mode = \"%15[a-z]\"";
static const char provider_form[] = "rebuff.provider(\"%63[a-z0-9._-]\").mode = \"%15[a-z]\"";

typedef struct {
	char provider[REBUFF_NAME_MAX]; /* "" the default */
	char mode[16];
} setting;

typedef struct {
	char path[PATH_BYTES], next[PATH_BYTES];
	setting list[SETTINGS_MAX];
	size_t n;
} modes;

static rebuff_status name_file(const command_options *o, modes *m, rebuff_error *err)
{
	const char *dir = o->config_dir ? o->config_dir : "/etc/rebuff";
	int n = snprintf(m->path, sizeof m->path, "%s/mode.lua", dir);
	if (n < 0 || (size_t)n >= sizeof m->path - 4)
		return fail(err, REBUFF_ELIMIT, "%s: the path is too long", dir);
	memcpy(m->next, m->path, (size_t)n);
	memcpy(m->next + n, ".new", 5);
	return REBUFF_OK;
}

/* A line of mode.lua. False: it is not one that this command writes. */
static bool read_line(modes *m, const char *line)
{
	setting *s = &m->list[m->n];
	*s = (setting){.provider = ""};
	if (line[0] == '\n' || strncmp(line, "--", 2) == 0)
		return true;
	if (m->n == SETTINGS_MAX ||
		(sscanf(line, default_form, s->mode) != 1 &&
			sscanf(line, provider_form, s->provider, s->mode) != 2))
		return false;
	m->n++;
	return true;
}

static rebuff_status read_file(modes *m, rebuff_error *err)
{
	char line[LINE_BYTES];
	FILE *in = fopen(m->path, "re");
	if (!in && errno == ENOENT)
		return REBUFF_OK;
	if (!in)
		return fail(err, REBUFF_EIO, "%s: %s", m->path, strerror(errno));
	rebuff_status status = REBUFF_OK;
	for (int n = 1; status == REBUFF_OK && fgets(line, sizeof line, in); n++) {
		if (!read_line(m, line))
			status = fail(err, REBUFF_EPARSE,
				"%s:%d: not a line that rebuff mode writes; move what else you "
				"want "
				"to set to defaults.lua",
				m->path, n);
	}
	fclose(in);
	return status;
}

static rebuff_status set(modes *m, const char *provider, const char *mode, rebuff_error *err)
{
	size_t i = 0;
	while (i < m->n && strcmp(m->list[i].provider, provider) != 0)
		i++;
	if (i == SETTINGS_MAX)
		return fail(
			err, REBUFF_ELIMIT, "%s: %d settings are enough", m->path, SETTINGS_MAX);
	snprintf(m->list[i].provider, sizeof m->list[i].provider, "%s", provider);
	snprintf(m->list[i].mode, sizeof m->list[i].mode, "%s", mode);
	m->n += i == m->n;
	return REBUFF_OK;
}

static bool write_settings(const modes *m, FILE *out)
{
	fputs(head, out);
	for (size_t i = 0; i < m->n; i++) {
		const setting *s = &m->list[i];
		if (*s->provider)
			fprintf(out, "rebuff.provider(\"%s\").mode = \"%s\"\n", s->provider,
				s->mode);
		else
			fprintf(out, "rebuff.default.mode = \"%s\"\n", s->mode);
	}
	return fflush(out) == 0 && fsync(fileno(out)) == 0 && fchmod(fileno(out), 0644) == 0;
}

static rebuff_status write_file(const modes *m, rebuff_error *err)
{
	FILE *out = fopen(m->next, "we");
	if (!out)
		return fail(err, REBUFF_EIO, "%s: %s", m->next, strerror(errno));
	bool written = write_settings(m, out);
	if (fclose(out) != 0 || !written) {
		int why = errno;
		unlink(m->next);
		return fail(err, REBUFF_EIO, "%s: cannot be written: %s", m->next, strerror(why));
	}
	return REBUFF_OK;
}

/* Has a policy file been written for this provider? Another name would have no effect at all. */
static bool is_provider(const command_options *o, const char *name)
{
	char space[COMMAND_PATH_MAX], path[2 * PATH_BYTES];
	const char *shipped = command_data_dir(o, space);
	const char *const dirs[] = {o->config_dir ? o->config_dir : "/etc/rebuff",
		shipped ? shipped : "/usr/share/rebuff"};
	for (size_t i = 0; i < sizeof dirs / sizeof *dirs; i++) {
		int n = snprintf(path, sizeof path, "%s/providers/%s.lua", dirs[i], name);
		if (n > 0 && (size_t)n < sizeof path && access(path, F_OK) == 0)
			return true;
	}
	return false;
}

/* Does the whole policy load? */
static rebuff_status try_policy(const command_options *o, rebuff_error *err)
{
	char space[COMMAND_PATH_MAX];
	rebuff_ctx *ctx = NULL;
	rebuff_options options = {.size = sizeof options,
		.data_dir = command_data_dir(o, space),
		.config_dir = o->config_dir};
	rebuff_status status = rebuff_open(&options, &ctx, err);
	rebuff_close(&ctx);
	return status;
}

/* Put the new file in place of the old one; back again when the policy does not load with it. */
static rebuff_status replace_file(const command_options *o, const modes *m, rebuff_error *err)
{
	char kept[PATH_BYTES + 8];
	snprintf(kept, sizeof kept, "%s.old", m->path);
	bool had = rename(m->path, kept) == 0;
	rebuff_status status = rename(m->next, m->path) == 0
		? try_policy(o, err)
		: fail(err, REBUFF_EIO, "%s: %s", m->path, strerror(errno));
	/* err may tell of a file that need not be there: the status alone counts. */
	if (status == REBUFF_OK) {
		unlink(kept);
		err->status = REBUFF_OK;
		return REBUFF_OK;
	}
	unlink(m->next);
	if (had)
		(void)!rename(kept, m->path);
	else
		unlink(m->path);
	return status;
}

/* Returns whether a running engine has taken it over; false when none runs. */
static rebuff_status reload(const command_options *o, bool *taken, rebuff_error *err)
{
	rebuff_status status = ask_engine(o, "reload", err);
	*taken = status == REBUFF_OK;
	return status == REBUFF_ENOENT ? REBUFF_OK : status;
}

static void show(const command_options *o, const modes *m)
{
	const char *general = NULL;
	for (size_t i = 0; i < m->n; i++)
		general = *m->list[i].provider ? general : m->list[i].mode;
	if (o->json)
		printf("{\"default\":%s%s%s", general ? "\"" : "", general ? general : "null",
			general ? "\"" : "");
	else
		printf("%-20s %s\n", "default", general ? general : "as the policy files say");
	for (size_t i = 0; i < m->n; i++) {
		const setting *s = &m->list[i];
		if (*s->provider)
			printf(o->json ? ",\"%s\":\"%s\"" : "%-20s %s\n", s->provider, s->mode);
	}
	if (o->json)
		puts("}");
}

static rebuff_status change(const command_options *o, modes *m, const char *mode,
	const char *provider, rebuff_error *err)
{
	bool taken = false;
	rebuff_status status = set(m, provider, mode, err);
	if (status == REBUFF_OK)
		status = write_file(m, err);
	if (status == REBUFF_OK)
		status = replace_file(o, m, err);
	if (status == REBUFF_OK)
		status = reload(o, &taken, err);
	if (status == REBUFF_OK && !taken && !o->json)
		puts("no engine runs; it holds from its start on");
	return status;
}

static int run(const command_options *o, int argc, char **argv)
{
	const argument known[] = {{NULL, NULL, NULL}};
	const char *words[2] = {"", ""};
	rebuff_error err = {.status = REBUFF_OK};
	modes m = {.n = 0};
	int n;
	if (arguments_read(&command_mode, known, argc, argv, words, 2, &n))
		return 2;
	if (n > 0 && strcmp(words[0], "act") != 0 && strcmp(words[0], "observe") != 0)
		return command_usage(&command_mode, "no mode \"%s\"", words[0]);
	if (strspn(words[1], "abcdefghijklmnopqrstuvwxyz0123456789._-") != strlen(words[1]) ||
		strlen(words[1]) >= REBUFF_NAME_MAX)
		return command_usage(&command_mode, "\"%s\" is no provider's name", words[1]);
	if (*words[1] && !is_provider(o, words[1]))
		return command_usage(&command_mode,
			"no policy file providers/%s.lua, so no provider of this name", words[1]);
	rebuff_status status = name_file(o, &m, &err);
	if (status == REBUFF_OK)
		status = read_file(&m, &err);
	if (status == REBUFF_OK && n > 0)
		status = change(o, &m, words[0], words[1], &err);
	if (status != REBUFF_OK)
		return command_fail(&err);
	show(o, &m);
	return print_end();
}

const command command_mode = {.name = "mode",
	.usage = "[act|observe [PROVIDER]]",
	.summary = "let rebuff act, or only observe, everywhere or at one provider",
	.help = "In observe mode everything is decided and recorded, nothing is acted upon.\n"
		"The setting is kept in mode.lua of the operator's folder, and a running engine "
		"takes\n"
		"it over at once. Without a mode, says what is set.\n",
	.run = run};
