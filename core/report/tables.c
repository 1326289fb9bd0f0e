#include "report/tables.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/span.h"
#include "report/findings.h"
#include "report/sink.h"

/* ---- rows ---------------------------------------------------------------------------------- */

#define COUNT_OF(name)                                                                             \
	static size_t name##_rows(const rbf_facts *f)                                              \
	{                                                                                          \
		return f->name##_n;                                                                \
	}
COUNT_OF(providers)
COUNT_OF(streams)
COUNT_OF(sources)
COUNT_OF(categories)
COUNT_OF(within)
COUNT_OF(changes)
COUNT_OF(reasons)
COUNT_OF(waits)
COUNT_OF(lanes)
COUNT_OF(holds)
COUNT_OF(released)
COUNT_OF(warmups)
COUNT_OF(breakers)
COUNT_OF(alarms)
COUNT_OF(spared)
COUNT_OF(listed)
COUNT_OF(trusts)
COUNT_OF(late)
COUNT_OF(times)

static void traffic_row(const rbf_traffic *t, rbf_cell *c)
{
	c[0].text = rbf_provider_shown(t->name);
	c[1].n = t->attempts;
	c[2].n = t->accepted;
	c[3].n = t->deferred;
	c[4].n = t->refused;
	c[5].n = t->hard;
	c[6].x = rbf_traffic_hard_rate(t);
	c[6].over = rbf_traffic_counts(t) && c[6].x > RBF_HARD_LINE;
	c[7].x = rbf_traffic_total_rate(t);
	c[7].over = rbf_traffic_counts(t) && c[7].x > RBF_TOTAL_LINE;
}

static void providers_row(const rbf_facts *f, size_t i, rbf_cell *c)
{
	traffic_row(&f->providers[i], c);
	c[8].n = f->providers[i].median_ms;
	c[9].n = f->providers[i].p95_ms;
}

static void streams_row(const rbf_facts *f, size_t i, rbf_cell *c)
{
	traffic_row(&f->streams[i], c);
}

static void sources_row(const rbf_facts *f, size_t i, rbf_cell *c)
{
	traffic_row(&f->sources[i], c);
	c[0].text = *f->sources[i].name ? f->sources[i].name : "(not known)";
}

static void categories_row(const rbf_facts *f, size_t i, rbf_cell *c)
{
	const rbf_categorised *k = &f->categories[i];
	c[0].text = rebuff_category_name(k->category);
	c[1].text = k->refused ? "refused" : "put off";
	c[2].text = rebuff_fault_name(k->fault);
	c[3].n = k->n;
	c[4].n = k->was;
}

static void within_row(const rbf_facts *f, size_t i, rbf_cell *c)
{
	int64_t all = 0, until = 0;
	for (size_t k = 0; k < f->within_n; k++) {
		all += f->within[k].n;
		until += k <= i ? f->within[k].n : 0;
	}
	c[0].n = f->within[i].end_ms ? f->within[i].end_ms : -1;
	c[1].n = f->within[i].n;
	c[2].x = all ? (double)until / (double)all : 0;
}

static void changes_row(const rbf_facts *f, size_t i, rbf_cell *c)
{
	const rbf_change *k = &f->changes[i];
	c[0].text = k->what;
	c[1].text = rbf_provider_shown(k->name);
	c[2].n = k->was_n;
	c[3].n = k->n;
	c[4].x = k->was_rate;
	c[5].x = k->rate;
}

static void times_row(const rbf_facts *f, size_t i, rbf_cell *c)
{
	c[0].n = f->times[i].start_ms;
	c[1].n = f->times[i].accepted;
	c[2].n = f->times[i].deferred;
	c[3].n = f->times[i].refused;
}

static void reasons_row(const rbf_facts *f, size_t i, rbf_cell *c)
{
	const rbf_reason *r = &f->reasons[i];
	c[0].n = r->n;
	c[1].text = r->refused ? "refused" : "put off";
	c[2].text = rebuff_category_name(r->category);
	c[3].text = rbf_provider_shown(r->provider);
	c[4].text = rebuff_fault_name(r->fault);
	c[5].text = r->text;
	c[6].text = r->rule;
}

