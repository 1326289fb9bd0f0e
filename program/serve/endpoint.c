#define _GNU_SOURCE /* struct ucred */
#include "serve/endpoint.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "common/fail.h"
#include "serve/systemd.h"

enum { BACKLOG = 128, GROUPS_MAX = 256 };

const endpoint_rule *endpoint_rule_of(endpoint_id id)
{
	static const endpoint_rule rules[ENDPOINT_N] = {
		[ENDPOINT_EXIM] = {"exim.sock", "Debian-exim", 192},
		[ENDPOINT_SMTPD] = {"smtpd.sock", "opensmtpd", 32},
		[ENDPOINT_POSTFIX] = {"postfix.sock", "rebuff-postfix", 128},
		[ENDPOINT_BOUNCE] = {"bounce.sock", "rebuff", 16},
		[ENDPOINT_CONTROL] = {"control.sock", "rebuff", 16},
	};
	return &rules[id];
}

static void find_group(endpoint *e, const endpoint_rule *rule, logger *log)
{
	const struct group *g = getgrnam(rule->group);
	e->has_group = g != NULL;
	if (g)
		e->group = g->gr_gid;
	else
		logger_write(log, REBUFF_LOG_WARNING,
			"event=no-group group=%s socket=%s effect=\"only root and the engine's "
			"user can connect\"",
			rule->group, rule->name);
}

static bool bind_listen(int fd, const char *path)
{
	struct sockaddr_un at = {.sun_family = AF_UNIX};
	memcpy(at.sun_path, path, strlen(path) + 1);
	if (unlink(path) != 0 && errno != ENOENT)
		return false;
	mode_t before = umask(0177); /* never wider than it will be, not for a moment */
	int failed = bind(fd, (struct sockaddr *)&at, sizeof at);
	umask(before);
	return !failed && listen(fd, BACKLOG) == 0;
}

static rebuff_status open_one(endpoint *e, uid_t owner, logger *log, rebuff_error *err)
{
	e->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (e->fd < 0 || !bind_listen(e->fd, e->path))
		return fail(err, REBUFF_EIO, "%s: cannot be opened for listening: %s", e->path,
			strerror(errno));
	if (chown(e->path, owner, e->has_group ? e->group : (gid_t)-1) != 0) {
		e->has_group = false;
		logger_write(log, REBUFF_LOG_ERROR,
			"event=no-group socket=%s why=\"cannot be given to group %d: %s\" "
			"effect=\"only root and the engine's user can connect\" do=\"start rebuff "
			"serve as root, or let the service manager make the socket\"",
			e->path, (int)e->group, strerror(errno));
	}
	if (chmod(e->path, 0660) != 0)
		return fail(
			err, REBUFF_EIO, "%s: cannot be made 0660: %s", e->path, strerror(errno));
	return REBUFF_OK;
}

rebuff_status endpoints_open(
	endpoint all[ENDPOINT_N], const char *run_dir, uid_t owner, logger *log, rebuff_error *err)
{
	for (int i = 0; i < ENDPOINT_N; i++)
		all[i] = (endpoint){.fd = -1};
	for (int i = 0; i < ENDPOINT_N; i++) {
		const endpoint_rule *rule = endpoint_rule_of((endpoint_id)i);
		endpoint *e = &all[i];
		int n = snprintf(e->path, sizeof e->path, "%s/%s", run_dir, rule->name);
		if (n < 0 || (size_t)n >= sizeof e->path) {
			endpoints_close(all);
			return fail(err, REBUFF_ELIMIT,
				"%s: the path is too long for a socket in it; expected at most %d "
				"bytes",
				run_dir, (int)(sizeof e->path - sizeof "/control.sock"));
		}
		find_group(e, rule, log);
		e->fd = systemd_listening(rule->name);
		e->adopted = e->fd >= 0;
		if (!e->adopted && open_one(e, owner, log, err) != REBUFF_OK) {
			endpoints_close(all);
			return err->status;
		}
	}
	return REBUFF_OK;
}

void endpoints_close(endpoint all[ENDPOINT_N])
{
	for (int i = 0; i < ENDPOINT_N; i++) {
		if (all[i].fd < 0)
			continue;
		close(all[i].fd);
		all[i].fd = -1;
		if (!all[i].adopted)
			unlink(all[i].path);
	}
}

static bool has_extra_group(int fd, gid_t group)
{
	gid_t groups[GROUPS_MAX];
	socklen_t len = sizeof groups;
	if (getsockopt(fd, SOL_SOCKET, SO_PEERGROUPS, groups, &len) != 0)
		return false;
	for (size_t i = 0; i < len / sizeof *groups; i++) {
		if (groups[i] == group)
			return true;
	}
	return false;
}

bool endpoint_admits(const endpoint *e, int fd, uid_t *uid)
{
	struct ucred peer = {.uid = (uid_t)-1};
	socklen_t len = sizeof peer;
	*uid = (uid_t)-1;
	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &len) != 0)
		return false;
	*uid = peer.uid;
	if (peer.uid == 0 || peer.uid == geteuid())
		return true;
	return e->has_group && (peer.gid == e->group || has_extra_group(fd, e->group));
}
