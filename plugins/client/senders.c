#include "client/senders.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { SLOTS = 1 << 19, ID_MAX = 40 };

typedef struct {
	char id[ID_MAX + 1];
	uint32_t slot;
	char *sender;
} entry;

/* A ring of messages, the next one to be forgotten at `next`; slots hold places in it, from 1. */
struct rbf_senders {
	entry ring[RBF_SENDERS_MAX];
	uint32_t slots[SLOTS];
	uint32_t next;
};

rbf_senders *rbf_senders_new(void)
{
	return calloc(1, sizeof(rbf_senders));
}

void rbf_senders_free(rbf_senders *s)
{
	for (size_t i = 0; s && i < RBF_SENDERS_MAX; i++)
		free(s->ring[i].sender);
	free(s);
}

static uint32_t hash(const char *id)
{
	uint32_t h = 2166136261u;
	while (*id)
		h = (h ^ (unsigned char)*id++) * 16777619u;
	return (h ^ h >> 15) % SLOTS;
}

/* Its slot, or the empty one where it belongs. */
static uint32_t find(const rbf_senders *s, const char *id)
{
	uint32_t slot = hash(id);
	while (s->slots[slot] && strcmp(s->ring[s->slots[slot] - 1].id, id) != 0)
		slot = (slot + 1) % SLOTS;
	return slot;
}

/* Empty a slot, and let those behind it, which it had pushed on, move up. */
static void vacate(rbf_senders *s, uint32_t slot)
{
	uint32_t hole = slot;
	for (uint32_t at = (slot + 1) % SLOTS; s->slots[at]; at = (at + 1) % SLOTS) {
		uint32_t home = hash(s->ring[s->slots[at] - 1].id);
		if ((at + SLOTS - home) % SLOTS < (at + SLOTS - hole) % SLOTS)
			continue;
		s->slots[hole] = s->slots[at];
		s->ring[s->slots[hole] - 1].slot = hole;
		hole = at;
	}
	s->slots[hole] = 0;
}

void rbf_senders_put(rbf_senders *s, const char *id, const char *sender)
{
	char *copy = strlen(id) <= ID_MAX ? strdup(sender) : NULL;
	if (!copy)
		return;
	uint32_t slot = find(s, id);
	if (s->slots[slot]) {
		entry *known = &s->ring[s->slots[slot] - 1];
		free(known->sender);
		known->sender = copy;
		return;
	}
	entry *e = &s->ring[s->next];
	if (e->sender) {
		free(e->sender);
		vacate(s, e->slot);
		slot = find(s, id);
	}
	strcpy(e->id, id);
	e->sender = copy;
	e->slot = slot;
	s->slots[slot] = s->next + 1;
	s->next = (s->next + 1) % RBF_SENDERS_MAX;
}

const char *rbf_senders_get(const rbf_senders *s, const char *id)
{
	uint32_t at = s->slots[find(s, id)];
	return at ? s->ring[at - 1].sender : NULL;
}
