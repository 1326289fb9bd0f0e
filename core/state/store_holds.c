/* store_holds.c - what is not to be sent for now, and for how long it was. */
#include "state/sqlite.h"

static rebuff_status read_hold(
	rbf_connection *c, const rbf_key *key, rbf_held_now *held, rebuff_error *err)
{
	bool found = false;
	sqlite3_stmt *s = rbf_query_ready(c, Q_HOLD);
	rbf_bind_text(s, 1, key->provider);
	rbf_bind_text(s, 2, key->stream);
	rbf_bind_text(s, 3, key->source_ip);
	rebuff_status status = rbf_query_step(c, Q_HOLD, &found, err);
	*held = (rbf_held_now){.found = found};
	if (found) {
		held->until_ms = sqlite3_column_int64(s, 0);
		held->probing = sqlite3_column_int64(s, 2) > 0;
		rbf_column_text(s, 1, held->reason, sizeof held->reason);
		rbf_column_text(s, 3, held->source_ip, sizeof held->source_ip);
	}
	rbf_query_done(c, Q_HOLD);
	return status;
}

rebuff_status rbf_view_hold(
	rbf_store *store, const rbf_key *key, rbf_held_now *held, rebuff_error *err)
{
	return read_hold(&store->read, key, held, err);
}

rebuff_status rbf_store_holding(
	rbf_store *store, const rbf_key *key, rbf_held_now *held, rebuff_error *err)
{
	return read_hold(&store->write, key, held, err);
}

/* Borrowed from the statement: provider, stream and IP from column `at` on. */
static rbf_key scope_of(sqlite3_stmt *s, int at)
{
	return (rbf_key){.provider = (const char *)sqlite3_column_text(s, at),
		.stream = (const char *)sqlite3_column_text(s, at + 1),
		.source_ip = (const char *)sqlite3_column_text(s, at + 2)};
}

rebuff_status rbf_view_holds(rbf_store *store,
	void (*each)(void *ud, const rbf_key *scope, bool probing), void *ud, rebuff_error *err)
{
	rbf_connection *c = &store->read;
	sqlite3_stmt *s = rbf_query_ready(c, Q_HOLDS);
	bool found = false;
	rebuff_status status = rbf_query_step(c, Q_HOLDS, &found, err);
	while (found && status == REBUFF_OK) {
		const rbf_key scope = scope_of(s, 0);
		each(ud, &scope, sqlite3_column_int64(s, 3) > 0);
		status = rbf_query_step(c, Q_HOLDS, &found, err);
	}
	rbf_query_done(c, Q_HOLDS);
	return status;
}

rebuff_status rbf_store_held_ms(rbf_store *store, const rbf_key *key, int64_t since_ms,
	int64_t now_ms, int64_t *held_ms, rebuff_error *err)
{
	rbf_connection *c = &store->write;
	bool found = false;
	int64_t counted_to_ms = since_ms;
	sqlite3_stmt *s = rbf_query_ready(c, Q_HELD);
	*held_ms = 0;
	rbf_bind_text(s, 1, key->provider);
	rbf_bind_text(s, 2, key->stream);
	rbf_bind_int(s, 3, since_ms);
	rbf_bind_int(s, 4, now_ms);
	rbf_bind_text(s, 5, key->source_ip);
	rebuff_status status = rbf_query_step(c, Q_HELD, &found, err);
	while (found && status == REBUFF_OK) {
		int64_t from_ms = sqlite3_column_int64(s, 0), to_ms = sqlite3_column_int64(s, 1);
		if (from_ms < counted_to_ms)
			from_ms = counted_to_ms;
		if (to_ms > now_ms)
			to_ms = now_ms;
		if (to_ms > from_ms) {
			*held_ms += to_ms - from_ms;
			counted_to_ms = to_ms;
		}
		status = rbf_query_step(c, Q_HELD, &found, err);
	}
	rbf_query_done(c, Q_HELD);
	return status;
}

rebuff_status rbf_store_holds_over(rbf_store *store, int64_t now_ms,
	rebuff_status (*each)(void *ud, const rbf_key *scope, bool *probes, rebuff_error *err),
	void *ud, rebuff_error *err)
{
	rbf_connection *c = &store->write;
	sqlite3_stmt *s = rbf_query_ready(c, Q_HOLDS_OVER);
	bool found = false;
	rbf_bind_int(s, 1, now_ms);
	rebuff_status status = rbf_query_step(c, Q_HOLDS_OVER, &found, err);
	while (found && status == REBUFF_OK) {
		bool probes = false;
		const rbf_key scope = scope_of(s, 1);
		status = each(ud, &scope, &probes, err);
		rbf_query q = probes ? Q_HOLD_PROBES : Q_HOLD_OVER;
		sqlite3_stmt *over = rbf_query_ready(c, q);
		rbf_bind_int(over, 1, sqlite3_column_int64(s, 0));
		rbf_bind_int(over, 2, now_ms);
		if (!probes)
			rbf_bind_text(over, 3, "rebuff");
		if (status == REBUFF_OK)
			status = rbf_query_run(c, q, err);
		if (status == REBUFF_OK)
			status = rbf_query_step(c, Q_HOLDS_OVER, &found, err);
	}
	rbf_query_done(c, Q_HOLDS_OVER);
	return status;
}

rebuff_status rbf_store_holds_probing(rbf_store *store,
	rebuff_status (*each)(void *ud, const char *provider, rebuff_error *err), void *ud,
	rebuff_error *err)
{
	rbf_connection *c = &store->write;
	sqlite3_stmt *s = rbf_query_ready(c, Q_HOLDS_PROBING);
	bool found = false;
	rebuff_status status = rbf_query_step(c, Q_HOLDS_PROBING, &found, err);
	while (found && status == REBUFF_OK) {
		status = each(ud, (const char *)sqlite3_column_text(s, 0), err);
		if (status == REBUFF_OK)
			status = rbf_query_step(c, Q_HOLDS_PROBING, &found, err);
	}
	rbf_query_done(c, Q_HOLDS_PROBING);
	return status;
}

