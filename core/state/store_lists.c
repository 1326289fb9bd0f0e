/* store_lists.c - suppressions, sites, slow lanes, and which address of ours mail leaves from. */
#include "state/sqlite.h"

static void read_suppression(sqlite3_stmt *s, rebuff_suppression *e)
{
	memset(e, 0, sizeof *e);
	e->size = sizeof *e;
	rbf_column_text(s, 1, e->address, sizeof e->address);
	rbf_column_text(s, 2, e->scope, sizeof e->scope);
	e->class_ = (rebuff_class)sqlite3_column_int(s, 3);
	e->category = (rebuff_category)sqlite3_column_int(s, 4);
	e->since_ms = sqlite3_column_int64(s, 5);
	e->until_ms = sqlite3_column_int64(s, 6);
	e->confidence = sqlite3_column_double(s, 7);
	rbf_column_text(s, 8, e->provider, sizeof e->provider);
	rbf_column_text(s, 9, e->rule, sizeof e->rule);
	rbf_column_text(s, 10, e->evidence, sizeof e->evidence);
	rbf_column_text(s, 11, e->by, sizeof e->by);
}

rebuff_status rbf_view_suppressed(rbf_store *store, const char *address, const char *sender_domain,
	const char *stream, int64_t now_ms, rebuff_suppression *out, bool *found, rebuff_error *err)
{
	sqlite3_stmt *s = rbf_query_ready(&store->read, Q_SUPPRESSED);
	rbf_bind_int(s, 1, rbf_store_who(store, address));
	rbf_bind_int(s, 2, now_ms);
	rbf_bind_text(s, 3, sender_domain);
	rbf_bind_text(s, 4, stream);
	rebuff_status status = rbf_query_step(&store->read, Q_SUPPRESSED, found, err);
	if (*found)
		read_suppression(s, out);
	rbf_query_done(&store->read, Q_SUPPRESSED);
	return status;
}

rebuff_status rbf_store_suppression(rbf_store *store, const char *address, const char *scope,
	rebuff_class class_, rebuff_suppression *out, uint32_t *times, bool *found,
	rebuff_error *err)
{
	sqlite3_stmt *s = rbf_query_ready(&store->write, Q_SUPPRESSION);
	rbf_bind_int(s, 1, rbf_store_who(store, address));
	rbf_bind_text(s, 2, scope);
	rbf_bind_int(s, 3, class_);
	rebuff_status status = rbf_query_step(&store->write, Q_SUPPRESSION, found, err);
	*times = 0;
	if (*found) {
		read_suppression(s, out);
		*times = (uint32_t)sqlite3_column_int(s, 12);
	}
	rbf_query_done(&store->write, Q_SUPPRESSION);
	return status;
}

rebuff_status rbf_store_suppress(
	rbf_store *store, const rebuff_suppression *e, uint32_t times, rebuff_error *err)
{
	sqlite3_stmt *s = rbf_query_ready(&store->write, Q_SUPPRESS);
	rbf_bind_int(s, 1, rbf_store_who(store, e->address));
	rbf_bind_text(s, 2, e->address);
	rbf_bind_text(s, 3, e->scope);
	rbf_bind_int(s, 4, e->class_);
	rbf_bind_int(s, 5, e->category);
	rbf_bind_int(s, 6, e->since_ms);
	rbf_bind_int(s, 7, e->until_ms);
	sqlite3_bind_double(s, 8, e->confidence);
	rbf_bind_text(s, 9, e->provider);
	rbf_bind_text(s, 10, e->rule);
	rbf_bind_text(s, 11, e->evidence);
	rbf_bind_text(s, 12, e->by);
	rbf_bind_int(s, 13, times);
	return rbf_query_run(&store->write, Q_SUPPRESS, err);
}

rebuff_status rbf_store_unsuppress(rbf_store *store, const char *address, rebuff_class class_,
	int64_t expired_before_ms, size_t *n, rebuff_error *err)
{
	sqlite3_stmt *s = rbf_query_ready(&store->write, Q_UNSUPPRESS);
	rbf_bind_int(s, 1, rbf_store_who(store, address));
	rbf_bind_int(s, 2, class_ == REBUFF_CLASS_N ? -1 : (int)class_);
	rbf_bind_int(s, 3, expired_before_ms);
	rebuff_status status = rbf_query_run(&store->write, Q_UNSUPPRESS, err);
	if (n)
		*n = status == REBUFF_OK ? (size_t)sqlite3_changes(store->write.db) : 0;
	return status;
}

rebuff_status rbf_view_suppressions(rbf_store *store, const char *address,
	bool (*each)(void *ud, const rebuff_suppression *entry), void *ud, rebuff_error *err)
{
	rbf_query q = address[0] ? Q_SUPPRESSIONS_OF : Q_SUPPRESSIONS;
	sqlite3_stmt *s = rbf_query_ready(&store->read, q);
	rebuff_suppression e;
	bool found = false, go_on = true;
	if (address[0])
		rbf_bind_int(s, 1, rbf_store_who(store, address));
	rebuff_status status = rbf_query_step(&store->read, q, &found, err);
	while (found && go_on && status == REBUFF_OK) {
		read_suppression(s, &e);
		go_on = each(ud, &e);
		if (go_on)
			status = rbf_query_step(&store->read, q, &found, err);
	}
	rbf_query_done(&store->read, q);
	return status;
}

