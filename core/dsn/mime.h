/*
 * mime.h - a message taken apart: the parts that a bounce or complaint may be read from, in their
 * order. MIME itself is GMime's work; this is the only file that calls it. Bounded: parts, depth
 * and decoded bytes over the limits are left out and `truncated` is set.
 */
#ifndef RBF_DSN_MIME_H
#define RBF_DSN_MIME_H
#include "dsn/arena.h"

enum {
	RBF_MIME_PARTS_MAX = 256, /* parts looked at; a report has three */
	RBF_MIME_LEVELS_MAX = 32, /* multiparts in each other */
	RBF_MIME_TEXT_MAX = 512 * 1024, /* bytes of a text part that are read */
	RBF_MIME_STATUS_MAX = 48 * 1024 * 1024, /* bytes of a delivery-status part that are read */
	RBF_MIME_HEADER_MAX = 4 * 1024 * 1024, /* bytes of a header section that are read */
};

typedef enum {
	RBF_PART_TEXT,
	RBF_PART_HTML,
	RBF_PART_STATUS, /* message/delivery-status and its variants (RFC 3464, RFC 6533) */
	RBF_PART_FEEDBACK, /* message/feedback-report (RFC 5965) */
	RBF_PART_DISPOSITION, /* message/disposition-notification (RFC 8098) */
	RBF_PART_HEADERS, /* text/rfc822-headers and its variants (RFC 6522) */
	RBF_PART_MESSAGE, /* message/rfc822, message/global */
} rbf_part_type;

typedef struct {
	rbf_part_type type;
	rebuff_span raw; /* encoded as it lies in the message; MESSAGE: its header section */
	int encoding; /* of GMime */
	char charset[32]; /* "" when not given */
	void *object; /* of GMime; MESSAGE alone */
} rbf_part;

typedef struct rbf_mime rbf_mime;

typedef struct {
	rebuff_span header; /* the header section, at most RBF_MIME_HEADER_MAX */
	char report_type[40]; /* parameter of multipart/report in lower case, "" for others */
	bool is_report; /* multipart/report */
	const rbf_part *part;
	size_t part_n;
	bool truncated;
} rbf_mail;

/* What is kept from message to message: character set converters. NULL without memory. */
rbf_mime *rbf_mime_open(void);
void rbf_mime_close(rbf_mime **m);

/*
 * Take `message` apart. What is found lies in `message` and in the arena, and is valid until the
 * next rbf_mime_done. Accepts CRLF, LF and bare CR, a leading mbox line or blank lines. Returns
 * REBUFF_OK, also for what is no message (then there are no parts), or REBUFF_ENOMEM.
 */
rebuff_status rbf_mime_parse(
	rbf_mime *m, rbf_arena *arena, rebuff_span message, rbf_mail *out, rebuff_error *err);
/* Give back what GMime holds for all messages parsed since the last call. */
void rbf_mime_done(rbf_mime *m);

/* The text of a part: transfer encoding undone, in UTF-8 (bytes that are none of the named
 * character set are read as Latin-1), at most `max` bytes. */
rebuff_span rbf_mime_text(rbf_mime *m, rbf_arena *arena, const rbf_part *part, size_t max);
/* A MESSAGE part as a message of its own, to be parsed again; empty when there is no room. */
rebuff_span rbf_mime_embedded(rbf_mime *m, rbf_arena *arena, const rbf_part *part);
/* A header value (RFC 2047) in UTF-8, unfolded. */
rebuff_span rbf_mime_words(rbf_arena *arena, rebuff_span value);
/* `text` in valid UTF-8: itself when it is, else a copy in which other bytes are read as Latin-1.
 */
rebuff_span rbf_mime_utf8(rbf_arena *arena, rebuff_span text);
#endif
