#include "setup/setup.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "common/child.h"
#include "common/fail.h"
#include "common/text.h"

/* The last line that a command printed says best what went wrong. */
static void last_line(setup_scratch *s, char shown[REBUFF_TEXT_MAX])
{
	FILE *in = fopen(s->said, "re");
	shown[0] = '\0';
	while (in && fgets(s->line, sizeof s->line, in)) {
		size_t len = strcspn(s->line, "\n");
		if (len)
			(void)text_escape(shown, REBUFF_TEXT_MAX, s->line, len);
	}
	if (in)
		fclose(in);
}

int setup_run(setup_scratch *s, const char *const *argv, char why[REBUFF_TEXT_MAX])
{
	int status = child_run(argv, s->said);
	last_line(s, why);
	return status;
}

rebuff_status setup_show_diff(const char *before, const char *after, const char *name,
	const char *same, rebuff_error *err)
{
	char now[REBUFF_NAME_MAX], then[REBUFF_NAME_MAX];
	(void)snprintf(now, sizeof now, "%.50s now", name);
	(void)snprintf(then, sizeof then, "%.50s then", name);
	const char *const argv[] = {
		"diff", "-u", "--label", now, "--label", then, before, after, NULL};
	(void)fflush(stdout);
	int differs = child_run(argv, NULL);
	if (differs > 1)
		return fail(err, REBUFF_EIO, "diff could not compare %s and %s", before, after);
	if (differs == 0)
		puts(same);
	return REBUFF_OK;
}

bool setup_systemd(void)
{
	return access("/run/systemd/system", F_OK) == 0;
}

bool setup_service(const char *action, const char *service)
{
	const char *const with_systemd[] = {"systemctl", action, service, NULL};
	const char *const without[] = {"invoke-rc.d", service, action, NULL};
	char script[SETUP_PATH_BYTES];
	(void)fflush(stdout);
	if (setup_systemd())
		return child_run(with_systemd, NULL) == 0;
	(void)snprintf(script, sizeof script, "/etc/init.d/%s", service);
	if (access(script, X_OK) == 0 && access("/usr/sbin/invoke-rc.d", X_OK) == 0)
		return child_run(without, NULL) == 0;
	printf("There is no systemd here: %s %s by hand.\n", action, service);
	return false;
}

void setup_units(bool on, const char *const *units)
{
	const char *argv[16] = {"systemctl", on ? "enable" : "disable", "--now"};
	size_t n = 3;
	for (; units[n - 3] && n < 15; n++)
		argv[n] = units[n - 3];
	argv[n] = NULL;
	if (!setup_systemd() || child_run(argv, NULL) == 0)
		return;
	for (size_t i = 3; i < n; i++)
		printf("%s%s", i > 3 ? ", " : "", argv[i]);
	printf(" %s not %s: see systemctl status\n", n > 4 ? "were" : "was",
		on ? "started" : "stopped");
}
