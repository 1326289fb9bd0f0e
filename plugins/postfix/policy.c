#include "postfix/policy.h"

#include <stdio.h>
#include <string.h>

#define HELD                                                                                       \
	"DEFER_IF_PERMIT 4.7.1 rebuff: mail of this sender or to this provider is on hold, try "   \
	"again later"

static void begin(rbp_policy *p)
{
	p->bad = false;
	for (int i = 0; i < RBP_FIELDS; i++) {
		p->given[i] = false;
		p->len[i] = 0;
		p->value[i][0] = '\0';
	}
}

static int field_of(const rbp_policy *p)
{
	static const char *const names[RBP_FIELDS] = {
		"request", "protocol_state", "sender", "recipient"};
	int i = 0;
	while (i < RBP_FIELDS &&
		(strlen(names[i]) != p->name_len || memcmp(names[i], p->name, p->name_len) != 0))
		i++;
	return i;
}

static void take_name(rbp_policy *p, char c)
{
	if (c == '\n') {
		p->bad = true; /* a line without '=' */
		p->name_len = 0;
	} else if (c == '=') {
		p->in_value = true;
		p->field = field_of(p);
		if (p->field < RBP_FIELDS) {
			p->given[p->field] = true;
			p->len[p->field] = 0;
		}
	} else if (p->name_len < sizeof p->name) {
		p->name[p->name_len++] = c;
	}
}

static void take_value(rbp_policy *p, char c)
{
	int i = p->field;
	if (c == '\n') {
		if (i < RBP_FIELDS)
			p->value[i][p->len[i]] = '\0';
		p->in_value = false;
		p->name_len = 0;
	} else if (i < RBP_FIELDS) {
		if (c == '\0' || p->len[i] == RBP_ADDRESS_MAX)
			p->bad = true;
		else
			p->value[i][p->len[i]++] = c;
	}
}

size_t rbp_policy_feed(rbp_policy *p, const char *bytes, size_t len, bool *complete)
{
	*complete = false;
	for (size_t i = 0; i < len; i++) {
		if (p->ended)
			begin(p);
		p->ended = !p->in_value && p->name_len == 0 && bytes[i] == '\n';
		if (p->ended) {
			*complete = true;
			return i + 1;
		}
		if (p->in_value)
			take_value(p, bytes[i]);
		else
			take_name(p, bytes[i]);
	}
	return len;
}

bool rbp_policy_asks(const rbp_policy *p)
{
	return !p->bad && strcmp(p->value[RBP_REQUEST], "smtpd_access_policy") == 0 &&
		strcmp(p->value[RBP_STATE], "RCPT") == 0 && p->len[RBP_RECIPIENT] > 0 &&
		p->len[RBP_SENDER] > 0;
}

size_t rbp_policy_question(const rbp_policy *p, char *out, size_t cap)
{
	rbf_wire_writer w = rbf_wire_writer_of(out, cap);
	rbf_wire_put_str(&w, "request", "submit");
	rbf_wire_put_str(&w, "mta", "postfix");
	rbf_wire_put(&w, "recipient", p->value[RBP_RECIPIENT], p->len[RBP_RECIPIENT]);
	rbf_wire_put(&w, "sender", p->value[RBP_SENDER], p->len[RBP_SENDER]);
	rbf_wire_end(&w);
	return w.overflow ? 0 : w.len;
}

/* What a remote server once said is in it: printable ASCII only, and no longer than a line. */
static void clean(const char *text, char out[RBP_TEXT_MAX + 1])
{
	size_t n = 0;
	for (; n < RBP_TEXT_MAX && text[n]; n++)
		out[n] = text[n] >= ' ' && text[n] < 0x7f ? text[n] : '?';
	out[n] = '\0';
}

size_t rbp_policy_answer(
	rbf_client_status status, const rbf_wire_record *answer, char out[RBP_ANSWER_MAX])
{
	char text[RBP_TEXT_MAX + 1];
	bool heard = status == RBF_CLIENT_OK;
	const char *action = heard ? rbf_wire_get_str(answer, "action", "") : "";
	int n;
	if (strcmp(action, "refuse") == 0) {
		clean(rbf_wire_get_str(answer, "text", "rebuff: recipient is suppressed"), text);
		n = snprintf(out, RBP_ANSWER_MAX, "action=550 5.1.1 %s\n\n", text);
	} else if (strcmp(action, "accept") == 0 && rbf_wire_get_int(answer, "held", 0) == 1) {
		n = snprintf(out, RBP_ANSWER_MAX, "action=" HELD "\n\n");
	} else {
		n = snprintf(out, RBP_ANSWER_MAX, "action=DUNNO\n\n");
	}
	return (size_t)n;
}
