/*
 * sim.h - months of mail with a fake clock, and incidents that are known: what the alarms of
 * core/watch make of them. The same seed gives the same months. Used by the command (sim.c) and,
 * for days instead of months, by tests/unit/watch/test_alarm.c.
 *
 * The sender: five large providers and forty small ones, three streams, two sending IPs, a rhythm
 * of day and week. Shares wander: each stream and hour has a list that is up to three times as good
 * or bad as the average. Of 1,000 messages 4 go to dead addresses, 1 is refused for policy, 3 for
 * other reasons.
 */
#ifndef RBF_SIM_H
#define RBF_SIM_H
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/span.h"
#include "watch/alarm.h"
#include "watch/breaker.h"

enum { SIM_PROVIDERS = 45, SIM_LARGE = 5, SIM_STREAMS = 3, SIM_IPS = 2, SIM_INCIDENTS = 512 };

typedef enum {
	SIM_BLOCK, /* a provider refuses everything for policy */
	SIM_PART, /* a provider refuses a third of it */
	SIM_LIST, /* a stream's list: 8 of 100 are dead, everywhere */
	SIM_DIRECTORY, /* a provider knows nobody for ten minutes */
	SIM_LISTED, /* an IP is refused by all large providers */
	SIM_PLACE, /* a stream's list: at one provider a third is dead */
	SIM_KIND_N
} sim_kind;

static const struct {
	const char *name, *alarm;
	int minutes;
	double share;
	uint32_t most; /* outcomes within which it is to be seen ... */
	int most_min; /* ... or minutes */
} sim_kinds[SIM_KIND_N] = {
	{"blocked", "blocked", 360, 1.0, 50, 2},
	{"blocked in part", "blocked", 360, 0.35, 100, 2},
	{"bad list", "stream", 240, 0.08, 1500, 60},
	{"directory down", "breaker", 10, 1.0, 60, 2},
	{"IP listed", "blocked", 360, 1.0, 50, 2},
	{"bad at one place", "stream", 240, 0.35, 200, 120},
};

typedef struct {
	sim_kind kind;
	int where; /* provider, stream or IP */
	int64_t from_ms, to_ms;
	uint32_t n; /* outcomes that it touched */
	uint32_t at_alarm; /* of those before the alarm */
	int64_t alarm_ms; /* 0: none */
} sim_incident;

typedef struct {
	uint64_t seed;
	int days, per_day;
	int every_h; /* an incident every so often; 0 none */
	bool quiet; /* no wandering shares */
} sim_plan;

typedef struct {
	sim_incident incident[SIM_INCIDENTS];
	int n;
	uint32_t false_alarms;
	char first_false[400];
	uint64_t outcomes, refused, would, suppressed, suppressed_falsely;
	size_t bytes, series;
} sim_result;

typedef struct {
	const sim_plan *plan;
	sim_result *out;
	uint64_t state;
	int64_t now_ms, start_ms;
	rbf_store *store;
	rbf_alarms *alarms;
	double weight[SIM_PROVIDERS]; /* cumulated */
	double luck[SIM_STREAMS]; /* of this hour */
	int64_t seen_alarm; /* number of the newest that was looked at */
	sim_incident *active;
	struct { /* what we have stopped */
		int64_t until_ms, lasts_ms; /* 0: free; INT64_MAX: until the incident is over */
	} provider[SIM_PROVIDERS], stream[SIM_STREAMS];
} sim;

/* SplitMix64 */
static double sim_random(sim *s)
{
	uint64_t z = (s->state += 0x9e3779b97f4a7c15u);
	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
	return (double)((z ^ (z >> 31)) >> 11) / 9007199254740992.0;
}

static void sim_die(const rebuff_error *err)
{
	fprintf(stderr, "sim: %s\n", err->text);
	exit(1);
}

static void sim_open(sim *s)
{
	rebuff_error err = {0};
	static const rebuff_log none;
	if (rbf_store_open(":memory:", false, &s->store, &err) != REBUFF_OK)
		sim_die(&err);
	s->alarms = rbf_alarms_new(s->store, &none);
	double sum = 0;
	for (int i = 0; i < SIM_PROVIDERS; i++)
		s->weight[i] = sum += i < SIM_LARGE ? 16 : 20.0 / (SIM_PROVIDERS - SIM_LARGE);
	s->start_ms = s->now_ms = 1800000000000 / 86400000 * 86400000;
	for (int i = 0; i < SIM_STREAMS; i++)
		s->luck[i] = 1;
}

/* ---- incidents ------------------------------------------------------------------------------- */

