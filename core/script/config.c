/* config.c - a loaded policy: shared by count, looked up by provider and sender. */
#include <stdlib.h>

#include "base/span.h"
#include "script/hooks.h"
#include "script/script.h"
#include "script/settings.h"
#include "script/text.h"
#include "script/watchfile.h"
#include "smtp/address.h"

rbf_config *rbf_config_ref(rbf_config *c)
{
	atomic_fetch_add(&c->users, 1);
	return c;
}

void rbf_config_unref(rbf_config *c)
{
	if (!c || atomic_fetch_sub(&c->users, 1) != 1)
		return;
	rbf_rules_free(c->rules);
	rbf_providers_free(c->providers);
	rbf_watchfile_free(c->watch);
	free(c->policies);
	free(c->info);
	free(c->streams);
	free(c->scoped[0]);
	free(c->scoped[1]);
	rbf_hooks_free(c->hooks);
	if (c->settings)
		rbf_settings_free(c->settings);
	free(c->settings);
	if (c->schema)
		rbf_schema_free(c->schema);
	free(c->schema);
	free(c);
}

const rbf_policy *rbf_config_policy(const rbf_config *c, int provider)
{
	return provider >= 0 && (size_t)provider < c->provider_n ? &c->policies[provider]
								 : &c->fallback;
}

static int scoped(const rbf_config *c, int kind, rebuff_span name)
{
	for (size_t i = 0; name.len && i < c->scoped_n[kind]; i++)
		if (rbf_span_eq(name, rbf_span_of(c->scoped[kind][i].name)))
			return (int)i;
	return -1;
}

static rbf_scope scope_of(
	const rbf_config *c, int provider, rebuff_span stream, rebuff_span source_ip)
{
	int known = provider >= 0 && (size_t)provider < c->provider_n ? provider : -1;
	return (rbf_scope){known, scoped(c, 0, stream), scoped(c, 1, source_ip)};
}

const rbf_policy *rbf_config_policy_of(const rbf_config *c, int provider, const char *stream,
	rebuff_span source_ip, rbf_policy *space)
{
	const rbf_policy *p = rbf_config_policy(c, provider);
	rbf_scope scope = scope_of(c, provider, rbf_span_of(stream), source_ip);
	if (scope.stream < 0 && scope.source < 0)
		return p;
	*space = *p;
	return rbf_settings_overlay(c->settings, scope, space) ? space : p;
}

bool rbf_config_speaks_of_sources(const rbf_config *c)
{
	return c->scoped_n[1] > 0;
}

bool rbf_config_paces_source(const rbf_config *c, rebuff_span source_ip)
{
	int source = scoped(c, 1, source_ip);
	for (size_t i = 0; source >= 0 && i < c->settings->n; i++)
		if (c->settings->list[i].part == RBF_PART_PACE &&
			c->settings->list[i].scope.source == source)
			return true;
	return false;
}

const char *rbf_config_paced_source(const rbf_config *c, size_t i)
{
	for (size_t k = 0; k < c->scoped_n[1]; k++)
		if (rbf_config_paces_source(c, rbf_span_of(c->scoped[1][k].name)) && i-- == 0)
			return c->scoped[1][k].name;
	return NULL;
}

void rbf_config_show(const rbf_config *c, int provider, rebuff_span stream, rebuff_span source_ip,
	void (*each)(void *ud, const char *name, const char *value, const char *origin), void *ud)
{
	char name[REBUFF_NAME_MAX];
	const rbf_hook_event event = {.stream = name, .source_ip = source_ip};
	(void)rbf_span_copy(name, sizeof name, stream);
	rbf_settings_show(
		c->schema, c->settings, scope_of(c, provider, stream, source_ip), each, ud);
	for (int i = 0; i < RBF_HOOK_N; i++) {
		rbf_hook_state state;
		size_t at = rbf_hook_for(c->hooks, (rbf_hook_point)i, provider, &event);
		if (rbf_hook_state_of(c->hooks, at, &state))
			each(ud, rbf_hook_name(state.point), "function", state.origin);
	}
}

const rbf_provider_info *rbf_config_info(const rbf_config *c, int provider)
{
	static const rbf_provider_info unknown;
	return provider >= 0 && (size_t)provider < c->provider_n ? &c->info[provider] : &unknown;
}

void rbf_config_stream(const rbf_config *c, rebuff_span sender, char out[REBUFF_NAME_MAX])
{
	sender = rbf_span_trim(sender);
	if (sender.len == 0 || rbf_span_eq(sender, RBF_LIT("<>"))) {
		(void)rbf_span_copy(out, REBUFF_NAME_MAX, RBF_LIT("null"));
		return;
	}
	for (size_t i = 0; i < c->stream_n; i++) {
		const struct rbf_stream *s = &c->streams[i];
		if (rbf_text_like(sender, rbf_span_of(s->pattern), NULL)) {
			(void)rbf_span_copy(out, REBUFF_NAME_MAX, rbf_span_of(s->name));
			return;
		}
	}
	rebuff_span domain = rbf_address_domain(sender);
	domain = domain.len ? domain : sender;
	if (domain.len >= REBUFF_NAME_MAX) /* the end of a long name tells more than its start */
		domain = rbf_span_sub(domain, domain.len - (REBUFF_NAME_MAX - 1), SIZE_MAX);
	(void)rbf_span_copy(out, REBUFF_NAME_MAX, domain);
	for (size_t i = 0; out[i]; i++)
		out[i] = (char)rbf_lower((unsigned char)out[i]);
	rbf_plain_name(out);
}
