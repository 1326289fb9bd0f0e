/* fuzz_hooks.c - the body of the hook decide: whatever it does, it ends within its bounds, what it
 * returns is a decision that can be carried out, and a failure leaves the decision as it was. */
#include "fuzz.h"
#include "policy.h"

static const int64_t now = 1800000000000;

static void call(rbf_config *c, bool failed)
{
	rebuff_classification reply = {.size = sizeof reply,
		.code = failed ? 552 : 452,
		.category = REBUFF_MAILBOX_FULL,
		.fault = REBUFF_FAULT_RECIPIENT};
	const rbf_hook_event event = {.reply = &reply,
		.text = RBF_LIT("452 4.2.2 Mailbox of 250 MB full"),
		.recipient = RBF_LIT("a@remote.example"),
		.sender = RBF_LIT("shop@sender.example"),
		.stream = "shop",
		.provider = "corp",
		.stage = REBUFF_STAGE_RCPT,
		.failed = failed,
		.attempts = 2,
		.now_ms = now,
		.age_s = 60};
	rbf_decision d = {.what = failed ? RBF_DECIDE_FAIL : RBF_DECIDE_RETRY, .due_ms = now + 1};
	const rbf_decision before = d;
	rbf_suppress_rule rule;
	rbf_hook_state s = {.failures = 0}, after = {.failures = 0};
	size_t held = c->hooks->sandbox.held;
	(void)rbf_hook_state_of(c->hooks, 0, &s);
	rbf_hook_decide(c->hooks, -1, &event, &c->fallback, &d, &rule);
	(void)rbf_hook_state_of(c->hooks, 0, &after);
	if (after.failures != s.failures && (d.what != before.what || d.due_ms != before.due_ms))
		abort();
	if (failed ? d.what != RBF_DECIDE_FAIL
		   : d.what != RBF_DECIDE_RETRY && d.what != RBF_DECIDE_GIVE_UP)
		abort();
	if (d.strike && (!d.rule || d.rule != &rule))
		abort();
	if (d.due_ms < now || d.due_ms > now + 15LL * 86400000 || d.hold_s < 0)
		abort();
	if (c->hooks->sandbox.held > held + rbf_bounds_hook.memory ||
		lua_gettop(c->hooks->sandbox.L) != 0)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static char text[8192];
	rebuff_error err;
	fuzz_policy_begin();
	if (size > 4096)
		return 0;
	int n = snprintf(text, sizeof text, "function rebuff.default.decide(event, decision)\n");
	memcpy(text + n, data, size);
	memcpy(text + n + (int)size, "\nend\n", 5);
	rbf_config *c = fuzz_policy_load(text, (size_t)n + size + 5, &err);
	if (c && c->hooks)
		for (int i = 0; i < 3; i++)
			call(c, i == 1);
	rbf_config_unref(c);
	return 0;
}