static void waits_row(const rbf_facts *f, size_t i, rbf_cell *c)
{
	const rbf_waits *w = &f->waits[i];
	c[0].text = rbf_provider_shown(w->provider);
	c[1].text = rebuff_category_name(w->category);
	c[2].n = w->n;
	c[3].n = w->frozen;
	c[4].n = w->first_ms;
	c[5].n = w->last_ms;
}

static void lanes_row(const rbf_facts *f, size_t i, rbf_cell *c)
{
	const rbf_lane *l = &f->lanes[i];
	c[0].text = rbf_provider_shown(l->provider);
	c[1].text = l->node;
	c[2].text = l->source_ip;
	c[3].x = l->rate;
	c[4].n = l->since_ms;
	c[5].text = l->why;
}

/* Whom a hold is about; "" is all of them. */
static void put_scope(rbf_cell *c, const char *provider, const char *stream, const char *source_ip)
{
	c[0].text = *provider ? provider : "every provider";
	c[1].text = *stream ? stream : "every stream";
	c[2].text = *source_ip ? source_ip : "every IP";
}

static void holds_row(const rbf_facts *f, size_t i, rbf_cell *c)
{
	const rbf_held *h = &f->holds[i];
	put_scope(c, h->provider, h->stream, h->source_ip);
	c[3].n = h->since_ms;
	c[4].n = h->until_ms;
	c[5].n = h->waiting;
	c[6].n = h->refused_probes;
	c[7].text = h->reason;
	c[8].text = h->by;
}

static void released_row(const rbf_facts *f, size_t i, rbf_cell *c)
{
	const rbf_released *h = &f->released[i];
	put_scope(c, h->provider, h->stream, h->source_ip);
	c[3].n = h->since_ms;
	c[4].n = h->ended_ms;
	c[5].text = h->reason;
	c[6].text = h->by;
	c[7].text = h->released_by;
	c[8].text = h->note;
	c[9].text = h->checked;
}

static void warmups_row(const rbf_facts *f, size_t i, rbf_cell *c)
{
	const rbf_warming *w = &f->warmups[i];
	c[0].text = w->ip;
	c[1].text = rbf_provider_shown(w->provider);
	c[2].text = w->node;
	c[3].n = w->day;
	c[4].n = w->days;
	c[5].n = w->sent;
	c[6].n = w->cap;
	c[7].text = !w->day ? "over" : w->paused ? "stands still" : "goes on";
}

static void breakers_row(const rbf_facts *f, size_t i, rbf_cell *c)
{
	c[0].text = rbf_provider_shown(f->breakers[i].provider);
	c[1].n = f->breakers[i].since_ms;
	c[2].n = f->breakers[i].candidates;
}

static void alarms_row(const rbf_facts *f, size_t i, rbf_cell *c)
{
	const rbf_alarm *a = &f->alarms[i];
	c[0].n = a->time_ms;
	c[1].text = a->kind;
	c[2].text = a->provider;
	c[3].text = a->stream;
	c[4].text = a->source_ip;
	c[5].text = rbf_alarm_acted(a);
	c[6].n = a->seen;
	c[7].n = a->ended_ms;
	c[8].text = a->text;
	c[9].text = a->evidence;
	c[10].text = a->checked;
}

static void spared_row(const rbf_facts *f, size_t i, rbf_cell *c)
{
	const rbf_spared *s = &f->spared[i];
	c[0].n = s->time_ms;
	c[1].text = *s->recipient ? s->recipient : "(forgotten)";
	c[2].text = rbf_provider_shown(s->provider);
	c[3].text = rebuff_category_name(s->category);
	c[4].text = rebuff_fault_name(s->fault);
	c[5].text = s->why;
	c[6].text = s->text;
}

