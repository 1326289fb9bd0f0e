#include "client/syslog.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

size_t rbf_syslog_stamp(const char *line, size_t len)
{
	const char *p = line;
	if (len < 20)
		return 0;
	if (is_digit(p[0]) && p[4] == '-' && p[7] == '-' && p[10] == 'T' && p[13] == ':') {
		const char *space = memchr(p, ' ', len < 40 ? len : 40);
		return space ? (size_t)(space - p) + 1 : 0;
	}
	bool old = p[3] == ' ' && p[6] == ' ' && p[9] == ':' && p[12] == ':' && p[15] == ' ';
	return old && p[0] >= 'A' && p[0] <= 'Z' ? 16 : 0;
}

char *rbf_syslog_message(char *line, size_t len, size_t stamp, char tag[RBF_SYSLOG_TAG_MAX])
{
	char *host_end = memchr(line + stamp, ' ', len - stamp);
	char *colon = host_end ? strstr(host_end + 1, ": ") : NULL;
	if (!colon || memchr(host_end + 1, ' ', (size_t)(colon - host_end - 1)))
		return NULL;
	size_t n = strcspn(host_end + 1, "[:");
	if (n == 0 || n >= RBF_SYSLOG_TAG_MAX)
		return NULL;
	memcpy(tag, host_end + 1, n);
	tag[n] = '\0';
	return colon + 2;
}

/* "Nov 24 10:40:00": the year is the one that brings it closest before now. */
static bool old_time(const char *text, int64_t now_ms, int64_t *out_s)
{
	static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
	char name[4];
	struct tm at, now;
	time_t now_s = (time_t)(now_ms / 1000);
	memset(&at, 0, sizeof at);
	if (sscanf(text, "%3[A-Za-z] %2d %2d:%2d:%2d ", name, &at.tm_mday, &at.tm_hour, &at.tm_min,
		    &at.tm_sec) != 5)
		return false;
	const char *month = strstr(months, name);
	if (!month || strlen(name) != 3 || (month - months) % 3 || !localtime_r(&now_s, &now))
		return false;
	at.tm_mon = (int)(month - months) / 3;
	at.tm_year = now.tm_year;
	at.tm_isdst = -1;
	struct tm last = at;
	time_t t = mktime(&at);
	if (t > now_s + 24 * 3600) {
		last.tm_year--;
		t = mktime(&last);
	}
	*out_s = (int64_t)t;
	return t != (time_t)-1;
}

/* Days since 1970 of a date of the Gregorian calendar. */
static int64_t days_of(int64_t year, int64_t month, int64_t day)
{
	int64_t y = month <= 2 ? year - 1 : year;
	int64_t m =
		month <= 2 ? month + 9 : month - 3; /* March is 0: February's end is the year's */
	return 365 * y + y / 4 - y / 100 + y / 400 + (153 * m + 2) / 5 + day - 719469;
}

/* "2026-11-24T10:40:00.123456+01:00" */
static bool new_time(const char *text, int64_t *out_s)
{
	int y, mon, d, h, min, s, n = 0, zone_h = 0, zone_m = 0;
	if (sscanf(text, "%4d-%2d-%2dT%2d:%2d:%2d%n", &y, &mon, &d, &h, &min, &s, &n) != 6 ||
		n == 0)
		return false;
	text += n;
	if (*text == '.')
		text += 1 + strspn(text + 1, "0123456789");
	if (*text == '+' || *text == '-')
		(void)sscanf(text + 1, "%2d:%2d", &zone_h, &zone_m);
	int64_t zone = zone_h * 3600 + zone_m * 60;
	*out_s = days_of(y, mon, d) * 86400 + h * 3600 + min * 60 + s -
		(*text == '-' ? -zone : zone);
	return true;
}

int64_t rbf_syslog_time(const char *line, size_t len, int64_t now_ms)
{
	char head[48];
	int64_t s;
	size_t n = len < sizeof head ? len : sizeof head - 1;
	memcpy(head, line, n);
	head[n] = '\0';
	if (!old_time(head, now_ms, &s) && !new_time(head, &s))
		return now_ms;
	return now_ms / 1000 - s <= 1 ? now_ms : s * 1000;
}
