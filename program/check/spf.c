#include "check/spf.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { TERMS_MAX = 10, VOID_MAX = 2, MX_MAX = 10, RECORD_MAX = 512 };

typedef struct {
	dns *d;
	int family;
	unsigned char ip[16];
	int terms, voids;
	bool macro;
} spf;

const char *spf_name(spf_result result)
{
	static const char *const names[] = {"none", "pass", "fail", "softfail", "neutral",
		"temperror", "permerror", "not told (macros)"};
	return names[result];
}

static bool matches(const spf *s, int family, const unsigned char *net, int bits)
{
	int full = bits / 8, rest = bits % 8;
	if (family != s->family || memcmp(s->ip, net, (size_t)full) != 0)
		return false;
	return rest == 0 || ((s->ip[full] ^ net[full]) & (0xff << (8 - rest)) & 0xff) == 0;
}

/* "192.0.2.0/24"; bits < 0: those of the text, else all. False also when it is none: *bad. */
static bool matches_text(const spf *s, const char *text, int family, int bits, bool *bad)
{
	char address[64];
	unsigned char net[16];
	const char *slash = strchr(text, '/');
	size_t n = slash ? (size_t)(slash - text) : strlen(text);
	int most = family == AF_INET ? 32 : 128;
	if (n >= sizeof address) {
		*bad = true;
		return false;
	}
	memcpy(address, text, n);
	address[n] = '\0';
	if (bits < 0)
		bits = slash ? atoi(slash + 1) : most;
	if (inet_pton(family, address, net) != 1 || bits < 0 || bits > most) {
		*bad = true;
		return false;
	}
	return matches(s, family, net, bits);
}

/* Is it one of the addresses of this name? */
static bool has_address(spf *s, const char *name, int bits)
{
	bool bad = false;
	const dns_answer *a = dns_get(s->d, name, s->family == AF_INET ? DNS_A : DNS_AAAA);
	s->voids += a->outcome == DNS_NONE;
	for (size_t i = 0; i < a->n; i++)
		if (matches_text(s, a->value[i], s->family, bits, &bad))
			return true;
	return false;
}

static bool is_mx(spf *s, const char *name, int bits)
{
	const dns_answer *a = dns_get(s->d, name, DNS_MX);
	s->voids += a->outcome == DNS_NONE;
	for (size_t i = 0; i < a->n && i < MX_MAX; i++) {
		const char *host = strchr(a->value[i], ' ');
		if (host && host[1] && has_address(s, host + 1, bits))
			return true;
	}
	return false;
}

/* The record of a domain: 0 none, 1 one, -1 several, -2 no answer. */
static int record_of(dns *d, const char *domain, char out[RECORD_MAX])
{
	int n = 0;
	const dns_answer *a = dns_get(d, domain, DNS_TXT);
	if (a->outcome == DNS_FAILED)
		return -2;
	for (size_t i = 0; i < a->n; i++) {
		if (strncasecmp(a->value[i], "v=spf1", 6) != 0 ||
			(a->value[i][6] && a->value[i][6] != ' '))
			continue;
		snprintf(out, RECORD_MAX, "%s", a->value[i]);
		n++;
	}
	return n > 1 ? -1 : n;
}

static spf_result evaluate(spf *s, const char *domain, int depth);

/* A mechanism without its qualifier: does it match? `error` is set for one that cannot be. */
static bool mechanism(spf *s, char *term, const char *domain, int depth, spf_result *error)
{
	bool bad = false, found = false;
	char *colon = strchr(term, ':'), *slash;
	char name[256];
	if (strncasecmp(term, "ip4:", 4) == 0 || strncasecmp(term, "ip6:", 4) == 0) {
		found = matches_text(s, term + 4, term[2] == '4' ? AF_INET : AF_INET6, -1, &bad);
		*error = bad ? SPF_PERMERROR : SPF_NONE;
		return found;
	}
	if (strcasecmp(term, "all") == 0)
		return true;
	if (++s->terms > TERMS_MAX) {
		*error = SPF_PERMERROR;
		return false;
	}
	slash = strchr(term, '/');
	int bits = slash && s->family == AF_INET ? atoi(slash + 1) : -1;
	char *six = slash ? strstr(slash, "//") : NULL;
	if (six && s->family == AF_INET6)
		bits = atoi(six + 2);
	if (slash)
		*slash = '\0';
	snprintf(name, sizeof name, "%s", colon && colon[1] ? colon + 1 : domain);
	if (colon)
		*colon = '\0';
	if (strchr(name, '%')) {
		s->macro = true;
		return false;
	}
	if (bits < 0)
		bits = s->family == AF_INET ? 32 : 128;
	if (strcasecmp(term, "a") == 0)
		return has_address(s, name, bits);
	if (strcasecmp(term, "mx") == 0)
		return is_mx(s, name, bits);
	if (strcasecmp(term, "exists") == 0)
		return dns_get(s->d, name, DNS_A)->outcome == DNS_FOUND;
	if (strcasecmp(term, "ptr") == 0)
		return false; /* RFC 7208 5.5: not to be used */
	if (strcasecmp(term, "include") == 0) {
		spf_result inner = evaluate(s, name, depth + 1);
		if (inner == SPF_NONE || inner == SPF_PERMERROR)
			*error = SPF_PERMERROR;
		else if (inner == SPF_TEMPERROR)
			*error = SPF_TEMPERROR;
		return inner == SPF_PASS;
	}
	*error = SPF_PERMERROR;
	return false;
}

static spf_result evaluate(spf *s, const char *domain, int depth)
{
	char record[RECORD_MAX], redirect[256] = "", *save = NULL;
	int n = depth > TERMS_MAX ? -1 : record_of(s->d, domain, record);
	if (n <= 0)
		return n == 0 ? SPF_NONE : n == -1 ? SPF_PERMERROR : SPF_TEMPERROR;
	for (char *t = strtok_r(record + 6, " ", &save); t; t = strtok_r(NULL, " ", &save)) {
		static const spf_result of[] = {SPF_PASS, SPF_FAIL, SPF_SOFTFAIL, SPF_NEUTRAL};
		static const char signs[] = "+-~?";
		const char *sign = strchr(signs, *t);
		spf_result error = SPF_NONE;
		if (strncasecmp(t, "redirect=", 9) == 0) {
			snprintf(redirect, sizeof redirect, "%s", t + 9);
			continue;
		}
		if (strchr(t, '=') && !strchr(t, ':'))
			continue; /* exp= and modifiers to come */
		bool match = mechanism(s, sign ? t + 1 : t, domain, depth, &error);
		if (error != SPF_NONE)
			return error;
		if (s->voids > VOID_MAX)
			return SPF_PERMERROR;
		if (match)
			return of[sign ? sign - signs : 0];
	}
	if (*redirect && !strchr(redirect, '%') && ++s->terms <= TERMS_MAX) {
		spf_result there = evaluate(s, redirect, depth + 1);
		return there == SPF_NONE ? SPF_PERMERROR : there;
	}
	return SPF_NEUTRAL;
}

spf_result spf_check(dns *d, const char *ip, const char *domain)
{
	spf s = {.d = d, .family = strchr(ip, ':') ? AF_INET6 : AF_INET};
	if (inet_pton(s.family, ip, s.ip) != 1)
		return SPF_PERMERROR;
	spf_result result = evaluate(&s, domain, 0);
	return s.macro && result != SPF_PASS ? SPF_MACRO : result;
}
