/*
 * bench_classify.c - replies a second on one core through rebuff_classify with every shipped rule;
 * time per byte against the reply's length, and against the number of rules; time and memory of a
 * start. All in processor time of one core; the targets are printed beside the figures.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "rebuff.h"

enum { REPLIES = 4096, REPLY_BYTES = 8192, ROUNDS = 21, ROUND_MS = 50 };

static uint64_t seed = 0x9e3779b97f4a7c15U;

/* xorshift64*: the same replies on every run. */
static uint32_t number(uint32_t below)
{
	seed ^= seed >> 12;
	seed ^= seed << 25;
	seed ^= seed >> 27;
	return (uint32_t)((seed * 2685821657736338717U) >> 33) % below;
}

static void stop(const char *what)
{
	fprintf(stderr, "bench_classify: %s\n", what);
	exit(1);
}

/* Processor time: what others take from the machine meanwhile is not ours. */
static double now_s(void)
{
	struct timespec t;
	(void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* ---- replies ------------------------------------------------------------------------------- */

/* %a address, %i IPv4 address, %h host, %q queue id, %d number. */
static const struct {
	const char *text, *domain, *mx;
} shapes[] = {
	{"550 5.1.1 <%a>: Recipient address rejected: User unknown in virtual mailbox table", "",
		""},
	{"550 5.1.1 <%a>... User unknown", "example.org", "mx1.example.org"},
	{"550 No such user here", "example.net", "mail.example.net"},
	{"550-5.1.1 The email account that you tried to reach does not exist. Please try\r\n"
	 "550-5.1.1 double-checking the recipient's email address for typos or\r\n"
	 "550-5.1.1 unnecessary spaces. For more information, go to\r\n"
	 "550 5.1.1  https://support.example.com/mail/?p=NoSuchUser %q - gsmtp",
		"gmail.com", "gmail-smtp-in.l.google.com"},
	{"421-4.7.28 Gmail has detected an unusual rate of unsolicited mail originating from\r\n"
	 "421-4.7.28 your IP address [%i]. To protect our users from spam, mail sent from\r\n"
	 "421 4.7.28 your IP address has been temporarily rate limited. %q - gsmtp",
		"gmail.com", "gmail-smtp-in.l.google.com"},
	{"452 4.2.2 The email account that you tried to reach is over quota. %q", "gmail.com",
		"alt1.gmail-smtp-in.l.google.com"},
	{"550 5.7.1 Service unavailable; Client host [%i] blocked using zen.example.org; "
	 "https://www.example.org/query/ip/%i",
		"example.com", "mx.example.com"},
	{"550 5.7.606 Access denied, banned sending IP [%i]. To request removal from this list "
	 "please visit https://sender.example.com/ and follow the directions. [%q]",
		"outlook.com", "outlook-com.olc.protection.outlook.com"},
	{"550 5.4.1 Recipient address rejected: Access denied. [%q.prod.protection.example.com "
	 "2026-11-20T10:%d:11.000Z %q]",
		"example.com", "example-com.mail.protection.outlook.com"},
	{"451 4.7.1 <%a>: Recipient address rejected: Greylisted, see http://postgrey.example.org/"
	 "help/%h.html",
		"", ""},
	{"450 4.2.0 <%a>: Recipient address rejected: Greylisting in effect, please come back "
	 "later",
		"example.org", "mx.example.org"},
	{"421 4.7.0 [TSS04] Messages from %i temporarily deferred due to unexpected volume or user "
	 "complaints - 4.16.55.1; see https://postmaster.example.com/error-codes",
		"yahoo.com", "mta5.am0.yahoodns.net"},
	{"554 5.7.9 Message not accepted for policy reasons. See https://postmaster.example.com/"
	 "error-codes",
		"yahoo.com", "mta6.am0.yahoodns.net"},
	{"552 5.2.2 Mailbox full", "", ""},
	{"552 5.2.2 <%a>: user is over quota", "example.de", "mx00.example.de"},
	{"554 5.7.1 <%h[%i]>: Client host rejected: Access denied", "", ""},
	{"550 5.7.26 Unauthenticated email from %h is not accepted due to domain's DMARC policy. "
	 "Please contact the administrator of %h domain if this was a legitimate mail.",
		"gmail.com", "gmail-smtp-in.l.google.com"},
	{"550 5.7.1 Message rejected due to content restrictions", "example.com", "mx.example.com"},
	{"554 5.7.1 Spam message rejected (score %d.2)", "example.pl", "mx.example.pl"},
	{"451 4.3.0 Temporary system problem. Try again later. %q", "", ""},
	{"451 4.3.2 Please try again later", "example.org", "mx.example.org"},
	{"421 %h Service not available, closing transmission channel", "", ""},
	{"550 5.1.8 <%a>: Sender address rejected: Domain not found", "", ""},
	{"553 5.1.8 sender domain does not exist", "", ""},
	{"554 5.7.1 <%a>: Relay access denied", "", ""},
	{"552 5.3.4 Message size exceeds fixed maximum message size (%d)", "", ""},
	{"SMTP error from remote mail server after RCPT TO:<%a>: 550 5.1.1 unknown or illegal "
	 "alias",
		"example.fr", "mx.example.fr"},
	{"SMTP error from remote mail server after end of data: 550 High probability of spam",
		"example.com", "mx.example.com"},
	{"host %h[%i] said: 450 4.1.2 <%a>: Recipient address rejected: Domain not found "
	 "(in reply to RCPT TO command)",
		"", ""},
	{"550-Requested action not taken: mailbox unavailable\\n550-Reject due to policy "
	 "restrictions.\\n"
	 "550 For explanation visit https://postmaster.example.net/error-messages?ip=%i&c=bip",
		"gmx.de", "mx00.emig.gmx.net"},
	{"550 qwzrt %q", "", ""},
	{"421 4.4.2 %h Error: timeout exceeded", "", ""},
	{"550 5.2.1 The email account that you tried to reach is disabled. %q", "gmail.com",
		"aspmx.l.google.com"},
	{"550 Account %a has been suspended", "example.in", "mx.example.in"},
	{"554 Email rejected due to security policies - https://community.example.com/docs#554 "
	 "[%q]",
		"example.com", "eu-smtp-inbound-1.mimecast.com"},
	{"550 Rejected by header based manually Blocked Senders: %a", "", ""},
	{"421 Too many concurrent SMTP connections; please try again later.", "", ""},
	{"450 4.7.1 You've exceeded your sending limit: %d messages per hour, retry in %d seconds",
		"", ""},
	{"550 5.7.1 [%i] Our system has detected that this message is likely unsolicited mail. To "
	 "reduce the amount of spam, this message has been blocked. %q - gsmtp",
		"gmail.com", "gmail-smtp-in.l.google.com"},
	{"250 2.0.0 OK  1700000000 %q - gsmtp", "gmail.com", "gmail-smtp-in.l.google.com"},
};
enum { SHAPES = sizeof shapes / sizeof *shapes };

static const char *const words[] = {"the", "message", "server", "for", "this", "your", "to",
	"contact", "administrator", "please", "of", "information", "about", "more", "with",
	"request", "see", "a", "remote", "was", "transaction", "we", "and", "delivery", "in", "is",
	"reference", "support"};
enum { WORDS = sizeof words / sizeof *words };

typedef struct {
	rebuff_reply reply;
	char *text; /* in one run with the others', as what was just received would be at hand */
} sample;

static size_t name_into(char *out)
{
	size_t n = 4 + number(8);
	for (size_t i = 0; i < n; i++)
		out[i] = (char)('a' + number(26));
	return n;
}

static size_t field_into(char *out, char kind)
{
	size_t n;
	switch (kind) {
	case 'a':
		n = name_into(out);
		out[n++] = '.';
		n += name_into(out + n);
		out[n++] = '@';
		return n + field_into(out + n, 'h');
	case 'i':
		return (size_t)sprintf(out, "192.0.2.%u", number(256));
	case 'h':
		n = name_into(out);
		memcpy(out + n, ".example.org", 12);
		return n + 12;
	case 'q':
		return (size_t)sprintf(out, "%08x%08xsi%07u.%u", number(1U << 31), number(1U << 31),
			number(9999999), number(999));
	default:
		return (size_t)sprintf(out, "%u", 10 + number(90));
	}
}

static void fill(sample *s, const char *shape)
{
	size_t n = 0;
	for (const char *p = shape; *p; p++)
		if (*p == '%')
			n += field_into(s->text + n, *++p);
		else
			s->text[n++] = *p;
	s->reply.text = (rebuff_span){s->text, n};
}

/* Lengthen (or cut) to exactly `bytes` with words and addresses of no meaning. */
static void stretch(sample *s, size_t bytes)
{
	size_t n = s->reply.text.len;
	while (n < bytes) {
		s->text[n++] = ' ';
		if (number(12) == 0) {
			n += field_into(s->text + n, "aihq"[number(4)]);
		} else {
			const char *w = words[number(WORDS)];
			memcpy(s->text + n, w, strlen(w));
			n += strlen(w);
		}
	}
	s->reply.text.len = bytes;
}

static rebuff_span span(const char *s)
{
	return (rebuff_span){s, strlen(s)};
}

/* bytes 0: as the shapes give, up to 300. */
static sample *make_samples(size_t bytes)
{
	sample *s = calloc(REPLIES, sizeof *s);
	char *text = malloc((size_t)REPLIES * (bytes + 512) + REPLY_BYTES);
	if (!s || !text)
		stop("no memory");
	for (size_t i = 0; i < REPLIES; i++) {
		size_t shape = number(SHAPES);
		s[i].text = text;
		s[i].reply.size = sizeof s[i].reply;
		fill(&s[i], shapes[shape].text);
		if (bytes)
			stretch(&s[i], bytes);
		else if (s[i].reply.text.len > 300)
			s[i].reply.text.len = 300;
		text += s[i].reply.text.len;
		s[i].reply.recipient_domain = span(shapes[shape].domain);
		s[i].reply.mx_host = span(shapes[shape].mx);
		s[i].reply.stage = number(2) ? REBUFF_STAGE_UNKNOWN : REBUFF_STAGE_RCPT;
	}
	return s;
}

static double mean_bytes(const sample *s)
{
	size_t n = 0;
	for (size_t i = 0; i < REPLIES; i++)
		n += s[i].reply.text.len;
	return (double)n / REPLIES;
}

/* ---- measuring ----------------------------------------------------------------------------- */

static uint64_t seen; /* keeps the work from being left out */

static double one_round(const rebuff_ctx *ctx, const sample *s)
{
	rebuff_classification c;
	size_t n = 0;
	double start = now_s(), end;
	do {
		for (size_t i = 0; i < REPLIES; i++) {
			(void)rebuff_classify(ctx, &s[i].reply, &c);
			seen += (uint64_t)c.category;
		}
		n += REPLIES;
		end = now_s();
	} while (end - start < ROUND_MS / 1000.0);
	return (end - start) / (double)n * 1e9;
}

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;
	return (x > y) - (x < y);
}

/* ns a reply: the median of some rounds, and the best of them. */
static double measure(const rebuff_ctx *ctx, size_t bytes, double *best, double *mean)
{
	double round[ROUNDS];
	sample *s = make_samples(bytes);
	(void)one_round(ctx, s);
	for (int i = 0; i < ROUNDS; i++)
		round[i] = one_round(ctx, s);
	qsort(round, ROUNDS, sizeof *round, by_value);
	*best = round[0];
	*mean = mean_bytes(s);
	free(s[0].text);
	free(s);
	return round[ROUNDS / 2];
}

static rebuff_ctx *open_policy(const char *data_dir)
{
	rebuff_error err;
	rebuff_ctx *ctx;
	rebuff_options o = {.size = sizeof o, .data_dir = data_dir, .config_dir = ""};
	if (rebuff_open(&o, &ctx, &err) != REBUFF_OK)
		stop(err.text);
	return ctx;
}

static void bench_rate(const rebuff_ctx *ctx)
{
	double best, mean, ns = measure(ctx, 0, &best, &mean);
	printf("%-28s %10.0f replies/s (median of %d rounds; best %.0f), %.0f ns a reply of %.0f "
	       "bytes; "
	       "target 1500000: %.2f of it\n",
		"every shipped rule", 1e9 / ns, ROUNDS, 1e9 / best, ns, mean, 1e9 / ns / 1500000);
}

static void bench_length(const rebuff_ctx *ctx)
{
	static const size_t lengths[] = {100, 200, 300, 1000, 2000, 4096};
	double first = 0;
	for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
		double best, mean, ns = measure(ctx, lengths[i], &best, &mean) / (double)lengths[i];
		if (i == 0)
			first = ns;
		printf("%-23s %4zu %10.2f ns a byte, %.2f of that at %zu bytes\n",
			i ? "" : "reply of", lengths[i], ns, ns / first, lengths[0]);
	}
}

