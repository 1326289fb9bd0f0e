/* cmd_reload.c - rebuff reload: have the engine read its policy again. */
#include "command.h"

#include <stdio.h>

#include "arguments.h"
#include "control.h"

static int run(const command_options *options, int argc, char **argv)
{
	const argument known[] = {{NULL, NULL, NULL}};
	rebuff_error err = {.status = REBUFF_OK};
	rbf_wire_record answer;
	control *c = NULL;
	int n;
	if (arguments_read(&command_reload, known, argc, argv, NULL, 0, &n))
		return 2;
	rebuff_status status = control_open(options->run_dir, &c, &err);
	if (status == REBUFF_OK) {
		control_begin(c, "reload");
		status = control_send(c, &err);
	}
	if (status == REBUFF_OK)
		status = control_receive(c, &answer, &err);
	control_close(&c);
	if (status != REBUFF_OK)
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