static void trusts_row(const rbf_facts *f, size_t i, rbf_cell *c)
{
	c[0].text = rebuff_trust_name(f->trusts[i].trust);
	c[1].n = f->trusts[i].failed;
	c[2].n = f->trusts[i].delayed;
	c[3].n = f->trusts[i].complaints;
	c[4].n = f->trusts[i].suppressed;
}

static void late_row(const rbf_facts *f, size_t i, rbf_cell *c)
{
	const rbf_said *s = &f->late[i];
	c[0].n = s->time_ms;
	c[1].text = rebuff_trust_name(s->trust);
	c[2].text = rebuff_message_kind_name(s->kind);
	c[3].text = *s->recipient ? s->recipient : "(nobody named)";
	c[4].text = rbf_provider_shown(s->provider);
	c[5].text = rebuff_category_name(s->category);
	c[6].text = rbf_said_outcome(s);
	c[7].n = s->sent_ms;
	c[8].text = s->id;
	c[9].text = s->why;
	c[10].text = s->text;
}

static void listed_row(const rbf_facts *f, size_t i, rbf_cell *c)
{
	c[0].text = rebuff_class_name(f->listed[i].class_);
	c[1].n = f->listed[i].added;
	c[2].n = f->listed[i].active;
	c[3].n = f->listed[i].run_out;
}

/* ---- the tables ---------------------------------------------------------------------------- */

#define TRAFFIC                                                                                    \
	{"attempts", RBF_CELL_COUNT}, {"accepted", RBF_CELL_COUNT}, {"put_off", RBF_CELL_COUNT},   \
		{"refused", RBF_CELL_COUNT}, {"dead", RBF_CELL_COUNT},                             \
		{"dead_rate", RBF_CELL_RATE},                                                      \
	{                                                                                          \
		"refused_rate", RBF_CELL_RATE                                                      \
	}

