/*
 * mta.h - between rebuff-mtactl's sockets (mtactl_main.c) and what it does to one kind of mail
 * server (exim.c, opensmtpd.c). A mail server's side gets requests, answers each at once or later,
 * and is told when a process that it started is over. All of it runs in one thread and must not
 * wait.
 */
#ifndef RBF_MTACTL_MTA_H
#define RBF_MTACTL_MTA_H
#include <sys/types.h>

#include "client/wire.h"

/* A request that waits for its answer. Its connection asks nothing else before. */
typedef struct rbf_ask rbf_ask;

/* One line of the answer. */
void rbf_ask_put(rbf_ask *a, const char *name, const char *value);
/* The answer is complete: it is sent, and `a` is gone. (Its connection may be gone before: fine.)
 */
void rbf_ask_done(rbf_ask *a);
void rbf_ask_ok(rbf_ask *a); /* ok=1, done */
void rbf_ask_error(rbf_ask *a, const char *text); /* error=text, done */

/* Requests that have come on several connections. */
typedef enum {
	RBF_TURN_FIRST, /* before all others */
	RBF_TURN_NEXT, /* one connection after the other */
	RBF_TURN_LATER /* to be asked again in the next round */
} rbf_turn;

typedef struct {
	const char *program; /* the mail server's command; NULL: the usual one */
	const char *spool; /* its queue; NULL: the usual one */
	const char *folder; /* where to keep what must outlive a restart */
	const char *engine; /* the engine's socket for this mail server */
	const char *alive; /* the engine's stamp */
} rbf_mta_options;

typedef struct {
	const char *name; /* as in mta=, and on the command line */
	/* NULL: no memory, said on standard error. `options` stay the caller's, for good. */
	void *(*open)(const rbf_mta_options *options);
	/* `r` is valid during the call only. */
	void (*request)(void *self, const rbf_wire_record *r, rbf_ask *a);
	/* A child of ours has ended with this status of waitpid. */
	void (*child_over)(void *self, pid_t pid, int status);
	/* Whose turn is this request's? NULL: all are alike. */
	rbf_turn (*turn)(void *self, const rbf_wire_record *r);
	/* Called every second, and sooner when due_ms (NULL: never) says in how many milliseconds;
	 * -1 is not sooner. */
	void (*tick)(void *self);
	int (*due_ms)(void *self);
	/* We are told to end. NULL: nothing to do. */
	void (*close)(void *self);
} rbf_mta;

extern const rbf_mta rbx_mta; /* Exim */
extern const rbf_mta rbo_mta; /* OpenSMTPD */
#endif
