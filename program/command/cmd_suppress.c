/* cmd_suppress.c - rebuff suppress: who gets no more mail, and why. */
#include "command/suppress.h"

#include <stdio.h>
#include <string.h>

#include "command/changes.h"
#include "common/arguments.h"
#include "common/clocks.h"
#include "common/state.h"
#include "common/text.h"
#include "common/when.h"

enum { SHOWN_MAX = 4 * REBUFF_TEXT_MAX + 1 };

static const command suppress_list, suppress_check, suppress_add, suppress_remove;

/* ---- showing ------------------------------------------------------------------------------- */

static const char *until_text(const rebuff_suppression *e, char when[WHEN_MAX])
{
	return e->until_ms ? when_local(e->until_ms, when) : "for ever";
}

typedef struct {
	const command_options *options;
	const char *scope; /* NULL: all */
	int class_; /* -1: all */
	size_t shown;
	bool active; /* one of them is in force */
	int64_t now_ms;
} listing;

static void print_row(const listing *l, const rebuff_suppression *e)
{
	char address[SHOWN_MAX], scope[SHOWN_MAX], since[WHEN_MAX], until[WHEN_MAX];
	bool over = e->until_ms && e->until_ms <= l->now_ms;
	const char *dim = over && l->options->colour ? "\033[2m" : "";
	printf("%s%-36s %-12s %-18s %-16s  %-16s %s%s%s\n", dim,
		text_show(address, sizeof address, e->address), rebuff_class_name(e->class_),
		rebuff_category_name(e->category), when_local(e->since_ms, since),
		until_text(e, until), text_show(scope, sizeof scope, e->scope),
		over ? "  (run out: the next message is the probe)" : "", *dim ? "\033[0m" : "");
}

static bool list_one(void *ud, const rebuff_suppression *e)
{
	listing *l = ud;
	if ((l->scope && strcmp(l->scope, e->scope) != 0) ||
		(l->class_ >= 0 && l->class_ != (int)e->class_))
		return true;
	if (l->options->json) {
		suppress_print_json(e);
	} else {
		if (!l->shown)
			printf("%s%-36s %-12s %-18s %-16s  %-16s %s%s\n",
				l->options->colour ? "\033[1m" : "", "ADDRESS", "CLASS", "CATEGORY",
				"SINCE", "UNTIL", "SCOPE", l->options->colour ? "\033[0m" : "");
		print_row(l, e);
	}
	l->shown++;
	return !ferror(stdout);
}

static void print_detail(const listing *l, const rebuff_suppression *e)
{
	char text[SHOWN_MAX], since[WHEN_MAX], until[WHEN_MAX];
	bool over = e->until_ms && e->until_ms <= l->now_ms;
	printf("%s: %s, %s%s\n", text_show(text, sizeof text, e->address),
		rebuff_class_name(e->class_), rebuff_category_name(e->category),
		over ? ", run out" : "");
	printf("  scope     %s\n", text_show(text, sizeof text, e->scope));
	printf("  since     %s\n", when_local(e->since_ms, since));
	printf("  until     %s%s\n", until_text(e, until),
		over ? " (the next message is let through as the probe)" : "");
	if (e->evidence[0])
		printf("  evidence  %s\n", text_show(text, sizeof text, e->evidence));
	if (e->provider[0])
		printf("  provider  %s\n", text_show(text, sizeof text, e->provider));
	if (e->rule[0])
		printf("  rule      %s (confidence %.2f)\n", text_show(text, sizeof text, e->rule),
			e->confidence);
	if (e->by[0])
		printf("  by        %s\n", text_show(text, sizeof text, e->by));
}

static bool check_one(void *ud, const rebuff_suppression *e)
{
	listing *l = ud;
	l->shown++;
	l->active = l->active || !e->until_ms || e->until_ms > l->now_ms;
	if (l->options->json)
		suppress_print_json(e);
	else
		print_detail(l, e);
	return true;
}

