#include "postfix/maillog.h"

#include <stdlib.h>
#include <string.h>

static bool starts(const char *text, const char *prefix)
{
	return strncmp(text, prefix, strlen(prefix)) == 0;
}

/* Move *p behind `word` when it stands there. */
static bool skip(char **p, const char *word)
{
	if (!starts(*p, word))
		return false;
	*p += strlen(word);
	return true;
}

/* The last part of "postfix/relay/smtp". */
static bool is_program(const char *program, const char *name)
{
	const char *slash = strrchr(program, '/');
	return strcmp(slash ? slash + 1 : program, name) == 0;
}

/* "5.1A2b": the queue's name for a message, short (hexadecimal) or long (base 52), before ": ". */
static char *take_id(char **p)
{
	size_t len = strspn(*p, "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz");
	char *id = *p;
	if (len < 5 || len > 40 || id[len] != ':' || id[len + 1] != ' ')
		return NULL;
	id[len] = '\0';
	*p = id + len + 2;
	return id;
}

/* Behind '<' up to its '>', which is cut off: a '>' between quotes belongs to the address. */
static char *take_address(char **p)
{
	char *start = *p, *at = start;
	for (bool quoted = false; *at && (quoted || *at != '>'); at++) {
		if (*at == '\\' && at[1])
			at++;
		else if (*at == '"')
			quoted = !quoted;
	}
	if (!*at)
		return NULL;
	*at = '\0';
	*p = at + 1;
	return start;
}

/* "mx.example[192.0.2.1]:25", "none", "local", or a name without an address: up to ", ". */
static void take_server(char *server, rbp_log_line *out)
{
	char *open = strchr(server, '['), *close = open ? strchr(open, ']') : NULL;
	if (!close)
		return;
	*open = *close = '\0';
	out->host = server;
	out->ip = open + 1;
}

/* "0.31", "1e+02": seconds. */
static int64_t take_delay(char **p)
{
	char *end;
	double s = strtod(*p, &end);
	if (end == *p || !(s >= 0 && s < 1e9))
		return -1;
	*p = end;
	return (int64_t)(s * 1000);
}

/* Where Postfix says to which command the reply belongs: at the end, behind the server's words. */
static const char *take_command(char *text)
{
	static const struct {
		const char *end, *stage;
	} commands[] = {
		{" (in reply to RCPT TO command)", "rcpt"},
		{" (in reply to MAIL FROM command)", "mail"},
		{" (in reply to end of DATA command)", "dot"},
		{" (in reply to DATA command)", "data"},
		{" (in reply to BDAT command)", "dot"},
		{" (in reply to EHLO command)", "ehlo"},
		{" (in reply to HELO command)", "ehlo"},
		{" (in reply to LHLO command)", "ehlo"},
		{" (in reply to AUTH command)", "auth"},
		{" (in reply to STARTTLS command)", "tls"},
	};
	size_t len = strlen(text);
	for (size_t i = 0; i < sizeof commands / sizeof *commands; i++) {
		size_t n = strlen(commands[i].end);
		if (len >= n && strcmp(text + len - n, commands[i].end) == 0) {
			text[len - n] = '\0';
			return commands[i].stage;
		}
	}
	return NULL;
}

static const char *stage_of_sentence(const char *text)
{
	static const struct {
		const char *begins, *stage;
	} sentences[] = {
		{"connect to ", "connect"},
		{"Host or domain name not found", "dns"},
		{"Domain ", "dns"}, /* does not accept mail (nullMX) */
		{"unable to look up host", "dns"},
		{"mail for ", "dns"}, /* loops back to myself */
		{"TLS ", "tls"},
		{"Cannot start TLS", "tls"},
		{"Server certificate", "tls"},
		{"SASL authentication failed", "auth"},
	};
	for (size_t i = 0; i < sizeof sentences / sizeof *sentences; i++) {
		if (starts(text, sentences[i].begins))
			return sentences[i].stage;
	}
	if (starts(text, "lost connection with ") || starts(text, "conversation with "))
		return strstr(text, "receiving the initial server greeting") ? "banner"
			: strstr(text, "sending RCPT TO")		     ? "rcpt"
			: strstr(text, "sending MAIL FROM")		     ? "mail"
			: strstr(text, "end of data")			     ? "dot"
									     : "unknown";
	return "unknown";
}