rebuff_status rbf_store_probing(rbf_store *store, const char *provider, const char *source_ip,
	rbf_probe *out, rebuff_error *err)
{
	sqlite3_stmt *s = rbf_query_ready(&store->write, Q_HOLD_PROBING);
	bool found = false;
	rbf_bind_text(s, 1, provider);
	rbf_bind_text(s, 2, source_ip);
	rebuff_status status = rbf_query_step(&store->write, Q_HOLD_PROBING, &found, err);
	*out = (rbf_probe){.found = found};
	if (found) {
		out->hold = sqlite3_column_int64(s, 0);
		out->lasts_ms = sqlite3_column_int64(s, 1);
		out->times = (uint32_t)sqlite3_column_int(s, 2);
		rbf_column_text(s, 3, out->provider, sizeof out->provider);
		rbf_column_text(s, 4, out->stream, sizeof out->stream);
		rbf_column_text(s, 5, out->source_ip, sizeof out->source_ip);
	}
	rbf_query_done(&store->write, Q_HOLD_PROBING);
	return status;
}

rebuff_status rbf_store_hold_again(
	rbf_store *store, int64_t hold, int64_t until_ms, rebuff_error *err)
{
	sqlite3_stmt *s = rbf_query_ready(&store->write, Q_HOLD_AGAIN);
	rbf_bind_int(s, 1, hold);
	rbf_bind_int(s, 2, until_ms);
	return rbf_query_run(&store->write, Q_HOLD_AGAIN, err);
}

rebuff_status rbf_store_hold(rbf_store *store, const rbf_key *scope, int64_t now_ms,
	int64_t until_ms, const char *reason, const char *by, rebuff_error *err)
{
	sqlite3_stmt *s = rbf_query_ready(&store->write, Q_HOLD_ADD);
	rbf_bind_text(s, 1, scope->provider);
	rbf_bind_text(s, 2, scope->stream);
	rbf_bind_int(s, 3, now_ms);
	rbf_bind_int(s, 4, until_ms);
	rbf_bind_text(s, 5, reason);
	rbf_bind_text(s, 6, by);
	rbf_bind_text(s, 7, scope->source_ip);
	return rbf_query_run(&store->write, Q_HOLD_ADD, err);
}

rebuff_status rbf_store_release(rbf_store *store, const rbf_key *scope, int64_t now_ms,
	const char *by, const char *note, size_t *n, rebuff_error *err)
{
	sqlite3_stmt *s = rbf_query_ready(&store->write, Q_HOLD_END);
	rbf_bind_text(s, 1, scope->provider);
	rbf_bind_text(s, 2, scope->stream);
	rbf_bind_int(s, 3, now_ms);
	rbf_bind_text(s, 4, by);
	rbf_bind_text(s, 5, note);
	rbf_bind_text(s, 6, scope->source_ip);
	rebuff_status status = rbf_query_run(&store->write, Q_HOLD_END, err);
	*n = status == REBUFF_OK ? (size_t)sqlite3_changes(store->write.db) : 0;
	if (status != REBUFF_OK)
		return status;
	s = rbf_query_ready(&store->write, Q_ALARMS_HELD_END);
	rbf_bind_text(s, 1, scope->provider);
	rbf_bind_text(s, 2, scope->stream);
	rbf_bind_int(s, 3, now_ms);
	rbf_bind_text(s, 4, scope->source_ip);
	return rbf_query_run(&store->write, Q_ALARMS_HELD_END, err);
}

rebuff_status rbf_view_hold_list(rbf_store *store, bool ended_too,
	bool (*each)(void *ud, const rebuff_hold *hold), void *ud, rebuff_error *err)
{
	rbf_connection *c = &store->read;
	sqlite3_stmt *s = rbf_query_ready(c, Q_HOLD_LIST);
	bool found = false, go_on = true;
	rbf_bind_int(s, 1, ended_too);
	rebuff_status status = rbf_query_step(c, Q_HOLD_LIST, &found, err);
	while (found && go_on && status == REBUFF_OK) {
		rebuff_hold h = {.size = sizeof h,
			.since_ms = sqlite3_column_int64(s, 3),
			.until_ms = sqlite3_column_int64(s, 4),
			.ended_ms = sqlite3_column_int64(s, 5),
			.probing_ms = sqlite3_column_int64(s, 8),
			.refused_probes = (uint32_t)sqlite3_column_int(s, 9),
			.checks = sqlite3_column_int64(s, 12),
			.waiting = sqlite3_column_int64(s, 13)};
		rbf_column_text(s, 1, h.provider, sizeof h.provider);
		rbf_column_text(s, 2, h.stream, sizeof h.stream);
		rbf_column_text(s, 6, h.reason, sizeof h.reason);
		rbf_column_text(s, 7, h.by, sizeof h.by);
		rbf_column_text(s, 10, h.released_by, sizeof h.released_by);
		rbf_column_text(s, 11, h.note, sizeof h.note);
		rbf_column_text(s, 14, h.checked, sizeof h.checked);
		rbf_column_text(s, 15, h.source_ip, sizeof h.source_ip);
		go_on = each(ud, &h);
		if (go_on)
			status = rbf_query_step(c, Q_HOLD_LIST, &found, err);
	}
	rbf_query_done(c, Q_HOLD_LIST);
	return status;
}
