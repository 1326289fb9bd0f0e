/* opensmtpd_ctl.h - smtpctl, run as a child: its exit status is 0 even when it did nothing, so the
 * text counts. */
#ifndef RBO_CTL_H
#define RBO_CTL_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* One envelope of `smtpctl show queue`. */
typedef struct {
	uint64_t id;
	char sender[321], recipient[321]; /* as delivered to (after aliases) */
	int64_t created_s;
	int64_t next_s; /* seconds from now to its next attempt; in flight: since its beginning */
	bool out; /* goes out through mta; else a local delivery or a bounce under way */
	bool paused;
	bool in_flight;
	bool bounce; /* has an empty sender */
	char error[1024]; /* what smtpd remembers of its last failure; "" none */
} rbo_queued;

/* Read one line of show queue, without its LF. False: it is none. */
bool rbo_queued_parse(const char *line, rbo_queued *out);

/* How many a command says it has changed ("2 envelopes paused", "1 envelope scheduled"); -1 when it
 * says nothing of the kind. */
int rbo_ctl_count(const char *text);

/* Does `smtpctl show status` say that mta is paused? */
bool rbo_ctl_mta_paused(const char *text);

/*
 * Run `program` with these arguments (NULL at the end) for at most timeout_ms; what it prints (both
 * outputs) goes to out[cap] with a NUL, cut when longer. Returns its exit status, -1 when it could
 * not be run, was killed or took too long.
 */
int rbo_ctl_run(
	const char *program, const char *const *arguments, char *out, size_t cap, int timeout_ms);

/* The same, with each whole line handed to `line` as it comes, and `input` (len bytes; NULL: none)
 * on its standard input. */
int rbo_ctl_lines(const char *program, const char *const *arguments, const char *input, size_t len,
	void (*line)(void *ud, char *text), void *ud, int timeout_ms);

/* Start it with both outputs to `out` (which stays the caller's), and do not wait. The child, or
 * -1. */
pid_t rbo_ctl_start(const char *program, const char *const *arguments, int out);
#endif