/* ---- number of rules ----------------------------------------------------------------------- */

static FILE *open_in(const char *dir, const char *name)
{
	char path[512];
	(void)snprintf(path, sizeof path, "%s/%s", dir, name);
	FILE *f = fopen(path, "w");
	if (!f)
		stop("cannot write a policy file");
	return f;
}

/* A policy of n phrases, two to four words each, half of them from the words that fill replies. */
static void write_policy(const char *dir, size_t n)
{
	char path[512], command[1200];
	(void)snprintf(path, sizeof path, "%s/rules", dir);
	(void)mkdir(path, 0700);
	(void)snprintf(command, sizeof command, "cp lua/defaults.lua lua/schema.lua '%s'", dir);
	if (system(command) != 0)
		stop("cannot copy lua/*.lua");
	FILE *f = open_in(dir, "rules/made.lua");
	for (size_t i = 0; i < n; i++) {
		char phrase[256];
		size_t len = 0;
		for (uint32_t k = 0, of = 2 + number(3); k < of; k++) {
			if (k)
				phrase[len++] = ' ';
			if (number(2)) {
				const char *w = words[number(WORDS)];
				memcpy(phrase + len, w, strlen(w));
				len += strlen(w);
			} else {
				len += name_into(phrase + len);
			}
		}
		phrase[len] = '\0';
		fprintf(f, "rebuff.rules:add { text = \"%s %zu\", category = \"%s\" }\n", phrase, i,
			rebuff_category_name((rebuff_category)(1 + number(15))));
	}
	if (fclose(f) != 0)
		stop("cannot write a policy file");
}

