/* json.c - report and status for programs. Times are RFC 3339 in UTC, lengths are milliseconds,
 * unknown is null. */
#include <jansson.h>
#include <string.h>

#include "base/error.h"
#include "report/findings.h"
#include "report/render.h"
#include "report/sink.h"

/* Bytes that are no UTF-8 cannot stand in JSON; nor should they be in the database. */
static json_t *text(const char *s)
{
	char shown[REBUFF_REPLY_MAX];
	json_t *o = json_string(s);
	if (o)
		return o;
	rbf_printable(shown, sizeof shown, s);
	return json_string(shown);
}

static json_t *when(int64_t ms)
{
	char out[RBF_WHEN_MAX];
	return ms ? json_string(rbf_when_utc(ms, out)) : json_null();
}

static json_t *number(int64_t n)
{
	return json_integer((json_int_t)n);
}

static json_t *known(int64_t n)
{
	return n < 0 ? json_null() : number(n);
}

static json_t *traffic_json(const void *row)
{
	const rbf_traffic *t = row;
	return json_pack("{s:o,s:o,s:o,s:o,s:o,s:o,s:f,s:f,s:b,s:b,s:o,s:o}", /* */
		"name", text(rbf_provider_shown(t->name)), "attempts", number(t->attempts),
		"accepted", number(t->accepted), "deferred", number(t->deferred), "refused",
		number(t->refused), "dead", number(t->hard), /* */
		"dead_rate", rbf_traffic_hard_rate(t), "refused_rate", rbf_traffic_total_rate(t),
		"dead_over_line", rbf_traffic_counts(t) && rbf_traffic_hard_rate(t) > RBF_HARD_LINE,
		"refused_over_line",
		rbf_traffic_counts(t) && rbf_traffic_total_rate(t) > RBF_TOTAL_LINE,
		"accepted_after_median_ms", known(t->median_ms), "accepted_after_p95_ms",
		known(t->p95_ms));
}

static json_t *reason_json(const void *row)
{
	const rbf_reason *r = row;
	return json_pack("{s:o,s:s,s:s,s:s,s:o,s:i,s:o,s:o}", "provider",
		text(rbf_provider_shown(r->provider)), "outcome",
		r->refused ? "refused" : "deferred", "category", rebuff_category_name(r->category),
		"fault", rebuff_fault_name(r->fault), "n", number(r->n), "code", r->code, "reply",
		text(r->text), "rule", text(r->rule));
}

static json_t *waits_json(const void *row)
{
	const rbf_waits *w = row;
	return json_pack("{s:o,s:s,s:o,s:o,s:o,s:o}", "provider",
		text(rbf_provider_shown(w->provider)), "category",
		rebuff_category_name(w->category), "n", number(w->n), "frozen", number(w->frozen),
		"first", when(w->first_ms), "last", when(w->last_ms));
}

static json_t *lane_json(const void *row)
{
	const rbf_lane *l = row;
	return json_pack("{s:o,s:o,s:o,s:f,s:o,s:o}", "provider", text(l->provider), "node",
		text(l->node), "source_ip", text(l->source_ip), "rate_per_minute", l->rate, "since",
		when(l->since_ms), "why", text(l->why));
}

static json_t *held_json(const void *row)
{
	const rbf_held *h = row;
	return json_pack("{s:o,s:o,s:o,s:o,s:o,s:o,s:o,s:b,s:o,s:o}", "provider", text(h->provider),
		"stream", text(h->stream), "source_ip", text(h->source_ip), "since",
		when(h->since_ms), "until", when(h->until_ms), "reason", text(h->reason), "by",
		text(h->by), "probing", h->probing, "refused_probes", number(h->refused_probes),
		"waiting", number(h->waiting));
}

static json_t *released_json(const void *row)
{
	const rbf_released *h = row;
	return json_pack("{s:o,s:o,s:o,s:o,s:o,s:o,s:o,s:o,s:o,s:o}", "provider", text(h->provider),
		"stream", text(h->stream), "source_ip", text(h->source_ip), "since",
		when(h->since_ms), "ended", when(h->ended_ms), "reason", text(h->reason), "by",
		text(h->by), "released_by", text(h->released_by), "note", text(h->note), "checked",
		text(h->checked));
}

