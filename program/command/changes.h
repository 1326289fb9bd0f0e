/* changes.h - changing the list of suppressions: through the engine when it runs, else in the
 * database itself. One way in for `suppress add`, `remove` and `import`. */
#ifndef RBF_PROGRAM_CHANGES_H
#define RBF_PROGRAM_CHANGES_H
#include "common/command.h"
#include "rebuff.h"

typedef struct changes changes;

/* `refused` is called for each change that could not be made, with the tag it was given. */
rebuff_status changes_open(const command_options *options,
	void (*refused)(void *ud, size_t tag, const char *why), void *ud, changes **out,
	rebuff_error *err);
/* Add or renew an entry. It may be made only by changes_close. Fails only when no change can be
 * made any more. */
rebuff_status changes_add(
	changes *c, size_t tag, const rebuff_suppression *entry, rebuff_error *err);
/* Remove the entries of an address (of one class, unless REBUFF_CLASS_N), counted in *removed. */
rebuff_status changes_remove(
	changes *c, const char *address, rebuff_class class_, size_t *removed, rebuff_error *err);
/* Make what is left to be made and close. Sets *c to NULL; accepts NULL. */
rebuff_status changes_close(changes **c, rebuff_error *err);
#endif
