/* cmd_unknown.c - rebuff unknown: replies that no rule knows, by their form, each with a rule that
 * would. */
#include "common/command.h"

#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "command/replies.h"
#include "command/unknown_write.h"
#include "common/arguments.h"
#include "common/clocks.h"
#include "common/print.h"
#include "common/state.h"
#include "common/when.h"

typedef struct {
	const command_options *options;
	bool write, recorded;
	int64_t from_ms;
	size_t least, most; /* replies of a form; forms */
	const char **paths;
	int path_n;
} wanted;

/* ---- recorded replies ---------------------------------------------------------------------------
 *
 * The database is read by a child, which becomes its owner: the parent may have to write where only
 * root may. */

static void hand_on(void *ud, const rebuff_reply *reply)
{
	replies_write(ud, reply);
}

static int read_database(const wanted *w, int to)
{
	rebuff_ctx *ctx = NULL;
	rebuff_error err = {.status = REBUFF_OK};
	FILE *out = fdopen(to, "w");
	if (!out)
		return 1;
	rebuff_status status = state_open(w->options, true, false, &ctx, &err);
	if (status == REBUFF_OK)
		status = rebuff_recorded(ctx, w->from_ms, hand_on, out, &err);
	rebuff_close(&ctx);
	if (fclose(out) != 0 && status == REBUFF_OK)
		return 1;
	return status == REBUFF_OK ? 0 : command_fail(&err);
}

