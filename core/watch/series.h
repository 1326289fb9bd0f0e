/*
 * series.h - every series that is watched: all mail, each provider, each stream, each sending IP.
 * Bounded: when the table is full, the series that nothing was added to for longest makes room.
 */
#ifndef RBF_WATCH_SERIES_H
#define RBF_WATCH_SERIES_H
#include "watch/jump.h"
#include "watch/rate.h"

enum { RBF_SERIES_MAX = 10000 };

typedef enum {
	RBF_SERIES_PROVIDER,
	RBF_SERIES_STREAM,
	RBF_SERIES_IP,
	RBF_SERIES_KIND_N
} rbf_series_kind;

typedef struct {
	rbf_series_kind kind;
	char name[REBUFF_NAME_MAX];
	rbf_rate rate;
	rbf_jump blocked, struck, failed;
	int64_t looked_ms; /* the alarms' own: when it was looked at closely */
	/* the table's own */
	uint32_t next; /* of the same hash; 0 none, else place + 1 */
	uint32_t newer, older; /* likewise */
} rbf_series;

typedef struct rbf_series_table rbf_series_table;

/* NULL without memory. */
rbf_series_table *rbf_series_new(void);
void rbf_series_free(rbf_series_table **t);
/* Forget every series; what was set aside for them is kept. */
void rbf_series_clear(rbf_series_table *t);
/* The series of that name, a new one if need be: then *fresh, and it has seen nothing; `evicted`
 * says whether one of that kind was ever dropped, so that it may have a past. NULL without memory.
 * Valid until it makes room, which the newest do last. */
rbf_series *rbf_series_of(
	rbf_series_table *t, rbf_series_kind kind, const char *name, bool *fresh, bool *evicted);
/* The series number `i`, below rbf_series_count. */
rbf_series *rbf_series_at(rbf_series_table *t, size_t i);
size_t rbf_series_count(const rbf_series_table *t);
/* Bytes held. */
size_t rbf_series_bytes(const rbf_series_table *t);
#endif
