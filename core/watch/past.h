/*
 * past.h - every series with what came before a restart: the tallies of a month and the state of
 * its tests for a jump are in the database, and are read when the first series is asked for.
 * Everything here is the writer's.
 */
#ifndef RBF_WATCH_PAST_H
#define RBF_WATCH_PAST_H
#include "watch/series.h"

typedef struct {
	rbf_store *store; /* borrowed */
	rbf_series_table *table;
	bool loaded; /* false: what is in the table may not be what is on disk */
} rbf_past;

/* Read every series, unless that is done. */
rebuff_status rbf_past_load(rbf_past *p, int64_t now_ms, rebuff_error *err);
/* A series; one that had to make room once is read from the database again. NULL without memory,
 * or for the empty name. */
rebuff_status rbf_past_series(rbf_past *p, rbf_series_kind kind, const char *name, int64_t now_ms,
	rbf_series **out, rebuff_error *err);
/* What `kind` calls the series that this key adds to. */
const char *rbf_past_name(const rbf_key *key, rbf_series_kind kind);

/* The tests of a series by number: blocked, struck, failed. */
enum { RBF_PAST_JUMPS = 3 };
rbf_jump *rbf_past_jump(rbf_series *s, int what);
/* Write the state of its tests. */
rebuff_status rbf_past_keep(rbf_past *p, rbf_series *s, rebuff_error *err);
#endif
