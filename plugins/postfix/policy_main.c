/*
 * rebuff-postfix-policy - answer one connection of Postfix's, on standard input and output, as
 * Postfix's spawn(8) starts it: may mail for this recipient be taken?
 *
 *	rebuff-postfix-policy [-s SOCKET] [-a ALIVE]
 *
 * Whatever is wrong with the engine, the answer is DUNNO, within a quarter of a second.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <syslog.h>
#include <unistd.h>

#include "postfix/policy.h"

enum { ENGINE_MS = 250, TIMEOUTS = 2, REST_MS = 5000 };

typedef struct {
	rbf_client engine;
	rbp_policy policy;
	bool away;
	char question[4096];
} program;

/* Once a process when it begins, and when it ends: spawn(8) has one for each smtpd. */
static void note(program *p, rbf_client_status status)
{
	bool away = status != RBF_CLIENT_OK;
	if (away && !p->away)
		syslog(LOG_WARNING, "nobody is refused: %s", p->engine.problem);
	else if (!away && p->away)
		syslog(LOG_INFO, "the engine is back");
	p->away = away;
}

static size_t decide(program *p, char out[RBP_ANSWER_MAX])
{
	rbf_wire_record answer = {.n = 0};
	rbf_client_status status = RBF_CLIENT_BROKEN;
	size_t len = rbp_policy_asks(&p->policy)
		? rbp_policy_question(&p->policy, p->question, sizeof p->question)
		: 0;
	if (len) {
		status = rbf_client_ask(&p->engine, p->question, len, -1, &answer);
		note(p, status);
	}
	return rbp_policy_answer(status, &answer, out);
}

static bool write_all(const char *bytes, size_t len)
{
	while (len > 0) {
		ssize_t n = write(STDOUT_FILENO, bytes, len);
		if (n < 0 && errno != EINTR)
			return false;
		bytes += n > 0 ? n : 0;
		len -= n > 0 ? (size_t)n : 0;
	}
	return true;
}

static bool take(program *p, const char *bytes, size_t len)
{
	char out[RBP_ANSWER_MAX];
	while (len > 0) {
		bool complete;
		size_t used = rbp_policy_feed(&p->policy, bytes, len, &complete);
		bytes += used;
		len -= used;
		if (complete && !write_all(out, decide(p, out)))
			return false;
	}
	return true;
}

int main(int argc, char **argv)
{
	static program only;
	char bytes[4096];
	only.engine.options = (rbf_client_options){.socket = "/run/rebuff/postfix.sock",
		.alive = "/run/rebuff/alive",
		.deadline_ms = ENGINE_MS,
		.timeouts = TIMEOUTS,
		.rest_ms = REST_MS};
	for (int opt; (opt = getopt(argc, argv, "s:a:")) != -1;) {
		if (opt == 's') {
			only.engine.options.socket = optarg;
		} else if (opt == 'a') {
			only.engine.options.alive = optarg;
		} else {
			fputs("usage: rebuff-postfix-policy [-s SOCKET] [-a ALIVE]\n", stderr);
			return 2;
		}
	}
	openlog("rebuff-postfix-policy", LOG_PID, LOG_MAIL);
	(void)signal(SIGPIPE, SIG_IGN);
	for (;;) {
		ssize_t n = read(STDIN_FILENO, bytes, sizeof bytes);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0 || !take(&only, bytes, (size_t)n))
			return n < 0;
	}
}
