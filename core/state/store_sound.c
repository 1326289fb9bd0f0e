/* store_sound.c - how sound the database is. */
#include <string.h>

#include "state/sqlite.h"

static rebuff_status check(rbf_connection *c, char problem[REBUFF_TEXT_MAX], rebuff_error *err)
{
	char said[REBUFF_TEXT_MAX];
	(void)rbf_query_ready(c, Q_QUICK_CHECK);
	rebuff_status status = rbf_query_text(c, Q_QUICK_CHECK, said, sizeof said, err);
	if (*said && strcmp(said, "ok") != 0)
		(void)rbf_span_escape(problem, REBUFF_TEXT_MAX, rbf_span_of(said));
	return status;
}

rebuff_status rbf_view_soundness(
	rbf_store *store, bool thorough, rebuff_soundness *out, rebuff_error *err)
{
	rbf_connection *c = &store->read;
	sqlite3_stmt *s = rbf_query_ready(c, Q_LAST_EVENT);
	bool found = false;
	rebuff_status status = rbf_query_step(c, Q_LAST_EVENT, &found, err);
	out->problem[0] = '\0';
	out->last_event_ms = found ? sqlite3_column_int64(s, 0) : 0;
	rbf_query_done(c, Q_LAST_EVENT);
	return status == REBUFF_OK && thorough ? check(c, out->problem, err) : status;
}
