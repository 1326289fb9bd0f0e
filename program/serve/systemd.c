#include "serve/systemd.h"

#include <fcntl.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum { FIRST_FD = 3, FDS_MAX = 64 };

/* How many descriptors were passed to this very process. */
static int passed(void)
{
	const char *pid = getenv("LISTEN_PID"), *n = getenv("LISTEN_FDS");
	if (!pid || !n || strtol(pid, NULL, 10) != (long)getpid())
		return 0;
	long count = strtol(n, NULL, 10);
	return count > 0 && count <= FDS_MAX ? (int)count : 0;
}

static int has_name(int fd, const char *name)
{
	struct sockaddr_un at;
	socklen_t len = sizeof at;
	memset(&at, 0, sizeof at);
	if (getsockname(fd, (struct sockaddr *)&at, &len) != 0 || at.sun_family != AF_UNIX ||
		len >= sizeof at)
		return 0;
	const char *slash = strrchr(at.sun_path, '/');
	return slash && strcmp(slash + 1, name) == 0;
}

int systemd_listening(const char *name)
{
	int end = FIRST_FD + passed();
	for (int fd = FIRST_FD; fd < end; fd++) {
		if (!has_name(fd, name))
			continue;
		fcntl(fd, F_SETFD, FD_CLOEXEC);
		fcntl(fd, F_SETFL, O_NONBLOCK);
		return fd;
	}
	return -1;
}

void systemd_notify(const char *state)
{
	const char *path = getenv("NOTIFY_SOCKET");
	struct sockaddr_un to = {.sun_family = AF_UNIX};
	size_t len = path ? strlen(path) : 0;
	if (len < 2 || len >= sizeof to.sun_path || (path[0] != '/' && path[0] != '@'))
		return;
	memcpy(to.sun_path, path, len);
	if (path[0] == '@')
		to.sun_path[0] = '\0'; /* the abstract name space */
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return;
	(void)!sendto(fd, state, strlen(state), MSG_NOSIGNAL, (struct sockaddr *)&to,
		(socklen_t)(offsetof(struct sockaddr_un, sun_path) + len));
	close(fd);
}
