#include "serve/notify.h"

#include <errno.h>
#include <jansson.h>
#include <nettle/hmac.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/clocks.h"
#include "common/text.h"
#include "common/when.h"
#include "serve/spawn.h"

enum { WAY_SYSLOG, WAY_MAIL, WAY_COMMAND, WAY_WEBHOOK, WAY_N };
enum { LOOK_TICKS = 2, KEEP_MS = 86400000, WAY_LIMIT_MS = 30000, CHECK_LIMIT_MS = 60000 };
enum { RETRY_MS = 30000, RETRY_MOST_MS = 3600000, CHECK_AGAIN_MS = 600000, CHECK_TRIES = 3 };
enum { BODY_MAX = 40000, SECRET_MAX = 1024, PATH_BYTES = 4096 };

static const char *const way_names[] = {"syslog", "mail", "command", "webhook"};

/* One way, and what it is telling. */
typedef struct {
	notify *n;
	int way;
	spawned *child;
	rebuff_notice notice;
	unsigned telling; /* the stage that is told */
} teller;

struct notify {
	struct event_base *base;
	rebuff_ctx *ctx;
	writer *writer;
	const command_options *options;
	const char *node;
	logger *log;
	rebuff_watch watch;
	teller ways[WAY_N];
	spawned *check;
	rebuff_alarm checking;
	int64_t check_again_ms;
	unsigned check_tries, ticks;
	bool stopped;
	char data[COMMAND_PATH_MAX], body[BODY_MAX];
	seldom trouble;
};

/* ---- recording ----------------------------------------------------------------------------- */

typedef struct {
	job job;
	rebuff_notice notice;
} told;

static rebuff_status apply_notice(job *j, rebuff_ctx *ctx, rebuff_error *err)
{
	return rebuff_notice_put(ctx, &((told *)j)->notice, err);
}

static void free_job(job *j)
{
	free(j);
}

/* Is it on its way to the disk? Until then the view would have it told again. */
static void record_notice(notify *n, const rebuff_notice *notice)
{
	told *t = calloc(1, sizeof *t);
	if (!t)
		return;
	t->job = (job){.apply = apply_notice, .done = free_job, .bytes = sizeof *t};
	t->notice = *notice;
	if (!writer_add(n->writer, &t->job))
		free(t);
}

static void way_done(teller *w, bool well, const char *problem)
{
	rebuff_notice *k = &w->notice;
	int64_t now = wall_now_ms(), wait = RETRY_MS;
	char shown[REBUFF_TEXT_MAX];
	k->told_ms = now;
	if (well) {
		k->stage |= w->telling;
		k->tries = 0;
		k->next_ms = 0;
		k->problem[0] = '\0';
	} else {
		for (uint32_t i = 0; i < k->tries && wait < RETRY_MOST_MS; i++)
			wait *= 2;
		k->tries++;
		k->next_ms = now + (wait < RETRY_MOST_MS ? wait : RETRY_MOST_MS);
		snprintf(k->problem, sizeof k->problem, "%.500s", problem);
		logger_write(w->n->log, REBUFF_LOG_WARNING,
			"event=notice-failed way=%s alarm=%lld tries=%u why=\"%s\"",
			way_names[w->way], (long long)k->alarm, k->tries,
			text_escape_quoted(shown, sizeof shown, problem, strlen(problem)));
	}
	record_notice(w->n, k);
}

/* ---- what is said -------------------------------------------------------------------------- */

static const char *stage_word(unsigned stage)
{
	return stage & REBUFF_STAGE_ENDED      ? "over"
		: stage & REBUFF_STAGE_CHECKED ? "checked"
					       : "begun";
}

static const char *acted_word(rebuff_acted acted)
{
	return acted == REBUFF_ACTED_HELD     ? "held"
		: acted == REBUFF_ACTED_WOULD ? "would have been held"
					      : "told";
}

typedef struct {
	int64_t number;
	json_t *list;
} wanted_checks;

static void take_checks(void *ud, const rebuff_checks *c)
{
	wanted_checks *w = ud;
	if (c->number >= w->number)
		w->list = json_loadb(c->list.p, c->list.len, 0, NULL);
}

