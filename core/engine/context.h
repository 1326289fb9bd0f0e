/* context.h - what one opened library holds. The store and the engine hang off it. */
#ifndef RBF_ENGINE_CONTEXT_H
#define RBF_ENGINE_CONTEXT_H
#include <pthread.h>

#include "rebuff.h"
#include "script/script.h"

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
};

/* Take a reference to the policy in force; give it back with rbf_config_unref. Any thread. */
rbf_config *rbf_ctx_config(const rebuff_ctx *ctx);
#endif
