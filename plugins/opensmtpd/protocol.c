#include "opensmtpd/protocol.h"

#include <inttypes.h>
#include <stdio.h>

#define REGISTRATIONS                                                                              \
	"register|report|smtp-in|tx-mail\n"                                                        \
	"register|report|smtp-in|tx-envelope\n"                                                    \
	"register|report|smtp-in|tx-reset\n"                                                       \
	"register|report|smtp-in|tx-rollback\n"                                                    \
	"register|report|smtp-in|tx-commit\n"                                                      \
	"register|report|smtp-in|link-disconnect\n"                                                \
	"register|report|smtp-out|link-connect\n"                                                  \
	"register|report|smtp-out|link-disconnect\n"                                               \
	"register|report|smtp-out|tx-envelope\n"                                                   \
	"register|report|smtp-out|protocol-client\n"                                               \
	"register|report|smtp-out|protocol-server\n"                                               \
	"register|filter|smtp-in|rcpt-to\n"                                                        \
	"register|filter|smtp-in|commit\n"

const char *rbo_registration(bool marks)
{
	return marks ? REGISTRATIONS "register|filter|smtp-in|mail-from\nregister|ready\n"
		     : REGISTRATIONS "register|ready\n";
}

/* "SECONDS.MICROSECONDS" */
static int64_t time_of(rbo_text t)
{
	int64_t s = 0, us = 0;
	rbo_text rest = t;
	if (!rbo_text_int(rbo_text_cut(&rest, '.'), &s) || s > INT32_MAX * (int64_t)4)
		return 0;
	if (!rbo_text_int(rest, &us) || us > 999999)
		us = 0;
	return s * 1000 + us / 1000;
}

/* "0.6": since 0.6 the result comes before the address, which may contain anything. */
static bool result_first(rbo_text version)
{
	int64_t major = 0, minor = 0;
	rbo_text rest = version;
	if (!rbo_text_int(rbo_text_cut(&rest, '.'), &major) || !rbo_text_int(rest, &minor))
		return true;
	return major > 0 || minor >= 6;
}

static rbo_text cut_last(rbo_text *rest, char sep)
{
	size_t i = rest->len;
	while (i > 0 && rest->p[i - 1] != sep)
		i--;
	if (i == 0)
		return *rest;
	rbo_text tail = {rest->p + i, rest->len - i};
	rest->len = i - 1;
	return tail;
}

static void parse_mail(rbo_text version, rbo_text rest, rbo_line *out)
{
	(void)rbo_text_cut(&rest, '|'); /* message id */
	rbo_text result = result_first(version) ? rbo_text_cut(&rest, '|') : cut_last(&rest, '|');
	if (!rest.p)
		return;
	out->kind = RBO_LINE_MAIL;
	out->ok = rbo_text_is(result, "ok");
	out->text = rest;
}

static void parse_envelope(rbo_text rest, rbo_line *out)
{
	(void)rbo_text_cut(&rest, '|');
	if (rbo_text_hex(rest, 16, &out->envelope))
		out->kind = RBO_LINE_ENVELOPE;
}

/* MESSAGE, and of a commit its size behind a bar */
static void parse_end(rbo_text rest, rbo_line_kind kind, rbo_line *out)
{
	uint64_t message = 0;
	out->kind = kind;
	if (rbo_text_hex(rbo_text_cut(&rest, '|'), 8, &message))
		out->message = (uint32_t)message;
}

static void parse_connect(rbo_text rest, rbo_line *out)
{
	out->text = rbo_text_cut(&rest, '|');
	(void)rbo_text_cut(
		&rest, '|'); /* whether the name was confirmed: always "pass" for smtp-out */
	out->text2 = rbo_text_cut(&rest, '|');
	out->text3 = rbo_text_cut(&rest, '|');
	out->kind = RBO_LINE_CONNECT;
}

static void parse_event(rbo_text version, rbo_text event, rbo_text rest, rbo_line *out)
{
	static const struct {
		const char *name;
		rbo_line_kind kind;
	} plain[] = {
		{"protocol-client", RBO_LINE_CLIENT},
		{"protocol-server", RBO_LINE_SERVER},
		{"link-disconnect", RBO_LINE_DISCONNECT},
	};
	for (size_t i = 0; i < sizeof plain / sizeof *plain; i++)
		if (rbo_text_is(event, plain[i].name)) {
			out->kind = plain[i].kind;
			out->text = rest;
			return;
		}
	if (rbo_text_is(event, "tx-envelope"))
		parse_envelope(rest, out);
	else if (rbo_text_is(event, "tx-mail"))
		parse_mail(version, rest, out);
	else if (rbo_text_is(event, "tx-commit"))
		parse_end(rest, RBO_LINE_COMMITTED, out);
	else if (rbo_text_is(event, "tx-reset") || rbo_text_is(event, "tx-rollback"))
		parse_end(rest, RBO_LINE_RESET, out);
	else if (rbo_text_is(event, "link-connect"))
		parse_connect(rest, out);
}

