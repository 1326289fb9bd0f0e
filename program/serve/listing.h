/* listing.h - the mail server's queue, as rebuff-mtactl lists it, into the database. */
#ifndef RBF_PROGRAM_LISTING_H
#define RBF_PROGRAM_LISTING_H
#include "serve/log.h"
#include "serve/mtactl.h"
#include "serve/pause.h"
#include "serve/writer.h"

enum { LISTING_MAX = 200000 }; /* messages; a longer queue is not recorded */

/* Ask on `line` (which is used up) and record through `to` what comes. `over` is called once, with
 * whether the queue is now recorded and how many messages it holds. False: no memory, `over` is not
 * called. What is paused on our behalf, and nobody knows why, is resumed through `pauses`. */
bool listing_start(mtactl_line *line, writer *to, pauses *p, const char *node, logger *log,
	void (*over)(void *ud, bool well, size_t n), void *ud);
#endif
