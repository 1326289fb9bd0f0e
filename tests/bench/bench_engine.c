/*
 * bench_engine.c - the engine without its sockets: how fast it opens with a million suppressions,
 *how long a gate takes while 1,000 durable results a second are written, and how many results a
 *second one writer takes. Prints figures; judges nothing.
 *
 *	bench_engine [SUPPRESSIONS]		default 1000000
 */
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/span.h"
#include "rebuff.h"

enum { GATES = 40000, GROUP = 50, RESULTS_PER_S = 1000, FULL_SPEED = 20000 };

static double now_s(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static long rss_kib(void)
{
	long pages = 0, resident = 0;
	FILE *f = fopen("/proc/self/statm", "r");
	if (f && fscanf(f, "%ld %ld", &pages, &resident) != 2)
		resident = 0;
	if (f)
		fclose(f);
	return resident * (sysconf(_SC_PAGESIZE) / 1024);
}

static void die(const rebuff_error *err)
{
	fprintf(stderr, "bench_engine: %s\n", err->text);
	exit(1);
}

static rebuff_ctx *open_at(const char *file)
{
	rebuff_ctx *ctx;
	rebuff_error err = {0};
	rebuff_options o = {
		.size = sizeof o, .data_dir = "lua", .config_dir = "", .state_file = file};
	if (rebuff_open(&o, &ctx, &err) != REBUFF_OK)
		die(&err);
	return ctx;
}

static void fill(rebuff_ctx *ctx, int n)
{
	rebuff_error err = {0};
	rebuff_suppression e = {.size = sizeof e,
		.scope = "all",
		.since_ms = 1,
		.evidence = "550 5.1.1 User unknown"};
	if (rebuff_begin(ctx, &err) != REBUFF_OK)
		die(&err);
	for (int i = 0; i < n; i++) {
		snprintf(e.address, sizeof e.address, "user%d@domain%d.example", i, i % 997);
		if (rebuff_suppress_add(ctx, &e, &err) != REBUFF_OK)
			die(&err);
	}
	if (rebuff_commit(ctx, &err) != REBUFF_OK)
		die(&err);
}

/* GROUP durable results in one commit, the i-th and following. */
static void write_group(rebuff_ctx *ctx, int i)
{
	rebuff_error err = {0};
	if (rebuff_begin(ctx, &err) != REBUFF_OK)
		die(&err);
	for (int k = 0; k < GROUP; k++) {
		char id[32], address[64];
		snprintf(id, sizeof id, "%06d-%06d", i, k);
		snprintf(address, sizeof address, "r%d@remote%d.example", k, i % 50);
		rebuff_result r = {.size = sizeof r,
			.id = rbf_span_of(id),
			.recipient = rbf_span_of(address),
			.sender = RBF_LIT("shop@sender.example"),
			.kind = REBUFF_KIND_RCPT_DEFER,
			.stage = REBUFF_STAGE_RCPT,
			.text = RBF_LIT("451 4.7.1 Greylisted, please try again in 300 seconds"),
			.host = RBF_LIT("mx.remote.example")};
		if (rebuff_record_result(ctx, &r, NULL, &err) != REBUFF_OK)
			die(&err);
	}
	if (rebuff_commit(ctx, &err) != REBUFF_OK)
		die(&err);
}

typedef struct {
	rebuff_ctx *ctx;
	atomic_bool stop;
	int groups;
	double worst_commit_s;
} writer;

static void *write_steadily(void *ud)
{
	writer *w = ud;
	double start = now_s();
	while (!atomic_load(&w->stop)) {
		double at = start + (double)w->groups * GROUP / RESULTS_PER_S;
		double left = at - now_s();
		if (left > 0) {
			struct timespec t = {0, (long)(left * 1e9)};
			nanosleep(&t, NULL);
		}
		double began = now_s();
		write_group(w->ctx, w->groups++);
		if (now_s() - began > w->worst_commit_s)
			w->worst_commit_s = now_s() - began;
	}
	return NULL;
}

static int by_size(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;
	return (x > y) - (x < y);
}

static void ask_gates(rebuff_ctx *ctx, int suppressions, const char *name)
{
	static double took[GATES];
	double start = now_s();
	for (int i = 0; i < GATES; i++) {
		char id[32], address[64];
		rebuff_answer a = {.size = sizeof a};
		snprintf(id, sizeof id, "gate-%d", i);
		int n = (int)((unsigned)i * 7919u % (unsigned)(2 * suppressions));
		snprintf(address, sizeof address, "user%d@domain%d.example", n, n % 997);
		rebuff_gate_request r = {.size = sizeof r,
			.id = rbf_span_of(id),
			.recipient = rbf_span_of(address),
			.sender = RBF_LIT("shop@sender.example"),
			.mx = RBF_LIT("mx1.remote.example:mx2.remote.example")};
		double began = now_s();
		rebuff_gate(ctx, &r, &a);
		took[i] = (now_s() - began) * 1e6;
	}
	qsort(took, GATES, sizeof *took, by_size);
	printf("gate %-22s p50 %6.1f us  p99 %6.1f us  p99.9 %7.1f us  (%.0f a second)\n", name,
		took[GATES / 2], took[GATES / 100 * 99], took[GATES / 1000 * 999],
		GATES / (now_s() - start));
}

static void bench(const char *file, int suppressions)
{
	rebuff_ctx *ctx = open_at(file);
	fill(ctx, suppressions);
	rebuff_close(&ctx);
	double began = now_s();
	ctx = open_at(file);
	printf("open with %d suppressions   %.1f ms, %ld KiB resident\n", suppressions,
		(now_s() - began) * 1e3, rss_kib());
	ask_gates(ctx, suppressions, "writer idle");
	writer w = {.ctx = ctx};
	pthread_t thread;
	pthread_create(&thread, NULL, write_steadily, &w);
	ask_gates(ctx, suppressions, "1,000 results/s");
	atomic_store(&w.stop, true);
	pthread_join(thread, NULL);
	printf("writer meanwhile             %d groups of %d, slowest group %.1f ms\n", w.groups,
		GROUP, w.worst_commit_s * 1e3);
	began = now_s();
	for (int i = 0; i < FULL_SPEED / GROUP; i++)
		write_group(ctx, 500000 + i);
	printf("durable results, full speed  %.0f a second in groups of %d, %ld KiB resident\n",
		FULL_SPEED / (now_s() - began), GROUP, rss_kib());
	rebuff_close(&ctx);
}

int main(int argc, char **argv)
{
	char dir[] = "/tmp/rebuff-bench-XXXXXX", file[64], command[96];
	int n = argc > 1 ? atoi(argv[1]) : 1000000;
	if (n <= 0 || !mkdtemp(dir))
		return 1;
	snprintf(file, sizeof file, "%s/state.db", dir);
	bench(file, n);
	snprintf(command, sizeof command, "rm -r %s", dir);
	return system(command) == 0 ? 0 : 1;
}
