/* store_total.c - what reports count, folding it into days, and how far logs were read. */
#include <math.h>

#include "state/sqlite.h"

enum { BUCKETS_AN_OCTAVE = 8 };

int64_t rbf_total_days_end(int64_t now_ms)
{
	int64_t day = (now_ms - (int64_t)RBF_TOTAL_STEPS_DAYS * RBF_TOTAL_DAY_MS);
	return day - day % RBF_TOTAL_DAY_MS;
}

int rbf_lapse_bucket(int64_t ms)
{
	return ms < 0 ? 0 : (int)(BUCKETS_AN_OCTAVE * log2((double)ms + 1));
}

double rbf_lapse_start_ms(int bucket)
{
	return exp2((double)bucket / BUCKETS_AN_OCTAVE) - 1;
}

static void bucket_of(sqlite3_context *c, int n, sqlite3_value **values)
{
	(void)n;
	sqlite3_result_int(c, rbf_lapse_bucket(sqlite3_value_int64(values[0])));
}

rebuff_status rbf_total_functions(void *db, rebuff_error *err)
{
	if (sqlite3_create_function_v2(db, "rbf_lapse_bucket", 1,
		    SQLITE_UTF8 | SQLITE_DETERMINISTIC | SQLITE_INNOCUOUS, NULL, bucket_of, NULL,
		    NULL, NULL) != SQLITE_OK)
		return rbf_fail(err, REBUFF_ESTORE, "database: %s", sqlite3_errmsg(db));
	return REBUFF_OK;
}

rebuff_status rbf_store_accepted_past(rbf_store *store, const rbf_delivery *d,
	const char *source_ip, int64_t time_ms, int64_t days_end_ms, rebuff_error *err)
{
	bool day = time_ms < days_end_ms;
	int64_t step_ms = time_ms - time_ms % (day ? RBF_TOTAL_DAY_MS : RBF_TOTAL_STEP_MS);
	sqlite3_stmt *s = rbf_query_ready(&store->write, Q_TOTAL_ADD);
	rbf_bind_int(s, 1, day);
	rbf_bind_int(s, 2, step_ms);
	rbf_bind_text(s, 3, d->provider);
	rbf_bind_text(s, 4, d->stream);
	rbf_bind_text(s, 5, source_ip);
	rbf_bind_int(s, 6, REBUFF_DELIVERED);
	rbf_bind_int(s, 7, REBUFF_FAULT_NONE);
	rebuff_status status = rbf_query_run(&store->write, Q_TOTAL_ADD, err);
	if (status != REBUFF_OK || !d->received_ms || time_ms < d->received_ms)
		return status;
	s = rbf_query_ready(&store->write, Q_LAPSE_ADD);
	rbf_bind_int(s, 1, day);
	rbf_bind_int(s, 2, step_ms);
	rbf_bind_text(s, 3, d->provider);
	rbf_bind_int(s, 4, rbf_lapse_bucket(time_ms - d->received_ms));
	return rbf_query_run(&store->write, Q_LAPSE_ADD, err);
}

/* ---- folding ------------------------------------------------------------------------------- */

static rebuff_status fold_day(rbf_store *store, int64_t day_ms, rebuff_error *err)
{
	/* Which names stay is read from the steps of the totals: those go last. */
	static const rbf_query steps[] = {
		Q_FOLD_LAPSES, Q_FOLDED_LAPSES, Q_FOLD_TOTALS, Q_FOLDED_TOTALS};
	rebuff_status status = REBUFF_OK;
	for (size_t i = 0; i < sizeof steps / sizeof *steps && status == REBUFF_OK; i++) {
		rbf_bind_int(rbf_query_ready(&store->write, steps[i]), 1, day_ms);
		status = rbf_query_run(&store->write, steps[i], err);
	}
	return status;
}

rebuff_status rbf_store_fold(rbf_store *store, int64_t now_ms, bool *more, rebuff_error *err)
{
	bool found = false;
	*more = false;
	sqlite3_stmt *s = rbf_query_ready(&store->write, Q_FOLD_NEXT);
	rebuff_status status = rbf_query_step(&store->write, Q_FOLD_NEXT, &found, err);
	bool any = found && sqlite3_column_type(s, 0) != SQLITE_NULL;
	int64_t oldest_ms = any ? sqlite3_column_int64(s, 0) : 0;
	rbf_query_done(&store->write, Q_FOLD_NEXT);
	if (status != REBUFF_OK || !any || oldest_ms >= rbf_total_days_end(now_ms))
		return status;
	*more = true;
	return fold_day(store, oldest_ms - oldest_ms % RBF_TOTAL_DAY_MS, err);
}

/* ---- logs ---------------------------------------------------------------------------------- */

rebuff_status rbf_store_imported(
	rbf_store *store, const char *first_line, int64_t *bytes, rebuff_error *err)
{
	bool found = false;
	sqlite3_stmt *s = rbf_query_ready(&store->write, Q_IMPORTED);
	rbf_bind_int(s, 1, rbf_store_who(store, first_line));
	rebuff_status status = rbf_query_step(&store->write, Q_IMPORTED, &found, err);
	*bytes = found ? sqlite3_column_int64(s, 0) : 0;
	rbf_query_done(&store->write, Q_IMPORTED);
	return status;
}

rebuff_status rbf_store_import(
	rbf_store *store, const char *first_line, int64_t bytes, int64_t now_ms, rebuff_error *err)
{
	sqlite3_stmt *s = rbf_query_ready(&store->write, Q_IMPORT);
	rbf_bind_int(s, 1, rbf_store_who(store, first_line));
	rbf_bind_int(s, 2, bytes);
	rbf_bind_int(s, 3, now_ms);
	return rbf_query_run(&store->write, Q_IMPORT, err);
}
