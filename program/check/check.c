#include "check/check.h"

#include <arpa/inet.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "check/dns.h"
#include "check/spf.h"
#include "common/clocks.h"
#include "common/fail.h"
#include "common/text.h"
#include "common/when.h"

enum { IPS_MAX = 24, DOMAINS_MAX = 24, LISTS_MAX = 200, FINDINGS_MAX = 120, SHOWN = 256 };

typedef struct {
	rebuff_ctx *ctx;
	const check_request *request;
	rebuff_watch watch;
	dns *dns;
	char ip[IPS_MAX][64];
	size_t ip_n;
	char domain[DOMAINS_MAX][256];
	size_t domain_n;
	struct {
		char name[256];
		int64_t n;
	} worst[8];
	size_t worst_n;
	struct {
		char name[REBUFF_NAME_MAX];
		int64_t fresh, all;
	} source[8];
	size_t source_n;
	rebuff_blocklist list[LISTS_MAX];
	size_t list_n;
	rebuff_alarm alarm;
	json_t *findings;
	size_t wrong;
	char first[SHOWN]; /* wrong finding */
} check;

/* ---- findings ------------------------------------------------------------------------------ */

static void finding(check *c, const char *state, const char *area, const char *subject,
	const char *todo, const char *page, const char *fmt, ...)
	__attribute__((format(printf, 7, 8)));

static void finding(check *c, const char *state, const char *area, const char *subject,
	const char *todo, const char *page, const char *fmt, ...)
{
	char text[SHOWN * 2];
	va_list ap;
	va_start(ap, fmt);
	vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	if (json_array_size(c->findings) >= FINDINGS_MAX)
		return;
	if (strcmp(state, "wrong") == 0 && c->wrong++ == 0)
		snprintf(c->first, sizeof c->first, "%.60s: %.180s", subject, text);
	json_t *o = json_object();
	json_object_set_new(o, "state", json_string(state));
	json_object_set_new(o, "area", json_string(area));
	json_object_set_new(o, "subject", text_json(subject, strlen(subject)));
	json_object_set_new(o, "text", text_json(text, strlen(text)));
	json_object_set_new(o, "todo", text_json(todo, strlen(todo)));
	json_object_set_new(o, "page", text_json(page, strlen(page)));
	json_array_append_new(c->findings, o);
}

/* ---- what there is to check ---------------------------------------------------------------- */

static void add_ip(check *c, const char *ip)
{
	unsigned char bytes[16];
	for (size_t i = 0; i < c->ip_n; i++)
		if (strcmp(c->ip[i], ip) == 0)
			return;
	if (c->ip_n < IPS_MAX && strlen(ip) < sizeof c->ip[0] &&
		(inet_pton(AF_INET, ip, bytes) == 1 || inet_pton(AF_INET6, ip, bytes) == 1) &&
		strncmp(ip, "127.", 4) != 0 && strcmp(ip, "::1") != 0)
		snprintf(c->ip[c->ip_n++], sizeof c->ip[0], "%s", ip);
}

static void add_domain(check *c, const char *domain)
{
	for (size_t i = 0; i < c->domain_n; i++)
		if (strcasecmp(c->domain[i], domain) == 0)
			return;
	if (c->domain_n < DOMAINS_MAX && strchr(domain, '.') &&
		strlen(domain) < sizeof c->domain[0])
		snprintf(c->domain[c->domain_n++], sizeof c->domain[0], "%s", domain);
}

static void note_fact(void *ud, rebuff_fact fact, const char *name, int64_t n, int64_t of)
{
	check *c = ud;
	if (fact == REBUFF_FACT_IP) {
		add_ip(c, name);
	} else if (fact == REBUFF_FACT_SENDER) {
		add_domain(c, name);
	} else if (fact == REBUFF_FACT_WORST && c->worst_n < 8) {
		snprintf(c->worst[c->worst_n].name, sizeof c->worst[0].name, "%s", name);
		c->worst[c->worst_n++].n = n;
	} else if (fact == REBUFF_FACT_SOURCE && c->source_n < 8) {
		snprintf(c->source[c->source_n].name, sizeof c->source[0].name, "%s", name);
		c->source[c->source_n].fresh = n;
		c->source[c->source_n++].all = of;
	}
}

