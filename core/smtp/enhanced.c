#include "smtp/enhanced.h"

#include "base/span.h"

/* One to three digits without a leading zero ("0" itself is well). Returns their number, else 0. */
static size_t read_number(rebuff_span s, uint16_t *out)
{
	size_t n = 0;
	unsigned v = 0;
	while (n < s.len && rbf_is_digit((unsigned char)s.p[n])) {
		if (n == 3 || (n == 1 && s.p[0] == '0'))
			return 0;
		v = v * 10 + (unsigned)(s.p[n] - '0');
		n++;
	}
	*out = (uint16_t)v;
	return n;
}

size_t rbf_enhanced_parse(rebuff_span s, rbf_enhanced *out)
{
	rbf_enhanced e = {0};
	if (s.len < 5 || (s.p[0] != '2' && s.p[0] != '4' && s.p[0] != '5') || s.p[1] != '.')
		return 0;
	size_t n = 2, subject = read_number(rbf_span_sub(s, n, SIZE_MAX), &e.subject);
	n += subject;
	if (subject == 0 || n >= s.len || s.p[n] != '.')
		return 0;
	n++;
	size_t detail = read_number(rbf_span_sub(s, n, SIZE_MAX), &e.detail);
	n += detail;
	if (detail == 0)
		return 0;
	/* "5.1.1.2" is an address, "5.1.1.example.org" a name; a final stop ends a sentence. */
	if (n + 1 < s.len && s.p[n] == '.') {
		unsigned char next = (unsigned char)s.p[n + 1];
		if (rbf_is_digit(next) || rbf_is_alpha(next))
			return 0;
	}
	e.class_ = (uint8_t)(s.p[0] - '0');
	*out = e;
	return n;
}

static char *write_number(char *to, unsigned v)
{
	if (v > 99)
		*to++ = (char)('0' + v / 100 % 10);
	if (v > 9)
		*to++ = (char)('0' + v / 10 % 10);
	*to++ = (char)('0' + v % 10);
	return to;
}

void rbf_enhanced_format(char dst[16], rbf_enhanced e)
{
	if (e.class_) {
		dst = write_number(dst, e.class_ % 10U);
		*dst++ = '.';
		dst = write_number(dst, e.subject % 1000U);
		*dst++ = '.';
		dst = write_number(dst, e.detail % 1000U);
	}
	*dst = '\0';
}
