#include "report/facts.h"

#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/span.h"
#include "report/gather.h"

double rbf_traffic_hard_rate(const rbf_traffic *t)
{
	int64_t final = t->accepted + t->refused;
	return final ? (double)t->hard / (double) final : 0;
}

double rbf_traffic_total_rate(const rbf_traffic *t)
{
	int64_t final = t->accepted + t->refused;
	return final ? (double)t->refused / (double) final : 0;
}

bool rbf_traffic_counts(const rbf_traffic *t)
{
	return t->accepted + t->refused >= RBF_LINE_FROM;
}

/* ---- rows ---------------------------------------------------------------------------------- */

static void text(sqlite3_stmt *s, int at, char *out, size_t cap)
{
	const char *p = (const char *)sqlite3_column_text(s, at);
	rebuff_span span = {p ? p : "", (size_t)sqlite3_column_bytes(s, at)};
	rbf_span_copy(out, cap, span);
}
#define TEXT(s, at, field) text(s, at, field, sizeof field)

static void fill_waits(sqlite3_stmt *s, void *row)
{
	rbf_waits *w = row;
	TEXT(s, 0, w->provider);
	w->category = (rebuff_category)sqlite3_column_int(s, 1);
	w->n = sqlite3_column_int64(s, 2);
	w->frozen = sqlite3_column_int64(s, 3);
	w->first_ms = sqlite3_column_int64(s, 4);
	w->last_ms = sqlite3_column_int64(s, 5);
}

static void fill_lane(sqlite3_stmt *s, void *row)
{
	rbf_lane *l = row;
	TEXT(s, 0, l->node);
	TEXT(s, 1, l->provider);
	l->rate = sqlite3_column_double(s, 2);
	l->since_ms = sqlite3_column_int64(s, 3);
	TEXT(s, 4, l->why);
	TEXT(s, 5, l->source_ip);
}

static void fill_hold(sqlite3_stmt *s, void *row)
{
	rbf_held *h = row;
	TEXT(s, 0, h->provider);
	TEXT(s, 1, h->stream);
	h->since_ms = sqlite3_column_int64(s, 2);
	h->until_ms = sqlite3_column_int64(s, 3);
	TEXT(s, 4, h->reason);
	TEXT(s, 5, h->by);
	h->probing = sqlite3_column_int(s, 6) != 0;
	h->refused_probes = sqlite3_column_int64(s, 7);
	h->waiting = sqlite3_column_int64(s, 8);
	TEXT(s, 9, h->source_ip);
}

static void fill_released(sqlite3_stmt *s, void *row)
{
	rbf_released *h = row;
	TEXT(s, 0, h->provider);
	TEXT(s, 1, h->stream);
	TEXT(s, 2, h->source_ip);
	h->since_ms = sqlite3_column_int64(s, 3);
	h->ended_ms = sqlite3_column_int64(s, 4);
	TEXT(s, 5, h->reason);
	TEXT(s, 6, h->by);
	TEXT(s, 7, h->released_by);
	TEXT(s, 8, h->note);
	TEXT(s, 9, h->checked);
}

static bool note_warmup(void *ud, const rebuff_warmup *plan)
{
	rbf_facts *f = ud;
	uint32_t cap, day = rebuff_warmup_day(plan, f->now_ms, &cap);
	if (f->provider[0] && strcmp(f->provider, plan->provider) != 0)
		return true;
	rbf_warming *w = &f->warmups[f->warmups_n++];
	(void)rbf_span_copy(w->ip, sizeof w->ip, rbf_span_of(plan->ip));
	(void)rbf_span_copy(w->provider, sizeof w->provider, rbf_span_of(plan->provider));
	(void)rbf_span_copy(w->node, sizeof w->node, rbf_span_of(plan->node));
	w->day = day;
	w->days = plan->days;
	w->sent = plan->day == day ? plan->sent : 0;
	w->cap = cap;
	w->paused = plan->paused_ms > 0;
	return f->warmups_n < RBF_FACTS_ROWS_MAX;
}

static void fill_breaker(sqlite3_stmt *s, void *row)
{
	rbf_tripped *b = row;
	TEXT(s, 0, b->provider);
	b->since_ms = sqlite3_column_int64(s, 1);
	b->candidates = sqlite3_column_int64(s, 2);
}

