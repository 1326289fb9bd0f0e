#include "watch/alarm.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/span.h"

static const int64_t second_ms = 1000, minute_ms = 60000, hour_ms = 3600000, day_ms = 86400000;

/* Beside the sequential test: so many refusals for what we are in ten minutes, and such a share. */
enum { BLOCKED_RULE = 20 };
static const double blocked_share = 0.2;
/* A spike of a stream needs so many failures, also of what is left after others' faults. */
enum { SPIKE_AT_LEAST = 20 };
/* A provider that said no so often, for a time to half of the mail, explains its own failures; of a
 * stream, if there are more than a few of them. */
enum { EXPLAINS_AT_LEAST = 4, A_FEW = 2, OTHERS_AT_LEAST = 10 };
static const double explains_share = 0.4;
/* One IP refused at so many providers. */
enum { LISTED_AT = 3, LISTED_EACH = 3 };
/* What is usual where nothing is known, of final outcomes. */
static const double usual_blocked = 0.002, usual_struck = 0.005, usual_failed = 0.01;

struct rbf_alarms {
	rbf_store *store;
	rebuff_log log;
	rbf_series_table *table;
	bool loaded;
};

/* ---- series ------------------------------------------------------------------------------------
 */

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
	a->loaded = status == REBUFF_OK;
	return status;
}

/* A series; one that had to make room once is read from the database again. NULL without memory,
 * or for the empty name. */
static rebuff_status series_of(rbf_alarms *a, rbf_series_kind kind, const char *name,
	int64_t now_ms, rbf_series **out, rebuff_error *err)
{
	static const rbf_tallies_of of[] = {
		RBF_TALLIES_PROVIDER, RBF_TALLIES_STREAM, RBF_TALLIES_IP};
	bool fresh = false, evicted = false;
	*out = name[0] ? rbf_series_of(a->table, kind, name, &fresh, &evicted) : NULL;
	if (!*out || !fresh || !evicted)
		return REBUFF_OK;
	return rbf_store_tallies(a->store, of[kind], name,
		rbf_window_start(RBF_WINDOW_MONTH, now_ms), load_into, &(*out)->rate, err);
}

/* p0 of the tests, once an hour. */
static void know_past(rbf_series *s, int64_t now_ms)
{
	if (s->blocked.past_ms && now_ms - s->blocked.past_ms < hour_ms &&
		now_ms >= s->blocked.past_ms)
		return;
	rbf_tally month = rbf_rate_sum(&s->rate, RBF_WINDOW_MONTH, now_ms);
	rbf_tally hour = rbf_rate_sum(&s->rate, RBF_WINDOW_HOUR, now_ms);
	double n = (double)month.accepted + month.failed - hour.accepted - hour.failed;
	rbf_jump_past(&s->blocked, (double)month.blocked - hour.blocked, n, usual_blocked, now_ms);
	rbf_jump_past(&s->struck, (double)month.struck - hour.struck, n, usual_struck, now_ms);
	rbf_jump_past(&s->failed, (double)month.failed - hour.failed, n, usual_failed, now_ms);
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
		status = series_of(a, RBF_SERIES_PROVIDER, provider, now_ms, &s, err);
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
		status = series_of(a, kind, name, now_ms, &s, err);
	for (int w = 0; w < RBF_WINDOW_N; w++)
		out[w] = s ? rbf_rate_sum(&s->rate, (rbf_window)w, now_ms) : (rbf_tally){0};
	return status;
}

/* ---- raising -----------------------------------------------------------------------------------
 */

typedef struct {
	rbf_alarms *a;
	const rbf_outcome *o;
	const rbf_alarm_limits *limits;
} look;

static uint32_t final(const rbf_tally *t)
{
	return t->accepted + t->failed;
}

