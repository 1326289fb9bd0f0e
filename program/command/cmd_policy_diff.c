/* cmd_policy_diff.c - rebuff policy diff: what another policy would have made of what is recorded.
 */
#include "command/cmd_policy.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/arguments.h"
#include "common/clocks.h"
#include "common/progress.h"
#include "common/when.h"

typedef struct {
	const command_options *options;
	progress bar;
	json_t *examples, *appear, *vanish;
	rebuff_example kept[REBUFF_DIFFER_N][20];
	size_t kept_n[REBUFF_DIFFER_N];
} outcome;

static const char *const kinds[REBUFF_DIFFER_N] = {
	[REBUFF_DIFFER_SUPPRESSED] = "suppresses the address",
	[REBUFF_DIFFER_SPARED] = "spares the address",
	[REBUFF_DIFFER_FATE] = "another fate",
	[REBUFF_DIFFER_MEANING] = "another meaning",
	[REBUFF_DIFFER_PACE] = "another pace",
	[REBUFF_DIFFER_NEXT] = "another time for the next attempt"};

static void advance(void *ud, size_t done, size_t total)
{
	outcome *o = ud;
	o->bar.total = total;
	progress_add(&o->bar, done - o->bar.done);
}

static void keep_example(void *ud, const rebuff_example *e)
{
	outcome *o = ud;
	size_t *n = &o->kept_n[e->kind];
	if (*n < sizeof o->kept[0] / sizeof *o->kept[0])
		o->kept[e->kind][(*n)++] = *e;
}

static void keep_address(void *ud, bool appears, const char *address)
{
	outcome *o = ud;
	json_array_append_new(appears ? o->appear : o->vanish, json_string(address));
}

static void print_example(const rebuff_example *e)
{
	char when[WHEN_MAX];
	printf("      %s  %s (%s)\n", when_local(e->time_ms, when), e->recipient, e->provider);
	if (e->text[0]) /* printable already */
		printf("        %.150s\n", e->text);
	printf("        %s  ->  %s\n", e->before, e->after);
}

static void print_list(const char *what, uint64_t n, const json_t *list)
{
	if (!n)
		return;
	printf("  %" PRIu64 " %s\n", n, what);
	for (size_t i = 0; i < json_array_size(list); i++)
		printf("      %s\n", json_string_value(json_array_get(list, i)));
}

static void print_text(const outcome *o, const rebuff_replayed *r)
{
	printf("%" PRIu64 " attempts, %" PRIu64 " decided differently\n", r->attempts, r->changed);
	for (int k = 0; k < REBUFF_DIFFER_N; k++) {
		if (!r->by_kind[k])
			continue;
		printf("  %" PRIu64 " %s\n", r->by_kind[k], kinds[k]);
		for (size_t i = 0; i < o->kept_n[k]; i++)
			print_example(&o->kept[k][i]);
	}
	printf("suppressed at the end: %" PRIu64 " before, %" PRIu64 " after\n", r->listed_before,
		r->listed_after);
	print_list("appear", r->appear, o->appear);
	print_list("vanish", r->vanish, o->vanish);
}

static void print_json(const outcome *o, const rebuff_replayed *r)
{
	json_t *by = json_object(), *examples = json_array();
	for (int k = 0; k < REBUFF_DIFFER_N; k++) {
		json_object_set_new(by, kinds[k], json_integer((json_int_t)r->by_kind[k]));
		for (size_t i = 0; i < o->kept_n[k]; i++) {
			const rebuff_example *e = &o->kept[k][i];
			json_array_append_new(examples,
				json_pack("{s:s, s:I, s:s, s:s, s:s, s:s, s:s}", "kind", kinds[k],
					"time_ms", (json_int_t)e->time_ms, "recipient",
					e->recipient, "provider", e->provider, "text", e->text,
					"before", e->before, "after", e->after));
		}
	}
	json_t *all = json_pack("{s:I, s:I, s:o, s:o, s:I, s:I, s:I, s:I, s:O, s:O}", "attempts",
		(json_int_t)r->attempts, "changed", (json_int_t)r->changed, "by", by, "examples",
		examples, "suppressed_before", (json_int_t)r->listed_before, "suppressed_after",
		(json_int_t)r->listed_after, "appear_n", (json_int_t)r->appear, "vanish_n",
		(json_int_t)r->vanish, "appear", o->appear, "vanish", o->vanish);
	json_dumpf(all, stdout, JSON_COMPACT | JSON_PRESERVE_ORDER);
	putchar('\n');
	json_decref(all);
}

static int diff(const command_options *options, const char *old_dir, const char *new_dir,
	int64_t from_ms, size_t examples)
{
	char space[COMMAND_PATH_MAX];
	rebuff_error err = {.status = REBUFF_OK};
	rebuff_replayed r;
	rebuff_options o = policy_options(options, space);
	outcome *found = calloc(1, sizeof *found);
	if (!found) {
		fprintf(stderr, "rebuff policy diff: no memory\n");
		return 1;
	}
	o.state_file = options->state_file;
	found->options = options;
	found->appear = json_array();
	found->vanish = json_array();
	found->bar = progress_start("replaying", 0);
	const rebuff_replay replay = {.size = sizeof replay,
		.options = &o,
		.old_dir = old_dir,
		.new_dir = new_dir,
		.from_ms = from_ms,
		.to_ms = wall_now_ms(),
		.examples = examples,
		.ud = found,
		.progress = advance,
		.example = keep_example,
		.listed = keep_address};
	rebuff_status status = rebuff_policy_diff(&replay, &r, &err);
	progress_clear(&found->bar);
	if (status == REBUFF_OK && options->json)
		print_json(found, &r);
	else if (status == REBUFF_OK)
		print_text(found, &r);
	json_decref(found->appear);
	json_decref(found->vanish);
	free(found);
	return status == REBUFF_OK ? 0 : command_fail(&err);
}

int policy_diff(const command_options *options, int argc, char **argv)
{
	const char *words[2] = {NULL, NULL}, *since = NULL, *examples = "5";
	const argument known[] = {
		{"--since", &since, NULL}, {"--examples", &examples, NULL}, {NULL, NULL, NULL}};
	int64_t length_ms = 0, from_ms = 0;
	size_t example_n;
	int n;
	if (arguments_read(&command_policy, known, argc, argv, words, 2, &n))
		return 2;
	if (n != 2)
		return command_usage(&command_policy, "diff needs two folders, OLD and NEW");
	if (since && when_parse_length(since, &length_ms))
		from_ms = wall_now_ms() - length_ms;
	else if (since && !when_parse(since, wall_now_ms(), &from_ms))
		return command_usage(&command_policy, "\"%s\" is no time", since);
	if (!arguments_count(examples, &example_n))
		return command_usage(&command_policy, "--examples wants a number");
	return diff(options, words[0], words[1], from_ms, example_n);
}
