/*
 * journal.h - a mail server's messages from systemd's journal, where Debian keeps them unless a
 * syslog daemon is installed. journalctl does the reading; its export format is parsed here.
 */
#ifndef RBF_CLIENT_JOURNAL_H
#define RBF_CLIENT_JOURNAL_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum {
	RBF_CURSOR_MAX = 255,
	RBF_JOURNAL_BYTES = 256 * 1024, /* one entry of the journal; a longer one is passed over */
};

typedef struct {
	const char *p;
	size_t len;
} rbf_journal_text;

/* One entry, borrowed from the bytes it was parsed from. */
typedef struct {
	rbf_journal_text cursor;
	rbf_journal_text message;
	rbf_journal_text identifier; /* SYSLOG_IDENTIFIER: "smtpd", "postfix/smtp" */
	int64_t time_ms; /* since 1970; 0 unknown */
	bool suppressed; /* the journal's own word that it dropped messages of a service */
} rbf_journal_entry;

/* Parse the first entry (fields, then an empty line; binary fields with their length). Returns how
 * many bytes it takes, 0 when it is not complete, SIZE_MAX when this is not the export format. */
size_t rbf_journal_parse(const char *bytes, size_t len, rbf_journal_entry *out);

/* 256 KiB: place it in allocated or static storage, with fd = -1 before anything else. */
typedef struct {
	int fd; /* -1: not running */
	pid_t child;
	size_t from, len;
	char cursor[RBF_CURSOR_MAX + 1]; /* of the entry handed out last */
	char bytes[RBF_JOURNAL_BYTES];
} rbf_journal;

/* Start journalctl for the entries that `match` names ("SYSLOG_IDENTIFIER=smtpd"; borrowed until
 * the stop) and for what the journal says it dropped: from behind that cursor, or ("") from now on.
 * False and errno on failure. */
bool rbf_journal_start(rbf_journal *j, const char *match, const char *cursor);
/* The same for the newest `lines` of them, after which it ends. */
bool rbf_journal_look_back(rbf_journal *j, const char *match, unsigned lines);
/* The next entry, borrowed until the next call. 1: there is one; 0: nothing new now; -1: journalctl
 * has ended. */
int rbf_journal_next(rbf_journal *j, rbf_journal_entry *out);
void rbf_journal_stop(rbf_journal *j);
#endif
