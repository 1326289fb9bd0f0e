#include "opensmtpd/join.h"

#include <stdlib.h>
#include <string.h>

#include "client/wire.h"

enum { ADDRESS_MAX = 320, HOST_MAX = 255, IP_MAX = 63, SHORT_TEXT = 2048, LONG_TEXTS = 64 };

/* A reply in full, as filter-rebuff wrote it to the log. Few, because few are longer than one line
 * and missed the engine. */
typedef struct {
	bool used, taken;
	uint64_t session, envelope; /* envelope 0: of the session as such */
	char stage[16];
	char kind[16];
	char recipient[ADDRESS_MAX + 1], sender[ADDRESS_MAX + 1];
	char host[HOST_MAX + 1], ip[IP_MAX + 1], source_ip[IP_MAX + 1];
	int64_t time_ms, until_ms;
	uint64_t mark;
	size_t len;
	char text[RBO_JOIN_TEXT_MAX];
} long_text;

typedef struct {
	uint64_t session;
	char ip[IP_MAX + 1], host[HOST_MAX + 1];
	const char *stage; /* of the error that ended it; NULL: none */
} connection;

/* The last that went wrong with an address: it explains what the log says about domains whose
 * servers could not be used. */
typedef struct {
	uint64_t session;
	char ip[IP_MAX + 1], host[HOST_MAX + 1];
	const char *stage;
	int64_t failed_ms; /* 0: unused */
	size_t len;
	char text[SHORT_TEXT];
} failure;

typedef struct {
	uint64_t session, envelope, mark;
	int64_t until_ms, time_ms, delay_s;
	rbo_log_result result;
	const char *kind;
	char recipient[ADDRESS_MAX + 1], sender[ADDRESS_MAX + 1];
	char relay[HOST_MAX + 1]; /* the domain, when there was no connection */
	char host[HOST_MAX + 1], ip[IP_MAX + 1], source_ip[IP_MAX + 1];
	size_t len;
	char text[SHORT_TEXT];
} waiting;

struct rbo_join {
	rbo_join_hooks hooks;
	waiting waiting[RBO_JOIN_WAITING]; /* a ring */
	size_t first, n;
	connection connections[RBO_JOIN_SESSIONS]; /* a ring, the newest before next */
	size_t next_connection;
	failure failures[RBO_JOIN_FAILURES];
	long_text long_texts[LONG_TEXTS];
	size_t next_long;
	char scratch[64 * 1024 + 1];
};

rbo_join *rbo_join_new(rbo_join_hooks hooks)
{
	rbo_join *j = calloc(1, sizeof *j);
	if (j)
		j->hooks = hooks;
	return j;
}

void rbo_join_free(rbo_join *j)
{
	free(j);
}

static size_t keep(char *dst, size_t cap, rbo_text t)
{
	size_t n = t.len < cap ? t.len : cap;
	if (n)
		memcpy(dst, t.p, n);
	return n;
}

/* ---- connections ---------------------------------------------------------------------------- */

static connection *find_connection(rbo_join *j, uint64_t session)
{
	for (size_t i = 0; session && i < RBO_JOIN_SESSIONS; i++)
		if (j->connections[i].session == session)
			return &j->connections[i];
	return NULL;
}

static void on_connecting(rbo_join *j, const rbo_log_line *line)
{
	connection *c = find_connection(j, line->session);
	if (!c) {
		c = &j->connections[j->next_connection];
		j->next_connection = (j->next_connection + 1) % RBO_JOIN_SESSIONS;
	}
	c->session = line->session;
	c->stage = NULL;
	(void)rbo_text_copy(c->ip, sizeof c->ip, line->ip);
	(void)rbo_text_copy(c->host, sizeof c->host, line->host);
}

/* The entry of this address, else the one that is oldest. */
static failure *failure_slot(rbo_join *j, const char *ip)
{
	failure *oldest = &j->failures[0];
	for (size_t i = 0; i < RBO_JOIN_FAILURES; i++) {
		failure *f = &j->failures[i];
		if (f->failed_ms && strcmp(f->ip, ip) == 0)
			return f;
		if (f->failed_ms < oldest->failed_ms)
			oldest = f;
	}
	return oldest;
}