/* They begin in the daytime, one after the other, the first when there is a past. */
static void sim_plan_incidents(sim *s)
{
	sim_result *r = s->out;
	int64_t end_ms = s->start_ms + (int64_t)s->plan->days * 86400000;
	if (!s->plan->every_h)
		return;
	for (int64_t at = s->start_ms + 2 * 86400000LL;
		at < end_ms - 43200000 && r->n < SIM_INCIDENTS;
		at += (int64_t)s->plan->every_h * 3600000) {
		int64_t day = at / 86400000 * 86400000;
		sim_incident *i = &r->incident[r->n];
		i->kind = (sim_kind)(r->n % SIM_KIND_N);
		i->where = (int)(sim_random(s) *
			(i->kind == SIM_LIST			? SIM_STREAMS
					: i->kind == SIM_LISTED ? SIM_IPS
					: i->kind == SIM_PLACE	? SIM_STREAMS * SIM_LARGE
								: SIM_LARGE));
		i->from_ms = day + (8 * 60 + (int64_t)(sim_random(s) * 360)) * 60000;
		i->to_ms = i->from_ms + sim_kinds[i->kind].minutes * 60000LL;
		r->n++;
	}
}

static bool sim_is_list(const sim_incident *i)
{
	return i->kind == SIM_LIST || i->kind == SIM_PLACE;
}

static bool sim_touches(const sim_incident *i, int provider, int stream, int ip)
{
	switch (i->kind) {
	case SIM_LIST:
		return i->where == stream;
	case SIM_LISTED:
		return i->where == ip && provider < SIM_LARGE;
	case SIM_PLACE:
		return i->where % SIM_STREAMS == stream && i->where / SIM_STREAMS == provider;
	default:
		return i->where == provider;
	}
}

/* ---- what the alarms said -------------------------------------------------------------------- */

static void sim_name(char out[REBUFF_NAME_MAX], const char *head, int n)
{
	snprintf(out, REBUFF_NAME_MAX, "%s%d", head, n);
}

static bool sim_fits(const sim_incident *i, const rebuff_alarm *a)
{
	char name[REBUFF_NAME_MAX];
	if (strcmp(a->kind, "ip") == 0)
		return i->kind == SIM_LISTED;
	if (strcmp(a->kind, sim_kinds[i->kind].alarm) != 0)
		return false;
	sim_name(name, sim_is_list(i) ? "s" : "p",
		sim_is_list(i) ? i->where % SIM_STREAMS : i->where);
	return i->kind == SIM_LISTED || strcmp(sim_is_list(i) ? a->stream : a->provider, name) == 0;
}

static bool sim_judge(void *ud, const rebuff_alarm *a)
{
	sim *s = ud;
	sim_result *r = s->out;
	if (a->number <= s->seen_alarm)
		return true;
	s->seen_alarm = a->number;
	for (int i = 0; i < r->n; i++) {
		sim_incident *k = &r->incident[i];
		if (a->time_ms < k->from_ms || a->time_ms > k->to_ms + 7200000 || !sim_fits(k, a))
			continue;
		if (!k->alarm_ms) {
			k->alarm_ms = a->time_ms;
			k->at_alarm = k->n;
		}
		return true;
	}
	if (!r->false_alarms++)
		snprintf(r->first_false, sizeof r->first_false, "day %d: %s %s%s: %.120s",
			(int)((a->time_ms - s->start_ms) / 86400000), a->kind, a->provider,
			a->stream, a->text);
	return true;
}

/* New alarms: judged, and what they hold is held. */
static void sim_look(sim *s)
{
	rebuff_error err = {0};
	char name[REBUFF_NAME_MAX];
	int64_t before = s->seen_alarm;
	rbf_held_now held;
	if (rbf_view_alarms(s->store, s->now_ms - 60000, sim_judge, s, &err) != REBUFF_OK)
		sim_die(&err);
	if (s->seen_alarm == before)
		return;
	for (int i = 0; i < SIM_PROVIDERS; i++) {
		sim_name(name, "p", i);
		(void)rbf_view_hold(s->store, &(const rbf_key){name, "-", ""}, &held, NULL);
		if (held.found && !s->provider[i].until_ms) {
			s->provider[i].until_ms = held.until_ms;
			s->provider[i].lasts_ms = held.until_ms - s->now_ms;
		}
	}
	for (int i = 0; i < SIM_STREAMS; i++) {
		sim_name(name, "s", i);
		(void)rbf_view_hold(s->store, &(const rbf_key){"-", name, ""}, &held, NULL);
		if (held.found && !s->stream[i].until_ms)
			s->stream[i].until_ms = INT64_MAX;
	}
}

/* May it go? A hold that has run out takes this one as its probe; an operator releases a stream
 * when its bad list is through. */
