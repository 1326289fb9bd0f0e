/* cmd_reload.c - rebuff reload: have the engine read its policy again. */
#include "common/command.h"

#include <stdio.h>

#include "common/arguments.h"
#include "common/ask.h"

static int run(const command_options *options, int argc, char **argv)
{
	const argument known[] = {{NULL, NULL, NULL}};
	rebuff_error err = {.status = REBUFF_OK};
	int n;
	if (arguments_read(&command_reload, known, argc, argv, NULL, 0, &n))
		return 2;
	if (ask_engine(options, "reload", &err) != REBUFF_OK)
		return command_fail(&err);
	puts(options->json ? "{\"reloaded\":true}" : "policy loaded");
	return 0;
}

const command command_reload = {.name = "reload",
	.usage = "",
	.summary = "have the engine read its policy again",
	.help = "A policy that does not load is named with file and line; the running one stays\n"
		"in force, and the exit status is 1.\n",
	.run = run};
