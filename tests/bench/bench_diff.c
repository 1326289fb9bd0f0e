/*
 * bench_diff.c - rebuff policy diff over a million recorded attempts (synthetic, always the same):
 *a month of a sender with 400,000 recipients, of whom one in a hundred is dead.
 *
 *	bench_diff [EVENTS [FILE]]	keeps the database in FILE
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/span.h"
#include "engine/context.h"

enum { RECIPIENTS = 400000, GROUP = 20000 };

static const int64_t begin_ms = 1790000000000, month_ms = 30 * 86400000LL;

static double now_s(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void die(const char *what, const char *why)
{
	fprintf(stderr, "bench_diff: %s: %s\n", what, why);
	exit(1);
}

/* ---- a month ------------------------------------------------------------------------------- */

static const struct site {
	unsigned share; /* of 1000 */
	const char *provider, *domain, *host;
} sites[] = {{330, "gmail", "gmail.com", "gmail-smtp-in.l.google.com"},
	{190, "outlook", "outlook.com", "outlook-com.olc.protection.outlook.com"},
	{100, "yahoo", "yahoo.com", "mta5.am0.yahoodns.net"},
	{80, "gmx", "gmx.net", "mx00.gmx.net"}, {50, "orange", "orange.fr", "smtp-in.orange.fr"},
	{250, "", "", ""}};

/* What servers answer; of 10,000 messages so many get it (first), and whether they come again. */
static const struct answer {
	unsigned share;
	rebuff_kind kind;
	rebuff_category category;
	bool again;
	const char *text;
} answers[] = {{120, REBUFF_KIND_FAILED, REBUFF_ADDRESS_BAD, false,
		       "550-5.1.1 The email account that you tried to reach does not exist. gsmtp"},
	{50, REBUFF_KIND_FAILED, REBUFF_MAILBOX_FULL, false, "552 5.2.2 Mailbox full, id"},
	{50, REBUFF_KIND_FAILED, REBUFF_IP_BLOCKED, false,
		"554 5.7.1 Client host blocked using zen.spamhaus.org; id"},
	{400, REBUFF_KIND_RCPT_DEFER, REBUFF_GREYLISTED, true,
		"451 4.7.1 Greylisted, please try again later, id"},
	{300, REBUFF_KIND_RCPT_DEFER, REBUFF_RATE_LIMITED, true,
		"421 4.7.28 Our system has detected an unusual rate of mail. gsmtp"},
	{80, REBUFF_KIND_RCPT_DEFER, REBUFF_SYSTEM_ERROR, true,
		"451 4.3.0 Temporary server error, queue file"},
	{9000, REBUFF_KIND_DELIVERED, REBUFF_DELIVERED, false, "250 2.0.0 OK queued as"}};

static uint32_t recipient_of(uint32_t message)
{
	return message * 2654435761u % RECIPIENTS;
}

static void record(rbf_store *s, uint32_t message, uint32_t number, const struct answer *a,
	int64_t time_ms, int64_t age_ms)
{
	char text[200];
	rebuff_error err;
	uint32_t who = recipient_of(message), part = who % 1000;
	const struct site *site = sites;
	while (part >= site->share)
		part -= site++->share;
	rbf_delivery d = {.attempts = 1, .act = true, .received_ms = time_ms - age_ms};
	snprintf(d.node, sizeof d.node, "mail");
	snprintf(d.id, sizeof d.id, "1vk%06x-00", message);
	if (site->domain[0]) {
		snprintf(d.recipient, sizeof d.recipient, "user%u@%s", who, site->domain);
		snprintf(d.provider, sizeof d.provider, "%s", site->provider);
	} else {
		snprintf(d.recipient, sizeof d.recipient, "user%u@site%u.example", who, who % 4000);
		snprintf(d.provider, sizeof d.provider, "site%u.example", who % 4000);
	}
	snprintf(d.sender, sizeof d.sender, "%s@sender.example", who % 3 ? "news" : "shop");
	snprintf(d.stream, sizeof d.stream, "sender.example");
	d.who = rbf_store_who(s, d.recipient);
	snprintf(text, sizeof text, "%s %08x", a->text, number * 2246822519u);
	const rebuff_classification reply = {
		.size = sizeof reply, .code = (uint16_t)atoi(text), .category = a->category};
	char host[80];
	snprintf(host, sizeof host, "%s%s", site->host[0] ? "" : "mx.",
		site->host[0] ? site->host : d.provider);
	const rebuff_result r = {.size = sizeof r,
		.id = rbf_span_of(d.id),
		.recipient = rbf_span_of(d.recipient),
		.sender = rbf_span_of(d.sender),
		.kind = a->kind,
		.stage = a->kind == REBUFF_KIND_DELIVERED ? REBUFF_STAGE_DOT : REBUFF_STAGE_RCPT,
		.code = reply.code,
		.text = rbf_span_of(text),
		.host = rbf_span_of(host),
		.ip = RBF_LIT("192.0.2.1"),
		.source_ip = RBF_LIT("198.51.100.1"),
		.time_ms = time_ms};
	rbf_event e = {
		.time_ms = time_ms, .delivery = &d, .result = &r, .reply = &reply, .why = ""};
	if (rbf_store_event(s, &e, &err) != REBUFF_OK)
		die("event", err.text);
}

