/* doctor_probe.c - a mail server is asked over SMTP for a recipient that only rebuff refuses. */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "client/probe.h"
#include "doctor/doctor.h"

enum { SMTP_PORT = 25, SMTP_S = 5 };

/* Send a line and read the answer's last line; its code, 0 when there is none. */
static int talk(FILE *smtp, const char *line, char answer[REBUFF_TEXT_MAX])
{
	int code = 0;
	if (*line && (fputs(line, smtp) < 0 || fflush(smtp) != 0))
		return 0;
	while (fgets(answer, REBUFF_TEXT_MAX, smtp) && sscanf(answer, "%3d", &code) == 1)
		if (answer[3] != '-')
			return code;
	return 0;
}

/* *asked: the recipient was refused in rebuff's words. Returns the last code, 0 for silence. */
static int ask_about_probe(int fd, bool *asked)
{
	char answer[REBUFF_TEXT_MAX] = "";
	FILE *smtp = fdopen(fd, "r+");
	int code = smtp ? talk(smtp, "", answer) : 0;
	if (code == 220)
		code = talk(smtp, "EHLO doctor.rebuff.invalid\r\n", answer);
	if (code == 250)
		code = talk(smtp, "MAIL FROM:<postmaster@doctor.rebuff.invalid>\r\n", answer);
	if (code == 250)
		code = talk(smtp, "RCPT TO:<" RBF_PROBE ">\r\n", answer);
	*asked = strstr(answer, RBF_PROBE_TEXT) != NULL;
	if (smtp) {
		char bye[REBUFF_TEXT_MAX];
		(void)talk(smtp, "QUIT\r\n", bye);
		fclose(smtp);
	} else {
		close(fd);
	}
	return code;
}

void doctor_smtp(doctor *d, const char *title, const char *unit, const char *mend)
{
	struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons(SMTP_PORT)};
	struct timeval most = {.tv_sec = SMTP_S};
	char line[128];
	bool asked = false;
	if (!d->engine_runs)
		return; /* said already, and nobody could answer */
	at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &most, sizeof most) != 0 ||
		setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &most, sizeof most) != 0 ||
		connect(fd, (struct sockaddr *)&at, sizeof at) != 0) {
		(void)snprintf(line, sizeof line, "systemctl status %s", unit);
		doctor_tell(d, DOCTOR_WARNING, "gate", line,
			"%s could not be asked on 127.0.0.1 port 25: %s", title, strerror(errno));
		if (fd >= 0)
			close(fd);
		return;
	}
	int code = ask_about_probe(fd, &asked);
	(void)snprintf(line, sizeof line, "systemctl restart %s rebuff", unit);
	if (asked)
		doctor_tell(d, DOCTOR_OK, "gate", "", "%s asks about recipients (tried with %s)",
			title, RBF_PROBE);
	else if (code == 250)
		doctor_tell(d, DOCTOR_ERROR, "gate", line,
			"%s takes mail for %s, which rebuff refuses: it does not ask", title,
			RBF_PROBE);
	else
		doctor_tell(d, DOCTOR_WARNING, "gate", mend,
			"%s on 127.0.0.1 takes no mail without more ado (answer %d): whether it "
			"asks was not found out",
			title, code);
}
