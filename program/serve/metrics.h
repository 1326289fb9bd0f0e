/*
 * metrics.h - what the engine has counted since its start, for OpenMetrics. The set of labels is
 * bounded: sites that no policy file names, and providers after the METRICS_PROVIDERS_MAX first
 * ones, count as "other".
 */
#ifndef RBF_PROGRAM_METRICS_H
#define RBF_PROGRAM_METRICS_H
#include <stdio.h>

#include "rebuff.h"

enum { METRICS_PROVIDERS_MAX = 60 };

typedef struct metrics metrics;

/* NULL: no memory. */
metrics *metrics_new(void);
void metrics_free(metrics **m);
/* One result and what was made of it. Any thread. */
void metrics_count_result(metrics *m, rebuff_kind kind, const rebuff_outcome *made);
/* One answer of the gate or at submission. Any thread. */
void metrics_count_verdict(metrics *m, bool submission, rebuff_verdict verdict);
/* All of it, without the final # EOF. */
void metrics_write(metrics *m, FILE *out);

/* The head of one metric: "# TYPE", "# HELP". `type` is counter or gauge. */
void metrics_head(FILE *out, const char *name, const char *type, const char *help);
#endif