static void fill_alarm(sqlite3_stmt *s, void *row)
{
	rbf_alarm *a = row;
	a->time_ms = sqlite3_column_int64(s, 0);
	TEXT(s, 1, a->kind);
	TEXT(s, 2, a->provider);
	TEXT(s, 3, a->stream);
	TEXT(s, 4, a->text);
	TEXT(s, 5, a->source_ip);
	a->acted = (rebuff_acted)sqlite3_column_int(s, 6);
	a->seen = sqlite3_column_int64(s, 7);
	a->ended_ms = sqlite3_column_int64(s, 8);
	TEXT(s, 9, a->evidence);
	TEXT(s, 10, a->checked);
}

static void fill_spared(sqlite3_stmt *s, void *row)
{
	rbf_spared *p = row;
	p->time_ms = sqlite3_column_int64(s, 0);
	TEXT(s, 1, p->recipient);
	TEXT(s, 2, p->provider);
	p->category = (rebuff_category)sqlite3_column_int(s, 3);
	p->fault = (rebuff_fault)sqlite3_column_int(s, 4);
	p->code = sqlite3_column_int(s, 5);
	p->would = sqlite3_column_int(s, 6) == 2;
	TEXT(s, 7, p->why);
	TEXT(s, 8, p->text);
}

static void fill_would_hold(sqlite3_stmt *s, void *row)
{
	rbf_would_hold *h = row;
	TEXT(s, 0, h->provider);
	TEXT(s, 1, h->stream);
	h->n = sqlite3_column_int64(s, 2);
}

static void fill_trusted(sqlite3_stmt *s, void *row)
{
	rbf_trusted *t = row;
	t->trust = (rebuff_trust)sqlite3_column_int(s, 0);
	t->failed = sqlite3_column_int64(s, 1);
	t->delayed = sqlite3_column_int64(s, 2);
	t->complaints = sqlite3_column_int64(s, 3);
	t->suppressed = sqlite3_column_int64(s, 4);
}

static void fill_said(sqlite3_stmt *s, void *row)
{
	rbf_said *p = row;
	p->time_ms = sqlite3_column_int64(s, 0);
	p->sent_ms = sqlite3_column_int64(s, 1);
	p->kind = (rebuff_message_kind)sqlite3_column_int(s, 2);
	p->trust = (rebuff_trust)sqlite3_column_int(s, 3);
	TEXT(s, 4, p->recipient);
	TEXT(s, 5, p->provider);
	p->category = (rebuff_category)sqlite3_column_int(s, 6);
	p->code = sqlite3_column_int(s, 7);
	p->suppressed = sqlite3_column_int(s, 8);
	p->paired = sqlite3_column_int(s, 9) != 0;
	TEXT(s, 10, p->id);
	TEXT(s, 11, p->why);
	TEXT(s, 12, p->text);
}

static void fill_listed(sqlite3_stmt *s, void *row)
{
	rbf_listed *l = row;
	l->class_ = (rebuff_class)sqlite3_column_int(s, 0);
	l->added = sqlite3_column_int64(s, 1);
	l->active = sqlite3_column_int64(s, 2);
	l->run_out = sqlite3_column_int64(s, 3);
}

/* ---- statements ---------------------------------------------------------------------------- */

/* ?1 from, ?2 to, ?3 provider or '', ?4 the kind of a refusal, ?5 of an acceptance, ?6 now,
 * ?7 a delivery's state, ?8 how long a part of the period is */
#define PERIOD " FROM event WHERE time_ms >= ?1 AND time_ms < ?2 AND (?3 = '' OR provider = ?3)"
#define SPARED                                                                                     \
	PERIOD " AND kind = ?4 AND code BETWEEN 500 AND 599 AND suppressed <> 1 AND NOT EXISTS"    \
	       " (SELECT 1 FROM suppression AS s WHERE s.who = event.who"                          \
	       "  AND (s.until_ms = 0 OR s.until_ms > ?6))"

/* The newest reply of one reason: ?9 provider, ?10 category, ?11 whether it was refused. In the
 * words of the index event_reason. */
static const char reply_sql[] =
	"SELECT code, text, rule FROM event WHERE provider = ?9 AND category = ?10 AND kind < 4"
	" AND (kind = 3) = ?11 AND time_ms >= ?1 AND time_ms < ?2 ORDER BY time_ms DESC LIMIT 1";
static const char would_sql[] =
	"SELECT count(DISTINCT who) FROM event WHERE suppressed = 2 AND time_ms >= ?1"
	" AND time_ms < ?2 AND (?3 = '' OR provider = ?3)";
/* Alarms that would have held something. */
static const char would_hold_sql[] =
	"SELECT provider, stream, count(*) FROM alarm WHERE time_ms >= ?1 AND time_ms < ?2"
	" AND acted = 2"
	" AND (?3 = '' OR provider = ?3) GROUP BY provider, stream"
	" ORDER BY count(*) DESC, provider, stream";
