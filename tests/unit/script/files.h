/* files.h - an operator's folder in a scratch directory, made of texts. */
#ifndef RBF_UNIT_SCRIPT_FILES_H
#define RBF_UNIT_SCRIPT_FILES_H
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

typedef struct {
	char dir[96];
} folder;

static inline void folder_make(folder *f)
{
	char path[160];
	snprintf(f->dir, sizeof f->dir, "/tmp/rebuff-unit-XXXXXX");
	if (!mkdtemp(f->dir))
		fail_msg("mkdtemp");
	snprintf(path, sizeof path, "%s/providers", f->dir);
	mkdir(path, 0700);
	snprintf(path, sizeof path, "%s/rules", f->dir);
	mkdir(path, 0700);
}

static inline void folder_write(const folder *f, const char *name, const char *text, size_t len)
{
	char path[256];
	snprintf(path, sizeof path, "%s/%s", f->dir, name);
	FILE *out = fopen(path, "wb");
	if (!out || fwrite(text, 1, len, out) != len || fclose(out) != 0)
		fail_msg("%s", path);
}

static inline void folder_remove(const folder *f)
{
	char command[160];
	snprintf(command, sizeof command, "rm -rf %s", f->dir);
	if (system(command) != 0)
		fail_msg("%s", command);
}
#endif
