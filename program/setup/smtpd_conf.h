/* smtpd_conf.h - rebuff's lines in an smtpd.conf: put in, and taken out again. Text in, text out.
 */
#ifndef RBF_PROGRAM_SMTPD_CONF_H
#define RBF_PROGRAM_SMTPD_CONF_H
#include <stddef.h>

#include "rebuff.h"

enum { SMTPD_CONF_MAX = 1 << 18 }; /* bytes of a configuration */

typedef enum {
	SMTPD_CONF_NONE, /* no filter of ours is in it */
	SMTPD_CONF_OURS, /* put in by smtpd_conf_add */
	SMTPD_CONF_BY_HAND /* a filter "rebuff" that somebody wrote */
} smtpd_conf_state;
/* *line: where. */
smtpd_conf_state smtpd_conf_find(const char *text, int *line);

/*
 * The text with rebuff's lines on top, and the filter named at each listener and each action that
 * relays. `out` of cap bytes; REBUFF_EPARSE, with the line, for what cannot be edited safely: an
 * include, another filter there, a shorter ttl, no relay, a form that is not understood.
 * note: what stays as the operator set it though rebuff would set it otherwise; "" nothing.
 */
rebuff_status smtpd_conf_add(
	const char *text, char *out, size_t cap, char note[REBUFF_TEXT_MAX], rebuff_error *err);
/* The text without them: byte for byte what it was before smtpd_conf_add. */
rebuff_status smtpd_conf_remove(const char *text, char *out, size_t cap, rebuff_error *err);

/* Listeners and relays, and how many of each name the filter "rebuff". */
typedef struct {
	int listeners, relays, listeners_filtered, relays_filtered;
	int unfiltered_line; /* of the first that does not; 0 none */
	int socket_line; /* of "listen on socket"; 0 none */
	int include_line; /* what is included there is not counted; 0 none */
	int64_t ttl_s; /* -1 not set, -2 not understood */
} smtpd_conf_summary;
void smtpd_conf_summarise(const char *text, smtpd_conf_summary *out);

/* What is to be added by hand, for people. */
extern const char smtpd_conf_by_hand[];
#endif