static const char added_sql[] =
	"SELECT class, (since_ms - ?1) / ?8, count(*) FROM suppression WHERE since_ms >= ?1"
	" AND since_ms < ?2 AND (?3 = '' OR provider = ?3) GROUP BY 1, 2";
/* What Postfix has (mta 2) nobody can wake: frozen says so, and is no news. */
static const char waits_sql[] =
	"SELECT provider, category, count(*), sum(frozen AND mta <> 2), min(due_ms), max(due_ms) "
	"FROM delivery"
	" WHERE state = ?7 AND (?3 = '' OR provider = ?3) GROUP BY provider, category"
	" ORDER BY min(due_ms), provider, category";
static const char lanes_sql[] = "SELECT node, provider, rate, since_ms, why, source_ip FROM pace"
				" WHERE ?3 = '' OR provider = ?3 ORDER BY provider, node";
/* Who waits under a hold, as in HOLD_LIST of statements.def. */
#define WAITING                                                                                    \
	" (SELECT count(*) FROM delivery AS d WHERE d.state = ?7 AND"                              \
	"  (hold.provider = '' OR d.provider = hold.provider) AND"                                 \
	"  (hold.stream = '' OR d.stream = hold.stream) AND (hold.source_ip = '' OR"               \
	"  hold.source_ip = (SELECT k.source_ip FROM known_leaving AS k WHERE k.node = d.node"     \
	"   AND k.stream = d.stream)))"
static const char released_sql[] =
	"SELECT provider, stream, source_ip, since_ms, ended_ms, reason, by, released_by, note,"
	" coalesce((SELECT c.summary FROM checks AS c WHERE c.checks = hold.checks), '') FROM hold"
	" WHERE ended_ms >= ?1 AND ended_ms < ?2 AND (?3 = '' OR provider = ?3)"
	" ORDER BY ended_ms DESC, hold";
static const char holds_sql[] =
	"SELECT provider, stream, since_ms, until_ms, reason, by, probing_ms > 0, times," WAITING
	", source_ip FROM hold WHERE ended_ms = 0 AND (until_ms = 0 OR until_ms > ?6 OR probing_ms "
	"> 0) AND (?3 = '' OR "
	"provider = ?3) ORDER BY since_ms";
static const char breakers_sql[] =
	"SELECT provider, since_ms, (SELECT count(*) FROM candidate AS c WHERE c.provider ="
	" breaker.provider) FROM breaker WHERE ended_ms = 0 AND (?3 = '' OR provider = ?3)"
	" ORDER BY since_ms";
static const char alarms_sql[] =
	"SELECT time_ms, kind, provider, stream, text, of_ip, acted, seen, ended_ms, evidence,"
	" coalesce((SELECT c.summary FROM checks AS c WHERE c.checks = alarm.checks), '')"
	" FROM alarm WHERE time_ms >= ?1 AND"
	" time_ms < ?2 AND (?3 = '' OR provider = ?3) ORDER BY time_ms DESC";
static const char spared_sql[] =
	"SELECT time_ms, recipient, provider, category, fault, code, suppressed, why, text" SPARED
	" ORDER BY time_ms DESC, event DESC";
static const char spared_all_sql[] = "SELECT count(*)" SPARED;
/* Kinds and actions are the numbers of rebuff.h: 1 a bounce, 2 delayed, 4 a complaint. */
#define LATE " FROM late WHERE time_ms >= ?1 AND time_ms < ?2 AND (?3 = '' OR provider = ?3)"
#define ARRIVED "SELECT count(*) FROM arrival WHERE time_ms >= ?1 AND time_ms < ?2"
static const char trusts_sql[] =
	"SELECT trust, sum(kind = 1 AND action = 1), sum(action = 2), sum(kind = 4),"
	" sum(suppressed = 1)" LATE " GROUP BY trust ORDER BY trust DESC";
static const char late_sql[] =
	"SELECT time_ms, sent_ms, kind, trust, recipient, provider, category, code, suppressed,"
	" paired, id, why, text" LATE " ORDER BY time_ms DESC, late DESC";
static const char arrived_sql[] = ARRIVED;
static const char unread_sql[] = ARRIVED " AND state = 2";
static const char backscatter_sql[] = ARRIVED " AND backscatter = 1";
static const char listed_sql[] =
	"SELECT class, sum(since_ms >= ?1 AND since_ms < ?2),"
	" sum(until_ms = 0 OR until_ms > ?6), sum(until_ms <> 0 AND until_ms <= ?6)"
	" FROM suppression WHERE ?3 = '' OR provider = ?3 GROUP BY class ORDER BY class";