const rbf_table rbf_tables[] = {
	{"providers", "Answers by provider",
		{{"provider", RBF_CELL_TEXT}, TRAFFIC, {"median", RBF_CELL_LENGTH},
			{"p95", RBF_CELL_LENGTH}},
		providers_rows, providers_row},
	{"streams", "Answers by stream", {{"stream", RBF_CELL_TEXT}, TRAFFIC}, streams_rows,
		streams_row},
	{"sources", "Answers by sending IP", {{"sending_ip", RBF_CELL_TEXT}, TRAFFIC}, sources_rows,
		sources_row},
	{"categories", "Answers by category",
		{{"category", RBF_CELL_TEXT}, {"outcome", RBF_CELL_TEXT}, {"fault", RBF_CELL_TEXT},
			{"count", RBF_CELL_COUNT}, {"period_before", RBF_CELL_COUNT}},
		categories_rows, categories_row},
	{"changes", "What changed against the period before",
		{{"what", RBF_CELL_TEXT}, {"name", RBF_CELL_TEXT},
			{"outcomes_before", RBF_CELL_COUNT}, {"outcomes", RBF_CELL_COUNT},
			{"rate_before", RBF_CELL_RATE}, {"rate", RBF_CELL_RATE}},
		changes_rows, changes_row},
	{"acceptance", "Time from submission to acceptance",
		{{"within", RBF_CELL_LENGTH}, {"accepted", RBF_CELL_COUNT},
			{"share_so_far", RBF_CELL_RATE}},
		within_rows, within_row},
	{"times", "Answers over time",
		{{"from", RBF_CELL_TIME}, {"accepted", RBF_CELL_COUNT}, {"put_off", RBF_CELL_COUNT},
			{"refused", RBF_CELL_COUNT}},
		times_rows, times_row},
	{"reasons", "Reasons, each with one reply",
		{{"count", RBF_CELL_COUNT}, {"outcome", RBF_CELL_TEXT}, {"category", RBF_CELL_TEXT},
			{"provider", RBF_CELL_TEXT}, {"fault", RBF_CELL_TEXT},
			{"reply", RBF_CELL_QUOTE}, {"rule", RBF_CELL_TEXT}},
		reasons_rows, reasons_row},
	{"suppressions", "Suppressions",
		{{"class", RBF_CELL_TEXT}, {"added", RBF_CELL_COUNT}, {"in_force", RBF_CELL_COUNT},
			{"run_out", RBF_CELL_COUNT}},
		listed_rows, listed_row},
	{"waiting", "Waiting for the next attempt",
		{{"provider", RBF_CELL_TEXT}, {"category", RBF_CELL_TEXT},
			{"recipients", RBF_CELL_COUNT}, {"frozen", RBF_CELL_COUNT},
			{"first", RBF_CELL_TIME}, {"last", RBF_CELL_TIME}},
		waits_rows, waits_row},
	{"lanes", "Slow lanes",
		{{"provider", RBF_CELL_TEXT}, {"node", RBF_CELL_TEXT}, {"source_ip", RBF_CELL_TEXT},
			{"rate_per_minute", RBF_CELL_PACE}, {"since", RBF_CELL_TIME},
			{"why", RBF_CELL_QUOTE}},
		lanes_rows, lanes_row},
	{"holds", "Held",
		{{"provider", RBF_CELL_TEXT}, {"stream", RBF_CELL_TEXT},
			{"sending_ip", RBF_CELL_TEXT}, {"since", RBF_CELL_TIME},
			{"until", RBF_CELL_TIME}, {"waiting", RBF_CELL_COUNT},
			{"refused_probes", RBF_CELL_COUNT}, {"reason", RBF_CELL_QUOTE},
			{"by", RBF_CELL_TEXT}},
		holds_rows, holds_row},
	{"released", "Holds that ended",
		{{"provider", RBF_CELL_TEXT}, {"stream", RBF_CELL_TEXT},
			{"sending_ip", RBF_CELL_TEXT}, {"since", RBF_CELL_TIME},
			{"ended", RBF_CELL_TIME}, {"reason", RBF_CELL_QUOTE}, {"by", RBF_CELL_TEXT},
			{"released_by", RBF_CELL_TEXT}, {"why", RBF_CELL_QUOTE},
			{"checks", RBF_CELL_QUOTE}},
		released_rows, released_row},
	{"breakers", "Suppressing has stopped",
		{{"provider", RBF_CELL_TEXT}, {"since", RBF_CELL_TIME},
			{"candidates", RBF_CELL_COUNT}},
		breakers_rows, breakers_row},
	{"alarms", "Alarms",
		{{"time", RBF_CELL_TIME}, {"kind", RBF_CELL_TEXT}, {"provider", RBF_CELL_TEXT},
			{"stream", RBF_CELL_TEXT}, {"sending_ip", RBF_CELL_TEXT},
			{"followed_by", RBF_CELL_TEXT}, {"found", RBF_CELL_COUNT},
			{"over", RBF_CELL_TIME}, {"text", RBF_CELL_QUOTE},
			{"reply", RBF_CELL_QUOTE}, {"checks", RBF_CELL_QUOTE}},
		alarms_rows, alarms_row},
	{"warmup", "Warm-up",
		{{"sending_ip", RBF_CELL_TEXT}, {"provider", RBF_CELL_TEXT},
			{"node", RBF_CELL_TEXT}, {"day", RBF_CELL_COUNT}, {"days", RBF_CELL_COUNT},
			{"sent_today", RBF_CELL_COUNT}, {"of", RBF_CELL_COUNT},
			{"plan", RBF_CELL_TEXT}},
		warmups_rows, warmups_row},
	{"trust", "Bounces and complaints that came as messages, by trust",
		{{"trust", RBF_CELL_TEXT}, {"failed", RBF_CELL_COUNT}, {"delayed", RBF_CELL_COUNT},
			{"complaints", RBF_CELL_COUNT}, {"suppressed", RBF_CELL_COUNT}},
		trusts_rows, trusts_row},
	{"late", "Bounces and complaints that came as messages",
		{{"time", RBF_CELL_TIME}, {"trust", RBF_CELL_TEXT}, {"kind", RBF_CELL_TEXT},
			{"recipient", RBF_CELL_QUOTE}, {"provider", RBF_CELL_TEXT},
			{"category", RBF_CELL_TEXT}, {"outcome", RBF_CELL_TEXT},
			{"accepted", RBF_CELL_TIME}, {"id", RBF_CELL_TEXT}, {"why", RBF_CELL_TEXT},
			{"reply", RBF_CELL_QUOTE}},
		late_rows, late_row},
	{"refused", "Refused with a 5xx and not suppressed",
		{{"time", RBF_CELL_TIME}, {"recipient", RBF_CELL_QUOTE},
			{"provider", RBF_CELL_TEXT}, {"category", RBF_CELL_TEXT},
			{"fault", RBF_CELL_TEXT}, {"why", RBF_CELL_TEXT},
			{"reply", RBF_CELL_QUOTE}},
		spared_rows, spared_row},
	{NULL, NULL, {{NULL, RBF_CELL_TEXT}}, NULL, NULL},
};

