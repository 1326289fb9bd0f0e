/* query.c - the prepared statements: bound, run, read. */
#include <stdio.h>

#include "state/sqlite.h"

static const struct {
	const char *id;
	const char *sql;
} statements[Q_N] = {
#define STATEMENT(id, sql) {#id, sql},
#include "state/statements.def"
#undef STATEMENT
};

sqlite3_stmt *rbf_query_ready(rbf_connection *c, rbf_query q)
{
	sqlite3_reset(c->stmt[q]);
	sqlite3_clear_bindings(c->stmt[q]);
	return c->stmt[q];
}

void rbf_bind_text(sqlite3_stmt *s, int at, const char *text)
{
	sqlite3_bind_text(s, at, text, -1, SQLITE_TRANSIENT);
}

void rbf_bind_span(sqlite3_stmt *s, int at, rebuff_span text)
{
	sqlite3_bind_text(s, at, text.p ? text.p : "", (int)text.len, SQLITE_TRANSIENT);
}

void rbf_bind_int(sqlite3_stmt *s, int at, int64_t value)
{
	sqlite3_bind_int64(s, at, value);
}

void rbf_column_text(sqlite3_stmt *s, int at, char *out, size_t cap)
{
	const unsigned char *text = sqlite3_column_text(s, at);
	(void)snprintf(out, cap, "%s", text ? (const char *)text : "");
}

/* err: which statement, and what SQLite says. */
static rebuff_status query_fail(rbf_connection *c, rbf_query q, rebuff_error *err)
{
	int code = sqlite3_errcode(c->db);
	const char *todo = code == SQLITE_FULL ? "; make room on the disk"
		: code == SQLITE_CORRUPT || code == SQLITE_NOTADB
		? "; the database is damaged: restore it from a backup or move it away"
		: code == SQLITE_BUSY ? "; another program is writing to it"
				      : "";
	rbf_fail(err, REBUFF_ESTORE, "database: %s: %s%s", statements[q].id, sqlite3_errmsg(c->db),
		todo);
	sqlite3_reset(c->stmt[q]);
	return REBUFF_ESTORE;
}

rebuff_status rbf_query_step(rbf_connection *c, rbf_query q, bool *found, rebuff_error *err)
{
	int rc = sqlite3_step(c->stmt[q]);
	*found = rc == SQLITE_ROW;
	if (rc != SQLITE_ROW && rc != SQLITE_DONE)
		return query_fail(c, q, err);
	if (rc == SQLITE_DONE)
		sqlite3_reset(c->stmt[q]);
	return REBUFF_OK;
}

rebuff_status rbf_query_text(
	rbf_connection *c, rbf_query q, char *out, size_t cap, rebuff_error *err)
{
	bool found = false;
	rebuff_status status = rbf_query_step(c, q, &found, err);
	out[0] = '\0';
	if (found)
		rbf_column_text(c->stmt[q], 0, out, cap);
	rbf_query_done(c, q);
	return status;
}

void rbf_query_done(rbf_connection *c, rbf_query q)
{
	sqlite3_reset(c->stmt[q]);
}

rebuff_status rbf_query_run(rbf_connection *c, rbf_query q, rebuff_error *err)
{
	bool found = true;
	rebuff_status status = REBUFF_OK;
	while (found && status == REBUFF_OK)
		status = rbf_query_step(c, q, &found, err);
	return status;
}

rebuff_status rbf_query_prepare(rbf_connection *c, rebuff_error *err)
{
	for (int q = 0; q < Q_N; q++)
		if (sqlite3_prepare_v3(c->db, statements[q].sql, -1, SQLITE_PREPARE_PERSISTENT,
			    &c->stmt[q], NULL) != SQLITE_OK)
			return rbf_fail(err, REBUFF_ESTORE, "database: cannot prepare %s: %s",
				statements[q].id, sqlite3_errmsg(c->db));
	return REBUFF_OK;
}
