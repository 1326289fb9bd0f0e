/* trial.c - the cases of rebuff policy test, each in an engine of its own with a database in memory
 * and a clock that the case moves. */
#include <stdio.h>
#include <stdlib.h>

#include "base/buf.h"
#include "base/error.h"
#include "base/span.h"
#include "engine/source.h"
#include "script/cases.h"
#include "smtp/address.h"
#include "smtp/reply.h"

enum { START_S = 1800000000, MINUTE_MS = 60000 };

/* One case on its way. */
typedef struct {
	rebuff_ctx *ctx;
	int64_t now_ms, first_ms;
	uint32_t serial; /* of repeated steps */
	rebuff_answer gate;
	rebuff_outcome out;
	char trouble[REBUFF_TEXT_MAX];
} trial;

static int64_t trial_wall(void *ud)
{
	return ((const trial *)ud)->now_ms;
}

static int64_t trial_boot(void *ud)
{
	return ((const trial *)ud)->now_ms - (START_S - 1000000) * 1000LL;
}

static rebuff_status open_trial(const rebuff_options *options, trial *t, rebuff_error *err)
{
	rebuff_options o = *options;
	o.state_file = ":memory:";
	o.read_only = false;
	o.trial = true;
	o.clock = (rebuff_clock){.ud = t, .wall_ms = trial_wall, .boot_ms = trial_boot};
	return rebuff_open(&o, &t->ctx, err);
}

/* ---- one answer --------------------------------------------------------------------------------
 */

static rebuff_kind kind_of(unsigned code)
{
	return code / 100 == 2	  ? REBUFF_KIND_DELIVERED
		: code / 100 == 5 ? REBUFF_KIND_FAILED
				  : REBUFF_KIND_RCPT_DEFER;
}

static rebuff_status answer(
	trial *t, const rebuff_gate_request *request, const rbf_step *s, rebuff_error *err)
{
	rbf_reply parsed;
	rbf_reply_parse(rbf_span_of(s->reply), &parsed);
	rebuff_result r = {.size = sizeof r,
		.id = request->id,
		.recipient = request->recipient,
		.sender = request->sender,
		.kind = kind_of(parsed.code),
		.stage = s->stage,
		.text = rbf_span_of(s->reply),
		.host = request->mx,
		.source_ip = rbf_span_of(s->source),
		.time_ms = t->now_ms};
	rebuff_status status = rebuff_begin(t->ctx, err);
	if (status == REBUFF_OK && t->gate.verdict == REBUFF_GO)
		status = rebuff_record_go(t->ctx, request, err);
	if (status == REBUFF_OK)
		status = rebuff_record_result(t->ctx, &r, &t->out, err);
	rebuff_status ended = rebuff_commit(t->ctx, status == REBUFF_OK ? err : NULL);
	return status != REBUFF_OK ? status : ended;
}

/* The k-th of a repeated step has a message and a recipient of its own. */
static rebuff_status attempt(trial *t, const rbf_step *s, uint32_t k, rebuff_error *err)
{
	char id[REBUFF_ID_MAX + 16], recipient[REBUFF_ADDRESS_MAX + 16];
	(void)snprintf(id, sizeof id, "%s", s->message);
	(void)snprintf(recipient, sizeof recipient, "%s", s->recipient);
	if (s->times > 1) {
		(void)snprintf(id, sizeof id, "r%u-%u", t->serial, k);
		(void)snprintf(recipient, sizeof recipient, "r%u-%s", k, s->recipient);
	}
	rebuff_gate_request request = {.size = sizeof request,
		.id = rbf_span_of(id),
		.recipient = rbf_span_of(recipient),
		.sender = rbf_span_of(s->sender),
		.mx = rbf_span_of(s->mx),
		.age_s = s->times > 1 ? 0 : (t->now_ms - t->first_ms) / 1000};
	rebuff_gate(t->ctx, &request, &t->gate);
	return s->reply ? answer(t, &request, s, err) : REBUFF_OK;
}

/* ---- expectations ------------------------------------------------------------------------------
 */

typedef struct {
	trial *t;
	const rbf_step *s;
	char provider[REBUFF_NAME_MAX], stream[REBUFF_NAME_MAX];
	const char *lane; /* its source address, or "" */
	int64_t lasts_s; /* -1: not suppressed */
} sight;

