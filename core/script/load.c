/* load.c - read the policy folders into one configuration, all or nothing. */
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/span.h"
#include "script/bind.h"
#include "script/files.h"
#include "script/library.h"
#include "script/watchfile.h"

enum { PATH_BYTES = 1024 };

/* ---- files
 * -------------------------------------------------------------------------------------------- */

static rebuff_status run_file(
	rbf_sandbox *s, const char *path, const char *shown, rebuff_error *err)
{
	rbf_loading *l = s->owner;
	char *text;
	size_t len = 0;
	rebuff_status status = rbf_file_read(path, &text, &len, err);
	if (status != REBUFF_OK)
		return status;
	l->file = shown;
	l->source = (rebuff_span){text, len};
	l->statement = l->phrase = (rbf_place){0, 0};
	status = rbf_sandbox_compile(s, shown, l->source, err);
	if (status == REBUFF_OK)
		status = rbf_sandbox_call(s, 0, 0, err);
	if (status == REBUFF_EPOLICY) {
		rebuff_error said = *err;
		if (rbf_loading_problem(l, said.text))
			status = REBUFF_OK;
	}
	l->config->files++;
	l->source = (rebuff_span){NULL, 0};
	free(text);
	return status;
}

/* ---- folders
 * ------------------------------------------------------------------------------------------ */

/* How a file is called in messages: shipped ones below the folder, the operator's by their path. */
static void show_as(char *out, const rbf_loading *l, const char *root, const char *below)
{
	if (l->operators)
		(void)snprintf(out, PATH_BYTES, "%s/%s", root, below);
	else
		(void)snprintf(out, PATH_BYTES, "%s", below);
}

static rebuff_status run_folder(
	rbf_sandbox *s, const char *root, const char *folder, rebuff_error *err)
{
	char path[PATH_BYTES], below[512], shown[PATH_BYTES];
	rbf_listing files;
	if ((size_t)snprintf(path, sizeof path, "%s/%s", root, folder) >= sizeof path - 260)
		return rbf_fail(err, REBUFF_ELIMIT, "%s: the path is too long", root);
	rebuff_status status = rbf_folder_list(path, &files, err);
	for (size_t i = 0; status == REBUFF_OK && i < files.n; i++) {
		(void)snprintf(below, sizeof below, "%s/%s", folder, files.names[i]);
		(void)snprintf(path, sizeof path, "%s/%s", root, below);
		show_as(shown, s->owner, root, below);
		status = run_file(s, path, shown, err);
	}
	free(files.names);
	return status;
}

/* defaults.lua, rules/, providers/ of one root. Whether defaults.lua must be there: `required`. */
static rebuff_status run_root(rbf_sandbox *s, const char *root, bool required, rebuff_error *err)
{
	char path[PATH_BYTES], shown[PATH_BYTES];
	if ((size_t)snprintf(path, sizeof path, "%s/defaults.lua", root) >= sizeof path)
		return rbf_fail(err, REBUFF_ELIMIT, "%s: the path is too long", root);
	show_as(shown, s->owner, root, "defaults.lua");
	rebuff_status status = run_file(s, path, shown, err);
	if (status == REBUFF_ENOENT && required)
		return rbf_fail(err, REBUFF_EPOLICY,
			"%s: not found: the shipped policy is not there; expected the folder that "
			"holds "
			"defaults.lua, rules/ and providers/ (--data DIR)",
			path);
	if (status == REBUFF_ENOENT)
		status = REBUFF_OK;
	if (status == REBUFF_OK)
		status = run_folder(s, root, "rules", err);
	if (status == REBUFF_OK)
		status = run_folder(s, root, "providers", err);
	return status;
}

static int take_schema(lua_State *L)
{
	rbf_loading *l = rbf_sandbox_of(L)->owner;
	lua_settop(L, 1);
	rbf_schema_take(L, l->source, l->config->schema);
	return 0;
}