/* "host mx.example[192.0.2.1] said: 550 ...", "host ... refused to talk to me: 554 ...": leave the
 * server's own words. */
static void take_reply(char *text, rbp_log_line *out)
{
	static const struct {
		const char *words, *stage;
	} ways[] = {{"] said: ", "unknown"}, {"] refused to talk to me: ", "banner"}};
	const char *command = take_command(text);
	out->text = text;
	out->stage = command ? command : stage_of_sentence(text);
	if (!starts(text, "host "))
		return;
	char *close = strchr(text, ']');
	for (size_t i = 0; close && i < sizeof ways / sizeof *ways; i++) {
		if (!starts(close, ways[i].words))
			continue;
		out->text = close + strlen(ways[i].words);
		out->stage = command ? command : ways[i].stage;
		take_server(text + strlen("host "), out);
	}
}

static const char *outcome_of(char **p)
{
	static const struct {
		const char *status, *outcome;
	} all[] = {{"sent (", "delivered"}, {"bounced (", "failed"}, {"deferred (", "rcpt-defer"}};
	for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
		if (skip(p, all[i].status))
			return all[i].outcome;
	}
	return "";
}

/* Behind "to=<": address, perhaps orig_to, relay, conn_use, delay, delays, dsn, status. */
static bool take_result(char *p, rbp_log_line *out)
{
	char *recipient = take_address(&p);
	if (!recipient)
		return false;
	out->recipient = recipient;
	if ((skip(&p, ", orig_to=<") && !take_address(&p)) || !skip(&p, ", relay="))
		return false;
	char *server = p, *end = strstr(p, ", "), *last;
	if (!end)
		return false;
	*end = '\0';
	p = end + 2;
	if (skip(&p, "conn_use=") && (p = strstr(p, ", ")))
		p += 2;
	if (!p || !skip(&p, "delay="))
		return false;
	out->delay_ms = take_delay(&p);
	/* Delays and the dsn are numbers of Postfix's own. */
	if (!(p = strstr(p, ", status=")))
		return false;
	p += strlen(", status=");
	out->outcome = outcome_of(&p);
	if (!(last = strrchr(p, ')')))
		return false;
	*last = '\0';
	take_server(server, out);
	take_reply(p, out);
	return true;
}

/* A probe of an address, or Postfix's own decision not to try now: no attempt. */
static bool untried(const rbp_log_line *l)
{
	return !*l->outcome || starts(l->text, "delivery temporarily suspended");
}

void rbp_log_parse(const char *program, char *text, size_t len, rbp_log_line *out)
{
	char *none = text + len, *p = text;
	bool delivers = is_program(program, "smtp") || is_program(program, "lmtp");
	bool manages = is_program(program, "qmgr") || is_program(program, "postsuper");
	*out = (rbp_log_line){RBP_LOG_OTHER, none, none, none, "", "unknown", none, none, -1, none};
	for (char *nul; (nul = memchr(text, '\0', len));)
		*nul = '?';
	if ((!delivers && !manages) || !(out->id = take_id(&p))) {
		out->id = none;
		return;
	}
	if (delivers && skip(&p, "to=<")) {
		out->kind = !take_result(p, out) ? RBP_LOG_UNREAD
			: untried(out)		 ? RBP_LOG_OTHER
						 : RBP_LOG_RESULT;
	} else if (manages && skip(&p, "from=<")) {
		out->sender = take_address(&p);
		out->kind = !out->sender		? RBP_LOG_UNREAD
			: starts(p, ", status=expired") ? RBP_LOG_OVER
							: RBP_LOG_SENDER;
		out->sender = out->sender ? out->sender : none;
	} else if (manages && strcmp(p, "removed") == 0) {
		out->kind = RBP_LOG_OVER;
	}
}

bool rbp_log_is_remote(const char *program, const rbp_log_line *line)
{
	return line->kind == RBP_LOG_RESULT && is_program(program, "smtp") &&
		!starts(line->ip, "127.") && strcmp(line->ip, "::1") != 0;
}
