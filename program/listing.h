/* listing.h - the mail server's queue, as rebuff-mtactl lists it, into the database. */
#ifndef RBF_PROGRAM_LISTING_H
#define RBF_PROGRAM_LISTING_H
#include "log.h"
#include "mtactl.h"
#include "writer.h"

enum { LISTING_MAX = 200000 }; /* messages; a longer queue is not recorded */

/* Ask on `line` (which is used up) and record through `to` what comes. `over` is called once, with
 * whether the queue is now recorded and how many messages it holds. False: no memory, `over` is not
 * called. */
bool listing_start(mtactl_line *line, writer *to, const char *node, logger *log,
	void (*over)(void *ud, bool well, size_t n), void *ud);
#endif
