#include "exim/event.h"

#include <stdlib.h>
#include <string.h>

/* Exim's own error numbers (its macros.h), as far as they tell the stage. */
enum {
	EXIM_TLS_FAILURE = -37,
	EXIM_TLS_REQUIRED = -38,
	EXIM_AUTH_FAIL = -42,
	EXIM_RCPT_4XX = -44,
	EXIM_MAIL_4XX = -45,
	EXIM_DATA_4XX = -46,
};

static bool starts(const char *text, const char *prefix, const char **rest)
{
	size_t len = strlen(prefix);
	if (strncmp(text, prefix, len) != 0)
		return false;
	*rest = text + len;
	return true;
}

/* What Exim writes where the command stands to which the server's answer belongs. */
static const char *stage_of_command(const char *command, bool replied)
{
	static const struct {
		const char *begins;
		const char *stage;
	} commands[] = {
		{"EHLO", "ehlo"},
		{"HELO", "ehlo"},
		{"LHLO", "ehlo"},
		{"STARTTLS", "tls"},
		{"AUTH", "auth"},
		{"MAIL FROM", "mail"},
		{"RCPT TO", "rcpt"},
		{"DATA", "data"},
		{"BDAT", "dot"},
		{"end of data", "dot"},
		{"sending data block", "dot"},
	};
	const char *rest;
	if (starts(command, "pipelined ", &rest))
		command = rest;
	if (starts(command, "initial connection", &rest))
		return replied ? "banner" : "connect";
	for (size_t i = 0; i < sizeof commands / sizeof *commands; i++) {
		if (starts(command, commands[i].begins, &rest))
			return commands[i].stage;
	}
	return "unknown";
}

const char *rbx_stage_of_sentence(const char *text)
{
	static const struct {
		const char *begins;
		bool replied;
	} sentences[] = {
		{"SMTP error from remote mail server after ", true},
		{"LMTP error after ", true},
		{"LMTP error from remote mail server after ", true},
		{"SMTP timeout after ", false},
		{"LMTP timeout after ", false},
		{"Remote host closed connection in response to ", false},
		{"Malformed SMTP reply in response to ", true},
		{"Malformed LMTP reply in response to ", true},
	};
	const char *command;
	for (size_t i = 0; i < sizeof sentences / sizeof *sentences; i++) {
		if (starts(text, sentences[i].begins, &command))
			return stage_of_command(command, sentences[i].replied);
	}
	return "unknown";
}

const char *rbx_stage_of_errno(int number)
{
	if (number > 0)
		return "connect"; /* the system's: refused, timed out, unreachable, reset */
	switch (number) {
	case EXIM_TLS_FAILURE:
	case EXIM_TLS_REQUIRED:
		return "tls";
	case EXIM_AUTH_FAIL:
		return "auth";
	case EXIM_RCPT_4XX:
		return "rcpt";
	case EXIM_MAIL_4XX:
		return "mail";
	case EXIM_DATA_4XX:
		return "dot";
	default:
		return "unknown";
	}
}

const char *rbx_stage_of_routing(const char *text)
{
	static const char *const about_dns[] = {
		"Unrouteable address",
		"an MX or SRV record indicated no SMTP service",
		"all relevant MX records point to non-existent hosts",
		"all relevant SRV records point to non-existent hosts",
		"all relevant host lookups failed",
		"host lookup did not complete",
		"lowest numbered MX record points to local host",
	};
	const char *rest;
	for (size_t i = 0; i < sizeof about_dns / sizeof *about_dns; i++) {
		if (starts(text, about_dns[i], &rest))
			return "dns";
	}
	return "unknown";
}

/* 4xx at RCPT: Exim keeps the reply's last two digits above the low byte of its number. */
static int code_of_rcpt_errno(int number)
{
	int digits = number >> 8;
	return number > 0 && digits < 100 ? 400 + digits : 0;
}

/* exim -Mrm and -Mg raise a failure for each recipient: a decision here, no word from there. */
static bool by_operator(const char *data)
{
	const char *rest;
	return starts(data, "message removed by ", &rest) ||
		starts(data, "delivery cancelled by ", &rest);
}

bool rbx_event_read(const char *name, const char *data, const char *defer_errno, rbx_outcome *out)
{
	enum from { SENTENCE, RCPT, ROUTING, DOT, NONE };
	static const struct {
		const char *name;
		const char *kind;
		enum from stage;
		bool keep;
	} events[] = {
		{"msg:delivery", "delivered", DOT, true},
		{"msg:complete", "complete", NONE, false},
		{"msg:fail:delivery", "failed", SENTENCE, true},
		{"msg:fail:internal", "failed", ROUTING, true},
		{"msg:rcpt:host:defer", "host-defer", RCPT, true},
		{"msg:rcpt:defer", "rcpt-defer", RCPT, true},
		{"msg:host:defer", "host-defer", SENTENCE, true},
		{"msg:defer", "message-defer", SENTENCE, true},
	};
	size_t i = 0, n = sizeof events / sizeof *events;
	while (i < n && strcmp(events[i].name, name) != 0)
		i++;
	if (i == n)
		return false;
	if (events[i].stage == ROUTING && by_operator(data))
		return false;
	int number = (int)strtol(defer_errno, NULL, 10);
	*out = (rbx_outcome){.kind = events[i].kind, .stage = "unknown", .keep = events[i].keep};
	switch (events[i].stage) {
	case RCPT:
		out->stage = "rcpt";
		out->code = code_of_rcpt_errno(number);
		break;
	case ROUTING:
		out->stage = rbx_stage_of_routing(data);
		break;
	case DOT:
		out->stage = "dot";
		break;
	case SENTENCE:
		out->stage = rbx_stage_of_sentence(data);
		if (strcmp(out->stage, "unknown") == 0)
			out->stage = rbx_stage_of_errno(number);
		break;
	case NONE:
		break;
	}
	return true;
}
