#include "script/values.h"

#include <stdio.h>

#include "base/buf.h"
#include "base/span.h"

/* ---- units --------------------------------------------------------------------------------- */

/* "1.5" before a unit: returns its length, 0 when there is none. At most nine digits, so that no
 * product overflows. */
static size_t parse_number(rebuff_span s, double *out)
{
	double v = 0, place = 0;
	size_t i = 0, digits = 0;
	for (; i < s.len; i++) {
		unsigned char c = (unsigned char)s.p[i];
		if (c == '.' && place == 0 && digits)
			place = 1;
		else if (!rbf_is_digit(c) || ++digits > 9)
			break;
		else if (place == 0)
			v = v * 10 + (c - '0');
		else
			v += (c - '0') * (place /= 10);
	}
	*out = v;
	return digits && digits <= 9 && s.p[i - 1] != '.' ? i : 0;
}

bool rbf_parse_time(rebuff_span s, int64_t *seconds)
{
	static const struct {
		char unit;
		double seconds;
	} units[] = {{'s', 1}, {'m', 60}, {'h', 3600}, {'d', 86400}, {'w', 604800}};
	double v;
	size_t n = parse_number(s, &v);
	if (s.len < 2 || n == 0 || n != s.len - 1)
		return false;
	for (size_t i = 0; i < sizeof units / sizeof *units; i++) {
		if (s.p[n] != units[i].unit)
			continue;
		*seconds = (int64_t)(v * units[i].seconds + 0.5);
		return true;
	}
	return false;
}

bool rbf_parse_rate(rebuff_span s, double *per_minute)
{
	static const struct {
		const char *unit;
		double per_minute;
	} units[] = {{"/s", 60}, {"/min", 1}, {"/h", 1.0 / 60}, {"/d", 1.0 / 1440}};
	double v;
	size_t n = parse_number(s, &v);
	if (n == 0)
		return false;
	for (size_t i = 0; i < sizeof units / sizeof *units; i++) {
		if (!rbf_span_eq(rbf_span_sub(s, n, SIZE_MAX), rbf_span_of(units[i].unit)))
			continue;
		*per_minute = v * units[i].per_minute;
		return true;
	}
	return false;
}

/* ---- names --------------------------------------------------------------------------------- */

/* Single-byte edits (insert, delete, replace) between a word and a name, 99 over 31 bytes. */
static unsigned distance(rebuff_span a, rebuff_span b)
{
	unsigned row[32];
	if (a.len > 31 || b.len > 31)
		return 99;
	for (unsigned k = 0; k <= b.len; k++)
		row[k] = k;
	for (size_t i = 0; i < a.len; i++) {
		unsigned corner = row[0]++;
		for (size_t k = 0; k < b.len; k++) {
			unsigned same = corner +
				(rbf_lower((unsigned char)a.p[i]) !=
					rbf_lower((unsigned char)b.p[k]));
			unsigned edit = (row[k] < row[k + 1] ? row[k] : row[k + 1]) + 1;
			corner = row[k + 1];
			row[k + 1] = same < edit ? same : edit;
		}
	}
	return row[b.len];
}

const char *rbf_nearest(rebuff_span word, const char *const *names, size_t n)
{
	const char *best = NULL;
	unsigned least = 4;
	for (size_t i = 0; i < n; i++) {
		unsigned d = distance(word, rbf_span_of(names[i]));
		if (d < least && d * 2 <= strlen(names[i])) {
			least = d;
			best = names[i];
		}
	}
	return best;
}

/* Fail: `word` is none of names; name the nearest, or all. */
static void fail_unknown(
	lua_State *L, const char *what, rebuff_span word, const char *const *names, size_t n)
{
	char shown[64], list[360];
	rbf_buf b = rbf_buf_of(list, sizeof list);
	const char *near = rbf_nearest(word, names, n);
	(void)rbf_span_escape(shown, sizeof shown, word);
	for (size_t i = 0; i < n && !b.overflow; i++)
		rbf_buf_printf(&b, "%s%s", i ? ", " : "", names[i]);
	if (near)
		(void)rbf_lua_fail(
			L, "%s: nothing is called \"%s\"; did you mean \"%s\"?", what, shown, near);
	(void)rbf_lua_fail(
		L, "%s: nothing is called \"%s\"; expected one of: %s", what, shown, list);
}

static void fail_type(lua_State *L, const char *what, const char *expected)
{
	char shown[64] = "";
	if (lua_type(L, -1) == LUA_TSTRING || lua_type(L, -1) == LUA_TNUMBER) {
		size_t len;
		const char *p = lua_tolstring(L, -1, &len);
		(void)rbf_span_escape(shown, sizeof shown, (rebuff_span){p, len});
		(void)rbf_lua_fail(L, "%s: got \"%s\", expected %s", what, shown, expected);
	}
	(void)rbf_lua_fail(L, "%s: got a %s, expected %s", what, luaL_typename(L, -1), expected);
}

void rbf_lua_check_keys(
	lua_State *L, int index, const char *what, const char *const *names, size_t n)
{
	index = lua_absindex(L, index);
	lua_pushnil(L);
	while (lua_next(L, index)) {
		size_t i = 0;
		lua_pop(L, 1); /* the value; the key stays for lua_next */
		if (lua_type(L, -1) != LUA_TSTRING)
			(void)rbf_lua_fail(
				L, "%s: a key is a %s, expected names", what, luaL_typename(L, -1));
		rebuff_span key = rbf_span_of(lua_tostring(L, -1));
		while (i < n && !rbf_span_eq(key, rbf_span_of(names[i])))
			i++;
		if (i == n)
			fail_unknown(L, what, key, names, n);
	}
}

bool rbf_lua_field(lua_State *L, int index, const char *name)
{
	index = lua_absindex(L, index);
	lua_pushstring(L, name);
	if (lua_rawget(L, index) != LUA_TNIL)
		return true;
	lua_pop(L, 1);
	return false;
}

/* ---- values -------------------------------------------------------------------------------- */

bool rbf_lua_flag(lua_State *L, const char *what)
{
	if (lua_type(L, -1) != LUA_TBOOLEAN)
		fail_type(L, what, "true or false");
	return lua_toboolean(L, -1);
}

rebuff_span rbf_lua_text(lua_State *L, const char *what, size_t max)
{
	char expected[64];
	size_t len = 0;
	(void)snprintf(expected, sizeof expected, "a text of 1 to %zu bytes", max);
	const char *p = lua_type(L, -1) == LUA_TSTRING ? lua_tolstring(L, -1, &len) : NULL;
	if (!p || len == 0 || len > max)
		fail_type(L, what, expected);
	return (rebuff_span){p, len};
}

int rbf_lua_name(lua_State *L, const char *what, const char *const *all, size_t n)
{
	rebuff_span word = rbf_lua_text(L, what, 64);
	for (size_t i = 0; i < n; i++)
		if (rbf_span_eq(word, rbf_span_of(all[i])))
			return (int)i;
	fail_unknown(L, what, word, all, n);
	return -1;
}
