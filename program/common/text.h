/* text.h - text from outside made safe for a terminal, a log line or JSON. */
#ifndef RBF_PROGRAM_TEXT_H
#define RBF_PROGRAM_TEXT_H
#include <jansson.h>
#include <stddef.h>

/* Copy into dst[cap] with a final NUL: printable ASCII as it is, a backslash doubled, every other
 * byte as \xHH. What does not fit is cut, never inside an escape. Returns dst. */
char *text_escape(char *dst, size_t cap, const char *bytes, size_t len);
/* The same of a text that ends with NUL. */
char *text_show(char *dst, size_t cap, const char *text);
/* text_escape with a quote as \x22, for values between quotes in a log line. */
char *text_escape_quoted(char *dst, size_t cap, const char *bytes, size_t len);
/* A JSON string: UTF-8 as it is, and of what is not UTF-8 all as text_escape has it. The caller
 * owns it; NULL without memory. */
json_t *text_json(const char *bytes, size_t len);
#endif
