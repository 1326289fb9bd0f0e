#include "script/watchfile.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/error.h"
#include "base/span.h"
#include "script/library.h"
#include "script/sandbox.h"
#include "script/values.h"

enum { FILE_MAX = 1 << 18, PATH_BYTES = 1024, LISTS_MAX = 200 };

static rbf_watchfile *watchfile(lua_State *L)
{
	return rbf_sandbox_of(L)->owner;
}

#define KEYS(list) list, sizeof list / sizeof *list

/* The one argument of a word, a table with these keys. */
static void expect(lua_State *L, const char *what, const char *const *names, size_t n)
{
	lua_settop(L, 1);
	if (lua_type(L, 1) != LUA_TTABLE)
		(void)rbf_lua_fail(L, "%s: got a %s, expected { ... }", what, luaL_typename(L, 1));
	rbf_lua_check_keys(L, 1, what, names, n);
}

/* Field `name` of the table at 1 into text[cap], when it is there. May longjmp. */
static bool take_text(lua_State *L, const char *name, char *out, size_t cap)
{
	if (!rbf_lua_field(L, 1, name))
		return false;
	(void)rbf_span_copy(out, cap, rbf_lua_text(L, name, cap - 1));
	lua_pop(L, 1);
	return true;
}

static void take_flag(lua_State *L, const char *name, bool *out)
{
	if (!rbf_lua_field(L, 1, name))
		return;
	*out = rbf_lua_flag(L, name);
	lua_pop(L, 1);
}

/* A list of texts into out[max][cap]; returns how many. */
static size_t take_list(lua_State *L, const char *name, char *out, size_t cap, size_t max)
{
	if (!rbf_lua_field(L, 1, name))
		return 0;
	size_t n = lua_type(L, -1) == LUA_TTABLE ? lua_rawlen(L, -1) : 0;
	if (lua_type(L, -1) != LUA_TTABLE || n > max)
		(void)rbf_lua_fail(L, "%s: expected a list of at most %d texts", name, (int)max);
	for (size_t i = 0; i < n; i++) {
		lua_rawgeti(L, -1, (lua_Integer)i + 1);
		(void)rbf_span_copy(out + i * cap, cap, rbf_lua_text(L, name, cap - 1));
		lua_pop(L, 1);
	}
	lua_pop(L, 1);
	return n;
}

/* ---- the words ----------------------------------------------------------------------------- */

static int on_notices(lua_State *L)
{
	static const char host_bytes[] =
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.:[]-";
	static const char *const names[] = {
		"mail", "from", "smtp", "sendmail", "command", "webhook", "secret", "syslog"};
	rebuff_watch *w = &watchfile(L)->watch;
	expect(L, "notices", KEYS(names));
	(void)take_text(L, "mail", w->mail, sizeof w->mail);
	(void)take_text(L, "from", w->from, sizeof w->from);
	(void)take_text(L, "smtp", w->smtp, sizeof w->smtp);
	(void)take_text(L, "sendmail", w->sendmail, sizeof w->sendmail);
	(void)take_text(L, "command", w->command, sizeof w->command);
	(void)take_text(L, "webhook", w->webhook, sizeof w->webhook);
	(void)take_text(L, "secret", w->secret, sizeof w->secret);
	take_flag(L, "syslog", &w->syslog);
	if (w->mail[0] && (w->mail[0] == '-' || !strchr(w->mail, '@')))
		(void)rbf_lua_fail(L, "mail: \"%s\": expected an address", w->mail);
	if (strspn(w->smtp, host_bytes) != strlen(w->smtp))
		(void)rbf_lua_fail(L, "smtp: \"%s\": expected a host, or host:port", w->smtp);
	if (w->webhook[0] && strncmp(w->webhook, "https://", 8) != 0 &&
		strncmp(w->webhook, "http://", 7) != 0)
		(void)rbf_lua_fail(L, "webhook: \"%s\": expected https:// or http://", w->webhook);
	return 0;
}

static int on_checks(lua_State *L)
{
	static const char *const names[] = {
		"automatic", "ips", "helo", "domains", "selectors", "resolver"};
	rebuff_watch *w = &watchfile(L)->watch;
	expect(L, "checks", KEYS(names));
	take_flag(L, "automatic", &w->automatic);
	(void)take_text(L, "helo", w->helo, sizeof w->helo);
	(void)take_text(L, "resolver", w->resolver, sizeof w->resolver);
	w->ip_n = take_list(L, "ips", w->ip[0], sizeof w->ip[0], REBUFF_WATCH_MAX);
	w->domain_n = take_list(L, "domains", w->domain[0], sizeof w->domain[0], REBUFF_WATCH_MAX);
	w->selector_n =
		take_list(L, "selectors", w->selector[0], sizeof w->selector[0], REBUFF_WATCH_MAX);
	return 0;
}

