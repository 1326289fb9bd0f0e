/* store_warmup.c - warm-up plans, and on which day of it a plan is. */
#include <math.h>

#include "state/sqlite.h"

static const int64_t day_ms = 86400000;
static const double cap_most = 1e9;

int64_t rbf_warmup_spent_ms(const rebuff_warmup *plan, int64_t now_ms)
{
	int64_t to_ms = plan->paused_ms && plan->paused_ms < now_ms ? plan->paused_ms : now_ms;
	int64_t spent = to_ms - plan->since_ms - plan->idle_ms;
	return spent > 0 ? spent : 0;
}

uint32_t rebuff_warmup_day(const rebuff_warmup *plan, int64_t now_ms, uint32_t *cap)
{
	int64_t day = rbf_warmup_spent_ms(plan, now_ms) / day_ms + 1;
	*cap = 0;
	if (day > plan->days)
		return 0;
	double grown = plan->cap * pow(plan->growth > 1 ? plan->growth : 1, (double)(day - 1));
	*cap = (uint32_t)((grown < cap_most ? grown : cap_most) + 1e-6);
	return (uint32_t)day;
}

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
