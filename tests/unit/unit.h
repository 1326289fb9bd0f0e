/* unit.h - what every unit test includes: cmocka with the headers it wants before it. */
#ifndef RBF_UNIT_H
#define RBF_UNIT_H
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

/* Compare strings of a table row and name the row when they differ. */
#define assert_row_str(row, got, want)                                                             \
	do {                                                                                       \
		if (strcmp((got), (want)) != 0)                                                    \
			fail_msg("%s: got \"%s\", want \"%s\"", (row), (got), (want));             \
	} while (0)
#define assert_row_int(row, got, want)                                                             \
	do {                                                                                       \
		long long got_ = (long long)(got), want_ = (long long)(want);                      \
		if (got_ != want_)                                                                 \
			fail_msg("%s: got %lld, want %lld", (row), got_, want_);                   \
	} while (0)
#endif
