#include "serve/metrics.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

typedef enum { ACCEPTED, DEFERRED, REFUSED, OUTCOME_N } outcome;

typedef struct {
	char name[REBUFF_NAME_MAX];
	uint64_t results[REBUFF_CATEGORY_N][OUTCOME_N];
	uint64_t suppressed, slowed;
} provider;

enum { VERDICT_N = REBUFF_REFUSE + 1 };

struct metrics {
	pthread_mutex_t lock;
	provider providers[METRICS_PROVIDERS_MAX + 1]; /* the last: other */
	size_t n;
	uint64_t verdicts[2][VERDICT_N]; /* gate, submission */
};

static const char *const outcome_names[] = {"accepted", "deferred", "refused"};

metrics *metrics_new(void)
{
	metrics *m = calloc(1, sizeof *m);
	if (!m)
		return NULL;
	pthread_mutex_init(&m->lock, NULL);
	memcpy(m->providers[METRICS_PROVIDERS_MAX].name, "other", sizeof "other");
	return m;
}

void metrics_free(metrics **m)
{
	if (!*m)
		return;
	pthread_mutex_destroy(&(*m)->lock);
	free(*m);
	*m = NULL;
}

static provider *provider_of(metrics *m, const char *name)
{
	for (size_t i = 0; i < m->n; i++) {
		if (strcmp(m->providers[i].name, name) == 0)
			return &m->providers[i];
	}
	/* A site that no policy file names is called by its domain. */
	if (m->n == METRICS_PROVIDERS_MAX || !*name || strchr(name, '.'))
		return &m->providers[METRICS_PROVIDERS_MAX];
	provider *p = &m->providers[m->n++];
	memcpy(p->name, name, strlen(name) + 1);
	return p;
}

void metrics_count_result(metrics *m, rebuff_kind kind, const rebuff_outcome *made)
{
	if (made->duplicate || kind >= REBUFF_KIND_COMPLETE)
		return;
	outcome o = kind == REBUFF_KIND_DELIVERED ? ACCEPTED
		: kind == REBUFF_KIND_FAILED	  ? REFUSED
						  : DEFERRED;
	pthread_mutex_lock(&m->lock);
	provider *p = provider_of(m, made->reply.provider);
	p->results[made->reply.category][o]++;
	p->suppressed += made->suppressed;
	p->slowed += made->slowed;
	pthread_mutex_unlock(&m->lock);
}

void metrics_count_verdict(metrics *m, bool submission, rebuff_verdict verdict)
{
	pthread_mutex_lock(&m->lock);
	m->verdicts[submission][verdict]++;
	pthread_mutex_unlock(&m->lock);
}

void metrics_head(FILE *out, const char *name, const char *type, const char *help)
{
	fprintf(out, "# TYPE %s %s\n# HELP %s %s\n", name, type, name, help);
}

/* Names come from policy files and the DNS: nothing but these stands in them. */
static void put_label(FILE *out, const char *name)
{
	for (; *name; name++) {
		bool plain = (*name >= 'a' && *name <= 'z') || (*name >= 'A' && *name <= 'Z') ||
			(*name >= '0' && *name <= '9') || strchr("._-", *name);
		putc(plain ? *name : '_', out);
	}
}

static void write_results(const provider *p, FILE *out)
{
	for (int c = 0; c < REBUFF_CATEGORY_N; c++) {
		for (int o = 0; o < OUTCOME_N; o++) {
			if (!p->results[c][o])
				continue;
			fputs("rebuff_results_total{provider=\"", out);
			put_label(out, p->name);
			fprintf(out, "\",category=\"%s\",outcome=\"%s\"} %" PRIu64 "\n",
				rebuff_category_name((rebuff_category)c), outcome_names[o],
				p->results[c][o]);
		}
	}
}

static void write_one(const provider *p, const char *name, uint64_t n, FILE *out)
{
	if (!n)
		return;
	fprintf(out, "%s_total{provider=\"", name);
	put_label(out, p->name);
	fprintf(out, "\"} %" PRIu64 "\n", n);
}

static void write_verdicts(const metrics *m, FILE *out)
{
	static const char *const asked[] = {"gate", "submission"};
	for (int a = 0; a < 2; a++) {
		for (int v = 0; v < VERDICT_N; v++) {
			if (m->verdicts[a][v])
				fprintf(out,
					"rebuff_answers_total{asked=\"%s\",answer=\"%s\"} %" PRIu64
					"\n",
					asked[a], rebuff_verdict_name((rebuff_verdict)v),
					m->verdicts[a][v]);
		}
	}
}

void metrics_write(metrics *m, FILE *out)
{
	const provider *end = m->providers + METRICS_PROVIDERS_MAX + 1;
	pthread_mutex_lock(&m->lock);
	metrics_head(out, "rebuff_results", "counter", "Outcomes of attempts.");
	for (const provider *p = m->providers; p < end; p++)
		write_results(p, out);
	metrics_head(out, "rebuff_suppressed", "counter", "Addresses put on the list.");
	for (const provider *p = m->providers; p < end; p++)
		write_one(p, "rebuff_suppressed", p->suppressed, out);
	metrics_head(out, "rebuff_slowed", "counter", "Times that a provider's rate was lowered.");
	for (const provider *p = m->providers; p < end; p++)
		write_one(p, "rebuff_slowed", p->slowed, out);
	metrics_head(out, "rebuff_answers", "counter", "What mail servers were answered.");
	write_verdicts(m, out);
	pthread_mutex_unlock(&m->lock);
}