static const char state_sql[] =
	"SELECT count(*) FROM delivery WHERE state = ?7 AND (?3 = '' OR provider = ?3)";
typedef struct {
	sqlite3 *db;
	rbf_facts *facts;
	rebuff_error *err;
	rebuff_status status; /* sticky */
} reader;

static void fail(reader *r, const char *sql)
{
	r->status = rbf_fail(r->err, REBUFF_ESTORE, "the database cannot be read: %s (%.40s...)",
		sqlite3_errmsg(r->db), sql);
}

static sqlite3_stmt *start(reader *r, const char *sql, int state)
{
	sqlite3_stmt *s = NULL;
	if (r->status != REBUFF_OK)
		return NULL;
	if (sqlite3_prepare_v2(r->db, sql, -1, &s, NULL) != SQLITE_OK) {
		fail(r, sql);
		return NULL;
	}
	/* A statement that does not use one of them answers SQLITE_RANGE, which is as well. */
	sqlite3_bind_int64(s, 1, r->facts->from_ms);
	sqlite3_bind_int64(s, 2, r->facts->to_ms);
	sqlite3_bind_text(s, 3, r->facts->provider, -1, SQLITE_STATIC);
	sqlite3_bind_int(s, 4, REBUFF_KIND_FAILED);
	sqlite3_bind_int(s, 5, REBUFF_KIND_DELIVERED);
	sqlite3_bind_int64(s, 6, r->facts->now_ms);
	sqlite3_bind_int(s, 7, state);
	sqlite3_bind_int64(s, 8, r->facts->part_ms);
	return s;
}

/* One more row at the end of *rows; NULL and the sticky failure when there is no memory. */
static void *grow(reader *r, void **rows, size_t size, size_t n)
{
	if ((n & (n - 1)) == 0) { /* none, or a power of two: full */
		void *more = realloc(*rows, (n ? 2 * n : 1) * size);
		if (!more) {
			r->status = rbf_fail(r->err, REBUFF_ENOMEM, "no memory for the report");
			return NULL;
		}
		*rows = more;
	}
	char *row = (char *)*rows + n * size;
	memset(row, 0, size);
	return row;
}

