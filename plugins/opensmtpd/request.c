#include "opensmtpd/request.h"

#include <inttypes.h>
#include <stdio.h>

enum { LOGGED_MAX = 1900 }; /* bytes of a reply that smtpd surely logs whole */

const char *rbo_kind_of(int code)
{
	if (code >= 200 && code < 300)
		return "delivered";
	return code >= 500 ? "failed" : "rcpt-defer";
}

static void put_id(rbf_wire_writer *w, const char *name, uint64_t id)
{
	char text[17];
	(void)snprintf(text, sizeof text, "%016" PRIx64, id);
	rbf_wire_put_str(w, name, text);
}

/* Everything but the end. The text comes last, because it is what may be cut. */
static void put_reply(rbf_wire_writer *w, const rbo_reply *r)
{
	rbf_wire_put_str(w, "request", "result");
	rbf_wire_put_str(w, "mta", "opensmtpd");
	put_id(w, "session", r->session);
	if (r->envelope) {
		put_id(w, "id", r->envelope);
		rbf_wire_put_str(w, "recipient", r->recipient);
	}
	rbf_wire_put_str(w, "sender", r->sender);
	if (r->envid && r->envid[0] && r->code < 300)
		rbf_wire_put_str(w, "envid", r->envid);
	rbf_wire_put_str(w, "kind", rbo_kind_of(r->code));
	rbf_wire_put_str(w, "stage", r->stage);
	rbf_wire_put_int(w, "code", r->code);
	rbf_wire_put_str(w, "host", r->host);
	rbf_wire_put_str(w, "ip", r->ip);
	rbf_wire_put_int(w, "port", r->port);
	rbf_wire_put_str(w, "source_ip", r->source_ip);
	rbf_wire_put_int(w, "time", r->time_ms);
	(void)rbf_wire_put_cut(w, "text", r->text.p, r->text.len, 16);
}

size_t rbo_request_result(const rbo_reply *reply, char *out, size_t cap)
{
	rbf_wire_writer w = rbf_wire_writer_of(out, cap);
	put_reply(&w, reply);
	rbf_wire_end(&w);
	return w.overflow ? 0 : w.len;
}

size_t rbo_request_submit(rbo_text sender, rbo_text recipient, char *out, size_t cap)
{
	rbf_wire_writer w = rbf_wire_writer_of(out, cap);
	rbf_wire_put_str(&w, "request", "submit");
	rbf_wire_put_str(&w, "mta", "opensmtpd");
	rbf_wire_put(&w, "recipient", recipient.p, recipient.len);
	rbf_wire_put(&w, "sender", sender.p, sender.len);
	rbf_wire_end(&w);
	return w.overflow ? 0 : w.len;
}

static size_t put_held(const char *request, const rbo_held *held, char *out, size_t cap)
{
	rbf_wire_writer w = rbf_wire_writer_of(out, cap);
	rbf_wire_put_str(&w, "request", request);
	rbf_wire_put_str(&w, "mta", "opensmtpd");
	put_id(&w, "id", held->envelope);
	rbf_wire_put_str(&w, "recipient", held->recipient);
	rbf_wire_put_str(&w, "sender", held->sender);
	rbf_wire_end(&w);
	return w.overflow ? 0 : w.len;
}

size_t rbo_request_commit(const rbo_held *held, char *out, size_t cap)
{
	return put_held("commit", held, out, cap);
}

size_t rbo_request_committed(const rbo_held *held, char *out, size_t cap)
{
	return put_held("committed", held, out, cap);
}

bool rbo_log_says_less(const rbo_reply *reply)
{
	return reply->lines > 1 || reply->text.len > LOGGED_MAX;
}

size_t rbo_request_lost(const rbo_reply *reply, char *out, size_t cap)
{
	int n = snprintf(out, cap, "rebuff lost ");
	if (n < 0 || (size_t)n >= cap)
		return 0;
	rbf_wire_writer w = rbf_wire_writer_of(out + n, cap - (size_t)n);
	w.sep = '\t';
	put_reply(&w, reply);
	if (w.overflow || w.len == 0)
		return 0;
	/* The record ends with a TAB; the log line ends there. */
	out[(size_t)n + w.len - 1] = '\n';
	return (size_t)n + w.len;
}
