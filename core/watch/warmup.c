#include "watch/warmup.h"

#include <string.h>

#include "base/span.h"

static const int64_t day_ms = 86400000;
/* A day's cap goes out within a third of the day. */
static const double minutes_of_day = 480;

int64_t rbf_warmup_tomorrow(const rebuff_warmup *plan, int64_t now_ms)
{
	return now_ms + day_ms - rbf_warmup_spent_ms(plan, now_ms) % day_ms;
}

double rbf_warmup_rate(const rebuff_warmup *plan, int64_t now_ms)
{
	uint32_t cap;
	return rebuff_warmup_day(plan, now_ms, &cap) ? cap / minutes_of_day : 0;
}

/* The counter of a plan, on its day today; the first of the table when that is full. */
static uint32_t *counter(rbf_warmed *w, const rebuff_warmup *plan, uint32_t day)
{
	size_t i = 0;
	while (i < w->n &&
		(strcmp(w->plan[i].provider, plan->provider) != 0 ||
			strcmp(w->plan[i].node, plan->node) != 0))
		i++;
	if (i == w->n) {
		i = w->n < RBF_WARMED ? w->n++ : 0;
		memset(&w->plan[i], 0, sizeof w->plan[i]);
		(void)rbf_span_copy(
			w->plan[i].node, sizeof w->plan[i].node, rbf_span_of(plan->node));
		(void)rbf_span_copy(w->plan[i].provider, sizeof w->plan[i].provider,
			rbf_span_of(plan->provider));
	}
	if (w->plan[i].day != day || w->plan[i].since_ms != plan->since_ms) {
		w->plan[i].day = day;
		w->plan[i].since_ms = plan->since_ms;
		w->plan[i].sent = 0;
	}
	/* After a start the database knows more. */
	if (plan->day == day && plan->sent > w->plan[i].sent)
		w->plan[i].sent = plan->sent;
	return &w->plan[i].sent;
}

uint32_t rbf_warmup_left(rbf_warmed *w, const rebuff_warmup *plan, int64_t now_ms)
{
	uint32_t cap, day = rebuff_warmup_day(plan, now_ms, &cap);
	if (!day)
		return UINT32_MAX;
	uint32_t sent = *counter(w, plan, day);
	return sent < cap ? cap - sent : 0;
}

void rbf_warmup_take(rbf_warmed *w, const rebuff_warmup *plan, int64_t now_ms)
{
	uint32_t cap, day = rebuff_warmup_day(plan, now_ms, &cap);
	if (day)
		++*counter(w, plan, day);
}
