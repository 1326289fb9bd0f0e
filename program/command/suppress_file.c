/* suppress_file.c - rebuff suppress import and export. */
#include "command/suppress.h"

#include <errno.h>
#include <inttypes.h>
#include <nettle/sha2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "command/changes.h"
#include "command/csv.h"
#include "common/arguments.h"
#include "common/clocks.h"
#include "common/progress.h"
#include "common/state.h"
#include "common/text.h"
#include "common/when.h"

enum { PROBLEMS_SHOWN = 10, SHOWN_MAX = 512 };

/* The columns of the file, in the order of an export. */
typedef enum {
	ADDRESS,
	SCOPE,
	CLASS,
	CATEGORY,
	SINCE,
	UNTIL,
	CONFIDENCE,
	PROVIDER,
	RULE,
	EVIDENCE,
	BY,
	COLUMN_N
} column;

static const char *const column_names[COLUMN_N] = {"address", "scope", "class", "category", "since",
	"until", "confidence", "provider", "rule", "evidence", "by"};

/* ---- import -------------------------------------------------------------------------------- */

typedef struct {
	rebuff_suppression entry;
	size_t line;
} row;

typedef struct {
	const char *file;
	/* what holds where the file says nothing */
	const char *scope, *until;
	int class_;
	int64_t now_ms;
	/* the file */
	csv_reader reader;
	int at[COLUMN_N]; /* cell of each column, -1: there is none */
	row *rows;
	size_t n, cap;
	size_t problems;
} import;

/* `value` is what the file holds: it is shown escaped, between quotes unless it is "". */
static void problem(import *in, size_t line, const char *what, const char *value)
{
	char shown[SHOWN_MAX];
	if (++in->problems > PROBLEMS_SHOWN)
		return;
	text_escape(shown, sizeof shown, value, strlen(value));
	fprintf(stderr, *value ? "rebuff: %s:%zu: %s: \"%s\"\n" : "rebuff: %s:%zu: %s\n", in->file,
		line, what, shown);
}

static const char *cell(const import *in, column c)
{
	int at = in->at[c];
	return at >= 0 && (size_t)at < in->reader.n ? in->reader.cell[at] : "";
}

/* Is this row a header? Then the columns are where it says; else the first cell is the address. */
static bool read_header(import *in)
{
	bool header = false;
	for (int c = 0; c < COLUMN_N; c++) {
		in->at[c] = -1;
		for (size_t i = 0; i < in->reader.n; i++) {
			if (strcmp(in->reader.cell[i], column_names[c]) == 0)
				in->at[c] = (int)i;
		}
	}
	header = in->at[ADDRESS] >= 0;
	for (int c = 0; c < COLUMN_N && !header; c++)
		in->at[c] = c == ADDRESS ? 0 : -1;
	return header;
}

static bool read_when(import *in, column c, const char *otherwise, int64_t *out)
{
	const char *text = cell(in, c);
	if (!*text)
		text = otherwise;
	if (when_parse(text, in->now_ms, out))
		return true;
	problem(in, in->reader.line, "no time; expected 2026-12-31, 90d or never", text);
	return false;
}

static void copy_printable(char *dst, size_t cap, const char *text)
{
	text_escape(dst, cap, text, strlen(text));
}

static bool fill(import *in, rebuff_suppression *e)
{
	const char *wrong, *class_ = cell(in, CLASS), *category = cell(in, CATEGORY);
	const char *scope = cell(in, SCOPE), *by = cell(in, BY);
	int of_class = in->class_, of_category = REBUFF_UNCLASSIFIED;
	if (*class_)
		of_class = rebuff_class_of_name((rebuff_span){class_, strlen(class_)});
	if (*category)
		of_category = rebuff_category_of_name((rebuff_span){category, strlen(category)});
	if (!suppress_fill(
		    e, cell(in, ADDRESS), *scope ? scope : in->scope, cell(in, EVIDENCE), &wrong)) {
		problem(in, in->reader.line, wrong, cell(in, ADDRESS));
		return false;
	}
	if (of_class < 0 || of_category < 0) {
		problem(in, in->reader.line, of_class < 0 ? "unknown class" : "unknown category",
			of_class < 0 ? class_ : category);
		return false;
	}
	e->class_ = (rebuff_class)of_class;
	e->category = (rebuff_category)of_category;
	e->confidence = *cell(in, CONFIDENCE) ? strtod(cell(in, CONFIDENCE), NULL) : 1.0;
	copy_printable(e->provider, sizeof e->provider, cell(in, PROVIDER));
	copy_printable(e->rule, sizeof e->rule, cell(in, RULE));
	if (*by)
		copy_printable(e->by, sizeof e->by, by);
	else
		suppress_by(e->by);
	return read_when(in, SINCE, "0s", &e->since_ms) &&
		read_when(in, UNTIL, in->until, &e->until_ms);
}

