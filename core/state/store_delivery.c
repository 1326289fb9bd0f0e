/* store_delivery.c - recipients under way, what is due, attempts. */
#include "state/sqlite.h"

static void read_delivery(sqlite3_stmt *s, rbf_delivery *d)
{
	memset(d, 0, sizeof *d);
	d->row = sqlite3_column_int64(s, 0);
	rbf_column_text(s, 1, d->node, sizeof d->node);
	d->mta = (rebuff_mta)sqlite3_column_int(s, 2);
	rbf_column_text(s, 3, d->id, sizeof d->id);
	d->who = sqlite3_column_int64(s, 4);
	rbf_column_text(s, 5, d->recipient, sizeof d->recipient);
	rbf_column_text(s, 6, d->sender, sizeof d->sender);
	rbf_column_text(s, 7, d->stream, sizeof d->stream);
	rbf_column_text(s, 8, d->provider, sizeof d->provider);
	d->act = sqlite3_column_int(s, 9) != 0;
	d->state = (rbf_delivery_state)sqlite3_column_int(s, 10);
	d->received_ms = sqlite3_column_int64(s, 11);
	d->opened_ms = sqlite3_column_int64(s, 12);
	d->closed_ms = sqlite3_column_int64(s, 13);
	d->closed_kind = (rebuff_kind)sqlite3_column_int(s, 14);
	d->attempts = (uint32_t)sqlite3_column_int(s, 15);
	d->category = (rebuff_category)sqlite3_column_int(s, 16);
	d->category_attempts = (uint32_t)sqlite3_column_int(s, 17);
	d->first_failure_ms = sqlite3_column_int64(s, 18);
	d->believed = sqlite3_column_int(s, 19) != 0;
	d->due_ms = sqlite3_column_int64(s, 20);
	d->woken_ms = sqlite3_column_int64(s, 21);
	d->past_host = sqlite3_column_int(s, 22) != 0;
	d->frozen = sqlite3_column_int(s, 23) != 0;
	d->event = sqlite3_column_int64(s, 24);
	rbf_column_text(s, 25, d->text, sizeof d->text);
}

static void bind_message(sqlite3_stmt *s, const char *node, rebuff_mta mta, const char *id)
{
	rbf_bind_text(s, 1, node);
	rbf_bind_int(s, 2, mta);
	rbf_bind_text(s, 3, id);
}

static rebuff_status find(rbf_connection *c, const char *node, rebuff_mta mta, const char *id,
	int64_t who, rbf_delivery *out, bool *found, rebuff_error *err)
{
	sqlite3_stmt *s = rbf_query_ready(c, Q_DELIVERY);
	bind_message(s, node, mta, id);
	rbf_bind_int(s, 4, who);
	rebuff_status status = rbf_query_step(c, Q_DELIVERY, found, err);
	if (*found)
		read_delivery(s, out);
	rbf_query_done(c, Q_DELIVERY);
	return status;
}

rebuff_status rbf_store_delivery(rbf_store *s, const char *node, rebuff_mta mta, const char *id,
	int64_t who, rbf_delivery *out, bool *found, rebuff_error *err)
{
	return find(&s->write, node, mta, id, who, out, found, err);
}

rebuff_status rbf_view_delivery(rbf_store *s, const char *node, rebuff_mta mta, const char *id,
	int64_t who, rbf_delivery *out, bool *found, rebuff_error *err)
{
	return find(&s->read, node, mta, id, who, out, found, err);
}

rebuff_status rbf_store_delivery_put(rbf_store *store, rbf_delivery *d, rebuff_error *err)
{
	rbf_query q = d->row ? Q_DELIVERY_UPDATE : Q_DELIVERY_INSERT;
	rbf_connection *c = &store->write;
	sqlite3_stmt *s = rbf_query_ready(c, q);
	const int64_t numbers[] = {d->act, d->state, d->received_ms, d->opened_ms, d->closed_ms,
		d->closed_kind, d->attempts, d->category, d->category_attempts, d->first_failure_ms,
		d->believed, d->due_ms, d->woken_ms, d->past_host, d->frozen, d->event};

	if (d->row)
		rbf_bind_int(s, 1, d->row);
	rbf_bind_text(s, 2, d->node);
	rbf_bind_int(s, 3, d->mta);
	rbf_bind_text(s, 4, d->id);
	rbf_bind_int(s, 5, d->who);
	rbf_bind_text(s, 6, d->recipient);
	rbf_bind_text(s, 7, d->sender);
	rbf_bind_text(s, 8, d->stream);
	rbf_bind_text(s, 9, d->provider);
	for (int i = 0; i < (int)(sizeof numbers / sizeof *numbers); i++)
		rbf_bind_int(s, 10 + i, numbers[i]);
	rbf_bind_text(s, 26, d->text);
	rebuff_status status = rbf_query_run(c, q, err);
	if (status == REBUFF_OK && !d->row)
		d->row = sqlite3_last_insert_rowid(c->db);
	return status;
}

