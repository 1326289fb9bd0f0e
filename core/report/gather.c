#include "report/gather.h"

#include <math.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/span.h"

enum { PUT_OFF, REFUSED, ACCEPTED, OUTCOME_N }; /* as total.outcome */
enum { BUCKETS = 512 };

/* Counts under one name, perhaps with a category. */
typedef struct {
	char name[REBUFF_NAME_MAX];
	int category, outcome; /* -1: of any */
	int fault;
	int64_t n[2][OUTCOME_N]; /* in the period, before it */
	int64_t hard[2];
} bin;

typedef struct {
	bin *rows;
	size_t n;
	uint32_t *slots; /* places in rows, from 1 */
	size_t slot_n; /* a power of two, more than twice n */
} bins;

typedef struct {
	sqlite3 *db;
	rbf_facts *f;
	rebuff_error *err;
	rebuff_status status; /* sticky */
	bins providers, streams, sources, categories, reasons;
	uint32_t (*parts)[RBF_FACTS_PARTS_MAX][OUTCOME_N]; /* of each provider */
	size_t parts_n;
} gather;

/* ---- bins ---------------------------------------------------------------------------------- */

static uint32_t hash(const char *name, size_t len, int category, int outcome)
{
	uint32_t h = 2166136261u ^ (uint32_t)(category * 31 + outcome);
	for (size_t i = 0; i < len; i++)
		h = (h ^ (unsigned char)name[i]) * 16777619u;
	return h ^ h >> 15;
}

static void place(bins *b, size_t row)
{
	const bin *r = &b->rows[row];
	size_t at = hash(r->name, strlen(r->name), r->category, r->outcome) & (b->slot_n - 1);
	while (b->slots[at])
		at = (at + 1) & (b->slot_n - 1);
	b->slots[at] = (uint32_t)row + 1;
}

static bool grow(bins *b)
{
	size_t slot_n = b->slot_n ? 2 * b->slot_n : 64;
	bin *rows = realloc(b->rows, slot_n / 2 * sizeof *rows);
	if (!rows)
		return false;
	b->rows = rows;
	uint32_t *slots = calloc(slot_n, sizeof *slots);
	if (!slots)
		return false;
	free(b->slots);
	b->slots = slots;
	b->slot_n = slot_n;
	for (size_t i = 0; i < b->n; i++)
		place(b, i);
	return true;
}

static bin *bin_at(gather *g, bins *b, const char *name, size_t len, int category, int outcome)
{
	if (2 * b->n + 2 > b->slot_n && !grow(b)) {
		g->status = rbf_fail(g->err, REBUFF_ENOMEM, "no memory for the report");
		return NULL;
	}
	if (len >= REBUFF_NAME_MAX)
		len = REBUFF_NAME_MAX - 1;
	size_t at = hash(name, len, category, outcome) & (b->slot_n - 1);
	for (; b->slots[at]; at = (at + 1) & (b->slot_n - 1)) {
		bin *r = &b->rows[b->slots[at] - 1];
		if (r->category == category && r->outcome == outcome &&
			memcmp(r->name, name, len) == 0 && !r->name[len])
			return r;
	}
	bin *r = &b->rows[b->n];
	memset(r, 0, sizeof *r);
	memcpy(r->name, name, len);
	r->category = category;
	r->outcome = outcome;
	b->slots[at] = (uint32_t)++b->n;
	return r;
}

static void bins_free(bins *b)
{
	free(b->rows);
	free(b->slots);
}

/* ---- reading ------------------------------------------------------------------------------- */

static void fail(gather *g)
{
	g->status = rbf_fail(
		g->err, REBUFF_ESTORE, "the database cannot be read: %s", sqlite3_errmsg(g->db));
}

static sqlite3_stmt *start(gather *g, const char *sql)
{
	sqlite3_stmt *s = NULL;
	if (g->status != REBUFF_OK)
		return NULL;
	if (sqlite3_prepare_v2(g->db, sql, -1, &s, NULL) != SQLITE_OK) {
		fail(g);
		return NULL;
	}
	sqlite3_bind_int64(s, 1, g->f->before_ms);
	sqlite3_bind_int64(s, 2, g->f->to_ms);
	sqlite3_bind_text(s, 3, g->f->provider, -1, SQLITE_STATIC);
	sqlite3_bind_int64(s, 4, g->f->from_ms);
	return s;
}

