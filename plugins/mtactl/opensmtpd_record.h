/*
 * opensmtpd_record.h - which envelopes we have paused, on disk: smtpd forgets pauses when it is
 * restarted, and they must be put back before it sends anything. A file of lines, "+ID RELAY" for a
 * pause and "-ID" for its end, written anew when most of it is history.
 */
#ifndef RBO_RECORD_H
#define RBO_RECORD_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct {
	char file[256];
	int fd; /* -1: cannot be written */
	size_t lines; /* in the file */
	bool dirty; /* written since the last sync */
} rbo_record;

/* Read the file, which need not exist, and go on writing it. `each` is called for every line in
 * order; the last one of an id holds. False and errno when it can neither be read nor made. */
bool rbo_record_open(rbo_record *r, const char *file,
	void (*each)(void *ud, bool paused, uint64_t id, uint64_t relay), void *ud);
void rbo_record_close(rbo_record *r);
/* Note one change, before a pause and after its end. False when it could not be written. */
bool rbo_record_note(rbo_record *r, bool paused, uint64_t id, uint64_t relay);
/* Bring it to the disk, when there is something new; called every second or so. */
void rbo_record_sync(rbo_record *r);
/* Is most of it history, with so many envelopes paused now? */
bool rbo_record_is_stale(const rbo_record *r, size_t paused);
/* Write it anew: call begin, note each pause, end (which puts the new file in place). */
bool rbo_record_begin(rbo_record *r);
bool rbo_record_end(rbo_record *r);
#endif
