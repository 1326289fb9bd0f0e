/* clocks.h - the system's clocks in milliseconds. */
#ifndef RBF_PROGRAM_CLOCKS_H
#define RBF_PROGRAM_CLOCKS_H
#include <stdint.h>
#include <time.h>

static inline int64_t clock_now_ms(clockid_t clock)
{
	struct timespec t;
	if (clock_gettime(clock, &t) != 0)
		return 0;
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* Since 1970. */
static inline int64_t wall_now_ms(void)
{
	return clock_now_ms(CLOCK_REALTIME);
}

/* Since boot, time asleep included: for everything that lasts. */
static inline int64_t boot_now_ms(void)
{
	return clock_now_ms(CLOCK_BOOTTIME);
}
#endif