#define PERIOD(table)                                                                              \
	" FROM " table " WHERE span = 1 AND step_ms >= ?1 AND step_ms < ?2"                        \
	" AND (?3 = '' OR provider = ?3)"
#define STEPS(table)                                                                               \
	" FROM " table " WHERE span = 0 AND step_ms >= ?1 AND step_ms < ?2"                        \
	" AND (?3 = '' OR provider = ?3)"
#define TOTALS "SELECT step_ms, outcome, category, fault, hard, n, provider, stream, source_ip"
static const char totals_sql[] = TOTALS PERIOD("total") " UNION ALL " TOTALS STEPS("total");
static const char lapses_sql[] =
	"SELECT provider, bucket, sum(n) FROM (SELECT provider, bucket, n, "
	"step_ms" PERIOD("lapse") " UNION ALL SELECT provider, bucket, n, "
				  "step_ms" STEPS("lapse") ") WHERE step_ms >= ?4 GROUP BY "
							   "provider, bucket";

/* One row of the totals. */
typedef struct {
	int64_t step_ms, n;
	int outcome, category, fault;
	bool hard;
	int which; /* 0: in the period, 1: before it */
} row;

static bin *add(gather *g, bins *b, sqlite3_stmt *s, int column, const row *r, bool by_reason)
{
	const char *name = column < 0 ? "" : (const char *)sqlite3_column_text(s, column);
	size_t len = column < 0 ? 0 : (size_t)sqlite3_column_bytes(s, column);
	bin *to = bin_at(g, b, name ? name : "", name ? len : 0, by_reason ? r->category : -1,
		by_reason ? r->outcome : -1);
	if (!to)
		return NULL;
	to->fault = r->fault;
	to->n[r->which][r->outcome] += r->n;
	to->hard[r->which] += r->hard ? r->n : 0;
	return to;
}

/* The provider's own counts over time. */
static void add_part(gather *g, const bin *provider, size_t part, const row *r)
{
	size_t at = (size_t)(provider - g->providers.rows);
	if (at >= g->parts_n) {
		size_t n = at < 64 ? 64 : 2 * at;
		void *more = realloc(g->parts, n * sizeof *g->parts);
		if (!more) {
			g->status = rbf_fail(g->err, REBUFF_ENOMEM, "no memory for the report");
			return;
		}
		g->parts = more;
		memset(g->parts + g->parts_n, 0, (n - g->parts_n) * sizeof *g->parts);
		g->parts_n = n;
	}
	g->parts[at][part][r->outcome] += (uint32_t)r->n;
}

static void add_time(gather *g, const bin *provider, const row *r)
{
	rbf_facts *f = g->f;
	size_t part = (size_t)((r->step_ms - f->from_ms) / f->part_ms);
	if (r->which || part >= f->times_n)
		return;
	rbf_part *t = &f->times[part];
	*(r->outcome == ACCEPTED		? &t->accepted
			: r->outcome == REFUSED ? &t->refused
						: &t->deferred) += r->n;
	add_part(g, provider, part, r);
}

static void add_row(gather *g, sqlite3_stmt *s)
{
	row r = {.step_ms = sqlite3_column_int64(s, 0),
		.outcome = sqlite3_column_int(s, 1),
		.category = sqlite3_column_int(s, 2),
		.fault = sqlite3_column_int(s, 3),
		.hard = sqlite3_column_int(s, 4) != 0,
		.n = sqlite3_column_int64(s, 5)};
	r.which = r.step_ms < g->f->from_ms;
	if (r.outcome < 0 || r.outcome >= OUTCOME_N || r.n <= 0)
		return;
	const bin *provider = add(g, &g->providers, s, 6, &r, false);
	if (provider)
		add_time(g, provider, &r);
	(void)add(g, &g->streams, s, 7, &r, false);
	(void)add(g, &g->sources, s, 8, &r, false);
	if (r.outcome == ACCEPTED)
		return;
	(void)add(g, &g->categories, s, -1, &r, true);
	(void)add(g, &g->reasons, s, 6, &r, true);
}

