#include "setup/smtpd_conf.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/fail.h"

#define BEGIN "# rebuff: begin (by rebuff setup opensmtpd; with --undo it takes all of it out)\n"
#define END "# rebuff: end\n"
#define DEFINE                                                                                     \
	"filter \"rebuff\" proc-exec \"/usr/libexec/opensmtpd/filter-rebuff\" user opensmtpd\n"
#define ATTACH " filter \"rebuff\""
#define TTL "queue ttl 14d\n"
#define WARN "bounce warn-interval 100d\n"
#define HIWAT "mta limit task-hiwat 1000000\n"
#define SOCKET "listen on socket filter \"rebuff\"\n"
enum { TTL_S = 14 * 86400, TOKENS_MAX = 64, CHAINS_MAX = 16 };

const char smtpd_conf_by_hand[] = DEFINE TTL WARN HIWAT SOCKET
	"listen on ... filter \"rebuff\"           # at each listener\n"
	"action \"...\" relay ... filter \"rebuff\"  # at each action that relays\n";

/* ---- statements ---------------------------------------------------------------------------- */

typedef struct {
	const char *p; /* a quoted one without its quotes */
	size_t len;
	const char *end; /* behind it, in the text */
} token;

/* One statement: up to a line's end that no backslash and no brace continues. */
typedef struct {
	token token[TOKENS_MAX];
	size_t n; /* as many as there are; those over TOKENS_MAX are not kept */
	const char *end; /* behind the last token */
	int line;
	bool broken; /* a quote or a brace that does not end */
} statement;

typedef struct {
	const char *at;
	int line;
} reader;

static void take(reader *r)
{
	r->line += *r->at++ == '\n';
}

/* Blanks, continued lines, comments (which a backslash continues, too). */
static void skip_blank(reader *r)
{
	bool comment = false;
	for (;; take(r)) {
		if (r->at[0] == '\\' && r->at[1] == '\n')
			take(r);
		else if (r->at[0] == '\0' || r->at[0] == '\n')
			return;
		else if (r->at[0] == '#')
			comment = true;
		else if (!comment && !strchr(" \t\r", r->at[0]))
			return;
	}
}

static bool take_quoted(reader *r, token *t)
{
	take(r);
	t->p = r->at;
	while (*r->at && *r->at != '"' && *r->at != '\n') {
		if (r->at[0] == '\\' && r->at[1])
			take(r);
		take(r);
	}
	t->len = (size_t)(r->at - t->p);
	bool ended = *r->at == '"';
	if (ended)
		take(r);
	return ended;
}

static void take_word(reader *r, token *t)
{
	t->p = r->at;
	if (strchr("{}(),=!<>", *r->at))
		take(r);
	else
		while (*r->at && !strchr(" \t\r\n\"#{}(),=!<>\\", *r->at))
			take(r);
	if (r->at == t->p) /* a backslash that continues nothing */
		take(r);
	t->len = (size_t)(r->at - t->p);
}

static bool is(const token *t, const char *word)
{
	return t->len == strlen(word) && memcmp(t->p, word, t->len) == 0;
}

/* The next statement; false at the end of the text. */
static bool next_statement(reader *r, statement *s)
{
	int depth = 0;
	*s = (statement){.n = 0};
	for (;;) {
		skip_blank(r);
		if (*r->at == '\0')
			break;
		if (*r->at == '\n') {
			take(r);
			if (s->n && depth == 0)
				return true;
			continue;
		}
		token t;
		if (!s->n)
			s->line = r->line;
		bool quoted = *r->at == '"';
		if (!quoted)
			take_word(r, &t);
		else if (!take_quoted(r, &t))
			s->broken = true;
		depth += !quoted && is(&t, "{") ? 1 : !quoted && is(&t, "}") ? -1 : 0;
		t.end = s->end = r->at;
		if (s->n < TOKENS_MAX)
			s->token[s->n] = t;
		s->n++;
	}
	s->broken |= depth != 0;
	return s->n > 0;
}

static bool word_at(const statement *s, size_t i, const char *word)
{
	return i < s->n && i < TOKENS_MAX && is(&s->token[i], word);
}

static bool is_listener(const statement *s)
{
	return word_at(s, 0, "listen") && word_at(s, 1, "on");
}

static bool is_relay(const statement *s)
{
	return word_at(s, 0, "action") && word_at(s, 2, "relay");
}

/* The filter that it names, NULL when none. */
static const token *filter_of(const statement *s)
{
	for (size_t i = 2; i + 1 < s->n && i + 1 < TOKENS_MAX; i++)
		if (is(&s->token[i], "filter"))
			return &s->token[i + 1];
	return NULL;
}

