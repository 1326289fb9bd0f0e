/* operator.h - the requests of the operator's commands (docs/protocol.md). */
#ifndef RBF_PROGRAM_OPERATOR_H
#define RBF_PROGRAM_OPERATOR_H
#include "serve/service.h"

/* Each answers the request and frees it, now or when the writer is done. */
void operator_reload(service *s, request *r);
void operator_status(service *s, request *r);
void operator_suppress_add(service *s, request *r);
void operator_suppress_remove(service *s, request *r);

/* In the writer: each makes the change that the request asks for, and leaves in `number` how many
 * things it changed. */
rebuff_status operator_hold(job *j, rebuff_ctx *ctx, rebuff_error *err);
rebuff_status operator_release(job *j, rebuff_ctx *ctx, rebuff_error *err);
rebuff_status operator_rotate_key(job *j, rebuff_ctx *ctx, rebuff_error *err);
rebuff_status operator_confirm(job *j, rebuff_ctx *ctx, rebuff_error *err);
rebuff_status operator_undo(job *j, rebuff_ctx *ctx, rebuff_error *err);
rebuff_status operator_checks(job *j, rebuff_ctx *ctx, rebuff_error *err);
rebuff_status operator_warmup(job *j, rebuff_ctx *ctx, rebuff_error *err);
rebuff_status operator_warmup_end(job *j, rebuff_ctx *ctx, rebuff_error *err);
#endif
