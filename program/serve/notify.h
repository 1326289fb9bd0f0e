/*
 * notify.h - alarms are told to people, each incident once with its updates (begun, checked, over):
 * to syslog, by mail, to a command, to a webhook; and a "blocked" alarm has the checks run, in a
 * child process. What fails is tried again, for a day.
 */
#ifndef RBF_PROGRAM_NOTIFY_H
#define RBF_PROGRAM_NOTIFY_H
#include <event2/event.h>

#include "common/command.h"
#include "serve/log.h"
#include "serve/writer.h"

typedef struct notify notify;

/* Everything is borrowed. NULL: no memory. */
notify *notify_new(struct event_base *base, rebuff_ctx *ctx, writer *to,
	const command_options *options, const char *node, logger *log);
/* Look what is to be told. Called every second. */
void notify_tick(notify *n);
/* Start nothing more, and end what is under way. Before the writer stops. */
void notify_stop(notify *n);
/* After it. Sets *n to NULL; accepts NULL. */
void notify_free(notify **n);
#endif