/* "14d" in seconds; -2 when it is no such time. */
static int64_t read_time(const token *t)
{
	static const struct {
		char unit;
		int64_t s;
	} units[] = {{'s', 1}, {'m', 60}, {'h', 3600}, {'d', 86400}};
	int64_t n = 0;
	size_t i = 0;
	for (; i < t->len && i < 9 && t->p[i] >= '0' && t->p[i] <= '9'; i++)
		n = n * 10 + (t->p[i] - '0');
	for (size_t u = 0; i > 0 && i + 1 == t->len && u < sizeof units / sizeof *units; u++)
		if (t->p[i] == units[u].unit)
			return n * units[u].s;
	return -2;
}

/* ---- what is there ------------------------------------------------------------------------- */

smtpd_conf_state smtpd_conf_find(const char *text, int *line)
{
	reader r = {text, 1};
	statement s;
	*line = 0;
	if (strncmp(text, BEGIN, sizeof BEGIN - 1) == 0) {
		*line = 1;
		return SMTPD_CONF_OURS;
	}
	while (next_statement(&r, &s))
		if (word_at(&s, 0, "filter") && word_at(&s, 1, "rebuff")) {
			*line = s.line;
			return SMTPD_CONF_BY_HAND;
		}
	return SMTPD_CONF_NONE;
}

/* Chains of filters that have ours in them. */
typedef struct {
	token name[CHAINS_MAX];
	size_t n;
} chains;

/* Does the list that opens at token i hold "rebuff"? */
static bool list_has(const statement *s, size_t i)
{
	for (; i < s->n && i < TOKENS_MAX && !is(&s->token[i], "}"); i++)
		if (is(&s->token[i], "rebuff"))
			return true;
	return false;
}

static bool names_ours(const statement *s, const chains *c)
{
	const token *filter = filter_of(s);
	if (!filter)
		return false;
	if (is(filter, "{"))
		return list_has(s, (size_t)(filter - s->token));
	bool found = is(filter, "rebuff");
	for (size_t i = 0; !found && i < c->n; i++)
		found = c->name[i].len == filter->len &&
			memcmp(c->name[i].p, filter->p, filter->len) == 0;
	return found;
}

static void count(
	const statement *s, const chains *c, int *all, int *filtered, smtpd_conf_summary *out)
{
	bool ours = names_ours(s, c);
	++*all;
	*filtered += ours;
	if (!ours && !out->unfiltered_line)
		out->unfiltered_line = s->line;
}

void smtpd_conf_summarise(const char *text, smtpd_conf_summary *out)
{
	reader r = {text, 1};
	statement s;
	chains c = {.n = 0};
	*out = (smtpd_conf_summary){.ttl_s = -1};
	while (next_statement(&r, &s)) {
		if (word_at(&s, 0, "filter") && word_at(&s, 2, "chain")) {
			if (c.n < CHAINS_MAX && list_has(&s, 3))
				c.name[c.n++] = s.token[1];
		} else if (is_listener(&s)) {
			count(&s, &c, &out->listeners, &out->listeners_filtered, out);
			out->socket_line = word_at(&s, 2, "socket") ? s.line : out->socket_line;
		} else if (is_relay(&s)) {
			count(&s, &c, &out->relays, &out->relays_filtered, out);
		} else if (word_at(&s, 0, "queue") && word_at(&s, 1, "ttl") && s.n > 2) {
			out->ttl_s = read_time(&s.token[2]);
		} else if (word_at(&s, 0, "include") && !out->include_line) {
			out->include_line = s.line;
		}
	}
}

/* ---- putting in ---------------------------------------------------------------------------- */

/* What the operator has set himself. */
typedef struct {
	bool ttl, warn, hiwat, socket;
	int relays;
} settings;

