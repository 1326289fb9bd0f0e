/* store_watch.c - outcomes counted in steps of a minute, alarms, the circuit breaker's candidates,
 * what checks found, who was told. */
#include "state/sqlite.h"

enum { MINUTE_MS = 60000, HOUR_MS = 3600000, DAY_MS = 86400000 };
/* Minutes are kept for longer than the day that the rules look at, then become hours. */
enum { MINUTES_KEPT_MS = DAY_MS + 2 * HOUR_MS, MERGED_FROM_MS = 3 * DAY_MS };
/* What was merged up to is looked at once more so far back: results may be told late. */
enum { MERGED_AGAIN_MS = HOUR_MS };

/* ---- tallies -----------------------------------------------------------------------------------
 */

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

/* ---- tests for a jump --------------------------------------------------------------------------
 */

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

/* ---- alarms -----------------------------------------------------------------------------------
 */

rebuff_status rbf_store_alarm(rbf_store *store, const rebuff_alarm *a, rebuff_error *err)
{
	sqlite3_stmt *s = rbf_query_ready(&store->write, Q_ALARM);
	rbf_bind_int(s, 1, a->time_ms);
	rbf_bind_text(s, 2, a->kind);
	rbf_bind_text(s, 3, a->provider);
	rbf_bind_text(s, 4, a->stream);
	rbf_bind_text(s, 5, a->text);
	rbf_bind_text(s, 6, a->source_ip);
	rbf_bind_int(s, 7, a->acted);
	rbf_bind_text(s, 8, a->evidence);
	return rbf_query_run(&store->write, Q_ALARM, err);
}

rebuff_status rbf_store_alarm_open(rbf_store *store, const char *kind, const char *provider,
	const char *stream, int64_t *alarm, rebuff_error *err)
{
	sqlite3_stmt *s = rbf_query_ready(&store->write, Q_ALARM_OPEN);
	bool found = false;
	rbf_bind_text(s, 1, kind);
	rbf_bind_text(s, 2, provider);
	rbf_bind_text(s, 3, stream);
	rebuff_status status = rbf_query_step(&store->write, Q_ALARM_OPEN, &found, err);
	*alarm = found ? sqlite3_column_int64(s, 0) : 0;
	rbf_query_done(&store->write, Q_ALARM_OPEN);
	return status;
}

rebuff_status rbf_store_alarm_again(
	rbf_store *store, int64_t alarm, int64_t now_ms, rebuff_error *err)
{
	sqlite3_stmt *s = rbf_query_ready(&store->write, Q_ALARM_AGAIN);
	rbf_bind_int(s, 1, alarm);
	rbf_bind_int(s, 2, now_ms);
	return rbf_query_run(&store->write, Q_ALARM_AGAIN, err);
}

rebuff_status rbf_store_alarm_end(rbf_store *store, const char *kind, const char *provider,
	const char *stream, int64_t now_ms, rebuff_error *err)
{
	sqlite3_stmt *s = rbf_query_ready(&store->write, Q_ALARM_END);
	rbf_bind_text(s, 1, kind);
	rbf_bind_text(s, 2, provider);
	rbf_bind_text(s, 3, stream);
	rbf_bind_int(s, 4, now_ms);
	return rbf_query_run(&store->write, Q_ALARM_END, err);
}

rebuff_status rbf_store_alarms_quiet(
	rbf_store *store, int64_t now_ms, int64_t quiet_ms, rebuff_error *err)
{
	sqlite3_stmt *s = rbf_query_ready(&store->write, Q_ALARMS_QUIET);
	rbf_bind_int(s, 1, now_ms);
	rbf_bind_int(s, 2, now_ms - quiet_ms);
	return rbf_query_run(&store->write, Q_ALARMS_QUIET, err);
}

rebuff_status rbf_store_alarmed(rbf_store *store, const char *kind, const char *provider,
	const char *stream, int64_t since_ms, bool *alarmed, rebuff_error *err)
{
	sqlite3_stmt *s = rbf_query_ready(&store->write, Q_ALARMED);
	rbf_bind_text(s, 1, kind);
	rbf_bind_text(s, 2, provider);
	rbf_bind_text(s, 3, stream);
	rbf_bind_int(s, 4, since_ms);
	rebuff_status status = rbf_query_step(&store->write, Q_ALARMED, alarmed, err);
	rbf_query_done(&store->write, Q_ALARMED);
	return status;
}

