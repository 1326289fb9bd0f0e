/* sqlite.h - inside state/: connections, prepared statements, and short names for binding. */
#ifndef RBF_STATE_SQLITE_H
#define RBF_STATE_SQLITE_H
#include <sqlite3.h>

#include "base/error.h"
#include "base/span.h"
#include "state/store.h"

typedef enum {
#define STATEMENT(id, sql) Q_##id,
#include "state/statements.def"
#undef STATEMENT
	Q_N
} rbf_query;

typedef struct {
	sqlite3 *db;
	sqlite3_stmt *stmt[Q_N];
} rbf_connection;

struct rbf_store {
	rbf_connection write; /* db NULL in a read-only store */
	rbf_connection read;
	bool shared; /* read is write: a database in memory */
	uint64_t key[2];
	int64_t merged_ms; /* tallies of minutes are merged up to here; 0: not known */
};

/* query.c. Prepare every statement; one that cannot be is named. */
rebuff_status rbf_query_prepare(rbf_connection *c, rebuff_error *err);
/* The statement, reset and without bindings. */
sqlite3_stmt *rbf_query_ready(rbf_connection *c, rbf_query q);
void rbf_bind_text(sqlite3_stmt *s, int at, const char *text);
void rbf_bind_span(sqlite3_stmt *s, int at, rebuff_span text);
void rbf_bind_int(sqlite3_stmt *s, int at, int64_t value);
void rbf_column_text(sqlite3_stmt *s, int at, char *out, size_t cap);
/* Run to the end; no row is expected. */
rebuff_status rbf_query_run(rbf_connection *c, rbf_query q, rebuff_error *err);
/* The next row: *found tells whether there is one. Resets after the last or on failure. */
rebuff_status rbf_query_step(rbf_connection *c, rbf_query q, bool *found, rebuff_error *err);
/* The text of the first column of the first row, "" when there is none; done with it. */
rebuff_status rbf_query_text(
	rbf_connection *c, rbf_query q, char *out, size_t cap, rebuff_error *err);
/* Done with a statement that may have rows left. */
void rbf_query_done(rbf_connection *c, rbf_query q);
#endif
