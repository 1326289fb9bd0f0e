/* provider.h - who stands behind an MX host or a domain. The longest MX suffix wins, else the
 * domain. */
#ifndef RBF_PROVIDER_PROVIDER_H
#define RBF_PROVIDER_PROVIDER_H
#include "rebuff.h"

typedef struct rbf_providers rbf_providers;

/* A new, empty table; NULL without memory. Freed by rbf_providers_free (accepts NULL). */
rbf_providers *rbf_providers_new(void);
void rbf_providers_free(rbf_providers *p);
/* Add a provider; returns its number (0, 1, ...), the known number for a known id, or -1 without
 * memory. */
int rbf_providers_add(rbf_providers *p, rebuff_span id);
/* Domains are matched exactly; MX suffixes at label borders (".google.com" or "google.com"). */
rebuff_status rbf_providers_add_domain(
	rbf_providers *p, int provider, rebuff_span domain, rebuff_error *err);
rebuff_status rbf_providers_add_mx(
	rbf_providers *p, int provider, rebuff_span suffix, rebuff_error *err);
/* Sort for look-up; afterwards the table is read-only and may be shared between threads. */
void rbf_providers_seal(rbf_providers *p);
const char *rbf_providers_id(const rbf_providers *p, int provider);
/* The provider of MX host(s) (joined by ':', may be empty) and domain, or -1 for unknown. */
int rbf_providers_find(const rbf_providers *p, rebuff_span mx, rebuff_span domain);
/* A name for counting and pacing when no provider is known: the organisational domain (libpsl) of
 * the first MX host, else of the domain. */
void rbf_provider_site(rebuff_span mx, rebuff_span domain, char out[REBUFF_NAME_MAX]);
#endif
