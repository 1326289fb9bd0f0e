#include "exim/ask.h"

#include <stdlib.h>
#include <string.h>

#include "client/exim_id.h"
#include "client/probe.h"
#include "exim/event.h"

enum {
	ADDRESS_MAX = 1000, /* longer ones are nobody's: the engine knows none over 320 */
	MX_MAX = 4096,
	SHORT_MAX = 256, /* host names, ids, numbers */
};

void rbx_engine_init(rbx_engine *e)
{
	e->client.options = (rbf_client_options){.socket = RBX_SOCKET,
		.alive = RBX_ALIVE,
		.deadline_ms = RBX_DEADLINE_MS,
		.timeouts = 1,
		.rest_ms = -1};
}

/* ---- requests ----------------------------------------------------------------------------- */

static rbf_wire_writer request_of(rbx_engine *e, const char *name)
{
	rbf_wire_writer w = rbf_wire_writer_of(e->request, sizeof e->request);
	rbf_wire_put_str(&w, "request", name);
	return w;
}

/* Text from outside, cut at `max` bytes: what is cut was no valid value anyhow. */
static void put_max(rbf_wire_writer *w, const char *name, const char *value, size_t max)
{
	rbf_wire_put(w, name, value, strnlen(value, max));
}

static rbf_client_status ask(rbx_engine *e, rbf_wire_writer *w, int fd, rbf_wire_record *out)
{
	rbf_wire_end(w);
	if (w->overflow) {
		out->n = 0;
		e->client.problem = "the request is over 64 KiB";
		return RBF_CLIENT_BROKEN;
	}
	return rbf_client_ask(&e->client, e->request, w->len, fd, out);
}

/* ---- results ------------------------------------------------------------------------------ */

static void copy(char *to, size_t cap, const char *text)
{
	size_t len = strnlen(text, cap - 1);
	memcpy(to, text, len);
	to[len] = '\0';
}

/* Cut the last of the parts that '/' separates off `text`: the parts after the first hold no '/',
 * the first may. */
static const char *cut_last_part(char *text)
{
	char *slash = strrchr(text, '/');
	if (!slash)
		return "";
	*slash = '\0';
	return slash + 1;
}

/* The fields of a result; the text comes last and may be cut to leave `room` bytes free. */
static void put_result(rbf_wire_writer *w, char *const args[RBX_EVENT_ARGS],
	const rbx_outcome *outcome, int64_t now_ms, size_t room)
{
	char where[4 * SHORT_MAX], who[ADDRESS_MAX + SHORT_MAX], how[SHORT_MAX];
	copy(where, sizeof where, args[4]);
	copy(who, sizeof who, args[5]);
	copy(how, sizeof how, args[6]);
	const char *source_ip = cut_last_part(where), *port = cut_last_part(where);
	const char *ip = cut_last_part(where), *id = cut_last_part(who);
	(void)cut_last_part(how); /* the router */

	rbf_wire_put_str(w, "mta", "exim");
	put_max(w, "id", id, SHORT_MAX);
	/* At the end of a message the address is one of several, or "@". */
	bool message = strcmp(outcome->kind, "complete") == 0;
	put_max(w, "recipient", message ? "" : args[3], ADDRESS_MAX);
	put_max(w, "sender", who, ADDRESS_MAX);
	rbf_wire_put_str(w, "kind", outcome->kind);
	rbf_wire_put_str(w, "stage", outcome->stage);
	if (outcome->code)
		rbf_wire_put_int(w, "code", outcome->code);
	put_max(w, "host", where, SHORT_MAX);
	put_max(w, "ip", ip, SHORT_MAX);
	if (strtol(port, NULL, 10) > 0)
		put_max(w, "port", port, SHORT_MAX);
	put_max(w, "source_ip", source_ip, SHORT_MAX);
	put_max(w, "transport", how, SHORT_MAX);
	rbf_wire_put_int(w, "time", now_ms);
	(void)rbf_wire_put_cut(w, "text", args[1], strnlen(args[1], RBX_TEXT_MAX), room);
}

rbx_told rbx_tell_event(rbx_engine *e, char *const args[RBX_EVENT_ARGS], char lost[RBX_LOST_MAX])
{
	rbx_outcome outcome;
	lost[0] = '\0';
	if (!rbx_event_read(args[0], args[1], args[2], &outcome))
		return RBX_NOTHING_TO_TELL;
	int64_t now_ms = rbf_client_wall_ms();
	rbf_wire_record answer;
	rbf_wire_writer w = request_of(e, "result");
	put_result(&w, args, &outcome, now_ms, 1);
	if (ask(e, &w, -1, &answer) == RBF_CLIENT_OK)
		return RBX_TOLD;
	if (outcome.keep) {
		w = rbf_wire_writer_of(lost, RBX_LOST_MAX);
		w.sep = '\t';
		rbf_wire_put_str(&w, "request", "result");
		put_result(&w, args, &outcome, now_ms, 0);
		lost[w.len - 1] = '\0'; /* instead of the last TAB */
	}
	return RBX_LOST;
}

