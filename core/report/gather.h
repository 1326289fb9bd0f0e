/* gather.h - the totals of a period and of the one before it, read in one pass. */
#ifndef RBF_REPORT_GATHER_H
#define RBF_REPORT_GATHER_H
#include "report/facts.h"

/* Bring the period to the steps in which the database counts: ten minutes, or days of UTC where
 * they are folded already: until facts->days_end_ms, read here. `db` is an sqlite3 *. */
rebuff_status rbf_gather_align(void *db, rbf_facts *facts, rebuff_error *err);
/* Fill all, providers, streams, sources, categories, reasons (without their replies), times, lines,
 * within, changes and the times to acceptance. `db` is an sqlite3 *. */
rebuff_status rbf_gather(void *db, rbf_facts *facts, rebuff_error *err);
#endif