static void note_list(void *ud, const rebuff_blocklist *list)
{
	check *c = ud;
	if (c->list_n < LISTS_MAX)
		c->list[c->list_n++] = *list;
}

static bool note_alarm(void *ud, const rebuff_alarm *a)
{
	check *c = ud;
	bool fits = c->request->alarm
		? a->number == c->request->alarm
		: !*c->request->provider || strcmp(a->provider, c->request->provider) == 0;
	if (fits)
		c->alarm = *a;
	return true;
}

/* The reply that an alarm rests on states the rest. */
static void read_evidence(check *c)
{
	rebuff_classification r = {.size = sizeof r};
	rebuff_reply reply = {.size = sizeof reply,
		.text = {c->alarm.evidence, strlen(c->alarm.evidence)},
		.recipient_domain = {"", 0},
		.mx_host = {"", 0}};
	bool ours = false;
	if (!c->alarm.evidence[0] || rebuff_classify(c->ctx, &reply, &r) != REBUFF_OK)
		return;
	for (size_t i = 0; i < c->ip_n; i++)
		ours = ours || strcmp(c->ip[i], r.fact_ip) == 0;
	if (r.fact_ip[0] && c->ip_n && !ours)
		finding(c, "wrong", "reply", r.fact_ip,
			"add it to checks { ips = ... } of watch.lua if it is ours; else a "
			"forwarder "
			"between us and them is refused, not we",
			r.fact_url, "the reply names %s, which is no sending address of ours",
			r.fact_ip);
	if (r.fact_ip[0])
		add_ip(c, r.fact_ip);
	finding(c, "unknown", "reply", rebuff_category_name(r.category),
		r.fact_url[0] ? "read the page that the reply names" : "", r.fact_url, "%.400s",
		c->alarm.evidence);
}

/* ---- block lists --------------------------------------------------------------------------- */

/* "1.2.0.192.zone", or the nibbles of an IPv6 address (RFC 5782 2.4). */
static bool reversed(const char *ip, const char *zone, char *out, size_t cap)
{
	unsigned char b[16];
	int n = 0;
	if (inet_pton(AF_INET, ip, b) == 1) {
		n = snprintf(out, cap, "%u.%u.%u.%u.%s", b[3], b[2], b[1], b[0], zone);
	} else if (inet_pton(AF_INET6, ip, b) == 1 && cap > 64 + strlen(zone)) {
		for (int i = 15; i >= 0; i--)
			n += snprintf(out + n, cap - (size_t)n, "%x.%x.", b[i] & 15, b[i] >> 4);
		n += snprintf(out + n, cap - (size_t)n, "%s", zone);
	}
	return n > 0 && (size_t)n < cap;
}

static bool asks(const rebuff_blocklist *l, const char *ip)
{
	return strchr(ip, ':') ? l->ipv6 : l->ipv4;
}

static void start_lists(check *c)
{
	char name[512];
	for (size_t i = 0; i < c->list_n; i++) {
		if (reversed("127.0.0.2", c->list[i].zone, name, sizeof name))
			dns_start(c->dns, name, DNS_A);
		if (reversed("127.0.0.1", c->list[i].zone, name, sizeof name))
			dns_start(c->dns, name, DNS_A);
		for (size_t k = 0; k < c->ip_n; k++)
			if (asks(&c->list[i], c->ip[k]) &&
				reversed(c->ip[k], c->list[i].zone, name, sizeof name))
				dns_start(c->dns, name, DNS_A);
	}
}

typedef enum { LIST_ANSWERS, LIST_REFUSES, LIST_DEAD } list_state;

static bool is_error(const char *value)
{
	return strncmp(value, "127.255.255.", 12) == 0;
}

