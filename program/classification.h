/* classification.h - a classification as JSON and for people, shared by the commands that show one.
 */
#ifndef RBF_PROGRAM_CLASSIFICATION_H
#define RBF_PROGRAM_CLASSIFICATION_H
#include <stdio.h>

#include "rebuff.h"

/* One JSON object on one line, with the members that other programs rely on first, then the facts
 * that the text states. Returns false without memory. */
bool classification_json(FILE *out, const rebuff_classification *c);
/* Aligned lines; coloured when `colour`. */
void classification_show(FILE *out, const rebuff_classification *c, bool colour);
#endif
