/*
 * sim.c - simulated months of mail: which alarms come, which do not, and what they save.
 *
 *	sim [DAYS [MAILS_PER_DAY [SEED]]]	default 90 100000 1
 *
 * First with incidents, then as many days without: every alarm there is a false one. Exit status 1
 * when an incident was missed, or there is more than one false alarm a month.
 */
#include "sim.h"

#include <time.h>
#include <unistd.h>

static void tick(int day, int days)
{
	if (isatty(STDERR_FILENO))
		fprintf(stderr, "\r  day %d of %d%s", day, days, day == days ? "\r\033[K" : "");
}

static int by_number(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
	return (x > y) - (x < y);
}

static int count_of(const sim_result *r, sim_kind kind)
{
	int n = 0;
	for (int i = 0; i < r->n; i++)
		n += r->incident[i].kind == kind;
	return n;
}

static int print_kinds(const sim_result *r)
{
	static uint32_t delays[SIM_INCIDENTS];
	int missed = 0;
	printf("%-18s %9s %6s %6s %7s   %s\n", "incident", "there were", "right", "late", "missed",
		"messages until the alarm: median, most");
	for (int k = 0; k < SIM_KIND_N; k++) {
		int verdicts[3] = {0}, n = 0;
		for (int i = 0; i < r->n; i++) {
			if ((int)r->incident[i].kind != k)
				continue;
			verdicts[sim_verdict(&r->incident[i])]++;
			if (r->incident[i].alarm_ms)
				delays[n++] = r->incident[i].at_alarm;
		}
		qsort(delays, (size_t)n, sizeof *delays, by_number);
		printf("%-18s %9d %6d %6d %7d   ", sim_kinds[k].name,
			verdicts[0] + verdicts[1] + verdicts[2], verdicts[0], verdicts[1],
			verdicts[2]);
		if (n)
			printf("%u, %u", delays[n / 2], delays[n - 1]);
		putchar('\n');
		missed += verdicts[2];
	}
	return missed;
}

int main(int argc, char **argv)
{
	static sim_result r;
	sim_plan plan = {.seed = argc > 3 ? strtoull(argv[3], NULL, 10) : 1,
		.days = argc > 1 ? atoi(argv[1]) : 90,
		.per_day = argc > 2 ? atoi(argv[2]) : 100000,
		.every_h = 24};
	if (plan.days < 3 || plan.per_day < 1)
		return 2;
	struct timespec began, ended;
	clock_gettime(CLOCK_MONOTONIC, &began);
	printf("%d days of %d messages, seed %llu\n\n", plan.days, plan.per_day,
		(unsigned long long)plan.seed);
	sim_run(&plan, &r, tick);
	int missed = print_kinds(&r);
	printf("\nalarms that no incident explains: %u%s%s\n", r.false_alarms,
		r.false_alarms ? "; the first: " : "", r.first_false);
	printf("messages sent into a block: %llu, with a fixed schedule %llu (%.1f %%)\n",
		(unsigned long long)r.refused, (unsigned long long)r.would,
		r.would ? 100.0 * (double)r.refused / (double)r.would : 0);
	printf("suppressed while a directory was down: %llu in %d incidents\n",
		(unsigned long long)r.suppressed_falsely, count_of(&r, SIM_DIRECTORY));

	plan.every_h = 0;
	plan.seed += 1000;
	sim_run(&plan, &r, tick);
	double months = plan.days / 30.0;
	printf("\nwithout incidents: %u false alarms in %.1f months: %.2f a month%s%s\n",
		r.false_alarms, months, r.false_alarms / months,
		r.false_alarms ? "; the first: " : "", r.first_false);
	clock_gettime(CLOCK_MONOTONIC, &ended);
	printf("%zu series, %zu KiB; %.0f s\n", r.series, r.bytes / 1024,
		difftime(ended.tv_sec, began.tv_sec));
	return missed || r.false_alarms > months;
}
