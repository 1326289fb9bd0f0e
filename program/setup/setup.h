/* setup.h - what rebuff setup does for every mail server: look, plan, show, ask, do. A mail
 * server's own part is one setup_mta: setup_exim.c, setup_smtpd.c, setup_postfix.c. */
#ifndef RBF_PROGRAM_SETUP_H
#define RBF_PROGRAM_SETUP_H
#include <stdbool.h>

#include "common/command.h"

enum { SETUP_PATH_BYTES = 512, SETUP_LINE_BYTES = 65536 };

/* A folder for the configuration as it is and as it would be; gone at the end. */
typedef struct {
	char folder[64];
	char before[SETUP_PATH_BYTES], after[SETUP_PATH_BYTES];
	char said[SETUP_PATH_BYTES]; /* what a command printed */
	char line[SETUP_LINE_BYTES];
} setup_scratch;

typedef struct {
	const char *name; /* as on the command line */
	const char *title; /* as in a sentence */
	/* Is everything there that setup needs? */
	rebuff_status (*look)(rebuff_error *err);
	/* *on: rebuff is switched on. Fails when what is there is not ours. */
	rebuff_status (*state)(setup_scratch *s, bool *on, rebuff_error *err);
	/* Make the new configuration in the scratch folder, have it checked, show the difference;
	 * nothing is changed. */
	rebuff_status (*plan)(setup_scratch *s, bool undo, rebuff_error *err);
	/* Do what was planned. */
	rebuff_status (*on)(setup_scratch *s, rebuff_error *err);
	rebuff_status (*off)(setup_scratch *s, rebuff_error *err);
} setup_mta;

extern const setup_mta setup_exim, setup_smtpd, setup_postfix;

/* Run argv, its output into s->said; *why gets the last line that it printed. Its exit status. */
int setup_run(setup_scratch *s, const char *const *argv, char why[REBUFF_TEXT_MAX]);
/* diff -u of two files under these names; `same` is said when they do not differ. */
rebuff_status setup_show_diff(const char *before, const char *after, const char *name,
	const char *same, rebuff_error *err);
/* systemd runs here. */
bool setup_systemd(void);
/* ACTION ("reload", "restart") of a mail server's service: by systemd, else by its init script.
 * False: it failed, or there is neither; the last is said. */
bool setup_service(const char *action, const char *service);
/* Start (and enable) or stop the units that accompany a mail server; what fails is said. */
void setup_units(bool on, const char *const *units);

/* What the operator told of his mail; NULL: nothing. */
typedef struct {
	const char *ips; /* "192.0.2.1,192.0.2.2" */
	const char *postmaster; /* whom alarms are mailed to */
	const char *streams; /* "news=news@*,list@*;codes=code@*" */
	const char *mode; /* "observe" or "act" */
} setup_wishes;

/* Ask on the terminal for what the options do not say. `space` holds the answers. */
enum { SETUP_ANSWER_BYTES = 512 };
void setup_ask(setup_wishes *w, char space[4][SETUP_ANSWER_BYTES]);
/* Are they of the right form? REBUFF_EARG says which is not. */
rebuff_status setup_wishes_check(const setup_wishes *w, rebuff_error *err);
/* Write them to watch.lua and rules/streams.lua of the operator's folder, unless such a file is
 * there: then what to add to it is printed. With dry_run everything is printed. */
rebuff_status setup_wishes_write(
	const command_options *o, const setup_wishes *w, bool dry_run, rebuff_error *err);
#endif