static rebuff_status look_at(const statement *s, settings *has, rebuff_error *err)
{
	const token *filter = is_listener(s) || is_relay(s) ? filter_of(s) : NULL;
	has->relays += is_relay(s);
	has->socket |= is_listener(s) && word_at(s, 2, "socket");
	has->warn |= word_at(s, 0, "bounce") && word_at(s, 1, "warn-interval");
	for (size_t i = 1; word_at(s, 0, "mta") && i < s->n && i < TOKENS_MAX; i++)
		has->hiwat |= is(&s->token[i], "task-hiwat");
	if (s->broken || s->n > TOKENS_MAX)
		return fail(err, REBUFF_EPARSE,
			"line %d: a quote or brace that does not end, or more than %d words: this "
			"cannot be edited safely",
			s->line, TOKENS_MAX);
	if (word_at(s, 0, "include"))
		return fail(err, REBUFF_EPARSE,
			"line %d includes another file, which may hold listeners and relays too: "
			"this cannot be edited safely",
			s->line);
	if (filter)
		return fail(err, REBUFF_EPARSE,
			"line %d names a filter already (%.*s), and smtpd takes one: make a chain "
			"of both (filter \"both\" chain { \"%.*s\", \"rebuff\" }) and name that",
			s->line, (int)filter->len, filter->p, (int)filter->len, filter->p);
	if (word_at(s, 0, "queue") && word_at(s, 1, "ttl")) {
		has->ttl = true;
		if (s->n < 3 || read_time(&s->token[2]) < TTL_S)
			return fail(err, REBUFF_EPARSE,
				"line %d: queue ttl %.*s: rebuff needs 14d at least, since smtpd "
				"bounces what is older by itself; change the line, or take it out",
				s->line, s->n < 3 ? 0 : (int)s->token[2].len,
				s->n < 3 ? "" : s->token[2].p);
	}
	return REBUFF_OK;
}

/* A text that grows in a bounded place. */
typedef struct {
	char *p;
	size_t len, cap;
} sink;

static void put(sink *s, const char *text, size_t len)
{
	if (s->cap - s->len > len)
		memcpy(s->p + s->len, text, len);
	s->len = s->cap - s->len > len ? s->len + len : s->cap;
}

static rebuff_status end(sink *s, rebuff_error *err)
{
	if (s->len >= s->cap)
		return fail(err, REBUFF_ELIMIT, "the configuration is longer than %d bytes",
			SMTPD_CONF_MAX);
	s->p[s->len] = '\0';
	return REBUFF_OK;
}

static void put_block(sink *out, const settings *has)
{
	put(out, BEGIN DEFINE, sizeof BEGIN DEFINE - 1);
	if (!has->ttl)
		put(out, TTL, sizeof TTL - 1);
	if (!has->warn)
		put(out, WARN, sizeof WARN - 1);
	if (!has->hiwat)
		put(out, HIWAT, sizeof HIWAT - 1);
	if (!has->socket)
		put(out, SOCKET, sizeof SOCKET - 1);
	put(out, END, sizeof END - 1);
}

rebuff_status smtpd_conf_add(
	const char *text, char *out, size_t cap, char note[REBUFF_TEXT_MAX], rebuff_error *err)
{
	settings has = {.relays = 0};
	statement s;
	rebuff_status status = REBUFF_OK;
	for (reader r = {text, 1}; status == REBUFF_OK && next_statement(&r, &s);)
		status = look_at(&s, &has, err);
	if (status == REBUFF_OK && !has.relays)
		status = fail(err, REBUFF_EPARSE,
			"no action of it relays mail to others (action \"...\" relay): there is "
			"nothing for rebuff to do");
	if (status != REBUFF_OK)
		return status;
	sink to = {out, 0, cap};
	put_block(&to, &has);
	const char *from = text;
	for (reader r = {text, 1}; next_statement(&r, &s);) {
		if (!is_listener(&s) && !is_relay(&s))
			continue;
		put(&to, from, (size_t)(s.end - from));
		put(&to, ATTACH, sizeof ATTACH - 1);
		from = s.end;
	}
	put(&to, from, strlen(from));
	snprintf(note, REBUFF_TEXT_MAX, "%s",
		has.warn ? "bounce warn-interval stays as you have set it: smtpd warns senders of "
			   "mail that waits on purpose, too (rebuff would set 100d)"
			 : "");
	return end(&to, err);
}

/* ---- taking out ---------------------------------------------------------------------------- */

rebuff_status smtpd_conf_remove(const char *text, char *out, size_t cap, rebuff_error *err)
{
	statement s;
	sink to = {out, 0, cap};
	const char *rest = strstr(text, "\n" END);
	if (strncmp(text, BEGIN, sizeof BEGIN - 1) != 0 || !rest)
		return fail(err, REBUFF_EPARSE,
			"the lines from \"# rebuff: begin\" to \"# rebuff: end\" are not at its "
			"top "
			"any more: take out by hand what rebuff setup put in");
	const char *from = rest + sizeof "\n" END - 1;
	for (reader r = {from, 1}; next_statement(&r, &s);) {
		const token *filter = is_listener(&s) || is_relay(&s) ? filter_of(&s) : NULL;
		const char *begin = filter ? filter->end - (sizeof ATTACH - 1) : NULL;
		if (!filter || begin < from || memcmp(begin, ATTACH, sizeof ATTACH - 1) != 0)
			continue;
		put(&to, from, (size_t)(begin - from));
		from = filter->end;
	}
	put(&to, from, strlen(from));
	return end(&to, err);
}
