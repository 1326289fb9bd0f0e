#include "opensmtpd/filter.h"

#include <stdlib.h>
#include <string.h>

enum { BUCKETS = 8192, NONE = 0 }; /* index 0 of every pool stays unused: it means none */

/* Where an outgoing session stands: what the next reply will be the answer to. */
typedef enum {
	AT_BANNER,
	AT_EHLO,
	AT_TLS,
	AT_AUTH,
	AT_MAIL,
	AT_RCPT,
	AT_DATA,
	AT_DOT,
	AT_ELSE /* RSET, QUIT: of no interest */
} stage;

static const char *const stage_names[] = {
	"banner", "ehlo", "tls", "auth", "mail", "rcpt", "data", "dot", ""};

typedef struct {
	uint32_t next; /* in the transaction, or in the free list */
	uint64_t envelope;
	char address[RBO_ADDRESS_MAX + 1];
} recipient;

typedef struct {
	uint32_t next; /* in the bucket, or in the free list */
	uint64_t id;
	bool out;
	bool lmtp;
	bool sender_known;
	char sender[RBO_ADDRESS_MAX + 1];
	uint64_t envelope; /* of the RCPT under way; 0: none */
	char address[RBO_ADDRESS_MAX + 1]; /* of the RCPT under way */
	uint32_t first, last; /* out: accepted recipients of the transaction; in: held ones of
				 messages whose end is not known */
	bool held; /* in: the recipient of the RCPT under way is */
	/* smtp-out only */
	stage at;
	char name[256], ip[64], source_ip[64];
	int port;
	int lines;
	bool truncated;
	size_t text_len;
	char text[RBO_REMOTE_REPLY_MAX];
} session;

typedef struct {
	bool used;
	uint32_t waits; /* answers that have to come; of a commit several */
	uint32_t round; /* with the slot it makes the ticket */
	uint64_t session, token;
	int64_t deadline_ms;
} ask;

struct rbo_filter {
	rbo_filter_hooks hooks;
	uint32_t bucket[BUCKETS];
	session *sessions;
	uint32_t free_session;
	recipient *recipients;
	uint32_t free_recipient;
	ask asks[RBO_ASKS_MAX];
	size_t open;
	int timeouts;
	int64_t rest_until_ms;
};

/* ---- sessions and recipients ---------------------------------------------------------------- */

rbo_filter *rbo_filter_new(rbo_filter_hooks hooks)
{
	rbo_filter *f = calloc(1, sizeof *f);
	if (!f)
		return NULL;
	f->hooks = hooks;
	f->sessions = calloc(RBO_SESSIONS_MAX + 1, sizeof *f->sessions);
	f->recipients = calloc(RBO_RECIPIENTS_MAX + 1, sizeof *f->recipients);
	if (!f->sessions || !f->recipients) {
		rbo_filter_free(f);
		return NULL;
	}
	for (uint32_t i = RBO_SESSIONS_MAX; i > NONE; i--) {
		f->sessions[i].next = f->free_session;
		f->free_session = i;
	}
	for (uint32_t i = RBO_RECIPIENTS_MAX; i > NONE; i--) {
		f->recipients[i].next = f->free_recipient;
		f->free_recipient = i;
	}
	return f;
}

void rbo_filter_free(rbo_filter *f)
{
	if (!f)
		return;
	free(f->sessions);
	free(f->recipients);
	free(f);
}

static uint32_t *bucket_of(rbo_filter *f, uint64_t id)
{
	return &f->bucket[(id * UINT64_C(0x9e3779b97f4a7c15)) >> 51 & (BUCKETS - 1)];
}

static session *find(rbo_filter *f, uint64_t id, bool out)
{
	for (uint32_t i = *bucket_of(f, id); i != NONE; i = f->sessions[i].next)
		if (f->sessions[i].id == id && f->sessions[i].out == out)
			return &f->sessions[i];
	return NULL;
}

