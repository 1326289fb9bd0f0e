#include "opensmtpd/remote.h"

#include <string.h>

static const char *const stage_names[] = {
	"banner", "ehlo", "tls", "auth", "mail", "rcpt", "data", "dot", ""};

static void report(rbo_remote *r, rbo_session *s, const rbo_line *line, int code, uint64_t envelope,
	const char *address)
{
	rbo_reply reply = {
		.session = s->id,
		.envelope = envelope,
		.recipient = address,
		.sender = s->sender,
		.envid = s->envid,
		.stage = stage_names[s->at],
		.code = code,
		.text = {s->text, s->text_len},
		.truncated = s->truncated,
		.lines = s->lines,
		.host = s->name,
		.ip = s->ip,
		.source_ip = s->source_ip,
		.port = s->port,
		.time_ms = line->time_ms,
	};
	r->reply(r->ud, &reply);
}

/* The answer to the dot or a refused DATA speaks for every accepted recipient; over LMTP each
 * recipient gets its own answer to the dot (RFC 2033 4.2). */
static void report_transaction(rbo_remote *r, rbo_session *s, const rbo_line *line, int code)
{
	for (uint32_t i = s->first; i != RBO_NONE; i = r->table->recipients[i].next) {
		report(r, s, line, code, r->table->recipients[i].envelope,
			r->table->recipients[i].address);
		if (s->lmtp && s->at == RBO_AT_DOT) {
			rbo_recipients_drop_first(r->table, s);
			return;
		}
	}
	rbo_recipients_drop(r->table, s);
}

/* A whole reply has been read. */
static void on_reply(rbo_remote *r, rbo_session *s, const rbo_line *line, int code)
{
	bool good = code >= 200 && code < 400;
	switch (s->at) {
	case RBO_AT_RCPT:
		if (good)
			rbo_recipient_keep(r->table, s);
		else if (s->envelope)
			report(r, s, line, code, s->envelope, s->address);
		s->envelope = 0;
		break;
	case RBO_AT_DATA:
		if (!good)
			report_transaction(r, s, line, code);
		break;
	case RBO_AT_DOT:
		report_transaction(r, s, line, code);
		break;
	case RBO_AT_BANNER:
	case RBO_AT_EHLO:
	case RBO_AT_TLS:
	case RBO_AT_AUTH:
	case RBO_AT_MAIL:
		if (!good)
			report(r, s, line, code, 0, "");
		break;
	case RBO_AT_ELSE:
		break;
	}
}

static int code_of(rbo_text t)
{
	int code = 0;
	if (t.len < 3)
		return 0;
	for (size_t i = 0; i < 3; i++) {
		if (t.p[i] < '0' || t.p[i] > '9')
			return 0;
		code = code * 10 + (t.p[i] - '0');
	}
	return code;
}

/* Append to the reply, with LF between the lines; a CR at the end is the wire's. */
static void keep_text(rbo_session *s, rbo_text t)
{
	if (t.len && t.p[t.len - 1] == '\r')
		t.len--;
	size_t room = sizeof s->text - s->text_len;
	size_t want = t.len + (s->lines > 0);
	if (want > room)
		s->truncated = true;
	if (s->lines > 0 && room > 0) {
		s->text[s->text_len++] = '\n';
		room--;
	}
	size_t n = t.len < room ? t.len : room;
	if (n)
		memcpy(s->text + s->text_len, t.p, n);
	s->text_len += n;
	s->lines++;
}

static void on_server(rbo_remote *r, rbo_session *s, const rbo_line *line)
{
	keep_text(s, line->text);
	if (line->text.len > 3 && line->text.p[3] == '-')
		return;
	on_reply(r, s, line, code_of(line->text));
	s->lines = 0;
	s->text_len = 0;
	s->truncated = false;
	/* What comes unasked after this (a second banner, a farewell) is nobody's answer; only LMTP
	 * answers the dot more than once. */
	if (!(s->at == RBO_AT_DOT && s->first != RBO_NONE))
		s->at = RBO_AT_ELSE;
}

/* What stands between < and the last >; parameters that follow cannot contain one unencoded. */
static rbo_text in_brackets(rbo_text t)
{
	size_t from = rbo_text_find(t, "<"), to = t.len;
	while (to > 0 && t.p[to - 1] != '>')
		to--;
	if (from == SIZE_MAX || to == 0 || to - 1 < from + 1)
		return (rbo_text){"", 0};
	return (rbo_text){t.p + from + 1, to - 1 - (from + 1)};
}