static void on_error(rbo_join *j, const rbo_log_line *line, int64_t time_ms)
{
	connection *c = find_connection(j, line->session);
	if (!c)
		return;
	rbo_text words;
	c->stage = rbo_log_stage(line->stat, &words);
	failure *f = failure_slot(j, c->ip);
	f->session = c->session;
	memcpy(f->ip, c->ip, sizeof f->ip);
	memcpy(f->host, c->host, sizeof f->host);
	f->stage = c->stage;
	f->failed_ms = time_ms;
	f->len = keep(f->text, sizeof f->text, words);
}

/* The last failure at one of these addresses. */
static failure *failure_at(rbo_join *j, char (*addresses)[64], size_t n, int64_t time_ms)
{
	failure *best = NULL;
	for (size_t i = 0; i < RBO_JOIN_FAILURES; i++) {
		failure *f = &j->failures[i];
		if (f->failed_ms + RBO_JOIN_KEEP_MS < time_ms ||
			(best && f->failed_ms < best->failed_ms))
			continue;
		for (size_t k = 0; k < n; k++)
			if (strcmp(f->ip, addresses[k]) == 0)
				best = f;
	}
	return best;
}

/* ---- replies in full ------------------------------------------------------------------------ */

static long_text *find_long(rbo_join *j, uint64_t session, uint64_t envelope)
{
	for (size_t i = 0; i < LONG_TEXTS; i++) {
		long_text *l = &j->long_texts[i];
		if (l->used && l->envelope == envelope && (envelope || l->session == session))
			return l;
	}
	return NULL;
}

/* Can the log's shortened text be of this reply? smtpd joins the lines, and of very many keeps the
 * last. A session serves many messages. */
static bool is_of(const long_text *l, const char *text, size_t len)
{
	const char *end = memchr(l->text, '\n', l->len);
	size_t n = end ? (size_t)(end - l->text) : l->len;
	bool begins = n > 0 && n <= len && memcmp(l->text, text, n) == 0;
	bool ends = len > 0 && len < l->len && l->text[l->len - len - 1] == '\n' &&
		memcmp(l->text + l->len - len, text, len) == 0;
	return begins || ends;
}

static uint64_t record_id(const rbf_wire_record *r, const char *name)
{
	uint64_t id = 0;
	const rbf_wire_field *f = rbf_wire_get(r, name);
	return f && rbo_text_hex((rbo_text){f->value, f->len}, 16, &id) ? id : 0;
}

static void record_text(const rbf_wire_record *r, const char *name, char *out, size_t cap)
{
	const rbf_wire_field *f = rbf_wire_get(r, name);
	(void)rbo_text_copy(out, cap, f ? (rbo_text){f->value, f->len} : RBO_LIT(""));
}

static void hand_out_long(rbo_join *j, long_text *l)
{
	rbo_outcome o = {
		.envelope = l->envelope,
		.kind = l->kind,
		.stage = l->stage,
		.recipient = l->recipient,
		.sender = l->sender,
		.host = l->host,
		.ip = l->ip,
		.source_ip = l->source_ip,
		.text = {l->text, l->len},
		.time_ms = l->time_ms,
		.delay_s = -1,
		.mark = l->mark,
	};
	l->used = false;
	j->hooks.outcome(j->hooks.ud, &o);
}

/* rsyslog writes control bytes as #NNN. */
static size_t undo_tabs(char *bytes, size_t len)
{
	size_t n = 0;
	if (memchr(bytes, '\t', len))
		return len;
	for (size_t i = 0; i < len; i++)
		if (len - i >= 4 && memcmp(bytes + i, "#011", 4) == 0) {
			bytes[n++] = '\t';
			i += 3;
		} else
			bytes[n++] = bytes[i];
	return n;
}

