/* context.c - open, close, reload. */
#include "engine/context.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/span.h"
#include "script/watchfile.h"
#include "engine/keyring.h"

static rbf_policy_slot *slot_new(void)
{
	rbf_policy_slot *s = calloc(1, sizeof *s);
	if (s && pthread_mutex_init(&s->lock, NULL) != 0) {
		free(s);
		return NULL;
	}
	return s;
}

static void slot_free(rbf_policy_slot *s)
{
	if (!s)
		return;
	rbf_config_unref(s->config);
	(void)pthread_mutex_destroy(&s->lock);
	free(s);
}

rbf_config *rbf_ctx_config(const rebuff_ctx *ctx)
{
	rbf_policy_slot *s = ctx->policy;
	(void)pthread_mutex_lock(&s->lock);
	rbf_config *c = rbf_config_ref(s->config);
	(void)pthread_mutex_unlock(&s->lock);
	return c;
}

int rbf_ctx_provider(
	const rbf_config *config, rebuff_span mx, rebuff_span domain, char name[REBUFF_NAME_MAX])
{
	int n = rbf_providers_find(config->providers, mx, domain);
	if (n >= 0)
		(void)rbf_span_copy(
			name, REBUFF_NAME_MAX, rbf_span_of(rbf_providers_id(config->providers, n)));
	else
		rbf_provider_site(mx, domain, name);
	if (n < 0)
		rbf_plain_name(name);
	return n;
}

const rbf_policy *rbf_ctx_policy(const rbf_config *config, const char *name, int *number)
{
	*number = -1;
	for (size_t i = 0; i < config->provider_n && *number < 0; i++)
		if (strcmp(rbf_providers_id(config->providers, (int)i), name) == 0)
			*number = (int)i;
	return rbf_config_policy(config, *number);
}

rbf_alarm_limits rbf_ctx_limits(
	const rbf_config *config, const char *provider, const char *stream, bool act)
{
	int number;
	rbf_policy space;
	const rbf_alarm_rule *p = &rbf_ctx_policy(config, provider, &number)->alarm;
	const rbf_alarm_rule *s =
		&rbf_config_policy_of(config, -1, stream, (rebuff_span){"", 0}, &space)->alarm;
	return (rbf_alarm_limits){.act = act,
		.hold_provider = p->hold,
		.blocked = p->blocked,
		.share = p->share,
		.lasts_ms = p->lasts_s * 1000,
		.longest_ms = p->longest_s * 1000,
		.hold_stream = s->hold,
		.hard = s->hard,
		.failed = s->failed,
		.volume = s->volume};
}

rebuff_status rbf_ctx_writable(const rebuff_ctx *ctx, rebuff_error *err)
{
	if (ctx->store && !ctx->read_only)
		return REBUFF_OK;
	if (ctx->store_problem.status != REBUFF_OK)
		return rbf_fail(err, ctx->store_problem.status, "%s", ctx->store_problem.text);
	return rbf_fail(err, REBUFF_EARG, "the database %s",
		ctx->store ? "is open for reading only" : "is not open");
}

rebuff_status rbf_ctx_change_begin(rebuff_ctx *ctx, rebuff_error *err)
{
	rebuff_status status = rbf_ctx_writable(ctx, err);
	return status == REBUFF_OK ? rbf_store_change_begin(ctx->store, err) : status;
}

rebuff_status rbf_ctx_change_end(rebuff_ctx *ctx, rebuff_status status, rebuff_error *err)
{
	bool well = status == REBUFF_OK;
	rebuff_status ended = rbf_store_change_end(ctx->store, well, well ? err : NULL);
	return well ? ended : status;
}

/* `value` or, when it is NULL, `otherwise` (which may be NULL), copied. False without memory. */
static bool copy(char **out, const char *value, const char *otherwise)
{
	value = value ? value : otherwise;
	*out = value ? strdup(value) : NULL;
	return !value || *out;
}

