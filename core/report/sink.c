#include "report/sink.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

void rbf_put(const rebuff_output *out, const char *text)
{
	out->write(out->ud, (rebuff_span){text, strlen(text)});
}

void rbf_putf(const rebuff_output *out, const char *fmt, ...)
{
	char text[2048];
	va_list ap;
	va_start(ap, fmt);
	vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	rbf_put(out, text);
}

void rbf_printable(char *dst, size_t cap, const char *text)
{
	size_t len = strlen(text), n = len < cap ? len : cap - 1;
	for (size_t i = 0; i < n; i++)
		dst[i] = text[i] >= 0x20 && text[i] < 0x7f ? text[i] : '?';
	dst[n] = '\0';
	if (n < len && n > 3)
		memcpy(dst + n - 3, "...", 3);
}

void rbf_put_printable(const rebuff_output *out, const char *text, size_t max)
{
	char shown[REBUFF_REPLY_MAX];
	rbf_printable(shown, max + 1 < sizeof shown ? max + 1 : sizeof shown, text);
	rbf_put(out, shown);
}

void rbf_text_heading(const rebuff_output *out, const char *text)
{
	rbf_put(out, out->colour ? "\n\033[1m" : "\n");
	rbf_put(out, text);
	rbf_put(out, out->colour ? "\033[0m\n" : "\n");
}

char *rbf_when_local(int64_t ms, char out[RBF_WHEN_MAX])
{
	time_t t = (time_t)(ms / 1000);
	struct tm tm;
	if (!localtime_r(&t, &tm) || !strftime(out, RBF_WHEN_MAX, "%Y-%m-%d %H:%M", &tm))
		out[0] = '\0';
	return out;
}

char *rbf_when_utc(int64_t ms, char out[RBF_WHEN_MAX])
{
	time_t t = (time_t)(ms / 1000);
	struct tm tm;
	if (!gmtime_r(&t, &tm) || !strftime(out, RBF_WHEN_MAX, "%Y-%m-%dT%H:%M:%SZ", &tm))
		out[0] = '\0';
	return out;
}

char *rbf_length(int64_t ms, char out[RBF_SPAN_MAX])
{
	int64_t s = (ms + 500) / 1000, min = (s + 30) / 60, h = min / 60;
	if (ms < 1000)
		snprintf(out, RBF_SPAN_MAX, "%" PRId64 " ms", ms);
	else if (s < 60)
		snprintf(out, RBF_SPAN_MAX, "%" PRId64 " s", s);
	else if (min < 60)
		snprintf(out, RBF_SPAN_MAX, "%" PRId64 " min", min);
	else if (h < 48 && min % 60 == 0)
		snprintf(out, RBF_SPAN_MAX, "%" PRId64 " h", h);
	else if (h < 48)
		snprintf(out, RBF_SPAN_MAX, "%" PRId64 " h %" PRId64 " min", h, min % 60);
	else if (h % 24 == 0)
		snprintf(out, RBF_SPAN_MAX, "%" PRId64 " d", h / 24);
	else
		snprintf(out, RBF_SPAN_MAX, "%" PRId64 " d %" PRId64 " h", h / 24, h % 24);
	return out;
}
