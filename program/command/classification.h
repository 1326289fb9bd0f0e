/* classification.h - a classification as JSON and for people, shared by the commands that show one.
 */
#ifndef RBF_PROGRAM_CLASSIFICATION_H
#define RBF_PROGRAM_CLASSIFICATION_H
#include <jansson.h>
#include <stdio.h>

#include "rebuff.h"

/* The members that other programs rely on first, then the facts that the text states; the caller
 * frees it. NULL without memory. */
json_t *classification_object(const rebuff_classification *c);
/* The same as one line. Takes over the object; returns false for NULL or when it cannot be written.
 */
bool classification_write(FILE *out, json_t *o);
bool classification_json(FILE *out, const rebuff_classification *c);
/* Aligned lines; coloured when `colour`. */
void classification_show(FILE *out, const rebuff_classification *c, bool colour);
#endif