/* As RFC 5782 5 wants a list to answer: the test entry is in it, its counterpart is not. */
static list_state state_of(check *c, const rebuff_blocklist *l)
{
	char name[512];
	(void)reversed("127.0.0.2", l->zone, name, sizeof name);
	const dns_answer *in = dns_get(c->dns, name, DNS_A);
	(void)reversed("127.0.0.1", l->zone, name, sizeof name);
	const dns_answer *out = dns_get(c->dns, name, DNS_A);
	if ((in->n && is_error(in->value[0])) || (out->n && is_error(out->value[0])))
		return LIST_REFUSES;
	bool well = in->outcome == DNS_FOUND && strncmp(in->value[0], "127.", 4) == 0 &&
		out->outcome == DNS_NONE;
	return well ? LIST_ANSWERS : LIST_DEAD;
}

/* Is this address in this list? */
static bool look_up(check *c, const rebuff_blocklist *l, const char *ip)
{
	char name[512];
	if (!reversed(ip, l->zone, name, sizeof name))
		return false;
	const dns_answer *a = dns_get(c->dns, name, DNS_A);
	for (size_t i = 0; i < a->n; i++) {
		/* 127.0.0.1 and what is not of 127/8 comes from parked or broken lists. */
		if (strncmp(a->value[i], "127.", 4) != 0 || strcmp(a->value[i], "127.0.0.1") == 0)
			continue;
		if (is_error(a->value[i])) {
			finding(c, "unknown", "block list", ip,
				"ask through a resolver of your own, not a public one", "",
				"%s refuses to answer (%s)", l->name, a->value[i]);
			return false;
		}
		const dns_answer *why = dns_get(c->dns, name, DNS_TXT);
		finding(c, "wrong", "block list", ip,
			"find and stop what got it listed, then ask for removal", l->delist,
			"listed by %s (%s, %s)%s%.200s", l->name, l->zone, a->value[i],
			why->n ? ": " : "", why->n ? why->value[0] : "");
		return true;
	}
	return false;
}

static void check_lists(check *c)
{
	size_t asked = 0, listed = 0;
	start_lists(c);
	for (size_t i = 0; i < c->list_n; i++) {
		list_state state = state_of(c, &c->list[i]);
		if (state != LIST_ANSWERS) {
			finding(c, "unknown", "block list", c->list[i].zone,
				state == LIST_REFUSES
					? "ask through a resolver of your own, not a public one"
					: "",
				"", "%s was left out: it %s", c->list[i].name,
				state == LIST_REFUSES ? "refuses our resolver"
						      : "does not answer as a block list does");
			continue;
		}
		asked++;
		for (size_t k = 0; k < c->ip_n; k++)
			if (asks(&c->list[i], c->ip[k]))
				listed += look_up(c, &c->list[i], c->ip[k]);
	}
	if (!listed && asked && c->ip_n)
		finding(c, "ok", "block list", "", "", "", "%zu addresses are in none of %zu lists",
			c->ip_n, asked);
	if (!c->ip_n)
		finding(c, "unknown", "block list", "",
			"name them in /etc/rebuff/watch.lua: checks { ips = { ... } }", "",
			"our sending addresses are not known: no result of the last week names "
			"one");
}

/* ---- names --------------------------------------------------------------------------------- */

static bool resolves_to(check *c, const char *name, const char *ip)
{
	const dns_answer *a = dns_get(c->dns, name, strchr(ip, ':') ? DNS_AAAA : DNS_A);
	unsigned char want[16], got[16];
	int family = strchr(ip, ':') ? AF_INET6 : AF_INET;
	if (inet_pton(family, ip, want) != 1)
		return false;
	for (size_t i = 0; i < a->n; i++)
		if (inet_pton(family, a->value[i], got) == 1 &&
			memcmp(want, got, family == AF_INET ? 4 : 16) == 0)
			return true;
	return false;
}