static void read_totals(gather *g)
{
	sqlite3_stmt *s = start(g, totals_sql);
	int got = SQLITE_DONE;
	while (s && g->status == REBUFF_OK && (got = sqlite3_step(s)) == SQLITE_ROW)
		add_row(g, s);
	if (s && got != SQLITE_ROW && got != SQLITE_DONE)
		fail(g);
	sqlite3_finalize(s);
}

/* ---- rows of the report -------------------------------------------------------------------- */

static void *rows_of(gather *g, size_t n, size_t size)
{
	void *rows = g->status == REBUFF_OK ? calloc(n ? n : 1, size) : NULL;
	if (!rows && g->status == REBUFF_OK)
		g->status = rbf_fail(g->err, REBUFF_ENOMEM, "no memory for the report");
	return rows;
}

static int64_t all_of(const bin *b, int which)
{
	return b->n[which][PUT_OFF] + b->n[which][REFUSED] + b->n[which][ACCEPTED];
}

static int most_first(const void *a, const void *b)
{
	const bin *x = a, *y = b;
	int64_t n = all_of(x, 0), m = all_of(y, 0);
	int order = strcmp(x->name, y->name);
	if (n != m)
		return n < m ? 1 : -1;
	return order			     ? order
		: x->category != y->category ? x->category - y->category
					     : x->outcome - y->outcome;
}

static void fill_traffic(rbf_traffic *t, const bin *b)
{
	*t = (rbf_traffic){.attempts = all_of(b, 0),
		.accepted = b->n[0][ACCEPTED],
		.deferred = b->n[0][PUT_OFF],
		.refused = b->n[0][REFUSED],
		.hard = b->hard[0],
		.was_attempts = all_of(b, 1),
		.was_accepted = b->n[1][ACCEPTED],
		.was_refused = b->n[1][REFUSED],
		.median_ms = -1,
		.p95_ms = -1};
	memcpy(t->name, b->name, sizeof t->name);
}

/* Those with an attempt in the period, most first. */
static rbf_traffic *traffic_of(gather *g, bins *b, size_t *n)
{
	rbf_traffic *rows = rows_of(g, RBF_FACTS_TRAFFIC_MAX, sizeof *rows);
	*n = 0;
	if (b->n)
		qsort(b->rows, b->n, sizeof *b->rows, most_first);
	for (size_t i = 0; rows && i < b->n && *n < RBF_FACTS_TRAFFIC_MAX; i++)
		if (all_of(&b->rows[i], 0))
			fill_traffic(&rows[(*n)++], &b->rows[i]);
	return rows;
}

static void add_all(gather *g)
{
	rbf_traffic *all = &g->f->all, one;
	*all = (rbf_traffic){.median_ms = -1, .p95_ms = -1};
	for (size_t i = 0; i < g->streams.n; i++) {
		fill_traffic(&one, &g->streams.rows[i]);
		all->attempts += one.attempts;
		all->accepted += one.accepted;
		all->deferred += one.deferred;
		all->refused += one.refused;
		all->hard += one.hard;
		all->was_attempts += one.was_attempts;
		all->was_accepted += one.was_accepted;
		all->was_refused += one.was_refused;
	}
}

static void fill_reasons(gather *g)
{
	bins *b = &g->reasons;
	rbf_facts *f = g->f;
	f->reasons = rows_of(g, RBF_FACTS_REASONS_MAX, sizeof *f->reasons);
	if (b->n)
		qsort(b->rows, b->n, sizeof *b->rows, most_first);
	for (size_t i = 0; f->reasons && i < b->n && f->reasons_n < RBF_FACTS_REASONS_MAX; i++) {
		if (!all_of(&b->rows[i], 0))
			continue;
		rbf_reason *r = &f->reasons[f->reasons_n++];
		memcpy(r->provider, b->rows[i].name, sizeof r->provider);
		r->category = (rebuff_category)b->rows[i].category;
		r->fault = (rebuff_fault)b->rows[i].fault;
		r->refused = b->rows[i].outcome == REFUSED;
		r->n = all_of(&b->rows[i], 0);
	}
}

