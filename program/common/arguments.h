/* arguments.h - the options of one command, beside those that all share. */
#ifndef RBF_PROGRAM_ARGUMENTS_H
#define RBF_PROGRAM_ARGUMENTS_H
#include "common/command.h"

typedef struct {
	const char *name; /* "--until"; a table ends with NULL */
	const char **value; /* where the word after it goes; or */
	bool *flag; /* set, no word follows */
} argument;

/*
 * Read argv[1..argc-1]: known options into the table's places, at most `cap` other words into
 * words[], their number into *n. "--" ends the options. Returns 0, or 2 when command_usage has said
 * what is wrong.
 */
int arguments_read(const command *c, const argument *known, int argc, char **argv,
	const char **words, int cap, int *n);
/* A number of things: digits alone. False: it is none, or none that fits. */
bool arguments_count(const char *text, size_t *out);
#endif
