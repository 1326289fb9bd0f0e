/*
 * opensmtpd_list.h - a listing of the whole queue. Of a large one smtpd makes it within seconds, so
 * smtpctl writes it to a file while everything else goes on; then it is read. What we hold and
 * is paused no more, or is neither in it nor in the spool, is ours no more.
 */
#ifndef RBO_LIST_H
#define RBO_LIST_H
#include <sys/types.h>

#include "mtactl/mta.h"
#include "mtactl/opensmtpd_act.h"

typedef struct {
	const char *folder; /* for the file */
	pid_t child; /* 0: none is under way */
	int fd;
	int64_t begun_ms;
	rbf_ask *ask; /* NULL: nobody wants to see the lines */
} rbo_listing;

/* Begin one for `ask`, which is answered at its end, or now when it cannot be. */
void rbo_list_begin(rbo_listing *l, rbo_act *a, rbf_ask *ask);
/* A child has ended with this status of waitpid. */
void rbo_list_child_over(rbo_listing *l, rbo_act *a, pid_t pid, int status);
/* Called every second: one that takes too long is given up. */
void rbo_list_tick(const rbo_listing *l, int64_t now_ms);
/* The same, waited for, and shown to nobody. */
void rbo_list_now(rbo_listing *l, rbo_act *a);
#endif
