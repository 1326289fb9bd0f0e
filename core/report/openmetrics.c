/* openmetrics.c - how things stand, as gauges. Labels are few: providers that have policy, classes;
 * what is over the bound counts as "other". */
#include <inttypes.h>
#include <string.h>

#include "report/render.h"
#include "report/sink.h"

enum { PROVIDERS_MAX = 60 };

static void head(const rebuff_output *out, const char *name, const char *help)
{
	rbf_putf(out, "# TYPE %s gauge\n# HELP %s %s\n", name, name, help);
}

/* Names of policy files and sites hold nothing else; whatever does is shown as _. */
static void put_label(const rebuff_output *out, const char *name)
{
	for (; *name; name++) {
		bool plain = (*name >= 'a' && *name <= 'z') || (*name >= 'A' && *name <= 'Z') ||
			(*name >= '0' && *name <= '9') || strchr("._-", *name);
		rbf_putf(out, "%c", plain ? *name : '_');
	}
}

/* Rows of one provider follow each other neither by name nor at all: add them up. */
static void put_waiting(const rbf_facts *f, const rebuff_output *out)
{
	const char *names[PROVIDERS_MAX];
	int64_t n[PROVIDERS_MAX] = {0}, other = f->waiting;
	size_t known = 0;
	head(out, "rebuff_waiting_recipients", "Recipients that wait for their next attempt.");
	for (size_t i = 0; i < f->waits_n; i++) {
		const rbf_waits *w = &f->waits[i];
		size_t k = 0;
		while (k < known && strcmp(names[k], w->provider) != 0)
			k++;
		/* A site that no policy file names is called by its domain. */
		if (k == PROVIDERS_MAX || !*w->provider || strchr(w->provider, '.'))
			continue;
		if (k == known)
			names[known++] = w->provider;
		n[k] += w->n;
		other -= w->n;
	}
	for (size_t k = 0; k < known; k++) {
		rbf_put(out, "rebuff_waiting_recipients{provider=\"");
		put_label(out, names[k]);
		rbf_putf(out, "\"} %" PRId64 "\n", n[k]);
	}
	if (other > 0)
		rbf_putf(out, "rebuff_waiting_recipients{provider=\"other\"} %" PRId64 "\n", other);
}

static void put_warmups(const rbf_facts *f, const rebuff_output *out)
{
	static const char *const names[] = {"rebuff_warmup_sent", "rebuff_warmup_cap"};
	static const char *const helps[] = {"Messages sent today under a warm-up plan.",
		"Messages that the plan has for today."};
	for (int k = 0; k < 2; k++) {
		head(out, names[k], helps[k]);
		for (size_t i = 0; i < f->warmups_n && i < PROVIDERS_MAX; i++) {
			rbf_putf(out, "%s{node=\"", names[k]);
			put_label(out, f->warmups[i].node);
			rbf_put(out, "\",provider=\"");
			put_label(out, f->warmups[i].provider);
			rbf_putf(out, "\"} %" PRId64 "\n",
				k ? f->warmups[i].cap : f->warmups[i].sent);
		}
	}
}

static void put_watch(const rbf_facts *f, const rebuff_output *out)
{
	static const char *const kinds[] = {"blocked", "stream", "breaker", "ip"};
	int64_t held = 0;
	head(out, "rebuff_alarms", "Alarms of the last 24 hours.");
	rbf_putf(out, "rebuff_alarms %zu\n", f->alarms_n);
	head(out, "rebuff_incidents", "Of those, the ones that are not over.");
	for (size_t k = 0; k < sizeof kinds / sizeof *kinds; k++) {
		size_t n = 0;
		for (size_t i = 0; i < f->alarms_n; i++)
			n += !f->alarms[i].ended_ms && strcmp(f->alarms[i].kind, kinds[k]) == 0;
		rbf_putf(out, "rebuff_incidents{kind=\"%s\"} %zu\n", kinds[k], n);
	}
	for (size_t i = 0; i < f->holds_n; i++)
		held += f->holds[i].waiting;
	head(out, "rebuff_held_recipients", "Recipients that wait under a hold.");
	rbf_putf(out, "rebuff_held_recipients %" PRId64 "\n", held);
	put_warmups(f, out);
}

void rbf_status_openmetrics(
	const rbf_facts *f, const rbf_standing *standing, const rebuff_output *out)
{
	put_waiting(f, out);
	head(out, "rebuff_open_recipients", "Recipients that are being attempted.");
	rbf_putf(out, "rebuff_open_recipients %" PRId64 "\n", f->open);
	head(out, "rebuff_suppressions", "Suppressions in force.");
	for (size_t i = 0; i < f->listed_n; i++)
		rbf_putf(out, "rebuff_suppressions{class=\"%s\"} %" PRId64 "\n",
			rebuff_class_name(f->listed[i].class_), f->listed[i].active);
	head(out, "rebuff_slow_lanes", "Providers with a slow lane.");
	rbf_putf(out, "rebuff_slow_lanes %zu\n", f->lanes_n);
	head(out, "rebuff_holds", "Holds in force.");
	rbf_putf(out, "rebuff_holds %zu\n", f->holds_n);
	put_watch(f, out);
	head(out, "rebuff_breakers", "Providers for which suppressing has stopped.");
	rbf_putf(out, "rebuff_breakers %zu\n", f->breakers_n);
	head(out, "rebuff_late_bounces", "Failures that came as messages in the last 24 hours.");
	for (size_t i = 0; i < f->trusts_n; i++)
		rbf_putf(out, "rebuff_late_bounces{trust=\"%s\"} %" PRId64 "\n",
			rebuff_trust_name(f->trusts[i].trust), f->trusts[i].failed);
	head(out, "rebuff_backscatter", "Bounces of foreign mail in the last 24 hours.");
	rbf_putf(out, "rebuff_backscatter %" PRId64 "\n", f->backscatter);
	head(out, "rebuff_acting", "1 when rebuff acts, 0 when it only observes.");
	rbf_putf(out, "rebuff_acting %d\n", !standing->observe);
}
