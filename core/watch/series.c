#include "watch/series.h"

#include <stdlib.h>
#include <string.h>

#include "base/span.h"

enum { HASH_N = 16384 };

struct rbf_series_table {
	rbf_series *at[RBF_SERIES_MAX];
	uint32_t n, held; /* in use; set aside */
	uint32_t first[HASH_N]; /* place + 1; 0 none */
	uint32_t newest, oldest;
	bool evicted[RBF_SERIES_KIND_N];
};

/* FNV-1a */
static uint32_t hash(rbf_series_kind kind, const char *name)
{
	uint32_t h = 0x811c9dc5u ^ (uint32_t)kind;
	for (const unsigned char *p = (const unsigned char *)name; *p; p++)
		h = (h ^ *p) * 0x01000193u;
	return (h ^ h >> 15) % HASH_N;
}

static rbf_series *get(rbf_series_table *t, uint32_t link)
{
	return link ? t->at[link - 1] : NULL;
}

static void unlink_use(rbf_series_table *t, rbf_series *s)
{
	rbf_series *newer = get(t, s->newer), *older = get(t, s->older);
	*(newer ? &newer->older : &t->newest) = s->older;
	*(older ? &older->newer : &t->oldest) = s->newer;
}

static void link_newest(rbf_series_table *t, rbf_series *s, uint32_t link)
{
	rbf_series *was = get(t, t->newest);
	s->older = t->newest;
	s->newer = 0;
	*(was ? &was->newer : &t->oldest) = link;
	t->newest = link;
}

/* Take the one that is unused longest out of the table. Returns its link. */
static uint32_t evict(rbf_series_table *t)
{
	uint32_t link = t->oldest;
	rbf_series *s = get(t, link);
	uint32_t *chain = &t->first[hash(s->kind, s->name)];
	while (*chain != link)
		chain = &get(t, *chain)->next;
	*chain = s->next;
	unlink_use(t, s);
	t->evicted[s->kind] = true;
	return link;
}

/* An unused place, 0 without memory. */
static uint32_t place(rbf_series_table *t)
{
	if (t->n < t->held)
		return ++t->n;
	if (t->n == RBF_SERIES_MAX)
		return evict(t);
	rbf_series *s = malloc(sizeof *s);
	if (!s)
		return t->n ? evict(t) : 0;
	t->at[t->n++] = s;
	t->held = t->n;
	return t->n;
}

rbf_series *rbf_series_of(
	rbf_series_table *t, rbf_series_kind kind, const char *name, bool *fresh, bool *evicted)
{
	uint32_t h = hash(kind, name), link = t->first[h];
	rbf_series *s = get(t, link);
	*evicted = t->evicted[kind];
	while (s && (s->kind != kind || strcmp(s->name, name) != 0)) {
		link = s->next;
		s = get(t, link);
	}
	*fresh = !s;
	if (s) {
		unlink_use(t, s);
		link_newest(t, s, link);
		return s;
	}
	link = place(t);
	s = get(t, link);
	if (!s)
		return NULL;
	memset(s, 0, sizeof *s);
	s->kind = kind;
	(void)rbf_span_copy(s->name, sizeof s->name, rbf_span_of(name));
	s->next = t->first[h];
	t->first[h] = link;
	link_newest(t, s, link);
	return s;
}

rbf_series_table *rbf_series_new(void)
{
	return calloc(1, sizeof(rbf_series_table));
}

void rbf_series_free(rbf_series_table **table)
{
	rbf_series_table *t = *table;
	*table = NULL;
	for (uint32_t i = 0; t && i < t->held; i++)
		free(t->at[i]);
	free(t);
}

void rbf_series_clear(rbf_series_table *t)
{
	t->n = 0;
	t->newest = t->oldest = 0;
	memset(t->first, 0, sizeof t->first);
	memset(t->evicted, 0, sizeof t->evicted);
}

rbf_series *rbf_series_at(rbf_series_table *t, size_t i)
{
	return t->at[i];
}

size_t rbf_series_count(const rbf_series_table *t)
{
	return t->n;
}

size_t rbf_series_bytes(const rbf_series_table *t)
{
	return sizeof *t + (size_t)t->held * sizeof(rbf_series);
}
