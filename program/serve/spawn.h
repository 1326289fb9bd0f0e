/* spawn.h - a program of its own, without waiting for it: given a text, its output kept, ended when
 * it takes too long. */
#ifndef RBF_PROGRAM_SPAWN_H
#define RBF_PROGRAM_SPAWN_H
#include <event2/event.h>
#include <stdbool.h>
#include <stddef.h>

enum { SPAWN_INPUT_MAX = 60000, SPAWN_OUTPUT_MAX = 65536 };

typedef struct spawned spawned;

/*
 * Start argv[0] (a path) with `input` (at most SPAWN_INPUT_MAX bytes) on its standard input, in a
 * process group of its own. `done` is called once on the loop thread: status is that of waitpid, -1
 * when it was ended for its time; output is what it wrote to standard output, cut at
 * SPAWN_OUTPUT_MAX. NULL: it cannot be started (errno).
 */
spawned *spawn(struct event_base *base, char *const argv[], const char *input, size_t len,
	int limit_ms, void (*done)(void *ud, int status, const char *output, size_t len), void *ud);
/* End it; `done` is not called. Accepts NULL. */
void spawn_end(spawned **s);
#endif
