/* log.h - where `rebuff serve` writes: standard error (with priorities for the journal) or syslog.
 * One line a message, key=value. Both threads may write. */
#ifndef RBF_PROGRAM_LOG_H
#define RBF_PROGRAM_LOG_H
#include "rebuff.h"

typedef struct logger logger;

/* to_syslog: facility mail, name "rebuff"; else standard error. NULL: no memory. */
logger *logger_new(bool to_syslog, rebuff_level least);
void logger_free(logger **log);
/* The same log for the library. */
rebuff_log logger_hook(logger *log);

/* One line. Text from outside must be escaped already (text.h). More than 200 lines a second are
 * counted instead of written. */
void logger_write(logger *log, rebuff_level level, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* What can happen often and matters seldom: at most one line in 10 s for each `seldom` (zeroed at
 * first), which says how many were left out. Loop thread only. */
typedef struct {
	int64_t next_ms;
	unsigned left_out;
} seldom;
void logger_seldom(logger *log, seldom *s, rebuff_level level, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));
#endif
