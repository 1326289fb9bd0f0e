/* test_keys.c - every word of lua/schema.lua has an effect: for each there is a row in which saying
 * it otherwise changes what is decided. A word without a row fails the test. */
#include "../engine/world.h"

#include "script/schema.h"
#include "files.h"

#define BUSY "450 4.3.2 zz busy"
#define FULL "552 5.2.2 zz full"
#define UNKNOWN "550 5.1.1 zz unknown"
#define BANNED "550 5.7.1 zz banned"
#define BROKEN "554 5.3.0 zz broken"
#define RATE "421 4.7.0 zz slowly"

/* What the replies of these tests mean. */
static const char rules[] =
	"rebuff.rules:add { text = 'zz busy', category = 'system-error' }\n"
	"rebuff.rules:add { text = 'zz full', category = 'mailbox-full' }\n"
	"rebuff.rules:add { text = 'zz unknown', category = 'address-bad' }\n"
	"rebuff.rules:add { text = 'zz slowly', category = 'rate-limited' }\n"
	"rebuff.rules:add { text = 'zz halt', category = 'ip-blocked', action = 'hold' }\n"
	"rebuff.rules:add { text = 'zz banned', category = 'ip-blocked' }\n"
	"rebuff.rules:add { text = 'zz broken', category = 'system-error' }\n"
	"rebuff.rules:add { text = 'zz wait', category = 'greylisted' }\n"
	"function rebuff.default.classify(event)\n"
	"  if text.has(event.text, 'zz short') then return { wait = '2s' } end\n"
	"  if text.has(event.text, 'zz long') then return { wait = '25h' } end\n"
	"  if text.has(event.text, 'zz wait') then return { wait = '1h' } end\n"
	"end\n";

static int serial;

static const char *fresh(char out[32])
{
	snprintf(out, 32, "m%d", ++serial);
	return out;
}

/* ---- scenarios: what a policy does, as one number
 * ------------------------------------------------------------------ */

/* After so many deferrals of one message, each when it was due: seconds to the next attempt. */
static int64_t due_after(world *w, const char *text, int n)
{
	char id[32];
	rebuff_outcome out = {0};
	fresh(id);
	for (int i = 0; i < n; i++) {
		if (i)
			pass(w, out.due_ms - w->wall);
		out = defer(w, id, "a@remote.example", text);
	}
	return (out.due_ms - w->wall) / 1000;
}

static int64_t first_wait(world *w)
{
	return due_after(w, BUSY, 1);
}

static int64_t second_wait(world *w)
{
	return due_after(w, BUSY, 2);
}

static int64_t third_wait(world *w)
{
	return due_after(w, BUSY, 3);
}

static int64_t stated_short(world *w)
{
	return due_after(w, "450 4.7.1 zz short", 1);
}

static int64_t stated_long(world *w)
{
	return due_after(w, "450 4.7.1 zz long", 1);
}

/* Are waits of many messages all the same (1) or spread (2)? */
static int64_t spread(world *w, const char *text)
{
	int64_t first = 0;
	w->ctx->trial = false;
	for (int i = 0; i < 20; i++) {
		int64_t s = due_after(w, text, 1);
		if (i && s != first)
			return 2;
		first = s;
	}
	return 1;
}

static int64_t spread_ladder(world *w)
{
	return spread(w, BUSY);
}

static int64_t spread_stated(world *w)
{
	return spread(w, "450 4.7.1 zz wait");
}

/* Given up after two attempts two hours apart? */
static int64_t given_up(world *w)
{
	char id[32];
	fresh(id);
	defer(w, id, "a@remote.example", BUSY);
	pass(w, 2 * hour);
	defer(w, id, "a@remote.example", BUSY);
	return row_of(w, id, "a@remote.example").state == RBF_GIVEN_UP;
}

static int64_t listed(world *w)
{
	return suppressed(w, "a@remote.example");
}

static int64_t refusals(world *w, const char *text, int n, int64_t apart_ms)
{
	char id[32];
	for (int i = 0; i < n; i++) {
		if (i)
			pass(w, apart_ms);
		refuse(w, fresh(id), "a@remote.example", text);
	}
	return listed(w);
}

static int64_t unknown_once(world *w)
{
	return refusals(w, UNKNOWN, 1, 0);
}

static int64_t full_twice(world *w)
{
	return refusals(w, FULL, 2, 10 * day);
}

static int64_t days_listed(world *w)
{
	(void)refusals(w, UNKNOWN, 1, 0);
	return (number(w, "SELECT max(until_ms) FROM suppression") - w->wall + hour) / day;
}

/* The length of the second suppression. */
static int64_t days_listed_again(world *w)
{
	char id[32];
	(void)refusals(w, UNKNOWN, 1, 0);
	pass(w, 11 * day);
	refuse(w, fresh(id), "a@remote.example", UNKNOWN);
	return (number(w, "SELECT max(until_ms) FROM suppression") - w->wall + hour) / day;
}

static int64_t listed_for_others(world *w)
{
	rebuff_answer a = {.size = sizeof a};
	(void)refusals(w, UNKNOWN, 1, 0);
	rebuff_submit(w->ctx, rbf_span_of("a@remote.example"), RBF_LIT("x@other.example"), &a);
	return a.verdict == REBUFF_REFUSE;
}

static int64_t probe_refused(world *w)
{
	char id[32];
	(void)refusals(w, FULL, 2, day);
	pass(w, 11 * day);
	refuse(w, fresh(id), "a@remote.example", FULL);
	return listed(w);
}

static int64_t rate_now(world *w)
{
	return number(w, "SELECT CAST(max(rate) * 60 AS INTEGER) FROM pace");
}

