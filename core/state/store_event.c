/* store_event.c - attempts as they ended, strikes, acceptances, arrivals; forgetting. */
#include "state/sqlite.h"

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

/* Two numbers of the next row; zeros when there is none. */
static rebuff_status two_numbers(
	rbf_store *store, rbf_query q, int64_t *a, int64_t *b, rebuff_error *err)
{
	bool found = false;
	rebuff_status status = rbf_query_step(&store->write, q, &found, err);
	*a = found ? sqlite3_column_int64(store->write.stmt[q], 0) : 0;
	*b = found ? sqlite3_column_int64(store->write.stmt[q], 1) : 0;
	rbf_query_done(&store->write, q);
	return status;
}

rebuff_status rbf_store_shares(rbf_store *store, const char *provider, int64_t since_ms,
	uint32_t *all, uint32_t *struck, rebuff_error *err)
{
	sqlite3_stmt *s = rbf_query_ready(&store->write, Q_SHARES);
	int64_t a = 0, b = 0;
	rbf_bind_text(s, 1, provider);
	rbf_bind_int(s, 2, since_ms);
	rebuff_status status = two_numbers(store, Q_SHARES, &a, &b, err);
	*all = (uint32_t)a;
	*struck = (uint32_t)b;
	return status;
}

rebuff_status rbf_store_strike(rbf_store *store, int64_t who, int kind, const char *id,
	int64_t time_ms, int64_t since_ms, uint32_t *n, int64_t *first_ms, rebuff_error *err)
{
	sqlite3_stmt *s = rbf_query_ready(&store->write, Q_STRIKE);
	int64_t count = 0;
	rbf_bind_int(s, 1, who);
	rbf_bind_int(s, 2, kind);
	rbf_bind_text(s, 3, id);
	rbf_bind_int(s, 4, time_ms);
	rebuff_status status = rbf_query_run(&store->write, Q_STRIKE, err);
	if (status != REBUFF_OK)
		return status;
	s = rbf_query_ready(&store->write, Q_STRIKES);
	rbf_bind_int(s, 1, who);
	rbf_bind_int(s, 2, kind);
	rbf_bind_int(s, 3, since_ms);
	status = two_numbers(store, Q_STRIKES, &count, first_ms, err);
	*n = (uint32_t)count;
	return status;
}

rebuff_status rbf_store_accepted(rbf_store *store, int64_t who, int64_t time_ms, rebuff_error *err)
{
	bool struck = false;
	rbf_bind_int(rbf_query_ready(&store->write, Q_STRUCK), 1, who);
	rebuff_status status = rbf_query_step(&store->write, Q_STRUCK, &struck, err);
	rbf_query_done(&store->write, Q_STRUCK);
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
	return rbf_query_run(&store->write, Q_ARRIVAL, err);
}

rebuff_status rbf_store_forget_old(
	rbf_store *store, const rbf_keep *keep, int64_t now_ms, rebuff_error *err)
{
	const struct {
		rbf_query q;
		int64_t before_ms;
	} steps[] = {
		{Q_FORGET_CLEAR, now_ms - keep->clear_ms},
		{Q_FORGET_EVENTS, now_ms - keep->event_ms},
		{Q_FORGET_DELIVERIES, now_ms - keep->delivery_ms},
		{Q_FORGET_STRIKES, now_ms - keep->strike_ms},
		{Q_FORGET_SETTLED, now_ms - keep->settled_ms},
		{Q_FORGET_SUPPRESSIONS, now_ms - keep->suppression_ms},
		{Q_FORGET_ARRIVALS, now_ms - keep->clear_ms},
		{Q_FORGET_CANDIDATES, now_ms - keep->clear_ms},
	};
	rebuff_status status = REBUFF_OK;
	for (size_t i = 0; i < sizeof steps / sizeof *steps && status == REBUFF_OK; i++) {
		rbf_bind_int(rbf_query_ready(&store->write, steps[i].q), 1, steps[i].before_ms);
		status = rbf_query_run(&store->write, steps[i].q, err);
	}
	if (status == REBUFF_OK) {
		(void)rbf_query_ready(&store->write, Q_FORGET_ACCEPTANCES);
		status = rbf_query_run(&store->write, Q_FORGET_ACCEPTANCES, err);
	}
	return status;
}
