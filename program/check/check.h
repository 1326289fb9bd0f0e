/*
 * check.h - what a postmaster looks at when mail is refused for what we are: block lists, reverse
 * names, SPF, DKIM, DMARC, MTA-STS, the worst recipient domains, where dead addresses come from.
 * The result is a check-list: what is wrong, what to do, where to ask, and a text to send there.
 */
#ifndef RBF_PROGRAM_CHECK_H
#define RBF_PROGRAM_CHECK_H
#include <jansson.h>

#include "rebuff.h"

typedef struct {
	const char *provider; /* "" all */
	const char *ip; /* one more address of ours; "" none */
	const char *cache; /* of answers; NULL none */
	int64_t alarm; /* whose reply is looked at; 0: the newest of that provider */
	int limit_ms;
} check_request;

/*
 * Run all checks. Returns {"provider", "time", "wrong", "summary", "findings": [{"state": "wrong" |
 * "ok" | "unknown", "area", "subject", "text", "todo", "page"}], "pages": {...}, "letter"}, at most
 * some 30 KiB when dumped; the caller frees. NULL: no memory, or err says why.
 */
json_t *check_run(rebuff_ctx *ctx, const check_request *request, rebuff_error *err);
/* One a line, for people. */
void check_print(const json_t *list, bool colour);
#endif