/* schema.lua returns its list; all other files are read by it. */
static rebuff_status run_schema(rbf_sandbox *s, const char *root, rebuff_error *err)
{
	rbf_loading *l = s->owner;
	char path[PATH_BYTES], *text;
	size_t len = 0;
	if ((size_t)snprintf(path, sizeof path, "%s/schema.lua", root) >= sizeof path)
		return rbf_fail(err, REBUFF_ELIMIT, "%s: the path is too long", root);
	rebuff_status status = rbf_file_read(path, &text, &len, err);
	if (status == REBUFF_ENOENT)
		return rbf_fail(err, REBUFF_EPOLICY,
			"%s: not found: the shipped policy is not there; expected the folder that "
			"holds schema.lua, defaults.lua, rules/ and providers/ (--data DIR)",
			path);
	if (status != REBUFF_OK)
		return status;
	l->source = (rebuff_span){text, len};
	lua_pushcfunction(s->L, take_schema);
	status = rbf_sandbox_compile(s, "schema.lua", l->source, err);
	if (status == REBUFF_OK)
		status = rbf_sandbox_call(s, 0, 1, err);
	if (status == REBUFF_OK)
		status = rbf_sandbox_call(s, 1, 0, err);
	if (status == REBUFF_OK)
		status = rbf_settings_match(l->config->schema, err);
	l->source = (rebuff_span){NULL, 0};
	free(text);
	return status;
}

/* What rebuff mode wrote into the operator's folder, over everything else; none is fine. */
static rebuff_status run_mode(rbf_sandbox *s, const char *root, rebuff_error *err)
{
	char path[PATH_BYTES];
	if ((size_t)snprintf(path, sizeof path, "%s/mode.lua", root) >= sizeof path)
		return rbf_fail(err, REBUFF_ELIMIT, "%s: the path is too long", root);
	rebuff_status status = run_file(s, path, path, err);
	return status == REBUFF_ENOENT ? REBUFF_OK : status;
}

/* ---- the whole
 * ------------------------------------------------------------------------------------------ */

static rebuff_status run_all(
	rbf_loading *l, const char *data_dir, const char *config_dir, rebuff_error *err)
{
	rbf_sandbox *s = &l->config->hooks->sandbox;
	rebuff_status status = rbf_sandbox_open(s, l, rbf_library, err);
	if (status != REBUFF_OK)
		return status;
	rbf_sandbox_begin(s, l->options->bounds ? l->options->bounds : &rbf_bounds_load);
	status = rbf_bind(s, err);
	if (status == REBUFF_OK)
		status = run_schema(s, data_dir, err);
	if (status == REBUFF_OK)
		status = run_root(s, data_dir, true, err);
	l->operators = true;
	if (status == REBUFF_OK && config_dir[0])
		status = run_root(s, config_dir, false, err);
	if (status == REBUFF_OK && config_dir[0] && !l->options->without_mode)
		status = run_mode(s, config_dir, err);
	rbf_sandbox_end(s);
	return status;
}

/* A contradiction is a mistake like others. */
static rebuff_status check_policy(rbf_loading *l, const rbf_policy *p, rebuff_error *err)
{
	rebuff_error said;
	rebuff_status status = rbf_settings_check(p, &said);
	if (status != REBUFF_OK && !rbf_loading_problem(l, said.text))
		return rbf_fail(err, status, "%s", said.text);
	return REBUFF_OK;
}

/* What holds for a stream or source, looked at with its last setting. */
static rebuff_status check_scope(rbf_loading *l, size_t i, rebuff_error *err)
{
	const rbf_config *c = l->config;
	const rbf_scope scope = c->settings->list[i].scope;
	if (scope.stream < 0 && scope.source < 0)
		return REBUFF_OK;
	for (size_t k = i + 1; k < c->settings->n; k++)
		if (memcmp(&c->settings->list[k].scope, &scope, sizeof scope) == 0)
			return REBUFF_OK;
	const char *name = scope.stream >= 0 ? c->scoped[0][scope.stream].name
					     : c->scoped[1][scope.source].name;
	rbf_policy policy = *rbf_config_policy(c, scope.provider);
	(void)rbf_settings_overlay(c->settings, scope, &policy);
	(void)rbf_span_copy(policy.provider, sizeof policy.provider, rbf_span_of(name));
	return check_policy(l, &policy, err);
}

