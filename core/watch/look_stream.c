/* look_stream.c - a stream fails by its own fault: its list is bad, or what it sends. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/span.h"
#include "watch/look.h"

static const int64_t second_ms = 1000, minute_ms = 60000, day_ms = 86400000;
/* A spike of a stream needs so many failures, also of what is left after others' faults. */
enum { SPIKE_AT_LEAST = 20 };
/* A provider that said no so often, for a time to half of the mail, explains its own failures; of a
 * stream, if there are more than a few of them. */
enum { EXPLAINS_AT_LEAST = 4, A_FEW = 2, OTHERS_AT_LEAST = 10 };
static const double explains_share = 0.4;
/* A directory that is down refuses nearly everybody, and of a list's dead addresses hardly any took
 * mail before. */
static const double down_share = 0.8, known_share = 0.5, unknown_share = 0.2;

static const char *will(const rbf_look *l, const char *held, const char *would)
{
	return !l->limits->hold_stream ? "" : l->limits->act ? held : would;
}

/* An alarm of its own stands for what a provider refused: *blocks, for what we are; *down, for whom
 * it goes to. */
static rebuff_status has_alarm(const rbf_look *l, const char *provider, const char *stream,
	bool *blocks, bool *down, rebuff_error *err)
{
	const struct {
		const char *kind, *stream;
		bool *of;
	} its[] = {{"blocked", "", blocks}, {"blocked", stream, blocks}, {"breaker", "", down}};
	rebuff_status status = REBUFF_OK;
	*blocks = *down = false;
	for (size_t i = 0; i < 3 && status == REBUFF_OK; i++)
		if (!*its[i].of)
			status = rbf_store_alarmed(l->store, its[i].kind, provider, its[i].stream,
				l->o->now_ms - day_ms, its[i].of, err);
	return status;
}

/* It will have one soon, or it was over before it had one. */
static rebuff_status will_have(
	const rbf_look *l, const char *provider, bool *blocks, double *strikes, rebuff_error *err)
{
	rbf_series *s = NULL;
	rebuff_status status =
		rbf_past_series(l->past, RBF_SERIES_PROVIDER, provider, l->o->now_ms, &s, err);
	*blocks = false;
	*strikes = 0;
	if (status != REBUFF_OK || !s)
		return status;
	*blocks = s->blocked.hits >= EXPLAINS_AT_LEAST && s->blocked.peak >= explains_share;
	if (s->struck.hits >= EXPLAINS_AT_LEAST && s->struck.peak >= explains_share)
		*strikes = s->struck.peak;
	return status;
}