/* An incident that is known is counted on, a new one told and, where it may be, held. */
static rebuff_status raise(
	const look *l, rebuff_alarm *alarm, bool may_hold, int64_t until_ms, rebuff_error *err)
{
	rbf_store *store = l->a->store;
	int64_t now_ms = l->o->now_ms;
	char stream[REBUFF_NAME_MAX * 4], provider[REBUFF_NAME_MAX * 4];
	alarm->time_ms = now_ms;
	alarm->acted = !may_hold || !l->limits->hold ? REBUFF_ACTED_TOLD
		: l->limits->act		     ? REBUFF_ACTED_HELD
						     : REBUFF_ACTED_WOULD;
	(void)rbf_span_escape(alarm->evidence, sizeof alarm->evidence, l->o->text);
	(void)rbf_span_escape(provider, sizeof provider, rbf_span_of(alarm->provider));
	(void)rbf_span_escape(stream, sizeof stream, rbf_span_of(alarm->stream));
	rbf_log(&l->a->log, REBUFF_LOG_WARNING,
		"event=alarm kind=%s provider=%s stream=%s acted=%d text=\"%s\"", alarm->kind,
		provider, stream, (int)alarm->acted, alarm->text);
	rebuff_status status = rbf_store_alarm(store, alarm, err);
	if (status != REBUFF_OK || alarm->acted != REBUFF_ACTED_HELD)
		return status;
	status = rbf_store_hold(store, alarm->provider, alarm->stream, now_ms, until_ms,
		alarm->text, "rebuff", err);
	if (status == REBUFF_OK && alarm->provider[0])
		status = rbf_store_warmup_pause(store, alarm->provider, true, now_ms, err);
	return status;
}

static const char *will(const look *l, const char *held, const char *would)
{
	return !l->limits->hold ? "" : l->limits->act ? held : would;
}

/* ---- a provider has blocked us -----------------------------------------------------------------
 */

typedef struct {
	char guilty[REBUFF_NAME_MAX]; /* the stream that is refused ... */
	int refused; /* ... if there is one such stream only ... */
	uint32_t others; /* ... and what others sent there, accepted */
} streams_there;

static void look_at_stream_there(void *ud, const char *stream, const rbf_tally *sum)
{
	streams_there *t = ud;
	if (sum->blocked) {
		t->refused++;
		(void)snprintf(t->guilty, sizeof t->guilty, "%s", stream);
	} else {
		t->others += sum->accepted;
	}
}

static rebuff_status open_incident(const look *l, const char *kind, const char *provider,
	const char *stream, bool *known, rebuff_error *err)
{
	int64_t alarm = 0;
	rebuff_status status =
		rbf_store_alarm_open(l->a->store, kind, provider, stream, &alarm, err);
	*known = alarm != 0;
	return status == REBUFF_OK && alarm
		? rbf_store_alarm_again(l->a->store, alarm, l->o->now_ms, err)
		: status;
}

static rebuff_status provider_blocks(
	const look *l, rbf_series *s, const rbf_tally *recent, rebuff_error *err)
{
	rbf_store *store = l->a->store;
	rebuff_alarm alarm = {.size = sizeof alarm, .kind = "blocked"};
	streams_there there = {.refused = 0};
	bool known = false;
	uint32_t hits = s->blocked.hits, n = s->blocked.n;
	(void)rbf_span_copy(alarm.provider, sizeof alarm.provider, rbf_span_of(s->name));
	(void)rbf_span_copy(
		alarm.source_ip, sizeof alarm.source_ip, rbf_span_of(l->o->key.source_ip));
	/* Whole minutes: what was before the first refusal says nothing. */
	rebuff_status status = rbf_store_sums(store, RBF_SUMS_OF_PROVIDER, s->name,
		(n ? s->blocked.since_ms : l->o->now_ms) + minute_ms, look_at_stream_there, &there,
		err);
	if (status != REBUFF_OK)
		return status;
	/* One sender's content, with the others welcome: only that sender waits. */
	if (there.refused == 1 && there.others * 2 >= l->limits->blocked)
		memcpy(alarm.stream, there.guilty, sizeof alarm.stream);
	rbf_jump_reset(&s->blocked);
	status = open_incident(l, "blocked", s->name, "", &known, err);
	if (status == REBUFF_OK && !known && alarm.stream[0])
		status = open_incident(l, "blocked", s->name, alarm.stream, &known, err);
	if (status != REBUFF_OK || known)
		return status;
	(void)snprintf(alarm.text, sizeof alarm.text,
		"%s refused %u of the last %u messages%s%s%s%s (%u of %u in ten minutes) for what "
		"we are, not for whom they went to: you are blocked there%s",
		s->name, hits, n ? n : final(recent), alarm.stream[0] ? " of stream " : "",
		alarm.stream, alarm.source_ip[0] ? " from " : "", alarm.source_ip, recent->blocked,
		final(recent), will(l, "; held", "; would have been held"));
	return raise(l, &alarm, true, l->o->now_ms + l->limits->lasts_ms, err);
}

