/* store_tally.c - outcomes counted in steps of a minute, where the tests on them stand, and from
 * where streams leave. */
#include "state/sqlite.h"

enum { MINUTE_MS = 60000, HOUR_MS = 3600000, DAY_MS = 86400000 };
/* Minutes are kept for longer than the day that the rules look at, then become hours. */
enum { MINUTES_KEPT_MS = DAY_MS + 2 * HOUR_MS, MERGED_FROM_MS = 3 * DAY_MS };
/* What was merged up to is looked at once more so far back: results may be told late. */
enum { MERGED_AGAIN_MS = HOUR_MS };

/* ---- tallies --------------------------------------------------------------------------------- */

static rbf_tally tally_of(sqlite3_stmt *s)
{
	return (rbf_tally){.accepted = (uint32_t)sqlite3_column_int64(s, 0),
		.failed = (uint32_t)sqlite3_column_int64(s, 1),
		.struck = (uint32_t)sqlite3_column_int64(s, 2),
		.blocked = (uint32_t)sqlite3_column_int64(s, 3),
		.lost = (uint32_t)sqlite3_column_int64(s, 4)};
}

rebuff_status rbf_store_tally(rbf_store *store, const rbf_key *key, int64_t now_ms,
	const rbf_tally *add, rebuff_error *err)
{
	sqlite3_stmt *s = rbf_query_ready(&store->write, Q_TALLY);
	rbf_bind_text(s, 1, key->provider);
	rbf_bind_int(s, 2, now_ms - now_ms % MINUTE_MS);
	rbf_bind_text(s, 3, key->stream);
	rbf_bind_text(s, 4, key->source_ip);
	rbf_bind_int(s, 5, add->accepted);
	rbf_bind_int(s, 6, add->failed);
	rbf_bind_int(s, 7, add->struck);
	rbf_bind_int(s, 8, add->blocked);
	rbf_bind_int(s, 9, add->lost);
	return rbf_query_run(&store->write, Q_TALLY, err);
}

rebuff_status rbf_store_tallied(
	rbf_store *store, const char *provider, int64_t since_ms, rbf_tally *sum, rebuff_error *err)
{
	sqlite3_stmt *s = rbf_query_ready(&store->write, Q_TALLIED);
	bool found = false;
	rbf_bind_text(s, 1, provider);
	rbf_bind_int(s, 2, since_ms - since_ms % MINUTE_MS);
	rebuff_status status = rbf_query_step(&store->write, Q_TALLIED, &found, err);
	*sum = found ? tally_of(s) : (rbf_tally){0};
	rbf_query_done(&store->write, Q_TALLIED);
	return status;
}

rebuff_status rbf_store_sums(rbf_store *store, rbf_sums_by by, const char *name, int64_t since_ms,
	void (*each)(void *ud, const char *other, const rbf_tally *sum), void *ud,
	rebuff_error *err)
{
	static const rbf_query queries[] = {[RBF_SUMS_OF_STREAM] = Q_TALLY_STREAM,
		[RBF_SUMS_OF_PROVIDER] = Q_TALLY_PROVIDER,
		[RBF_SUMS_OF_PLACE] = Q_TALLY_PLACE,
		[RBF_SUMS_OF_IP] = Q_TALLY_IP,
		[RBF_SUMS_OF_ALL] = Q_TALLY_ALL};
	rbf_query q = queries[by];
	sqlite3_stmt *s = rbf_query_ready(&store->write, q);
	bool found = false;
	if (by != RBF_SUMS_OF_ALL)
		rbf_bind_text(s, 1, name);
	rbf_bind_int(s, 2, since_ms - since_ms % MINUTE_MS);
	rebuff_status status = rbf_query_step(&store->write, q, &found, err);
	while (found && status == REBUFF_OK) {
		const rbf_tally sum = tally_of(s);
		each(ud, (const char *)sqlite3_column_text(s, 5), &sum);
		status = rbf_query_step(&store->write, q, &found, err);
	}
	rbf_query_done(&store->write, q);
	return status;
}

rebuff_status rbf_store_tallies(rbf_store *store, rbf_tallies_of of, const char *name,
	int64_t since_ms,
	void (*each)(void *ud, const rbf_key *key, int64_t step_ms, const rbf_tally *tally),
	void *ud, rebuff_error *err)
{
	static const rbf_query queries[] = {[RBF_TALLIES_ALL] = Q_TALLY_ROWS,
		[RBF_TALLIES_PROVIDER] = Q_TALLY_ROWS_PROVIDER,
		[RBF_TALLIES_STREAM] = Q_TALLY_ROWS_STREAM,
		[RBF_TALLIES_IP] = Q_TALLY_ROWS_IP};
	sqlite3_stmt *s = rbf_query_ready(&store->write, queries[of]);
	bool found = false;
	rbf_bind_int(s, 1, since_ms);
	if (of != RBF_TALLIES_ALL)
		rbf_bind_text(s, 2, name);
	rebuff_status status = rbf_query_step(&store->write, queries[of], &found, err);
	while (found && status == REBUFF_OK) {
		const rbf_tally tally = tally_of(s);
		const rbf_key key = {.provider = (const char *)sqlite3_column_text(s, 5),
			.stream = (const char *)sqlite3_column_text(s, 6),
			.source_ip = (const char *)sqlite3_column_text(s, 7)};
		each(ud, &key, sqlite3_column_int64(s, 8), &tally);
		status = rbf_query_step(&store->write, queries[of], &found, err);
	}
	rbf_query_done(&store->write, queries[of]);
	return status;
}

