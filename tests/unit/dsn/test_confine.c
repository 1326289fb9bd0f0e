/* What the reading process cannot do any more, and what it still can. Each row is tried in a child
 * of its own; before rbf_confine() each is possible, or the row would prove nothing. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <iconv.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "dsn/confine.h"
#include "unit.h"

static pid_t parent;
static int pair[2];
static char file[] = "/tmp/rebuff-confine-XXXXXX"; /* may be written by anyone */

static bool opens_a_socket(void)
{
	return socket(AF_UNIX, SOCK_STREAM, 0) >= 0;
}

static bool forks(void)
{
	pid_t pid = fork();
	if (pid == 0)
		_exit(0);
	return pid > 0 && waitpid(pid, NULL, 0) == pid;
}

static bool runs_a_program(void)
{
	char name[] = "true";
	char *argv[] = {name, NULL};
	execv("/bin/true", argv); /* exit status 0 is that of a possible row */
	return false;
}

static bool signals_its_parent(void)
{
	return kill(parent, SIGURG) == 0;
}

static bool traces(void)
{
	return ptrace(PTRACE_TRACEME, 0, NULL, NULL) == 0;
}

static bool writes_a_file(void)
{
	return open(file, O_WRONLY) >= 0;
}

static bool makes_a_file(void)
{
	char path[64];
	(void)snprintf(path, sizeof path, "%s.%d", file, (int)getpid());
	int fd = open(path, O_RDONLY | O_CREAT, 0600);
	return fd >= 0 && unlink(path) == 0;
}

static bool renames_a_file(void)
{
	char to[64];
	(void)snprintf(to, sizeof to, "%s.to", file);
	return rename(file, to) == 0 && rename(to, file) == 0;
}

static bool opens_by_another_call(void)
{
	/* A structure where the filter of flags cannot look. */
	const struct {
		uint64_t flags, mode, resolve;
	} how = {O_WRONLY, 0, 0};
	return syscall(SYS_openat2, AT_FDCWD, file, &how, sizeof how) >= 0;
}

static bool reads_a_file(void)
{
	return open("/etc/passwd", O_RDONLY) >= 0;
}

static bool answers(void)
{
	return send(pair[1], "x", 1, MSG_NOSIGNAL) == 1;
}

static bool learns_a_character_set(void)
{
	return iconv_open("UTF-8", "ISO-2022-JP") != (iconv_t)-1;
}

static bool takes_memory(void)
{
	char *p = malloc(64 << 20);
	if (p)
		memset(p, 1, 64 << 20);
	return p != NULL;
}

static bool is_nobody(void)
{
	return geteuid() != 0 && getuid() != 0 && getegid() != 0;
}

static bool in_child(bool (*what)(void), bool confined)
{
	int status = -1;
	pid_t pid = fork();
	if (pid == 0) {
		if (confined)
			rbf_confine();
		_exit(what() ? 0 : 1);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

static void test_rights(void **state)
{
	static const struct {
		const char *name;
		bool (*what)(void);
		bool confined;
	} rows[] = {
		{"opens a socket", opens_a_socket, false},
		{"forks", forks, false},
		{"runs a program", runs_a_program, false},
		{"signals its parent", signals_its_parent, false},
		{"traces", traces, false},
		{"writes a file", writes_a_file, false},
		{"makes a file", makes_a_file, false},
		{"renames a file", renames_a_file, false},
		{"opens by another call", opens_by_another_call, false},
		{"reads a file", reads_a_file, true},
		{"answers", answers, true},
		{"learns a character set", learns_a_character_set, true},
		{"takes memory", takes_memory, true},
	};
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		if (!in_child(rows[i].what, false))
			fail_msg("%s: not possible at all", rows[i].name);
		bool got = in_child(rows[i].what, true);
		if (got != rows[i].confined)
			fail_msg("%s: got %d, want %d", rows[i].name, got, rows[i].confined);
	}
	assert_true(in_child(is_nobody, true));
}

static int set_up(void **state)
{
	(void)state;
	parent = getpid();
	int fd = mkstemp(file);
	return fd < 0 || fchmod(fd, 0666) != 0 || close(fd) != 0 ||
		socketpair(AF_UNIX, SOCK_STREAM, 0, pair) != 0;
}

static int clear_up(void **state)
{
	(void)state;
	return unlink(file);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_rights)};
	return cmocka_run_group_tests(tests, set_up, clear_up);
}
