/* received.h - what the receiving server itself wrote at the top of a message: its own Received
 * field. */
#ifndef RBB_RECEIVED_H
#define RBB_RECEIVED_H
#include <stdbool.h>
#include <stddef.h>

typedef struct {
	char id[65]; /* queue id; "" */
	char ip[64]; /* of the client, without brackets; "" */
	char name[256]; /* its name as the server had it looked up, not confirmed; "" */
} rbb_received;

/*
 * Read the first Received field of a message of OpenSMTPD's ("from HELO (NAME [IP]) by HOST
 * (OpenSMTPD) with ESMTP id 1a2b3c4d"; the client is told for sessions from elsewhere only). False:
 * there is none of that form.
 */
bool rbb_received_read(const char *text, size_t len, rbb_received *out);
#endif
