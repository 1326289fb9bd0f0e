#include "opensmtpd/sessions.h"

#include <stdlib.h>
#include <string.h>

bool rbo_sessions_init(rbo_sessions *t)
{
	memset(t, 0, sizeof *t);
	t->sessions = calloc(RBO_SESSIONS_MAX + 1, sizeof *t->sessions);
	t->recipients = calloc(RBO_RECIPIENTS_MAX + 1, sizeof *t->recipients);
	if (!t->sessions || !t->recipients)
		return false;
	for (uint32_t i = RBO_SESSIONS_MAX; i > RBO_NONE; i--) {
		t->sessions[i].next = t->free_session;
		t->free_session = i;
	}
	for (uint32_t i = RBO_RECIPIENTS_MAX; i > RBO_NONE; i--)
		rbo_recipient_free(t, i);
	return true;
}

void rbo_sessions_free(rbo_sessions *t)
{
	free(t->sessions);
	free(t->recipients);
	memset(t, 0, sizeof *t);
}

static uint32_t *bucket_of(rbo_sessions *t, uint64_t id)
{
	return &t->bucket[(id * UINT64_C(0x9e3779b97f4a7c15)) >> 51 & (RBO_BUCKETS - 1)];
}

rbo_session *rbo_session_find(rbo_sessions *t, uint64_t id, bool out)
{
	for (uint32_t i = *bucket_of(t, id); i != RBO_NONE; i = t->sessions[i].next)
		if (t->sessions[i].id == id && t->sessions[i].out == out)
			return &t->sessions[i];
	return NULL;
}

rbo_session *rbo_session_need(rbo_sessions *t, uint64_t id, bool out)
{
	rbo_session *s = rbo_session_find(t, id, out);
	uint32_t i = t->free_session;
	if (s || i == RBO_NONE)
		return s;
	s = &t->sessions[i];
	t->free_session = s->next;
	/* Not the text: it would touch pages that most sessions never need. */
	memset(s, 0, offsetof(rbo_session, text));
	s->id = id;
	s->out = out;
	s->next = *bucket_of(t, id);
	*bucket_of(t, id) = i;
	return s;
}

void rbo_session_forget(rbo_sessions *t, uint64_t id, bool out)
{
	for (uint32_t *at = bucket_of(t, id); *at != RBO_NONE; at = &t->sessions[*at].next) {
		rbo_session *s = &t->sessions[*at];
		if (s->id != id || s->out != out)
			continue;
		uint32_t i = *at;
		rbo_recipients_drop(t, s);
		*at = s->next;
		s->next = t->free_session;
		t->free_session = i;
		return;
	}
}

void rbo_recipient_free(rbo_sessions *t, uint32_t i)
{
	t->recipients[i].next = t->free_recipient;
	t->free_recipient = i;
}

void rbo_recipient_keep(rbo_sessions *t, rbo_session *s)
{
	uint32_t i = t->free_recipient;
	if (i == RBO_NONE || !s->envelope)
		return;
	rbo_recipient *r = &t->recipients[i];
	t->free_recipient = r->next;
	r->next = RBO_NONE;
	r->envelope = s->envelope;
	memcpy(r->address, s->address, sizeof r->address);
	if (s->first == RBO_NONE)
		s->first = i;
	else
		t->recipients[s->last].next = i;
	s->last = i;
}

void rbo_recipients_drop_first(rbo_sessions *t, rbo_session *s)
{
	uint32_t i = s->first;
	s->first = t->recipients[i].next;
	rbo_recipient_free(t, i);
	if (s->first == RBO_NONE)
		s->last = RBO_NONE;
}

void rbo_recipients_drop(rbo_sessions *t, rbo_session *s)
{
	if (s->first != RBO_NONE) {
		t->recipients[s->last].next = t->free_recipient;
		t->free_recipient = s->first;
	}
	s->first = s->last = RBO_NONE;
	s->envelope = 0;
}