static void bench_rules(void)
{
	static const size_t counts[] = {100, 1000, 2500, 5000};
	double first = 0;
	char dir[] = "/tmp/bench_classify.XXXXXX", command[64];
	if (!mkdtemp(dir))
		stop("cannot make a folder in /tmp");
	for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) {
		double best, mean;
		write_policy(dir, counts[i]);
		rebuff_ctx *ctx = open_policy(dir);
		double ns = measure(ctx, 300, &best, &mean);
		rebuff_close(&ctx);
		if (i == 0)
			first = ns;
		printf("%-23s %4zu %10.2f ns a byte at 300 bytes, %.2f of that with %zu rules\n",
			i ? "" : "rules", counts[i], ns / 300, ns / first, counts[0]);
	}
	(void)snprintf(command, sizeof command, "rm -r '%s'", dir);
	if (system(command) != 0)
		stop("cannot remove a folder in /tmp");
}

/* ---- start
 * ---------------------------------------------------------------------------------------
 */

/* In a process of its own, so that its largest size is that of one start. */
static void start_once(int to)
{
	struct rusage before, after;
	double start, result[2];
	(void)getrusage(RUSAGE_SELF, &before);
	start = now_s();
	rebuff_ctx *ctx = open_policy("lua");
	result[0] = (now_s() - start) * 1000;
	(void)getrusage(RUSAGE_SELF, &after);
	result[1] = (double)(after.ru_maxrss - before.ru_maxrss) / 1024;
	rebuff_close(&ctx);
	_exit(write(to, result, sizeof result) == (ssize_t)sizeof result ? 0 : 1);
}

