#include "opensmtpd/maillog.h"

#include <string.h>

/* The message behind "Mon DD HH:MM:SS host smtpd[PID]: " (or any other prefix that ends so). A
 * message of smtpd itself never has "smtpd[" near its beginning. */
static rbo_text message_of(rbo_text in)
{
	rbo_text head = {in.p, in.len < 160 ? in.len : 160};
	size_t at = rbo_text_find(head, "smtpd[");
	if (at == SIZE_MAX || (at > 0 && in.p[at - 1] != ' '))
		return in;
	size_t i = at + 6;
	while (i < in.len && in.p[i] >= '0' && in.p[i] <= '9')
		i++;
	if (i == at + 6 || in.len - i < 3 || in.p[i] != ']' || in.p[i + 1] != ':' ||
		in.p[i + 2] != ' ')
		return in;
	return (rbo_text){in.p + i + 3, in.len - i - 3};
}

/* What stands behind `key`, up to `end`; the text is moved behind it. The value is taken up to the
 * FIRST `end`, so `end` must be something that the value cannot contain. */
static bool field(rbo_text *t, const char *key, const char *end, rbo_text *out)
{
	if (!rbo_text_starts(*t, key))
		return false;
	size_t from = 0, n = 0;
	while (key[from])
		from++;
	rbo_text rest = {t->p + from, t->len - from};
	size_t at = rbo_text_find(rest, end);
	if (at == SIZE_MAX)
		return false;
	while (end[n])
		n++;
	*out = (rbo_text){rest.p, at};
	*t = (rbo_text){rest.p + at + n, rest.len - at - n};
	return true;
}

/* "192.0.2.1 (mx.example)", "[2001:db8::1] (mx)", or a domain. */
static void split_relay(rbo_text relay, rbo_log_line *out)
{
	rbo_text rest = relay;
	rbo_text ip = rbo_text_cut(&rest, ' ');
	if (!rest.p || rest.len < 2 || rest.p[0] != '(' || rest.p[rest.len - 1] != ')')
		return;
	if (ip.len > 2 && ip.p[0] == '[' && ip.p[ip.len - 1] == ']')
		ip = (rbo_text){ip.p + 1, ip.len - 2};
	out->ip = ip;
	rbo_text host = {rest.p + 1, rest.len - 2};
	if (!rbo_text_starts(host, "<")) /* "<unknown>" */
		out->host = host;
}

/* "1d2h3m4s", in which each part may be missing; -1 when it is none. */
static int64_t length_of(rbo_text t)
{
	static const struct {
		char unit;
		int64_t s;
	} units[] = {{'d', 86400}, {'h', 3600}, {'m', 60}, {'s', 1}};
	int64_t sum = 0, n = 0;
	for (size_t i = 0; i < t.len; i++) {
		size_t u = 0;
		if (t.p[i] >= '0' && t.p[i] <= '9' && n < 100000000) {
			n = n * 10 + (t.p[i] - '0');
			continue;
		}
		while (u < 4 && units[u].unit != t.p[i])
			u++;
		if (u == 4)
			return -1;
		sum += n * units[u].s;
		n = 0;
	}
	return t.len && n == 0 ? sum : -1;
}

/* evpid=E from=<> to=<> rcpt=<> source="" relay="" delay=0s result="" stat="..." */
static void parse_delivery(rbo_text t, rbo_log_line *out)
{
	rbo_text id, ignored, delay, result;
	if (!field(&t, "evpid=", " ", &id) || !rbo_text_hex(id, 16, &out->envelope) ||
		!field(&t, "from=<", "> to=<", &out->sender))
		return;
	if (!field(&t, "", "> rcpt=<", &out->recipient) ||
		!field(&t, "", "> source=\"", &ignored) ||
		!field(&t, "", "\" relay=\"", &out->source_ip) ||
		!field(&t, "", "\" delay=", &out->relay) || !field(&t, "", " result=\"", &delay) ||
		!field(&t, "", "\" stat=\"", &result) || t.len == 0 || t.p[t.len - 1] != '"')
		return;
	if (rbo_text_is(result, "Ok"))
		out->result = RBO_RESULT_OK;
	else if (rbo_text_is(result, "TempFail"))
		out->result = RBO_RESULT_TEMPFAIL;
	else if (rbo_text_is(result, "PermFail"))
		out->result = RBO_RESULT_PERMFAIL;
	else
		return;
	out->stat = (rbo_text){t.p, t.len - 1};
	out->delay_s = length_of(delay);
	if (rbo_text_is(out->source_ip, "-"))
		out->source_ip = RBO_LIT("");
	split_relay(out->relay, out);
	out->kind = RBO_LOG_DELIVERY;
}

/* "smtp://192.0.2.1:25 host=mx.example" behind "address=" */
static void parse_connecting(rbo_text t, rbo_log_line *out)
{
	rbo_text address, scheme;
	if (!field(&t, "", " host=", &address) || !field(&address, "", "://", &scheme))
		return;
	size_t i = address.len;
	while (i > 0 && address.p[i - 1] != ':')
		i--;
	if (i < 2)
		return;
	out->ip = (rbo_text){address.p, i - 1};
	if (out->ip.len > 2 && out->ip.p[0] == '[' && out->ip.p[out->ip.len - 1] == ']')
		out->ip = (rbo_text){out->ip.p + 1, out->ip.len - 2};
	if (!rbo_text_starts(t, "<"))
		out->host = t;
	out->kind = RBO_LOG_CONNECTING;
}

