/* cmd_rotate_key.c - rebuff rotate-key: sign the return paths of mail that arrives from now on with
 * a new key. */
#include "common/command.h"

#include <stdio.h>

#include "common/arguments.h"
#include "common/ask.h"

static int run(const command_options *options, int argc, char **argv)
{
	const argument known[] = {{NULL, NULL, NULL}};
	rebuff_error err = {.status = REBUFF_OK};
	int n;
	if (arguments_read(&command_rotate_key, known, argc, argv, NULL, 0, &n))
		return 2;
	if (ask_engine(options, "rotate-key", &err) != REBUFF_OK)
		return command_fail(&err);
	puts(options->json ? "{\"rotated\":true}"
			   : "a new key signs what arrives from now on; the old one serves for 19 "
			     "days");
	return 0;
}

const command command_rotate_key = {.name = "rotate-key",
	.usage = "",
	.summary = "sign return paths with a new key from now on",
	.help = "Mail that waits keeps its return path: the key that counts is the one in force "
		"when it\n"
		"arrived. An old key is forgotten 19 days after the next one was made: no mail "
		"waits for more\n"
		"than 14 days, and no bounce of it comes more than 5 days later.\n",
	.run = run};
