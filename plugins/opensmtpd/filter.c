#include "opensmtpd/filter.h"

#include <stdlib.h>
#include <string.h>

#include "opensmtpd/remote.h"

typedef struct {
	bool used;
	uint32_t waits; /* answers that have to come; of a commit several */
	uint32_t round; /* with the slot it makes the ticket */
	uint64_t session, token;
	int64_t deadline_ms;
	bool commit;
	uint32_t heard; /* how often the engine had been heard of then */
} ask;

struct rbo_filter {
	rbo_filter_hooks hooks;
	rbo_sessions table;
	rbo_remote remote;
	ask asks[RBO_ASKS_MAX];
	size_t open;
	uint32_t heard;
	int timeouts;
	int64_t rest_until_ms;
};

rbo_filter *rbo_filter_new(rbo_filter_hooks hooks)
{
	rbo_filter *f = calloc(1, sizeof *f);
	if (!f)
		return NULL;
	f->hooks = hooks;
	f->remote = (rbo_remote){&f->table, hooks.reply, hooks.ud};
	if (!rbo_sessions_init(&f->table)) {
		rbo_filter_free(f);
		return NULL;
	}
	return f;
}

void rbo_filter_free(rbo_filter *f)
{
	if (!f)
		return;
	rbo_sessions_free(&f->table);
	free(f);
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
	a->deadline_ms = now_ms +
		(line->kind == RBO_LINE_ASK_COMMIT ? RBO_COMMIT_DEADLINE_MS : RBO_ASK_DEADLINE_MS);
	a->waits = 1;
	a->commit = line->kind == RBO_LINE_ASK_COMMIT;
	a->heard = f->heard;
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
	rbo_session *s = rbo_session_find(&f->table, line->session, false);
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
	rbo_session *s =
		verdict == RBO_TAKE_HELD ? rbo_session_find(&f->table, a->session, false) : NULL;
	char line[RBO_ANSWER_MAX];
	size_t n = verdict == RBO_REFUSE ? rbo_answer_reject(&question, reply, line)
					 : rbo_answer_proceed(&question, line);
	if (s)
		s->held = true;
	f->timeouts = 0;
	close_ask(f, a);
	f->hooks.say(f->hooks.ud, line, n);
}

static rbo_held held_of(const rbo_session *s, const rbo_recipient *r)
{
	return (rbo_held){.envelope = r->envelope, .recipient = r->address, .sender = s->sender};
}

static uint32_t message_of(const rbo_recipient *r)
{
	return (uint32_t)(r->envelope >> 32);
}

/* The session's last message is to be queued. A held recipient of it that nobody can be asked about
 * is one that does not wait. */
static void on_ask_commit(rbo_filter *f, const rbo_line *line, int64_t now_ms)
{
	rbo_session *s = rbo_session_find(&f->table, line->session, false);
	ask *a = s && s->first != RBO_NONE ? open_ask(f, line, now_ms) : NULL;
	if (!a) {
		proceed(f, line);
		return;
	}
	uint64_t ticket = ticket_of(f, a);
	f->hooks.ping(f->hooks.ud);
	uint32_t message = message_of(&f->table.recipients[s->last]);
	for (uint32_t i = s->first; i != RBO_NONE && find_ask(f, ticket);
		i = f->table.recipients[i].next) {
		rbo_held held = held_of(s, &f->table.recipients[i]);
		if (message_of(&f->table.recipients[i]) != message)
			continue;
		a->waits++;
		if (!f->hooks.commit(f->hooks.ud, ticket, &held))
			rbo_filter_ready(f, ticket);
	}
	rbo_filter_ready(f, ticket); /* all are asked about */
}

/* A message with an empty sender brings no bounce that would have to prove anything. */
static void on_ask_mail(rbo_filter *f, const rbo_line *line)
{
	char mark[RBO_ENVID_MAX + 1], answer[RBO_ANSWER_MAX];
	size_t n = f->hooks.mark && f->hooks.mark(f->hooks.ud, mark)
		? rbo_answer_mark(line, mark, answer)
		: 0;
	if (n > 0)
		f->hooks.say(f->hooks.ud, answer, n);
	else
		proceed(f, line);
}

void rbo_filter_ready(rbo_filter *f, uint64_t ticket)
{
	ask *a = find_ask(f, ticket);
	if (!a || --a->waits > 0)
		return;
	f->timeouts = 0;
	release(f, a);
}

void rbo_filter_heard(rbo_filter *f)
{
	f->heard++;
}

/* Of mail that is held, the engine may have no time in time: then it is heard of, and goes on being
 * asked. */
static bool is_timeout(const rbo_filter *f, const ask *a)
{
	return !a->commit || a->heard == f->heard;
}

/* A message is in the queue, or will never be: its held recipients are told of, or forgotten. */
static void on_message_end(rbo_filter *f, rbo_session *s, uint32_t message, bool committed)
{
	uint32_t *at = &s->first;
	s->last = RBO_NONE;
	while (*at != RBO_NONE) {
		uint32_t i = *at;
		rbo_recipient *r = &f->table.recipients[i];
		if (message && message_of(r) != message) {
			s->last = i;
			at = &r->next;
			continue;
		}
		*at = r->next;
		rbo_held held = held_of(s, r);
		if (committed)
			f->hooks.committed(f->hooks.ud, &held);
		rbo_recipient_free(&f->table, i);
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
			late = late || is_timeout(f, a);
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
	rbo_session *s;
	switch (line->kind) {
	case RBO_LINE_MAIL:
		s = line->ok ? rbo_session_need(&f->table, line->session, false) : NULL;
		/* An address that was cut would be another one. */
		if (s)
			s->sender_known = rbo_text_copy(s->sender, sizeof s->sender, line->text);
		break;
	case RBO_LINE_ENVELOPE:
		s = rbo_session_find(&f->table, line->session, false);
		if (!s || !s->held)
			break;
		s->envelope = line->envelope;
		rbo_recipient_keep(&f->table, s);
		break;
	case RBO_LINE_RESET:
	case RBO_LINE_COMMITTED:
		s = rbo_session_find(&f->table, line->session, false);
		if (!s)
			break;
		on_message_end(f, s, line->message, line->kind == RBO_LINE_COMMITTED);
		s->sender_known = s->held = false;
		break;
	case RBO_LINE_DISCONNECT:
		rbo_session_forget(&f->table, line->session, false);
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
		const char *lines = rbo_registration(f->hooks.mark != NULL);
		f->hooks.say(f->hooks.ud, lines, strlen(lines));
		break;
	}
	case RBO_LINE_ASK_RCPT:
		on_ask_rcpt(f, &line, now_ms);
		break;
	case RBO_LINE_ASK_COMMIT:
		on_ask_commit(f, &line, now_ms);
		break;
	case RBO_LINE_ASK_MAIL:
		on_ask_mail(f, &line);
		break;
	case RBO_LINE_ASK:
		proceed(f, &line);
		break;
	default:
		if (line.out)
			rbo_remote_line(&f->remote, &line);
		else
			on_in(f, &line);
	}
}