/* The check-list of an alarm; NULL none. The caller gives it back. */
static json_t *checks_of(notify *n, const rebuff_alarm *a)
{
	wanted_checks w = {.number = a->checks};
	rebuff_span provider = {a->provider, strlen(a->provider)};
	if (a->checks)
		(void)rebuff_checks_latest(n->ctx, provider, take_checks, &w, NULL);
	return w.list;
}

static json_t *as_json(notify *n, const rebuff_alarm *a, unsigned stage)
{
	char began[WHEN_MAX];
	json_t *checks = checks_of(n, a);
	json_t *o = json_object();
	json_object_set_new(o, "incident", json_integer(a->number));
	json_object_set_new(o, "stage", json_string(stage_word(stage)));
	json_object_set_new(o, "kind", text_json(a->kind, strlen(a->kind)));
	json_object_set_new(o, "provider", text_json(a->provider, strlen(a->provider)));
	json_object_set_new(o, "stream", text_json(a->stream, strlen(a->stream)));
	json_object_set_new(o, "source_ip", text_json(a->source_ip, strlen(a->source_ip)));
	json_object_set_new(o, "node", text_json(n->node, strlen(n->node)));
	json_object_set_new(o, "acted", json_string(acted_word(a->acted)));
	json_object_set_new(o, "began", json_string(when_utc(a->time_ms, began)));
	json_object_set_new(o, "ended", when_json(a->ended_ms));
	json_object_set_new(o, "seen", json_integer(a->seen));
	json_object_set_new(o, "text", text_json(a->text, strlen(a->text)));
	json_object_set_new(o, "evidence", text_json(a->evidence, strlen(a->evidence)));
	json_object_set_new(o, "checks", checks ? checks : json_null());
	return o;
}

typedef struct {
	char *p;
	size_t len, cap;
} page;

