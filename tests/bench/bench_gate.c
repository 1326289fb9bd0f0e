/*
 * bench_gate.c - the gate as a plugin sees it: through the socket of a running engine with a
 *million suppressions, alone and while 1,000 durable results a second are written. Also how soon a
 *started engine answers. Prints figures; judges nothing.
 *
 *	bench_gate [SUPPRESSIONS]		default 1000000
 */
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/span.h"
#include "client/client.h"
#include "rebuff.h"

enum { GATES = 20000, RESULTS_PER_S = 1000, IN_FLIGHT = 25, START_MS = 20000 };

typedef struct {
	char dir[32];
	char state[64], socket[64], alive[64];
	pid_t engine;
	int suppressions;
} place;

static double now_s(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void die(const char *what)
{
	fprintf(stderr, "bench_gate: %s\n", what);
	exit(1);
}

static void fill(const place *p)
{
	rebuff_ctx *ctx;
	rebuff_error err = {0};
	rebuff_options o = {
		.size = sizeof o, .data_dir = "lua", .config_dir = "", .state_file = p->state};
	rebuff_suppression e = {.size = sizeof e,
		.scope = "all",
		.since_ms = 1,
		.evidence = "550 5.1.1 User unknown"};
	if (rebuff_open(&o, &ctx, &err) != REBUFF_OK || rebuff_begin(ctx, &err) != REBUFF_OK)
		die(err.text);
	for (int i = 0; i < p->suppressions; i++) {
		snprintf(e.address, sizeof e.address, "user%d@domain%d.example", i, i % 997);
		if (rebuff_suppress_add(ctx, &e, &err) != REBUFF_OK)
			die(err.text);
	}
	if (rebuff_commit(ctx, &err) != REBUFF_OK)
		die(err.text);
	rebuff_close(&ctx);
}

static size_t encode(char *out, size_t cap, const char *const *fields)
{
	rbf_wire_writer w = rbf_wire_writer_of(out, cap);
	for (; *fields; fields += 2)
		rbf_wire_put_str(&w, fields[0], fields[1]);
	rbf_wire_end(&w);
	return w.overflow ? 0 : w.len;
}

static rbf_client *client(const place *p)
{
	rbf_client *c = calloc(1, sizeof *c);
	if (!c)
		die("no memory");
	c->options = (rbf_client_options){
		.socket = p->socket, .deadline_ms = 10000, .timeouts = 1000, .rest_ms = 0};
	return c;
}

static void start(place *p)
{
	static const char *const ping[] = {"request", "ping", NULL};
	char request[64];
	rbf_wire_record answer;
	double began = now_s();
	p->engine = fork();
	if (p->engine == 0) {
		if (!freopen("/dev/null", "w", stderr))
			_exit(1);
		execl("build/rebuff", "rebuff", "serve", "--user", "root", "--run", p->dir,
			"--state", p->state, "--config", p->dir, (char *)NULL);
		_exit(1);
	}
	rbf_client *c = client(p);
	size_t n = encode(request, sizeof request, ping);
	while (rbf_client_ask(c, request, n, -1, &answer) != RBF_CLIENT_OK) {
		if ((now_s() - began) * 1000 > START_MS)
			die("the engine does not answer");
		nanosleep(&(struct timespec){0, 1000000}, NULL);
	}
	printf("engine answers after %.0f ms with %d suppressions\n", (now_s() - began) * 1e3,
		p->suppressions);
	rbf_client_close(c);
	free(c);
}

/* ---- the writer's load: one thread, many connections so that a group commit has a group ---- */

typedef struct {
	const place *place;
	atomic_bool *stop;
	int number;
	long done;
} sender;

static void *send_results(void *ud)
{
	sender *s = ud;
	rbf_client *c = client(s->place);
	rbf_wire_record answer;
	char request[1024], id[32], recipient[64];
	double step = (double)IN_FLIGHT / RESULTS_PER_S, began = now_s();
	for (; !atomic_load(s->stop); s->done++) {
		double left = began + (double)s->done * step - now_s();
		if (left > 0)
			nanosleep(&(struct timespec){(time_t)left,
					  (long)((left - (double)(time_t)left) * 1e9)},
				NULL);
		snprintf(id, sizeof id, "r%d-%ld", s->number, s->done);
		snprintf(recipient, sizeof recipient, "r%d@remote%ld.example", s->number,
			s->done % 50);
		const char *const fields[] = {"request", "result", "id", id, "recipient", recipient,
			"sender", "shop@sender.example", "kind", "rcpt-defer", "stage", "rcpt",
			"text", "451 4.7.1 Greylisted, please try again in 300 seconds", "host",
			"mx.remote.example", NULL};
		if (rbf_client_ask(c, request, encode(request, sizeof request, fields), -1,
			    &answer) != RBF_CLIENT_OK)
			die(c->problem);
	}
	rbf_client_close(c);
	free(c);
	return NULL;
}

static int by_size(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;
	return (x > y) - (x < y);
}

static void ask_gates(const place *p, const char *name)
{
	static double took[GATES];
	rbf_client *c = client(p);
	rbf_wire_record answer;
	char request[1024], id[32], recipient[64];
	for (int i = 0; i < GATES; i++) {
		int n = (int)((unsigned)i * 7919u % (unsigned)(2 * p->suppressions));
		snprintf(id, sizeof id, "g%s%d", name, i);
		snprintf(recipient, sizeof recipient, "user%d@domain%d.example", n, n % 997);
		const char *const fields[] = {"request", "gate", "id", id, "recipient", recipient,
			"sender", "shop@sender.example", "mx",
			"mx1.remote.example:mx2.remote.example", "age_s", "1", NULL};
		size_t len = encode(request, sizeof request, fields);
		double began = now_s();
		if (rbf_client_ask(c, request, len, -1, &answer) != RBF_CLIENT_OK)
			die(c->problem);
		took[i] = (now_s() - began) * 1e6;
	}
	rbf_client_close(c);
	free(c);
	qsort(took, GATES, sizeof *took, by_size);
	printf("gate through the socket, %-16s p50 %6.1f us  p99 %7.1f us  p99.9 %7.1f us\n", name,
		took[GATES / 2], took[GATES / 100 * 99], took[GATES / 1000 * 999]);
}

static void ask_under_load(const place *p)
{
	atomic_bool stop = false;
	pthread_t threads[IN_FLIGHT];
	sender senders[IN_FLIGHT];
	double began = now_s();
	long done = 0;
	for (int i = 0; i < IN_FLIGHT; i++) {
		senders[i] = (sender){.place = p, .stop = &stop, .number = i};
		pthread_create(&threads[i], NULL, send_results, &senders[i]);
	}
	ask_gates(p, "1,000 results/s");
	atomic_store(&stop, true);
	for (int i = 0; i < IN_FLIGHT; i++) {
		pthread_join(threads[i], NULL);
		done += senders[i].done;
	}
	printf("durable results acknowledged meanwhile   %.0f a second\n",
		(double)done / (now_s() - began));
}

int main(int argc, char **argv)
{
	place p = {.dir = "/tmp/rebuff-bench-XXXXXX",
		.suppressions = argc > 1 ? atoi(argv[1]) : 1000000};
	char command[64];
	if (p.suppressions <= 0 || !mkdtemp(p.dir))
		return 1;
	snprintf(p.state, sizeof p.state, "%s/state.db", p.dir);
	snprintf(p.socket, sizeof p.socket, "%s/exim.sock", p.dir);
	fill(&p);
	start(&p);
	ask_gates(&p, "writer idle");
	ask_under_load(&p);
	kill(p.engine, SIGTERM);
	waitpid(p.engine, NULL, 0);
	snprintf(command, sizeof command, "rm -r %s", p.dir);
	return system(command) == 0 ? 0 : 1;
}
