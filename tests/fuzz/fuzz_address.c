/* fuzz_address.c - any bytes as an address: refused, or brought to a key whose key is itself. */
#include "fuzz.h"
#include "base/span.h"
#include "smtp/address.h"

#include <stdlib.h>
#include <string.h>

static void must(bool ok)
{
	if (!ok)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	rebuff_span in = {(const char *)data, size};
	char key[REBUFF_ADDRESS_MAX + 1], again[REBUFF_ADDRESS_MAX + 1];
	char domain[REBUFF_DOMAIN_MAX + 1], domain_again[REBUFF_DOMAIN_MAX + 1];
	if (rbf_address_key(in, key, NULL) == REBUFF_OK) {
		must(rbf_address_key(rbf_span_of(key), again, NULL) == REBUFF_OK);
		must(strcmp(key, again) == 0);
		must(rbf_address_domain(rbf_span_of(key)).len > 0);
	}
	if (rbf_domain_key(in, domain, NULL) == REBUFF_OK) {
		must(rbf_domain_key(rbf_span_of(domain), domain_again, NULL) == REBUFF_OK);
		must(strcmp(domain, domain_again) == 0);
	}
	return 0;
}
