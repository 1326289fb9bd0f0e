#define _DEFAULT_SOURCE /* c-ares wants struct timeval and fd_set */
#include "check/dns.h"

#include <ares.h>
#include <arpa/inet.h>
#include <arpa/nameser.h>
#include <jansson.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/select.h>
#include <unistd.h>

#include "common/clocks.h"

enum { TRY_MS = 2000, TRIES = 2, LEAST_TTL_S = 30, MOST_TTL_S = 3600, NONE_TTL_S = 300 };

static const int types[] = {[DNS_A] = ns_t_a,
	[DNS_AAAA] = ns_t_aaaa,
	[DNS_PTR] = ns_t_ptr,
	[DNS_MX] = ns_t_mx,
	[DNS_TXT] = ns_t_txt};

struct dns {
	ares_channel channel;
	bool open;
	char *cache;
	int64_t end_ms; /* boot clock */
	size_t n;
	dns_answer *at[DNS_QUESTIONS_MAX];
	dns_answer none; /* for what is over the bound */
};

/* ---- reading answers ----------------------------------------------------------------------- */

static void add(dns_answer *a, const char *text, size_t len)
{
	if (a->n == DNS_VALUES_MAX)
		return;
	if (len >= DNS_VALUE_MAX)
		len = DNS_VALUE_MAX - 1;
	memcpy(a->value[a->n], text, len);
	a->value[a->n++][len] = '\0';
}

static void read_addresses(dns_answer *a, const unsigned char *p, int len)
{
	char text[64];
	struct ares_addrttl four[DNS_VALUES_MAX];
	struct ares_addr6ttl six[DNS_VALUES_MAX];
	int n = DNS_VALUES_MAX;
	bool is_six = a->type == DNS_AAAA;
	if ((is_six ? ares_parse_aaaa_reply(p, len, NULL, six, &n)
		    : ares_parse_a_reply(p, len, NULL, four, &n)) != ARES_SUCCESS)
		return;
	for (int i = 0; i < n; i++) {
		const void *addr =
			is_six ? (const void *)&six[i].ip6addr : (const void *)&four[i].ipaddr;
		if (inet_ntop(is_six ? AF_INET6 : AF_INET, addr, text, sizeof text))
			add(a, text, strlen(text));
	}
}

static void read_names(dns_answer *a, const unsigned char *p, int len)
{
	struct hostent *h = NULL;
	if (ares_parse_ptr_reply(p, len, NULL, 0, AF_INET, &h) != ARES_SUCCESS || !h)
		return;
	for (char **alias = h->h_aliases; alias && *alias; alias++)
		add(a, *alias, strlen(*alias));
	if (a->n == 0 && h->h_name)
		add(a, h->h_name, strlen(h->h_name));
	ares_free_hostent(h);
}

static void read_mx(dns_answer *a, const unsigned char *p, int len)
{
	struct ares_mx_reply *mx = NULL;
	if (ares_parse_mx_reply(p, len, &mx) != ARES_SUCCESS)
		return;
	for (struct ares_mx_reply *m = mx; m; m = m->next) {
		char text[DNS_VALUE_MAX];
		int n = snprintf(text, sizeof text, "%u %s", m->priority, m->host ? m->host : "");
		add(a, text, n < 0 ? 0 : (size_t)n);
	}
	ares_free_data(mx);
}

static void read_text(dns_answer *a, const unsigned char *p, int len)
{
	struct ares_txt_ext *txt = NULL;
	if (ares_parse_txt_reply_ext(p, len, &txt) != ARES_SUCCESS)
		return;
	for (struct ares_txt_ext *t = txt; t; t = t->next) {
		size_t had = a->n && !t->record_start ? strlen(a->value[a->n - 1]) : 0;
		if (t->record_start) {
			add(a, (const char *)t->txt, t->length);
		} else if (a->n) { /* one record of several strings */
			size_t room = DNS_VALUE_MAX - 1 - had;
			size_t n = t->length < room ? t->length : room;
			memcpy(a->value[a->n - 1] + had, t->txt, n);
			a->value[a->n - 1][had + n] = '\0';
		}
	}
	ares_free_data(txt);
}

