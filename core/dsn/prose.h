/* prose.h - lines and words of a text written for people, line ends being LF. */
#ifndef RBF_DSN_PROSE_H
#define RBF_DSN_PROSE_H
#include "rebuff.h"

/* Where the line begins in which `at` lies. */
size_t rbf_line_start(rebuff_span text, size_t at);
/* Does a letter, a digit or a byte of another script stand in text[from..to)? */
bool rbf_has_word(rebuff_span text, size_t from, size_t to);
#endif