enum { PROVIDERS_SEEN = 512 };
typedef struct {
	struct {
		char name[REBUFF_NAME_MAX];
		rbf_tally sum;
		bool blocks, down; /* its refusals of this kind are its own */
		double peak; /* share of dead addresses at worst, where that explains; else 0 */
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

typedef struct {
	const char *stream;
	rbf_tally own, others;
} beside;

static void note_other(void *ud, const char *stream, const rbf_tally *sum)
{
	beside *b = ud;
	rbf_tally *to = strcmp(stream, b->stream) == 0 ? &b->own : &b->others;
	to->accepted += sum->accepted;
	to->failed += sum->failed;
	to->struck += sum->struck;
	to->blocked += sum->blocked;
	to->lost += sum->lost;
}

/* Dead addresses of this stream at one provider: is its directory down? Then those of other streams
 * are dead as well, and many took mail before. Else it is the list. */
static rebuff_status is_directory(const rbf_look *l, const char *provider, const char *stream,
	int64_t since_ms, double peak, bool *is, rebuff_error *err)
{
	beside b = {.stream = stream};
	*is = true;
	rebuff_status status = rbf_store_sums(
		l->store, RBF_SUMS_OF_PROVIDER, provider, since_ms, note_other, &b, err);
	double own = (double)b.own.struck, lost = (double)b.own.lost;
	double n = (double)rbf_look_final(&b.own), others = (double)rbf_look_final(&b.others);
	if (status != REBUFF_OK || lost >= known_share * own)
		return status;
	*is = others >= OTHERS_AT_LEAST ? 2.0 * b.others.struck * n >= own * others
					: peak >= down_share || lost >= unknown_share * own;
	return status;
}

static rebuff_status explain(const rbf_look *l, const char *stream, int64_t since_ms,
	providers_seen *p, rebuff_error *err)
{
	rebuff_status status = REBUFF_OK;
	for (size_t i = 0; i < p->n && status == REBUFF_OK; i++) {
		bool blocks = false;
		status = has_alarm(l, p->at[i].name, stream, &p->at[i].blocks, &p->at[i].down, err);
		if (status != REBUFF_OK || p->at[i].down)
			continue;
		status = will_have(l, p->at[i].name, &blocks, &p->at[i].peak, err);
		p->at[i].blocks = p->at[i].blocks || blocks;
		p->striking += p->at[i].peak > 0;
	}
	/* Dead addresses at several providers: the list. */
	for (size_t i = 0; i < p->n && p->striking == 1 && status == REBUFF_OK; i++)
		if (p->at[i].peak > 0)
			status = is_directory(l, p->at[i].name, stream, since_ms, p->at[i].peak,
				&p->at[i].down, err);
	return status;
}

/* Refusals for what we are that other streams meet as often are no fault of this one. */
static rebuff_status leave_out_blocked(
	const rbf_look *l, const char *stream, int64_t since_ms, rbf_tally *rest, rebuff_error *err)
{
	beside b = {.stream = stream};
	rebuff_status status =
		rbf_store_sums(l->store, RBF_SUMS_OF_ALL, "", since_ms, note_other, &b, err);
	if (status == REBUFF_OK && rbf_look_final(&b.others) >= OTHERS_AT_LEAST &&
		2.0 * b.others.blocked * rbf_look_final(rest) >=
			(double)rest->blocked * rbf_look_final(&b.others))
		rest->failed -= rest->blocked;
	return status;
}

/* What a stream answers for since since_ms: without the providers that have an alarm of their own,
 * or will have. */
static rebuff_status sum_up(
	const rbf_look *l, const char *stream, int64_t since_ms, rbf_tally *rest, rebuff_error *err)
{
	providers_seen *p = calloc(1, sizeof *p);
	*rest = (rbf_tally){0};
	if (!p)
		return REBUFF_OK;
	rebuff_status status = rbf_store_sums(
		l->store, RBF_SUMS_OF_STREAM, stream, since_ms, note_provider, p, err);
	if (status == REBUFF_OK)
		status = explain(l, stream, since_ms, p, err);
	*rest = p->all;
	for (size_t i = 0; i < p->n; i++) {
		const rbf_tally *t = &p->at[i].sum;
		if (p->at[i].down) {
			rest->accepted -= t->accepted;
			rest->failed -= t->failed;
			rest->struck -= t->struck;
			rest->blocked -= t->blocked;
		} else if (p->at[i].blocks) {
			rest->failed -= t->blocked;
			rest->blocked -= t->blocked;
		}
	}
	free(p);
	return status == REBUFF_OK && rest->blocked
		? leave_out_blocked(l, stream, since_ms, rest, err)
		: status;
}

/* More than the shares of the rule? */
static bool over_shares(const rbf_alarm_limits *l, const rbf_tally *t)
{
	double n = (double)rbf_look_final(t);
	return (double)t->struck > l->hard * n || (double)t->failed > l->failed * n;
}

static bool over_limits(const rbf_alarm_limits *l, const rbf_tally *t)
{
	return rbf_look_final(t) >= l->volume && over_shares(l, t);
}

/* `rest` is what the stream itself answers for. */
static rebuff_status stream_fails(
	const rbf_look *l, const char *stream, const rbf_tally *rest, bool spike, rebuff_error *err)
{
	rebuff_alarm alarm = {.size = sizeof alarm, .kind = "stream"};
	bool known = false, told = false;
	rebuff_status status =
		rbf_look_known(l, "stream", &(const rbf_key){"", stream, ""}, &known, err);
	/* Observed, it is told once a day: the outcomes of a day stay over the line that long. */
	if (status == REBUFF_OK && !known && !(l->limits->act && l->limits->hold_stream))
		status = rbf_store_alarmed(
			l->store, "stream", "", stream, l->o->now_ms - day_ms, &told, err);
	if (status != REBUFF_OK || known || told)
		return status;
	(void)rbf_span_copy(alarm.stream, sizeof alarm.stream, rbf_span_of(stream));
	(void)snprintf(alarm.text, sizeof alarm.text,
		"of %u messages of stream %s%s, %u failed and %u addresses were dead%s",
		rbf_look_final(rest), stream, spike ? " in a short time, far more than usual" : "",
		rest->failed, rest->struck,
		will(l, "; held until it is released", "; would have been held"));
	return rbf_look_raise(l, &alarm, l->limits->hold_stream, 0, err);
}

/* When the spike began; 0: there is none. */
static int64_t spike_since(const rbf_series *s)
{
	bool failed = rbf_jump_tells(&s->failed, SPIKE_AT_LEAST);
	bool struck = rbf_jump_tells(&s->struck, SPIKE_AT_LEAST);
	return struck ? s->struck.since_ms : failed ? s->failed.since_ms : 0;
}

static rebuff_status look_at_spike(
	const rbf_look *l, rbf_series *s, int64_t since_ms, rebuff_error *err)
{
	rbf_tally rest;
	rbf_jump_reset(&s->failed);
	rbf_jump_reset(&s->struck);
	rebuff_status status = sum_up(l, s->name, since_ms, &rest, err);
	if (status == REBUFF_OK && rest.failed >= SPIKE_AT_LEAST && over_shares(l->limits, &rest))
		status = stream_fails(l, s->name, &rest, true, err);
	return status;
}

rebuff_status rbf_look_stream(const rbf_look *l, rbf_series *s, rebuff_error *err)
{
	int64_t now_ms = l->o->now_ms, since_ms = 0;
	rbf_tally day = rbf_rate_sum(&s->rate, RBF_WINDOW_DAY, now_ms), rest;
	bool held = false, rule = over_limits(l->limits, &day);
	int64_t spike_ms = rbf_look_final(&day) >= l->limits->volume ? spike_since(s) : 0;
	if ((!rule && !spike_ms) ||
		(now_ms - s->looked_ms < 10 * second_ms && s->looked_ms - now_ms <= minute_ms))
		return REBUFF_OK;
	s->looked_ms = now_ms;
	rebuff_status status = rbf_store_stream_since(l->store, s->name, &since_ms, &held, err);
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
