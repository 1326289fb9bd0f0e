/* store_event.c - attempts as they ended, strikes, acceptances, arrivals; forgetting. */
#include "state/sqlite.h"

enum { LANE_MS = 7 * 86400000 }; /* a lane whose rate nothing changed for so long */
enum { PART = 4000 }; /* rows forgotten in one go: results wait meanwhile */

/* Reply text as it is kept: printable, with the line joins of the reply made visible. */
static void bind_printable(sqlite3_stmt *s, int at, rebuff_span text)
{
	char printable[REBUFF_REPLY_MAX];
	rbf_span_escape(printable, sizeof printable, text);
	rbf_bind_text(s, at, printable);
}

rebuff_status rbf_store_event(rbf_store *store, rbf_event *e, rebuff_error *err)
{
	rbf_query q = e->row ? Q_EVENT_UPDATE : Q_EVENT_INSERT;
	const rbf_delivery *d = e->delivery;
	const rebuff_result *r = e->result;
	const rebuff_classification *c = e->reply;
	bool accepted = r->kind == REBUFF_KIND_DELIVERED;
	sqlite3_stmt *s = rbf_query_ready(&store->write, q);

	if (e->row)
		rbf_bind_int(s, 1, e->row);
	rbf_bind_int(s, 2, e->time_ms);
	rbf_bind_text(s, 3, d->node);
	rbf_bind_int(s, 4, d->mta);
	rbf_bind_text(s, 5, d->id);
	rbf_bind_int(s, 6, d->who);
	rbf_bind_text(s, 7, accepted ? "" : d->recipient);
	rbf_bind_text(s, 8, accepted ? "" : d->sender);
	rbf_bind_text(s, 9, d->stream);
	rbf_bind_text(s, 10, d->provider);
	bind_printable(s, 11, r->host);
	bind_printable(s, 12, r->ip);
	bind_printable(s, 13, r->source_ip);
	bind_printable(s, 14, r->transport);
	rbf_bind_int(s, 15, r->kind);
	rbf_bind_int(s, 16, r->stage);
	rbf_bind_int(s, 17, c->code);
	rbf_bind_text(s, 18, c->enhanced);
	rbf_bind_int(s, 19, c->category);
	rbf_bind_int(s, 20, c->fault);
	rbf_bind_int(s, 21, c->action);
	sqlite3_bind_double(s, 22, c->confidence);
	rbf_bind_text(s, 23, c->rule);
	bind_printable(s, 24, r->text);
	rbf_bind_text(s, 25, e->why);
	rbf_bind_int(s, 26, d->attempts);
	rbf_bind_int(s, 27, d->received_ms ? e->time_ms - d->received_ms : -1);
	rbf_bind_int(s, 28, e->struck);
	rbf_bind_int(s, 29, e->suppressed);
	rbf_bind_int(s, 30, d->act);
	rebuff_status status = rbf_query_run(&store->write, q, err);
	if (status == REBUFF_OK && !e->row)
		e->row = sqlite3_last_insert_rowid(store->write.db);
	return status;
}

/* The next row's first `n` numbers; zeros when there is none. */
static rebuff_status numbers(rbf_store *store, rbf_query q, int64_t *out, int n, rebuff_error *err)
{
	bool found = false;
	rebuff_status status = rbf_query_step(&store->write, q, &found, err);
	for (int i = 0; i < n; i++)
		out[i] = found ? sqlite3_column_int64(store->write.stmt[q], i) : 0;
	rbf_query_done(&store->write, q);
	return status;
}

rebuff_status rbf_store_event_known(rbf_store *store, const rbf_delivery *d, int64_t from_ms,
	int64_t to_ms, rebuff_kind kind, bool *known, rebuff_error *err)
{
	sqlite3_stmt *s = rbf_query_ready(&store->write, Q_EVENT_KNOWN);
	int64_t one = 0;
	rbf_bind_int(s, 1, d->who);
	rbf_bind_int(s, 2, from_ms);
	rbf_bind_int(s, 3, to_ms);
	rbf_bind_text(s, 4, d->node);
	rbf_bind_int(s, 5, d->mta);
	rbf_bind_text(s, 6, d->id);
	rbf_bind_int(s, 7, kind);
	rebuff_status status = numbers(store, Q_EVENT_KNOWN, &one, 1, err);
	*known = one == 1;
	return status;
}