/* ---- whose servers a domain has ----------------------------------------------------------------
 */

/* What is newer than this is not written again. */
enum { SITE_FRESH_MS = 86400000 };

static rebuff_status site(rbf_store *store, rbf_connection *c, const char *domain,
	char provider[REBUFF_NAME_MAX], int64_t *time_ms, rebuff_error *err)
{
	bool found = false;
	sqlite3_stmt *s = rbf_query_ready(c, Q_SITE);
	rbf_bind_int(s, 1, rbf_store_who(store, domain));
	rebuff_status status = rbf_query_step(c, Q_SITE, &found, err);
	provider[0] = '\0';
	*time_ms = 0;
	if (found) {
		rbf_column_text(s, 0, provider, REBUFF_NAME_MAX);
		*time_ms = sqlite3_column_int64(s, 1);
	}
	rbf_query_done(c, Q_SITE);
	return status;
}

rebuff_status rbf_store_site(
	rbf_store *store, const char *domain, char provider[REBUFF_NAME_MAX], rebuff_error *err)
{
	int64_t time_ms;
	return site(store, &store->write, domain, provider, &time_ms, err);
}

rebuff_status rbf_view_site(
	rbf_store *store, const char *domain, char provider[REBUFF_NAME_MAX], rebuff_error *err)
{
	int64_t time_ms;
	return site(store, &store->read, domain, provider, &time_ms, err);
}

rebuff_status rbf_store_site_put(rbf_store *store, const char *domain, const char *provider,
	int64_t now_ms, rebuff_error *err)
{
	char known[REBUFF_NAME_MAX];
	int64_t time_ms;
	rebuff_status status = site(store, &store->write, domain, known, &time_ms, err);
	if (status != REBUFF_OK ||
		(strcmp(known, provider) == 0 && now_ms - time_ms < SITE_FRESH_MS))
		return status;
	sqlite3_stmt *s = rbf_query_ready(&store->write, Q_SITE_PUT);
	rbf_bind_int(s, 1, rbf_store_who(store, domain));
	rbf_bind_text(s, 2, provider);
	rbf_bind_int(s, 3, now_ms);
	return rbf_query_run(&store->write, Q_SITE_PUT, err);
}

/* ---- slow lanes --------------------------------------------------------------------------------
 */

/* Node, provider and source of a lane are the first three of each statement. */
static sqlite3_stmt *lane_ready(rbf_connection *c, rbf_query q, const rbf_lane_key *k)
{
	sqlite3_stmt *s = rbf_query_ready(c, q);
	rbf_bind_text(s, 1, k->node);
	rbf_bind_text(s, 2, k->provider);
	rbf_bind_text(s, 3, k->source_ip);
	return s;
}

static rebuff_status pace(rbf_connection *c, const rbf_lane_key *k, double *rate,
	int64_t *changed_ms, char *why, rebuff_error *err)
{
	bool found = false;
	sqlite3_stmt *s = lane_ready(c, Q_PACE, k);
	rebuff_status status = rbf_query_step(c, Q_PACE, &found, err);
	*rate = found ? sqlite3_column_double(s, 0) : 0;
	if (changed_ms)
		*changed_ms = found ? sqlite3_column_int64(s, 1) : 0;
	if (why)
		why[0] = '\0';
	if (why && found)
		rbf_column_text(s, 2, why, REBUFF_TEXT_MAX);
	rbf_query_done(c, Q_PACE);
	return status;
}

rebuff_status rbf_store_pace(rbf_store *store, const rbf_lane_key *lane, double *rate,
	int64_t *changed_ms, char why[REBUFF_TEXT_MAX], rebuff_error *err)
{
	return pace(&store->write, lane, rate, changed_ms, why, err);
}

rebuff_status rbf_view_pace(
	rbf_store *store, const rbf_lane_key *lane, double *rate, rebuff_error *err)
{
	return pace(&store->read, lane, rate, NULL, NULL, err);
}

rebuff_status rbf_view_lanes(rbf_store *store,
	void (*each)(void *ud, const rbf_lane_key *lane, double rate), void *ud, rebuff_error *err)
{
	rbf_connection *c = &store->read;
	sqlite3_stmt *s = rbf_query_ready(c, Q_LANES);
	bool found = false;
	rebuff_status status = rbf_query_step(c, Q_LANES, &found, err);
	while (found && status == REBUFF_OK) {
		const rbf_lane_key k = {(const char *)sqlite3_column_text(s, 0),
			(const char *)sqlite3_column_text(s, 1),
			(const char *)sqlite3_column_text(s, 2)};
		each(ud, &k, sqlite3_column_double(s, 3));
		status = rbf_query_step(c, Q_LANES, &found, err);
	}
	rbf_query_done(c, Q_LANES);
	return status;
}