/* ---- gate and submission ------------------------------------------------------------------ */

/* prefix and text in out, the text as printable ASCII in one line: a redirect router must find
 * nothing in it to interpret. */
static void say(char out[RBX_ANSWER_MAX], const char *prefix, const char *text)
{
	size_t n = 0;
	for (; *prefix && n < RBX_ANSWER_MAX - 1; prefix++)
		out[n++] = *prefix;
	for (; *text && n < RBX_ANSWER_MAX - 1; text++) {
		unsigned char c = (unsigned char)*text;
		out[n++] = c < 0x20 ? ' ' : c < 0x7f ? (char)c : '?';
	}
	out[n] = '\0';
}

static void put_digits(char *to, int64_t n, int digits)
{
	for (int i = digits - 1; i >= 0; i--, n /= 10)
		to[i] = (char)('0' + n % 10);
}

/* ":defer: " with the engine's words, or with what it said of the time. Own calendar (days to
 * year, month, day in the proleptic Gregorian calendar): gmtime_r may allocate and lock. */
static void say_wait(char out[RBX_ANSWER_MAX], const rbf_wire_record *answer)
{
	const char *text = rbf_wire_get_str(answer, "text", "");
	int64_t s = rbf_wire_get_int(answer, "until", 0) / 1000;
	if (text[0] || s <= 0 || s > 253402300799) {
		say(out, ":defer: ", text[0] ? text : "not yet");
		return;
	}
	int64_t day = s / 86400 + 719468, minute = s % 86400 / 60;
	int64_t era = day / 146097, of_era = day % 146097;
	int64_t year = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
	int64_t of_year = of_era - (365 * year + year / 4 - year / 100);
	int64_t month = (5 * of_year + 2) / 153; /* March is 0 */
	char when[] = "not before yyyy-mm-dd hh:mm UTC";
	put_digits(when + 11, year + era * 400 + (month >= 10), 4);
	put_digits(when + 16, month < 10 ? month + 3 : month - 9, 2);
	put_digits(when + 19, of_year - (153 * month + 2) / 5 + 1, 2);
	put_digits(when + 22, minute / 60, 2);
	put_digits(when + 25, minute % 60, 2);
	say(out, ":defer: ", when);
}

char *rbx_ask_gate(rbx_engine *e, char *const args[RBX_GATE_ARGS], char out[RBX_ANSWER_MAX])
{
	char *const pass = args[2], *const id = args[3], *const unasked = args[6];
	if (id[0] == '\0' && strcmp(args[0], RBF_PROBE) != 0)
		return pass;
	rbf_wire_record answer;
	rbf_wire_writer w = request_of(e, "gate");
	rbf_wire_put_str(&w, "mta", "exim");
	put_max(&w, "id", id, SHORT_MAX);
	put_max(&w, "recipient", args[0], ADDRESS_MAX);
	put_max(&w, "sender", args[4], ADDRESS_MAX);
	put_max(&w, "mx", args[1], MX_MAX);
	put_max(&w, "age_s", args[5], SHORT_MAX);
	if (e->forced)
		rbf_wire_put_str(&w, "forced", "1");
	if (ask(e, &w, -1, &answer) != RBF_CLIENT_OK)
		return unasked;
	const char *action = rbf_wire_get_str(&answer, "action", "");
	if (strcmp(action, "go") == 0)
		return pass;
	if (strcmp(action, "wait") == 0)
		say_wait(out, &answer);
	else if (strcmp(action, "fail") == 0)
		say(out, ":fail: ", rbf_wire_get_str(&answer, "text", "rebuff: given up"));
	else if (strcmp(action, "discard") == 0)
		say(out, ":blackhole:", "");
	else {
		e->client.problem = "the engine's answer is no action";
		return unasked;
	}
	return out;
}

bool rbx_ask_submit(rbx_engine *e, char *const args[RBX_SUBMIT_ARGS], char out[RBX_ANSWER_MAX])
{
	rbf_wire_record answer;
	rbf_wire_writer w = request_of(e, "submit");
	put_max(&w, "recipient", args[0], ADDRESS_MAX);
	put_max(&w, "sender", args[1], ADDRESS_MAX);
	out[0] = '\0';
	if (ask(e, &w, -1, &answer) != RBF_CLIENT_OK)
		return false;
	const char *action = rbf_wire_get_str(&answer, "action", "");
	if (strcmp(action, "refuse") == 0)
		say(out, "", rbf_wire_get_str(&answer, "text", "5.1.1 recipient suppressed"));
	return out[0] != '\0' || strcmp(action, "accept") == 0;
}