static void check_reverse(check *c, const char *ip)
{
	char name[512];
	(void)reversed(ip, strchr(ip, ':') ? "ip6.arpa" : "in-addr.arpa", name, sizeof name);
	const dns_answer *a = dns_get(c->dns, name, DNS_PTR);
	if (a->outcome == DNS_FAILED) {
		finding(c, "unknown", "reverse name", ip, "", "",
			"its reverse zone does not answer");
		return;
	}
	for (size_t i = 0; i < a->n; i++)
		if (resolves_to(c, a->value[i], ip)) {
			finding(c, "ok", "reverse name", ip, "", "", "%s, and back", a->value[i]);
			return;
		}
	finding(c, "wrong", "reverse name", ip,
		"give it one PTR record, with a name whose A or AAAA record is this address", "",
		a->n ? "its name %s does not lead back to it" : "it has no reverse name%s",
		a->n ? a->value[0] : "");
}

static void check_helo(check *c)
{
	const char *helo = c->watch.helo;
	if (!*helo)
		return;
	for (size_t i = 0; i < c->ip_n; i++)
		if (resolves_to(c, helo, c->ip[i])) {
			finding(c, "ok", "HELO", helo, "", "", "it is the name of %s", c->ip[i]);
			return;
		}
	finding(c, "wrong", "HELO", helo, "give that name the address that we send from", "",
		"no sending address is its own");
}

/* ---- sending domains ----------------------------------------------------------------------- */

static void check_spf(check *c, const char *domain)
{
	size_t passed = 0;
	for (size_t i = 0; i < c->ip_n; i++) {
		spf_result r = spf_check(c->dns, c->ip[i], domain);
		if (r == SPF_PASS)
			passed++;
		else if (r == SPF_TEMPERROR || r == SPF_MACRO)
			finding(c, "unknown", "SPF", domain, "", "", "%s for %s", spf_name(r),
				c->ip[i]);
		else
			finding(c, "wrong", "SPF", domain,
				r == SPF_NONE ? "publish a record that names the sending addresses"
					: r == SPF_PERMERROR
					? "mend the record: one only, at most ten lookups"
					: "add the address to the record",
				"", "%s for %s", spf_name(r), c->ip[i]);
	}
	if (passed && passed == c->ip_n)
		finding(c, "ok", "SPF", domain, "", "", "passes for all %zu sending addresses",
			passed);
}

/* The domain's own record, else that of the domain above it (two labels at least). */
static void check_dmarc(check *c, const char *domain)
{
	for (const char *at = domain; at && strchr(at, '.'); at = strchr(at, '.') + 1) {
		char name[300];
		snprintf(name, sizeof name, "_dmarc.%s", at);
		const dns_answer *a = dns_get(c->dns, name, DNS_TXT);
		if (a->outcome == DNS_FAILED) {
			finding(c, "unknown", "DMARC", domain, "", "", "%s does not answer", name);
			return;
		}
		for (size_t i = 0; i < a->n; i++)
			if (strncasecmp(a->value[i], "v=DMARC1", 8) == 0) {
				finding(c, "ok", "DMARC", domain, "", "", "%.200s", a->value[i]);
				return;
			}
	}
	finding(c, "wrong", "DMARC", domain,
		"publish one at _dmarc, p=none to begin with; Gmail, Yahoo and Microsoft want it",
		"", "no record");
}

static void check_sts(check *c, const char *domain)
{
	char name[300];
	snprintf(name, sizeof name, "_mta-sts.%s", domain);
	const dns_answer *a = dns_get(c->dns, name, DNS_TXT);
	bool there = a->n && strncasecmp(a->value[0], "v=STSv1", 7) == 0;
	finding(c, there ? "ok" : "unknown", "MTA-STS", domain, "", "", "%s",
		there ? a->value[0]
		      : "none; it is about mail that comes in, nobody refuses ours for it");
}

static void check_dkim(check *c, const char *selector)
{
	const dns_answer *a = dns_get(c->dns, selector, DNS_TXT);
	const char *key = a->n ? strstr(a->value[0], "p=") : NULL;
	if (a->outcome == DNS_FAILED)
		finding(c, "unknown", "DKIM", selector, "", "", "no answer");
	else if (key && key[2] && key[2] != ';')
		finding(c, "ok", "DKIM", selector, "", "", "a key is there");
	else
		finding(c, "wrong", "DKIM", selector,
			"publish the key that the mail server signs with", "",
			key ? "the key is revoked (p= is empty)" : "no key");
}

