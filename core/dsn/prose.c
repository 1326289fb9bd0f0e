#include "dsn/prose.h"

#include "base/span.h"

size_t rbf_line_start(rebuff_span text, size_t at)
{
	while (at && text.p[at - 1] != '\n')
		at--;
	return at;
}

bool rbf_has_word(rebuff_span text, size_t from, size_t to)
{
	for (size_t i = from; i < to; i++)
		if (rbf_is_alpha((unsigned char)text.p[i]) ||
			rbf_is_digit((unsigned char)text.p[i]) || (unsigned char)text.p[i] >= 0x80)
			return true;
	return false;
}