char *rbx_ask_return_path(rbx_engine *e, char *const args[RBX_PATH_ARGS], char out[RBX_ANSWER_MAX])
{
	rbf_wire_record answer;
	rbf_wire_writer w = request_of(e, "return-path");
	put_max(&w, "recipient", args[0], ADDRESS_MAX);
	put_max(&w, "sender", args[1], ADDRESS_MAX);
	put_max(&w, "id", args[2], SHORT_MAX);
	put_max(&w, "received", args[3], SHORT_MAX);
	if (ask(e, &w, -1, &answer) != RBF_CLIENT_OK)
		return args[4];
	say(out, "", rbf_wire_get_str(&answer, "return_path", ""));
	return out[0] ? out : args[4];
}

/* How often `part` stands in text[len]. */
static int count(const char *text, size_t len, const char *part)
{
	size_t n = strlen(part);
	int found = 0;
	for (size_t i = 0; i + n <= len; i++)
		found += memcmp(text + i, part, n) == 0;
	return found;
}

/* One clause of Authentication-Results: the domain, and its length, if it is a valid signature. */
static size_t signed_domain(const char *clause, size_t len, const char **domain)
{
	static const char begins[] = "dkim=pass header.d=";
	size_t n = 0;
	while (len && (*clause == ' ' || *clause == '\t' || *clause == '\n' || *clause == '\r')) {
		clause++;
		len--;
	}
	if (len < sizeof begins || memcmp(clause, begins, sizeof begins - 1) != 0 ||
		count(clause, len, "header.d=") != 1 || count(clause, len, "header.s=") != 1 ||
		count(clause, len, "header.i=") > 1)
		return 0;
	clause += sizeof begins - 1;
	len -= sizeof begins - 1;
	while (n < len && (rbx_is_id_char(clause[n]) || clause[n] == '.' || clause[n] == '-'))
		n++;
	*domain = clause;
	bool followed = len - n > 10 &&
		(memcmp(clause + n, " header.i=", 10) == 0 ||
			memcmp(clause + n, " header.s=", 10) == 0);
	return followed ? n : 0;
}

void rbx_dkim_passed(const char *authresults, char out[RBX_DKIM_MAX])
{
	size_t used = 0;
	out[0] = '\0';
	while (*authresults) {
		const char *domain = "";
		size_t len = strcspn(authresults, ";"),
		       n = signed_domain(authresults, len, &domain);
		if (n && used + n + 2 <= RBX_DKIM_MAX) {
			if (used)
				out[used++] = ',';
			memcpy(out + used, domain, n);
			used += n;
			out[used] = '\0';
		}
		authresults += len + (authresults[len] == ';');
	}
}

bool rbx_tell_message(rbx_engine *e, const rbx_message *m, char refusal[RBX_ANSWER_MAX])
{
	rbf_wire_record answer;
	refusal[0] = '\0';
	rbf_wire_writer w = request_of(e, "message");
	rbf_wire_put_str(&w, "mta", "exim");
	put_max(&w, "id", m->id, SHORT_MAX);
	put_max(&w, "recipients", m->recipients, RBX_TEXT_MAX);
	put_max(&w, "client_ip", m->client_ip, SHORT_MAX);
	put_max(&w, "client_name", m->client_name, SHORT_MAX);
	put_max(&w, "dkim", m->dkim, RBX_DKIM_MAX);
	rbf_wire_put_int(&w, "size_bytes", m->size_bytes);
	(void)rbf_wire_put_cut(&w, "headers", m->headers, m->headers_len, 1);
	if (ask(e, &w, m->fd, &answer) != RBF_CLIENT_OK)
		return false;
	if (strcmp(rbf_wire_get_str(&answer, "action", ""), "refuse") == 0)
		say(refusal, "", rbf_wire_get_str(&answer, "text", "5.7.1 not about our mail"));
	return true;
}

/* ---- forced ------------------------------------------------------------------------------- */

bool rbx_is_forced(const char *cmdline, size_t len, const char *id)
{
	bool deliver = false;
	if (len >= sizeof RBX_WAKE_ARGV0 &&
		memcmp(cmdline, RBX_WAKE_ARGV0, sizeof RBX_WAKE_ARGV0) == 0)
		return false;
	for (size_t at = 0; at < len;) {
		const char *arg = cmdline + at;
		size_t n = strnlen(arg, len - at);
		if (n == 2 && memcmp(arg, "-M", 2) == 0)
			deliver = true;
		else if (deliver && n == strlen(id) && memcmp(arg, id, n) == 0)
			return true;
		at += n + 1;
	}
	return false;
}