rebuff_status rbf_store_alarm_checked(
	rbf_store *store, int64_t alarm, int64_t checks, rebuff_error *err)
{
	sqlite3_stmt *s = rbf_query_ready(&store->write, Q_ALARM_CHECKED);
	rbf_bind_int(s, 1, alarm);
	rbf_bind_int(s, 2, checks);
	return rbf_query_run(&store->write, Q_ALARM_CHECKED, err);
}

rebuff_status rbf_view_alarms(rbf_store *store, int64_t since_ms,
	bool (*each)(void *ud, const rebuff_alarm *alarm), void *ud, rebuff_error *err)
{
	rbf_connection *c = &store->read;
	sqlite3_stmt *s = rbf_query_ready(c, Q_ALARMS);
	bool found = false, go_on = true;
	rbf_bind_int(s, 1, since_ms);
	rebuff_status status = rbf_query_step(c, Q_ALARMS, &found, err);
	while (found && go_on && status == REBUFF_OK) {
		rebuff_alarm a = {.size = sizeof a,
			.number = sqlite3_column_int64(s, 0),
			.time_ms = sqlite3_column_int64(s, 1),
			.acted = (rebuff_acted)sqlite3_column_int(s, 6),
			.seen = sqlite3_column_int64(s, 7),
			.last_ms = sqlite3_column_int64(s, 8),
			.ended_ms = sqlite3_column_int64(s, 9),
			.checks = sqlite3_column_int64(s, 12)};
		rbf_column_text(s, 2, a.kind, sizeof a.kind);
		rbf_column_text(s, 3, a.provider, sizeof a.provider);
		rbf_column_text(s, 4, a.stream, sizeof a.stream);
		rbf_column_text(s, 5, a.source_ip, sizeof a.source_ip);
		rbf_column_text(s, 10, a.text, sizeof a.text);
		rbf_column_text(s, 11, a.evidence, sizeof a.evidence);
		go_on = each(ud, &a);
		if (go_on)
			status = rbf_query_step(c, Q_ALARMS, &found, err);
	}
	rbf_query_done(c, Q_ALARMS);
	return status;
}

/* ---- circuit breaker ------------------------------------------------------------------------- */

rebuff_status rbf_store_breaker(
	rbf_store *store, const char *provider, bool *open, rebuff_error *err)
{
	rbf_bind_text(rbf_query_ready(&store->write, Q_BREAKER), 1, provider);
	rebuff_status status = rbf_query_step(&store->write, Q_BREAKER, open, err);
	rbf_query_done(&store->write, Q_BREAKER);
	return status;
}

rebuff_status rbf_store_breakers(rbf_store *store,
	rebuff_status (*each)(void *ud, const char *provider, rebuff_error *err), void *ud,
	rebuff_error *err)
{
	rbf_connection *c = &store->write;
	sqlite3_stmt *s = rbf_query_ready(c, Q_BREAKERS);
	bool found = false;
	rebuff_status status = rbf_query_step(c, Q_BREAKERS, &found, err);
	while (found && status == REBUFF_OK) {
		status = each(ud, (const char *)sqlite3_column_text(s, 0), err);
		if (status == REBUFF_OK)
			status = rbf_query_step(c, Q_BREAKERS, &found, err);
	}
	rbf_query_done(c, Q_BREAKERS);
	return status;
}

rebuff_status rbf_store_breaker_open(rbf_store *store, const char *provider, int64_t now_ms,
	int64_t since_ms, const char *text, rebuff_error *err)
{
	sqlite3_stmt *s = rbf_query_ready(&store->write, Q_BREAKER_OPEN);
	rebuff_alarm a = {.time_ms = now_ms, .kind = "breaker", .acted = REBUFF_ACTED_TOLD};
	rbf_bind_text(s, 1, provider);
	rbf_bind_int(s, 2, now_ms);
	rebuff_status status = rbf_query_run(&store->write, Q_BREAKER_OPEN, err);
	if (status != REBUFF_OK)
		return status;
	s = rbf_query_ready(&store->write, Q_CANDIDATES_LISTED);
	rbf_bind_text(s, 1, provider);
	rbf_bind_int(s, 2, since_ms);
	status = rbf_query_run(&store->write, Q_CANDIDATES_LISTED, err);
	if (status != REBUFF_OK)
		return status;
	(void)rbf_span_copy(a.provider, sizeof a.provider, rbf_span_of(provider));
	(void)rbf_span_copy(a.text, sizeof a.text, rbf_span_of(text));
	return rbf_store_alarm(store, &a, err);
}

