/* csv.h - comma separated values (RFC 4180), with cells that no spreadsheet takes for a formula. */
#ifndef RBF_PROGRAM_CSV_H
#define RBF_PROGRAM_CSV_H
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

enum { CSV_COLUMNS_MAX = 32, CSV_ROW_MAX = 16384 };

/* Write one cell. One that begins with = + - @ ' TAB or CR gets a ' in front, which csv_read takes
 * away again. */
void csv_put(FILE *out, const char *value);

typedef struct {
	FILE *in;
	size_t line; /* where the row began, from 1 */
	size_t n; /* cells of the row */
	const char *cell[CSV_COLUMNS_MAX];
	/* its own */
	size_t lines;
	char text[CSV_ROW_MAX];
} csv_reader;

/* Read the next row that is not empty. 1: there is one; 0: the end; -1: *wrong says why `line`
 * cannot be read. A NUL byte is refused. */
int csv_read(csv_reader *r, const char **wrong);
#endif