static void on_lost(rbo_join *j, const rbo_log_line *line, int64_t now_ms, uint64_t mark)
{
	size_t len = keep(j->scratch, sizeof j->scratch - 1, line->stat);
	len = undo_tabs(j->scratch, len);
	rbf_wire_record record;
	if (rbf_wire_decode(j->scratch, len, '\t', &record))
		return;
	uint64_t session = record_id(&record, "session");
	const rbf_wire_field *text = rbf_wire_get(&record, "text");
	if (!session || !text)
		return;
	long_text *l = &j->long_texts[j->next_long];
	j->next_long = (j->next_long + 1) % LONG_TEXTS;
	if (l->used && l->envelope && !l->taken)
		hand_out_long(j, l);
	*l = (long_text){.used = true, .session = session, .envelope = record_id(&record, "id")};
	record_text(&record, "stage", l->stage, sizeof l->stage);
	record_text(&record, "kind", l->kind, sizeof l->kind);
	record_text(&record, "recipient", l->recipient, sizeof l->recipient);
	record_text(&record, "sender", l->sender, sizeof l->sender);
	record_text(&record, "host", l->host, sizeof l->host);
	record_text(&record, "ip", l->ip, sizeof l->ip);
	record_text(&record, "source_ip", l->source_ip, sizeof l->source_ip);
	l->time_ms = rbf_wire_get_int(&record, "time", 0);
	l->until_ms = now_ms + 4 * RBO_JOIN_HOLD_MS;
	l->mark = mark;
	l->len = keep(l->text, sizeof l->text, (rbo_text){text->value, text->len});
}

/* ---- outcomes ------------------------------------------------------------------------------- */

/* No connection came to a transaction: what its servers said last is the reason. */
static void explain_unconnected(rbo_join *j, const waiting *w, rbo_outcome *o)
{
	o->stage = rbo_log_unconnected_stage(o->text);
	if (strcmp(o->stage, "connect") != 0)
		return;
	char addresses[RBO_JOIN_ADDRESSES][64];
	size_t n = j->hooks.addresses(j->hooks.ud, w->relay, addresses, RBO_JOIN_ADDRESSES);
	failure *f = failure_at(j, addresses, n, w->time_ms);
	if (!f)
		return;
	if (*f->stage)
		o->stage = f->stage;
	o->ip = f->ip;
	o->host = f->host;
	if (f->len)
		o->text = (rbo_text){f->text, f->len};
	long_text *l = find_long(j, f->session, 0);
	if (l && is_of(l, f->text, f->len)) {
		o->stage = l->stage;
		o->text = (rbo_text){l->text, l->len};
	}
}

static void explain_connected(rbo_join *j, const waiting *w, rbo_outcome *o)
{
	/* An error of the session takes its transaction along, in the log line before this one. */
	connection *c = find_connection(j, w->session);
	if (c && c->stage)
		o->stage = c->stage;
	long_text *l = find_long(j, w->session, w->envelope);
	if (!l)
		l = find_long(j, w->session, 0);
	if (!l || !is_of(l, w->text, w->len))
		return;
	l->taken = true;
	o->stage = l->stage;
	o->text = (rbo_text){l->text, l->len};
}

static void hand_out(rbo_join *j)
{
	waiting *w = &j->waiting[j->first];
	j->first = (j->first + 1) % RBO_JOIN_WAITING;
	j->n--;
	rbo_outcome o = {
		.envelope = w->envelope,
		.kind = w->kind,
		.stage = "",
		.recipient = w->recipient,
		.sender = w->sender,
		.host = w->host,
		.ip = w->ip,
		.source_ip = w->source_ip,
		.text = {w->text, w->len},
		.time_ms = w->time_ms,
		.delay_s = w->delay_s,
		.mark = w->mark,
	};
	if (w->result != RBO_RESULT_OK && !w->session)
		explain_unconnected(j, w, &o);
	else if (w->result != RBO_RESULT_OK)
		explain_connected(j, w, &o);
	j->hooks.outcome(j->hooks.ud, &o);
}