/* Read the entries of an address ("" = all). Returns the exit status. */
static int each(const command_options *o, const char *address,
	bool (*show)(void *, const rebuff_suppression *), listing *l)
{
	rebuff_error err = {.status = REBUFF_OK};
	rebuff_ctx *ctx = NULL;
	rebuff_span span = {address, strlen(address)};
	rebuff_status status = state_open(o, true, false, &ctx, &err);
	if (status == REBUFF_OK)
		status = rebuff_suppress_each(ctx, span, show, l, &err);
	rebuff_close(&ctx);
	return status == REBUFF_OK ? 0 : command_fail(&err);
}

static int run_list(const command_options *o, int argc, char **argv)
{
	const char *class_ = NULL, *scope = NULL, *word = "";
	int n;
	const argument known[] = {
		{"--class", &class_, NULL}, {"--scope", &scope, NULL}, {NULL, NULL, NULL}};
	if (arguments_read(&suppress_list, known, argc, argv, &word, 1, &n))
		return 2;
	listing l = {.options = o,
		.scope = scope,
		.class_ = suppress_class_of(&suppress_list, class_, -1),
		.now_ms = wall_now_ms()};
	if (class_ && l.class_ < 0)
		return 2;
	int failed = each(o, word, list_one, &l);
	if (!failed && !l.shown && !o->json)
		puts("nobody is suppressed");
	return failed;
}

static const command suppress_list = {.name = "suppress list",
	.usage = "[ADDRESS] [--class CLASS] [--scope SCOPE]",
	.summary = "who is suppressed",
	.help = "",
	.run = run_list};

static int run_check(const command_options *o, int argc, char **argv)
{
	const char *address = NULL;
	char shown[SHOWN_MAX];
	int n;
	const argument known[] = {{NULL, NULL, NULL}};
	if (arguments_read(&suppress_check, known, argc, argv, &address, 1, &n))
		return 2;
	if (n != 1)
		return command_usage(&suppress_check, "an address is missing");
	listing l = {.options = o, .now_ms = wall_now_ms()};
	int failed = each(o, address, check_one, &l);
	if (!failed && !l.shown && !o->json)
		printf("%s is not suppressed\n", text_show(shown, sizeof shown, address));
	return failed ? failed : l.active ? SUPPRESS_FOUND : 0;
}

static const command suppress_check = {.name = "suppress check",
	.usage = "ADDRESS",
	.summary = "is this address suppressed, and why",
	.help = "",
	.run = run_check};

/* ---- changing ------------------------------------------------------------------------------ */

static void refused(void *ud, size_t tag, const char *why)
{
	bool *any = ud;
	(void)tag;
	fprintf(stderr, "rebuff: %s\n", why);
	*any = true;
}

static int run_add(const command_options *o, int argc, char **argv)
{
	const char *until = "never", *scope = "all", *class_ = NULL, *why = "", *word = NULL;
	int n;
	const argument known[] = {{"--until", &until, NULL}, {"--scope", &scope, NULL},
		{"--class", &class_, NULL}, {"--evidence", &why, NULL}, {NULL, NULL, NULL}};
	if (arguments_read(&suppress_add, known, argc, argv, &word, 1, &n))
		return 2;
	if (n != 1)
		return command_usage(&suppress_add, "an address is missing");
	rebuff_suppression e = {.size = sizeof e, .since_ms = wall_now_ms(), .confidence = 1.0};
	const char *wrong;
	int of_class = suppress_class_of(&suppress_add, class_, REBUFF_CLASS_MANUAL);
	if (of_class < 0)
		return 2;
	if (!when_parse(until, e.since_ms, &e.until_ms))
		return command_usage(&suppress_add,
			"cannot read the time \"%s\", want 2026-12-31, 90d or never", until);
	if (!suppress_fill(&e, word, scope, why, &wrong))
		return command_usage(&suppress_add, "%s", wrong);
	e.class_ = (rebuff_class)of_class;
	suppress_by(e.by);
	rebuff_error err = {.status = REBUFF_OK};
	changes *c = NULL;
	bool failed = false;
	rebuff_status status = changes_open(o, refused, &failed, &c, &err);
	if (status == REBUFF_OK)
		status = changes_add(c, 0, &e, &err);
	rebuff_status closed = changes_close(&c, &err);
	if (status != REBUFF_OK || closed != REBUFF_OK)
		return command_fail(&err);
	if (!failed && o->json)
		suppress_print_json(&e);
	return failed;
}