/* SESSION|TOKEN|parameter; without both there is nothing that could be answered. */
static void parse_question(rbo_text event, rbo_text session, rbo_text rest, rbo_line *out)
{
	if (!rbo_text_hex(session, 16, &out->session) ||
		!rbo_text_hex(rbo_text_cut(&rest, '|'), 16, &out->token))
		return;
	out->kind = rbo_text_is(event, "rcpt-to") && rest.p ? RBO_LINE_ASK_RCPT
		: rbo_text_is(event, "mail-from") && rest.p ? RBO_LINE_ASK_MAIL
		: rbo_text_is(event, "commit")		    ? RBO_LINE_ASK_COMMIT
							    : RBO_LINE_ASK;
	out->text = rest;
}

void rbo_line_parse(rbo_text in, rbo_line *out)
{
	*out = (rbo_line){.kind = RBO_LINE_OTHER};
	rbo_text rest = in;
	rbo_text head = rbo_text_cut(&rest, '|');
	if (rbo_text_is(head, "config")) {
		if (rbo_text_is(rest, "ready"))
			out->kind = RBO_LINE_READY;
		return;
	}
	bool question = rbo_text_is(head, "filter");
	if (!question && !rbo_text_is(head, "report"))
		return;
	rbo_text version = rbo_text_cut(&rest, '|');
	out->time_ms = time_of(rbo_text_cut(&rest, '|'));
	rbo_text direction = rbo_text_cut(&rest, '|');
	rbo_text event = rbo_text_cut(&rest, '|');
	rbo_text session = rbo_text_cut(&rest, '|');
	out->out = rbo_text_is(direction, "smtp-out");
	if (!out->out && !rbo_text_is(direction, "smtp-in"))
		return;
	if (question)
		parse_question(event, session, rest, out);
	else if (rbo_text_hex(session, 16, &out->session))
		parse_event(version, event, rest, out);
}

static size_t answer_head(const rbo_line *q, char *out)
{
	return (size_t)snprintf(out, RBO_ANSWER_MAX, "filter-result|%016" PRIx64 "|%016" PRIx64 "|",
		q->session, q->token);
}

size_t rbo_answer_proceed(const rbo_line *question, char *out)
{
	size_t n = answer_head(question, out);
	return n + (size_t)snprintf(out + n, RBO_ANSWER_MAX - n, "proceed\n");
}

size_t rbo_answer_mark(const rbo_line *question, const char *envid, char *out)
{
	rbo_text sender = question->text;
	if (sender.len == 0 || sender.len > RBO_SENDER_MAX)
		return 0;
	for (size_t i = 0; i < sender.len; i++) {
		unsigned char c = (unsigned char)sender.p[i];
		if (c <= 0x20 || c == 0x7f || c == '<' || c == '>' || c == '|' || c == '"')
			return 0;
	}
	size_t n = answer_head(question, out);
	return n +
		(size_t)snprintf(out + n, RBO_ANSWER_MAX - n, "rewrite|<%.*s> ENVID=%s\n",
			(int)sender.len, sender.p, envid);
}

static bool digit_at(rbo_text t, size_t i)
{
	return i < t.len && t.p[i] >= '0' && t.p[i] <= '9';
}

/* "5.1.1 ..." at this place? */
static bool enhanced_at(rbo_text t, size_t i)
{
	return digit_at(t, i) && i + 1 < t.len && t.p[i + 1] == '.' && digit_at(t, i + 2);
}

size_t rbo_answer_reject(const rbo_line *question, rbo_text reply, char *out)
{
	size_t n = answer_head(question, out);
	if (reply.len == 0)
		reply = RBO_LIT("recipient refused");
	/* A 421 would end the whole session. */
	bool code = reply.len > 4 && (reply.p[0] == '4' || reply.p[0] == '5') &&
		digit_at(reply, 1) && digit_at(reply, 2) && reply.p[3] == ' ' &&
		!rbo_text_starts(reply, "421");
	const char *prefix = code ? "" : enhanced_at(reply, 0) ? "550 " : "550 5.1.1 ";
	n += (size_t)snprintf(out + n, RBO_ANSWER_MAX - n, "reject|%s", prefix);
	size_t max = reply.len < RBO_REPLY_MAX ? reply.len : RBO_REPLY_MAX;
	for (size_t i = 0; i < max; i++) {
		unsigned char c = (unsigned char)reply.p[i];
		out[n++] = c < 0x20 || c == 0x7f ? ' ' : reply.p[i];
	}
	out[n++] = '\n';
	return n;
}