static void put(page *p, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

static void put(page *p, const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	int n = vsnprintf(p->p + p->len, p->cap - p->len, fmt, ap);
	va_end(ap);
	if (n > 0)
		p->len += (size_t)n < p->cap - p->len ? (size_t)n : p->cap - p->len - 1;
}

static const char *field(const json_t *o, const char *name)
{
	const char *s = json_string_value(json_object_get(o, name));
	return s ? s : "";
}

/* What the checks found wrong, in lines. */
static void put_checks(page *p, const json_t *checks)
{
	json_t *f;
	size_t i;
	put(p, "\nChecked: %s\n", field(checks, "summary"));
	json_array_foreach(json_object_get(checks, "findings"), i, f)
	{
		if (strcmp(field(f, "state"), "wrong") != 0)
			continue;
		put(p, "\n* %s %s: %s\n", field(f, "area"), field(f, "subject"), field(f, "text"));
		if (*field(f, "todo"))
			put(p, "  to do: %s\n", field(f, "todo"));
		if (*field(f, "page"))
			put(p, "  page:  %s\n", field(f, "page"));
	}
	if (*field(checks, "delist"))
		put(p, "\nDelisting: %s\n", field(checks, "delist"));
	if (*field(checks, "postmaster"))
		put(p, "Postmaster page: %s\n", field(checks, "postmaster"));
	put(p, "\nA text to send them:\n\n%s", field(checks, "letter"));
}

/* Header values come from names: no line of theirs may begin a header of its own. */
static const char *header(char *out, size_t cap, const char *text)
{
	return text_escape(out, cap, text, strlen(text));
}

static size_t as_mail(notify *n, const rebuff_alarm *a, unsigned stage)
{
	page p = {.p = n->body, .cap = sizeof n->body};
	char name[REBUFF_NAME_MAX * 4], node[1024], to[REBUFF_ADDRESS_MAX * 4];
	char began[WHEN_MAX], ended[WHEN_MAX];
	json_t *checks = checks_of(n, a);
	const char *what = *a->provider ? a->provider : *a->stream ? a->stream : a->source_ip;
	put(&p, "From: %s\nTo: %s\nSubject: rebuff: %s: %s (%s)\n",
		*n->watch.from ? header(node, sizeof node, n->watch.from) : "rebuff <postmaster>",
		header(to, sizeof to, n->watch.mail), a->kind, header(name, sizeof name, what),
		stage_word(stage));
	put(&p,
		"Auto-Submitted: auto-generated\nMIME-Version: 1.0\nContent-Type: text/plain; "
		"charset=utf-8\nX-Rebuff-Incident: %lld\n\n",
		(long long)a->number);
	put(&p, "%s\n\nBegan %s on %s; %s.%s%s\n", a->text, when_utc(a->time_ms, began), n->node,
		acted_word(a->acted), a->ended_ms ? " It is over since " : "",
		a->ended_ms ? when_utc(a->ended_ms, ended) : "");
	if (*a->evidence)
		put(&p, "\nOne of the replies:\n\n  %s\n", a->evidence);
	if (checks)
		put_checks(&p, checks);
	else if (strcmp(a->kind, "breaker") == 0)
		put(&p,
			"\nrebuff breaker list %s shows whom it is about; rebuff breaker undo %s "
			"takes "
			"them off the list.\n",
			a->provider, a->provider);
	json_decref(checks);
	return p.len;
}

/* ---- ways ---------------------------------------------------------------------------------- */

static void on_told(void *ud, int status, const char *output, size_t len)
{
	teller *w = ud;
	char problem[REBUFF_TEXT_MAX], shown[256];
	w->child = NULL;
	text_escape(shown, sizeof shown, output, len < 200 ? len : 200);
	snprintf(problem, sizeof problem, "%s %d%s%s",
		status == -1		    ? "not over in time,"
			: WIFEXITED(status) ? "exit status"
					    : "killed by signal",
		status == -1		    ? WAY_LIMIT_MS / 1000
			: WIFEXITED(status) ? WEXITSTATUS(status)
					    : WTERMSIG(status),
		*shown ? ": " : "", shown);
	way_done(w, status == 0, problem);
}

static void run(teller *w, char *const argv[], size_t len)
{
	w->child = spawn(w->n->base, argv, w->n->body, len, WAY_LIMIT_MS, on_told, w);
	if (!w->child)
		way_done(w, false, strerror(errno));
}

/* A string literal where argv wants one that it does not change. */
static char *arg(const char *text)
{
	union {
		const char *in;
		char *out;
	} u = {text};
	return u.out;
}

/* By SMTP: the engine runs without the right to gain rights, and Exim's sendmail is set-uid. */
static void tell_by_mail(teller *w, const rebuff_alarm *a)
{
	notify *n = w->n;
	size_t len = as_mail(n, a, w->telling);
	char url[sizeof n->watch.smtp + 24];
	snprintf(url, sizeof url, "smtp://%s/localhost", n->watch.smtp);
	char *by_smtp[] = {arg("/usr/bin/curl"), arg("-sS"), arg("--max-time"), arg("20"),
		arg("--crlf"), arg("--url"), url, arg("--mail-from"), arg("<>"), arg("--mail-rcpt"),
		n->watch.mail, arg("--upload-file"), arg("-"), NULL};
	char *by_program[] = {n->watch.sendmail, arg("-oi"), arg("-f"), arg("<>"), arg("--"),
		n->watch.mail, NULL};
	run(w, n->watch.sendmail[0] ? by_program : by_smtp, len);
}

static size_t put_json(notify *n, const rebuff_alarm *a, unsigned stage)
{
	json_t *o = as_json(n, a, stage);
	size_t len = json_dumpb(o, n->body, sizeof n->body, JSON_COMPACT);
	if (len > sizeof n->body) { /* without the check-list it fits */
		json_object_set_new(o, "checks", json_null());
		len = json_dumpb(o, n->body, sizeof n->body, JSON_COMPACT);
	}
	json_decref(o);
	return len <= sizeof n->body ? len : 0;
}

static void tell_command(teller *w, const rebuff_alarm *a)
{
	size_t len = put_json(w->n, a, w->telling);
	char *argv[] = {arg("/bin/sh"), arg("-c"), arg(w->n->watch.command), NULL};
	run(w, argv, len);
}

/* HMAC-SHA256 of the body under the key in the file, in hexadecimal digits. */
static bool sign(const notify *n, size_t len, char out[2 * SHA256_DIGEST_SIZE + 1])
{
	unsigned char key[SECRET_MAX], digest[SHA256_DIGEST_SIZE];
	struct hmac_sha256_ctx ctx;
	FILE *f = *n->watch.secret ? fopen(n->watch.secret, "re") : NULL;
	size_t have = f ? fread(key, 1, sizeof key, f) : 0;
	if (f)
		fclose(f);
	while (have && (key[have - 1] == '\n' || key[have - 1] == '\r'))
		have--;
	if (!have)
		return false;
	hmac_sha256_set_key(&ctx, have, key);
	hmac_sha256_update(&ctx, len, (const unsigned char *)n->body);
	hmac_sha256_digest(&ctx, sizeof digest, digest);
	for (size_t i = 0; i < sizeof digest; i++)
		snprintf(out + 2 * i, 3, "%02x", digest[i]);
	return true;
}

static void tell_webhook(teller *w, const rebuff_alarm *a)
{
	size_t len = put_json(w->n, a, w->telling);
	char digest[2 * SHA256_DIGEST_SIZE + 1], signature[128];
	bool is_signed = sign(w->n, len, digest);
	if (*w->n->watch.secret && !is_signed) {
		way_done(w, false, "the key of the signature cannot be read");
		return;
	}
	snprintf(signature, sizeof signature, "X-Rebuff-Signature: sha256=%s",
		is_signed ? digest : "none");
	char *argv[] = {arg("/usr/bin/curl"), arg("-sS"), arg("--fail"), arg("--max-time"),
		arg("20"), arg("--proto"), arg("=http,https"), arg("-o"), arg("/dev/null"),
		arg("-H"), arg("Content-Type: application/json"), arg("-H"), signature,
		arg("--data-binary"), arg("@-"), arg("--"), arg(w->n->watch.webhook), NULL};
	run(w, argv, len);
}

static void tell_syslog(teller *w, const rebuff_alarm *a)
{
	char text[REBUFF_TEXT_MAX * 2], provider[256], stream[256];
	logger_write(w->n->log, REBUFF_LOG_WARNING,
		"event=incident number=%lld stage=%s kind=%s provider=%s stream=%s text=\"%s\"",
		(long long)a->number, stage_word(w->telling), a->kind,
		text_escape(provider, sizeof provider, a->provider, strlen(a->provider)),
		text_escape(stream, sizeof stream, a->stream, strlen(a->stream)),
		text_escape_quoted(text, sizeof text, a->text, strlen(a->text)));
	way_done(w, true, "");
}

static bool is_on(const notify *n, int way)
{
	return way == WAY_SYSLOG     ? n->watch.syslog
		: way == WAY_MAIL    ? n->watch.mail[0] != '\0'
		: way == WAY_COMMAND ? n->watch.command[0] != '\0'
				     : n->watch.webhook[0] != '\0';
}

/* ---- checks -------------------------------------------------------------------------------- */

typedef struct {
	job job;
	int64_t alarm;
	uint32_t wrong;
	char provider[REBUFF_NAME_MAX], summary[REBUFF_TEXT_MAX];
	size_t len;
	char list[];
} checked;

static rebuff_status apply_checked(job *j, rebuff_ctx *ctx, rebuff_error *err)
{
	const checked *c = (const checked *)j;
	int64_t number;
	const rebuff_checks checks = {.size = sizeof checks,
		.provider = {c->provider, strlen(c->provider)},
		.stream = {"", 0},
		.wrong = c->wrong,
		.summary = {c->summary, strlen(c->summary)},
		.list = {c->list, c->len}};
	return rebuff_checks_add(ctx, &checks, c->alarm, &number, err);
}

static void on_checked(void *ud, int status, const char *output, size_t len)
{
	notify *n = ud;
	json_t *o = json_loadb(output, len, 0, NULL);
	checked *c = o ? calloc(1, sizeof *c + len + 1) : NULL;
	n->check = NULL;
	if (!c) {
		logger_write(n->log, REBUFF_LOG_WARNING, "event=checks-failed alarm=%lld status=%d",
			(long long)n->checking.number, status);
		json_decref(o);
		return;
	}
	c->job = (job){.apply = apply_checked, .done = free_job, .bytes = sizeof *c + len};
	c->alarm = n->checking.number;
	c->wrong = (uint32_t)json_integer_value(json_object_get(o, "wrong"));
	snprintf(c->provider, sizeof c->provider, "%s", n->checking.provider);
	snprintf(c->summary, sizeof c->summary, "%s", field(o, "summary"));
	memcpy(c->list, output, len);
	c->len = len;
	json_decref(o);
	if (!writer_add(n->writer, &c->job))
		free(c);
}

static void start_checks(notify *n, const rebuff_alarm *a)
{
	char number[32];
	int64_t now = boot_now_ms();
	bool again = n->checking.number == a->number;
	if (n->check || now < n->check_again_ms || (again && n->check_tries >= CHECK_TRIES))
		return;
	n->check_tries = again ? n->check_tries + 1 : 1;
	n->check_again_ms = again ? now + CHECK_AGAIN_MS : now;
	n->checking = *a;
	snprintf(number, sizeof number, "%lld", (long long)a->number);
	const char *data = command_data_dir(n->options, n->data);
	const char *config = n->options->config_dir ? n->options->config_dir : "/etc/rebuff";
	char *argv[] = {arg("/proc/self/exe"), arg("check"), arg("--json"), arg("--no-record"),
		arg("--alarm"), number, arg("--state"), arg(n->options->state_file), arg("--run"),
		arg(n->options->run_dir), arg("--config"), arg(config),
		data ? arg("--data") : arg("--"), data ? arg(data) : arg(a->provider),
		data ? arg("--") : NULL, data ? arg(a->provider) : NULL, NULL};
	n->check = spawn(n->base, argv, "", 0, CHECK_LIMIT_MS, on_checked, n);
	if (!n->check)
		logger_seldom(n->log, &n->trouble, REBUFF_LOG_WARNING,
			"event=checks-not-started why=\"%s\"", strerror(errno));
}

/* ---- looking ------------------------------------------------------------------------------- */

static unsigned wanted(const rebuff_alarm *a)
{
	return REBUFF_STAGE_BEGUN | (a->checks ? REBUFF_STAGE_CHECKED : 0u) |
		(a->ended_ms ? REBUFF_STAGE_ENDED : 0u);
}

static void tell(notify *n, int way, const rebuff_alarm *a)
{
	static void (*const tells[])(teller *, const rebuff_alarm *) = {
		tell_syslog, tell_by_mail, tell_command, tell_webhook};
	teller *w = &n->ways[way];
	rebuff_notice k = {.size = sizeof k};
	int64_t now = wall_now_ms();
	rebuff_span name = {way_names[way], strlen(way_names[way])};
	if (w->child || rebuff_notice_get(n->ctx, a->number, name, &k, NULL) != REBUFF_OK)
		return;
	/* What was told last may not be on disk yet. */
	if (w->notice.alarm == a->number && w->notice.told_ms > k.told_ms)
		k = w->notice;
	unsigned missing = wanted(a) & ~k.stage;
	/* An incident that was over before anybody could be told is no news. */
	bool stale = !k.stage && a->ended_ms && now - a->ended_ms > KEEP_MS / 24;
	bool hopeless = k.tries && now - a->time_ms > KEEP_MS;
	if (!missing || stale || hopeless || k.next_ms > now)
		return;
	w->notice = k;
	w->telling = wanted(a);
	tells[way](w, a);
}

static bool look_at(void *ud, const rebuff_alarm *a)
{
	notify *n = ud;
	bool checks = strcmp(a->kind, "blocked") == 0 || strcmp(a->kind, "ip") == 0;
	for (int way = 0; way < WAY_N; way++)
		if (is_on(n, way))
			tell(n, way, a);
	if (checks && !a->checks && !a->ended_ms && n->watch.automatic &&
		wall_now_ms() - a->time_ms < KEEP_MS / 24)
		start_checks(n, a);
	return true;
}

void notify_tick(notify *n)
{
	rebuff_error err;
	if (n->stopped || n->ticks++ % LOOK_TICKS)
		return;
	rebuff_watch_get(n->ctx, &n->watch);
	(void)rebuff_alarm_each(n->ctx, wall_now_ms() - KEEP_MS, look_at, n, &err);
}

notify *notify_new(struct event_base *base, rebuff_ctx *ctx, writer *to,
	const command_options *options, const char *node, logger *log)
{
	notify *n = calloc(1, sizeof *n);
	if (!n)
		return NULL;
	n->base = base;
	n->ctx = ctx;
	n->writer = to;
	n->options = options;
	n->node = node;
	n->log = log;
	for (int way = 0; way < WAY_N; way++)
		n->ways[way] = (teller){.n = n, .way = way};
	return n;
}

void notify_stop(notify *n)
{
	n->stopped = true;
	for (int way = 0; way < WAY_N; way++)
		spawn_end(&n->ways[way].child);
	spawn_end(&n->check);
}

void notify_free(notify **n)
{
	free(*n);
	*n = NULL;
}
