/*
 * rate.h - final outcomes over sliding windows: of one provider, sending IP or stream, in constant
 * memory. A window slides in steps; its sum is exactly what happened in the steps that it covers,
 * the one that is under way included.
 */
#ifndef RBF_WATCH_RATE_H
#define RBF_WATCH_RATE_H
#include "state/store.h"

/* 10 steps of a minute, 12 of five minutes, 48 of half an hour, 60 of twelve hours. */
typedef enum {
	RBF_WINDOW_10MIN,
	RBF_WINDOW_HOUR,
	RBF_WINDOW_DAY,
	RBF_WINDOW_MONTH,
	RBF_WINDOW_N
} rbf_window;
enum { RBF_RATE_STEPS = 10 + 12 + 48 + 60 };

/* All zero is one that has seen nothing. */
typedef struct {
	rbf_tally step[RBF_RATE_STEPS];
	rbf_tally sum[RBF_WINDOW_N];
	int64_t head[RBF_WINDOW_N]; /* number of the newest step, since 1970 */
} rbf_rate;

/* Outcomes at time_ms. What a window does not reach any more is left out of it. */
void rbf_rate_add(rbf_rate *r, int64_t time_ms, const rbf_tally *add);
/* The window that ends at now_ms. */
rbf_tally rbf_rate_sum(rbf_rate *r, rbf_window window, int64_t now_ms);
/* When that window begins. */
int64_t rbf_window_start(rbf_window window, int64_t now_ms);
#endif
