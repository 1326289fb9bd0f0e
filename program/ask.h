/* ask.h - one change through the engine, or in the database when no engine runs. */
#ifndef RBF_PROGRAM_ASK_H
#define RBF_PROGRAM_ASK_H
#include "command.h"

typedef struct {
	const char *name, *value; /* a list ends with NULL */
} ask_field;

/*
 * Send `request` with its fields to the engine; *n is the number in the answer's field `answer`.
 * Without an engine, `change` is called with the database open for writing, in a group.
 */
rebuff_status ask_change(const command_options *options, const char *request,
	const ask_field *fields, const char *answer,
	rebuff_status (*change)(void *ud, rebuff_ctx *ctx, size_t *n, rebuff_error *err), void *ud,
	size_t *n, rebuff_error *err);
#endif
