#include "watch/look.h"

#include "base/clock.h"
#include "base/span.h"

uint32_t rbf_look_final(const rbf_tally *t)
{
	return t->accepted + t->failed;
}

rebuff_status rbf_look_known(
	const rbf_look *l, const char *kind, const rbf_key *about, bool *known, rebuff_error *err)
{
	int64_t alarm = 0;
	rebuff_status status = rbf_store_alarm_open(l->store, kind, about, &alarm, err);
	*known = alarm != 0;
	return status == REBUFF_OK && alarm
		? rbf_store_alarm_again(l->store, alarm, l->o->now_ms, err)
		: status;
}

rebuff_status rbf_look_raise(
	const rbf_look *l, rebuff_alarm *alarm, bool may_hold, int64_t until_ms, rebuff_error *err)
{
	rbf_store *store = l->store;
	int64_t now_ms = l->o->now_ms;
	char stream[REBUFF_NAME_MAX * 4], provider[REBUFF_NAME_MAX * 4];
	alarm->time_ms = now_ms;
	alarm->acted = !may_hold ? REBUFF_ACTED_TOLD
		: l->limits->act ? REBUFF_ACTED_HELD
				 : REBUFF_ACTED_WOULD;
	(void)rbf_span_escape(alarm->evidence, sizeof alarm->evidence, l->o->text);
	(void)rbf_span_escape(provider, sizeof provider, rbf_span_of(alarm->provider));
	(void)rbf_span_escape(stream, sizeof stream, rbf_span_of(alarm->stream));
	rbf_log(l->log, REBUFF_LOG_WARNING,
		"event=alarm kind=%s provider=%s stream=%s acted=%d text=\"%s\"", alarm->kind,
		provider, stream, (int)alarm->acted, alarm->text);
	rebuff_status status = rbf_store_alarm(store, alarm, err);
	if (status != REBUFF_OK || alarm->acted != REBUFF_ACTED_HELD)
		return status;
	const rbf_key scope = {alarm->provider, alarm->stream, alarm->of_ip};
	status = rbf_store_hold(store, &scope, now_ms, until_ms, alarm->text, "rebuff", err);
	if (status == REBUFF_OK && alarm->provider[0])
		status = rbf_store_warmup_pause(store, alarm->provider, true, now_ms, err);
	return status;
}
