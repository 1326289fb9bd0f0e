#include "command/unknown_write.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/text.h"

enum { PATH_BYTES = 4096, NAMES_MAX = 1000, FILES_MAX = 1000 };

/* One file to be; its text grows in memory. */
typedef struct {
	char folder[16], name[REBUFF_NAME_MAX];
	char path[PATH_BYTES + 256]; /* where it was written, "" as yet */
	char *text;
	size_t len;
	FILE *out;
} file;

typedef struct {
	char *text;
	size_t len;
	char domain[REBUFF_DOMAIN_MAX + 1], mx[REBUFF_DOMAIN_MAX + 1];
	rebuff_stage stage;
	rebuff_category want;
} example;

struct unknown_writer {
	const char *dir;
	file *files[FILES_MAX];
	size_t file_n;
	example *examples;
	size_t example_n, example_cap;
};

static void writer_free(unknown_writer *w)
{
	for (size_t i = 0; i < w->file_n; i++) {
		if (w->files[i]->out)
			(void)fclose(w->files[i]->out);
		free(w->files[i]->text);
		free(w->files[i]);
	}
	for (size_t i = 0; i < w->example_n; i++)
		free(w->examples[i].text);
	free(w->examples);
	free(w);
}

/* ---- gathering ----------------------------------------------------------------------------- */

unknown_writer *unknown_writer_new(const char *config_dir)
{
	unknown_writer *w = calloc(1, sizeof *w);
	if (w)
		w->dir = config_dir;
	return w;
}

static file *file_of(unknown_writer *w, const char *folder, const char *name, const char *head)
{
	for (size_t i = 0; i < w->file_n; i++)
		if (strcmp(w->files[i]->folder, folder) == 0 &&
			strcmp(w->files[i]->name, name) == 0)
			return w->files[i];
	file *f = w->file_n < FILES_MAX ? calloc(1, sizeof *f) : NULL;
	if (!f)
		return NULL;
	(void)snprintf(f->folder, sizeof f->folder, "%s", folder);
	(void)snprintf(f->name, sizeof f->name, "%s", name);
	f->out = open_memstream(&f->text, &f->len);
	if (!f->out) {
		free(f);
		return NULL;
	}
	w->files[w->file_n++] = f;
	fputs(head, f->out);
	return f;
}

/* A provider's name as a file's, "unknown" when it would be a strange one. */
static const char *file_name(const char *provider)
{
	static const char usual[] = "abcdefghijklmnopqrstuvwxyz0123456789-_";
	return strspn(provider, usual) == strlen(provider) ? provider : "unknown";
}

static void write_quoted(FILE *out, const char *text, size_t len)
{
	putc('"', out);
	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)text[i];
		if (c >= 0x20 && c < 0x7f && c != '"' && c != '\\')
			putc(c, out);
		else
			fprintf(out, "\\x%02x", c);
	}
	putc('"', out);
}

/* What does not look like a domain (it came from outside) is nobody's. */
static const char *domain_of(const example *e)
{
	static const char usual[] =
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-.";
	return *e->domain && strspn(e->domain, usual) == strlen(e->domain) ? e->domain
									   : "example.org";
}

/* A case as rebuff policy test plays it. */
static void write_test(FILE *out, const example *e, size_t number)
{
	fprintf(out, "\ntest \"reply %zu\" {\n\trecipient = \"a@%s\", mx = ", number, domain_of(e));
	write_quoted(out, e->mx, strlen(e->mx));
	if (e->stage != REBUFF_STAGE_UNKNOWN)
		fprintf(out, ", stage = \"%s\"", rebuff_stage_name(e->stage));
	fputs(",\n\t{ reply = ", out);
	write_quoted(out, e->text, e->len);
	fprintf(out, ",\n\t\texpect = { category = \"%s\" } },\n}\n",
		rebuff_category_name(e->want));
}

static void copy_text(char *to, size_t cap, rebuff_span from)
{
	size_t n = from.len < cap ? from.len : cap - 1;
	if (n)
		memcpy(to, from.p, n);
	to[n] = '\0';
}

static example *keep_example(unknown_writer *w, const rebuff_unknown_form *form)
{
	if (w->example_n == w->example_cap) {
		size_t cap = w->example_cap ? w->example_cap * 2 : 64;
		example *wide = realloc(w->examples, cap * sizeof *wide);
		if (!wide)
			return NULL;
		w->examples = wide;
		w->example_cap = cap;
	}
	example *e = &w->examples[w->example_n];
	*e = (example){.len = form->example.text.len,
		.stage = form->example.stage,
		.want = form->category,
		.text = malloc(form->example.text.len + 1)};
	if (!e->text)
		return NULL;
	w->example_n++;
	copy_text(e->text, e->len + 1, form->example.text);
	copy_text(e->domain, sizeof e->domain, form->example.recipient_domain);
	copy_text(e->mx, sizeof e->mx, form->example.mx_host);
	return e;
}

bool unknown_writer_add(unknown_writer *w, const rebuff_unknown_form *form)
{
	static const char rules_head[] =
		"-- Written by rebuff unknown --write. Look at each category: it is what the code "
		"says,\n-- or a guess that strikes no address. Words that differ from reply to "
		"reply are left out.\n";
	static const char tests_head[] = "-- Written by rebuff unknown --write: one reply for each "
					 "rule that it wrote.\n-- rebuff policy test plays them.\n";
	char code[64];
	if (!*form->rule)
		return true;
	file *rules = *form->provider
		? file_of(w, "providers", file_name(form->provider), rules_head)
		: file_of(w, "rules", "unknown", rules_head);
	file *tests = file_of(w, "tests", "unknown", tests_head);
	const example *e = rules && tests ? keep_example(w, form) : NULL;
	if (!e)
		return false;
	(void)snprintf(code, sizeof code, "%u%s%s", form->code, *form->enhanced ? " " : "",
		form->enhanced);
	fprintf(rules->out, "\n-- %s %s\n%s\n", code, form->form, form->rule);
	write_test(tests->out, e, w->example_n);
	return true;
}

