/* recall.c - what is remembered of one address. */
#include <sqlite3.h>

#include "base/error.h"
#include "base/span.h"
#include "report/report.h"

enum { PAST_MAX = 1000 };

static const char history_sql[] =
	"SELECT time_ms, 0, kind, -1, id, provider, category, fault, code, suppressed, why, text"
	" FROM event WHERE who = ?1 UNION ALL"
	" SELECT time_ms, 1, kind, trust, id, provider, category, fault, code, suppressed, why, "
	"text"
	" FROM late WHERE who = ?1 ORDER BY time_ms DESC LIMIT ?2";

static void column(sqlite3_stmt *s, int at, char *out, size_t cap)
{
	const char *p = (const char *)sqlite3_column_text(s, at);
	(void)rbf_span_copy(out, cap, rbf_span_of(p));
}

static void read_past(sqlite3_stmt *s, rebuff_past *p)
{
	*p = (rebuff_past){.size = sizeof *p,
		.time_ms = sqlite3_column_int64(s, 0),
		.late = sqlite3_column_int(s, 1) != 0,
		.category = (rebuff_category)sqlite3_column_int(s, 6),
		.fault = (rebuff_fault)sqlite3_column_int(s, 7),
		.code = (uint16_t)sqlite3_column_int(s, 8),
		.suppressed = sqlite3_column_int(s, 9) == 1};
	p->what = p->late ? rebuff_message_kind_name((rebuff_message_kind)sqlite3_column_int(s, 2))
			  : rebuff_kind_name((rebuff_kind)sqlite3_column_int(s, 2));
	p->trust = p->late ? (rebuff_trust)sqlite3_column_int(s, 3) : REBUFF_TRUST_PROVEN;
	column(s, 4, p->id, sizeof p->id);
	column(s, 5, p->provider, sizeof p->provider);
	column(s, 10, p->why, sizeof p->why);
	column(s, 11, p->text, sizeof p->text);
}

rebuff_status rbf_recall(rbf_store *store, const char *address,
	bool (*each)(void *ud, const rebuff_past *past), void *ud, rebuff_error *err)
{
	sqlite3 *db = rbf_store_view(store);
	sqlite3_stmt *s = NULL;
	rebuff_past past;
	int got = SQLITE_ERROR;
	if (sqlite3_prepare_v2(db, history_sql, -1, &s, NULL) == SQLITE_OK) {
		sqlite3_bind_int64(s, 1, rbf_store_who(store, address));
		sqlite3_bind_int(s, 2, PAST_MAX);
		while ((got = sqlite3_step(s)) == SQLITE_ROW) {
			read_past(s, &past);
			if (!each(ud, &past)) {
				got = SQLITE_DONE;
				break;
			}
		}
	}
	if (got != SQLITE_DONE)
		rbf_fail(err, REBUFF_ESTORE, "the database cannot be read: %s", sqlite3_errmsg(db));
	sqlite3_finalize(s);
	return got == SQLITE_DONE ? REBUFF_OK : REBUFF_ESTORE;
}
