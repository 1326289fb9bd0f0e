/* store_recorded.c - what was recorded, read again: to be played through another policy, or told to
 * people. */
#include <stdio.h>

#include "state/sqlite.h"

static const char *column(sqlite3_stmt *s, int at)
{
	const char *text = (const char *)sqlite3_column_text(s, at);
	return text ? text : "";
}

/* `name` is room for a recipient that is not kept. */
static rbf_recorded read_recorded(sqlite3_stmt *s, char name[64])
{
	rbf_recorded e = {.time_ms = sqlite3_column_int64(s, 0),
		.node = column(s, 1),
		.mta = (rebuff_mta)sqlite3_column_int(s, 2),
		.id = column(s, 3),
		.who = sqlite3_column_int64(s, 4),
		.recipient = column(s, 5),
		.sender = column(s, 6),
		.stream = column(s, 7),
		.provider = column(s, 8),
		.host = column(s, 9),
		.ip = column(s, 10),
		.source_ip = column(s, 11),
		.transport = column(s, 12),
		.kind = (rebuff_kind)sqlite3_column_int(s, 13),
		.stage = (rebuff_stage)sqlite3_column_int(s, 14),
		.code = (uint16_t)sqlite3_column_int(s, 15),
		.text = column(s, 16),
		.age_ms = sqlite3_column_int64(s, 17),
		.category = (rebuff_category)sqlite3_column_int(s, 18),
		.rule = column(s, 19),
		.why = column(s, 20),
		.suppressed = sqlite3_column_int(s, 21)};
	if (!e.recipient[0]) {
		(void)snprintf(name, 64, "w%016llx@unknown.invalid", (unsigned long long)e.who);
		e.recipient = name;
	}
	return e;
}

static rebuff_status each_recorded(
	rbf_store *store, rbf_query q, rbf_recorded_each *each, void *ud, rebuff_error *err)
{
	sqlite3_stmt *s = store->read.stmt[q];
	bool found = false;
	rebuff_status status = rbf_query_step(&store->read, q, &found, err);
	while (found && status == REBUFF_OK) {
		char name[64];
		rbf_recorded e = read_recorded(s, name);
		status = each(ud, &e, err);
		if (status == REBUFF_OK)
			status = rbf_query_step(&store->read, q, &found, err);
	}
	rbf_query_done(&store->read, q);
	return status;
}

rebuff_status rbf_view_recorded(rbf_store *store, int64_t from_ms, int64_t to_ms,
	rbf_recorded_each *each, void *ud, rebuff_error *err)
{
	sqlite3_stmt *s = rbf_query_ready(&store->read, Q_RECORDED);
	rbf_bind_int(s, 1, from_ms);
	rbf_bind_int(s, 2, to_ms);
	return each_recorded(store, Q_RECORDED, each, ud, err);
}

rebuff_status rbf_view_recorded_n(
	rbf_store *store, int64_t from_ms, int64_t to_ms, size_t *n, rebuff_error *err)
{
	sqlite3_stmt *s = rbf_query_ready(&store->read, Q_RECORDED_N);
	bool found = false;
	rbf_bind_int(s, 1, from_ms);
	rbf_bind_int(s, 2, to_ms);
	rebuff_status status = rbf_query_step(&store->read, Q_RECORDED_N, &found, err);
	*n = found ? (size_t)sqlite3_column_int64(s, 0) : 0;
	rbf_query_done(&store->read, Q_RECORDED_N);
	return status;
}

rebuff_status rbf_view_recorded_of(rbf_store *store, int64_t who, const char *id, size_t most,
	rbf_recorded_each *each, void *ud, rebuff_error *err)
{
	rbf_query q = id ? Q_RECORDED_MESSAGE : Q_RECORDED_OF;
	sqlite3_stmt *s = rbf_query_ready(&store->read, q);
	if (id)
		rbf_bind_text(s, 1, id);
	else
		rbf_bind_int(s, 1, who);
	rbf_bind_int(s, 2, (int64_t)most);
	return each_recorded(store, q, each, ud, err);
}

rebuff_status rbf_view_strikes(
	rbf_store *store, int64_t who, uint32_t *soft, uint32_t *hard, rebuff_error *err)
{
	sqlite3_stmt *s = rbf_query_ready(&store->read, Q_STRIKES_OF);
	bool found = false;
	rbf_bind_int(s, 1, who);
	rebuff_status status = rbf_query_step(&store->read, Q_STRIKES_OF, &found, err);
	*soft = found ? (uint32_t)sqlite3_column_int(s, 0) : 0;
	*hard = found ? (uint32_t)sqlite3_column_int(s, 1) : 0;
	rbf_query_done(&store->read, Q_STRIKES_OF);
	return status;
}
