/* fuzz_reply.c - any bytes as a server's reply: never fails, stays in its bounds, prints nothing
 * that could harm a log. */
#include "fuzz.h"
#include "base/span.h"
#include "smtp/reply.h"

#include <stdlib.h>

static void must(bool ok)
{
	if (!ok)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static rbf_reply reply;
	rebuff_span in = {(const char *)data, size};
	rbf_reply_parse(in, &reply);
	must(reply.code == 0 || (reply.code >= 200 && reply.code <= 599));
	must(reply.lines >= 1 && reply.lines <= REBUFF_REPLY_LINES_MAX);
	must(reply.text.len <= REBUFF_REPLY_MAX);
	must(reply.text.len == 0 ||
		(reply.text.p >= reply.storage &&
			reply.text.p + reply.text.len <= reply.storage + sizeof reply.storage));
	for (size_t i = 0; i < reply.text.len; i++)
		must((unsigned char)reply.text.p[i] >= 0x20 && reply.text.p[i] != 0x7f);
	(void)rbf_reply_stage(in);
	return 0;
}
