/* policy.c - the policy shown to people: its mistakes, its values, its words, its hooks. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/error.h"
#include "base/span.h"
#include "engine/context.h"
#include "script/remarks.h"

typedef struct {
	void (*say)(void *ud, bool mistake, const char *text);
	void *ud;
} listener;

static void mistake(void *ud, const char *text)
{
	const listener *l = ud;
	l->say(l->ud, true, text);
}

static void remark(void *ud, const char *text)
{
	const listener *l = ud;
	l->say(l->ud, false, text);
}

rebuff_status rebuff_policy_check(const rebuff_options *options,
	void (*say)(void *ud, bool mistake, const char *text), void *ud, rebuff_error *err)
{
	listener l = {say, ud};
	rbf_load_options all = {.problem = mistake, .ud = &l};
	rbf_config *config = NULL;
	rebuff_error problem = {.status = REBUFF_OK};
	const char *data = options->data_dir ? options->data_dir : RBF_DATA_DIR;
	const char *own = options->config_dir ? options->config_dir : RBF_CONFIG_DIR;
	rebuff_status status =
		rbf_config_load_with(&all, data, own, 0, &options->log, &config, &problem);
	if (status != REBUFF_OK)
		return rbf_fail(err, status, "%s", problem.text);
	rbf_config_remarks(config, remark, &l);
	rbf_config_unref(config);
	return REBUFF_OK;
}

rebuff_status rebuff_policy_show(rebuff_ctx *ctx, rebuff_span provider, rebuff_span stream,
	rebuff_span source_ip,
	void (*each)(void *ud, const char *name, const char *value, const char *origin), void *ud,
	rebuff_error *err)
{
	rbf_config *config = rbf_ctx_config(ctx);
	char name[REBUFF_NAME_MAX];
	int number = -1;
	(void)rbf_span_copy(name, sizeof name, provider);
	(void)rbf_ctx_policy(config, name, &number);
	if (number < 0 && provider.len) /* a domain, perhaps */
		number = rbf_providers_find(config->providers, provider, provider);
	bool known = number >= 0 || provider.len == 0 || rbf_span_eq(provider, RBF_LIT("default"));
	if (known)
		rbf_config_show(config, number, stream, source_ip, each, ud);
	rbf_config_unref(config);
	return known ? REBUFF_OK
		     : rbf_fail(err, REBUFF_ENOENT,
			       "no provider, domain or MX host \"%s\" is known; expected one of "
			       "providers/*.lua, or default",
			       name);
}

void rebuff_policy_reference(rebuff_ctx *ctx, void (*write)(void *ud, rebuff_span text), void *ud)
{
	rbf_config *config = rbf_ctx_config(ctx);
	rbf_config_reference(config, write, ud);
	rbf_config_unref(config);
}

bool rebuff_hook_at(rebuff_ctx *ctx, size_t i, rebuff_hook *out)
{
	rbf_hook_state s;
	rbf_config *config = rbf_ctx_config(ctx);
	bool found = rbf_hook_state_of(config->hooks, i, &s);
	if (found) {
		*out = (rebuff_hook){.size = sizeof *out,
			.calls = s.calls,
			.failures = s.failures,
			.off = s.off};
		(void)snprintf(out->name, sizeof out->name, "%s", rbf_hook_name(s.point));
		(void)snprintf(out->provider, sizeof out->provider, "%s",
			s.provider < 0 ? "default"
				       : rbf_providers_id(config->providers, s.provider));
		(void)snprintf(out->where, sizeof out->where, "%s", s.origin);
		(void)snprintf(out->problem, sizeof out->problem, "%s", s.problem);
	}
	rbf_config_unref(config);
	return found;
}
