/* cmd_policy_test.c - rebuff policy test: the cases that stand beside a policy. */
#include "command/cmd_policy.h"

#include <jansson.h>
#include <stdio.h>

#include "common/arguments.h"

enum { FILES_MAX = 256 };

typedef struct {
	const command_options *options;
	size_t passed, failed;
} score;

static void print_json(const rebuff_case *c)
{
	json_t *o = json_pack("{s:s, s:s, s:b, s:s}", "name", c->name, "where", c->where, "passed",
		c->passed, "trouble", c->trouble);
	json_dumpf(o, stdout, JSON_COMPACT);
	putchar('\n');
	json_decref(o);
}

static void tell(void *ud, const rebuff_case *c)
{
	score *s = ud;
	const bool colour = s->options->colour && !c->passed;
	if (c->passed)
		s->passed++;
	else
		s->failed++;
	if (s->options->json) {
		print_json(c);
		return;
	}
	printf("%s%s%s  %s\n", colour ? "\033[31m" : "", c->passed ? "ok  " : "FAIL",
		colour ? "\033[0m" : "", c->name);
	if (!c->passed)
		printf("      %s\n      %s\n", c->where, c->trouble);
}

/* What hooks say and do wrong is part of trying them out. */
static void log_line(void *ud, rebuff_level level, const char *message)
{
	(void)ud;
	if (level <= REBUFF_LOG_WARNING || (message[0] == 'e' && message[6] == 'p'))
		fprintf(stderr, "      %s\n", message);
}

int policy_test(const command_options *options, int argc, char **argv)
{
	char space[COMMAND_PATH_MAX];
	const char *files[FILES_MAX];
	const argument known[] = {{NULL, NULL, NULL}};
	score s = {.options = options};
	rebuff_error err = {.status = REBUFF_OK};
	int n = 0;
	if (arguments_read(&command_policy, known, argc, argv, files, FILES_MAX, &n))
		return 2;
	rebuff_options o = policy_options(options, space);
	o.log.write = log_line;
	rebuff_status status = rebuff_policy_test(&o, files, (size_t)n, tell, &s, &err);
	if (status != REBUFF_OK)
		return command_fail(&err);
	if (!options->json)
		printf("%zu passed, %zu failed\n", s.passed, s.failed);
	return s.failed ? 1 : 0;
}