static unsigned number(const unsigned char *p)
{
	return (unsigned)p[0] << 8 | p[1];
}

/* Past a name; 0 when it is none. */
static int skip_name(const unsigned char *p, int len, int at)
{
	while (at < len && p[at]) {
		if ((p[at] & 0xc0) == 0xc0)
			return at + 2 <= len ? at + 2 : 0;
		at += p[at] + 1;
	}
	return at < len ? at + 1 : 0;
}

/* The smallest TTL of the answers (RFC 1035 4.1), within bounds. */
static int64_t ttl_of(const unsigned char *p, int len)
{
	int64_t least = MOST_TTL_S;
	int at = 12;
	unsigned questions = len >= 12 ? number(p + 4) : 0, answers = len >= 12 ? number(p + 6) : 0;
	for (unsigned i = 0; i < questions && at; i++)
		if ((at = skip_name(p, len, at)))
			at += 4;
	for (unsigned i = 0; i < answers && at && at < len; i++) {
		at = skip_name(p, len, at);
		if (!at || at + 10 > len)
			break;
		int64_t ttl = (int64_t)number(p + at + 4) << 16 | number(p + at + 6);
		if (ttl < least)
			least = ttl;
		at += 10 + (int)number(p + at + 8);
	}
	return least < LEAST_TTL_S ? LEAST_TTL_S : least;
}

static void on_answer(void *ud, int status, int timeouts, unsigned char *p, int len)
{
	static void (*const readers[])(dns_answer *, const unsigned char *, int) = {
		read_addresses, read_addresses, read_names, read_mx, read_text};
	dns_answer *a = ud;
	(void)timeouts;
	a->outcome = DNS_FAILED;
	a->n = 0;
	if (status == ARES_ENOTFOUND || status == ARES_ENODATA) {
		a->outcome = DNS_NONE;
		a->until_ms = wall_now_ms() + NONE_TTL_S * 1000;
	}
	if (status != ARES_SUCCESS || !p)
		return;
	readers[a->type](a, p, len);
	a->outcome = a->n ? DNS_FOUND : DNS_NONE;
	a->until_ms = wall_now_ms() + ttl_of(p, len) * 1000;
}

/* ---- asking -------------------------------------------------------------------------------- */

static dns_answer *find(dns *d, const char *name, dns_type type)
{
	for (size_t i = 0; i < d->n; i++)
		if (d->at[i]->type == type && strcasecmp(d->at[i]->name, name) == 0)
			return d->at[i];
	return NULL;
}

static dns_answer *make(dns *d, const char *name, dns_type type)
{
	if (d->n == DNS_QUESTIONS_MAX || strlen(name) >= sizeof d->none.name || !*name)
		return NULL;
	dns_answer *a = calloc(1, sizeof *a);
	if (!a)
		return NULL;
	a->type = type;
	memcpy(a->name, name, strlen(name) + 1);
	d->at[d->n++] = a;
	return a;
}

void dns_start(dns *d, const char *name, dns_type type)
{
	dns_answer *a = find(d, name, type);
	if (a || !(a = make(d, name, type)))
		return;
	if (!d->open || boot_now_ms() >= d->end_ms)
		a->outcome = DNS_FAILED;
	else
		ares_query(d->channel, name, ns_c_in, types[type], on_answer, a);
}

static void wait_for(dns *d, const dns_answer *a)
{
	while (a->outcome == DNS_PENDING) {
		fd_set in, out;
		struct timeval most = {.tv_sec = 0, .tv_usec = 200000}, tv;
		FD_ZERO(&in);
		FD_ZERO(&out);
		int n = ares_fds(d->channel, &in, &out);
		if (boot_now_ms() >= d->end_ms || n == 0) {
			ares_cancel(d->channel); /* every answer that is pending has failed */
			return;
		}
		if (select(n, &in, &out, NULL, ares_timeout(d->channel, &most, &tv)) < 0)
			continue;
		ares_process(d->channel, &in, &out);
	}
}

