#include "common/arguments.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static const argument *find(const argument *known, const char *name)
{
	for (; known->name; known++) {
		if (strcmp(known->name, name) == 0)
			return known;
	}
	return NULL;
}

int arguments_read(const command *c, const argument *known, int argc, char **argv,
	const char **words, int cap, int *n)
{
	bool options = true;
	*n = 0;
	for (int i = 1; i < argc; i++) {
		const argument *a = options ? find(known, argv[i]) : NULL;
		if (options && strcmp(argv[i], "--") == 0)
			options = false;
		else if (a && a->flag)
			*a->flag = true;
		else if (a && i + 1 < argc)
			*a->value = argv[++i];
		else if (a)
			return command_usage(c, "%s needs a value", argv[i]);
		else if (options && argv[i][0] == '-' && argv[i][1] != '\0')
			return command_usage(c, "unknown option %s", argv[i]);
		else if (*n == cap)
			return command_usage(c, "unexpected \"%s\"", argv[i]);
		else
			words[(*n)++] = argv[i];
	}
	return 0;
}

bool arguments_count(const char *text, size_t *out)
{
	char *end;
	errno = 0;
	*out = strtoul(text, &end, 10);
	return *text >= '0' && *text <= '9' && *end == '\0' && errno == 0;
}