static int64_t slowed(world *w, int times)
{
	char id[32];
	for (int i = 0; i < times; i++) {
		defer(w, fresh(id), "a@remote.example", RATE);
		pass(w, minute);
	}
	return rate_now(w);
}

static int64_t slowed_once(world *w)
{
	return slowed(w, 1);
}

static int64_t slowed_often(world *w)
{
	return slowed(w, 12);
}

static int64_t grown(world *w)
{
	char id[32];
	(void)slowed(w, 1);
	report(w, REBUFF_KIND_DELIVERED, REBUFF_STAGE_DOT, fresh(id), "a@remote.example", "250 ok");
	return rate_now(w);
}

static int64_t minutes_to_grow(world *w)
{
	char id[32];
	int64_t n = 0;
	(void)slowed(w, 1);
	while (number(w, "SELECT count(*) FROM pace") > 0 && n < 100) {
		report(w, REBUFF_KIND_DELIVERED, REBUFF_STAGE_DOT, fresh(id), "a@remote.example",
			"250 ok");
		pass(w, minute);
		n++;
	}
	return n;
}

/* Ten addresses are unknown, three minutes apart: is the last one suppressed? */
static int64_t tenth_unknown(world *w)
{
	char id[32], address[64] = "";
	for (int i = 0; i < 10; i++) {
		snprintf(address, sizeof address, "u%d@remote.example", i);
		refuse(w, fresh(id), address, UNKNOWN);
		pass(w, 3 * minute);
	}
	return suppressed(w, address);
}

static int64_t hold_minutes(world *w)
{
	char id[32];
	defer(w, fresh(id), "a@remote.example", "421 4.7.0 zz halt");
	return (number(w, "SELECT max(until_ms) FROM hold") - w->wall) / minute;
}

/* So many messages, two seconds apart, every k-th refused: is something held? */
static int64_t held_after(world *w, int n, int k, const char *text)
{
	char id[32], address[64];
	for (int i = 1; i <= n; i++) {
		snprintf(address, sizeof address, "u%d@remote.example", i);
		if (i % k)
			report(w, REBUFF_KIND_DELIVERED, REBUFF_STAGE_DOT, fresh(id), address,
				"250 ok");
		else
			refuse(w, fresh(id), address, text);
		pass(w, 2000);
	}
	return number(w, "SELECT count(*) FROM hold WHERE ended_ms = 0") > 0;
}

static int64_t refused_twelve(world *w)
{
	return held_after(w, 12, 1, BANNED);
}

static int64_t sometimes_refused(world *w)
{
	return held_after(w, 280, 40, BANNED);
}

static int64_t alarm_minutes(world *w)
{
	(void)refused_twelve(w);
	return number(w, "SELECT (until_ms - since_ms) / 60000 FROM hold");
}

/* How long it is held when the probe is refused, too. */
static int64_t minutes_again(world *w)
{
	char id[32];
	(void)refused_twelve(w);
	pass(w, 2 * hour + minute);
	run_housekeep(w);
	refuse(w, fresh(id), "probe@remote.example", BANNED);
	return (number(w, "SELECT until_ms FROM hold") - w->wall + minute / 2) / minute;
}

static int64_t list_is_bad(world *w)
{
	return held_after(w, 300, 25, UNKNOWN);
}

static int64_t mail_fails(world *w)
{
	return held_after(w, 300, 15, BROKEN);
}

static int64_t small_list_is_bad(world *w)
{
	return held_after(w, 100, 25, UNKNOWN);
}

/* Does the gate let a message of ten days go? */
static int64_t old_goes(world *w)
{
	rebuff_answer a = {.size = sizeof a};
	rebuff_gate_request r = asking("old", "a@remote.example");
	r.age_s = 10 * 86400;
	rebuff_gate(w->ctx, &r, &a);
	return a.verdict == REBUFF_GO;
}

static rebuff_classification meaning(world *w, const char *text, const char *domain, const char *mx)
{
	rebuff_classification c = {.size = sizeof c};
	rebuff_reply r = {.size = sizeof r,
		.text = rbf_span_of(text),
		.recipient_domain = rbf_span_of(domain),
		.mx_host = rbf_span_of(mx)};
	rebuff_classify(w->ctx, &r, &c);
	return c;
}

static int64_t known_by_domain(world *w)
{
	return strcmp(meaning(w, "550 x", "corp.example", "").provider, "corp") == 0;
}

static int64_t known_by_mx(world *w)
{
	return strcmp(meaning(w, "550 x", "", "mx.corp-mail.example").provider, "corp") == 0;
}

/* What rebuff check and an alarm's letter say of the provider. */
static int64_t pages(world *w, int which, const char *want)
{
	char page[3][256];
	rebuff_provider_pages(w->ctx, RBF_LIT("corp"), page[0], page[1], page[2]);
	return strcmp(page[which], want) == 0;
}

static int64_t name_told(world *w)
{
	return pages(w, 0, "Corp Mail");
}

static int64_t postmaster_told(world *w)
{
	return pages(w, 1, "https://postmaster.corp.example");
}

static int64_t delist_told(world *w)
{
	return pages(w, 2, "https://delist.corp.example");
}

static void look_for_words(void *ud, const char *line)
{
	*(int64_t *)ud += strstr(line, "our words") != NULL;
}

/* Does rebuff explain say it? */
static int64_t explained(world *w)
{
	int64_t found = 0;
	rebuff_classification c = {.size = sizeof c};
	const rebuff_reply r = {
		.size = sizeof r, .text = RBF_LIT("550 5.9.9 the quick brown-fox is here")};
	(void)rebuff_explain(w->ctx, &r, &c, look_for_words, &found);
	return found;
}

/* Do log and report say why? */
static int64_t reason_told(world *w)
{
	(void)refusals(w, UNKNOWN, 1, 0);
	return number(w, "SELECT count(*) FROM event WHERE why LIKE '%our words%'");
}

