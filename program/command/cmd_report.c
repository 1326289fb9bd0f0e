/* cmd_report.c - rebuff report: what happened, and what matters. */
#include "common/command.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "command/import.h"
#include "common/arguments.h"
#include "common/clocks.h"
#include "common/fail.h"
#include "common/print.h"
#include "common/state.h"
#include "common/when.h"

enum { FILES_MAX = 1000 };

/* --from and --to, or --last; 0 for what is not given. Returns 0 or 2. */
static int read_period(const char *from, const char *to, const char *last, rebuff_output *out)
{
	int64_t now = wall_now_ms(), length = 0;
	if (last && !when_parse_length(last, &length))
		return command_usage(
			&command_report, "--last %s is no length such as 24h, 7d", last);
	if (last && from)
		return command_usage(&command_report, "--last and --from exclude each other");
	if (from && !when_parse(from, now, &out->from_ms))
		return command_usage(
			&command_report, "--from %s is neither a time nor a file", from);
	if (to && !when_parse(to, now, &out->to_ms))
		return command_usage(&command_report, "--to %s is no time", to);
	if (last)
		out->from_ms = (out->to_ms ? out->to_ms : now) - length;
	if (out->from_ms && out->from_ms >= (out->to_ms ? out->to_ms : now))
		return command_usage(&command_report, "the period ends before it begins");
	return 0;
}

static int read_format(const char *name, rebuff_output *out)
{
	static const char *const names[] = {[REBUFF_TEXT] = "text",
		[REBUFF_JSON] = "json",
		[REBUFF_CSV] = "csv",
		[REBUFF_MARKDOWN] = "markdown",
		[REBUFF_HTML] = "html"};
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		if (strcmp(names[i], name) == 0) {
			out->format = (rebuff_format)i;
			return 0;
		}
	}
	return command_usage(&command_report, "no format \"%s\"", name);
}

/* A report of what is in the logs, from a database in memory. */
static rebuff_status open_logs(const command_options *options, const char *const *files, size_t n,
	rebuff_output *out, rebuff_ctx **ctx, size_t *failed, rebuff_error *err)
{
	char space[COMMAND_PATH_MAX];
	import_counts counts;
	const rebuff_options o = {.size = sizeof o,
		.data_dir = command_data_dir(options, space),
		.config_dir = options->config_dir,
		.state_file = ":memory:"};
	rebuff_status status = rebuff_open(&o, ctx, err);
	if (status == REBUFF_OK)
		status = import_logs(*ctx, files, n, true, &counts, failed, err);
	if (status != REBUFF_OK)
		return status;
	if (*failed == n)
		return fail(err, REBUFF_EPARSE, "no log was read");
	import_say(&counts);
	if (!out->to_ms && counts.last_ms)
		out->to_ms = counts.last_ms + 1;
	if (!out->from_ms && counts.first_ms)
		out->from_ms = counts.first_ms;
	return REBUFF_OK;
}

/* --from TIME, or --from FILE with the files that the shell may have put behind it. */
static bool names_file(const char *from)
{
	int64_t ms;
	return from && !when_parse(from, wall_now_ms(), &ms) &&
		(strcmp(from, "-") == 0 || access(from, F_OK) == 0);
}

static int run(const command_options *options, int argc, char **argv)
{
	const char *from = NULL, *to = NULL, *last = NULL, *provider = "";
	const char *format = NULL, *table = "", *files[FILES_MAX + 1];
	const argument known[] = {{"--from", &from, NULL}, {"--to", &to, NULL},
		{"--last", &last, NULL}, {"--provider", &provider, NULL},
		{"--format", &format, NULL}, {"--table", &table, NULL}, {NULL, NULL, NULL}};
	rebuff_error err = {.status = REBUFF_OK};
	rebuff_ctx *ctx = NULL;
	size_t failed = 0;
	int n;
	rebuff_output out = print_output(options);
	if (arguments_read(&command_report, known, argc, argv, files + 1, FILES_MAX, &n))
		return 2;
	bool logs = names_file(from);
	if (n > 0 && !logs)
		return command_usage(&command_report, "unexpected \"%s\"", files[1]);
	if (logs) {
		files[0] = from;
		from = NULL;
	}
	if (read_period(from, to, last, &out) || (format && read_format(format, &out)))
		return 2;
	if (*table && out.format != REBUFF_CSV)
		return command_usage(&command_report, "--table is for --format csv");
	out.provider = (rebuff_span){provider, strlen(provider)};
	out.table = (rebuff_span){table, strlen(table)};
	rebuff_status status = logs
		? open_logs(options, files, (size_t)n + 1, &out, &ctx, &failed, &err)
		: state_open(options, true, false, &ctx, &err);
	if (status == REBUFF_OK)
		status = rebuff_report(ctx, &out, &err);
	rebuff_close(&ctx);
	return status == REBUFF_OK ? print_end() || failed : command_fail(&err);
}

const command command_report = {.name = "report",
	.usage = "[--from FILE...] [--last LENGTH | --from TIME] [--to TIME] [--provider NAME] "
		 "[--format text|json|csv|markdown|html] [--table NAME]",
	.summary = "what happened in the last 24 hours, and what to do about it",
	.help = "  --from FILE...   from logs alone, without a database: see rebuff import\n"
		"  --last LENGTH    the last 24h, 7d, 2w ...\n"
		"  --from, --to     2026-11-23, \"2026-11-23 08:00\", 2026-11-23T08:00Z\n"
		"  --provider NAME  of one provider only\n"
		"  --format NAME    text (default), json, csv, markdown, or html: one file for a\n"
		"                   browser, that needs nothing else\n"
		"  --table NAME     csv: providers (default), streams, sources, categories, "
		"changes,\n"
		"                   acceptance, times, reasons, suppressions, waiting, lanes,\n"
		"                   holds, released, breakers, alarms, warmup, trust, late or "
		"refused\n\n"
		"The first three sentences say what matters. Then: answers, rates and times by\n"
		"provider and stream, reasons with a reply each, suppressions, what waits until "
		"when,\n"
		"slow lanes, holds and who released them, alarms, warm-up, and who was refused "
		"with a 5xx without being suppressed.\n",
	.run = run};
