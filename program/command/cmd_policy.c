/* cmd_policy.c - rebuff policy: check, show, test and compare policies, and the manual of their
 * words. */
#include "command/cmd_policy.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "common/arguments.h"

rebuff_options policy_options(const command_options *options, char *space)
{
	return (rebuff_options){.size = sizeof(rebuff_options),
		.data_dir = command_data_dir(options, space),
		.config_dir = options->config_dir};
}

/* ---- check --------------------------------------------------------------------------------- */

typedef struct {
	const command_options *options;
	json_t *list;
	size_t mistakes, remarks;
} findings;

static void find(void *ud, bool mistake, const char *text)
{
	findings *f = ud;
	const bool colour = f->options->colour && mistake;
	if (mistake)
		f->mistakes++;
	else
		f->remarks++;
	if (f->list)
		json_array_append_new(f->list,
			json_pack("{s:s, s:s}", "kind", mistake ? "mistake" : "remark", "text",
				text));
	else
		printf("%s%s%s  %s\n", colour ? "\033[31m" : "", mistake ? "mistake" : "remark ",
			colour ? "\033[0m" : "", text);
}

static int policy_check(const command_options *options, int argc, char **argv)
{
	char space[COMMAND_PATH_MAX];
	findings f = {.options = options, .list = options->json ? json_array() : NULL};
	rebuff_error err = {.status = REBUFF_OK};
	const argument known[] = {{NULL, NULL, NULL}};
	int n;
	if (arguments_read(&command_policy, known, argc, argv, NULL, 0, &n))
		return 2;
	rebuff_options o = policy_options(options, space);
	rebuff_status status = rebuff_policy_check(&o, find, &f, &err);
	if (f.list) {
		json_dumpf(f.list, stdout, JSON_COMPACT);
		putchar('\n');
		json_decref(f.list);
	} else if (status == REBUFF_OK) {
		printf("the policy loads, %zu remark%s\n", f.remarks, f.remarks == 1 ? "" : "s");
	}
	fflush(stdout);
	return status == REBUFF_OK ? 0 : command_fail(&err);
}

/* ---- show ---------------------------------------------------------------------------------- */

typedef struct {
	json_t *list;
	const char *only; /* words that begin so; "" all */
} view;

static void show(void *ud, const char *name, const char *value, const char *origin)
{
	view *v = ud;
	if (strncmp(name, v->only, strlen(v->only)) != 0)
		return;
	if (v->list)
		json_array_append_new(v->list,
			json_pack("{s:s, s:s, s:s}", "name", name, "value", value, "from", origin));
	else
		printf("%-38s  %-26s  %s\n", name, value, origin);
}

static int policy_show(const command_options *options, int argc, char **argv)
{
	const char *words[2] = {"default", ""}, *stream = "", *source = "";
	const argument known[] = {
		{"--stream", &stream, NULL}, {"--source", &source, NULL}, {NULL, NULL, NULL}};
	rebuff_error err = {.status = REBUFF_OK};
	rebuff_ctx *ctx;
	int n;
	if (arguments_read(&command_policy, known, argc, argv, words, 2, &n))
		return 2;
	if (command_open(options, &ctx) != 0)
		return 1;
	view v = {.list = options->json ? json_array() : NULL, .only = words[1]};
	rebuff_status status = rebuff_policy_show(ctx, command_span(words[0]), command_span(stream),
		command_span(source), show, &v, &err);
	if (v.list && status == REBUFF_OK) {
		json_dumpf(v.list, stdout, JSON_COMPACT);
		putchar('\n');
	}
	json_decref(v.list);
	rebuff_close(&ctx);
	return status == REBUFF_OK ? 0 : command_fail(&err);
}

/* ---- reference ----------------------------------------------------------------------------- */

static void print(void *ud, rebuff_span text)
{
	fwrite(text.p, 1, text.len, ud);
}

static int policy_reference(const command_options *options, int argc, char **argv)
{
	const argument known[] = {{NULL, NULL, NULL}};
	rebuff_ctx *ctx;
	int n;
	if (arguments_read(&command_policy, known, argc, argv, NULL, 0, &n))
		return 2;
	if (command_open(options, &ctx) != 0)
		return 1;
	rebuff_policy_reference(ctx, print, stdout);
	rebuff_close(&ctx);
	return fflush(stdout) == 0 ? 0 : 1;
}

/* ---- which --------------------------------------------------------------------------------- */

static int run(const command_options *options, int argc, char **argv)
{
	static const struct {
		const char *name;
		int (*run)(const command_options *options, int argc, char **argv);
	} parts[] = {{"check", policy_check}, {"show", policy_show}, {"test", policy_test},
		{"diff", policy_diff}, {"reference", policy_reference}};
	if (argc < 2)
		return command_usage(&command_policy, "nothing said to do");
	for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
		if (strcmp(argv[1], parts[i].name) == 0)
			return parts[i].run(options, argc - 1, argv + 1);
	return command_usage(&command_policy, "\"%s\" is none of these", argv[1]);
}

const command command_policy = {.name = "policy",
	.usage = "check | show [PROVIDER [WORD]] [--stream NAME] [--source IP] | test [FILE...] | "
		 "diff OLD NEW [--since TIME] [--examples N] | reference",
	.summary = "check, show, try out and compare policies",
	.help = "check      names every mistake, and what is odd, with file and line\n"
		"show       the values in force at a provider (or a domain's, or MX host's) and "
		"the "
		"line\n"
		"           that each comes from; WORD: only those that begin so (pace, retry)\n"
		"test       plays the cases of FILE..., else of tests/*.lua in the operator's "
		"folder\n"
		"diff       plays what is recorded through the policies of two folders and says "
		"what\n"
		"           would differ\n"
		"reference  the manual of all words, in Markdown\n",
	.run = run};
