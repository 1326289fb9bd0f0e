#include "script/settings.h"

#include <stdlib.h>

#include "base/error.h"
#include "base/span.h"

bool rbf_settings_add(rbf_settings *s, const rbf_setting *setting)
{
	if (s->n == s->cap) {
		size_t cap = s->cap ? s->cap * 2 : 64;
		void *p = realloc(s->list, cap * sizeof *s->list);
		if (!p)
			return false;
		s->list = p;
		s->cap = cap;
	}
	s->list[s->n++] = *setting;
	return true;
}

void rbf_settings_free(rbf_settings *s)
{
	free(s->list);
	*s = (rbf_settings){0};
}

#define TAKE(bit, field)                                                                           \
	do {                                                                                       \
		if (given & (bit))                                                                 \
			to->field = from->field;                                                   \
	} while (0)

static void take_ladder(rbf_ladder *to, const rbf_ladder *from, unsigned given)
{
	if (given & RBF_GIVEN_STEPS) {
		memcpy(to->step_s, from->step_s, sizeof to->step_s);
		to->step_n = from->step_n;
	}
	TAKE(RBF_GIVEN_FACTOR, factor);
	TAKE(RBF_GIVEN_MAX, max_s);
	TAKE(RBF_GIVEN_JITTER, jitter);
	TAKE(RBF_GIVEN_GIVE_UP, give_up_s);
	TAKE(RBF_GIVEN_ATTEMPTS, give_up_attempts);
}

static void take_suppress(rbf_suppress_rule *to, const rbf_suppress_rule *from, unsigned given)
{
	TAKE(RBF_GIVEN_ON, on);
	TAKE(RBF_GIVEN_AFTER, after);
	TAKE(RBF_GIVEN_WITHIN, within_s);
	TAKE(RBF_GIVEN_OVER, over_s);
	TAKE(RBF_GIVEN_LASTS, lasts_s);
	TAKE(RBF_GIVEN_GROWTH, growth);
}

static void take_pace(rbf_pace_rule *to, const rbf_pace_rule *from, unsigned given)
{
	TAKE(RBF_GIVEN_START, start);
	TAKE(RBF_GIVEN_FLOOR, floor);
	TAKE(RBF_GIVEN_CEILING, ceiling);
	TAKE(RBF_GIVEN_PACE_GROWTH, growth);
}

static void take_breaker(rbf_breaker_rule *to, const rbf_breaker_rule *from, unsigned given)
{
	TAKE(RBF_GIVEN_SHARE, share);
	TAKE(RBF_GIVEN_AT_LEAST, at_least);
	TAKE(RBF_GIVEN_BREAKER_WITHIN, within_s);
}

static void set_origin(rbf_origin to, const rbf_origin from)
{
	(void)rbf_span_copy(to, sizeof(rbf_origin), rbf_span_of(from));
}

static void apply(const rbf_setting *s, rbf_policy *p)
{
	switch (s->kind) {
	case RBF_SET_RETRY:
		take_ladder(&p->retry[s->category], &s->to.retry, s->given);
		set_origin(p->retry[s->category].origin, s->origin);
		break;
	case RBF_SET_SUPPRESS:
		take_suppress(&p->suppress[s->category], &s->to.suppress, s->given);
		set_origin(p->suppress[s->category].origin, s->origin);
		break;
	case RBF_SET_SOFT:
		take_suppress(&p->soft, &s->to.suppress, s->given);
		set_origin(p->soft.origin, s->origin);
		break;
	case RBF_SET_BARE:
		take_suppress(&p->bare, &s->to.suppress, s->given);
		set_origin(p->bare.origin, s->origin);
		break;
	case RBF_SET_PACE:
		take_pace(&p->pace, &s->to.pace, s->given);
		set_origin(p->pace.origin, s->origin);
		break;
	case RBF_SET_BREAKER:
		take_breaker(&p->breaker, &s->to.breaker, s->given);
		set_origin(p->breaker.origin, s->origin);
		break;
	case RBF_SET_WAIT:
		if (s->given & RBF_GIVEN_WAIT_MIN)
			p->wait_min_s = s->to.wait.min_s;
		if (s->given & RBF_GIVEN_WAIT_MAX)
			p->wait_max_s = s->to.wait.max_s;
		if (s->given & RBF_GIVEN_WAIT_JITTER)
			p->wait_jitter = s->to.wait.jitter;
		break;
	case RBF_SET_HARD_LIMIT:
		p->hard_limit_s = s->to.hard_limit_s;
		break;
	case RBF_SET_OBSERVE:
		p->observe = s->to.observe;
		break;
	case RBF_SET_BACKSCATTER:
		p->refuse_backscatter = s->to.refuse_backscatter;
		break;
	}
	set_origin(p->origin, s->origin);
}

static rebuff_status check(const rbf_policy *p, rebuff_error *err)
{
	const char *name = p->provider[0] ? p->provider : "default";
	for (int c = 0; c < REBUFF_CATEGORY_N; c++) {
		const rbf_ladder *l = &p->retry[c];
		if (l->give_up_s > p->hard_limit_s)
			return rbf_fail(err, REBUFF_EPOLICY,
				"%s: %s: retry[\"%s\"] gives up after %lld h, but hard_limit is "
				"%lld h: "
				"expected at most that",
				l->origin, name, rebuff_category_name((rebuff_category)c),
				(long long)l->give_up_s / 3600, (long long)p->hard_limit_s / 3600);
		if (l->step_s[l->step_n - 1] > l->max_s)
			return rbf_fail(err, REBUFF_EPOLICY,
				"%s: %s: the steps of retry[\"%s\"] reach %lld s, but max is %lld "
				"s",
				l->origin, name, rebuff_category_name((rebuff_category)c),
				(long long)l->step_s[l->step_n - 1], (long long)l->max_s);
	}
	if (p->pace.floor > p->pace.start || p->pace.start > p->pace.ceiling)
		return rbf_fail(err, REBUFF_EPOLICY,
			"%s: %s: pace: expected floor <= start <= ceiling, got %g, %g, %g a minute",
			p->pace.origin, name, p->pace.floor, p->pace.start, p->pace.ceiling);
	if (p->wait_min_s > p->wait_max_s)
		return rbf_fail(err, REBUFF_EPOLICY, "%s: %s: wait: min %lld s is over max %lld s",
			p->origin, name, (long long)p->wait_min_s, (long long)p->wait_max_s);
	return REBUFF_OK;
}

rebuff_status rbf_settings_resolve(
	const rbf_settings *s, int provider, const char *name, rbf_policy *out, rebuff_error *err)
{
	rbf_policy_defaults(out);
	(void)rbf_span_copy(out->provider, sizeof out->provider, rbf_span_of(name));
	for (int operators = 0; operators < 2; operators++)
		for (int own = 0; own < (provider >= 0 ? 2 : 1); own++)
			for (size_t i = 0; i < s->n; i++)
				if (s->list[i].operators == (operators == 1) &&
					s->list[i].provider == (own ? provider : -1))
					apply(&s->list[i], out);
	return check(out, err);
}