static const command suppress_add = {.name = "suppress add",
	.usage = "ADDRESS [--until TIME] [--scope SCOPE] [--class CLASS] [--evidence TEXT]",
	.summary = "suppress an address",
	.help = "",
	.run = run_add};

static int run_remove(const command_options *o, int argc, char **argv)
{
	const char *class_ = NULL, *address = NULL;
	char shown[SHOWN_MAX];
	int n;
	const argument known[] = {{"--class", &class_, NULL}, {NULL, NULL, NULL}};
	if (arguments_read(&suppress_remove, known, argc, argv, &address, 1, &n))
		return 2;
	if (n != 1)
		return command_usage(&suppress_remove, "an address is missing");
	int of_class = suppress_class_of(&suppress_remove, class_, REBUFF_CLASS_N);
	if (of_class < 0)
		return 2;
	rebuff_error err = {.status = REBUFF_OK};
	changes *c = NULL;
	bool failed = false;
	size_t removed = 0;
	rebuff_status status = changes_open(o, refused, &failed, &c, &err);
	if (status == REBUFF_OK)
		status = changes_remove(c, address, (rebuff_class)of_class, &removed, &err);
	rebuff_status closed = changes_close(&c, &err);
	if (status != REBUFF_OK || closed != REBUFF_OK)
		return command_fail(&err);
	if (o->json)
		printf("{\"removed\":%zu}\n", removed);
	else if (removed)
		printf("removed %zu\n", removed);
	else
		fprintf(stderr, "rebuff: %s is not suppressed\n",
			text_show(shown, sizeof shown, address));
	return removed ? 0 : 1;
}

static const command suppress_remove = {.name = "suppress remove",
	.usage = "ADDRESS [--class CLASS]",
	.summary = "take an address off the list",
	.help = "",
	.run = run_remove};

/* ---- the command --------------------------------------------------------------------------- */

static int run(const command_options *options, int argc, char **argv)
{
	static const command *const parts[] = {&suppress_list, &suppress_check, &suppress_add,
		&suppress_remove, &suppress_import, &suppress_export};
	for (size_t i = 0; argc > 1 && i < sizeof parts / sizeof *parts; i++) {
		if (strcmp(argv[1], parts[i]->name + sizeof "suppress") == 0)
			return parts[i]->run(options, argc - 1, argv + 1);
	}
	return argc > 1 ? command_usage(&command_suppress, "no \"%s\"", argv[1])
			: command_usage(&command_suppress, "what to do is missing");
}

const command command_suppress = {.name = "suppress",
	.usage = "list|check|add|remove|import|export [ADDRESS|FILE] [OPTION...]",
	.summary = "who gets no more mail: list, check, add, remove, import, export",
	.help = "  list [ADDRESS] [--class CLASS] [--scope SCOPE]\n"
		"  check ADDRESS          exit status 3 when it is suppressed, 0 when not\n"
		"  add ADDRESS [--until TIME] [--scope SCOPE] [--class CLASS] [--evidence TEXT]\n"
		"  remove ADDRESS [--class CLASS]\n"
		"  import [FILE] [--until TIME] [--scope SCOPE] [--class CLASS] [--dry-run]\n"
		"                         CSV with a header line, or one address a line; - or no\n"
		"                         FILE: standard input. Checked whole before anything is "
		"added\n"
		"  export [--hashed]      CSV; with --json one object a line\n\n"
		"CLASS is bounce, soft, complaint, unsubscribed or manual (default). SCOPE is all\n"
		"(default), domain:example.org (a sending domain) or stream:NAME. TIME is\n"
		"2026-12-31, 2026-12-31T08:00Z, 90d, or never (default).\n\n"
		"Changes go through the engine when it runs, else into the database itself.\n",
	.run = run};
