/* worker.h - the child process that reads messages, and the talk with it. */
#ifndef RBF_DSN_WORKER_H
#define RBF_DSN_WORKER_H
#include "rebuff.h"

#include <sys/types.h>

typedef struct {
	pid_t pid; /* 0: there is none */
	int fd;
	size_t message_max, memory_max;
	uint32_t time_max_s;
} rbf_worker;

/* Have `message` read. The packed report is written to *out[*len], grown by realloc (*cap). Starts
 * a child when there is none; ends it when it fails. REBUFF_ELIMIT: it died of this message or took
 * too long; REBUFF_EIO: there is no child; REBUFF_ENOMEM. */
rebuff_status rbf_worker_ask(rbf_worker *w, rebuff_span message, char **out, size_t *len,
	size_t *cap, rebuff_error *err);
/* End the child, if any. */
void rbf_worker_stop(rbf_worker *w);
#endif
