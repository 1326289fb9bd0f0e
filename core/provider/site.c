/* site.c - a name for the unknown: who a host belongs to, by the public suffix list. */
#include <libpsl.h>

#include "base/span.h"
#include "provider/provider.h"

static bool is_address(rebuff_span s)
{
	bool colon = rbf_span_chr(s, ':') != SIZE_MAX;
	for (size_t i = 0; i < s.len; i++)
		if (!rbf_is_digit((unsigned char)s.p[i]) && s.p[i] != '.' && !colon)
			return false;
	return s.len > 0;
}

void rbf_provider_site(rebuff_span mx, rebuff_span domain, char out[REBUFF_NAME_MAX])
{
	char name[REBUFF_DOMAIN_MAX + 1] = "";
	rebuff_span s = rbf_span_trim(mx.len ? rbf_span_split(&mx, ':') : domain);
	if (s.len == 0)
		s = rbf_span_trim(domain);
	if (s.len && s.p[s.len - 1] == '.')
		s.len--;
	(void)rbf_span_copy(name, sizeof name, s);
	for (size_t i = 0; name[i]; i++)
		name[i] = (char)rbf_lower((unsigned char)name[i]);
	s = rbf_span_of(name);
	/* An address literal, or a list that knows nothing of the name, leaves the name itself. */
	const char *org = s.len && s.p[0] != '[' && !is_address(s)
		? psl_registrable_domain(psl_builtin(), name)
		: NULL;
	if (org)
		s = rbf_span_of(org);
	if (s.len >= REBUFF_NAME_MAX) /* the end of a long name tells more than its start */
		s = rbf_span_sub(s, s.len - (REBUFF_NAME_MAX - 1), SIZE_MAX);
	(void)rbf_span_copy(out, REBUFF_NAME_MAX, s);
}
