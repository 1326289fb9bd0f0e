/*
 * follow.h - read a log file line by line while it grows: through rotation (renamed away, a new one
 * under its name), truncation (copytruncate) and restarts of the reader, which goes on at the place
 * that it had remembered. Lines of a file that was rotated while nobody read are found when it is
 * still there uncompressed under NAME.1 or NAME.0.
 */
#ifndef RBF_CLIENT_FOLLOW_H
#define RBF_CLIENT_FOLLOW_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	RBF_FOLLOW_LINE_MAX = 65536, /* what is longer is cut */
	RBF_FOLLOW_PLACE_MAX = 80, /* a place as text, with its NUL */
};

/* A place in a file that survives its being renamed. All zero: none. */
typedef struct {
	uint64_t device, inode;
	int64_t offset;
} rbf_follow_place;

/* 64 KiB: place it in allocated or static storage. */
typedef struct {
	const char *path;
	int fd; /* -1: not open */
	rbf_follow_place place; /* behind the line that was handed out last */
	int64_t read_to; /* offset of what is read into bytes */
	size_t from, len; /* in bytes: what was not handed out yet */
	bool skipping; /* the rest of a line that was cut */
	char bytes[RBF_FOLLOW_LINE_MAX + 1];
} rbf_follow;

/* Follow the file of that name (borrowed), which need not exist yet: from the remembered place on,
 * or (place NULL or zero) from its present end on. */
void rbf_follow_init(rbf_follow *f, const char *path, const rbf_follow_place *place);
/* The next whole line, without its LF and with a NUL behind it, valid until the next call. NULL:
 * nothing new now; ask again after a moment. f->place is then the place behind it. */
char *rbf_follow_next(rbf_follow *f, size_t *len);
void rbf_follow_close(rbf_follow *f);

/* Keep a place in a file (written beside it and renamed; synced). False and errno on failure. */
bool rbf_follow_save(const char *file, const rbf_follow_place *place);
/* False when there is none or it cannot be read; *place is then zero. */
bool rbf_follow_load(const char *file, rbf_follow_place *place);

/* The parts of the two above, for a reader whose places are of another kind. */
void rbf_follow_print(const rbf_follow_place *place, char out[RBF_FOLLOW_PLACE_MAX]);
bool rbf_follow_scan(const char *text, rbf_follow_place *place);
bool rbf_follow_save_text(const char *file, const char *text);
/* The first line of a file; false when it cannot be read or is empty. */
bool rbf_follow_load_text(const char *file, char *out, size_t cap);
#endif
