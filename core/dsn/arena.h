/* arena.h - storage that lives as long as one message is being read, with one bound on all of it.
 */
#ifndef RBF_DSN_ARENA_H
#define RBF_DSN_ARENA_H
#include "rebuff.h"

typedef struct rbf_arena_block rbf_arena_block;

typedef struct {
	rbf_arena_block *blocks;
	size_t used; /* bytes handed out since the last reset */
	size_t max; /* bytes that may be handed out */
	bool full; /* sticky until the reset: something was refused */
} rbf_arena;

/* An empty arena that hands out at most `max` bytes. Allocates nothing yet. */
rbf_arena rbf_arena_of(size_t max);
/* `size` bytes, aligned for any type, not cleared; NULL over the bound or without memory. */
void *rbf_arena_get(rbf_arena *a, size_t size);
/* A copy of s in the arena; an empty span when there is no room. */
rebuff_span rbf_arena_copy(rbf_arena *a, rebuff_span s);
/* Forget everything, keep one block for the next message. */
void rbf_arena_reset(rbf_arena *a);
void rbf_arena_free(rbf_arena *a);
#endif
