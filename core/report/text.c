/* text.c - report and status for people: aligned, coloured only when asked for. */
#include <inttypes.h>
#include <string.h>

#include "report/findings.h"
#include "report/render.h"
#include "report/sink.h"

enum { QUOTE_MAX = 160, SPARED_SHOWN = 20, TRAFFIC_SHOWN = 20, NAME_SHOWN = 20 };

static const char *bold(const rebuff_output *out)
{
	return out->colour ? "\033[1m" : "";
}

static const char *red(const rebuff_output *out)
{
	return out->colour ? "\033[31m" : "";
}

static const char *plain(const rebuff_output *out)
{
	return out->colour ? "\033[0m" : "";
}

/* A name in a column. */
static void put_name(const rebuff_output *out, const char *name)
{
	char shown[NAME_SHOWN + 1];
	rbf_printable(shown, sizeof shown, rbf_provider_shown(name));
	rbf_putf(out, "  %-*s", NAME_SHOWN, shown);
}

/* A name within a line. */
static void put_inline(const rebuff_output *out, const char *name)
{
	rbf_put_printable(out, rbf_provider_shown(name), REBUFF_NAME_MAX);
}

static void put_more(const rebuff_output *out, int64_t more)
{
	if (more > 0)
		rbf_putf(out, "  and %" PRId64 " more; --json lists up to a thousand\n", more);
}

/* ---- traffic ------------------------------------------------------------------------------- */

static void put_rate(const rebuff_output *out, const rbf_traffic *t, double rate, double line)
{
	bool over = rbf_traffic_counts(t) && rate > line;
	rbf_putf(out, " %s%6.1f %%%s%s", over ? red(out) : "", 100 * rate, over ? "!" : " ",
		over ? plain(out) : "");
}

static void put_time(const rebuff_output *out, int64_t ms)
{
	char length[RBF_SPAN_MAX];
	rbf_putf(out, " %12s", ms < 0 ? "-" : rbf_length(ms, length));
}

static void put_traffic(
	const rebuff_output *out, const rbf_traffic *t, size_t n, const char *what, bool times)
{
	size_t more = n > TRAFFIC_SHOWN ? n - TRAFFIC_SHOWN : 0;
	rbf_putf(out, "  %-*s %8s %8s %8s %8s %9s %9s", NAME_SHOWN, what, "attempts", "accepted",
		"put off", "refused", "dead", "refused");
	rbf_put(out, times ? "       median          p95\n" : "\n");
	bool sources = strcmp(what, "SENDING IP") == 0;
	for (size_t i = 0; i < n - more; i++, t++) {
		put_name(out, sources && !*t->name ? "(not known)" : t->name);
		rbf_putf(out, " %8" PRId64 " %8" PRId64 " %8" PRId64 " %8" PRId64, t->attempts,
			t->accepted, t->deferred, t->refused);
		put_rate(out, t, rbf_traffic_hard_rate(t), RBF_HARD_LINE);
		put_rate(out, t, rbf_traffic_total_rate(t), RBF_TOTAL_LINE);
		if (times) {
			put_time(out, t->median_ms);
			put_time(out, t->p95_ms);
		}
		rbf_put(out, "\n");
	}
	if (more)
		rbf_putf(out, "  and %zu with less; the other formats list up to %d\n", more,
			RBF_FACTS_TRAFFIC_MAX);
}

static void put_all_traffic(const rbf_facts *f, const rebuff_output *out)
{
	if (!f->providers_n)
		return;
	rbf_text_heading(out, "Answers, and time from submission to acceptance");
	put_traffic(out, f->providers, f->providers_n, "PROVIDER", true);
	rbf_put(out, "\n");
	put_traffic(out, f->streams, f->streams_n, "STREAM", false);
	rbf_put(out, "\n");
	put_traffic(out, f->sources, f->sources_n, "SENDING IP", false);
	rbf_put(out,
		"  Rates are of final outcomes; ! is over the line (dead 2 %, refused 5 %, from "
		"200 outcomes on).\n");
}

static void put_categories(const rbf_facts *f, const rebuff_output *out)
{
	if (!f->categories_n)
		return;
	rbf_text_heading(out, "Answers by category");
	for (size_t i = 0; i < f->categories_n; i++) {
		const rbf_categorised *c = &f->categories[i];
		if (c->n)
			rbf_putf(out,
				"  %6" PRId64 " %-8s %-18s fault: %-14s before: %" PRId64 "\n",
				c->n, c->refused ? "refused" : "put off",
				rebuff_category_name(c->category), rebuff_fault_name(c->fault),
				c->was);
	}
}

static void put_changes(const rbf_facts *f, const rebuff_output *out)
{
	if (!f->changes_n)
		return;
	rbf_text_heading(out, "What changed against the period before");
	for (size_t i = 0; i < f->changes_n; i++) {
		const rbf_change *c = &f->changes[i];
		rbf_putf(out, "  %-12s", c->what);
		put_name(out, c->name);
		rbf_putf(out, " %6.1f %%, before %5.1f %%\n", 100 * c->rate, 100 * c->was_rate);
	}
}

static void put_reasons(const rbf_facts *f, const rebuff_output *out)
{
	if (!f->reasons_n)
		return;
	rbf_text_heading(out, "Reasons, each with one reply");
	for (size_t i = 0; i < f->reasons_n; i++) {
		const rbf_reason *r = &f->reasons[i];
		rbf_putf(out, "  %6" PRId64 " %-8s %-18s ", r->n,
			r->refused ? "refused" : "put off", rebuff_category_name(r->category));
		put_inline(out, r->provider);
		rbf_putf(out, ", fault: %s\n", rebuff_fault_name(r->fault));
		rbf_put(out, "         \"");
		rbf_put_printable(out, *r->text ? r->text : "(forgotten)", QUOTE_MAX);
		rbf_put(out, "\"\n");
	}
}