/* smtpd hands it on to servers that know DSN. */
static void note_mark(rbo_session *s, rbo_text t)
{
	static const char name[] = " ENVID=";
	size_t at = rbo_text_find(t, name), from = at + sizeof name - 1;
	s->envid[0] = '\0';
	if (at == SIZE_MAX)
		return;
	rbo_text rest = {t.p + from, t.len - from};
	rbo_text mark = rbo_text_cut(&rest, ' ');
	if (!rbo_text_starts(mark, RBO_MARK) || !rbo_text_copy(s->envid, sizeof s->envid, mark))
		s->envid[0] = '\0';
}

static void on_client(rbo_remote *r, rbo_session *s, rbo_text t)
{
	s->lines = 0;
	s->text_len = 0;
	s->truncated = false;
	s->at = RBO_AT_ELSE;
	if (rbo_text_istarts(t, "MAIL FROM:")) {
		rbo_recipients_drop(r->table, s);
		(void)rbo_text_copy(s->sender, sizeof s->sender, in_brackets(t));
		note_mark(s, t);
		s->at = RBO_AT_MAIL;
	} else if (rbo_text_istarts(t, "RCPT TO:")) {
		(void)rbo_text_copy(s->address, sizeof s->address, in_brackets(t));
		s->envelope = 0; /* tx-envelope follows */
		s->at = RBO_AT_RCPT;
	} else if (rbo_text_is(t, "DATA"))
		s->at = RBO_AT_DATA;
	else if (rbo_text_is(t, "."))
		s->at = RBO_AT_DOT;
	else if (rbo_text_istarts(t, "EHLO ") || rbo_text_istarts(t, "HELO ") ||
		rbo_text_istarts(t, "LHLO ")) {
		s->lmtp = rbo_text_istarts(t, "LHLO ");
		s->at = RBO_AT_EHLO;
	} else if (rbo_text_is(t, "STARTTLS"))
		s->at = RBO_AT_TLS;
	else if (rbo_text_istarts(t, "AUTH ") || rbo_text_starts(t, "****"))
		s->at = RBO_AT_AUTH;
	else
		rbo_recipients_drop(r->table, s);
}

/* "192.0.2.1:25", "[2001:db8::1]:25", "unix:/path" */
static int cut_port(rbo_text t, char *ip, size_t cap)
{
	size_t i = t.len;
	while (i > 0 && t.p[i - 1] != ':')
		i--;
	int64_t port = 0;
	if (i == 0 || !rbo_text_int((rbo_text){t.p + i, t.len - i}, &port) || port > 65535)
		return 0;
	rbo_text address = {t.p, i - 1};
	if (address.len > 1 && address.p[0] == '[' && address.p[address.len - 1] == ']')
		address = (rbo_text){address.p + 1, address.len - 2};
	if (rbo_text_starts(address, "IPv6:")) /* smtpd before 6.7 */
		address = (rbo_text){address.p + 5, address.len - 5};
	(void)rbo_text_copy(ip, cap, address);
	return (int)port;
}

static void on_connect(rbo_session *s, const rbo_line *line)
{
	if (!rbo_text_starts(line->text, "<")) /* "<unknown>" */
		(void)rbo_text_copy(s->name, sizeof s->name, line->text);
	(void)cut_port(line->text2, s->source_ip, sizeof s->source_ip);
	s->port = cut_port(line->text3, s->ip, sizeof s->ip);
	s->at = RBO_AT_BANNER;
}

void rbo_remote_line(rbo_remote *r, const rbo_line *line)
{
	if (line->kind == RBO_LINE_DISCONNECT) {
		rbo_session_forget(r->table, line->session, true);
		return;
	}
	rbo_session *s = rbo_session_need(r->table, line->session, true);
	if (!s)
		return;
	switch (line->kind) {
	case RBO_LINE_CONNECT:
		on_connect(s, line);
		break;
	case RBO_LINE_CLIENT:
		on_client(r, s, line->text);
		break;
	case RBO_LINE_ENVELOPE:
		s->envelope = line->envelope;
		break;
	case RBO_LINE_SERVER:
		on_server(r, s, line);
		break;
	default:
		break;
	}
}
