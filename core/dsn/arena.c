#include "dsn/arena.h"

#include <stdalign.h>
#include <stdlib.h>
#include <string.h>

enum { BLOCK_MIN = 256 * 1024 };

struct rbf_arena_block {
	rbf_arena_block *next;
	size_t size, used;
	alignas(max_align_t) char bytes[];
};

rbf_arena rbf_arena_of(size_t max)
{
	return (rbf_arena){.max = max};
}

void *rbf_arena_get(rbf_arena *a, size_t size)
{
	if (size > a->max || a->used > a->max - size) {
		a->full = true;
		return NULL;
	}
	size_t rounded = (size + alignof(max_align_t) - 1) & ~(alignof(max_align_t) - 1);
	rbf_arena_block *b = a->blocks;
	if (!b || rounded > b->size - b->used) {
		size_t room = rounded > BLOCK_MIN ? rounded : BLOCK_MIN;
		b = malloc(sizeof *b + room);
		if (!b) {
			a->full = true;
			return NULL;
		}
		*b = (rbf_arena_block){.next = a->blocks, .size = room};
		a->blocks = b;
	}
	char *p = b->bytes + b->used;
	b->used += rounded;
	a->used += rounded;
	return p;
}

rebuff_span rbf_arena_copy(rbf_arena *a, rebuff_span s)
{
	char *p = s.len ? rbf_arena_get(a, s.len) : NULL;
	if (!p)
		return (rebuff_span){"", 0};
	memcpy(p, s.p, s.len);
	return (rebuff_span){p, s.len};
}

void rbf_arena_reset(rbf_arena *a)
{
	while (a->blocks && (a->blocks->next || a->blocks->size > BLOCK_MIN)) {
		rbf_arena_block *b = a->blocks;
		a->blocks = b->next;
		free(b);
	}
	if (a->blocks)
		a->blocks->used = 0;
	a->used = 0;
	a->full = false;
}

void rbf_arena_free(rbf_arena *a)
{
	while (a->blocks) {
		rbf_arena_block *b = a->blocks;
		a->blocks = b->next;
		free(b);
	}
}
