/*
 * exim.c - Exim's queue: one attempt of a message (`exim4 -Mc ID`, `exim4 -M ID`) or of a few, one
 * after the other, and what it holds. Refused are frozen messages and those with an empty sender:
 * -M would thaw the first and try a refused bounce for ever. Exim itself would say yes to both, so
 * the -H file is read before.
 *
 * A few in one process because most of what an attempt costs is the start of that process: Exim's
 * shared libraries (docs/exim.md).
 *
 * -M passes over hold_domains as well. When the configuration has any, Exim is asked (-be) whether
 * a recipient's domain is one of them; then, and whenever that cannot be told, it is -Mc.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "client/client.h"
#include "client/exim_id.h"
#include "mtactl/exim_spool.h"
#include "mtactl/mta.h"

enum {
	WAKES_MAX = 20,
	WAKE_IDS_MAX = 8, /* messages of one wake */
	HEAD_MAX = 262144, /* bytes of a -H file that are looked at for a wake */
	HEAD_LIST = 8192, /* and for a listing: as far as the options */
	HOLD_MAX = 4096, /* bytes of hold_domains */
	HOLD_FRESH_MS = 60000,
	DOMAINS_MAX = 50, /* asked about for one wake */
	EXPRESSION_MAX = 32768,
};

typedef enum { FREE, ASKING_LIST, EXPANDING_LIST, ASKING_MATCH, DELIVERING } step;

/* One wake. */
typedef struct {
	step step;
	rbf_ask *ask;
	char ids[WAKE_IDS_MAX][24];
	int id_n;
	pid_t pid;
	int output; /* what Exim answers about hold_domains */
	char expression[EXPRESSION_MAX]; /* for -be, without the list: the domains */
	size_t expression_len;
	int domain_n; /* in it; -1: they cannot be asked about */
} wake;

typedef struct {
	const char *program, *spool;
	wake wakes[WAKES_MAX];
	char hold[HOLD_MAX]; /* hold_domains, expanded; "" none */
	bool hold_known; /* false: it could not be had, or cannot be asked about */
	int64_t hold_at_ms;
	char head[HEAD_MAX];
} exim;

static void *exim_open(const rbf_mta_options *options)
{
	exim *e = calloc(1, sizeof *e);
	if (!e) {
		fputs("rebuff-mtactl: no memory\n", stderr);
		return NULL;
	}
	e->program = options->program ? options->program : "/usr/sbin/exim4";
	e->spool = options->spool ? options->spool : "/var/spool/exim4";
	e->hold_at_ms = -HOLD_FRESH_MS;
	return e;
}

/* ---- the spool ---------------------------------------------------------------------------- */

static int open_head(const exim *e, const char *id)
{
	/* With split_spool_directory it lies one folder deeper, named by the id's sixth letter. */
	char path[PATH_MAX];
	(void)snprintf(path, sizeof path, "%s/input/%s-H", e->spool, id);
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK | O_NOFOLLOW);
	if (fd >= 0)
		return fd;
	(void)snprintf(path, sizeof path, "%s/input/%c/%s-H", e->spool, id[5], id);
	return open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK | O_NOFOLLOW);
}

static const char unknown_id[] = "unknown id";

/* Read up to `max` bytes of a message's -H file into e->head. NULL, or what to answer. */
static const char *read_head(exim *e, const char *id, size_t max, rbx_spool *out)
{
	size_t len = 0;
	ssize_t n = 1;
	int fd = open_head(e, id);
	if (fd < 0)
		return errno == ENOENT ? unknown_id : "the queue cannot be read";
	while (len < max && (n = read(fd, e->head + len, max - len)) > 0)
		len += (size_t)n;
	close(fd);
	if (n < 0 || !rbx_spool_read(e->head, len, out))
		return "the message's -H file cannot be read";
	return NULL;
}

/* ---- running Exim ------------------------------------------------------------------------- */

/* Start Exim with a clean environment, descriptors 0 and 1 on /dev/null (or 1 on `output`) and
 * signals as they were before us. Returns its process, or -1. */
