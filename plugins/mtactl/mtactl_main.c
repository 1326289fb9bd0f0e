/*
 * mtactl_main.c - rebuff-mtactl: the only process with rights over a mail server's queue. It does
 * what the engine asks for, for ids that it has checked, within its limits (docs/protocol.md).
 *
 *     rebuff-mtactl [-s SOCKET] [-u USER] [-b PROGRAM] [-q SPOOL]
 *                   [-d FOLDER] [-e ENGINE] [-a ALIVE] exim|opensmtpd
 *     rebuff-mtactl -r REQUEST [-s SOCKET] exim|opensmtpd
 *
 * The second form asks the one that runs (restarted, hand-back) and ends with 0 when it did it.
 *
 * Only USER (the engine's, "rebuff") and root may connect. A socket handed over by the service
 * manager (LISTEN_FDS) is used instead of SOCKET. It may end at any time: what must outlive it (the
 * pauses of OpenSMTPD's envelopes) is kept in FOLDER.
 */
#define _GNU_SOURCE /* pipe2 */
#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "client/client.h"
#include "mtactl/server.h"

enum { ASK_MS = 600000 };

/* ---- signals ------------------------------------------------------------------------------ */

static int signal_pipe = -1; /* a handler has no other way to know it */

static void on_signal(int number)
{
	int saved = errno;
	char byte = (char)number;
	(void)!write(signal_pipe, &byte, 1);
	errno = saved;
}

static bool catch_signals(int ends[2])
{
	static const int numbers[] = {SIGCHLD, SIGTERM, SIGINT};
	struct sigaction action = {.sa_handler = on_signal, .sa_flags = SA_RESTART | SA_NOCLDSTOP};
	if (pipe2(ends, O_CLOEXEC | O_NONBLOCK) != 0)
		return false;
	signal_pipe = ends[1];
	for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
		(void)sigaction(numbers[i], &action, NULL);
	return true;
}

/* ---- socket ------------------------------------------------------------------------------- */

static int fail(const char *what, const char *name)
{
	fprintf(stderr, "rebuff-mtactl: %s %s: %s\n", what, name, strerror(errno));
	return -1;
}

/* The one socket that a service manager hands over is descriptor 3 (sd_listen_fds(3)). */
static bool handed_over(void)
{
	const char *n = getenv("LISTEN_FDS"), *pid = getenv("LISTEN_PID");
	return n && pid && strcmp(n, "1") == 0 && strtol(pid, NULL, 10) == (long)getpid() &&
		fcntl(3, F_SETFD, FD_CLOEXEC) == 0 && fcntl(3, F_SETFL, O_NONBLOCK) == 0;
}

static int listen_at(const char *path, const struct passwd *engine)
{
	struct sockaddr_un at = {.sun_family = AF_UNIX};
	if (handed_over())
		return 3;
	if (strlen(path) >= sizeof at.sun_path) {
		errno = ENAMETOOLONG;
		return fail("cannot listen on", path);
	}
	memcpy(at.sun_path, path, strlen(path));
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	(void)unlink(path);
	mode_t mask = umask(0117);
	bool bound = fd >= 0 && bind(fd, (struct sockaddr *)&at, sizeof at) == 0;
	umask(mask);
	/* Whoever connects is looked at anyhow; this keeps others from trying. */
	if (bound && geteuid() == 0)
		bound = chown(path, engine->pw_uid, engine->pw_gid) == 0;
	if (!bound || listen(fd, RBF_CONNECTIONS_MAX) != 0)
		return fail("cannot listen on", path);
	return fd;
}

static const rbf_mta *mta_of_name(const char *name)
{
	static const rbf_mta *const all[] = {&rbx_mta, &rbo_mta, NULL};
	const rbf_mta *const *mta = all;
	while (*mta && strcmp((*mta)->name, name) != 0)
		mta++;
	return *mta;
}

static int usage(void)
{
	fputs("usage: rebuff-mtactl [-s SOCKET] [-u USER] [-b PROGRAM] [-q SPOOL]\n"
	      "                     [-d FOLDER] [-e ENGINE] [-a ALIVE] exim|opensmtpd\n"
	      "       rebuff-mtactl -r REQUEST [-s SOCKET] exim|opensmtpd\n",
		stderr);
	return 2;
}

/* Have the rebuff-mtactl that runs do something; returns our exit status. */
static int ask_running(const char *path, const char *mta, const char *request)
{
	static rbf_client client;
	char bytes[256];
	rbf_wire_record answer;
	client.options = (rbf_client_options){
		.socket = path, .deadline_ms = ASK_MS, .timeouts = 1, .rest_ms = -1};
	rbf_wire_writer w = rbf_wire_writer_of(bytes, sizeof bytes);
	rbf_wire_put_str(&w, "request", request);
	rbf_wire_put_str(&w, "mta", mta);
	rbf_wire_end(&w);
	if (w.overflow)
		return usage();
	rbf_client_status status = rbf_client_ask(&client, bytes, w.len, -1, &answer);
	if (status == RBF_CLIENT_OK)
		return 0;
	fprintf(stderr, "rebuff-mtactl: %s: %s\n", path,
		status == RBF_CLIENT_REFUSED ? rbf_wire_get_str(&answer, "error", "")
					     : client.problem);
	return 1;
}

/* Where an option's value goes; NULL: no such option. */
static const char **place_of(int option, rbf_mta_options *o, const char **path, const char **user)
{
	switch (option) {
	case 's':
		return path;
	case 'u':
		return user;
	case 'b':
		return &o->program;
	case 'q':
		return &o->spool;
	case 'd':
		return &o->folder;
	case 'e':
		return &o->engine;
	case 'a':
		return &o->alive;
	default:
		return NULL;
	}
}

int main(int argc, char **argv)
{
	const char *path = "/run/rebuff/mtactl.sock", *user = "rebuff";
	rbf_mta_options options = {.folder = "/var/lib/rebuff-mtactl",
		.engine = "/run/rebuff/smtpd.sock",
		.alive = "/run/rebuff/alive"};
	const char *request = NULL;
	for (int opt; (opt = getopt(argc, argv, "r:s:u:b:q:d:e:a:")) != -1;) {
		const char **place = opt == 'r' ? &request : place_of(opt, &options, &path, &user);
		if (!place)
			return usage();
		*place = optarg;
	}
	const rbf_mta *mta = optind == argc - 1 ? mta_of_name(argv[optind]) : NULL;
	if (!mta)
		return usage();
	if (request)
		return ask_running(path, mta->name, request);
	const struct passwd *engine = getpwnam(user);
	if (!engine) {
		fprintf(stderr,
			"rebuff-mtactl: no user \"%s\"; expected the one the engine runs as\n",
			user);
		return 1;
	}
	int signals[2];
	void *self = mta->open(&options);
	if (!self || !catch_signals(signals))
		return 1;
	int listener = listen_at(path, engine);
	rbf_server *server = listener < 0
		? NULL
		: rbf_server_new(mta, self, listener, engine->pw_uid, signals[0]);
	if (!server)
		return 1;
	rbf_server_run(server);
	if (mta->close)
		mta->close(self);
	return 0;
}
