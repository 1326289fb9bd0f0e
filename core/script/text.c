#include "script/text.h"

#include "base/span.h"

static void count(uint64_t *steps, size_t n)
{
	if (steps)
		*steps += n;
}

bool rbf_text_like(rebuff_span s, rebuff_span pattern, uint64_t *steps)
{
	size_t i = 0, k = 0, star = SIZE_MAX, mark = 0;
	while (i < s.len) {
		count(steps, 1);
		if (k < pattern.len && pattern.p[k] == '*') {
			star = k++;
			mark = i;
		} else if (k < pattern.len &&
			rbf_lower((unsigned char)pattern.p[k]) ==
				rbf_lower((unsigned char)s.p[i])) {
			k++;
			i++;
		} else if (star != SIZE_MAX) { /* let the last star take one byte more */
			k = star + 1;
			i = ++mark;
		} else {
			return false;
		}
	}
	while (k < pattern.len && pattern.p[k] == '*')
		k++;
	return k == pattern.len;
}

size_t rbf_text_find(rebuff_span s, rebuff_span needle, uint64_t *steps)
{
	for (size_t i = 0; i + needle.len <= s.len; i++) {
		size_t k = 0;
		while (k < needle.len &&
			rbf_lower((unsigned char)s.p[i + k]) ==
				rbf_lower((unsigned char)needle.p[k]))
			k++;
		count(steps, k + 1);
		if (k == needle.len)
			return i;
	}
	return SIZE_MAX;
}
