/* command.c - open the library as the shared options say. */
#include "common/command.h"

#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int command_usage(const command *c, const char *fmt, ...)
{
	va_list ap;
	fprintf(stderr, "rebuff %s: ", c->name);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fprintf(stderr, "; expected: rebuff %s%s%s\n", c->name, *c->usage ? " " : "", c->usage);
	return 2;
}

int command_fail(const rebuff_error *err)
{
	fprintf(stderr, "rebuff: %s\n", err->text);
	return 1;
}

/* "<directory of the program>/../lua", when it holds a policy: a program run from where it was
 * built uses the policy beside it. */
static const char *beside_program(char *out, size_t cap)
{
	char self[PATH_MAX];
	ssize_t n = readlink("/proc/self/exe", self, sizeof self - 1);
	char *slash;
	if (n <= 0)
		return NULL;
	self[n] = '\0';
	if (!(slash = strrchr(self, '/')))
		return NULL;
	*slash = '\0';
	if ((size_t)snprintf(out, cap, "%s/../lua/defaults.lua", self) >= cap ||
		access(out, R_OK) != 0)
		return NULL;
	*strrchr(out, '/') = '\0';
	return out;
}

const char *command_data_dir(const command_options *options, char *space)
{
	return options->data_dir ? options->data_dir : beside_program(space, COMMAND_PATH_MAX);
}

int command_open(const command_options *options, rebuff_ctx **out)
{
	char space[COMMAND_PATH_MAX];
	rebuff_error err;
	const rebuff_options o = {.size = sizeof o,
		.data_dir = command_data_dir(options, space),
		.config_dir = options->config_dir};
	return rebuff_open(&o, out, &err) == REBUFF_OK ? 0 : command_fail(&err);
}

rebuff_span command_span(const char *text)
{
	return (rebuff_span){text ? text : "", text ? strlen(text) : 0};
}
