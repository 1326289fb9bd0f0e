#include "watch/breaker.h"

#include <stdio.h>

#include "base/clock.h"

static rebuff_status trip(rbf_store *store, const char *provider, const rbf_tally *t,
	int64_t now_ms, const rebuff_log *log, rebuff_error *err)
{
	char text[REBUFF_TEXT_MAX];
	(void)snprintf(text, sizeof text,
		"%u of %u final answers of %s would suppress an address: nobody is suppressed "
		"there for now, the candidates wait to be confirmed or dropped",
		t->struck, t->accepted + t->failed, provider);
	rbf_log(log, REBUFF_LOG_WARNING, "event=breaker-open provider=%s struck=%u of=%u", provider,
		t->struck, t->accepted + t->failed);
	return rbf_store_breaker_open(store, provider, now_ms, text, err);
}

rebuff_status rbf_breaker_look(rbf_store *store, const rbf_breaker_limits *limits,
	const char *provider, int64_t now_ms, const rebuff_log *log, bool *open, rebuff_error *err)
{
	rbf_tally t;
	rebuff_status status = rbf_store_breaker(store, provider, open, err);
	if (status == REBUFF_OK)
		status = rbf_store_tallied(store, provider, now_ms - limits->within_ms, &t, err);
	if (status != REBUFF_OK)
		return status;
	bool jump = t.struck >= limits->at_least &&
		(double)t.struck > limits->share * (double)(t.accepted + t.failed);
	if (jump == *open)
		return REBUFF_OK;
	*open = jump;
	if (jump)
		return trip(store, provider, &t, now_ms, log, err);
	rbf_log(log, REBUFF_LOG_INFO, "event=breaker-closed provider=%s", provider);
	return rbf_store_breaker_end(store, provider, now_ms, err);
}
