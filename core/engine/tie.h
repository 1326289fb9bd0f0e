/*
 * tie.h - inside engine/: which delivery a bounce or complaint speaks of, and how far it is to be
 * believed. Everything in it comes from outside: the numbers of words, addresses and deliveries
 * that are looked at are bounded.
 */
#ifndef RBF_ENGINE_TIE_H
#define RBF_ENGINE_TIE_H
#include "engine/context.h"
#include "engine/token.h"

enum {
	RBF_TIE_WORDS = 2048, /* of the returned header section, and of the reply */
	RBF_TIE_NAMED = 32, /* addresses in the returned header section */
	RBF_TIE_TOKENS = 8,
	RBF_TIE_SENDERS = 8, /* addresses that it came back to */
	RBF_TIE_SENT = 64, /* newest deliveries to an address */
};

/* One message as it is looked at. 60 KiB: on the heap. */
typedef struct {
	rebuff_ctx *ctx;
	const rbf_config *config;
	const rebuff_evidence *evidence;
	int64_t now_ms;
	rbf_token token[RBF_TIE_TOKENS];
	size_t token_n;
	int64_t sender[RBF_TIE_SENDERS]; /* hashes */
	size_t sender_n;
	char came_back_to[REBUFF_ADDRESS_MAX + 1]; /* the first of them */
	char named[RBF_TIE_NAMED][REBUFF_ADDRESS_MAX + 1];
	size_t named_n;
	int64_t word[RBF_TIE_WORDS]; /* hashes, in order */
	size_t word_n;
	rbf_sent sent[RBF_TIE_SENT]; /* of the recipient in hand */
} rbf_tie;

/* What one recipient is tied to. */
typedef struct {
	bool found;
	rbf_sent sent;
	rebuff_trust trust;
	char recipient[REBUFF_ADDRESS_MAX + 1]; /* whose delivery it is; key form */
	const char *why; /* a constant sentence */
} rbf_tied;

/* Collect what the message holds: tokens, addresses, words. */
void rbf_tie_begin(rbf_tie *t, rebuff_ctx *ctx, const rbf_config *config,
	const rebuff_evidence *evidence, int64_t now_ms);
/* Tie one recipient (the address that it names, and what that was before forwarding). `alone`: it
 * is the only one, so that the returned header section may name it too. */
rebuff_status rbf_tie_recipient(rbf_tie *t, rebuff_span recipient, rebuff_span original, bool alone,
	rbf_tied *out, rebuff_error *err);

/* The ENVID that a message was given, as a hash; 0 for one that is too short to be a secret. */
int64_t rbf_tie_envid(const rbf_store *store, rebuff_span envid);
/* The queue id in the text of an acceptance, as a hash; 0: there is none. */
int64_t rbf_tie_remote_id(const rbf_store *store, rebuff_span text);
#endif
