/* ask.h - have the engine do something; what can be done without one is done in the database. */
#ifndef RBF_PROGRAM_ASK_H
#define RBF_PROGRAM_ASK_H
#include "common/command.h"

typedef struct {
	const char *name, *value; /* a list ends with NULL */
} ask_field;

typedef struct {
	const char *request;
	const ask_field *fields;
	const char *answer; /* the field of the answer that holds a number; "" none does */
	/* Without an engine: called with the database open for writing, in a group, and with the
	 * operator's policy when it is needed. */
	bool policy;
	rebuff_status (*change)(void *ud, rebuff_ctx *ctx, size_t *n, rebuff_error *err);
	void *ud;
} ask;

/* One change; *n is the answer's number, or what `change` left there. */
rebuff_status ask_change(
	const command_options *options, const ask *what, size_t *n, rebuff_error *err);
/* A request without fields, whose answer says no more than that it was done. REBUFF_ENOENT: no
 * engine runs. */
rebuff_status ask_engine(const command_options *options, const char *request, rebuff_error *err);
#endif
