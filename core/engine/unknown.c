/* unknown.c - replies that no rule knows, gathered by their form. */
#include <stdio.h>
#include <stdlib.h>

#include "base/error.h"
#include "base/span.h"
#include "classify/template.h"
#include "engine/context.h"

enum { FORMS_MAX = 20000, EXAMPLE_MAX = 1024, RULE_MAX = 4096 };

typedef struct {
	size_t n;
	uint64_t hash;
	int provider;
	uint16_t code;
	char enhanced[16];
	rebuff_category category;
	rebuff_stage stage;
	char domain[REBUFF_DOMAIN_MAX + 1], mx[REBUFF_DOMAIN_MAX + 1];
	char *form;
	char *example;
	size_t example_len;
} entry;

struct rebuff_unknown {
	const rebuff_ctx *ctx;
	rbf_config *config;
	entry **entries; /* a heap pointer each: the table of slots keeps its numbers */
	size_t n, cap;
	uint32_t *slots; /* by hash: entry + 1, 0: free; at most half full */
	size_t slot_n;
	size_t added, strange, left_out;
};

rebuff_status rebuff_unknown_open(const rebuff_ctx *ctx, rebuff_unknown **out, rebuff_error *err)
{
	*out = NULL;
	if (!ctx)
		return rbf_fail(err, REBUFF_EARG, "no context");
	rebuff_unknown *u = calloc(1, sizeof *u);
	if (u) {
		u->slot_n = 1024;
		u->slots = calloc(u->slot_n, sizeof *u->slots);
	}
	if (!u || !u->slots) {
		free(u);
		return rbf_fail(err, REBUFF_ENOMEM, "no memory to gather replies");
	}
	u->ctx = ctx;
	u->config = rbf_ctx_config(ctx);
	*out = u;
	return REBUFF_OK;
}

static void entry_free(entry *e)
{
	if (!e)
		return;
	free(e->form);
	free(e->example);
	free(e);
}

void rebuff_unknown_close(rebuff_unknown **unknown)
{
	rebuff_unknown *u = *unknown;
	*unknown = NULL;
	if (!u)
		return;
	for (size_t i = 0; i < u->n; i++)
		entry_free(u->entries[i]);
	free(u->entries);
	free(u->slots);
	rbf_config_unref(u->config);
	free(u);
}

/* ---- the table ----------------------------------------------------------------------------- */

static uint64_t hash_text(uint64_t h, const char *s)
{
	for (; *s; s++)
		h = (h ^ (unsigned char)*s) * 1099511628211U; /* FNV-1a */
	return h;
}

static uint64_t hash_of(const entry *e)
{
	uint64_t h = hash_text(14695981039346656037U, e->form);
	h = hash_text(h, e->enhanced);
	h = (h ^ e->code) * 1099511628211U;
	h = (h ^ (uint64_t)(e->provider + 1)) * 1099511628211U;
	return h ^ h >> 32;
}

static bool is_same(const entry *a, const entry *b)
{
	return a->hash == b->hash && a->provider == b->provider && a->code == b->code &&
		strcmp(a->enhanced, b->enhanced) == 0 && strcmp(a->form, b->form) == 0;
}

static uint32_t *find(const rebuff_unknown *u, const entry *e)
{
	size_t i = (size_t)e->hash & (u->slot_n - 1);
	while (u->slots[i] && !is_same(u->entries[u->slots[i] - 1], e))
		i = (i + 1) & (u->slot_n - 1);
	return &u->slots[i];
}

static bool widen(rebuff_unknown *u)
{
	if ((u->n + 1) * 2 > u->slot_n) {
		uint32_t *old = u->slots, *wide = calloc(u->slot_n * 2, sizeof *wide);
		if (!wide)
			return false;
		u->slots = wide;
		u->slot_n *= 2;
		free(old);
		for (size_t i = 0; i < u->n; i++)
			*find(u, u->entries[i]) = (uint32_t)i + 1;
	}
	if (u->n == u->cap) {
		size_t cap = u->cap ? u->cap * 2 : 256;
		entry **p = realloc(u->entries, cap * sizeof *p);
		if (!p)
			return false;
		u->entries = p;
		u->cap = cap;
	}
	return true;
}

