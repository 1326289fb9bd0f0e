/*
 * pause.h - a mail server without a gate would attempt deferred mail by its own schedule: what the
 * engine wants to attempt at a time of its own is taken out of it, through rebuff-mtactl, one after
 * the other. What cannot be asked for stays with the mail server's schedule, and is tried again
 * after its next deferral.
 */
#ifndef RBF_PROGRAM_PAUSE_H
#define RBF_PROGRAM_PAUSE_H
#include "rebuff.h"
#include "serve/log.h"
#include "serve/mtactl.h"

enum { PAUSES_MAX = 8192 }; /* that wait to be asked for */

typedef struct pauses pauses;

/* `m` and `log` are borrowed. NULL: no memory. */
pauses *pauses_new(mtactl *m, logger *log);
/* Has to be freed after the mtactl whose answers it waits for. */
void pauses_free(pauses **p);
/* Have this message paused soon. */
void pauses_add(pauses *p, rebuff_mta mta, rebuff_span id, rebuff_span recipient);
/* Nothing waits for this paused message: give it back to the mail server's schedule. */
void pauses_end(pauses *p, rebuff_mta mta, rebuff_span id);
/* Ask no more. */
void pauses_stop(pauses *p);
/* Called every second. */
void pauses_tick(pauses *p);
#endif
