/*
 * doctor.h - rebuff doctor: whether everything between a mail server and the engine is connected.
 * Checks are split by subject, doctor_NAME.c; each tells what it found, and for what is wrong the
 * command that mends it.
 */
#ifndef RBF_PROGRAM_DOCTOR_H
#define RBF_PROGRAM_DOCTOR_H
#include <jansson.h>

#include "common/command.h"

typedef enum { DOCTOR_OK, DOCTOR_WARNING, DOCTOR_ERROR } doctor_state; /* as the exit status */

typedef struct {
	const command_options *options;
	bool quick; /* do not read the whole database */
	int64_t silence_ms; /* so long without an event is strange */
	bool engine_runs; /* doctor_engine has found it */
	json_t *checks; /* {"state", "area", "text", "mend"} each */
	json_t *paused; /* ids of envelopes that smtpd has paused, for doctor_store */
	char said[256]; /* a file for what commands print */
} doctor;

/* One result. mend: the command, "" for what is well. */
void doctor_tell(doctor *d, doctor_state state, const char *area, const char *mend, const char *fmt,
	...) __attribute__((format(printf, 5, 6)));

/* Run argv (at most 20 seconds), then hand over each line that it printed, without its LF; `line`
 * may be NULL. Returns its exit status. */
typedef void (*doctor_line)(void *ud, const char *line);
int doctor_run(doctor *d, const char *const *argv, doctor_line line, void *ud);

/* The command line of a running program of that name (the last part of its path): its arguments,
 * ended by NUL each, in out[cap]. False: none runs. */
bool doctor_process(const char *name, char *out, size_t cap, size_t *len);
/* The word behind `option` in such a command line; `otherwise` when it is not there. */
const char *doctor_argument(
	const char *cmdline, size_t len, const char *option, const char *otherwise);

/* A socket of the run directory: there, of this group, 0660, and somebody answers a ping. */
void doctor_socket(doctor *d, const char *name, const char *group);
/* rebuff-mtactl answers; unit: what to restart when it does not. */
void doctor_mtactl(doctor *d, const char *unit);
/* A log follower: runs, and its place is at the end of the log; of the file, or with `log` NULL and
 * none on its command line, of what the journal has for `match`. */
void doctor_follower(doctor *d, const char *program, const char *unit, const char *place,
	const char *log, const char *match);
/* Ask on 127.0.0.1 port 25 whether mail for the address that only rebuff refuses is taken. mend:
 * for a mail server that takes none from here. */
void doctor_smtp(doctor *d, const char *title, const char *unit, const char *mend);

void doctor_engine(doctor *d); /* engine, policy, hooks, disk writes, clock */
void doctor_host(doctor *d); /* DNS, free disk */
/* A mail server. -1: it is not on this host; 0: rebuff is not switched on in it; 1: it was looked
 * at. */
int doctor_exim(doctor *d);
int doctor_smtpd(doctor *d);
int doctor_postfix(doctor *d);
/* The database. Last: a process started as root becomes its owner for good. */
void doctor_store(doctor *d);
#endif
