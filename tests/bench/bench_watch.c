/*
 * bench_watch.c - what watching costs: outcomes a second through rates, tests and tally with 10,000
 * series, in groups on disk; memory; a restart; a year. Prints figures; judges nothing.
 *
 *	bench_watch [OUTCOMES]		default 500000
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/span.h"
#include "watch/alarm.h"

enum { PROVIDERS = 8900, STREAMS = 1000, IPS = 100, GROUP = 500 };

static double now_s(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void die(const rebuff_error *err)
{
	fprintf(stderr, "bench_watch: %s\n", err->text);
	exit(1);
}

static uint32_t dice(uint32_t *seed)
{
	*seed = *seed * 1664525u + 1013904223u;
	return *seed >> 8;
}

/* `n` outcomes, `gap_ms` apart, one in fifty a failure; the first ones touch every series. */
static int64_t run(rbf_store *store, rbf_alarms *alarms, int n, int64_t from_ms, int64_t gap_ms)
{
	static const rbf_alarm_limits limits = {.act = true,
		.hold_provider = true,
		.hold_stream = true,
		.share = 0.2,
		.hard = 0.02,
		.failed = 0.05,
		.volume = 200,
		.blocked = 10,
		.lasts_ms = 7200000,
		.longest_ms = 86400000};
	rebuff_error err = {0};
	uint32_t seed = 1;
	for (int i = 0; i < n; i++) {
		char p[32], s[32], a[32];
		uint32_t x = dice(&seed);
		/* Half of the mail goes to five of them. */
		snprintf(p, sizeof p, "p%u",
			i < PROVIDERS	? (unsigned)i
				: x % 2 ? x / 2 % 5
					: x / 2 % PROVIDERS);
		snprintf(s, sizeof s, "s%u",
			i < PROVIDERS ? (unsigned)i % STREAMS : dice(&seed) % STREAMS);
		snprintf(a, sizeof a, "192.0.2.%u", (unsigned)i % IPS);
		bool failed = dice(&seed) % 50 == 0;
		rbf_outcome o = {.key = {p, s, a},
			.time_ms = from_ms,
			.now_ms = from_ms,
			.add = {.accepted = !failed, .failed = failed},
			.text = RBF_LIT("552 5.3.4 too big")};
		if (i % GROUP == 0 && rbf_store_begin(store, &err) != REBUFF_OK)
			die(&err);
		if (rbf_alarm_outcome(alarms, &o, &limits, &err) != REBUFF_OK)
			die(&err);
		if ((i % GROUP == GROUP - 1 || i == n - 1) &&
			rbf_store_commit(store, &err) != REBUFF_OK)
			die(&err);
		from_ms += gap_ms;
	}
	return from_ms;
}

static long long size_of(const char *file)
{
	struct stat st;
	return stat(file, &st) == 0 ? (long long)st.st_size : 0;
}

/* A year of little mail: what is over is forgotten, so that nothing grows. */
static void year(const char *file)
{
	rbf_store *store;
	rebuff_error err = {0};
	const rbf_keep keep = {.event_ms = 30LL * 86400000,
		.delivery_ms = 1,
		.strike_ms = 1,
		.settled_ms = 1,
		.lapsed_ms = 1,
		.total_ms = 1};
	int64_t at = 1800000000000;
	if (rbf_store_open(file, false, &store, &err) != REBUFF_OK)
		die(&err);
	rbf_alarms *alarms = rbf_alarms_new(store, &(rebuff_log){0});
	for (int day = 0; day < 365; day++) {
		bool more = false;
		at = run(store, alarms, 2000, at, 86400000 / 2000);
		if (rbf_store_begin(store, &err) != REBUFF_OK ||
			rbf_store_forget_old(store, &keep, at, &more, &err) != REBUFF_OK ||
			rbf_store_commit(store, &err) != REBUFF_OK)
			die(&err);
		if (day == 59 || day == 364) {
			size_t bytes, n = rbf_alarm_series(alarms, &bytes);
			printf("after %3d days                %zu series, %zu KiB; database %lld "
			       "KiB\n",
				day + 1, n, bytes / 1024, size_of(file) / 1024);
		}
	}
	rbf_alarms_free(&alarms);
	rbf_store_close(&store);
}

int main(int argc, char **argv)
{
	char dir[] = "/tmp/rebuff-bench-XXXXXX", file[64], other[64], command[96];
	int n = argc > 1 ? atoi(argv[1]) : 500000;
	rbf_store *store;
	rebuff_error err = {0};
	if (n <= 0 || !mkdtemp(dir))
		return 1;
	snprintf(file, sizeof file, "%s/state.db", dir);
	snprintf(other, sizeof other, "%s/year.db", dir);
	if (rbf_store_open(file, false, &store, &err) != REBUFF_OK)
		die(&err);
	rbf_alarms *alarms = rbf_alarms_new(store, &(rebuff_log){0});
	double began = now_s();
	int64_t at = run(store, alarms, n, 1800000000000, 20);
	double took = now_s() - began;
	size_t bytes, series = rbf_alarm_series(alarms, &bytes);
	printf("%d outcomes              %.0f a second in groups of %d, %zu series, %zu KiB (%zu "
	       "bytes "
	       "each)\n",
		n, n / took, GROUP, series, bytes / 1024, series ? bytes / series : 0);
	rbf_alarms_free(&alarms);
	alarms = rbf_alarms_new(store, &(rebuff_log){0});
	rbf_tally out[RBF_WINDOW_N];
	began = now_s();
	if (rbf_alarm_rates(alarms, RBF_SERIES_PROVIDER, "p1", at, out, &err) != REBUFF_OK)
		die(&err);
	printf("read again after a restart   %.0f ms\n", (now_s() - began) * 1e3);
	rbf_alarms_free(&alarms);
	rbf_store_close(&store);
	year(other);
	snprintf(command, sizeof command, "rm -r %s", dir);
	return system(command) == 0 ? 0 : 1;
}
