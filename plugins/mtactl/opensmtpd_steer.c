#include "mtactl/opensmtpd_steer.h"

#include <stdlib.h>
#include <string.h>

typedef struct {
	uint64_t id; /* 0: unused */
	uint64_t relay;
	rbo_state state;
	int64_t since_ms; /* of the state, or of the watchdog's last look */
	int64_t scheduled_ms; /* the last time; INT64_MIN: never */
} envelope;

struct rbo_steer {
	envelope *slots; /* open addressing, at most half full */
	size_t cap, used; /* used: slots with an id */
	size_t held, waiting;
	bool mta_paused;
	int64_t mta_since_ms; /* of its running */
};

enum { CAP_FIRST = 1024 };

rbo_steer *rbo_steer_new(void)
{
	rbo_steer *s = calloc(1, sizeof *s);
	if (!s)
		return NULL;
	s->cap = CAP_FIRST;
	s->slots = calloc(s->cap, sizeof *s->slots);
	if (!s->slots) {
		free(s);
		return NULL;
	}
	s->mta_since_ms = INT64_MIN / 2;
	return s;
}

void rbo_steer_free(rbo_steer *s)
{
	if (s)
		free(s->slots);
	free(s);
}

void rbo_steer_clear(rbo_steer *s)
{
	memset(s->slots, 0, s->cap * sizeof *s->slots);
	s->used = s->held = s->waiting = 0;
}

static envelope *slot_in(envelope *slots, size_t cap, uint64_t id)
{
	size_t i = (size_t)((id * UINT64_C(0x9e3779b97f4a7c15)) >> 20) & (cap - 1);
	while (slots[i].id && slots[i].id != id)
		i = (i + 1) & (cap - 1);
	return &slots[i];
}

static envelope *find(const rbo_steer *s, uint64_t id)
{
	envelope *e = slot_in(s->slots, s->cap, id);
	return id && e->id ? e : NULL;
}

/* Move what is still of interest into a table of this size. */
static bool rebuild(rbo_steer *s, size_t cap, int64_t gone_before_ms)
{
	envelope *slots = calloc(cap, sizeof *slots);
	if (!slots)
		return false;
	s->used = 0;
	for (size_t i = 0; i < s->cap; i++) {
		envelope *e = &s->slots[i];
		if (!e->id || e->state == RBO_FREE ||
			(e->state == RBO_GONE && e->since_ms < gone_before_ms))
			continue;
		*slot_in(slots, cap, e->id) = *e;
		s->used++;
	}
	free(s->slots);
	s->slots = slots;
	s->cap = cap;
	return true;
}

static envelope *need(rbo_steer *s, uint64_t id)
{
	envelope *e = id ? slot_in(s->slots, s->cap, id) : NULL;
	if (!e || e->id)
		return e;
	if (s->used >= s->cap / 2) {
		if (!rebuild(s, s->cap * 2, INT64_MIN))
			return NULL;
		e = slot_in(s->slots, s->cap, id);
	}
	*e = (envelope){.id = id, .scheduled_ms = INT64_MIN / 2};
	s->used++;
	return e;
}

static void become(rbo_steer *s, envelope *e, rbo_state state, int64_t now_ms)
{
	s->held -= e->state == RBO_PAUSED || e->state == RBO_WAITING;
	s->waiting -= e->state == RBO_WAITING;
	s->held += state == RBO_PAUSED || state == RBO_WAITING;
	s->waiting += state == RBO_WAITING;
	e->state = state;
	e->since_ms = now_ms;
}

rbo_state rbo_steer_state(const rbo_steer *s, uint64_t id)
{
	const envelope *e = find(s, id);
	return e ? e->state : RBO_FREE;
}

int64_t rbo_steer_since(const rbo_steer *s, uint64_t id)
{
	const envelope *e = find(s, id);
	return e && e->state != RBO_FREE ? e->since_ms : INT64_MIN;
}

size_t rbo_steer_held(const rbo_steer *s)
{
	return s->held;
}

size_t rbo_steer_waiting(const rbo_steer *s)
{
	return s->waiting;
}

static size_t waiting_for(const rbo_steer *s, uint64_t relay)
{
	size_t n = 0, left = s->waiting;
	for (size_t i = 0; left > 0 && i < s->cap; i++)
		if (s->slots[i].id && s->slots[i].state == RBO_WAITING) {
			left--;
			n += s->slots[i].relay == relay;
		}
	return n;
}

static rbo_permit say(rbo_permit permit, const char **why, const char *text)
{
	*why = text;
	return permit;
}