static bool sim_may_go(sim *s, int provider, int stream, bool *probe)
{
	rebuff_error err = {0};
	char name[REBUFF_NAME_MAX];
	size_t n;
	*probe = s->provider[provider].until_ms && s->now_ms >= s->provider[provider].until_ms;
	if (s->stream[stream].until_ms && (!s->active || !sim_is_list(s->active))) {
		s->stream[stream].until_ms = 0;
		sim_name(name, "s", stream);
		if (rbf_store_release(s->store, &(const rbf_key){"", name, ""}, s->now_ms, "sim",
			    "", &n, &err) != REBUFF_OK)
			sim_die(&err);
	}
	return !s->stream[stream].until_ms && (!s->provider[provider].until_ms || *probe);
}

static void sim_probed(sim *s, int provider, bool blocked)
{
	rebuff_error err = {0};
	char name[REBUFF_NAME_MAX];
	size_t n;
	if (blocked) {
		s->provider[provider].lasts_ms *= 2;
		s->provider[provider].until_ms = s->now_ms + s->provider[provider].lasts_ms;
		return;
	}
	s->provider[provider].until_ms = 0;
	sim_name(name, "p", provider);
	if (rbf_store_release(s->store, &(const rbf_key){name, "", ""}, s->now_ms, "sim", "", &n,
		    &err) != REBUFF_OK)
		sim_die(&err);
}

/* ---- mail ------------------------------------------------------------------------------------ */

static void sim_tell(sim *s, int provider, int stream, int ip, rbf_tally add)
{
	static const rbf_alarm_limits limits = {.act = true,
		.hold_provider = true,
		.hold_stream = true,
		.share = 0.2,
		.hard = 0.02,
		.failed = 0.05,
		.volume = 200,
		.blocked = 10,
		.lasts_ms = 7200000,
		.longest_ms = 86400000};
	static const rbf_breaker_limits breaker = {
		.share = 0.05, .at_least = 50, .within_ms = 900000};
	char p[REBUFF_NAME_MAX], t[REBUFF_NAME_MAX], a[REBUFF_NAME_MAX];
	rebuff_error err = {0};
	bool open = false;
	sim_name(p, "p", provider);
	sim_name(t, "s", stream);
	sim_name(a, "192.0.2.", ip);
	rbf_outcome o = {.key = {p, t, a},
		.time_ms = s->now_ms,
		.now_ms = s->now_ms,
		.add = {.accepted = add.accepted, .failed = add.failed, .blocked = add.blocked},
		.text = {"", 0}};
	rebuff_status status = rbf_alarm_outcome(s->alarms, &o, &limits, &err);
	if (status == REBUFF_OK && add.struck) {
		o.add = (rbf_tally){.struck = 1, .lost = add.lost};
		status = rbf_alarm_outcome(s->alarms, &o, &limits, &err);
		if (status == REBUFF_OK)
			status = rbf_breaker_look(s->store, s->alarms, &breaker, p, s->now_ms,
				&(rebuff_log){0}, &open, &err);
		if (status == REBUFF_OK && !open)
			s->out->suppressed++;
	}
	if (status != REBUFF_OK)
		sim_die(&err);
}

static void sim_message(sim *s)
{
	double where = sim_random(s) * s->weight[SIM_PROVIDERS - 1], x = sim_random(s);
	double share = sim_random(s);
	int provider = 0, stream = (int)(sim_random(s) * SIM_STREAMS), ip;
	bool probe = false, struck, blocked, other;
	while (where > s->weight[provider])
		provider++;
	ip = (int)(sim_random(s) * SIM_IPS);
	sim_incident *i = s->active;
	bool touched =
		i && sim_touches(i, provider, stream, ip) && share < sim_kinds[i->kind].share;
	struck = touched ? sim_is_list(i) || i->kind == SIM_DIRECTORY : x < 0.004 * s->luck[stream];
	blocked = touched ? !struck : x >= 0.02 && x < 0.021;
	other = !struck && !blocked && x >= 0.03 && x < 0.033;
	s->out->would += touched && blocked;
	if (!sim_may_go(s, provider, stream, &probe))
		return;
	if (i && sim_touches(i, provider, stream, ip))
		i->n++;
	s->out->outcomes++;
	s->out->refused += touched && blocked;
	bool failed = struck || blocked || other;
	s->out->suppressed_falsely += touched && i->kind == SIM_DIRECTORY;
	uint64_t suppressed = s->out->suppressed;
	sim_tell(s, provider, stream, ip,
		(rbf_tally){.accepted = !failed,
			.failed = failed,
			.struck = struck,
			.blocked = blocked,
			.lost = touched && i->kind == SIM_DIRECTORY && sim_random(s) < 0.9});
	if (touched && i->kind == SIM_DIRECTORY && suppressed == s->out->suppressed)
		s->out->suppressed_falsely--;
	if (probe)
		sim_probed(s, provider, blocked);
	if (failed)
		sim_look(s);
}

