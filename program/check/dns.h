/*
 * dns.h - many DNS questions at once (c-ares), bounded in number and time, remembered for as long
 * as their TTL says, also between runs: in a file beside the database.
 */
#ifndef RBF_PROGRAM_DNS_H
#define RBF_PROGRAM_DNS_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { DNS_QUESTIONS_MAX = 600, DNS_VALUES_MAX = 24, DNS_VALUE_MAX = 512 };

typedef enum { DNS_A, DNS_AAAA, DNS_PTR, DNS_MX, DNS_TXT, DNS_TYPE_N } dns_type;

typedef enum {
	DNS_PENDING,
	DNS_FOUND,
	DNS_NONE, /* the name or such a record does not exist */
	DNS_FAILED /* no answer, or one that says nothing */
} dns_outcome;

typedef struct {
	char name[256];
	dns_type type;
	dns_outcome outcome;
	size_t n;
	char value[DNS_VALUES_MAX][DNS_VALUE_MAX]; /* an address, a name, "10 mx.example", a text */
	int64_t until_ms; /* remembered until then */
} dns_answer;

typedef struct dns dns;

/* `resolver`: address of a DNS server, with :PORT perhaps; "" those of the host. `cache`: the file;
 * NULL none. All questions together take limit_ms at most. NULL: no memory. */
dns *dns_new(const char *resolver, const char *cache, int limit_ms);
/* Writes the file. Sets *d to NULL; accepts NULL. */
void dns_free(dns **d);
/* Begin to ask; the answer comes while others are waited for. Over the bound: nothing happens. */
void dns_start(dns *d, const char *name, dns_type type);
/* The answer, waited for. Never NULL. */
const dns_answer *dns_get(dns *d, const char *name, dns_type type);
#endif
