/*
 * clockwatch.h - the wall clock against the time since boot. When the wall clock is set by more
 * than a minute, waiting messages keep their distances, and until it has been steady for ten
 * minutes nothing is given up on and nothing expires.
 */
#ifndef RBF_ENGINE_CLOCKWATCH_H
#define RBF_ENGINE_CLOCKWATCH_H
#include <stdatomic.h>

#include "rebuff.h"

typedef struct {
	rebuff_clock clock;
	_Atomic int64_t offset_ms; /* wall minus boot time, as the database's times have it */
	_Atomic int64_t trusted_ms; /* the same before the last jump, until the clock is steady */
	_Atomic int64_t steady_ms; /* boot time from which it is */
} rbf_clockwatch;

void rbf_clockwatch_start(rbf_clockwatch *c, const rebuff_clock *clock);
/* (writer) By how much was the wall clock set since the last look? 0 for less than a minute. */
int64_t rbf_clockwatch_jump(const rbf_clockwatch *c);
/* (writer) The database has followed a jump (or there was none): take the clock as it is. */
void rbf_clockwatch_follow(rbf_clockwatch *c, int64_t jump_ms);

/* Any thread: */
/* Now, in the time that the database has: wall time, but for a jump that was not followed yet. */
int64_t rbf_clock_now(const rbf_clockwatch *c);
/* Now, for what expires: the time that a jump did not touch, until the clock is steady again. */
int64_t rbf_clock_trusted(const rbf_clockwatch *c);
bool rbf_clock_unsteady(const rbf_clockwatch *c);
#endif
