/* alarm.c - every series, what is added to it, and when it is looked at closely. */
#include <stdlib.h>

#include "watch/look.h"

static const int64_t hour_ms = 3600000;

/* What is usual where nothing is known, of final outcomes. */
static const double usual_blocked = 0.002, usual_struck = 0.005, usual_failed = 0.01;

struct rbf_alarms {
	rbf_store *store;
	rebuff_log log;
	rbf_series_table *table;
	bool loaded;
};

/* ---- series ---------------------------------------------------------------------------------- */

rbf_alarms *rbf_alarms_new(rbf_store *store, const rebuff_log *log)
{
	rbf_alarms *a = calloc(1, sizeof *a);
	if (!a)
		return NULL;
	a->store = store;
	a->log = *log;
	a->table = rbf_series_new();
	if (!a->table)
		rbf_alarms_free(&a);
	return a;
}

void rbf_alarms_free(rbf_alarms **alarms)
{
	rbf_alarms *a = *alarms;
	*alarms = NULL;
	if (a)
		rbf_series_free(&a->table);
	free(a);
}

void rbf_alarms_stale(rbf_alarms *a)
{
	a->loaded = false;
}

size_t rbf_alarm_series(const rbf_alarms *a, size_t *bytes)
{
	*bytes = rbf_series_bytes(a->table);
	return rbf_series_count(a->table);
}

static const char *name_in(const rbf_key *key, rbf_series_kind kind)
{
	return kind == RBF_SERIES_PROVIDER  ? key->provider
		: kind == RBF_SERIES_STREAM ? key->stream
					    : key->source_ip;
}

/* The past of every series. */
static void load_row(void *ud, const rbf_key *key, int64_t step_ms, const rbf_tally *tally)
{
	rbf_alarms *a = ud;
	bool fresh, evicted;
	for (int k = 0; k < RBF_SERIES_KIND_N; k++) {
		const char *name = name_in(key, (rbf_series_kind)k);
		rbf_series *s = name[0]
			? rbf_series_of(a->table, (rbf_series_kind)k, name, &fresh, &evicted)
			: NULL;
		if (s)
			rbf_rate_add(&s->rate, step_ms, tally);
	}
}

/* ---- tests for a jump, over a restart -------------------------------------------------------- */

enum { JUMPS = 3 };

static rbf_jump *jump_of(rbf_series *s, int what)
{
	return what == 0 ? &s->blocked : what == 1 ? &s->struck : &s->failed;
}

static rebuff_status keep_jumps(rbf_alarms *a, rbf_series *s, rebuff_error *err)
{
	rebuff_status status = REBUFF_OK;
	for (int what = 0; what < JUMPS && status == REBUFF_OK; what++) {
		rbf_jump *j = jump_of(s, what);
		if (!j->n && !j->kept)
			continue;
		const rbf_jump_row row = {.kind = (int)s->kind,
			.what = what,
			.name = s->name,
			.sum = j->sum,
			.yes = j->yes,
			.no = j->no,
			.recent = j->recent,
			.peak = j->peak,
			.past_ms = j->past_ms,
			.since_ms = j->since_ms,
			.n = j->n,
			.hits = j->hits};
		status = rbf_store_jump(a->store, &row, err);
		j->kept = j->n > 0;
	}
	return status;
}

static void take_jump(rbf_series *s, const rbf_jump_row *row)
{
	if (row->what < 0 || row->what >= JUMPS)
		return;
	*jump_of(s, row->what) = (rbf_jump){.sum = row->sum,
		.yes = row->yes,
		.no = row->no,
		.past_ms = row->past_ms,
		.n = row->n,
		.hits = row->hits,
		.since_ms = row->since_ms,
		.recent = row->recent,
		.peak = row->peak,
		.kept = true};
}

