/* cmd_version.c - rebuff version */
#include "command.h"

#include <stdio.h>

static int run(const command_options *options, int argc, char **argv)
{
	(void)options;
	if (argc != 1)
		return command_usage(&command_version, "unexpected \"%s\"", argv[1]);
	puts("rebuff " REBUFF_VERSION);
	return 0;
}

const command command_version = {
	.name = "version", .usage = "", .summary = "print the version", .help = "", .run = run};