static int64_t category_of_phrase(world *w)
{
	return meaning(w, "550 5.9.9 the quick brown-fox is here", "", "").category;
}

static int64_t fault_of_phrase(world *w)
{
	return meaning(w, "550 5.9.9 the quick brown-fox is here", "", "").fault;
}

static int64_t action_of_phrase(world *w)
{
	return meaning(w, "550 5.9.9 the quick brown-fox is here", "", "").action;
}

static int64_t scope_of_phrase(world *w)
{
	return meaning(w, "450 4.9.9 the quick brown-fox is here", "", "").scope;
}

static int64_t percent_of_phrase(world *w)
{
	return (int64_t)(meaning(w, "550 5.9.9 the quick brown-fox is here", "", "").confidence *
			100 +
		0.5);
}

static int64_t elsewhere(world *w)
{
	return meaning(w, "550 5.9.9 the quick brown-fox is here", "else.example", "").category;
}

static int64_t known_stream(world *w)
{
	char out[REBUFF_NAME_MAX];
	rbf_config_stream(w->ctx->policy->config, RBF_LIT("shop@sender.example"), out);
	return strcmp(out, "shop") == 0;
}

/* A bounce of mail that was never sent here, when what was sent has been known for long enough. */
static int64_t refuses_backscatter(world *w)
{
	rebuff_error err = {0};
	rebuff_evidence_outcome out = {.size = sizeof out};
	const rebuff_arrival a = {.size = sizeof a,
		.id = RBF_LIT("bounce"),
		.recipients = RBF_LIT("shop@sender.example"),
		.client_ip = RBF_LIT("192.0.2.99"),
		.client_name = RBF_LIT("mx.stranger.example")};
	const rebuff_message m = {
		.size = sizeof m, .kind = REBUFF_MESSAGE_BOUNCE, .recipient_n = 1};
	const rebuff_bounced b = {.size = sizeof b,
		.recipient = RBF_LIT("who@else.example"),
		.action = REBUFF_DSN_FAILED,
		.reply = {.size = sizeof b.reply, .category = REBUFF_ADDRESS_BAD}};
	const rebuff_evidence e = {
		.size = sizeof e, .arrival = &a, .message = &m, .recipient = &b, .recipient_n = 1};
	pass(w, 6 * day);
	assert_int_equal(rebuff_begin(w->ctx, &err), REBUFF_OK);
	if (rebuff_record_evidence(w->ctx, &e, &out, &err) != REBUFF_OK)
		fail_msg("%s", err.text);
	assert_int_equal(rebuff_commit(w->ctx, &err), REBUFF_OK);
	assert_true(out.backscatter);
	return out.refuse;
}

static int64_t source_wait(world *w)
{
	char id[32];
	rebuff_outcome out = {.size = sizeof out};
	rebuff_error err = {0};
	rebuff_result r = {.size = sizeof r,
		.id = rbf_span_of(fresh(id)),
		.recipient = RBF_LIT("a@remote.example"),
		.sender = RBF_LIT("shop@sender.example"),
		.kind = REBUFF_KIND_RCPT_DEFER,
		.stage = REBUFF_STAGE_RCPT,
		.text = RBF_LIT(BUSY),
		.source_ip = RBF_LIT("192.0.2.7")};
	assert_int_equal(rebuff_begin(w->ctx, &err), REBUFF_OK);
	assert_int_equal(rebuff_record_result(w->ctx, &r, &out, &err), REBUFF_OK);
	assert_int_equal(rebuff_commit(w->ctx, &err), REBUFF_OK);
	return (out.due_ms - w->wall) / 1000;
}

/* ---- the rows
 * -------------------------------------------------------------------------------------------- */

#define D "rebuff.default."
#define RETRY D "retry['system-error'] = "
#define CORP "local p = rebuff.provider 'corp' p.domains = { 'remote.example' } "
#define FOX "rebuff.rules:add { text = 'brown-fox', category = 'mailbox-full'"

