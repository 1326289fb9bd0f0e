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

static rebuff_status provider_blocks(
	const rbf_look *l, rbf_series *s, const rbf_tally *recent, rebuff_error *err)
{
	rbf_store *store = l->store;
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
	status = rbf_look_known(l, "blocked", s->name, "", &known, err);
	if (status == REBUFF_OK && !known && alarm.stream[0])
		status = rbf_look_known(l, "blocked", s->name, alarm.stream, &known, err);
	if (status != REBUFF_OK || known)
		return status;
	(void)snprintf(alarm.text, sizeof alarm.text,
		"%s refused %u of the last %u messages%s%s%s%s (%u of %u in ten minutes) for what "
		"we are, not for whom they went to: you are blocked there%s",
		s->name, hits, n ? n : rbf_look_final(recent), alarm.stream[0] ? " of stream " : "",
		alarm.stream, alarm.source_ip[0] ? " from " : "", alarm.source_ip, recent->blocked,
		rbf_look_final(recent), will(l, "; held", "; would have been held"));
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

/* ---- a sending IP is listed --------------------------------------------------------------------
 */

static void count_refusing(void *ud, const char *provider, const rbf_tally *sum)
{
	uint32_t *n = ud;
	(void)provider;
	*n += sum->blocked >= LISTED_EACH;
}

rebuff_status rbf_look_ip(const rbf_look *l, rbf_series *s, rebuff_error *err)
{
	rebuff_alarm alarm = {.size = sizeof alarm, .kind = "ip"};
	uint32_t providers = 0;
	bool known = false;
	if (!rbf_jump_tells(&s->blocked, l->limits->blocked) ||
		l->o->now_ms - s->looked_ms < 10 * second_ms)
		return REBUFF_OK;
	s->looked_ms = l->o->now_ms;
	rebuff_status status = rbf_store_sums(l->store, RBF_SUMS_OF_IP, s->name,
		l->o->now_ms - hour_ms, count_refusing, &providers, err);
	if (status != REBUFF_OK || providers < LISTED_AT)
		return status;
	rbf_jump_reset(&s->blocked);
	/* The name of an IP stands in the place of a provider, so that it is one incident. */
	(void)rbf_span_copy(alarm.source_ip, sizeof alarm.source_ip, rbf_span_of(s->name));
	status = rbf_look_known(l, "ip", "", s->name, &known, err);
	if (status != REBUFF_OK || known)
		return status;
	(void)rbf_span_copy(alarm.stream, sizeof alarm.stream, rbf_span_of(s->name));
	(void)snprintf(alarm.text, sizeof alarm.text,
		"%u providers refuse mail from %s within an hour: the address itself is listed or "
		"has a bad name",
		providers, s->name);
	return rbf_look_raise(l, &alarm, false, 0, err);
}
