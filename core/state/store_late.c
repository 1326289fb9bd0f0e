/* store_late.c - messages about earlier mail: which delivery they mean, what they said, the keys of
 * return paths. */
#include <stdio.h>

#include "state/sqlite.h"

static void bind_printable(sqlite3_stmt *s, int at, rebuff_span text)
{
	char printable[REBUFF_REPLY_MAX];
	(void)rbf_span_escape(printable, sizeof printable, text);
	rbf_bind_text(s, at, printable);
}

/* Run a statement that gives at most one row and tell whether it did; its first number in *value.
 */
static rebuff_status one(
	rbf_connection *c, rbf_query q, int64_t *value, bool *found, rebuff_error *err)
{
	rebuff_status status = rbf_query_step(c, q, found, err);
	*value = *found ? sqlite3_column_int64(c->stmt[q], 0) : 0;
	rbf_query_done(c, q);
	return status;
}

/* ---- arrivals ----------------------------------------------------------------------------------
 */

rebuff_status rbf_store_arrived(rbf_store *store, const char *node, rebuff_mta mta, rebuff_span id,
	int64_t *row, bool *settled, rebuff_error *err)
{
	rbf_connection *c = &store->write;
	sqlite3_stmt *s = rbf_query_ready(c, Q_ARRIVED);
	bool found = false;
	rbf_bind_text(s, 1, node);
	rbf_bind_int(s, 2, mta);
	rbf_bind_span(s, 3, id);
	rebuff_status status = rbf_query_step(c, Q_ARRIVED, &found, err);
	*row = found ? sqlite3_column_int64(s, 0) : 0;
	*settled = found && sqlite3_column_int(s, 1) != 0;
	rbf_query_done(c, Q_ARRIVED);
	return status;
}

rebuff_status rbf_store_arrival_read(rbf_store *store, int64_t row, bool read,
	rebuff_message_kind kind, bool backscatter, const char *why, rebuff_error *err)
{
	sqlite3_stmt *s = rbf_query_ready(&store->write, Q_ARRIVAL_READ);
	rbf_bind_int(s, 1, row);
	rbf_bind_int(s, 2, read ? 1 : 2);
	rbf_bind_int(s, 3, kind);
	rbf_bind_int(s, 4, backscatter);
	bind_printable(s, 5, rbf_span_of(why));
	return rbf_query_run(&store->write, Q_ARRIVAL_READ, err);
}

/* ---- deliveries --------------------------------------------------------------------------------
 */

rebuff_status rbf_store_sent_put(rbf_store *store, const rbf_sent *sent, rebuff_error *err)
{
	sqlite3_stmt *s = rbf_query_ready(&store->write, Q_SENT_PUT);
	rbf_bind_int(s, 1, sent->who);
	rbf_bind_text(s, 2, sent->node);
	rbf_bind_int(s, 3, sent->mta);
	rbf_bind_text(s, 4, sent->id);
	rbf_bind_int(s, 5, sent->time_ms);
	rbf_bind_int(s, 6, sent->from_who);
	rbf_bind_int(s, 7, sent->remote_id);
	rbf_bind_text(s, 8, sent->stream);
	rbf_bind_text(s, 9, sent->provider);
	rbf_bind_int(s, 10, sent->envid);
	return rbf_query_run(&store->write, Q_SENT_PUT, err);
}

static void read_sent(sqlite3_stmt *s, int64_t who, rbf_sent *out)
{
	memset(out, 0, sizeof *out);
	out->who = who;
	rbf_column_text(s, 0, out->node, sizeof out->node);
	out->mta = (rebuff_mta)sqlite3_column_int(s, 1);
	rbf_column_text(s, 2, out->id, sizeof out->id);
	out->time_ms = sqlite3_column_int64(s, 3);
	out->from_who = sqlite3_column_int64(s, 4);
	out->remote_id = sqlite3_column_int64(s, 5);
	rbf_column_text(s, 6, out->stream, sizeof out->stream);
	rbf_column_text(s, 7, out->provider, sizeof out->provider);
	out->envid = sqlite3_column_int64(s, 8);
}