const dns_answer *dns_get(dns *d, const char *name, dns_type type)
{
	dns_start(d, name, type);
	const dns_answer *a = find(d, name, type);
	if (!a)
		return &d->none;
	if (d->open)
		wait_for(d, a);
	return a;
}

/* ---- remembering --------------------------------------------------------------------------- */

static void load(dns *d)
{
	json_t *all = d->cache ? json_load_file(d->cache, 0, NULL) : NULL, *o;
	size_t i, k;
	int64_t now = wall_now_ms();
	json_array_foreach(all, i, o)
	{
		const char *name = NULL;
		int type = -1, outcome = 0;
		json_int_t until = 0;
		json_t *values = NULL, *v;
		if (json_unpack(o, "{s:s,s:i,s:i,s:I,s:o}", "name", &name, "type", &type, "outcome",
			    &outcome, "until", &until, "values", &values) != 0 ||
			type < 0 || type >= DNS_TYPE_N || until <= now ||
			until > now + MOST_TTL_S * 1000 ||
			(outcome != DNS_FOUND && outcome != DNS_NONE))
			continue;
		dns_answer *a =
			find(d, name, (dns_type)type) ? NULL : make(d, name, (dns_type)type);
		if (!a)
			continue;
		a->outcome = (dns_outcome)outcome;
		a->until_ms = until;
		json_array_foreach(values, k, v)
		{
			if (json_is_string(v))
				add(a, json_string_value(v), json_string_length(v));
		}
	}
	json_decref(all);
}

static void save(const dns *d)
{
	char fresh[4096];
	json_t *all = json_array();
	for (size_t i = 0; i < d->n; i++) {
		const dns_answer *a = d->at[i];
		json_t *values = json_array();
		for (size_t k = 0; k < a->n; k++)
			json_array_append_new(values, json_string(a->value[k]));
		if ((a->outcome == DNS_FOUND || a->outcome == DNS_NONE) && a->until_ms)
			json_array_append_new(all,
				json_pack("{s:s,s:i,s:i,s:I,s:O}", "name", a->name, "type",
					(int)a->type, "outcome", (int)a->outcome, "until",
					(json_int_t)a->until_ms, "values", values));
		json_decref(values);
	}
	int n = snprintf(fresh, sizeof fresh, "%s.new", d->cache);
	if (n > 0 && (size_t)n < sizeof fresh && json_dump_file(all, fresh, JSON_COMPACT) == 0)
		(void)rename(fresh, d->cache);
	json_decref(all);
}

dns *dns_new(const char *resolver, const char *cache, int limit_ms)
{
	struct ares_options options = {
		.flags = ARES_FLAG_NOSEARCH, .timeout = TRY_MS, .tries = TRIES};
	dns *d = calloc(1, sizeof *d);
	if (!d)
		return NULL;
	d->none.outcome = DNS_FAILED;
	d->end_ms = boot_now_ms() + limit_ms;
	d->cache = cache ? strdup(cache) : NULL;
	d->open = ares_library_init(ARES_LIB_INIT_ALL) == ARES_SUCCESS &&
		ares_init_options(&d->channel, &options,
			ARES_OPT_FLAGS | ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES) == ARES_SUCCESS;
	if (d->open && *resolver &&
		ares_set_servers_ports_csv(d->channel, resolver) != ARES_SUCCESS) {
		ares_destroy(d->channel);
		d->open = false;
	}
	load(d);
	return d;
}

void dns_free(dns **dp)
{
	dns *d = *dp;
	*dp = NULL;
	if (!d)
		return;
	if (d->open)
		ares_destroy(d->channel);
	ares_library_cleanup();
	if (d->cache)
		save(d);
	for (size_t i = 0; i < d->n; i++)
		free(d->at[i]);
	free(d->cache);
	free(d);
}