static void load_jump(void *ud, const rbf_jump_row *row)
{
	rbf_alarms *a = ud;
	bool fresh, evicted;
	rbf_series *s = row->kind >= 0 && row->kind < RBF_SERIES_KIND_N
		? rbf_series_of(a->table, (rbf_series_kind)row->kind, row->name, &fresh, &evicted)
		: NULL;
	if (s)
		take_jump(s, row);
}

static void load_jump_into(void *ud, const rbf_jump_row *row)
{
	take_jump(ud, row);
}

/* ---- what is counted ------------------------------------------------------------------------- */

static void load_into(void *ud, const rbf_key *key, int64_t step_ms, const rbf_tally *tally)
{
	(void)key;
	rbf_rate_add(ud, step_ms, tally);
}

static rebuff_status load(rbf_alarms *a, int64_t now_ms, rebuff_error *err)
{
	if (a->loaded)
		return REBUFF_OK;
	rbf_series_clear(a->table);
	rebuff_status status = rbf_store_tallies(a->store, RBF_TALLIES_ALL, "",
		rbf_window_start(RBF_WINDOW_MONTH, now_ms), load_row, a, err);
	if (status == REBUFF_OK)
		status = rbf_store_jumps(a->store, -1, "", load_jump, a, err);
	a->loaded = status == REBUFF_OK;
	return status;
}

rebuff_status rbf_look_series(rbf_alarms *a, rbf_series_kind kind, const char *name, int64_t now_ms,
	rbf_series **out, rebuff_error *err)
{
	static const rbf_tallies_of of[] = {
		RBF_TALLIES_PROVIDER, RBF_TALLIES_STREAM, RBF_TALLIES_IP};
	bool fresh = false, evicted = false;
	*out = name[0] ? rbf_series_of(a->table, kind, name, &fresh, &evicted) : NULL;
	if (!*out || !fresh || !evicted)
		return REBUFF_OK;
	rebuff_status status = rbf_store_tallies(a->store, of[kind], name,
		rbf_window_start(RBF_WINDOW_MONTH, now_ms), load_into, &(*out)->rate, err);
	return status == REBUFF_OK
		? rbf_store_jumps(a->store, (int)kind, name, load_jump_into, *out, err)
		: status;
}

static bool knows_past(const rbf_jump *j, int64_t now_ms)
{
	return j->past_ms && now_ms - j->past_ms < hour_ms && now_ms >= j->past_ms;
}

/* p0 of the tests, once an hour. */
static void know_past(rbf_series *s, int64_t now_ms)
{
	if (knows_past(&s->blocked, now_ms) && knows_past(&s->struck, now_ms) &&
		knows_past(&s->failed, now_ms))
		return;
	rbf_tally month = rbf_rate_sum(&s->rate, RBF_WINDOW_MONTH, now_ms);
	rbf_tally hour = rbf_rate_sum(&s->rate, RBF_WINDOW_HOUR, now_ms);
	double n = (double)month.accepted + month.failed - hour.accepted - hour.failed;
	const struct {
		double hits, usual;
	} of[JUMPS] = {{(double)month.blocked - hour.blocked, usual_blocked},
		{(double)month.struck - hour.struck, usual_struck},
		{(double)month.failed - hour.failed, usual_failed}};
	for (int what = 0; what < JUMPS; what++)
		if (!knows_past(jump_of(s, what), now_ms))
			rbf_jump_past(jump_of(s, what), of[what].hits, n, of[what].usual, now_ms);
}

static void add_to(rbf_series *s, const rbf_outcome *o)
{
	know_past(s, o->now_ms);
	rbf_rate_add(&s->rate, o->time_ms, &o->add);
	/* What is told late by a log is no news. */
	if (o->now_ms - o->time_ms > hour_ms)
		return;
	if (o->add.struck && !o->add.failed) {
		rbf_jump_make_hit(&s->struck);
		return;
	}
	rbf_jump_add(&s->blocked, o->add.blocked > 0, o->now_ms);
	rbf_jump_add(&s->struck, o->add.struck > 0, o->now_ms);
	rbf_jump_add(&s->failed, o->add.failed > 0, o->now_ms);
}