static bool ends_well(pid_t child)
{
	int status;
	while (waitpid(child, &status, 0) < 0)
		if (errno != EINTR)
			return false;
	return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

/* ---- gathering ----------------------------------------------------------------------------- */

static bool gather(rebuff_unknown *u, FILE *in, const char *path)
{
	replies r = {.in = in, .command = "unknown", .path = path};
	rebuff_reply reply;
	rebuff_error err = {.status = REBUFF_OK};
	bool ok = true;
	while (ok && replies_next(&r, &reply))
		if (reply.text.len)
			ok = rebuff_unknown_add(u, &reply, &err) == REBUFF_OK;
	free(r.line);
	if (!ok)
		return command_fail(&err) == 0;
	if (feof(in) && !ferror(in))
		return true;
	fprintf(stderr, "rebuff unknown: %s: %s\n", *path ? path : "standard input",
		strerror(errno));
	return false;
}

static bool gather_recorded(rebuff_unknown *u, const wanted *w)
{
	int ends[2];
	(void)fflush(NULL);
	if (pipe(ends) != 0)
		return false;
	pid_t child = fork();
	if (child == 0) {
		(void)close(ends[0]);
		_exit(read_database(w, ends[1]));
	}
	(void)close(ends[1]);
	FILE *in = child > 0 ? fdopen(ends[0], "r") : NULL;
	bool ok = in && gather(u, in, "the database");
	if (in)
		(void)fclose(in);
	else
		(void)close(ends[0]);
	return child > 0 && ends_well(child) && ok;
}

static bool gather_files(rebuff_unknown *u, const wanted *w)
{
	for (int i = 0; i < w->path_n; i++) {
		bool standard = strcmp(w->paths[i], "-") == 0;
		FILE *in = standard ? stdin : fopen(w->paths[i], "rb");
		if (!in) {
			fprintf(stderr, "rebuff unknown: %s: %s\n", w->paths[i], strerror(errno));
			return false;
		}
		bool ok = gather(u, in, standard ? "" : w->paths[i]);
		if (!standard)
			(void)fclose(in);
		if (!ok)
			return false;
	}
	return true;
}

/* ---- showing ------------------------------------------------------------------------------- */

typedef struct {
	const wanted *w;
	unknown_writer *writer;
	size_t shown;
	bool ok;
} showing;

static bool show_json(const rebuff_unknown_form *f)
{
	json_t *o = json_pack("{s:I, s:s, s:i, s:s, s:s, s:s, s:s}", "count", (json_int_t)f->n,
		"provider", f->provider, "code", (int)f->code, "enhanced", f->enhanced, "category",
		rebuff_category_name(f->category), "form", f->form, "rule", f->rule);
	bool ok = o && json_dumpf(o, stdout, JSON_COMPACT | JSON_PRESERVE_ORDER) == 0 &&
		putchar('\n') != EOF;
	json_decref(o);
	return ok;
}

static bool show_text(const rebuff_unknown_form *f, bool colour)
{
	const char *bold = colour ? "\033[1m" : "", *dim = colour ? "\033[2m" : "";
	const char *end = colour ? "\033[0m" : "";
	char code[16] = "no code";
	if (f->code)
		(void)snprintf(code, sizeof code, "%u", f->code);
	printf("%s%zu x %s%s%s%s%s: %s%s\n", bold, f->n, f->provider, *f->provider ? " " : "", code,
		*f->enhanced ? " " : "", f->enhanced, f->form, end);
	if (!*f->rule)
		printf("  %sno words to go by%s\n\n", dim, end);
	else
		printf("%s\n\n", f->rule);
	return !ferror(stdout);
}

static void show(void *ud, const rebuff_unknown_form *f)
{
	showing *s = ud;
	if (!s->ok || f->n < s->w->least || s->shown == s->w->most)
		return;
	s->shown++;
	s->ok = s->w->options->json ? show_json(f) : show_text(f, s->w->options->colour);
	if (s->ok && s->writer && !unknown_writer_add(s->writer, f)) {
		fputs("rebuff unknown: no memory for the rules\n", stderr);
		s->ok = false;
	}
}

static void show_sum(const rebuff_unknown *u, const wanted *w)
{
	size_t added, strange, left_out;
	rebuff_unknown_count(u, &added, &strange, &left_out);
	FILE *out = w->options->json ? stderr : stdout;
	if (!w->options->json)
		fprintf(out, "%zu of %zu replies are known by no rule (%.1f %%)\n", strange, added,
			added ? 100.0 * (double)strange / (double)added : 0.0);
	if (left_out)
		fprintf(stderr, "rebuff unknown: %zu more replies of further forms are not shown\n",
			left_out);
}

static int work(const wanted *w)
{
	rebuff_ctx *ctx;
	rebuff_unknown *u = NULL;
	rebuff_error err = {.status = REBUFF_OK};
	if (command_open(w->options, &ctx) != 0)
		return 1;
	showing s = {.w = w, .ok = rebuff_unknown_open(ctx, &u, &err) == REBUFF_OK};
	if (!s.ok)
		(void)command_fail(&err);
	s.ok = s.ok && (w->recorded ? gather_recorded(u, w) : gather_files(u, w));
	if (s.ok && w->write && !(s.writer = unknown_writer_new(w->options->config_dir)))
		s.ok = false;
	if (s.ok)
		rebuff_unknown_each(u, show, &s);
	if (s.ok)
		show_sum(u, w);
	if (s.writer)
		s.ok = (unknown_writer_finish(s.writer, w->options) == 0) && s.ok;
	rebuff_unknown_close(&u);
	rebuff_close(&ctx);
	int status = print_end();
	return s.ok ? status : 1;
}

/* ---- the command line ------------------------------------------------------------------------ */

static int run(const command_options *options, int argc, char **argv)
{
	const char *paths[64], *last = NULL, *least = NULL, *most = NULL;
	wanted w = {.options = options, .most = SIZE_MAX, .paths = paths};
	command_options writing = *options;
	int64_t length = INT64_C(30) * 86400000;
	const argument known[] = {{"--last", &last, NULL}, {"--least", &least, NULL},
		{"--most", &most, NULL}, {"--write", NULL, &w.write}, {NULL, NULL, NULL}};
	if (arguments_read(&command_unknown, known, argc, argv, paths, 64, &w.path_n))
		return 2;
	if (last && !when_parse_length(last, &length))
		return command_usage(
			&command_unknown, "--last %s is no length such as 24h, 7d", last);
	if ((least && !arguments_count(least, &w.least)) ||
		(most && !arguments_count(most, &w.most)))
		return command_usage(&command_unknown, "--least and --most want a number");
	if (last && w.path_n)
		return command_usage(&command_unknown, "--last is about recorded replies");
	if (w.write && !options->config_dir) {
		writing.config_dir = "/etc/rebuff";
		w.options = &writing;
	}
	w.recorded = w.path_n == 0;
	w.from_ms = wall_now_ms() - length;
	return work(&w);
}

const command command_unknown = {.name = "unknown",
	.usage = "[--last LENGTH] [--least N] [--most N] [--write] [FILE...]",
	.summary = "replies that no rule knows, each form with a rule that would",
	.help = "Without FILE, of what was recorded in the last 30 days. FILE (- is standard "
		"input) "
		"holds\none reply a line, as rebuff classify reads them.\n\n"
		"  --last LENGTH  what was recorded in the last 24h, 7d ...\n"
		"  --least N      forms that were met N times at least\n"
		"  --most N       the N most frequent forms\n"
		"  --write        put the rules into the folder of --config: providers/NAME.lua,\n"
		"                 rules/unknown.lua, and a reply for each into tests/unknown.lua,\n"
		"                 under names that are free; nothing that is there is changed, "
		"and\n"
		"                 nothing stays if the policy does not load with it\n\n"
		"A reply counts as unknown when neither its words nor its enhanced code are in "
		"any\n"
		"rule. Addresses, hosts, numbers and the like are left out of the form. The "
		"category "
		"of a\nproposed rule is what the code says, or a guess that strikes no address: "
		"look "
		"at it.\n",
	.run = run};
