/*
 * script.h - the policy files. Loads lua/ and the operator's folder in the sandbox into plain
 * structures: rules, providers, policies. The only folder that sees lua.h.
 */
#ifndef RBF_SCRIPT_SCRIPT_H
#define RBF_SCRIPT_SCRIPT_H
#include <stdatomic.h>
#include "classify/classify.h"
#include "script/hook.h"
#include "policy/policy.h"
#include "provider/provider.h"

/* What people want to know of a provider. */
typedef struct {
	char name[REBUFF_NAME_MAX]; /* "Gmail / Google Workspace" */
	char postmaster[256]; /* pages of the provider; "" when none is known */
	char delist[256];
} rbf_provider_info;

/* A name that policy files use. */
typedef struct {
	char name[REBUFF_NAME_MAX];
} rbf_named;

/* One loaded policy. Immutable once loaded but for its hooks, shared between threads, counted. */
typedef struct rbf_config {
	rbf_rules *rules;
	rbf_providers *providers;
	size_t provider_n;
	rbf_policy *policies; /* one a provider, by its number */
	rbf_provider_info *info; /* likewise */
	rbf_policy fallback; /* for unknown providers */
	struct rbf_schema *schema;
	struct rbf_settings *settings; /* what was assigned, in order */
	rbf_named *scoped[2]; /* streams and source addresses that have settings of their own */
	size_t scoped_n[2];
	rbf_hooks *hooks; /* NULL: no file has one */
	size_t stream_n;
	struct rbf_stream {
		char pattern[REBUFF_ADDRESS_MAX +
			1]; /* of the envelope sender; '*' matches any run */
		char name[REBUFF_NAME_MAX];
	} * streams;
	int64_t loaded_ms; /* wall time */
	size_t files;
	struct rbf_watchfile *watch;
	_Atomic unsigned users;
} rbf_config;

/* How to load, beyond where from. All zero: as the engine does. */
typedef struct {
	/* Called with each mistake ("file:line: ..."), and reading goes on behind it; the result is
	 * REBUFF_EPOLICY all the same. NULL: the first one ends it. */
	void (*problem)(void *ud, const char *text);
	void *ud;
	bool without_mode; /* leave out what rebuff mode wrote */
	const struct rbf_bounds *bounds; /* of the reading; NULL: rbf_bounds_load */
} rbf_load_options;

/*
 * Load shipped policy from data_dir (defaults.lua, rules/, providers/) and the operator's from
 * config_dir (may be "" or absent: defaults.lua, rules/, providers/, mode.lua, each optional), in
 * this order, files of a folder by name. All or nothing: on failure *out is NULL and err names
 * file:line, what was expected, and the nearest right name for a misspelt key.
 */
rebuff_status rbf_config_load(const char *data_dir, const char *config_dir, int64_t now_ms,
	const rebuff_log *log, rbf_config **out, rebuff_error *err);
rebuff_status rbf_config_load_with(const rbf_load_options *options, const char *data_dir,
	const char *config_dir, int64_t now_ms, const rebuff_log *log, rbf_config **out,
	rebuff_error *err);
rbf_config *rbf_config_ref(rbf_config *c);
/* Give back one reference; the last one frees. Accepts NULL. */
void rbf_config_unref(rbf_config *c);
/* The policy of a provider number (-1: the fallback). Never NULL. */
const rbf_policy *rbf_config_policy(const rbf_config *c, int provider);
/* The same for mail of this stream from this source address ("" unknown). `space` is used where
 * they have settings of their own. */
const rbf_policy *rbf_config_policy_of(const rbf_config *c, int provider, const char *stream,
	rebuff_span source_ip, rbf_policy *space);
/* Does the policy say anything of addresses of ours? */
bool rbf_config_speaks_of_sources(const rbf_config *c);
/* Does it give this one a pace, so that it has slow lanes of its own? */
bool rbf_config_paces_source(const rbf_config *c, rebuff_span source_ip);
/* The i-th of those; NULL behind the last one. */
const char *rbf_config_paced_source(const rbf_config *c, size_t i);
/* Call `each` for every value in force at a provider (-1: the default) for mail of the stream and
 * source ("" for none): its name as a file would say it, the value, and the file:line it comes
 * from. */
void rbf_config_show(const rbf_config *c, int provider, rebuff_span stream, rebuff_span source_ip,
	void (*each)(void *ud, const char *name, const char *value, const char *origin), void *ud);
/* Name and pages of a provider number (-1: all empty). Never NULL. */
const rbf_provider_info *rbf_config_info(const rbf_config *c, int provider);
/* The stream of an envelope sender: the first matching pattern's name, else the sender's domain,
 * "null" for the empty sender. */
void rbf_config_stream(const rbf_config *c, rebuff_span sender, char out[REBUFF_NAME_MAX]);
#endif
