#include "common/print.h"

#include <stdio.h>
#include <string.h>

#include "common/text.h"

static void to_stdout(void *ud, rebuff_span text)
{
	(void)ud;
	fwrite(text.p, 1, text.len, stdout);
}

rebuff_output print_output(const command_options *options)
{
	return (rebuff_output){.size = sizeof(rebuff_output),
		.format = options->json ? REBUFF_JSON : REBUFF_TEXT,
		.colour = options->colour && !options->json,
		.provider = {"", 0},
		.table = {"", 0},
		.write = to_stdout};
}

void print_lines(const char *text)
{
	char line[4096];
	while (*text) {
		size_t len = strcspn(text, "\n");
		puts(text_escape(line, sizeof line, text, len));
		text += len + (text[len] == '\n');
	}
}

int print_end(void)
{
	if (fflush(stdout) == 0 && !ferror(stdout))
		return 0;
	perror("rebuff: standard output");
	return 1;
}
