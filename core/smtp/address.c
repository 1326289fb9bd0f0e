#include "smtp/address.h"

#include <idn2.h>

#include "base/buf.h"
#include "base/error.h"
#include "base/span.h"

static bool has_control(rebuff_span s)
{
	for (size_t i = 0; i < s.len; i++)
		if ((unsigned char)s.p[i] < 0x20 || s.p[i] == 0x7f)
			return true;
	return false;
}

static bool is_ascii(rebuff_span s)
{
	for (size_t i = 0; i < s.len; i++)
		if ((unsigned char)s.p[i] > 0x7f)
			return false;
	return true;
}

static void copy_lower(char *dst, rebuff_span s)
{
	for (size_t i = 0; i < s.len; i++)
		dst[i] = (char)rbf_lower((unsigned char)s.p[i]);
	dst[s.len] = '\0';
}

static rebuff_status fail_shown(
	rebuff_error *err, rebuff_status status, rebuff_span shown, const char *why)
{
	char text[128];
	(void)rbf_span_escape(text, sizeof text, shown);
	return rbf_fail(err, status, "\"%s\": %s", text, why);
}

/* Letters, digits, '-' and '_' in labels of 1..63 bytes. '_' is no host name's, but met. */
static bool is_host_name(rebuff_span s)
{
	size_t label = 0;
	for (size_t i = 0; i < s.len; i++) {
		unsigned char c = (unsigned char)s.p[i];
		if (c == '.') {
			if (label == 0)
				return false;
			label = 0;
		} else if (!(rbf_is_alpha(c) || rbf_is_digit(c) || c == '-' || c == '_') ||
			++label > 63) {
			return false;
		}
	}
	return label > 0;
}

/* U-labels to A-labels: first by the rules of today, then by those of 2003 for old names. */
static bool to_ascii(rebuff_span domain, char out[REBUFF_DOMAIN_MAX + 1])
{
	char u[REBUFF_DOMAIN_MAX * 2 + 2], *a = NULL;
	if (!rbf_span_copy(u, sizeof u, domain) || strlen(u) != domain.len)
		return false;
	if (idn2_to_ascii_8z(u, &a, IDN2_NONTRANSITIONAL) != IDN2_OK &&
		idn2_to_ascii_8z(u, &a, IDN2_TRANSITIONAL) != IDN2_OK)
		return false;
	bool fits = rbf_span_copy(out, REBUFF_DOMAIN_MAX + 1, rbf_span_of(a));
	idn2_free(a);
	return fits;
}

rebuff_status rbf_domain_key(rebuff_span domain, char out[REBUFF_DOMAIN_MAX + 1], rebuff_error *err)
{
	out[0] = '\0';
	if (domain.len && domain.p[domain.len - 1] == '.')
		domain.len--;
	if (domain.len == 0)
		return rbf_fail(err, REBUFF_EPARSE, "a domain is empty");
	if (domain.len > REBUFF_DOMAIN_MAX)
		return fail_shown(err, REBUFF_ELIMIT, domain,
			"a domain has at most 255 bytes (RFC 5321 4.5.3.1.2)");
	if (domain.p[0] == '[') {
		if (domain.len < 3 || domain.p[domain.len - 1] != ']' || has_control(domain) ||
			rbf_span_chr(domain, ' ') != SIZE_MAX)
			return fail_shown(err, REBUFF_EPARSE, domain, "not an address literal");
		copy_lower(out, domain);
		return REBUFF_OK;
	}
	if (is_ascii(domain))
		copy_lower(out, domain);
	else if (!to_ascii(domain, out))
		return fail_shown(err, REBUFF_EPARSE, domain, "not an internationalised domain");
	if (!is_host_name(rbf_span_of(out))) {
		out[0] = '\0';
		return fail_shown(err, REBUFF_EPARSE, domain, "not a domain");
	}
	return REBUFF_OK;
}

rebuff_span rbf_address_domain(rebuff_span address)
{
	for (size_t i = address.len; i > 0; i--)
		if (address.p[i - 1] == '@')
			return rbf_span_sub(address, i, SIZE_MAX);
	return (rebuff_span){"", 0};
}

