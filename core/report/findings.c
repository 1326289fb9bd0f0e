#include "report/findings.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "report/sink.h"

/* How urgent, most urgent first. */
typedef enum {
	SEVERE_BREAKER,
	SEVERE_DEAD,
	SEVERE_BLOCKED,
	SEVERE_REFUSED,
	SEVERE_HOLD,
	WORTH_LANE,
	WORTH_UNREAD,
	WORTH_WOULD,
	WORTH_SUPPRESSED,
	WORTH_CHANGE,
	WORTH_WAITING,
	NOTHING,
	URGENCY_N
} urgency;

enum { BLOCKED_FROM = 5, UNREAD_FROM = 5 };

/* One sentence of each kind is kept: the first that was found, which is the biggest. */
typedef struct {
	char text[URGENCY_N][REBUFF_TEXT_MAX];
} found;

static void say(found *f, urgency u, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
static void say(found *f, urgency u, const char *fmt, ...)
{
	char text[REBUFF_TEXT_MAX];
	va_list ap;
	if (f->text[u][0])
		return;
	va_start(ap, fmt);
	vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	rbf_printable(f->text[u], sizeof f->text[u], text);
}

const char *rbf_provider_shown(const char *name)
{
	return *name ? name : "other";
}

static void look_at_breakers(found *f, const rbf_facts *facts)
{
	char since[RBF_SPAN_MAX];
	for (size_t i = 0; i < facts->breakers_n; i++) {
		const rbf_tripped *b = &facts->breakers[i];
		say(f, SEVERE_BREAKER,
			"Suppressing stopped for %s %s ago, since far more of its answers than "
			"usual "
			"say that addresses are dead: judge the %" PRId64
			" addresses kept before you believe it.",
			rbf_provider_shown(b->provider),
			rbf_length(facts->now_ms - b->since_ms, since), b->candidates);
	}
}

static void look_at_streams(found *f, const rbf_facts *facts)
{
	for (size_t i = 0; i < facts->streams_n; i++) {
		const rbf_traffic *t = &facts->streams[i];
		if (!rbf_traffic_counts(t))
			continue;
		if (rbf_traffic_hard_rate(t) > RBF_HARD_LINE)
			say(f, SEVERE_DEAD,
				"Stream %s: %.1f %% of %" PRId64
				" recipients are dead (line 2 %%): send nothing more to this list "
				"until it is cleaned with rebuff suppress export.",
				t->name, 100 * rbf_traffic_hard_rate(t), t->accepted + t->refused);
		else if (rbf_traffic_total_rate(t) > RBF_TOTAL_LINE)
			say(f, SEVERE_REFUSED,
				"Stream %s: %.1f %% of %" PRId64
				" outcomes are refusals (line 5 %%): see the reasons below before "
				"you send the next lot.",
				t->name, 100 * rbf_traffic_total_rate(t), t->accepted + t->refused);
	}
}

static const char *remedy(rebuff_fault fault)
{
	switch (fault) {
	case REBUFF_FAULT_SENDER_IP:
		return "for our sending address: look up the list or page it names and slow down";
	case REBUFF_FAULT_SENDER_DOMAIN:
		return "for our domain: check its SPF, DKIM and DMARC";
	case REBUFF_FAULT_MESSAGE:
		return "for what is in the messages: look at one of them";
	case REBUFF_FAULT_US:
		return "for a mistake of ours: check this server's configuration";
	default:
		return NULL;
	}
}

static void look_at_reasons(found *f, const rbf_facts *facts)
{
	for (size_t i = 0; i < facts->reasons_n; i++) {
		const rbf_reason *r = &facts->reasons[i];
		const char *what = remedy(r->fault);
		if (r->refused && what && r->n >= BLOCKED_FROM)
			say(f, SEVERE_BLOCKED,
				"%s refused %" PRId64 " as %s, not for the recipients but %s.",
				rbf_provider_shown(r->provider), r->n,
				rebuff_category_name(r->category), what);
		if (r->category == REBUFF_UNCLASSIFIED && r->n >= UNREAD_FROM)
			say(f, WORTH_UNREAD,
				"%" PRId64 " replies of %s say nothing that is known: rebuff "
				"unknown lists them.",
				r->n, rbf_provider_shown(r->provider));
	}
}

static void look_at_standing(found *f, const rbf_facts *facts)
{
	char when[RBF_WHEN_MAX];
	if (facts->holds_n) {
		const rbf_held *h = &facts->holds[0];
		say(f, SEVERE_HOLD, "Mail for %s%s%s%s%s is held since %s (%s): it goes on %s.",
			*h->provider ? h->provider : "every provider",
			*h->stream ? ", stream " : "", h->stream, *h->source_ip ? ", from " : "",
			h->source_ip, rbf_when_local(h->since_ms, when), h->reason,
			h->until_ms ? "by itself" : "when you release it");
	}
	if (facts->lanes_n)
		say(f, WORTH_LANE,
			"%zu %s slow lane, %s first (%.3g messages a minute): the queue drains, "
			"nothing is to be done.",
			facts->lanes_n, facts->lanes_n == 1 ? "provider has a" : "providers have a",
			facts->lanes[0].provider, facts->lanes[0].rate);
	/* Of logs alone, only the mail server knows when. */
	bool known = facts->waits_n && facts->waits[0].first_ms;
	if (facts->waiting)
		say(f, WORTH_WAITING, "%" PRId64 " %s next attempt%s%s; nothing is to be done.",
			facts->waiting,
			facts->waiting == 1 ? "recipient waits for its"
					    : "recipients wait for their",
			known ? ", the next at " : "",
			known ? rbf_when_local(facts->waits[0].first_ms, when) : "");
}

static void add_times(rbf_buf *to, int64_t n)
{
	if (n == 2)
		rbf_buf_str(to, " twice");
	else if (n != 1)
		rbf_buf_printf(to, " %" PRId64 " times", n);
}

void rbf_would_have(const rbf_facts *facts, char out[REBUFF_TEXT_MAX])
{
	char text[REBUFF_TEXT_MAX];
	rbf_buf b = rbf_buf_of(text, sizeof text);
	*out = '\0';
	if (!facts->would_suppress && !facts->would_hold_n)
		return;
	rbf_buf_printf(&b, "suppressed %" PRId64 " %s", facts->would_suppress,
		facts->would_suppress == 1 ? "address" : "addresses");
	for (size_t i = 0; i < facts->would_hold_n && i < 3; i++) {
		const rbf_would_hold *h = &facts->would_hold[i];
		rbf_buf_printf(&b, "%s%s%s", i ? ", " : " and held ", *h->stream ? "stream " : "",
			*h->stream ? h->stream : rbf_provider_shown(h->provider));
		add_times(&b, h->n);
	}
	rbf_printable(out, REBUFF_TEXT_MAX, text);
}

static void look_at_lists(found *f, const rbf_facts *facts)
{
	int64_t added = 0;
	char would[REBUFF_TEXT_MAX];
	for (size_t i = 0; i < facts->listed_n; i++)
		added += facts->listed[i].added;
	if (added)
		say(f, WORTH_SUPPRESSED,
			"%" PRId64
			" %s suppressed: take %s off your lists (rebuff suppress export).",
			added, added == 1 ? "address was" : "addresses were",
			added == 1 ? "it" : "them");
	rbf_would_have(facts, would);
	if (*would)
		say(f, WORTH_WOULD,
			"Acting, rebuff would have %s: check that below, then let it "
			"(rebuff mode act).",
			would);
}

static void look_at_changes(found *f, const rbf_facts *facts)
{
	if (!facts->changes_n)
		return;
	const rbf_change *c = &facts->changes[0];
	say(f, WORTH_CHANGE,
		"The greatest change to the period before: %s %s %.1f %%, after %.1f %%.", c->what,
		rbf_provider_shown(c->name), 100 * c->rate, 100 * c->was_rate);
}

static void what_happened(const rbf_facts *facts, char out[REBUFF_TEXT_MAX])
{
	char from[RBF_WHEN_MAX], to[RBF_WHEN_MAX];
	const rbf_traffic *t = &facts->all;
	rbf_when_local(facts->from_ms, from);
	rbf_when_local(rbf_facts_end(facts), to);
	if (!t->attempts)
		snprintf(out, REBUFF_TEXT_MAX, "From %s to %s nothing was attempted.", from, to);
	else
		snprintf(out, REBUFF_TEXT_MAX,
			"From %s to %s, %" PRId64 " of %" PRId64 " attempts were accepted, %" PRId64
			" put off and %" PRId64 " refused.",
			from, to, t->accepted, t->attempts, t->deferred, t->refused);
}

void rbf_findings(const rbf_facts *facts, char sentences[RBF_SENTENCES][REBUFF_TEXT_MAX])
{
	found f;
	int n = 1;
	memset(&f, 0, sizeof f);
	what_happened(facts, sentences[0]);
	look_at_breakers(&f, facts);
	look_at_streams(&f, facts);
	look_at_reasons(&f, facts);
	look_at_standing(&f, facts);
	look_at_lists(&f, facts);
	look_at_changes(&f, facts);
	for (int u = 0; u < NOTHING && n < RBF_SENTENCES; u++) {
		if (f.text[u][0])
			memcpy(sentences[n++], f.text[u], REBUFF_TEXT_MAX);
	}
	static const char *const fill[] = {
		"No provider and no stream is over its line.", "Nothing needs to be done."};
	for (int k = RBF_SENTENCES - n; n < RBF_SENTENCES; n++, k--)
		snprintf(sentences[n], REBUFF_TEXT_MAX, "%s", fill[k == 2 ? 0 : 1]);
}
