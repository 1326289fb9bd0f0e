/*
 * mainlog.h - one line of Exim's mainlog, read; and which results only the log knows. Pure.
 *
 * Takes lines with any of the common log_selector items, with log_timezone, from a file or behind a
 * syslog prefix. What comes from outside (addresses, replies) stands in the line unquoted: fields
 * are taken from the left, where Exim's own words are, and the remote server's words are never
 * searched.
 */
#ifndef RBX_MAINLOG_H
#define RBX_MAINLOG_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "client/wire.h"
#include "exim/event.h"

typedef enum {
	RBX_LOG_OTHER,
	RBX_LOG_ARRIVED, /* <= */
	RBX_LOG_DELIVERED, /* => -> >> */
	RBX_LOG_FAILED, /* ** */
	RBX_LOG_DEFERRED, /* == */
	RBX_LOG_COMPLETED,
	RBX_LOG_FROZEN, /* by Exim, or by an operator (text: "frozen by root") */
	RBX_LOG_THAWED,
	RBX_LOG_REMOVED, /* by an operator; Completed follows */
	RBX_LOG_LOST, /* text: the fields of a result that the engine did not take */
} rbx_log_kind;

/* Fields lie in the line; "" (its end) when it does not have them. */
typedef struct {
	rbx_log_kind kind;
	int64_t time_ms; /* since 1970; 0 when the line has no time */
	char *id;
	char *recipient; /* as attempted; the envelope's one where that is a file or command */
	char *sender; /* of an arrival, and where the log_selector adds it */
	bool has_sender; /* sender "" is the null sender */
	char *router;
	char *transport;
	char *host;
	char *ip;
	char *port;
	char *source_ip;
	int error; /* of a deferral, in Exim's numbers */
	char *text; /* the reply or Exim's sentence; a delivery's reply is cut to 100 bytes */
} rbx_log_line;

/* Read one line, which has a NUL at line[len] instead of its line feed, in place. Local time is
 * read in the process's time zone. */
void rbx_log_parse(char *line, size_t len, rbx_log_line *out);

/* The line as a result in the wire's words. False when it is none: arrivals, freezing, what the
 * gate itself has deferred or never asked about, lost results (rbx_log_lost). */
bool rbx_log_outcome(const rbx_log_line *line, rbx_outcome *out);

/* Is this a result that no event of Exim's reports? */
bool rbx_log_unreported(const rbx_log_line *line);

/* The fields of a lost result (docs/protocol.md), decoded in place: its text is used up. False when
 * they are not of that form. */
bool rbx_log_lost(const rbx_log_line *line, rbf_wire_record *out);
#endif
