/* cmd_status.c - rebuff status: how things stand now, in the database and in the engine. */
#include "common/command.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "common/arguments.h"
#include "common/control.h"
#include "common/print.h"
#include "common/state.h"
#include "common/text.h"

/* The engine's own words, "" with the reason in err when it cannot be asked. */
static void ask_engine(
	const command_options *o, char text[RBF_WIRE_VALUE_MAX + 1], rebuff_error *err)
{
	rbf_wire_record answer;
	control *c = NULL;
	text[0] = '\0';
	if (control_open(o->run_dir, &c, err) != REBUFF_OK)
		return;
	rbf_wire_put_str(control_begin(c, "status"), "format", o->json ? "json" : "text");
	if (control_send(c, err) == REBUFF_OK && control_receive(c, &answer, err) == REBUFF_OK)
		snprintf(text, RBF_WIRE_VALUE_MAX + 1, "%s", rbf_wire_get_str(&answer, "text", ""));
	control_close(&c);
}

static void print_engine(const command_options *o, const char *text, const rebuff_error *err)
{
	if (o->json)
		printf("{\"engine\":%s,\"state\":", *text ? text : "null");
	else if (*text)
		print_lines(text);
	else
		printf("engine       %s%s%s\n", o->colour ? "\033[31m" : "", err->text,
			o->colour ? "\033[0m" : "");
}

/* ---- rates -------------------------------------------------------------------------------------
 */

typedef struct {
	bool json;
	size_t shown;
} rates;

static void print_rate(void *ud, const rebuff_rate *r)
{
	rates *p = ud;
	char name[REBUFF_NAME_MAX * 4];
	text_escape(name, sizeof name, r->name, strlen(r->name));
	if (p->json) {
		json_t *o = json_pack("{s:s,s:s,s:[IIII],s:[IIII]}", "of", r->of, "name", name,
			"all", (json_int_t)r->all[0], (json_int_t)r->all[1], (json_int_t)r->all[2],
			(json_int_t)r->all[3], "failed", (json_int_t)r->failed[0],
			(json_int_t)r->failed[1], (json_int_t)r->failed[2],
			(json_int_t)r->failed[3]);
		if (p->shown++)
			putchar(',');
		json_dumpf(o, stdout, JSON_COMPACT);
		json_decref(o);
		return;
	}
	if (!p->shown++)
		printf("\n%-37s %16s %16s %16s %16s\n", "Failed of final outcomes", "10 min", "1 h",
			"24 h", "30 d");
	printf("  %-8s %-26s", r->of, name);
	for (int w = 0; w < REBUFF_WINDOWS; w++)
		printf(" %7lld of %5lld", (long long)r->failed[w], (long long)r->all[w]);
	putchar('\n');
}

static int run(const command_options *options, int argc, char **argv)
{
	char engine[RBF_WIRE_VALUE_MAX + 1];
	const argument known[] = {{NULL, NULL, NULL}};
	rebuff_error err = {.status = REBUFF_OK};
	rebuff_ctx *ctx = NULL;
	int n;
	if (arguments_read(&command_status, known, argc, argv, NULL, 0, &n))
		return 2;
	rebuff_output out = print_output(options);
	ask_engine(options, engine, &err);
	print_engine(options, engine, &err);
	rebuff_status status = state_open(options, true, true, &ctx, &err);
	if (status == REBUFF_OK)
		status = rebuff_status_write(ctx, &out, &err);
	bool well = status == REBUFF_OK;
	if (options->json)
		fputs(well ? ",\"rates\":[" : "null", stdout);
	if (well)
		status = rebuff_rate_each(ctx, print_rate, &(rates){.json = options->json}, &err);
	rebuff_close(&ctx);
	if (options->json)
		puts(well ? "]}" : "}");
	return status == REBUFF_OK ? print_end() : command_fail(&err);
}

const command command_status = {.name = "status",
	.usage = "",
	.summary = "how things stand now: engine, policy, what waits, slow lanes, holds",
	.help = "Says how the running engine does, then what the policy and the database hold.\n",
	.run = run};
