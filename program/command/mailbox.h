/* mailbox.h - messages out of files, mboxes, directories (Maildir, MH) and standard input, told
 * apart by themselves. Holds one message at a time, however long the mbox. */
#ifndef RBF_PROGRAM_MAILBOX_H
#define RBF_PROGRAM_MAILBOX_H
#include "rebuff.h"

typedef struct {
	void *ud;
	size_t message_max; /* bytes; longer ones are passed over and told to `unread` */
	/* One message. `name` is the file's, with ":2" for the second message of an mbox (all of
	 * them, from 1, when it holds more than one). */
	void (*message)(void *ud, const char *name, rebuff_span message);
	/* An input, or one message of it, that cannot be read, and why. */
	void (*unread)(void *ud, const char *name, const char *why);
	/* So many bytes more were read; may be NULL. */
	void (*progress)(void *ud, size_t bytes);
} mailbox_reader;

/* All messages of `path` ("-" is standard input), in order; of a directory its files by name, of a
 * Maildir those of cur and new. */
void mailbox_read(const mailbox_reader *r, const char *path);
/* Bytes that mailbox_read will read, as far as can be known beforehand; 0 for a pipe. */
uint64_t mailbox_size(const char *path);
#endif
