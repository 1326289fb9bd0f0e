/* postfix_conf.h - rebuff in a list of Postfix's restrictions: put in, and taken out again. Text
 * in, text out; postconf(1) reads and writes the files. */
#ifndef RBF_PROGRAM_POSTFIX_CONF_H
#define RBF_PROGRAM_POSTFIX_CONF_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "rebuff.h"

enum { POSTFIX_LIST_MAX = 16384 }; /* bytes of a list */

#define POSTFIX_CONF_POSTCONF "/usr/sbin/postconf"
#define POSTFIX_CONF_POSTFIX "/usr/sbin/postfix"
#define POSTFIX_CONF_LIST "smtpd_recipient_restrictions"

/* What the list gets: mail to own domains passes, for the rest the engine is asked. */
#define POSTFIX_CONF_SERVICE "unix:private/rebuff"
#define POSTFIX_CONF_ASK                                                                           \
	"check_policy_service { " POSTFIX_CONF_SERVICE                                             \
	", default_action=DUNNO, timeout=1s, try_limit=1 }"
#define POSTFIX_CONF_PAIR "permit_auth_destination, " POSTFIX_CONF_ASK

/* Is rebuff's policy service in it? *harmless: with default_action=DUNNO, so that mail is taken
 * when the service is missing. */
bool postfix_list_asks(const char *list, bool *harmless);
/* Is a line of postconf's output no answer? */
bool postfix_conf_warns(const char *line);
/* A line of "postconf -Px" that asks every service of master.cf for a list of its own: the bytes of
 * the service's name, at its start, if rebuff is not in that list; else 0. */
size_t postfix_service_apart(const char *line);
/* Does it turn away who may not relay? */
bool postfix_list_guards(const char *list);

/*
 * The list with rebuff in it, before what lets senders pass who may relay, and behind everything
 * that mail from outside is to go through. REBUFF_EPARSE, with the two words that are in each
 * other's way, when there is no such place.
 */
rebuff_status postfix_list_add(const char *list, char *out, size_t cap, rebuff_error *err);
/* The list without it; what postfix_list_add was given, but for blanks at
 * its ends and the separator where rebuff stood. */
rebuff_status postfix_list_remove(const char *list, char *out, size_t cap, rebuff_error *err);

/* A time as Postfix writes it: "5d", "90", with the unit s, m, h, d or w, else the one given in
 * seconds. -1: it is none. */
int64_t postfix_time_s(const char *text, int64_t unit_s);
#endif