rebuff_status rbf_store_breaker_end(
	rbf_store *store, const char *provider, int64_t now_ms, rebuff_error *err)
{
	sqlite3_stmt *s = rbf_query_ready(&store->write, Q_BREAKER_END);
	rbf_bind_text(s, 1, provider);
	rbf_bind_int(s, 2, now_ms);
	rebuff_status status = rbf_query_run(&store->write, Q_BREAKER_END, err);
	return status == REBUFF_OK
		? rbf_store_alarm_end(store, "breaker", provider, "", now_ms, err)
		: status;
}

rebuff_status rbf_store_candidate(rbf_store *store, const rebuff_suppression *e, rebuff_error *err)
{
	sqlite3_stmt *s = rbf_query_ready(&store->write, Q_CANDIDATE);
	rbf_bind_text(s, 1, e->address);
	rbf_bind_text(s, 2, e->provider);
	rbf_bind_int(s, 3, e->since_ms);
	rbf_bind_int(s, 4, e->category);
	rbf_bind_text(s, 5, e->evidence);
	return rbf_query_run(&store->write, Q_CANDIDATE, err);
}

static rebuff_status each_candidate(rbf_connection *c, const char *provider,
	bool (*each)(void *ud, const rebuff_candidate *candidate), void *ud, rebuff_error *err)
{
	sqlite3_stmt *s = rbf_query_ready(c, Q_CANDIDATES);
	bool found = false, go_on = true;
	rbf_bind_text(s, 1, provider);
	rebuff_status status = rbf_query_step(c, Q_CANDIDATES, &found, err);
	while (found && go_on && status == REBUFF_OK) {
		rebuff_candidate k = {.size = sizeof k,
			.time_ms = sqlite3_column_int64(s, 2),
			.category = (rebuff_category)sqlite3_column_int(s, 3),
			.listed = sqlite3_column_int(s, 5) != 0};
		rbf_column_text(s, 0, k.address, sizeof k.address);
		rbf_column_text(s, 1, k.provider, sizeof k.provider);
		rbf_column_text(s, 4, k.evidence, sizeof k.evidence);
		go_on = each(ud, &k);
		if (go_on)
			status = rbf_query_step(c, Q_CANDIDATES, &found, err);
	}
	rbf_query_done(c, Q_CANDIDATES);
	return status;
}

rebuff_status rbf_view_candidates(rbf_store *store, const char *provider,
	bool (*each)(void *ud, const rebuff_candidate *candidate), void *ud, rebuff_error *err)
{
	return each_candidate(&store->read, provider, each, ud, err);
}

rebuff_status rbf_store_candidates(rbf_store *store, const char *provider,
	bool (*each)(void *ud, const rebuff_candidate *candidate), void *ud, rebuff_error *err)
{
	return each_candidate(&store->write, provider, each, ud, err);
}

rebuff_status rbf_store_candidates_end(
	rbf_store *store, const char *provider, bool unlist, size_t *n, rebuff_error *err)
{
	rebuff_status status = REBUFF_OK;
	if (unlist) {
		rbf_bind_text(rbf_query_ready(&store->write, Q_CANDIDATES_UNLIST), 1, provider);
		status = rbf_query_run(&store->write, Q_CANDIDATES_UNLIST, err);
	}
	if (status != REBUFF_OK)
		return status;
	rbf_bind_text(rbf_query_ready(&store->write, Q_CANDIDATES_DROP), 1, provider);
	status = rbf_query_run(&store->write, Q_CANDIDATES_DROP, err);
	*n = status == REBUFF_OK ? (size_t)sqlite3_changes(store->write.db) : 0;
	return status;
}

/* ---- checks and notices ------------------------------------------------------------------------
 */

rebuff_status rbf_store_checks(
	rbf_store *store, const rebuff_checks *c, int64_t *number, rebuff_error *err)
{
	sqlite3_stmt *s = rbf_query_ready(&store->write, Q_CHECKS_ADD);
	rbf_bind_int(s, 1, c->time_ms);
	rbf_bind_span(s, 2, c->provider);
	rbf_bind_span(s, 3, c->stream);
	rbf_bind_int(s, 4, c->wrong);
	rbf_bind_span(s, 5, c->summary);
	rbf_bind_span(s, 6, c->list);
	rebuff_status status = rbf_query_run(&store->write, Q_CHECKS_ADD, err);
	*number = status == REBUFF_OK ? sqlite3_last_insert_rowid(store->write.db) : 0;
	return status;
}

