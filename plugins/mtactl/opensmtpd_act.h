/*
 * opensmtpd_act.h - what can be done to one envelope of smtpd's queue: each action asks the order
 * of opensmtpd_steer.h, keeps the record of pauses and calls smtpctl. An action returns NULL when
 * it was done (or was so already), else a constant sentence that says why not.
 */
#ifndef RBO_ACT_H
#define RBO_ACT_H
#include "mtactl/opensmtpd_ctl.h"
#include "mtactl/opensmtpd_record.h"
#include "mtactl/opensmtpd_steer.h"

enum {
	RBO_CALL_MS = 5000, /* for one smtpctl */
	RBO_LIST_MS = 120000, /* for a whole show queue */
	RBO_ID_TEXT = 17,
};

typedef struct {
	const char *smtpctl; /* path */
	const char *spool; /* smtpd's folder */
	rbo_steer *steer;
	rbo_record record;
	void *ud;
	void (*log)(void *ud, const char *line);
	char text[4096]; /* what smtpctl printed last */
} rbo_act;

/* One line for people, foreign text made harmless. */
void rbo_act_log(rbo_act *a, const char *format, ...);

void rbo_id_text(uint64_t id, char out[RBO_ID_TEXT]);
/* An envelope id, 16 small hexadecimal digits; false for anything else, a message id too. */
bool rbo_id_of(const char *text, uint64_t *out);
/* A number that stands for the relay of this recipient: mail of one domain goes through one. */
uint64_t rbo_relay_of(const char *recipient);

/* Asks smtpd, which anybody may have told to pause its mta. */
bool rbo_act_mta_paused(rbo_act *a);
/* How an envelope stands in the queue. 1 found, 0 not there, -1 smtpd does not answer. */
int rbo_act_look(rbo_act *a, uint64_t id, rbo_queued *out);
/* Is it on disk? smtpd reads its spool for a while after it has started, and shows what it has
 * read. */
bool rbo_act_in_spool(const rbo_act *a, uint64_t id);
const char *rbo_act_pause(rbo_act *a, uint64_t id, uint64_t relay);
/* The same for one that smtpd has just committed, and is perhaps about to know. */
const char *rbo_act_pause_fresh(rbo_act *a, uint64_t id, uint64_t relay);
/* The same for one that was ours before smtpd was started anew: if it is paused already, it is by
 * us. One that smtpd does not know (yet) stays in the record. */
const char *rbo_act_pause_again(rbo_act *a, uint64_t id, uint64_t relay);
const char *rbo_act_schedule(rbo_act *a, uint64_t id);
const char *rbo_act_resume(rbo_act *a, uint64_t id);
const char *rbo_act_remove(rbo_act *a, uint64_t id);
/* It has left the queue, or is not ours to hold any more. */
void rbo_act_forget(rbo_act *a, uint64_t id);
#endif