const rbf_table *rbf_table_of(rebuff_span id)
{
	for (const rbf_table *t = rbf_tables; t->id; t++) {
		if (rbf_span_eq(id, rbf_span_of(t->id)))
			return t;
	}
	return NULL;
}

size_t rbf_table_columns(const rbf_table *table)
{
	size_t n = 0;
	while (n < RBF_TABLE_COLUMNS_MAX && table->columns[n].name)
		n++;
	return n;
}

/* ---- cells --------------------------------------------------------------------------------- */

bool rbf_cell_numeric(rbf_cell_kind kind)
{
	return kind != RBF_CELL_TEXT && kind != RBF_CELL_QUOTE && kind != RBF_CELL_TIME;
}

void rbf_cell_people(const rbf_column *column, const rbf_cell *cell, char out[RBF_CELL_MAX])
{
	char text[RBF_WHEN_MAX];
	switch (column->kind) {
	case RBF_CELL_TEXT:
	case RBF_CELL_QUOTE:
		rbf_printable(out, RBF_CELL_MAX, cell->text ? cell->text : "");
		break;
	case RBF_CELL_COUNT:
		snprintf(out, RBF_CELL_MAX, "%" PRId64, cell->n);
		break;
	case RBF_CELL_RATE:
		snprintf(out, RBF_CELL_MAX, "%.1f %%%s", 100 * cell->x, cell->over ? " !" : "");
		break;
	case RBF_CELL_TIME:
		snprintf(out, RBF_CELL_MAX, "%s", cell->n ? rbf_when_local(cell->n, text) : "-");
		break;
	case RBF_CELL_LENGTH:
		snprintf(out, RBF_CELL_MAX, "%s", cell->n < 0 ? "-" : rbf_length(cell->n, text));
		break;
	case RBF_CELL_PACE:
		snprintf(out, RBF_CELL_MAX, "%.3g", cell->x);
		break;
	}
}

void rbf_cell_machine(const rbf_column *column, const rbf_cell *cell, char out[RBF_CELL_MAX])
{
	char text[RBF_WHEN_MAX];
	switch (column->kind) {
	case RBF_CELL_TEXT:
	case RBF_CELL_QUOTE:
		rbf_printable(out, RBF_CELL_MAX, cell->text ? cell->text : "");
		break;
	case RBF_CELL_COUNT:
		snprintf(out, RBF_CELL_MAX, "%" PRId64, cell->n);
		break;
	case RBF_CELL_RATE:
		snprintf(out, RBF_CELL_MAX, "%.6f", cell->x);
		break;
	case RBF_CELL_TIME:
		snprintf(out, RBF_CELL_MAX, "%s", cell->n ? rbf_when_utc(cell->n, text) : "");
		break;
	case RBF_CELL_LENGTH:
		if (cell->n < 0)
			out[0] = '\0';
		else
			snprintf(out, RBF_CELL_MAX, "%" PRId64, cell->n);
		break;
	case RBF_CELL_PACE:
		snprintf(out, RBF_CELL_MAX, "%.6g", cell->x);
		break;
	}
}
