/*
 * wire.h - the one form in which plugins, log followers, the command line and the engine talk:
 * lines of name=value ended by an empty line (docs/protocol.md). Used by both sides. Nothing here
 * allocates, blocks or keeps state: all bytes lie in storage of the caller.
 *
 * Values on the wire escape `\` as `\\`, LF `\n`, CR `\r`, NUL `\0`, every other byte below 0x20
 * and 0x7f as `\xHH`; bytes above 0x7f pass. Names are [a-z0-9_]. Decoding is strict: whatever is
 * not of this form is refused, never guessed at.
 */
#ifndef RBF_CLIENT_WIRE_H
#define RBF_CLIENT_WIRE_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	RBF_WIRE_REQUEST_MAX = 65536, /* bytes of a record with its empty line */
	RBF_WIRE_VALUE_MAX = 32768, /* bytes of a value after unescaping */
	RBF_WIRE_NAME_MAX = 32, /* bytes of a name */
	RBF_WIRE_FIELDS_MAX = 64, /* fields of a record */
};

/* ---- writing ------------------------------------------------------------------------------ */

/* A record being written. Overflow is sticky: look at it once, after rbf_wire_end. */
typedef struct {
	char *p;
	size_t cap;
	size_t len; /* bytes written; no NUL follows */
	char sep; /* what ends a line: '\n', or '\t' for a record inside a log line */
	bool overflow;
} rbf_wire_writer;

/* A writer over storage[cap], with LF between the lines. */
rbf_wire_writer rbf_wire_writer_of(char *storage, size_t cap);
/* One line. `name` must be of the wire's form (a constant of the program). A value over
 * RBF_WIRE_VALUE_MAX bytes overflows. */
void rbf_wire_put(rbf_wire_writer *w, const char *name, const char *value, size_t len);
void rbf_wire_put_str(rbf_wire_writer *w, const char *name, const char *value); /* NULL is "" */
void rbf_wire_put_int(rbf_wire_writer *w, const char *name, int64_t value);
/* One line whose value is cut (never inside an escape) so that it fits RBF_WIRE_VALUE_MAX and
 * leaves `room` bytes of the storage free. Overflows only when not even an empty value fits.
 * Returns whether the value is whole. */
bool rbf_wire_put_cut(
	rbf_wire_writer *w, const char *name, const char *value, size_t len, size_t room);
/* The empty line. */
void rbf_wire_end(rbf_wire_writer *w);

/* ---- reading ------------------------------------------------------------------------------ */

/* Borrowed from the bytes that were decoded. The value is followed by a NUL and may contain one. */
typedef struct {
	const char *name; /* with NUL */
	const char *value;
	size_t len;
} rbf_wire_field;

typedef struct {
	rbf_wire_field field[RBF_WIRE_FIELDS_MAX];
	size_t n;
} rbf_wire_record;

/*
 * Find the first record in the bytes received so far: the number of bytes up to and with its empty
 * line, 0 when it is not complete yet. *scanned (0 at first, and again after a record was taken
 * out) remembers what was looked at, so that a slow sender costs linear time. An incomplete record
 * of RBF_WIRE_REQUEST_MAX bytes or more can never become one: the caller closes.
 */
size_t rbf_wire_find_end(const char *bytes, size_t len, size_t *scanned);

/*
 * Decode one line without its line feed, in place; bytes[len] must be writable (it gets the NUL).
 * Returns NULL, or a constant sentence that says what is wrong. For answers of any length (`list`).
 */
const char *rbf_wire_decode_line(char *bytes, size_t len, rbf_wire_field *out);

/*
 * Decode a whole record in place: the bytes that rbf_wire_find_end counted (a missing empty line is
 * no error), or with sep '\t' a record from a log line, whose bytes[len] must be writable. Returns
 * NULL, or a constant sentence that says what is wrong. `out` is valid as long as the bytes.
 */
const char *rbf_wire_decode(char *bytes, size_t len, char sep, rbf_wire_record *out);

/* The field of that name, the last when given twice; NULL when there is none. */
const rbf_wire_field *rbf_wire_get(const rbf_wire_record *r, const char *name);
/* Its value with a NUL, `otherwise` when there is none or when it contains a NUL. */
const char *rbf_wire_get_str(const rbf_wire_record *r, const char *name, const char *otherwise);
/* Its value as a decimal integer, `otherwise` when there is none or it is not one. */
int64_t rbf_wire_get_int(const rbf_wire_record *r, const char *name, int64_t otherwise);
#endif