static void put_spared(const rbf_facts *f, const rebuff_output *out)
{
	char when[RBF_WHEN_MAX];
	size_t shown = f->spared_n < SPARED_SHOWN ? f->spared_n : SPARED_SHOWN;
	if (!shown)
		return;
	rbf_text_heading(out, "Refused with a 5xx and not suppressed");
	for (size_t i = 0; i < shown; i++) {
		const rbf_spared *s = &f->spared[i];
		rbf_putf(out, "  %s  ", rbf_when_local(s->time_ms, when));
		rbf_put_printable(out, *s->recipient ? s->recipient : "(forgotten)", QUOTE_MAX);
		rbf_put(out, "  ");
		put_inline(out, s->provider);
		rbf_putf(out, ", %s, fault: %s\n      ", rebuff_category_name(s->category),
			rebuff_fault_name(s->fault));
		rbf_put_printable(out, s->why, QUOTE_MAX);
		rbf_put(out, "\n      \"");
		rbf_put_printable(out, s->text, QUOTE_MAX);
		rbf_put(out, "\"\n");
	}
	put_more(out, f->spared_all - (int64_t)shown);
}

/* ---- how things stand ---------------------------------------------------------------------- */

static void put_waits(const rbf_facts *f, const rebuff_output *out)
{
	char first[RBF_WHEN_MAX], last[RBF_WHEN_MAX];
	if (!f->waits_n)
		return;
	rbf_text_heading(out, "Waiting for the next attempt");
	for (size_t i = 0; i < f->waits_n; i++) {
		const rbf_waits *w = &f->waits[i];
		put_name(out, w->provider);
		rbf_putf(out, " %-18s %6" PRId64, rebuff_category_name(w->category), w->n);
		if (w->first_ms)
			rbf_putf(out, "  from %s to %s", rbf_when_local(w->first_ms, first),
				rbf_when_local(w->last_ms, last));
		if (w->frozen)
			rbf_putf(out, "  (%" PRId64 " frozen)", w->frozen);
		rbf_put(out, "\n");
	}
}

static void put_listed(const rbf_facts *f, const rebuff_output *out)
{
	if (!f->listed_n)
		return;
	rbf_text_heading(out, "Suppressions");
	rbf_putf(out, "  %-*s %8s %8s %8s\n", NAME_SHOWN, "CLASS", "added", "in force", "run out");
	for (size_t i = 0; i < f->listed_n; i++) {
		const rbf_listed *l = &f->listed[i];
		rbf_putf(out, "  %-*s %8" PRId64 " %8" PRId64 " %8" PRId64 "\n", NAME_SHOWN,
			rebuff_class_name(l->class_), l->added, l->active, l->run_out);
	}
}

/* ---- the documents ------------------------------------------------------------------------- */

void rbf_report_text(const rbf_facts *facts, const rebuff_output *out)
{
	char sentences[RBF_SENTENCES][REBUFF_TEXT_MAX];
	rbf_findings(facts, sentences);
	for (int i = 0; i < RBF_SENTENCES; i++)
		rbf_putf(out, "%s%s%s\n", bold(out), sentences[i], plain(out));
	put_all_traffic(facts, out);
	put_changes(facts, out);
	put_categories(facts, out);
	put_reasons(facts, out);
	put_listed(facts, out);
	put_waits(facts, out);
	rbf_text_lanes(facts, out);
	rbf_text_holds(facts, out);
	rbf_text_breakers(facts, out);
	rbf_text_released(facts, out);
	rbf_text_alarms(facts, out);
	rbf_text_warmups(facts, out);
	rbf_text_late(facts, out);
	put_spared(facts, out);
}

void rbf_status_text(const rbf_facts *facts, const rbf_standing *standing, const rebuff_output *out)
{
	char when[RBF_WHEN_MAX], ago[RBF_SPAN_MAX], would[REBUFF_TEXT_MAX];
	rbf_putf(out, "mode         %s%s%s\n", bold(out),
		standing->observe ? "observe: decides and records, acts on nothing" : "act",
		plain(out));
	rbf_would_have(facts, would);
	if (*would)
		rbf_putf(out, "             acting, it would have %s since %s\n", would,
			rbf_when_local(facts->from_ms, when));
	rbf_putf(out, "policy       %zu files, %zu rules, %zu providers from ", standing->files,
		standing->rules, standing->providers);
	rbf_put_printable(out, standing->data_dir, QUOTE_MAX);
	if (*standing->config_dir) {
		rbf_put(out, " and ");
		rbf_put_printable(out, standing->config_dir, QUOTE_MAX);
	}
	rbf_putf(out, ", read %s (%s ago)\n", rbf_when_local(standing->loaded_ms, when),
		rbf_length(facts->now_ms - standing->loaded_ms, ago));
	rbf_put(out, "database     ");
	rbf_put_printable(out, standing->state_file, QUOTE_MAX);
	rbf_putf(out, "\nrecipients   %" PRId64 " waiting, %" PRId64 " being attempted\n",
		facts->waiting, facts->open);
	put_listed(facts, out);
	rbf_text_trusts(facts, out);
	put_waits(facts, out);
	rbf_text_lanes(facts, out);
	rbf_text_holds(facts, out);
	rbf_text_breakers(facts, out);
	rbf_text_alarms(facts, out);
	rbf_text_warmups(facts, out);
}
