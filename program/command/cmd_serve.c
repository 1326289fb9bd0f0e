/* cmd_serve.c - rebuff serve: the engine's process. Opens the sockets, becomes an ordinary user,
 * opens the library, runs the loop until it is told to end. */
#define _DEFAULT_SOURCE /* initgroups */
#include "common/command.h"

#include <errno.h>
#include <event2/event.h>
#include <grp.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/arguments.h"
#include "common/clocks.h"
#include "common/fail.h"
#include "serve/alive.h"
#include "serve/bounce.h"
#include "serve/endpoint.h"
#include "serve/log.h"
#include "serve/mtactl.h"
#include "serve/notify.h"
#include "serve/peer.h"
#include "serve/service.h"
#include "serve/systemd.h"
#include "serve/wake.h"
#include "serve/writer.h"

enum { HOUSEKEEP_TICKS = 60, METRICS_TICKS = 10, FLUSH_MS = 1000, NODE_MAX = 256 };

typedef struct {
	const command_options *options;
	const char *user;
	bool to_syslog, debug;
	char node[NODE_MAX];
} settings;

typedef struct {
	settings set;
	logger *log;
	int lock_fd;
	endpoint endpoints[ENDPOINT_N];
	rebuff_ctx *ctx;
	struct event_base *base;
	struct event *tick, *collect, *read, *signals[3];
	writer *writer;
	peers *peers;
	mtactl *mtactl;
	wake *wake;
	pauses *pauses;
	windows *windows;
	bounces *bounces;
	metrics *metrics;
	notify *notify;
	service service;
	char mtactl_path[256];
	unsigned ticks;
	seldom unstamped, uncounted;
} engine;

/* ---- the loop's events --------------------------------------------------------------------- */

static void on_tick(evutil_socket_t fd, short what, void *ud)
{
	engine *e = ud;
	(void)fd, (void)what;
	if (!alive_stamp(e->set.options->run_dir))
		logger_seldom(e->log, &e->unstamped, REBUFF_LOG_ERROR,
			"event=no-stamp dir=%s why=\"%s\" effect=\"plugins do not ask\"",
			e->set.options->run_dir, strerror(errno));
	peers_tick(e->peers);
	wake_tick(e->wake);
	pauses_tick(e->pauses);
	notify_tick(e->notify);
	if (e->ticks % METRICS_TICKS == 0 &&
		!service_write_metrics(&e->service, e->set.options->run_dir))
		logger_seldom(e->log, &e->uncounted, REBUFF_LOG_WARNING,
			"event=no-metrics dir=%s why=\"%s\"", e->set.options->run_dir,
			strerror(errno));
	if (++e->ticks % HOUSEKEEP_TICKS == 0)
		service_housekeep(&e->service);
	systemd_notify("WATCHDOG=1");
}

static void on_collect(evutil_socket_t fd, short what, void *ud)
{
	engine *e = ud;
	(void)fd, (void)what;
	writer_collect(e->writer);
}

static void on_read(evutil_socket_t fd, short what, void *ud)
{
	engine *e = ud;
	(void)fd, (void)what;
	bounces_collect(e->bounces);
}

static void on_signal(evutil_socket_t number, short what, void *ud)
{
	engine *e = ud;
	rebuff_error err = {.status = REBUFF_OK};
	(void)what;
	if (number == SIGHUP)
		(void)service_reload(&e->service, &err);
	else
		event_base_loopbreak(e->base);
}

/* ---- start --------------------------------------------------------------------------------- */

/* Who the engine will be: --user when started as root, else who it is. */
static rebuff_status find_user(const char *name, uid_t *uid, gid_t *gid, rebuff_error *err)
{
	*uid = geteuid();
	*gid = getegid();
	if (*uid != 0)
		return REBUFF_OK;
	const struct passwd *p = getpwnam(name);
	if (!p)
		return fail(err, REBUFF_ENOENT,
			"there is no user \"%s\" for the engine to run as; make it, or name "
			"another "
			"with --user NAME",
			name);
	*uid = p->pw_uid;
	*gid = p->pw_gid;
	return REBUFF_OK;
}

static rebuff_status drop_privileges(const char *name, uid_t uid, gid_t gid, rebuff_error *err)
{
	if (geteuid() != 0 || uid == 0)
		return REBUFF_OK;
	if (initgroups(name, gid) != 0 || setgid(gid) != 0 || setuid(uid) != 0 || setuid(0) == 0)
		return fail(err, REBUFF_EIO, "cannot become user %s: %s", name, strerror(errno));
	return REBUFF_OK;
}

