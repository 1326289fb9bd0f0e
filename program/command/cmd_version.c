/* cmd_version.c - rebuff version */
#include "common/command.h"

#include <stdio.h>

#include "common/arguments.h"
#include "common/print.h"

static int run(const command_options *options, int argc, char **argv)
{
	const argument known[] = {{NULL, NULL, NULL}};
	int n;
	if (arguments_read(&command_version, known, argc, argv, NULL, 0, &n))
		return 2;
	puts(options->json ? "{\"version\":\"" REBUFF_VERSION "\"}" : "rebuff " REBUFF_VERSION);
	return print_end();
}

const command command_version = {
	.name = "version", .usage = "", .summary = "print the version", .help = "", .run = run};
