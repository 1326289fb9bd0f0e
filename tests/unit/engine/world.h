/* world.h - an engine with a database in memory, a policy that acts, a fake clock; short names for
 * what mail servers and the loop do. */
#ifndef RBF_UNIT_ENGINE_WORLD_H
#define RBF_UNIT_ENGINE_WORLD_H
#include "unit.h"

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/span.h"
#include "engine/context.h"

static const int64_t minute = 60000, hour = 3600000, day = 86400000;

typedef struct {
	int64_t wall, boot;
	rebuff_ctx *ctx;
} world;

static inline int64_t wall_ms(void *ud)
{
	return ((world *)ud)->wall;
}

static inline int64_t boot_ms(void *ud)
{
	return ((world *)ud)->boot;
}

static inline int setup(void **state)
{
	world *w = calloc(1, sizeof *w);
	rebuff_error err = {0};
	w->wall = 1800000000000;
	w->boot = 1000000;
	rebuff_options o = {.size = sizeof o,
		.data_dir = "lua",
		.config_dir = "tests/data/engine",
		.state_file = ":memory:",
		.clock = {.ud = w, .wall_ms = wall_ms, .boot_ms = boot_ms}};
	if (rebuff_open(&o, &w->ctx, &err) != REBUFF_OK) {
		fprintf(stderr, "%s\n", err.text);
		return -1;
	}
	w->ctx->random = 1; /* the same jitter in every run */
	*state = w;
	return 0;
}

static inline int teardown(void **state)
{
	world *w = *state;
	rebuff_close(&w->ctx);
	free(w);
	return 0;
}

static inline void pass(world *w, int64_t ms)
{
	w->wall += ms;
	w->boot += ms;
}

static inline rebuff_gate_request asking(const char *id, const char *recipient)
{
	return (rebuff_gate_request){.size = sizeof(rebuff_gate_request),
		.id = rbf_span_of(id),
		.recipient = rbf_span_of(recipient),
		.sender = RBF_LIT("shop@sender.example"),
		.mx = RBF_LIT("mx.remote.example"),
		.age_s = 0};
}

static inline rebuff_answer gate(world *w, const char *id, const char *recipient)
{
	rebuff_answer a = {.size = sizeof a};
	rebuff_error err;
	rebuff_gate_request r = asking(id, recipient);
	rebuff_gate(w->ctx, &r, &a);
	if (a.verdict != REBUFF_GO && !a.queued)
		return a;
	assert_int_equal(rebuff_begin(w->ctx, &err), REBUFF_OK);
	if (a.verdict == REBUFF_GO)
		assert_int_equal(rebuff_record_go(w->ctx, &r, &err), REBUFF_OK);
	else
		assert_int_equal(rebuff_record_wait(w->ctx, &r, &err), REBUFF_OK);
	assert_int_equal(rebuff_commit(w->ctx, &err), REBUFF_OK);
	return a;
}

static inline rebuff_outcome report(world *w, rebuff_kind kind, rebuff_stage stage, const char *id,
	const char *recipient, const char *text)
{
	rebuff_outcome out = {.size = sizeof out};
	rebuff_error err = {0};
	rebuff_result r = {.size = sizeof r,
		.id = rbf_span_of(id),
		.recipient = rbf_span_of(recipient),
		.sender = RBF_LIT("shop@sender.example"),
		.kind = kind,
		.stage = stage,
		.text = rbf_span_of(text),
		.host = RBF_LIT("mx.remote.example")};
	assert_int_equal(rebuff_begin(w->ctx, &err), REBUFF_OK);
	if (rebuff_record_result(w->ctx, &r, &out, &err) != REBUFF_OK)
		fail_msg("record_result: %s", err.text);
	assert_int_equal(rebuff_commit(w->ctx, &err), REBUFF_OK);
	return out;
}

static inline rebuff_outcome refuse(
	world *w, const char *id, const char *recipient, const char *text)
{
	return report(w, REBUFF_KIND_FAILED, REBUFF_STAGE_RCPT, id, recipient, text);
}

static inline rebuff_outcome defer(
	world *w, const char *id, const char *recipient, const char *text)
{
	return report(w, REBUFF_KIND_RCPT_DEFER, REBUFF_STAGE_RCPT, id, recipient, text);
}

static inline bool suppressed(world *w, const char *recipient)
{
	rebuff_answer a = {.size = sizeof a};
	rebuff_submit(w->ctx, rbf_span_of(recipient), RBF_LIT("shop@sender.example"), &a);
	return a.verdict == REBUFF_REFUSE;
}

static inline void run_housekeep(world *w)
{
	rebuff_error err = {0};
	assert_int_equal(rebuff_begin(w->ctx, &err), REBUFF_OK);
	if (rebuff_housekeep(w->ctx, &err) != REBUFF_OK)
		fail_msg("housekeep: %s", err.text);
	assert_int_equal(rebuff_commit(w->ctx, &err), REBUFF_OK);
}

static inline size_t due_at(world *w, rebuff_due *due, size_t cap, int64_t *next)
{
	return rebuff_due_list(w->ctx, w->wall, due, cap, next);
}

static inline rbf_delivery row_of(world *w, const char *id, const char *recipient)
{
	rbf_delivery d = {0};
	rebuff_error err = {0};
	bool found = false;
	if (rbf_store_delivery(w->ctx->store, w->ctx->node, REBUFF_MTA_EXIM, id,
		    rbf_store_who(w->ctx->store, recipient), &d, &found, &err) != REBUFF_OK)
		fail_msg("%s", err.text);
	if (!found)
		fail_msg("no row for %s %s", id, recipient);
	return d;
}

/* The first column of the first row. */
static inline int64_t number(world *w, const char *sql)
{
	sqlite3_stmt *s = NULL;
	int64_t n = -1;
	if (sqlite3_prepare_v2(rbf_store_view(w->ctx->store), sql, -1, &s, NULL) != SQLITE_OK)
		fail_msg("%s", sql);
	if (sqlite3_step(s) == SQLITE_ROW)
		n = sqlite3_column_int64(s, 0);
	sqlite3_finalize(s);
	return n;
}

/* One message that is due is woken, as the loop would. */
static inline void wake(world *w, const rebuff_due *due)
{
	rebuff_error err;
	assert_int_equal(rebuff_begin(w->ctx, &err), REBUFF_OK);
	assert_int_equal(rebuff_record_wake(w->ctx, due, &err), REBUFF_OK);
	assert_int_equal(rebuff_commit(w->ctx, &err), REBUFF_OK);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
#endif