static void bench_start(void)
{
	double ms[ROUNDS], mib[ROUNDS];
	for (int i = 0; i < ROUNDS; i++) {
		double result[2];
		int pipes[2], status;
		if (pipe(pipes) != 0)
			stop("no pipe");
		pid_t pid = fork();
		if (pid == 0)
			start_once(pipes[1]);
		(void)close(pipes[1]);
		if (pid < 0 || read(pipes[0], result, sizeof result) != (ssize_t)sizeof result ||
			waitpid(pid, &status, 0) != pid)
			stop("a start did not report");
		(void)close(pipes[0]);
		ms[i] = result[0];
		mib[i] = result[1];
	}
	qsort(ms, ROUNDS, sizeof *ms, by_value);
	qsort(mib, ROUNDS, sizeof *mib, by_value);
	printf("%-28s %10.1f ms (median of %d; target 50: %.2f of it), %.1f MiB of memory (target "
	       "30: "
	       "%.2f of it)\n",
		"start with every rule", ms[ROUNDS / 2], ROUNDS, ms[ROUNDS / 2] / 50,
		mib[ROUNDS / 2], mib[ROUNDS / 2] / 30);
}

int main(void)
{
	bench_start(); /* first: a child begins with what its parent has */
	rebuff_ctx *ctx = open_policy("lua");
	bench_rate(ctx);
	bench_length(ctx);
	rebuff_close(&ctx);
	bench_rules();
	return seen == 1 ? 1 : 0;
}