rebuff_status rbf_view_rates(rbf_store *store, const int64_t since_ms[REBUFF_WINDOWS],
	void (*each)(void *ud, const rebuff_rate *rate), void *ud, rebuff_error *err)
{
	static const rbf_query queries[] = {Q_RATES_PROVIDER, Q_RATES_STREAM, Q_RATES_IP};
	static const char *const of[] = {"provider", "stream", "ip"};
	rebuff_status status = REBUFF_OK;
	for (size_t q = 0; q < 3 && status == REBUFF_OK; q++) {
		sqlite3_stmt *s = rbf_query_ready(&store->read, queries[q]);
		bool found = false;
		for (int w = 0; w < REBUFF_WINDOWS; w++)
			rbf_bind_int(s, w + 1, since_ms[w]);
		status = rbf_query_step(&store->read, queries[q], &found, err);
		while (found && status == REBUFF_OK) {
			rebuff_rate r = {.size = sizeof r, .of = of[q]};
			rbf_column_text(s, 0, r.name, sizeof r.name);
			for (int w = 0; w < REBUFF_WINDOWS; w++) {
				r.all[w] = sqlite3_column_int64(s, 1 + 2 * w);
				r.failed[w] = sqlite3_column_int64(s, 2 + 2 * w);
			}
			each(ud, &r);
			status = rbf_query_step(&store->read, queries[q], &found, err);
		}
		rbf_query_done(&store->read, queries[q]);
	}
	return status;
}

rebuff_status rbf_store_tally_merge(rbf_store *store, int64_t now_ms, rebuff_error *err)
{
	int64_t to_ms = now_ms - MINUTES_KEPT_MS;
	to_ms -= to_ms % HOUR_MS;
	int64_t from_ms = to_ms - MERGED_FROM_MS;
	rebuff_status status = REBUFF_OK;
	if (store->merged_ms > from_ms && store->merged_ms <= to_ms)
		from_ms = store->merged_ms - MERGED_AGAIN_MS;
	static const rbf_query steps[] = {Q_TALLY_MERGE, Q_TALLY_MERGED};
	for (size_t i = 0; i < 2 && status == REBUFF_OK; i++) {
		sqlite3_stmt *s = rbf_query_ready(&store->write, steps[i]);
		rbf_bind_int(s, 1, from_ms);
		rbf_bind_int(s, 2, to_ms);
		status = rbf_query_run(&store->write, steps[i], err);
	}
	store->merged_ms = status == REBUFF_OK ? to_ms : 0;
	return status;
}

rebuff_status rbf_store_took_mail(
	rbf_store *store, int64_t who, const char *id, bool *took, rebuff_error *err)
{
	sqlite3_stmt *s = rbf_query_ready(&store->write, Q_TOOK_MAIL);
	rbf_bind_int(s, 1, who);
	rbf_bind_text(s, 2, id);
	rebuff_status status = rbf_query_step(&store->write, Q_TOOK_MAIL, took, err);
	rbf_query_done(&store->write, Q_TOOK_MAIL);
	return status;
}

/* ---- where streams leave from ---------------------------------------------------------------- */

rebuff_status rbf_store_leaving_seen(rbf_store *store, const char *node, const char *stream,
	const char *source_ip, int64_t now_ms, rebuff_error *err)
{
	sqlite3_stmt *s = rbf_query_ready(&store->write, Q_LEAVING_SEEN);
	rbf_bind_text(s, 1, node);
	rbf_bind_text(s, 2, stream);
	rbf_bind_text(s, 3, source_ip);
	rbf_bind_int(s, 4, now_ms);
	rebuff_status status = rbf_query_run(&store->write, Q_LEAVING_SEEN, err);
	if (status != REBUFF_OK || !sqlite3_changes(store->write.db))
		return status;
	s = rbf_query_ready(&store->write, Q_LEAVING_OLD);
	rbf_bind_text(s, 1, node);
	rbf_bind_text(s, 2, stream);
	rbf_bind_int(s, 3, now_ms - DAY_MS);
	return rbf_query_run(&store->write, Q_LEAVING_OLD, err);
}

static rebuff_status source_of(rbf_connection *c, const char *node, const char *stream,
	char out[REBUFF_NAME_MAX], rebuff_error *err)
{
	sqlite3_stmt *s = rbf_query_ready(c, Q_LEAVING_OF);
	rbf_bind_text(s, 1, node);
	rbf_bind_text(s, 2, stream);
	return rbf_query_text(c, Q_LEAVING_OF, out, REBUFF_NAME_MAX, err);
}

