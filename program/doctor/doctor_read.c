#include "doctor/doctor_read.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "client/follow.h"

/* ---- Exim ---------------------------------------------------------------------------------- */

void doctor_transports_end(doctor_transports *t)
{
	if (t->name[0] && t->smtp) {
		size_t len = strlen(t->untold);
		t->n++;
		t->untold_n += !t->told;
		if (!t->told)
			(void)snprintf(t->untold + len, sizeof t->untold - len, "%s%s",
				len ? ", " : "", t->name);
	}
	t->name[0] = '\0';
}

void doctor_transports_line(doctor_transports *t, const char *line)
{
	static const char head[] = " transport:";
	size_t len = strlen(line), n = sizeof head - 1;
	const char *value;
	if (len > n && strcmp(line + len - n, head) == 0 && !strchr(line, '=')) {
		doctor_transports_end(t);
		(void)snprintf(t->name, sizeof t->name, "%.*s", (int)(len - n), line);
		t->smtp = t->told = false;
	} else if ((value = doctor_exim_value(line, "driver"))) {
		t->smtp = strcmp(value, "smtp") == 0;
	} else if ((value = doctor_exim_value(line, "event_action"))) {
		t->told = strstr(value, "rebuff") != NULL;
	}
}

const char *doctor_exim_value(const char *line, const char *name)
{
	size_t n = strlen(name);
	if (strncmp(line, name, n) != 0 || strncmp(line + n, " =", 2) != 0)
		return NULL;
	return line + n + 2 + strspn(line + n + 2, " ");
}

bool doctor_retry_is_ours(const char *line)
{
	return strncmp(line, "Retry rule: ", 12) == 0 && strstr(line, "F,520w,");
}

/* ---- OpenSMTPD ----------------------------------------------------------------------------- */

bool doctor_queue_line(const char *line, char id[17])
{
	/* id|family|kind|flags|... */
	size_t n = strspn(line, "0123456789abcdef");
	if (n != 16 || line[n] != '|')
		return false;
	memcpy(id, line, n);
	id[n] = '\0';
	const char *field = line + n;
	for (int i = 0; i < 2 && field; i++)
		field = strchr(field + 1, '|');
	if (!field)
		return false;
	field++;
	size_t len = strcspn(field, "|");
	for (const char *flag = field; flag < field + len; flag += strcspn(flag, ",|") + 1)
		if (strcspn(flag, ",|") == 7 && memcmp(flag, "suspend", 7) == 0)
			return true;
	return false;
}

/* ---- logs ---------------------------------------------------------------------------------- */

doctor_place doctor_place_of(const char *place_file, const char *log, int64_t *behind)
{
	rbf_follow_place place;
	struct stat st;
	*behind = 0;
	if (!rbf_follow_load(place_file, &place))
		return DOCTOR_NO_PLACE;
	if (stat(log, &st) != 0 || (uint64_t)st.st_ino != place.inode)
		return DOCTOR_OTHER_FILE;
	*behind = (int64_t)st.st_size - place.offset;
	return *behind > 0 ? DOCTOR_BEHIND : DOCTOR_AT_END;
}
