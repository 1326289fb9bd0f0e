#include "common/child.h"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

static void become(const char *const *argv, const char *output)
{
	/* execvp takes pointers that it does not write through. */
	union {
		const char *const *given;
		char *const *wanted;
	} args = {argv};
	int in = open("/dev/null", O_RDONLY);
	int out = output ? open(output, O_WRONLY | O_CREAT | O_TRUNC, 0600) : STDOUT_FILENO;
	if (in >= 0 && out >= 0 && dup2(in, STDIN_FILENO) >= 0 &&
		(!output || (dup2(out, STDOUT_FILENO) >= 0 && dup2(out, STDERR_FILENO) >= 0)))
		execvp(args.wanted[0], args.wanted);
	_exit(127);
}

int child_run(const char *const *argv, const char *output)
{
	int status;
	pid_t child = fork();
	if (child == 0)
		become(argv, output);
	if (child < 0 || waitpid(child, &status, 0) != child || !WIFEXITED(status))
		return 127;
	return WEXITSTATUS(status);
}
