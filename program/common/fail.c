#include "common/fail.h"

#include <stdarg.h>
#include <stdio.h>

rebuff_status fail(rebuff_error *err, rebuff_status status, const char *fmt, ...)
{
	va_list ap;
	err->status = status;
	va_start(ap, fmt);
	vsnprintf(err->text, sizeof err->text, fmt, ap);
	va_end(ap);
	return status;
}
