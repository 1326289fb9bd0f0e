/* when.h - points in time as people and programs write them. */
#ifndef RBF_PROGRAM_WHEN_H
#define RBF_PROGRAM_WHEN_H
#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { WHEN_MAX = 32 };

/* "2026-11-24T10:00:00Z" (RFC 3339), for programs. */
char *when_utc(int64_t ms, char out[WHEN_MAX]);
/* The same as a JSON string; null for 0, never. The caller owns it. */
json_t *when_json(int64_t ms);
/* "2026-11-24 11:00" in local time, for people. */
char *when_local(int64_t ms, char out[WHEN_MAX]);
/*
 * Read "2026-11-24" (its start, local time), "2026-11-24 10:00" or with T and seconds (local time;
 * UTC when it ends with Z), "90d", "12h", "30m", "2w" (from now_ms on), "never" (0).
 */
bool when_parse(const char *text, int64_t now_ms, int64_t *out);
/* A length: "30d", "12h", "45m", "90s", "2w". */
bool when_parse_length(const char *text, int64_t *out_ms);
#endif
