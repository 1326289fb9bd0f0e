#include "base/error.h"

#include <stdarg.h>
#include <stdio.h>

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
