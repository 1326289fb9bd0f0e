/* reply.h - inside engine/: what a classified reply means beyond its category. */
#ifndef RBF_ENGINE_REPLY_H
#define RBF_ENGINE_REPLY_H
#include "rebuff.h"

/* Refused for what we are or send, not for whom it went to. */
bool rbf_reply_blocked(const rebuff_classification *c);
#endif
