#include "base/error.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

rebuff_status rbf_fail(rebuff_error *err, rebuff_status status, const char *fmt, ...)
{
	if (!err)
		return status;
	va_list ap;
	va_start(ap, fmt);
	err->status = status;
	(void)vsnprintf(err->text, sizeof err->text, fmt, ap);
	va_end(ap);
	return status;
}

rebuff_status rbf_fail_prefix(rebuff_error *err, rebuff_status status, const char *fmt, ...)
{
	if (!err)
		return status;
	char old[sizeof err->text];
	memcpy(old, err->text, sizeof old);
	va_list ap;
	va_start(ap, fmt);
	int n = vsnprintf(err->text, sizeof err->text, fmt, ap);
	va_end(ap);
	if (n < 0 || (size_t)n >= sizeof err->text)
		return err->status;
	(void)snprintf(err->text + n, sizeof err->text - (size_t)n, ": %s", old);
	return err->status;
}
