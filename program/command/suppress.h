/* suppress.h - what the parts of `rebuff suppress` share. */
#ifndef RBF_PROGRAM_SUPPRESS_H
#define RBF_PROGRAM_SUPPRESS_H
#include "common/command.h"
#include "rebuff.h"

/* Those with a file of their own; argv[0] is the subcommand's name. */
extern const command suppress_import, suppress_export; /* suppress_file.c */

enum { SUPPRESS_FOUND = 3 }; /* exit status of check for a suppressed address */

/* One JSON object, with a line feed. */
void suppress_print_json(const rebuff_suppression *e);
/* "--class" as given to `c`; NULL: `otherwise`. -1: command_usage has spoken. */
int suppress_class_of(const command *c, const char *name, int otherwise);
/* Fill in an entry: address cut never, *wrong says why it cannot be one. Text is made printable. */
bool suppress_fill(rebuff_suppression *e, const char *address, const char *scope,
	const char *evidence, const char **wrong);
/* Who types this. */
void suppress_by(char by[REBUFF_NAME_MAX]);
#endif
