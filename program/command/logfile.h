/* logfile.h - a log read from its beginning to its end, line by line: a file, perhaps compressed
 * with gzip, standard input, or an export of the journal. */
#ifndef RBF_PROGRAM_LOGFILE_H
#define RBF_PROGRAM_LOGFILE_H
#include "rebuff.h"

typedef struct logfile logfile;

enum { LOGFILE_LINE_MAX = 65536, LOGFILE_FIRST_MAX = 512 };

/* One line, or one entry of the journal; valid until the next one is read. */
typedef struct {
	char *text; /* without its LF and with a NUL behind it; may be written to */
	size_t len;
	int64_t time_ms; /* of an entry of the journal; 0: the line says so itself */
	const char *program; /* of an entry: who wrote it; NULL for a line */
} logline;

/* "-" is standard input. REBUFF_EIO. */
rebuff_status logfile_open(const char *path, logfile **out, rebuff_error *err);
/* Close and set *f to NULL; accepts NULL. */
void logfile_close(logfile **f);
/* The start of its first line, by which a log is known under any name. "" when it has none. */
const char *logfile_first(const logfile *f);
/* Go to the first line that begins at `bytes` or behind (uncompressed). */
void logfile_seek(logfile *f, int64_t bytes);
/* The next whole line; false at the end, and when the rest cannot be read (err->status is then not
 * REBUFF_OK). A last line without its LF is not whole yet. What is longer than LOGFILE_LINE_MAX is
 * cut. */
bool logfile_next(logfile *f, logline *out, rebuff_error *err);
/* Where the next line begins: bytes, uncompressed. */
int64_t logfile_at(const logfile *f);
/* How far it is through the file as it lies on disk, and how much that is (0: unknown). */
uint64_t logfile_done(const logfile *f);
uint64_t logfile_size(const char *path);
#endif
