/*
 * fuzz_engine.c - sequences of gates, results, wakes, queue listings and passing time. After each
 * step: the engine never suppresses for what is not about the recipient, never wakes mail with an
 * empty sender, never lets a suppressed recipient of a named sender through, never waits into the
 * past.
 */
#include <stdio.h>
#include <stdlib.h>

#include "base/span.h"
#include "engine/context.h"
#include "fuzz.h"
#include "state/sqlite.h"

static int64_t wall = 1800000000000, boot = 1000000;

static int64_t wall_ms(void *ud)
{
	(void)ud;
	return wall;
}

static int64_t boot_ms(void *ud)
{
	(void)ud;
	return boot;
}

static rebuff_ctx *open_once(void)
{
	rebuff_ctx *ctx;
	rebuff_error err = {0};
	rebuff_options o = {.size = sizeof o,
		.data_dir = "lua",
		.config_dir = "tests/data/engine",
		.state_file = ":memory:",
		.clock = {.wall_ms = wall_ms, .boot_ms = boot_ms}};
	if (rebuff_open(&o, &ctx, &err) != REBUFF_OK)
		abort();
	return ctx;
}

/* "DELETE FROM a; DELETE FROM b; ..." for every table but the key's. */
static char *emptying(sqlite3 *db)
{
	sqlite3_stmt *s;
	if (sqlite3_prepare_v2(db,
		    "SELECT group_concat('DELETE FROM ' || name, ';') FROM sqlite_schema"
		    " WHERE type = 'table' AND name NOT LIKE 'sqlite_%' AND name <> 'meta'",
		    -1, &s, NULL) != SQLITE_OK ||
		sqlite3_step(s) != SQLITE_ROW)
		abort();
	char *sql = strdup((const char *)sqlite3_column_text(s, 0));
	sqlite3_finalize(s);
	return sql;
}

/* As new. Opening a database for each input would take fifty times as long as the input itself. */
static rebuff_ctx *context(void)
{
	static rebuff_ctx *ctx;
	static char *empty;
	if (!ctx) {
		ctx = open_once();
		empty = emptying(ctx->store->write.db);
	}
	if (sqlite3_exec(ctx->store->write.db, empty, NULL, NULL, NULL) != SQLITE_OK)
		abort();
	rbf_alarms_free(&ctx->alarms);
	ctx->alarms = rbf_alarms_new(ctx->store, &ctx->log);
	if (!ctx->alarms)
		abort();
	memset(&ctx->lanes, 0, sizeof ctx->lanes);
	return ctx;
}

static const char *const ids[] = {"m1", "m2", "m3"};
static const char *const recipients[] = {"a@one.example", "b@one.example", "c@two.example"};
/* Of each message: it has but one, and the third has none. */
static const char *const senders[] = {"s@sender.example", "t@other.example", ""};
static const char *const texts[] = {"550 5.1.1 User unknown", "451 4.7.1 Greylisted",
	"421 too many messages", "552 5.2.2 Mailbox full", "554 blocked using list.example",
	"450 4.2.0 qwz", "550 qwz", "250 ok"};

typedef struct {
	const uint8_t *p;
	size_t len;
} input;

static uint8_t next(input *in)
{
	if (in->len == 0)
		return 0;
	in->len--;
	return *in->p++;
}

#define PICK(table, n) rbf_span_of((table)[(n) % (sizeof(table) / sizeof *(table))])

/* A promise of the engine's that every input must keep. */
static void check_at(bool holds, const char *promise, int line)
{
	if (!holds) {
		fprintf(stderr, "%s:%d: broken: %s\n", __FILE__, line, promise);
		abort();
	}
}
#define check(promise) check_at(promise, #promise, __LINE__)

