/*
 * journal.h - smtpd's messages from systemd's journal, where Debian keeps them unless a syslog
 * daemon is installed. journalctl does the reading; its export format is parsed here.
 */
#ifndef RBO_JOURNAL_H
#define RBO_JOURNAL_H
#include <sys/types.h>

#include "opensmtpd/text.h"

enum {
	RBO_CURSOR_MAX = 255,
	RBO_JOURNAL_BYTES = 256 * 1024, /* one entry of the journal; a longer one is passed over */
};

/* One entry, borrowed from the bytes it was parsed from. */
typedef struct {
	rbo_text cursor;
	rbo_text message;
	rbo_text identifier; /* SYSLOG_IDENTIFIER: "smtpd" */
	int64_t time_ms; /* since 1970; 0 unknown */
	bool suppressed; /* the journal's own word that it dropped messages of a service */
} rbo_journal_entry;

/* Parse the first entry (fields, then an empty line; binary fields with their length). Returns how
 * many bytes it takes, 0 when it is not complete, SIZE_MAX when this is not the export format. */
size_t rbo_journal_parse(const char *bytes, size_t len, rbo_journal_entry *out);

/* 256 KiB: place it in allocated or static storage, with fd = -1 before anything else. */
typedef struct {
	int fd; /* -1: not running */
	pid_t child;
	size_t from, len;
	char cursor[RBO_CURSOR_MAX + 1]; /* of the entry handed out last */
	char bytes[RBO_JOURNAL_BYTES];
} rbo_journal;

/* Start journalctl: from behind that cursor, or ("") from now on. False and errno on failure. */
bool rbo_journal_start(rbo_journal *j, const char *cursor);
/* The next entry, borrowed until the next call. 1: there is one; 0: nothing new now; -1: journalctl
 * has ended. */
int rbo_journal_next(rbo_journal *j, rbo_journal_entry *out);
void rbo_journal_stop(rbo_journal *j);
#endif
