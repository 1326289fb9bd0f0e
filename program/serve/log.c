#include "serve/log.h"

#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <syslog.h>

#include "common/clocks.h"

enum { LINE_MAX_BYTES = 4096, LINES_A_SECOND = 200, SELDOM_MS = 10000 };

struct logger {
	bool to_syslog;
	bool priorities; /* the journal reads standard error */
	rebuff_level least;
	pthread_mutex_t lock;
	int64_t second;
	unsigned in_second;
	unsigned dropped;
};

static const int priority[] = {
	[REBUFF_LOG_ERROR] = LOG_ERR,
	[REBUFF_LOG_WARNING] = LOG_WARNING,
	[REBUFF_LOG_INFO] = LOG_INFO,
	[REBUFF_LOG_DEBUG] = LOG_DEBUG,
};

logger *logger_new(bool to_syslog, rebuff_level least)
{
	logger *log = calloc(1, sizeof *log);
	if (!log)
		return NULL;
	log->to_syslog = to_syslog;
	log->priorities = getenv("JOURNAL_STREAM") != NULL;
	log->least = least;
	pthread_mutex_init(&log->lock, NULL);
	if (to_syslog)
		openlog("rebuff", LOG_PID, LOG_MAIL);
	return log;
}

void logger_free(logger **log)
{
	if (!*log)
		return;
	if ((*log)->to_syslog)
		closelog();
	pthread_mutex_destroy(&(*log)->lock);
	free(*log);
	*log = NULL;
}

static void emit(const logger *log, rebuff_level level, const char *line)
{
	if (log->to_syslog)
		syslog(priority[level], "%s", line);
	else if (log->priorities)
		fprintf(stderr, "<%d>%s\n", priority[level], line);
	else
		fprintf(stderr, "%s\n", line);
}

/* May one more line be written in this second? Says first what an earlier one left out. */
static bool in_time(logger *log)
{
	int64_t second = boot_now_ms() / 1000;
	if (second != log->second) {
		char line[64];
		snprintf(line, sizeof line, "event=log-lines-left-out n=%u", log->dropped);
		if (log->dropped)
			emit(log, REBUFF_LOG_WARNING, line);
		log->second = second;
		log->in_second = 0;
		log->dropped = 0;
	}
	if (log->in_second++ < LINES_A_SECOND)
		return true;
	log->dropped++;
	return false;
}

static void write_line(void *ud, rebuff_level level, const char *line)
{
	logger *log = ud;
	if (level > log->least)
		return;
	pthread_mutex_lock(&log->lock);
	if (in_time(log))
		emit(log, level, line);
	pthread_mutex_unlock(&log->lock);
}

rebuff_log logger_hook(logger *log)
{
	return (rebuff_log){.ud = log, .write = write_line};
}

void logger_write(logger *log, rebuff_level level, const char *fmt, ...)
{
	char line[LINE_MAX_BYTES];
	va_list ap;
	va_start(ap, fmt);
	vsnprintf(line, sizeof line, fmt, ap);
	va_end(ap);
	write_line(log, level, line);
}

void logger_seldom(logger *log, seldom *s, rebuff_level level, const char *fmt, ...)
{
	char text[LINE_MAX_BYTES];
	int64_t now = boot_now_ms();
	if (now < s->next_ms) {
		s->left_out++;
		return;
	}
	va_list ap;
	va_start(ap, fmt);
	vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	if (s->left_out)
		logger_write(log, level, "%.*s like_this_left_out=%u", LINE_MAX_BYTES - 64, text,
			s->left_out);
	else
		write_line(log, level, text);
	s->next_ms = now + SELDOM_MS;
	s->left_out = 0;
}