rebuff_status rbf_store_latest_deferral(
	rbf_store *store, const char *provider, rebuff_category *category, rebuff_error *err)
{
	bool found = false;
	rbf_bind_text(rbf_query_ready(&store->write, Q_LATEST_DEFERRED), 1, provider);
	rebuff_status status = rbf_query_step(&store->write, Q_LATEST_DEFERRED, &found, err);
	if (found)
		*category = (rebuff_category)sqlite3_column_int(
			store->write.stmt[Q_LATEST_DEFERRED], 0);
	rbf_query_done(&store->write, Q_LATEST_DEFERRED);
	return status;
}

rebuff_status rbf_store_all_latest(rbf_store *store, const char *provider, uint32_t n,
	rebuff_category category, bool *all, rebuff_error *err)
{
	sqlite3_stmt *s = rbf_query_ready(&store->write, Q_LATEST);
	uint32_t seen = 0, same = 0;
	bool found = false;
	rbf_bind_text(s, 1, provider);
	rbf_bind_int(s, 2, n);
	rebuff_status status = rbf_query_step(&store->write, Q_LATEST, &found, err);
	while (found && status == REBUFF_OK) {
		seen++;
		same += sqlite3_column_int(s, 1) == (int)category;
		status = rbf_query_step(&store->write, Q_LATEST, &found, err);
	}
	rbf_query_done(&store->write, Q_LATEST);
	*all = seen == n && same == n;
	return status;
}

/* ---- strikes -----------------------------------------------------------------------------------
 */

rebuff_status rbf_store_strike(rbf_store *store, int64_t who, int kind, const char *id,
	int64_t time_ms, int64_t since_ms, uint32_t *n, int64_t *first_ms, rebuff_error *err)
{
	sqlite3_stmt *s = rbf_query_ready(&store->write, Q_STRIKE);
	int64_t found[2];
	rbf_bind_int(s, 1, who);
	rbf_bind_int(s, 2, kind);
	rbf_bind_text(s, 3, id);
	rbf_bind_int(s, 4, time_ms);
	rebuff_status status = rbf_query_run(&store->write, Q_STRIKE, err);
	if (status != REBUFF_OK)
		return status;
	rbf_bind_int(rbf_query_ready(&store->write, Q_UNACCEPTED), 1, who);
	status = rbf_query_run(&store->write, Q_UNACCEPTED, err);
	if (status != REBUFF_OK)
		return status;
	s = rbf_query_ready(&store->write, Q_STRIKES);
	rbf_bind_int(s, 1, who);
	rbf_bind_int(s, 2, kind);
	rbf_bind_int(s, 3, since_ms);
	status = numbers(store, Q_STRIKES, found, 2, err);
	*n = (uint32_t)found[0];
	*first_ms = found[1];
	return status;
}

rebuff_status rbf_store_accepted(rbf_store *store, int64_t who, int64_t time_ms, rebuff_error *err)
{
	int64_t struck = 0;
	rbf_bind_int(rbf_query_ready(&store->write, Q_STRUCK), 1, who);
	rebuff_status status = numbers(store, Q_STRUCK, &struck, 1, err);
	if (status != REBUFF_OK || !struck)
		return status;
	sqlite3_stmt *s = rbf_query_ready(&store->write, Q_ACCEPTED);
	rbf_bind_int(s, 1, who);
	rbf_bind_int(s, 2, time_ms);
	return rbf_query_run(&store->write, Q_ACCEPTED, err);
}

