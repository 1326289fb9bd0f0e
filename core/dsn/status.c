#include "dsn/status.h"

#include "base/span.h"
#include "dsn/fields.h"

typedef enum {
	FIELD_OTHER,
	FIELD_FINAL_RECIPIENT,
	FIELD_ORIGINAL_RECIPIENT,
	FIELD_ACTUAL_RECIPIENT,
	FIELD_ACTION,
	FIELD_STATUS,
	FIELD_DIAGNOSTIC,
	FIELD_REMOTE_MTA,
	FIELD_REPORTING_MTA,
	FIELD_ENVELOPE_ID,
	FIELD_SENDER,
	FIELD_MESSAGE_ID,
	FIELD_N
} field_id;

static field_id field_of(rebuff_span name)
{
	static const struct {
		const char *name;
		field_id id;
	} known[] = {
		{"Final-Recipient", FIELD_FINAL_RECIPIENT},
		{"Original-Recipient", FIELD_ORIGINAL_RECIPIENT},
		{"X-Actual-Recipient", FIELD_ACTUAL_RECIPIENT},
		{"Action", FIELD_ACTION},
		{"Status", FIELD_STATUS},
		{"Diagnostic-Code", FIELD_DIAGNOSTIC},
		{"Remote-MTA", FIELD_REMOTE_MTA},
		{"Reporting-MTA", FIELD_REPORTING_MTA},
		{"Original-Envelope-Id", FIELD_ENVELOPE_ID},
		{"X-Postfix-Sender", FIELD_SENDER},
		{"X-Original-Message-ID", FIELD_MESSAGE_ID},
		/* of Amazon's notices in JSON */
		{"emailAddress", FIELD_FINAL_RECIPIENT},
		{"diagnosticCode", FIELD_DIAGNOSTIC},
		{"reportingMTA", FIELD_REPORTING_MTA},
		{"remoteMtaIp", FIELD_REMOTE_MTA},
	};
	for (size_t i = 0; i < sizeof known / sizeof *known; i++)
		if (rbf_span_ieq(name, rbf_span_of(known[i].name)))
			return known[i].id;
	return FIELD_OTHER;
}

static rebuff_dsn_action action_of(rebuff_span value)
{
	value = rbf_span_trim(value);
	if (rbf_span_istarts(value, RBF_LIT("delayed")) ||
		rbf_span_istarts(value, RBF_LIT("delay")))
		return REBUFF_DSN_DELAYED;
	if (rbf_span_istarts(value, RBF_LIT("deliver")))
		return REBUFF_DSN_DELIVERED;
	if (rbf_span_istarts(value, RBF_LIT("relay")))
		return REBUFF_DSN_RELAYED;
	if (rbf_span_istarts(value, RBF_LIT("expand")))
		return REBUFF_DSN_EXPANDED;
	return rbf_span_istarts(value, RBF_LIT("fail")) ? REBUFF_DSN_FAILED : REBUFF_DSN_NONE;
}

static rebuff_span unfold(rbf_arena *arena, rebuff_span value)
{
	bool folded = false;
	for (size_t i = 0; i < value.len && !folded; i++)
		folded = value.p[i] == '\n' || value.p[i] == '\r' || value.p[i] == '\t';
	if (value.len > REBUFF_REPLY_MAX)
		value.len = REBUFF_REPLY_MAX;
	if (!folded)
		return value;
	char *p = rbf_arena_get(arena, value.len);
	return p ? (rebuff_span){p, rbf_field_unfold(p, value.len, value)} : (rebuff_span){"", 0};
}

/* An address as a report gives it: "rfc822; a@b". Some leave the type, some write "<a@b>" or a
 * system's own name, and what has no '@' may still be a local name. */
static rebuff_span address_of(rebuff_span value)
{
	rebuff_span a = rbf_field_typed(value);
	return a.len <= REBUFF_ADDRESS_MAX ? a : (rebuff_span){"", 0};
}

