#define _DEFAULT_SOURCE /* timegm */
#include "exim/mainlog.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "client/exim_id.h"

/* Exim's numbers of deferrals that are no attempt (its macros.h). */
enum {
	EXIM_ROUTING_RETRY = -52, /* the address's retry time: no router was asked */
	EXIM_HOST_RETRY = -54, /* every host's retry time: the gate was asked, no host was */
};

/* What is left of the line. */
typedef struct {
	char *p;
} cursor;

static bool skip(cursor *c, const char *text)
{
	size_t len = strlen(text);
	if (strncmp(c->p, text, len) != 0)
		return false;
	c->p += len;
	return true;
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* ---- the time ----------------------------------------------------------------------------- */

/* `digits` digits; -1 when they are not there. */
static int number(const char *p, int digits)
{
	int n = 0;
	for (int i = 0; i < digits; i++) {
		if (!is_digit(p[i]))
			return -1;
		n = n * 10 + (p[i] - '0');
	}
	return n;
}

/* Does p look like the form, in which 0 stands for a digit? */
static bool looks_like(const char *p, const char *form)
{
	for (; *form; p++, form++) {
		if (*form == '0' ? !is_digit(*p) : *p != *form)
			return false;
	}
	return true;
}

/* "2026-11-24 10:33:22", perhaps with ".123" and " +0100", and the space behind it. */
static int64_t take_time(cursor *c)
{
	char *p = c->p;
	if (!looks_like(p, "0000-00-00 00:00:00"))
		return 0;
	struct tm t = {.tm_year = number(p, 4) - 1900,
		.tm_mon = number(p + 5, 2) - 1,
		.tm_mday = number(p + 8, 2),
		.tm_hour = number(p + 11, 2),
		.tm_min = number(p + 14, 2),
		.tm_sec = number(p + 17, 2),
		.tm_isdst = -1};
	int64_t ms = 0, seconds;
	p += 19;
	if (looks_like(p, ".000")) {
		ms = number(p + 1, 3);
		p += 4;
	}
	if ((p[0] == ' ') && (p[1] == '+' || p[1] == '-') && number(p + 2, 4) >= 0) {
		int zone = number(p + 2, 2) * 3600 + number(p + 4, 2) * 60;
		seconds = (int64_t)timegm(&t) - (p[1] == '-' ? -zone : zone);
		p += 6;
	} else {
		seconds = (int64_t)mktime(&t);
	}
	if (*p != ' ')
		return 0;
	c->p = p + 1;
	return seconds * 1000 + ms;
}

/* "Nov 24 10:33:22 host exim[123]: " or "2026-11-24T10:33:22.123456+01:00 host exim[123]: ". */
static void skip_syslog(cursor *c)
{
	char *program = strstr(c->p, " exim");
	char *colon = program ? strstr(program, ": ") : NULL;
	if (colon && !memchr(program + 1, ' ', (size_t)(colon - program - 1)) &&
		program - c->p < 300)
		c->p = colon + 2;
}

/* ---- fields ------------------------------------------------------------------------------- */

/* Up to the next space: cut off with a NUL. */
static char *word(cursor *c)
{
	char *start = c->p;
	c->p += strcspn(c->p, " ");
	if (*c->p)
		*c->p++ = '\0';
	return start;
}

/* After an opening character up to the closing one, which is cut off. */
static char *enclosed(cursor *c, char close)
{
	char *start = c->p, *end = strchr(c->p, close);
	if (!end)
		return start + strlen(start);
	*end = '\0';
	c->p = end + 1;
	return start;
}

/* "250 \"x\" and \\": what stands between quotes, with its escapes undone. */
static char *quoted(cursor *c)
{
	char *start = c->p, *to = start;
	while (*c->p && *c->p != '"') {
		if (c->p[0] == '\\' && (c->p[1] == '"' || c->p[1] == '\\'))
			c->p++;
		*to++ = *c->p++;
	}
	if (*c->p)
		c->p++;
	*to = '\0';
	return start;
}

/* A text begins after ": ", the end of what Exim says of the attempt. */
static bool at_text(cursor *c)
{
	return skip(c, ": ") || (c->p[0] == ':' && c->p[1] == '\0' && skip(c, ":"));
}

/* ":25" behind an address in brackets; its end is cut off by whoever reads on. */
static char *port(cursor *c)
{
	if (c->p[0] != ':' || !is_digit(c->p[1]))
		return c->p + strlen(c->p);
	char *start = c->p + 1;
	c->p = start + strspn(start, "0123456789");
	return start;
}

/* "H=name (helo) [ip]:port": the name may be missing, the rest but the address too. */
static void take_host(cursor *c, rbx_log_line *out)
{
	char *name = c->p;
	size_t len = strcspn(name, " [:");
	cursor rest = {name + len};
	if (skip(&rest, " ("))
		(void)enclosed(&rest, ')');
	(void)skip(&rest, " ");
	if (!skip(&rest, "[")) {
		c->p = name + len;
		return;
	}
	out->ip = enclosed(&rest, ']');
	out->port = port(&rest);
	out->host = name;
	c->p = rest.p;
	name[len] = '\0';
}

/* One item behind the address. What may follow it (a space or ": ") stays in front of the cursor.
 */
static void take_item(cursor *c, rbx_log_line *out)
{
	static const struct {
		const char *name;
		size_t at;
	} words[] = {
		{"R=", offsetof(rbx_log_line, router)},
		{"T=", offsetof(rbx_log_line, transport)},
	};
	if (skip(c, "H=")) {
		take_host(c, out);
		return;
	}
	if (skip(c, "I=[")) {
		out->source_ip = enclosed(c, ']');
		(void)port(c);
		return;
	}
	if (skip(c, "F=<")) {
		out->sender = enclosed(c, '>');
		out->has_sender = true;
		return;
	}
	if (skip(c, "C=\"")) {
		out->text = quoted(c);
		return;
	}
	if (skip(c, "DN=\"")) {
		(void)quoted(c);
		return;
	}
	if (skip(c, "defer (")) {
		out->error = (int)strtol(enclosed(c, ')'), NULL, 10);
		return;
	}
	char **field = NULL;
	for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
		if (skip(c, words[i].name))
			field = (char **)(void *)((char *)out + words[i].at);
	}
	char *start = c->p;
	size_t len = strcspn(start, " ");
	if (len > 0 && start[len - 1] == ':')
		len--;
	c->p = start + len;
	if (field)
		*field = start; /* its end is cut off by the caller */
}

