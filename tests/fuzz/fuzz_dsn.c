/* The whole way of one message: MIME, fields, words, packing, judging. */
#include "fuzz.h"

#include <stdlib.h>
#include "base/span.h"
#include "dsn/dsn.h"
#include "dsn/pack.h"

static void classify(void *ud, const rebuff_reply *reply, rebuff_classification *out)
{
	(void)ud;
	*out = (rebuff_classification){.size = sizeof *out, .code = (uint16_t)reply->text.len};
}

/* Every byte that leaves the reader is there to be read. */
static void touch(rebuff_span s)
{
	unsigned char sum = 0;
	for (size_t i = 0; i < s.len; i++)
		sum ^= (unsigned char)s.p[i];
	__asm__ volatile("" : : "r"(sum)); /* keep the reading */
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static rbf_dsn *d; /* one reader for all, as in the child */
	const rbf_report *report;
	rbf_report back;
	if (!d)
		d = rbf_dsn_open();
	if (!d ||
		rbf_dsn_read(d, (rebuff_span){(const char *)data, size}, &report, NULL) !=
			REBUFF_OK)
		abort();
	rbf_arena arena = rbf_arena_of((size_t)64 << 20);
	size_t len = rbf_pack_size(report);
	char *packed = malloc(len);
	if (!packed)
		abort();
	rbf_pack(report, packed);
	if (!rbf_unpack((rebuff_span){packed, len}, &arena, &back) ||
		back.recipient_n != report->recipient_n)
		abort();
	touch((rebuff_span){packed, len});
	for (size_t i = 0; i < back.recipient_n && i < 100; i++) {
		rebuff_bounced b = {.size = sizeof b};
		rbf_dsn_judge(&back, &back.recipient[i], classify, NULL, &b);
		if (b.recipient.len == 0 || b.recipient.len > REBUFF_ADDRESS_MAX)
			abort();
		touch(b.diagnostic);
	}
	free(packed);
	rbf_arena_free(&arena);
	return 0;
}