static rebuff_status look_at_provider(const look *l, rbf_series *s, rebuff_error *err)
{
	rbf_tally recent = rbf_rate_sum(&s->rate, RBF_WINDOW_10MIN, l->o->now_ms);
	bool rule = recent.blocked >= BLOCKED_RULE &&
		(double)recent.blocked >= blocked_share * (double) final(&recent);
	if (!rbf_jump_tells(&s->blocked, l->limits->blocked) &&
		!(rule && l->o->now_ms - s->looked_ms >= 10 * second_ms))
		return REBUFF_OK;
	s->looked_ms = l->o->now_ms;
	return provider_blocks(l, s, &recent, err);
}

/* ---- a sending IP is listed --------------------------------------------------------------------
 */

static void count_refusing(void *ud, const char *provider, const rbf_tally *sum)
{
	uint32_t *n = ud;
	(void)provider;
	*n += sum->blocked >= LISTED_EACH;
}

static rebuff_status look_at_ip(const look *l, rbf_series *s, rebuff_error *err)
{
	rebuff_alarm alarm = {.size = sizeof alarm, .kind = "ip"};
	uint32_t providers = 0;
	bool known = false;
	if (!rbf_jump_tells(&s->blocked, l->limits->blocked) ||
		l->o->now_ms - s->looked_ms < 10 * second_ms)
		return REBUFF_OK;
	s->looked_ms = l->o->now_ms;
	rebuff_status status = rbf_store_sums(l->a->store, RBF_SUMS_OF_IP, s->name,
		l->o->now_ms - hour_ms, count_refusing, &providers, err);
	if (status != REBUFF_OK || providers < LISTED_AT)
		return status;
	rbf_jump_reset(&s->blocked);
	/* The name of an IP stands in the place of a provider, so that it is one incident. */
	(void)rbf_span_copy(alarm.source_ip, sizeof alarm.source_ip, rbf_span_of(s->name));
	status = open_incident(l, "ip", "", s->name, &known, err);
	if (status != REBUFF_OK || known)
		return status;
	(void)rbf_span_copy(alarm.stream, sizeof alarm.stream, rbf_span_of(s->name));
	(void)snprintf(alarm.text, sizeof alarm.text,
		"%u providers refuse mail from %s within an hour: the address itself is listed or "
		"has a bad name",
		providers, s->name);
	return raise(l, &alarm, false, 0, err);
}

/* ---- a stream fails ----------------------------------------------------------------------------
 */

/* An alarm of its own stands for what a provider refused. */
static rebuff_status has_alarm(
	const look *l, const char *provider, const char *stream, bool *out, rebuff_error *err)
{
	const struct {
		const char *kind, *stream;
	} its[] = {{"blocked", ""}, {"blocked", stream}, {"breaker", ""}};
	rebuff_status status = REBUFF_OK;
	*out = false;
	for (size_t i = 0; i < 3 && status == REBUFF_OK && !*out; i++)
		status = rbf_store_alarmed(l->a->store, its[i].kind, provider, its[i].stream,
			l->o->now_ms - day_ms, out, err);
	return status;
}

/* It will have one soon, or it was over before it had one. */
static rebuff_status will_have(
	const look *l, const char *provider, bool *blocks, bool *strikes, rebuff_error *err)
{
	rbf_series *s = NULL;
	rebuff_status status =
		series_of(l->a, RBF_SERIES_PROVIDER, provider, l->o->now_ms, &s, err);
	*blocks = *strikes = false;
	if (status != REBUFF_OK || !s)
		return status;
	*blocks = s->blocked.hits >= EXPLAINS_AT_LEAST && s->blocked.peak >= explains_share;
	*strikes = s->struck.hits >= EXPLAINS_AT_LEAST && s->struck.peak >= explains_share;
	return status;
}

enum { PROVIDERS_SEEN = 512 };
typedef struct {
	struct {
		char name[REBUFF_NAME_MAX];
		rbf_tally sum;
		bool explained, strikes;
	} at[PROVIDERS_SEEN];
	size_t n, striking;
	rbf_tally all;
} providers_seen;

static void note_provider(void *ud, const char *provider, const rbf_tally *sum)
{
	providers_seen *p = ud;
	p->all.accepted += sum->accepted;
	p->all.failed += sum->failed;
	p->all.struck += sum->struck;
	p->all.blocked += sum->blocked;
	/* Small ones cannot explain anything. */
	if (sum->failed < A_FEW || p->n == PROVIDERS_SEEN)
		return;
	(void)rbf_span_copy(p->at[p->n].name, sizeof p->at[p->n].name, rbf_span_of(provider));
	p->at[p->n++].sum = *sum;
}