static const struct row {
	const char *key, *before, *after;
	int64_t (*scenario)(world *w);
	int64_t want_before, want_after;
} rows[] = {
	{"retry.first", "", RETRY "{ first = '7m' }", first_wait, 900, 420},
	{"retry.steps", "", RETRY "{ steps = { '1m', '4m' } }", second_wait, 1800, 240},
	{"retry.factor", RETRY "{ first = '1m' }", RETRY "{ first = '1m', factor = 3 }",
		second_wait, 90, 180},
	{"retry.max", RETRY "{ first = '1m', factor = 10 }",
		RETRY "{ first = '1m', factor = 10, max = '5m' }", third_wait, 6000, 300},
	{"retry.jitter", RETRY "{ jitter = 0 }", RETRY "{ jitter = 0.5 }", spread_ladder, 1, 2},
	{"retry.give_up", RETRY "{ attempts = 1 }", RETRY "{ attempts = 1, give_up = '1h' }",
		given_up, 0, 1},
	{"retry.attempts", RETRY "{ give_up = '1h', attempts = 2 }",
		RETRY "{ give_up = '1h', attempts = 3 }", given_up, 1, 0},

	{"suppress.on", "", D "suppress['address-bad'] = { on = false }", unknown_once, 1, 0},
	{"suppress.on", "", D "suppress['address-bad'] = false", unknown_once, 1, 0},
	{"suppress.after", "", D "suppress['mailbox-full'] = { after = 2 }", full_twice, 0, 1},
	{"suppress.after", "", D "soft = { after = 2 }", full_twice, 0, 1},
	{"suppress.within", D "soft = { after = 2 }", D "soft = { after = 2, within = '5d' }",
		full_twice, 1, 0},
	{"suppress.over", D "soft = { after = 2 }", D "soft = { after = 2, over = '20d' }",
		full_twice, 1, 0},
	{"suppress.lasts", "", D "suppress['address-bad'] = { lasts = '10d' }", days_listed, 180,
		10},
	{"suppress.growth", D "suppress['address-bad'] = { lasts = '10d' }",
		D "suppress['address-bad'] = { lasts = '10d', growth = 3 }", days_listed_again, 20,
		30},
	{"suppress.scope", "", D "suppress['address-bad'] = { scope = 'domain' }",
		listed_for_others, 1, 0},
	{"suppress.scope", "", D "suppress['address-bad'] = { scope = 'stream' }",
		listed_for_others, 1, 0},
	{"suppress.probe", D "soft = { after = 2, lasts = '10d' }",
		D "soft = { after = 2, lasts = '10d', probe = false }", probe_refused, 1, 0},

	{"pace.start", "", D "pace = { start = '6/min' }", slowed_once, 1200, 360},
	{"pace.floor", "", D "pace = { floor = '30/h' }", slowed_often, 60, 30},
	{"pace.ceiling", D "pace = { ceiling = '40/min' }", D "pace = { ceiling = '80/min' }",
		minutes_to_grow, 2, 4},
	{"pace.growth", "", D "pace = { growth = 2 }", grown, 1800, 2400},
	{"breaker.share", D "breaker = { at_least = 4 }", D "breaker = { at_least = 4, share = 1 }",
		tenth_unknown, 0, 1},
	{"breaker.at_least", "", D "breaker = { at_least = 4 }", tenth_unknown, 1, 0},
	{"breaker.within", D "breaker = { at_least = 8 }",
		D "breaker = { at_least = 8, within = '1h' }", tenth_unknown, 1, 0},
	{"alarm.hold", "", D "alarm = { hold = false }", refused_twelve, 1, 0},
	{"alarm.blocked", "", D "alarm = { blocked = 13 }", refused_twelve, 1, 0},
	{"alarm.share", D "alarm = { blocked = 3 }", D "alarm = { blocked = 3, share = 0.02 }",
		sometimes_refused, 0, 1},
	{"alarm.lasts", "", D "alarm = { lasts = '30m' }", alarm_minutes, 120, 30},
	{"alarm.longest", "", D "alarm = { longest = '3h' }", minutes_again, 240, 180},
	{"alarm.hard", "", D "alarm = { hard = 0.1 }", list_is_bad, 1, 0},
	{"alarm.failed", "", D "alarm = { failed = 0.2 }", mail_fails, 1, 0},
	{"alarm.volume", "", D "alarm = { volume = 50 }", small_list_is_bad, 0, 1},
	{"wait.min", "", D "wait = { min = '1m' }", stated_short, 30, 60},
	{"wait.max", "", D "wait = { max = '1h' }", stated_long, 43200, 3600},
	{"wait.jitter", D "wait = { jitter = 0 }", D "wait = { jitter = 0.5 }", spread_stated, 1,
		2},
	{"hold.lasts", "", D "hold = { lasts = '30m' }", hold_minutes, 120, 30},
	{"lifetime", "", D "lifetime = '7d'", old_goes, 1, 0},
	{"mode", "", D "mode = 'observe'", unknown_once, 1, 0},
	{"backscatter", "", D "backscatter = 'refuse'", refuses_backscatter, 0, 1},

	{"domains", "rebuff.provider 'corp'",
		"rebuff.provider('corp').domains = { 'corp.example' }", known_by_domain, 0, 1},
	{"mx", "rebuff.provider 'corp'", "rebuff.provider('corp').mx = { '.corp-mail.example' }",
		known_by_mx, 0, 1},
	{"name", "rebuff.provider 'corp'", "rebuff.provider('corp').name = 'Corp Mail'", name_told,
		0, 1},
	{"postmaster", "rebuff.provider 'corp'",
		"rebuff.provider('corp').postmaster = 'https://postmaster.corp.example'",
		postmaster_told, 0, 1},
	{"delist", "rebuff.provider 'corp'",
		"rebuff.provider('corp').delist = 'https://delist.corp.example'", delist_told, 0,
		1},

	{"classify", "", "function rebuff.default.classify(event) return 'mailbox-full' end",
		unknown_once, 1, 0},
	{"decide", "",
		"function rebuff.default.decide(event, decision) return decision:retry { after = "
		"'3m' } end",
		first_wait, 900, 180},
	{"suppress", "",
		"function rebuff.default.suppress(event, suppression) return suppression:skip() "
		"end",
		unknown_once, 1, 0},
	{"classification.category", "",
		"function rebuff.default.classify() return { category = 'mailbox-full' } end",
		category_of_phrase, REBUFF_UNCLASSIFIED, REBUFF_MAILBOX_FULL},
	{"classification.fault", "",
		"function rebuff.default.classify() return { fault = 'us' } end", fault_of_phrase,
		REBUFF_FAULT_UNKNOWN, REBUFF_FAULT_US},
	{"classification.action", "",
		"function rebuff.default.classify() return { action = 'bounce' } end",
		action_of_phrase, REBUFF_ACTION_SUPPRESS, REBUFF_ACTION_BOUNCE},
	{"classification.scope", "",
		"function rebuff.default.classify() return { scope = 'recipient' } end",
		scope_of_phrase, REBUFF_SCOPE_NONE, REBUFF_SCOPE_RECIPIENT},
	{"classification.wait", "",
		"function rebuff.default.classify() return { wait = '77s' } end", first_wait, 900,
		77},
	{"decision.retry.after",
		"function rebuff.default.decide(e, d) return d:retry { after = '3m' } end",
		"function rebuff.default.decide(e, d) return d:retry { after = '4m' } end",
		first_wait, 180, 240},
	{"decision.hold.lasts", "function rebuff.default.decide(e, d) return d:hold() end",
		"function rebuff.default.decide(e, d) return d:hold { lasts = '5m' } end",
		hold_minutes, 120, 5},
	{"decision.suppress.lasts", "function rebuff.default.decide(e, d) return d:suppress() end",
		"function rebuff.default.decide(e, d) return d:suppress { lasts = '9d' } end",
		days_listed, 180, 9},
	{"decision.suppress.scope", "function rebuff.default.decide(e, d) return d:suppress() end",
		"function rebuff.default.decide(e, d) return d:suppress { scope = 'stream' } end",
		listed_for_others, 1, 0},
	{"suppression.change.lasts", "",
		"function rebuff.default.suppress(e, s) return s:change { lasts = '9d' } end",
		days_listed, 180, 9},
	{"suppression.change.scope", "",
		"function rebuff.default.suppress(e, s) return s:change { scope = 'domain' } end",
		listed_for_others, 1, 0},

	{"decision.reason", "function rebuff.default.decide(e, d) return d:slow() end",
		"function rebuff.default.decide(e, d) return d:slow { reason = 'our words' } end",
		reason_told, 0, 1},
	{"suppression.skip.reason", "function rebuff.default.suppress(e, s) return s:skip() end",
		"function rebuff.default.suppress(e, s) return s:skip { reason = 'our words' } end",
		reason_told, 0, 1},

	{"rule.text", "", FOX " }", category_of_phrase, REBUFF_UNCLASSIFIED, REBUFF_MAILBOX_FULL},
	{"rule.any", "",
		"rebuff.rules:add { any = { 'nothing', 'brown-fox' }, category = 'policy' }",
		category_of_phrase, REBUFF_UNCLASSIFIED, REBUFF_POLICY},
	{"rule.words", "rebuff.rules:add { text = 'rown-fox', category = 'policy' }",
		"rebuff.rules:add { text = 'rown-fox', category = 'policy', words = true }",
		category_of_phrase, REBUFF_POLICY, REBUFF_UNCLASSIFIED},
	{"rule.code", FOX " }", FOX ", code = 4 }", category_of_phrase, REBUFF_MAILBOX_FULL,
		REBUFF_UNCLASSIFIED},
	{"rule.enhanced", FOX " }", FOX ", enhanced = '5.1.*' }", category_of_phrase,
		REBUFF_MAILBOX_FULL, REBUFF_UNCLASSIFIED},
	{"rule.stage", FOX " }", FOX ", stage = 'banner' }", category_of_phrase,
		REBUFF_MAILBOX_FULL, REBUFF_UNCLASSIFIED},
	{"rule.category", FOX " }", "rebuff.rules:add { text = 'brown-fox', category = 'policy' }",
		category_of_phrase, REBUFF_MAILBOX_FULL, REBUFF_POLICY},
	{"rule.fault", FOX " }", FOX ", fault = 'receiver' }", fault_of_phrase,
		REBUFF_FAULT_RECIPIENT, REBUFF_FAULT_RECEIVER},
	{"rule.action", FOX " }", FOX ", action = 'bounce' }", action_of_phrase, REBUFF_ACTION_SOFT,
		REBUFF_ACTION_BOUNCE},
	{"rule.scope", FOX " }", FOX ", scope = 'url' }", scope_of_phrase, REBUFF_SCOPE_NONE,
		REBUFF_SCOPE_URL},
	{"rule.confidence", FOX " }", FOX ", confidence = 0.6 }", percent_of_phrase, 90, 60},
	{"rule.weight", FOX " } rebuff.rules:add { text = 'quick', category = 'policy' }",
		FOX " } rebuff.rules:add { text = 'quick', category = 'policy', weight = 50 }",
		category_of_phrase, REBUFF_MAILBOX_FULL, REBUFF_POLICY},
	{"rule.only_here",
		"rebuff.provider('corp').replies:add { text = 'brown-fox', category = 'policy' }",
		"rebuff.provider('corp').replies:add { text = 'brown-fox', category = 'policy', "
		"only_here = true }",
		elsewhere, REBUFF_POLICY, REBUFF_UNCLASSIFIED},
	{"rule.source", FOX " }", FOX ", source = 'our words' }", explained, 0, 1},
	{"rule.note", FOX " }", FOX ", note = 'our words' }", explained, 0, 1},
	{"stream.name", "rebuff.streams:add { name = 'x', sender = 'shop@*' }",
		"rebuff.streams:add { name = 'shop', sender = 'shop@*' }", known_stream, 0, 1},
	{"stream.sender", "rebuff.streams:add { name = 'shop', sender = 'other@*' }",
		"rebuff.streams:add { name = 'shop', sender = { 'x@*', 'shop@*.example' } }",
		known_stream, 0, 1},

	/* Who it is said of: the narrower wins. */
	{"", RETRY "{ first = '1m' }",
		CORP "p.retry['system-error'] = { first = '2m' } " RETRY "{ first = '1m' }",
		first_wait, 60, 120},
	{"", CORP "p.retry['system-error'] = { first = '2m' }",
		CORP "p.retry['system-error'] = { first = '2m' } "
		     "rebuff.stream('sender.example').retry['system-error'] = { first = '3m' }",
		first_wait, 120, 180},
	{"",
		CORP "rebuff.stream('sender.example').retry['system-error'] = { first = '3m' } "
		     "p.stream('other').retry['system-error'] = { first = '4m' }",
		CORP "rebuff.stream('sender.example').retry['system-error'] = { first = '3m' } "
		     "p.stream('sender.example').retry['system-error'] = { first = '4m' }",
		first_wait, 180, 240},
	{"", RETRY "{ first = '1m' }",
		RETRY "{ first = '1m' } rebuff.source('192.0.2.7').retry['system-error'] = { first "
		      "= '5m' }",
		source_wait, 60, 300},
	{"", RETRY "{ first = '1m' }",
		RETRY "{ first = '1m' } " CORP
		      "p.source('192.0.2.7').retry['system-error'] = { first = '6m' }",
		source_wait, 60, 360},
	{"", "", "rebuff.stream('sender.example').lifetime = '7d'", old_goes, 1, 0},
	{"", D "alarm = { blocked = 13 }",
		D "alarm = { blocked = 13 } " CORP "p.alarm = { blocked = 12 }", refused_twelve, 0,
		1},
	{"", D "alarm = { hard = 0.1 }",
		D "alarm = { hard = 0.1 } rebuff.stream('sender.example').alarm = { hard = 0.02 }",
		list_is_bad, 0, 1},
	{"", "", "rebuff.stream('sender.example').mode = 'observe'", unknown_once, 1, 0},
	{"", "", "rebuff.stream('sender.example').suppress['address-bad'] = false", unknown_once, 1,
		0},
	{"",
		D
		"soft = { after = 2 } rebuff.stream('sender.example').suppress['mailbox-full'] = { "
		"lasts = '1d' }",
		D "soft = { after = 2 } rebuff.stream('sender.example').soft = false", full_twice,
		1, 0},
	{"", "", "rebuff.stream('sender.example').hold = { lasts = '30m' }", hold_minutes, 120, 30},
	{"", "", D "bare = false", unknown_once, 1, 1},
};