static json_t *warming_json(const void *row)
{
	const rbf_warming *w = row;
	return json_pack("{s:o,s:o,s:o,s:o,s:o,s:o,s:o,s:b}", "ip", text(w->ip), "provider",
		text(w->provider), "node", text(w->node), "day", number(w->day), "days",
		number(w->days), "sent", number(w->sent), "cap", number(w->cap), "paused",
		w->paused);
}

static json_t *tripped_json(const void *row)
{
	const rbf_tripped *b = row;
	return json_pack("{s:o,s:o,s:o}", "provider", text(rbf_provider_shown(b->provider)),
		"since", when(b->since_ms), "candidates", number(b->candidates));
}

static json_t *alarm_json(const void *row)
{
	const rbf_alarm *a = row;
	return json_pack("{s:o,s:o,s:o,s:o,s:o,s:s,s:o,s:o,s:o,s:o,s:o}", "time", when(a->time_ms),
		"kind", text(a->kind), "provider", text(a->provider), "stream", text(a->stream),
		"source_ip", text(a->source_ip), "acted", rbf_alarm_acted(a), "seen",
		number(a->seen), "over", when(a->ended_ms), "text", text(a->text), "reply",
		text(a->evidence), "checked", text(a->checked));
}

static json_t *spared_json(const void *row)
{
	const rbf_spared *s = row;
	return json_pack("{s:o,s:o,s:o,s:s,s:s,s:i,s:b,s:o,s:o}", "time", when(s->time_ms),
		"recipient", text(s->recipient), "provider", text(rbf_provider_shown(s->provider)),
		"category", rebuff_category_name(s->category), "fault", rebuff_fault_name(s->fault),
		"code", s->code, "would_be_suppressed", s->would, "why", text(s->why), "reply",
		text(s->text));
}

static json_t *trusted_json(const void *row)
{
	const rbf_trusted *t = row;
	return json_pack("{s:s,s:o,s:o,s:o,s:o}", "trust", rebuff_trust_name(t->trust), "failed",
		number(t->failed), "delayed", number(t->delayed), "complaints",
		number(t->complaints), "suppressed", number(t->suppressed));
}

static json_t *said_json(const void *row)
{
	const rbf_said *s = row;
	return json_pack("{s:o,s:s,s:s,s:o,s:o,s:s,s:i,s:s,s:o,s:o,s:o,s:o}", "time",
		when(s->time_ms), "trust", rebuff_trust_name(s->trust), "kind",
		rebuff_message_kind_name(s->kind), "recipient", text(s->recipient), "provider",
		text(rbf_provider_shown(s->provider)), "category",
		rebuff_category_name(s->category), "code", s->code, "outcome", rbf_said_outcome(s),
		"accepted", when(s->sent_ms), "id", text(s->id), "why", text(s->why), "reply",
		text(s->text));
}

static json_t *listed_json(const void *row)
{
	const rbf_listed *l = row;
	return json_pack("{s:s,s:o,s:o,s:o}", "class", rebuff_class_name(l->class_), "added",
		number(l->added), "in_force", number(l->active), "run_out", number(l->run_out));
}

static json_t *categorised_json(const void *row)
{
	const rbf_categorised *c = row;
	return json_pack("{s:s,s:s,s:s,s:o,s:o}", "category", rebuff_category_name(c->category),
		"outcome", c->refused ? "refused" : "deferred", "fault",
		rebuff_fault_name(c->fault), "n", number(c->n), "before", number(c->was));
}

static json_t *within_json(const void *row)
{
	const rbf_within *w = row;
	return json_pack("{s:o,s:o}", "within_ms", w->end_ms ? number(w->end_ms) : json_null(),
		"accepted", number(w->n));
}

static json_t *change_json(const void *row)
{
	const rbf_change *c = row;
	return json_pack("{s:s,s:o,s:o,s:o,s:f,s:f}", "what", c->what, "name",
		text(rbf_provider_shown(c->name)), "n", number(c->n), "before", number(c->was_n),
		"rate", c->rate, "rate_before", c->was_rate);
}

static json_t *would_hold_json(const void *row)
{
	const rbf_would_hold *h = row;
	return json_pack("{s:o,s:o,s:o}", "provider", text(h->provider), "stream", text(h->stream),
		"n", number(h->n));
}

static json_t *rows_json(const void *rows, size_t n, size_t size, json_t *(*one)(const void *row))
{
	json_t *all = json_array();
	for (size_t i = 0; i < n; i++)
		json_array_append_new(all, one((const char *)rows + i * size));
	return all;
}
#define ROWS(f, name, one) rows_json((f)->name, (f)->name##_n, sizeof *(f)->name, one)

