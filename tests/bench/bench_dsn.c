/*
 * bench_dsn.c - how many bounce messages a second are read, beside GMime's bare parse of the same,
 * and which takes longest. Everything from memory, in this process; then through the reading child.
 * Prints figures; judges nothing.
 *
 *	bench_dsn [DIRECTORY]		default ../shared/corpus/emails where it is, else
 *					tests/data/mail
 */
#include <dirent.h>
#include <gmime/gmime.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/span.h"
#include "dsn/dsn.h"
#include "rebuff.h"

enum { FILES_MAX = 4096, FILE_MAX = 1 << 20 };
static const double run_s = 2.0;

typedef struct {
	char name[256];
	rebuff_span text;
	double slowest_s;
} message;

static double now_s(void)
{
	struct timespec t;
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static double wall_s(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static size_t load(const char *dir, message *m)
{
	DIR *d = opendir(dir);
	size_t n = 0;
	for (struct dirent *e; d && n < FILES_MAX && (e = readdir(d));) {
		char path[1024], *buf;
		size_t len = strlen(e->d_name);
		if (len < 5 || strcmp(e->d_name + len - 4, ".eml") != 0)
			continue;
		(void)snprintf(path, sizeof path, "%s/%s", dir, e->d_name);
		FILE *f = fopen(path, "rb");
		buf = malloc(FILE_MAX);
		if (!f || !buf) {
			perror(path);
			exit(1);
		}
		m[n] = (message){.text = {buf, fread(buf, 1, FILE_MAX, f)}};
		(void)snprintf(m[n].name, sizeof m[n].name, "%s", e->d_name);
		fclose(f);
		n++;
	}
	if (d)
		closedir(d);
	if (n == 0) {
		fprintf(stderr, "bench_dsn: no *.eml in %s; run from the top of the tree\n", dir);
		exit(1);
	}
	return n;
}

static void parse_bare(rebuff_span text)
{
	GByteArray *bytes = g_byte_array_new_take((guint8 *)(uintptr_t)text.p, text.len);
	GMimeStream *stream = g_mime_stream_mem_new_with_byte_array(bytes);
	g_mime_stream_mem_set_owner(GMIME_STREAM_MEM(stream), FALSE);
	GMimeParser *parser = g_mime_parser_new_with_stream(stream);
	GMimeMessage *parsed = g_mime_parser_construct_message(parser, NULL);
	g_object_unref(parser);
	g_object_unref(stream);
	if (parsed)
		g_object_unref(parsed);
	g_byte_array_free(bytes, FALSE);
}

static double gmime_s(const message *m, size_t n)
{
	double start = now_s();
	for (size_t i = 0; i < n; i++)
		parse_bare(m[i].text);
	return now_s() - start;
}

static double our_s(rbf_dsn *d, const message *m, size_t n)
{
	const rbf_report *report;
	double start = now_s();
	for (size_t i = 0; i < n; i++)
		if (rbf_dsn_read(d, m[i].text, &report, NULL) != REBUFF_OK)
			exit(1);
	return now_s() - start;
}

/* Both in turn, so that whatever else the machine does slows both. */
static void compare(rbf_dsn *d, const message *m, size_t n, double *bare, double *ours)
{
	double bare_s = 0, all_s = 0;
	size_t done = 0;
	while (bare_s + all_s < 2 * run_s) {
		bare_s += gmime_s(m, n);
		all_s += our_s(d, m, n);
		done += n;
	}
	*bare = (double)done / bare_s;
	*ours = (double)done / all_s;
}

static void classify(void *ud, const rebuff_reply *reply, rebuff_classification *out)
{
	(void)rebuff_classify(ud, reply, out);
}

/* The same with the replies inside classified by the shipped rules. */
static double judged_rate(rbf_dsn *d, const message *m, size_t n)
{
	const rebuff_options options = {
		.size = sizeof options, .data_dir = "lua", .config_dir = "/nonexistent"};
	rebuff_ctx *ctx;
	const rbf_report *report;
	size_t done = 0;
	if (rebuff_open(&options, &ctx, NULL) != REBUFF_OK)
		exit(1);
	double start = now_s(), t;
	do {
		for (size_t i = 0; i < n; i++) {
			if (rbf_dsn_read(d, m[i].text, &report, NULL) != REBUFF_OK)
				exit(1);
			for (size_t k = 0; k < report->recipient_n; k++) {
				rebuff_bounced b = {.size = sizeof b};
				rbf_dsn_judge(report, &report->recipient[k], classify, ctx, &b);
			}
		}
		done += n;
	} while ((t = now_s() - start) < run_s);
	rebuff_close(&ctx);
	return (double)done / t;
}

/* The best of several runs of each message: what it takes, not what the machine did meanwhile. */
static const message *slowest(rbf_dsn *d, message *m, size_t n)
{
	const message *worst = m;
	const rbf_report *report;
	for (size_t i = 0; i < n; i++) {
		m[i].slowest_s = 1e9;
		for (int k = 0; k < 20; k++) {
			double start = now_s();
			(void)rbf_dsn_read(d, m[i].text, &report, NULL);
			double t = now_s() - start;
			m[i].slowest_s = t < m[i].slowest_s ? t : m[i].slowest_s;
		}
		if (m[i].slowest_s > worst->slowest_s)
			worst = &m[i];
	}
	return worst;
}

static double child_rate(const message *m, size_t n)
{
	const rebuff_reader_options options = {.size = sizeof options};
	rebuff_reader *reader;
	rebuff_message out = {.size = sizeof out};
	size_t done = 0;
	if (rebuff_reader_open(&options, &reader, NULL) != REBUFF_OK)
		exit(1);
	double start = wall_s(), t;
	do {
		for (size_t i = 0; i < n; i++)
			if (rebuff_reader_read(reader, m[i].text, &out, NULL) != REBUFF_OK)
				exit(1);
		done += n;
	} while ((t = wall_s() - start) < run_s);
	rebuff_reader_close(&reader);
	return (double)done / t;
}

int main(int argc, char **argv)
{
	static message m[FILES_MAX];
	const char *corpus = "../shared/corpus/emails",
		   *dir = access(corpus, R_OK) == 0 ? corpus : "tests/data/mail";
	size_t n = load(argc > 1 ? argv[1] : dir, m), bytes = 0;
	g_mime_init();
	rbf_dsn *d = rbf_dsn_open();
	if (!d)
		return 1;
	for (size_t i = 0; i < n; i++)
		bytes += m[i].text.len;
	double bare, ours;
	compare(d, m, n, &bare, &ours);
	const message *worst = slowest(d, m, n);
	printf("messages             %8zu of %s, %zu bytes each\n", n, argc > 1 ? argv[1] : dir,
		bytes / n);
	printf("GMime's bare parse   %8.0f messages/s of processor time (GMime %u.%u.%u)\n", bare,
		gmime_major_version, gmime_minor_version, gmime_micro_version);
	printf("read whole           %8.0f messages/s of processor time, %.0f %% of the bare "
	       "parse\n",
		ours, 100 * ours / bare);
	printf("and classified       %8.0f messages/s of processor time\n", judged_rate(d, m, n));
	printf("through the child    %8.0f messages/s of wall time\n", child_rate(m, n));
	printf("slowest              %8.3f ms, %s (%zu bytes)\n", worst->slowest_s * 1000,
		worst->name, worst->text.len);
	rbf_dsn_close(&d);
	return 0;
}
