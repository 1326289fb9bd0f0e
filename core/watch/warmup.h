/*
 * warmup.h - a sending IP that a provider does not know yet gets a plan (rebuff.h): a cap a day
 * that grows. What goes out is counted by the thread that answers the gate, and in the database.
 */
#ifndef RBF_WATCH_WARMUP_H
#define RBF_WATCH_WARMUP_H
#include "state/store.h"

enum { RBF_WARMED = 64 };

/* What went out today, also what the database has not been told yet. All zero is none. */
typedef struct {
	struct {
		char node[REBUFF_DOMAIN_MAX + 1];
		char provider[REBUFF_NAME_MAX];
		int64_t since_ms;
		uint32_t day, sent;
	} plan[RBF_WARMED];
	size_t n;
} rbf_warmed;

/* How much of today's cap is left; UINT32_MAX: the plan is over. */
uint32_t rbf_warmup_left(rbf_warmed *w, const rebuff_warmup *plan, int64_t now_ms);
/* One more goes out. */
void rbf_warmup_take(rbf_warmed *w, const rebuff_warmup *plan, int64_t now_ms);
/* When the plan's next day begins. */
int64_t rbf_warmup_tomorrow(const rebuff_warmup *plan, int64_t now_ms);
/* Messages a minute, so that a day's cap does not go in one burst; 0: the plan is over. */
double rbf_warmup_rate(const rebuff_warmup *plan, int64_t now_ms);
#endif
