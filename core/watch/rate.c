#include "watch/rate.h"

#include <string.h>

static const struct {
	int first; /* its place in rbf_rate.step */
	int n;
	int64_t ms;
} windows[RBF_WINDOW_N] = {
	{0, 10, 60000}, {10, 12, 300000}, {22, 48, 1800000}, {70, 60, 12 * 3600000LL}};

int64_t rbf_window_start(rbf_window w, int64_t now_ms)
{
	return (now_ms / windows[w].ms - windows[w].n + 1) * windows[w].ms;
}

static void take(rbf_tally *from, const rbf_tally *t)
{
	from->accepted -= t->accepted;
	from->failed -= t->failed;
	from->struck -= t->struck;
	from->blocked -= t->blocked;
	from->lost -= t->lost;
}

static void give(rbf_tally *to, const rbf_tally *t)
{
	to->accepted += t->accepted;
	to->failed += t->failed;
	to->struck += t->struck;
	to->blocked += t->blocked;
	to->lost += t->lost;
}

/* The window slides to the step `head`: what it leaves behind is taken from its sum. */
static void slide(rbf_rate *r, rbf_window w, int64_t head)
{
	rbf_tally *ring = r->step + windows[w].first;
	int n = windows[w].n;
	if (head <= r->head[w])
		return;
	if (head - r->head[w] >= n) {
		memset(ring, 0, (size_t)n * sizeof *ring);
		memset(&r->sum[w], 0, sizeof r->sum[w]);
		r->head[w] = head;
		return;
	}
	while (r->head[w] < head) {
		rbf_tally *old = &ring[++r->head[w] % n];
		take(&r->sum[w], old);
		memset(old, 0, sizeof *old);
	}
}

void rbf_rate_add(rbf_rate *r, int64_t time_ms, const rbf_tally *add)
{
	for (int w = 0; w < RBF_WINDOW_N; w++) {
		int64_t step = time_ms / windows[w].ms;
		slide(r, (rbf_window)w, step);
		if (step < 0 || step <= r->head[w] - windows[w].n)
			continue;
		give(&r->step[windows[w].first + step % windows[w].n], add);
		give(&r->sum[w], add);
	}
}

rbf_tally rbf_rate_sum(rbf_rate *r, rbf_window w, int64_t now_ms)
{
	slide(r, w, now_ms / windows[w].ms);
	return r->sum[w];
}
