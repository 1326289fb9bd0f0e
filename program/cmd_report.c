/* cmd_report.c - rebuff report: what happened, and what matters. */
#include "command.h"

#include <stdio.h>
#include <string.h>

#include "arguments.h"
#include "clocks.h"
#include "print.h"
#include "state.h"
#include "when.h"

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
		return command_usage(&command_report, "--from %s is no time", from);
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

static int run(const command_options *options, int argc, char **argv)
{
	const char *from = NULL, *to = NULL, *last = NULL, *provider = "";
	const char *format = NULL, *table = "";
	const argument known[] = {{"--from", &from, NULL}, {"--to", &to, NULL},
		{"--last", &last, NULL}, {"--provider", &provider, NULL},
		{"--format", &format, NULL}, {"--table", &table, NULL}, {NULL, NULL, NULL}};
	rebuff_error err = {.status = REBUFF_OK};
	rebuff_ctx *ctx = NULL;
	int n;
	rebuff_output out = print_output(options);
	if (arguments_read(&command_report, known, argc, argv, NULL, 0, &n) ||
		read_period(from, to, last, &out) || (format && read_format(format, &out)))
		return 2;
	if (*table && out.format != REBUFF_CSV)
		return command_usage(&command_report, "--table is for --format csv");
	out.provider = (rebuff_span){provider, strlen(provider)};
	out.table = (rebuff_span){table, strlen(table)};
	rebuff_status status = state_open(options, true, false, &ctx, &err);
	if (status == REBUFF_OK)
		status = rebuff_report(ctx, &out, &err);
	rebuff_close(&ctx);
	return status == REBUFF_OK ? print_end() : command_fail(&err);
}

const command command_report = {.name = "report",
	.usage = "[--last LENGTH | --from TIME] [--to TIME] [--provider NAME] "
		 "[--format text|json|csv|markdown|html] [--table NAME]",
	.summary = "what happened in the last 24 hours, and what to do about it",
	.help = "  --last LENGTH    the last 24h, 7d, 2w ...\n"
		"  --from, --to     2026-11-23, \"2026-11-23 08:00\", 2026-11-23T08:00Z\n"
		"  --provider NAME  of one provider only\n"
		"  --format NAME    text (default), json, csv, markdown, or html: one file for a\n"
		"                   browser, that needs nothing else\n"
		"  --table NAME     csv: providers (default), streams, times, reasons, "
		"suppressions,\n"
		"                   waiting, lanes, holds, breakers, alarms or refused\n\n"
		"The first three sentences say what matters. Then: answers, rates and times by\n"
		"provider and stream, reasons with a reply each, suppressions, what waits until "
		"when,\n"
		"slow lanes, holds, and who was refused with a 5xx without being suppressed.\n",
	.run = run};
