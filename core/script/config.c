/* config.c - a loaded policy: shared by count, looked up by provider and sender. */
#include <stdlib.h>

#include "base/span.h"
#include "script/script.h"
#include "script/text.h"
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
	free(c->policies);
	free(c->info);
	free(c->streams);
	free(c);
}

const rbf_policy *rbf_config_policy(const rbf_config *c, int provider)
{
	return provider >= 0 && (size_t)provider < c->provider_n ? &c->policies[provider]
								 : &c->fallback;
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
}
