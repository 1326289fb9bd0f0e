/* alarm.c - every series, what is added to it, and when it is looked at closely. */
#include <stdlib.h>

#include "watch/look.h"

static const int64_t hour_ms = 3600000;

/* What is usual where nothing is known, of final outcomes. */
static const double usual_blocked = 0.002, usual_struck = 0.005, usual_failed = 0.01;

struct rbf_alarms {
	rbf_past past;
	rebuff_log log;
};

/* ---- series ---------------------------------------------------------------------------------- */

rbf_alarms *rbf_alarms_new(rbf_store *store, const rebuff_log *log)
{
	rbf_alarms *a = calloc(1, sizeof *a);
	if (!a)
		return NULL;
	a->past.store = store;
	a->log = *log;
	a->past.table = rbf_series_new();
	if (!a->past.table)
		rbf_alarms_free(&a);
	return a;
}

void rbf_alarms_free(rbf_alarms **alarms)
{
	rbf_alarms *a = *alarms;
	*alarms = NULL;
	if (a)
		rbf_series_free(&a->past.table);
	free(a);
}

void rbf_alarms_stale(rbf_alarms *a)
{
	a->past.loaded = false;
}

size_t rbf_alarm_series(const rbf_alarms *a, size_t *bytes)
{
	*bytes = rbf_series_bytes(a->past.table);
	return rbf_series_count(a->past.table);
}

/* ---- what is counted ------------------------------------------------------------------------- */

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
	} of[RBF_PAST_JUMPS] = {{(double)month.blocked - hour.blocked, usual_blocked},
		{(double)month.struck - hour.struck, usual_struck},
		{(double)month.failed - hour.failed, usual_failed}};
	for (int what = 0; what < RBF_PAST_JUMPS; what++)
		if (!knows_past(rbf_past_jump(s, what), now_ms))
			rbf_jump_past(
				rbf_past_jump(s, what), of[what].hits, n, of[what].usual, now_ms);
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
	rebuff_status status = rbf_past_load(&a->past, now_ms, err);
	if (status == REBUFF_OK)
		status = rbf_past_series(&a->past, RBF_SERIES_PROVIDER, provider, now_ms, &s, err);
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
	rebuff_status status = rbf_past_load(&a->past, now_ms, err);
	if (status == REBUFF_OK)
		status = rbf_past_series(&a->past, kind, name, now_ms, &s, err);
	for (int w = 0; w < RBF_WINDOW_N; w++)
		out[w] = s ? rbf_rate_sum(&s->rate, (rbf_window)w, now_ms) : (rbf_tally){0};
	return status;
}

/* ---- one outcome ----------------------------------------------------------------------------- */

rebuff_status rbf_alarm_outcome(
	rbf_alarms *a, const rbf_outcome *o, const rbf_alarm_limits *limits, rebuff_error *err)
{
	const rbf_look l = {&a->past, a->past.store, &a->log, o, limits};
	static rebuff_status (*const looks[])(const rbf_look *, rbf_series *, rebuff_error *) = {
		rbf_look_provider, rbf_look_stream, rbf_look_ip};
	rebuff_status status = rbf_past_load(&a->past, o->now_ms, err);
	if (status == REBUFF_OK)
		status = rbf_store_tally(a->past.store, &o->key, o->time_ms, &o->add, err);
	for (int k = 0; k < RBF_SERIES_KIND_N && status == REBUFF_OK; k++) {
		rbf_series *s = NULL;
		status = rbf_past_series(&a->past, (rbf_series_kind)k,
			rbf_past_name(&o->key, (rbf_series_kind)k), o->now_ms, &s, err);
		if (status != REBUFF_OK || !s)
			continue;
		add_to(s, o);
		if (o->add.failed || o->add.struck)
			status = looks[k](&l, s, err);
		if (status == REBUFF_OK)
			status = rbf_past_keep(&a->past, s, err);
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
	const rbf_look l = {&a->past, a->past.store, &a->log, &none, &limits};
	rebuff_status status = rbf_past_load(&a->past, now_ms, err);
	for (size_t i = 0; i < rbf_series_count(a->past.table) && status == REBUFF_OK; i++) {
		rbf_series *s = rbf_series_at(a->past.table, i);
		if (s->kind != RBF_SERIES_STREAM)
			continue;
		limits_of(ud, s->name, &limits);
		status = rbf_look_stream(&l, s, err);
		if (status == REBUFF_OK)
			status = rbf_past_keep(&a->past, s, err);
	}
	return status;
}
