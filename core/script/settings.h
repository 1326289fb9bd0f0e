/*
 * settings.h - what the policy files assign, kept in order, then played over the built-in values
 * for each provider: shipped default, shipped provider, operator's default, operator's provider.
 */
#ifndef RBF_SCRIPT_SETTINGS_H
#define RBF_SCRIPT_SETTINGS_H
#include "policy/policy.h"

typedef enum {
	RBF_SET_RETRY,
	RBF_SET_SUPPRESS,
	RBF_SET_SOFT,
	RBF_SET_BARE,
	RBF_SET_PACE,
	RBF_SET_BREAKER,
	RBF_SET_WAIT,
	RBF_SET_HARD_LIMIT,
	RBF_SET_OBSERVE,
	RBF_SET_BACKSCATTER
} rbf_setting_kind;

/* Which fields of the value were given; the others stay as they are. */
enum {
	RBF_GIVEN_STEPS = 1,
	RBF_GIVEN_FACTOR = 2,
	RBF_GIVEN_MAX = 4,
	RBF_GIVEN_JITTER = 8,
	RBF_GIVEN_GIVE_UP = 16,
	RBF_GIVEN_ATTEMPTS = 32,
	RBF_GIVEN_ON = 1,
	RBF_GIVEN_AFTER = 2,
	RBF_GIVEN_WITHIN = 4,
	RBF_GIVEN_OVER = 8,
	RBF_GIVEN_LASTS = 16,
	RBF_GIVEN_GROWTH = 32,
	RBF_GIVEN_START = 1,
	RBF_GIVEN_FLOOR = 2,
	RBF_GIVEN_CEILING = 4,
	RBF_GIVEN_PACE_GROWTH = 8,
	RBF_GIVEN_SHARE = 1,
	RBF_GIVEN_AT_LEAST = 2,
	RBF_GIVEN_BREAKER_WITHIN = 4,
	RBF_GIVEN_WAIT_MIN = 1,
	RBF_GIVEN_WAIT_MAX = 2,
	RBF_GIVEN_WAIT_JITTER = 4,
};

typedef struct {
	rbf_setting_kind kind;
	bool operators;
	int provider; /* -1: the default */
	int category; /* of retry and suppress */
	unsigned given;
	union {
		rbf_ladder retry;
		rbf_suppress_rule suppress; /* soft and bare too */
		rbf_pace_rule pace;
		rbf_breaker_rule breaker;
		struct {
			int64_t min_s, max_s;
			double jitter;
		} wait;
		int64_t hard_limit_s;
		bool observe;
		bool refuse_backscatter;
	} to;
	rbf_origin origin;
} rbf_setting;

typedef struct {
	rbf_setting *list;
	size_t n, cap;
} rbf_settings;

/* Copies. False without memory. */
bool rbf_settings_add(rbf_settings *s, const rbf_setting *setting);
void rbf_settings_free(rbf_settings *s);
/* The policy of one provider number (-1: the fallback). REBUFF_EPOLICY when values that were set in
 * different places contradict each other; err names both places. */
rebuff_status rbf_settings_resolve(
	const rbf_settings *s, int provider, const char *name, rbf_policy *out, rebuff_error *err);
#endif