/* What needs the rights that the process was started with. */
static rebuff_status open_as_root(engine *e, rebuff_error *err)
{
	const char *run_dir = e->set.options->run_dir;
	uid_t uid;
	gid_t gid;
	rebuff_status status = find_user(e->set.user, &uid, &gid, err);
	if (status == REBUFF_OK)
		status = run_dir_lock(run_dir, uid, gid, &e->lock_fd, err);
	if (status == REBUFF_OK)
		status = endpoints_open(e->endpoints, run_dir, uid, e->log, err);
	if (status == REBUFF_OK)
		status = drop_privileges(e->set.user, uid, gid, err);
	return status;
}

static rebuff_status open_library(engine *e, rebuff_error *err)
{
	const command_options *o = e->set.options;
	char space[COMMAND_PATH_MAX];
	rebuff_options options = {
		.size = sizeof options,
		.data_dir = command_data_dir(o, space),
		.config_dir = o->config_dir,
		.state_file = o->state_file,
		.store_may_fail = true,
		.log = logger_hook(e->log),
	};
	return rebuff_open(&options, &e->ctx, err);
}

static bool add_events(engine *e)
{
	static const int numbers[] = {SIGTERM, SIGINT, SIGHUP};
	static const struct timeval second = {.tv_sec = 1};
	for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
		e->signals[i] = evsignal_new(e->base, numbers[i], on_signal, e);
		if (!e->signals[i] || event_add(e->signals[i], NULL) != 0)
			return false;
	}
	e->collect = event_new(e->base, writer_fd(e->writer), EV_READ | EV_PERSIST, on_collect, e);
	e->read = event_new(e->base, bounces_fd(e->bounces), EV_READ | EV_PERSIST, on_read, e);
	e->tick = event_new(e->base, -1, EV_PERSIST, on_tick, e);
	return e->collect && e->read && e->tick && event_add(e->collect, NULL) == 0 &&
		event_add(e->read, NULL) == 0 && event_add(e->tick, &second) == 0;
}

static rebuff_status start_parts(engine *e, rebuff_error *err)
{
	static const writer_store store = {rebuff_begin, rebuff_commit};
	e->base = event_base_new();
	e->writer = e->base ? writer_start(e->ctx, store, e->log, err) : NULL;
	if (e->base && !e->writer)
		return err->status;
	if (e->base) {
		e->mtactl = mtactl_new(e->base, e->mtactl_path, e->log);
		e->peers = peers_new(e->base, e->endpoints, e->log, service_handle, &e->service);
	}
	if (e->mtactl) {
		e->pauses = pauses_new(e->mtactl, e->log);
		e->wake = wake_new(
			e->base, e->ctx, e->writer, e->mtactl, e->pauses, e->set.node, e->log);
		e->windows = windows_new(e->base, e->mtactl, e->log);
	}
	e->metrics = metrics_new();
	e->notify = notify_new(e->base, e->ctx, e->writer, e->set.options, e->set.node, e->log);
	e->bounces = bounces_start(e->ctx, e->log);
	if (!e->wake || !e->pauses || !e->windows || !e->bounces || !e->peers || !e->metrics ||
		!e->notify || !add_events(e))
		return fail(err, REBUFF_ENOMEM, "no memory or descriptors for the loop");
	e->service = (service){.ctx = e->ctx,
		.writer = e->writer,
		.log = e->log,
		.node = e->set.node,
		.peers = e->peers,
		.wake = e->wake,
		.pauses = e->pauses,
		.windows = e->windows,
		.bounces = e->bounces,
		.metrics = e->metrics,
		.started_ms = boot_now_ms(),
		.policy_loaded_ms = wall_now_ms()};
	return REBUFF_OK;
}

/* ---- end ----------------------------------------------------------------------------------- */

/* Give whoever was answered the time to fetch it. */
static void flush_answers(engine *e)
{
	int64_t until = boot_now_ms() + FLUSH_MS;
	while (!peers_flushed(e->peers) && boot_now_ms() < until) {
		struct timeval t = {.tv_usec = 20000};
		event_base_loopexit(e->base, &t);
		event_base_loop(e->base, EVLOOP_ONCE);
	}
}

