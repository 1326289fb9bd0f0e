/* command.h - what every command of rebuff(1) shares. One file a command:
 * cmd_NAME.c. */
#ifndef RBF_PROGRAM_COMMAND_H
#define RBF_PROGRAM_COMMAND_H
#include "rebuff.h"

/* Options that every command takes, already read. */
typedef struct {
	const char *config_dir; /* --config DIR; default from REBUFF_CONFIG_DIR or
				   /etc/rebuff */
	const char *state_file; /* --state FILE; default /var/lib/rebuff/state.db */
	const char *data_dir; /* --data DIR: the shipped policy; default /usr/share/rebuff */
	const char *run_dir; /* --run DIR: the sockets; default /run/rebuff */
	bool json; /* --json */
	bool colour; /* standard output is a terminal and NO_COLOR is not set, or empty */
} command_options;

typedef struct {
	const char *name;
	const char *usage; /* what follows the name: "add ADDRESS [--until TIME]" */
	const char *summary; /* one line */
	const char *help; /* further lines, "" for none */
	/* argv[0] is the command's name; the shared options are taken out. Returns
	 * the exit status: 0 well, 1 the work failed (said on standard error), 2
	 * wrong use (said by command_usage). */
	int (*run)(const command_options *options, int argc, char **argv);
} command;

/* "rebuff NAME: <what is wrong>; expected: <usage>" on standard error, in one
 * line. Returns 2. */
int command_usage(const command *c, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* "rebuff: <text>" on standard error. Returns 1. */
int command_fail(const rebuff_error *err);
/* Open the library with its policy and without a database (state.h: with one): the shipped policy
 * of
 * --data, else of ../lua beside the program (a build tree), else the installed one. Returns 0, else
 * 1 with the reason on standard error. The caller closes *out. */
int command_open(const command_options *options, rebuff_ctx **out);
/* Where the shipped policy is, in this order; NULL: where the library was told to look when it was
 * built. `space` of COMMAND_PATH_MAX bytes may be used. */
enum { COMMAND_PATH_MAX = 4128 };
const char *command_data_dir(const command_options *options, char *space);
/* A text as a span; NULL is empty. */
rebuff_span command_span(const char *text);

extern const command command_breaker;
extern const command command_check;
extern const command command_classify;
extern const command command_doctor;
extern const command command_explain;
extern const command command_hold;
extern const command command_import;
extern const command command_metrics;
extern const command command_mode;
extern const command command_parse;
extern const command command_policy;
extern const command command_release;
extern const command command_reload;
extern const command command_report;
extern const command command_rotate_key;
extern const command command_serve;
extern const command command_setup;
extern const command command_status;
extern const command command_suppress;
extern const command command_unknown;
extern const command command_version;
extern const command command_warmup;
#endif
