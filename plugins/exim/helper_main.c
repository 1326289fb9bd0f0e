/*
 * helper_main.c - rebuff-exim-helper: what rebuff-exim.so does, as a program, for an Exim without
 * ${dlfunc}.
 *
 *     rebuff-exim-helper gate RECIPIENT MX PASS ID SENDER AGE UNASKED    prints what the router
 * gets rebuff-exim-helper suppressed RECIPIENT SENDER                     prints why it is refused
 *     rebuff-exim-helper return-path RECIPIENT SENDER ID RECEIVED PLAIN      prints the return path
 *     rebuff-exim-helper event NAME DATA ERRNO RECIPIENT HOST/IP/PORT/SOURCE SENDER/ID
 *                              TRANSPORT/ROUTER                          prints what was lost
 *
 * Exit status 0: well; 1: an event that the engine did not take (its text for the log is printed);
 * 2: wrong use. Standard output becomes a value inside Exim, so nothing else is ever written, not
 * even on standard error.
 */
#define _DEFAULT_SOURCE /* closefrom */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "exim/ask.h"

static void print(const char *text)
{
	size_t len = strlen(text);
	while (len > 0) {
		ssize_t n = write(STDOUT_FILENO, text, len);
		if (n <= 0)
			return;
		text += n;
		len -= (size_t)n;
	}
}

/* The delivery process that runs us was started with the command line of the attempt. */
static bool forced(const char *id)
{
	char path[32], cmdline[4096];
	(void)snprintf(path, sizeof path, "/proc/%ld/cmdline", (long)getppid());
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return false;
	ssize_t n = read(fd, cmdline, sizeof cmdline);
	return n > 0 && rbx_is_forced(cmdline, (size_t)n, id);
}

int main(int argc, char **argv)
{
	static rbx_engine engine;
	char text[RBX_LOST_MAX];
	const char *what = argc > 1 ? argv[1] : "";
	char **args = argv + 2;
	int n = argc - 2;
	closefrom(STDERR_FILENO + 1); /* the live SMTP connection is among them */
	rbx_engine_init(&engine);
	if (strcmp(what, "gate") == 0 && n == RBX_GATE_ARGS) {
		engine.forced = forced(args[3]);
		print(rbx_ask_gate(&engine, args, text));
		return 0;
	}
	if (strcmp(what, "suppressed") == 0 && n == RBX_SUBMIT_ARGS) {
		(void)rbx_ask_submit(&engine, args, text);
		print(text);
		return 0;
	}
	if (strcmp(what, "return-path") == 0 && n == RBX_PATH_ARGS) {
		print(rbx_ask_return_path(&engine, args, text));
		return 0;
	}
	if (strcmp(what, "event") == 0 && n == RBX_EVENT_ARGS) {
		bool lost = rbx_tell_event(&engine, args, text) == RBX_LOST && text[0];
		print(text);
		return lost ? 1 : 0;
	}
	return 2;
}
