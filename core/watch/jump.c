#include "watch/jump.h"

#include <math.h>

static const double past_weight = 1000, least = 0.001, most = 0.05;
static const double recent_n = 8;
static const double jump_to = 0.10, jump_by = 4;

void rbf_jump_past(rbf_jump *j, double hits, double n, double usual, int64_t now_ms)
{
	double p0 = (hits + usual * past_weight) / (n + past_weight);
	p0 = p0 < least ? least : p0 > most ? most : p0;
	double p1 = p0 * jump_by > jump_to ? p0 * jump_by : jump_to;
	j->yes = log(p1 / p0);
	j->no = log((1 - p1) / (1 - p0));
	j->past_ms = now_ms;
}

static void feel(rbf_jump *j, double change)
{
	j->recent += change;
	if (j->recent > j->peak)
		j->peak = j->recent;
}

void rbf_jump_add(rbf_jump *j, bool hit, int64_t now_ms)
{
	if (j->n == 0)
		j->since_ms = now_ms;
	j->sum += hit ? j->yes : j->no;
	j->n++;
	j->hits += hit;
	feel(j, (hit - j->recent) / recent_n);
	if (j->sum <= 0)
		rbf_jump_reset(j);
}

void rbf_jump_make_hit(rbf_jump *j)
{
	/* The sum had fallen to 0 with it. */
	j->sum += j->n ? j->yes - j->no : j->yes;
	j->n += j->n == 0;
	j->hits++;
	feel(j, 1 / recent_n);
}

bool rbf_jump_tells(const rbf_jump *j, uint32_t hits)
{
	return j->sum >= RBF_JUMP_ALARM && j->hits >= hits;
}

void rbf_jump_reset(rbf_jump *j)
{
	j->sum = 0;
	j->n = j->hits = 0;
	j->recent = j->peak = 0;
}