/* ---- writing ------------------------------------------------------------------------------- */

static bool complain(const char *path, const char *what)
{
	fprintf(stderr, "rebuff unknown: %s: %s: %s\n", path, what, strerror(errno));
	return false;
}

static bool make_folder(const char *path)
{
	return mkdir(path, 0755) == 0 || errno == EEXIST || complain(path, "cannot be made");
}

static bool write_whole(int fd, const char *text, size_t len)
{
	while (len) {
		ssize_t n = write(fd, text, len);
		if (n < 0 && errno != EINTR)
			return false;
		text += n > 0 ? n : 0;
		len -= n > 0 ? (size_t)n : 0;
	}
	return fchmod(fd, 0644) == 0 && fsync(fd) == 0;
}

/* Give the file the first free name. link() never replaces what is there. */
static bool publish(file *f, const char *folder, const char *temporary)
{
	for (int i = 1; i < NAMES_MAX; i++) {
		char number[16] = "";
		if (i > 1)
			(void)snprintf(number, sizeof number, "-%d", i);
		int n = snprintf(f->path, sizeof f->path, "%s/%s%s.lua", folder, f->name, number);
		if (n < 0 || (size_t)n >= sizeof f->path) {
			errno = ENAMETOOLONG;
			break;
		}
		if (link(temporary, f->path) == 0)
			return true;
		if (errno != EEXIST)
			break;
	}
	complain(f->path, "cannot be made");
	f->path[0] = '\0';
	return false;
}

/* The name begins with a dot until the file is whole: the loader passes such files over. */
static bool write_file(const char *dir, file *f)
{
	char folder[PATH_BYTES], temporary[PATH_BYTES + 32];
	if ((size_t)snprintf(folder, sizeof folder, "%s/%s", dir, f->folder) >= sizeof folder) {
		errno = ENAMETOOLONG;
		return complain(dir, "cannot be used");
	}
	if (!make_folder(dir) || !make_folder(folder))
		return false;
	(void)snprintf(temporary, sizeof temporary, "%s/.unknown.XXXXXX", folder);
	int fd = mkstemp(temporary);
	if (fd < 0)
		return complain(folder, "a file cannot be made there");
	bool ok = write_whole(fd, f->text, f->len) || complain(temporary, "cannot be written");
	(void)close(fd);
	ok = ok && publish(f, folder, temporary);
	(void)unlink(temporary);
	int folder_fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (folder_fd >= 0) {
		(void)fsync(folder_fd);
		(void)close(folder_fd);
	}
	return ok;
}

static bool end_texts(unknown_writer *w)
{
	bool ok = true;
	for (size_t i = 0; i < w->file_n; i++) {
		file *f = w->files[i];
		ok = fclose(f->out) == 0 && ok;
		f->out = NULL;
	}
	if (!ok)
		fputs("rebuff unknown: no memory for the rules\n", stderr);
	return ok;
}

/* ---- checking ------------------------------------------------------------------------------ */

static bool is_understood(const rebuff_ctx *ctx, const example *e)
{
	rebuff_classification c;
	rebuff_reply reply = {.size = sizeof reply,
		.text = {e->text, e->len},
		.recipient_domain = command_span(e->domain),
		.mx_host = command_span(e->mx),
		.stage = e->stage};
	char shown[256], rule[REBUFF_RULE_MAX * 4];
	(void)rebuff_classify(ctx, &reply, &c);
	if (c.category == e->want && !c.unknown)
		return true;
	fprintf(stderr,
		"rebuff unknown: \"%s\" is %s by %s, expected %s by the rule written for it\n",
		text_escape(shown, sizeof shown, e->text, e->len), rebuff_category_name(c.category),
		text_escape(rule, sizeof rule, c.rule, strlen(c.rule)),
		rebuff_category_name(e->want));
	return false;
}

static bool check(const unknown_writer *w, const command_options *options)
{
	rebuff_ctx *ctx;
	bool ok = true;
	if (command_open(options, &ctx) != 0)
		return false;
	for (size_t i = 0; i < w->example_n; i++)
		ok = is_understood(ctx, &w->examples[i]) && ok;
	rebuff_close(&ctx);
	return ok;
}

static void take_back(const unknown_writer *w)
{
	for (size_t i = 0; i < w->file_n; i++)
		if (w->files[i]->path[0])
			(void)unlink(w->files[i]->path);
	fputs("rebuff unknown: nothing was written\n", stderr);
}

int unknown_writer_finish(unknown_writer *w, const command_options *options)
{
	FILE *out = options->json ? stderr : stdout;
	bool ok = end_texts(w);
	for (size_t i = 0; ok && i < w->file_n; i++)
		ok = write_file(w->dir, w->files[i]);
	ok = ok && check(w, options);
	if (!ok)
		take_back(w);
	for (size_t i = 0; ok && i < w->file_n; i++) {
		char shown[PATH_BYTES];
		fprintf(out, "wrote %s\n",
			text_escape(
				shown, sizeof shown, w->files[i]->path, strlen(w->files[i]->path)));
	}
	if (ok && w->file_n == 0)
		fputs("nothing to write\n", out);
	writer_free(w);
	return ok ? 0 : 1;
}
