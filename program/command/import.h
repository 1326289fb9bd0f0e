/* import.h - results out of the logs of Exim, OpenSMTPD and Postfix, into a database. */
#ifndef RBF_PROGRAM_IMPORT_H
#define RBF_PROGRAM_IMPORT_H
#include "rebuff.h"

enum { IMPORT_SAMPLES = 5, IMPORT_SAMPLE_MAX = 160 };

typedef struct {
	uint64_t lines;
	uint64_t results; /* counted now */
	uint64_t known; /* told before, by a plugin */
	uint64_t passed; /* that say nothing of an attempt, or are of other programs */
	uint64_t unread; /* that are of no form that is known; the first ones as samples, printable
			  */
	uint64_t earlier_bytes; /* read by an earlier import */
	uint64_t unknown_files; /* logs of which no line was known */
	int64_t first_ms, last_ms; /* of the results; 0: none */
	char sample[IMPORT_SAMPLES][IMPORT_SAMPLE_MAX + 1];
} import_counts;

/*
 * Read the logs, the oldest first, each from where an earlier import stopped. logs_only: the
 * database knows nothing else (rebuff_history.keep_waiting). A file that cannot be read, or of
 * which no line is of a known form, is named on standard error and counted in *failed; the others
 * are read all the same. Fails when the database does. Draws a progress bar.
 */
rebuff_status import_logs(rebuff_ctx *ctx, const char *const *paths, size_t n, bool logs_only,
	import_counts *counts, size_t *failed, rebuff_error *err);
/* What was read, for people, on standard error. */
void import_say(const import_counts *counts);
#endif