static void fill(const char *file, uint32_t events)
{
	rbf_store *s;
	rebuff_error err;
	const struct answer *accepted = &answers[sizeof answers / sizeof *answers - 1];
	if (rbf_store_open(file, false, &s, &err) != REBUFF_OK)
		die(file, err.text);
	uint32_t n = 0;
	for (uint32_t message = 0; n < events; message++) {
		int64_t at_ms = begin_ms + (int64_t)((double)n / events * (double)month_ms);
		uint32_t part = recipient_of(message) * 7919u % 9973 * 10000 / 9973;
		const struct answer *a = answers;
		while (part >= a->share)
			part -= a++->share;
		if (message % GROUP == 0 && rbf_store_begin(s, &err) != REBUFF_OK)
			die("begin", err.text);
		record(s, message, n++, a, at_ms, 1000);
		if (a->again && n < events)
			record(s, message, n++, accepted, at_ms + 900000, 901000);
		if ((message % GROUP == GROUP - 1 || n == events) &&
			rbf_store_commit(s, &err) != REBUFF_OK)
			die("commit", err.text);
	}
	rbf_store_close(&s);
}

/* ---- two policies -------------------------------------------------------------------------- */

static void write_policy(const char *dir, const char *lua)
{
	char path[160];
	if (mkdir(dir, 0700) != 0)
		die(dir, "cannot be made");
	snprintf(path, sizeof path, "%s/defaults.lua", dir);
	FILE *f = fopen(path, "w");
	if (!f || fputs(lua, f) < 0 || fclose(f) != 0)
		die(path, "cannot be written");
}

static double cpu_s(void)
{
	struct rusage u;
	getrusage(RUSAGE_SELF, &u);
	return (double)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) +
		(double)(u.ru_utime.tv_usec + u.ru_stime.tv_usec) / 1e6;
}

static void compare(const char *dir, const char *file, const char *name, const char *lua)
{
	char old_dir[128], new_dir[128], command[300];
	rebuff_replayed r;
	rebuff_error err;
	snprintf(old_dir, sizeof old_dir, "%s/old", dir);
	snprintf(new_dir, sizeof new_dir, "%s/new", dir);
	write_policy(old_dir, "");
	write_policy(new_dir, lua);
	const rebuff_options o = {.size = sizeof o, .data_dir = "lua", .state_file = file};
	const rebuff_replay replay = {.size = sizeof replay,
		.options = &o,
		.old_dir = old_dir,
		.new_dir = new_dir,
		.to_ms = INT64_MAX};
	double start = now_s(), cpu = cpu_s();
	if (rebuff_policy_diff(&replay, &r, &err) != REBUFF_OK)
		die(name, err.text);
	printf("%-34s %5.1f s (%.1f s of CPU): %llu attempts, %llu differ, +%llu -%llu "
	       "suppressed\n",
		name, now_s() - start, cpu_s() - cpu, (unsigned long long)r.attempts,
		(unsigned long long)r.changed, (unsigned long long)r.appear,
		(unsigned long long)r.vanish);
	snprintf(command, sizeof command, "rm -r %s %s", old_dir, new_dir);
	if (system(command) != 0)
		die(command, "failed");
}

int main(int argc, char **argv)
{
	char dir[] = "/tmp/rebuff-bench-XXXXXX", made[64], command[64];
	uint32_t events = argc > 1 ? (uint32_t)atoi(argv[1]) : 1000000;
	const char *file = argc > 2 ? argv[2] : made;
	if (!mkdtemp(dir))
		die(dir, "cannot be made");
	snprintf(made, sizeof made, "%s/state.db", dir);
	double start = now_s();
	if (access(file, F_OK) != 0)
		fill(file, events);
	printf("filled in %.1f s\n", now_s() - start);
	compare(dir, file, "a ladder and a suppression rule",
		"rebuff.default.retry['greylisted'] = { first = '7m' }\n"
		"rebuff.default.soft = { after = 2 }\n");
	compare(dir, file, "a decide hook for all mail",
		"function rebuff.default.decide(event, decision)\n"
		"  if event.category == 'rate-limited' and event.attempts > 3 then\n"
		"    return decision:hold { lasts = '2h' }\n"
		"  end\n"
		"end\n");
	snprintf(command, sizeof command, "rm -r %s", dir);
	return system(command) == 0 ? 0 : 1;
}