/* Messages in this minute: by day three times as many as by night, half on weekends. */
static int sim_load(sim *s)
{
	double day = (double)(s->now_ms % 86400000) / 86400000.0;
	int weekday = (int)(s->now_ms / 86400000 % 7);
	double mean = (double)s->plan->per_day / 1440 *
		(1 - 0.5 * cos(2 * 3.14159265358979 * day)) * (weekday < 5 ? 1.16 : 0.6);
	/* Poisson by its normal approximation, or by counting when it is small. */
	if (mean > 30) {
		double n = mean +
			sqrt(mean) * sqrt(-2 * log(1 - sim_random(s))) *
				cos(2 * 3.14159265358979 * sim_random(s));
		return n > 0 ? (int)n : 0;
	}
	double limit = exp(-mean), p = sim_random(s);
	int n = 0;
	while (p > limit) {
		p *= sim_random(s);
		n++;
	}
	return n;
}

static void sim_hour(sim *s)
{
	rebuff_error err = {0};
	for (int i = 0; i < SIM_STREAMS && !s->plan->quiet; i++)
		s->luck[i] = exp((sim_random(s) * 2 - 1) * log(3));
	rebuff_status status = rbf_store_tally_merge(s->store, s->now_ms, &err);
	if (status == REBUFF_OK)
		status = rbf_store_alarms_quiet(s->store, s->now_ms, 7200000, &err);
	const rbf_keep keep = {.event_ms = 30LL * 86400000,
		.delivery_ms = 86400000,
		.strike_ms = 86400000,
		.settled_ms = 86400000,
		.lapsed_ms = 86400000};
	bool more;
	if (status == REBUFF_OK)
		status = rbf_store_forget_old(s->store, &keep, s->now_ms, &more, &err);
	if (status != REBUFF_OK)
		sim_die(&err);
}

static void sim_minute(sim *s)
{
	rebuff_error err = {0};
	s->active = NULL;
	for (int i = 0; i < s->out->n; i++)
		if (s->now_ms >= s->out->incident[i].from_ms &&
			s->now_ms < s->out->incident[i].to_ms)
			s->active = &s->out->incident[i];
	int n = sim_load(s);
	int64_t minute = s->now_ms;
	if (rbf_store_begin(s->store, &err) != REBUFF_OK)
		sim_die(&err);
	if (s->now_ms % 3600000 == 0)
		sim_hour(s);
	for (int i = 0; i < n; i++) {
		s->now_ms = minute + i * 60000LL / n;
		sim_message(s);
	}
	for (int i = 0; i < SIM_PROVIDERS; i++) { /* breakers close by themselves */
		static const rbf_breaker_limits breaker = {
			.share = 0.05, .at_least = 50, .within_ms = 900000};
		char name[REBUFF_NAME_MAX];
		bool open = false;
		sim_name(name, "p", i);
		if (rbf_store_breaker(s->store, name, &open, &err) == REBUFF_OK && open)
			(void)rbf_breaker_look(s->store, s->alarms, &breaker, name, s->now_ms,
				&(rebuff_log){0}, &open, &err);
	}
	if (rbf_store_commit(s->store, &err) != REBUFF_OK)
		sim_die(&err);
	s->now_ms = minute + 60000;
}

/* `tick` (may be NULL) is called after each day. */
static void sim_run(const sim_plan *plan, sim_result *out, void (*tick)(int day, int days))
{
	sim s = {.plan = plan, .out = out, .state = plan->seed};
	memset(out, 0, sizeof *out);
	sim_open(&s);
	sim_plan_incidents(&s);
	for (int day = 0; day < plan->days; day++) {
		for (int m = 0; m < 1440; m++)
			sim_minute(&s);
		if (tick)
			tick(day + 1, plan->days);
	}
	out->series = rbf_alarm_series(s.alarms, &out->bytes);
	rbf_alarms_free(&s.alarms);
	rbf_store_close(&s.store);
}

/* 0 right, 1 late, 2 missed */
static int sim_verdict(const sim_incident *i)
{
	/* Fewer than the breaker wants were not suppressed in vain: no incident. */
	if (i->kind == SIM_DIRECTORY && i->n < 50)
		return 0;
	if (!i->alarm_ms)
		return 2;
	return i->at_alarm <= sim_kinds[i->kind].most ||
			i->alarm_ms - i->from_ms <= sim_kinds[i->kind].most_min * 60000LL
		? 0
		: 1;
}
#endif