static rebuff_blocklist *list_of(rbf_watchfile *w, const char *zone)
{
	for (size_t i = 0; i < w->list_n; i++)
		if (strcmp(w->lists[i].zone, zone) == 0)
			return &w->lists[i];
	if (w->list_n == LISTS_MAX)
		return NULL;
	if (w->list_n == w->list_cap) {
		size_t cap = w->list_cap ? w->list_cap * 2 : 16;
		void *p = realloc(w->lists, cap * sizeof *w->lists);
		if (!p)
			return NULL;
		w->lists = p;
		w->list_cap = cap;
	}
	return &w->lists[w->list_n++];
}

static int on_blocklist(lua_State *L)
{
	static const char *const names[] = {
		"zone", "name", "delist", "source", "ipv4", "ipv6", "use"};
	rebuff_blocklist b = {.size = sizeof b, .use = true};
	char source[256];
	expect(L, "blocklist", KEYS(names));
	if (!take_text(L, "zone", b.zone, sizeof b.zone))
		return rbf_lua_fail(L, "a blocklist has no zone");
	if (!take_text(L, "name", b.name, sizeof b.name))
		(void)rbf_span_copy(b.name, sizeof b.name, rbf_span_of(b.zone));
	(void)take_text(L, "delist", b.delist, sizeof b.delist);
	(void)take_text(L, "source", source, sizeof source);
	take_flag(L, "ipv4", &b.ipv4);
	take_flag(L, "ipv6", &b.ipv6);
	take_flag(L, "use", &b.use);
	rebuff_blocklist *to = list_of(watchfile(L), b.zone);
	if (!to)
		return rbf_lua_fail(L, "blocklist: expected at most %d lists", LISTS_MAX);
	*to = b;
	return 0;
}

static int install(lua_State *L)
{
	static const struct {
		const char *name;
		lua_CFunction f;
	} words[] = {{"notices", on_notices}, {"checks", on_checks}, {"blocklist", on_blocklist}};
	lua_rawgeti(L, LUA_REGISTRYINDEX, LUA_RIDX_GLOBALS);
	for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
		lua_pushstring(L, words[i].name);
		lua_pushcfunction(L, words[i].f);
		lua_rawset(L, -3);
	}
	return 0;
}

/* ---- files --------------------------------------------------------------------------------- */

static rebuff_status run_file(
	rbf_sandbox *s, const char *root, const char *name, const char *shown, rebuff_error *err)
{
	char path[PATH_BYTES];
	if ((size_t)snprintf(path, sizeof path, "%s/%s", root, name) >= sizeof path)
		return rbf_fail(err, REBUFF_ELIMIT, "%s: the path is too long", root);
	FILE *f = fopen(path, "rb");
	if (!f)
		return errno == ENOENT || errno == ENOTDIR
			? REBUFF_OK
			: rbf_fail(err, REBUFF_EIO, "%s: %s", path, strerror(errno));
	char *text = malloc(FILE_MAX);
	size_t n = text ? fread(text, 1, FILE_MAX, f) : 0;
	bool failed = !text || ferror(f) || n == FILE_MAX;
	(void)fclose(f);
	rebuff_status status = failed
		? rbf_fail(err, REBUFF_EPOLICY, "%s: cannot be read, or is over 256 KiB", path)
		: rbf_sandbox_compile(s, shown ? shown : path, (rebuff_span){text, n}, err);
	if (status == REBUFF_OK)
		status = rbf_sandbox_call(s, 0, 0, err);
	free(text);
	return status;
}

rebuff_status rbf_watchfile_load(
	const char *data_dir, const char *config_dir, rbf_watchfile **out, rebuff_error *err)
{
	rbf_sandbox s;
	rbf_watchfile *w = calloc(1, sizeof *w);
	*out = w;
	if (!w)
		return rbf_fail(err, REBUFF_ENOMEM, "no memory for watch.lua");
	w->watch = (rebuff_watch){
		.size = sizeof w->watch, .automatic = true, .syslog = true, .smtp = "127.0.0.1"};
	rebuff_status status = rbf_sandbox_open(&s, w, rbf_library, err);
	if (status != REBUFF_OK)
		return status;
	rbf_sandbox_begin(&s, &rbf_bounds_load);
	lua_pushcfunction(s.L, install);
	status = rbf_sandbox_call(&s, 0, 0, err);
	if (status == REBUFF_OK)
		status = run_file(&s, data_dir, "blocklists.lua", "blocklists.lua", err);
	if (status == REBUFF_OK && config_dir[0])
		status = run_file(&s, config_dir, "watch.lua", NULL, err);
	rbf_sandbox_end(&s);
	rbf_sandbox_close(&s);
	return status;
}

void rbf_watchfile_free(rbf_watchfile *w)
{
	if (!w)
		return;
	free(w->lists);
	free(w);
}
