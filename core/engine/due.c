/* due.c - which messages are to be woken now: those whose time has come, not held, and of a slow
 * lane no more than it takes. */
#include <string.h>

#include "base/clock.h"
#include "base/span.h"
#include "engine/attempt.h"
#include "engine/source.h"

/* Recipients looked at in one go: before those that may be woken lie, at worst, thousands that are
 * held. Where they end is remembered for a while. */
enum {
	LOOKED_AT = 2000,
	HOLDS_MAX = 512,
	IPS_MAX = 16,
	AGAIN_MS = 20,
	PLACE_MS = 5000,
	MEND_MS = 1000
};

typedef struct {
	char node[REBUFF_DOMAIN_MAX + 1];
	char provider[REBUFF_NAME_MAX];
	char source[REBUFF_NAME_MAX]; /* the address of ours; "" those without a lane of their own
				       */
	double rate;
} lane;

typedef struct {
	char node[REBUFF_DOMAIN_MAX + 1]; /* "" any */
	char provider[REBUFF_NAME_MAX], stream[REBUFF_NAME_MAX];
	bool probing; /* holds only what is in no lane */
	const char *source_ip; /* of one sending IP (in look.ips), of which this is a stream; else
				  NULL */
	size_t *room; /* and how many may probe it now */
} hold;

/* A sending IP that is held. */
typedef struct {
	char name[REBUFF_NAME_MAX], provider[REBUFF_NAME_MAX], node[REBUFF_DOMAIN_MAX + 1];
	bool probing;
	size_t room;
} held_ip;

typedef struct {
	rebuff_ctx *ctx;
	rbf_config *config;
	int64_t now_ms;
	rebuff_due *due;
	size_t n, cap;
	size_t before; /* what was there before the scan that is under way */
	lane lanes[RBF_LANES];
	size_t lane_n;
	hold holds[HOLDS_MAX];
	size_t hold_n;
	held_ip ips[IPS_MAX];
	size_t ip_n;
	rbf_place at; /* of the recipient that is being looked at ... */
	rbf_place useless; /* ... and up to where none can be woken */
	uint64_t obstacles; /* a hash of lanes and holds */
	const lane *served; /* NULL: no lane */
	size_t room; /* of the lane that is being served; SIZE_MAX: of no lane */
} look;

/* FNV-1a */
static void hash(look *l, const char *text)
{
	for (const unsigned char *p = (const unsigned char *)text;; p++) {
		l->obstacles = (l->obstacles ^ *p) * 0x100000001b3;
		if (!*p)
			return;
	}
}

static void note_lane(void *ud, const rbf_lane_key *k, double rate)
{
	look *l = ud;
	hash(l, k->node);
	hash(l, k->provider);
	hash(l, k->source_ip);
	if (l->lane_n == RBF_LANES)
		return;
	lane *at = &l->lanes[l->lane_n++];
	(void)rbf_span_copy(at->node, sizeof at->node, rbf_span_of(k->node));
	(void)rbf_span_copy(at->provider, sizeof at->provider, rbf_span_of(k->provider));
	(void)rbf_span_copy(at->source, sizeof at->source, rbf_span_of(k->source_ip));
	at->rate = rate;
}

static hold *add_hold(look *l, const char *node, const char *provider, const char *stream)
{
	if (l->hold_n == HOLDS_MAX)
		return NULL;
	hold *at = &l->holds[l->hold_n++];
	*at = (hold){.probing = false};
	(void)rbf_span_copy(at->node, sizeof at->node, rbf_span_of(node));
	(void)rbf_span_copy(at->provider, sizeof at->provider, rbf_span_of(provider));
	(void)rbf_span_copy(at->stream, sizeof at->stream, rbf_span_of(stream));
	return at;
}

static void note_hold(void *ud, const rbf_key *scope, bool probing)
{
	look *l = ud;
	hash(l, scope->provider);
	hash(l, scope->stream);
	hash(l, scope->source_ip);
	hash(l, probing ? "?" : "");
	if (scope->source_ip[0] && l->ip_n < IPS_MAX) {
		held_ip *ip = &l->ips[l->ip_n++];
		*ip = (held_ip){.probing = probing};
		(void)rbf_span_copy(ip->name, sizeof ip->name, rbf_span_of(scope->source_ip));
		(void)rbf_span_copy(
			ip->provider, sizeof ip->provider, rbf_span_of(scope->provider));
	} else if (!scope->source_ip[0]) {
		hold *at = add_hold(l, "", scope->provider, scope->stream);
		if (at)
			at->probing = probing;
	}
}

/* The hold of an IP is that of the streams that are known to leave from there. */
static void note_stream_of_ip(void *ud, const char *node, const char *stream)
{
	look *l = ud;
	held_ip *ip = &l->ips[l->ip_n - 1];
	hold *at = add_hold(l, node, ip->provider, stream);
	hash(l, node);
	hash(l, stream);
	if (!at)
		return;
	at->source_ip = ip->name;
	at->room = &ip->room;
	(void)rbf_span_copy(ip->node, sizeof ip->node, rbf_span_of(node));
}

