/* context.h - what one opened library holds. The store and the engine hang off it. */
#ifndef RBF_ENGINE_CONTEXT_H
#define RBF_ENGINE_CONTEXT_H
#include <pthread.h>

#include "engine/clockwatch.h"
#include "rebuff.h"
#include "script/script.h"
#include "state/store.h"
#include "watch/alarm.h"
#include "watch/pace.h"
#include "watch/warmup.h"

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

	rebuff_error store_problem; /* why there is no database, although one was named */
	rbf_clockwatch watch;

	/* The loop thread's. */
	rbf_lanes lanes;
	rbf_place place; /* up to where nobody who is due can be woken ... */
	int64_t place_until_ms; /* ... as it seems until then ... */
	uint64_t place_for; /* ... with these lanes and holds */

	rbf_warmed warmed; /* what goes out today under warm-up plans */

	/* The writer thread's. */
	rbf_alarms *alarms; /* NULL without a database to write to */
	uint32_t random; /* for the jitter of schedules */
	bool trial; /* of a policy: no jitter, no mode.lua */
	bool replays; /* recorded attempts: what only people read later is not kept */
	int64_t replayed_received_ms; /* when the message under way was received; 0 unknown */
	int64_t forget_ms; /* when to forget again, boot time */
};

/* Take a reference to the policy in force; give it back with rbf_config_unref. Any thread. */
rbf_config *rbf_ctx_config(const rebuff_ctx *ctx);
/* Whoever stands behind the MX host(s) or the domain: the number in the policy (-1: unknown to it),
 * and the name for counting and pacing. */
int rbf_ctx_provider(
	const rbf_config *config, rebuff_span mx, rebuff_span domain, char name[REBUFF_NAME_MAX]);
/* The policy of a name that rbf_ctx_provider gave. *number: -1 for one that the policy does not
 * know. */
const rbf_policy *rbf_ctx_policy(const rbf_config *config, const char *name, int *number);
/* When a provider or stream ("" any) is held or told about. */
rbf_alarm_limits rbf_ctx_limits(
	const rbf_config *config, const char *provider, const char *stream, bool act);
/* REBUFF_OK when there is a database to write to, else why not. */
rebuff_status rbf_ctx_writable(const rebuff_ctx *ctx, rebuff_error *err);
/* A change of several statements, of which all or nothing is done: its begin, and its end with what
 * became of it. Returns `status`, or why its end failed. */
rebuff_status rbf_ctx_change_begin(rebuff_ctx *ctx, rebuff_error *err);
rebuff_status rbf_ctx_change_end(rebuff_ctx *ctx, rebuff_status status, rebuff_error *err);
#endif
