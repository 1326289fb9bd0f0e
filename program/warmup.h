/* warmup.h - warm-up plans as rebuff status shows them. */
#ifndef RBF_PROGRAM_WARMUP_H
#define RBF_PROGRAM_WARMUP_H
#include "rebuff.h"

/* A heading and a line a plan, on standard output; nothing when there is none. */
rebuff_status warmup_print(rebuff_ctx *ctx, rebuff_error *err);
#endif
