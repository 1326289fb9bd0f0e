/* cmd_metrics.c - rebuff metrics: what the engine counts, and how the database stands, for
 * OpenMetrics. */
#include "common/command.h"

#include <stdio.h>

#include "client/client.h"
#include "common/arguments.h"
#include "common/print.h"
#include "common/state.h"
#include "serve/metrics.h"

enum { PATH_BYTES = 4096 };

/* The engine writes its part every ten seconds; one that did not end well leaves it behind. */
static bool copy_engine(const command_options *o)
{
	char path[PATH_BYTES], alive[PATH_BYTES], bytes[8192];
	int length = snprintf(path, sizeof path, "%s/metrics", o->run_dir);
	if (length < 0 || length >= PATH_BYTES)
		return false;
	snprintf(alive, sizeof alive, "%s/alive", o->run_dir);
	FILE *in = rbf_client_alive(alive) ? fopen(path, "re") : NULL;
	if (!in)
		return false;
	for (size_t n; (n = fread(bytes, 1, sizeof bytes, in)) > 0;)
		fwrite(bytes, 1, n, stdout);
	fclose(in);
	return true;
}

static int run(const command_options *o, int argc, char **argv)
{
	const argument known[] = {{NULL, NULL, NULL}};
	rebuff_error err = {.status = REBUFF_OK};
	rebuff_ctx *ctx = NULL;
	int n;
	if (arguments_read(&command_metrics, known, argc, argv, NULL, 0, &n))
		return 2;
	rebuff_output out = print_output(o);
	if (!o->json)
		out.format = REBUFF_OPENMETRICS;
	rebuff_status status = state_open(o, true, true, &ctx, &err);
	if (status == REBUFF_OK && !o->json) {
		bool up = copy_engine(o);
		metrics_head(stdout, "rebuff_up", "gauge", "Whether the engine runs.");
		printf("rebuff_up %d\n", up);
	}
	if (status == REBUFF_OK)
		status = rebuff_status_write(ctx, &out, &err);
	rebuff_close(&ctx);
	if (status != REBUFF_OK)
		return command_fail(&err);
	if (!o->json)
		puts("# EOF");
	return print_end();
}

const command command_metrics = {.name = "metrics",
	.usage = "",
	.summary = "counters and gauges in the form of OpenMetrics",
	.help = "For a collector that reads text files: run it every minute, into a file that is\n"
		"renamed when it is whole. With --json, the gauges as rebuff status has them.\n",
	.run = run};
