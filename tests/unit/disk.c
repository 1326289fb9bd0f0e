/* disk.c - see disk.h. The names are those of the linker's --wrap. */
#include "disk.h"

#include <sqlite3.h>

int __real_sqlite3_step(sqlite3_stmt *s);
int __wrap_sqlite3_step(sqlite3_stmt *s);

static long left; /* steps until one fails; 0: none will */
static bool failed;

void disk_fails_at(long n)
{
	left = n;
	failed = false;
}

bool disk_mends(void)
{
	left = 0;
	return failed;
}

int __wrap_sqlite3_step(sqlite3_stmt *s)
{
	if (left == 0 || --left > 0)
		return __real_sqlite3_step(s);
	failed = true;
	return SQLITE_IOERR;
}