static rebuff_status explain(
	const look *l, const char *stream, providers_seen *p, rebuff_error *err)
{
	rebuff_status status = REBUFF_OK;
	for (size_t i = 0; i < p->n && status == REBUFF_OK; i++) {
		bool blocks = false;
		status = has_alarm(l, p->at[i].name, stream, &p->at[i].explained, err);
		if (status != REBUFF_OK || p->at[i].explained)
			continue;
		status = will_have(l, p->at[i].name, &blocks, &p->at[i].strikes, err);
		p->at[i].explained = blocks;
		p->striking += p->at[i].strikes;
	}
	/* Dead addresses at one provider: its directory. At several: the list. */
	for (size_t i = 0; i < p->n && p->striking == 1; i++)
		p->at[i].explained = p->at[i].explained ||
			(p->at[i].strikes && final(&p->at[i].sum) < final(&p->all));
	return status;
}

typedef struct {
	const char *stream;
	rbf_tally others;
} beside;

static void note_other(void *ud, const char *stream, const rbf_tally *sum)
{
	beside *b = ud;
	if (strcmp(stream, b->stream) == 0)
		return;
	b->others.accepted += sum->accepted;
	b->others.failed += sum->failed;
	b->others.blocked += sum->blocked;
}

/* Refusals for what we are that other streams meet as often are no fault of this one. */
static rebuff_status leave_out_blocked(
	const look *l, const char *stream, int64_t since_ms, rbf_tally *rest, rebuff_error *err)
{
	beside b = {.stream = stream};
	rebuff_status status =
		rbf_store_sums(l->a->store, RBF_SUMS_OF_ALL, "", since_ms, note_other, &b, err);
	if (status == REBUFF_OK && final(&b.others) >= OTHERS_AT_LEAST &&
		2.0 * b.others.blocked * final(rest) >= (double)rest->blocked * final(&b.others))
		rest->failed -= rest->blocked;
	return status;
}

/* What a stream answers for since since_ms: without the providers that have an alarm of their own,
 * or will have. */
static rebuff_status sum_up(
	const look *l, const char *stream, int64_t since_ms, rbf_tally *rest, rebuff_error *err)
{
	providers_seen *p = calloc(1, sizeof *p);
	*rest = (rbf_tally){0};
	if (!p)
		return REBUFF_OK;
	rebuff_status status = rbf_store_sums(
		l->a->store, RBF_SUMS_OF_STREAM, stream, since_ms, note_provider, p, err);
	if (status == REBUFF_OK)
		status = explain(l, stream, p, err);
	*rest = p->all;
	for (size_t i = 0; i < p->n; i++) {
		const rbf_tally *t = &p->at[i].sum;
		if (!p->at[i].explained)
			continue;
		rest->accepted -= t->accepted;
		rest->failed -= t->failed;
		rest->struck -= t->struck;
		rest->blocked -= t->blocked;
	}
	free(p);
	return status == REBUFF_OK && rest->blocked
		? leave_out_blocked(l, stream, since_ms, rest, err)
		: status;
}

/* More than the shares of the rule? */
static bool over_shares(const rbf_alarm_limits *l, const rbf_tally *t)
{
	double n = (double) final(t);
	return (double)t->struck > l->hard * n || (double)t->failed > l->failed * n;
}

static bool over_limits(const rbf_alarm_limits *l, const rbf_tally *t)
{
	return final(t) >= l->volume && over_shares(l, t);
}

/* `rest` is what the stream itself answers for. */
static rebuff_status stream_fails(
	const look *l, const char *stream, const rbf_tally *rest, bool spike, rebuff_error *err)
{
	rebuff_alarm alarm = {.size = sizeof alarm, .kind = "stream"};
	bool known = false, told = false;
	rebuff_status status = open_incident(l, "stream", "", stream, &known, err);
	/* Observed, it is told once a day: the outcomes of a day stay over the line that long. */
	if (status == REBUFF_OK && !known && !(l->limits->act && l->limits->hold))
		status = rbf_store_alarmed(
			l->a->store, "stream", "", stream, l->o->now_ms - day_ms, &told, err);
	if (status != REBUFF_OK || known || told)
		return status;
	(void)rbf_span_copy(alarm.stream, sizeof alarm.stream, rbf_span_of(stream));
	(void)snprintf(alarm.text, sizeof alarm.text,
		"of %u messages of stream %s%s, %u failed and %u addresses were dead%s",
		final(rest), stream, spike ? " in a short time, far more than usual" : "",
		rest->failed, rest->struck,
		will(l, "; held until it is released", "; would have been held"));
	return raise(l, &alarm, true, 0, err);
}

