/* opensmtpd_dsn.h - the message by which we give up (RFC 3464): smtpd's own would say "delayed" or
 * nothing of what the remote server said. */
#ifndef RBO_DSN_H
#define RBO_DSN_H
#include <stddef.h>
#include <stdint.h>

typedef struct {
	const char *host; /* our name, for From, Message-ID and Reporting-MTA */
	uint64_t envelope; /* makes the Message-ID: a second copy after a crash has the same */
	const char *sender; /* who gets it */
	const char *recipient; /* who could not be reached */
	const char *reason; /* our sentence */
	const char *reply; /* the last reply, or smtpd's words; "" none */
	int64_t created_s, now_s; /* since 1970 */
	const char *headers; /* of the original; cut at its first empty line */
} rbo_dsn;

/* Write the message (LF line ends) into out[cap]. What came from outside is made harmless: no line
 * of it can become a header, a boundary or a field. Returns its length, 0 when it does not fit. */
size_t rbo_dsn_write(const rbo_dsn *d, char *out, size_t cap);
#endif
