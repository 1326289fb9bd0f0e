#include "command/classification.h"

#include <string.h>

#include "common/when.h"

/* Text of a reply may be of any encoding: bytes that are no UTF-8 are shown as \xHH by the library,
 * so what arrives here is printable ASCII. */
static void set_text(json_t *o, const char *name, const char *value)
{
	if (value[0])
		json_object_set_new(o, name, json_string(value));
}

json_t *classification_object(const rebuff_classification *c)
{
	char when[WHEN_MAX];
	json_t *o = json_pack("{s:i, s:s, s:s, s:s, s:b, s:s, s:s, s:s, s:f}", "code", (int)c->code,
		"enhanced", c->enhanced, "category", rebuff_category_name(c->category), "fault",
		rebuff_fault_name(c->fault), "permanent", (int)c->permanent, "action",
		rebuff_action_name(c->action), "provider", c->provider, "rule", c->rule,
		"confidence", (double)(int)(c->confidence * 100 + 0.5) / 100);
	if (!o)
		return NULL;
	if (c->scope != REBUFF_SCOPE_NONE)
		set_text(o, "scope", rebuff_scope_name(c->scope));
	if (c->wait_s)
		json_object_set_new(o, "wait_s", json_integer(c->wait_s));
	if (c->wait_until_s)
		set_text(o, "wait_until", when_utc(c->wait_until_s * 1000, when));
	if (c->fact_limit)
		json_object_set_new(o, "limit", json_integer(c->fact_limit));
	if (c->truncated)
		json_object_set_new(o, "truncated", json_true());
	set_text(o, "evidence", c->evidence);
	set_text(o, "ip", c->fact_ip);
	set_text(o, "address", c->fact_address);
	set_text(o, "list", c->fact_list);
	set_text(o, "url", c->fact_url);
	set_text(o, "domain", c->fact_domain);
	set_text(o, "auth", c->fact_auth);
	set_text(o, "tag", c->fact_tag);
	return o;
}

bool classification_write(FILE *out, json_t *o)
{
	const size_t form = JSON_COMPACT | JSON_PRESERVE_ORDER | JSON_REAL_PRECISION(3);
	bool ok = o && json_dumpf(o, out, form) == 0 && putc('\n', out) != EOF;
	json_decref(o);
	return ok;
}

bool classification_json(FILE *out, const rebuff_classification *c)
{
	return classification_write(out, classification_object(c));
}

static const char *paint(rebuff_action action)
{
	switch (action) {
	case REBUFF_ACTION_SUPPRESS:
	case REBUFF_ACTION_HOLD:
		return "\033[31m";
	case REBUFF_ACTION_SOFT:
	case REBUFF_ACTION_BOUNCE:
		return "\033[33m";
	case REBUFF_ACTION_RETRY:
	case REBUFF_ACTION_SLOW:
		return "\033[36m";
	default:
		return "\033[32m";
	}
}

/* Names step back behind what they name. */
typedef struct {
	FILE *out;
	const char *dim, *end;
} page;

static void show_line(const page *p, const char *name, const char *value)
{
	if (value[0])
		fprintf(p->out, "  %s%-11s%s %s\n", p->dim, name, p->end, value);
}

static const char *consequence(rebuff_action action)
{
	static const char *const text[REBUFF_ACTION_N] = {[REBUFF_ACTION_NONE] = "nothing to do",
		[REBUFF_ACTION_RETRY] = "try again later",
		[REBUFF_ACTION_SLOW] = "try again later, and slow down for this provider",
		[REBUFF_ACTION_SOFT] = "this message bounces; one soft bounce for the address",
		[REBUFF_ACTION_SUPPRESS] = "this message bounces; stop mailing the address",
		[REBUFF_ACTION_BOUNCE] = "this message bounces; the address is left alone",
		[REBUFF_ACTION_HOLD] = "hold mail for this provider"};
	return (unsigned)action < REBUFF_ACTION_N ? text[action] : "";
}

void classification_show(FILE *out, const rebuff_classification *c, bool colour)
{
	char number[64];
	const page p = {out, colour ? "\033[2m" : "", colour ? "\033[0m" : ""};
	fprintf(out, "%s%s%s%s: %s\n", colour ? "\033[1m" : "", colour ? paint(c->action) : "",
		rebuff_category_name(c->category), p.end, consequence(c->action));
	(void)snprintf(
		number, sizeof number, "%u%s%s", c->code, c->enhanced[0] ? " " : "", c->enhanced);
	show_line(&p, "code", c->code || c->enhanced[0] ? number : "none");
	show_line(&p, "fault", rebuff_fault_name(c->fault));
	show_line(&p, "action", rebuff_action_name(c->action));
	if (c->scope != REBUFF_SCOPE_NONE)
		show_line(&p, "about", rebuff_scope_name(c->scope));
	show_line(&p, "provider", c->provider[0] ? c->provider : "unknown");
	show_line(&p, "because", c->evidence);
	show_line(&p, "rule", c->rule);
	(void)snprintf(number, sizeof number, "%.0f %%", c->confidence * 100);
	show_line(&p, "confidence", number);
	if (c->runner_up != REBUFF_UNCLASSIFIED)
		fprintf(out, "  %s%-11s%s %s (%s)\n", p.dim, "next best", p.end,
			rebuff_category_name(c->runner_up), c->runner_up_rule);
	if (c->wait_s) {
		(void)snprintf(number, sizeof number, "%lld s", (long long)c->wait_s);
		show_line(&p, "wait", number);
	}
	if (c->wait_until_s) {
		char when[WHEN_MAX];
		show_line(&p, "wait until", when_utc(c->wait_until_s * 1000, when));
	}
	if (c->fact_limit) {
		(void)snprintf(number, sizeof number, "%lld", (long long)c->fact_limit);
		show_line(&p, "limit", number);
	}
	show_line(&p, "address", c->fact_address);
	show_line(&p, "ip", c->fact_ip);
	show_line(&p, "list", c->fact_list);
	show_line(&p, "domain", c->fact_domain);
	show_line(&p, "auth", c->fact_auth);
	show_line(&p, "tag", c->fact_tag);
	show_line(&p, "see", c->fact_url);
}