static rbo_permit may_schedule(
	const rbo_steer *s, const envelope *e, int64_t now_ms, const char **why)
{
	if (!e || e->state != RBO_PAUSED)
		return say(RBO_NEVER, why, "only a paused envelope is scheduled");
	if (s->mta_paused)
		return say(RBO_LATER, why, "mta is paused");
	if (now_ms < e->scheduled_ms + RBO_SAME_MS)
		return say(RBO_LATER, why, "it was scheduled within the last second");
	if (waiting_for(s, e->relay) >= RBO_WAITING_MAX)
		return say(RBO_LATER, why, "as many as smtpd takes at once are under way there");
	return say(RBO_GO, why, "");
}

rbo_permit rbo_steer_may(
	const rbo_steer *s, rbo_command command, uint64_t id, int64_t now_ms, const char **why)
{
	const envelope *e = find(s, id);
	rbo_state state = e ? e->state : RBO_FREE;
	if (state == RBO_GONE)
		return say(RBO_NEVER, why, "it has left the queue");
	if (command == RBO_PAUSE)
		return say(state == RBO_FREE ? RBO_GO : RBO_DONE, why, "");
	if (state == RBO_WAITING)
		return say(RBO_LATER, why, "its attempt is under way");
	if (command == RBO_SCHEDULE)
		return may_schedule(s, e, now_ms, why);
	if (command == RBO_RESUME && state == RBO_FREE)
		return say(RBO_DONE, why, "");
	if (s->mta_paused)
		return say(RBO_LATER, why, "mta is paused");
	return say(RBO_GO, why, "");
}

bool rbo_steer_note(rbo_steer *s, rbo_command command, uint64_t id, uint64_t relay, int64_t now_ms)
{
	static const rbo_state after[] = {[RBO_PAUSE] = RBO_PAUSED,
		[RBO_SCHEDULE] = RBO_WAITING,
		[RBO_RESUME] = RBO_FREE,
		[RBO_REMOVE] = RBO_GONE};
	envelope *e = need(s, id);
	if (!e)
		return false;
	if (command == RBO_PAUSE)
		e->relay = relay;
	if (command == RBO_SCHEDULE)
		e->scheduled_ms = now_ms;
	become(s, e, after[command], now_ms);
	return true;
}

void rbo_steer_attempted(rbo_steer *s, uint64_t id, bool deferred, int64_t now_ms)
{
	envelope *e = find(s, id);
	if (!e || e->state == RBO_FREE || e->state == RBO_GONE)
		return;
	become(s, e, deferred ? RBO_PAUSED : RBO_GONE, now_ms);
}

bool rbo_steer_set(rbo_steer *s, uint64_t id, uint64_t relay, rbo_state state, int64_t now_ms)
{
	envelope *e = need(s, id);
	if (!e)
		return false;
	e->relay = relay;
	become(s, e, state, now_ms);
	return true;
}

void rbo_steer_is_under_way(rbo_steer *s, uint64_t id, int64_t now_ms)
{
	envelope *e = find(s, id);
	if (e && e->state == RBO_PAUSED)
		become(s, e, RBO_WAITING, now_ms);
}

void rbo_steer_mta(rbo_steer *s, bool paused, int64_t now_ms)
{
	if (s->mta_paused && !paused)
		s->mta_since_ms = now_ms;
	s->mta_paused = paused;
}

bool rbo_steer_mta_paused(const rbo_steer *s)
{
	return s->mta_paused;
}

uint64_t rbo_steer_overdue(rbo_steer *s, int64_t now_ms)
{
	if (s->mta_paused || now_ms - s->mta_since_ms < RBO_SETTLE_MS)
		return 0;
	size_t left = s->waiting;
	for (size_t i = 0; left > 0 && i < s->cap; i++) {
		envelope *e = &s->slots[i];
		if (!e->id || e->state != RBO_WAITING)
			continue;
		left--;
		if (now_ms - e->since_ms < RBO_WATCHDOG_MS)
			continue;
		e->since_ms = now_ms;
		return e->id;
	}
	return 0;
}

bool rbo_steer_starves(const rbo_steer *s, int64_t now_ms)
{
	size_t left = s->waiting;
	for (size_t i = 0; left > 0 && i < s->cap; i++) {
		const envelope *e = &s->slots[i];
		if (!e->id || e->state != RBO_WAITING)
			continue;
		left--;
		if (now_ms - e->since_ms >= RBO_STARVED_MS)
			return true;
	}
	return false;
}

void rbo_steer_each(const rbo_steer *s,
	void (*each)(void *ud, uint64_t id, uint64_t relay, rbo_state state), void *ud)
{
	for (size_t i = 0; i < s->cap; i++) {
		const envelope *e = &s->slots[i];
		if (e->id && (e->state == RBO_PAUSED || e->state == RBO_WAITING))
			each(ud, e->id, e->relay, e->state);
	}
}

void rbo_steer_sweep(rbo_steer *s, int64_t now_ms)
{
	/* Without memory the old table goes on. */
	(void)rebuild(s, s->cap, now_ms - RBO_GONE_MS);
}
