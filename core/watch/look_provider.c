/* look_provider.c - a provider refuses us for what we are, or many do. */
#include <stdio.h>
#include <string.h>

#include "base/span.h"
#include "watch/look.h"

static const int64_t second_ms = 1000, minute_ms = 60000, hour_ms = 3600000;
/* One IP refused at so many providers. */
enum { LISTED_AT = 3, LISTED_EACH = 3 };

static const char *will(const rbf_look *l, const char *held, const char *would)
{
	return !l->limits->hold_provider ? "" : l->limits->act ? held : would;
}

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

typedef struct {
	char guilty[REBUFF_NAME_MAX]; /* as above: the IP that is refused */
	int refused;
	uint32_t others;
} ips_there;

static void look_at_ip_there(void *ud, const char *source_ip, const rbf_tally *sum)
{
	ips_there *t = ud;
	if (sum->blocked) {
		t->refused++;
		(void)rbf_span_copy(t->guilty, sizeof t->guilty, rbf_span_of(source_ip));
	} else {
		t->others += sum->accepted;
	}
}

/* One sender's content, or one sending IP, with the others welcome: only that waits. An IP only
 * where it is known beforehand what will leave from there. */
static rebuff_status narrow(
	const rbf_look *l, const rbf_series *s, rebuff_alarm *alarm, rebuff_error *err)
{
	streams_there there = {.refused = 0};
	ips_there ips = {.refused = 0};
	bool steers = false;
	/* Whole minutes: what was before the first refusal says nothing. */
	int64_t since_ms = (s->blocked.n ? s->blocked.since_ms : l->o->now_ms) + minute_ms;
	rebuff_status status = rbf_store_sums(l->store, RBF_SUMS_OF_PROVIDER, s->name, since_ms,
		look_at_stream_there, &there, err);
	if (status == REBUFF_OK && there.refused == 1 && there.others * 2 >= l->limits->blocked) {
		memcpy(alarm->stream, there.guilty, sizeof alarm->stream);
		return status;
	}
	if (status == REBUFF_OK)
		status = rbf_store_sums(l->store, RBF_SUMS_OF_PLACE, s->name, since_ms,
			look_at_ip_there, &ips, err);
	if (status != REBUFF_OK || ips.refused != 1 || !ips.guilty[0] ||
		ips.others * 2 < l->limits->blocked)
		return status;
	status = rbf_store_leaving_steers(l->store, ips.guilty, &steers, err);
	if (steers)
		memcpy(alarm->of_ip, ips.guilty, sizeof alarm->of_ip);
	return status;
}

static rebuff_status provider_blocks(
	const rbf_look *l, rbf_series *s, const rbf_tally *recent, rebuff_error *err)
{
	rebuff_alarm alarm = {.size = sizeof alarm, .kind = "blocked"};
	bool known = false;
	uint32_t hits = s->blocked.hits, n = s->blocked.n;
	(void)rbf_span_copy(alarm.provider, sizeof alarm.provider, rbf_span_of(s->name));
	(void)rbf_span_copy(
		alarm.source_ip, sizeof alarm.source_ip, rbf_span_of(l->o->key.source_ip));
	rebuff_status status = narrow(l, s, &alarm, err);
	if (status != REBUFF_OK)
		return status;
	const rbf_key about = {s->name, alarm.stream, alarm.of_ip};
	rbf_jump_reset(&s->blocked);
	status = rbf_look_known(l, "blocked", &(const rbf_key){s->name, "", ""}, &known, err);
	if (status == REBUFF_OK && !known && (alarm.stream[0] || alarm.of_ip[0]))
		status = rbf_look_known(l, "blocked", &about, &known, err);
	if (status != REBUFF_OK || known)
		return status;
	(void)snprintf(alarm.text, sizeof alarm.text,
		"%s refused %u of the last %u messages%s%s%s%s (%u of %u in ten minutes) for what "
		"we are, not for whom they went to: you are blocked there%s%s",
		s->name, hits, n ? n : rbf_look_final(recent), alarm.stream[0] ? " of stream " : "",
		alarm.stream, alarm.source_ip[0] ? " from " : "", alarm.source_ip, recent->blocked,
		rbf_look_final(recent), alarm.of_ip[0] ? ", by this address alone" : "",
		will(l, "; held", "; would have been held"));
	return rbf_look_raise(
		l, &alarm, l->limits->hold_provider, l->o->now_ms + l->limits->lasts_ms, err);
}

