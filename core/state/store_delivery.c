/* store_delivery.c - recipients under way, what is due, attempts. */
#include <stdlib.h>

#include "state/sqlite.h"

/* A message that began so shortly ago may be missing from a listing that began before. */
enum { YOUNG_MS = 60000 };

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

rebuff_status rbf_store_delivery_end(rbf_store *store, rbf_delivery *d, rebuff_error *err)
{
	if (d->row == 0)
		return REBUFF_OK;
	rbf_bind_int(rbf_query_ready(&store->write, Q_DELIVERY_END), 1, d->row);
	d->row = 0;
	return rbf_query_run(&store->write, Q_DELIVERY_END, err);
}

rebuff_status rbf_view_deliveries_of(rbf_store *store, const char *id,
	rebuff_status (*each)(void *ud, const rbf_delivery *d, rebuff_error *err), void *ud,
	rebuff_error *err)
{
	sqlite3_stmt *s = rbf_query_ready(&store->read, Q_DELIVERIES_OF);
	bool found = false;
	rbf_bind_text(s, 1, id);
	rebuff_status status = rbf_query_step(&store->read, Q_DELIVERIES_OF, &found, err);
	while (found && status == REBUFF_OK) {
		rbf_delivery d;
		read_delivery(s, &d);
		status = each(ud, &d, err);
		if (status == REBUFF_OK)
			status = rbf_query_step(&store->read, Q_DELIVERIES_OF, &found, err);
	}
	rbf_query_done(&store->read, Q_DELIVERIES_OF);
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

static void read_due(sqlite3_stmt *s, rebuff_due *due, char stream[REBUFF_NAME_MAX])
{
	memset(due, 0, sizeof *due);
	rbf_column_text(s, 0, due->node, sizeof due->node);
	due->mta = (rebuff_mta)sqlite3_column_int(s, 1);
	rbf_column_text(s, 2, due->id, sizeof due->id);
	rbf_column_text(s, 3, due->provider, sizeof due->provider);
	due->due_ms = sqlite3_column_int64(s, 4);
	due->past_host_retry = sqlite3_column_int(s, 5) != 0;
	rbf_column_text(s, 6, stream, REBUFF_NAME_MAX);
}

rebuff_status rbf_view_due(rbf_store *store, int64_t now_ms, int64_t awake_ms, const char *node,
	const char *provider, rbf_place *place, size_t limit,
	bool (*each)(void *ud, const rebuff_due *due, const char *stream), void *ud, bool *more,
	rebuff_error *err)
{
	rbf_connection *c = &store->read;
	rbf_query q = provider ? Q_DUE_LANE : Q_DUE;
	sqlite3_stmt *s = rbf_query_ready(c, q);
	rebuff_due due;
	char stream[REBUFF_NAME_MAX];
	bool found = false, go_on = true;
	size_t n = 0;
	rbf_bind_int(s, 1, now_ms);
	rbf_bind_int(s, 2, place->due_ms);
	rbf_bind_int(s, 3, place->row);
	rbf_bind_int(s, 4, (int64_t)limit);
	rbf_bind_int(s, 5, awake_ms);
	if (provider) {
		rbf_bind_text(s, 6, node);
		rbf_bind_text(s, 7, provider);
	}
	rebuff_status status = rbf_query_step(c, q, &found, err);
	while (found && go_on && status == REBUFF_OK) {
		n++;
		read_due(s, &due, stream);
		place->due_ms = due.due_ms;
		place->row = sqlite3_column_int64(s, 7);
		go_on = each(ud, &due, stream);
		if (go_on)
			status = rbf_query_step(c, q, &found, err);
	}
	*more = !go_on || n == limit;
	rbf_query_done(c, q);
	return status;
}

rebuff_status rbf_view_due_next(
	rbf_store *store, int64_t now_ms, int64_t *next_ms, rebuff_error *err)
{
	rbf_connection *c = &store->read;
	sqlite3_stmt *s = rbf_query_ready(c, Q_DUE_NEXT);
	bool found = false;
	*next_ms = INT64_MAX;
	rbf_bind_int(s, 1, now_ms);
	rebuff_status status = rbf_query_step(c, Q_DUE_NEXT, &found, err);
	if (found && sqlite3_column_type(s, 0) != SQLITE_NULL)
		*next_ms = sqlite3_column_int64(s, 0);
	rbf_query_done(c, Q_DUE_NEXT);
	return status;
}

static rebuff_status queued(rbf_connection *c, const char *node, const char *provider,
	int64_t now_ms, size_t most, size_t *n, rebuff_error *err)
{
	sqlite3_stmt *s = rbf_query_ready(c, Q_QUEUED);
	bool found = false;
	rbf_bind_text(s, 1, provider);
	rbf_bind_int(s, 2, now_ms);
	rbf_bind_text(s, 3, node);
	rbf_bind_int(s, 4, (int64_t)most);
	rebuff_status status = rbf_query_step(c, Q_QUEUED, &found, err);
	*n = found ? (size_t)sqlite3_column_int64(s, 0) : 0;
	rbf_query_done(c, Q_QUEUED);
	return status;
}

rebuff_status rbf_view_queued(rbf_store *store, const char *node, const char *provider,
	int64_t now_ms, size_t most, size_t *n, rebuff_error *err)
{
	return queued(&store->read, node, provider, now_ms, most, n, err);
}

rebuff_status rbf_store_queued(rbf_store *store, const char *node, const char *provider,
	size_t most, size_t *n, rebuff_error *err)
{
	return queued(&store->write, node, provider, INT64_MAX, most, n, err);
}

rebuff_status rbf_store_woken(
	rbf_store *store, const rebuff_due *due, int64_t now_ms, rebuff_error *err)
{
	sqlite3_stmt *s = rbf_query_ready(&store->write, Q_WOKEN);
	bind_message(s, due->node, due->mta, due->id);
	rbf_bind_int(s, 4, now_ms);
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

/* ---- the MTA's queue ----------------------------------------------------------------------- */

typedef struct {
	const rebuff_queued **by_id; /* sorted */
	size_t n;
	int64_t now_ms;
} listing;

static int compare_ids(rebuff_span a, rebuff_span b)
{
	size_t shorter = a.len < b.len ? a.len : b.len;
	int order = shorter ? memcmp(a.p, b.p, shorter) : 0;
	return order ? order : (a.len > b.len) - (a.len < b.len);
}

static int compare_queued(const void *a, const void *b)
{
	return compare_ids(
		(*(const rebuff_queued *const *)a)->id, (*(const rebuff_queued *const *)b)->id);
}

static const rebuff_queued *listed(const listing *l, rebuff_span id)
{
	const rebuff_queued key = {.id = id}, *k = &key;
	const rebuff_queued **at =
		l->n ? bsearch(&k, l->by_id, l->n, sizeof *l->by_id, compare_queued) : NULL;
	return at ? *at : NULL;
}

/* A mail server that has just started does not show all that it has: that takes minutes at most. */
enum { UNSEEN_S = 600 };

/* One open row against the listing; most need no change. */
static rebuff_status reconcile(
	rbf_store *store, const listing *l, sqlite3_stmt *row, rebuff_error *err)
{
	rbf_connection *c = &store->write;
	int64_t delivery = sqlite3_column_int64(row, 0);
	char id[REBUFF_ID_MAX + 1];
	rbf_column_text(row, 1, id, sizeof id);
	int frozen = sqlite3_column_int(row, 2);
	int64_t unseen_s = sqlite3_column_int64(row, 3), now_s = l->now_ms / 1000;
	const rebuff_queued *queued = listed(l, rbf_span_of(id));
	if (queued && unseen_s == 0 && frozen == queued->frozen)
		return REBUFF_OK;
	if (!queued && unseen_s > 0 && now_s - unseen_s >= UNSEEN_S) {
		sqlite3_stmt *s = rbf_query_ready(c, Q_QUEUE_GONE);
		rbf_bind_int(s, 1, delivery);
		rbf_bind_int(s, 2, l->now_ms);
		return rbf_query_run(c, Q_QUEUE_GONE, err);
	}
	sqlite3_stmt *s = rbf_query_ready(c, Q_QUEUE_MARK);
	rbf_bind_int(s, 1, delivery);
	rbf_bind_int(s, 2, queued ? queued->frozen : frozen);
	rbf_bind_int(s, 3, queued ? 0 : unseen_s > 0 ? unseen_s : now_s);
	return rbf_query_run(c, Q_QUEUE_MARK, err);
}

rebuff_status rbf_store_queue(rbf_store *store, const char *node, rebuff_mta mta,
	const rebuff_queued *queued, size_t n, int64_t now_ms, rebuff_error *err)
{
	rbf_connection *c = &store->write;
	listing l = {.by_id = calloc(n ? n : 1, sizeof *l.by_id), .n = n, .now_ms = now_ms};
	bool found = false;
	if (!l.by_id)
		return rbf_fail(err, REBUFF_ENOMEM, "no memory for a queue of %zu messages", n);
	for (size_t i = 0; i < n; i++)
		l.by_id[i] = &queued[i];
	qsort(l.by_id, n, sizeof *l.by_id, compare_queued);
	sqlite3_stmt *s = rbf_query_ready(c, Q_QUEUE_ROWS);
	rbf_bind_text(s, 1, node);
	rbf_bind_int(s, 2, mta);
	rbf_bind_int(s, 3, now_ms - YOUNG_MS);
	rebuff_status status = rbf_query_step(c, Q_QUEUE_ROWS, &found, err);
	while (found && status == REBUFF_OK) {
		status = reconcile(store, &l, s, err);
		if (status == REBUFF_OK)
			status = rbf_query_step(c, Q_QUEUE_ROWS, &found, err);
	}
	rbf_query_done(c, Q_QUEUE_ROWS);
	free(l.by_id);
	return status;
}
