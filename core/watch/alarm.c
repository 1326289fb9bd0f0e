#include "watch/alarm.h"

#include <stdio.h>

#include "base/clock.h"

static const int64_t minute_ms = 60000, hour_ms = 3600000;

/* Of a provider's final answers in a quarter of an hour. */
enum { BLOCKED_AT_LEAST = 20, BLOCKED_MINUTES = 15, BLOCKED_HOLD_H = 2 };
static const double blocked_share = 0.2;

enum { STREAM_AT_LEAST = 200, STREAM_HOURS = 24 };
static const double hard_share = 0.02, failed_share = 0.05;

/* The alarm and, when we act, the hold. */
static rebuff_status raise(rbf_store *store, const char *kind, const char *provider,
	const char *stream, const char *text, bool act, int64_t now_ms, int64_t until_ms,
	const rebuff_log *log, rebuff_error *err)
{
	rbf_log(log, REBUFF_LOG_WARNING, "event=alarm kind=%s provider=%s stream=%s text=\"%s\"",
		kind, provider, stream, text);
	rebuff_status status = rbf_store_alarm(store, now_ms, kind, provider, stream, text, err);
	if (status == REBUFF_OK && act)
		status = rbf_store_hold(
			store, provider, stream, now_ms, until_ms, text, "rebuff", err);
	return status;
}

rebuff_status rbf_alarm_blocked(rbf_store *store, const char *provider, bool act, int64_t now_ms,
	const rebuff_log *log, rebuff_error *err)
{
	const int64_t hold_ms = BLOCKED_HOLD_H * hour_ms;
	rbf_tally t;
	bool told = false;
	char text[REBUFF_TEXT_MAX];
	rebuff_status status =
		rbf_store_tallied(store, provider, now_ms - BLOCKED_MINUTES * minute_ms, &t, err);
	if (status != REBUFF_OK)
		return status;
	uint32_t all = t.accepted + t.failed;
	if (t.blocked < BLOCKED_AT_LEAST || (double)t.blocked < blocked_share * (double)all)
		return REBUFF_OK;
	status = rbf_store_alarmed(store, "blocked", provider, "", now_ms - hold_ms, &told, err);
	if (status != REBUFF_OK || told)
		return status;
	(void)snprintf(text, sizeof text,
		"%s refused %u of %u messages in %d minutes for what we are, not for whom they "
		"went to: you are blocked there%s",
		provider, t.blocked, all, BLOCKED_MINUTES, act ? "; held for two hours" : "");
	return raise(store, "blocked", provider, "", text, act, now_ms, now_ms + hold_ms, log, err);
}

typedef struct {
	rbf_store *store;
	bool act;
	int64_t now_ms;
	const rebuff_log *log;
} look;

static rebuff_status look_at_stream(
	void *ud, const char *stream, const rbf_tally *t, rebuff_error *err)
{
	const look *l = ud;
	uint32_t all = t->accepted + t->failed;
	double n = (double)all;
	bool told = false;
	char text[REBUFF_TEXT_MAX];
	if (all < STREAM_AT_LEAST ||
		((double)t->struck <= hard_share * n && (double)t->failed <= failed_share * n))
		return REBUFF_OK;
	rebuff_status status = rbf_store_alarmed(
		l->store, "stream", "", stream, l->now_ms - STREAM_HOURS * hour_ms, &told, err);
	/* Released since: what came after that is enough for a new alarm. */
	if (status != REBUFF_OK || (told && !l->act))
		return status;
	(void)snprintf(text, sizeof text,
		"of %u messages of stream %s, %u failed and %u addresses were dead%s", all, stream,
		t->failed, t->struck, l->act ? "; held until it is released" : "");
	return raise(l->store, "stream", "", stream, text, l->act, l->now_ms, 0, l->log, err);
}

rebuff_status rbf_alarm_streams(
	rbf_store *store, bool act, int64_t now_ms, const rebuff_log *log, rebuff_error *err)
{
	look l = {store, act, now_ms, log};
	return rbf_store_streams(store, now_ms - STREAM_HOURS * hour_ms, look_at_stream, &l, err);
}