/* "SESSION mta ..." */
static bool parse_session(rbo_text t, rbo_log_line *out)
{
	rbo_text rest = t;
	if (!rbo_text_hex(rbo_text_cut(&rest, ' '), 16, &out->session) ||
		!rbo_text_starts(rest, "mta "))
		return false;
	rest = (rbo_text){rest.p + 4, rest.len - 4};
	rbo_text word = rbo_text_cut(&rest, ' ');
	if (rbo_text_is(word, "delivery"))
		parse_delivery(rest, out);
	else if (rbo_text_is(word, "connecting") && rbo_text_starts(rest, "address="))
		parse_connecting((rbo_text){rest.p + 8, rest.len - 8}, out);
	else if (rbo_text_is(word, "error") && rbo_text_starts(rest, "reason=")) {
		out->kind = RBO_LOG_ERROR;
		out->stat = (rbo_text){rest.p + 7, rest.len - 7};
	} else if (rbo_text_is(word, "disconnected"))
		out->kind = RBO_LOG_CLOSED;
	return true;
}

/* "smtp-out: Error on session SESSION after N messages sent: REASON" */
static bool parse_later_error(rbo_text t, rbo_log_line *out)
{
	rbo_text id, count;
	if (!field(&t, "smtp-out: Error on session ", " after ", &id))
		return false;
	if (rbo_text_hex(id, 16, &out->session) && field(&t, "", " sent: ", &count)) {
		out->kind = RBO_LOG_ERROR;
		out->stat = t;
	}
	return true;
}

/* "relay: Remove for EVPID: from=<>, to=<>, rcpt=<>, delay=, stat=..." */
static bool parse_queue(rbo_text t, rbo_log_line *out)
{
	rbo_text what, id, ignored;
	if (!field(&t, "relay: ", " for ", &what))
		return false;
	bool removed = rbo_text_is(what, "Remove"), expired = rbo_text_is(what, "Expire");
	if ((!removed && !expired) || !field(&t, "", ": from=<", &id) ||
		!rbo_text_hex(id, 16, &out->envelope) || !field(&t, "", ">, to=<", &out->sender) ||
		!field(&t, "", ">, rcpt=<", &out->recipient) || !field(&t, "", ", stat=", &ignored))
		return true;
	if (rbo_text_is(out->sender, "@")) /* smtpd's way to write nobody */
		out->sender = RBO_LIT("");
	out->stat = t;
	out->kind = removed ? RBO_LOG_REMOVED : RBO_LOG_EXPIRED;
	return true;
}

void rbo_log_parse(rbo_text in, rbo_log_line *out)
{
	const rbo_text nothing = RBO_LIT("");
	*out = (rbo_log_line){.kind = RBO_LOG_OTHER,
		.sender = nothing,
		.recipient = nothing,
		.source_ip = nothing,
		.ip = nothing,
		.host = nothing,
		.relay = nothing,
		.stat = nothing,
		.delay_s = -1};
	rbo_text t = message_of(in);
	if (parse_session(t, out) || parse_later_error(t, out) || parse_queue(t, out))
		return;
	/* smtpd writes the name that smtpd.conf gives the filter before each of its lines. */
	size_t at = rbo_text_find((rbo_text){t.p, t.len < 80 ? t.len : 80}, ": rebuff lost ");
	if (at != SIZE_MAX) {
		out->kind = RBO_LOG_LOST;
		out->stat = (rbo_text){t.p + at + 14, t.len - at - 14};
	} else if (rbo_text_starts(t, "info: OpenSMTPD ") &&
		rbo_text_find(t, " starting") != SIZE_MAX)
		out->kind = RBO_LOG_STARTED;
}

const char *rbo_log_stage(rbo_text reason, rbo_text *words)
{
	static const struct {
		const char *prefix, *stage;
	} known[] = {
		{"BANNER rejected: ", "banner"},
		{"EHLO rejected: ", "ehlo"},
		{"HELO rejected: ", "ehlo"},
		{"LHLO rejected: ", "ehlo"},
		{"STARTTLS rejected: ", "tls"},
		{"AUTH rejected: ", "auth"},
	};
	*words = reason;
	for (size_t i = 0; i < sizeof known / sizeof *known; i++)
		if (rbo_text_starts(reason, known[i].prefix)) {
			size_t n = rbo_text_find(reason, ": ") + 2;
			*words = (rbo_text){reason.p + n, reason.len - n};
			return known[i].stage;
		}
	if (rbo_text_starts(reason, "IO Error: ") || rbo_text_starts(reason, "Connection "))
		return "connect";
	if (rbo_text_starts(reason, "SSL ") || rbo_text_starts(reason, "TLS "))
		return "tls";
	if (rbo_text_find(reason, "AUTH") != SIZE_MAX)
		return "auth";
	return "";
}

const char *rbo_log_unconnected_stage(rbo_text stat)
{
	return rbo_text_starts(stat, "Network error") ? "connect" : "dns";
}