/* RFC 5321's atext, or a byte of UTF-8 (RFC 6531). */
static bool is_atext(unsigned char c)
{
	return rbf_is_alpha(c) || rbf_is_digit(c) || c > 0x7f ||
		(c != '\0' && strchr("!#$%&'*+-/=?^_`{|}~", c));
}

/* atom *("." atom): may stand without quotes. Lone and doubled dots are met unquoted, so they pass
 * as they are; only the quotes around them would have to stay. */
static bool is_dot_string(rebuff_span s)
{
	bool dot = true;
	for (size_t i = 0; i < s.len; i++) {
		if (s.p[i] == '.') {
			if (dot)
				return false;
			dot = true;
		} else if (is_atext((unsigned char)s.p[i])) {
			dot = false;
		} else {
			return false;
		}
	}
	return !dot;
}

/* The local part as a key; quotes and backslashes are kept only where they are needed. */
static bool add_local(rbf_buf *out, rebuff_span local)
{
	char plain[REBUFF_ADDRESS_MAX + 1];
	size_t n = 0;
	bool quoted = local.p[0] == '"';
	if (quoted) {
		if (local.len < 3 || local.p[local.len - 1] != '"')
			return false;
		local = rbf_span_sub(local, 1, local.len - 2);
	}
	for (size_t i = 0; i < local.len; i++) {
		char c = local.p[i];
		if (quoted && c == '"')
			return false;
		if (quoted && c == '\\' && ++i == local.len)
			return false;
		if (!quoted && strchr(" <>\"@", c))
			return false;
		plain[n++] = (char)rbf_lower((unsigned char)local.p[i]);
	}
	rebuff_span p = {plain, n};
	if (!quoted || is_dot_string(p)) {
		rbf_buf_add(out, p);
		return true;
	}
	rbf_buf_str(out, "\"");
	for (size_t i = 0; i < n; i++) {
		if (plain[i] == '"' || plain[i] == '\\')
			rbf_buf_str(out, "\\");
		rbf_buf_add(out, rbf_span_sub(p, i, 1));
	}
	rbf_buf_str(out, "\"");
	return true;
}

/* "<@a,@b:user@host>": without brackets and source route (RFC 5321 4.1.1.3). */
static rebuff_span bare(rebuff_span s)
{
	s = rbf_span_trim(s);
	if (s.len >= 2 && s.p[0] == '<' && s.p[s.len - 1] == '>')
		s = rbf_span_trim(rbf_span_sub(s, 1, s.len - 2));
	if (s.len && s.p[0] == '@' && rbf_span_chr(s, ':') != SIZE_MAX)
		s = rbf_span_sub(s, rbf_span_chr(s, ':') + 1, SIZE_MAX);
	return s;
}

rebuff_status rbf_address_key(
	rebuff_span address, char out[REBUFF_ADDRESS_MAX + 1], rebuff_error *err)
{
	char domain_key[REBUFF_DOMAIN_MAX + 1];
	out[0] = '\0';
	address = bare(address);
	if (address.len > REBUFF_ADDRESS_MAX)
		return fail_shown(err, REBUFF_ELIMIT, address, "an address has at most 320 bytes");
	if (has_control(address))
		return fail_shown(err, REBUFF_EPARSE, address, "control bytes in an address");
	rebuff_span domain = rbf_address_domain(address);
	if (domain.len == 0 || domain.len + 1 == address.len)
		return fail_shown(
			err, REBUFF_EPARSE, address, "expected LOCAL@DOMAIN, both not empty");
	rebuff_status status = rbf_domain_key(domain, domain_key, err);
	if (status != REBUFF_OK)
		return status;
	rbf_buf b = rbf_buf_of(out, REBUFF_ADDRESS_MAX + 1);
	if (!add_local(&b, rbf_span_sub(address, 0, address.len - domain.len - 1))) {
		out[0] = '\0';
		return fail_shown(err, REBUFF_EPARSE, address, "not a local part");
	}
	rbf_buf_str(&b, "@");
	rbf_buf_str(&b, domain_key);
	if (b.overflow) {
		out[0] = '\0';
		return fail_shown(err, REBUFF_ELIMIT, address, "an address has at most 320 bytes");
	}
	return REBUFF_OK;
}