/* "X-Unix; 77" and "SMTP;" say nothing; "smtp; 550" at least the code. */
static bool says_something(rebuff_span diagnostic)
{
	size_t semi = rbf_span_chr(diagnostic, ';');
	rebuff_span value =
		semi == SIZE_MAX ? diagnostic : rbf_span_sub(diagnostic, semi + 1, SIZE_MAX);
	value = rbf_span_trim(value);
	for (size_t i = 0; i < value.len; i++)
		if (rbf_is_alpha((unsigned char)value.p[i]) || (unsigned char)value.p[i] >= 0x80)
			return true;
	return value.len >= 3 && rbf_span_istarts(diagnostic, RBF_LIT("smtp"));
}

/* "5.1.1 (bad destination mailbox)" -> "5.1.1" */
static rebuff_span status_of(rebuff_span value)
{
	size_t i = 0;
	value = rbf_span_trim(value);
	while (i < value.len && (rbf_is_digit((unsigned char)value.p[i]) || value.p[i] == '.'))
		i++;
	value.len = i < 12 ? i : 12;
	return value;
}

/* "4.4.0 (host name lookup failure)": the whole, where it has words. */
static rebuff_span comment_of(rbf_arena *arena, rebuff_span value)
{
	size_t open = rbf_span_chr(value, '(');
	if (open == SIZE_MAX || !says_something(rbf_span_sub(value, open, SIZE_MAX)))
		return (rebuff_span){"", 0};
	return unfold(arena, value);
}

/* "dns; [192.0.2.1]" -> "192.0.2.1" */
static rebuff_span host_of(rebuff_span value)
{
	rebuff_span host = rbf_field_typed(value);
	if (host.len > 2 && host.p[0] == '[' && host.p[host.len - 1] == ']')
		host = rbf_span_sub(host, 1, host.len - 2);
	return host;
}

typedef struct {
	rebuff_span value[FIELD_N];
	bool any; /* a field of a recipient was seen */
	bool gap; /* and a blank line after it */
} group;

static bool has(const group *g, field_id id)
{
	return g->value[id].len > 0;
}

static bool has_recipient(const group *g)
{
	return has(g, FIELD_FINAL_RECIPIENT) || has(g, FIELD_ORIGINAL_RECIPIENT) ||
		has(g, FIELD_ACTUAL_RECIPIENT);
}

/* The address that failed: Final-Recipient, else what the sender wrote, where the former is a
 * system's own name without a domain. */
static rebuff_span best_address(const group *g)
{
	static const field_id order[] = {
		FIELD_FINAL_RECIPIENT, FIELD_ORIGINAL_RECIPIENT, FIELD_ACTUAL_RECIPIENT};
	rebuff_span weak = {"", 0};
	for (size_t i = 0; i < sizeof order / sizeof *order; i++) {
		rebuff_span a = address_of(g->value[order[i]]);
		if (rbf_span_chr(a, '@') != SIZE_MAX)
			return a;
		if (weak.len == 0)
			weak = a;
	}
	return weak;
}

static void end_group(group *g, rbf_recipients *list)
{
	rbf_recipient *r = has_recipient(g) ? rbf_recipients_add(list, best_address(g)) : NULL;
	if (r) {
		rebuff_dsn_action action = action_of(g->value[FIELD_ACTION]);
		rebuff_span status = status_of(g->value[FIELD_STATUS]);
		r->original = address_of(g->value[FIELD_ORIGINAL_RECIPIENT]);
		/* Named twice: a failure beats what was said before it. */
		if (r->action == REBUFF_DSN_NONE || action == REBUFF_DSN_FAILED)
			r->action = action;
		if (status.len) {
			r->status = status;
			r->comment = comment_of(list->arena, g->value[FIELD_STATUS]);
		}
		r->local |= rbf_span_istarts(g->value[FIELD_DIAGNOSTIC], RBF_LIT("x-unix")) ||
			rbf_span_istarts(g->value[FIELD_ACTUAL_RECIPIENT], RBF_LIT("x-unix"));
		if (says_something(g->value[FIELD_DIAGNOSTIC]))
			r->reply = unfold(list->arena, g->value[FIELD_DIAGNOSTIC]);
		if (has(g, FIELD_REMOTE_MTA))
			r->mta = host_of(g->value[FIELD_REMOTE_MTA]);
	}
	*g = (group){.any = false};
}