/* The items of a delivery, failure or deferral, up to its text. */
static void take_items(cursor *c, rbx_log_line *out)
{
	while (*c->p) {
		char *end = c->p;
		if (at_text(c)) {
			*end = '\0';
			if (!out->text[0])
				out->text = c->p;
			return;
		}
		if (!skip(c, " ")) {
			/* Not of a form that we know: leave the rest as text. */
			out->text = c->p;
			return;
		}
		*end = '\0';
		take_item(c, out);
	}
}

/* Where an address of the log ends: before the first of the items that may follow it. */
static size_t address_len(const char *s)
{
	static const char *const follow[] = {
		" <", " F=<", " P=<", " R=", " T=", " routing defer (", " defer (", ": "};
	size_t len = strlen(s);
	/* ":blackhole:" has a colon of its own. */
	const char *from = s[0] == ':' && strchr(s + 1, ':') ? strchr(s + 1, ':') + 1 : s;
	for (size_t i = 0; i < sizeof follow / sizeof *follow; i++) {
		const char *at = strstr(from, follow[i]);
		if (at && (size_t)(at - s) < len)
			len = (size_t)(at - s);
	}
	return len;
}

static void take_recipient(cursor *c, rbx_log_line *out)
{
	char *address = c->p, *original = NULL;
	c->p += address_len(address);
	char *end = c->p;
	if (skip(c, " <"))
		original = enclosed(c, '>');
	out->recipient = address;
	take_items(c, out);
	*end = '\0';
	if (original && (address[0] == '/' || address[0] == '|' || !strchr(address, '@')))
		out->recipient = original;
}

/* "Connection timed out H=mx.example [192.0.2.1]: SMTP timeout after ...": the system's word for
 * the error comes first, the host and Exim's sentence behind it. */