rebuff_status rbf_store_sent_to(
	rbf_store *store, int64_t who, rbf_sent *out, size_t cap, size_t *n, rebuff_error *err)
{
	rbf_connection *c = &store->write;
	sqlite3_stmt *s = rbf_query_ready(c, Q_SENT_TO);
	bool found = false;
	*n = 0;
	rbf_bind_int(s, 1, who);
	rbf_bind_int(s, 2, (int64_t)cap);
	rebuff_status status = rbf_query_step(c, Q_SENT_TO, &found, err);
	while (found && *n < cap && status == REBUFF_OK) {
		read_sent(s, who, &out[(*n)++]);
		status = rbf_query_step(c, Q_SENT_TO, &found, err);
	}
	rbf_query_done(c, Q_SENT_TO);
	return status;
}

rebuff_status rbf_store_sent_alone(
	rbf_store *store, const rbf_sent *sent, bool *alone, rebuff_error *err)
{
	sqlite3_stmt *s = rbf_query_ready(&store->write, Q_SENT_RECIPIENTS);
	enum { MESSAGE = 8 }; /* hexadecimal digits of smtpd's message ids */
	bool envelope = sent->mta == REBUFF_MTA_OPENSMTPD;
	char from[REBUFF_ID_MAX + 1], to[REBUFF_ID_MAX + 2];
	int64_t n = 0;
	bool found = false;
	(void)snprintf(from, sizeof from, "%.*s", envelope ? MESSAGE : REBUFF_ID_MAX, sent->id);
	/* In the order of bytes these are the ids that begin so, or are just that one. */
	(void)snprintf(to, sizeof to, "%s%c", from, envelope ? 'g' : ' ');
	rbf_bind_text(s, 1, sent->node);
	rbf_bind_int(s, 2, sent->mta);
	rbf_bind_text(s, 3, from);
	rbf_bind_text(s, 4, to);
	rebuff_status status = one(&store->write, Q_SENT_RECIPIENTS, &n, &found, err);
	*alone = status == REBUFF_OK && n == 1;
	return status;
}

/* ---- findings ----------------------------------------------------------------------------------
 */

rebuff_status rbf_store_late(rbf_store *store, const rbf_late *l, rebuff_error *err)
{
	static const rbf_sent none;
	const rbf_sent *sent = l->sent ? l->sent : &none;
	const rebuff_classification *c = l->reply;
	sqlite3_stmt *s = rbf_query_ready(&store->write, Q_LATE);
	rbf_bind_int(s, 1, l->time_ms);
	rbf_bind_int(s, 2, l->arrival);
	rbf_bind_int(s, 3, l->kind);
	rbf_bind_int(s, 4, l->action);
	rbf_bind_int(s, 5, l->trust);
	rbf_bind_int(s, 6, l->recipient[0] ? rbf_store_who(store, l->recipient) : 0);
	rbf_bind_text(s, 7, l->recipient);
	rbf_bind_text(s, 8, l->sender);
	rbf_bind_text(s, 9, l->sent ? sent->stream : l->stream);
	rbf_bind_text(s, 10, l->sent ? sent->provider : l->provider);
	rbf_bind_text(s, 11, sent->node);
	rbf_bind_int(s, 12, sent->mta);
	rbf_bind_text(s, 13, sent->id);
	rbf_bind_int(s, 14, sent->time_ms);
	rbf_bind_int(s, 15, c->code);
	rbf_bind_text(s, 16, c->enhanced);
	rbf_bind_int(s, 17, c->category);
	rbf_bind_int(s, 18, c->fault);
	rbf_bind_text(s, 19, c->rule);
	bind_printable(s, 20, l->reporter);
	bind_printable(s, 21, l->text);
	rbf_bind_text(s, 22, l->why);
	rbf_bind_int(s, 23, l->struck);
	rbf_bind_int(s, 24, l->suppressed);
	rbf_bind_int(s, 25, l->paired);
	return rbf_query_run(&store->write, Q_LATE, err);
}

rebuff_status rbf_store_late_known(
	rbf_store *store, const rbf_late *l, bool *known, rebuff_error *err)
{
	sqlite3_stmt *s = rbf_query_ready(&store->write, Q_LATE_KNOWN);
	int64_t value;
	rbf_bind_int(s, 1, l->sent->who);
	rbf_bind_text(s, 2, l->sent->node);
	rbf_bind_int(s, 3, l->sent->mta);
	rbf_bind_text(s, 4, l->sent->id);
	rbf_bind_int(s, 5, l->trust);
	rbf_bind_int(s, 6, l->kind);
	return one(&store->write, Q_LATE_KNOWN, &value, known, err);
}