/* A copy that lives as long as the collection, with the example. NULL without memory. */
static entry *keep(const entry *e, const rebuff_reply *reply)
{
	entry *k = malloc(sizeof *k);
	if (!k)
		return NULL;
	*k = *e;
	k->n = 1;
	k->example_len = reply->text.len < EXAMPLE_MAX ? reply->text.len : EXAMPLE_MAX;
	k->form = strdup(e->form);
	k->example = malloc(k->example_len + 1);
	if (!k->form || !k->example) {
		entry_free(k);
		return NULL;
	}
	(void)rbf_span_copy(k->example, k->example_len + 1, reply->text);
	(void)rbf_span_copy(k->domain, sizeof k->domain, reply->recipient_domain);
	(void)rbf_span_copy(k->mx, sizeof k->mx, reply->mx_host);
	k->stage = reply->stage;
	return k;
}

/* What the code says; where it says nothing, what leaves the address alone. */
static rebuff_category guess(const rebuff_classification *c)
{
	if (c->category != REBUFF_UNCLASSIFIED)
		return c->category;
	unsigned class_ = c->code ? c->code / 100U : (unsigned)(c->enhanced[0] - '0');
	return class_ == 4 ? REBUFF_SYSTEM_ERROR : REBUFF_POLICY;
}

rebuff_status rebuff_unknown_add(rebuff_unknown *u, const rebuff_reply *reply, rebuff_error *err)
{
	char form[RBF_TEMPLATE_MAX];
	rbf_reply parsed;
	rebuff_classification c;
	rebuff_status status = rebuff_classify(u->ctx, reply, &c);
	if (status != REBUFF_OK)
		return rbf_fail(err, status, "no reply given");
	u->added++;
	if (!c.unknown)
		return REBUFF_OK;
	u->strange++;
	rbf_reply_parse(reply->text, &parsed);
	form[rbf_template(parsed.text, form)] = '\0';
	entry e = {.code = c.code,
		.provider = rbf_providers_find(
			u->config->providers, reply->mx_host, reply->recipient_domain),
		.category = guess(&c),
		.form = form};
	(void)rbf_span_copy(e.enhanced, sizeof e.enhanced, rbf_span_of(c.enhanced));
	e.hash = hash_of(&e);
	uint32_t *slot = find(u, &e);
	if (*slot) {
		u->entries[*slot - 1]->n++;
		return REBUFF_OK;
	}
	if (u->n == FORMS_MAX) {
		u->left_out++;
		return REBUFF_OK;
	}
	entry *kept = widen(u) ? keep(&e, reply) : NULL;
	if (!kept)
		return rbf_fail(err, REBUFF_ENOMEM, "no memory to gather replies");
	u->entries[u->n++] = kept;
	*find(u, kept) = (uint32_t)u->n;
	return REBUFF_OK;
}

void rebuff_unknown_count(const rebuff_unknown *u, size_t *added, size_t *strange, size_t *left_out)
{
	*added = u->added;
	*strange = u->strange;
	*left_out = u->left_out;
}

/* ---- the forms ----------------------------------------------------------------------------- */

/* rebuff.provider("gmail").replies:add { code = 5, text = "...", category = "policy" ... } */
static void write_rule(const entry *e, const char *provider, char out[RULE_MAX])
{
	rbf_buf b = rbf_buf_of(out, RULE_MAX);
	if (provider[0]) {
		rbf_buf_str(&b, "rebuff.provider(");
		rbf_template_quote(&b, rbf_span_of(provider));
		rbf_buf_str(&b, ").replies:add {\n\t");
	} else {
		rbf_buf_str(&b, "rebuff.rules:add {\n\t");
	}
	if (e->code >= 400 && e->code < 600)
		rbf_buf_printf(&b, "code = %u, ", e->code / 100U);
	if (!rbf_template_phrases(&b, rbf_span_of(e->form)) || b.overflow) {
		out[0] = '\0';
		return;
	}
	rbf_buf_printf(&b,
		",\n\tcategory = \"%s\", confidence = 0.6, source = \"%zu seen here\",\n}",
		rebuff_category_name(e->category), e->n);
	if (b.overflow)
		out[0] = '\0';
}