static void take_late_host(rbx_log_line *out)
{
	rbx_log_line late = *out;
	cursor c = {strstr(out->text, " H=")};
	if (!c.p || !skip(&c, " H="))
		return;
	take_host(&c, &late);
	if (skip(&c, " I=[")) {
		late.source_ip = enclosed(&c, ']');
		(void)port(&c);
	}
	if (!late.ip[0] || !skip(&c, ": "))
		return;
	*out = late;
	out->text = c.p;
}

/* ---- lines -------------------------------------------------------------------------------- */

static rbx_log_kind kind_of_words(const char *text)
{
	static const struct {
		const char *begins;
		rbx_log_kind kind;
	} words[] = {
		{"Completed", RBX_LOG_COMPLETED},
		{"rebuff lost ", RBX_LOG_LOST},
		{"Frozen", RBX_LOG_FROZEN},
		{"frozen by ", RBX_LOG_FROZEN},
		{"Message is frozen", RBX_LOG_FROZEN},
		{"Unfrozen", RBX_LOG_THAWED},
		{"unfrozen by ", RBX_LOG_THAWED},
		{"removed by ", RBX_LOG_REMOVED},
		{"cancelled by ", RBX_LOG_REMOVED},
		{"cancelled by timeout_frozen_after", RBX_LOG_REMOVED},
	};
	for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
		if (strncmp(text, words[i].begins, strlen(words[i].begins)) == 0)
			return words[i].kind;
	}
	return RBX_LOG_OTHER;
}

static void take_arrival(cursor *c, rbx_log_line *out)
{
	out->sender = word(c);
	out->has_sender = true;
	if (strcmp(out->sender, "<>") == 0)
		out->sender += 2;
}

static void take_message(cursor *c, rbx_log_line *out)
{
	static const struct {
		const char *flag;
		rbx_log_kind kind;
	} flags[] = {
		{"<= ", RBX_LOG_ARRIVED},
		{"=> ", RBX_LOG_DELIVERED},
		{"-> ", RBX_LOG_DELIVERED},
		{">> ", RBX_LOG_DELIVERED},
		{"** ", RBX_LOG_FAILED},
		{"== ", RBX_LOG_DEFERRED},
	};
	for (size_t i = 0; i < sizeof flags / sizeof *flags; i++) {
		if (skip(c, flags[i].flag))
			out->kind = flags[i].kind;
	}
	char *text = c->p;
	switch (out->kind) {
	case RBX_LOG_ARRIVED:
		take_arrival(c, out);
		return;
	case RBX_LOG_DELIVERED:
	case RBX_LOG_FAILED:
	case RBX_LOG_DEFERRED:
		take_recipient(c, out);
		if (out->kind == RBX_LOG_DEFERRED && !out->ip[0])
			take_late_host(out);
		return;
	default:
		out->kind = kind_of_words(text);
		out->text = out->kind == RBX_LOG_LOST ? text + strlen("rebuff lost ") : text;
	}
}

void rbx_log_parse(char *line, size_t len, rbx_log_line *out)
{
	char *none = line + len;
	cursor c = {line};
	*out = (rbx_log_line){RBX_LOG_OTHER, 0, none, none, none, false, none, none, none, none,
		none, none, 0, none};
	/* A NUL inside would end every search early. */
	for (char *nul; (nul = memchr(line, '\0', len));)
		*nul = '?';
	if (!looks_like(line, "0000-00-00 "))
		skip_syslog(&c);
	out->time_ms = take_time(&c);
	if (c.p[0] == '[' && is_digit(c.p[1]) && strstr(c.p, "] "))
		c.p = strstr(c.p, "] ") + 2;
	size_t id = strcspn(c.p, " ");
	if (!rbx_is_message_id(c.p, id))
		return;
	out->id = word(&c);
	take_message(&c, out);
}

/* ---- results ------------------------------------------------------------------------------ */

static bool starts(const char *text, const char *prefix)
{
	return strncmp(text, prefix, strlen(prefix)) == 0;
}