static void heed(void *ud, rebuff_level level, const char *message)
{
	const struct row *r = ud;
	if (level == REBUFF_LOG_ERROR)
		fail_msg("%s: %s", r->key, message);
}

static int64_t play(const struct row *r, const char *lua)
{
	folder f;
	world w = {.wall = 1800000000000, .boot = 1000000};
	rebuff_error err = {0};
	folder_make(&f);
	folder_write(&f, "rules/zz.lua", rules, sizeof rules - 1);
	folder_write(&f, "providers/zz.lua", lua, strlen(lua));
	rebuff_options o = {.size = sizeof o,
		.data_dir = "lua",
		.config_dir = f.dir,
		.state_file = ":memory:",
		.log = {.ud = (void *)(uintptr_t)r, .write = heed},
		.clock = {.ud = &w, .wall_ms = wall_ms, .boot_ms = boot_ms}};
	rebuff_status status = rebuff_open(&o, &w.ctx, &err);
	folder_remove(&f);
	if (status != REBUFF_OK)
		fail_msg("%s: %s", r->key, err.text);
	w.ctx->trial = true;
	int64_t got = r->scenario(&w);
	rebuff_close(&w.ctx);
	return got;
}

static void test_each_word_changes_something(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		const struct row *r = &rows[i];
		char name[256];
		snprintf(name, sizeof name, "%s without [%s]", r->key, r->after);
		assert_row_int(name, play(r, r->before), r->want_before);
		snprintf(name, sizeof name, "%s with [%s]", r->key, r->after);
		assert_row_int(name, play(r, r->after), r->want_after);
	}
}