rebuff_status rbf_store_message(rbf_store *store, const char *node, rebuff_mta mta, const char *id,
	unsigned states, rebuff_status (*each)(void *ud, rbf_delivery *d, rebuff_error *err),
	void *ud, rebuff_error *err)
{
	rbf_connection *c = &store->write;
	sqlite3_stmt *s = rbf_query_ready(c, Q_MESSAGE);
	rbf_delivery d;
	bool found = false;
	bind_message(s, node, mta, id);
	rebuff_status status = rbf_query_step(c, Q_MESSAGE, &found, err);
	while (found && status == REBUFF_OK) {
		read_delivery(s, &d);
		if (states & (1u << d.state))
			status = each(ud, &d, err);
		if (status == REBUFF_OK)
			status = rbf_query_step(c, Q_MESSAGE, &found, err);
	}
	rbf_query_done(c, Q_MESSAGE);
	return status;
}

rebuff_status rbf_view_due(rbf_store *store, int64_t now_ms, rebuff_due *due, size_t cap, size_t *n,
	int64_t *next_ms, rebuff_error *err)
{
	rbf_connection *c = &store->read;
	sqlite3_stmt *s = rbf_query_ready(c, Q_DUE);
	bool found = false;
	*n = 0;
	*next_ms = INT64_MAX;
	rbf_bind_int(s, 1, now_ms);
	rbf_bind_int(s, 2, (int64_t)cap);
	rebuff_status status = rbf_query_step(c, Q_DUE, &found, err);
	while (found && status == REBUFF_OK && *n < cap) {
		rebuff_due *d = &due[(*n)++];
		rbf_column_text(s, 0, d->node, sizeof d->node);
		d->mta = (rebuff_mta)sqlite3_column_int(s, 1);
		rbf_column_text(s, 2, d->id, sizeof d->id);
		rbf_column_text(s, 3, d->provider, sizeof d->provider);
		d->due_ms = sqlite3_column_int64(s, 4);
		d->past_host_retry = sqlite3_column_int(s, 5) != 0;
		status = rbf_query_step(c, Q_DUE, &found, err);
	}
	rbf_query_done(c, Q_DUE);
	if (status != REBUFF_OK)
		return status;
	s = rbf_query_ready(c, Q_DUE_NEXT);
	rbf_bind_int(s, 1, now_ms);
	status = rbf_query_step(c, Q_DUE_NEXT, &found, err);
	if (found && sqlite3_column_type(s, 0) != SQLITE_NULL)
		*next_ms = sqlite3_column_int64(s, 0);
	rbf_query_done(c, Q_DUE_NEXT);
	return status;
}

rebuff_status rbf_store_woken(rbf_store *store, const rebuff_due *due, int64_t now_ms,
	int64_t again_ms, rebuff_error *err)
{
	sqlite3_stmt *s = rbf_query_ready(&store->write, Q_WOKEN);
	bind_message(s, due->node, due->mta, due->id);
	rbf_bind_int(s, 4, now_ms);
	rbf_bind_int(s, 5, again_ms);
	return rbf_query_run(&store->write, Q_WOKEN, err);
}

rebuff_status rbf_store_rearm(
	rbf_store *store, int64_t opened_before_ms, int64_t due_ms, rebuff_error *err)
{
	sqlite3_stmt *s = rbf_query_ready(&store->write, Q_REARM);
	rbf_bind_int(s, 1, opened_before_ms);
	rbf_bind_int(s, 2, due_ms);
	return rbf_query_run(&store->write, Q_REARM, err);
}

rebuff_status rbf_store_shift(rbf_store *store, int64_t delta_ms, rebuff_error *err)
{
	rbf_bind_int(rbf_query_ready(&store->write, Q_SHIFT), 1, delta_ms);
	return rbf_query_run(&store->write, Q_SHIFT, err);
}

static rebuff_status queue_step(rbf_store *store, rbf_query q, const char *node, rebuff_mta mta,
	int64_t now_ms, rebuff_error *err)
{
	sqlite3_stmt *s = rbf_query_ready(&store->write, q);
	rbf_bind_text(s, 1, node);
	rbf_bind_int(s, 2, mta);
	if (q == Q_QUEUE_GONE)
		rbf_bind_int(s, 3, now_ms);
	return rbf_query_run(&store->write, q, err);
}

rebuff_status rbf_store_queue(rbf_store *store, const char *node, rebuff_mta mta,
	const rebuff_queued *queued, size_t n, int64_t now_ms, rebuff_error *err)
{
	rebuff_status status = queue_step(store, Q_QUEUE_COUNT, node, mta, now_ms, err);
	for (size_t i = 0; i < n && status == REBUFF_OK; i++) {
		sqlite3_stmt *s = rbf_query_ready(&store->write, Q_QUEUE_SEEN);
		rbf_bind_text(s, 1, node);
		rbf_bind_int(s, 2, mta);
		rbf_bind_span(s, 3, queued[i].id);
		rbf_bind_int(s, 4, queued[i].frozen);
		status = rbf_query_run(&store->write, Q_QUEUE_SEEN, err);
	}
	if (status == REBUFF_OK)
		status = queue_step(store, Q_QUEUE_GONE, node, mta, now_ms, err);
	return status;
}
