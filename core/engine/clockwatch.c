#include "engine/clockwatch.h"

#include "base/clock.h"

enum { JUMP_MS = 60000, STEADY_MS = 600000 };

static int64_t offset_now(const rbf_clockwatch *c)
{
	return rbf_wall_ms(&c->clock) - rbf_boot_ms(&c->clock);
}

void rbf_clockwatch_start(rbf_clockwatch *c, const rebuff_clock *clock)
{
	c->clock = *clock;
	int64_t offset_ms = offset_now(c);
	atomic_init(&c->offset_ms, offset_ms);
	atomic_init(&c->trusted_ms, offset_ms);
	atomic_init(&c->steady_ms, 0);
}

int64_t rbf_clockwatch_jump(const rbf_clockwatch *c)
{
	int64_t jump_ms = offset_now(c) - atomic_load(&c->offset_ms);
	return jump_ms >= JUMP_MS || jump_ms <= -JUMP_MS ? jump_ms : 0;
}

void rbf_clockwatch_follow(rbf_clockwatch *c, int64_t jump_ms)
{
	int64_t boot_ms = rbf_boot_ms(&c->clock);
	if (jump_ms) {
		atomic_store(&c->steady_ms, boot_ms + STEADY_MS);
		atomic_fetch_add(&c->offset_ms, jump_ms);
		return;
	}
	/* A clock that is slewed drifts slowly: that is no jump, and is followed as it goes. */
	int64_t offset_ms = offset_now(c);
	atomic_store(&c->offset_ms, offset_ms);
	if (boot_ms >= atomic_load(&c->steady_ms))
		atomic_store(&c->trusted_ms, offset_ms);
}

int64_t rbf_clock_now(const rbf_clockwatch *c)
{
	return rbf_boot_ms(&c->clock) + atomic_load(&c->offset_ms);
}

int64_t rbf_clock_trusted(const rbf_clockwatch *c)
{
	return rbf_boot_ms(&c->clock) + atomic_load(&c->trusted_ms);
}

bool rbf_clock_unsteady(const rbf_clockwatch *c)
{
	return rbf_boot_ms(&c->clock) < atomic_load(&c->steady_ms) || rbf_clockwatch_jump(c) != 0;
}