rebuff_status rbf_store_late_pair(
	rbf_store *store, const rbf_late *l, int64_t apart_ms, bool *found, rebuff_error *err)
{
	sqlite3_stmt *s = rbf_query_ready(&store->write, Q_LATE_PAIR);
	int64_t row;
	rbf_bind_int(s, 1, l->sent->who);
	rbf_bind_int(s, 2, l->time_ms - apart_ms);
	rbf_bind_int(s, 3, l->trust);
	rbf_bind_int(s, 4, l->kind);
	rbf_bind_int(s, 5, l->action);
	rebuff_status status = one(&store->write, Q_LATE_PAIR, &row, found, err);
	if (status != REBUFF_OK || !*found)
		return status;
	rbf_bind_int(rbf_query_ready(&store->write, Q_LATE_PAIRED), 1, row);
	return rbf_query_run(&store->write, Q_LATE_PAIRED, err);
}

rebuff_status rbf_store_unaccept(rbf_store *store, int64_t who, rebuff_error *err)
{
	rbf_bind_int(rbf_query_ready(&store->write, Q_UNACCEPTED), 1, who);
	return rbf_query_run(&store->write, Q_UNACCEPTED, err);
}

rebuff_status rbf_store_unsuppress_scope(rbf_store *store, int64_t who, const char *scope,
	rebuff_class class_, bool *removed, rebuff_error *err)
{
	sqlite3_stmt *s = rbf_query_ready(&store->write, Q_UNCOMPLAIN);
	rbf_bind_int(s, 1, who);
	rbf_bind_text(s, 2, scope);
	rbf_bind_int(s, 3, class_);
	rebuff_status status = rbf_query_run(&store->write, Q_UNCOMPLAIN, err);
	*removed = status == REBUFF_OK && sqlite3_changes(store->write.db) > 0;
	return status;
}

/* ---- keys --------------------------------------------------------------------------------------
 */

rebuff_status rbf_store_key_add(rbf_store *store, int64_t made_ms,
	const unsigned char key[RBF_STORE_KEY], rebuff_error *err)
{
	sqlite3_stmt *s = rbf_query_ready(&store->write, Q_KEY_ADD);
	rbf_bind_int(s, 1, made_ms);
	sqlite3_bind_blob(s, 2, key, RBF_STORE_KEY, SQLITE_TRANSIENT);
	return rbf_query_run(&store->write, Q_KEY_ADD, err);
}

static rebuff_status key_of(rbf_connection *c, int64_t arrived_ms, unsigned char key[RBF_STORE_KEY],
	bool *found, rebuff_error *err)
{
	sqlite3_stmt *s = rbf_query_ready(c, Q_KEY_OF);
	rbf_bind_int(s, 1, arrived_ms);
	rebuff_status status = rbf_query_step(c, Q_KEY_OF, found, err);
	*found = *found && sqlite3_column_bytes(s, 0) == RBF_STORE_KEY;
	if (*found)
		memcpy(key, sqlite3_column_blob(s, 0), RBF_STORE_KEY);
	rbf_query_done(c, Q_KEY_OF);
	return status;
}

rebuff_status rbf_store_key_of(rbf_store *store, int64_t arrived_ms,
	unsigned char key[RBF_STORE_KEY], bool *found, rebuff_error *err)
{
	return key_of(&store->write, arrived_ms, key, found, err);
}

rebuff_status rbf_view_key_of(rbf_store *store, int64_t arrived_ms,
	unsigned char key[RBF_STORE_KEY], bool *found, rebuff_error *err)
{
	return key_of(&store->read, arrived_ms, key, found, err);
}

rebuff_status rbf_store_key_first(rbf_store *store, int64_t *made_ms, rebuff_error *err)
{
	bool found = false;
	(void)rbf_query_ready(&store->write, Q_KEY_FIRST);
	return one(&store->write, Q_KEY_FIRST, made_ms, &found, err);
}