static void fill_categories(gather *g)
{
	bins *b = &g->categories;
	rbf_facts *f = g->f;
	f->categories = rows_of(g, 2 * REBUFF_CATEGORY_N, sizeof *f->categories);
	if (b->n)
		qsort(b->rows, b->n, sizeof *b->rows, most_first);
	for (size_t i = 0; f->categories && i < b->n && i < 2 * REBUFF_CATEGORY_N; i++) {
		const bin *from = &b->rows[i];
		rbf_categorised *c = &f->categories[f->categories_n++];
		*c = (rbf_categorised){.category = (rebuff_category)from->category,
			.fault = (rebuff_fault)from->fault,
			.refused = from->outcome == REFUSED,
			.n = all_of(from, 0),
			.was = all_of(from, 1)};
	}
}

/* How the greatest providers did over time. Before their bins are sorted. */
static void fill_lines(gather *g)
{
	rbf_facts *f = g->f;
	size_t order[RBF_FACTS_LINES_MAX], n = 0;
	for (size_t i = 0; i < g->providers.n; i++) {
		size_t k = n;
		while (k > 0 &&
			most_first(&g->providers.rows[i], &g->providers.rows[order[k - 1]]) < 0)
			k--;
		if (k == RBF_FACTS_LINES_MAX || !all_of(&g->providers.rows[i], 0))
			continue;
		n += n < RBF_FACTS_LINES_MAX;
		memmove(order + k + 1, order + k, (n - 1 - k) * sizeof *order);
		order[k] = i;
	}
	f->lines = rows_of(g, n * f->times_n, sizeof *f->lines);
	for (size_t k = 0; f->lines && k < n; k++)
		for (size_t i = 0; i < f->times_n; i++) {
			const uint32_t *from = g->parts[order[k]][i];
			f->lines[f->lines_n++] = (rbf_part){.start_ms = f->times[i].start_ms,
				.accepted = from[ACCEPTED],
				.deferred = from[PUT_OFF],
				.refused = from[REFUSED]};
		}
}

/* ---- times to acceptance ------------------------------------------------------------------- */

/* The time within which the given share was accepted, from the counts of the classes of length. */
static int64_t percentile(const int64_t n[BUCKETS], double share)
{
	int64_t all = 0, below = 0;
	for (int i = 0; i < BUCKETS; i++)
		all += n[i];
	int64_t rank = (int64_t)ceil((double)all * share);
	for (int i = 0; i < BUCKETS && all; i++) {
		if (below + n[i] >= rank && n[i]) {
			double start = rbf_lapse_start_ms(i), end = rbf_lapse_start_ms(i + 1);
			double at = ((double)(rank - below) - 0.5) / (double)n[i];
			return (int64_t)(start + at * (end - start));
		}
		below += n[i];
	}
	return -1;
}

static void set_times(rbf_facts *f, const char *provider, const int64_t n[BUCKETS])
{
	for (size_t i = 0; i < f->providers_n; i++) {
		if (strcmp(f->providers[i].name, provider) != 0)
			continue;
		f->providers[i].median_ms = percentile(n, 0.5);
		f->providers[i].p95_ms = percentile(n, 0.95);
	}
}

/* Ends that people count in. */
static void fill_within(gather *g, const int64_t n[BUCKETS])
{
	static const int64_t ends_s[] = {
		1, 5, 15, 60, 300, 900, 3600, 4 * 3600, 12 * 3600, 86400, 0};
	enum { ENDS = sizeof ends_s / sizeof *ends_s };
	rbf_facts *f = g->f;
	int k = 0;
	f->within = rows_of(g, ENDS, sizeof *f->within);
	if (!f->within || f->all.median_ms < 0)
		return;
	f->within_n = ENDS;
	for (int i = 0; i < ENDS; i++)
		f->within[i].end_ms = ends_s[i] * 1000;
	for (int i = 0; i < BUCKETS; i++) {
		double middle = (rbf_lapse_start_ms(i) + rbf_lapse_start_ms(i + 1)) / 2;
		while (k < ENDS - 1 && middle > (double)f->within[k].end_ms)
			k++;
		f->within[k].n += n[i];
	}
}