static bool note_entry(void *ud, const rebuff_suppression *e)
{
	sight *v = ud;
	if (e->until_ms == 0 || e->until_ms > v->t->now_ms)
		v->lasts_s = e->until_ms ? (e->until_ms - v->t->now_ms + 500) / 1000 : 0;
	return true;
}

static void look(sight *v)
{
	rbf_config *config = rbf_ctx_config(v->t->ctx);
	const rbf_step *s = v->s;
	(void)rbf_ctx_provider(config, rbf_span_of(s->mx),
		rbf_address_domain(rbf_span_of(s->recipient)), v->provider);
	rbf_config_stream(config, rbf_span_of(s->sender), v->stream);
	v->lane = rbf_source_lane(config, s->source);
	rbf_config_unref(config);
	v->lasts_s = -1;
	(void)rebuff_suppress_each(v->t->ctx, rbf_span_of(s->recipient), note_entry, v, NULL);
}

static bool is_refused(const sight *v)
{
	rebuff_answer a = {.size = sizeof a};
	rebuff_submit(v->t->ctx, rbf_span_of(v->s->recipient), rbf_span_of(v->s->sender), &a);
	return a.verdict == REBUFF_REFUSE;
}

static bool is_held(const sight *v)
{
	rbf_held_now held = {.found = false};
	const rbf_key key = {v->provider, v->stream, v->s->source};
	(void)rbf_view_hold(v->t->ctx->store, &key, &held, NULL);
	return held.found;
}

static bool is_slow(const sight *v)
{
	double rate = 0;
	const rbf_lane_key lane = {v->t->ctx->node, v->provider, v->lane};
	(void)rbf_view_pace(v->t->ctx->store, &lane, &rate, NULL);
	return rate > 0;
}

static int64_t found(const sight *v, int expect)
{
	/* in the order of expect.what */
	static const int fates[] = {[REBUFF_FATE_ACCEPTED] = 3,
		[REBUFF_FATE_AGAIN] = 0,
		[REBUFF_FATE_GIVEN_UP] = 1,
		[REBUFF_FATE_BOUNCED] = 2};
	const trial *t = v->t;
	const rebuff_classification *c = &t->out.reply;
	switch (expect) {
	case RBF_EXPECT_GATE:
		return t->gate.verdict == REBUFF_GO ? 0 : t->gate.verdict == REBUFF_WAIT ? 1 : 2;
	case RBF_EXPECT_CATEGORY:
		return c->category;
	case RBF_EXPECT_FAULT:
		return c->fault;
	case RBF_EXPECT_ACTION:
		return c->action;
	case RBF_EXPECT_WHAT:
		return v->s->reply ? fates[t->out.fate] : -1;
	case RBF_EXPECT_NEXT:
		return t->out.due_ms ? (t->out.due_ms - t->now_ms) / 1000 : -1;
	case RBF_EXPECT_SUPPRESSED:
		return is_refused(v);
	case RBF_EXPECT_LASTS:
		return v->lasts_s;
	case RBF_EXPECT_HELD:
		return is_held(v);
	default:
		return is_slow(v);
	}
}

/* The first expectation that is not met, into t->trouble. */
static bool compare(trial *t, const rbf_step *s, size_t number)
{
	sight v = {.t = t, .s = s};
	rbf_config *config = rbf_ctx_config(t->ctx);
	bool fine = true;
	look(&v);
	for (int i = 0; i < RBF_EXPECT_N && fine; i++) {
		char got_text[96] = "nothing", want_text[96];
		if (!(s->expected & 1u << i))
			continue;
		if (i == RBF_EXPECT_PROVIDER || i == RBF_EXPECT_STREAM) {
			const char *got = i == RBF_EXPECT_PROVIDER ? v.provider : v.stream;
			const char *want = s->want_text[i == RBF_EXPECT_STREAM];
			fine = strcmp(got, want) == 0;
			(void)snprintf(got_text, sizeof got_text, "%s", got);
			(void)snprintf(want_text, sizeof want_text, "%s", want);
		} else {
			int64_t got = found(&v, i);
			fine = got == s->want[i];
			if (got >= 0)
				rbf_expect_show(config, i, got, got_text, sizeof got_text);
			rbf_expect_show(config, i, s->want[i], want_text, sizeof want_text);
		}
		if (!fine)
			(void)snprintf(t->trouble, sizeof t->trouble,
				"step %zu: %s: got %s, want %s%s%.300s", number, rbf_expect_name(i),
				got_text, want_text, t->out.reply.rule[0] ? "; decided by " : "",
				t->out.reply.rule);
	}
	rbf_config_unref(config);
	return fine;
}

