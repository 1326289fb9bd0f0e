/*
 * reader.h - what the programs that follow a mail server's log share, besides reading it: they end
 * on SIGTERM or SIGINT, and wait for the engine however long it is away, since nobody waits for
 * them.
 */
#ifndef RBF_CLIENT_READER_H
#define RBF_CLIENT_READER_H
#include "client/client.h"
#include "client/journal.h"

enum { RBF_READER_RETRY_MS = 500 }; /* while the engine, or journalctl, is away */

/* 64 KiB: place it in allocated or static storage. */
typedef struct {
	const char *name; /* of the program, before what it says: "rebuff-exim-log" */
	rbf_client engine;
	bool engine_away;
} rbf_reader;

/* `name` and `socket` are borrowed. From then on the two signals are caught. */
void rbf_reader_init(rbf_reader *r, const char *name, const char *socket);
bool rbf_reader_told_to_end(void);
/* Ends early on a signal. */
void rbf_reader_nap(int ms);

/* Send one encoded request again and again until there is an answer: RBF_CLIENT_OK, or _REFUSED;
 * *answer is then filled in, and borrows until the next call. RBF_CLIENT_ABSENT: told to end before
 * there was one. That the engine is away, and back, is said on standard error. */
rbf_client_status rbf_reader_ask(
	rbf_reader *r, const char *request, size_t len, rbf_wire_record *answer);
/* The same for a result that is told once: a refusal is said and passed over. False: told to end
 * before there was an answer. */
bool rbf_reader_tell(rbf_reader *r, const char *request, size_t len);

/* rbf_journal_start; a failure is said. */
void rbf_reader_start_journal(
	const rbf_reader *r, rbf_journal *j, const char *match, const char *cursor);
/* Say what an entry tells that has `suppressed`, and what to set for the mail server's unit. */
void rbf_reader_say_gap(const rbf_reader *r, const rbf_journal_entry *entry, const char *unit);
#endif
