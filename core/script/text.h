/* text.h - the text helpers that policy files get in place of Lua's string patterns, one of which
 * can run for minutes. All ignore ASCII case, all are bounded. */
#ifndef RBF_SCRIPT_TEXT_H
#define RBF_SCRIPT_TEXT_H
#include "rebuff.h"

/* Does the whole of s match the pattern, in which '*' stands for any run of bytes and everything
 * else for itself? steps (NULL allowed) is raised by the bytes compared. */
bool rbf_text_like(rebuff_span s, rebuff_span pattern, uint64_t *steps);
/* Offset of needle in s, SIZE_MAX when it is not there. */
size_t rbf_text_find(rebuff_span s, rebuff_span needle, uint64_t *steps);
#endif