static void show(const rebuff_unknown *u, const entry *e,
	void (*each)(void *ud, const rebuff_unknown_form *form), void *ud)
{
	char form[RBF_TEMPLATE_MAX * 4], rule[RULE_MAX];
	rebuff_unknown_form f = {.size = sizeof f,
		.n = e->n,
		.code = e->code,
		.category = e->category,
		.form = form,
		.rule = rule,
		.example = {.size = sizeof f.example,
			.text = {e->example, e->example_len},
			.recipient_domain = rbf_span_of(e->domain),
			.mx_host = rbf_span_of(e->mx),
			.stage = e->stage}};
	const char *provider = rbf_providers_id(u->config->providers, e->provider);
	(void)rbf_span_copy(f.provider, sizeof f.provider, rbf_span_of(provider));
	(void)rbf_span_copy(f.enhanced, sizeof f.enhanced, rbf_span_of(e->enhanced));
	(void)rbf_span_escape(form, sizeof form, rbf_span_of(e->form));
	write_rule(e, provider, rule);
	each(ud, &f);
}

static int by_count(const void *va, const void *vb)
{
	const entry *a = *(entry *const *)va, *b = *(entry *const *)vb;
	if (a->n != b->n)
		return a->n > b->n ? -1 : 1;
	if (a->provider != b->provider)
		return a->provider < b->provider ? -1 : 1;
	int order = strcmp(a->form, b->form);
	return order ? order : (int)a->code - (int)b->code;
}

void rebuff_unknown_each(
	rebuff_unknown *u, void (*each)(void *ud, const rebuff_unknown_form *form), void *ud)
{
	if (u->n)
		qsort(u->entries, u->n, sizeof(entry *), by_count);
	for (size_t i = 0; i < u->n; i++)
		show(u, u->entries[i], each, ud);
	/* Their numbers have changed. */
	memset(u->slots, 0, u->slot_n * sizeof *u->slots);
	for (size_t i = 0; i < u->n; i++)
		*find(u, u->entries[i]) = (uint32_t)i + 1;
}

/* ---- the database -------------------------------------------------------------------------- */

typedef struct {
	void (*each)(void *ud, const rebuff_reply *reply);
	void *ud;
} listener;

static rebuff_status hand_on(void *ud, const rbf_recorded *e, rebuff_error *err)
{
	const listener *l = ud;
	char text[REBUFF_REPLY_MAX];
	const char *at = strrchr(e->recipient, '@');
	(void)err;
	if (e->kind >= REBUFF_KIND_DELIVERED || !e->text[0])
		return REBUFF_OK;
	(void)rbf_span_copy(text, sizeof text, rbf_span_of(e->text));
	rebuff_reply reply = {.size = sizeof reply,
		.text = {text, rbf_span_unescape(text)},
		.recipient_domain = rbf_span_of(at ? at + 1 : ""),
		.mx_host = rbf_span_of(e->host),
		.stage = e->stage};
	l->each(l->ud, &reply);
	return REBUFF_OK;
}

rebuff_status rebuff_recorded(rebuff_ctx *ctx, int64_t from_ms,
	void (*each)(void *ud, const rebuff_reply *reply), void *ud, rebuff_error *err)
{
	listener l = {each, ud};
	if (!ctx->store)
		return rbf_fail(err, REBUFF_EARG, "the database is not open");
	return rbf_view_recorded(ctx->store, from_ms, INT64_MAX, hand_on, &l, err);
}
