/* fuzz_policy.c - an operator's file: it loads, or is refused with its place; nothing else. */
#include "fuzz.h"
#include "policy.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	rebuff_error err = {.status = REBUFF_OK};
	fuzz_policy_begin();
	if (size > 8192)
		return 0;
	rbf_config *c = fuzz_policy_load(data, size, &err);
	if (!c && (err.status != REBUFF_EPOLICY || !err.text[0]))
		abort();
	for (const char *p = err.text; *p; p++)
		if (*p < ' ' || *p > '~')
			abort();
	rbf_config_unref(c);
	return 0;
}
