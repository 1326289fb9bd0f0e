/* answer.h - what the requests share: their fields, and the answer that is given when the writer
 * has put a change on disk. */
#ifndef RBF_PROGRAM_ANSWER_H
#define RBF_PROGRAM_ANSWER_H
#include "serve/service.h"

/* A field of the request, empty when it has none of that name. */
rebuff_span asked_field(const request *r, const char *name);
/* The node that it is about: this one, unless it says another. */
rebuff_span asked_node(const service *s, const request *r);
/* The value of a name that rebuff.h knows, `otherwise` when the field is missing, -1 when it is
 * not one of them: then r is answered and the caller is done. */
int asked_name(request *r, const char *name, int (*of_name)(rebuff_span), int otherwise);

typedef rebuff_status answer_change(job *j, rebuff_ctx *ctx, rebuff_error *err);
/* Give the request to the writer; answer_done, or the done that it has, answers and frees it.
 * False: its queue is full, which is answered when nothing else was, and r is freed. */
bool answer_later(service *s, request *r, answer_change *apply);
/* What comes of a change that the writer has made: the answer, unless one was given, with the
 * number that the request counts; a complaint in the log. Frees the request. */
void answer_done(job *j);
#endif