/* ---- a case ------------------------------------------------------------------------------------
 */

/* Time passes, and what runs out ends. */
static rebuff_status wait_for(trial *t, int64_t s, rebuff_error *err)
{
	t->now_ms += s * 1000;
	if (s < 60)
		return REBUFF_OK;
	rebuff_status status = rebuff_begin(t->ctx, err);
	if (status == REBUFF_OK)
		status = rebuff_housekeep(t->ctx, err);
	rebuff_status ended = rebuff_commit(t->ctx, status == REBUFF_OK ? err : NULL);
	return status != REBUFF_OK ? status : ended;
}

static rebuff_status run_case(
	trial *t, const rbf_cases *cases, const rbf_case *c, bool *fine, rebuff_error *err)
{
	rebuff_status status = REBUFF_OK;
	t->first_ms = t->now_ms;
	for (size_t i = 0; i < c->n && *fine && status == REBUFF_OK; i++) {
		const rbf_step *s = &cases->steps[c->first + i];
		status = wait_for(t, s->after_s, err);
		t->serial++;
		t->out = (rebuff_outcome){.size = sizeof t->out};
		for (uint32_t k = 1; k <= s->times && status == REBUFF_OK; k++)
			status = attempt(t, s, k, err);
		if (status == REBUFF_OK)
			*fine = compare(t, s, i + 1);
	}
	return status;
}

static rebuff_status run(const rebuff_options *options, const rbf_cases *cases, const rbf_case *c,
	rebuff_case *out, rebuff_error *err)
{
	trial t = {.now_ms = START_S * 1000LL};
	bool fine = true;
	rebuff_status status = open_trial(options, &t, err);
	if (status == REBUFF_OK)
		status = run_case(&t, cases, c, &fine, err);
	rebuff_close(&t.ctx);
	*out = (rebuff_case){.size = sizeof *out, .passed = fine && status == REBUFF_OK};
	(void)snprintf(out->name, sizeof out->name, "%s", c->name);
	(void)snprintf(out->where, sizeof out->where, "%s", c->origin);
	(void)snprintf(out->trouble, sizeof out->trouble, "%s", t.trouble);
	return status;
}

static rebuff_status load(const rebuff_ctx *ctx, const char *const *files, size_t n,
	rbf_cases *cases, rebuff_error *err)
{
	char folder[1100];
	rbf_config *config = rbf_ctx_config(ctx);
	rebuff_status status = REBUFF_OK;
	for (size_t i = 0; i < n && status == REBUFF_OK; i++)
		status = rbf_cases_load(config, files[i], cases, err);
	if (n == 0) {
		(void)snprintf(folder, sizeof folder, "%.1000s/tests", ctx->config_dir);
		status = rbf_cases_load_folder(config, folder, cases, err);
	}
	rbf_config_unref(config);
	return status;
}

rebuff_status rebuff_policy_test(const rebuff_options *options, const char *const *files, size_t n,
	void (*each)(void *ud, const rebuff_case *result), void *ud, rebuff_error *err)
{
	trial t = {.now_ms = START_S * 1000LL};
	rbf_cases cases = {.n = 0};
	rebuff_status status = open_trial(options, &t, err);
	if (status == REBUFF_OK)
		status = load(t.ctx, files, n, &cases, err);
	for (size_t i = 0; i < cases.n && status == REBUFF_OK; i++) {
		rebuff_case result;
		status = run(options, &cases, &cases.list[i], &result, err);
		if (status == REBUFF_OK)
			each(ud, &result);
	}
	rbf_cases_free(&cases);
	rebuff_close(&t.ctx);
	return status;
}