static pid_t start(const exim *e, const char *const *argv, int output)
{
	static char path[] = "PATH=/usr/sbin:/usr/bin:/sbin:/bin";
	char *const environment[] = {path, NULL};
	posix_spawn_file_actions_t files;
	posix_spawnattr_t attributes;
	sigset_t none, usual;
	pid_t pid = -1;
	char *arguments[2 + WAKE_IDS_MAX + 1] = {NULL};
	for (size_t i = 0; argv[i]; i++)
		memcpy(&arguments[i], &argv[i], sizeof arguments[i]); /* spawn writes to none */
	sigemptyset(&none);
	sigemptyset(&usual);
	sigaddset(&usual, SIGCHLD);
	sigaddset(&usual, SIGTERM);
	sigaddset(&usual, SIGINT);
	sigaddset(&usual, SIGPIPE);
	if (posix_spawn_file_actions_init(&files) != 0)
		return -1;
	if (posix_spawnattr_init(&attributes) == 0) {
		posix_spawn_file_actions_addopen(&files, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
		if (output >= 0)
			posix_spawn_file_actions_adddup2(&files, output, STDOUT_FILENO);
		else
			posix_spawn_file_actions_addopen(
				&files, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
		posix_spawnattr_setsigmask(&attributes, &none);
		posix_spawnattr_setsigdefault(&attributes, &usual);
		posix_spawnattr_setflags(
			&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
		int wrong =
			posix_spawn(&pid, e->program, &files, &attributes, arguments, environment);
		if (wrong) {
			fprintf(stderr, "rebuff-mtactl: cannot run %s: %s\n", e->program,
				strerror(wrong));
			pid = -1;
		}
		posix_spawnattr_destroy(&attributes);
	}
	posix_spawn_file_actions_destroy(&files);
	return pid;
}

static void over(wake *k, const char *error)
{
	if (error)
		rbf_ask_error(k->ask, error);
	else
		rbf_ask_ok(k->ask);
	k->step = FREE;
}

/* The name in argv[0] tells the gate that this attempt is ours. */
static void deliver(exim *e, wake *k, bool past_host_retry)
{
	const char *argv[2 + WAKE_IDS_MAX + 1] = {RBX_WAKE_ARGV0, past_host_retry ? "-M" : "-Mc"};
	for (int i = 0; i < k->id_n; i++)
		argv[2 + i] = k->ids[i];
	k->pid = start(e, argv, -1);
	k->step = DELIVERING;
	if (k->pid < 0)
		over(k, "Exim cannot be run");
}

/* Start Exim for an answer on its standard output: a few bytes, which the pipe holds until it has
 * ended. */
static bool ask_exim(exim *e, wake *k, const char *const *argv, step next)
{
	int ends[2];
	if (pipe(ends) != 0)
		return false;
	(void)fcntl(ends[0], F_SETFD, FD_CLOEXEC);
	(void)fcntl(ends[1], F_SETFD, FD_CLOEXEC);
	(void)fcntl(ends[0], F_SETFL, O_NONBLOCK);
	k->pid = start(e, argv, ends[1]);
	close(ends[1]);
	if (k->pid < 0) {
		close(ends[0]);
		return false;
	}
	k->output = ends[0];
	k->step = next;
	return true;
}

/* What it has said, in text with a NUL, without the final line feed. False when it failed, or said
 * too much. */
static bool take_output(wake *k, int status, char *text, size_t cap)
{
	size_t len = 0;
	ssize_t n = 1;
	while (len < cap && (n = read(k->output, text + len, cap - len)) > 0)
		len += (size_t)n;
	close(k->output);
	if (status != 0 || len == cap)
		return false;
	while (len > 0 && text[len - 1] == '\n')
		len--;
	text[len] = '\0';
	return true;
}

/* ---- hold_domains ------------------------------------------------------------------------- */

/* May stand inside an expansion: nothing in it means anything there. */
static bool is_plain_domain(const char *domain, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)domain[i];
		if (!rbx_is_id_char((char)c) && c != '.' && c != '-' && c != '_' && c < 0x80)
			return false;
	}
	return len > 0 && len <= 255;
}

/* Add the domains of one message's recipients to the expression, each before a LF. */
static void collect_domains(wake *k, const rbx_spool *head)
{
	const char *rest = head->recipients, *domain;
	size_t rest_len = head->recipients_len, len;
	if (!head->all)
		k->domain_n = -1;
	while (k->domain_n >= 0 && rbx_spool_domain(&rest, &rest_len, &domain, &len)) {
		if (k->domain_n == DOMAINS_MAX || !is_plain_domain(domain, len) ||
			k->expression_len + len + 1 >= sizeof k->expression) {
			k->domain_n = -1;
			return;
		}
		memcpy(k->expression + k->expression_len, domain, len);
		k->expression_len += len;
		k->expression[k->expression_len++] = '\n';
		k->expression[k->expression_len] = '\0';
		k->domain_n++;
	}
}

/* ${if or{{match_domain{a}{LIST}}...}{held}{free}} for Exim to expand. */
static bool match_held(exim *e, wake *k)
{
	char text[EXPRESSION_MAX];
	size_t len = (size_t)snprintf(text, sizeof text, "${if or{");
	for (char *domain = k->expression, *stop; (stop = strchr(domain, '\n'));
		domain = stop + 1) {
		int n = snprintf(text + len, sizeof text - len, "{match_domain{%.*s}{%s}}",
			(int)(stop - domain), domain, e->hold);
		if (n < 0 || (size_t)n >= sizeof text - len)
			return false;
		len += (size_t)n;
	}
	if (sizeof text - len < sizeof "}{held}{free}}")
		return false;
	memcpy(text + len, "}{held}{free}}", sizeof "}{held}{free}}");
	const char *const argv[] = {"exim4", "-be", text, NULL};
	return ask_exim(e, k, argv, ASKING_MATCH);
}

/* The value is known, or not to be had. */
static void after_list(exim *e, wake *k)
{
	if (e->hold_known && e->hold[0] == '\0')
		deliver(e, k, true);
	else if (!e->hold_known || k->domain_n <= 0 || !match_held(e, k))
		deliver(e, k, false);
}

/* What Exim says of the list. As it stands in the configuration it may have to be expanded (once
 * for all domains: one that asks for $domain cannot be had this way); then match_domain takes it
 * literally, but for braces. */
static void take_list(exim *e, wake *k, int status, bool expanded)
{
	e->hold_known = take_output(k, status, e->hold, sizeof e->hold) &&
		strncmp(e->hold, "Failed: ", 8) != 0;
	e->hold_at_ms = rbf_client_now_ms();
	if (e->hold_known && !expanded && strchr(e->hold, '$')) {
		const char *const argv[] = {"exim4", "-be", e->hold, NULL};
		e->hold_known = false; /* until it is */
		if (!strstr(e->hold, "$domain") && ask_exim(e, k, argv, EXPANDING_LIST))
			return;
	}
	if (strpbrk(e->hold, "{}$\n"))
		e->hold_known = false;
	after_list(e, k);
}

/* -M: find out about hold_domains first. */
static void deliver_past_host_retry(exim *e, wake *k)
{
	static const char *const argv[] = {"exim4", "-n", "-bP", "hold_domains", NULL};
	if (rbf_client_now_ms() - e->hold_at_ms < HOLD_FRESH_MS)
		after_list(e, k);
	else if (!ask_exim(e, k, argv, ASKING_LIST))
		deliver(e, k, false);
}

static void exim_child_over(void *self, pid_t pid, int status)
{
	exim *e = self;
	wake *k = NULL;
	for (int i = 0; i < WAKES_MAX && !k; i++) {
		if (e->wakes[i].step != FREE && e->wakes[i].pid == pid)
			k = &e->wakes[i];
	}
	if (!k)
		return;
	char answer[16];
	switch (k->step) {
	case ASKING_LIST:
	case EXPANDING_LIST:
		take_list(e, k, status, k->step == EXPANDING_LIST);
		break;
	case ASKING_MATCH:
		deliver(e, k,
			take_output(k, status, answer, sizeof answer) &&
				strcmp(answer, "free") == 0);
		break;
	case DELIVERING:
		over(k, NULL); /* Exim's status says nothing of the outcome */
		break;
	case FREE:
		break;
	}
}

/* ---- requests ----------------------------------------------------------------------------- */

static bool under_way(const exim *e, const char *id)
{
	for (int i = 0; i < WAKES_MAX; i++) {
		const wake *k = &e->wakes[i];
		for (int n = 0; k->step != FREE && n < k->id_n; n++) {
			if (strcmp(k->ids[n], id) == 0)
				return true;
		}
	}
	return false;
}

/* May this message be attempted? NULL: yes, and it is in k->ids; or why not. */
static const char *take_message(exim *e, wake *k, const char *id)
{
	rbx_spool head;
	const char *wrong = "busy with this message";
	if (under_way(e, id))
		return wrong;
	wrong = read_head(e, id, sizeof e->head, &head);
	if (!wrong && head.frozen)
		wrong = "frozen";
	if (!wrong && head.null_sender)
		wrong = "null sender";
	if (wrong)
		return wrong;
	memcpy(k->ids[k->id_n++], id, strlen(id) + 1);
	collect_domains(k, &head);
	return NULL;
}

/* The ids of a request. How many; 0: `wrong` says what is not right. */
static int request_ids(const rbf_wire_record *r, const char *ids[WAKE_IDS_MAX], const char **wrong)
{
	int n = 0;
	*wrong = "not a message id of Exim's";
	for (size_t i = 0; i < r->n; i++) {
		const rbf_wire_field *f = &r->field[i];
		if (strcmp(f->name, "id") != 0)
			continue;
		if (!rbx_is_message_id(f->value, f->len))
			return 0;
		if (n == WAKE_IDS_MAX) {
			*wrong = "more than eight messages";
			return 0;
		}
		ids[n++] = f->value;
	}
	return n;
}

static wake *free_wake(exim *e)
{
	for (int i = 0; i < WAKES_MAX; i++) {
		if (e->wakes[i].step == FREE)
			return &e->wakes[i];
	}
	return NULL;
}

static void do_wake(exim *e, const rbf_wire_record *r, rbf_ask *a)
{
	const char *how = rbf_wire_get_str(r, "how", ""), *ids[WAKE_IDS_MAX], *wrong;
	bool past_host_retry = strcmp(how, "-M") == 0;
	int n = request_ids(r, ids, &wrong);
	if (n == 0) {
		rbf_ask_error(a, wrong);
		return;
	}
	if (!past_host_retry && strcmp(how, "-Mc") != 0) {
		rbf_ask_error(a, "how= is -Mc or -M");
		return;
	}
	wake *k = free_wake(e);
	if (!k) {
		rbf_ask_error(
			a, n == 1 && under_way(e, ids[0]) ? "busy with this message" : "busy");
		return;
	}
	k->step = ASKING_LIST; /* taken, so that an id given twice is found under way */
	k->ask = a;
	k->pid = -1;
	k->id_n = k->domain_n = 0;
	k->expression_len = 0;
	for (int i = 0; i < n; i++) {
		char refused[96];
		wrong = take_message(e, k, ids[i]);
		(void)snprintf(refused, sizeof refused, "%s %s", ids[i], wrong ? wrong : "");
		if (wrong && n > 1)
			rbf_ask_put(a, "refused", refused);
	}
	if (k->id_n == 0)
		over(k, wrong);
	else if (past_host_retry)
		deliver_past_host_retry(e, k);
	else
		deliver(e, k, false);
}

/* One entry of a folder of the queue: a message when it is named ID-H. */
static void list_entry(exim *e, const char *name, rbf_ask *a)
{
	size_t len = strlen(name);
	char id[24], line[32];
	rbx_spool head;
	if (len < 3 || strcmp(name + len - 2, "-H") != 0 || !rbx_is_message_id(name, len - 2))
		return;
	memcpy(id, name, len - 2);
	id[len - 2] = '\0';
	const char *wrong = read_head(e, id, HEAD_LIST, &head);
	if (wrong == unknown_id)
		return; /* delivered since the folder was read */
	if (wrong) /* that it is there is what counts */
		head = (rbx_spool){.frozen = false};
	const char *flags =
		head.frozen ? (head.null_sender ? "fn" : "f") : (head.null_sender ? "n" : "-");
	(void)snprintf(line, sizeof line, "%s %s", id, flags);
	rbf_ask_put(a, "queued", line);
}

static bool list_folder(exim *e, const char *path, bool deeper, rbf_ask *a)
{
	DIR *folder = opendir(path);
	if (!folder)
		return deeper || errno != ENOENT ? false : true;
	for (struct dirent *entry; (entry = readdir(folder));) {
		char below[PATH_MAX];
		if (deeper && rbx_is_id_char(entry->d_name[0]) && entry->d_name[1] == '\0') {
			(void)snprintf(below, sizeof below, "%s/%c", path, entry->d_name[0]);
			(void)list_folder(e, below, false, a);
		} else {
			list_entry(e, entry->d_name, a);
		}
	}
	closedir(folder);
	return true;
}

static void do_list(exim *e, rbf_ask *a)
{
	char path[PATH_MAX];
	(void)snprintf(path, sizeof path, "%s/input", e->spool);
	rbf_ask_put(a, "mta", "exim");
	if (list_folder(e, path, true, a))
		rbf_ask_ok(a);
	else
		rbf_ask_error(a, "the queue cannot be read");
}

static void exim_request(void *self, const rbf_wire_record *r, rbf_ask *a)
{
	const char *request = rbf_wire_get_str(r, "request", "");
	if (strcmp(request, "wake") == 0)
		do_wake(self, r, a);
	else if (strcmp(request, "list") == 0)
		do_list(self, a);
	else
		rbf_ask_error(a, "not allowed on this socket");
}

static void exim_tick(void *self)
{
	(void)self; /* nothing waits for a time here */
}

const rbf_mta rbx_mta = {.name = "exim",
	.open = exim_open,
	.request = exim_request,
	.child_over = exim_child_over,
	.tick = exim_tick};