static rebuff_status note_ips(look *l, int64_t *next_ms, rebuff_error *err)
{
	rebuff_status status = REBUFF_OK;
	size_t n = l->ip_n;
	for (l->ip_n = 1; l->ip_n <= n && status == REBUFF_OK; l->ip_n++) {
		held_ip *ip = &l->ips[l->ip_n - 1];
		int64_t again_ms = INT64_MAX;
		status = rbf_view_streams_from(l->ctx->store, ip->name, note_stream_of_ip, l, err);
		if (!ip->probing || !ip->node[0])
			continue;
		ip->room =
			rbf_lane_room(&l->ctx->lanes, &(const rbf_lane_key){ip->node, "", ip->name},
				RBF_PROBE_RATE, l->now_ms, &again_ms) > 0;
		hash(l, ip->room ? "!" : "");
		if (!ip->room && again_ms < *next_ms)
			*next_ms = again_ms;
	}
	l->ip_n = n;
	return status;
}

/* A warm-up plan is a lane, and a hold when the day's messages are sent. */
static bool note_warmup(void *ud, const rebuff_warmup *plan)
{
	look *l = ud;
	double rate = rbf_warmup_rate(plan, l->now_ms);
	size_t i = 0;
	if (rate <= 0)
		return true;
	while (i < l->lane_n &&
		(strcmp(l->lanes[i].provider, plan->provider) != 0 || l->lanes[i].source[0] ||
			strcmp(l->lanes[i].node, plan->node) != 0))
		i++;
	if (i == l->lane_n)
		note_lane(l, &(rbf_lane_key){plan->node, plan->provider, ""}, rate);
	else if (rate < l->lanes[i].rate)
		l->lanes[i].rate = rate;
	if (rbf_warmup_left(&l->ctx->warmed, plan, l->now_ms) > 0)
		return true;
	hash(l, plan->provider);
	(void)add_hold(l, plan->node, plan->provider, "");
	return true;
}

static bool is_under(const hold *h, const char *node, const char *provider, const char *stream)
{
	return (!h->node[0] || strcmp(h->node, node) == 0) &&
		(!h->provider[0] || strcmp(h->provider, provider) == 0) &&
		(!h->stream[0] || strcmp(h->stream, stream) == 0);
}

static bool held(
	const look *l, const char *node, const char *provider, const char *stream, bool in_lane)
{
	for (size_t i = 0; i < l->hold_n; i++) {
		const hold *h = &l->holds[i];
		if (is_under(h, node, provider, stream) && !(h->probing && in_lane) &&
			!(h->source_ip && *h->room > 0))
			return true;
	}
	return false;
}

/* It is woken: the probe of the IPs that it is under. */
static void take_room(look *l, const rebuff_due *d, const char *stream)
{
	for (size_t i = 0; i < l->hold_n; i++) {
		const hold *h = &l->holds[i];
		if (!h->source_ip || !*h->room || !is_under(h, d->node, d->provider, stream))
			continue;
		*h->room = 0;
		rbf_lane_handed(&l->ctx->lanes, &(const rbf_lane_key){d->node, "", h->source_ip}, 1,
			l->now_ms);
	}
}

/* While a provider is probed, one lane serves all. */
static bool is_probed(const look *l, const char *provider)
{
	for (size_t i = 0; i < l->hold_n; i++)
		if (l->holds[i].probing && strcmp(l->holds[i].provider, provider) == 0)
			return true;
	return false;
}

/* Which lane a message is in; NULL: none. */
static const lane *lane_of(const look *l, const rebuff_due *d, const char *source)
{
	const char *own = is_probed(l, d->provider) ? "" : rbf_source_lane(l->config, source);
	for (size_t i = 0; i < l->lane_n; i++)
		if (strcmp(l->lanes[i].provider, d->provider) == 0 &&
			strcmp(l->lanes[i].source, own) == 0 &&
			strcmp(l->lanes[i].node, d->node) == 0)
			return &l->lanes[i];
	return NULL;
}

/* A message that is in the list already, through another recipient; those lie close together. */
static rebuff_due *listed(const look *l, const rebuff_due *d)
{
	for (size_t i = l->n; i > 0; i--)
		if (strcmp(l->due[i - 1].id, d->id) == 0 && l->due[i - 1].mta == d->mta &&
			strcmp(l->due[i - 1].node, d->node) == 0)
			return &l->due[i - 1];
	return NULL;
}

static bool observed(const look *l, const rebuff_due *d, const char *stream, const char *source)
{
	int number;
	rbf_policy space;
	(void)rbf_ctx_policy(l->config, d->provider, &number);
	return rbf_config_policy_of(l->config, number, stream, rbf_span_of(source), &space)
		->observe;
}

