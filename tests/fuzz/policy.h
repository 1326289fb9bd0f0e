/* policy.h - for targets that load policy files: a small shipped policy and an operator's folder in
 * a scratch directory. */
#ifndef RBF_FUZZ_POLICY_H
#define RBF_FUZZ_POLICY_H
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/span.h"
#include "script/hooks.h"
#include "script/script.h"

static char fuzz_data[64], fuzz_own[64];

static inline void fuzz_write(const char *dir, const char *name, const void *text, size_t len)
{
	char path[160];
	snprintf(path, sizeof path, "%s/%s", dir, name);
	FILE *f = fopen(path, "wb");
	if (!f || fwrite(text, 1, len, f) != len || fclose(f) != 0)
		abort();
}

static inline void fuzz_clean(void)
{
	char command[160];
	snprintf(command, sizeof command, "rm -rf %s %s", fuzz_data, fuzz_own);
	if (system(command) != 0)
		perror(command);
}

/* Once: the schema as it ships, and defaults that say nothing. */
static inline void fuzz_policy_begin(void)
{
	static char schema[1 << 16];
	if (fuzz_data[0])
		return;
	FILE *f = fopen("lua/schema.lua", "rb");
	size_t n = f ? fread(schema, 1, sizeof schema, f) : 0;
	if (n == 0 || n == sizeof schema)
		abort();
	fclose(f);
	strcpy(fuzz_data, "/tmp/rebuff-fuzz-XXXXXX");
	strcpy(fuzz_own, "/tmp/rebuff-fuzz-XXXXXX");
	if (!mkdtemp(fuzz_data) || !mkdtemp(fuzz_own))
		abort();
	atexit(fuzz_clean);
	fuzz_write(fuzz_data, "schema.lua", schema, n);
	fuzz_write(fuzz_data, "defaults.lua", "", 0);
}

/* The operator's only file is this text. NULL when it does not load. Reading ends a hundred times
 * sooner than it would: loops teach nothing by running longer. */
static inline rbf_config *fuzz_policy_load(const void *text, size_t len, rebuff_error *err)
{
	rbf_config *c = NULL;
	rbf_bounds soon = rbf_bounds_load;
	soon.steps /= 100;
	soon.memory /= 8;
	soon.churn /= 32;
	const rbf_load_options how = {.bounds = &soon};
	fuzz_write(fuzz_own, "defaults.lua", text, len);
	(void)rbf_config_load_with(&how, fuzz_data, fuzz_own, 0, &(rebuff_log){0}, &c, err);
	return c;
}
#endif
