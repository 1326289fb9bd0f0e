#include "common/progress.h"

#include <stdio.h>
#include <time.h>
#include <unistd.h>

enum { WIDTH = 30, QUIET_MS = 1000, STEP_MS = 100 };

static int64_t now_ms(void)
{
	struct timespec t;
	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

progress progress_start(const char *what, uint64_t total)
{
	progress p = {.what = what, .total = total, .on = isatty(STDERR_FILENO)};
	p.start_ms = p.on ? now_ms() : 0;
	p.shown_ms = p.start_ms + QUIET_MS - STEP_MS;
	return p;
}

static void draw(const progress *p)
{
	static const char bar[] = "##############################";
	double share = p->total ? (double)p->done / (double)p->total : 0;
	int filled = share > 1 ? WIDTH : (int)(share * WIDTH);
	if (p->total)
		fprintf(stderr, "\r%s [%.*s%*s] %3d %%", p->what, filled, bar, WIDTH - filled, "",
			share > 1 ? 100 : (int)(share * 100));
	else
		fprintf(stderr, "\r%s %llu KiB", p->what, (unsigned long long)(p->done / 1024));
	(void)fflush(stderr);
}

void progress_add(progress *p, uint64_t done)
{
	p->done += done;
	if (!p->on)
		return;
	int64_t now = now_ms();
	if (now - p->shown_ms < STEP_MS)
		return;
	p->shown_ms = now;
	p->drawn = true;
	draw(p);
}

void progress_clear(progress *p)
{
	if (p->drawn)
		fputs("\r\033[K", stderr);
	p->drawn = false;
}