static row *next_row(import *in)
{
	if (in->n == in->cap) {
		size_t cap = in->cap ? in->cap * 2 : 1024;
		row *rows = realloc(in->rows, cap * sizeof *rows);
		if (!rows)
			return NULL;
		in->rows = rows;
		in->cap = cap;
	}
	row *r = &in->rows[in->n];
	*r = (row){.entry = {.size = sizeof r->entry}, .line = in->reader.line};
	return r;
}

/* The whole file into in->rows; whatever is wrong is said. */
static void read_rows(import *in)
{
	const char *wrong = NULL;
	bool first = true;
	int got;
	while ((got = csv_read(&in->reader, &wrong)) == 1) {
		if (first && read_header(in)) {
			first = false;
			continue;
		}
		first = false;
		row *r = next_row(in);
		if (!r) {
			problem(in, in->reader.line, "no memory", "");
			return;
		}
		if (fill(in, &r->entry))
			in->n++;
	}
	if (got < 0)
		problem(in, in->reader.line, wrong, "");
	if (ferror(in->reader.in))
		problem(in, in->reader.line, "cannot be read", strerror(errno));
}

static void refused(void *ud, size_t tag, const char *why)
{
	problem(ud, tag, why, "");
}

static rebuff_status add_rows(const command_options *o, import *in, rebuff_error *err)
{
	changes *c = NULL;
	progress bar = progress_start("importing", in->n);
	rebuff_status status = changes_open(o, refused, in, &c, err);
	for (size_t i = 0; i < in->n && status == REBUFF_OK; i++) {
		status = changes_add(c, in->rows[i].line, &in->rows[i].entry, err);
		progress_add(&bar, 1);
	}
	progress_clear(&bar);
	rebuff_status closed = changes_close(&c, err);
	return status == REBUFF_OK ? closed : status;
}

static int import_rows(const command_options *o, import *in, bool dry)
{
	rebuff_error err = {.status = REBUFF_OK};
	read_rows(in);
	if (in->problems) {
		fprintf(stderr, "rebuff: %s: %zu lines are wrong; nothing was imported\n", in->file,
			in->problems);
		return 1;
	}
	if (!dry && add_rows(o, in, &err) != REBUFF_OK)
		return command_fail(&err);
	size_t refused_n = in->problems;
	if (o->json)
		printf("{\"imported\":%zu,\"refused\":%zu,\"dry_run\":%s}\n", in->n - refused_n,
			refused_n, dry ? "true" : "false");
	else
		printf("%s %zu, refused %zu\n", dry ? "would import" : "imported",
			in->n - refused_n, refused_n);
	return refused_n > 0;
}

static int run_import(const command_options *o, int argc, char **argv)
{
	const char *until = "never", *scope = "all", *class_ = NULL, *file = "-";
	bool dry = false;
	int n;
	const argument known[] = {{"--until", &until, NULL}, {"--scope", &scope, NULL},
		{"--class", &class_, NULL}, {"--dry-run", NULL, &dry}, {NULL, NULL, NULL}};
	if (arguments_read(&suppress_import, known, argc, argv, &file, 1, &n))
		return 2;
	import *in = calloc(1, sizeof *in);
	if (!in)
		return 1;
	int status = 2;
	bool is_stdin = strcmp(file, "-") == 0;
	in->file = is_stdin ? "standard input" : file;
	in->scope = scope;
	in->until = until;
	in->now_ms = wall_now_ms();
	in->class_ = suppress_class_of(&suppress_import, class_, REBUFF_CLASS_MANUAL);
	if (in->class_ >= 0) {
		in->reader.in = is_stdin ? stdin : fopen(file, "re");
		if (in->reader.in)
			status = import_rows(o, in, dry);
		else
			fprintf(stderr, "rebuff: %s: %s\n", file, strerror(errno)), status = 1;
		if (in->reader.in && !is_stdin)
			fclose(in->reader.in);
	}
	free(in->rows);
	free(in);
	return status;
}

