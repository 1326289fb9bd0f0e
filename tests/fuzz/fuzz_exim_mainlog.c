/* fuzz_exim_mainlog.c - any bytes as a line of Exim's mainlog: every field lies in the line, and
 * what is made of it is a result of the wire or none. */
#include "fuzz.h"
#include "exim/mainlog.h"

#include <stdlib.h>
#include <string.h>

static void must(bool ok)
{
	if (!ok)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *line = malloc(size + 1);
	if (!line)
		return 0;
	memcpy(line, data, size);
	line[size] = '\0';
	rbx_log_line got;
	rbx_log_parse(line, size, &got);
	const char *fields[] = {got.id, got.recipient, got.sender, got.router, got.transport,
		got.host, got.ip, got.port, got.source_ip, got.text};
	for (size_t i = 0; i < sizeof fields / sizeof *fields; i++)
		must(fields[i] >= line && fields[i] + strlen(fields[i]) <= line + size);
	rbx_outcome outcome;
	if (rbx_log_outcome(&got, &outcome))
		must(outcome.kind[0] && outcome.stage[0]);
	else
		must(!rbx_log_unreported(&got));
	rbf_wire_record lost;
	if (rbx_log_lost(&got, &lost))
		must(got.kind == RBX_LOG_LOST && lost.n >= 2);
	free(line);
	return 0;
}
