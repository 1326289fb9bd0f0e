/*
 * settings.h - what the policy files assign, kept in order, then played over the schema's defaults:
 * shipped default, shipped provider, operator's default, operator's provider; and over those, for
 * mail of a stream or from a source address: shipped stream, shipped provider's stream, source,
 * provider's source, then the operator's likewise.
 */
#ifndef RBF_SCRIPT_SETTINGS_H
#define RBF_SCRIPT_SETTINGS_H
#include "script/schema.h"

/* Part of a policy. */
typedef enum {
	RBF_PART_POLICY, /* "mode", "lifetime" */
	RBF_PART_RETRY, /* by category */
	RBF_PART_SUPPRESS, /* by category */
	RBF_PART_SOFT,
	RBF_PART_BARE,
	RBF_PART_PACE,
	RBF_PART_BREAKER,
	RBF_PART_ALARM,
	RBF_PART_WAIT,
	RBF_PART_HOLD,
	RBF_PART_IDENTITY, /* of a provider; not part of the policy's values */
	RBF_PART_N
} rbf_part;

/* Whose mail a setting is for; -1: any. */
typedef struct {
	int provider, stream, source;
} rbf_scope;

typedef struct {
	rbf_part part;
	const rbf_word *word;
	int field; /* of the table in settings.c; -1: of identity */
	int category; /* of retry and suppress */
	rbf_scope scope;
	bool operators;
	rbf_value value;
	char *text; /* of identity, for people */
	char origin[REBUFF_RULE_MAX];
} rbf_setting;

typedef struct rbf_settings {
	rbf_setting *list;
	size_t n, cap;
	bool scoped; /* some are for a stream or source */
} rbf_settings;

/* "retry" -> RBF_PART_RETRY; -1 for no part. */
int rbf_part_of_name(rebuff_span name);
const char *rbf_part_name(rbf_part part);
/* The group of the schema that holds its words: soft and bare have those of suppress. */
const char *rbf_part_group(rbf_part part);

/* Is every word of the schema that a policy can hold read by the program, and the other way round?
 * REBUFF_EPOLICY with the word. */
rebuff_status rbf_settings_match(const rbf_schema *schema, rebuff_error *err);

/* Copies; takes over `text`, even on failure. False without memory. */
bool rbf_settings_add(rbf_settings *s, const rbf_setting *setting);
void rbf_settings_free(rbf_settings *s);
/* The policy of one provider number (-1: the fallback), without streams and sources. */
void rbf_settings_resolve(const rbf_schema *schema, const rbf_settings *s, int provider,
	const char *name, rbf_policy *out);
/* Play what is for this stream or source (-1: none) over a provider's policy. True when something
 * was. */
bool rbf_settings_overlay(const rbf_settings *s, rbf_scope scope, rbf_policy *policy);
/* Values that were set in different places and contradict each other: REBUFF_EPOLICY, err names
 * both places. */
rebuff_status rbf_settings_check(const rbf_policy *policy, rebuff_error *err);

/* Call `each` for every value in force for the scope: `name` as a file would say it
 * (retry["greylisted"].max), value, and where it comes from. */
void rbf_settings_show(const rbf_schema *schema, const rbf_settings *s, rbf_scope scope,
	void (*each)(void *ud, const char *name, const char *value, const char *origin), void *ud);
#endif