const command suppress_import = {.name = "suppress import",
	.usage = "[FILE] [--until TIME] [--scope SCOPE] [--class CLASS] [--dry-run]",
	.summary = "suppress the addresses of a file",
	.help = "",
	.run = run_import};

/* ---- export -------------------------------------------------------------------------------- */

typedef struct {
	bool json, hashed;
} export;

/* SHA-256 of the address in lower case, in hex: what lists are compared by without showing them. */
static void hash_address(char out[2 * SHA256_DIGEST_SIZE + 1], const char *address)
{
	struct sha256_ctx hash;
	uint8_t digest[SHA256_DIGEST_SIZE];
	sha256_init(&hash);
	for (const char *p = address; *p; p++) {
		uint8_t c = (uint8_t)(*p >= 'A' && *p <= 'Z' ? *p + 32 : *p);
		sha256_update(&hash, 1, &c);
	}
	sha256_digest(&hash, sizeof digest, digest);
	for (size_t i = 0; i < sizeof digest; i++)
		snprintf(out + 2 * i, 3, "%02x", digest[i]);
}

static void print_csv(const rebuff_suppression *e)
{
	char since[WHEN_MAX], until[WHEN_MAX], confidence[16];
	snprintf(confidence, sizeof confidence, "%.2f", e->confidence);
	const char *const cells[COLUMN_N] = {[ADDRESS] = e->address,
		[SCOPE] = e->scope,
		[CLASS] = rebuff_class_name(e->class_),
		[CATEGORY] = rebuff_category_name(e->category),
		[SINCE] = when_utc(e->since_ms, since),
		[UNTIL] = e->until_ms ? when_utc(e->until_ms, until) : "never",
		[CONFIDENCE] = confidence,
		[PROVIDER] = e->provider,
		[RULE] = e->rule,
		[EVIDENCE] = e->evidence,
		[BY] = e->by};
	for (int c = 0; c < COLUMN_N; c++) {
		if (c)
			putchar(',');
		csv_put(stdout, cells[c]);
	}
	putchar('\n');
}

static bool export_one(void *ud, const rebuff_suppression *e)
{
	const export *x = ud;
	rebuff_suppression shown = *e;
	if (x->hashed) {
		hash_address(shown.address, e->address);
		shown.evidence[0] = shown.by[0] = '\0'; /* they may name the address */
	}
	if (x->json)
		suppress_print_json(&shown);
	else
		print_csv(&shown);
	return !ferror(stdout);
}

static int run_export(const command_options *o, int argc, char **argv)
{
	export x = {.json = o->json};
	const argument known[] = {{"--hashed", NULL, &x.hashed}, {NULL, NULL, NULL}};
	int n;
	if (arguments_read(&suppress_export, known, argc, argv, NULL, 0, &n))
		return 2;
	rebuff_error err = {.status = REBUFF_OK};
	rebuff_ctx *ctx = NULL;
	rebuff_status status = state_open(o, true, false, &ctx, &err);
	if (status == REBUFF_OK && !x.json) {
		for (int c = 0; c < COLUMN_N; c++)
			printf("%s%s", c ? "," : "", column_names[c]);
		putchar('\n');
	}
	if (status == REBUFF_OK)
		status = rebuff_suppress_each(ctx, (rebuff_span){"", 0}, export_one, &x, &err);
	rebuff_close(&ctx);
	if (status == REBUFF_OK && fflush(stdout) != 0) {
		perror("rebuff: standard output");
		return 1;
	}
	return status == REBUFF_OK ? 0 : command_fail(&err);
}

const command suppress_export = {.name = "suppress export",
	.usage = "[--hashed]",
	.summary = "the list as a file",
	.help = "",
	.run = run_export};
