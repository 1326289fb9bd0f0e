/* fields.h - "Name: value" lines: header sections, delivery-status groups (RFC 3464), feedback
 * reports (RFC 5965). Takes any line end and what stands broken in between. */
#ifndef RBF_DSN_FIELDS_H
#define RBF_DSN_FIELDS_H
#include "rebuff.h"

/* One line without its end, and what follows. Ends in CRLF, LF or CR. */
rebuff_span rbf_line_next(rebuff_span *rest);

typedef struct {
	rebuff_span name; /* "" at the end of a group (one blank line or more) */
	rebuff_span value; /* folded, as it stands, without white space around */
} rbf_field;

/* Cut the next field or group end off *rest; false at the end. Lines that are no field are passed
 * over. */
bool rbf_field_next(rebuff_span *rest, rbf_field *out);
/* The value of the first field of that name in a header section; an empty span when absent. */
rebuff_span rbf_field_find(rebuff_span header, const char *name);
/* Copy a value into dst with each fold and run of white space made one space; returns the length
 * written, at most `cap`. */
size_t rbf_field_unfold(char *dst, size_t cap, rebuff_span value);
/* "rfc822; a@b" -> "a@b", "dns; mx.example.org (192.0.2.1)" -> "mx.example.org": without type,
 * comment and brackets. */
rebuff_span rbf_field_typed(rebuff_span value);
/* The length of a field name at the start of a line, 0 when there is none ("Name:" or "Name :"). */
size_t rbf_field_name_len(rebuff_span line);
#endif
