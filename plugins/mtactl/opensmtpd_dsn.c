#include "mtactl/opensmtpd_dsn.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

enum { FOLD = 70, HEADERS_MAX = 16384 };

typedef struct {
	char *p;
	size_t cap, len;
	bool overflow;
} out;

static void put(out *o, const char *format, ...)
{
	va_list args;
	va_start(args, format);
	int n = o->overflow ? -1 : vsnprintf(o->p + o->len, o->cap - o->len, format, args);
	va_end(args);
	if (n < 0 || (size_t)n >= o->cap - o->len)
		o->overflow = true;
	else
		o->len += (size_t)n;
}

/* One byte of foreign text inside a line. */
static char harmless(char c)
{
	unsigned char u = (unsigned char)c;
	return u < 0x20 || u >= 0x7f ? '?' : c;
}

/* Foreign text in a field, folded at spaces so that no line grows long; at most `max` bytes. */
static void put_folded(out *o, const char *text, size_t column, size_t max)
{
	for (size_t i = 0; i < max && text[i]; i++, column++) {
		if (text[i] == ' ' && column >= FOLD) {
			put(o, "\n ");
			column = 1;
		} else
			put(o, "%c", harmless(text[i]));
	}
}

/* Foreign text in a paragraph. */
static void put_quoted(out *o, const char *text)
{
	put(o, "    ");
	put_folded(o, text, 4, 1800);
	put(o, "\n");
}

static void date(int64_t s, char text[64])
{
	static const char days[] = "SunMonTueWedThuFriSat";
	static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
	time_t t = (time_t)s;
	struct tm at;
	if (!gmtime_r(&t, &at))
		memset(&at, 0, sizeof at);
	(void)snprintf(text, 64, "%.3s, %02d %.3s %04d %02d:%02d:%02d +0000", days + at.tm_wday * 3,
		at.tm_mday, months + at.tm_mon * 3, at.tm_year + 1900, at.tm_hour, at.tm_min,
		at.tm_sec);
}

/* The enhanced code of the reply when it is permanent; what was given up after temporary failures
 * is "delivery time expired" (RFC 3463 3.5). */
static void status(const char *reply, char text[16])
{
	int a, b, c, n = 0;
	(void)snprintf(text, 16, "5.4.7");
	if (sscanf(reply, "5%*2d%*1[ -]%1d.%3d.%3d%n", &a, &b, &c, &n) == 3 && n > 0 && a == 5)
		(void)snprintf(text, 16, "5.%d.%d", b % 1000, c % 1000);
}

static void put_head(out *o, const rbo_dsn *d, const char *boundary)
{
	char when[64];
	date(d->now_s, when);
	put(o, "From: Mail Delivery System <MAILER-DAEMON@%s>\nTo: <", d->host);
	put_folded(o, d->sender, 0, 320);
	put(o, ">\nSubject: Undelivered mail: gave up\nDate: %s\n", when);
	put(o, "Message-ID: <rebuff.%016" PRIx64 ".%" PRId64 "@%s>\n", d->envelope, d->created_s,
		d->host);
	put(o,
		"Auto-Submitted: auto-replied\nMIME-Version: 1.0\n"
		"Content-Type: multipart/report; report-type=delivery-status;\n "
		"boundary=\"%s\"\n\n",
		boundary);
}

static void put_words(out *o, const rbo_dsn *d, const char *boundary)
{
	put(o, "--%s\nContent-Type: text/plain; charset=us-ascii\n\n", boundary);
	put(o, "Your message could not be delivered to\n\n");
	put_quoted(o, d->recipient);
	put(o, "\nand will not be tried again.\n\n");
	put_quoted(o, d->reason);
	if (*d->reply) {
		put(o, "\nThe last answer was:\n\n");
		put_quoted(o, d->reply);
	}
	put(o, "\nThe headers of your message are attached.\n\n");
}

static void put_fields(out *o, const rbo_dsn *d, const char *boundary)
{
	char when[64], code[16];
	date(d->created_s, when);
	status(d->reply, code);
	put(o, "--%s\nContent-Type: message/delivery-status\n\n", boundary);
	put(o, "Reporting-MTA: dns; %s\nArrival-Date: %s\n\n", d->host, when);
	put(o, "Final-Recipient: rfc822; ");
	put_folded(o, d->recipient, 25, 320);
	put(o, "\nAction: failed\nStatus: %s\nDiagnostic-Code: smtp; ", code);
	put_folded(o, *d->reply ? d->reply : d->reason, 23, 1800);
	put(o, "\n\n");
}

/* Line by line: control bytes away, and nothing that looks like our boundary. */
static void put_headers(out *o, const rbo_dsn *d, const char *boundary)
{
	put(o, "--%s\nContent-Type: text/rfc822-headers\nContent-Transfer-Encoding: 8bit\n\n",
		boundary);
	size_t n = 0;
	for (const char *line = d->headers; *line && *line != '\n' && *line != '\r';) {
		size_t len = strcspn(line, "\n");
		n += len + 1;
		if (n > HEADERS_MAX)
			break;
		if (strncmp(line, "--", 2) == 0)
			put(o, " ");
		for (size_t i = 0; i < len && i < 990; i++)
			if (line[i] != '\r')
				put(o, "%c",
					(unsigned char)line[i] >= 0x80 || line[i] == '\t'
						? line[i]
						: harmless(line[i]));
		put(o, "\n");
		line += len + (line[len] == '\n');
	}
	put(o, "\n--%s--\n", boundary);
}

size_t rbo_dsn_write(const rbo_dsn *d, char *bytes, size_t cap)
{
	char boundary[64];
	out o = {bytes, cap, 0, false};
	(void)snprintf(boundary, sizeof boundary, "=_rebuff_%016" PRIx64, d->envelope);
	put_head(&o, d, boundary);
	put_words(&o, d, boundary);
	put_fields(&o, d, boundary);
	put_headers(&o, d, boundary);
	return o.overflow ? 0 : o.len;
}
