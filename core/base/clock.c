#include "base/clock.h"

#include <stdarg.h>
#include <stdio.h>
#include <time.h>

#ifndef CLOCK_BOOTTIME
#define CLOCK_BOOTTIME 7 /* Linux; hidden by plain POSIX feature macros */
#endif

static int64_t read_ms(clockid_t id)
{
	struct timespec t;
	(void)clock_gettime(id, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

int64_t rbf_wall_ms(const rebuff_clock *clock)
{
	return clock && clock->wall_ms ? clock->wall_ms(clock->ud) : read_ms(CLOCK_REALTIME);
}

int64_t rbf_boot_ms(const rebuff_clock *clock)
{
	return clock && clock->boot_ms ? clock->boot_ms(clock->ud) : read_ms(CLOCK_BOOTTIME);
}

void rbf_log(const rebuff_log *log, rebuff_level level, const char *fmt, ...)
{
	if (!log || !log->write)
		return;
	char line[2048];
	va_list ap;
	va_start(ap, fmt);
	(void)vsnprintf(line, sizeof line, fmt, ap);
	va_end(ap);
	for (char *p = line; *p; p++) /* whatever slipped through: no line ends early */
		*p = *p >= 0x20 && *p < 0x7f ? *p : '?';
	log->write(log->ud, level, line);
}
