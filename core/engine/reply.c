/* reply.c - a reply as a program hands it over: read, find the provider, classify. */
#include <stdio.h>

#include "base/buf.h"
#include "base/span.h"
#include "engine/context.h"
#include "engine/reply.h"

bool rbf_reply_blocked(const rebuff_classification *c)
{
	switch (c->category) {
	case REBUFF_IP_BLOCKED:
	case REBUFF_SENDER_REJECTED:
	case REBUFF_AUTH_FAILED:
	case REBUFF_POLICY:
	case REBUFF_CONTENT_BLOCKED:
		return c->fault != REBUFF_FAULT_RECIPIENT && c->fault != REBUFF_FAULT_RECEIVER;
	default:
		return false;
	}
}

static void tell(void (*step)(void *, const char *), void *ud, const char *what, const char *value)
{
	char line[REBUFF_TEXT_MAX + 32], shown[REBUFF_TEXT_MAX];
	if (!step)
		return;
	rbf_buf b = rbf_buf_of(line, sizeof line);
	(void)rbf_span_escape(shown, sizeof shown, rbf_span_of(value));
	rbf_buf_printf(&b, "%s: %s", what, shown);
	step(ud, line);
}

static void tell_reading(
	const rbf_reply *reply, rebuff_stage stage, void (*step)(void *, const char *), void *ud)
{
	char text[REBUFF_TEXT_MAX], enhanced[16];
	if (!step)
		return;
	rbf_enhanced_format(enhanced, reply->enhanced);
	(void)snprintf(text, sizeof text, "%u%s", reply->code, reply->code ? "" : " (none)");
	tell(step, ud, "code", text);
	tell(step, ud, "enhanced code", enhanced[0] ? enhanced : "none");
	(void)snprintf(text, sizeof text, "%u%s", reply->lines, reply->truncated ? ", cut" : "");
	tell(step, ud, "lines", text);
	(void)rbf_span_copy(text, sizeof text, reply->text);
	tell(step, ud, "text", text);
	(void)snprintf(text, sizeof text, "%s%s", rebuff_stage_name(stage),
		stage == REBUFF_STAGE_UNKNOWN ? " (rules that need one are silent)" : "");
	tell(step, ud, "stage", text);
}

/* How the provider was found: by its server, else by the recipient's domain. */
static void tell_provider(const rbf_providers *providers, rebuff_span mx, int provider,
	void (*step)(void *, const char *), void *ud)
{
	char text[REBUFF_TEXT_MAX];
	if (!step)
		return;
	bool by_mx = rbf_providers_find(providers, mx, RBF_LIT("")) >= 0;
	(void)snprintf(text, sizeof text, "%s%s",
		provider < 0 ? "unknown" : rbf_providers_id(providers, provider),
		provider < 0	? " (other providers' phrases count less)"
			: by_mx ? " (the MX host is its)"
				: " (the recipient's domain is its)");
	tell(step, ud, "provider", text);
}

static void tell_facts(const rebuff_classification *c, void (*step)(void *, const char *), void *ud)
{
	const struct {
		const char *name, *value;
	} facts[] = {{"states an IP address", c->fact_ip}, {"states an address", c->fact_address},
		{"states a list", c->fact_list}, {"states a page", c->fact_url},
		{"states a domain", c->fact_domain}, {"states authentication", c->fact_auth},
		{"states a tag", c->fact_tag}};
	char text[64];
	for (size_t i = 0; i < sizeof facts / sizeof *facts; i++)
		if (facts[i].value[0])
			tell(step, ud, facts[i].name, facts[i].value);
	if (c->wait_s) {
		(void)snprintf(text, sizeof text, "%lld s", (long long)c->wait_s);
		tell(step, ud, "states a wait", text);
	}
	if (c->fact_limit) {
		(void)snprintf(text, sizeof text, "%lld", (long long)c->fact_limit);
		tell(step, ud, "states a limit", text);
	}
}

rebuff_status rebuff_explain(const rebuff_ctx *ctx, const rebuff_reply *reply,
	rebuff_classification *out, void (*step)(void *ud, const char *line), void *ud)
{
	rbf_reply parsed;
	if (!ctx || !reply || !out)
		return REBUFF_EARG;
	rbf_config *config = rbf_ctx_config(ctx);
	rbf_reply_parse(reply->text, &parsed);
	rebuff_stage stage =
		reply->stage != REBUFF_STAGE_UNKNOWN ? reply->stage : rbf_reply_stage(reply->text);
	int provider =
		rbf_providers_find(config->providers, reply->mx_host, reply->recipient_domain);
	const char *id = rbf_providers_id(config->providers, provider);
	tell_reading(&parsed, stage, step, ud);
	tell_provider(config->providers, reply->mx_host, provider, step, ud);
	rbf_classify(config->rules, &parsed, provider, stage, out, step, ud);
	if (step)
		tell_facts(out, step, ud);
	(void)rbf_span_copy(out->provider, sizeof out->provider, rbf_span_of(id));
	if (out->category != REBUFF_DELIVERED && rbf_hook_any(config->hooks, RBF_HOOK_CLASSIFY)) {
		const rbf_hook_event event = {.reply = out,
			.text = reply->text,
			.host = reply->mx_host,
			.stream = "",
			.provider = out->provider,
			.stage = stage,
			.failed = parsed.code / 100 == 5,
			.now_ms = rbf_clock_now(&ctx->watch),
			.age_s = -1};
		bool called = rbf_hook_for(config->hooks, RBF_HOOK_CLASSIFY, provider, &event) !=
			SIZE_MAX;
		rbf_hook_classify(config->hooks, provider, &event, out);
		if (called)
			tell(step, ud, "after the hook classify",
				rebuff_category_name(out->category));
	}
	rbf_config_unref(config);
	return REBUFF_OK;
}

rebuff_status rebuff_classify(
	const rebuff_ctx *ctx, const rebuff_reply *reply, rebuff_classification *out)
{
	return rebuff_explain(ctx, reply, out, NULL, NULL);
}