/* ---- recipients ---------------------------------------------------------------------------- */

static void check_worst(check *c, const char *domain, int64_t n)
{
	const dns_answer *a = dns_get(c->dns, domain, DNS_MX);
	const char *host = a->n ? strchr(a->value[0], ' ') : NULL;
	if (a->outcome == DNS_FOUND && a->n == 1 && host && !host[1])
		finding(c, "wrong", "recipient domain", domain, "take it off the list", "",
			"takes no mail (null MX); %lld dead addresses", (long long)n);
	else if (a->outcome == DNS_NONE && dns_get(c->dns, domain, DNS_A)->outcome == DNS_NONE)
		finding(c, "wrong", "recipient domain", domain, "take it off the list", "",
			"has no mail server; %lld dead addresses", (long long)n);
	else
		finding(c, "unknown", "recipient domain", domain, "", "", "%lld dead addresses%s%s",
			(long long)n, host ? ", mail goes to" : "", host ? host : "");
}

static void check_sources(check *c)
{
	for (size_t i = 0; i < c->source_n; i++)
		finding(c, "unknown", "list source", c->source[i].name,
			c->source[i].fresh * 2 >= c->source[i].all
				? "most were never mailed before: look where these addresses come "
				  "from"
				: "",
			"", "brought %lld dead addresses in a week, %lld of them new",
			(long long)c->source[i].all, (long long)c->source[i].fresh);
}

/* ---- the whole ----------------------------------------------------------------------------- */

/* What to write to the provider, or to the list. */
static json_t *letter(const check *c, const char *name, const char *provider)
{
	char ips[IPS_MAX * 66] = "", since[WHEN_MAX] = "", text[4096];
	size_t n = 0;
	for (size_t i = 0; i < c->ip_n; i++)
		n += (size_t)snprintf(ips + n, sizeof ips - n, "%s%s", i ? ", " : "", c->ip[i]);
	if (c->alarm.time_ms)
		when_utc(c->alarm.time_ms, since);
	snprintf(text, sizeof text,
		"To the postmaster of %s\n\n"
		"Mail from our servers (%.1000s) is refused by yours%s%s. One of the replies:\n\n"
		"  %.500s\n\n"
		"We have stopped sending to you, and have checked reverse names, SPF, DKIM, DMARC "
		"and\n"
		"block lists%s%.250s. Please tell us what we are to change, or lift the block if "
		"it\n"
		"is there by mistake. We watch bounces and complaints and stop mailing dead "
		"addresses\n"
		"at once.\n",
		name[0]		    ? name
			: *provider ? provider
				    : "(provider)",
		ips, *since ? " since " : "", since,
		c->alarm.evidence[0] ? c->alarm.evidence : "(none)",
		c->wrong ? "; found and being mended: " : "; nothing is wrong that we can see",
		c->first);
	return text_json(text, strlen(text));
}

static json_t *result(check *c)
{
	char name[64], postmaster[256], delist[256], summary[SHOWN + 64], when[WHEN_MAX];
	const char *provider = *c->request->provider ? c->request->provider : c->alarm.provider;
	rebuff_provider_pages(
		c->ctx, (rebuff_span){provider, strlen(provider)}, name, postmaster, delist);
	if (c->wrong)
		snprintf(summary, sizeof summary, "%zu wrong; %s", c->wrong, c->first);
	else
		snprintf(summary, sizeof summary, "nothing wrong found");
	json_t *o = json_object();
	json_object_set_new(o, "provider", text_json(provider, strlen(provider)));
	json_object_set_new(o, "time", json_string(when_utc(wall_now_ms(), when)));
	json_object_set_new(o, "alarm", json_integer(c->alarm.number));
	json_object_set_new(o, "wrong", json_integer((json_int_t)c->wrong));
	json_object_set_new(o, "summary", text_json(summary, strlen(summary)));
	json_object_set(o, "findings", c->findings);
	json_object_set_new(o, "postmaster", text_json(postmaster, strlen(postmaster)));
	json_object_set_new(o, "delist", text_json(delist, strlen(delist)));
	json_object_set_new(o, "letter", letter(c, name, provider));
	return o;
}

