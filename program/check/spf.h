/* spf.h - may an IP send for a domain (RFC 7208)? Macros are not expanded: a record that needs them
 * is told as such. */
#ifndef RBF_PROGRAM_SPF_H
#define RBF_PROGRAM_SPF_H
#include "check/dns.h"

typedef enum {
	SPF_NONE,
	SPF_PASS,
	SPF_FAIL,
	SPF_SOFTFAIL,
	SPF_NEUTRAL,
	SPF_TEMPERROR,
	SPF_PERMERROR,
	SPF_MACRO /* cannot be told here */
} spf_result;

const char *spf_name(spf_result result);
/* At most ten terms that ask the DNS, and two that find nothing (RFC 7208 4.6.4). */
spf_result spf_check(dns *d, const char *ip, const char *domain);
#endif
