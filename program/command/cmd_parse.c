/* cmd_parse.c - rebuff parse: what bounce messages, complaints and automatic answers say. */
#include "common/command.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "command/mailbox.h"
#include "common/arguments.h"
#include "common/progress.h"
#include "common/text.h"

typedef struct {
	rebuff_ctx *ctx;
	rebuff_reader *reader;
	bool json, colour;
	bool failed;
	progress bar;
} parse_run;

static void classify(void *ud, const rebuff_reply *reply, rebuff_classification *out)
{
	(void)rebuff_classify(ud, reply, out);
}

/* ---- JSON ------------------------------------------------------------------------------------ */

static json_t *span_json(rebuff_span s)
{
	return text_json(s.p, s.len);
}

static json_t *recipient_json(const rebuff_bounced *b)
{
	const rebuff_classification *c = &b->reply;
	return json_pack("{s:o, s:s, s:s, s:i, s:s, s:s, s:b, s:o, s:s, s:o, s:o}", "recipient",
		span_json(b->recipient), "action", rebuff_dsn_action_name(b->action), "enhanced",
		c->enhanced, "code", (int)c->code, "category", rebuff_category_name(c->category),
		"fault", rebuff_fault_name(c->fault), "permanent", (int)c->permanent, "diagnostic",
		span_json(b->diagnostic), "provider", c->provider, "mta", span_json(b->mta), "rule",
		span_json(command_span(c->rule)));
}

/* One object a line, written as it is made: a report may have a hundred thousand recipients. */
static void show_json(parse_run *run, const char *name, const rebuff_message *m)
{
	static const size_t flags = JSON_COMPACT | JSON_ENCODE_ANY;
	json_t *file = span_json(command_span(name)), *id = span_json(m->message_id);
	bool ok = file && id;
	fputs("{\"file\":", stdout);
	ok = ok && json_dumpf(file, stdout, flags) == 0;
	printf(",\"kind\":\"%s\",\"recipients\":[", rebuff_message_kind_name(m->kind));
	for (size_t i = 0; i < m->recipient_n && ok; i++) {
		rebuff_bounced b = {.size = sizeof b};
		json_t *o = rebuff_reader_recipient(run->reader, i, &b) == REBUFF_OK
			? recipient_json(&b)
			: NULL;
		if (i)
			putchar(',');
		ok = o && json_dumpf(o, stdout, flags) == 0;
		json_decref(o);
	}
	fputs("],\"message_id\":", stdout);
	ok = ok && json_dumpf(id, stdout, flags) == 0;
	fputs(",\"trust\":\"unverified\"}\n", stdout);
	json_decref(file);
	json_decref(id);
	if (!ok) {
		fprintf(stderr, "rebuff parse: %s: no memory for the answer\n", name);
		run->failed = true;
	}
}

/* ---- for people ------------------------------------------------------------------------------ */

/* Text from outside on a terminal: control characters of any kind become '?'. */
static void put_safe(rebuff_span s)
{
	for (size_t i = 0; i < s.len; i++) {
		unsigned char c = (unsigned char)s.p[i];
		/* C1 controls are c2 80 .. c2 9f in UTF-8 */
		bool control = c < 0x20 || c == 0x7f ||
			(c == 0xc2 && i + 1 < s.len && (unsigned char)s.p[i + 1] < 0xa0);
		i += control && c == 0xc2;
		putchar(control ? '?' : c);
	}
}

static void show_recipient(const parse_run *run, const rebuff_bounced *b)
{
	const rebuff_classification *c = &b->reply;
	bool dead = c->permanent;
	fputs("  ", stdout);
	put_safe(b->recipient);
	printf("\n    %s%s%s%s, fault: %s%s", run->colour ? (dead ? "\033[31m" : "\033[33m") : "",
		rebuff_category_name(c->category), run->colour ? "\033[0m" : "",
		b->action == REBUFF_DSN_NONE || b->action == REBUFF_DSN_FAILED ? ""
									       : " (not final)",
		rebuff_fault_name(c->fault), dead ? ", the address is dead" : "");
	if (c->provider[0])
		printf(", provider: %s", c->provider);
	if (b->mta.len) {
		fputs(", server: ", stdout);
		put_safe(b->mta);
	}
	if (b->diagnostic.len) {
		fputs("\n    ", stdout);
		put_safe(b->diagnostic);
	}
	putchar('\n');
}

