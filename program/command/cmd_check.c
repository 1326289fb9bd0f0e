/* cmd_check.c - rebuff check: what may be wrong with us, and what to do about it. */
#include "common/command.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "check/check.h"
#include "client/wire.h"
#include "common/arguments.h"
#include "common/ask.h"
#include "common/print.h"
#include "common/state.h"

enum { LIMIT_MS = 40000, CPU_S = 20, MEMORY = 512 << 20, FILE_BYTES = 16 << 20 };

/* Whatever comes from the DNS, this process is bounded: the engine runs it as its child. */
static void limit(int what, rlim_t most)
{
	struct rlimit l = {most, most};
	(void)setrlimit(what, &l);
}

typedef struct {
	rebuff_checks checks;
	int64_t alarm; /* 0: of none */
} result;

static rebuff_status keep(void *ud, rebuff_ctx *ctx, size_t *n, rebuff_error *err)
{
	const result *r = ud;
	int64_t number;
	(void)n;
	return rebuff_checks_add(ctx, &r->checks, r->alarm, &number, err);
}

static rebuff_status record(
	const command_options *o, const json_t *list, const char *dump, rebuff_error *err)
{
	char wrong[24], alarm[24];
	size_t nothing;
	const char *provider = json_string_value(json_object_get(list, "provider"));
	const char *summary = json_string_value(json_object_get(list, "summary"));
	result r = {.alarm = json_integer_value(json_object_get(list, "alarm")),
		.checks = {.size = sizeof r.checks,
			.provider = command_span(provider),
			.stream = {"", 0},
			.wrong = (uint32_t)json_integer_value(json_object_get(list, "wrong")),
			.summary = command_span(summary),
			.list = command_span(dump)}};
	snprintf(wrong, sizeof wrong, "%" PRIu32, r.checks.wrong);
	snprintf(alarm, sizeof alarm, "%" PRId64, r.alarm);
	const ask_field fields[] = {{"provider", provider ? provider : ""},
		{"summary", summary ? summary : ""}, {"wrong", wrong}, {"alarm", alarm},
		{"list", dump}, {NULL, NULL}};
	const ask what = {
		.request = "checks", .fields = fields, .answer = "", .change = keep, .ud = &r};
	return ask_change(o, &what, &nothing, err);
}

/* A list that is too long for a record loses its last findings that are well. */
static char *dump_bounded(json_t *list)
{
	json_t *findings = json_object_get(list, "findings");
	char *dump = json_dumps(list, JSON_COMPACT);
	while (dump && strlen(dump) >= RBF_WIRE_VALUE_MAX && json_array_size(findings)) {
		json_array_remove(findings, json_array_size(findings) - 1);
		free(dump);
		dump = json_dumps(list, JSON_COMPACT);
	}
	return dump;
}

static int run(const command_options *o, int argc, char **argv)
{
	const char *provider = "", *ip = "", *alarm = "0";
	bool letter = false, no_record = false;
	const argument known[] = {{"--ip", &ip, NULL}, {"--alarm", &alarm, NULL},
		{"--letter", NULL, &letter}, {"--no-record", NULL, &no_record}, {NULL, NULL, NULL}};
	rebuff_error err = {.status = REBUFF_OK};
	rebuff_ctx *ctx = NULL;
	char cache[COMMAND_PATH_MAX];
	size_t number;
	int n;
	if (arguments_read(&command_check, known, argc, argv, &provider, 1, &n))
		return 2;
	if (!arguments_count(alarm, &number))
		return command_usage(&command_check, "--alarm wants a number");
	limit(RLIMIT_CPU, CPU_S);
	limit(RLIMIT_AS, MEMORY);
	limit(RLIMIT_FSIZE, FILE_BYTES);
	int length = snprintf(cache, sizeof cache, "%s.dns", o->state_file);
	check_request request = {.provider = provider,
		.ip = ip,
		.alarm = (int64_t)number,
		.cache = length > 0 && (size_t)length < sizeof cache ? cache : NULL,
		.limit_ms = LIMIT_MS};
	if (state_open(o, true, true, &ctx, &err) != REBUFF_OK)
		return command_fail(&err);
	json_t *list = check_run(ctx, &request, &err);
	rebuff_close(&ctx);
	char *dump = list ? dump_bounded(list) : NULL;
	if (!dump)
		return command_fail(err.status ? &err
					       : &(rebuff_error){.status = REBUFF_ENOMEM,
							 .text = "no memory for the checks"});
	if (o->json)
		puts(dump);
	else if (letter)
		print_lines(json_string_value(json_object_get(list, "letter")));
	else
		check_print(list, o->colour);
	bool wrong = json_integer_value(json_object_get(list, "wrong")) > 0;
	int failed = no_record || record(o, list, dump, &err) == REBUFF_OK ? 0 : command_fail(&err);
	free(dump);
	json_decref(list);
	return failed | print_end() ? 1 : wrong ? 3 : 0;
}

const command command_check = {.name = "check",
	.usage = "[PROVIDER] [--ip ADDRESS] [--letter] [--no-record] [--alarm NUMBER]",
	.summary = "what may be wrong with us: block lists, names, SPF, DKIM, DMARC, lists",
	.help = "Looks at the sending addresses and domains of the last week (and those that\n"
		"/etc/rebuff/watch.lua names), and prints a check-list: what is wrong, what to "
		"do,\n"
		"which page to go to. Answers of the DNS are remembered for their TTL.\n\n"
		"  --ip ADDRESS   look at this sending address too\n"
		"  --letter       print a text to send to the provider, with the evidence\n"
		"  --no-record    do not record the result; else rebuff release remembers it\n"
		"  --alarm NUMBER record it with this incident (the engine's own checks do)\n\n"
		"Exit status 3 when something is wrong, 0 when nothing is.\n",
	.run = run};