static bool consider(void *ud, const rebuff_due *d, const char *stream)
{
	look *l = ud;
	char source[REBUFF_NAME_MAX];
	rbf_source_expect(l->ctx, l->config, d->node, stream, d->provider, source);
	if (held(l, d->node, d->provider, stream, l->served != NULL) ||
		lane_of(l, d, source) != l->served || observed(l, d, stream, source)) {
		if (l->n == l->before)
			l->useless = l->at;
		return true;
	}
	rebuff_due *known = listed(l, d);
	if (known) {
		known->past_host_retry = known->past_host_retry || d->past_host_retry;
		return true;
	}
	l->due[l->n++] = *d;
	take_room(l, d, stream);
	if (l->served)
		l->room--;
	return l->n < l->cap && l->room > 0;
}

static int64_t earlier(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

static rebuff_status serve_lane(look *l, const lane *at, int64_t *next_ms, rebuff_error *err)
{
	bool more = false;
	int64_t again_ms = INT64_MAX;
	l->at = (rbf_place){0};
	l->before = l->n;
	if (held(l, at->node, at->provider, "", true))
		return REBUFF_OK;
	const rbf_lane_key key = {at->node, at->provider, at->source};
	l->served = at;
	l->room = rbf_lane_room(&l->ctx->lanes, &key, at->rate, l->now_ms, &again_ms);
	if (l->room > 0) {
		rebuff_status status =
			rbf_view_due(l->ctx->store, l->now_ms, l->now_ms - RBF_UNKNOWN_MS, at->node,
				at->provider, &l->at, LOOKED_AT, consider, l, &more, err);
		if (status != REBUFF_OK)
			return status;
		if (l->n > l->before)
			rbf_lane_handed(&l->ctx->lanes, &key, l->n - l->before, l->now_ms);
	}
	if (l->room == 0 || l->n > l->before)
		*next_ms = earlier(*next_ms, again_ms);
	return REBUFF_OK;
}

/* Everybody else. A look begins behind those who could not be woken a moment ago. */
static rebuff_status serve_the_rest(look *l, int64_t *next_ms, rebuff_error *err)
{
	rebuff_ctx *ctx = l->ctx;
	bool more = false;
	if (l->obstacles != ctx->place_for || l->now_ms >= ctx->place_until_ms ||
		l->now_ms < ctx->place_until_ms - PLACE_MS) {
		ctx->place = (rbf_place){0};
		ctx->place_for = l->obstacles;
		ctx->place_until_ms = l->now_ms + PLACE_MS;
	}
	l->served = NULL;
	l->room = SIZE_MAX;
	l->before = l->n;
	l->at = l->useless = ctx->place;
	rebuff_status status = rbf_view_due(ctx->store, l->now_ms, l->now_ms - RBF_UNKNOWN_MS, NULL,
		NULL, &l->at, LOOKED_AT, consider, l, &more, err);
	ctx->place = l->useless;
	if (more)
		*next_ms = earlier(*next_ms, l->now_ms + AGAIN_MS);
	return status;
}

static rebuff_status serve(look *l, int64_t *next_ms, rebuff_error *err)
{
	rbf_store *store = l->ctx->store;
	int64_t later_ms = INT64_MAX;
	rebuff_status status = rbf_view_lanes(store, note_lane, l, err);
	if (status == REBUFF_OK)
		status = rbf_view_holds(store, note_hold, l, err);
	if (status == REBUFF_OK)
		status = note_ips(l, next_ms, err);
	if (status == REBUFF_OK)
		status = rbf_view_warmups(store, note_warmup, l, err);
	for (size_t i = 0; i < l->lane_n && l->n < l->cap && status == REBUFF_OK; i++)
		status = serve_lane(l, &l->lanes[i], next_ms, err);
	if (status == REBUFF_OK && l->n < l->cap)
		status = serve_the_rest(l, next_ms, err);
	if (status == REBUFF_OK)
		status = rbf_view_due_next(store, l->now_ms, &later_ms, err);
	*next_ms = earlier(*next_ms, later_ms);
	return status;
}

size_t rebuff_due_list(
	rebuff_ctx *ctx, int64_t now_ms, rebuff_due *due, size_t cap, int64_t *next_ms)
{
	rebuff_error err;
	*next_ms = INT64_MAX;
	if (!ctx->store || cap == 0)
		return 0;
	/* The due times are still those of the clock as it was. */
	if (rbf_clockwatch_jump(&ctx->watch)) {
		*next_ms = now_ms + MEND_MS;
		return 0;
	}
	look l = {.ctx = ctx,
		.now_ms = now_ms,
		.due = due,
		.cap = cap,
		.obstacles = 0xcbf29ce484222325};
	l.config = rbf_ctx_config(ctx);
	rebuff_status status = serve(&l, next_ms, &err);
	rbf_config_unref(l.config);
	if (status != REBUFF_OK) {
		rbf_log(&ctx->log, REBUFF_LOG_ERROR, "event=due-failed error=\"%s\"", err.text);
		*next_ms = now_ms + MEND_MS;
	}
	return l.n;
}