rebuff_status rebuff_reload(rebuff_ctx *ctx, rebuff_error *err)
{
	rbf_config *fresh, *old;
	const rbf_load_options how = {.without_mode = ctx->trial};
	rebuff_status status = rbf_config_load_with(&how, ctx->data_dir, ctx->config_dir,
		rbf_wall_ms(&ctx->clock), &ctx->log, &fresh, err);
	if (status != REBUFF_OK)
		return status;
	(void)pthread_mutex_lock(&ctx->policy->lock);
	old = ctx->policy->config;
	ctx->policy->config = fresh;
	(void)pthread_mutex_unlock(&ctx->policy->lock);
	rbf_config_unref(old);
	return REBUFF_OK;
}

static void know_host_and_time(rebuff_ctx *ctx)
{
	if (gethostname(ctx->node, sizeof ctx->node - 1) != 0 || !ctx->node[0])
		(void)rbf_span_copy(ctx->node, sizeof ctx->node, RBF_LIT("localhost"));
	rbf_clockwatch_start(&ctx->watch, &ctx->clock);
	ctx->random = (uint32_t)rbf_wall_ms(&ctx->clock) ^ (uint32_t)getpid();
}

/* Without its database an engine still answers, so that mail flows as if it were not there. */
static rebuff_status open_store(rebuff_ctx *ctx, bool may_fail, rebuff_error *err)
{
	rebuff_error *problem = &ctx->store_problem;
	if (rbf_store_open(ctx->state_file, ctx->read_only, &ctx->store, problem) == REBUFF_OK &&
		(ctx->read_only ||
			rbf_key_first(ctx->store, rbf_clock_now(&ctx->watch), problem) ==
				REBUFF_OK)) {
		ctx->alarms = ctx->read_only ? NULL : rbf_alarms_new(ctx->store, &ctx->log);
		return ctx->alarms || ctx->read_only
			? REBUFF_OK
			: rbf_fail(err, REBUFF_ENOMEM, "no memory for rates");
	}
	rbf_store_close(&ctx->store);
	if (!may_fail)
		return rbf_fail(err, problem->status, "%s", problem->text);
	rbf_log(&ctx->log, REBUFF_LOG_ERROR,
		"event=no-database text=\"%s\" effect=\"every attempt goes, no result is "
		"acknowledged; mend it and start again\"",
		problem->text);
	return REBUFF_OK;
}

rebuff_status rebuff_open(const rebuff_options *options, rebuff_ctx **out, rebuff_error *err)
{
	*out = NULL;
	if (options->size < sizeof *options)
		return rbf_fail(err, REBUFF_EARG, "rebuff_options.size is %u, expected %zu",
			options->size, sizeof *options);
	rebuff_ctx *ctx = calloc(1, sizeof *ctx);
	if (!ctx || !(ctx->policy = slot_new()) ||
		!copy(&ctx->data_dir, options->data_dir, RBF_DATA_DIR) ||
		!copy(&ctx->config_dir, options->config_dir, RBF_CONFIG_DIR) ||
		!copy(&ctx->state_file, options->state_file, NULL)) {
		rebuff_close(&ctx);
		return rbf_fail(err, REBUFF_ENOMEM, "no memory for a context");
	}
	ctx->read_only = options->read_only;
	ctx->trial = options->trial;
	ctx->log = options->log;
	ctx->clock = options->clock;
	know_host_and_time(ctx);
	rebuff_status status = rebuff_reload(ctx, err);
	if (status == REBUFF_OK && ctx->state_file)
		status = open_store(ctx, options->store_may_fail, err);
	if (status != REBUFF_OK)
		rebuff_close(&ctx);
	*out = ctx;
	return status;
}

void rebuff_close(rebuff_ctx **ctx)
{
	rebuff_ctx *c = *ctx;
	*ctx = NULL;
	if (!c)
		return;
	rbf_alarms_free(&c->alarms);
	rbf_store_close(&c->store);
	slot_free(c->policy);
	free(c->data_dir);
	free(c->config_dir);
	free(c->state_file);
	free(c);
}