static bool starts_next_group(const group *g, field_id id)
{
	bool names = id == FIELD_FINAL_RECIPIENT || id == FIELD_ORIGINAL_RECIPIENT ||
		id == FIELD_ACTUAL_RECIPIENT;
	return has(g, id) || (names && g->gap && has_recipient(g));
}

static void per_message(rbf_report *report, rbf_arena *arena, field_id id, rebuff_span value)
{
	rebuff_span typed = rbf_field_typed(value);
	if (id == FIELD_REPORTING_MTA && report->reporting_mta.len == 0)
		report->reporting_mta = host_of(value);
	else if (id == FIELD_ENVELOPE_ID && report->envelope_id.len == 0)
		report->envelope_id = unfold(arena, value);
	else if (id == FIELD_SENDER && report->sender.len == 0)
		report->sender = typed;
	else if (id == FIELD_MESSAGE_ID && report->message_id.len == 0)
		report->message_id = typed;
}

void rbf_status_read(rebuff_span text, rbf_recipients *list)
{
	group g = {.any = false};
	rbf_field f;
	while (rbf_field_next(&text, &f)) {
		field_id id = f.name.len ? field_of(f.name) : FIELD_OTHER;
		if (f.name.len == 0) {
			g.gap = g.any;
		} else if (id >= FIELD_REPORTING_MTA) {
			per_message(list->report, list->arena, id, f.value);
		} else if (id != FIELD_OTHER && f.value.len) {
			if (starts_next_group(&g, id))
				end_group(&g, list);
			g.value[id] = f.value;
			g.any = true;
			g.gap = false;
		}
	}
	end_group(&g, list);
}

bool rbf_status_sniff(rebuff_span text)
{
	bool recipient = false, said = false;
	rbf_field f;
	text = rbf_span_sub(text, 0, 64 * 1024);
	while (!(recipient && said) && rbf_field_next(&text, &f)) {
		field_id id = field_of(f.name);
		recipient |= id == FIELD_FINAL_RECIPIENT || id == FIELD_ORIGINAL_RECIPIENT;
		said |= id == FIELD_ACTION || id == FIELD_STATUS || id == FIELD_DIAGNOSTIC;
	}
	return recipient && said;
}

void rbf_feedback_read(rebuff_span text, rbf_recipients *list)
{
	rbf_report *r = list->report;
	rbf_field f;
	while (rbf_field_next(&text, &f)) {
		if (rbf_span_ieq(f.name, RBF_LIT("Feedback-Type")))
			r->feedback_type = rbf_field_typed(f.value);
		else if (rbf_span_ieq(f.name, RBF_LIT("Original-Mail-From")))
			r->sender = rbf_field_typed(f.value);
		else if (rbf_span_ieq(f.name, RBF_LIT("Original-Envelope-Id")))
			r->envelope_id = rbf_field_typed(f.value);
		else if (rbf_span_ieq(f.name, RBF_LIT("Reporting-MTA")))
			r->reporting_mta = rbf_field_typed(f.value);
		else if (rbf_span_ieq(f.name, RBF_LIT("Original-Rcpt-To")) ||
			rbf_span_ieq(f.name, RBF_LIT("Removal-Recipient")))
			(void)rbf_recipients_add(list, address_of(f.value));
	}
}

bool rbf_disposition_is_refusal(rebuff_span text)
{
	rebuff_span d = rbf_field_find(text, "Disposition");
	return rbf_span_istarts(d, RBF_LIT("automatic-action")) &&
		rbf_span_iends(d, RBF_LIT("deleted"));
}

void rbf_disposition_read(rebuff_span text, rbf_recipients *list)
{
	rebuff_span who = rbf_field_find(text, "Final-Recipient");
	if (who.len == 0)
		who = rbf_field_find(text, "Original-Recipient");
	(void)rbf_recipients_add(list, address_of(who));
	list->report->message_id = rbf_field_typed(rbf_field_find(text, "Original-Message-ID"));
}
