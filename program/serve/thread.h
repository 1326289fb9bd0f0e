/* thread.h - a thread beside the loop, and the pipe by which it tells the loop that something is
 * done. */
#ifndef RBF_PROGRAM_THREAD_H
#define RBF_PROGRAM_THREAD_H
#include <pthread.h>
#include <stdbool.h>

/* A pipe that neither blocks nor outlives an exec. False: no descriptors. */
bool thread_pipe(int fds[2]);
/* Start it; it, and the children that it makes, take no signals: they are the loop's. 0, or an
 * errno. */
int thread_start(pthread_t *thread, void *(*run)(void *ud), void *ud);
#endif
