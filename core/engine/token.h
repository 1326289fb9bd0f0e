/*
 * token.h - a return path that proves where a bounce comes from: rbf=TOKEN=user@domain. The token
 * is the second in which the message arrived and an HMAC (SHA-256, cut to 80 bits) over that
 * second, the message id, the sender and the recipient, so a return path never changes between
 * retries. 112 bits in base32 without case: servers on the way may change it.
 */
#ifndef RBF_ENGINE_TOKEN_H
#define RBF_ENGINE_TOKEN_H
#include "rebuff.h"

enum {
	RBF_TOKEN_KEY = 32, /* bytes of a key */
	RBF_TOKEN_MAC = 10,
	RBF_TOKEN_CHARS = 23, /* of the token itself */
};

typedef struct {
	int64_t epoch_s; /* arrival of the message, seconds since 1970 */
	unsigned char mac[RBF_TOKEN_MAC];
	char sender[REBUFF_ADDRESS_MAX + 1]; /* the address without the token, in key form */
} rbf_token;

/* Write the return path of one recipient's copy. False, with out "", when there can be none: an
 * empty sender, a local part that would grow over 64 bytes (RFC 5321 4.5.3.1.1) or needs quotes, an
 * epoch outside 32 bits, an address that is none. */
bool rbf_token_make(const unsigned char key[RBF_TOKEN_KEY], int64_t epoch_s, const char *id,
	rebuff_span sender, rebuff_span recipient, char out[REBUFF_ADDRESS_MAX + 1]);
/* Is this a return path with a token? It is read, not verified. */
bool rbf_token_read(rebuff_span address, rbf_token *out);
/* Was the token made with this key for this message and recipient (key form)? */
bool rbf_token_is_of(const rbf_token *token, const unsigned char key[RBF_TOKEN_KEY], const char *id,
	const char *recipient);
/* The sender behind a return path, in key form: without our token, without the tag of BATV
 * (prvs=KDDDSSSSSS=user@domain, Exim's prvs=KDDDSSSSSS/user@domain, prvs=user/KDDDSSSSSS@domain);
 * "" for what is no address. */
void rbf_token_sender(rebuff_span address, char out[REBUFF_ADDRESS_MAX + 1]);
#endif