static void on_outcome(rbo_join *j, const rbo_log_line *line, const char *kind, int64_t time_ms,
	int64_t now_ms, uint64_t mark)
{
	if (j->n == RBO_JOIN_WAITING)
		hand_out(j);
	waiting *w = &j->waiting[(j->first + j->n++) % RBO_JOIN_WAITING];
	w->session = line->session;
	w->envelope = line->envelope;
	w->mark = mark;
	w->until_ms = now_ms + RBO_JOIN_HOLD_MS;
	w->time_ms = time_ms;
	w->delay_s = line->delay_s;
	w->result = line->result;
	w->kind = kind;
	(void)rbo_text_copy(w->recipient, sizeof w->recipient, line->recipient);
	(void)rbo_text_copy(w->sender, sizeof w->sender, line->sender);
	(void)rbo_text_copy(w->relay, sizeof w->relay, line->ip.len ? RBO_LIT("") : line->relay);
	(void)rbo_text_copy(w->host, sizeof w->host, line->host);
	(void)rbo_text_copy(w->ip, sizeof w->ip, line->ip);
	(void)rbo_text_copy(w->source_ip, sizeof w->source_ip, line->source_ip);
	w->len = keep(w->text, sizeof w->text, line->stat);
}

static const char *kind_of(rbo_log_result result)
{
	return result == RBO_RESULT_OK		? "delivered"
		: result == RBO_RESULT_PERMFAIL ? "failed"
						: "rcpt-defer";
}

void rbo_join_line(rbo_join *j, rbo_text text, int64_t time_ms, int64_t now_ms, uint64_t mark)
{
	rbo_log_line line;
	rbo_log_parse(text, &line);
	switch (line.kind) {
	case RBO_LOG_OTHER:
	case RBO_LOG_CLOSED:
		break;
	case RBO_LOG_CONNECTING:
		on_connecting(j, &line);
		break;
	case RBO_LOG_ERROR:
		on_error(j, &line, time_ms);
		break;
	case RBO_LOG_LOST:
		on_lost(j, &line, now_ms, mark);
		break;
	case RBO_LOG_DELIVERY:
		j->hooks.attempted(j->hooks.ud, line.envelope, line.result == RBO_RESULT_TEMPFAIL);
		on_outcome(j, &line, kind_of(line.result), time_ms, now_ms, mark);
		break;
	case RBO_LOG_REMOVED:
		line.result = RBO_RESULT_OK; /* nothing to explain */
		on_outcome(j, &line, "complete", time_ms, now_ms, mark);
		break;
	case RBO_LOG_EXPIRED:
		line.result = RBO_RESULT_OK;
		on_outcome(j, &line, "failed", time_ms, now_ms, mark);
		break;
	case RBO_LOG_STARTED:
		j->hooks.started(j->hooks.ud);
		break;
	}
}

int rbo_join_tick(rbo_join *j, int64_t now_ms, bool all)
{
	while (j->n > 0 && (all || j->waiting[j->first].until_ms <= now_ms))
		hand_out(j);
	/* A reply in full whose line of the log never came is an outcome of its own. */
	for (size_t i = 0; i < LONG_TEXTS; i++) {
		long_text *l = &j->long_texts[i];
		if (!l->used || !l->envelope || (!all && l->until_ms > now_ms))
			continue;
		if (l->taken)
			l->used = false;
		else
			hand_out_long(j, l);
	}
	if (j->n == 0)
		return -1;
	return (int)(j->waiting[j->first].until_ms - now_ms);
}

uint64_t rbo_join_oldest(const rbo_join *j)
{
	uint64_t oldest = j->n ? j->waiting[j->first].mark : UINT64_MAX;
	for (size_t i = 0; i < LONG_TEXTS; i++) {
		const long_text *l = &j->long_texts[i];
		if (l->used && l->envelope && !l->taken && l->mark < oldest)
			oldest = l->mark;
	}
	return oldest;
}
