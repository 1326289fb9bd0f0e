/*
 * fuzz_classify.c - any bytes as a reply, with any domain, host and stage, through every shipped
 * rule: nothing leaves its range, what is printed is printable, and some things always hold.
 */
#include <stdlib.h>

#include "base/span.h"
#include "classify/template.h"
#include "fuzz.h"

static void must(bool holds)
{
	if (!holds)
		abort();
}

static rebuff_ctx *context(void)
{
	static rebuff_ctx *ctx;
	rebuff_error err;
	rebuff_options o = {.size = sizeof o, .data_dir = "lua", .config_dir = ""};
	if (!ctx && rebuff_open(&o, &ctx, &err) != REBUFF_OK)
		abort();
	return ctx;
}

#define TEXT(field) must(is_text(c->field, sizeof c->field))

static bool is_text(const char *s, size_t cap)
{
	const char *end = memchr(s, '\0', cap);
	for (; end && s < end; s++)
		if ((unsigned char)*s < 0x20 || (unsigned char)*s == 0x7f)
			return false;
	return end;
}

static void check_ranges(const rebuff_classification *c)
{
	must(c->code == 0 || (c->code >= 200 && c->code <= 599));
	must((unsigned)c->category < REBUFF_CATEGORY_N && (unsigned)c->fault < REBUFF_FAULT_N);
	must((unsigned)c->action < REBUFF_ACTION_N && (unsigned)c->scope < REBUFF_SCOPE_N);
	must((unsigned)c->runner_up < REBUFF_CATEGORY_N);
	must(c->confidence >= 0 && c->confidence <= 1);
	must(c->wait_s >= 0 && c->wait_s <= 86400 && c->fact_limit >= 0);
	TEXT(enhanced);
	TEXT(rule);
	TEXT(runner_up_rule);
	TEXT(evidence);
	TEXT(provider);
	TEXT(fact_ip);
	TEXT(fact_address);
	TEXT(fact_list);
	TEXT(fact_url);
	TEXT(fact_domain);
	TEXT(fact_auth);
	TEXT(fact_tag);
}

static void check_meaning(const rebuff_classification *c, rebuff_stage stage)
{
	bool waits = c->action == REBUFF_ACTION_RETRY || c->action == REBUFF_ACTION_SLOW ||
		c->action == REBUFF_ACTION_HOLD;
	if (c->code >= 400)
		must(waits == (c->code < 500) || c->action == REBUFF_ACTION_HOLD);
	if (stage == REBUFF_STAGE_BANNER || stage == REBUFF_STAGE_EHLO ||
		stage == REBUFF_STAGE_MAIL)
		must(c->fault != REBUFF_FAULT_RECIPIENT && c->action != REBUFF_ACTION_SUPPRESS);
}

static void on_step(void *ud, const char *line)
{
	(void)ud;
	must(is_text(line, 4096));
}

/* Is the rule that is proposed one line of plain characters and tabs after another? */
static void check_rule(rebuff_span text)
{
	char form[RBF_TEMPLATE_MAX], rule[8192];
	rbf_buf b = rbf_buf_of(rule, sizeof rule);
	size_t n = rbf_template(text, form);
	must(n < sizeof form);
	if (rbf_template_phrases(&b, (rebuff_span){form, n}))
		must(!b.overflow && b.len > 8);
	for (size_t i = 0; i < b.len; i++)
		must(rule[i] >= 0x20 && rule[i] < 0x7f);
}

/* stage, length of domain, length of host, domain, host, reply */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	rebuff_classification c, explained;
	rebuff_span in = {(const char *)data, size};
	if (size < 3)
		return 0;
	rebuff_reply r = {.size = sizeof r, .stage = (rebuff_stage)(data[0] % REBUFF_STAGE_N)};
	r.recipient_domain = rbf_span_sub(in, 3, data[1] % 64);
	r.mx_host = rbf_span_sub(in, 3 + r.recipient_domain.len, data[2] % 64);
	r.text = rbf_span_sub(in, 3 + r.recipient_domain.len + r.mx_host.len, SIZE_MAX);
	must(rebuff_classify(context(), &r, &c) == REBUFF_OK);
	check_ranges(&c);
	check_meaning(&c, r.stage);
	if (data[0] & 0x80) {
		must(rebuff_explain(context(), &r, &explained, on_step, NULL) == REBUFF_OK);
		must(c.category == explained.category && strcmp(c.rule, explained.rule) == 0);
	}
	check_rule(r.text);
	return 0;
}
