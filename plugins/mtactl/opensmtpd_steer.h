/*
 * opensmtpd_steer.h - which smtpctl command may follow which. smtpd's scheduler keeps an envelope
 *in one list at a time and trusts its administrator never to ask for a second one: a paused
 *envelope that is scheduled twice, or scheduled and then resumed or removed, before smtpd has taken
 *it up is delivered some two thousand times, and then smtpd ends (6.8 and 7.8). The order kept here
 *was clean under the same load that provoked it:
 *
 *	FREE      smtpd's own. May be paused, removed.
 *	PAUSED    by us. May be scheduled (unless mta is paused), resumed, removed.
 *	WAITING   scheduled; nothing more until the log says what became of the attempt.
 *	GONE      removed or finished. Nothing.
 *
 * While mta is paused nothing but "pause envelope". At most RBO_WAITING_MAX envelopes wait for one
 * relay: of more than its task-hiwat smtpd drops scheduled ones back without a word.
 *
 * Pure: no clock, no input or output. What is not in the table is FREE.
 */
#ifndef RBO_STEER_H
#define RBO_STEER_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	RBO_WAITING_MAX = 40, /* for one relay; smtpd's task-hiwat is 50 */
	RBO_SAME_MS = 1000, /* between two schedules of one envelope, whatever was heard of it */
	RBO_SETTLE_MS =
		1000, /* mta must have run so long before a look at the queue means anything */
	RBO_WATCHDOG_MS = 15000, /* WAITING for so long: look at the queue */
	RBO_STARVED_MS = 300000, /* WAITING for so long without a look: mta has to run for one */
	RBO_GONE_MS = 60000, /* how long GONE is remembered */
};

typedef enum { RBO_FREE, RBO_PAUSED, RBO_WAITING, RBO_GONE } rbo_state;
typedef enum { RBO_PAUSE, RBO_SCHEDULE, RBO_RESUME, RBO_REMOVE } rbo_command;
typedef enum {
	RBO_GO, /* give the command, then rbo_steer_note */
	RBO_DONE, /* it is so already */
	RBO_LATER, /* not now; `why` says what is waited for */
	RBO_NEVER, /* never from this state */
} rbo_permit;

typedef struct rbo_steer rbo_steer;

/* NULL without memory. Freed by rbo_steer_free (accepts NULL). */
rbo_steer *rbo_steer_new(void);
void rbo_steer_free(rbo_steer *s);
/* Forget everything: smtpd has started anew, and with it every pause is gone. */
void rbo_steer_clear(rbo_steer *s);

rbo_state rbo_steer_state(const rbo_steer *s, uint64_t id);
/* When it came into its state, or the watchdog looked at it last; INT64_MIN for one that is FREE.
 */
int64_t rbo_steer_since(const rbo_steer *s, uint64_t id);
/* Envelopes that are PAUSED or WAITING. */
size_t rbo_steer_held(const rbo_steer *s);
size_t rbo_steer_waiting(const rbo_steer *s);

/* May this command be given now? *why (never NULL afterwards) is a constant sentence. */
rbo_permit rbo_steer_may(
	const rbo_steer *s, rbo_command command, uint64_t id, int64_t now_ms, const char **why);

/* The command was carried out. `relay` is any number that stands for where the envelope goes (its
 * domain); it is kept from the pause on. False without memory: the envelope stays FREE for us. */
bool rbo_steer_note(rbo_steer *s, rbo_command command, uint64_t id, uint64_t relay, int64_t now_ms);
/* The log has said what became of an attempt: deferred, or finished with. */
void rbo_steer_attempted(rbo_steer *s, uint64_t id, bool deferred, int64_t now_ms);
/* What a look at the queue showed, for start and watchdog. False without memory. */
bool rbo_steer_set(rbo_steer *s, uint64_t id, uint64_t relay, rbo_state state, int64_t now_ms);
/* One that is PAUSED turns out to be WAITING. */
void rbo_steer_is_under_way(rbo_steer *s, uint64_t id, int64_t now_ms);
/* smtpd's mta is or is not paused (by us or by anyone). */
void rbo_steer_mta(rbo_steer *s, bool paused, int64_t now_ms);
bool rbo_steer_mta_paused(const rbo_steer *s);

/* The next envelope that has been WAITING for longer than it should, and may be looked at now; 0
 * for none. It is returned again after another RBO_WATCHDOG_MS. */
uint64_t rbo_steer_overdue(rbo_steer *s, int64_t now_ms);
/* Has one been WAITING for so long that mta must not be paused until it was looked at? */
bool rbo_steer_starves(const rbo_steer *s, int64_t now_ms);
/* Call `each` for every PAUSED and WAITING envelope, in no order; it must not change the table. */
void rbo_steer_each(const rbo_steer *s,
	void (*each)(void *ud, uint64_t id, uint64_t relay, rbo_state state), void *ud);
/* Forget what has been GONE for long enough. */
void rbo_steer_sweep(rbo_steer *s, int64_t now_ms);
#endif