static void read_lapses(gather *g)
{
	char provider[REBUFF_NAME_MAX] = "";
	int64_t one[BUCKETS] = {0}, all[BUCKETS] = {0};
	sqlite3_stmt *s = start(g, lapses_sql);
	int got = SQLITE_DONE;
	while (s && (got = sqlite3_step(s)) == SQLITE_ROW) {
		const char *name = (const char *)sqlite3_column_text(s, 0);
		int bucket = sqlite3_column_int(s, 1);
		if (strcmp(name ? name : "", provider) != 0) {
			set_times(g->f, provider, one);
			memset(one, 0, sizeof one);
			(void)rbf_span_copy(provider, sizeof provider, rbf_span_of(name));
		}
		if (bucket < 0 || bucket >= BUCKETS)
			continue;
		one[bucket] += sqlite3_column_int64(s, 2);
		all[bucket] += sqlite3_column_int64(s, 2);
	}
	if (s && got != SQLITE_DONE)
		fail(g);
	sqlite3_finalize(s);
	set_times(g->f, provider, one);
	g->f->all.median_ms = percentile(all, 0.5);
	g->f->all.p95_ms = percentile(all, 0.95);
	fill_within(g, all);
}

/* ---- what changed -------------------------------------------------------------------------- */

enum { CHANGE_FROM = 20 }; /* final outcomes in both periods together */
static const double change_points = 0.01;

static double rate(int64_t part, int64_t all)
{
	return all ? (double)part / (double)all : 0;
}

/* How many refusals more or less than the old rate would have made. */
static double weight(const rbf_change *c)
{
	return fabs(c->rate - c->was_rate) * (double)(c->n + c->was_n);
}

static void keep_change(rbf_facts *f, const rbf_change *c)
{
	size_t k = f->changes_n;
	while (k > 0 && weight(c) > weight(&f->changes[k - 1]))
		k--;
	if (k == RBF_FACTS_CHANGES_MAX)
		return;
	f->changes_n += f->changes_n < RBF_FACTS_CHANGES_MAX;
	memmove(f->changes + k + 1, f->changes + k, (f->changes_n - 1 - k) * sizeof *f->changes);
	f->changes[k] = *c;
}

static void look_for_changes(rbf_facts *f, const char *what, const rbf_traffic *t, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		rbf_change c = {.what = what,
			.n = t[i].accepted + t[i].refused,
			.was_n = t[i].was_accepted + t[i].was_refused};
		c.rate = rate(t[i].refused, c.n);
		c.was_rate = rate(t[i].was_refused, c.was_n);
		memcpy(c.name, t[i].name, sizeof c.name);
		if (c.n && c.was_n && c.n + c.was_n >= CHANGE_FROM &&
			fabs(c.rate - c.was_rate) >= change_points)
			keep_change(f, &c);
	}
}

static void fill_changes(gather *g)
{
	rbf_facts *f = g->f;
	f->changes = rows_of(g, RBF_FACTS_CHANGES_MAX, sizeof *f->changes);
	if (!f->changes || !f->all.was_attempts)
		return;
	look_for_changes(f, "provider", f->providers, f->providers_n);
	look_for_changes(f, "stream", f->streams, f->streams_n);
	look_for_changes(f, "sending IP", f->sources, f->sources_n);
	/* Of a category: its share of all that was attempted. */
	for (size_t i = 0; i < f->categories_n; i++) {
		const rbf_categorised *k = &f->categories[i];
		rbf_change c = {.what = k->refused ? "refused as" : "put off as",
			.n = f->all.attempts,
			.was_n = f->all.was_attempts,
			.rate = rate(k->n, f->all.attempts),
			.was_rate = rate(k->was, f->all.was_attempts)};
		(void)rbf_span_copy(
			c.name, sizeof c.name, rbf_span_of(rebuff_category_name(k->category)));
		if (c.n + c.was_n >= CHANGE_FROM && fabs(c.rate - c.was_rate) >= change_points)
			keep_change(f, &c);
	}
}