/* ---- a small policy
 * ------------------------------------------------------------------------------
 */

static folder small;

/* The shipped folder with two providers and no rules: it loads some hundred times here. */
static int make_small(void **state)
{
	static const char *const files[] = {"schema.lua", "defaults.lua"};
	static const char two[] = "rebuff.provider 'gmail' rebuff.provider 'yahoo'";
	char top[1024], from[1100], to[160];
	if (!getcwd(top, sizeof top))
		fail_msg("getcwd");
	(void)state;
	folder_make(&small);
	for (size_t i = 0; i < 2; i++) {
		snprintf(from, sizeof from, "%s/lua/%s", top, files[i]);
		snprintf(to, sizeof to, "%s/%s", small.dir, files[i]);
		if (symlink(from, to) != 0)
			fail_msg("%s", to);
	}
	folder_write(&small, "providers/two.lua", two, sizeof two - 1);
	return 0;
}

static int remove_small(void **state)
{
	(void)state;
	folder_remove(&small);
	return 0;
}

/* ---- words of cases
 * ------------------------------------------------------------------------------
 */

#define TO "recipient = 'a@remote.example', "
#define DEAD "reply = '550 5.1.1 zz unknown'"
#define SOFT "reply = '450 4.3.2 zz busy'"
#define SOURCE "rebuff.source('192.0.2.7').retry['system-error'] = { first = '5m' } "
#define MX "rebuff.provider('corp').mx = { '.corp.example' } "
#define NEWS "rebuff.streams:add { name = 'news', sender = 'news@*' } "

