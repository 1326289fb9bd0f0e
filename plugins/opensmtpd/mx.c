#define _DEFAULT_SOURCE /* u_char in the resolver's headers */
#include "opensmtpd/mx.h"

#include <arpa/inet.h>
#include <arpa/nameser.h>
#include <netinet/in.h>
#include <resolv.h>
#include <stdbool.h>
#include <string.h>

enum { PACKET_MAX = 8192, HOSTS_MAX = 8 };

/* The answers of one question, walked through. */
typedef struct {
	unsigned char packet[PACKET_MAX];
	const unsigned char *end, *at;
	int left; /* records */
} answers;

typedef struct {
	int type;
	int len;
	const unsigned char *data;
} record;

static int u16(const unsigned char *p)
{
	return p[0] << 8 | p[1];
}

/* Ask for records of one type; without an answer there are none. */
static void ask(res_state state, const char *name, int type, answers *a)
{
	a->left = 0;
	int len = res_nquery(state, name, ns_c_in, type, a->packet, PACKET_MAX);
	if (len < NS_HFIXEDSZ || len > PACKET_MAX)
		return;
	a->end = a->packet + len;
	a->at = a->packet + NS_HFIXEDSZ;
	for (int questions = u16(a->packet + 4); questions > 0; questions--) {
		int n = dn_skipname(a->at, a->end);
		if (n < 0 || a->end - a->at < n + NS_QFIXEDSZ)
			return;
		a->at += n + NS_QFIXEDSZ;
	}
	a->left = u16(a->packet + 6);
}

/* The next record; false at the end or at the first thing that is not a record. */
static bool next(answers *a, record *r)
{
	if (a->left-- <= 0)
		return false;
	int n = dn_skipname(a->at, a->end);
	if (n < 0 || a->end - a->at < n + NS_RRFIXEDSZ)
		return false;
	a->at += n;
	r->type = u16(a->at);
	r->len = u16(a->at + 8);
	r->data = a->at + NS_RRFIXEDSZ;
	if (a->end - r->data < r->len)
		return false;
	a->at = r->data + r->len;
	return true;
}

static size_t addresses_of(
	res_state state, const char *host, int family, char (*out)[64], size_t cap)
{
	answers a;
	record r;
	size_t n = 0;
	int type = family == AF_INET ? ns_t_a : ns_t_aaaa, size = family == AF_INET ? 4 : 16;
	ask(state, host, type, &a);
	while (n < cap && next(&a, &r))
		if (r.type == type && r.len == size &&
			inet_ntop(family, r.data, out[n], sizeof out[n]))
			n++;
	return n;
}

static size_t hosts_of(res_state state, const char *domain, char (*hosts)[NS_MAXDNAME])
{
	answers a;
	record r;
	size_t n = 0;
	ask(state, domain, ns_t_mx, &a);
	while (n < HOSTS_MAX && next(&a, &r))
		if (r.type == ns_t_mx && r.len > 2 &&
			dn_expand(a.packet, a.end, r.data + 2, hosts[n], NS_MAXDNAME) > 0)
			n++;
	return n;
}

size_t rbo_mx_addresses(const char *domain, char (*out)[64], size_t cap)
{
	struct __res_state state;
	static const int families[] = {AF_INET, AF_INET6};
	char hosts[HOSTS_MAX][NS_MAXDNAME];
	memset(&state, 0, sizeof state);
	if (strlen(domain) >= NS_MAXDNAME || res_ninit(&state) != 0)
		return 0;
	state.retrans = 1;
	state.retry = 2;
	size_t hosts_n = hosts_of(&state, domain, hosts), n = 0;
	if (hosts_n == 0)
		strcpy(hosts[hosts_n++], domain);
	for (size_t i = 0; i < hosts_n; i++)
		for (size_t k = 0; k < 2; k++)
			n += addresses_of(&state, hosts[i], families[k], out + n, cap - n);
	res_nclose(&state);
	return n;
}