/* ---- the period ---------------------------------------------------------------------------- */

static rebuff_status read_days_end(sqlite3 *db, rbf_facts *f, rebuff_error *err)
{
	sqlite3_stmt *s = NULL;
	if (sqlite3_prepare_v2(db, "SELECT max(step_ms) FROM total WHERE span = 1", -1, &s, NULL) !=
			SQLITE_OK ||
		sqlite3_step(s) != SQLITE_ROW) {
		sqlite3_finalize(s);
		return rbf_fail(
			err, REBUFF_ESTORE, "the database cannot be read: %s", sqlite3_errmsg(db));
	}
	if (sqlite3_column_type(s, 0) != SQLITE_NULL)
		f->days_end_ms = sqlite3_column_int64(s, 0) + RBF_TOTAL_DAY_MS;
	sqlite3_finalize(s);
	return REBUFF_OK;
}

rebuff_status rbf_gather_align(void *db, rbf_facts *f, rebuff_error *err)
{
	rebuff_status status = read_days_end(db, f, err);
	int64_t step = f->from_ms < f->days_end_ms ? RBF_TOTAL_DAY_MS : RBF_TOTAL_STEP_MS;
	f->from_ms -= f->from_ms % step;
	step = f->to_ms <= f->days_end_ms ? RBF_TOTAL_DAY_MS : RBF_TOTAL_STEP_MS;
	f->to_ms += step - 1 - (f->to_ms - 1) % step;
	int64_t length_ms = f->to_ms - f->from_ms;
	f->before_ms = f->from_ms > length_ms ? f->from_ms - length_ms : 0;
	if (f->before_ms < f->days_end_ms)
		f->before_ms -= f->before_ms % RBF_TOTAL_DAY_MS;
	return status;
}

/* Steps that people count in; the shortest that makes few enough parts. */
static int64_t part_of(const rbf_facts *f)
{
	static const int64_t minute_ms = 60000;
	static const int minutes[] = {10, 30, 60, 120, 360, 720, 1440, 7 * 1440, 30 * 1440};
	bool days = f->from_ms < f->days_end_ms;
	int64_t period_ms = f->to_ms - f->from_ms;
	for (size_t i = days ? 6 : 0; i < sizeof minutes / sizeof *minutes; i++) {
		if (period_ms <= minutes[i] * minute_ms * RBF_FACTS_PARTS_MAX)
			return minutes[i] * minute_ms;
	}
	int64_t part = (period_ms + RBF_FACTS_PARTS_MAX - 1) / RBF_FACTS_PARTS_MAX;
	return part + RBF_TOTAL_DAY_MS - 1 - (part - 1) % RBF_TOTAL_DAY_MS;
}

static void cut_into_parts(gather *g)
{
	rbf_facts *f = g->f;
	f->part_ms = part_of(f);
	size_t n = (size_t)((f->to_ms - f->from_ms + f->part_ms - 1) / f->part_ms);
	f->times = rows_of(g, n, sizeof *f->times);
	f->times_n = f->times ? n : 0;
	for (size_t i = 0; i < f->times_n; i++)
		f->times[i].start_ms = f->from_ms + (int64_t)i * f->part_ms;
}

rebuff_status rbf_gather(void *db, rbf_facts *f, rebuff_error *err)
{
	gather g = {.db = db, .f = f, .err = err};
	cut_into_parts(&g);
	read_totals(&g);
	add_all(&g);
	fill_lines(&g);
	f->providers = traffic_of(&g, &g.providers, &f->providers_n);
	f->streams = traffic_of(&g, &g.streams, &f->streams_n);
	f->sources = traffic_of(&g, &g.sources, &f->sources_n);
	fill_reasons(&g);
	fill_categories(&g);
	read_lapses(&g);
	fill_changes(&g);
	bins_free(&g.providers);
	bins_free(&g.streams);
	bins_free(&g.sources);
	bins_free(&g.categories);
	bins_free(&g.reasons);
	free(g.parts);
	return g.status;
}