/* Cases that pass; and the same with the word left out or said otherwise, which do not. */
static const struct {
	const char *key, *policy, *passes, *fails;
} cases[] = {
	{"case.recipient", "", TO "{ " DEAD ", expect = { suppressed = true } }",
		"{ " DEAD ", expect = { suppressed = true } }"},
	{"case.sender", NEWS, TO "sender = 'news@x.example', { expect = { stream = 'news' } }",
		TO "sender = 'shop@x.example', { expect = { stream = 'news' } }"},
	{"case.mx", MX, TO "mx = 'mx.corp.example', { expect = { provider = 'corp' } }",
		TO "mx = 'mx.other.example', { expect = { provider = 'corp' } }"},
	{"case.source", SOURCE, TO "source = '192.0.2.7', { " SOFT ", expect = { next = '5m' } }",
		TO "source = '192.0.2.8', { " SOFT ", expect = { next = '5m' } }"},
	{"case.stage", "", TO "stage = 'rcpt', { " DEAD ", expect = { suppressed = true } }",
		TO "stage = 'banner', { " DEAD ", expect = { suppressed = true } }"},
	{"step.after", "", TO "{ " SOFT " }, { after = '15m', expect = { gate = 'go' } }",
		TO "{ " SOFT " }, { after = '14m', expect = { gate = 'go' } }"},
	{"step.reply", "", TO "{ " DEAD ", expect = { suppressed = true } }",
		TO "{ expect = { suppressed = true } }"},
	{"step.recipient", "",
		TO "{ " DEAD " }, { recipient = 'b@remote.example', expect = { suppressed = false "
		   "} }",
		TO "{ " DEAD " }, { expect = { suppressed = false } }"},
	{"step.sender", NEWS, TO "{ sender = 'news@x.example', expect = { stream = 'news' } }",
		TO "{ expect = { stream = 'news' } }"},
	{"step.mx", MX, TO "{ mx = 'mx.corp.example', expect = { provider = 'corp' } }",
		TO "{ expect = { provider = 'corp' } }"},
	{"step.source", SOURCE, TO "{ source = '192.0.2.7', " SOFT ", expect = { next = '5m' } }",
		TO "{ " SOFT ", expect = { next = '5m' } }"},
	{"step.stage", "", TO "{ stage = 'banner', " DEAD ", expect = { suppressed = false } }",
		TO "{ " DEAD ", expect = { suppressed = false } }"},
	{"step.message", "", TO "{ " SOFT " }, { message = 'other', expect = { gate = 'go' } }",
		TO "{ " SOFT " }, { expect = { gate = 'go' } }"},
	{"step.times", "rebuff.default.breaker = { at_least = 4 } ",
		TO "{ " DEAD ", times = 9 }, { " DEAD ", expect = { suppressed = false } }",
		TO "{ " DEAD ", times = 1 }, { " DEAD ", expect = { suppressed = false } }"},
	{"expect.gate", "", TO "{ " SOFT " }, { expect = { gate = 'wait' } }",
		TO "{ " SOFT " }, { expect = { gate = 'go' } }"},
	{"expect.category", "", TO "{ " DEAD ", expect = { category = 'address-bad' } }",
		TO "{ " DEAD ", expect = { category = 'mailbox-full' } }"},
	{"expect.fault", "", TO "{ " DEAD ", expect = { fault = 'recipient' } }",
		TO "{ " DEAD ", expect = { fault = 'us' } }"},
	{"expect.action", "", TO "{ " DEAD ", expect = { action = 'suppress' } }",
		TO "{ " DEAD ", expect = { action = 'bounce' } }"},
	{"expect.provider", "", TO "{ expect = { provider = 'remote.example' } }",
		TO "{ expect = { provider = 'gmail' } }"},
	{"expect.stream", "", TO "{ expect = { stream = 'localhost' } }",
		TO "{ expect = { stream = 'news' } }"},
	{"expect.what", "", TO "{ " SOFT ", expect = { what = 'retry' } }",
		TO "{ " SOFT ", expect = { what = 'bounce' } }"},
	{"expect.next", "", TO "{ " SOFT ", expect = { next = '15m' } }",
		TO "{ " SOFT ", expect = { next = '16m' } }"},
	{"expect.suppressed", "", TO "{ " DEAD ", expect = { suppressed = true } }",
		TO "{ " DEAD ", expect = { suppressed = false } }"},
	{"expect.lasts", "", TO "{ " DEAD ", expect = { lasts = '180d' } }",
		TO "{ " DEAD ", expect = { lasts = '90d' } }"},
	{"expect.held", "", TO "{ reply = '421 zz halt', expect = { held = true } }",
		TO "{ reply = '421 zz halt', expect = { held = false } }"},
	{"expect.slowed", "", TO "{ reply = '421 zz slowly', expect = { slowed = true } }",
		TO "{ reply = '421 zz slowly', expect = { slowed = false } }"},
};

static void count_passed(void *ud, const rebuff_case *result)
{
	*(int *)ud += result->passed;
}

/* 1: the case passes; 0: it does not, or is no case. */
static int64_t try_case(const char *policy, const char *body)
{
	folder f;
	char text[1024], file[128];
	int passed = 0;
	rebuff_error err = {0};
	folder_make(&f);
	folder_write(&f, "rules/zz.lua", rules, sizeof rules - 1);
	folder_write(&f, "providers/zz.lua", policy, strlen(policy));
	int n = snprintf(text, sizeof text, "test 'x' { %s }\n", body);
	folder_write(&f, "case.lua", text, (size_t)n);
	snprintf(file, sizeof file, "%s/case.lua", f.dir);
	const char *const files[] = {file};
	const rebuff_options o = {.size = sizeof o, .data_dir = small.dir, .config_dir = f.dir};
	rebuff_status status = rebuff_policy_test(&o, files, 1, count_passed, &passed, &err);
	folder_remove(&f);
	return status == REBUFF_OK && passed == 1;
}

static void test_each_word_of_a_case_changes_something(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		assert_row_int(cases[i].passes, try_case(cases[i].policy, cases[i].passes), 1);
		assert_row_int(cases[i].fails, try_case(cases[i].policy, cases[i].fails), 0);
	}
}

/* ---- every word
 * ----------------------------------------------------------------------------------
 */

static bool has_row(const char *key)
{
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		if (strcmp(rows[i].key, key) == 0 && rows[i].want_before != rows[i].want_after)
			return true;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		if (strcmp(cases[i].key, key) == 0)
			return true;
	return false;
}

static void test_no_word_is_without_a_row(void **state)
{
	rbf_config *c;
	rebuff_error err = {0};
	(void)state;
	if (rbf_config_load("lua", "", 0, &(rebuff_log){0}, &c, &err) != REBUFF_OK)
		fail_msg("%s", err.text);
	for (size_t i = 0; i < c->schema->n; i++)
		if (!has_row(c->schema->word[i].key))
			fail_msg("%s: no row changes anything by it", c->schema->word[i].key);
	rbf_config_unref(c);
}

