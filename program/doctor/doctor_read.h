/* doctor_read.h - what mail servers' own tools print, read for rebuff doctor. Text in, facts out.
 */
#ifndef RBF_PROGRAM_DOCTOR_READ_H
#define RBF_PROGRAM_DOCTOR_READ_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { DOCTOR_NAME = 128 };

/* exim4 -bP transports, line by line: which transports send to other hosts and have no event_action
 * of rebuff's. */
typedef struct {
	char name[DOCTOR_NAME]; /* of the transport whose lines come */
	bool smtp, told; /* of it */
	int n; /* transports that send to other hosts */
	int untold_n;
	char untold[512]; /* their names, with commas, cut when too long */
} doctor_transports;
void doctor_transports_line(doctor_transports *t, const char *line);
void doctor_transports_end(doctor_transports *t);

/* "name = value" of exim4 -bP NAME: the value, NULL when the line is of another form. */
const char *doctor_exim_value(const char *line, const char *name);

/* exim4 -brt ADDRESS: the line is a retry rule and lasts for years, as rebuff's does. */
bool doctor_retry_is_ours(const char *line);

/* smtpctl show queue: is the envelope paused? Its id (16 hexadecimal digits) into id. */
bool doctor_queue_line(const char *line, char id[17]);

/* Where a follower is in its log: read as rebuff-*-log keeps it. */
typedef enum {
	DOCTOR_AT_END,
	DOCTOR_BEHIND, /* *behind bytes */
	DOCTOR_OTHER_FILE, /* the log was rotated since */
	DOCTOR_NO_PLACE
} doctor_place;
doctor_place doctor_place_of(const char *place_file, const char *log, int64_t *behind);
#endif
