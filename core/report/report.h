/* report.h - what happened, and how things stand, from the database. */
#ifndef RBF_REPORT_REPORT_H
#define RBF_REPORT_REPORT_H
#include "rebuff.h"
#include "state/store.h"

/* How the policy stands, which is not in the database. */
typedef struct {
	bool observe; /* decides and records, acts on nothing (the fallback's setting) */
	const char *data_dir, *config_dir, *state_file; /* "" none */
	int64_t loaded_ms; /* wall time */
	size_t files, rules, providers;
} rbf_standing;

/* Write the report of out's period and provider; of CSV the one table that it names. */
rebuff_status rbf_report(
	rbf_store *store, int64_t now_ms, const rebuff_output *out, rebuff_error *err);
/* Write how things stand at now_ms; alarms of out's period. */
rebuff_status rbf_status(rbf_store *store, int64_t now_ms, const rbf_standing *standing,
	const rebuff_output *out, rebuff_error *err);
/* What is remembered of an address (key form), the newest first, until `each` returns false. */
rebuff_status rbf_recall(rbf_store *store, const char *address,
	bool (*each)(void *ud, const rebuff_past *past), void *ud, rebuff_error *err);
#endif