/* Another value than the default, as a file says it. */
static const char *other_value(const rbf_word *w)
{
	switch (w->type) {
	case RBF_TYPE_TIME:
	case RBF_TYPE_LASTS:
		return "'3h'";
	case RBF_TYPE_STEPS:
		return "{ '3h' }";
	case RBF_TYPE_RATE:
		return strcmp(w->key, "pace.floor") == 0 ? "'2/min'" : "'30/min'";
	case RBF_TYPE_NUMBER:
		return w->min >= 1 ? "3" : "0.3";
	case RBF_TYPE_COUNT:
		return "25";
	case RBF_TYPE_FLAG:
		return w->value.flag ? "false" : "true";
	case RBF_TYPE_CHOICE:
		return w->value.choice ? w->of[0] : w->of[1];
	default:
		return NULL;
	}
}

static const struct {
	const char *lua, *stream, *source;
	int provider; /* 1: at gmail alone */
	unsigned where;
} places[] = {
	{"rebuff.default", "", "", 0, RBF_AT_DEFAULT},
	{"rebuff.provider('gmail')", "", "", 1, RBF_AT_PROVIDER},
	{"rebuff.stream('news')", "news", "", 0, RBF_AT_STREAM},
	{"rebuff.provider('gmail').stream('news')", "news", "", 1, RBF_AT_STREAM},
	{"rebuff.source('192.0.2.7')", "", "192.0.2.7", 0, RBF_AT_SOURCE},
	{"rebuff.provider('gmail').source('192.0.2.7')", "", "192.0.2.7", 1, RBF_AT_SOURCE},
};

typedef struct {
	char name[96];
	bool ours; /* the value in force is that of the file */
} seeking;

static void seek(void *ud, const char *name, const char *value, const char *origin)
{
	seeking *s = ud;
	(void)value;
	if (strcmp(name, s->name) == 0)
		s->ours = strstr(origin, "/defaults.lua:1") != NULL;
}

static bool in_force(const rbf_config *c, const char *name, const char *provider,
	const char *stream, const char *source)
{
	seeking s = {.ours = false};
	int n = provider[0] ? rbf_providers_add(c->providers, rbf_span_of(provider)) : -1;
	snprintf(s.name, sizeof s.name, "%s", name);
	rbf_config_show(c, n, rbf_span_of(stream), rbf_span_of(source), seek, &s);
	return s.ours;
}

/* The word with another value at one place: where it may stand it is in force for that mail, told
 * with its line, and for no other. */
static void say_at(const rbf_word *w, size_t place)
{
	folder f;
	rbf_config *c;
	rebuff_error err = {0};
	char lua[256], name[96];
	const char *dot = strchr(w->key, '.'), *value = other_value(w);
	const char *quote = w->type == RBF_TYPE_CHOICE ? "'" : "";
	int group = dot ? (int)(dot - w->key) : 0;
	bool by_category =
		strncmp(w->key, "retry.", 6) == 0 || strncmp(w->key, "suppress.", 9) == 0;
	snprintf(name, sizeof name, "%.*s%s%s%s", dot ? group : 0, w->key,
		by_category ? "[\"system-error\"]" : "", dot ? "." : "", dot ? dot + 1 : w->key);
	if (dot)
		snprintf(lua, sizeof lua, "%s.%.*s%s = { %s = %s%s%s }", places[place].lua, group,
			w->key, by_category ? "['system-error']" : "", dot + 1, quote, value,
			quote);
	else
		snprintf(lua, sizeof lua, "%s.%s = %s%s%s", places[place].lua, w->key, quote, value,
			quote);
	folder_make(&f);
	folder_write(&f, "defaults.lua", lua, strlen(lua));
	rebuff_status status = rbf_config_load(small.dir, f.dir, 0, &(rebuff_log){0}, &c, &err);
	folder_remove(&f);
	if (!(w->where & places[place].where)) {
		assert_row_int(lua, status, REBUFF_EPOLICY);
		if (!strstr(err.text, "cannot be said of") &&
			!strstr(err.text, "has nothing called"))
			fail_msg("%s: %s", lua, err.text);
		return;
	}
	if (status != REBUFF_OK)
		fail_msg("%s: %s", lua, err.text);
	assert_row_int(
		lua, in_force(c, name, "gmail", places[place].stream, places[place].source), true);
	assert_row_int(lua, in_force(c, name, "yahoo", places[place].stream, places[place].source),
		!places[place].provider);
	if (places[place].stream[0] || places[place].source[0])
		assert_row_int(lua, in_force(c, name, "gmail", "else", "192.0.2.9"), false);
	rbf_config_unref(c);
}

static void test_each_word_at_each_place(void **state)
{
	rbf_config *c;
	rebuff_error err = {0};
	size_t said = 0;
	(void)state;
	if (rbf_config_load("lua", "", 0, &(rebuff_log){0}, &c, &err) != REBUFF_OK)
		fail_msg("%s", err.text);
	for (size_t i = 0; i < c->schema->n; i++) {
		const rbf_word *w = &c->schema->word[i];
		/* hooks: test_hooks.c; what a provider is has one place */
		if (!w->where || w->where == RBF_AT_PROVIDER || !other_value(w))
			continue;
		for (size_t p = 0; p < sizeof places / sizeof *places; p++, said++)
			say_at(w, p);
	}
	assert_true(said > 150);
	rbf_config_unref(c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_each_word_changes_something),
		cmocka_unit_test(test_each_word_of_a_case_changes_something),
		cmocka_unit_test(test_no_word_is_without_a_row),
		cmocka_unit_test(test_each_word_at_each_place),
	};
	return cmocka_run_group_tests_name("keys", tests, make_small, remove_small);
}
