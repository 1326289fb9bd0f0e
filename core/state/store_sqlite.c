/* store_sqlite.c - opening, migrating; transactions. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>

#include "state/schema.h"
#include "state/sqlite.h"

enum { BUSY_MS = 250 };

/* ---- opening --------------------------------------------------------------------------------- */

static rebuff_status exec(rbf_connection *c, const char *file, const char *sql, rebuff_error *err)
{
	char *text = NULL;
	if (sqlite3_exec(c->db, sql, NULL, NULL, &text) == SQLITE_OK)
		return REBUFF_OK;
	rbf_fail(err, REBUFF_ESTORE, "%s: %s; expected a database of rebuff that can be %s", file,
		text ? text : sqlite3_errmsg(c->db),
		sqlite3_db_readonly(c->db, "main") == 1 ? "read" : "read and written");
	sqlite3_free(text);
	return REBUFF_ESTORE;
}

static rebuff_status connect(rbf_connection *c, const char *file, int flags, rebuff_error *err)
{
	if (sqlite3_open_v2(file, &c->db, flags | SQLITE_OPEN_NOMUTEX, NULL) != SQLITE_OK)
		return rbf_fail(err, REBUFF_ESTORE,
			"%s: %s; expected a database that can be opened: look at its folder and "
			"rights",
			file, c->db ? sqlite3_errmsg(c->db) : "out of memory");
	sqlite3_busy_timeout(c->db, BUSY_MS);
	sqlite3_extended_result_codes(c->db, 0);
	return REBUFF_OK;
}

static rebuff_status version_of(
	rbf_connection *c, const char *file, int *version, rebuff_error *err)
{
	sqlite3_stmt *s = NULL;
	rebuff_status status = REBUFF_OK;
	if (sqlite3_prepare_v2(c->db, "PRAGMA user_version", -1, &s, NULL) != SQLITE_OK ||
		sqlite3_step(s) != SQLITE_ROW)
		status = rbf_fail(err, REBUFF_ESTORE,
			"%s: %s; expected a database of rebuff: restore it from a backup or move "
			"it away",
			file, sqlite3_errmsg(c->db));
	else
		*version = sqlite3_column_int(s, 0);
	sqlite3_finalize(s);
	if (status == REBUFF_OK && *version > rbf_schema_version)
		return rbf_fail(err, REBUFF_ESTORE,
			"%s: written by a newer rebuff (version %d of its form, this one knows "
			"%d); "
			"install that version again",
			file, *version, rbf_schema_version);
	return status;
}

static rebuff_status migrate(rbf_connection *c, const char *file, rebuff_error *err)
{
	int version = 0;
	rebuff_status status = exec(c, file, "BEGIN IMMEDIATE", err);
	if (status != REBUFF_OK)
		return status;
	status = version_of(c, file, &version, err);
	for (; status == REBUFF_OK && version < rbf_schema_version; version++) {
		char done[64];
		(void)snprintf(done, sizeof done, "PRAGMA user_version = %d", version + 1);
		for (const char *const *sql = rbf_schema_steps[version];
			*sql && status == REBUFF_OK; sql++)
			status = exec(c, file, *sql, err);
		if (status == REBUFF_OK)
			status = exec(c, file, done, err);
	}
	if (status == REBUFF_OK)
		return exec(c, file, "COMMIT", err);
	(void)exec(c, file, "ROLLBACK", NULL);
	return status;
}

/* The key of the address hashes: made once, kept in the database it protects. */
static rebuff_status load_key(rbf_store *s, bool make, rebuff_error *err)
{
	rbf_connection *c = s->write.db ? &s->write : &s->read;
	sqlite3_stmt *q = NULL;
	unsigned char key[16];
	if (make) {
		if (getrandom(key, sizeof key, 0) != (ssize_t)sizeof key)
			return rbf_fail(err, REBUFF_EIO, "no random bytes for the key");
		if (sqlite3_prepare_v2(c->db, "INSERT OR IGNORE INTO meta VALUES ('key', ?1)", -1,
			    &q, NULL) == SQLITE_OK) {
			sqlite3_bind_blob(q, 1, key, sizeof key, SQLITE_TRANSIENT);
			(void)sqlite3_step(q);
		}
		sqlite3_finalize(q);
	}
	bool found = sqlite3_prepare_v2(c->db, "SELECT value FROM meta WHERE name = 'key'", -1, &q,
			     NULL) == SQLITE_OK &&
		sqlite3_step(q) == SQLITE_ROW && sqlite3_column_bytes(q, 0) == (int)sizeof key;
	if (found)
		memcpy(s->key, sqlite3_column_blob(q, 0), sizeof key);
	sqlite3_finalize(q);
	return found
		? REBUFF_OK
		: rbf_fail(err, REBUFF_ESTORE, "database: no key in it: %s", sqlite3_errmsg(c->db));
}