/* The session, made when it is not known yet; NULL when the table is full. */
static session *need(rbo_filter *f, uint64_t id, bool out)
{
	session *s = find(f, id, out);
	uint32_t i = f->free_session;
	if (s || i == NONE)
		return s;
	s = &f->sessions[i];
	f->free_session = s->next;
	/* Not the text: it would touch pages that most sessions never need. */
	memset(s, 0, offsetof(session, text));
	s->id = id;
	s->out = out;
	s->next = *bucket_of(f, id);
	*bucket_of(f, id) = i;
	return s;
}

static void drop_recipients(rbo_filter *f, session *s)
{
	if (s->first != NONE) {
		f->recipients[s->last].next = f->free_recipient;
		f->free_recipient = s->first;
	}
	s->first = s->last = NONE;
	s->envelope = 0;
}

static void forget(rbo_filter *f, uint64_t id, bool out)
{
	for (uint32_t *at = bucket_of(f, id); *at != NONE; at = &f->sessions[*at].next) {
		session *s = &f->sessions[*at];
		if (s->id != id || s->out != out)
			continue;
		uint32_t i = *at;
		drop_recipients(f, s);
		*at = s->next;
		s->next = f->free_session;
		f->free_session = i;
		return;
	}
}

/* The recipient of the RCPT under way was accepted. */
static void keep_recipient(rbo_filter *f, session *s)
{
	uint32_t i = f->free_recipient;
	if (i == NONE || !s->envelope)
		return;
	recipient *r = &f->recipients[i];
	f->free_recipient = r->next;
	r->next = NONE;
	r->envelope = s->envelope;
	memcpy(r->address, s->address, sizeof r->address);
	if (s->first == NONE)
		s->first = i;
	else
		f->recipients[s->last].next = i;
	s->last = i;
}

static void drop_first_recipient(rbo_filter *f, session *s)
{
	uint32_t i = s->first;
	s->first = f->recipients[i].next;
	f->recipients[i].next = f->free_recipient;
	f->free_recipient = i;
	if (s->first == NONE)
		s->last = NONE;
}

/* ---- replies of remote servers -------------------------------------------------------------- */

