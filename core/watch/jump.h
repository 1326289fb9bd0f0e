/*
 * jump.h - has a share risen above its own past? A sequential test on a series of yes and no:
 * Page's CUSUM of the log likelihood ratio of "p1" against "p0".
 *
 * p0 is the series' own share over 30 days (without the last hour), drawn towards a usual share as
 * if that had been seen in 1,000 outcomes, and within 0.1 % and 5 %; p1 is the larger of 10 % and
 * 4 p0. Each outcome adds ln(p1/p0) or ln((1-p1)/(1-p0)); the sum never falls below 0. Under p0 a
 * sum of RBF_JUMP_ALARM is reached at most once in exp(RBF_JUMP_ALARM) outcomes on average (Lorden,
 * Ann. Math. Stat. 42, 1971), here 65 million; tests/sim measures it, also for shares that wander.
 */
#ifndef RBF_WATCH_JUMP_H
#define RBF_WATCH_JUMP_H
#include <stdbool.h>
#include <stdint.h>

enum { RBF_JUMP_ALARM = 18 };

/* One that is at 0 has nothing to remember but p0, which its series gives; others are kept in the
 * database. All zero is one whose past is not known yet: rbf_jump_past first. */
typedef struct {
	double sum;
	double yes, no; /* what each adds */
	int64_t past_ms; /* when p0 was set */
	uint32_t n, hits; /* since the sum was 0 last ... */
	int64_t since_ms; /* ... at this time */
	double recent, peak; /* the share of hits in about 8 outcomes: the last, and the worst */
	bool kept; /* the database has it */
} rbf_jump;

/* Set p0 from the past: `hits` of `n`, where `usual` is common. */
void rbf_jump_past(rbf_jump *j, double hits, double n, double usual, int64_t now_ms);
/* One outcome. */
void rbf_jump_add(rbf_jump *j, bool hit, int64_t now_ms);
/* The outcome that was added last, as none, was a hit. */
void rbf_jump_make_hit(rbf_jump *j);
/* Over the line, with at least so many hits? */
bool rbf_jump_tells(const rbf_jump *j, uint32_t hits);
/* Begin anew. */
void rbf_jump_reset(rbf_jump *j);
#endif