static bool ends(const char *text, const char *suffix)
{
	size_t n = strlen(text), m = strlen(suffix);
	return n >= m && strcmp(text + n - m, suffix) == 0;
}

/* A deferral in the words of an event that would have reported it. */
static bool deferral(const rbx_log_line *l, rbx_outcome *out)
{
	if (strcmp(l->router, "rebuff_gate") == 0 || l->error == EXIM_ROUTING_RETRY)
		return false;
	if (l->error == EXIM_HOST_RETRY) {
		*out = (rbx_outcome){.kind = "host-defer", .stage = "unknown"};
		return true;
	}
	if (!l->transport[0]) {
		*out = (rbx_outcome){.kind = "rcpt-defer", .stage = rbx_stage_of_routing(l->text)};
		return true;
	}
	const char *stage = rbx_stage_of_sentence(l->text);
	if (strcmp(stage, "unknown") == 0)
		stage = rbx_stage_of_errno(l->error);
	bool rcpt = strcmp(stage, "rcpt") == 0 && !starts(l->text, "Remote host closed");
	*out = (rbx_outcome){.kind = rcpt ? "rcpt-defer" : "message-defer", .stage = stage};
	return true;
}

static bool failure(const rbx_log_line *l, rbx_outcome *out)
{
	*out = (rbx_outcome){.kind = "failed"};
	out->stage = l->transport[0] || l->host[0] ? rbx_stage_of_sentence(l->text)
						   : rbx_stage_of_routing(l->text);
	return true;
}

bool rbx_log_outcome(const rbx_log_line *l, rbx_outcome *out)
{
	bool result = true;
	switch (l->kind) {
	case RBX_LOG_DELIVERED:
		*out = (rbx_outcome){.kind = "delivered", .stage = "dot"};
		break;
	case RBX_LOG_COMPLETED:
		*out = (rbx_outcome){.kind = "complete", .stage = "unknown"};
		break;
	case RBX_LOG_FAILED:
		result = failure(l, out);
		break;
	case RBX_LOG_DEFERRED:
		result = deferral(l, out);
		break;
	default:
		result = false;
	}
	if (result)
		out->keep = strcmp(out->kind, "complete") != 0;
	return result;
}

bool rbx_log_unreported(const rbx_log_line *l)
{
	rbx_outcome outcome;
	if (!rbx_log_outcome(l, &outcome))
		return false;
	switch (l->kind) {
	case RBX_LOG_COMPLETED:
		return true; /* a removal by hand raises no event */
	case RBX_LOG_FAILED:
		return ends(l->text, "retry timeout exceeded");
	case RBX_LOG_DEFERRED:
		return !l->transport[0] || l->error == EXIM_HOST_RETRY ||
			starts(l->text, "SMTP timeout after RCPT TO") ||
			starts(l->text, "SMTP timeout after pipelined RCPT TO");
	default:
		return false;
	}
}

/* Where a configuration writes to the log, Exim shows bytes above 0x7f as \ooo (2oo or 3oo): no
 * escape of the wire begins so. Make them bytes again. */
static void undo_octal(char *text)
{
	char *to = text;
	for (const char *p = text; *p;) {
		if (p[0] == '\\' && (p[1] == '2' || p[1] == '3') && p[2] >= '0' && p[2] <= '7' &&
			p[3] >= '0' && p[3] <= '7') {
			*to++ = (char)((p[1] - '0') * 64 + (p[2] - '0') * 8 + (p[3] - '0'));
			p += 4;
		} else if (p[0] == '\\' && p[1]) {
			*to++ = *p++;
			*to++ = *p++;
		} else {
			*to++ = *p++;
		}
	}
	*to = '\0';
}

bool rbx_log_lost(const rbx_log_line *line, rbf_wire_record *out)
{
	out->n = 0;
	if (line->kind != RBX_LOG_LOST)
		return false;
	undo_octal(line->text);
	return !rbf_wire_decode(line->text, strlen(line->text), '\t', out) &&
		strcmp(rbf_wire_get_str(out, "request", ""), "result") == 0 &&
		strcmp(rbf_wire_get_str(out, "mta", ""), "exim") == 0;
}
