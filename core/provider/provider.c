/* provider.c - two hash tables of names (domains, MX suffixes) with the provider's number. */
#include "provider/provider.h"

#include <stdlib.h>

#include "base/error.h"
#include "base/span.h"
#include "smtp/address.h"

typedef struct {
	char *name; /* NULL: free */
	uint32_t len;
	int provider;
} slot;

typedef struct {
	slot *slots;
	size_t n, cap; /* cap: a power of two, at most half full */
} table;

struct rbf_providers {
	char (*ids)[REBUFF_NAME_MAX];
	size_t n, cap;
	table domains, suffixes;
	bool sealed;
};

/* From the last byte to the first, so that the hashes of a host's suffixes come one after another.
 */
static uint64_t add_byte(uint64_t h, char c)
{
	return h * 31 + (unsigned char)c;
}

static uint64_t hash(rebuff_span s)
{
	uint64_t h = 0;
	for (size_t i = s.len; i-- > 0;)
		h = add_byte(h, s.p[i]);
	return h;
}

static slot *probe(const table *t, rebuff_span name, uint64_t h)
{
	h *= 0x9e3779b97f4a7c15U; /* spread it (Knuth 6.4) */
	for (size_t i = (size_t)(h >> 32);; i++) {
		slot *s = &t->slots[i & (t->cap - 1)];
		if (!s->name || rbf_span_eq((rebuff_span){s->name, s->len}, name))
			return s;
	}
}

static slot *slot_of(const table *t, rebuff_span name)
{
	return probe(t, name, hash(name));
}

static int look_up(const table *t, rebuff_span name, uint64_t h)
{
	if (t->n == 0)
		return -1;
	const slot *s = probe(t, name, h);
	return s->name ? s->provider : -1;
}

static bool widen(table *t)
{
	table wide = {.n = t->n, .cap = t->cap ? t->cap * 2 : 64};
	wide.slots = calloc(wide.cap, sizeof *wide.slots);
	if (!wide.slots)
		return false;
	for (size_t i = 0; i < t->cap; i++)
		if (t->slots[i].name)
			*slot_of(&wide, (rebuff_span){t->slots[i].name, t->slots[i].len}) =
				t->slots[i];
	free(t->slots);
	*t = wide;
	return true;
}

/* The later entry for a name wins: an operator's file moves a domain to another provider. */
static bool put(table *t, const char *name, int provider)
{
	if ((t->n + 1) * 2 > t->cap && !widen(t))
		return false;
	slot *s = slot_of(t, rbf_span_of(name));
	if (!s->name) {
		if (!(s->name = strdup(name)))
			return false;
		s->len = (uint32_t)strlen(name);
		t->n++;
	}
	s->provider = provider;
	return true;
}

static void table_free(table *t)
{
	for (size_t i = 0; i < t->cap; i++)
		free(t->slots[i].name);
	free(t->slots);
}

rbf_providers *rbf_providers_new(void)
{
	return calloc(1, sizeof(rbf_providers));
}

void rbf_providers_free(rbf_providers *p)
{
	if (!p)
		return;
	table_free(&p->domains);
	table_free(&p->suffixes);
	free(p->ids);
	free(p);
}

int rbf_providers_add(rbf_providers *p, rebuff_span id)
{
	for (size_t i = 0; i < p->n; i++)
		if (rbf_span_eq(rbf_span_of(p->ids[i]), id))
			return (int)i;
	if (p->n == p->cap) {
		size_t cap = p->cap ? p->cap * 2 : 64;
		void *q = realloc(p->ids, cap * sizeof *p->ids);
		if (!q)
			return -1;
		p->ids = q;
		p->cap = cap;
	}
	(void)rbf_span_copy(p->ids[p->n], sizeof *p->ids, id);
	return (int)p->n++;
}

static rebuff_status add_name(
	const rbf_providers *p, table *t, int provider, rebuff_span name, rebuff_error *err)
{
	char key[REBUFF_DOMAIN_MAX + 1];
	if (p->sealed || provider < 0 || (size_t)provider >= p->n)
		return rbf_fail(err, REBUFF_EARG, "no provider number %d to add to", provider);
	rebuff_status status = rbf_domain_key(name, key, err);
	if (status == REBUFF_OK && !put(t, key, provider))
		status = rbf_fail(err, REBUFF_ENOMEM, "no memory for providers");
	return status;
}

rebuff_status rbf_providers_add_domain(
	rbf_providers *p, int provider, rebuff_span domain, rebuff_error *err)
{
	return add_name(p, &p->domains, provider, domain, err);
}

rebuff_status rbf_providers_add_mx(
	rbf_providers *p, int provider, rebuff_span suffix, rebuff_error *err)
{
	if (suffix.len && suffix.p[0] == '.')
		suffix = rbf_span_sub(suffix, 1, SIZE_MAX);
	return add_name(p, &p->suffixes, provider, suffix, err);
}

void rbf_providers_seal(rbf_providers *p)
{
	p->sealed = true;
}

const char *rbf_providers_id(const rbf_providers *p, int provider)
{
	return provider >= 0 && (size_t)provider < p->n ? p->ids[provider] : "";
}

/* In lower case without white space around and a final dot; "" when it is too long for a name. */
static rebuff_span key_of(rebuff_span name, char out[REBUFF_DOMAIN_MAX + 1])
{
	name = rbf_span_trim(name);
	if (name.len && name.p[name.len - 1] == '.')
		name.len--;
	if (name.len > REBUFF_DOMAIN_MAX)
		name.len = 0;
	for (size_t i = 0; i < name.len; i++)
		out[i] = (char)rbf_lower((unsigned char)name.p[i]);
	out[name.len] = '\0';
	return (rebuff_span){out, name.len};
}

/* The longest suffix of whole labels that is known. */
static int find_host(const rbf_providers *p, rebuff_span host)
{
	char key[REBUFF_DOMAIN_MAX + 1];
	rebuff_span name = key_of(host, key);
	uint64_t h = 0;
	int found = -1;
	for (size_t i = name.len; i-- > 0;) {
		h = add_byte(h, name.p[i]);
		if (i && name.p[i - 1] != '.')
			continue;
		int longer = look_up(&p->suffixes, rbf_span_sub(name, i, SIZE_MAX), h);
		if (longer >= 0)
			found = longer;
	}
	return found;
}

int rbf_providers_find(const rbf_providers *p, rebuff_span mx, rebuff_span domain)
{
	char key[REBUFF_DOMAIN_MAX + 1];
	for (int hosts = 0; mx.len && hosts < 32; hosts++) {
		int found = find_host(p, rbf_span_split(&mx, ':'));
		if (found >= 0)
			return found;
	}
	if (domain.len == 0)
		return -1;
	domain = key_of(domain, key);
	return look_up(&p->domains, domain, hash(domain));
}
