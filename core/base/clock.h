/* clock.h - time and log as the caller gave them; the system's clocks when it gave none. */
#ifndef RBF_BASE_CLOCK_H
#define RBF_BASE_CLOCK_H
#include "rebuff.h"

/* Milliseconds since 1970 (CLOCK_REALTIME), or since boot (CLOCK_BOOTTIME). */
int64_t rbf_wall_ms(const rebuff_clock *clock);
int64_t rbf_boot_ms(const rebuff_clock *clock);
/* One line to the caller's log; nothing when it has none. Remote text must be escaped already. */
void rbf_log(const rebuff_log *log, rebuff_level level, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
#endif
