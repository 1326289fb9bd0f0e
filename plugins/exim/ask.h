/*
 * ask.h - what Exim asks and tells the engine, without a symbol of Exim's: shared by rebuff-exim.so
 * and rebuff-exim-helper. Every call is bounded by one deadline and cannot fail in a way that
 * matters to Exim.
 */
#ifndef RBX_ASK_H
#define RBX_ASK_H
#include "client/client.h"

#define RBX_SOCKET "/run/rebuff/exim.sock"
#define RBX_ALIVE "/run/rebuff/alive"

enum {
	RBX_DEADLINE_MS = 250,
	RBX_ANSWER_MAX = 1024, /* bytes of what a router or ACL gets, with its NUL */
	RBX_LOST_MAX = 7600, /* bytes of a lost result: a line of Exim's log holds 8192 */
	RBX_TEXT_MAX = 8192, /* bytes of a reply that are handed on */
	RBX_EVENT_ARGS = 7,
	RBX_GATE_ARGS = 7,
	RBX_SUBMIT_ARGS = 2,
	RBX_PATH_ARGS = 5,
	RBX_DKIM_MAX = 1024,
};

/* Zeroed storage and rbx_engine_init make one; 128 KiB, for static storage. */
typedef struct {
	rbf_client client;
	bool forced; /* the caller's rbx_is_forced, for the gate */
	char request[RBF_WIRE_REQUEST_MAX];
} rbx_engine;

/* After one timeout this process asks no more. */
void rbx_engine_init(rbx_engine *e);

typedef enum { RBX_TOLD, RBX_NOTHING_TO_TELL, RBX_LOST } rbx_told;

/*
 * rebuff_event NAME DATA ERRNO RECIPIENT HOST/IP/PORT/SOURCE SENDER/ID TRANSPORT/ROUTER: tell what
 * became of a recipient. On RBX_LOST `lost` holds the result as docs/protocol.md wants it in the
 * log, without "rebuff lost "; "" when this kind of result need not be kept.
 */
rbx_told rbx_tell_event(rbx_engine *e, char *const args[RBX_EVENT_ARGS], char lost[RBX_LOST_MAX]);

/*
 * rebuff_gate RECIPIENT MX PASS ID SENDER AGE UNASKED: may this recipient be attempted? Returns
 * what the redirect router gets: args[2] itself, PASS, for go; `out`, filled with ":defer: text",
 * ":fail: text" or ":blackhole:"; args[6], UNASKED, when the engine could not be asked or said
 * nothing of these. An empty ID (exim -bt) is not asked about, but for rebuff doctor's probe: PASS.
 */
char *rbx_ask_gate(rbx_engine *e, char *const args[RBX_GATE_ARGS], char out[RBX_ANSWER_MAX]);

/* rebuff_suppressed RECIPIENT SENDER: "" when mail for it may be taken, else the text to refuse it
 * with. Returns whether the engine answered. */
bool rbx_ask_submit(rbx_engine *e, char *const args[RBX_SUBMIT_ARGS], char out[RBX_ANSWER_MAX]);

/*
 * rebuff_return_path RECIPIENT SENDER ID RECEIVED PLAIN: the return path of this recipient's copy.
 * Returns `out`, or args[4] itself, PLAIN, when the engine could not be asked or has none.
 */
char *rbx_ask_return_path(rbx_engine *e, char *const args[RBX_PATH_ARGS], char out[RBX_ANSWER_MAX]);

/* The domains whose signature Exim found valid, from what ${authresults} says, joined by ','. What
 * is not written just as Exim writes it counts as no signature: the parts come from the message. */
void rbx_dkim_passed(const char *authresults, char out[RBX_DKIM_MAX]);

/* A message with an empty sender. All text is borrowed; `headers` may be cut. */
typedef struct {
	const char *id;
	const char *recipients; /* joined by ',' */
	const char *client_ip;
	const char *client_name; /* confirmed by Exim; "" */
	const char *dkim; /* rbx_dkim_passed; "" */
	const char *headers;
	size_t headers_len;
	int64_t size_bytes;
	int fd; /* stands where the body begins; -1: none */
} rbx_message;
/* Returns whether the engine has taken it. `refusal` is the text to refuse it with (the policy
 * refuses bounces of foreign mail), else "". */
bool rbx_tell_message(rbx_engine *e, const rbx_message *m, char refusal[RBX_ANSWER_MAX]);

/*
 * Did an operator ask for this very attempt? True when the command line (as in /proc/PID/cmdline:
 * arguments ended by NUL) is exim's with `-M` and this id, and was not started by rebuff-mtactl,
 * which gives RBX_WAKE_ARGV0 as the program's name. See docs/exim.md.
 */
bool rbx_is_forced(const char *cmdline, size_t len, const char *id);
#endif
