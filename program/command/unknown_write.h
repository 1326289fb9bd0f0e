/* unknown_write.h - put proposed rules and a test of each into the operator's folder. */
#ifndef RBF_PROGRAM_UNKNOWN_WRITE_H
#define RBF_PROGRAM_UNKNOWN_WRITE_H
#include "common/command.h"

typedef struct unknown_writer unknown_writer;

/* Begin. Returns NULL without memory. */
unknown_writer *unknown_writer_new(const char *config_dir);
/* Take a form's rule and example; one without a rule is passed over. False without memory. */
bool unknown_writer_add(unknown_writer *w, const rebuff_unknown_form *form);
/*
 * Write providers/NAME.lua, rules/unknown.lua and tests/unknown.lua, each under the first name that
 * is free (NAME-2.lua ...): whole or not at all, nothing that is there is touched. Then load the
 * policy as `options` say and classify each example; if it does not load, or an example is not what
 * its rule says, all that was written is taken back. Names each file on standard output (standard
 * error with --json). Returns the exit status, with the reason on standard error. Frees w.
 */
int unknown_writer_finish(unknown_writer *w, const command_options *options);
#endif
