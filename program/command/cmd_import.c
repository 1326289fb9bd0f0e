/* cmd_import.c - rebuff import: what the logs of the past tell, for reports. */
#include "common/command.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>

#include "command/import.h"
#include "common/arguments.h"
#include "common/print.h"
#include "common/state.h"

enum { FILES_MAX = 1000 };

static void say_json(const import_counts *c)
{
	json_t *samples = json_array();
	for (size_t i = 0; i < IMPORT_SAMPLES && i < c->unread; i++)
		json_array_append_new(samples, json_string(c->sample[i]));
	json_t *o = json_pack("{s:I,s:I,s:I,s:I,s:I,s:I,s:o}", "lines", (json_int_t)c->lines,
		"results", (json_int_t)c->results, "known", (json_int_t)c->known, "other",
		(json_int_t)c->passed, "unread", (json_int_t)c->unread, "unknown_files",
		(json_int_t)c->unknown_files, "unread_samples", samples);
	json_dumpf(o, stdout, JSON_COMPACT);
	putchar('\n');
	json_decref(o);
}

static int run(const command_options *options, int argc, char **argv)
{
	const char *files[FILES_MAX];
	const argument known[] = {{NULL, NULL, NULL}};
	rebuff_error err = {.status = REBUFF_OK};
	rebuff_ctx *ctx = NULL;
	import_counts counts;
	size_t failed = 0;
	int n;
	if (arguments_read(&command_import, known, argc, argv, files, FILES_MAX, &n))
		return 2;
	if (n == 0)
		return command_usage(&command_import, "no log is named");
	rebuff_status status = state_open(options, false, true, &ctx, &err);
	if (status == REBUFF_OK)
		status = import_logs(ctx, files, (size_t)n, false, &counts, &failed, &err);
	rebuff_close(&ctx);
	if (status != REBUFF_OK)
		return command_fail(&err);
	if (options->json)
		say_json(&counts);
	else
		import_say(&counts);
	return print_end() || failed;
}

const command command_import = {.name = "import",
	.usage = "FILE...",
	.summary = "read logs of Exim, OpenSMTPD and Postfix, for reports",
	.help = "FILE is a mainlog of Exim, a syslog file with lines of Exim, smtpd or Postfix, "
		"an\n"
		"export of the journal (journalctl -o export), each perhaps compressed with gzip,\n"
		"or - for standard input. The logs are counted in reports; nobody is suppressed "
		"and\n"
		"nothing is attempted because of them. Importing again goes on where the last "
		"import\n"
		"stopped; what a plugin reported is not counted twice. To look at logs without a\n"
		"database: rebuff report --from FILE...\n",
	.run = run};