rebuff_status rbf_store_pace_put(rbf_store *store, const rbf_lane_key *lane, double rate,
	int64_t now_ms, const char *why, rebuff_error *err)
{
	rbf_query q = rate > 0 ? Q_PACE_PUT : Q_PACE_END;
	sqlite3_stmt *s = lane_ready(&store->write, q, lane);
	if (rate > 0) {
		sqlite3_bind_double(s, 4, rate);
		rbf_bind_int(s, 5, now_ms);
		rbf_bind_text(s, 6, why);
	}
	return rbf_query_run(&store->write, q, err);
}

/* `whose` is a provider or a stream. */
static rebuff_status ramp(rbf_store *store, rbf_query q, const char *whose, const char *source_ip,
	double rate, int64_t now_ms, const char *why, rebuff_error *err)
{
	sqlite3_stmt *s = rbf_query_ready(&store->write, q);
	rbf_bind_text(s, 1, whose);
	rbf_bind_text(s, 2, source_ip);
	sqlite3_bind_double(s, 3, rate);
	rbf_bind_int(s, 4, now_ms);
	rbf_bind_text(s, 5, why);
	return rbf_query_run(&store->write, q, err);
}

rebuff_status rbf_store_ramp(rbf_store *store, const char *provider, const char *source_ip,
	double rate, int64_t now_ms, const char *why, rebuff_error *err)
{
	return ramp(store, Q_RAMP, provider, source_ip, rate, now_ms, why, err);
}

rebuff_status rbf_store_ramp_stream(rbf_store *store, const char *stream, const char *source_ip,
	double rate, int64_t now_ms, const char *why, rebuff_error *err)
{
	return ramp(store, Q_RAMP_STREAM, stream, source_ip, rate, now_ms, why, err);
}

rebuff_status rbf_store_ramp_probed(rbf_store *store, const char *provider, double rate,
	int64_t now_ms, const char *why, rebuff_error *err)
{
	sqlite3_stmt *s = rbf_query_ready(&store->write, Q_RAMP_PROBED);
	rbf_bind_text(s, 1, provider);
	sqlite3_bind_double(s, 2, rate);
	rbf_bind_int(s, 3, now_ms);
	rbf_bind_text(s, 4, why);
	return rbf_query_run(&store->write, Q_RAMP_PROBED, err);
}

rebuff_status rbf_store_ramp_source(rbf_store *store, const char *source_ip, const char *lane,
	double rate, int64_t now_ms, const char *why, rebuff_error *err)
{
	sqlite3_stmt *s = rbf_query_ready(&store->write, Q_RAMP_SOURCE);
	rbf_bind_text(s, 1, source_ip);
	sqlite3_bind_double(s, 2, rate);
	rbf_bind_int(s, 3, now_ms);
	rbf_bind_text(s, 4, why);
	rbf_bind_text(s, 5, lane);
	return rbf_query_run(&store->write, Q_RAMP_SOURCE, err);
}

rebuff_status rbf_store_probes_end(rbf_store *store, const char *provider, rebuff_error *err)
{
	rbf_bind_text(rbf_query_ready(&store->write, Q_PROBES_END), 1, provider);
	return rbf_query_run(&store->write, Q_PROBES_END, err);
}

/* ---- addresses of ours -------------------------------------------------------------------------
 */

rebuff_status rbf_store_source_put(rbf_store *store, const char *node, const char *stream,
	const char *provider, rebuff_span source_ip, int64_t now_ms, rebuff_error *err)
{
	const char *const at[] = {provider, ""};
	rebuff_status status = REBUFF_OK;
	for (size_t i = 0; i < 2 && status == REBUFF_OK; i++) {
		sqlite3_stmt *s = rbf_query_ready(&store->write, Q_SOURCE_PUT);
		rbf_bind_text(s, 1, node);
		rbf_bind_text(s, 2, stream);
		rbf_bind_text(s, 3, at[i]);
		rbf_bind_span(s, 4, source_ip);
		rbf_bind_int(s, 5, now_ms);
		status = rbf_query_run(&store->write, Q_SOURCE_PUT, err);
	}
	return status;
}

static rebuff_status source(rbf_connection *c, const char *node, const char *stream,
	const char *provider, char out[REBUFF_NAME_MAX], rebuff_error *err)
{
	sqlite3_stmt *s = rbf_query_ready(c, Q_SOURCE);
	rbf_bind_text(s, 1, node);
	rbf_bind_text(s, 2, stream);
	rbf_bind_text(s, 3, provider);
	return rbf_query_text(c, Q_SOURCE, out, REBUFF_NAME_MAX, err);
}

rebuff_status rbf_store_source(rbf_store *store, const char *node, const char *stream,
	const char *provider, char out[REBUFF_NAME_MAX], rebuff_error *err)
{
	return source(&store->write, node, stream, provider, out, err);
}

rebuff_status rbf_view_source(rbf_store *store, const char *node, const char *stream,
	const char *provider, char out[REBUFF_NAME_MAX], rebuff_error *err)
{
	return source(&store->read, node, stream, provider, out, err);
}