/* When the spike began; 0: there is none. */
static int64_t spike_since(const rbf_series *s)
{
	bool failed = rbf_jump_tells(&s->failed, SPIKE_AT_LEAST);
	bool struck = rbf_jump_tells(&s->struck, SPIKE_AT_LEAST);
	return struck ? s->struck.since_ms : failed ? s->failed.since_ms : 0;
}

static rebuff_status look_at_spike(
	const look *l, rbf_series *s, int64_t since_ms, rebuff_error *err)
{
	rbf_tally rest;
	rbf_jump_reset(&s->failed);
	rbf_jump_reset(&s->struck);
	rebuff_status status = sum_up(l, s->name, since_ms, &rest, err);
	if (status == REBUFF_OK && rest.failed >= SPIKE_AT_LEAST && over_shares(l->limits, &rest))
		status = stream_fails(l, s->name, &rest, true, err);
	return status;
}

static rebuff_status look_at_stream(const look *l, rbf_series *s, rebuff_error *err)
{
	int64_t now_ms = l->o->now_ms, since_ms = 0;
	rbf_tally day = rbf_rate_sum(&s->rate, RBF_WINDOW_DAY, now_ms), rest;
	bool held = false, rule = over_limits(l->limits, &day);
	int64_t spike_ms = final(&day) >= l->limits->volume ? spike_since(s) : 0;
	if ((!rule && !spike_ms) ||
		(now_ms - s->looked_ms < 10 * second_ms && s->looked_ms - now_ms <= minute_ms))
		return REBUFF_OK;
	s->looked_ms = now_ms;
	rebuff_status status = rbf_store_stream_since(l->a->store, s->name, &since_ms, &held, err);
	if (status != REBUFF_OK || held)
		return status;
	/* Released since: what was before counts no more, nor what came in the same minute. */
	if (since_ms)
		since_ms += minute_ms - since_ms % minute_ms;
	if (since_ms < now_ms - day_ms)
		since_ms = now_ms - day_ms;
	status = rule ? sum_up(l, s->name, since_ms, &rest, err) : REBUFF_OK;
	if (status == REBUFF_OK && rule && over_limits(l->limits, &rest))
		return stream_fails(l, s->name, &rest, false, err);
	if (status != REBUFF_OK)
		return status;
	/* Others' fault, as it seems: that does not change every second. */
	s->looked_ms = now_ms + minute_ms;
	if (!spike_ms)
		return status;
	return look_at_spike(l, s, spike_ms > since_ms ? spike_ms : since_ms, err);
}

/* ---- one outcome -------------------------------------------------------------------------------
 */

rebuff_status rbf_alarm_outcome(
	rbf_alarms *a, const rbf_outcome *o, const rbf_alarm_limits *limits, rebuff_error *err)
{
	const look l = {a, o, limits};
	static rebuff_status (*const looks[])(const look *, rbf_series *, rebuff_error *) = {
		look_at_provider, look_at_stream, look_at_ip};
	rebuff_status status = load(a, o->now_ms, err);
	if (status == REBUFF_OK)
		status = rbf_store_tally(a->store, &o->key, o->time_ms, &o->add, err);
	for (int k = 0; k < RBF_SERIES_KIND_N && status == REBUFF_OK; k++) {
		rbf_series *s = NULL;
		status = series_of(a, (rbf_series_kind)k, name_in(&o->key, (rbf_series_kind)k),
			o->now_ms, &s, err);
		if (status != REBUFF_OK || !s)
			continue;
		add_to(s, o);
		if (o->add.failed || o->add.struck)
			status = looks[k](&l, s, err);
	}
	return status;
}

rebuff_status rbf_alarm_look(
	rbf_alarms *a, const rbf_alarm_limits *limits, int64_t now_ms, rebuff_error *err)
{
	const rbf_outcome none = {
		.key = {"", "", ""}, .time_ms = now_ms, .now_ms = now_ms, .text = {"", 0}};
	const look l = {a, &none, limits};
	rebuff_status status = load(a, now_ms, err);
	for (size_t i = 0; i < rbf_series_count(a->table) && status == REBUFF_OK; i++) {
		rbf_series *s = rbf_series_at(a->table, i);
		if (s->kind == RBF_SERIES_STREAM)
			status = look_at_stream(&l, s, err);
	}
	return status;
}