rebuff_status rbf_look_provider(const rbf_look *l, rbf_series *s, rebuff_error *err)
{
	rbf_tally recent = rbf_rate_sum(&s->rate, RBF_WINDOW_10MIN, l->o->now_ms);
	bool rule = recent.blocked / 2 >= l->limits->blocked &&
		(double)recent.blocked >= l->limits->share * (double)rbf_look_final(&recent);
	if (!rbf_jump_tells(&s->blocked, l->limits->blocked) &&
		!(rule && l->o->now_ms - s->looked_ms >= 10 * second_ms))
		return REBUFF_OK;
	s->looked_ms = l->o->now_ms;
	return provider_blocks(l, s, &recent, err);
}

/* ---- a sending IP is listed ------------------------------------------------------------------ */

typedef struct {
	uint32_t providers; /* that refuse */
	uint32_t blocked; /* so many refusals have an alarm of the provider */
	rbf_tally rest; /* at those that refused less */
} refusing;

static void count_refusing(void *ud, const char *provider, const rbf_tally *sum)
{
	refusing *r = ud;
	(void)provider;
	r->providers += sum->blocked >= LISTED_EACH;
	if (sum->blocked >= r->blocked)
		return;
	r->rest.accepted += sum->accepted;
	r->rest.failed += sum->failed;
	r->rest.blocked += sum->blocked;
}

/* Held where it is known what will leave from there, when half of the mail is refused also by those
 * who have no alarm of their own: theirs stop the mail to the others. */
static rebuff_status may_hold_ip(
	const rbf_look *l, const rbf_series *s, const refusing *r, bool *may, rebuff_error *err)
{
	*may = l->limits->hold_provider && r->rest.blocked >= l->limits->blocked &&
		2 * r->rest.blocked >= rbf_look_final(&r->rest);
	return *may ? rbf_store_leaving_steers(l->store, s->name, may, err) : REBUFF_OK;
}

rebuff_status rbf_look_ip(const rbf_look *l, rbf_series *s, rebuff_error *err)
{
	rebuff_alarm alarm = {.size = sizeof alarm, .kind = "ip"};
	refusing r = {.blocked = l->limits->blocked};
	bool known = false, may = false;
	if (!rbf_jump_tells(&s->blocked, l->limits->blocked) ||
		l->o->now_ms - s->looked_ms < 10 * second_ms)
		return REBUFF_OK;
	s->looked_ms = l->o->now_ms;
	rebuff_status status = rbf_store_sums(
		l->store, RBF_SUMS_OF_IP, s->name, l->o->now_ms - hour_ms, count_refusing, &r, err);
	if (status != REBUFF_OK || r.providers < LISTED_AT)
		return status;
	rbf_jump_reset(&s->blocked);
	(void)rbf_span_copy(alarm.source_ip, sizeof alarm.source_ip, rbf_span_of(s->name));
	memcpy(alarm.of_ip, alarm.source_ip, sizeof alarm.of_ip);
	status = rbf_look_known(l, "ip", &(const rbf_key){"", "", s->name}, &known, err);
	if (status == REBUFF_OK && !known)
		status = may_hold_ip(l, s, &r, &may, err);
	if (status != REBUFF_OK || known)
		return status;
	(void)snprintf(alarm.text, sizeof alarm.text,
		"%u providers refuse mail from %s within an hour: the address itself is listed or "
		"has a bad name%s",
		r.providers, s->name, may ? will(l, "; held", "; would have been held") : "");
	return rbf_look_raise(l, &alarm, may, l->o->now_ms + l->limits->lasts_ms, err);
}