/* How things stand now: in both documents. */
static void add_standing(json_t *o, const rbf_facts *f)
{
	json_object_set_new(o, "waiting_recipients", number(f->waiting));
	json_object_set_new(o, "open_recipients", number(f->open));
	json_object_set_new(o, "suppressions", ROWS(f, listed, listed_json));
	json_object_set_new(o, "waiting", ROWS(f, waits, waits_json));
	json_object_set_new(o, "slow_lanes", ROWS(f, lanes, lane_json));
	json_object_set_new(o, "holds", ROWS(f, holds, held_json));
	json_object_set_new(o, "released", ROWS(f, released, released_json));
	json_object_set_new(o, "warmup", ROWS(f, warmups, warming_json));
	json_object_set_new(o, "breakers", ROWS(f, breakers, tripped_json));
	json_object_set_new(o, "messages",
		json_pack("{s:o,s:o,s:o}", "arrived", number(f->arrived), "unread",
			number(f->unread), "foreign", number(f->backscatter)));
	json_object_set_new(o, "trust", ROWS(f, trusts, trusted_json));
	json_object_set_new(o, "alarms", ROWS(f, alarms, alarm_json));
	json_object_set_new(o, "would_suppress_addresses", number(f->would_suppress));
	json_object_set_new(o, "would_hold", ROWS(f, would_hold, would_hold_json));
}

static int dump(const char *bytes, size_t len, void *ud)
{
	const rebuff_output *out = ud;
	out->write(out->ud, (rebuff_span){bytes, len});
	return 0;
}

static rebuff_status finish(json_t *o, const rebuff_output *out, rebuff_error *err)
{
	rebuff_output sink = *out;
	int failed =
		!o || json_dump_callback(o, dump, &sink, JSON_COMPACT | JSON_REAL_PRECISION(6));
	json_decref(o);
	if (failed)
		return rbf_fail(err, REBUFF_ENOMEM, "no memory for the report");
	rbf_put(out, "\n");
	return REBUFF_OK;
}

rebuff_status rbf_report_json(const rbf_facts *f, const rebuff_output *out, rebuff_error *err)
{
	char sentences[RBF_SENTENCES][REBUFF_TEXT_MAX];
	json_t *o = json_object();
	rbf_findings(f, sentences);
	json_object_set_new(o, "from", when(f->from_ms));
	json_object_set_new(o, "to", when(rbf_facts_end(f)));
	json_object_set_new(o, "findings",
		json_pack("[o,o,o]", text(sentences[0]), text(sentences[1]), text(sentences[2])));
	json_object_set_new(o, "total", traffic_json(&f->all));
	json_object_set_new(o, "providers", ROWS(f, providers, traffic_json));
	json_object_set_new(o, "streams", ROWS(f, streams, traffic_json));
	json_object_set_new(o, "sources", ROWS(f, sources, traffic_json));
	json_object_set_new(o, "categories", ROWS(f, categories, categorised_json));
	json_object_set_new(o, "changes", ROWS(f, changes, change_json));
	json_object_set_new(o, "acceptance", ROWS(f, within, within_json));
	json_object_set_new(o, "reasons", ROWS(f, reasons, reason_json));
	json_object_set_new(o, "refused_not_suppressed_n", number(f->spared_all));
	json_object_set_new(o, "late", ROWS(f, late, said_json));
	json_object_set_new(o, "refused_not_suppressed", ROWS(f, spared, spared_json));
	add_standing(o, f);
	return finish(o, out, err);
}

rebuff_status rbf_status_json(
	const rbf_facts *f, const rbf_standing *s, const rebuff_output *out, rebuff_error *err)
{
	json_t *o = json_pack("{s:o,s:s,s:{s:o,s:o,s:o,s:o,s:o,s:o},s:o}", "time", when(f->now_ms),
		"mode", s->observe ? "observe" : "act", "policy", "data_dir", text(s->data_dir),
		"config_dir", text(s->config_dir), "files", number((int64_t)s->files), "rules",
		number((int64_t)s->rules), "providers", number((int64_t)s->providers), "read",
		when(s->loaded_ms), "database", text(s->state_file));
	if (o)
		add_standing(o, f);
	return finish(o, out, err);
}
