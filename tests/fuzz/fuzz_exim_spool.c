/* fuzz_exim_spool.c - any bytes as the head of a -H file: read to its end at most, and each domain
 * lies in it. */
#include "fuzz.h"
#include "mtactl/exim_spool.h"

#include <stdlib.h>
#include <string.h>

static void must(bool ok)
{
	if (!ok)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *bytes = malloc(size + 1);
	if (!bytes)
		return 0;
	memcpy(bytes, data, size);
	rbx_spool got;
	if (rbx_spool_read(bytes, size, &got) && got.recipients) {
		const char *rest = got.recipients, *domain;
		size_t left = got.recipients_len, len;
		must(rest >= bytes && rest + left <= bytes + size);
		while (rbx_spool_domain(&rest, &left, &domain, &len))
			must(domain >= bytes && domain + len <= bytes + size);
	}
	free(bytes);
	return 0;
}