static rebuff_status open_writer(rbf_store *s, const char *file, rebuff_error *err)
{
	static const char settings[] = "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;"
				       "PRAGMA foreign_keys = ON; PRAGMA temp_store = MEMORY;"
				       "PRAGMA cache_size = -16384; PRAGMA secure_delete = ON;";
	rebuff_status status =
		connect(&s->write, file, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, err);
	if (status == REBUFF_OK)
		status = exec(&s->write, file, settings, err);
	if (status == REBUFF_OK)
		status = rbf_total_functions(s->write.db, err);
	if (status == REBUFF_OK)
		status = migrate(&s->write, file, err);
	if (status == REBUFF_OK)
		status = rbf_query_prepare(&s->write, err);
	if (status == REBUFF_OK)
		status = load_key(s, true, err);
	return status;
}

static rebuff_status open_reader(rbf_store *s, const char *file, rebuff_error *err)
{
	int version = 0;
	/* READWRITE where there is a writer: a WAL reader may have to make its shared memory. */
	rebuff_status status = connect(
		&s->read, file, s->write.db ? SQLITE_OPEN_READWRITE : SQLITE_OPEN_READONLY, err);
	if (status == REBUFF_OK) /* its statements are prepared here too */
		status = rbf_total_functions(s->read.db, err);
	if (status == REBUFF_OK)
		status = exec(
			&s->read, file, "PRAGMA query_only = ON; PRAGMA cache_size = -65536;", err);
	if (status == REBUFF_OK)
		status = version_of(&s->read, file, &version, err);
	if (status == REBUFF_OK && version < rbf_schema_version)
		status = rbf_fail(err, REBUFF_ESTORE,
			"%s: of an older form (%d, this program reads %d); start rebuff serve once "
			"to bring it up",
			file, version, rbf_schema_version);
	if (status == REBUFF_OK)
		status = rbf_query_prepare(&s->read, err);
	if (status == REBUFF_OK && !s->write.db)
		status = load_key(s, false, err);
	return status;
}

rebuff_status rbf_store_open(const char *file, bool read_only, rbf_store **out, rebuff_error *err)
{
	rbf_store *s = calloc(1, sizeof *s);
	*out = NULL;
	if (!s)
		return rbf_fail(err, REBUFF_ENOMEM, "no memory for the database");
	rebuff_status status = read_only ? REBUFF_OK : open_writer(s, file, err);
	if (status == REBUFF_OK && strcmp(file, ":memory:") == 0) {
		s->shared = true;
		s->read = s->write;
	} else if (status == REBUFF_OK) {
		status = open_reader(s, file, err);
	}
	if (status != REBUFF_OK) {
		rbf_store_close(&s);
		return status;
	}
	*out = s;
	return REBUFF_OK;
}

static void disconnect(rbf_connection *c)
{
	for (int q = 0; q < Q_N; q++)
		sqlite3_finalize(c->stmt[q]);
	sqlite3_close(c->db);
}

void rbf_store_close(rbf_store **store)
{
	rbf_store *s = *store;
	*store = NULL;
	if (!s)
		return;
	if (!s->shared)
		disconnect(&s->read);
	disconnect(&s->write);
	free(s);
}

void *rbf_store_view(rbf_store *s)
{
	return s->read.db;
}

void *rbf_store_writer(rbf_store *s)
{
	return s->write.db;
}

/* ---- transactions -----------------------------------------------------------------------------
 */

static rebuff_status run(rbf_store *s, rbf_query q, rebuff_error *err)
{
	if (!s->write.db)
		return rbf_fail(err, REBUFF_EARG, "database: opened for reading only");
	(void)rbf_query_ready(&s->write, q);
	return rbf_query_run(&s->write, q, err);
}

rebuff_status rbf_store_begin(rbf_store *s, rebuff_error *err)
{
	return run(s, Q_BEGIN, err);
}

rebuff_status rbf_store_commit(rbf_store *s, rebuff_error *err)
{
	rebuff_status status = run(s, Q_COMMIT, err);
	if (status != REBUFF_OK)
		(void)run(s, Q_ROLLBACK, NULL);
	return status;
}

rebuff_status rbf_store_rollback(rbf_store *s, rebuff_error *err)
{
	return run(s, Q_ROLLBACK, err);
}

rebuff_status rbf_store_change_begin(rbf_store *s, rebuff_error *err)
{
	return run(s, Q_SAVEPOINT, err);
}

rebuff_status rbf_store_change_end(rbf_store *s, bool keep, rebuff_error *err)
{
	if (!keep)
		(void)run(s, Q_UNDO, NULL);
	rebuff_status status = run(s, Q_RELEASE, err);
	/* It is said to have failed: then nothing of it may go to disk with the group. */
	if (status != REBUFF_OK && keep)
		(void)run(s, Q_UNDO, NULL);
	return status;
}
