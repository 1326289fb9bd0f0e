#include "serve/thread.h"

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

bool thread_pipe(int fds[2])
{
	if (pipe(fds) != 0)
		return false;
	for (int i = 0; i < 2; i++) {
		fcntl(fds[i], F_SETFD, FD_CLOEXEC);
		fcntl(fds[i], F_SETFL, O_NONBLOCK);
	}
	return true;
}

int thread_start(pthread_t *thread, void *(*run)(void *ud), void *ud)
{
	sigset_t all, before;
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	int failed = pthread_create(thread, NULL, run, ud);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return failed;
}
