/* files.h - inside script/: whole files, and the *.lua of a folder. */
#ifndef RBF_SCRIPT_FILES_H
#define RBF_SCRIPT_FILES_H
#include "rebuff.h"

/* The whole file into *text (malloc, freed by the caller), at most 1 MiB. REBUFF_ENOENT when there
 * is none. */
rebuff_status rbf_file_read(const char *path, char **text, size_t *len, rebuff_error *err);

typedef struct {
	char (*names)[256]; /* freed by the caller */
	size_t n;
} rbf_listing;

/* The *.lua files of a folder, by name. A folder that is not there has none. */
rebuff_status rbf_folder_list(const char *path, rbf_listing *out, rebuff_error *err);
#endif
