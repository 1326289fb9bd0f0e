/* opensmtpd_giveup.h - end an envelope: tell its sender, then take it out of the queue. The intent
 * is on disk before either: a crash may tell the sender twice (the same Message-ID), never not at
 * all. */
#ifndef RBO_GIVEUP_H
#define RBO_GIVEUP_H
#include "mtactl/opensmtpd_act.h"

enum { RBO_HEADERS_MAX = 32 * 1024, RBO_DSN_MAX = 96 * 1024, RBO_REASON_MAX = 512 };

/* 130 KiB: place it in allocated storage. */
typedef struct {
	const char *sendmail; /* path */
	const char *folder; /* where intents are kept */
	size_t headers_len;
	char headers[RBO_HEADERS_MAX];
	char dsn[RBO_DSN_MAX];
} rbo_giveup;

/* Give up on this envelope, as look showed it, for this reason (our sentence). It is paused first,
 * so that no attempt comes in between. NULL, or why it is not finished (it will be, at the next
 * rbo_giveup_finish, when the intent was written). */
const char *rbo_giveup_do(rbo_giveup *g, rbo_act *a, const rbo_queued *e, const char *reason);
/* What a crash or a refusal left half done. */
void rbo_giveup_finish(rbo_giveup *g, rbo_act *a);
#endif