rebuff_status rbf_alarm_usual(
	rbf_alarms *a, const char *provider, int64_t now_ms, double *share, rebuff_error *err)
{
	rbf_series *s = NULL;
	rebuff_status status = load(a, now_ms, err);
	if (status == REBUFF_OK)
		status = rbf_look_series(a, RBF_SERIES_PROVIDER, provider, now_ms, &s, err);
	*share = usual_struck;
	if (status != REBUFF_OK || !s)
		return status;
	rbf_tally month = rbf_rate_sum(&s->rate, RBF_WINDOW_MONTH, now_ms);
	rbf_tally hour = rbf_rate_sum(&s->rate, RBF_WINDOW_HOUR, now_ms);
	double n = (double)month.accepted + month.failed - hour.accepted - hour.failed;
	*share = ((double)month.struck - hour.struck + usual_struck * 1000) / (n + 1000);
	return status;
}

rebuff_status rbf_alarm_rates(rbf_alarms *a, rbf_series_kind kind, const char *name, int64_t now_ms,
	rbf_tally out[RBF_WINDOW_N], rebuff_error *err)
{
	rbf_series *s = NULL;
	rebuff_status status = load(a, now_ms, err);
	if (status == REBUFF_OK)
		status = rbf_look_series(a, kind, name, now_ms, &s, err);
	for (int w = 0; w < RBF_WINDOW_N; w++)
		out[w] = s ? rbf_rate_sum(&s->rate, (rbf_window)w, now_ms) : (rbf_tally){0};
	return status;
}

/* ---- one outcome ----------------------------------------------------------------------------- */

rebuff_status rbf_alarm_outcome(
	rbf_alarms *a, const rbf_outcome *o, const rbf_alarm_limits *limits, rebuff_error *err)
{
	const rbf_look l = {a, a->store, &a->log, o, limits};
	static rebuff_status (*const looks[])(const rbf_look *, rbf_series *, rebuff_error *) = {
		rbf_look_provider, rbf_look_stream, rbf_look_ip};
	rebuff_status status = load(a, o->now_ms, err);
	if (status == REBUFF_OK)
		status = rbf_store_tally(a->store, &o->key, o->time_ms, &o->add, err);
	for (int k = 0; k < RBF_SERIES_KIND_N && status == REBUFF_OK; k++) {
		rbf_series *s = NULL;
		status = rbf_look_series(a, (rbf_series_kind)k,
			name_in(&o->key, (rbf_series_kind)k), o->now_ms, &s, err);
		if (status != REBUFF_OK || !s)
			continue;
		add_to(s, o);
		if (o->add.failed || o->add.struck)
			status = looks[k](&l, s, err);
		if (status == REBUFF_OK)
			status = keep_jumps(a, s, err);
	}
	return status;
}

rebuff_status rbf_alarm_look(rbf_alarms *a,
	void (*limits_of)(void *ud, const char *stream, rbf_alarm_limits *out), void *ud,
	int64_t now_ms, rebuff_error *err)
{
	const rbf_outcome none = {
		.key = {"", "", ""}, .time_ms = now_ms, .now_ms = now_ms, .text = {"", 0}};
	rbf_alarm_limits limits;
	const rbf_look l = {a, a->store, &a->log, &none, &limits};
	rebuff_status status = load(a, now_ms, err);
	for (size_t i = 0; i < rbf_series_count(a->table) && status == REBUFF_OK; i++) {
		rbf_series *s = rbf_series_at(a->table, i);
		if (s->kind != RBF_SERIES_STREAM)
			continue;
		limits_of(ud, s->name, &limits);
		status = rbf_look_stream(&l, s, err);
		if (status == REBUFF_OK)
			status = keep_jumps(a, s, err);
	}
	return status;
}
