/* main.c - rebuff(1): find the command, read the options that all share, run
 * it. */
#include "common/command.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const command *const commands[] = {
	&command_classify,
	&command_explain,
	&command_parse,
	&command_policy,
	&command_suppress,
	&command_unknown,
	&command_hold,
	&command_release,
	&command_breaker,
	&command_check,
	&command_warmup,
	&command_mode,
	&command_status,
	&command_report,
	&command_import,
	&command_metrics,
	&command_reload,
	&command_rotate_key,
	&command_setup,
	&command_doctor,
	&command_serve,
	&command_version,
};
enum { COMMAND_N = sizeof commands / sizeof *commands };

static void help_all(FILE *out)
{
	fputs("usage: rebuff COMMAND [OPTION...]\n\n", out);
	for (size_t i = 0; i < COMMAND_N; i++)
		fprintf(out, "  %-11s %s\n", commands[i]->name, commands[i]->summary);
	fputs("\nEvery command takes --config DIR (operator's policy, default "
	      "/etc/rebuff),\n"
	      "--state FILE (the database), --data DIR (shipped policy), --run DIR "
	      "(sockets),\n"
	      "--json, and --help.\n",
		out);
}

static int help_one(const command *c)
{
	printf("usage: rebuff %s%s%s\n\n%s.\n", c->name, *c->usage ? " " : "", c->usage,
		c->summary);
	if (c->help[0])
		printf("\n%s", c->help);
	return 0;
}

/* Take the shared options out of argv. Returns the new argc, -1 for --help, -2
 * for a missing value. */
static int take_options(int argc, char **argv, command_options *o, const char **missing)
{
	const struct {
		const char *name;
		const char **value;
	} with_value[] = {
		{"--config", &o->config_dir},
		{"--state", &o->state_file},
		{"--data", &o->data_dir},
		{"--run", &o->run_dir},
	};
	int n = 1;
	for (int i = 1; i < argc; i++) {
		size_t k = 0;
		if (strcmp(argv[i], "--") == 0) {
			while (i < argc)
				argv[n++] = argv[i++];
			break;
		}
		if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0)
			return -1;
		if (strcmp(argv[i], "--json") == 0) {
			o->json = true;
			continue;
		}
		while (k < 4 && strcmp(argv[i], with_value[k].name) != 0)
			k++;
		if (k == 4) {
			argv[n++] = argv[i];
		} else if (i + 1 < argc) {
			*with_value[k].value = argv[++i];
		} else {
			*missing = argv[i];
			return -2;
		}
	}
	argv[n] = NULL;
	return n;
}

static const char *or_else(const char *value, const char *otherwise)
{
	return value && *value ? value : otherwise;
}

static bool is_one_of(const char *word, const char *a, const char *b, const char *c)
{
	return strcmp(word, a) == 0 || strcmp(word, b) == 0 || strcmp(word, c) == 0;
}

static const command *find_command(const char *name)
{
	for (size_t i = 0; i < COMMAND_N; i++) {
		if (strcmp(name, commands[i]->name) == 0)
			return commands[i];
	}
	return NULL;
}

int main(int argc, char **argv)
{
	command_options o = {
		.config_dir = or_else(getenv("REBUFF_CONFIG_DIR"), NULL),
		.state_file = or_else(getenv("REBUFF_STATE"), "/var/lib/rebuff/state.db"),
		.data_dir = or_else(getenv("REBUFF_DATA_DIR"), NULL),
		.run_dir = or_else(getenv("REBUFF_RUN_DIR"), "/run/rebuff"),
		.colour = isatty(STDOUT_FILENO) && !or_else(getenv("NO_COLOR"), NULL),
	};
	bool help = argc > 1 && is_one_of(argv[1], "help", "--help", "-h");
	if (argc < 2 || (help && argc == 2)) {
		help_all(argc < 2 ? stderr : stdout);
		return argc < 2 ? 2 : 0;
	}
	const char *name = help ? argv[2] : strcmp(argv[1], "--version") == 0 ? "version" : argv[1];
	const command *c = find_command(name);
	if (!c) {
		fprintf(stderr,
			"rebuff: no command \"%s\"; expected one of those that rebuff help lists\n",
			name);
		return 2;
	}
	const char *missing = "";
	int n = help ? -1 : take_options(argc - 1, argv + 1, &o, &missing);
	if (n == -1)
		return help_one(c);
	if (n == -2)
		return command_usage(c, "%s needs a value", missing);
	return c->run(&o, n, argv + 1);
}
