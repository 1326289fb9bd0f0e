/* past.c - every series with what came before: read from the database, and the tests of a jump kept
 * there. */
#include "watch/past.h"

rbf_jump *rbf_past_jump(rbf_series *s, int what)
{
	return what == 0 ? &s->blocked : what == 1 ? &s->struck : &s->failed;
}

const char *rbf_past_name(const rbf_key *key, rbf_series_kind kind)
{
	return kind == RBF_SERIES_PROVIDER  ? key->provider
		: kind == RBF_SERIES_STREAM ? key->stream
					    : key->source_ip;
}

/* The past of every series. */
static void load_row(void *ud, const rbf_key *key, int64_t step_ms, const rbf_tally *tally)
{
	rbf_past *p = ud;
	bool fresh, evicted;
	for (int k = 0; k < RBF_SERIES_KIND_N; k++) {
		const char *name = rbf_past_name(key, (rbf_series_kind)k);
		rbf_series *s = name[0]
			? rbf_series_of(p->table, (rbf_series_kind)k, name, &fresh, &evicted)
			: NULL;
		if (s)
			rbf_rate_add(&s->rate, step_ms, tally);
	}
}

rebuff_status rbf_past_keep(rbf_past *p, rbf_series *s, rebuff_error *err)
{
	rebuff_status status = REBUFF_OK;
	for (int what = 0; what < RBF_PAST_JUMPS && status == REBUFF_OK; what++) {
		rbf_jump *j = rbf_past_jump(s, what);
		if (!j->n && !j->kept)
			continue;
		const rbf_jump_row row = {.kind = (int)s->kind,
			.what = what,
			.name = s->name,
			.sum = j->sum,
			.yes = j->yes,
			.no = j->no,
			.recent = j->recent,
			.peak = j->peak,
			.past_ms = j->past_ms,
			.since_ms = j->since_ms,
			.n = j->n,
			.hits = j->hits};
		status = rbf_store_jump(p->store, &row, err);
		j->kept = j->n > 0;
	}
	return status;
}

static void take_jump(rbf_series *s, const rbf_jump_row *row)
{
	if (row->what < 0 || row->what >= RBF_PAST_JUMPS)
		return;
	*rbf_past_jump(s, row->what) = (rbf_jump){.sum = row->sum,
		.yes = row->yes,
		.no = row->no,
		.past_ms = row->past_ms,
		.n = row->n,
		.hits = row->hits,
		.since_ms = row->since_ms,
		.recent = row->recent,
		.peak = row->peak,
		.kept = true};
}

static void load_jump(void *ud, const rbf_jump_row *row)
{
	rbf_past *p = ud;
	bool fresh, evicted;
	rbf_series *s = row->kind >= 0 && row->kind < RBF_SERIES_KIND_N
		? rbf_series_of(p->table, (rbf_series_kind)row->kind, row->name, &fresh, &evicted)
		: NULL;
	if (s)
		take_jump(s, row);
}

static void load_jump_into(void *ud, const rbf_jump_row *row)
{
	take_jump(ud, row);
}

static void load_into(void *ud, const rbf_key *key, int64_t step_ms, const rbf_tally *tally)
{
	(void)key;
	rbf_rate_add(ud, step_ms, tally);
}

rebuff_status rbf_past_load(rbf_past *p, int64_t now_ms, rebuff_error *err)
{
	if (p->loaded)
		return REBUFF_OK;
	rbf_series_clear(p->table);
	rebuff_status status = rbf_store_tallies(p->store, RBF_TALLIES_ALL, "",
		rbf_window_start(RBF_WINDOW_MONTH, now_ms), load_row, p, err);
	if (status == REBUFF_OK)
		status = rbf_store_jumps(p->store, -1, "", load_jump, p, err);
	p->loaded = status == REBUFF_OK;
	return status;
}

rebuff_status rbf_past_series(rbf_past *p, rbf_series_kind kind, const char *name, int64_t now_ms,
	rbf_series **out, rebuff_error *err)
{
	static const rbf_tallies_of of[] = {
		RBF_TALLIES_PROVIDER, RBF_TALLIES_STREAM, RBF_TALLIES_IP};
	bool fresh = false, evicted = false;
	*out = name[0] ? rbf_series_of(p->table, kind, name, &fresh, &evicted) : NULL;
	if (!*out || !fresh || !evicted)
		return REBUFF_OK;
	rebuff_status status = rbf_store_tallies(p->store, of[kind], name,
		rbf_window_start(RBF_WINDOW_MONTH, now_ms), load_into, &(*out)->rate, err);
	return status == REBUFF_OK
		? rbf_store_jumps(p->store, (int)kind, name, load_jump_into, *out, err)
		: status;
}