rebuff_status rbf_view_facts(rbf_store *store, const char *provider, int64_t now_ms,
	void (*each)(void *ud, rebuff_fact fact, const char *name, int64_t n, int64_t of), void *ud,
	rebuff_error *err)
{
	static const rbf_query queries[] = {[REBUFF_FACT_IP] = Q_FACT_IPS,
		[REBUFF_FACT_SENDER] = Q_FACT_SENDERS,
		[REBUFF_FACT_WORST] = Q_FACT_WORST,
		[REBUFF_FACT_SOURCE] = Q_FACT_SOURCES};
	rebuff_status status = REBUFF_OK;
	for (int f = 0; f < 4 && status == REBUFF_OK; f++) {
		sqlite3_stmt *s = rbf_query_ready(&store->read, queries[f]);
		bool found = false;
		rbf_bind_int(s, 1, now_ms - 7 * (int64_t)DAY_MS);
		rbf_bind_text(s, 2, provider);
		status = rbf_query_step(&store->read, queries[f], &found, err);
		while (found && status == REBUFF_OK) {
			each(ud, (rebuff_fact)f, (const char *)sqlite3_column_text(s, 0),
				sqlite3_column_int64(s, 1), sqlite3_column_int64(s, 2));
			status = rbf_query_step(&store->read, queries[f], &found, err);
		}
		rbf_query_done(&store->read, queries[f]);
	}
	return status;
}

static rebuff_span column_span(sqlite3_stmt *s, int at)
{
	const char *p = (const char *)sqlite3_column_text(s, at);
	return (rebuff_span){p ? p : "", (size_t)sqlite3_column_bytes(s, at)};
}

rebuff_status rbf_view_checks(rbf_store *store, const char *provider,
	void (*each)(void *ud, const rebuff_checks *checks), void *ud, rebuff_error *err)
{
	sqlite3_stmt *s = rbf_query_ready(&store->read, Q_CHECKS_LATEST);
	bool found = false;
	rbf_bind_text(s, 1, provider);
	rebuff_status status = rbf_query_step(&store->read, Q_CHECKS_LATEST, &found, err);
	if (found) {
		const rebuff_checks c = {.size = sizeof c,
			.number = sqlite3_column_int64(s, 0),
			.time_ms = sqlite3_column_int64(s, 1),
			.provider = column_span(s, 2),
			.stream = column_span(s, 3),
			.wrong = (uint32_t)sqlite3_column_int(s, 4),
			.summary = column_span(s, 5),
			.list = column_span(s, 6)};
		each(ud, &c);
	}
	rbf_query_done(&store->read, Q_CHECKS_LATEST);
	return status;
}

rebuff_status rbf_view_notice(
	rbf_store *store, int64_t alarm, const char *way, rebuff_notice *out, rebuff_error *err)
{
	sqlite3_stmt *s = rbf_query_ready(&store->read, Q_NOTICE);
	bool found = false;
	rbf_bind_int(s, 1, alarm);
	rbf_bind_text(s, 2, way);
	rebuff_status status = rbf_query_step(&store->read, Q_NOTICE, &found, err);
	*out = (rebuff_notice){.size = sizeof *out, .alarm = alarm};
	(void)rbf_span_copy(out->way, sizeof out->way, rbf_span_of(way));
	if (found) {
		out->told_ms = sqlite3_column_int64(s, 0);
		out->tries = (uint32_t)sqlite3_column_int(s, 1);
		out->next_ms = sqlite3_column_int64(s, 2);
		rbf_column_text(s, 3, out->problem, sizeof out->problem);
		out->stage = (unsigned)sqlite3_column_int(s, 4);
	}
	rbf_query_done(&store->read, Q_NOTICE);
	return status;
}

rebuff_status rbf_store_notice(rbf_store *store, const rebuff_notice *n, rebuff_error *err)
{
	sqlite3_stmt *s = rbf_query_ready(&store->write, Q_NOTICE_PUT);
	rbf_bind_int(s, 1, n->alarm);
	rbf_bind_text(s, 2, n->way);
	rbf_bind_int(s, 3, n->told_ms);
	rbf_bind_int(s, 4, n->tries);
	rbf_bind_int(s, 5, n->next_ms);
	rbf_bind_text(s, 6, n->problem);
	rbf_bind_int(s, 7, n->stage);
	return rbf_query_run(&store->write, Q_NOTICE_PUT, err);
}

/* ---- warm-up ----------------------------------------------------------------------------------
 */

