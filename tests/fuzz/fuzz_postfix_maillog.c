/* fuzz_postfix_maillog.c - any bytes as a line of Postfix's log: every field lies in the line. */
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "postfix/maillog.h"

static void check(const char *field, const char *line, size_t len)
{
	if (field < line || field > line + len ||
		memchr(field, 0, (size_t)(line + len - field) + 1) == NULL)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const programs[] = {"postfix/smtp", "postfix/qmgr", "postfix/lmtp"};
	for (size_t i = 0; i < sizeof programs / sizeof *programs; i++) {
		char *line = malloc(size + 1);
		rbp_log_line l;
		memcpy(line, data, size);
		line[size] = '\0';
		rbp_log_parse(programs[i], line, size, &l);
		check(l.id, line, size);
		check(l.sender, line, size);
		check(l.recipient, line, size);
		check(l.host, line, size);
		check(l.ip, line, size);
		check(l.text, line, size);
		free(line);
	}
	return 0;
}
