/* store_watch.c - alarms, the circuit breaker's candidates, what checks found, who was told. */
#include "state/sqlite.h"

enum { DAY_MS = 86400000 };

/* ---- alarms ---------------------------------------------------------------------------------- */

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
	rbf_bind_text(s, 9, a->of_ip);
	return rbf_query_run(&store->write, Q_ALARM, err);
}

rebuff_status rbf_store_alarm_open(
	rbf_store *store, const char *kind, const rbf_key *about, int64_t *alarm, rebuff_error *err)
{
	sqlite3_stmt *s = rbf_query_ready(&store->write, Q_ALARM_OPEN);
	bool found = false;
	rbf_bind_text(s, 1, kind);
	rbf_bind_text(s, 2, about->provider);
	rbf_bind_text(s, 3, about->stream);
	rbf_bind_text(s, 4, about->source_ip);
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
		rbf_column_text(s, 13, a.of_ip, sizeof a.of_ip);
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

/* ---- checks and notices ---------------------------------------------------------------------- */

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