rebuff_status rbf_store_leaving(rbf_store *store, const char *node, const char *stream,
	char out[REBUFF_NAME_MAX], rebuff_error *err)
{
	return source_of(&store->write, node, stream, out, err);
}

rebuff_status rbf_view_leaving(rbf_store *store, const char *node, const char *stream,
	char out[REBUFF_NAME_MAX], rebuff_error *err)
{
	return source_of(&store->read, node, stream, out, err);
}

rebuff_status rbf_view_streams_from(rbf_store *store, const char *source_ip,
	void (*each)(void *ud, const char *node, const char *stream), void *ud, rebuff_error *err)
{
	rbf_connection *c = &store->read;
	sqlite3_stmt *s = rbf_query_ready(c, Q_LEAVING_STREAMS);
	bool found = false;
	rbf_bind_text(s, 1, source_ip);
	rebuff_status status = rbf_query_step(c, Q_LEAVING_STREAMS, &found, err);
	while (found && status == REBUFF_OK) {
		each(ud, (const char *)sqlite3_column_text(s, 0),
			(const char *)sqlite3_column_text(s, 1));
		status = rbf_query_step(c, Q_LEAVING_STREAMS, &found, err);
	}
	rbf_query_done(c, Q_LEAVING_STREAMS);
	return status;
}

rebuff_status rbf_store_leaving_steers(
	rbf_store *store, const char *source_ip, bool *steers, rebuff_error *err)
{
	sqlite3_stmt *s = rbf_query_ready(&store->write, Q_LEAVING_STEERS);
	bool found = false;
	rbf_bind_text(s, 1, source_ip);
	rebuff_status status = rbf_query_step(&store->write, Q_LEAVING_STEERS, &found, err);
	*steers = found && sqlite3_column_int(s, 0);
	rbf_query_done(&store->write, Q_LEAVING_STEERS);
	return status;
}

/* ---- tests for a jump ------------------------------------------------------------------------ */

rebuff_status rbf_store_jump(rbf_store *store, const rbf_jump_row *row, rebuff_error *err)
{
	rbf_query q = row->n ? Q_JUMP_PUT : Q_JUMP_END;
	sqlite3_stmt *s = rbf_query_ready(&store->write, q);
	rbf_bind_int(s, 1, row->kind);
	rbf_bind_text(s, 2, row->name);
	rbf_bind_int(s, 3, row->what);
	if (!row->n)
		return rbf_query_run(&store->write, q, err);
	sqlite3_bind_double(s, 4, row->sum);
	sqlite3_bind_double(s, 5, row->yes);
	sqlite3_bind_double(s, 6, row->no);
	rbf_bind_int(s, 7, row->past_ms);
	rbf_bind_int(s, 8, row->n);
	rbf_bind_int(s, 9, row->hits);
	rbf_bind_int(s, 10, row->since_ms);
	sqlite3_bind_double(s, 11, row->recent);
	sqlite3_bind_double(s, 12, row->peak);
	return rbf_query_run(&store->write, q, err);
}

rebuff_status rbf_store_jumps(rbf_store *store, int kind, const char *name,
	void (*each)(void *ud, const rbf_jump_row *row), void *ud, rebuff_error *err)
{
	sqlite3_stmt *s = rbf_query_ready(&store->write, Q_JUMPS);
	bool found = false;
	rbf_bind_int(s, 1, kind);
	rbf_bind_text(s, 2, name);
	rebuff_status status = rbf_query_step(&store->write, Q_JUMPS, &found, err);
	while (found && status == REBUFF_OK) {
		const rbf_jump_row row = {.kind = sqlite3_column_int(s, 0),
			.name = (const char *)sqlite3_column_text(s, 1),
			.what = sqlite3_column_int(s, 2),
			.sum = sqlite3_column_double(s, 3),
			.yes = sqlite3_column_double(s, 4),
			.no = sqlite3_column_double(s, 5),
			.past_ms = sqlite3_column_int64(s, 6),
			.n = (uint32_t)sqlite3_column_int64(s, 7),
			.hits = (uint32_t)sqlite3_column_int64(s, 8),
			.since_ms = sqlite3_column_int64(s, 9),
			.recent = sqlite3_column_double(s, 10),
			.peak = sqlite3_column_double(s, 11)};
		each(ud, &row);
		status = rbf_query_step(&store->write, Q_JUMPS, &found, err);
	}
	rbf_query_done(&store->write, Q_JUMPS);
	return status;
}

rebuff_status rbf_store_stream_since(
	rbf_store *store, const char *stream, int64_t *since_ms, bool *held, rebuff_error *err)
{
	sqlite3_stmt *s = rbf_query_ready(&store->write, Q_STREAM_SINCE);
	bool found = false;
	rbf_bind_text(s, 1, stream);
	rebuff_status status = rbf_query_step(&store->write, Q_STREAM_SINCE, &found, err);
	*since_ms = found ? sqlite3_column_int64(s, 0) : 0;
	*held = found && sqlite3_column_int(s, 1);
	rbf_query_done(&store->write, Q_STREAM_SINCE);
	return status;
}
