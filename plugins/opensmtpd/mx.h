/* mx.h - the addresses of a domain's mail servers, from the DNS, for joining what the mail log says
 * about a domain with what it says about an address. */
#ifndef RBO_MX_H
#define RBO_MX_H
#include <stddef.h>

/* The addresses (text) of the hosts that the domain's MX records name, else of the domain itself.
 * Waits at most a few seconds. Returns how many were written, at most cap. */
size_t rbo_mx_addresses(const char *domain, char (*out)[64], size_t cap);
#endif
