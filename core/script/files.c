#include "script/files.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/error.h"
#include "base/span.h"

enum { FILE_MAX = 1 << 20, FILES_MAX = 1000 };

rebuff_status rbf_file_read(const char *path, char **text, size_t *len, rebuff_error *err)
{
	FILE *f = fopen(path, "rb");
	*text = NULL;
	if (!f)
		return rbf_fail(err,
			errno == ENOENT || errno == ENOTDIR ? REBUFF_ENOENT : REBUFF_EIO, "%s: %s",
			path, strerror(errno));
	char *p = malloc(FILE_MAX + 1);
	size_t n = p ? fread(p, 1, FILE_MAX + 1, f) : 0;
	rebuff_status status = REBUFF_OK;
	if (!p)
		status = rbf_fail(err, REBUFF_ENOMEM, "%s: no memory to read it", path);
	else if (ferror(f))
		status = rbf_fail(err, REBUFF_EIO, "%s: %s", path, strerror(errno));
	else if (n > FILE_MAX)
		status = rbf_fail(
			err, REBUFF_ELIMIT, "%s: over 1 MiB, expected a policy file", path);
	(void)fclose(f);
	if (status != REBUFF_OK) {
		free(p);
		return status;
	}
	*text = p;
	*len = n;
	return REBUFF_OK;
}

static int by_name(const void *a, const void *b)
{
	return strcmp(a, b);
}

rebuff_status rbf_folder_list(const char *path, rbf_listing *out, rebuff_error *err)
{
	*out = (rbf_listing){NULL, 0};
	DIR *d = opendir(path);
	if (!d)
		return errno == ENOENT || errno == ENOTDIR
			? REBUFF_OK
			: rbf_fail(err, REBUFF_EIO, "%s: %s", path, strerror(errno));
	out->names = calloc(FILES_MAX, sizeof *out->names);
	rebuff_status status =
		out->names ? REBUFF_OK : rbf_fail(err, REBUFF_ENOMEM, "%s: no memory", path);
	for (const struct dirent *e; status == REBUFF_OK && (e = readdir(d));) {
		rebuff_span name = rbf_span_of(e->d_name);
		if (name.p[0] == '.' || !rbf_span_iends(name, RBF_LIT(".lua")))
			continue;
		if (out->n == FILES_MAX)
			status = rbf_fail(err, REBUFF_ELIMIT, "%s: over %d files", path, FILES_MAX);
		else
			(void)rbf_span_copy(out->names[out->n++], 256, name);
	}
	(void)closedir(d);
	if (out->names)
		qsort(out->names, out->n, sizeof *out->names, by_name);
	return status;
}
