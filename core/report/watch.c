/* watch.c - what is watched, for people: slow lanes, holds and who released them, breakers, alarms,
 * warm-up. */
#include <inttypes.h>

#include "report/findings.h"
#include "report/render.h"
#include "report/sink.h"

enum { QUOTE_MAX = 160, NAME_SHOWN = 20, SHOWN = 20 };

const char *rbf_alarm_acted(const rbf_alarm *a)
{
	return a->acted == REBUFF_ACTED_HELD	 ? "held"
		: a->acted == REBUFF_ACTED_WOULD ? "would have been held"
						 : "told";
}

static void put_name(const rebuff_output *out, const char *name)
{
	char shown[NAME_SHOWN + 1];
	rbf_printable(shown, sizeof shown, rbf_provider_shown(name));
	rbf_putf(out, "  %-*s", NAME_SHOWN, shown);
}

/* "head TEXT", nothing for no text. */
static void put_with(const rebuff_output *out, const char *head, const char *text, size_t most)
{
	if (!*text)
		return;
	rbf_put(out, head);
	rbf_put_printable(out, text, most);
}

static void put_more(const rebuff_output *out, size_t n)
{
	if (n > SHOWN)
		rbf_putf(out, "  and %zu more; the other formats list up to %d\n", n - SHOWN,
			RBF_FACTS_ROWS_MAX);
}

void rbf_text_lanes(const rbf_facts *f, const rebuff_output *out)
{
	char since[RBF_WHEN_MAX];
	if (!f->lanes_n)
		return;
	rbf_text_heading(out, "Slow lanes");
	for (size_t i = 0; i < f->lanes_n; i++) {
		const rbf_lane *l = &f->lanes[i];
		put_name(out, l->provider);
		rbf_putf(out, " %8.3g a minute  since %s  from ", l->rate,
			rbf_when_local(l->since_ms, since));
		rbf_put_printable(out, l->node, NAME_SHOWN);
		rbf_put(out, *l->source_ip ? " " : "");
		rbf_put_printable(out, l->source_ip, NAME_SHOWN);
		rbf_put(out, *l->why ? "  " : "");
		rbf_put_printable(out, l->why, QUOTE_MAX);
		rbf_put(out, "\n");
	}
}

static void put_scope(
	const rebuff_output *out, const char *provider, const char *stream, const char *source_ip)
{
	put_name(out, *provider ? provider : "every provider");
	put_with(out, " stream ", stream, NAME_SHOWN);
	put_with(out, " from ", source_ip, REBUFF_NAME_MAX);
}

void rbf_text_holds(const rbf_facts *f, const rebuff_output *out)
{
	char since[RBF_WHEN_MAX], until[RBF_WHEN_MAX];
	if (!f->holds_n)
		return;
	rbf_text_heading(out, "Held");
	for (size_t i = 0; i < f->holds_n; i++) {
		const rbf_held *h = &f->holds[i];
		put_scope(out, h->provider, h->stream, h->source_ip);
		rbf_putf(out, " since %s %s%s  ", rbf_when_local(h->since_ms, since),
			h->probing ? "until a probe is accepted" : "until ",
			h->probing	      ? ""
				: h->until_ms ? rbf_when_local(h->until_ms, until)
					      : "released");
		rbf_put_printable(out, h->reason, QUOTE_MAX);
		put_with(out, " (by ", h->by, NAME_SHOWN);
		rbf_put(out, *h->by ? ")" : "");
		rbf_putf(out, "; %" PRId64 " wait", h->waiting);
		if (h->refused_probes)
			rbf_putf(out, ", %" PRId64 " probes refused", h->refused_probes);
		rbf_put(out, "\n");
	}
}

void rbf_text_released(const rbf_facts *f, const rebuff_output *out)
{
	char ended[RBF_WHEN_MAX], lasted[RBF_SPAN_MAX];
	if (!f->released_n)
		return;
	rbf_text_heading(out, "Holds that ended");
	for (size_t i = 0; i < f->released_n && i < SHOWN; i++) {
		const rbf_released *h = &f->released[i];
		put_scope(out, h->provider, h->stream, h->source_ip);
		rbf_putf(out, " %s after %s", rbf_when_local(h->ended_ms, ended),
			rbf_length(h->ended_ms - h->since_ms, lasted));
		put_with(out, ", released by ", h->released_by, NAME_SHOWN);
		put_with(out, ": ", h->note, QUOTE_MAX);
		put_with(out, "\n      held for: ", h->reason, QUOTE_MAX);
		put_with(out, "\n      checks: ", h->checked, QUOTE_MAX);
		rbf_put(out, "\n");
	}
	put_more(out, f->released_n);
}

void rbf_text_breakers(const rbf_facts *f, const rebuff_output *out)
{
	char since[RBF_WHEN_MAX];
	if (!f->breakers_n)
		return;
	rbf_text_heading(out, "Suppressing has stopped");
	for (size_t i = 0; i < f->breakers_n; i++) {
		const rbf_tripped *b = &f->breakers[i];
		put_name(out, b->provider);
		rbf_putf(out, " since %s  %" PRId64 " addresses kept to be judged\n",
			rbf_when_local(b->since_ms, since), b->candidates);
	}
}

void rbf_text_alarms(const rbf_facts *f, const rebuff_output *out)
{
	char when[RBF_WHEN_MAX];
	if (!f->alarms_n)
		return;
	rbf_text_heading(out, "Alarms");
	for (size_t i = 0; i < f->alarms_n && i < SHOWN; i++) {
		const rbf_alarm *a = &f->alarms[i];
		rbf_putf(out, "  %s  ", rbf_when_local(a->time_ms, when));
		rbf_put_printable(out, a->kind, NAME_SHOWN);
		put_with(out, " ", a->provider, NAME_SHOWN);
		put_with(out, " ", a->stream, NAME_SHOWN);
		put_with(out, " ", a->source_ip, REBUFF_NAME_MAX);
		rbf_put(out, ": ");
		rbf_put_printable(out, a->text, REBUFF_TEXT_MAX);
		rbf_putf(out, " (%s, found %" PRId64 " time%s, %s%s)\n", rbf_alarm_acted(a),
			a->seen, a->seen == 1 ? "" : "s", a->ended_ms ? "over " : "not over",
			a->ended_ms ? rbf_when_local(a->ended_ms, when) : "");
		if (*a->checked) {
			rbf_put(out, "      checks: ");
			rbf_put_printable(out, a->checked, QUOTE_MAX);
			rbf_put(out, "\n");
		}
	}
	put_more(out, f->alarms_n);
}

void rbf_text_warmups(const rbf_facts *f, const rebuff_output *out)
{
	if (!f->warmups_n)
		return;
	rbf_text_heading(out, "Warm-up");
	for (size_t i = 0; i < f->warmups_n; i++) {
		const rbf_warming *w = &f->warmups[i];
		put_name(out, w->provider);
		put_with(out, " from ", w->ip, REBUFF_NAME_MAX);
		put_with(out, " at ", w->node, NAME_SHOWN);
		if (w->day)
			rbf_putf(out,
				"  day %" PRId64 " of %" PRId64 ": %" PRId64 " of %" PRId64
				" sent%s\n",
				w->day, w->days, w->sent, w->cap,
				w->paused ? "; stands still, the provider is held" : "");
		else
			rbf_put(out, "  over\n");
	}
}
