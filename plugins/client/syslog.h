/*
 * syslog.h - the head of a line in a syslog file: "Nov 24 10:40:00 host program[PID]: " or, in the
 * form of RFC 3339, "2026-11-24T10:40:00.123456+01:00 host program[PID]: ". Pure.
 */
#ifndef RBF_CLIENT_SYSLOG_H
#define RBF_CLIENT_SYSLOG_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { RBF_SYSLOG_TAG_MAX = 64 }; /* of a program's name, with its NUL */

/* How many bytes the time at the beginning takes, with its space; 0: there is none. */
size_t rbf_syslog_stamp(const char *line, size_t len);

/* Behind the stamp: the program's name into tag. Returns where the message begins, in the line;
 * NULL: this is not the form. */
char *rbf_syslog_message(char *line, size_t len, size_t stamp, char tag[RBF_SYSLOG_TAG_MAX]);

/* When it was written, in milliseconds since 1970 (the first form is in local time). A line without
 * a time, or of this or the last second, is of now_ms. */
int64_t rbf_syslog_time(const char *line, size_t len, int64_t now_ms);
#endif
