/* context.h - what one opened library holds. The store and the engine hang off it. */
#ifndef RBF_ENGINE_CONTEXT_H
#define RBF_ENGINE_CONTEXT_H
#include <pthread.h>

#include "rebuff.h"
#include "script/script.h"
#include "state/store.h"
#include "watch/pace.h"

/* The policy in force, exchanged as a whole by a reload. Its own block, so that threads that hold a
 * const context can take it. */
typedef struct {
	pthread_mutex_t lock; /* around the pointer only */
	rbf_config *config;
} rbf_policy_slot;

struct rebuff_ctx {
	rbf_policy_slot *policy;
	char *data_dir, *config_dir,
		*state_file; /* copies; config_dir may be "", state_file NULL */
	bool read_only;
	rebuff_log log;
	rebuff_clock clock;
	char node[REBUFF_DOMAIN_MAX + 1]; /* this host, for requests that name none */

	rbf_store *store; /* NULL without a database */

	/* The loop thread's. */
	rbf_lanes lanes;

	/* The writer thread's. */
	int64_t clock_offset_ms; /* wall minus boot time as last seen */
	int64_t steady_boot_ms; /* the wall clock is not trusted before this boot time */
	uint32_t random; /* for the jitter of schedules */
};

/* Take a reference to the policy in force; give it back with rbf_config_unref. Any thread. */
rbf_config *rbf_ctx_config(const rebuff_ctx *ctx);
/* Whoever stands behind the MX host(s) or the domain: the number in the policy (-1: unknown to it),
 * and the name for counting and pacing. */
int rbf_ctx_provider(
	const rbf_config *config, rebuff_span mx, rebuff_span domain, char name[REBUFF_NAME_MAX]);
#endif