static void read_warmup(sqlite3_stmt *s, rebuff_warmup *w)
{
	*w = (rebuff_warmup){.size = sizeof *w,
		.since_ms = sqlite3_column_int64(s, 3),
		.days = (uint32_t)sqlite3_column_int(s, 4),
		.cap = (uint32_t)sqlite3_column_int(s, 5),
		.growth = sqlite3_column_double(s, 6),
		.paused_ms = sqlite3_column_int64(s, 7),
		.idle_ms = sqlite3_column_int64(s, 8),
		.day = (uint32_t)sqlite3_column_int(s, 9),
		.sent = (uint32_t)sqlite3_column_int(s, 10)};
	rbf_column_text(s, 0, w->node, sizeof w->node);
	rbf_column_text(s, 1, w->provider, sizeof w->provider);
	rbf_column_text(s, 2, w->ip, sizeof w->ip);
}

static rebuff_status warmup(rbf_connection *c, const char *node, const char *provider,
	rebuff_warmup *out, bool *found, rebuff_error *err)
{
	sqlite3_stmt *s = rbf_query_ready(c, Q_WARMUP);
	rbf_bind_text(s, 1, node);
	rbf_bind_text(s, 2, provider);
	rebuff_status status = rbf_query_step(c, Q_WARMUP, found, err);
	if (*found)
		read_warmup(s, out);
	rbf_query_done(c, Q_WARMUP);
	return status;
}

rebuff_status rbf_view_warmup(rbf_store *store, const char *node, const char *provider,
	rebuff_warmup *out, bool *found, rebuff_error *err)
{
	return warmup(&store->read, node, provider, out, found, err);
}

rebuff_status rbf_store_warmup(rbf_store *store, const char *node, const char *provider,
	rebuff_warmup *out, bool *found, rebuff_error *err)
{
	return warmup(&store->write, node, provider, out, found, err);
}

rebuff_status rbf_view_warmups(rbf_store *store, bool (*each)(void *ud, const rebuff_warmup *plan),
	void *ud, rebuff_error *err)
{
	rbf_connection *c = &store->read;
	sqlite3_stmt *s = rbf_query_ready(c, Q_WARMUPS);
	rebuff_warmup w;
	bool found = false, go_on = true;
	rebuff_status status = rbf_query_step(c, Q_WARMUPS, &found, err);
	while (found && go_on && status == REBUFF_OK) {
		read_warmup(s, &w);
		go_on = each(ud, &w);
		if (go_on)
			status = rbf_query_step(c, Q_WARMUPS, &found, err);
	}
	rbf_query_done(c, Q_WARMUPS);
	return status;
}

rebuff_status rbf_store_warmup_put(rbf_store *store, const rebuff_warmup *plan, rebuff_error *err)
{
	sqlite3_stmt *s = rbf_query_ready(&store->write, Q_WARMUP_PUT);
	rbf_bind_text(s, 1, plan->node);
	rbf_bind_text(s, 2, plan->provider);
	rbf_bind_text(s, 3, plan->ip);
	rbf_bind_int(s, 4, plan->since_ms);
	rbf_bind_int(s, 5, plan->days);
	rbf_bind_int(s, 6, plan->cap);
	sqlite3_bind_double(s, 7, plan->growth);
	rbf_bind_int(s, 8, plan->paused_ms);
	rbf_bind_int(s, 9, plan->idle_ms);
	rbf_bind_int(s, 10, plan->day);
	rbf_bind_int(s, 11, plan->sent);
	return rbf_query_run(&store->write, Q_WARMUP_PUT, err);
}

static rebuff_status change_warmup(
	rbf_store *store, rbf_query q, const char *a, const char *b, int64_t n, rebuff_error *err)
{
	sqlite3_stmt *s = rbf_query_ready(&store->write, q);
	rbf_bind_text(s, 1, a);
	if (b)
		rbf_bind_text(s, 2, b);
	if (n >= 0)
		rbf_bind_int(s, b ? 3 : 2, n);
	return rbf_query_run(&store->write, q, err);
}

rebuff_status rbf_store_warmup_end(
	rbf_store *store, const char *node, const char *provider, size_t *n, rebuff_error *err)
{
	rebuff_status status = change_warmup(store, Q_WARMUP_END, node, provider, -1, err);
	*n = status == REBUFF_OK ? (size_t)sqlite3_changes(store->write.db) : 0;
	return status;
}

rebuff_status rbf_store_warmup_sent(
	rbf_store *store, const char *node, const char *provider, uint32_t day, rebuff_error *err)
{
	return change_warmup(store, Q_WARMUP_SENT, node, provider, day, err);
}

rebuff_status rbf_store_warmup_pause(
	rbf_store *store, const char *provider, bool pause, int64_t now_ms, rebuff_error *err)
{
	return change_warmup(
		store, pause ? Q_WARMUP_PAUSE : Q_WARMUP_RESUME, provider, NULL, now_ms, err);
}