rebuff_status rbf_store_arrival(
	rbf_store *store, const rebuff_arrival *a, int64_t now_ms, rebuff_error *err)
{
	sqlite3_stmt *s = rbf_query_ready(&store->write, Q_ARRIVAL);
	rbf_bind_int(s, 1, now_ms);
	rbf_bind_span(s, 2, a->node);
	rbf_bind_int(s, 3, a->mta);
	rbf_bind_span(s, 4, a->id);
	bind_printable(s, 5, a->recipients);
	bind_printable(s, 6, a->client_ip);
	bind_printable(s, 7, a->headers);
	rbf_bind_int(s, 8, a->size_bytes);
	bind_printable(s, 9, a->client_name);
	return rbf_query_run(&store->write, Q_ARRIVAL, err);
}

/* ---- forgetting --------------------------------------------------------------------------------
 */

rebuff_status rbf_store_lapse(rbf_store *store, int64_t now_ms, rebuff_error *err)
{
	rbf_bind_int(rbf_query_ready(&store->write, Q_LAPSE), 1, now_ms);
	return rbf_query_run(&store->write, Q_LAPSE, err);
}

rebuff_status rbf_store_forget_old(
	rbf_store *store, const rbf_keep *keep, int64_t now_ms, bool *more, rebuff_error *err)
{
	const struct {
		rbf_query q;
		int64_t before_ms;
		bool in_parts;
	} steps[] = {
		{Q_FORGET_EVENTS, now_ms - keep->event_ms, true},
		{Q_FORGET_ACCEPTED_EVENTS, now_ms - keep->delivery_ms, true},
		{Q_FORGET_DELIVERIES, now_ms - keep->delivery_ms, true},
		{Q_FORGET_STRIKES, now_ms - keep->strike_ms, true},
		{Q_FORGET_SETTLED, now_ms - keep->settled_ms, false},
		{Q_FORGET_ACCEPTANCES, now_ms - keep->settled_ms, false},
		{Q_FORGET_SUPPRESSIONS, now_ms - keep->lapsed_ms, false},
		{Q_PACE_STALE, now_ms - LANE_MS, false},
		{Q_FORGET_SITES, now_ms - keep->event_ms, false},
		{Q_FORGET_TALLIES, now_ms - RBF_TALLIES_MS, false},
		{Q_FORGET_HOLDS, now_ms - keep->event_ms, false},
		{Q_FORGET_LEAVING, now_ms - keep->event_ms, false},
		{Q_FORGET_JUMPS, now_ms - keep->event_ms, false},
		{Q_FORGET_ALARMS, now_ms - keep->event_ms, false},
		{Q_FORGET_ARRIVALS, now_ms - keep->event_ms, true},
		{Q_FORGET_SENT, now_ms - keep->delivery_ms, true},
		{Q_FORGET_LATE, now_ms - keep->event_ms, true},
		{Q_KEY_FORGET, now_ms - keep->key_ms, false},
		{Q_FORGET_CANDIDATES, now_ms - keep->event_ms, false},
		{Q_FORGET_TOTALS, now_ms - keep->total_ms, false},
		{Q_FORGET_LAPSES, now_ms - keep->total_ms, false},
		{Q_FORGET_IMPORTS, now_ms - keep->total_ms, false},
		{Q_FORGET_CHECKS, now_ms - keep->event_ms, false},
		{Q_FORGET_SOURCES, now_ms - keep->event_ms, false},
		{Q_FORGET_NOTICES, now_ms - keep->event_ms, false},
	};
	rebuff_status status = rbf_store_tally_merge(store, now_ms, err);
	*more = false;
	for (size_t i = 0; i < sizeof steps / sizeof *steps && status == REBUFF_OK; i++) {
		sqlite3_stmt *s = rbf_query_ready(&store->write, steps[i].q);
		rbf_bind_int(s, 1, steps[i].before_ms);
		if (steps[i].in_parts)
			rbf_bind_int(s, 2, PART);
		status = rbf_query_run(&store->write, steps[i].q, err);
		*more = *more || (steps[i].in_parts && sqlite3_changes(store->write.db) >= PART);
	}
	return status;
}
