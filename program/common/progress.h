/* progress.h - a bar on standard error for long work; nothing when that is no terminal, and nothing
 * in the first second. */
#ifndef RBF_PROGRAM_PROGRESS_H
#define RBF_PROGRAM_PROGRESS_H
#include <stdbool.h>
#include <stdint.h>

typedef struct {
	const char *what; /* "reading" */
	uint64_t total, done; /* total 0: unknown */
	int64_t start_ms, shown_ms;
	bool on, drawn;
} progress;

progress progress_start(const char *what, uint64_t total);
void progress_add(progress *p, uint64_t done);
/* Wipe the bar: before other output to the terminal, and at the end. */
void progress_clear(progress *p);
#endif