static rebuff_status gather(check *c, rebuff_error *err)
{
	rebuff_span provider = {c->request->provider, strlen(c->request->provider)};
	rebuff_watch_get(c->ctx, &c->watch);
	for (size_t i = 0; i < c->watch.ip_n; i++)
		add_ip(c, c->watch.ip[i]);
	for (size_t i = 0; i < c->watch.domain_n; i++)
		add_domain(c, c->watch.domain[i]);
	add_ip(c, c->request->ip);
	rebuff_blocklist_each(c->ctx, note_list, c);
	rebuff_status status = rebuff_alarm_each(
		c->ctx, wall_now_ms() - 7 * INT64_C(86400000), note_alarm, c, err);
	if (c->alarm.source_ip[0])
		add_ip(c, c->alarm.source_ip);
	return status == REBUFF_OK ? rebuff_fact_each(c->ctx, provider, note_fact, c, err) : status;
}

json_t *check_run(rebuff_ctx *ctx, const check_request *request, rebuff_error *err)
{
	check *c = calloc(1, sizeof *c);
	json_t *o = NULL;
	if (!c)
		return NULL;
	c->ctx = ctx;
	c->request = request;
	c->findings = json_array();
	if (gather(c, err) == REBUFF_OK &&
		(c->dns = dns_new(c->watch.resolver, request->cache, request->limit_ms))) {
		read_evidence(c);
		check_lists(c);
		for (size_t i = 0; i < c->ip_n; i++)
			check_reverse(c, c->ip[i]);
		check_helo(c);
		for (size_t i = 0; i < c->domain_n; i++) {
			check_spf(c, c->domain[i]);
			check_dmarc(c, c->domain[i]);
			check_sts(c, c->domain[i]);
		}
		for (size_t i = 0; i < c->watch.selector_n; i++)
			check_dkim(c, c->watch.selector[i]);
		for (size_t i = 0; i < c->worst_n; i++)
			check_worst(c, c->worst[i].name, c->worst[i].n);
		check_sources(c);
		o = result(c);
	}
	dns_free(&c->dns);
	json_decref(c->findings);
	free(c);
	return o;
}

static const char *text_of(const json_t *o, const char *name)
{
	const char *s = json_string_value(json_object_get(o, name));
	return s ? s : "";
}

static void print_line(const char *indent, const char *text)
{
	char shown[4096];
	if (*text)
		printf("%s%s\n", indent, text_escape(shown, sizeof shown, text, strlen(text)));
}

void check_print(const json_t *list, bool colour)
{
	static const struct {
		const char *state, *mark, *colour;
	} states[] = {{"wrong", "WRONG  ", "\033[31m"}, {"unknown", "look   ", "\033[33m"},
		{"ok", "ok     ", "\033[32m"}};
	json_t *f;
	size_t i;
	print_line("", text_of(list, "summary"));
	for (size_t s = 0; s < 3; s++)
		json_array_foreach(json_object_get(list, "findings"), i, f)
		{
			char area[64], subject[SHOWN * 4], text[SHOWN * 8];
			if (strcmp(text_of(f, "state"), states[s].state) != 0)
				continue;
			printf("%s%s%s %-16s %s%s%s\n", colour ? states[s].colour : "",
				states[s].mark, colour ? "\033[0m" : "",
				text_escape(area, sizeof area, text_of(f, "area"),
					strlen(text_of(f, "area"))),
				text_escape(subject, sizeof subject, text_of(f, "subject"),
					strlen(text_of(f, "subject"))),
				*text_of(f, "subject") ? ": " : "",
				text_escape(text, sizeof text, text_of(f, "text"),
					strlen(text_of(f, "text"))));
			print_line("          to do: ", text_of(f, "todo"));
			print_line("          page:  ", text_of(f, "page"));
		}
	print_line("postmaster  ", text_of(list, "postmaster"));
	print_line("delisting   ", text_of(list, "delist"));
}