static void report(rbo_filter *f, session *s, const rbo_line *line, int code, uint64_t envelope,
	const char *address)
{
	rbo_reply reply = {
		.session = s->id,
		.envelope = envelope,
		.recipient = address,
		.sender = s->sender,
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
	f->hooks.reply(f->hooks.ud, &reply);
}

/* The answer to the dot or a refused DATA speaks for every accepted recipient; over LMTP each
 * recipient gets its own answer to the dot (RFC 2033 4.2). */
static void report_transaction(rbo_filter *f, session *s, const rbo_line *line, int code)
{
	for (uint32_t i = s->first; i != NONE; i = f->recipients[i].next) {
		report(f, s, line, code, f->recipients[i].envelope, f->recipients[i].address);
		if (s->lmtp && s->at == AT_DOT) {
			drop_first_recipient(f, s);
			return;
		}
	}
	drop_recipients(f, s);
}

/* A whole reply has been read. */
static void on_reply(rbo_filter *f, session *s, const rbo_line *line, int code)
{
	bool good = code >= 200 && code < 400;
	switch (s->at) {
	case AT_RCPT:
		if (good)
			keep_recipient(f, s);
		else if (s->envelope)
			report(f, s, line, code, s->envelope, s->address);
		s->envelope = 0;
		break;
	case AT_DATA:
		if (!good)
			report_transaction(f, s, line, code);
		break;
	case AT_DOT:
		report_transaction(f, s, line, code);
		break;
	case AT_BANNER:
	case AT_EHLO:
	case AT_TLS:
	case AT_AUTH:
	case AT_MAIL:
		if (!good)
			report(f, s, line, code, 0, "");
		break;
	case AT_ELSE:
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
static void keep_text(session *s, rbo_text t)
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

static void on_server(rbo_filter *f, session *s, const rbo_line *line)
{
	keep_text(s, line->text);
	if (line->text.len > 3 && line->text.p[3] == '-')
		return;
	on_reply(f, s, line, code_of(line->text));
	s->lines = 0;
	s->text_len = 0;
	s->truncated = false;
	/* What comes unasked after this (a second banner, a farewell) is nobody's answer; only LMTP
	 * answers the dot more than once. */
	if (!(s->at == AT_DOT && s->first != NONE))
		s->at = AT_ELSE;
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

static void on_client(rbo_filter *f, session *s, rbo_text t)
{
	s->lines = 0;
	s->text_len = 0;
	s->truncated = false;
	s->at = AT_ELSE;
	if (rbo_text_istarts(t, "MAIL FROM:")) {
		drop_recipients(f, s);
		(void)rbo_text_copy(s->sender, sizeof s->sender, in_brackets(t));
		s->at = AT_MAIL;
	} else if (rbo_text_istarts(t, "RCPT TO:")) {
		(void)rbo_text_copy(s->address, sizeof s->address, in_brackets(t));
		s->envelope = 0; /* tx-envelope follows */
		s->at = AT_RCPT;
	} else if (rbo_text_is(t, "DATA"))
		s->at = AT_DATA;
	else if (rbo_text_is(t, "."))
		s->at = AT_DOT;
	else if (rbo_text_istarts(t, "EHLO ") || rbo_text_istarts(t, "HELO ") ||
		rbo_text_istarts(t, "LHLO ")) {
		s->lmtp = rbo_text_istarts(t, "LHLO ");
		s->at = AT_EHLO;
	} else if (rbo_text_is(t, "STARTTLS"))
		s->at = AT_TLS;
	else if (rbo_text_istarts(t, "AUTH ") || rbo_text_starts(t, "****"))
		s->at = AT_AUTH;
	else
		drop_recipients(f, s);
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

static void on_connect(session *s, const rbo_line *line)
{
	if (!rbo_text_starts(line->text, "<")) /* "<unknown>" */
		(void)rbo_text_copy(s->name, sizeof s->name, line->text);
	(void)cut_port(line->text2, s->source_ip, sizeof s->source_ip);
	s->port = cut_port(line->text3, s->ip, sizeof s->ip);
	s->at = AT_BANNER;
}

static void on_out(rbo_filter *f, const rbo_line *line)
{
	if (line->kind == RBO_LINE_DISCONNECT) {
		forget(f, line->session, true);
		return;
	}
	session *s = need(f, line->session, true);
	if (!s)
		return;
	switch (line->kind) {
	case RBO_LINE_CONNECT:
		on_connect(s, line);
		break;
	case RBO_LINE_CLIENT:
		on_client(f, s, line->text);
		break;
	case RBO_LINE_ENVELOPE:
		s->envelope = line->envelope;
		break;
	case RBO_LINE_SERVER:
		on_server(f, s, line);
		break;
	default:
		break;
	}
}

/* ---- questions ------------------------------------------------------------------------------ */

static void proceed(rbo_filter *f, const rbo_line *question)
{
	char line[RBO_ANSWER_MAX];
	f->hooks.say(f->hooks.ud, line, rbo_answer_proceed(question, line));
}

static ask *free_ask(rbo_filter *f)
{
	if (f->open == RBO_ASKS_MAX)
		return NULL;
	for (size_t i = 0; i < RBO_ASKS_MAX; i++)
		if (!f->asks[i].used)
			return &f->asks[i];
	return NULL;
}

static uint64_t ticket_of(const rbo_filter *f, const ask *a)
{
	return ((uint64_t)a->round + 1) << 16 | (uint64_t)(a - f->asks); /* never 0 */
}

static void close_ask(rbo_filter *f, ask *a)
{
	a->used = false;
	a->round++;
	f->open--;
}

static ask *open_ask(rbo_filter *f, const rbo_line *line, int64_t now_ms)
{
	ask *a = rbo_filter_rests(f, now_ms) ? NULL : free_ask(f);
	if (!a)
		return NULL;
	a->used = true;
	a->session = line->session;
	a->token = line->token;
	a->deadline_ms = now_ms + RBO_ASK_DEADLINE_MS;
	a->waits = 1;
	f->open++;
	return a;
}

/* The open question of this ticket; NULL when there is none any more. */
static ask *find_ask(rbo_filter *f, uint64_t ticket)
{
	ask *a = &f->asks[ticket & (RBO_ASKS_MAX - 1)];
	bool is = (ticket & 0xffff) < RBO_ASKS_MAX && a->used && ticket_of(f, a) == ticket;
	return is ? a : NULL;
}

static void release(rbo_filter *f, ask *a)
{
	rbo_line question = {.session = a->session, .token = a->token};
	close_ask(f, a);
	proceed(f, &question);
}

/* Mail with an empty sender is never refused or held for its recipient, and a sender that we did
 * not see might be empty. */
static void on_ask_rcpt(rbo_filter *f, const rbo_line *line, int64_t now_ms)
{
	session *s = find(f, line->session, false);
	if (s) {
		s->held = false;
		/* An address that was cut would be another one. */
		if (!rbo_text_copy(s->address, sizeof s->address, line->text))
			s->address[0] = '\0';
	}
	ask *a = s && s->sender_known && s->sender[0] && s->address[0] ? open_ask(f, line, now_ms)
								       : NULL;
	if (!a) {
		proceed(f, line);
		return;
	}
	uint64_t ticket = ticket_of(f, a);
	rbo_text sender = {s->sender, strlen(s->sender)};
	if (!f->hooks.ask(f->hooks.ud, ticket, sender, line->text) && find_ask(f, ticket))
		release(f, a);
}

void rbo_filter_answer(rbo_filter *f, uint64_t ticket, rbo_verdict verdict, rbo_text reply)
{
	ask *a = find_ask(f, ticket);
	if (!a)
		return;
	rbo_line question = {.session = a->session, .token = a->token};
	session *s = verdict == RBO_TAKE_HELD ? find(f, a->session, false) : NULL;
	char line[RBO_ANSWER_MAX];
	size_t n = verdict == RBO_REFUSE ? rbo_answer_reject(&question, reply, line)
					 : rbo_answer_proceed(&question, line);
	if (s)
		s->held = true;
	f->timeouts = 0;
	close_ask(f, a);
	f->hooks.say(f->hooks.ud, line, n);
}

static rbo_held held_of(const session *s, const recipient *r)
{
	return (rbo_held){.envelope = r->envelope, .recipient = r->address, .sender = s->sender};
}

static uint32_t message_of(const recipient *r)
{
	return (uint32_t)(r->envelope >> 32);
}

/* The session's last message is to be queued. A held recipient of it that nobody can be asked about
 * is one that does not wait. */
static void on_ask_commit(rbo_filter *f, const rbo_line *line, int64_t now_ms)
{
	session *s = find(f, line->session, false);
	ask *a = s && s->first != NONE ? open_ask(f, line, now_ms) : NULL;
	if (!a) {
		proceed(f, line);
		return;
	}
	uint64_t ticket = ticket_of(f, a);
	uint32_t message = message_of(&f->recipients[s->last]);
	for (uint32_t i = s->first; i != NONE && find_ask(f, ticket); i = f->recipients[i].next) {
		rbo_held held = held_of(s, &f->recipients[i]);
		if (message_of(&f->recipients[i]) != message)
			continue;
		a->waits++;
		if (!f->hooks.commit(f->hooks.ud, ticket, &held))
			rbo_filter_ready(f, ticket);
	}
	rbo_filter_ready(f, ticket); /* all are asked about */
}

void rbo_filter_ready(rbo_filter *f, uint64_t ticket)
{
	ask *a = find_ask(f, ticket);
	if (!a || --a->waits > 0)
		return;
	f->timeouts = 0;
	release(f, a);
}

/* A message is in the queue, or will never be: its held recipients are told of, or forgotten. */
static void on_message_end(rbo_filter *f, session *s, uint32_t message, bool committed)
{
	uint32_t *at = &s->first;
	s->last = NONE;
	while (*at != NONE) {
		uint32_t i = *at;
		recipient *r = &f->recipients[i];
		if (message && message_of(r) != message) {
			s->last = i;
			at = &r->next;
			continue;
		}
		*at = r->next;
		rbo_held held = held_of(s, r);
		if (committed)
			f->hooks.committed(f->hooks.ud, &held);
		r->next = f->free_recipient;
		f->free_recipient = i;
	}
}

void rbo_filter_release(rbo_filter *f)
{
	for (size_t i = 0; i < RBO_ASKS_MAX && f->open > 0; i++)
		if (f->asks[i].used)
			release(f, &f->asks[i]);
}

int rbo_filter_tick(rbo_filter *f, int64_t now_ms)
{
	int64_t next = -1;
	bool late = false;
	size_t left = f->open;
	for (size_t i = 0; i < RBO_ASKS_MAX && left > 0; i++) {
		ask *a = &f->asks[i];
		if (!a->used)
			continue;
		left--;
		if (a->deadline_ms <= now_ms) {
			late = true;
			release(f, a);
		} else if (next < 0 || a->deadline_ms - now_ms < next)
			next = a->deadline_ms - now_ms;
	}
	/* Questions that ran out together are one timeout. */
	if (late && ++f->timeouts >= RBO_ASK_TIMEOUTS) {
		f->timeouts = 0;
		f->rest_until_ms = now_ms + RBO_ASK_REST_MS;
		rbo_filter_release(f);
		next = -1;
	}
	return (int)next;
}

bool rbo_filter_rests(const rbo_filter *f, int64_t now_ms)
{
	return now_ms < f->rest_until_ms;
}

size_t rbo_filter_open(const rbo_filter *f)
{
	return f->open;
}

/* ---- lines ---------------------------------------------------------------------------------- */

static void on_in(rbo_filter *f, const rbo_line *line)
{
	session *s;
	switch (line->kind) {
	case RBO_LINE_MAIL:
		s = line->ok ? need(f, line->session, false) : NULL;
		/* An address that was cut would be another one. */
		if (s)
			s->sender_known = rbo_text_copy(s->sender, sizeof s->sender, line->text);
		break;
	case RBO_LINE_ENVELOPE:
		s = find(f, line->session, false);
		if (!s || !s->held)
			break;
		s->envelope = line->envelope;
		keep_recipient(f, s);
		break;
	case RBO_LINE_RESET:
	case RBO_LINE_COMMITTED:
		s = find(f, line->session, false);
		if (!s)
			break;
		on_message_end(f, s, line->message, line->kind == RBO_LINE_COMMITTED);
		s->sender_known = s->held = false;
		break;
	case RBO_LINE_DISCONNECT:
		forget(f, line->session, false);
		break;
	default:
		break;
	}
}

void rbo_filter_line(rbo_filter *f, rbo_text text, int64_t now_ms)
{
	rbo_line line;
	rbo_line_parse(text, &line);
	switch (line.kind) {
	case RBO_LINE_OTHER:
		break;
	case RBO_LINE_READY: {
		const char *lines = rbo_registration();
		f->hooks.say(f->hooks.ud, lines, strlen(lines));
		break;
	}
	case RBO_LINE_ASK_RCPT:
		on_ask_rcpt(f, &line, now_ms);
		break;
	case RBO_LINE_ASK_COMMIT:
		on_ask_commit(f, &line, now_ms);
		break;
	case RBO_LINE_ASK:
		proceed(f, &line);
		break;
	default:
		if (line.out)
			on_out(f, &line);
		else
			on_in(f, &line);
	}
}
