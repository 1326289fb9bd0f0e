#define _DEFAULT_SOURCE /* timegm */
#include "common/when.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { MINUTE_MS = 60000, HOUR_MS = 60 * MINUTE_MS, DAY_MS = 24 * HOUR_MS };

char *when_utc(int64_t ms, char out[WHEN_MAX])
{
	time_t t = (time_t)(ms / 1000);
	struct tm tm;
	if (!gmtime_r(&t, &tm) || !strftime(out, WHEN_MAX, "%Y-%m-%dT%H:%M:%SZ", &tm))
		out[0] = '\0';
	return out;
}

json_t *when_json(int64_t ms)
{
	char when[WHEN_MAX];
	return ms ? json_string(when_utc(ms, when)) : json_null();
}

char *when_local(int64_t ms, char out[WHEN_MAX])
{
	time_t t = (time_t)(ms / 1000);
	struct tm tm;
	if (!localtime_r(&t, &tm) || !strftime(out, WHEN_MAX, "%Y-%m-%d %H:%M", &tm))
		out[0] = '\0';
	return out;
}

bool when_parse_length(const char *text, int64_t *out_ms)
{
	static const struct {
		char unit;
		int64_t ms;
	} units[] = {
		{'s', 1000}, {'m', MINUTE_MS}, {'h', HOUR_MS}, {'d', DAY_MS}, {'w', 7 * DAY_MS}};
	size_t digits = strspn(text, "0123456789");
	if (digits == 0 || digits > 6 || text[digits] == '\0' || text[digits + 1] != '\0')
		return false;
	for (size_t i = 0; i < sizeof units / sizeof *units; i++) {
		if (units[i].unit == text[digits]) {
			*out_ms = strtoll(text, NULL, 10) * units[i].ms;
			return true;
		}
	}
	return false;
}

/* %n after each part says how far it went: nothing may follow the last. */
static bool parse_date(const char *text, int64_t *out)
{
	struct tm tm = {.tm_isdst = -1}, check;
	int date = 0, minute = 0, second = 0;
	if (sscanf(text, "%4d-%2d-%2d%n", &tm.tm_year, &tm.tm_mon, &tm.tm_mday, &date) != 3)
		return false;
	const char *rest = text + date;
	if (*rest == 'T' || *rest == ' ') {
		if (sscanf(rest + 1, "%2d:%2d%n", &tm.tm_hour, &tm.tm_min, &minute) != 2)
			return false;
		rest += 1 + minute;
		if (*rest == ':' && sscanf(rest, ":%2d%n", &tm.tm_sec, &second) == 1)
			rest += second;
	}
	bool utc = *rest == 'Z';
	if (rest[utc] != '\0' || tm.tm_year < 1970 || tm.tm_hour > 23 || tm.tm_min > 59)
		return false;
	tm.tm_year -= 1900;
	tm.tm_mon -= 1;
	check = tm;
	time_t t = utc ? timegm(&tm) : mktime(&tm);
	if (t == (time_t)-1 || tm.tm_mday != check.tm_mday || tm.tm_mon != check.tm_mon)
		return false; /* a 31st of a month that has none */
	*out = (int64_t)t * 1000;
	return true;
}

bool when_parse(const char *text, int64_t now_ms, int64_t *out)
{
	int64_t length;
	if (strcmp(text, "never") == 0) {
		*out = 0;
		return true;
	}
	if (when_parse_length(text, &length)) {
		*out = now_ms + length;
		return true;
	}
	return parse_date(text, out);
}
