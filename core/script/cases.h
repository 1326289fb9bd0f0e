/* cases.h - what a postmaster expects of the policy, from files of test "what" { steps }. */
#ifndef RBF_SCRIPT_CASES_H
#define RBF_SCRIPT_CASES_H
#include "script/script.h"

enum {
	RBF_EXPECT_GATE,
	RBF_EXPECT_CATEGORY,
	RBF_EXPECT_FAULT,
	RBF_EXPECT_ACTION,
	RBF_EXPECT_PROVIDER,
	RBF_EXPECT_STREAM,
	RBF_EXPECT_WHAT,
	RBF_EXPECT_NEXT,
	RBF_EXPECT_SUPPRESSED,
	RBF_EXPECT_LASTS,
	RBF_EXPECT_HELD,
	RBF_EXPECT_SLOWED,
	RBF_EXPECT_N
};

typedef struct {
	char origin[REBUFF_RULE_MAX];
	int64_t after_s;
	char *reply; /* NULL: none */
	char recipient[REBUFF_ADDRESS_MAX + 1], sender[REBUFF_ADDRESS_MAX + 1];
	char mx[REBUFF_DOMAIN_MAX + 1], source[64], message[REBUFF_ID_MAX + 1];
	rebuff_stage stage;
	uint32_t times;
	unsigned expected; /* a bit for each of the above */
	int64_t want[RBF_EXPECT_N]; /* a choice's number, seconds, or 0 and 1 */
	char want_text[2][64]; /* of provider and stream */
} rbf_step;

typedef struct {
	char name[160];
	char origin[REBUFF_RULE_MAX];
	size_t first, n; /* steps */
} rbf_case;

typedef struct {
	rbf_case *list;
	rbf_step *steps;
	size_t n, step_n;
	size_t cap, step_cap;
} rbf_cases;

/* Read one file; its cases are added. REBUFF_EPOLICY with file:line, REBUFF_EIO, REBUFF_ENOMEM. */
rebuff_status rbf_cases_load(
	const rbf_config *config, const char *path, rbf_cases *cases, rebuff_error *err);
/* Every *.lua of a folder, by name; a folder that is not there has none. */
rebuff_status rbf_cases_load_folder(
	const rbf_config *config, const char *path, rbf_cases *cases, rebuff_error *err);
void rbf_cases_free(rbf_cases *cases);
const char *rbf_expect_name(int expect);
/* A wanted or found value of an expectation, for people. */
void rbf_expect_show(const rbf_config *config, int expect, int64_t value, char *out, size_t cap);
#endif