static rebuff_status resolve(rbf_loading *l, rebuff_error *err)
{
	rbf_config *c = l->config;
	rbf_settings_resolve(c->schema, c->settings, -1, "", &c->fallback);
	rebuff_status status = check_policy(l, &c->fallback, err);
	c->policies = calloc(c->provider_n + 1, sizeof *c->policies);
	if (!c->policies)
		return rbf_fail(err, REBUFF_ENOMEM, "no memory for policies");
	for (size_t i = 0; status == REBUFF_OK && i < c->provider_n; i++) {
		rbf_settings_resolve(c->schema, c->settings, (int)i,
			rbf_providers_id(c->providers, (int)i), &c->policies[i]);
		status = check_policy(l, &c->policies[i], err);
	}
	for (size_t i = 0; status == REBUFF_OK && i < c->settings->n; i++)
		status = check_scope(l, i, err);
	if (status == REBUFF_OK)
		status = rbf_rules_seal(c->rules, err);
	rbf_providers_seal(c->providers);
	return status;
}

static rbf_config *config_new(const rebuff_log *log, int64_t now_ms)
{
	rbf_config *c = calloc(1, sizeof *c);
	if (!c)
		return NULL;
	c->users = 1;
	c->loaded_ms = now_ms;
	c->rules = rbf_rules_new();
	c->providers = rbf_providers_new();
	c->schema = calloc(1, sizeof *c->schema);
	c->settings = calloc(1, sizeof *c->settings);
	c->hooks = rbf_hooks_new(log, c->schema);
	if (c->rules && c->providers && c->schema && c->settings && c->hooks)
		return c;
	rbf_config_unref(c);
	return NULL;
}

/* The Lua state stays only where there is something to call. */
static rebuff_status keep_hooks(rbf_config *c, rebuff_error *err)
{
	if (c->hooks->n)
		return rbf_hooks_seal(c->hooks, (int)c->provider_n, err);
	rbf_hooks_free(c->hooks);
	c->hooks = NULL;
	return REBUFF_OK;
}

rebuff_status rbf_config_load_with(const rbf_load_options *options, const char *data_dir,
	const char *config_dir, int64_t now_ms, const rebuff_log *log, rbf_config **out,
	rebuff_error *err)
{
	rebuff_error own = {.status = REBUFF_OK};
	rbf_loading l = {.config = config_new(log, now_ms), .options = options, .log = log};
	*out = NULL;
	err = err ? err : &own;
	if (!l.config)
		return rbf_fail(err, REBUFF_ENOMEM, "no memory for a policy");
	rebuff_status status = run_all(&l, data_dir, config_dir ? config_dir : "", err);
	if (status == REBUFF_OK)
		status = rbf_watchfile_load(
			data_dir, config_dir ? config_dir : "", &l.config->watch, err);
	if (status == REBUFF_OK)
		status = resolve(&l, err);
	if (status == REBUFF_OK)
		status = keep_hooks(l.config, err);
	if (status == REBUFF_OK && l.problems)
		status = rbf_fail(err, REBUFF_EPOLICY, "%zu mistake%s in the policy files",
			l.problems, l.problems == 1 ? "" : "s");
	if (status != REBUFF_OK) {
		rbf_config_unref(l.config);
		return status;
	}
	rbf_log(log, REBUFF_LOG_INFO, "policy loaded files=%zu rules=%zu providers=%zu",
		l.config->files, rbf_rules_count(l.config->rules), l.config->provider_n);
	*out = l.config;
	return REBUFF_OK;
}

rebuff_status rbf_config_load(const char *data_dir, const char *config_dir, int64_t now_ms,
	const rebuff_log *log, rbf_config **out, rebuff_error *err)
{
	static const rbf_load_options plain = {0};
	return rbf_config_load_with(&plain, data_dir, config_dir, now_ms, log, out, err);
}