/* In this order: nobody asks any more, what was taken goes to disk, its answers go out. */
static void stop(engine *e)
{
	if (e->lock_fd >= 0) /* else it is another engine's */
		stamps_remove(e->set.options->run_dir);
	systemd_notify("STOPPING=1");
	if (e->tick)
		event_free(e->tick);
	if (e->collect)
		event_free(e->collect);
	if (e->read)
		event_free(e->read);
	if (e->wake)
		wake_stop(e->wake);
	if (e->pauses)
		pauses_stop(e->pauses);
	if (e->windows)
		windows_stop(e->windows);
	if (e->peers)
		peers_stop(e->peers);
	endpoints_close(e->endpoints);
	bounces_stop(&e->bounces);
	e->service.bounces = NULL;
	if (e->notify)
		notify_stop(e->notify);
	writer_stop(&e->writer);
	notify_free(&e->notify);
	if (e->peers)
		flush_answers(e);
	peers_free(&e->peers);
	mtactl_free(&e->mtactl);
	wake_free(&e->wake);
	pauses_free(&e->pauses);
	windows_free(&e->windows);
	metrics_free(&e->metrics);
	for (size_t i = 0; i < sizeof e->signals / sizeof *e->signals; i++) {
		if (e->signals[i])
			event_free(e->signals[i]);
	}
	if (e->base)
		event_base_free(e->base);
	rebuff_close(&e->ctx);
	if (e->lock_fd >= 0)
		close(e->lock_fd);
}

static rebuff_status serve(engine *e, rebuff_error *err)
{
	const char *run_dir = e->set.options->run_dir;
	int n = snprintf(e->mtactl_path, sizeof e->mtactl_path, "%s/mtactl.sock", run_dir);
	if (n < 0 || (size_t)n >= sizeof e->mtactl_path)
		return fail(err, REBUFF_ELIMIT, "%s: the path is too long", run_dir);
	rebuff_status status = open_as_root(e, err);
	if (status == REBUFF_OK)
		status = open_library(e, err);
	if (status == REBUFF_OK)
		status = start_parts(e, err);
	if (status != REBUFF_OK)
		return status;
	if (!alive_stamp(run_dir))
		return fail(err, REBUFF_EIO,
			"%s: the engine's user (%d) cannot write there: %s; give the directory to "
			"it",
			run_dir, (int)geteuid(), strerror(errno));
	logger_write(e->log, REBUFF_LOG_INFO, "event=started version=%s node=%s run=%s",
		REBUFF_VERSION, e->set.node, run_dir);
	systemd_notify("READY=1");
	event_base_dispatch(e->base);
	logger_write(e->log, REBUFF_LOG_INFO, "event=ending");
	return REBUFF_OK;
}

/* ---- the command --------------------------------------------------------------------------- */

static int read_settings(settings *set, int argc, char **argv)
{
	const char *node = NULL;
	const argument known[] = {{"--user", &set->user, NULL}, {"--node", &node, NULL},
		{"--syslog", NULL, &set->to_syslog}, {"--debug", NULL, &set->debug},
		{NULL, NULL, NULL}};
	int n;
	if (arguments_read(&command_serve, known, argc, argv, NULL, 0, &n))
		return 2;
	if (node && (!*node || strlen(node) >= sizeof set->node))
		return command_usage(&command_serve, "--node is empty or too long");
	if (node)
		memcpy(set->node, node, strlen(node) + 1);
	else if (gethostname(set->node, sizeof set->node - 1) != 0 || !set->node[0])
		memcpy(set->node, "localhost", sizeof "localhost");
	return 0;
}

static int run(const command_options *options, int argc, char **argv)
{
	engine *e = calloc(1, sizeof *e);
	rebuff_error err = {.status = REBUFF_OK};
	if (!e)
		return 1;
	e->set = (settings){.options = options, .user = "rebuff"};
	e->lock_fd = -1;
	for (int i = 0; i < ENDPOINT_N; i++)
		e->endpoints[i].fd = -1;
	int wrong = read_settings(&e->set, argc, argv);
	if (!wrong) {
		signal(SIGPIPE, SIG_IGN);
		umask(0077); /* addresses and replies are nobody else's */
		e->log = logger_new(
			e->set.to_syslog, e->set.debug ? REBUFF_LOG_DEBUG : REBUFF_LOG_INFO);
		wrong = !e->log || serve(e, &err) != REBUFF_OK;
		if (wrong && e->log)
			logger_write(
				e->log, REBUFF_LOG_ERROR, "event=not-started why=\"%s\"", err.text);
		stop(e);
		logger_free(&e->log);
	}
	free(e);
	return wrong;
}

const command command_serve = {.name = "serve",
	.usage = "[--user NAME] [--node NAME] [--syslog] [--debug]",
	.summary = "answer the mail servers' plugins: the engine itself",
	.help = "Stays in the foreground and logs to standard error.\n\n"
		"  --user NAME   who to become when started as root (default rebuff)\n"
		"  --node NAME   this host's name in the records (default its host name)\n"
		"  --syslog      log to syslog, facility mail\n"
		"  --debug       log more\n\n"
		"SIGHUP reads the policy again; SIGTERM ends, with everything on disk.\n",
	.run = run};