static void ask(rebuff_ctx *ctx, input *in)
{
	rebuff_error err;
	rebuff_answer a = {.size = sizeof a}, submitted = {.size = sizeof submitted};
	uint8_t message = next(in);
	rebuff_gate_request r = {.size = sizeof r,
		.id = PICK(ids, message),
		.recipient = PICK(recipients, next(in)),
		.sender = PICK(senders, message),
		.mx = RBF_LIT("mx.one.example"),
		.age_s = next(in) * 1000,
		.forced = next(in) & 1};
	rebuff_submit(ctx, r.recipient, r.sender, &submitted);
	rebuff_gate(ctx, &r, &a);
	check(a.verdict != REBUFF_WAIT || a.until_ms > wall);
	check(r.sender.len || (a.verdict != REBUFF_FAIL && submitted.verdict == REBUFF_ACCEPT));
	check(submitted.verdict != REBUFF_REFUSE || r.forced || a.verdict == REBUFF_FAIL);
	if (a.verdict == REBUFF_GO)
		check(rebuff_record_go(ctx, &r, &err) == REBUFF_OK);
	else if (a.queued)
		check(rebuff_record_wait(ctx, &r, &err) == REBUFF_OK);
}

static void tell(rebuff_ctx *ctx, input *in)
{
	rebuff_error err;
	rebuff_outcome o = {.size = sizeof o};
	uint8_t message = next(in);
	rebuff_result r = {.size = sizeof r,
		.id = PICK(ids, message),
		.recipient = PICK(recipients, next(in)),
		.sender = PICK(senders, message),
		.kind = (rebuff_kind)(next(in) % REBUFF_KIND_N),
		.stage = (rebuff_stage)(next(in) % REBUFF_STAGE_N),
		.text = PICK(texts, next(in)),
		.host = RBF_LIT("mx.one.example"),
		.from_log = next(in) & 1};
	check(rebuff_record_result(ctx, &r, &o, &err) == REBUFF_OK);
	bool theirs = o.reply.fault == REBUFF_FAULT_RECIPIENT ||
		o.reply.fault == REBUFF_FAULT_UNKNOWN || o.reply.fault == REBUFF_FAULT_RECEIVER ||
		o.reply.fault == REBUFF_FAULT_NETWORK;
	check(!o.suppressed || (theirs && r.sender.len));
	check(!o.suppressed || r.kind == REBUFF_KIND_FAILED ||
		o.reply.category != REBUFF_GREYLISTED);
	check(o.due_ms == 0 || o.due_ms >= wall);
}

static void wake(rebuff_ctx *ctx)
{
	rebuff_due due[4];
	rebuff_error err;
	int64_t next_ms;
	size_t n = rebuff_due_list(ctx, wall, due, 4, &next_ms);
	check(next_ms > wall);
	for (size_t i = 0; i < n; i++) {
		check(due[i].due_ms <= wall);
		check(rebuff_record_wake(ctx, &due[i], &err) == REBUFF_OK);
	}
	check(rebuff_due_list(ctx, wall, due, 4, &next_ms) == 0);
}

static void list(rebuff_ctx *ctx, input *in)
{
	rebuff_error err;
	rebuff_queued q = {.id = PICK(ids, next(in)), .frozen = next(in) & 1};
	check(rebuff_record_queue(ctx, RBF_LIT(""), REBUFF_MTA_EXIM, &q, next(in) & 1, &err) ==
		REBUFF_OK);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	rebuff_error err;
	input in = {data, size};
	rebuff_ctx *ctx = context();
	for (int steps = 0; in.len && steps < 100; steps++) {
		uint8_t what = next(&in);
		if (rebuff_begin(ctx, &err) != REBUFF_OK)
			abort();
		switch (what % 7) {
		case 0:
		case 1:
			ask(ctx, &in);
			break;
		case 2:
		case 3:
			tell(ctx, &in);
			break;
		case 4:
			wake(ctx);
			break;
		case 5:
			list(ctx, &in);
			break;
		default:
			wall += (int64_t)next(&in) * 600000;
			boot += (what & 8 ? 1 : 600000) * (int64_t)(what & 15);
			check(rebuff_housekeep(ctx, &err) == REBUFF_OK);
		}
		if (rebuff_commit(ctx, &err) != REBUFF_OK)
			abort();
	}
	return 0;
}
