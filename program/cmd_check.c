/* cmd_check.c - rebuff check: what may be wrong with us, and what to do about it. */
#include "command.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "arguments.h"
#include "check.h"
#include "control.h"
#include "fail.h"
#include "print.h"
#include "state.h"

enum { LIMIT_MS = 40000, CPU_S = 20, MEMORY = 512 << 20, FILE_BYTES = 16 << 20 };

/* Whatever comes from the DNS, this process is bounded: the engine runs it as its child. */
static void limit(int what, rlim_t most)
{
	struct rlimit l = {most, most};
	(void)setrlimit(what, &l);
}

static rebuff_status record(
	const command_options *o, const json_t *list, const char *dump, rebuff_error *err)
{
	rbf_wire_record answer;
	control *c = NULL;
	const char *provider = json_string_value(json_object_get(list, "provider"));
	const char *summary = json_string_value(json_object_get(list, "summary"));
	json_int_t wrong = json_integer_value(json_object_get(list, "wrong"));
	json_int_t alarm = json_integer_value(json_object_get(list, "alarm"));
	rebuff_status status = control_open(o->run_dir, &c, err);
	if (status == REBUFF_ENOENT) {
		rebuff_ctx *ctx = NULL;
		int64_t number;
		rebuff_checks checks = {.size = sizeof checks,
			.provider = command_span(provider),
			.stream = {"", 0},
			.wrong = (uint32_t)wrong,
			.summary = command_span(summary),
			.list = command_span(dump)};
		status = state_open(o, false, false, &ctx, err);
		if (status == REBUFF_OK)
			status = rebuff_begin(ctx, err);
		if (status == REBUFF_OK)
			status = rebuff_checks_add(ctx, &checks, alarm, &number, err);
		if (status == REBUFF_OK)
			status = rebuff_commit(ctx, err);
		rebuff_close(&ctx);
		return status;
	}
	if (status != REBUFF_OK)
		return status;
	rbf_wire_writer *w = control_begin(c, "checks");
	rbf_wire_put_str(w, "provider", provider ? provider : "");
	rbf_wire_put_str(w, "summary", summary ? summary : "");
	rbf_wire_put_int(w, "wrong", wrong);
	rbf_wire_put_int(w, "alarm", alarm);
	rbf_wire_put_str(w, "list", dump);
	status = control_send(c, err);
	if (status == REBUFF_OK)
		status = control_receive(c, &answer, err);
	control_close(&c);
	return status;
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
	int n;
	if (arguments_read(&command_check, known, argc, argv, &provider, 1, &n))
		return 2;
	limit(RLIMIT_CPU, CPU_S);
	limit(RLIMIT_AS, MEMORY);
	limit(RLIMIT_FSIZE, FILE_BYTES);
	int length = snprintf(cache, sizeof cache, "%s.dns", o->state_file);
	check_request request = {.provider = provider,
		.ip = ip,
		.alarm = atoll(alarm),
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
	.usage = "[PROVIDER] [--ip ADDRESS] [--letter] [--no-record]",
	.summary = "what may be wrong with us: block lists, names, SPF, DKIM, DMARC, lists",
	.help = "Looks at the sending addresses and domains of the last week (and those that\n"
		"/etc/rebuff/watch.lua names), and prints a check-list: what is wrong, what to "
		"do,\n"
		"which page to go to. Answers of the DNS are remembered for their TTL.\n\n"
		"  --ip ADDRESS   look at this sending address too\n"
		"  --letter       print a text to send to the provider, with the evidence\n"
		"  --no-record    do not record the result; else rebuff release remembers it\n\n"
		"Exit status 3 when something is wrong, 0 when nothing is.\n",
	.run = run};