/* Read at most `cap` rows of `size` bytes each. Returns them, allocated, and their number. */
static void *read_rows(reader *r, const char *sql, void (*fill)(sqlite3_stmt *, void *),
	size_t size, size_t cap, size_t *n)
{
	sqlite3_stmt *s = start(r, sql, RBF_WAITING);
	void *rows = NULL;
	int got = SQLITE_DONE;
	while (s && *n < cap && (got = sqlite3_step(s)) == SQLITE_ROW) {
		void *row = grow(r, &rows, size, *n);
		if (!row)
			break;
		fill(s, row);
		++*n;
	}
	if (s && got != SQLITE_ROW && got != SQLITE_DONE)
		fail(r, sql);
	sqlite3_finalize(s);
	return rows;
}
#define READ(r, name, fill, cap)                                                                   \
	(r)->facts->name = read_rows(                                                              \
		r, name##_sql, fill, sizeof *(r)->facts->name, cap, &(r)->facts->name##_n)

static int64_t read_number(reader *r, const char *sql, int state)
{
	sqlite3_stmt *s = start(r, sql, state);
	int64_t n = 0;
	if (s && sqlite3_step(s) == SQLITE_ROW)
		n = sqlite3_column_int64(s, 0);
	else if (s)
		fail(r, sql);
	sqlite3_finalize(s);
	return n;
}

static void read_reply(reader *r, rbf_reason *reason)
{
	sqlite3_stmt *s = start(r, reply_sql, 0);
	if (!s)
		return;
	sqlite3_bind_text(s, 9, reason->provider, -1, SQLITE_STATIC);
	sqlite3_bind_int(s, 10, (int)reason->category);
	sqlite3_bind_int(s, 11, reason->refused);
	int got = sqlite3_step(s);
	if (got == SQLITE_ROW) {
		reason->code = sqlite3_column_int(s, 0);
		TEXT(s, 1, reason->text);
		TEXT(s, 2, reason->rule);
	} else if (got != SQLITE_DONE) {
		fail(r, reply_sql);
	}
	sqlite3_finalize(s);
}

static void read_added(reader *r)
{
	rbf_facts *f = r->facts;
	sqlite3_stmt *s = start(r, added_sql, 0);
	int got = SQLITE_DONE;
	while (s && (got = sqlite3_step(s)) == SQLITE_ROW) {
		int class_ = sqlite3_column_int(s, 0);
		size_t part = (size_t)sqlite3_column_int64(s, 1);
		if (class_ >= 0 && class_ < REBUFF_CLASS_N && part < f->times_n)
			f->times[part].suppressed[class_] += sqlite3_column_int64(s, 2);
	}
	if (s && got != SQLITE_DONE)
		fail(r, added_sql);
	sqlite3_finalize(s);
}

static void read_period(reader *r)
{
	rbf_facts *f = r->facts;
	if (r->status == REBUFF_OK)
		r->status = rbf_gather(r->db, f, r->err);
	for (size_t i = 0; i < f->reasons_n; i++)
		read_reply(r, &f->reasons[i]);
	read_added(r);
	READ(r, spared, fill_spared, RBF_FACTS_SPARED_MAX);
	f->spared_all = read_number(r, spared_all_sql, 0);
	READ(r, late, fill_said, RBF_FACTS_ROWS_MAX);
}

static void read_now(reader *r)
{
	READ(r, waits, fill_waits, RBF_FACTS_ROWS_MAX);
	READ(r, lanes, fill_lane, RBF_FACTS_ROWS_MAX);
	READ(r, holds, fill_hold, RBF_FACTS_ROWS_MAX);
	READ(r, released, fill_released, RBF_FACTS_ROWS_MAX);
	READ(r, breakers, fill_breaker, RBF_FACTS_ROWS_MAX);
	READ(r, alarms, fill_alarm, RBF_FACTS_ROWS_MAX);
	READ(r, listed, fill_listed, REBUFF_CLASS_N);
	READ(r, trusts, fill_trusted, REBUFF_TRUST_N);
	r->facts->arrived = read_number(r, arrived_sql, 0);
	r->facts->unread = read_number(r, unread_sql, 0);
	r->facts->backscatter = read_number(r, backscatter_sql, 0);
	r->facts->waiting = read_number(r, state_sql, RBF_WAITING);
	r->facts->open = read_number(r, state_sql, RBF_OPEN);
	r->facts->would_suppress = read_number(r, would_sql, 0);
	READ(r, would_hold, fill_would_hold, RBF_FACTS_ROWS_MAX);
}

static rebuff_status read_warmups(rbf_store *store, rbf_facts *f, rebuff_error *err)
{
	f->warmups = calloc(RBF_FACTS_ROWS_MAX, sizeof *f->warmups);
	if (!f->warmups)
		return rbf_fail(err, REBUFF_ENOMEM, "no memory for the report");
	return rbf_view_warmups(store, note_warmup, f, err);
}

int64_t rbf_facts_end(const rbf_facts *facts)
{
	return facts->to_ms < facts->now_ms ? facts->to_ms : facts->now_ms;
}

rebuff_status rbf_facts_read(rbf_store *store, int64_t now_ms, const rebuff_output *out,
	bool now_only, rbf_facts *facts, rebuff_error *err)
{
	static const int64_t day_ms = 86400000;
	*facts = (rbf_facts){.now_ms = now_ms,
		.to_ms = out->to_ms ? out->to_ms : now_ms + 1,
		.from_ms = out->from_ms};
	if (!facts->from_ms)
		facts->from_ms = facts->to_ms - day_ms;
	rbf_span_copy(facts->provider, sizeof facts->provider, out->provider);
	reader r = {.db = rbf_store_view(store), .facts = facts, .err = err};
	if (sqlite3_exec(r.db, "BEGIN", NULL, NULL, NULL) != SQLITE_OK)
		fail(&r, "BEGIN");
	if (r.status == REBUFF_OK)
		r.status = rbf_gather_align(r.db, facts, err);
	if (!now_only)
		read_period(&r);
	read_now(&r);
	if (r.status == REBUFF_OK)
		r.status = read_warmups(store, facts, err);
	(void)sqlite3_exec(r.db, "COMMIT", NULL, NULL, NULL);
	return r.status;
}

void rbf_facts_free(rbf_facts *f)
{
	free(f->providers);
	free(f->streams);
	free(f->sources);
	free(f->categories);
	free(f->within);
	free(f->changes);
	free(f->would_hold);
	free(f->lines);
	free(f->times);
	free(f->reasons);
	free(f->waits);
	free(f->lanes);
	free(f->holds);
	free(f->released);
	free(f->warmups);
	free(f->breakers);
	free(f->alarms);
	free(f->spared);
	free(f->listed);
	free(f->trusts);
	free(f->late);
	*f = (rbf_facts){0};
}
