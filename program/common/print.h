/* print.h - standard output, for what the library writes. */
#ifndef RBF_PROGRAM_PRINT_H
#define RBF_PROGRAM_PRINT_H
#include "common/command.h"

/* An output that goes to standard output, as text or, with --json, as JSON. */
rebuff_output print_output(const command_options *options);
/* Lines from elsewhere: line feeds stay, every other byte that is not printable is escaped. */
void print_lines(const char *text);
/* Flush. Returns the exit status: 1 (said on standard error) when not everything was written. */
int print_end(void);
#endif