static void show_text(const parse_run *run, const char *name, const rebuff_message *m)
{
	put_safe(command_span(name));
	printf(": %s", rebuff_message_kind_name(m->kind));
	if (m->feedback_type.len) {
		fputs(" (", stdout);
		put_safe(m->feedback_type);
		putchar(')');
	}
	if (m->message_id.len) {
		fputs(", about <", stdout);
		put_safe(m->message_id);
		putchar('>');
	}
	putchar('\n');
	for (size_t i = 0; i < m->recipient_n; i++) {
		rebuff_bounced b = {.size = sizeof b};
		if (rebuff_reader_recipient(run->reader, i, &b) == REBUFF_OK)
			show_recipient(run, &b);
	}
}

/* ---- the run --------------------------------------------------------------------------------- */

static void on_unread(void *ud, const char *name, const char *why)
{
	parse_run *run = ud;
	progress_clear(&run->bar);
	fprintf(stderr, "rebuff parse: %s: %s\n", name, why);
	run->failed = true;
}

static void on_message(void *ud, const char *name, rebuff_span message)
{
	parse_run *run = ud;
	rebuff_message m = {.size = sizeof m};
	rebuff_error err;
	if (rebuff_reader_read(run->reader, message, &m, &err) != REBUFF_OK) {
		on_unread(ud, name, err.text);
		return;
	}
	progress_clear(&run->bar);
	if (run->json)
		show_json(run, name, &m);
	else
		show_text(run, name, &m);
}

static void on_progress(void *ud, size_t bytes)
{
	parse_run *run = ud;
	progress_add(&run->bar, bytes);
}

static int parse(parse_run *run, int n, const char *const *paths)
{
	static const char *const only[] = {"-"};
	const mailbox_reader reader = {.ud = run,
		.message_max = (size_t)64 << 20,
		.message = on_message,
		.unread = on_unread,
		.progress = on_progress};
	uint64_t total = 0;
	if (n == 0) {
		paths = only;
		n = 1;
	}
	for (int i = 0; i < n; i++)
		total += mailbox_size(paths[i]);
	run->bar = progress_start("reading", total);
	for (int i = 0; i < n; i++)
		mailbox_read(&reader, paths[i]);
	progress_clear(&run->bar);
	if (ferror(stdout) || fflush(stdout) != 0) {
		perror("rebuff parse: standard output");
		run->failed = true;
	}
	return run->failed;
}

static int parse_with(const command_options *options, int n, const char *const *paths)
{
	parse_run state = {.json = options->json, .colour = options->colour};
	rebuff_error err;
	int status = 1;
	if (command_open(options, &state.ctx) != 0)
		return 1;
	const rebuff_reader_options reading = {
		.size = sizeof reading, .ud = state.ctx, .classify = classify};
	if (rebuff_reader_open(&reading, &state.reader, &err) == REBUFF_OK)
		status = parse(&state, n, paths);
	else
		(void)command_fail(&err);
	rebuff_reader_close(&state.reader);
	rebuff_close(&state.ctx);
	return status;
}

static int run(const command_options *options, int argc, char **argv)
{
	const argument known[] = {{NULL, NULL, NULL}};
	const char **paths = calloc((size_t)argc, sizeof *paths); /* as many as the shell finds */
	int n, status = 1;
	if (!paths)
		fputs("rebuff parse: no memory\n", stderr);
	else if ((status = arguments_read(&command_parse, known, argc, argv, paths, argc, &n)) == 0)
		status = parse_with(options, n, paths);
	free(paths);
	return status;
}

const command command_parse = {.name = "parse",
	.usage = "[FILE...]",
	.summary = "say what bounce messages, complaints and automatic answers mean",
	.help = "FILE is a message, an mbox, a Maildir or another directory of messages; - or none "
		"is\n"
		"standard input (a message or an mbox). Exits 1 when something could not be read;\n"
		"each is named on standard error.\n",
	.run = run};
